//! Everything that can be saved from the console hides what its page would hide.
//!
//! Spec: 7(2)②, 7(2)⑧.

use std::collections::BTreeSet;

use madoguchi::accounts::{self, Permission};
use madoguchi::cards::{self, SetRemark};
use madoguchi::db::Lane;
use madoguchi::web;

use super::{booked, shelves};
use crate::kit::{Browser, TestMunicipality};

/// What nobody may find in a file: name, reading, birthday, number, address, remark of the card, and of the row that failed.
const SECRETS: [&str; 9] =
    ["田中", "タナカ", "1990", "0413", "A13-345603", "A13345603", "taro@example.jp", "午後に電話", "林 二"];

/// A city in which every file has a row about the same citizen, and a manager who may save files and see nobody.
async fn blind_manager() -> (TestMunicipality, Browser, String) {
    let mut city = TestMunicipality::at("2026-04-13 09:42").await;
    city.mail_may_stay();
    shelves(&city).await;
    let card = city.card_with_kana(345_603, "田中 健太", "タナカ ケンタ", "1990-04-13").await;
    city.write(move |tx| {
        tx.run("UPDATE card SET storage_id = 2 WHERE id = ?", [card])?;
        let remark =
            SetRemark { card, remark: "午後に電話".to_owned(), no_my_number: false, expect_version: 1 };
        cards::set_remark(tx, &remark).map_err(|error| madoguchi::db::Fault::Stored(error.to_string()))
    })
    .await;
    booked(&city, &[card], "2026-04-20.0900", Some("taro@example.jp")).await;
    let mut manager = city.clerk("manager").await;
    manager.open("/storage/stocktakes").await;
    manager.select("棚卸をする場所", "東支所の保管庫（箱を決めない）").press("棚卸を始める").await;
    manager.press("終える").await.press("このまま終える").await;
    let file = "交付通知書ID,氏名,フリガナ,生年月日\nA13-345603,,タナカ,1990-04-13\nA13-345603x,林 二,タナカ,1990-04-13,taro@example.jp\n\
                A13-345603,田中 健太,タナカ,1990-04-31\nA13-345604,森 三,モリ,1991-01-01\n";
    manager.open("/imports").await.attach("ファイル", "x.csv", file.as_bytes()).press("内容を確かめる").await;
    let token = manager.path().rsplit('/').next().unwrap().to_owned();
    manager.tick("エラーの3行を除いて取り込む").press("決定する").await;
    manager
        .open("/imports")
        .await
        .attach("ファイル", "x.csv", format!("{file}\n").as_bytes())
        .press("内容を確かめる")
        .await;
    let token = manager.path().rsplit('/').next().map_or(token, str::to_owned);
    blind(&city).await;
    (city, manager, token)
}

pub async fn blind(city: &TestMunicipality) {
    let roles = city.city.db.read(Lane::Staff, accounts::roles).await.unwrap();
    let role = roles.into_iter().find(|role| role.code == "manager").unwrap();
    let sight = [
        Permission::SeeName,
        Permission::SeeBirthDate,
        Permission::SeeEmail,
        Permission::SeeNoticeId,
        Permission::SeeRemark,
    ];
    let fewer: BTreeSet<Permission> =
        role.permissions.into_iter().filter(|permission| !sight.contains(permission)).collect();
    city.write(move |tx| accounts::set_permissions(tx, role.id, &fewer)).await;
}

/// Where a file lies that has the citizen's row in it.
fn address(route: &str, token: &str) -> String {
    match route {
        "/storage/stocktakes/{id}/report.csv" | "/imports/{id}/errors.csv" => route.replace("{id}", "1"),
        "/imports/check/{id}/errors.csv" => route.replace("{id}", token),
        other => panic!("{other} can be saved: this test has to say with which row"),
    }
}

#[tokio::test]
async fn no_file_tells_what_the_pages_hide() {
    let (_city, mut manager, token) = blind_manager().await;
    let is_file = |path: &str| path.rsplit('.').next() == Some("csv");
    // `bulk_mail` looks at the list of those whom a letter to many does not reach.
    for route in web::staff::ROUTES.iter().filter(|route| is_file(route.path)) {
        assert_eq!(route.method.as_str(), "GET", "{}", route.path);
        let path = address(route.path, &token);
        manager.open(&path).await;
        assert_eq!(manager.status(), 200, "{path}: {}", manager.text());
        assert_eq!(manager.header("content-type"), "text/csv; charset=utf-8", "{path}");
        tells_nothing(&manager, &path, "＊＊＊");
    }
    for list in [
        "bookings?from=2026-04-20&to=2026-04-20&location=all",
        "pull?day=2026-04-20",
        "transfers?from=all",
        "cards",
    ] {
        manager
            .open(&format!("/lists/{list}"))
            .await
            .select("出力の形", "CSV（UTF-8")
            .press("行を出力")
            .await;
        assert_eq!(manager.header("content-type"), "text/csv; charset=utf-8", "{list}: {}", manager.text());
        tells_nothing(&manager, list, "＊＊＊");
    }
    manager.open("/cards?label=booked").await.press("この一覧をCSVで出力").await;
    assert_eq!(manager.header("content-type"), "text/csv; charset=utf-8");
    tells_nothing(&manager, "/cards/csv", "東支所の保管庫");
    manager.open(&format!("/imports/check/{token}/format")).await;
    assert!(!manager.says("変換して保存"), "a file that hides nothing is not offered");
    let form = [("act", "convert"), ("format", "auto"), ("header", "yes")];
    manager.post(&format!("/imports/check/{token}/format"), &form).await;
    assert_eq!(manager.status(), 422);
    assert!(manager.says("見る権限のある人が変換してください"), "{}", manager.text());
}

fn tells_nothing(manager: &Browser, path: &str, row: &str) {
    let file = &manager.page().html;
    assert!(file.contains(row), "{path} has no row of the citizen: {file}");
    for secret in SECRETS {
        assert!(!file.contains(secret), "{path} tells {secret}: {file}");
    }
}
