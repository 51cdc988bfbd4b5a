//! Files that were brought in by hand: one with rows that were left out, one that was taken back, bookings and states of a
//! former system, and a saved layout in two versions.

use std::sync::Arc;

use super::Invented;
use super::fill::FillError;
use crate::base::{Day, ImportRunId};
use crate::booking::bring_in;
use crate::calendar::{self, Slot};
use crate::cards::import::{self, Context, Kind, Options, Profile};
use crate::db::{Actor, Db, Fault, Lane, ReadTx};
use crate::municipalities;

/// People of the file with wrong rows, and of the one that was taken back.
const SOME: usize = 24;
const MISTAKEN: usize = 9;

/// A layout of fixed lengths, and what its second version has besides.
const FIXED: [&str; 2] = [
    "name = \"旧システム 固定長\"\nformat = \"fixed_bytes\"\nencoding = \"cp932\"\nheader = false\n\
     [[columns]]\ntarget = \"notice_id\"\nbytes = [1, 9]\n[[columns]]\ntarget = \"name\"\nbytes = [10, 20]\n\
     [[columns]]\ntarget = \"birth\"\nbytes = [30, 8]\n",
    "[[columns]]\ntarget = \"kana\"\nbytes = [38, 20]\n",
];

/// Brings the files in as `by`, with people from this number on.
pub(super) async fn runs(
    db: &Db,
    city: &Invented,
    from: usize,
    (by, sent): (&Actor, Day),
) -> Result<(), FillError> {
    profiles(db, by).await?;
    let wrong = "Z1-34,見本 一郎,ミホン イチロウ,1990-04-13,,,,,,,,\r\n\
                 Z13-345601,見本 二郎,ミホン ジロウ,S63.13.2,,,,,,,,\r\n\
                 Z13-345602,,ミホン サブロウ,1990-04-13,,,,,,,,\r\n";
    let text = format!("{}{wrong}", city.file(from, from + SOME, sent));
    cards(db, by, "cards_tsuika.csv", &text).await?;
    let text = city.file(from + SOME, from + SOME + MISTAKEN, sent);
    let run = cards(db, by, "cards_machigai.csv", &text).await?;
    let undone = import::undo(db, by, run, "別の市のファイルと取り違えた").await;
    undone.map_err(|error| Fault::Stored(error.to_string()))?;
    bookings(db, city, from, by).await?;
    states(db, city, from + 6, by).await
}

async fn profiles(db: &Db, by: &Actor) -> Result<(), FillError> {
    for toml in [FIXED[0].to_owned(), FIXED.concat()] {
        let profile = Profile::from_toml(&toml).map_err(|error| Fault::Stored(error.sentence()))?;
        let saved = db.write(by.clone(), move |tx| import::save(tx, &profile)).await;
        saved.map_err(|error| Fault::Stored(error.to_string()))?;
    }
    Ok(())
}

async fn context(db: &Db) -> Result<Context, FillError> {
    Ok(db.read(Lane::Staff, municipalities::import_context).await?)
}

fn options(name: &str) -> Options {
    Options { file_name: name.to_owned(), skip_errors: true, ..Options::default() }
}

async fn cards(db: &Db, by: &Actor, name: &str, text: &str) -> Result<ImportRunId, FillError> {
    let (bytes, _, _) = encoding_rs::SHIFT_JIS.encode(text);
    let file = Arc::new(import::read(&bytes, &context(db).await?)?);
    Ok(import::apply(db, by, &file, &options(name), &|_, _| {}).await?.run)
}

/// Three bookings of the former system, and one whose card nobody knows.
async fn bookings(db: &Db, city: &Invented, from: usize, by: &Actor) -> Result<(), FillError> {
    let Some((place, slot)) = db.read(Lane::Staff, open_slot).await? else { return Ok(()) };
    let when = format!("{place},{},{}:{:02}", slot.day, slot.starts.hour(), slot.starts.get() % 60);
    let line = |(number, booking): (usize, u8)| {
        let who = city.person(from + number);
        format!("{},{},{when},former{booking}@example.jp,KYU-{booking:04}\n", who.notice_id, who.birth)
    };
    let lines: String = [(0, 1), (1, 1), (2, 2), (3, 3)].into_iter().map(line).collect();
    let text = format!(
        "交付通知書ID,生年月日,交付場所,予約日,開始時刻,メールアドレス,予約番号\n\
         {lines}Z99-999999,1990-04-13,{when},,KYU-0004\n"
    );
    let file = bring_in::read(text.as_bytes(), &Profile::standard(Kind::Booking), &context(db).await?)?;
    bring_in::apply(db, by, &Arc::new(file), &options("kyu_yoyaku.csv"), true, &|_, _| {}).await?;
    Ok(())
}

/// The first slot of the first office, a week or more from now, and the office's name.
fn open_slot(tx: &ReadTx<'_>) -> Result<Option<(String, Slot)>, Fault> {
    let Some(place) = calendar::locations(tx)?.into_iter().next() else { return Ok(None) };
    let (from, to) = (tx.today().plus(12), tx.today().plus(30));
    let rules = calendar::rules(tx, place.id, from, to)?;
    let slot = (0..18).find_map(|day| rules.slots(from.plus(day)).into_iter().next());
    Ok(slot.map(|slot| (place.name, slot)))
}

/// States and mail addresses of the former system.
async fn states(db: &Db, city: &Invented, from: usize, by: &Actor) -> Result<(), FillError> {
    let line = |(number, state): (usize, &str)| {
        let who = city.person(from + number);
        format!("{},{},{state},state{number}@example.jp\n", who.notice_id, who.birth)
    };
    let states = ["交付済", "保留", "通知書発送済", "再通知済"];
    let lines: String = states.into_iter().enumerate().map(line).collect();
    let text = format!("交付通知書ID,生年月日,状態,メールアドレス\n{lines}");
    let profile = Profile::standard(Kind::CardStatus);
    let file = import::read_states(text.as_bytes(), &profile, &context(db).await?)?;
    import::apply_states(db, by, &Arc::new(file), &options("kyu_jotai.csv"), &|_, _| {}).await?;
    Ok(())
}
