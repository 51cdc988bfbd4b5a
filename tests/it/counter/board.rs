//! The board of a day: who is late, who waits, how many stand where.

use madoguchi::booking::{self, Act, BoardRow, BookingStatus, Tally};
use madoguchi::db::Lane;

use super::office::Office;

async fn board(office: &Office, day: &str) -> Vec<BoardRow> {
    let (here, day) = (office.here, day.parse().unwrap());
    office.file.db.read(Lane::Staff, move |tx| booking::day_board(tx, here, day)).await.unwrap()
}

#[tokio::test]
async fn somebody_is_late_from_the_fifteenth_minute_on_and_to_the_second() {
    let office = Office::at("2026-04-06 09:00").await;
    let card = office.card(1, "渡邉 邊子", "").await;
    let id = office.booked(&[card], "2026-04-13.0900").await;
    let late = async |time: &str, seconds: u64| {
        office.file.clock.set(time);
        office.file.clock.pass(std::time::Duration::from_secs(seconds));
        office.booking(id).await.late_minutes(office.file.clock.clock().now())
    };
    assert_eq!(late("2026-04-13 08:59", 0).await, None);
    assert_eq!(late("2026-04-13 09:14", 59).await, None);
    assert_eq!(late("2026-04-13 09:15", 0).await, Some(15));
    assert_eq!(late("2026-04-13 09:42", 59).await, Some(42));
    office.serve(id, Act::CheckIn).await.unwrap();
    assert_eq!(late("2026-04-13 09:50", 0).await, None, "who is here is late no more");
}

#[tokio::test]
async fn waiting_is_counted_in_whole_minutes_since_the_arrival() {
    let office = Office::at("2026-04-13 09:00").await;
    let card = office.card(1, "高橋 美咲", "").await;
    let id = office.booked(&[card], "2026-04-13.0930").await;
    assert_eq!(office.booking(id).await.waiting_minutes(office.file.clock.clock().now()), None);
    office.file.clock.set("2026-04-13 09:38");
    office.serve(id, Act::CheckIn).await.unwrap();
    for (seconds, minutes) in [(0, 0), (59, 0), (1, 1), (180, 4)] {
        office.file.clock.pass(std::time::Duration::from_secs(seconds));
        let now = office.file.clock.clock().now();
        assert_eq!(office.booking(id).await.waiting_minutes(now), Some(minutes));
    }
}

#[tokio::test]
async fn the_board_holds_its_day_and_its_office_and_counts_by_status() {
    let office = Office::at("2026-04-06 09:00").await;
    let mut made = Vec::new();
    for number in 1..=6 {
        let card = office.card(number, &format!("市民{number}"), "").await;
        made.push((office.booked(&[card], "2026-04-13.0900").await, card));
    }
    let elsewhere = office.card(7, "別の場所", "").await;
    office.booked_at(office.there, &[elsewhere], "2026-04-13.0900").await;
    let tomorrow = office.card(8, "別の日", "").await;
    office.booked(&[tomorrow], "2026-04-14.0900").await;

    office.file.clock.set("2026-04-13 09:20");
    office.serve(made[0].0, Act::CheckIn).await.unwrap();
    office.serve(made[1].0, Act::HandOver(vec![])).await.unwrap();
    let missing = Act::Incomplete { who: made[2].1.into(), reason: "書類不足".to_owned(), code: None };
    office.serve(made[2].0, missing).await.unwrap();
    office.serve(made[3].0, Act::NoShow).await.unwrap();
    office.cancelled(made[4].0).await;

    let rows = board(&office, "2026-04-13").await;
    let now = office.file.clock.clock().now();
    let expected = Tally { all: 5, to_come: 1, late: 1, waiting: 1, issued: 1, incomplete: 1, no_show: 1 };
    assert_eq!(Tally::of(&rows, now), expected);
    assert_eq!(board(&office, "2026-04-14").await.len(), 1);
    assert!(board(&office, "2026-04-12").await.is_empty());
}

#[tokio::test]
async fn a_row_knows_its_people_in_order_and_who_handed_over() {
    let office = Office::at("2026-04-13 09:00").await;
    let party =
        [office.card(1, "父", "").await, office.card(2, "母", "").await, office.card(3, "子", "").await];
    let id = office.booked(&[party[2], party[0], party[1]], "2026-04-13.0930").await;
    office.serve_as(super::office::clerk(2), id, Act::HandOver(vec![party[0].into()])).await.unwrap();
    office.file.clock.set("2026-04-13 09:41");
    office.serve(id, Act::HandOver(vec![])).await.unwrap();
    let row = board(&office, "2026-04-13").await.remove(0);
    let names: Vec<&str> = row.people().map(|card| card.name.uncover().as_str()).collect();
    assert_eq!((names, row.lead().unwrap().id), (vec!["子", "父", "母"], party[2]));
    let told = row.handed_over.clone().unwrap();
    assert_eq!((told.by.as_str(), told.at.minute().to_string().as_str()), ("職員1", "9:41"), "the last one");
    let single =
        office.file.db.read(Lane::Staff, move |tx| booking::board_row(tx, id)).await.unwrap().unwrap();
    assert_eq!((single.booking, single.cards.len()), (row.booking, 3));
    assert_eq!(single.handed_over, row.handed_over);
}

#[tokio::test]
async fn somebody_who_missed_the_morning_and_walks_in_stands_there_twice() {
    let office = Office::at("2026-04-13 09:00").await;
    let card = office.card(1, "田中 健太", "").await;
    let id = office.booked(&[card], "2026-04-13.0930").await;
    office.file.clock.set("2026-04-13 11:00");
    office.serve(id, Act::NoShow).await.unwrap();
    let wish = booking::WalkIn { card, location: office.here };
    let visit = office
        .file
        .db
        .write(super::office::clerk(1), move |tx| booking::hand_over_walk_in(tx, &wish))
        .await
        .unwrap();
    let rows = board(&office, "2026-04-13").await;
    let shown: Vec<(BookingStatus, usize)> =
        rows.iter().map(|row| (row.booking.status, row.cards.len())).collect();
    assert_eq!(shown, [(BookingStatus::NoShow, 1), (BookingStatus::Completed, 1)]);
    assert_eq!(rows[1].booking.id, visit.booking);
}
