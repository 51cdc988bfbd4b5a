//! A card that would come too late cannot be booked: at the sender's desk, under way, arrived, and after a route changed.

use madoguchi::booking::{self, SlotRefusal, StaffBookingError};
use madoguchi::calendar;
use madoguchi::db::Lane;
use madoguchi::transfers::{self, Act, Due};

use super::Round;
use crate::counter::office::clerk;

/// The first day on which staff may book this card at a place.
async fn first(round: &Round, card: madoguchi::base::CardId, at: madoguchi::base::LocationId) -> String {
    let look = round.office.look(card).await;
    let reach = round.office.file.db.read(Lane::Staff, move |tx| booking::reach(tx, &[look], at)).await;
    reach.unwrap().span.unwrap().first.to_string()
}

async fn refused(round: &Round, card: madoguchi::base::CardId, at: madoguchi::base::LocationId, time: &str) {
    let refused = round.book(at, &[card], time).await;
    assert!(matches!(refused, Err(StaffBookingError::Slot(SlotRefusal::Outside))), "{time}: {refused:?}");
}

async fn due(round: &Round, id: madoguchi::base::TransferId) -> Due {
    let row = round.get(id).await;
    round.office.file.db.read(Lane::Staff, move |tx| transfers::due(tx, &row)).await.unwrap()
}

#[tokio::test]
async fn two_open_days_are_counted_over_the_weekend_and_turn_at_midnight() {
    // Friday: two open days on is Tuesday.
    let round = Round::at("2026-04-10 23:59").await;
    let (card, there) = (round.card(1).await, round.office.there);
    assert_eq!(first(&round, card, there).await, "2026-04-14");
    refused(&round, card, there, "2026-04-13.0900").await;
    round.office.file.clock.set("2026-04-11 00:00");
    assert_eq!(first(&round, card, there).await, "2026-04-14", "Saturday is no open day");
    round.office.file.clock.set("2026-04-13 00:00");
    assert_eq!(first(&round, card, there).await, "2026-04-15");
    refused(&round, card, there, "2026-04-14.0900").await;
    round.book(there, &[card], "2026-04-15.0900").await.unwrap();
}

#[tokio::test]
async fn holidays_and_closed_days_are_not_counted() {
    // 29 April is a holiday; 30 April is open; 1 May is closed by hand; the 4th to 6th are holidays.
    let round = Round::at("2026-04-28 10:00").await;
    let (card, there) = (round.card(1).await, round.office.there);
    assert_eq!(first(&round, card, there).await, "2026-05-01");
    let closed = calendar::SpecialDay::Closed { reason: "停電".to_owned() };
    let day = "2026-05-01".parse().unwrap();
    let set = round
        .office
        .file
        .db
        .write(clerk(1), move |tx| calendar::set_special_day(tx, Some(there), day, &closed));
    set.await.unwrap();
    assert_eq!(first(&round, card, there).await, "2026-05-07");
}

#[tokio::test]
async fn under_way_only_what_is_left_of_the_journey_counts() {
    let round = Round::at("2026-04-06 09:00").await;
    let (card, booking, transfer) = round.sent(1).await;
    round.office.cancelled(booking).await;
    let (here, there) = (round.office.here, round.office.there);
    assert_eq!(first(&round, card, there).await, "2026-04-08", "sent on Monday, two days on the way");
    round.office.file.clock.set("2026-04-07 23:59");
    assert_eq!(first(&round, card, there).await, "2026-04-08");
    round.office.file.clock.set("2026-04-08 00:00");
    assert_eq!(first(&round, card, there).await, "2026-04-08");
    assert_eq!(first(&round, card, here).await, "2026-04-10", "there, and two days back");
    round.office.file.clock.set("2026-04-09 00:00");
    assert_eq!(first(&round, card, there).await, "2026-04-10", "late: not before the next open day");
    assert_eq!(due(&round, transfer).await, Due::Overdue("2026-04-08".parse().unwrap()));
}

#[tokio::test]
async fn arrived_it_can_be_booked_at_once_and_on_the_way_home_not() {
    let round = Round::at("2026-04-06 09:00").await;
    let (card, booking, transfer) = round.arrived(1).await;
    round.office.cancelled(booking).await;
    let (here, there) = (round.office.here, round.office.there);
    assert_eq!(first(&round, card, there).await, "2026-04-06");
    assert_eq!(first(&round, card, here).await, "2026-04-08");
    round.step(transfer, Act::SendHome).await.unwrap();
    let back = round.open(card).await.unwrap().id;
    round.step(back, Act::Send).await.unwrap();
    assert_eq!(first(&round, card, here).await, "2026-04-08");
    assert_eq!(first(&round, card, there).await, "2026-04-10");
    refused(&round, card, there, "2026-04-09.0900").await;
}

#[tokio::test]
async fn a_longer_route_closes_days_and_makes_what_was_booked_late() {
    let round = Round::at("2026-04-06 09:00").await;
    let (one, two, there) = (round.card(1).await, round.card(2).await, round.office.there);
    round.book(there, &[one], "2026-04-08.0900").await.unwrap();
    let open = round.open(one).await.unwrap().id;
    assert_eq!(due(&round, open).await, Due::SendToday);
    let main = round.main;
    let wish = transfers::SetRoute { storage: main, location: there, days: Some(5), seen: Some(2) };
    let set = round.office.file.db.write(clerk(1), move |tx| transfers::set_route(tx, &wish));
    assert!(set.await.unwrap());
    assert_eq!(first(&round, two, there).await, "2026-04-13");
    refused(&round, two, there, "2026-04-10.0900").await;
    assert!(due(&round, open).await.is_late());
    let stale =
        round.office.file.db.write(clerk(1), move |tx| {
            transfers::set_route(tx, &transfers::SetRoute { days: Some(1), ..wish })
        });
    assert!(matches!(stale.await, Err(transfers::RouteError::Changed)));
}

#[tokio::test]
async fn a_transfer_is_due_by_the_last_open_day_that_is_early_enough() {
    // Booked for Wednesday the 15th; two open days before it lies Monday the 13th.
    let round = Round::at("2026-04-06 09:00").await;
    let (card, there) = (round.card(1).await, round.office.there);
    round.book(there, &[card], "2026-04-15.0900").await.unwrap();
    let open = round.open(card).await.unwrap().id;
    assert_eq!(due(&round, open).await, Due::SendBy("2026-04-13".parse().unwrap()));
    round.office.file.clock.set("2026-04-12 23:59");
    assert_eq!(due(&round, open).await, Due::SendBy("2026-04-13".parse().unwrap()));
    round.office.file.clock.set("2026-04-13 00:00");
    assert_eq!(due(&round, open).await, Due::SendToday);
    round.office.file.clock.set("2026-04-14 00:00");
    assert_eq!(due(&round, open).await, Due::TooLate("2026-04-13".parse().unwrap()));
}

#[tokio::test]
async fn friday_is_the_last_day_for_what_is_needed_on_monday() {
    let round = Round::at("2026-04-06 09:00").await;
    let (card, there, main) = (round.card(1).await, round.office.there, round.main);
    let set = round.office.file.db.write(clerk(1), move |tx| calendar::set_route(tx, main, there, 1));
    set.await.unwrap();
    round.book(there, &[card], "2026-04-13.0900").await.unwrap();
    let open = round.open(card).await.unwrap().id;
    round.office.file.clock.set("2026-04-09 10:00");
    assert_eq!(due(&round, open).await, Due::SendBy("2026-04-10".parse().unwrap()));
    round.office.file.clock.set("2026-04-10 10:00");
    assert_eq!(due(&round, open).await, Due::SendToday);
}
