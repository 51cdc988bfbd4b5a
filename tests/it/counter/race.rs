//! Two clerks at once.

use std::sync::Arc;

use madoguchi::booking::{self, Act, WalkIn};

use super::office::{Office, clerk};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_clerks_who_hand_over_the_same_card_at_once_leave_one_event() {
    let office = Arc::new(Office::at("2026-04-13 09:00").await);
    for round in 0..20 {
        let card = office.card(round, &format!("市民{round}"), "").await;
        let id = office.booked(&[card], "2026-04-13.0930").await;
        let at_once = |number| {
            let office = Arc::clone(&office);
            tokio::spawn(async move { office.serve_as(clerk(number), id, Act::HandOver(vec![])).await })
        };
        let (first, second) = (at_once(1), at_once(2));
        let (first, second) = (first.await.unwrap().unwrap(), second.await.unwrap().unwrap());
        assert!(first.changed != second.changed, "round {round}: exactly one of them did it");
        assert_eq!(office.times(card, "booking.handed_over").await, 1);
        assert_eq!(office.times(card, "card.status_changed").await, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_clerks_who_serve_the_same_walk_in_leave_one_visit() {
    let office = Arc::new(Office::at("2026-04-13 09:42").await);
    for round in 0..20 {
        let card = office.card(round, &format!("市民{round}"), "").await;
        let at_once = |number| {
            let office = Arc::clone(&office);
            let wish = WalkIn { card, location: office.here };
            tokio::spawn(async move {
                office.file.db.write(clerk(number), move |tx| booking::hand_over_walk_in(tx, &wish)).await
            })
        };
        let (first, second) = (at_once(1), at_once(2));
        let (first, second) = (first.await.unwrap().unwrap(), second.await.unwrap().unwrap());
        assert!(first.changed != second.changed, "round {round}: exactly one of them did it");
        assert_eq!(first.booking, second.booking);
        assert_eq!(office.times(card, "booking.handed_over").await, 1);
    }
}
