//! One closure: how far the telling is, who has to be called, and opening again.

use std::collections::BTreeMap;

use axum::response::Response;
use serde::Serialize;

use super::{refusal, state_words};
use crate::base::{BookingId, ClosureId, Day, Minute, Moment};
use crate::booking::{
    self, BoardRow, Closure, ClosureState, Item, NoteCall, Progress, Steer, SteerClosure, ToldBy,
};
use crate::db::{Fault, ReadTx};
use crate::once::OnceKey;
use crate::render::View;
use crate::web::PageError;
use crate::web::staff::parts::Row;
use crate::web::staff::sight::Sight;
use crate::web::staff::{Flash, StaffCtx, StaffPost};

#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct One {
    id: ClosureId,
    version: i64,
    from: Moment,
    to: Moment,
    reason: String,
    places: Vec<String>,
    by: String,
    at: Moment,
    state: (&'static str, &'static str),
    may: May,
    sum: Progress,
    /// How many more there are than rows stand here.
    left_out: usize,
    call: Vec<Line>,
    told: Vec<Line>,
    refused: Option<String>,
}

/// What can be done with it now.
#[derive(Debug, Serialize)]
struct May {
    stop: bool,
    resume: bool,
    reopen: bool,
}

impl May {
    fn of(state: ClosureState) -> Self {
        Self {
            stop: state == ClosureState::Telling,
            resume: state == ClosureState::Stopped,
            reopen: state.is_closed(),
        }
    }
}

/// A booking of the list.
#[derive(Debug, Serialize)]
struct Line {
    id: BookingId,
    no: String,
    name: String,
    kana: String,
    phone: String,
    people: u8,
    day: Day,
    starts: Minute,
    place: String,
    calls: u32,
    called_at: Option<Moment>,
    reached_at: Option<Moment>,
    open: bool,
    tag: (&'static str, &'static str),
}

impl View for One {
    const TEMPLATE: &'static str = "staff/closure_one.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let day = Day::from_date(jiff::civil::date(2026, 4, 13));
        let at = Moment::at(day, Minute::of(540));
        let line = |open, called: bool, reached: bool| Line {
            id: BookingId::of(1),
            no: "K7M2-0413".to_owned(),
            name: "阿部 浩".to_owned(),
            kana: "アベ ヒロシ".to_owned(),
            phone: "0900000000".to_owned(),
            people: 1,
            day,
            starts: Minute::of(600),
            place: "本庁舎".to_owned(),
            calls: u32::from(called),
            called_at: called.then_some(at),
            reached_at: reached.then_some(at),
            open,
            tag: ("電話する", "wait"),
        };
        let of = |state: ClosureState, wrong: Option<String>| Self {
            id: ClosureId::of(1),
            version: 1,
            from: at,
            to: at,
            reason: "台風".to_owned(),
            places: vec!["本庁舎".to_owned()],
            by: "山田 花子".to_owned(),
            at,
            state: state_words(state),
            may: May::of(state),
            sum: Progress { all: 4, waiting: 1, ..Progress::default() },
            left_out: 3,
            call: vec![line(true, false, false), line(true, true, false), line(true, true, true)],
            told: vec![line(false, false, false)],
            refused: wrong,
        };
        let empty = Self { call: Vec::new(), told: Vec::new(), ..of(ClosureState::Told, None) };
        vec![
            ("telling", of(ClosureState::Telling, None)),
            ("stopped, refused", of(ClosureState::Stopped, Some("先に操作されました。".to_owned()))),
            ("told nobody", empty),
            ("reopened", of(ClosureState::Reopened, None)),
        ]
    }
}

pub(in crate::web::staff) async fn show(ctx: StaffCtx, Row(id): Row) -> Result<Response, PageError> {
    let view = view(&ctx, ClosureId::of(id), None).await?;
    ctx.saw("calendar.closure", None).await?;
    ctx.page(&view)
}

/// Every button of the page.
pub(in crate::web::staff) async fn act(
    Row(id): Row,
    StaffPost { ctx, fields }: StaffPost,
) -> Result<Response, PageError> {
    let id = ClosureId::of(id);
    let done = fields.get("act");
    if let "called" | "reached" = done.as_str() {
        let booking = fields.get("booking").parse().map(BookingId::of).map_err(|_| PageError::NotFound)?;
        let once = OnceKey::from_form(&format!("{}-{done}-{booking}", fields.get("once")));
        let wish = NoteCall {
            closure: id,
            booking,
            reached: done == "reached",
            once: once.ok_or(PageError::Expired)?,
        };
        if !ctx.city.db.write(ctx.actor(), move |tx| booking::note_call(tx, &wish)).await? {
            return Err(PageError::NotFound);
        }
        let told = if done == "reached" {
            "本人につながったことを記録しました。"
        } else {
            "電話したことを記録しました。"
        };
        return Ok(ctx.to_with(&format!("/days/closure/{id}#r{booking}"), Flash::done(told)));
    }
    let (steer, told) = match done.as_str() {
        "stop" => (Steer::Stop, "知らせるのを止めました。枠は閉じたままです。"),
        "resume" => (Steer::Resume, "知らせるのを続けます。"),
        "reopen" => (Steer::Reopen, "枠を開けました。知らせた方に、予約がそのままであることを知らせます。"),
        _ => return Err(PageError::NotFound),
    };
    let expect_version = fields.get("version").parse().unwrap_or_default();
    let wish = SteerClosure { id, expect_version, steer };
    match ctx.city.db.write(ctx.actor(), move |tx| booking::steer_closure(tx, &wish)).await {
        Ok(()) => Ok(ctx.to_with(&format!("/days/closure/{id}#main"), Flash::done(told))),
        Err(error) => {
            let (_, sentence) = refusal(error)?;
            ctx.again(&view(&ctx, id, Some(sentence)).await?)
        }
    }
}

/// So many rows stand in each of the two lists, those whose people still have to be reached first.
const SHOWN: usize = 200;

/// The closure, its numbers, and the first of its bookings with their people.
type Found = (Closure, Progress, Vec<(Item, BoardRow)>);

fn read(tx: &ReadTx<'_>, id: ClosureId) -> Result<Option<Found>, Fault> {
    let Some(closure) = booking::closure(tx, id)? else { return Ok(None) };
    let (items, waiting) = booking::closure_items(tx, &closure)?;
    let sum = Progress::of(&items, waiting);
    let (mut call, mut told): (Vec<Item>, Vec<Item>) =
        items.into_iter().partition(|item| item.told_by == ToldBy::Telephone);
    for list in [&mut call, &mut told] {
        list.sort_by_key(|item| (!item.is_open, item.reached_at.is_some()));
        list.truncate(SHOWN);
    }
    let shown: Vec<Item> = call.into_iter().chain(told).collect();
    let ids: Vec<BookingId> = shown.iter().map(|item| item.booking).collect();
    let mut rows: BTreeMap<BookingId, BoardRow> =
        booking::board_rows(tx, &ids)?.into_iter().map(|row| (row.booking.id, row)).collect();
    let rows = shown.into_iter().filter_map(|item| Some((item, rows.remove(&item.booking)?))).collect();
    Ok(Some((closure, sum, rows)))
}

async fn view(ctx: &StaffCtx, id: ClosureId, wrong: Option<String>) -> Result<One, PageError> {
    let sight = Sight::of(&ctx.signed);
    let (closure, sum, rows) = ctx.read(move |tx| read(tx, id)).await?.ok_or(PageError::NotFound)?;
    let name = |id| ctx.place_of(id).map(|place| place.name.clone()).unwrap_or_default();
    let (mut call, mut told) = (Vec::new(), Vec::new());
    for (item, row) in rows {
        let line = line(sight, &item, &row, name(row.booking.location));
        if item.told_by == ToldBy::Telephone { call.push(line) } else { told.push(line) }
    }
    Ok(One {
        id,
        version: closure.version,
        from: closure.span.from,
        to: closure.span.to,
        reason: closure.reason,
        places: closure.span.places.iter().map(|id| name(*id)).collect(),
        by: closure.created_by,
        at: closure.created_at,
        state: state_words(closure.state),
        may: May::of(closure.state),
        left_out: (sum.all - sum.waiting).saturating_sub(call.len() + told.len()),
        sum,
        call,
        told,
        refused: wrong,
    })
}

fn line(sight: Sight, item: &Item, row: &BoardRow, place: String) -> Line {
    let tag = match (item.is_open, item.told_by, item.reached_at, item.calls) {
        (false, ..) => ("選び直した・取り消した", "done"),
        (true, ToldBy::Mail, ..) => ("メールで知らせた", "info"),
        (true, ToldBy::Telephone, Some(_), _) => ("つながった", "info"),
        (true, ToldBy::Telephone, None, 0) => ("電話する", "wait"),
        (true, ToldBy::Telephone, None, _) => ("もう一度電話する", "wait"),
    };
    Line {
        id: item.booking,
        no: row.booking.no.clone(),
        name: sight.lead_name(row),
        kana: row.lead().map(|card| sight.kana(card)).unwrap_or_default(),
        phone: row.applicant().map(|one| sight.phone(one)).unwrap_or_default(),
        people: row.booking.people,
        day: row.booking.day,
        starts: row.booking.starts,
        place,
        calls: item.calls,
        called_at: item.called_at,
        reached_at: item.reached_at,
        open: item.is_open,
        tag,
    }
}
