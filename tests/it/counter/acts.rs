//! Arrivals, hand-overs, missing papers, people who do not come: each act, each refusal.

use madoguchi::base::BookingId;
use madoguchi::booking::{
    self, Act, BookingStatus, ComeToday, CounterError, Outcome, Overbook, Serve, ServeMany, WalkIn,
};
use madoguchi::cards::{CardStatus, Label, TransitionError};

use super::office::{Office, clerk};

const NINE: &str = "2026-04-13.0900";

#[tokio::test]
async fn a_scan_done_twice_checks_in_once() {
    let office = Office::at("2026-04-06 09:00").await;
    let card = office.card(1, "田中 健太", "タナカ ケンタ").await;
    let id = office.booked(&[card], NINE).await;
    office.file.clock.set("2026-04-13 08:58");
    let first = office.serve(id, Act::CheckIn).await.unwrap();
    office.file.clock.set("2026-04-13 09:05");
    let again = office.serve(id, Act::CheckIn).await.unwrap();
    assert_eq!((first.changed, again.changed), (true, false));
    assert_eq!(office.times(card, "booking.checked_in").await, 1);
    let here_since = office.booking(id).await.checked_in_at.unwrap();
    assert_eq!(here_since.minute().to_string(), "8:58", "they wait since the first scan");
    assert_eq!(office.look(card).await.label, Label::CheckedIn);
}

#[tokio::test]
async fn people_are_checked_in_only_on_their_day_which_changes_at_midnight_in_japan() {
    let office = Office::at("2026-04-06 09:00").await;
    let card = office.card(1, "田中 健太", "").await;
    let id = office.booked(&[card], NINE).await;
    office.file.clock.set("2026-04-12 23:59");
    let refused = office.serve(id, Act::CheckIn).await;
    assert!(matches!(refused, Err(CounterError::NotToday(day)) if day.to_string() == "2026-04-13"));
    let refused = office.serve(id, Act::HandOver(vec![])).await;
    assert!(matches!(refused, Err(CounterError::NotToday(_))), "{refused:?}");
    let missing = Act::Incomplete { who: card.into(), reason: "書類".to_owned(), code: None };
    assert!(matches!(office.serve(id, missing).await, Err(CounterError::NotToday(_))));
    office.file.clock.set("2026-04-13 00:00");
    assert!(office.serve(id, Act::CheckIn).await.unwrap().changed);
    office.serve(id, Act::UndoCheckIn).await.unwrap();
    office.file.clock.set("2026-04-14 00:00");
    assert!(matches!(office.serve(id, Act::CheckIn).await, Err(CounterError::NotToday(_))));
    assert!(office.serve(id, Act::HandOver(vec![])).await.unwrap().changed, "entered the morning after");
}

#[tokio::test]
async fn a_whole_family_gets_its_cards_at_once_and_one_alone_when_named() {
    let office = Office::at("2026-04-06 09:00").await;
    let party =
        [office.card(1, "父", "").await, office.card(2, "母", "").await, office.card(3, "子", "").await];
    let id = office.booked(&party, NINE).await;
    office.file.clock.set("2026-04-13 09:01");
    let one = office.serve(id, Act::HandOver(vec![party[1].into()])).await.unwrap();
    assert_eq!(one.status, BookingStatus::Confirmed, "two are still to be served");
    assert_eq!(office.times(party[1], "booking.handed_over").await, 1);
    assert_eq!(office.times(party[0], "booking.handed_over").await, 0, "not in the history of the others");
    let rest = office.serve(id, Act::HandOver(vec![])).await.unwrap();
    assert_eq!(rest.status, BookingStatus::Completed);
    for card in party {
        assert_eq!(office.look(card).await.status, CardStatus::Issued);
        assert_eq!(office.times(card, "card.status_changed").await, 1);
    }
    let again = office.serve(id, Act::HandOver(vec![])).await.unwrap();
    assert!(!again.changed);
}

#[tokio::test]
async fn one_form_takes_effect_once_even_after_the_act_was_taken_back() {
    let office = Office::at("2026-04-13 09:00").await;
    let card = office.card(1, "田中 健太", "").await;
    let id = office.booked(&[card], "2026-04-13.0930").await;
    let wish = Serve { booking: id, act: Act::HandOver(vec![]), once: office.form() };
    let again = wish.clone();
    office.file.db.write(clerk(1), move |tx| booking::serve(tx, &wish)).await.unwrap();
    office
        .serve(id, Act::UndoHandOver { people: vec![], reason: None, may_undo_later: false })
        .await
        .unwrap();
    let late = office.file.db.write(clerk(1), move |tx| booking::serve(tx, &again)).await.unwrap();
    assert_eq!((late.changed, late.status), (false, BookingStatus::CheckedIn));
    assert_eq!(office.look(card).await.status, CardStatus::Notified);
}

#[tokio::test]
async fn a_missing_paper_needs_a_reason_that_can_be_stored() {
    let office = Office::at("2026-04-06 09:00").await;
    let card = office.card(1, "田中 健太", "").await;
    let id = office.booked(&[card], NINE).await;
    office.file.clock.set("2026-04-13 09:10");
    for blank in ["", "　 "] {
        let refused = office
            .serve(id, Act::Incomplete { who: card.into(), reason: blank.to_owned(), code: None })
            .await;
        assert!(matches!(refused, Err(CounterError::Card(TransitionError::ReasonNeeded))), "{refused:?}");
    }
    for bad in ["番号は 1234 5678 9018", "a\u{0}b", &"長".repeat(501)] {
        let refused =
            office.serve(id, Act::Incomplete { who: card.into(), reason: bad.to_owned(), code: None }).await;
        assert!(matches!(refused, Err(CounterError::Card(TransitionError::BadReason))), "{bad}: {refused:?}");
    }
    assert_eq!(office.look(card).await.status, CardStatus::Notified);
}

#[tokio::test]
async fn who_comes_again_without_the_paper_is_noted_again() {
    let office = Office::at("2026-04-06 09:00").await;
    let card = office.card(1, "田中 健太", "").await;
    let first = office.booked(&[card], NINE).await;
    office.file.clock.set("2026-04-13 09:10");
    let missing = |reason: &str| Act::Incomplete { who: card.into(), reason: reason.to_owned(), code: None };
    let noted = office.serve(first, missing("本人確認書類が1点不足")).await.unwrap();
    assert_eq!((noted.status, noted.changed), (BookingStatus::Incomplete, true));
    assert!(!office.serve(first, missing("本人確認書類が1点不足")).await.unwrap().changed);
    let second = office.booked(&[card], "2026-04-14.0900").await;
    office.file.clock.set("2026-04-14 09:10");
    office.serve(second, missing("委任状がない")).await.unwrap();
    let stands = office.look(card).await;
    assert_eq!(
        (stands.status, stands.incomplete_reason.as_deref()),
        (CardStatus::Incomplete, Some("委任状がない"))
    );
    assert_eq!(office.times(card, "booking.incomplete").await, 2);
}

#[tokio::test]
async fn nobody_has_stayed_away_before_the_time_has_come() {
    let office = Office::at("2026-04-06 09:00").await;
    let card = office.card(1, "田中 健太", "").await;
    let id = office.booked(&[card], NINE).await;
    office.file.clock.set("2026-04-13 08:59");
    assert!(matches!(office.serve(id, Act::NoShow).await, Err(CounterError::TooEarly)));
    office.file.clock.set("2026-04-13 09:00");
    assert!(office.serve(id, Act::NoShow).await.unwrap().changed);
    assert!(!office.serve(id, Act::NoShow).await.unwrap().changed);
    assert_eq!(office.look(card).await.label, Label::NoShow);
    office.serve(id, Act::CheckIn).await.unwrap();
    let refused = office.serve(id, Act::NoShow).await;
    assert!(matches!(refused, Err(CounterError::Status(BookingStatus::CheckedIn))));
}

#[tokio::test]
async fn who_booked_anew_is_not_revived_in_the_old_booking() {
    let office = Office::at("2026-04-06 09:00").await;
    let card = office.card(1, "田中 健太", "").await;
    let id = office.booked(&[card], NINE).await;
    office.file.clock.set("2026-04-13 10:00");
    office.serve(id, Act::NoShow).await.unwrap();
    office.booked(&[card], "2026-04-20.0900").await;
    assert!(matches!(office.serve(id, Act::CheckIn).await, Err(CounterError::BookedAgain)));
    assert!(matches!(office.serve(id, Act::UndoNoShow).await, Err(CounterError::BookedAgain)));
    assert_eq!(office.booking(id).await.status, BookingStatus::NoShow, "nothing half done");
}

#[tokio::test]
async fn a_card_outside_of_the_booking_and_a_booking_that_is_not_there_are_refused() {
    let office = Office::at("2026-04-13 09:00").await;
    let (card, other) = (office.card(1, "田中 健太", "").await, office.card(2, "別の人", "").await);
    let id = office.booked(&[card], "2026-04-13.0930").await;
    let refused = office.serve(id, Act::HandOver(vec![card.into(), other.into()])).await;
    assert!(matches!(refused, Err(CounterError::NotInBooking)));
    assert_eq!(office.look(card).await.status, CardStatus::Notified, "nothing half done");
    let missing = Act::Incomplete { who: other.into(), reason: "書類".to_owned(), code: None };
    assert!(matches!(office.serve(id, missing).await, Err(CounterError::NotInBooking)));
    let nowhere = office.serve(BookingId::of(999), Act::CheckIn).await;
    assert!(matches!(nowhere, Err(CounterError::NotFound)));
}

#[tokio::test]
async fn many_are_served_at_once_and_each_says_how_it_went() {
    let office = Office::at("2026-04-13 09:00").await;
    let mut bookings = Vec::new();
    for number in 1..=3 {
        let card = office.card(number, &format!("市民{number}"), "").await;
        bookings.push(office.booked(&[card], "2026-04-13.0930").await);
    }
    office.cancelled(bookings[1]).await;
    let wish = ServeMany { bookings: bookings.clone(), act: Act::HandOver(vec![]), once: office.form() };
    let again = wish.clone();
    let answers = office.file.db.write(clerk(1), move |tx| booking::serve_many(tx, &wish)).await.unwrap();
    let fine: Vec<bool> = answers.iter().map(|(_, answer)| answer.is_ok()).collect();
    assert_eq!(fine, [true, false, true]);
    assert!(matches!(answers[1].1, Err(CounterError::Status(BookingStatus::Cancelled))));
    let repeated = office.file.db.write(clerk(1), move |tx| booking::serve_many(tx, &again)).await.unwrap();
    let changed = |(_, answer): &(BookingId, Result<booking::Served, CounterError>)| {
        answer.as_ref().is_ok_and(|served| served.changed)
    };
    assert!(!repeated.iter().any(changed), "the same form again");
    assert_eq!(office.booking(bookings[0]).await.status, BookingStatus::Completed);
}

#[tokio::test]
async fn a_family_that_refuses_in_a_bulk_act_is_left_whole() {
    let office = Office::at("2026-04-13 09:00").await;
    let party = [office.card(1, "父", "").await, office.card(2, "子", "").await];
    let single = office.card(3, "独り", "").await;
    let family = office.booked(&party, "2026-04-13.0930").await;
    let alone = office.booked(&[single], "2026-04-13.0930").await;
    let gone = party[1];
    office
        .file
        .db
        .write(clerk(1), move |tx| {
            let wish = madoguchi::cards::Transition {
                reason: Some("棚にない".to_owned()),
                ..madoguchi::cards::Transition::of(gone, CardStatus::Missing)
            };
            madoguchi::cards::transition(tx, &wish)
        })
        .await
        .unwrap();
    let wish = ServeMany { bookings: vec![family, alone], act: Act::HandOver(vec![]), once: office.form() };
    let answers = office.file.db.write(clerk(1), move |tx| booking::serve_many(tx, &wish)).await.unwrap();
    assert!(matches!(answers[0].1, Err(CounterError::Card(TransitionError::Illegal { .. }))));
    assert_eq!(
        office.look(party[0]).await.status,
        CardStatus::Notified,
        "the father's card was not handed over"
    );
    assert_eq!(office.times(party[0], "card.status_changed").await, 0);
    assert_eq!(office.look(single).await.status, CardStatus::Issued, "and the next one was");
}

#[tokio::test]
async fn a_walk_in_gets_the_card_and_stands_on_the_board_of_the_day() {
    let office = Office::at("2026-04-13 09:42").await;
    let card = office.card(1, "飛び込み 花子", "").await;
    let wish = WalkIn { card, location: office.here };
    let visit =
        office.file.db.write(clerk(1), move |tx| booking::hand_over_walk_in(tx, &wish)).await.unwrap();
    let again =
        office.file.db.write(clerk(1), move |tx| booking::hand_over_walk_in(tx, &wish)).await.unwrap();
    assert_eq!((visit.changed, again.changed, again.booking), (true, false, visit.booking));
    let booking = office.booking(visit.booking).await;
    assert_eq!((booking.starts.to_string().as_str(), booking.status), ("9:42", BookingStatus::Completed));
    assert_eq!(booking.members[0].outcome, Some(Outcome::Issued));
    assert_eq!(office.look(card).await.status, CardStatus::Issued);
    assert_eq!(office.times(card, "booking.handed_over").await, 1);
}

#[tokio::test]
async fn a_walk_in_with_a_booking_for_later_gives_that_seat_back() {
    let office = Office::at("2026-04-13 09:42").await;
    let party = [office.card(1, "父", "").await, office.card(2, "子", "").await];
    let later = office.booked(&party, "2026-04-20.0900").await;
    for (number, left) in [(0, BookingStatus::Confirmed), (1, BookingStatus::Cancelled)] {
        let wish = WalkIn { card: party[number], location: office.here };
        office.file.db.write(clerk(1), move |tx| booking::hand_over_walk_in(tx, &wish)).await.unwrap();
        let booking = office.booking(later).await;
        assert_eq!(booking.status, left);
    }
    assert_eq!(office.look(party[1]).await.label, Label::Card(CardStatus::Issued));
}

#[tokio::test]
async fn a_card_that_cannot_be_handed_over_is_refused_to_a_walk_in() {
    let office = Office::at("2026-04-13 09:42").await;
    let card = office.card(1, "田中 健太", "").await;
    let wish = WalkIn { card, location: office.here };
    office.file.db.write(clerk(1), move |tx| booking::hand_over_walk_in(tx, &wish)).await.unwrap();
    office.file.clock.set("2026-04-14 09:42");
    let refused = office.file.db.write(clerk(1), move |tx| booking::hand_over_walk_in(tx, &wish)).await;
    let from_issued = TransitionError::Illegal { from: CardStatus::Issued, to: CardStatus::Issued };
    assert!(matches!(&refused, Err(CounterError::Card(why)) if why.to_string() == from_issued.to_string()));
}

#[tokio::test]
async fn who_comes_on_another_day_is_moved_to_the_slot_that_runs_and_checked_in() {
    let office = Office::at("2026-04-13 09:42").await;
    let card = office.card(1, "橋本 葵", "").await;
    let id = office.booked_at(office.there, &[card], "2026-04-20.1000").await;
    let wish = ComeToday { booking: id, location: office.here, overbook: Overbook::No };
    let (again, served) =
        (wish.clone(), office.file.db.write(clerk(1), move |tx| booking::come_today(tx, &wish)));
    assert!(served.await.unwrap().changed);
    let booking = office.booking(id).await;
    assert_eq!((booking.location, booking.day.to_string().as_str()), (office.here, "2026-04-13"));
    assert_eq!((booking.starts.to_string().as_str(), booking.status), ("9:30", BookingStatus::CheckedIn));
    let twice = office.file.db.write(clerk(1), move |tx| booking::come_today(tx, &again)).await.unwrap();
    assert!(!twice.changed);
}

#[tokio::test]
async fn who_comes_to_a_full_hour_needs_the_permission_and_leaves_its_reason() {
    let office = Office::at("2026-04-13 08:00").await;
    let mut party = Vec::new();
    for number in 1..=5 {
        party.push(office.card(number, &format!("先客{number}"), "").await);
    }
    office.booked(&party, NINE).await;
    let card = office.card(9, "橋本 葵", "").await;
    let id = office.booked(&[card], "2026-04-20.1000").await;
    office.file.clock.set("2026-04-13 09:10");
    let wish = ComeToday { booking: id, location: office.here, overbook: Overbook::No };
    let refused = office.file.db.write(clerk(1), move |tx| booking::come_today(tx, &wish)).await;
    assert!(matches!(refused, Err(CounterError::Full)), "{refused:?}");
    assert_eq!(office.booking(id).await.day.to_string(), "2026-04-20", "the old seat is kept");
    let over = Overbook::Because("予約日と違う日の来庁".to_owned());
    let wish = ComeToday { booking: id, location: office.here, overbook: over };
    office.file.db.write(clerk(1), move |tx| booking::come_today(tx, &wish)).await.unwrap();
    assert_eq!(office.booking(id).await.over_reason.as_deref(), Some("予約日と違う日の来庁"));
}

#[tokio::test]
async fn nobody_is_moved_to_a_day_on_which_the_office_is_closed() {
    let office = Office::at("2026-04-12 09:42").await;
    let card = office.card(1, "橋本 葵", "").await;
    let id = office.booked(&[card], NINE).await;
    let wish = ComeToday { booking: id, location: office.here, overbook: Overbook::No };
    let refused = office.file.db.write(clerk(1), move |tx| booking::come_today(tx, &wish)).await;
    assert!(matches!(refused, Err(CounterError::Closed)), "a Sunday");
}
