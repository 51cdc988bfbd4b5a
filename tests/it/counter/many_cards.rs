//! One status for many cards, from a scanned list.

use std::sync::Arc;

use madoguchi::booking::{self, BookingStatus, CounterError, UpdateCards};
use madoguchi::cards::{CardStatus, TransitionError};
use madoguchi::db::Lane;
use madoguchi::once::OnceKey;

use super::desk::Desk;

fn once(text: &str) -> OnceKey {
    OnceKey::from_form(&format!("many-cards-{text:0>10}")).unwrap()
}

fn wish(desk: &Desk, cards: &[madoguchi::base::CardId], to: CardStatus, form: &str) -> UpdateCards {
    let cards = cards.iter().map(|card| (*card, 1)).collect();
    UpdateCards { cards, to, reason: Some("一括登録".to_owned()), location: desk.here, once: once(form) }
}

#[tokio::test]
async fn each_card_takes_the_status_or_says_why_not_and_all_belong_to_one_batch() {
    let desk = Desk::at("2026-04-13 09:42").await;
    let cards =
        [desk.card(1, "甲野", "").await, desk.card(2, "乙野", "").await, desk.card(3, "丙野", "").await];
    let gone = wish(&desk, &cards[1..2], CardStatus::Missing, "gone");
    desk.console.write(move |tx| booking::update_cards(tx, &gone)).await.unwrap();
    let hold = UpdateCards {
        cards: vec![(cards[0], 1), (cards[1], 2), (cards[2], 7)],
        ..wish(&desk, &[], CardStatus::OnHold, "hold")
    };
    let again = hold.clone();
    let answers = desk.console.write(move |tx| booking::update_cards(tx, &hold)).await.unwrap();
    assert!(answers[0].1.is_ok());
    assert!(matches!(
        answers[1].1,
        Err(CounterError::Card(TransitionError::Illegal { from: CardStatus::Missing, .. }))
    ));
    assert!(
        matches!(answers[2].1, Err(CounterError::Card(TransitionError::Conflict { .. }))),
        "seen in another version"
    );
    let repeated = desk.console.write(move |tx| booking::update_cards(tx, &again)).await.unwrap();
    assert_eq!(repeated.iter().map(|(_, answer)| answer.is_ok()).collect::<Vec<_>>(), [true, false, false]);
    assert_eq!(desk.times(cards[0], "card.status_changed").await, 1);
    assert_eq!(desk.look(cards[2]).await.status, CardStatus::Notified);
    let card = cards[0];
    let story = desk.console.city.db.read(Lane::Staff, move |tx| madoguchi::history::of_card(tx, card));
    let story = story.await.unwrap();
    assert!(story[0].batch.is_some(), "{:?}", story[0]);
}

#[tokio::test]
async fn cards_of_bookings_are_handed_over_through_them_and_others_as_visits() {
    let desk = Desk::at("2026-04-13 09:42").await;
    let (booked, bare) = (desk.card(1, "甲野", "").await, desk.card(2, "乙野", "").await);
    let id = desk.booked(&[booked], "2026-04-13.0930").await;
    desk.open();
    let all = wish(&desk, &[booked, bare], CardStatus::Issued, "issue");
    let answers = desk.console.write(move |tx| booking::update_cards(tx, &all)).await.unwrap();
    assert!(answers.iter().all(|(_, answer)| answer.is_ok()), "{answers:?}");
    assert_eq!(desk.booking(id).await.status, BookingStatus::Completed);
    for card in [booked, bare] {
        assert_eq!(desk.look(card).await.status, CardStatus::Issued);
        assert_eq!(desk.times(card, "booking.handed_over").await, 1);
    }
    let again = wish(&desk, &[booked], CardStatus::Issued, "again");
    let again = UpdateCards { cards: vec![(booked, 2)], ..again };
    let answers = desk.console.write(move |tx| booking::update_cards(tx, &again)).await.unwrap();
    assert!(matches!(answers[0].1, Err(CounterError::Card(TransitionError::Illegal { .. }))), "{answers:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_lists_with_the_same_cards_at_once_update_each_card_once() {
    let desk = Arc::new(Desk::at("2026-04-13 09:42").await);
    let mut cards = Vec::new();
    for number in 1..=20 {
        cards.push(desk.card(number, &format!("市民{number}"), "").await);
    }
    let at_once = |form: &'static str| {
        let (desk, wish) = (Arc::clone(&desk), wish(&desk, &cards, CardStatus::Issued, form));
        tokio::spawn(
            async move { desk.console.write(move |tx| booking::update_cards(tx, &wish)).await.unwrap() },
        )
    };
    let (first, second) = (at_once("first"), at_once("second"));
    let (first, second) = (first.await.unwrap(), second.await.unwrap());
    for (one, other) in first.iter().zip(&second) {
        assert!(one.1.is_ok() != other.1.is_ok(), "exactly one list did it");
        assert_eq!(desk.times(one.0, "booking.handed_over").await, 1);
    }
}

#[tokio::test]
async fn a_scanned_list_is_checked_line_by_line_and_then_updated() {
    let desk = Desk::at("2026-04-13 09:42").await;
    let first = desk.card(1, "甲野", "").await;
    let twins = [desk.card(2, "乙野", "").await, desk.card(2, "丙野", "").await];
    let mut manager = desk.browser("manager").await;
    manager.follow("まとめて更新").await;
    manager.fill("交付通知書ID", "ａ１３ー０００００１\r\nA13-000002\nA99-999999, A13-000001\r\n<b>x</b>");
    manager.select("状態", "再通知済").press("確かめる").await;
    assert_eq!(manager.status(), 200, "{}", manager.text());
    for words in [
        "6件のうち3件を更新できます。",
        "同じ番号のカードがほかにもあります。",
        "同じ番号が上の行にもあります。",
        "この番号のカードは見つかりません。",
        "<b>x</b>",
    ] {
        assert!(manager.says(words), "{words}: {}", manager.text());
    }
    assert_eq!(desk.look(first).await.status, CardStatus::Notified, "nothing is written yet");
    let mut nobody = manager.clone();
    nobody.untick("選ぶ：甲野さん").press("「再通知済」にする").await;
    assert_eq!(nobody.status(), 422);
    assert!(nobody.says("更新するカードを選んでください。"));
    let mut twice = manager.clone();
    manager.tick("選ぶ：丙野さん").press("「再通知済」にする").await;
    assert!(manager.says("2枚のうち2枚を「再通知済」にしました。"), "{}", manager.text());
    assert_eq!(desk.look(twins[0]).await.status, CardStatus::Notified, "the twin was not chosen");
    assert_eq!(desk.look(twins[1]).await.status, CardStatus::Renotified);
    twice.press("「再通知済」にする").await;
    assert_eq!(desk.times(first, "card.status_changed").await, 1, "a second press of the same form");
}

#[tokio::test]
async fn what_changed_since_the_check_is_skipped_and_told() {
    let desk = Desk::at("2026-04-13 09:42").await;
    let card = desk.card(1, "甲野", "").await;
    desk.card(2, "乙野", "").await;
    let mut manager = desk.browser("manager").await;
    manager.open("/cards/many").await.fill("交付通知書ID", "A13-000001\nA13-000002");
    manager.select("状態", "保留").fill("理由", "入院のため").press("確かめる").await;
    let gone = wish(&desk, &[card], CardStatus::Missing, "gone");
    desk.console.write(move |tx| booking::update_cards(tx, &gone)).await.unwrap();
    manager.press("「保留」にする").await;
    for words in [
        "2枚のうち1枚を「保留」にしました。",
        "× A13-000001 甲野：ほかの職員が先に変更しました。いまは「所在不明」です。",
    ] {
        assert!(manager.says(words), "{words}: {}", manager.text());
    }
}

#[tokio::test]
async fn a_list_that_cannot_be_checked_says_what_is_wrong_and_keeps_what_was_typed() {
    let desk = Desk::at("2026-04-13 09:42").await;
    desk.card(1, "甲野", "").await;
    let mut manager = desk.browser("manager").await;
    let long = (0..101).map(|number| format!("A13{number:06}")).collect::<Vec<_>>().join("\n");
    for (ids, to, reason, says) in [
        ("", "保留", "入院", "1行に1つずつ"),
        (" ,、\n", "保留", "入院", "1行に1つずつ"),
        ("A13-000001", "選んでください", "", "新しい状態を選んでください。"),
        ("A13-000001", "保留", "", "「保留」にする理由を入力してください。"),
        ("A13-000001", "保留", "1234 5678 9018", "個人番号（マイナンバー）や特殊な文字は書けません"),
        (long.as_str(), "保留", "入院", "一度に更新できるのは100枚までです（いま101行）。"),
    ] {
        manager.open("/cards/many").await.fill("交付通知書ID", ids).select("状態", to).fill("理由", reason);
        manager.press("確かめる").await;
        assert_eq!(manager.status(), 422, "{says}");
        assert!(manager.says(says), "{says}: {}", manager.text());
        assert_eq!(manager.field("ids")[0].value.trim(), ids.trim());
    }
    for to in ["announced", "disposed_", "'; --"] {
        manager.post("/cards/many", &[("ids", "A13-000001"), ("to", to)]).await;
        assert_eq!(manager.status(), 422, "{to}");
    }
}
