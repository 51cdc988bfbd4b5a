//! Letters to many and people who wait for a seat: what the pages of both show on the first day.

use std::collections::BTreeMap;
use std::time::Duration;

use super::citizens;
use super::days::StoryClock;
use super::fill::FillError;
use crate::base::{BulkMailId, Chance, Day, Email, Personal};
use crate::booking::bulk::{self, Audience, Begin, Purpose, SetText, TestLetter, TextWords};
use crate::calendar;
use crate::cards::{self, Terms};
use crate::db::{Actor, Db, Fault, Lane, ReadTx};
use crate::once::{self, OnceKey};

/// So many people wait.
const WAITING: usize = 3;

fn refused(error: impl std::fmt::Display) -> FillError {
    FillError::Fault(Fault::Stored(error.to_string()))
}

fn key(chance: &Chance) -> Result<OnceKey, FillError> {
    OnceKey::from_form(&once::draw(chance)).ok_or_else(|| refused("once"))
}

/// Writes one letter that has gone out and one that waits for the second person.
pub(super) async fn write_to_many(
    db: &Db,
    clock: &StoryClock,
    chance: &Chance,
    (first, second): (&Actor, &Actor),
) -> Result<(), FillError> {
    let today = db.read(Lane::Staff, |tx| Ok::<_, Fault>(tx.today())).await?;
    let sent = Audience::Bookings {
        from: today.plus(1),
        to: today.plus(3),
        locations: Vec::new(),
        status: "confirmed".to_owned(),
    };
    let words = TextWords {
        subject: "【{city}】駐車場の工事のお知らせ".to_owned(),
        body: "{booking_day}にご予約の方へ（予約番号 {booking_no}）\n\n庁舎の駐車場は工事のため、台数が少なくなっています。\n電車やバスをご利用ください。"
            .to_owned(),
    };
    // Around the new year nobody may come for some days: then nothing has gone out.
    if let Some(id) = written(db, chance, first, (sent, "これから3日間の予約、すべての場所", words)).await?
    {
        let version = version(db, id).await?;
        db.write(second.clone(), move |tx| bulk::approve(tx, id, version)).await.map_err(refused)?;
        let more = |slice: bulk::Slice| db.write(first.clone(), move |tx| bulk::add_slice(tx, id, &slice));
        while let Some(slice) =
            db.read(Lane::Staff, move |tx| bulk::next_slice(tx, id, bulk::SLICE_MAX)).await?
        {
            if !more(slice).await? {
                break;
            }
        }
    }
    // The letters leave one after the other; each of them has come.
    let last = clock.clock().now().plus(Duration::from_secs(30));
    clock.reach(last);
    db.write(first.clone(), citizens::read_all).await?;
    let later = Audience::Bookings {
        from: today.plus(4),
        to: today.plus(21),
        locations: Vec::new(),
        status: "confirmed".to_owned(),
    };
    let words = TextWords {
        subject: "【{city}】ご予約の日の持ち物について".to_owned(),
        body: "{booking_day} {booking_time}にご予約の方へ\n\n交付通知書（はがき）と、本人確認の書類をお持ちください。\n場所：{location}"
            .to_owned(),
    };
    written(db, chance, first, (later, "4日後から3週間後までの予約、すべての場所", words)).await?;
    db.write(first.clone(), citizens::read_all).await?;
    Ok(())
}

async fn version(db: &Db, id: BulkMailId) -> Result<i64, FillError> {
    let found = db.read(Lane::Staff, move |tx| bulk::get(tx, id)).await?;
    found.map(|one| one.version).ok_or_else(|| refused("bulk"))
}

/// Collects, writes, tries and proposes a letter to many; `None` when nobody would get it, so that it stays a draft.
async fn written(
    db: &Db,
    chance: &Chance,
    first: &Actor,
    (audience, said, words): (Audience, &str, TextWords),
) -> Result<Option<BulkMailId>, FillError> {
    let wish = Begin {
        audience,
        words: Personal::of(said.to_owned()),
        purpose: Purpose::Procedure,
        quiet_days: 7,
        once: key(chance)?,
    };
    let id = db.write(first.clone(), move |tx| bulk::begin(tx, &wish)).await.map_err(refused)?;
    while let Some(part) = db.read(Lane::Staff, move |tx| bulk::next_part(tx, id)).await? {
        db.write(first.clone(), move |tx| bulk::add_part(tx, id, &part)).await?;
    }
    let texts = BTreeMap::from([("ja".to_owned(), words)]);
    let wanted = SetText { id, expect_version: version(db, id).await?, texts };
    db.write(first.clone(), move |tx| bulk::set_text(tx, &wanted)).await.map_err(refused)?;
    let to = Email::parse("kakaricho@mihon.example").map_err(refused)?;
    let test = TestLetter { id, language: "ja".to_owned(), to, once: key(chance)? };
    db.write(first.clone(), move |tx| bulk::send_test(tx, &test)).await?;
    let version = version(db, id).await?;
    match db.write(first.clone(), move |tx| bulk::propose(tx, id, version)).await {
        Ok(_) => Ok(Some(id)),
        Err(bulk::DecideError::Nobody | bulk::DecideError::NotTested) => Ok(None),
        Err(error) => Err(refused(error)),
    }
}

/// Some people wait for a seat on the next days on which their place is closed: nobody is told of one before staff open it.
pub(super) async fn wait(db: &Db, chance: &Chance) -> Result<(), FillError> {
    let read = |tx: &ReadTx<'_>| {
        let terms = Terms { label: Some("notified".to_owned()), ..Terms::default() };
        let found = cards::search(tx, &terms, None)?;
        Ok::<_, Fault>((found.hits, calendar::locations(tx)?, tx.today()))
    };
    let (cards, places, today) = db.read(Lane::Staff, read).await?;
    let Some(place) = places.iter().find(|place| place.citizen_visible) else { return Ok(()) };
    let sunday = (7..21).map(|days| today.plus(days)).find(|day: &Day| day.weekday() == 0).unwrap_or(today);
    for (number, card) in cards.iter().skip(20).take(WAITING).enumerate() {
        let email = Email::parse(&format!("machi{number}@example.jp")).map_err(refused)?;
        let wish = citizens::Waits { card: card.id, email, location: place.id, from: sunday, to: sunday };
        if let Err(stuck) = citizens::wait(db, chance, &wish).await {
            // Somebody whose notice leads to two people waits for nothing.
            tracing::debug!(%stuck, "nobody waits");
        }
    }
    Ok(())
}
