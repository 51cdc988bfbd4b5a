//! Slips of the hand are taken back: by the same person on the same day, later by a manager with a reason.

use madoguchi::base::{BookingId, CardId};
use madoguchi::booking::{self, Act, BookingStatus, CounterError, WalkIn};
use madoguchi::cards::{CardStatus, Label, UndoIssueError};

use super::office::{Office, clerk};

const NINE: &str = "2026-04-13.0900";

fn undo(reason: Option<&str>, manager: bool) -> Act {
    Act::UndoHandOver { people: vec![], reason: reason.map(str::to_owned), may_undo_later: manager }
}

async fn handed_over() -> (Office, CardId, BookingId) {
    let office = Office::at("2026-04-06 09:00").await;
    let card = office.card(1, "佐藤 花子", "").await;
    let id = office.booked(&[card], NINE).await;
    office.file.clock.set("2026-04-13 09:05");
    office.serve(id, Act::CheckIn).await.unwrap();
    office.file.clock.set("2026-04-13 09:20");
    office.serve(id, Act::HandOver(vec![])).await.unwrap();
    (office, card, id)
}

#[tokio::test]
async fn a_check_in_is_taken_back_once() {
    let office = Office::at("2026-04-13 09:00").await;
    let card = office.card(1, "田中 健太", "").await;
    let id = office.booked(&[card], "2026-04-13.0930").await;
    office.serve(id, Act::CheckIn).await.unwrap();
    assert!(office.serve(id, Act::UndoCheckIn).await.unwrap().changed);
    assert!(!office.serve(id, Act::UndoCheckIn).await.unwrap().changed);
    let booking = office.booking(id).await;
    assert_eq!((booking.status, booking.checked_in_at), (BookingStatus::Confirmed, None));
    assert_eq!(office.look(card).await.label, Label::Booked);
    assert_eq!(office.times(card, "booking.check_in_undone").await, 1);
    office.serve(id, Act::HandOver(vec![])).await.unwrap();
    let refused = office.serve(id, Act::UndoCheckIn).await;
    assert!(matches!(refused, Err(CounterError::Status(BookingStatus::Completed))));
}

#[tokio::test]
async fn a_hand_over_is_taken_back_by_the_same_person_on_the_same_day() {
    let (office, card, id) = handed_over().await;
    office.file.clock.set("2026-04-13 23:59");
    assert!(office.serve(id, undo(None, false)).await.unwrap().changed);
    let booking = office.booking(id).await;
    assert_eq!(booking.status, BookingStatus::CheckedIn);
    assert_eq!(booking.checked_in_at.unwrap().minute().to_string(), "9:05", "they wait since they came");
    let stands = office.look(card).await;
    assert_eq!((stands.status, stands.label), (CardStatus::Notified, Label::CheckedIn));
    assert!(!office.serve(id, undo(None, false)).await.unwrap().changed);
    assert_eq!(office.times(card, "booking.hand_over_undone").await, 1);
    assert!(office.serve(id, Act::HandOver(vec![])).await.unwrap().changed, "and handed over again");
}

#[tokio::test]
async fn somebody_else_takes_it_back_only_with_the_permission_and_a_reason() {
    let (office, card, id) = handed_over().await;
    let by_other = |act| office.serve_as(clerk(2), id, act);
    let refused = by_other(undo(Some("取り違え"), false)).await;
    assert!(matches!(refused, Err(CounterError::Undo(UndoIssueError::TooLate))), "{refused:?}");
    let refused = by_other(undo(None, true)).await;
    assert!(matches!(refused, Err(CounterError::Undo(UndoIssueError::ReasonNeeded))), "{refused:?}");
    assert_eq!(office.look(card).await.status, CardStatus::Issued);
    assert!(by_other(undo(Some("取り違え"), true)).await.unwrap().changed);
}

#[tokio::test]
async fn from_midnight_on_in_japan_it_takes_the_permission() {
    let (office, card, id) = handed_over().await;
    office.file.clock.set("2026-04-14 00:00");
    let refused = office.serve(id, undo(None, false)).await;
    assert!(matches!(refused, Err(CounterError::Undo(UndoIssueError::TooLate))), "{refused:?}");
    office.serve(id, undo(Some("前日の取り違え"), true)).await.unwrap();
    assert_eq!(office.booking(id).await.status, BookingStatus::NoShow, "that day is over");
    let stands = office.look(card).await;
    assert_eq!((stands.status, stands.label), (CardStatus::Notified, Label::NoShow));
    office.booked(&[card], "2026-04-20.0900").await;
}

#[tokio::test]
async fn a_visit_without_a_booking_is_struck_out() {
    let office = Office::at("2026-04-13 09:42").await;
    let card = office.card(1, "飛び込み 花子", "").await;
    let wish = WalkIn { card, location: office.here };
    let visit =
        office.file.db.write(clerk(1), move |tx| booking::hand_over_walk_in(tx, &wish)).await.unwrap();
    office.serve(visit.booking, undo(None, false)).await.unwrap();
    assert_eq!(office.booking(visit.booking).await.status, BookingStatus::Cancelled);
    assert_eq!(office.look(card).await.label, Label::Card(CardStatus::Notified));
    let again =
        office.file.db.write(clerk(1), move |tx| booking::hand_over_walk_in(tx, &wish)).await.unwrap();
    assert_ne!(again.booking, visit.booking);
}

#[tokio::test]
async fn the_paper_is_found_and_the_visit_goes_on() {
    let office = Office::at("2026-04-13 09:00").await;
    let card = office.card(1, "伊藤 さくら", "").await;
    let id = office.booked(&[card], "2026-04-13.0930").await;
    office
        .serve(id, Act::Incomplete { who: card.into(), reason: "書類不足".to_owned(), code: None })
        .await
        .unwrap();
    assert!(office.serve(id, Act::Resume).await.unwrap().changed);
    assert!(!office.serve(id, Act::Resume).await.unwrap().changed);
    assert_eq!(office.look(card).await.label, Label::CheckedIn);
    office.serve(id, Act::HandOver(vec![])).await.unwrap();
    assert_eq!(office.look(card).await.status, CardStatus::Issued);
}

#[tokio::test]
async fn yesterdays_missing_paper_does_not_reopen_yesterday() {
    let office = Office::at("2026-04-13 09:00").await;
    let card = office.card(1, "伊藤 さくら", "").await;
    let id = office.booked(&[card], "2026-04-13.0930").await;
    office
        .serve(id, Act::Incomplete { who: card.into(), reason: "書類不足".to_owned(), code: None })
        .await
        .unwrap();
    office.file.clock.set("2026-04-14 00:00");
    assert!(matches!(office.serve(id, Act::Resume).await, Err(CounterError::NotToday(_))));
}

#[tokio::test]
async fn a_hand_over_is_not_taken_back_into_a_booking_that_was_made_anew() {
    let (office, card, id) = handed_over().await;
    let twin = office.card(2, "佐藤 花子", "").await;
    office.booked(&[twin], "2026-04-20.0900").await;
    let refused = office.serve(id, undo(None, false)).await;
    assert!(matches!(refused, Err(CounterError::BookedAgain)), "the same citizen by name and birth date");
    assert_eq!(office.look(card).await.status, CardStatus::Issued, "nothing half done");
}
