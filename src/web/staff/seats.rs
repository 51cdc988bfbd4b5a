//! Seats kept back for the telephone and the counter, and periods that open to citizens at a set time.
//!
//! Spec: 7(2)④ ⑥.

use axum::extract::Query;
use axum::response::Response;
use serde::Serialize;

use super::calendar::PlaceName;
use super::parts::Wrong;
use super::{Flash, StaffCtx, StaffPost};
use crate::base::{Day, LocationId, Minute, Moment};
use crate::calendar::{self, AddRelease, KeptFor, Location, QuotaError, Release, Reserve, SetReserves};
use crate::render::View;
use crate::web::{Fields, PageError};

#[derive(Debug, Serialize)]
pub(super) struct Seats {
    place: Option<PlaceName>,
    places: Vec<PlaceName>,
    rows: Vec<Kept>,
    sentences: Vec<String>,
    releases: Vec<Release>,
    now: Moment,
    new: [String; 4],
    wrong: Vec<Wrong>,
}

/// What is typed for a channel.
#[derive(Clone, Debug, Serialize)]
struct Kept {
    code: &'static str,
    label: &'static str,
    seats: String,
    days: String,
    time: String,
}

impl View for Seats {
    const TEMPLATE: &'static str = "staff/seats.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let day = Day::from_date(jiff::civil::date(2026, 4, 13));
        let now = Moment::at(day, Minute::of(540));
        let place = PlaceName { id: LocationId::of(1), name: "本庁舎".to_owned(), current: true };
        let release = Release { id: 1, from: day, to: day, opens_at: now };
        let of = |place: Option<PlaceName>, wrong| Self {
            places: place.clone().into_iter().collect(),
            place,
            rows: KeptFor::ALL.map(|channel| kept(channel, None)).into(),
            sentences: vec!["電話のために1席".to_owned()],
            releases: vec![release],
            now,
            new: Default::default(),
            wrong,
        };
        let wrong = ["seats", "release"].map(|field| Wrong::new(field, "違います。"));
        vec![
            ("seats", of(Some(place.clone()), Vec::new())),
            ("seats refused", of(Some(place), wrong.into())),
            ("seats without place", of(None, Vec::new())),
        ]
    }
}

fn label(channel: KeptFor) -> &'static str {
    match channel {
        KeptFor::Telephone => "電話",
        KeptFor::WalkIn => "窓口",
    }
}

fn kept(channel: KeptFor, reserve: Option<&Reserve>) -> Kept {
    let text = |value: Option<String>, rest: &str| value.unwrap_or_else(|| rest.to_owned());
    Kept {
        code: channel.code(),
        label: label(channel),
        seats: text(reserve.map(|one| one.seats.to_string()), "0"),
        days: text(reserve.map(|one| one.release_days.to_string()), "1"),
        time: text(reserve.map(|one| one.release_at.to_string()), "17:00"),
    }
}

/// What a reserve means, in words.
fn sentence(one: Reserve) -> String {
    let day = match one.release_days {
        0 => "その日".to_owned(),
        days => format!("{days}日前"),
    };
    let who = label(one.channel);
    format!(
        "{who}のために、1枠に{}席を取っておきます。残りは{day}の{}に、だれでも予約できるようになります。",
        one.seats, one.release_at
    )
}

pub(super) async fn show(
    ctx: StaffCtx,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let fields = Fields::new(query);
    ctx.page(&view(&ctx, &fields, Vec::new()).await?)
}

fn place_of(ctx: &StaffCtx, fields: &Fields) -> Result<Option<Location>, PageError> {
    match fields.get("location").parse().ok().map(LocationId::of) {
        Some(id) => ctx.place_of(id).cloned().map(Some).ok_or(PageError::NotFound),
        None => Ok(ctx.place().cloned()),
    }
}

async fn view(ctx: &StaffCtx, fields: &Fields, wrong: Vec<Wrong>) -> Result<Seats, PageError> {
    let place = place_of(ctx, fields)?;
    let id = place.as_ref().map(|place| place.id);
    let quota = match id {
        Some(id) => ctx.read(move |tx| calendar::quota(tx, id)).await?,
        None => calendar::Quota::default(),
    };
    let row = |channel: KeptFor| {
        let known = quota.reserves.iter().find(|one| one.channel == channel);
        let stored = kept(channel, known);
        let code = channel.code();
        if !fields.has(&format!("seats_{code}")) {
            return stored;
        }
        let get = |name: &str| fields.get(&format!("{name}_{code}"));
        Kept { seats: get("seats"), days: get("days"), time: get("time"), ..stored }
    };
    Ok(Seats {
        places: ctx.locations.iter().map(|one| PlaceName::of(one, id)).collect(),
        place: place.map(|place| PlaceName::of(&place, id)),
        rows: KeptFor::ALL.map(row).into(),
        sentences: quota.reserves.iter().copied().map(sentence).collect(),
        releases: quota.releases,
        now: ctx.now(),
        new: ["from", "to", "opens_day", "opens_time"].map(|name| fields.get(name)),
        wrong,
    })
}

/// Every button of the page.
pub(super) async fn act(StaffPost { ctx, fields }: StaffPost) -> Result<Response, PageError> {
    let location = place_of(&ctx, &fields)?.ok_or(PageError::NotFound)?.id;
    let (field, done, told) = match fields.get("act").as_str() {
        "reserve" => ("seats", reserve(&ctx, location, &fields).await?, "取り置きを変えました。"),
        "release" => ("release", release(&ctx, location, &fields).await?, "公開する時刻を入れました。"),
        _ => {
            let id = fields.get("drop").parse().map_err(|_| PageError::NotFound)?;
            let gone = ctx.city.db.write(ctx.actor(), move |tx| calendar::drop_release(tx, location, id));
            ("release", gone.await, "公開の待ちをやめました。受付期間のとおりに予約できます。")
        }
    };
    match done {
        Ok(()) => Ok(ctx.to_with(&format!("/windows/seats?location={location}#main"), Flash::done(told))),
        Err(error) => ctx.again(&view(&ctx, &fields, vec![Wrong::new(field, refusal(error)?)]).await?),
    }
}

async fn reserve(
    ctx: &StaffCtx,
    location: LocationId,
    fields: &Fields,
) -> Result<Result<(), QuotaError>, PageError> {
    let mut reserves = Vec::new();
    for channel in KeptFor::ALL {
        let get = |name: &str| crate::base::text::nfkc(&fields.get(&format!("{name}_{}", channel.code())));
        let (seats, days) = (get("seats").trim().parse(), get("days").trim().parse());
        let time = minute(&get("time"));
        let (Ok(seats), Ok(release_days), Some(release_at)) = (seats, days, time) else {
            return Ok(Err(QuotaError::OutOfBounds));
        };
        if seats > 0 {
            reserves.push(Reserve { channel, seats, release_days, release_at });
        }
    }
    let wish = SetReserves { location, reserves };
    Ok(ctx.city.db.write(ctx.actor(), move |tx| calendar::set_reserves(tx, &wish)).await)
}

async fn release(
    ctx: &StaffCtx,
    location: LocationId,
    fields: &Fields,
) -> Result<Result<(), QuotaError>, PageError> {
    let day = |name: &str| fields.get(name).parse::<Day>().ok();
    let (Some(from), Some(to), Some(opens), Some(time)) =
        (day("from"), day("to"), day("opens_day"), minute(&fields.get("opens_time")))
    else {
        return Ok(Err(QuotaError::OutOfBounds));
    };
    let wish = AddRelease { location, from, to, opens_at: Moment::at(opens, time) };
    Ok(ctx.city.db.write(ctx.actor(), move |tx| calendar::add_release(tx, &wish).map(|_| ())).await)
}

/// A time of the day as people type it, `17:00` or `0:00`.
fn minute(typed: &str) -> Option<Minute> {
    let typed = crate::base::text::nfkc(typed);
    let (hour, minute) = typed.trim().split_once(':')?;
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (minute < 60 && hour < 24).then(|| Minute::of(hour * 60 + minute))
}

fn refusal(error: QuotaError) -> Result<&'static str, PageError> {
    Ok(match error {
        QuotaError::Gone => return Err(PageError::NotFound),
        QuotaError::OutOfBounds => "数は99席・60日まで、日と時刻は「17:00」のように入れてください。",
        QuotaError::Backwards => "終わりの日を、始まりの日より後にしてください。",
        QuotaError::Passed => "公開の時刻がもう過ぎています。これからの時刻を入れてください。",
        QuotaError::TooLate => "公開の時刻が、期間の終わりより後です。",
        QuotaError::Fault(fault) => return Err(fault.into()),
    })
}
