//! One opening pattern: added, copied, changed, taken away.

use axum::extract::Query;
use axum::response::Response;
use serde::Serialize;

use super::{day_of, number_of};
use crate::base::{Day, Minute};
use crate::calendar::{self, Dropped, Edit, EditError, Hours, Pattern, PatternId, Period, Plan, Use, UsedBy};
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
    known: Known,
    wrong: Vec<Wrong>,
}

/// What is known of a pattern that exists.
#[derive(Clone, Debug, Default, Serialize)]
struct Known {
    /// The day from which the change is to hold.
    from: String,
    today: Option<Day>,
    versions: Vec<Version>,
    /// Where it gives hours to today or to a day to come.
    uses: Vec<String>,
    /// Whether past days have its hours.
    used_before: bool,
}

/// What the pattern holds from a day on.
#[derive(Clone, Debug, Serialize)]
struct Version {
    /// `None` = from the beginning.
    from: Option<Day>,
    words: String,
    is_now: bool,
    is_to_come: bool,
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
        let day = Day::from_date(jiff::civil::date(2026, 5, 1));
        let version =
            |from, is_now| Version { from, words: "9:00から12:00".to_owned(), is_now, is_to_come: !is_now };
        let of = |id: Option<PatternId>, uses: &[&str], wrong| Self {
            id,
            name: "通常".to_owned(),
            periods: vec![period.clone(), Typed::default()],
            units: UNITS,
            known: Known {
                from: "2026-05-01".to_owned(),
                today: id.map(|_| day),
                versions: vec![version(None, true), version(Some(day), false)],
                uses: uses.iter().map(|one| (*one).to_owned()).collect(),
                used_before: uses.is_empty(),
            },
            wrong,
        };
        let wrong = ["name", "starts1", "from", "uses"].map(|field| Wrong::new(field, "違います。"));
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
    known: Known,
    wrong: Vec<Wrong>,
) -> PatternPage {
    rows.resize_with(PERIODS, Typed::default);
    PatternPage { id, name, periods: rows, units: UNITS, known, wrong }
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
    ctx.page(&page(None, name, rows, Known::default(), Vec::new()))
}

/// A pattern as it is from a day on: today, or the day `?from=`.
pub(in crate::web::staff) async fn show(
    ctx: StaffCtx,
    Row(id): Row,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let from = day_of(&Fields::new(query), "from").unwrap_or(ctx.today());
    let (hours, known) = found(&ctx, id, from).await?;
    let pattern = hours.on(from).ok_or(PageError::NotFound)?;
    let rows = pattern.periods.iter().copied().map(Typed::of).collect();
    ctx.page(&page(Some(id), pattern.name.clone(), rows, known, Vec::new()))
}

async fn found(ctx: &StaffCtx, id: PatternId, from: Day) -> Result<(Hours, Known), PageError> {
    let read = move |tx: &ReadTx<'_>| -> Result<_, Fault> {
        let live = calendar::patterns(tx)?.iter().any(|one| one.id == id);
        let hours = calendar::hours(tx)?.remove(&id).filter(|_| live);
        let uses = used(tx, &calendar::uses_now(tx, id)?)?;
        Ok((hours, uses, !calendar::uses_of(tx, id)?.is_empty()))
    };
    let (hours, uses, used_before) = ctx.read(read).await?;
    let hours = hours.ok_or(PageError::NotFound)?;
    let today = ctx.today();
    let known = Known {
        from: from.to_string(),
        today: Some(today),
        versions: versions(&hours, today),
        used_before,
        uses,
    };
    Ok((hours, known))
}

/// The versions that hold now or later.
fn versions(hours: &Hours, today: Day) -> Vec<Version> {
    let now = hours.versions().map(|(from, _)| from).filter(|from| *from <= today).max();
    let version = |(from, pattern): (Day, &Pattern)| Version {
        from: Some(from).filter(|from| *from != Hours::BEGINNING),
        words: words(&pattern.periods),
        is_now: Some(from) == now,
        is_to_come: from > today,
    };
    hours.versions().filter(|(from, _)| Some(*from) >= now).map(version).collect()
}

/// `9:00から12:00（30分・4件）、13:00から17:00（30分・4件）`.
fn words(periods: &[Period]) -> String {
    let period =
        |one: &Period| format!("{}から{}（{}分・{}件）", one.starts, one.ends, one.unit, one.capacity);
    periods.iter().map(period).collect::<Vec<_>>().join("、")
}

/// Where a pattern is used, in words; the weekdays of a place that begin together stand in one line.
fn used(tx: &ReadTx<'_>, uses: &[Use]) -> Result<Vec<String>, Fault> {
    let places = calendar::all_locations(tx)?;
    let mut lines: Vec<(&Use, Vec<u8>)> = Vec::new();
    for one in uses {
        let UsedBy::Weekly(day, from) = one.by else {
            lines.push((one, Vec::new()));
            continue;
        };
        let is_same = |known: &Use| {
            known.location == one.location && matches!(known.by, UsedBy::Weekly(_, since) if since == from)
        };
        match lines.iter_mut().find(|(known, _)| is_same(known)) {
            Some((_, days)) => days.push(day),
            None => lines.push((one, vec![day])),
        }
    }
    let named = |(one, days): &(&Use, Vec<u8>)| {
        let place = places.iter().find(|place| Some(place.id) == one.location);
        let place = place.map_or("すべての場所", |place| place.name.as_str());
        format!("{place}　{}", wording::used_by(one.by, days))
    };
    Ok(lines.iter().map(named).collect())
}

/// Adds a pattern, or changes one from a day on after its effect was shown.
pub(in crate::web::staff) async fn save(StaffPost { ctx, fields }: StaffPost) -> Result<Response, PageError> {
    match fields.get("id").parse().ok() {
        Some(id) => change(&ctx, id, &fields).await,
        None => add(&ctx, &fields).await,
    }
}

async fn add(ctx: &StaffCtx, fields: &Fields) -> Result<Response, PageError> {
    let (name, rows) = (fields.get("name"), typed(fields));
    let again = |wrong| page(None, name.clone(), rows.clone(), Known::default(), vec![wrong]);
    let periods = match periods(&rows) {
        Ok(periods) => periods,
        Err(wrong) => return ctx.again(&again(wrong)),
    };
    let new = name.clone();
    match ctx.city.db.write(ctx.actor(), move |tx| calendar::add_pattern(tx, &new, &periods)).await {
        Ok(_) => {
            let said = format!("型「{name}」を足しました。週の予定や特別な日で選べます。");
            Ok(ctx.to_with("/hours#main", Flash::done(said)))
        }
        Err(error) => {
            let field = field_of(&error);
            ctx.again(&again(Wrong::new(field, wording::calendar(error)?)))
        }
    }
}

async fn change(ctx: &StaffCtx, id: PatternId, fields: &Fields) -> Result<Response, PageError> {
    let day = day_of(fields, "from");
    let (hours, known) = found(ctx, id, day.unwrap_or(ctx.today())).await?;
    let (name, rows) = (fields.get("name"), typed(fields));
    let known = Known { from: fields.get("from"), ..known };
    let again = |wrong: Vec<Wrong>| page(Some(id), name.clone(), rows.clone(), known.clone(), wrong);
    if is_edit(fields) {
        return ctx.page(&again(Vec::new()));
    }
    let Some(day) = day else {
        return ctx.again(&again(vec![Wrong::new("from", "いつからかを、日付で入力してください。")]));
    };
    let ends = fields.has("end");
    let periods = match periods(&rows) {
        _ if ends => Vec::new(),
        Ok(periods) => periods,
        Err(wrong) => return ctx.again(&again(vec![wrong])),
    };
    // Hours that stay as they are keep the day from which they are in force: then the name alone changes.
    let begun = hours.versions().filter(|(from, _)| *from <= day).last();
    let same = begun.filter(|(_, version)| version.periods == periods).map(|(from, _)| from);
    let pattern = Pattern { id, name: name.clone(), periods };
    let since = format!("{}月{}日から", day.month(), day.day());
    let wish = Wish {
        what: match (ends, same) {
            (true, _) => format!("型「{name}」の{since}の変更の取りやめ"),
            (false, Some(_)) => format!("型「{name}」の名前の変更"),
            (false, None) => format!("型「{name}」の変更（{since}）"),
        },
        plan: Plan { edits: vec![Edit::Pattern { pattern, from: Some(same.unwrap_or(day)) }] },
        path: "/hours/patterns".to_owned(),
        done: "/hours".to_owned(),
        notes: Vec::new(),
        undoes: None,
    };
    match answer(ctx, fields, wish).await? {
        Answer::Page(page) => Ok(page),
        Answer::Refused(error) => {
            let field = field_of(&error);
            ctx.again(&again(vec![Wrong::new(field, wording::calendar(error)?)]))
        }
    }
}

const fn field_of(error: &EditError) -> &'static str {
    match error {
        EditError::BadName | EditError::PatternNameTaken => "name",
        EditError::PastDay => "from",
        _ => "starts1",
    }
}

/// Takes a pattern away that no day from today on uses.
pub(in crate::web::staff) async fn drop(Row(id): Row, post: StaffPost) -> Result<Response, PageError> {
    let ctx = post.ctx;
    let today = ctx.today();
    let (hours, known) = found(&ctx, id, today).await?;
    let pattern = hours.on(today).ok_or(PageError::NotFound)?;
    let said = match ctx.city.db.write(ctx.actor(), move |tx| calendar::drop_pattern(tx, id)).await {
        Ok(Dropped::Gone) => format!("型「{}」を消しました。", pattern.name),
        Ok(Dropped::Retired) => {
            format!("型「{}」を一覧から消しました。過ぎた日の時間は、そのまま残ります。", pattern.name)
        }
        Err(error) => {
            let rows = pattern.periods.iter().copied().map(Typed::of).collect();
            let wrong = vec![Wrong::new("uses", wording::calendar(error)?)];
            return ctx.again(&page(Some(id), pattern.name.clone(), rows, known, wrong));
        }
    };
    Ok(ctx.to_with("/hours#main", Flash::done(said)))
}

/// Whether the number of a field can be read; used where a page has several.
pub(in crate::web::staff) fn seats(fields: &Fields, name: &'static str) -> Result<Option<u16>, Wrong> {
    number_of(fields, name).map_err(|()| Wrong::new(name, "件数は0から999までの数字で入力してください。"))
}
