//! What goes on in the vaults: boxes and the rules that fill them, a count that is done and one that runs, a card that was not
//! found, cards between two people.

use super::fill::FillError;
use crate::base::{CardId, StaffId, StocktakeId, StorageId};
use crate::cards::Card;
use crate::cards::missing::{self, Noticing};
use crate::cards::stocktake::{self, Outcome, Reading};
use crate::cards::storage::{self, BoxKind, BoxWish, Heading, NewRule, Place, Sending};
use crate::db::{Actor, Db, Fault, Lane, WriteTx};
use crate::settings;

/// Ordinary boxes of every place, and how many cards go into each.
const BOXES: (i64, u16) = (12, 31);

/// The vault of the first office that the city has.
fn main(places: &[Place]) -> Option<&Place> {
    places.iter().min_by_key(|place| place.id)
}

/// Puts boxes into every place, and says which cards go where.
pub(super) fn furnish(tx: &WriteTx<'_>) -> Result<(), Fault> {
    let places = storage::places(tx)?;
    for place in &places {
        for number in 1..=BOXES.0 {
            add_box(tx, place.id, &format!("B-{number:02}"), (BoxKind::Normal, BOXES.1, number))?;
        }
    }
    let Some(main) = main(&places) else { return Ok(()) };
    let special = [("H-01", BoxKind::Hold), ("R-01", BoxKind::Returned), ("D-01", BoxKind::Disposal)];
    for (position, (code, kind)) in (BOXES.0 + 1..).zip(special) {
        add_box(tx, main.id, code, (kind, 60, position))?;
    }
    let first = storage::place(tx, main.id)?.and_then(|place| place.boxes.first().map(|one| one.id));
    let rules = [
        NewRule { prefix: "Z".to_owned(), storage: Some(main.id), only: first, ..NewRule::default() },
        NewRule { profile: "臨時便".to_owned(), storage: Some(main.id), ..NewRule::default() },
        NewRule::default(),
    ];
    for rule in &rules {
        storage::add_rule(tx, rule).map_err(refused)?;
    }
    // Whoever tries the demo by night finds the lists of what is due, too.
    let look = settings::Change { key: "watch.at".to_owned(), value: 0.into() };
    settings::set(tx, &look).map_err(refused)?;
    Ok(())
}

fn add_box(
    tx: &WriteTx<'_>,
    storage: StorageId,
    code: &str,
    (kind, capacity, position): (BoxKind, u16, i64),
) -> Result<(), Fault> {
    let wish = BoxWish {
        code: code.to_owned(),
        barcode: String::new(),
        kind,
        capacity: Some(capacity),
        position,
        retired: false,
    };
    storage::add_box(tx, storage, &wish).map_err(refused)?;
    Ok(())
}

fn refused(error: impl std::fmt::Display) -> Fault {
    Fault::Stored(error.to_string())
}

/// The clerk counts, the manager looks for what was not found, cards go from hand to hand.
pub(super) async fn keep(db: &Db, clerk: &Actor, manager: &Actor) -> Result<(), FillError> {
    let places = db.read(Lane::Staff, storage::places).await?;
    let Some(main) = main(&places) else { return Ok(()) };
    let boxes: Vec<&str> = main.boxes.iter().map(|one| one.code.as_str()).take(3).collect();
    let [first, second, third] = boxes.as_slice() else { return Ok(()) };
    let strange = lying(db, main, third).await?.into_iter().next();
    let done = count(db, clerk, main, first, 2).await?;
    if let Some(card) = strange {
        read(db, clerk, done, card).await?;
    }
    db.write(clerk.clone(), move |tx| stocktake::read_unknown(tx, done, "Z99999999"))
        .await
        .map_err(refused)?;
    let mut whole = db.write(clerk.clone(), move |tx| stocktake::finish(tx, done)).await.map_err(refused)?;
    while !whole {
        whole = db.write(clerk.clone(), move |tx| stocktake::carry_on(tx, done)).await?;
    }
    db.write(manager.clone(), move |tx| look_for(tx, done)).await?;
    let left = lying(db, main, second).await?.len() / 3;
    let open = count(db, clerk, main, second, left).await?;
    if let Some(card) = strange {
        read(db, clerk, open, card).await?;
    }
    hand_on(db, (clerk, manager), lying(db, main, third).await?).await
}

/// The cards of a box, those first for which nobody is expected.
async fn lying(db: &Db, main: &Place, shelf: &str) -> Result<Vec<CardId>, Fault> {
    let (storage, shelf) = (main.id, shelf.to_owned());
    let here = db.read(Lane::Staff, move |tx| storage::contents(tx, storage, Some(&shelf), 100)).await?;
    let (free, rest): (Vec<Card>, Vec<Card>) =
        here.into_iter().partition(|card| card.status.may_be_booked() && card.booking_state.is_none());
    Ok(free.into_iter().chain(rest).map(|card| card.id).collect())
}

/// Begins to count a box, and reads all but some of its cards.
async fn count(
    db: &Db,
    clerk: &Actor,
    main: &Place,
    shelf: &str,
    left: usize,
) -> Result<StocktakeId, FillError> {
    let (storage, code) = (main.id, shelf.to_owned());
    let start = move |tx: &WriteTx<'_>| stocktake::start(tx, storage, &code).map_err(refused);
    let id = db.write(clerk.clone(), start).await?;
    for card in lying(db, main, shelf).await?.into_iter().skip(left) {
        read(db, clerk, id, card).await?;
    }
    Ok(id)
}

async fn read(db: &Db, clerk: &Actor, stocktake: StocktakeId, card: CardId) -> Result<(), FillError> {
    let note = move |tx: &WriteTx<'_>| stocktake::read(tx, Reading { stocktake, card }).map_err(refused);
    db.write(clerk.clone(), note).await?;
    Ok(())
}

/// The first card that was not found is missing, and somebody has begun to look for it.
fn look_for(tx: &WriteTx<'_>, done: StocktakeId) -> Result<(), Fault> {
    let lines = stocktake::lines(tx, done, &[Outcome::Missing], 1)?;
    let Some(card) = lines.first().and_then(|line| line.card) else { return Ok(()) };
    let Some(known) = crate::cards::get(tx, card)? else { return Ok(()) };
    let wish = Noticing {
        card,
        how: "棚卸で見つからず、箱の前後も確かめた".to_owned(),
        stocktake: Some(done),
        expect_version: known.version,
    };
    let record = missing::notice(tx, &wish).map_err(refused)?;
    missing::add_step(tx, record, "前後の箱と作業台を確かめた。明日、封筒の束を確かめる").map_err(refused)
}

/// Cards wait to be taken over: some by the manager, one by the clerk.
async fn hand_on(db: &Db, (clerk, manager): (&Actor, &Actor), cards: Vec<CardId>) -> Result<(), FillError> {
    let between = [(clerk, manager), (manager, clerk), (clerk, manager), (clerk, manager)];
    for (card, (from, to)) in cards.into_iter().skip(2).zip(between) {
        let Some(to) = to.staff() else { continue };
        send(db, from, card, to).await?;
    }
    Ok(())
}

async fn send(db: &Db, from: &Actor, card: CardId, to: StaffId) -> Result<(), FillError> {
    let wish = Sending { card, to: Heading::Person(to), expect_version: None, batch: None };
    db.write(from.clone(), move |tx| storage::send(tx, &wish).map_err(refused)).await?;
    Ok(())
}
