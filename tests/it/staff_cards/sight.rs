//! Who sees what of a card, and that looking is noted.

use madoguchi::accounts::{self, Permission};
use madoguchi::db::Lane;

use crate::kit::TestMunicipality;

#[tokio::test]
async fn an_auditor_sees_no_birth_date_and_changes_nothing() {
    let city = TestMunicipality::at("2026-04-13 09:42").await;
    let card = city.card_with_kana(345_603, "田中 健太", "タナカ ケンタ", "1990-04-13").await;
    let mut auditor = city.clerk("auditor").await;
    auditor.open("/cards").await;
    assert!(auditor.field("birth").is_empty());
    auditor.post("/cards", &[("birth", "0413")]).await;
    assert!(!auditor.says("健太"), "{}", auditor.text());
    auditor.open(&format!("/cards/{card}")).await;
    assert!(auditor.says("田中 健太") && auditor.says("A13-345603"), "{}", auditor.text());
    for hidden in ["平成2年", "1990", "保存", "交付する", "ほかの状態", "移す", "登録する"]
    {
        assert!(!auditor.page().html.contains(hidden), "{hidden}");
    }
}

#[tokio::test]
async fn what_a_role_may_not_see_is_masked_everywhere() {
    let mut city = TestMunicipality::at("2026-04-13 09:42").await;
    city.mail_may_stay();
    let card = city.card_with_kana(345_603, "田中 健太", "タナカ ケンタ", "1990-04-13").await;
    super::booked(&city, &[card], "2026-04-20.0900", Some("taro@example.jp")).await;
    let mut clerk = city.clerk("counter").await;
    let roles = city.city.db.read(Lane::Staff, accounts::roles).await.unwrap();
    let counter = roles.into_iter().find(|role| role.code == "counter").unwrap();
    let mut fewer = counter.permissions;
    for permission in [
        Permission::SeeName,
        Permission::SeeBirthDate,
        Permission::SeeEmail,
        Permission::SeeNoticeId,
        Permission::Remark,
    ] {
        fewer.remove(&permission);
    }
    city.write(move |tx| accounts::set_permissions(tx, counter.id, &fewer)).await;
    let sheets = ["", "/status", "/storage", "/hand-over", "/email"];
    let pages = sheets.iter().map(|sheet| format!("/cards/{card}{sheet}"));
    for page in pages.chain(["/cards?label=booked".to_owned()]) {
        clerk.open(&page).await;
        assert_eq!(clerk.status(), 200, "{page}");
        for hidden in
            ["田中", "タナカ", "1990", "平成2年", "H2.4.13", "taro@example.jp", "A13-345603", "A13345603"]
        {
            assert!(!clerk.page().html.contains(hidden), "{page} shows {hidden}");
        }
        assert!(clerk.says("＊＊＊"), "{page}: {}", clerk.text());
    }
    clerk.open("/cards").await.fill("ことば", "田中").press("検索する").await;
    assert!(clerk.says("合うカードはありません"), "{}", clerk.text());
}

#[tokio::test]
async fn looking_at_a_card_is_noted_with_who_looked() {
    let city = TestMunicipality::at("2026-04-13 09:42").await;
    let card = city.card(1, "田中 健太").await;
    let mut clerk = city.clerk("counter").await;
    clerk.open("/cards?label=notified").await.open(&format!("/cards/{card}")).await;
    let seen = city.city.db.read(Lane::Staff, |tx| {
        tx.all("SELECT page, record_kind, record_id, user FROM access JOIN staff ON staff.id = staff_id WHERE page <> 'today' ORDER BY access.id", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
    });
    let seen: Vec<(String, String, Option<i64>, String)> = seen.await.unwrap();
    let user = || "counter".to_owned();
    assert_eq!(
        seen,
        [
            ("cards".to_owned(), String::new(), None, user()),
            ("card".to_owned(), "card".to_owned(), Some(card.get()), user()),
        ]
    );
}

#[tokio::test]
async fn a_card_that_is_not_there_is_no_page() {
    let city = TestMunicipality::at("2026-04-13 09:42").await;
    let mut clerk = city.clerk("counter").await;
    for path in [
        "/cards/999",
        "/cards/abc",
        "/cards/-1",
        "/cards/1%20OR%201",
        "/cards/99999999999999999999",
        "/cards/999/status",
    ] {
        clerk.open(path).await;
        assert_eq!(clerk.status(), 404, "{path}");
        assert!(clerk.says("ページがありません"), "{path}");
    }
}
