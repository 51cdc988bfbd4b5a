//! Bookings ask for transfers, send them elsewhere, give them up, and ask for cards back.

use madoguchi::booking::{self, Act as Serve, ChangeTo, ComeToday, JoinByStaff, Overbook, Seen, WalkIn};
use madoguchi::transfers::{Act, TransferStatus};

use super::Round;
use crate::counter::office::clerk;

async fn moved(round: &Round, booking: madoguchi::base::BookingId, slot: String) {
    let version = round.office.booking(booking).await.version;
    let wish = ChangeTo {
        seen: Seen { booking, version },
        slot: slot.parse().unwrap(),
        overbook: Overbook::No,
        once: round.office.form(),
    };
    round.office.file.db.write(clerk(1), move |tx| booking::change_by_staff(tx, &wish)).await.unwrap();
}

#[tokio::test]
async fn a_card_that_lies_where_it_is_booked_moves_nowhere() {
    let round = Round::at("2026-04-06 09:00").await;
    let card = round.card(1).await;
    round.book(round.office.here, &[card], "2026-04-13.0900").await.unwrap();
    assert_eq!(round.of_card(card).await, []);
}

#[tokio::test]
async fn a_card_booked_elsewhere_is_asked_for_and_the_history_says_so_once() {
    let round = Round::at("2026-04-06 09:00").await;
    let card = round.card(1).await;
    let booking = round.book(round.office.there, &[card], "2026-04-13.0900").await.unwrap();
    let open = round.open(card).await.unwrap();
    assert_eq!(
        (open.status, open.to, open.from.storage),
        (TransferStatus::Requested, round.office.there, round.main)
    );
    let want = open.want.unwrap();
    assert_eq!((want.booking, want.day.to_string()), (booking, "2026-04-13".to_owned()));
    assert_eq!(round.office.times(card, "transfer.requested").await, 1);
}

#[tokio::test]
async fn each_of_a_family_is_brought_from_where_it_lies() {
    let round = Round::at("2026-04-06 09:00").await;
    let (here, there) = (round.card(1).await, round.card(2).await);
    round.put(there, round.east, "E-01").await;
    round.book(round.office.there, &[here, there], "2026-04-13.0900").await.unwrap();
    assert!(round.open(here).await.is_some());
    assert!(round.open(there).await.is_none());
}

#[tokio::test]
async fn a_relative_who_joins_has_their_card_brought_too() {
    let round = Round::at("2026-04-06 09:00").await;
    let (first, second) = (round.card(1).await, round.card(2).await);
    let booking = round.book(round.office.there, &[first], "2026-04-13.0900").await.unwrap();
    let version = round.office.booking(booking).await.version;
    let seen = Seen { booking, version };
    let wish =
        JoinByStaff { seen, newcomer: second.into(), overbook: Overbook::No, once: round.office.form() };
    round.office.file.db.write(clerk(1), move |tx| booking::join_by_staff(tx, &wish)).await.unwrap();
    assert!(round.open(second).await.is_some());
}

#[tokio::test]
async fn another_day_moves_the_day_and_another_place_gives_the_journey_up() {
    let round = Round::at("2026-04-06 09:00").await;
    let card = round.card(1).await;
    let booking = round.book(round.office.there, &[card], "2026-04-13.0900").await.unwrap();
    let open = round.open(card).await.unwrap().id;
    moved(&round, booking, format!("{}.2026-04-14.0900", round.office.there)).await;
    let now = round.get(open).await;
    assert_eq!(now.want.unwrap().day.to_string(), "2026-04-14");
    moved(&round, booking, format!("{}.2026-04-14.0930", round.office.here)).await;
    assert_eq!(round.get(open).await.status, TransferStatus::Cancelled);
    assert!(round.open(card).await.is_none());
}

#[tokio::test]
async fn what_was_pulled_for_nothing_goes_back_onto_its_shelf() {
    let round = Round::at("2026-04-06 09:00").await;
    let card = round.card(1).await;
    let booking = round.book(round.office.there, &[card], "2026-04-13.0900").await.unwrap();
    let open = round.open(card).await.unwrap().id;
    round.step(open, Act::Pull).await.unwrap();
    round.office.cancelled(booking).await;
    let now = round.get(open).await;
    assert_eq!((now.status, now.return_needed), (TransferStatus::Cancelled, true));
    round.step(open, Act::PutBack).await.unwrap();
    assert!(!round.get(open).await.return_needed);
}

#[tokio::test]
async fn a_booking_cancelled_while_the_card_is_under_way_asks_for_it_back() {
    let round = Round::at("2026-04-06 09:00").await;
    let (card, booking, transfer) = round.sent(1).await;
    round.office.cancelled(booking).await;
    let now = round.get(transfer).await;
    assert_eq!((now.status, now.return_needed, now.want), (TransferStatus::InTransit, true, None));
    round.step(transfer, Act::Receive).await.unwrap();
    assert!(round.get(transfer).await.return_needed, "it arrived, and is still to be brought home");
    round.step(transfer, Act::SendHome).await.unwrap();
    let back = round.open(card).await.unwrap();
    assert_eq!((back.to, back.status, back.is_return()), (round.office.here, TransferStatus::Pulled, true));
    round.step(back.id, Act::Send).await.unwrap();
    round.step(back.id, Act::Receive).await.unwrap();
    let home = round.office.look(card).await;
    assert_eq!((home.storage, home.shelf.as_str()), (Some(round.main), "B-01"), "home is its old shelf");
    assert!(round.of_card(card).await.iter().all(|one| !one.return_needed));
}

#[tokio::test]
async fn a_booking_cancelled_after_the_arrival_asks_for_the_card_back_and_a_new_one_keeps_it() {
    let round = Round::at("2026-04-06 09:00").await;
    let (card, booking, transfer) = round.arrived(1).await;
    round.office.cancelled(booking).await;
    assert!(round.get(transfer).await.return_needed);
    round.book(round.office.there, &[card], "2026-04-15.0900").await.unwrap();
    assert!(!round.get(transfer).await.return_needed);
    assert!(round.open(card).await.is_none());
}

#[tokio::test]
async fn a_card_that_is_wanted_at_home_while_under_way_comes_back_when_it_has_arrived() {
    let round = Round::at("2026-04-06 09:00").await;
    let (card, booking, transfer) = round.sent(1).await;
    moved(&round, booking, format!("{}.2026-04-20.0900", round.office.here)).await;
    let now = round.get(transfer).await;
    assert_eq!(now.goes_on_to(), Some(round.office.here));
    assert!(!now.return_needed);
    round.step(transfer, Act::Receive).await.unwrap();
    let back = round.open(card).await.unwrap();
    assert_eq!((back.from.storage, back.to), (round.east, round.office.here));
    assert_eq!(back.want.unwrap().booking, booking);
}

#[tokio::test]
async fn nobody_came_so_the_card_is_asked_back_and_a_late_comer_keeps_it() {
    let round = Round::at("2026-04-06 09:00").await;
    let (_, booking, transfer) = round.arrived(1).await;
    round.office.file.clock.set("2026-04-13 10:00");
    round.office.serve(booking, Serve::NoShow).await.unwrap();
    assert!(round.get(transfer).await.return_needed);
    round.office.serve(booking, Serve::CheckIn).await.unwrap();
    assert!(!round.get(transfer).await.return_needed);
}

#[tokio::test]
async fn a_card_whose_holder_lacked_a_paper_may_stay_where_it_is() {
    let round = Round::at("2026-04-06 09:00").await;
    let (card, booking, transfer) = round.arrived(1).await;
    round.office.file.clock.set("2026-04-13 09:05");
    let reason = "本人確認書類".to_owned();
    round.office.serve(booking, Serve::Incomplete { who: card.into(), code: None, reason }).await.unwrap();
    assert!(round.get(transfer).await.return_needed);
    round.step(transfer, Act::KeepHere).await.unwrap();
    let kept = round.get(transfer).await;
    assert_eq!((kept.return_needed, kept.home.storage), (false, round.east));
}

#[tokio::test]
async fn a_card_handed_over_elsewhere_moves_nowhere_any_more() {
    let round = Round::at("2026-04-06 09:00").await;
    let card = round.card(1).await;
    round.book(round.office.there, &[card], "2026-04-13.0900").await.unwrap();
    let open = round.open(card).await.unwrap().id;
    round.step(open, Act::Pull).await.unwrap();
    let wish = WalkIn { card, location: round.office.here };
    round.office.file.db.write(clerk(1), move |tx| booking::hand_over_walk_in(tx, &wish)).await.unwrap();
    let now = round.get(open).await;
    assert_eq!((now.status, now.return_needed), (TransferStatus::Cancelled, false));
}

#[tokio::test]
async fn people_who_come_to_the_other_office_today_send_the_card_elsewhere() {
    let round = Round::at("2026-04-06 09:00").await;
    let card = round.card(1).await;
    round.put(card, round.east, "E-01").await;
    let booking = round.book(round.office.there, &[card], "2026-04-13.0900").await.unwrap();
    assert!(round.open(card).await.is_none());
    let wish = ComeToday { booking, location: round.office.here, overbook: Overbook::No };
    round.office.file.db.write(clerk(1), move |tx| booking::come_today(tx, &wish)).await.unwrap();
    let open = round.open(card).await.unwrap();
    assert_eq!((open.to, open.want.unwrap().day.to_string()), (round.office.here, "2026-04-06".to_owned()));
}

#[tokio::test]
async fn a_card_put_by_hand_where_it_is_wanted_ends_its_journey() {
    let round = Round::at("2026-04-06 09:00").await;
    let (card, _, transfer) = round.sent(1).await;
    round.put(card, round.east, "E-02").await;
    assert_eq!(round.get(transfer).await.status, TransferStatus::Arrived);
    assert!(round.open(card).await.is_none());
}

#[tokio::test]
async fn cards_that_an_import_put_elsewhere_are_found_and_asked_for() {
    let round = Round::at("2026-04-06 09:00").await;
    let card = round.card(1).await;
    round.book(round.office.here, &[card], "2026-04-13.0900").await.unwrap();
    let east = round.east;
    let put = round.office.file.db.write(clerk(1), move |tx| cards_set(tx, card, east));
    put.await.unwrap();
    assert!(round.open(card).await.is_none(), "nobody has looked yet");
    let strays = || round.office.file.db.write(clerk(1), |tx| booking::follow_strays(tx, 100));
    assert_eq!(strays().await.unwrap(), 1);
    assert_eq!(round.open(card).await.unwrap().from.storage, east);
    assert_eq!(strays().await.unwrap(), 0, "what is right is left alone");
}

fn cards_set(
    tx: &madoguchi::db::WriteTx<'_>,
    card: madoguchi::base::CardId,
    storage: madoguchi::base::StorageId,
) -> Result<(), madoguchi::db::Fault> {
    madoguchi::cards::storage::set_down(tx, card, storage, ("E-09", ""))
}
