//! Whatever is done in whatever order, the open transfers are exactly those that the live bookings need.

use madoguchi::base::{CardId, LocationId};
use madoguchi::booking::{self, Act as Serve, ChangeTo, ComeToday, Overbook, Seen, WalkIn};
use madoguchi::cards::CardStatus;
use madoguchi::db::Lane;
use madoguchi::transfers::{self, Act, TransferStatus};
use proptest::prelude::*;

use super::Round;
use crate::counter::office::clerk;

/// What is done, with which card, and how: where, on which day.
type Deed = (u8, usize, u8);

const CARDS: u32 = 3;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(32) })]

    #[test]
    fn the_open_transfers_are_those_that_the_live_bookings_need(
        deeds in proptest::collection::vec((0..15_u8, 0..CARDS as usize, 0..12_u8), 1..45)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(live_through(&deeds));
    }
}

async fn live_through(deeds: &[Deed]) {
    let round = Round::at("2026-04-06 09:00").await;
    let mut cards = Vec::new();
    for number in 1..=CARDS {
        cards.push(round.card(number).await);
    }
    let mut day = 6;
    for (at, deed) in deeds.iter().enumerate() {
        do_it(&round, cards[deed.1], deed, &mut day).await;
        for card in &cards {
            holds(&round, *card, &format!("after {:?}", &deeds[..=at])).await;
        }
    }
}

async fn do_it(round: &Round, card: CardId, (kind, _, how): &Deed, day: &mut u8) {
    let office = &round.office;
    let location = if how % 2 == 0 { office.here } else { office.there };
    let live = office.file.db.read(Lane::Staff, move |tx| booking::live_of_card(tx, card)).await.unwrap();
    let time = format!("2026-04-{:02}.0900", u32::from(*day) + u32::from(*how / 2) + 1);
    match (kind, &live) {
        (0 | 1, None) => drop(round.book(location, &[card], &time).await),
        (2, Some(live)) => {
            let slot = format!("{location}.{time}").parse().unwrap();
            let seen = Seen { booking: live.id, version: live.version };
            let overbook = Overbook::Because("試験".to_owned());
            let wish = ChangeTo { seen, slot, overbook, once: office.form() };
            drop(office.file.db.write(clerk(1), move |tx| booking::change_by_staff(tx, &wish)).await);
        }
        (3, Some(live)) => office.cancelled(live.id).await,
        (4, Some(live)) => drop(office.serve(live.id, Serve::CheckIn).await),
        (5, Some(live)) => drop(office.serve(live.id, Serve::NoShow).await),
        (6, Some(live)) => {
            let reason = "写真".to_owned();
            drop(office.serve(live.id, Serve::Incomplete { who: card.into(), code: None, reason }).await);
        }
        (7, Some(live)) => {
            let overbook = Overbook::Because("試験".to_owned());
            let wish = ComeToday { booking: live.id, location, overbook };
            drop(office.file.db.write(clerk(1), move |tx| booking::come_today(tx, &wish)).await);
        }
        (8, _) if how % 4 == 0 => {
            let wish = WalkIn { card, location };
            drop(office.file.db.write(clerk(1), move |tx| booking::hand_over_walk_in(tx, &wish)).await);
        }
        (9, _) if how % 3 == 0 => {
            round.put(card, if how % 2 == 0 { round.main } else { round.east }, "手").await;
        }
        (10, _) => {
            *day = (*day + 1).min(16);
            office.file.clock.set(&format!("2026-04-{day:02} 09:10"));
        }
        (11..=14, _) => step(round, card, *kind, *how).await,
        _ => {}
    }
}

async fn step(round: &Round, card: CardId, kind: u8, how: u8) {
    let all = round.of_card(card).await;
    let Some(newest) = all.first() else { return };
    let act = match kind {
        11 => Act::Pull,
        12 => Act::Send,
        13 => Act::Receive,
        _ => [Act::Undo, Act::PutBack, Act::SendHome, Act::KeepHere][usize::from(how % 4)],
    };
    drop(round.step(newest.id, act).await);
}

/// What must be true of one card.
async fn holds(round: &Round, card: CardId, after: &str) {
    let look = round.office.file.db.read(Lane::Staff, move |tx| {
        let live = booking::live_of_card(tx, card)?;
        Ok::<_, madoguchi::db::Fault>((live, transfers::of_card(tx, card)?))
    });
    let (live, all) = look.await.unwrap();
    let now = round.office.look(card).await;
    let open: Vec<_> = all.iter().filter(|one| one.status.is_open()).collect();
    assert!(open.len() <= 1, "{after}: {open:?}");
    let open = open.first().copied();
    let lies: Option<LocationId> =
        now.storage.map(|storage| if storage == round.main { round.office.here } else { round.office.there });
    let wanted = live.as_ref().map(|live| (live.id, live.location, live.day));
    let of_row = open.and_then(|open| open.want).map(|want| (want.booking, want.location, want.day));

    if now.status == CardStatus::Issued {
        assert!(open.is_none(), "{after}: an issued card moves nowhere: {open:?}");
        return;
    }
    let in_transit = open.is_some_and(|open| open.status == TransferStatus::InTransit);
    assert_eq!(now.storage.is_none(), in_transit, "{after}: in transit is nowhere else");
    match (wanted, lies) {
        (wanted, None) => assert_eq!(of_row, wanted, "{after}: what is under way knows who wants it"),
        (Some((_, location, _)), Some(lies)) if lies == location => {
            assert!(open.is_none(), "{after}: it lies there already: {open:?}");
        }
        (Some((_, location, _)), Some(_)) => {
            assert_eq!(of_row, wanted, "{after}");
            assert_eq!(open.map(|open| open.to), Some(location), "{after}");
        }
        (None, Some(_)) => {
            assert!(open.is_none_or(transfers::Transfer::is_return), "{after}: nobody wants it: {open:?}");
        }
    }
    let owed = all.iter().filter(|one| one.return_needed).count();
    assert!(
        owed == 0
            || wanted.is_none()
            || all.iter().all(|one| !one.return_needed || one.status == TransferStatus::Cancelled),
        "{after}: what is wanted is not to be brought back"
    );
}

#[tokio::test]
async fn a_way_that_leads_home_anyway_stays_as_the_way_home_when_its_booking_is_given_up() {
    live_through(&[(0, 2, 3), (13, 2, 0), (7, 2, 8), (3, 2, 7)]).await;
}
