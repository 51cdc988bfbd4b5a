//! The page of those who did not come, as a clerk uses it.

use madoguchi::base::{BookingId, CardId, Email};
use madoguchi::booking::{self, BookByStaff, Channel, Overbook};
use madoguchi::jobs::mark_no_show;
use madoguchi::once::OnceKey;

use crate::kit::TestMunicipality;

const EMAIL: &str = "taro@example.jp";

async fn booked(city: &TestMunicipality, card: CardId, time: &str, email: Option<&str>) -> BookingId {
    let wish = BookByStaff {
        party: vec![card],
        slot: format!("{}.2026-04-13.{time}", city.office).parse().unwrap(),
        email: email.map(|email| Email::parse(email).unwrap()),
        channel: Channel::Telephone,
        overbook: Overbook::No,
        once: OnceKey::from_form(&format!("0123456789abcdef{card}")).unwrap(),
    };
    city.write(move |tx| booking::book_by_staff(tx, &wish)).await
}

/// 田中 with an address and 鈴木 without one did not come on 13 April.
async fn missed() -> TestMunicipality {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let one = city.card(1, "田中 健太").await;
    let other = city.card(2, "鈴木 一郎").await;
    booked(&city, one, "0930", Some(EMAIL)).await;
    booked(&city, other, "1000", None).await;
    city.letter(EMAIL).await;
    city.clock.set("2026-04-13 12:00");
    mark_no_show(&city.city).await.unwrap();
    city
}

#[tokio::test]
async fn the_list_says_who_is_written_to_and_when_and_who_must_be_telephoned() {
    let city = missed().await;
    let mut clerk = city.clerk("manager").await;
    clerk.open("/no-shows").await;
    let text = clerk.text();
    for told in ["田中 健太", "自動：4月14日（火）12:30", "鈴木 一郎", "電話する", "次は 4月14日（火）12:30"]
    {
        assert!(text.contains(told), "{told} in {text}");
    }
}

#[tokio::test]
async fn a_letter_goes_once_to_those_who_have_an_address() {
    let city = missed().await;
    let mut clerk = city.clerk("manager").await;
    clerk.open("/no-shows").await;
    clerk.tick("選ぶ：田中").tick("選ぶ：鈴木");
    let mut twice = clerk.clone();
    clerk.press("再案内を送る").await;
    assert!(clerk.text().contains("1人に再予約の案内を送ります"), "{}", clerk.text());
    assert!(clerk.text().contains("メールアドレスのない1人"), "{}", clerk.text());
    twice.press("再案内を送る").await;
    let letters = city.letters(EMAIL).await;
    assert_eq!(letters.len(), 1, "the same form sent again sends nothing");
    assert_eq!(letters[0].kind, "no_show");
    clerk.open("/no-shows").await;
    assert!(clerk.text().contains("案内済み"), "{}", clerk.text());
}

#[tokio::test]
async fn a_closed_case_leaves_the_list_and_comes_back() {
    let city = missed().await;
    let mut clerk = city.clerk("manager").await;
    clerk.open("/no-shows").await.tick("選ぶ：鈴木");
    clerk.press("対応済みにする").await;
    assert!(clerk.text().contains("1人を対応済みにしました"), "{}", clerk.text());
    assert!(!clerk.text().contains("鈴木 一郎"));
    clerk.open("/no-shows?closed=1").await;
    assert!(clerk.text().contains("鈴木 一郎"));
    clerk.tick("選ぶ：鈴木").press("未対応に戻す").await;
    clerk.open("/no-shows").await;
    assert!(clerk.text().contains("鈴木 一郎"));
}

#[tokio::test]
async fn nobody_ticked_is_said_at_the_list() {
    let city = missed().await;
    let mut clerk = city.clerk("manager").await;
    clerk.open("/no-shows").await.press("再案内を送る").await;
    assert_eq!(clerk.status(), 422);
    assert!(clerk.text().contains("対象の方を選んでください"));
}
