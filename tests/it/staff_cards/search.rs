//! The page of a search: what is typed, what it says, what it gives away.

use madoguchi::cards::{self, CardStatus, SetRemark, Transition};
use madoguchi::db::Lane;

use super::found::{MONDAY, three};
use super::{booked, shelves};
use crate::kit::TestMunicipality;

#[tokio::test]
async fn a_name_is_posted_and_never_stands_in_an_address() {
    let city = TestMunicipality::at(MONDAY).await;
    city.card_with_kana(345_603, "田中 健太", "タナカ ケンタ", "1990-04-13").await;
    city.card_with_kana(345_604, "山田 和子", "ヤマダ カズコ", "1949-07-25").await;
    let mut clerk = city.clerk("counter").await;
    clerk.open("/cards").await;
    for typed in ["田中", "たなか", "ﾀﾅｶ", "ケンタ", "健太"] {
        clerk.fill("ことば", typed).press("検索する").await;
        assert_eq!((clerk.status(), clerk.path()), (200, "/cards"), "{typed}");
        assert!(clerk.says("田中 健太") && !clerk.says("山田 和子"), "{typed}: {}", clerk.text());
        assert!(clerk.says(&format!("ことば：{typed}")), "{}", clerk.text());
        assert!(clerk.address().starts_with("/mihon/cards?s="), "{}", clerk.address());
    }
    for name in ["生月日・生年月日"] {
        clerk.open("/cards").await.fill(name, "S24.7.25").press("検索する").await;
        assert!(clerk.says("山田 和子") && !clerk.says("田中 健太"), "{}", clerk.text());
        clerk.open("/cards").await.fill(name, "4/13").press("検索する").await;
        assert!(!clerk.says("山田 和子") && clerk.says("田中 健太"), "{}", clerk.text());
    }
    let leaked =
        |place: &String| place.contains("0725") || place.contains("E7%94%B0") || place.contains("田中");
    assert!(!clerk.redirects().iter().any(leaked), "{:?}", clerk.redirects());
}

#[tokio::test]
async fn an_address_with_a_name_finds_nothing_and_says_where_to_type_it() {
    let city = TestMunicipality::at(MONDAY).await;
    city.card(345_603, "田中 健太").await;
    let mut clerk = city.clerk("counter").await;
    clerk.open("/cards?q=%E7%94%B0%E4%B8%AD").await;
    assert_eq!(clerk.status(), 200);
    assert!(
        clerk.says("アドレスから探せるのは通知書IDと予約番号だけです") && !clerk.says("健太"),
        "{}",
        clerk.text()
    );
}

#[tokio::test]
async fn a_notice_id_in_the_top_bar_leads_straight_to_its_card_and_two_to_both() {
    let city = TestMunicipality::at(MONDAY).await;
    let one = city.card(345_603, "田中 健太").await;
    let two = city.card(345_604, "佐藤 花子").await;
    let other = city.card_of(345_604, "鈴木 一郎", "1986-11-02").await;
    let mut clerk = city.clerk("counter").await;
    clerk.open("/cards").await.fill("カードを探す", "ａ１３ー３４５６０３").press("検索").await;
    assert_eq!(clerk.path(), format!("/cards/{one}"));
    clerk.fill("カードを探す", "A13-345604").press("検索").await;
    assert_eq!(clerk.address(), "/mihon/cards?q=A13-345604");
    let rows: Vec<bool> =
        [one, two, other].iter().map(|id| clerk.page().ids.contains(&format!("c{id}"))).collect();
    assert_eq!(rows, [false, true, true]);
    assert!(clerk.says("同じ通知書ID 2件"), "{}", clerk.text());
}

#[tokio::test]
async fn a_booking_number_finds_its_people() {
    let city = TestMunicipality::at(MONDAY).await;
    let one = city.card(1, "田中 健太").await;
    let two = city.card_of(2, "田中 美優", "2018-05-05").await;
    let three = city.card_of(3, "佐藤 花子", "1958-01-10").await;
    let family = booked(&city, &[one, two], "2026-04-20.0900", None).await;
    let alone = booked(&city, &[three], "2026-04-20.0930", None).await;
    let mut clerk = city.clerk("counter").await;
    clerk.open(&format!("/cards?q={family}")).await;
    assert!(
        clerk.says("田中 健太") && clerk.says("田中 美優") && !clerk.says("佐藤 花子"),
        "{}",
        clerk.text()
    );
    assert!(clerk.says("4/20 9:00"), "{}", clerk.text());
    clerk.fill("カードを探す", &alone.to_lowercase()).press("検索").await;
    assert_eq!(clerk.path(), format!("/cards/{three}"));
}

#[tokio::test]
async fn what_filters_is_said_in_words_and_taken_off_one_by_one() {
    let city = TestMunicipality::at(MONDAY).await;
    shelves(&city).await;
    let held = city.card_with_kana(1, "田中 健太", "タナカ ケンタ", "1990-04-13").await;
    city.card_with_kana(2, "田中 美優", "タナカ ミユ", "2018-05-05").await;
    let wish = Transition { reason: Some("入院".to_owned()), ..Transition::of(held, CardStatus::OnHold) };
    city.write(move |tx| cards::transition(tx, &wish)).await;
    let mut clerk = city.clerk("counter").await;
    clerk.open("/cards").await.fill("ことば", "田中").select("状態", "保留").press("検索する").await;
    assert!(clerk.says("1件") && clerk.says("状態：保留") && !clerk.says("美優"), "{}", clerk.text());
    clerk.follow("外す 状態：保留").await;
    assert!(clerk.says("2件") && clerk.says("美優") && !clerk.says("状態：保留"), "{}", clerk.text());
    clerk.follow("外す ことば：田中").await;
    assert!(clerk.says("状態ごとの枚数"), "{}", clerk.text());
    clerk.follow("保留").await;
    assert_eq!(clerk.address(), "/mihon/cards?label=on_hold");
    assert!(clerk.says("健太") && !clerk.says("美優"), "{}", clerk.text());
    clerk.open("/cards").await.select("保管場所", "東支所の保管庫").press("検索する").await;
    assert!(clerk.says("「保管場所：東支所の保管庫」に合うカードはありません"), "{}", clerk.text());
}

#[tokio::test]
async fn fifty_cards_make_a_page_and_the_rest_is_turned_to() {
    let city = TestMunicipality::at(MONDAY).await;
    for number in 1..=60 {
        city.card_with_kana(
            number,
            &format!("見本 {number:02}"),
            &format!("ミホン {number:02}"),
            "1990-04-13",
        )
        .await;
    }
    let mut clerk = city.clerk("counter").await;
    clerk.open("/cards").await.fill("ことば", "見本").press("検索する").await;
    assert!(
        clerk.says("1〜50件目／60件") && clerk.says("見本 01") && !clerk.says("見本 51"),
        "{}",
        clerk.text()
    );
    clerk.follow("次へ").await;
    assert!(
        clerk.says("51〜60件目／60件") && clerk.says("見本 51") && !clerk.says("見本 01"),
        "{}",
        clerk.text()
    );
    clerk.follow("氏名").await;
    assert!(clerk.says("1〜50件目／60件"), "{}", clerk.text());
    clerk.follow("氏名").await;
    assert!(clerk.says("見本 60") && !clerk.says("見本 01"), "{}", clerk.text());
}

#[tokio::test]
async fn what_cannot_be_read_is_told_with_its_field_and_what_was_typed_stays() {
    let city = TestMunicipality::at(MONDAY).await;
    let mut clerk = city.clerk("counter").await;
    let long = "あ".repeat(80);
    clerk
        .open("/cards")
        .await
        .fill("ことば", &long)
        .fill("生月日・生年月日", "十三日")
        .fill("発送日まで", "きのう");
    clerk.press("検索する").await;
    assert_eq!(clerk.status(), 422);
    for words in ["ことばは60文字まで", "生年月日は「0413」", "日付は「2026-04-13」"] {
        assert!(clerk.says(words), "{words}: {}", clerk.text());
    }
    assert_eq!(clerk.field("birth")[0].value, "十三日");
    assert_eq!(clerk.field("q")[1].value, long);
    for typed in ["'; DROP TABLE card; --", "%", "_", "\\", "<script>alert(1)</script>", "😀", "\u{202e}"] {
        clerk.open("/cards").await.fill("ことば", typed).press("検索する").await;
        assert!(matches!(clerk.status(), 200 | 422), "{typed}");
        assert!(!clerk.page().html.contains("<script>alert"), "{typed}");
    }
}

#[tokio::test]
async fn a_kept_search_belongs_to_who_made_it() {
    let city = TestMunicipality::at(MONDAY).await;
    city.card(1, "田中 健太").await;
    let mut clerk = city.clerk("counter").await;
    clerk.open("/cards").await.fill("ことば", "田中").press("検索する").await;
    let address = clerk.address().to_owned();
    let mut other = city.clerk("manager").await;
    other.open(&address).await;
    assert!(
        other.says("その検索の条件は、時間がたったため残っていません") && !other.says("健太"),
        "{}",
        other.text()
    );
}

#[tokio::test]
async fn the_list_is_given_as_a_file_that_a_spreadsheet_opens_and_it_is_written_down() {
    let city = TestMunicipality::at(MONDAY).await;
    shelves(&city).await;
    let one = city.card_with_kana(1, "田中 健太", "タナカ ケンタ", "1990-04-13").await;
    city.card_with_kana(2, "田中 美優", "タナカ ミユ", "2018-05-05").await;
    city.card_with_kana(3, "山田 和子", "ヤマダ カズコ", "1949-07-25").await;
    let wish =
        SetRemark { card: one, remark: "=1+1, 電話".to_owned(), no_my_number: false, expect_version: 1 };
    city.write(move |tx| cards::set_remark(tx, &wish)).await;
    let no = booked(&city, &[one], "2026-04-20.0900", None).await;
    let mut clerk = city.clerk("counter").await;
    clerk
        .open("/cards")
        .await
        .fill("ことば", "田中")
        .press("検索する")
        .await
        .press("この一覧をCSVで出力")
        .await;
    assert_eq!(clerk.status(), 200);
    assert_eq!(clerk.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(clerk.header("content-disposition"), "attachment; filename=\"cards-2026-04-13-0942.csv\"");
    let file = clerk.page().html.clone();
    let lines: Vec<&str> = file.trim_start_matches('\u{FEFF}').lines().collect();
    assert_eq!(lines.len(), 3, "{file}");
    assert!(lines[0].starts_with("交付通知書ID,氏名,フリガナ,生年月日,状態"), "{file}");
    assert!(lines[1].starts_with("A13-000001,田中 健太,タナカ ケンタ,1990-04-13,予約,2026-04-13,"), "{file}");
    assert!(lines[1].ends_with(&format!("2026-04-20,9:00,{no},,\"'=1+1, 電話\"")), "{file}");
    assert!(!file.contains("山田"), "exactly what was found: {file}");
    let told = exports(&city).await;
    assert_eq!(told.len(), 1);
    let said = |field: &str| {
        let changes = &told[0].detail.as_ref().unwrap().changes;
        changes.iter().find(|one| one.field == field).unwrap().uncover().1.map(str::to_owned)
    };
    assert_eq!(said("conditions").as_deref(), Some("カード検索　ことば：田中"));
    assert_eq!((said("rows").as_deref(), said("format").as_deref()), (Some("2"), Some("csv")));
    assert!(told[0].actor == "山田 花子" && told[0].detail.as_ref().unwrap().reason.is_none());
}

#[tokio::test]
async fn codes_of_the_file_stay_what_they_are_in_a_spreadsheet_and_nothing_is_no_file() {
    let city = TestMunicipality::at(MONDAY).await;
    shelves(&city).await;
    let card = city.card(1, "田中 健太").await;
    city.write(move |tx| {
        tx.run("UPDATE card SET storage_id = 1, shelf = '1-2', position = '007' WHERE id = ?", [card])
    })
    .await;
    let mut clerk = city.clerk("counter").await;
    clerk.open("/cards?label=notified").await.press("この一覧をCSVで出力").await;
    assert_eq!(clerk.status(), 200, "{}", clerk.text());
    let file = &clerk.page().html;
    assert!(file.contains(r#","=""1-2""","=""007""","#), "{file}");
    let form = [("label", "issued")];
    clerk.open("/cards?label=notified").await.post("/cards/csv", &form).await;
    assert_eq!(clerk.status(), 422);
    assert!(clerk.says("当てはまる行がないため、出力していません"), "{}", clerk.text());
    assert_eq!(exports(&city).await.len(), 1, "what was not given is not written down");
}

async fn exports(city: &TestMunicipality) -> Vec<madoguchi::history::Entry> {
    let read =
        |tx: &madoguchi::db::ReadTx<'_>| madoguchi::history::of_record(tx, madoguchi::history::Record::List);
    city.city.db.read(Lane::Staff, read).await.unwrap()
}

#[tokio::test]
async fn where_the_city_asks_why_nothing_is_given_without_a_reason() {
    let city = TestMunicipality::at(MONDAY).await;
    city.card(1, "田中 健太").await;
    let on =
        madoguchi::settings::Change { key: "export.reason".to_owned(), value: serde_json::Value::Bool(true) };
    city.write(move |tx| madoguchi::settings::set(tx, &on)).await;
    let mut clerk = city.clerk("counter").await;
    clerk
        .open("/cards")
        .await
        .fill("ことば", "田中")
        .press("検索する")
        .await
        .press("この一覧をCSVで出力")
        .await;
    assert_eq!(clerk.status(), 422);
    assert!(
        clerk.says("何のために出力するかを書いてください") && clerk.says("田中 健太"),
        "{}",
        clerk.text()
    );
    assert!(exports(&city).await.is_empty());
    clerk.fill("出力の理由", "窓口の照合").press("この一覧をCSVで出力").await;
    assert_eq!((clerk.status(), clerk.header("content-type")), (200, "text/csv; charset=utf-8"));
    let told = exports(&city).await;
    assert_eq!(told[0].detail.as_ref().unwrap().reason.as_deref(), Some("窓口の照合"));
    clerk
        .open("/cards?label=notified")
        .await
        .fill("出力の理由", "123456789018")
        .press("この一覧をCSVで出力")
        .await;
    assert_eq!(clerk.status(), 422, "an individual number is no reason");
}

#[tokio::test]
async fn a_number_that_is_too_short_is_counted_for_the_person() {
    let city = TestMunicipality::at(MONDAY).await;
    let mut clerk = city.clerk("counter").await;
    clerk.open("/cards").await.fill("ことば", "A1334560").press("検索する").await;
    assert!(clerk.says("通知書IDは9桁です。いまの入力は8桁です。"), "{}", clerk.text());
    assert!(clerk.says("氏名は姓だけ"), "{}", clerk.text());
}

#[tokio::test]
async fn the_end_of_residence_is_asked_for_in_the_form_and_what_was_overridden_is_marked_in_the_list() {
    let city = TestMunicipality::at(MONDAY).await;
    let [_, two, _] = three(&city).await;
    let mut clerk = city.clerk("manager").await;
    clerk.open("/cards").await.fill("在留期限から", "2026-08-01").fill("在留期限まで", "2026-09-30");
    clerk.press("検索する").await;
    assert!(clerk.says("NGUYEN VAN AN") && clerk.says("1件"), "{}", clerk.text());
    assert!(clerk.says("在留期限：2026/8/1から2026/9/30まで"), "{}", clerk.text());
    clerk.open("/cards?label=notified").await;
    assert!(!clerk.says("規則にない変更"));
    city.write(move |tx| {
        let step = Transition {
            reason: Some("台帳の誤り".to_owned()),
            may_override: true,
            ..Transition::of(two, CardStatus::Received)
        };
        cards::transition(tx, &step)
    })
    .await;
    clerk.open("/cards?label=received").await;
    assert!(clerk.says("森 一") && clerk.says("規則にない変更"), "{}", clerk.text());
}
