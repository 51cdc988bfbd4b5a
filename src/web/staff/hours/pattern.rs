//! One opening pattern: added, copied, changed, taken away.

use axum::extract::Query;
use axum::response::Response;
use serde::Serialize;

use super::number_of;
use crate::base::Minute;
use crate::calendar::{self, Edit, EditError, Pattern, PatternId, Period, Plan, Use};
use crate::db::{Fault, ReadTx};
use crate::render::View;
use crate::web::staff::effect::{Answer, Wish, answer, is_edit};
use crate::web::staff::parts::{Row, Wrong};
use crate::web::staff::{Flash, StaffCtx, StaffPost, wording};
use crate::web::{Fields, PageError};

/// Periods that the form has room for.
const PERIODS: usize = 8;

/// What is drawn; without an id it adds one.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct PatternPage {
    id: Option<PatternId>,
    name: String,
    periods: Vec<Typed>,
    units: [u16; 5],
    uses: Vec<String>,
    wrong: Vec<Wrong>,
}

/// A period as it was typed.
#[derive(Clone, Debug, Default, Serialize)]
struct Typed {
    starts: String,
    ends: String,
    unit: String,
    capacity: String,
}

impl View for PatternPage {
    const TEMPLATE: &'static str = "staff/pattern.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let period = Typed {
            starts: "09:00".to_owned(),
            ends: "12:00".to_owned(),
            unit: "30".to_owned(),
            capacity: "4".to_owned(),
        };
        let of = |id, uses: &[&str], wrong| Self {
            id,
            name: "通常".to_owned(),
            periods: vec![period.clone(), Typed::default()],
            units: UNITS,
            uses: uses.iter().map(|one| (*one).to_owned()).collect(),
            wrong,
        };
        let wrong = ["name", "starts1"].map(|field| Wrong::new(field, "違います。"));
        vec![
            ("new pattern", of(None, &[], Vec::new())),
            ("pattern in use", of(Some(1), &["本庁舎 月曜日"], Vec::new())),
            ("pattern refused", of(Some(1), &[], wrong.into())),
        ]
    }
}

const UNITS: [u16; 5] = [60, 30, 20, 15, 10];

impl Typed {
    fn of(period: Period) -> Self {
        Self {
            starts: clock(period.starts),
            ends: clock(period.ends),
            unit: period.unit.to_string(),
            capacity: period.capacity.to_string(),
        }
    }

    fn is_empty(&self) -> bool {
        self.starts.is_empty() && self.ends.is_empty()
    }

    fn period(&self) -> Option<Period> {
        let number = |text: &str| crate::base::text::nfkc(text).parse().ok();
        let capacity: u16 = number(&self.capacity)?;
        let period = Period {
            starts: minute(&self.starts)?,
            ends: minute(&self.ends)?,
            unit: number(&self.unit)?,
            capacity,
        };
        (capacity <= 999).then_some(period)
    }
}

/// `09:00`, as fields of time hold it.
pub(in crate::web::staff) fn clock(minute: Minute) -> String {
    format!("{:02}:{:02}", minute.get() / 60, minute.get() % 60)
}

/// The minute that a field of time holds; also without the leading zero, in full width, and 24:00.
pub(in crate::web::staff) fn minute(text: &str) -> Option<Minute> {
    let text = crate::base::text::nfkc(text);
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60 || (hour, minute) == (24, 0)).then(|| Minute::of(hour * 60 + minute))
}

fn typed(fields: &Fields) -> Vec<Typed> {
    let row = |at: usize| Typed {
        starts: fields.get(&format!("starts{at}")),
        ends: fields.get(&format!("ends{at}")),
        unit: fields.get(&format!("unit{at}")),
        capacity: fields.get(&format!("capacity{at}")),
    };
    (1..=PERIODS).map(row).collect()
}

/// The periods, or what is wrong with the first one that cannot be read.
fn periods(rows: &[Typed]) -> Result<Vec<Period>, Wrong> {
    let fields = ["starts1", "starts2", "starts3", "starts4", "starts5", "starts6", "starts7", "starts8"];
    let mut read = Vec::new();
    for (row, field) in rows.iter().zip(fields).filter(|(row, _)| !row.is_empty()) {
        let period = row.period().ok_or_else(|| {
            Wrong::new(field, "始まりと終わりの時刻、単位、1枠の件数（0から999）をそろえて入力してください。")
        })?;
        read.push(period);
    }
    read.sort_by_key(|one: &Period| one.starts);
    Ok(read)
}

fn page(
    id: Option<PatternId>,
    name: String,
    mut rows: Vec<Typed>,
    uses: Vec<String>,
    wrong: Vec<Wrong>,
) -> PatternPage {
    rows.resize_with(PERIODS, Typed::default);
    PatternPage { id, name, periods: rows, units: UNITS, uses, wrong }
}

/// An empty form, or one filled like the pattern `?copy=`.
pub(in crate::web::staff) async fn new(
    ctx: StaffCtx,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let copied: Option<PatternId> = Fields::new(query).get("copy").parse().ok();
    let patterns = ctx.read(calendar::patterns).await?;
    let source = patterns.into_iter().find(|one| Some(one.id) == copied);
    let rows = source.iter().flat_map(|one| one.periods.iter().copied().map(Typed::of)).collect();
    let name = source.map(|one| format!("{}の写し", one.name)).unwrap_or_default();
    ctx.page(&page(None, name, rows, Vec::new(), Vec::new()))
}

pub(in crate::web::staff) async fn show(ctx: StaffCtx, Row(id): Row) -> Result<Response, PageError> {
    let (pattern, uses) = found(&ctx, id).await?;
    let rows = pattern.periods.iter().copied().map(Typed::of).collect();
    ctx.page(&page(Some(id), pattern.name, rows, uses, Vec::new()))
}

async fn found(ctx: &StaffCtx, id: PatternId) -> Result<(Pattern, Vec<String>), PageError> {
    let read = move |tx: &ReadTx<'_>| -> Result<_, Fault> {
        let pattern = calendar::patterns(tx)?.into_iter().find(|one| one.id == id);
        Ok((pattern, used(tx, &calendar::uses_of(tx, id)?)?))
    };
    let (pattern, uses) = ctx.read(read).await?;
    Ok((pattern.ok_or(PageError::NotFound)?, uses))
}

/// Where a pattern is used, in words.
fn used(tx: &ReadTx<'_>, uses: &[Use]) -> Result<Vec<String>, Fault> {
    let places = calendar::all_locations(tx)?;
    let named = |one: &Use| {
        let place = places.iter().find(|place| Some(place.id) == one.location);
        let place = place.map_or("すべての場所", |place| place.name.as_str());
        format!("{place}　{}", wording::used_by(one.by))
    };
    Ok(uses.iter().map(named).collect())
}

/// Adds a pattern, or changes one after its effect was shown.
pub(in crate::web::staff) async fn save(StaffPost { ctx, fields }: StaffPost) -> Result<Response, PageError> {
    let id: Option<PatternId> = fields.get("id").parse().ok();
    let name = fields.get("name");
    let rows = typed(&fields);
    let uses = match id {
        Some(id) => found(&ctx, id).await?.1,
        None => Vec::new(),
    };
    let again = |wrong: Vec<Wrong>| page(id, name.clone(), rows.clone(), uses.clone(), wrong);
    if is_edit(&fields) {
        return ctx.page(&again(Vec::new()));
    }
    let periods = match periods(&rows) {
        Ok(periods) => periods,
        Err(wrong) => return ctx.again(&again(vec![wrong])),
    };
    let refused = if let Some(id) = id {
        let pattern = Pattern { id, name: name.clone(), periods };
        let wish = Wish {
            what: format!("型「{name}」の変更"),
            plan: Plan { edits: vec![Edit::Pattern { pattern }] },
            path: "/hours/patterns".to_owned(),
            done: "/hours".to_owned(),
            notes: Vec::new(),
            undoes: None,
        };
        match answer(&ctx, &fields, wish).await? {
            Answer::Page(page) => return Ok(page),
            Answer::Refused(error) => error,
        }
    } else {
        let new = name.clone();
        match ctx.city.db.write(ctx.actor(), move |tx| calendar::add_pattern(tx, &new, &periods)).await {
            Ok(_) => {
                let said = format!("型「{name}」を足しました。週の予定や特別な日で選べます。");
                return Ok(ctx.to_with("/hours#main", Flash::done(said)));
            }
            Err(error) => error,
        }
    };
    let field = if is_name(&refused) { "name" } else { "starts1" };
    let wrong = vec![Wrong::new(field, wording::calendar(refused)?)];
    ctx.again(&again(wrong))
}

const fn is_name(error: &EditError) -> bool {
    matches!(error, EditError::BadName | EditError::PatternNameTaken)
}

/// Takes a pattern away that nothing uses.
pub(in crate::web::staff) async fn drop(Row(id): Row, post: StaffPost) -> Result<Response, PageError> {
    let ctx = post.ctx;
    let (pattern, uses) = found(&ctx, id).await?;
    match ctx.city.db.write(ctx.actor(), move |tx| calendar::drop_pattern(tx, id)).await {
        Ok(()) => {
            Ok(ctx.to_with("/hours#main", Flash::done(format!("型「{}」を消しました。", pattern.name))))
        }
        Err(error) => {
            let rows = pattern.periods.iter().copied().map(Typed::of).collect();
            let wrong = vec![Wrong::new("uses", wording::calendar(error)?)];
            ctx.again(&page(Some(id), pattern.name, rows, uses, wrong))
        }
    }
}

/// Whether the number of a field can be read; used where a page has several.
pub(in crate::web::staff) fn seats(fields: &Fields, name: &'static str) -> Result<Option<u16>, Wrong> {
    number_of(fields, name).map_err(|()| Wrong::new(name, "件数は0から999までの数字で入力してください。"))
}
