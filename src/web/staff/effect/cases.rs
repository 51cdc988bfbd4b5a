//! The bookings that a change stranded: how far each is, and the list to telephone from.

use std::collections::BTreeMap;

use axum::response::Response;
use serde::Serialize;

use super::change_of;
use crate::base::{BookingId, ClosureId, Day, LocationId, Minute, Moment};
use crate::booking::{self, BoardRow, Case, Cases, Progress};
use crate::calendar::{self, ChangeId};
use crate::db::{Fault, ReadTx};
use crate::render::View;
use crate::web::PageError;
use crate::web::staff::parts::Row;
use crate::web::staff::sight::Sight;
use crate::web::staff::{Flash, StaffCtx, StaffPost, wording};

/// What is drawn; without a change it is the list of everybody who has to be reached.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct CasesPage {
    change: Option<ChangeId>,
    what: String,
    by: String,
    at: Option<Moment>,
    /// Whether the change was taken back.
    is_undone: bool,
    /// Whether somebody was called before it was taken back.
    called: bool,
    /// Whether some of it is still to be done.
    under_way: bool,
    sum: Cases,
    /// How many more there are than rows stand here.
    left_out: usize,
    rows: Vec<Line>,
    /// Closures of several places whose people have to be called from a list of their own: row, reason, how many.
    closures: Vec<(ClosureId, String, usize)>,
}

#[derive(Debug, Serialize)]
struct Line {
    change: ChangeId,
    id: BookingId,
    no: String,
    name: String,
    kana: String,
    /// Of those who are known by what they said.
    phone: String,
    people: u8,
    day: Day,
    starts: Minute,
    place: String,
    why: (&'static str, &'static str),
    tag: (&'static str, &'static str),
    to_call: bool,
    called_at: Option<Moment>,
}

impl View for CasesPage {
    const TEMPLATE: &'static str = "staff/cases.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let line = |to_call, called_at| Line {
            change: 1,
            id: BookingId::of(1),
            no: "K7M2-0413".to_owned(),
            name: "阿部 浩".to_owned(),
            kana: "アベ ヒロシ".to_owned(),
            phone: "0900000000".to_owned(),
            people: 2,
            day: Day::from_date(jiff::civil::date(2026, 4, 13)),
            starts: Minute::of(840),
            place: "本庁舎 市民課".to_owned(),
            why: wording::stranded(booking::Why::Outside),
            tag: ("電話する", "wait"),
            to_call,
            called_at,
        };
        let at = Some(Moment::from_millis(1_775_980_800_000));
        let of = |change, rows| Self {
            change,
            what: "停電のため閉庁".to_owned(),
            by: "山田 花子".to_owned(),
            at,
            is_undone: false,
            called: true,
            under_way: true,
            sum: Cases { all: 3, waiting: 1, ..Cases::default() },
            left_out: 2,
            rows,
            closures: vec![(ClosureId::of(1), "台風".to_owned(), 3)],
        };
        vec![
            ("stranded", of(Some(1), vec![line(true, None), line(true, at), line(false, None)])),
            ("taken back", Self { is_undone: true, ..of(Some(1), vec![line(false, at)]) }),
            ("everybody stranded", of(None, vec![line(true, None)])),
            ("nobody stranded", Self { closures: Vec::new(), ..of(None, Vec::new()) }),
        ]
    }
}

/// So many rows stand on the page: those to be called first, then by day and time.
const SHOWN: usize = 200;

/// The numbers of all, and the first of them with their people.
struct Found {
    sum: Cases,
    rows: Vec<(Case, BoardRow)>,
    places: BTreeMap<LocationId, String>,
}

/// The cases at locations that this person works for; empty = everywhere.
fn with_people(tx: &ReadTx<'_>, cases: Vec<Case>, mine: &[LocationId]) -> Result<Found, Fault> {
    let mut cases: Vec<Case> =
        cases.into_iter().filter(|case| mine.is_empty() || mine.contains(&case.location)).collect();
    let sum = Cases::count(&cases);
    cases.sort_by_key(|case| (!case.is_to_call(), case.is_done()));
    cases.truncate(SHOWN);
    let ids: Vec<BookingId> = cases.iter().map(|case| case.booking).collect();
    let mut rows: BTreeMap<BookingId, BoardRow> =
        booking::board_rows(tx, &ids)?.into_iter().map(|row| (row.booking.id, row)).collect();
    let rows = cases.into_iter().filter_map(|case| Some((rows.remove(&case.booking)?, case)));
    let rows = rows.map(|(row, case)| (case, row)).collect();
    let places = calendar::all_locations(tx)?;
    Ok(Found { sum, rows, places: places.into_iter().map(|place| (place.id, place.name)).collect() })
}

fn lines(ctx: &StaffCtx, found: Found) -> (Cases, Vec<Line>) {
    let sight = Sight::of(&ctx.signed);
    let Found { sum, rows: mine, places } = found;
    let line = |(case, row): (Case, BoardRow)| Line {
        change: case.change,
        id: case.booking,
        no: row.booking.no.clone(),
        name: sight.lead_name(&row),
        kana: row.lead().map(|card| sight.kana(card)).unwrap_or_default(),
        phone: row.applicant().map(|one| sight.phone(one)).unwrap_or_default(),
        people: row.booking.people,
        day: row.booking.day,
        starts: row.booking.starts,
        place: places.get(&row.booking.location).cloned().unwrap_or_default(),
        why: wording::stranded(case.why),
        tag: wording::stranded_state(&case),
        to_call: case.choice != booking::Choice::Keep && !case.is_done(),
        called_at: case.called_at,
    };
    (sum, mine.into_iter().map(line).collect())
}

/// The bookings that one change stranded.
pub(in crate::web::staff) async fn show(ctx: StaffCtx, Row(id): Row) -> Result<Response, PageError> {
    let mine = ctx.signed.locations.clone();
    let read = move |tx: &ReadTx<'_>| -> Result<_, Fault> {
        let Some(change) = calendar::change(tx, id)? else { return Ok(None) };
        let cases = booking::cases_of(tx, id)?;
        let called = cases.iter().any(|case| case.called_at.is_some() && !case.is_closed);
        Ok(Some((change, called, booking::work_of(tx, id)?, with_people(tx, cases, &mine)?)))
    };
    let (change, called, work, found) = ctx.read(read).await?.ok_or(PageError::NotFound)?;
    let (mut sum, rows) = lines(&ctx, found);
    let left_out = sum.all.saturating_sub(rows.len());
    let unlisted = usize::try_from(work.unlisted).unwrap_or_default();
    sum.all += unlisted;
    sum.waiting += unlisted;
    ctx.saw("calendar.cases", None).await?;
    ctx.page(&CasesPage {
        change: Some(id),
        what: change.what,
        by: change.actor,
        at: Some(change.at),
        is_undone: change.is_undone,
        called,
        under_way: work.under_way,
        left_out,
        sum,
        rows,
        closures: Vec::new(),
    })
}

/// Everybody who still has to be reached.
pub(in crate::web::staff) async fn list(ctx: StaffCtx) -> Result<Response, PageError> {
    let mine = ctx.signed.locations.clone();
    let read = move |tx: &ReadTx<'_>| -> Result<_, Fault> {
        let found = with_people(tx, booking::open_cases(tx)?, &mine)?;
        Ok((booking::waits_to_settle(tx)?, found, to_call(tx)?))
    };
    let (under_way, found, closures) = ctx.read(read).await?;
    let (sum, rows) = lines(&ctx, found);
    ctx.saw("calendar.cases", None).await?;
    ctx.page(&CasesPage {
        change: None,
        what: String::new(),
        by: String::new(),
        at: None,
        is_undone: false,
        called: false,
        under_way,
        left_out: sum.all.saturating_sub(rows.len()),
        sum,
        rows,
        closures,
    })
}

/// The closures that stand and whose people have to be called.
fn to_call(tx: &ReadTx<'_>) -> Result<Vec<(ClosureId, String, usize)>, Fault> {
    let now = tx.now();
    let mut found = Vec::new();
    for one in booking::closures(tx)?.into_iter().filter(|one| one.state.is_closed() && one.span.to > now) {
        let (items, waiting) = booking::closure_items(tx, &one)?;
        found.push((one.id, one.reason.clone(), Progress::of(&items, waiting).to_call));
    }
    found.retain(|(_, _, people)| *people > 0);
    Ok(found)
}

/// Notes that somebody was called.
pub(in crate::web::staff) async fn called(post: StaffPost) -> Result<Response, PageError> {
    let change = change_of(&post).ok_or(PageError::NotFound)?;
    let StaffPost { ctx, fields } = post;
    let booking = fields.get("booking").parse().map(BookingId::of).map_err(|_| PageError::NotFound)?;
    ctx.city.db.write(ctx.actor(), move |tx| booking::call_made(tx, change, booking)).await?;
    let back =
        if fields.has("everybody") { "/days/cases".to_owned() } else { format!("/days/cases/{change}") };
    Ok(ctx.to_with(&format!("{back}#r{booking}"), Flash::done("電話したことを記録しました。")))
}
