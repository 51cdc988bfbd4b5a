//! What a scan means.

use madoguchi::base::notice::NoticePattern;
use madoguchi::base::{CardId, LocationId};
use madoguchi::booking::{self, Act, CHOICE_MAX, Scan, Scanned};
use madoguchi::db::Lane;

use super::office::{Office, clerk};

async fn scan_at(office: &Office, location: LocationId, typed: &str, by_name: bool) -> Scanned {
    let wish = Scan { typed: typed.to_owned(), location, pattern: NoticePattern::default(), by_name };
    office.file.db.read(Lane::Staff, move |tx| booking::scan(tx, &wish)).await.unwrap()
}

async fn scan(office: &Office, typed: &str) -> Scanned {
    scan_at(office, office.here, typed, true).await
}

fn booking(id: booking::Served) -> madoguchi::base::BookingId {
    id.booking
}

#[tokio::test]
async fn every_way_of_typing_a_notice_id_finds_its_booking() {
    let office = Office::at("2026-04-13 09:00").await;
    let card = office.card(345_603, "田中 健太", "タナカ ケンタ").await;
    let id = office.booked(&[card], "2026-04-13.0930").await;
    for typed in [
        "A13345603",
        "a13-345603",
        "Ａ１３－３４５６０３",
        "ａ１３ー３４５６０３",
        " A13 345603 ",
        "A13−345603",
    ] {
        let found = scan(&office, typed).await;
        assert_eq!(found, Scanned::Booking { booking: id, card: Some(card) }, "{typed}");
    }
}

#[tokio::test]
async fn a_booking_number_is_read_in_any_width_with_or_without_its_dash() {
    let office = Office::at("2026-04-13 09:00").await;
    let card = office.card(1, "田中 健太", "").await;
    let id = office.booked(&[card], "2026-04-13.0930").await;
    let number = office.booking(id).await.no;
    let bare = number.replace('-', "");
    for typed in
        [number.clone(), number.to_lowercase(), bare.clone(), format!("{}ー{}", &bare[..4], &bare[4..])]
    {
        let found = scan(&office, &typed).await;
        assert_eq!(found, Scanned::Booking { booking: id, card: None }, "{typed}");
    }
}

#[tokio::test]
async fn a_name_or_reading_is_looked_for_among_todays_people_first() {
    let office = Office::at("2026-04-13 09:00").await;
    let here = office.card(1, "髙橋 美咲", "タカハシ ミサキ").await;
    let elsewhere = office.card(2, "高橋 一郎", "タカハシ イチロウ").await;
    let id = office.booked(&[here], "2026-04-13.0930").await;
    office.booked(&[elsewhere], "2026-04-20.0930").await;
    for typed in ["高橋", "ﾀｶﾊｼ", "たかはし みさき", "髙橋美咲"] {
        assert_eq!(scan(&office, typed).await, Scanned::Booking { booking: id, card: Some(here) }, "{typed}");
    }
    let found = scan(&office, "高").await;
    assert_eq!(found, Scanned::Several(vec![here]), "one letter is offered, not taken");
    assert!(
        matches!(scan(&office, "イチロウ").await, Scanned::Booking { card: Some(card), .. } if card == elsewhere)
    );
    assert_eq!(
        scan_at(&office, office.here, "高橋", false).await,
        Scanned::Unknown,
        "without the permission"
    );
    assert_eq!(scan(&office, "・").await, Scanned::Unknown);
}

#[tokio::test]
async fn people_who_share_a_name_or_a_notice_id_are_offered_for_choice() {
    let office = Office::at("2026-04-13 09:00").await;
    let first = office.card(1, "山田 和子", "ヤマダ カズコ").await;
    let second = office.card(2, "山田 太郎", "ヤマダ タロウ").await;
    office.booked(&[first], "2026-04-13.0930").await;
    office.booked(&[second], "2026-04-13.1000").await;
    assert_eq!(scan(&office, "山田").await, Scanned::Several(vec![first, second]));
    let twin = office.card(1, "別人 次郎", "").await;
    assert_eq!(
        scan(&office, "A13-000001").await,
        Scanned::Several(vec![first, twin]),
        "though one is booked today"
    );
}

#[tokio::test]
async fn too_many_people_are_no_choice_and_nobody_is_told_plainly() {
    let office = Office::at("2026-04-13 09:00").await;
    for number in 0..=u32::try_from(CHOICE_MAX).unwrap() {
        office.card(number, &format!("佐藤 {number}郎"), "").await;
    }
    assert_eq!(scan(&office, "佐藤").await, Scanned::TooMany);
    for (typed, answer) in [("", Scanned::Empty), (" 　-", Scanned::Empty), ("A99-999999", Scanned::Unknown)]
    {
        assert_eq!(scan(&office, typed).await, answer, "{typed:?}");
    }
    for typed in ["鈴木", "%", "' OR 1=1 --", "<script>", "😀", "\u{202E}abc", "0000-0000"] {
        assert_eq!(scan(&office, typed).await, Scanned::Unknown, "{typed:?}");
    }
}

async fn meant(office: &Office, card: CardId) -> Scanned {
    let here = office.here;
    office.file.db.read(Lane::Staff, move |tx| booking::scan_card(tx, card, here)).await.unwrap()
}

#[tokio::test]
async fn todays_booking_matters_most_then_the_live_one_then_the_missed_one() {
    let office = Office::at("2026-04-06 09:00").await;
    let card = office.card(1, "田中 健太", "").await;
    assert_eq!(meant(&office, card).await, Scanned::Card(card));
    let missed = office.booked(&[card], "2026-04-07.0900").await;
    office.file.clock.set("2026-04-07 12:00");
    office.serve(missed, Act::NoShow).await.unwrap();
    assert_eq!(meant(&office, card).await, Scanned::Booking { booking: missed, card: Some(card) });
    office.file.clock.set("2026-04-08 09:00");
    let live = office.booked_at(office.there, &[card], "2026-04-13.0900").await;
    assert_eq!(meant(&office, card).await, Scanned::Booking { booking: live, card: Some(card) });
    let wish = booking::WalkIn { card, location: office.here };
    let visit =
        office.file.db.write(clerk(1), move |tx| booking::hand_over_walk_in(tx, &wish)).await.unwrap();
    assert_eq!(meant(&office, card).await, Scanned::Booking { booking: booking(visit), card: Some(card) });
    office.file.clock.set("2026-04-09 09:00");
    assert_eq!(
        meant(&office, card).await,
        Scanned::Booking { booking: missed, card: Some(card) },
        "of past days only what was missed is told"
    );
}
