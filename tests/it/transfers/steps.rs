//! Taken, sent, received, and back: the card's place goes with it, and nothing is done twice.

use madoguchi::booking;
use madoguchi::db::Lane;
use madoguchi::transfers::{
    self, Act, Mark, MarkError, PullState, Reading, Scan, Scanned, StepError, TransferStatus,
};

use super::{Round, many};
use crate::counter::office::clerk;

async fn scan(round: &Round, typed: &str, here: madoguchi::base::LocationId, leaving: Act) -> Scanned {
    let wish = Scan {
        reading: Reading::Typed(typed.to_owned()),
        here,
        leaving,
        run: "0406-1".to_owned(),
        seal: String::new(),
        storage: None,
        pattern: madoguchi::base::NoticePattern::parse("^[0-9A-Z]{3}[0-9]{6}$").unwrap(),
        once: round.office.form(),
    };
    round.office.file.db.write(clerk(1), move |tx| transfers::scan(tx, &wish)).await.unwrap()
}

#[tokio::test]
async fn a_card_under_way_lies_nowhere_and_each_step_is_one_row_of_history() {
    let round = Round::at("2026-04-06 09:00").await;
    let (card, _, transfer) = round.sent(1).await;
    let now = round.office.look(card).await;
    assert_eq!((now.storage, now.shelf.as_str()), (None, ""));
    round.step(transfer, Act::Receive).await.unwrap();
    assert_eq!(round.office.look(card).await.storage, Some(round.east));
    for operation in ["transfer.requested", "transfer.pulled", "transfer.sent", "transfer.arrived"] {
        assert_eq!(round.office.times(card, operation).await, 1, "{operation}");
    }
    let row = round.get(transfer).await;
    assert_eq!(row.sent.unwrap().by, "職員1");
    assert_eq!(row.arrived.unwrap().by, "職員1");
}

#[tokio::test]
async fn the_second_clerk_who_receives_the_same_card_changes_nothing() {
    let round = Round::at("2026-04-06 09:00").await;
    let (card, _, transfer) = round.sent(1).await;
    let version = round.get(transfer).await.version;
    let first = round.step_seen(transfer, version, Act::Receive);
    let second = round.step_seen(transfer, version, Act::Receive);
    let (first, second) = tokio::join!(first, second);
    let changed = [first.unwrap().changed, second.unwrap().changed];
    assert_eq!(changed.iter().filter(|changed| **changed).count(), 1, "{changed:?}");
    assert_eq!(round.office.times(card, "transfer.arrived").await, 1);
}

#[tokio::test]
async fn a_citizen_who_changes_while_the_list_is_on_the_screen_stops_the_sending() {
    let round = Round::at("2026-04-06 09:00").await;
    let card = round.card(1).await;
    let booking = round.book(round.office.there, &[card], "2026-04-13.0900").await.unwrap();
    let open = round.open(card).await.unwrap();
    round.office.cancelled(booking).await;
    let late = round.step_seen(open.id, open.version, Act::Send).await;
    assert!(matches!(late, Err(StepError::Changed(TransferStatus::Cancelled))), "{late:?}");
    assert_eq!(round.office.look(card).await.storage, Some(round.main), "it did not leave");
}

#[tokio::test]
async fn mistaken_steps_go_back_one_by_one_and_the_card_lies_on_its_shelf_again() {
    let round = Round::at("2026-04-06 09:00").await;
    let (card, _, transfer) = round.arrived(1).await;
    round.step(transfer, Act::Undo).await.unwrap();
    assert_eq!(round.get(transfer).await.status, TransferStatus::InTransit);
    assert_eq!(round.office.look(card).await.storage, None);
    round.step(transfer, Act::Undo).await.unwrap();
    let now = round.office.look(card).await;
    assert_eq!((now.storage, now.shelf.as_str()), (Some(round.main), "B-01"));
    round.step(transfer, Act::Undo).await.unwrap();
    let row = round.get(transfer).await;
    assert_eq!((row.status, row.pulled), (TransferStatus::Requested, None));
    let refused = round.step(transfer, Act::Undo).await;
    assert!(matches!(refused, Err(StepError::Status(TransferStatus::Requested))), "{refused:?}");
}

#[tokio::test]
async fn an_arrival_is_not_taken_back_once_the_card_was_moved_on() {
    let round = Round::at("2026-04-06 09:00").await;
    let (card, _, transfer) = round.arrived(1).await;
    round.put(card, round.main, "B-02").await;
    let refused = round.step(transfer, Act::Undo).await;
    assert!(matches!(refused, Err(StepError::Moved)), "{refused:?}");
}

#[tokio::test]
async fn sending_undone_after_the_booking_was_cancelled_leaves_the_card_to_be_put_back() {
    let round = Round::at("2026-04-06 09:00").await;
    let (card, booking, transfer) = round.sent(1).await;
    round.office.cancelled(booking).await;
    round.step(transfer, Act::Undo).await.unwrap();
    let row = round.get(transfer).await;
    assert_eq!((row.status, row.return_needed), (TransferStatus::Cancelled, true));
    assert_eq!(round.office.look(card).await.storage, Some(round.main));
}

#[tokio::test]
async fn a_form_with_many_rows_says_for_each_how_it_went_and_takes_effect_once() {
    let round = Round::at("2026-04-06 09:00").await;
    let mut rows = Vec::new();
    for number in 1..=3 {
        let card = round.card(number).await;
        round.book(round.office.there, &[card], "2026-04-13.0900").await.unwrap();
        let open = round.open(card).await.unwrap();
        rows.push((open.id, open.version));
    }
    rows[1].1 += 1;
    let form = round.office.form();
    let send = || {
        let wish = many(&rows, Act::Send, form);
        round.office.file.db.write(clerk(1), move |tx| transfers::step_many(tx, &wish))
    };
    let answers = send().await.unwrap();
    let fine: Vec<bool> = answers.iter().map(|(_, answer)| answer.is_ok()).collect();
    assert_eq!(fine, [true, false, true]);
    let again = send().await.unwrap();
    assert!(again.iter().all(|(_, answer)| !answer.as_ref().is_ok_and(|done| done.changed)));
}

#[tokio::test]
async fn a_scan_takes_at_the_sender_and_receives_at_the_receiver() {
    let round = Round::at("2026-04-06 09:00").await;
    let card = round.card(1).await;
    round.book(round.office.there, &[card], "2026-04-13.0900").await.unwrap();
    let (here, there) = (round.office.here, round.office.there);
    let done = scan(&round, "ａ１３ー０００００１", here, Act::Pull).await;
    assert!(matches!(done, Scanned::Done { act: Act::Pull, stepped, .. } if stepped.changed), "{done:?}");
    let again = scan(&round, "A13000001", here, Act::Pull).await;
    assert!(matches!(again, Scanned::Done { stepped, .. } if !stepped.changed), "{again:?}");
    let sent = scan(&round, "A13000001", here, Act::Send).await;
    assert!(matches!(sent, Scanned::Done { act: Act::Send, stepped, .. } if stepped.changed), "{sent:?}");
    let received = scan(&round, "A13000001", there, Act::Pull).await;
    assert!(
        matches!(received, Scanned::Done { act: Act::Receive, stepped, unsent: false, .. } if stepped.changed),
        "{received:?}"
    );
    let twice = scan(&round, "A13000001", there, Act::Pull).await;
    assert!(matches!(twice, Scanned::Done { stepped, .. } if !stepped.changed), "{twice:?}");
    assert_eq!(round.office.times(card, "transfer.arrived").await, 1);
}

#[tokio::test]
async fn a_card_that_nobody_recorded_as_sent_is_received_all_the_same() {
    let round = Round::at("2026-04-06 09:00").await;
    let card = round.card(1).await;
    round.book(round.office.there, &[card], "2026-04-13.0900").await.unwrap();
    let done = scan(&round, "A13000001", round.office.there, Act::Pull).await;
    assert!(matches!(done, Scanned::Done { unsent: true, .. }), "{done:?}");
    assert_eq!(round.office.times(card, "transfer.sent").await, 1);
    assert_eq!(round.office.look(card).await.storage, Some(round.east));
}

#[tokio::test]
async fn what_is_not_on_its_way_is_told_apart_from_what_is_unknown() {
    let round = Round::at("2026-04-06 09:00").await;
    let card = round.card(1).await;
    let here = round.office.here;
    let nothing = scan(&round, "A13000001", here, Act::Pull).await;
    assert!(matches!(nothing, Scanned::Nothing { card: seen, here: true } if seen == card), "{nothing:?}");
    assert!(matches!(scan(&round, "A13000099", here, Act::Pull).await, Scanned::Unknown));
    assert!(matches!(scan(&round, "？", here, Act::Pull).await, Scanned::Unreadable));
}

#[tokio::test]
async fn a_card_taken_from_its_shelf_is_noted_once_until_it_is_handed_over() {
    let round = Round::at("2026-04-13 08:30").await;
    let card = round.card(1).await;
    let booking = round.book(round.office.here, &[card], "2026-04-13.0900").await.unwrap();
    let wanted = (booking, "2026-04-13".parse().unwrap());
    let mark = |state| {
        let wish = Mark { card, wanted, state };
        round.office.file.db.write(clerk(1), move |tx| transfers::mark(tx, &wish))
    };
    assert!(mark(Some(PullState::Pulled)).await.unwrap());
    assert!(!mark(Some(PullState::Pulled)).await.unwrap(), "a second scan changes nothing");
    assert_eq!(round.office.times(card, "card.pulled").await, 1);
    let noted = || round.office.file.db.read(Lane::Staff, move |tx| transfers::pulls_of(tx, &[card]));
    assert_eq!(noted().await.unwrap()[0].stamp.by, "職員1");
    round.office.file.clock.set("2026-04-13 09:00");
    let hand_over = booking::Act::HandOver(vec![card.into()]);
    round.office.serve(booking, hand_over).await.unwrap();
    assert!(noted().await.unwrap().is_empty());
    let refused = mark(Some(PullState::NotFound)).await;
    assert!(matches!(refused, Err(MarkError::Gone)), "{refused:?}");
}
