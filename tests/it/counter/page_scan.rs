//! The scan box: what it finds, what it says, what never stands in an address.

use madoguchi::booking::BookingStatus;

use super::desk::Desk;

#[tokio::test]
async fn a_scan_answers_with_the_shelf_and_a_second_one_says_so() {
    let desk = Desk::at("2026-04-13 09:38").await;
    let card = desk.card(102, "高橋 美咲", "タカハシ ミサキ").await;
    let id = desk.booked(&[card], "2026-04-13.1000").await;
    let mut clerk = desk.browser("counter").await;
    clerk.fill("受付：読み取り", "ａ１３ー０００１０２").press("受付").await;
    assert_eq!((clerk.status(), clerk.fragment()), (200, "scan"));
    for words in ["B-03-102", "高橋 美咲さん", "受付中", "9:38 受付しました", "10:00の予約"]
    {
        assert!(clerk.says(words), "{words}: {}", clerk.text());
    }
    assert!(!clerk.says("二度目の読み取り"));
    desk.console.clock.set("2026-04-13 09:40");
    clerk.fill("受付：読み取り", "A13-000102").press("受付").await;
    assert!(
        clerk.says("受付済みです（二度目の読み取り）") && clerk.says("9:38 受付しました"),
        "{}",
        clerk.text()
    );
    assert_eq!(desk.times(card, "booking.checked_in").await, 1);
    clerk.press("元に戻す").await;
    assert_eq!(clerk.fragment(), "scan", "the box is ready for the next one");
    assert!(clerk.says("高橋 美咲さんの受付を取り消しました。") && clerk.says("まだ受付していません"));
    assert_eq!(desk.booking(id).await.status, BookingStatus::Confirmed);
}

#[tokio::test]
async fn from_the_answer_the_card_is_handed_over_and_taken_back() {
    let desk = Desk::at("2026-04-13 09:38").await;
    let card = desk.card(102, "高橋 美咲", "").await;
    let id = desk.booked(&[card], "2026-04-13.1000").await;
    let mut clerk = desk.browser("counter").await;
    clerk.fill("受付：読み取り", &desk.booking(id).await.no.to_lowercase()).press("受付").await;
    clerk.press("交付済にする").await;
    assert!(clerk.says("交付しました（9:38 山田 花子）"), "{}", clerk.text());
    assert_eq!(desk.booking(id).await.status, BookingStatus::Completed);
    clerk.press("元に戻す").await;
    assert!(clerk.says("高橋 美咲さんの交付を取り消しました。"), "{}", clerk.text());
    assert_eq!(desk.booking(id).await.status, BookingStatus::CheckedIn);
}

#[tokio::test]
async fn what_was_typed_stands_in_no_address() {
    let desk = Desk::at("2026-04-13 09:38").await;
    let first = desk.card(1, "山田 和子", "ヤマダ カズコ").await;
    let second = desk.card(2, "山田 太郎", "ヤマダ タロウ").await;
    let id = desk.booked(&[first], "2026-04-13.1000").await;
    desk.booked(&[second], "2026-04-13.1030").await;
    let mut clerk = desk.browser("counter").await;
    clerk.fill("受付：読み取り", "ﾔﾏﾀﾞ").press("受付").await;
    assert!(
        clerk.says("当てはまる方 2人") && clerk.says("山田 和子") && clerk.says("山田 太郎"),
        "{}",
        clerk.text()
    );
    assert_eq!(clerk.address(), format!("/mihon/?among={first}.{second}"));
    clerk.press("この方：山田 和子さん").await;
    assert!(clerk.says("山田 和子さん") && clerk.says("9:38 受付しました"));
    assert_eq!(desk.booking(id).await.status, BookingStatus::CheckedIn);
    clerk.fill("受付：読み取り", "山田太郎").press("受付").await;
    for address in clerk.redirects() {
        let bare = address.split('?').nth(1).unwrap_or_default();
        let rows_only = bare.split('#').next().unwrap_or_default();
        assert!(rows_only.chars().all(|c| c.is_ascii_alphanumeric() || "=&._".contains(c)), "{address}");
    }
}

#[tokio::test]
async fn two_cards_with_one_notice_id_are_never_guessed() {
    let desk = Desk::at("2026-04-13 09:38").await;
    let booked = desk.card(7, "佐藤 花子", "").await;
    let other = desk.card(7, "鈴木 一郎", "").await;
    let id = desk.booked(&[booked], "2026-04-13.1000").await;
    let mut clerk = desk.browser("counter").await;
    clerk.fill("受付：読み取り", "A13000007").press("受付").await;
    assert!(clerk.says("どの方ですか"), "{}", clerk.text());
    assert_eq!(desk.booking(id).await.status, BookingStatus::Confirmed);
    clerk.press("この方：鈴木 一郎さん").await;
    assert!(clerk.says("鈴木 一郎さん") && clerk.says("予約はありません"), "{}", clerk.text());
    assert_eq!(clerk.address(), format!("/mihon/?card={other}"));
}

#[tokio::test]
async fn what_nobody_has_is_said_plainly_and_nothing_is_written() {
    let desk = Desk::at("2026-04-13 09:38").await;
    let mut clerk = desk.browser("counter").await;
    for (typed, says) in [
        ("", "どれかを読み取るか入力してください"),
        ("　－", "どれかを読み取るか入力してください"),
        ("A99-999999", "「A99-999999」のカードも予約も見つかりません"),
        ("<b>田中</b>", "「<b>田中</b>」のカードも予約も見つかりません"),
        ("' OR 1=1 --", "カードも予約も見つかりません"),
        ("😀😀", "カードも予約も見つかりません"),
        (&"あ".repeat(5000), "カードも予約も見つかりません"),
    ] {
        clerk.open("/").await.fill("受付：読み取り", typed).press("受付").await;
        assert_eq!(clerk.status(), 422, "{typed}");
        assert!(clerk.says(says), "{typed}: {}", clerk.text());
        assert!(clerk.title().starts_with("エラー："), "{}", clerk.title());
        assert!(clerk.field("scan")[0].invalid && clerk.field("scan")[0].value.is_empty());
    }
}

#[tokio::test]
async fn a_booking_of_another_day_is_told_and_brought_to_today() {
    let desk = Desk::at("2026-04-13 09:38").await;
    let card = desk.card(126, "橋本 葵", "").await;
    let id = desk.booked_at(desk.there, &[card], "2026-04-20.1000").await;
    let mut clerk = desk.browser("counter").await;
    clerk.fill("受付：読み取り", "A13-000126").press("受付").await;
    for words in ["今日の予約ではありません", "4月20日（月） 10:00", "東総合支所", "B-03-126"]
    {
        assert!(clerk.says(words), "{words}: {}", clerk.text());
    }
    assert_eq!(desk.booking(id).await.status, BookingStatus::Confirmed, "the scan alone moves nothing");
    clerk.press("今日に変えて受付").await;
    assert!(clerk.says("9:38 受付しました"), "{}", clerk.text());
    let moved = desk.booking(id).await;
    assert_eq!((moved.location, moved.day.to_string().as_str()), (desk.here, "2026-04-13"));
}

#[tokio::test]
async fn a_booking_of_today_at_another_office_and_its_card_are_told() {
    let desk = Desk::at("2026-04-13 09:38").await;
    let card = desk.card_there(5, "木村 直樹").await;
    let id = desk.booked_at(desk.there, &[card], "2026-04-13.1000").await;
    let mut clerk = desk.browser("counter").await;
    clerk.fill("受付：読み取り", "A13-000005").press("受付").await;
    for words in ["今日の予約ですが、場所は東総合支所です", "この場所にない（東の棚）"]
    {
        assert!(clerk.says(words), "{words}: {}", clerk.text());
    }
    clerk.press("ここで受付").await;
    assert_eq!(desk.booking(id).await.location, desk.here);
}

#[tokio::test]
async fn who_comes_without_a_booking_gets_the_card_once() {
    let desk = Desk::at("2026-04-13 09:42").await;
    let card = desk.card(9, "飛び込み 花子", "").await;
    let mut clerk = desk.browser("counter").await;
    clerk.fill("受付：読み取り", "A13-000009").press("受付").await;
    assert!(clerk.says("予約はありません。"), "{}", clerk.text());
    let mut twin = clerk.clone();
    clerk.press("予約なしで交付").await;
    assert!(clerk.says("交付しました（9:42 山田 花子）") && clerk.says("予約なし"), "{}", clerk.text());
    twin.press("予約なしで交付").await;
    assert_eq!(twin.address(), clerk.address(), "the second press leads to the same visit");
    assert_eq!(desk.times(card, "booking.handed_over").await, 1);
    desk.console.clock.set("2026-04-14 09:00");
    let mut clerk = desk.browser("counter").await;
    clerk.open("/").await.fill("受付：読み取り", "A13-000009").press("受付").await;
    assert!(clerk.says("「交付済」になったカードです"), "{}", clerk.text());
}

#[tokio::test]
async fn a_walk_in_before_the_booked_day_gives_that_booking_up() {
    let desk = Desk::at("2026-04-13 09:42").await;
    let card = desk.card(9, "早川 早子", "").await;
    let later = desk.booked(&[card], "2026-04-20.1000").await;
    let mut clerk = desk.browser("counter").await;
    clerk.fill("受付：読み取り", "早川").press("受付").await;
    clerk.press("予約を使わず交付").await;
    assert!(clerk.says("交付しました"), "{}", clerk.text());
    assert_eq!(desk.booking(later).await.status, BookingStatus::Cancelled);
}

#[tokio::test]
async fn a_card_that_is_not_ready_is_not_offered() {
    let desk = Desk::at("2026-04-13 09:42").await;
    let card = desk.card(9, "未着 花子", "").await;
    desk.console
        .write(move |tx| {
            let wish = madoguchi::cards::Transition {
                reason: Some("棚にない".to_owned()),
                ..madoguchi::cards::Transition::of(card, madoguchi::cards::CardStatus::Missing)
            };
            madoguchi::cards::transition(tx, &wish)
        })
        .await
        .unwrap();
    let mut clerk = desk.browser("counter").await;
    clerk.fill("受付：読み取り", "A13-000009").press("受付").await;
    assert!(clerk.says("「所在不明」のためまだ交付できません"), "{}", clerk.text());
    assert!(!clerk.page().buttons.iter().any(|button| button.text.contains("交付")));
    clerk.post(&format!("/cards/{card}/walk-in"), &[]).await;
    assert_eq!(clerk.status(), 422);
    assert!(clerk.says("「所在不明」のカードは「交付済」にできません。"), "{}", clerk.text());
}
