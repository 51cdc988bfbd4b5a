//! One status for many cards: scanned, looked at, written in slices, each line by itself.

use std::sync::Arc;
use std::time::{Duration, Instant};

use madoguchi::accounts;
use madoguchi::base::{BatchId, CardId, NoticePattern};
use madoguchi::booking::many::{self, BatchState, Line, Outlook, Skip, Wish};
use madoguchi::booking::{BookingStatus, CounterError};
use madoguchi::cards::{CardStatus, Transition, TransitionError};
use madoguchi::db::{Actor, Fault, Lane};

use super::desk::Desk;

/// The person with this user ID.
pub async fn actor(desk: &Desk, user: &'static str) -> Actor {
    let all = desk.console.city.db.read(Lane::Staff, accounts::all).await.unwrap();
    let one = all.into_iter().find(|one| one.user == user).unwrap();
    Actor::Staff { id: one.id, name: one.name, origin: "10.0.0.7".to_owned() }
}

/// A list of these cards, each as it stands, with every line chosen.
pub async fn listed(desk: &Desk, by: &Actor, cards: &[CardId], wish: Wish) -> BatchId {
    let db = &desk.console.city.db;
    let chosen = cards.to_vec();
    let read =
        move |tx: &madoguchi::db::ReadTx<'_>| many::lines_of(tx, &[], &chosen, &NoticePattern::default());
    let lines: Vec<Line> = db.read(Lane::Staff, read).await.unwrap();
    let (all, count) = (lines.clone(), i64::try_from(lines.len()).unwrap());
    let begin = move |tx: &madoguchi::db::WriteTx<'_>| {
        let id = many::begin(tx)?;
        many::add_lines(tx, id, 0, &all)?;
        many::set_wish(tx, id, &wish).map_err(|error| Fault::Stored(error.to_string()))?;
        many::pick(tx, id, &(0..count).collect::<Vec<_>>())?;
        Ok::<_, Fault>(id)
    };
    db.write(by.clone(), begin).await.unwrap()
}

/// Writes a list to its end and gives the times that its slices took of the writer, commit and flush included, in order
/// of length.
pub async fn written(desk: &Desk, by: &Actor, id: BatchId) -> Vec<Duration> {
    let mut times = Vec::new();
    loop {
        let begun = Instant::now();
        let done = desk.console.city.db.write(by.clone(), move |tx| many::next_slice(tx, id)).await.unwrap();
        times.push(begun.elapsed());
        if done.finished {
            times.sort();
            return times;
        }
    }
}

pub async fn outlooks(desk: &Desk, id: BatchId) -> Vec<Outlook> {
    let read = move |tx: &madoguchi::db::ReadTx<'_>| {
        let batch = many::get(tx, id)?.unwrap();
        many::look(tx, &batch)
    };
    let rows = desk.console.city.db.read(Lane::Staff, read).await.unwrap();
    rows.into_iter().map(|row| row.outlook).collect()
}

async fn lose(desk: &Desk, card: CardId) {
    let gone =
        Transition { reason: Some("棚にない".to_owned()), ..Transition::of(card, CardStatus::Missing) };
    desk.console.write(move |tx| madoguchi::cards::transition(tx, &gone)).await.unwrap();
}

#[tokio::test]
async fn each_card_takes_the_status_or_says_why_not_and_all_belong_to_one_batch() {
    let desk = Desk::at("2026-04-13 09:42").await;
    let cards =
        [desk.card(1, "甲野", "").await, desk.card(2, "乙野", "").await, desk.card(3, "丙野", "").await];
    lose(&desk, cards[1]).await;
    let by = actor(&desk, "manager").await;
    let wish = Wish { reason: Some("入院".to_owned()), ..Wish::of(CardStatus::OnHold) };
    let id = listed(&desk, &by, &cards, wish).await;
    lose(&desk, cards[2]).await;
    written(&desk, &by, id).await;
    let illegal = Outlook::Skipped(Skip::Illegal(CardStatus::Missing));
    let changed = Outlook::Skipped(Skip::Changed(CardStatus::Missing));
    assert_eq!(outlooks(&desk, id).await, [Outlook::Updated, illegal, changed]);
    written(&desk, &by, id).await;
    assert_eq!(desk.times(cards[0], "card.status_changed").await, 1, "a list is written once");
    let (card, read) = (cards[0], move |tx: &madoguchi::db::ReadTx<'_>| many::get(tx, id));
    let batch = desk.console.city.db.read(Lane::Staff, read).await.unwrap().unwrap();
    let story = desk.console.city.db.read(Lane::Staff, move |tx| madoguchi::history::of_card(tx, card));
    assert_eq!((story.await.unwrap()[0].batch, batch.state), (batch.event, BatchState::Done));
}

#[tokio::test]
async fn cards_of_bookings_are_handed_over_through_them_and_others_as_visits() {
    let desk = Desk::at("2026-04-13 09:42").await;
    let (booked, bare) = (desk.card(1, "甲野", "").await, desk.card(2, "乙野", "").await);
    let booking = desk.booked(&[booked], "2026-04-13.0930").await;
    desk.open();
    let by = actor(&desk, "manager").await;
    let wish = Wish { location: Some(desk.here), ..Wish::of(CardStatus::Issued) };
    let id = listed(&desk, &by, &[booked, bare], wish.clone()).await;
    written(&desk, &by, id).await;
    assert_eq!(outlooks(&desk, id).await, [Outlook::Updated, Outlook::Updated]);
    assert_eq!(desk.booking(booking).await.status, BookingStatus::Completed);
    for card in [booked, bare] {
        assert_eq!(desk.look(card).await.status, CardStatus::Issued);
        assert_eq!(desk.times(card, "booking.handed_over").await, 1);
    }
    let again = listed(&desk, &by, &[booked], wish).await;
    written(&desk, &by, again).await;
    assert_eq!(outlooks(&desk, again).await, [Outlook::Skipped(Skip::Illegal(CardStatus::Issued))]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_lists_with_the_same_cards_at_once_update_each_card_once() {
    let desk = Arc::new(Desk::at("2026-04-13 09:42").await);
    let mut cards = Vec::new();
    for number in 1..=40 {
        cards.push(desk.card(number, &format!("市民{number}"), "").await);
    }
    let by = actor(&desk, "manager").await;
    let wish = Wish { location: Some(desk.here), ..Wish::of(CardStatus::Issued) };
    let lists = [listed(&desk, &by, &cards, wish.clone()).await, listed(&desk, &by, &cards, wish).await];
    let works = lists.map(|id| {
        let (desk, by) = (Arc::clone(&desk), by.clone());
        tokio::spawn(async move { written(&desk, &by, id).await })
    });
    for work in works {
        work.await.unwrap();
    }
    let (first, second) = (outlooks(&desk, lists[0]).await, outlooks(&desk, lists[1]).await);
    for ((one, other), card) in first.iter().zip(&second).zip(&cards) {
        assert!((*one == Outlook::Updated) != (*other == Outlook::Updated), "exactly one list did it");
        assert_eq!(desk.times(*card, "booking.handed_over").await, 1);
    }
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "the figures of this run")]
async fn thousands_of_cards_never_hold_the_writer_long() {
    let desk = Desk::at("2026-04-13 09:42").await;
    let make = |from: u32, count: u32| {
        move |tx: &madoguchi::db::WriteTx<'_>| {
            let mut made = Vec::new();
            for number in from..from + count {
                let notice = madoguchi::base::NoticeId::from_norm(format!("A13{number:06}"));
                let born = madoguchi::base::BirthDate::parse("1990-04-13").unwrap();
                let new = madoguchi::cards::NewCard::notified(notice, &format!("市民{number}"), "", born);
                made.push(madoguchi::cards::add(tx, &new)?);
            }
            Ok::<_, madoguchi::cards::AddError>(made)
        }
    };
    let mut cards = Vec::new();
    for from in (0..3000).step_by(250) {
        cards.extend(desk.console.write(make(from, 250)).await.unwrap());
    }
    let by = actor(&desk, "manager").await;
    let held = |word: &str, times: Vec<Duration>, cards: usize| {
        let at = |part: usize| times[(times.len() - 1) * part / 100].as_secs_f64() * 1000.0;
        let (half, most, all) = (at(50), at(99), at(100));
        println!(
            "{word}: {cards} cards, slices of the writer: half {half:.1} ms, 99% {most:.1} ms, longest {all:.1} ms"
        );
        assert!(times.len() >= cards / 15, "{word}: {} slices, each of 15 cards at most", times.len());
    };
    let id = listed(&desk, &by, &cards, Wish::of(CardStatus::Renotified)).await;
    held("one status", written(&desk, &by, id).await, cards.len());
    let some: Vec<CardId> = cards.iter().copied().take(300).collect();
    let wish = Wish { location: Some(desk.here), ..Wish::of(CardStatus::Issued) };
    let id = listed(&desk, &by, &some, wish).await;
    held("handed over", written(&desk, &by, id).await, some.len());
    assert!(outlooks(&desk, id).await.iter().all(|outlook| *outlook == Outlook::Updated));
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
        "2026年7月12日（日）になります",
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
    let page = manager.address().to_owned();
    let mut stranger = desk.browser("counter").await;
    stranger.open(&page.replace("/mihon", "")).await;
    assert_eq!(stranger.status(), 403, "somebody else's list");
}

#[tokio::test]
async fn what_changed_since_the_check_is_skipped_and_told() {
    let desk = Desk::at("2026-04-13 09:42").await;
    let card = desk.card(1, "甲野", "").await;
    desk.card(2, "乙野", "").await;
    let mut manager = desk.browser("manager").await;
    manager.open("/cards/many").await.fill("交付通知書ID", "A13-000001\nA13-000002");
    manager.select("状態", "保留").fill("理由", "入院のため").press("確かめる").await;
    lose(&desk, card).await;
    manager.press("「保留」にする").await;
    for words in
        ["2枚のうち1枚を「保留」にしました。", "ほかの職員が先に変更しました。いまは「所在不明」です。"]
    {
        assert!(manager.says(words), "{words}: {}", manager.text());
    }
}

#[tokio::test]
async fn a_list_that_voids_cards_says_whose_bookings_end() {
    let desk = Desk::at("2026-04-13 09:42").await;
    let (booked, bare) = (desk.card(1, "甲野", "").await, desk.card(2, "乙野", "").await);
    let booking = desk.booked(&[booked], "2026-04-20.0930").await;
    let mut manager = desk.browser("manager").await;
    manager.open("/cards/many").await.fill("交付通知書ID", "A13-000001\nA13-000002");
    manager.select("状態", "失効").select("区分", "転出").press("確かめる").await;
    for words in ["予約1件が取り消され", "4月20日（月）9:30の予約を取り消します", "転出"]
    {
        assert!(manager.says(words), "{words}: {}", manager.text());
    }
    manager.press("「失効」にする").await;
    assert!(manager.says("2枚のうち2枚を「失効」にしました。"), "{}", manager.text());
    assert_eq!(desk.booking(booking).await.status, BookingStatus::Cancelled);
    assert_eq!(desk.look(bare).await.reason_code.map(madoguchi::cards::ReasonCode::code), Some("moved_out"));
    manager.follow("まとめて元に戻す").await.press("2枚を元に戻す").await;
    assert!(manager.says("2枚のうち1枚を元の状態に戻しました。"), "{}", manager.text());
    assert!(manager.says("予約が取り消されたため、まとめては戻せません"), "{}", manager.text());
    assert_eq!(desk.look(bare).await.status, CardStatus::Notified);
}

#[tokio::test]
async fn a_step_beyond_the_table_is_taken_in_a_list_only_by_who_may_and_asked_to() {
    let desk = Desk::at("2026-04-13 09:42").await;
    let card = desk.card(1, "甲野", "").await;
    let mut manager = desk.browser("manager").await;
    manager.open("/cards/many").await.fill("交付通知書ID", "A13-000001").select("状態", "到着・検品済");
    manager.press("確かめる").await;
    assert!(manager.says("「通知書発送済」からは、この状態にできません。"), "{}", manager.text());
    manager.tick("規則にない変更も行う").press("もう一度確かめる").await;
    assert!(manager.status() == 422 && manager.says("理由を入力してください"), "{}", manager.text());
    manager.fill("理由", "発送前でした").press("もう一度確かめる").await;
    assert!(manager.says("規則にない変更"), "{}", manager.text());
    manager.press("「到着・検品済」にする").await;
    let now = desk.look(card).await;
    assert_eq!((now.status, now.overridden), (CardStatus::Received, true));
    assert_eq!(desk.times(card, "card.status_overridden").await, 1);
}

#[tokio::test]
async fn cards_that_a_search_found_are_ticked_and_updated() {
    let desk = Desk::at("2026-04-13 09:42").await;
    let (one, other) = (desk.card(1, "甲野", "").await, desk.card(2, "乙野", "").await);
    let mut manager = desk.browser("manager").await;
    manager.open("/cards?label=notified").await.tick("選ぶ：甲野さん").press("状態をまとめて更新する").await;
    assert!(manager.says("1件のカードの状態を変えます"), "{}", manager.text());
    manager.select("状態", "再通知済").press("確かめる").await.press("「再通知済」にする").await;
    assert!(manager.says("1枚のうち1枚を「再通知済」にしました。"), "{}", manager.text());
    assert_eq!(desk.look(one).await.status, CardStatus::Renotified);
    assert_eq!(desk.look(other).await.status, CardStatus::Notified);
}

#[tokio::test]
async fn all_that_a_search_found_is_taken_over_every_page_of_it() {
    let desk = Desk::at("2026-04-13 09:42").await;
    let mut cards = Vec::new();
    for number in 1..=120 {
        cards.push(desk.card(number, &format!("市民{number}"), "").await);
    }
    let other = desk.card(500, "乙野", "").await;
    let mut manager = desk.browser("manager").await;
    manager.open("/cards").await.fill("ことば", "市民").press("検索する").await;
    assert!(manager.says("この条件に合う 120 枚すべての"), "{}", manager.text());
    manager.press("全件の状態をまとめて更新する").await;
    assert!(manager.says("120件のカードの状態を変えます"), "{}", manager.text());
    assert!(!manager.address().contains("市民"), "{}", manager.address());
    manager.select("状態", "再通知済").press("確かめる").await;
    assert!(manager.says("120件のうち120件を更新できます。"), "{}", manager.text());
    lose(&desk, cards[60]).await;
    manager.press("「再通知済」にする").await;
    assert!(manager.says("120枚のうち119枚を「再通知済」にしました。"), "{}", manager.text());
    assert_eq!(desk.look(cards[119]).await.status, CardStatus::Renotified);
    assert_eq!(desk.look(cards[60]).await.status, CardStatus::Missing, "it changed since the check");
    assert_eq!(desk.look(other).await.status, CardStatus::Notified, "another search");
}

#[tokio::test]
async fn a_list_too_long_for_boxes_is_looked_through_page_by_page_and_written_as_a_whole() {
    let desk = Desk::at("2026-04-13 09:42").await;
    fill(&desk, 3200).await;
    let gone = desk.card(1, "甲野", "").await;
    lose(&desk, gone).await;
    let mut manager = desk.browser("manager").await;
    manager.open("/cards?storage=1").await;
    assert!(manager.says("1000 枚より多いカードすべての"), "{}", manager.text());
    manager.press("全件の状態をまとめて更新する").await;
    assert!(manager.says("3201件のカードの状態を変えます"), "{}", manager.text());
    manager.select("状態", "廃棄済").fill("理由", "期限切れ").press("確かめる").await;
    assert!(manager.says("廃棄の提案は一度に3000枚までです"), "{}", manager.text());
    manager.select("状態", "再通知済").press("確かめる").await;
    assert!(manager.says("3201件のうち3200件を更新できます。"), "{}", manager.text());
    assert!(
        manager.says("1行目から（1／17ページ）") && manager.field("pick").is_empty(),
        "{}",
        manager.text()
    );
    manager.follow("次へ").await;
    assert!(manager.says("201行目から（2／17ページ）"), "{}", manager.text());
    manager.press("「再通知済」にする").await;
    let id = manager.path().rsplit('/').next().unwrap().parse().map(BatchId::of).unwrap();
    let by = actor(&desk, "manager").await;
    written(&desk, &by, id).await;
    manager.open(&format!("/cards/many/{id}?page=17")).await;
    assert!(manager.says("更新 3200") && manager.says("飛ばした 1"), "{}", manager.text());
    assert!(
        manager.says("「所在不明」からは、この状態にできません。"),
        "each line says why: {}",
        manager.text()
    );
}

/// So many cards on the first shelf, written straight into the table.
async fn fill(desk: &Desk, cards: u32) {
    let template = desk.card(0, "市民0", "").await;
    desk.console
        .write(move |tx| {
            let columns: Vec<String> = tx.all(
                "SELECT name FROM pragma_table_info('card') 
                  WHERE name NOT IN ('id', 'notice_id', 'notice_id_norm', 'name', 'name_search', 'person_key')",
                [],
                |row| row.get("name"),
            )?;
            let list = columns.join(", ");
            tx.run(
                &format!(
                    "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < :most)
                     INSERT INTO card (notice_id, notice_id_norm, name, name_search, person_key, {list})
                     SELECT printf('A14-%06d', n), printf('A14%06d', n), '市民' || n, '市民' || n, '市民' || n, {list}
                       FROM card, n WHERE card.id = :card"
                ),
                rusqlite::named_params! { ":most": cards - 1, ":card": template },
            )
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn a_list_that_stopped_half_way_is_carried_on_by_the_job() {
    let desk = Desk::at("2026-04-13 09:42").await;
    let mut cards = Vec::new();
    for number in 1..=50 {
        cards.push(desk.card(number, &format!("市民{number}"), "").await);
    }
    desk.open();
    let by = actor(&desk, "manager").await;
    let id = listed(&desk, &by, &cards, Wish::of(CardStatus::Renotified)).await;
    desk.console.city.db.write(by.clone(), move |tx| many::next_slice(tx, id)).await.unwrap();
    assert!(outlooks(&desk, id).await.contains(&Outlook::Picked), "half of it waits");
    let due = madoguchi::jobs::carry_on(&desk.console.city).await.unwrap();
    assert!(due.is_some_and(|due| due > desk.console.clock.clock().now()), "the browser may be at it still");
    desk.console.clock.set("2026-04-13 09:44");
    assert_eq!(madoguchi::jobs::carry_on(&desk.console.city).await.unwrap(), None);
    assert!(outlooks(&desk, id).await.iter().all(|outlook| *outlook == Outlook::Updated));
    let (card, name) = (cards[49], by.display_name());
    let story = desk.console.city.db.read(Lane::Staff, move |tx| madoguchi::history::of_card(tx, card));
    assert_eq!(story.await.unwrap()[0].actor, name, "in the name of who began it");
}

#[tokio::test]
async fn a_list_is_taken_back_as_far_as_nobody_went_on_from_it() {
    let desk = Desk::at("2026-04-13 09:42").await;
    let cards =
        [desk.card(1, "甲野", "").await, desk.card(2, "乙野", "").await, desk.card(3, "丙野", "").await];
    let mut manager = desk.browser("manager").await;
    manager.open("/cards/many").await.fill("交付通知書ID", "A13-000001\nA13-000002\nA13-000003");
    manager.select("状態", "交付済").press("確かめる").await.press("「交付済」にする").await;
    assert!(manager.says("3枚のうち3枚を「交付済」にしました。"), "{}", manager.text());
    let list = manager.address().replace("/mihon", "");
    let mut clerk = desk.browser("manager").await;
    clerk.open(&format!("/cards/{}/undo", cards[0])).await.press("交付を取り消す").await;
    manager.open(&list).await.follow("まとめて元に戻す").await;
    let mut twice = manager.clone();
    manager.press("3枚を元に戻す").await;
    assert!(manager.says("3枚のうち2枚を元の状態に戻しました。"), "{}", manager.text());
    assert!(manager.says("ほかの職員が先に変更しました。いまは「通知書発送済」です。"), "{}", manager.text());
    for card in cards {
        assert_eq!(desk.look(card).await.status, CardStatus::Notified);
        assert_eq!(desk.times(card, "booking.hand_over_undone").await, 1);
    }
    twice.press("3枚を元に戻す").await;
    assert!(twice.says("の取り消し"), "the same undoing: {}", twice.text());
    manager.open(&list).await;
    assert!(
        manager.says("この更新は取り消されています") && !manager.says("まとめて元に戻す"),
        "{}",
        manager.text()
    );
}

#[tokio::test]
async fn a_list_of_yesterday_is_taken_back_only_with_the_permission_and_a_reason() {
    let desk = Desk::at("2026-04-13 23:59").await;
    let card = desk.card(1, "甲野", "").await;
    desk.open();
    let by = actor(&desk, "manager").await;
    let id = listed(&desk, &by, &[card], Wish::of(CardStatus::Renotified)).await;
    written(&desk, &by, id).await;
    desk.console.clock.set("2026-04-14 00:00");
    let undo = |reason: Option<&'static str>, later| {
        desk.console.city.db.write(by.clone(), move |tx| many::undo(tx, id, reason, later))
    };
    assert!(matches!(undo(Some("誤り"), false).await, Err(many::UndoError::TooLate)));
    assert!(matches!(undo(None, true).await, Err(many::UndoError::ReasonNeeded)));
    let back = undo(Some("誤り"), true).await.unwrap();
    written(&desk, &by, back).await;
    let now = desk.look(card).await;
    assert_eq!((now.status, now.renotice_sent_on), (CardStatus::Notified, None));
}

#[tokio::test]
async fn a_list_that_cannot_be_checked_says_what_is_wrong_and_keeps_what_was_typed() {
    let desk = Desk::at("2026-04-13 09:42").await;
    desk.card(1, "甲野", "").await;
    let mut manager = desk.browser("manager").await;
    let long = (0..3001).map(|number| format!("A13{number:06}")).collect::<Vec<_>>().join("\n");
    for (ids, to, reason, says) in [
        ("", "保留", "入院", "1行に1つずつ"),
        (" ,、\n", "保留", "入院", "1行に1つずつ"),
        ("A13-000001", "選んでください", "", "新しい状態を選んでください。"),
        ("A13-000001", "保留", "", "「保留」にする理由を入力してください。"),
        ("A13-000001", "失効", "", "「失効」の区分を選んでください。"),
        ("A13-000001", "保留", "1234 5678 9018", "個人番号（マイナンバー）や特殊な文字は書けません"),
        (long.as_str(), "保留", "入院", "一度に更新できるのは3000枚までです（いま3001行）。"),
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

#[tokio::test]
async fn a_single_step_that_ends_a_booking_refuses_who_waits_at_the_counter() {
    let desk = Desk::at("2026-04-13 09:42").await;
    let card = desk.card(1, "甲野", "").await;
    let booking = desk.booked(&[card], "2026-04-13.0930").await;
    desk.open();
    desk.console.write(move |tx| madoguchi::booking::check_in(tx, booking)).await.unwrap();
    let void = Transition {
        code: Some(madoguchi::cards::ReasonCode::Died),
        ..Transition::of(card, CardStatus::Voided)
    };
    let refused = desk.console.write(move |tx| many::set_status(tx, &void, None)).await;
    assert!(matches!(refused, Err(CounterError::Card(TransitionError::HasBooking))), "{refused:?}");
    assert_eq!(desk.booking(booking).await.status, BookingStatus::CheckedIn, "nothing half done");
}
