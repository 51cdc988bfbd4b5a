//! Stock-takes, and the records of cards that were not found.

use madoguchi::base::{BirthDate, CardId, NoticeId, StorageId};
use madoguchi::cards::stocktake::{self, Reading, State, StocktakeError, Tally};
use madoguchi::cards::storage::{self, MoveError, Moving, Target};
use madoguchi::cards::{self, CardStatus, NewCard};
use madoguchi::db::{Actor, Lane};

use super::{card, city, lies};
use crate::cards_storage::Vaults;
use crate::kit::{Browser, TestMunicipality};

const FIELD: &str = "カードを読み取る（箱の札を読み取ると箱が替わります）";

async fn lay(city: &TestMunicipality, card: CardId, to: madoguchi::base::BoxId) {
    city.write(move |tx| {
        let wish = Moving { card, to: Target::Box(to), expect_version: None, batch: None };
        storage::move_card(tx, &wish)?;
        Ok::<_, MoveError>(())
    })
    .await;
}

/// Three cards in B-02, one in B-01; the clock goes on a minute.
async fn filled(city: &TestMunicipality, boxes: &Vaults) -> [CardId; 4] {
    let mut all = Vec::new();
    for number in 1..=4 {
        let id = city.card(345_600 + number, &format!("田中 {number}郎")).await;
        lay(city, id, if number == 4 { boxes.first } else { boxes.second }).await;
        all.push(id);
    }
    city.clock.set("2026-04-13 09:43");
    all.try_into().unwrap()
}

async fn read(clerk: &mut Browser, what: &str) {
    clerk.fill(FIELD, what).press("記録").await;
}

#[tokio::test]
async fn a_stock_take_tells_found_foreign_unknown_and_missing_and_keeps_its_report() {
    let (city, boxes) = city().await;
    let [one, _, _, foreign] = filled(&city, &boxes).await;
    let mut clerk = city.clerk("manager").await;
    clerk.open("/storage/stocktakes").await;
    clerk.select("棚卸をする場所", "本庁舎の保管庫 B-02").press("棚卸を始める").await;
    assert!(clerk.says("3枚のうち 0枚を読み取り、残り 3枚"), "{}", clerk.text());
    read(&mut clerk, "Ａ１３３４５６０１").await;
    assert!(clerk.says("この場所のカード") && clerk.says("3枚のうち 1枚"), "{}", clerk.text());
    read(&mut clerk, "A13-345601").await;
    assert!(clerk.says("2回目（数えません）") && clerk.says("3枚のうち 1枚"), "{}", clerk.text());
    read(&mut clerk, "A13-345604").await;
    assert!(clerk.says("登録では 本庁舎の保管庫 B-01-001") && clerk.says("余り 1枚"), "{}", clerk.text());
    read(&mut clerk, "Z99-999999").await;
    assert!(clerk.status() == 422 && clerk.says("番号を棚卸の記録に残しました"), "{}", clerk.text());
    clerk.press("終える").await;
    assert!(clerk.says("まだ2枚を読み取っていません"), "it asks first: {}", clerk.text());
    clerk.press("このまま終える").await;
    assert!(clerk.says("棚卸を終えました") && clerk.says("見つからないカード 2枚"), "{}", clerk.text());
    assert!(clerk.says("余り 2枚") && clerk.says("Z99999999"), "{}", clerk.text());
    let id = clerk.path().rsplit('/').next().unwrap().to_owned();
    clerk.open(&format!("/storage/stocktakes/{id}/report.csv")).await;
    let csv = clerk.page().html.clone();
    assert!(csv.starts_with("\u{FEFF}結果,登録の保管場所,交付通知書ID"), "{csv}");
    for line in [
        "一致,本庁舎の保管庫 B-02-001,A13-345601,田中 1郎",
        "見つからない,本庁舎の保管庫 B-02-002,",
        "登録のない番号,,Z99999999",
    ] {
        assert!(csv.contains(line), "{line}: {csv}");
    }
    clerk.open("/storage").await;
    assert!(clerk.says("2枚不足") && clerk.says("4月13日"), "{}", clerk.text());
    assert_eq!(card(&city, one).await.status, CardStatus::Notified);
    assert_eq!(lies(&city, foreign).await, "B-01-001", "counting moves nothing");
}

#[tokio::test]
async fn a_foreign_card_is_put_here_with_one_press_and_then_counts() {
    let (city, boxes) = city().await;
    let [.., foreign] = filled(&city, &boxes).await;
    let mut clerk = city.clerk("counter").await;
    clerk.open("/storage/stocktakes").await;
    clerk.select("棚卸をする場所", "本庁舎の保管庫 B-02").press("棚卸を始める").await;
    read(&mut clerk, "A13-345604").await;
    clerk.press("ここに移す").await;
    assert!(clerk.says("ここに移しました") && clerk.says("4枚のうち 1枚を読み取り"), "{}", clerk.text());
    assert_eq!(lies(&city, foreign).await, "B-02-004");
}

#[tokio::test]
async fn several_people_count_one_box_at_once_and_each_card_counts_once() {
    let (city, boxes) = city().await;
    filled(&city, &boxes).await;
    let mut first = city.clerk("counter").await;
    let mut second = city.clerk("manager").await;
    for clerk in [&mut first, &mut second] {
        clerk.open("/storage/stocktakes").await;
        clerk.select("棚卸をする場所", "本庁舎の保管庫 B-02").press("棚卸を始める").await;
    }
    assert_eq!(first.path(), second.path(), "the second joins the first");
    let run = async |clerk: &mut Browser, cards: [&str; 3]| {
        for card in cards {
            read(clerk, card).await;
            assert_eq!(clerk.status(), 200, "{}", clerk.text());
        }
    };
    tokio::join!(
        run(&mut first, ["A13-345601", "A13-345602", "A13-345603"]),
        run(&mut second, ["A13-345603", "A13-345602", "A13-345601"])
    );
    let page = first.path().to_owned();
    first.open(&page).await;
    assert!(first.says("3枚のうち 3枚を読み取り、残り 0枚") && !first.says("余り"), "{}", first.text());
    second.open(&page).await;
    first.press("終える").await;
    assert!(first.says("登録と同じカードがすべてありました"), "{}", first.text());
    second.press("終える").await;
    assert!(second.says("ほかの人が先に終えています"), "{}", second.text());
}

#[tokio::test]
async fn who_leaves_during_the_count_is_not_missing_and_who_comes_is_not_expected() {
    let (city, boxes) = city().await;
    let [one, two, three, foreign] = filled(&city, &boxes).await;
    let mut clerk = city.clerk("counter").await;
    clerk.open("/storage/stocktakes").await;
    clerk.select("棚卸をする場所", "本庁舎の保管庫 B-02").press("棚卸を始める").await;
    city.clock.set("2026-04-13 09:50");
    lay(&city, one, boxes.far).await;
    lay(&city, foreign, boxes.second).await;
    read(&mut clerk, "A13-345602").await;
    read(&mut clerk, "A13-345603").await;
    assert!(clerk.says("2枚のうち 2枚を読み取り、残り 0枚"), "{}", clerk.text());
    clerk.press("終える").await;
    assert!(clerk.says("登録と同じカードがすべてありました"), "{}", clerk.text());
    for id in [one, two, three, foreign] {
        assert_eq!(card(&city, id).await.status, CardStatus::Notified);
    }
}

#[tokio::test]
async fn a_missing_card_has_its_record_from_the_count_until_it_is_found() {
    let (city, boxes) = city().await;
    let [.., third, _] = filled(&city, &boxes).await;
    let mut clerk = city.clerk("manager").await;
    clerk.open("/storage/stocktakes").await;
    clerk.select("棚卸をする場所", "本庁舎の保管庫 B-02").press("棚卸を始める").await;
    read(&mut clerk, "A13-345601").await;
    read(&mut clerk, "A13-345602").await;
    clerk.press("終える").await.press("このまま終える").await;
    clerk.tick("選ぶ：田中 3郎さん").press("選んだカードを「所在不明」").await;
    assert!(clerk.status() == 422 && clerk.says("どう確かめたかを入力"), "{}", clerk.text());
    clerk
        .tick("選ぶ：田中 3郎さん")
        .fill("どう確かめたか", "2人で箱を全部見た")
        .press("選んだカードを「所在不明」")
        .await;
    assert!(clerk.says("1枚のうち1枚を「所在不明」にし"), "{}", clerk.text());
    assert!(clerk.says("本庁舎の保管庫 B-02-003（4/13 9:42"), "where it was seen last: {}", clerk.text());
    assert_eq!(card(&city, third).await.status, CardStatus::Missing);
    clerk.open("/storage/move?to=b1").await;
    clerk.fill("カードを読み取る（箱の札を読み取ると移す先が替わります）", "A13-345603").press("移す").await;
    assert!(clerk.status() == 422 && clerk.says("「所在不明」のカードです"), "{}", clerk.text());
    clerk.open("/storage/missing/1").await;
    clerk.fill("したことを書く", "東支所に電話した").press("記録する").await;
    assert!(clerk.says("東支所に電話した"), "{}", clerk.text());
    clerk.fill("どこで見つかったか", "隣の箱").press("見つかった").await;
    assert!(clerk.status() == 422 && clerk.says("置く場所を選んで"), "{}", clerk.text());
    clerk
        .select("置いた場所", "東支所の保管庫 B-01")
        .fill("どこで見つかったか", "隣の箱")
        .press("見つかった")
        .await;
    assert!(clerk.says("見つかったことを記録し"), "{}", clerk.text());
    let found = card(&city, third).await;
    assert_eq!((found.status, found.storage), (CardStatus::Notified, Some(boxes.east)));
    clerk.open("/storage/missing").await;
    assert!(clerk.says("探している 0枚") && clerk.says("見つかった"), "{}", clerk.text());
}

#[tokio::test]
async fn a_big_place_is_counted_up_in_slices_and_carried_on_after_a_restart() {
    let (city, boxes) = city().await;
    let main = boxes.main;
    let all = city.write(move |tx| {
        (0..1200).map(|number| cards::add(tx, &lying(main, number))).collect::<Result<Vec<_>, _>>()
    });
    let all: Vec<CardId> = all.await;
    city.clock.set("2026-04-13 09:43");
    let id = city.write(move |tx| stocktake::start(tx, main, "")).await;
    let (first, last) = (all[0], all[1199]);
    city.write(move |tx| stocktake::read(tx, Reading { stocktake: id, card: first })).await;
    assert!(!city.write(move |tx| stocktake::finish(tx, id)).await, "one write takes one slice");
    let late = Reading { stocktake: id, card: last };
    let late = city.city.db.write(Actor::Cli { uid: 0 }, move |tx| stocktake::read(tx, late)).await;
    assert!(matches!(late, Err(StocktakeError::Ended)), "nobody scans any more: {late:?}");
    city.clock.set("2026-04-13 09:44");
    lay(&city, last, boxes.second).await;
    let mut clerk = city.clerk("manager").await;
    clerk.open(&format!("/storage/stocktakes/{id}")).await;
    assert!(clerk.says("集計中") && !clerk.says("一致"), "{}", clerk.text());
    clerk.open("/storage/stocktakes").await;
    clerk.select("棚卸をする場所", "本庁舎の保管庫（箱を決めない）").press("棚卸を始める").await;
    assert!(clerk.says("集計中"), "no second count of the place begins meanwhile: {}", clerk.text());
    madoguchi::jobs::carry_on(&city.city).await.unwrap();
    let done = city.city.db.read(Lane::Staff, move |tx| stocktake::get(tx, id)).await.unwrap().unwrap();
    let tally = Tally { expected: 1199, found: 1, missing: 1198, foreign: 0 };
    assert_eq!(
        (done.state, done.result),
        (State::Finished, Some(tally)),
        "who left meanwhile is not missing"
    );
    clerk.open(&format!("/storage/stocktakes/{id}")).await;
    assert!(clerk.says("見つからないカード 1198枚") && clerk.says("はじめの300枚"), "{}", clerk.text());
    clerk.open(&format!("/storage/stocktakes/{id}/report.csv")).await;
    assert_eq!(clerk.page().html.matches("見つからない,").count(), 1198, "the file has all of them");
}

#[tokio::test]
async fn a_big_place_is_finished_from_its_page_with_one_press() {
    let (city, boxes) = city().await;
    let main = boxes.main;
    city.write(move |tx| (0..1001).try_for_each(|number| cards::add(tx, &lying(main, number)).map(|_| ())))
        .await;
    city.clock.set("2026-04-13 09:43");
    let mut clerk = city.clerk("counter").await;
    clerk.open("/storage/stocktakes").await;
    clerk.select("棚卸をする場所", "本庁舎の保管庫（箱を決めない）").press("棚卸を始める").await;
    clerk.press("終える").await.press("このまま終える").await;
    assert!(clerk.says("棚卸を終えました") && clerk.says("見つからないカード 1001枚"), "{}", clerk.text());
}

/// A card somewhere in a place.
fn lying(storage: StorageId, number: u32) -> NewCard {
    let born = BirthDate::parse("1990-04-13").unwrap();
    let notice = NoticeId::from_norm(format!("B13{number:06}"));
    let new = NewCard::notified(notice, &format!("市民 {number}"), "", born);
    NewCard { storage: Some(storage), position: format!("{number:04}"), ..new }
}
