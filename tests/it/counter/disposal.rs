//! Cards are destroyed by two people: one proposes, another decides.

use std::sync::Arc;

use madoguchi::base::CardId;
use madoguchi::booking::many::{self, BatchState, DecideError, Wish};
use madoguchi::cards::{CardStatus, ReasonCode, Transition};
use madoguchi::db::{Fault, Lane};

use super::desk::Desk;
use super::many_cards::{actor, listed, written};
use crate::kit::browser::Browser;

async fn void(desk: &Desk, number: u32, name: &str) -> CardId {
    let card = desk.card(number, name, "").await;
    let step = Transition { code: Some(ReasonCode::MovedOut), ..Transition::of(card, CardStatus::Voided) };
    desk.console.write(move |tx| madoguchi::cards::transition(tx, &step)).await.unwrap();
    card
}

fn wish() -> Wish {
    Wish { reason: Some("転出による失効".to_owned()), ..Wish::of(CardStatus::Disposed) }
}

async fn another(desk: &Desk, user: &'static str) -> Browser {
    desk.console.hire(user, "manager").await;
    desk.browser(user).await
}

#[tokio::test]
async fn one_proposes_a_list_and_another_approves_it() {
    let desk = Desk::at("2026-04-13 09:42").await;
    let cards = [void(&desk, 1, "甲野").await, void(&desk, 2, "乙野").await];
    desk.card(3, "丙野", "").await;
    let mut first = desk.browser("manager").await;
    first.open("/cards/many").await.fill("交付通知書ID", "A13-000001\nA13-000002\nA13-000003");
    first.select("状態", "廃棄済").fill("理由", "転出による失効").fill("統合端末の受付番号", "2026-0410-07");
    first.fill("日付", "2026-04-10").press("確かめる").await;
    assert!(first.says("「通知書発送済」からは、この状態にできません。"), "{}", first.text());
    first.press("廃棄に提案する").await;
    assert!(first.says("2枚のカードを廃棄済みにします"), "{}", first.text());
    assert!(first.says("提案した本人は承認できません"), "{}", first.text());
    assert!(!first.page().buttons.iter().any(|button| button.text.contains("廃棄済みにする")));
    first.post("/cards/many/1/approve", &[("n", "2")]).await;
    assert_eq!(first.status(), 422, "not even by a form of one's own: {}", first.text());
    assert_eq!(desk.look(cards[0]).await.status, CardStatus::Voided);

    let mut second = another(&desk, "mori").await;
    second.open("/cards/many").await.follow("第1号").await;
    for words in ["失効：2枚", "2026-0410-07", "2026年4月10日", "鈴木 一郎", "転出による失効"]
    {
        assert!(second.says(words), "{words}: {}", second.text());
    }
    second.press("2枚を廃棄済みにする").await;
    assert!(second.status() == 422 && second.says("枚数が合いません"), "{}", second.text());
    let mut twice = second.clone();
    second.fill("枚数", "２").press("2枚を廃棄済みにする").await;
    assert!(second.says("2枚のうち2枚を「廃棄済」にしました。"), "{}", second.text());
    for words in ["カード廃棄の記録", "1人目（提案）", "2人目（承認）", "森 二郎"] {
        assert!(second.says(words), "{words}: {}", second.text());
    }
    assert!(!second.says("まとめて元に戻す"), "what was destroyed does not come back");
    twice.fill("枚数", "2").press("2枚を廃棄済みにする").await;
    for card in cards {
        assert_eq!(desk.look(card).await.status, CardStatus::Disposed);
        assert_eq!(desk.times(card, "card.status_changed").await, 2, "voided and destroyed, once");
    }
}

#[tokio::test]
async fn the_second_person_refuses_with_a_reason_and_the_first_withdraws() {
    let desk = Desk::at("2026-04-13 09:42").await;
    let card = void(&desk, 1, "甲野").await;
    let by = actor(&desk, "manager").await;
    let id = listed(&desk, &by, &[card], wish()).await;
    let mut second = another(&desk, "mori").await;
    second.open(&format!("/cards/many/{id}")).await.press("見送る").await;
    assert!(second.status() == 422 && second.says("見送る理由を入力してください"), "{}", second.text());
    second.fill("見送る理由", "連絡がついた").press("見送る").await;
    assert!(second.says("廃棄を見送りました") && second.says("連絡がついた"), "{}", second.text());
    assert_eq!(desk.look(card).await.status, CardStatus::Voided);
    let again = listed(&desk, &by, &[card], wish()).await;
    let mut first = desk.browser("manager").await;
    first.open(&format!("/cards/many/{again}")).await.fill("取り下げる理由", "選び間違い");
    first.press("取り下げる").await;
    assert!(first.says("廃棄を見送りました"), "{}", first.text());
    let approve = desk.console.city.db.write(actor(&desk, "mori").await, move |tx| many::approve(tx, again));
    assert!(matches!(approve.await, Err(DecideError::NotWaiting)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_approves_their_own_proposal_and_two_approvals_at_once_destroy_once() {
    let desk = Arc::new(Desk::at("2026-04-13 09:42").await);
    let card = void(&desk, 1, "甲野").await;
    desk.console.hire("mori", "manager").await;
    desk.console.hire("hayashi", "manager").await;
    let (first, mori, hayashi) =
        (actor(&desk, "manager").await, actor(&desk, "mori").await, actor(&desk, "hayashi").await);
    let id = listed(&desk, &first, &[card], wish()).await;
    let works = [first, mori.clone(), hayashi].map(|by| {
        let desk = Arc::clone(&desk);
        tokio::spawn(async move { desk.console.city.db.write(by, move |tx| many::approve(tx, id)).await })
    });
    let [own, one, other] = works;
    assert!(matches!(own.await.unwrap(), Err(DecideError::SamePerson | DecideError::NotWaiting)));
    let (one, other) = (one.await.unwrap(), other.await.unwrap());
    assert!(one.is_ok() != other.is_ok(), "exactly one of them decided");
    let batch = one.or(other).unwrap();
    assert_eq!(batch.state, BatchState::Applying);
    written(&desk, &batch.acting(), id).await;
    assert_eq!(desk.look(card).await.status, CardStatus::Disposed);
}

#[tokio::test]
async fn the_file_itself_refuses_a_card_that_one_person_destroys() {
    let desk = Desk::at("2026-04-13 09:42").await;
    let card = void(&desk, 1, "甲野").await;
    let step = Transition { reason: Some("不要".to_owned()), ..Transition::of(card, CardStatus::Disposed) };
    let alone = desk.console.write(move |tx| madoguchi::cards::transition(tx, &step)).await;
    assert!(alone.unwrap_err().to_string().contains("disposal takes two people"));
    let by = actor(&desk, "manager").await;
    let id = listed(&desk, &by, &[card], wish()).await;
    for sql in [
        "UPDATE card_batch SET approver_id = staff_id WHERE id = ?",
        "UPDATE card_batch SET state = 'applying' WHERE id = ?",
    ] {
        let forced = desk.console.city.db.write(by.clone(), move |tx| tx.run(sql, [id])).await;
        assert!(matches!(&forced, Err(Fault::Sql(_))), "{sql}: {forced:?}");
    }
    let read = desk.console.city.db.read(Lane::Staff, move |tx| many::get(tx, id)).await.unwrap().unwrap();
    assert_eq!(read.state, BatchState::Proposed);
}
