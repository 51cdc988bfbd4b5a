//! Cards that become due: proposed by night, once a day; decided upon by people.

use std::collections::BTreeSet;

use madoguchi::base::{BirthDate, CardId, Day, NoticeId};
use madoguchi::cards::watch::{self, WatchList as W};
use madoguchi::cards::{self, CardStatus, NewCard, ReasonCode, Transition};
use madoguchi::db::{Actor, Lane};
use madoguchi::jobs;

use crate::kit::TestMunicipality;

const JOB: Actor = Actor::System { job: "watch_cards" };

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

async fn add(city: &TestMunicipality, number: u32, with: impl FnOnce(&mut NewCard)) -> CardId {
    let born = BirthDate::parse("1990-04-13").unwrap();
    let notice = NoticeId::from_norm(format!("A13{number:06}"));
    let mut new = NewCard::notified(notice, &format!("市民{number}"), "", born);
    with(&mut new);
    city.write(move |tx| cards::add(tx, &new)).await
}

async fn lists(city: &TestMunicipality, card: CardId) -> BTreeSet<W> {
    let found = city.city.db.read(Lane::Staff, move |tx| watch::of_card(tx, card)).await.unwrap();
    found.into_iter().map(|(list, _)| list).collect()
}

async fn night(city: &TestMunicipality, time: &str) {
    city.clock.set(time);
    jobs::watch_cards(&city.city).await.unwrap();
}

#[tokio::test]
async fn the_look_is_due_at_the_city_s_time_in_japan_and_not_a_second_before() {
    let city = TestMunicipality::at("2026-04-12 12:00").await;
    let card = add(&city, 1, |new| new.pickup_due_on = Some(day("2026-04-12"))).await;
    jobs::watch_cards(&city.city).await.unwrap();
    assert_eq!(lists(&city, card).await, [W::DueSoon].into(), "the last day itself");
    for before in ["2026-04-12 23:59:59", "2026-04-13 00:00:00", "2026-04-13 02:59:59"] {
        night(&city, before).await;
        assert_eq!(lists(&city, card).await, [W::DueSoon].into(), "{before}");
    }
    night(&city, "2026-04-13 03:00:00").await;
    assert_eq!(lists(&city, card).await, [W::DueOver].into());
    let change = madoguchi::settings::Change { key: "watch.at".to_owned(), value: 0.into() };
    city.write(move |tx| madoguchi::settings::set(tx, &change)).await;
    let late = add(&city, 2, |new| new.pickup_due_on = Some(day("2026-04-13"))).await;
    night(&city, "2026-04-13 23:59:59").await;
    assert!(lists(&city, late).await.is_empty(), "today's look is over");
    night(&city, "2026-04-14 00:00:00").await;
    assert_eq!(lists(&city, late).await, [W::DueOver].into());
}

#[tokio::test]
async fn each_list_begins_on_its_day() {
    for (today, expected) in [
        ("2026-04-13", [W::DueSoon, W::DueSoon, W::DueSoon]),
        ("2026-04-14", [W::DueOver, W::DueSoon, W::DueSoon]),
    ] {
        let city = TestMunicipality::at(&format!("{today} 03:00")).await;
        let cards = [
            add(&city, 1, |new| new.pickup_due_on = Some(day("2026-04-13"))).await,
            add(&city, 2, |new| new.pickup_due_on = Some(day("2026-04-14"))).await,
            add(&city, 3, |new| new.pickup_due_on = Some(day("2026-04-27"))).await,
        ];
        jobs::watch_cards(&city.city).await.unwrap();
        for (card, list) in cards.into_iter().zip(expected) {
            assert_eq!(lists(&city, card).await, [list].into(), "{today} {card}");
        }
    }
    let city = TestMunicipality::at("2026-04-13 03:00").await;
    let far = add(&city, 1, |new| new.pickup_due_on = Some(day("2026-04-28"))).await;
    let renotice = add(&city, 2, |new| new.pickup_due_on = Some(day("2026-03-29"))).await;
    let not_yet = add(&city, 3, |new| new.pickup_due_on = Some(day("2026-03-30"))).await;
    let valid = add(&city, 4, |new| new.valid_until = Some(day("2026-06-12"))).await;
    let longer = add(&city, 5, |new| new.valid_until = Some(day("2026-06-13"))).await;
    let ended = add(&city, 6, |new| new.residence_until = Some(day("2026-04-12"))).await;
    let old = add(&city, 7, |new| new.made_on = Some(day("2025-04-13"))).await;
    let young = add(&city, 8, |new| new.made_on = Some(day("2025-04-14"))).await;
    let waits = add(&city, 9, |new| {
        (new.made_on, new.pickup_due_on) = (Some(day("2025-01-01")), Some(day("2026-04-13")));
    })
    .await;
    jobs::watch_cards(&city.city).await.unwrap();
    for (card, expected) in [
        (far, &[][..]),
        (renotice, &[W::DueOver, W::Renotice][..]),
        (not_yet, &[W::DueOver][..]),
        (valid, &[W::Validity][..]),
        (longer, &[][..]),
        (ended, &[W::Residence][..]),
        (old, &[W::Disposal][..]),
        (young, &[][..]),
        (waits, &[W::DueSoon][..]),
    ] {
        assert_eq!(lists(&city, card).await, expected.iter().copied().collect(), "{card}");
    }
}

#[tokio::test]
async fn returned_and_held_cards_are_listed_and_booked_ones_left_in_peace() {
    let city = TestMunicipality::at("2026-04-10 09:00").await;
    let returned = add(&city, 1, |_| {}).await;
    let kept = add(&city, 2, |_| {}).await;
    let sent_back = Transition {
        reason: Some("あて所なし".to_owned()),
        ..Transition::of(returned, CardStatus::NoticeReturned)
    };
    city.write(move |tx| cards::transition(tx, &sent_back)).await;
    let hold = Transition {
        reason: Some("入院".to_owned()),
        on: Some(day("2026-04-12")),
        ..Transition::of(kept, CardStatus::OnHold)
    };
    city.write(move |tx| cards::transition(tx, &hold)).await;
    let booked = add(&city, 3, |new| new.pickup_due_on = Some(day("2026-04-11"))).await;
    city.write(move |tx| cards::set_booking_state(tx, booked, Some(cards::BookingState::Confirmed))).await;
    night(&city, "2026-04-12 03:00").await;
    assert_eq!(lists(&city, kept).await, [].into(), "the last day of the hold itself");
    night(&city, "2026-04-13 03:00").await;
    assert_eq!(lists(&city, returned).await, [W::Returned].into());
    assert_eq!(lists(&city, kept).await, [W::HoldOver].into());
    assert!(lists(&city, booked).await.is_empty());
}

#[tokio::test]
async fn a_look_that_was_cut_off_is_carried_on_and_no_card_is_looked_at_twice_a_day() {
    let city = TestMunicipality::at("2026-04-13 03:00").await;
    let mut all = Vec::new();
    for number in 0..250 {
        all.push(add(&city, number, |new| new.pickup_due_on = Some(day("2026-04-01"))).await);
    }
    let left = city.city.db.write(JOB, watch::look).await.unwrap();
    assert!(left, "one slice is not all of them");
    assert!(lists(&city, all[249]).await.is_empty());
    // Somebody else takes over from here; what the first did is not done again.
    let first = all[0];
    city.write(move |tx| tx.run("DELETE FROM watch WHERE card_id = ?", [first])).await;
    jobs::watch_cards(&city.city).await.unwrap();
    assert_eq!(lists(&city, all[249]).await, [W::DueOver].into());
    assert!(lists(&city, first).await.is_empty(), "it was looked at today");
    city.clock.set("2026-04-13 23:59:59");
    assert!(!city.city.db.write(JOB, watch::look).await.unwrap());
    let next = city.city.db.read(Lane::Staff, watch::next_look).await.unwrap().unwrap();
    assert_eq!(
        (next.day().to_string(), next.minute().to_string()),
        ("2026-04-14".to_owned(), "3:00".to_owned())
    );
}

#[tokio::test]
async fn nothing_changes_a_card_by_itself_and_a_changed_card_leaves_its_lists() {
    let city = TestMunicipality::at("2026-04-13 03:00").await;
    let card = add(&city, 1, |new| {
        (new.pickup_due_on, new.valid_until) = (Some(day("2026-04-01")), Some(day("2026-05-01")));
    })
    .await;
    let read = move |tx: &madoguchi::db::ReadTx<'_>| cards::get(tx, card);
    let before = city.city.db.read(Lane::Staff, read).await.unwrap();
    jobs::watch_cards(&city.city).await.unwrap();
    assert_eq!(city.city.db.read(Lane::Staff, read).await.unwrap(), before);
    assert_eq!(lists(&city, card).await, [W::DueOver, W::Validity].into());
    city.write(move |tx| cards::set_booking_state(tx, card, Some(cards::BookingState::Confirmed))).await;
    assert_eq!(
        lists(&city, card).await,
        [W::Validity].into(),
        "a booking settles the pick-up, not the validity"
    );
    let void = Transition { code: Some(ReasonCode::Expired), ..Transition::of(card, CardStatus::Voided) };
    city.write(move |tx| madoguchi::cards::set_booking_state(tx, card, None)).await;
    city.write(move |tx| cards::transition(tx, &void)).await;
    assert!(lists(&city, card).await.is_empty());
}

#[tokio::test]
async fn people_decide_on_the_page_and_put_off_with_a_reason() {
    let city = TestMunicipality::at("2026-04-13 03:00").await;
    let cards = [
        add(&city, 1, |new| new.pickup_due_on = Some(day("2026-03-01"))).await,
        add(&city, 2, |new| new.pickup_due_on = Some(day("2026-03-02"))).await,
    ];
    jobs::watch_cards(&city.city).await.unwrap();
    city.clock.set("2026-04-13 09:42");
    let mut manager = city.clerk("manager").await;
    manager.open("/cards/watch?list=renotice").await;
    assert!(manager.says("再通知の時期 2") && manager.says("市民1"), "{}", manager.text());
    manager.press("見合わせる").await;
    assert!(manager.status() == 422 && manager.says("カードを選んでください"), "{}", manager.text());
    manager.tick("選ぶ：市民1さん").fill("いまはしない", "2026-04-13").press("見合わせる").await;
    assert!(manager.status() == 422 && manager.says("明日から2年以内"), "{}", manager.text());
    manager.tick("選ぶ：市民1さん").fill("いまはしない", "2026-05-01").fill("理由", "");
    manager.press("見合わせる").await;
    assert!(manager.status() == 422 && manager.says("見合わせる理由"), "{}", manager.text());
    manager.tick("選ぶ：市民1さん").fill("理由", "家族から連絡あり").press("見合わせる").await;
    assert!(manager.says("1枚を5月1日まで見合わせます") && !manager.says("市民1さん"), "{}", manager.text());
    night(&city, "2026-04-30 03:00").await;
    let open = |list| city.city.db.read(Lane::Staff, move |tx| watch::list(tx, list, false));
    assert_eq!(open(W::Renotice).await.unwrap().len(), 1, "a night does not take it up again");
    night(&city, "2026-05-01 03:00").await;
    assert_eq!(open(W::Renotice).await.unwrap().len(), 2, "its day has come");

    city.clock.set("2026-05-01 09:00");
    manager.open("/login").await.fill("利用者ID", "manager").fill("パスワード", "ひばり tonbo 88");
    manager.press("ログイン").await;
    manager.open("/cards/watch?list=renotice").await.tick("選ぶ：市民1さん").tick("選ぶ：市民2さん");
    manager.press("「再通知済」などに更新する").await;
    assert!(manager.says("2件のカードの状態を変えます"), "{}", manager.text());
    manager.press("確かめる").await;
    assert!(manager.says("2件のうち2件を更新できます"), "{}", manager.text());
    manager.press("「再通知済」にする").await;
    assert!(manager.says("2枚のうち2枚を「再通知済」にしました"), "{}", manager.text());
    for card in cards {
        assert!(lists(&city, card).await.is_empty());
    }
    manager.open(&format!("/cards/{}", cards[0])).await;
    assert!(manager.says("点検を見合わせ") && manager.says("家族から連絡あり"), "{}", manager.text());
    manager.open("/cards/watch?list=renotice").await;
    assert!(manager.says("「再通知の時期」のカードはありません"), "{}", manager.text());
}

#[tokio::test]
async fn what_was_put_off_is_taken_up_again_by_hand() {
    let city = TestMunicipality::at("2026-04-13 03:00").await;
    add(&city, 1, |new| new.pickup_due_on = Some(day("2026-03-01"))).await;
    jobs::watch_cards(&city.city).await.unwrap();
    let mut manager = city.clerk("manager").await;
    manager
        .open("/cards/watch?list=due_over")
        .await
        .tick("選ぶ：市民1さん")
        .fill("いまはしない", "2026-05-01");
    manager.fill("理由", "連絡待ち").press("見合わせる").await;
    manager.follow("見合わせ中 1枚").await;
    assert!(manager.says("連絡待ち"), "{}", manager.text());
    manager.press("一覧に戻す：市民1さん").await;
    assert!(manager.says("一覧に戻しました") && manager.says("市民1"), "{}", manager.text());
}

/// Gives a card a status, now.
async fn turn(city: &TestMunicipality, card: CardId, to: CardStatus, on: Option<&str>) {
    let step = Transition {
        reason: Some("試験".to_owned()),
        on: on.map(day),
        may_override: true,
        ..Transition::of(card, to)
    };
    city.write(move |tx| cards::transition(tx, &step)).await;
}

#[tokio::test]
async fn every_period_ends_at_midnight_in_japan() {
    let city = TestMunicipality::at("2025-10-16 23:59:59").await;
    let at_midnight = madoguchi::settings::Change { key: "watch.at".to_owned(), value: 0.into() };
    city.write(move |tx| madoguchi::settings::set(tx, &at_midnight)).await;
    let settings = city.city.db.read(Lane::Staff, madoguchi::settings::read).await.unwrap();
    let first = day("2026-04-14");
    let days = |days: u16| i32::from(days);
    let posted = add(&city, 1, |new| new.made_on = Some(day("2020-01-01"))).await;
    let posted_later = add(&city, 2, |new| new.made_on = Some(day("2020-01-01"))).await;
    turn(&city, posted, CardStatus::MailReturned, None).await;
    city.clock.set("2025-10-17 00:00:00");
    turn(&city, posted_later, CardStatus::MailReturned, None).await;
    city.clock.set("2026-04-12 09:00:00");
    let due = add(&city, 3, |new| new.pickup_due_on = Some(first.minus(1))).await;
    let again = days(settings.renotice_after_days);
    let renotice = add(&city, 4, |new| new.pickup_due_on = Some(first.minus(1 + again))).await;
    let held = add(&city, 5, |_| {}).await;
    turn(&city, held, CardStatus::OnHold, Some("2026-04-13")).await;
    let warned = days(settings.expiry_warning_days);
    let valid = add(&city, 6, |new| new.valid_until = Some(first.plus(warned))).await;
    let warned = days(settings.residence_warning_days);
    let stays = add(&city, 7, |new| new.residence_until = Some(first.plus(warned))).await;
    let old = days(settings.disposal_days);
    let aged = add(&city, 8, |new| new.made_on = Some(first.minus(old))).await;
    let all = [
        (posted, W::Disposal),
        (due, W::DueOver),
        (renotice, W::Renotice),
        (held, W::HoldOver),
        (valid, W::Validity),
        (stays, W::Residence),
        (aged, W::Disposal),
    ];
    for before in ["2026-04-13 00:00:00", "2026-04-13 23:59:59"] {
        night(&city, before).await;
        for (card, list) in all {
            assert!(!lists(&city, card).await.contains(&list), "{list:?} at {before}");
        }
    }
    night(&city, "2026-04-14 00:00:00").await;
    for (card, list) in all {
        assert!(lists(&city, card).await.contains(&list), "{list:?} at midnight");
    }
    assert!(
        !lists(&city, posted_later).await.contains(&W::Disposal),
        "came back a second later, a day later"
    );
    night(&city, "2026-04-15 00:00:00").await;
    assert!(lists(&city, posted_later).await.contains(&W::Disposal));
}

#[tokio::test]
async fn what_is_past_being_handed_over_is_listed_until_two_people_have_it_destroyed() {
    let city = TestMunicipality::at("2026-04-12 09:00").await;
    let boxes = crate::cards_storage::vaults(&city).await;
    let here = |new: &mut NewCard| new.storage = Some(boxes.main);
    let (void, candidate, nowhere) =
        (add(&city, 1, here).await, add(&city, 2, here).await, add(&city, 3, |_| {}).await);
    for (card, to) in [
        (void, CardStatus::Voided),
        (candidate, CardStatus::DisposalCandidate),
        (nowhere, CardStatus::Voided),
    ] {
        turn(&city, card, to, None).await;
    }
    night(&city, "2026-04-13 03:00").await;
    for card in [void, candidate] {
        assert!(lists(&city, card).await.contains(&W::ToDestroy), "{card}");
    }
    assert!(lists(&city, nowhere).await.is_empty(), "a card that never lay here is not destroyed here");
    city.clock.set("2026-04-13 09:42");
    let mut first = city.clerk("manager").await;
    first.open("/cards/watch?list=to_destroy").await;
    assert!(first.says("廃棄を待つもの 2") && first.says("2人で行います"), "{}", first.text());
    first.tick("選ぶ：市民1さん").tick("選ぶ：市民2さん").press("「廃棄済」などに更新する").await;
    assert!(first.says("2件のカードの状態を変えます"), "{}", first.text());
    assert!(lists(&city, void).await.contains(&W::ToDestroy), "nothing is destroyed by one person");
}

#[tokio::test]
async fn the_night_sets_right_what_must_travel() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let boxes = crate::cards_storage::vaults(&city).await;
    let card = add(&city, 1, |_| {}).await;
    let wish = madoguchi::booking::BookByStaff {
        party: vec![card],
        slot: format!("{}.2026-04-20.0930", city.branch).parse().unwrap(),
        email: None,
        channel: madoguchi::booking::Channel::Telephone,
        overbook: madoguchi::booking::Overbook::No,
        once: madoguchi::once::OnceKey::from_form("0123456789abcdef-night").unwrap(),
    };
    city.write(move |tx| madoguchi::booking::book_by_staff(tx, &wish)).await;
    // A card comes to lie somewhere without anybody following: as after a repair of the file.
    let main = boxes.main;
    city.write(move |tx| {
        tx.run("UPDATE card SET storage_id = ?1, shelf = 'B-02' WHERE id = ?2", [main.get(), card.get()])
    })
    .await;
    let open = || city.city.db.read(Lane::Staff, move |tx| madoguchi::transfers::open_of(tx, card));
    assert!(open().await.unwrap().is_none());
    night(&city, "2026-04-07 02:59:59").await;
    assert!(open().await.unwrap().is_none());
    night(&city, "2026-04-07 03:00:00").await;
    assert_eq!(open().await.unwrap().unwrap().to, city.branch);
}
