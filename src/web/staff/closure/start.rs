//! What to close, whom it hits, and the closures there were.

use axum::extract::Query;
use axum::response::Response;
use serde::Serialize;

use super::{refusal, state_words};
use crate::base::{ClosureId, Day, LocationId, Minute, Moment};
use crate::booking::{self, Close, ClosedSpan, Closure};
use crate::db::{Fault, ReadTx};
use crate::once::OnceKey;
use crate::render::View;
use crate::web::staff::calendar::PlaceName;
use crate::web::staff::parts::Wrong;
use crate::web::staff::{Flash, StaffCtx, StaffPost};
use crate::web::{Fields, PageError};

#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Start {
    form: Form,
    places: Vec<PlaceName>,
    /// Whom it hits, once it was asked.
    hit: Option<Hit>,
    known: Vec<Known>,
    wrong: Vec<Wrong>,
}

/// What is typed.
#[derive(Clone, Debug, Default, Serialize)]
struct Form {
    from_day: String,
    from_time: String,
    to_day: String,
    to_time: String,
    reason: String,
    /// Whether every place is meant.
    everywhere: bool,
    #[serde(skip)]
    locations: Vec<LocationId>,
}

/// Whom a closure would hit.
#[derive(Debug, Serialize)]
struct Hit {
    bookings: usize,
    people: usize,
    mail: usize,
    telephone: usize,
    rows: Vec<HitRow>,
}

/// The same for a day at a place.
#[derive(Debug, Serialize)]
struct HitRow {
    day: Day,
    place: String,
    bookings: usize,
    people: usize,
    mail: usize,
    telephone: usize,
}

/// A closure that there was.
#[derive(Debug, Serialize)]
struct Known {
    id: ClosureId,
    from: Moment,
    to: Moment,
    reason: String,
    places: usize,
    state: (&'static str, &'static str),
    by: String,
}

impl View for Start {
    const TEMPLATE: &'static str = "staff/closure.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let day = Day::from_date(jiff::civil::date(2026, 4, 13));
        let at = Moment::at(day, Minute::of(540));
        let row =
            HitRow { day, place: "本庁舎".to_owned(), bookings: 3, people: 4, mail: 2, telephone: 1 };
        let known = Known {
            id: ClosureId::of(1),
            from: at,
            to: at,
            reason: "台風".to_owned(),
            places: 2,
            state: ("知らせています", "info"),
            by: "山田 花子".to_owned(),
        };
        let place = PlaceName { id: LocationId::of(1), name: "本庁舎".to_owned(), current: true };
        let blank = || Self {
            form: Form::default(),
            places: vec![place.clone()],
            hit: None,
            known: Vec::new(),
            wrong: Vec::new(),
        };
        let hit = Hit { bookings: 3, people: 4, mail: 2, telephone: 1, rows: vec![row] };
        let nobody = Hit { bookings: 0, people: 0, mail: 0, telephone: 0, rows: Vec::new() };
        let wrong =
            ["location", "from_day", "to_day", "reason", "main"].map(|one| Wrong::new(one, "違います。"));
        vec![
            ("closing", blank()),
            ("closing, somebody hit", Self { hit: Some(hit), known: vec![known], ..blank() }),
            ("closing, nobody hit", Self { hit: Some(nobody), ..blank() }),
            ("closing, wrong", Self { wrong: wrong.into(), ..blank() }),
        ]
    }
}

impl Form {
    fn of(ctx: &StaffCtx, fields: &Fields) -> Self {
        let everywhere = fields.has("everywhere");
        let ticked =
            fields.all("location").into_iter().filter_map(|row| row.parse().ok()).map(LocationId::of);
        let locations =
            if everywhere { ctx.locations.iter().map(|one| one.id).collect() } else { ticked.collect() };
        Self {
            everywhere,
            from_day: fields.get("from_day"),
            from_time: fields.get("from_time"),
            to_day: fields.get("to_day"),
            to_time: fields.get("to_time"),
            reason: fields.get("reason"),
            locations,
        }
    }

    /// The stretch that is meant, or what cannot be read.
    fn span(&self, ctx: &StaffCtx) -> Result<ClosedSpan, Vec<Wrong>> {
        let moment = |day: &str, time: &str, rest: u16| {
            let minute = if time.trim().is_empty() { Some(Minute::of(rest)) } else { minute(time) };
            Some(Moment::at(day.trim().parse().ok()?, minute?))
        };
        let (from, to) =
            (moment(&self.from_day, &self.from_time, 0), moment(&self.to_day, &self.to_time, 24 * 60));
        let mut wrong = Vec::new();
        if self.locations.is_empty() || self.locations.iter().any(|id| ctx.place_of(*id).is_none()) {
            wrong.push(Wrong::new("location", "閉める場所を選んでください。"));
        }
        if from.is_none() {
            wrong.push(Wrong::new("from_day", "始まりの日と時刻を入れてください（例：9:00）。"));
        }
        if to.is_none() {
            wrong.push(Wrong::new("to_day", "終わりの日と時刻を入れてください（例：17:00）。"));
        }
        match (from, to, wrong.is_empty()) {
            (Some(from), Some(to), true) => Ok(ClosedSpan { from, to, places: self.locations.clone() }),
            _ => Err(wrong),
        }
    }
}

/// A time of the day as people type it: `9:00`, `0900`, `24:00`.
fn minute(typed: &str) -> Option<Minute> {
    let typed = crate::base::text::nfkc(typed);
    let (hour, minute) = match typed.trim().split_once(':') {
        Some(pair) => pair,
        None => typed.trim().split_at_checked(typed.trim().len().checked_sub(2)?)?,
    };
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (minute < 60 && hour * 60 + minute <= 24 * 60).then(|| Minute::of(hour * 60 + minute))
}

pub(in crate::web::staff) async fn show(
    ctx: StaffCtx,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let fields = Fields::new(query);
    let mut form = Form::of(&ctx, &fields);
    if !fields.has("from_day") {
        (form.from_day, form.to_day) = (ctx.today().to_string(), ctx.today().to_string());
        return ctx.page(&view(&ctx, form, None, Vec::new()).await?);
    }
    match form.span(&ctx) {
        Ok(span) if span.from < span.to => ctx.page(&view(&ctx, form, Some(span), Vec::new()).await?),
        Ok(_) => {
            let wrong = vec![Wrong::new("to_day", "終わりを、始まりより後にしてください。")];
            ctx.again(&view(&ctx, form, None, wrong).await?)
        }
        Err(wrong) => ctx.again(&view(&ctx, form, None, wrong).await?),
    }
}

pub(in crate::web::staff) async fn save(StaffPost { ctx, fields }: StaffPost) -> Result<Response, PageError> {
    let once = OnceKey::from_form(&fields.get("once")).ok_or(PageError::Expired)?;
    let form = Form::of(&ctx, &fields);
    let span = match form.span(&ctx) {
        Ok(span) => span,
        Err(wrong) => return ctx.again(&view(&ctx, form, None, wrong).await?),
    };
    let wish = Close { span: span.clone(), reason: form.reason.clone(), once };
    match ctx.city.db.write(ctx.actor(), move |tx| booking::close(tx, &wish)).await {
        Ok(id) => {
            let flash = Flash::done("閉めました。予約のある方に順に知らせています。");
            Ok(ctx.to_with(&format!("/days/closure/{id}#main"), flash))
        }
        Err(error) => {
            let (field, sentence) = refusal(error)?;
            ctx.again(&view(&ctx, form, Some(span), vec![Wrong::new(field, sentence)]).await?)
        }
    }
}

async fn view(
    ctx: &StaffCtx,
    form: Form,
    span: Option<ClosedSpan>,
    wrong: Vec<Wrong>,
) -> Result<Start, PageError> {
    let read = move |tx: &ReadTx<'_>| -> Result<_, Fault> {
        let struck = span.map(|span| booking::struck(tx, &span)).transpose()?;
        Ok((struck, booking::closures(tx)?))
    };
    let (struck, closures) = ctx.read(read).await?;
    let place = |one: &crate::calendar::Location| {
        let chosen = form.locations.contains(&one.id);
        PlaceName::of(one, chosen.then_some(one.id))
    };
    Ok(Start {
        places: ctx.locations.iter().map(place).collect(),
        hit: struck.map(|struck| hit(ctx, &struck)),
        known: closures.into_iter().map(known).collect(),
        form,
        wrong,
    })
}

fn hit(ctx: &StaffCtx, struck: &[booking::Struck]) -> Hit {
    let mut rows: Vec<HitRow> = Vec::new();
    let mut sorted: Vec<&booking::Struck> = struck.iter().collect();
    sorted.sort_by_key(|one| (one.day, one.location));
    for one in sorted {
        let place = ctx.place_of(one.location).map(|place| place.name.clone()).unwrap_or_default();
        let (mail, telephone) = (usize::from(one.has_email), usize::from(!one.has_email));
        let people = usize::from(one.people);
        match rows.last_mut().filter(|row| row.day == one.day && row.place == place) {
            Some(row) => {
                row.bookings += 1;
                row.people += people;
                row.mail += mail;
                row.telephone += telephone;
            }
            None => rows.push(HitRow { day: one.day, place, bookings: 1, people, mail, telephone }),
        }
    }
    Hit {
        bookings: struck.len(),
        people: struck.iter().map(|one| usize::from(one.people)).sum(),
        mail: struck.iter().filter(|one| one.has_email).count(),
        telephone: struck.iter().filter(|one| !one.has_email).count(),
        rows,
    }
}

fn known(one: Closure) -> Known {
    Known {
        id: one.id,
        from: one.span.from,
        to: one.span.to,
        reason: one.reason,
        places: one.span.places.len(),
        state: state_words(one.state),
        by: one.created_by,
    }
}
