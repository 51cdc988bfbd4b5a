//! Lists as a clerk prints them: every one of them, in every form, and what is written down of it.

use madoguchi::base::CardId;
use madoguchi::booking::{self, BookByStaff, Channel, Overbook};
use madoguchi::cards::storage::{self, PlaceWish};
use madoguchi::db::{Fault, Lane};
use madoguchi::history::{self, Record};
use madoguchi::once::OnceKey;

use super::{text_of, told};
use crate::kit::{Browser, TestMunicipality};

const LISTS: [&str; 11] = [
    "bookings",
    "arrivals",
    "no-shows",
    "unbooked",
    "pull",
    "transfers",
    "shelf",
    "deadlines",
    "cards",
    "daily",
    "monthly",
];

async fn book(city: &TestMunicipality, card: CardId, time: &str) {
    let wish = BookByStaff {
        party: vec![card],
        slot: format!("{}.2026-04-13.{time}", city.office).parse().unwrap(),
        email: None,
        channel: Channel::Telephone,
        overbook: Overbook::No,
        once: OnceKey::from_form(&format!("0123456789abcdef{card}")).unwrap(),
    };
    city.write(move |tx| booking::book_by_staff(tx, &wish)).await;
}

/// Three people with a booking on 13 April, one without.
pub(super) async fn busy() -> TestMunicipality {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    for (number, name, time) in
        [(1, "𠮷田 太郎", "0930"), (2, "葛\u{E0100}城 美咲", "0900"), (3, "髙橋 一郎", "1000")]
    {
        let card = city.card(number, name).await;
        book(&city, card, time).await;
    }
    city.card(4, "林 玲奈").await;
    city
}

/// The text of the document that the browser was given, sheet after sheet.
fn read(browser: &Browser, how: &str) -> String {
    text_of(browser.bytes(), how)
}

#[tokio::test]
async fn the_bookings_of_a_day_are_printed_in_the_order_of_time_with_the_names_as_they_are() {
    let city = busy().await;
    let mut clerk = city.clerk("manager").await;
    clerk.open("/lists").await;
    clerk.follow("予約一覧").await;
    clerk.open("/lists/bookings?from=2026-04-13&to=2026-04-13").await;
    assert!(clerk.says("3行") && clerk.says("𠮷田 太郎"), "{}", clerk.text());
    clerk.select("出力の形", "PDF").press("3行を出力").await;
    assert_eq!((clerk.status(), clerk.header("content-type")), (200, "application/pdf"), "{}", clerk.text());
    assert!(clerk.header("content-disposition").contains("bookings-2026-04-06-0900.pdf"));
    let text = read(&clerk, "-layout");
    let places: Vec<usize> = ["葛\u{E0100}城", "𠮷田", "髙橋"]
        .iter()
        .map(|name| text.find(name).unwrap_or_else(|| panic!("{name} in {text}")))
        .collect();
    assert!(places.is_sorted(), "{text}");
    assert!(text.contains("【個人情報・取扱注意】") && text.contains("1 / 1 ページ"), "{text}");
    assert!(!text.contains("林"), "{text}");
    let told = city.city.db.read(Lane::Staff, |tx| history::of_record(tx, Record::List)).await.unwrap();
    let told: Vec<_> = told.iter().filter(|entry| entry.operation == "list.exported").collect();
    assert_eq!(told.len(), 1, "the output is written down");
    assert_eq!(told[0].fields, ["rows", "conditions", "format"]);
}

#[tokio::test]
async fn signs_that_a_file_cannot_hold_are_shown_first_and_given_when_accepted() {
    let city = busy().await;
    let mut clerk = city.clerk("manager").await;
    clerk.open("/lists/bookings?from=2026-04-13&to=2026-04-13").await;
    clerk.select("出力の形", "CSV（Shift_JIS").press("3行を出力").await;
    assert_eq!(clerk.status(), 422);
    assert!(clerk.says("U+20BB7") && clerk.says("〓"), "{}", clerk.text());
    clerk.press("このまま3行を出力").await;
    assert_eq!(clerk.status(), 200, "{}", clerk.text());
    assert_eq!(clerk.header("content-type"), "text/csv; charset=Shift_JIS");
    let geta = [0x81, 0xAC];
    assert!(clerk.bytes().windows(2).any(|pair| pair == geta));
}

#[tokio::test]
async fn every_list_opens_says_when_it_is_empty_and_gives_what_it_shows() {
    let city = busy().await;
    let mut clerk = city.clerk("manager").await;
    for list in LISTS {
        clerk.open(&format!("/lists/{list}?from=2026-04-13&to=2026-04-13&day=2026-04-13")).await;
        assert_eq!(clerk.status(), 200, "{list}: {}", clerk.text());
        let given = clerk.says("行を出力");
        assert!(given, "{list}: {}", clerk.text());
        if clerk.says("当てはまる行がありません") {
            clerk.press("0行を出力").await;
            assert_eq!(clerk.status(), 422, "{list}: an empty file is not made");
            continue;
        }
        for form in ["PDF", "CSV（UTF-8", "Excel"] {
            let mut one = clerk.clone();
            one.select("出力の形", form).press("行を出力").await;
            assert_eq!(one.status(), 200, "{list} as {form}: {}", one.text());
            assert!(one.bytes().len() > 100, "{list} as {form}");
        }
    }
}

#[tokio::test]
async fn bookings_are_divided_by_day_by_hour_and_by_place() {
    let city = busy().await;
    let mut clerk = city.clerk("manager").await;
    clerk.open("/lists").await.follow("予約一覧：時間別").await;
    assert!(clerk.address().contains("by=hour"), "{}", clerk.address());
    let of = "from=2026-04-13&to=2026-04-13&location=all";
    clerk.open(&format!("/lists/bookings?{of}&by=day")).await;
    let text = told(&clerk);
    assert!(text.contains("2026年4月13日（月） 3件・3人") && text.contains("本庁舎"), "{text}");
    clerk.open(&format!("/lists/bookings?{of}&by=hour")).await;
    let text = told(&clerk);
    assert!(text.contains("9時台 2件・2人") && text.contains("10時台 1件・1人"), "{text}");
    clerk.open(&format!("/lists/bookings?{of}&by=place")).await;
    let text = told(&clerk);
    assert!(text.contains("本庁舎 3件・3人"), "{text}");
    clerk.select("出力の形", "PDF").press("3行を出力").await;
    assert!(read(&clerk, "-layout").contains("予約一覧（場所別）"));
}

#[tokio::test]
async fn all_that_a_search_finds_becomes_a_list_and_a_search_that_is_forgotten_becomes_none() {
    let city = busy().await;
    let mut clerk = city.clerk("manager").await;
    clerk.open("/cards").await.fill("氏名・カナの一部", "吉田").press("検索する").await;
    assert!(clerk.says("𠮷田 太郎"), "{}", clerk.text());
    clerk.follow("PDF・Excelで出力").await;
    assert!(clerk.says("1行") && clerk.says("氏名・カナ：吉田"), "{}", clerk.text());
    assert!(!clerk.says("髙橋"), "{}", clerk.text());
    assert!(!clerk.says("この条件を保存する"), "a search for a person is not kept");
    clerk.select("出力の形", "CSV（UTF-8").press("1行を出力").await;
    let csv = String::from_utf8(clerk.bytes().to_vec()).unwrap();
    assert_eq!(csv.lines().count(), 2, "{csv}");
    assert!(csv.contains("𠮷田 太郎"));
    clerk.open("/lists/cards?s=00112233445566778899aabb").await;
    assert_eq!(clerk.status(), 422);
    assert!(
        clerk.says("条件は、時間がたったため残っていません") && !clerk.says("林 玲奈"),
        "{}",
        clerk.text()
    );
    clerk.press("0行を出力").await;
    assert_eq!(clerk.status(), 422, "not every card instead");
}

#[tokio::test]
async fn the_sheet_to_count_by_holds_what_lies_in_the_place_and_nothing_that_left_it() {
    let city = busy().await;
    let office = city.office;
    city.write(move |tx| {
        let place = PlaceWish {
            code: "K".to_owned(),
            name: "金庫".to_owned(),
            location: Some(office),
            barcode: String::new(),
            position: 1,
            retired: false,
        };
        let place = storage::add_place(tx, &place).map_err(|error| Fault::Stored(error.to_string()))?;
        let at = rusqlite::named_params! { ":place": place };
        tx.run("UPDATE card SET storage_id = :place, shelf = 'B-0' || (id % 2), position = id", at)?;
        tx.run("UPDATE card SET status = 'issued' WHERE name = '林 玲奈'", rusqlite::named_params! {})
    })
    .await;
    let mut clerk = city.clerk("manager").await;
    clerk.open("/lists/shelf").await;
    clerk.select("保管場所", "金庫").press("表示").await;
    let text = told(&clerk);
    assert!(text.contains("3行") && text.contains("𠮷田 太郎") && !text.contains("林 玲奈"), "{text}");
    clerk.select("出力の形", "PDF").press("3行を出力").await;
    let text = read(&clerk, "-layout");
    assert!(text.contains("棚卸表") && text.contains("箱 B-01") && text.contains("立会者"), "{text}");
}

#[tokio::test]
async fn days_in_the_wrong_order_and_too_many_days_are_refused_in_words() {
    let city = busy().await;
    let mut clerk = city.clerk("manager").await;
    clerk.open("/lists/bookings?from=2026-04-13&to=2026-04-12").await;
    assert_eq!(clerk.status(), 422);
    assert!(clerk.says("終わりの日は、始めの日と同じか後の日にしてください"), "{}", clerk.text());
    clerk.open("/lists/bookings?from=2026-04-13&to=2027-04-14").await;
    assert!(clerk.says("1年分（366日）まで"), "{}", clerk.text());
    clerk.open("/lists/nothing-here").await;
    assert_eq!(clerk.status(), 404);
}

#[tokio::test]
async fn the_numbers_of_a_span_are_those_of_its_bookings() {
    let city = busy().await;
    let mut clerk = city.clerk("manager").await;
    clerk.open("/statistics?from=2026-04-01&to=2026-04-30").await;
    assert_eq!(clerk.status(), 200);
    let text = told(&clerk);
    assert!(text.contains("4/13 3 3 0 0 0 － 0"), "{text}");
    assert!(text.contains("本庁舎 3 3 0 0 0 － 0") && text.contains("電話 3 100%"), "{text}");
    clerk.open("/statistics?from=2026-05-01&to=2026-05-31").await;
    assert!(clerk.says("この期間の予約はありません"), "{}", clerk.text());
    clerk.open("/statistics?from=2026-05-02&to=2026-05-01").await;
    assert_eq!(clerk.status(), 422);
    clerk.open("/lists/daily?from=2026-04-13&to=2026-04-13").await;
    let text = told(&clerk);
    assert!(text.contains("9時台 2 2 0 0 0 2 0") && text.contains("1日の合計 3 3"), "{text}");
}
