//! Staff and roles at the console of who may manage them.

use madoguchi::accounts;
use madoguchi::db::Lane;

use crate::kit::{Browser, TestMunicipality};

const FIRST: &str = "abcd-efgh-jkmn-pqrs";

async fn administrator(city: &TestMunicipality) -> Browser {
    let mut browser = city.clerk("administrator").await;
    browser.open("/staff").await;
    assert_eq!(browser.status(), 200, "{}", browser.text());
    browser
}

async fn sign_in(city: &TestMunicipality, user: &str, password: &str) -> Browser {
    let mut browser = city.console();
    browser.open("/login").await.fill("利用者ID", user).fill("パスワード", password);
    browser.press("ログイン").await;
    browser
}

#[tokio::test]
async fn a_new_person_signs_in_with_the_first_password_and_chooses_their_own() {
    let city = TestMunicipality::at("2026-04-13 09:42").await;
    let mut admin = administrator(&city).await;
    admin.follow("利用者を足す").await;
    assert!(admin.field("password")[0].value.len() >= 10, "a password is offered");
    admin.press("登録する").await;
    assert_eq!(admin.status(), 422);
    assert!(admin.says("利用者IDは半角"), "{}", admin.text());
    admin
        .fill("利用者ID", "Ｓａｔｏ")
        .fill("名前", "佐藤 花子")
        .select("役割", "窓口")
        .fill("はじめのパスワード", FIRST);
    admin.press("登録する").await;
    assert!(admin.says("佐藤 花子さんを登録しました") && admin.says("sato"), "{}", admin.text());
    assert!(!admin.page().html.contains(FIRST), "the password is not shown again");

    let mut clerk = sign_in(&city, "sato", FIRST).await;
    assert_eq!(clerk.path(), "/login/password");
    clerk.fill("いまのパスワード", FIRST).fill("新しいパスワード", "ひばり tonbo 88");
    clerk.fill("新しいパスワード（もう一度）", "ひばり tonbo 88").press("決めてログイン").await;
    assert!(clerk.status() == 200 && clerk.says("佐藤 花子"), "{}", clerk.text());
}

#[tokio::test]
async fn a_user_id_that_is_taken_and_a_weak_password_are_told_at_their_fields() {
    let city = TestMunicipality::at("2026-04-13 09:42").await;
    let mut admin = administrator(&city).await;
    admin
        .follow("利用者を足す")
        .await
        .fill("利用者ID", "administrator")
        .fill("名前", "佐藤")
        .select("役割", "窓口");
    admin.press("登録する").await;
    assert!(admin.status() == 422 && admin.says("もう使われています"), "{}", admin.text());
    admin.fill("利用者ID", "sato").fill("はじめのパスワード", "sato-sato-1").press("登録する").await;
    assert!(admin.status() == 422 && admin.says("利用者IDを含まない"), "{}", admin.text());
    assert_eq!(admin.field("name")[0].value, "佐藤", "what was typed stays");
}

#[tokio::test]
async fn somebody_is_shut_out_at_once_and_let_in_again() {
    let city = TestMunicipality::at("2026-04-13 09:42").await;
    let mut clerk = city.clerk("counter").await;
    let mut admin = administrator(&city).await;
    let list = admin.text().to_owned();
    assert!(list.contains("counter") && list.contains("使える"), "{list}");
    admin.open("/staff/1").await.press("利用を止める").await;
    assert!(admin.says("利用を止めました"), "{}", admin.text());
    clerk.open("/cards").await;
    assert_eq!(clerk.path(), "/login");
    assert_eq!(sign_in(&city, "counter", "ひばり tonbo 88").await.status(), 422);
    admin.press("また使えるようにする").await;
    assert_eq!(sign_in(&city, "counter", "ひばり tonbo 88").await.status(), 200);
}

#[tokio::test]
async fn a_lock_is_seen_in_the_list_and_taken_off() {
    let city = TestMunicipality::at("2026-04-13 09:42").await;
    city.clerk("counter").await;
    for _ in 0..5 {
        sign_in(&city, "counter", "wrong").await;
    }
    let mut admin = administrator(&city).await;
    assert!(admin.says("ロック中") && admin.says("10:12まで"), "{}", admin.text());
    admin.open("/staff/1").await.press("ロックを外す").await;
    assert!(admin.says("ロックを外しました"), "{}", admin.text());
    assert_eq!(sign_in(&city, "counter", "ひばり tonbo 88").await.status(), 200);
    admin.open("/staff/sign-ins").await;
    assert!(admin.says("IDかパスワードの誤り") && admin.says("10.0.0.1"), "{}", admin.text());
}

#[tokio::test]
async fn a_reset_ends_sessions_and_gives_a_first_password() {
    let city = TestMunicipality::at("2026-04-13 09:42").await;
    let mut clerk = city.clerk("counter").await;
    let mut admin = administrator(&city).await;
    admin.open("/staff/1/reset").await.fill("はじめのパスワード", FIRST).press("設定し直す").await;
    assert!(admin.says("設定し直しました"), "{}", admin.text());
    clerk.open("/cards").await;
    assert_eq!(clerk.path(), "/login");
    assert_eq!(sign_in(&city, "counter", FIRST).await.path(), "/login/password");
}

#[tokio::test]
async fn a_person_who_is_bound_to_a_place_works_for_no_other() {
    let city = TestMunicipality::at("2026-04-13 09:42").await;
    let mut clerk = city.clerk("counter").await;
    clerk.open("/me").await;
    assert!(clerk.says("本庁舎") && clerk.says("東支所"), "{}", clerk.text());
    let mut admin = administrator(&city).await;
    admin.open("/staff/1").await.tick("東支所").press("保存する").await;
    assert!(admin.says("登録を変えました"), "{}", admin.text());
    clerk.open("/me").await;
    assert!(!clerk.says("本庁舎") && clerk.says("東支所"), "{}", clerk.text());
    clerk.post("/place", &[("location", &city.office.to_string())]).await;
    assert_eq!(clerk.status(), 404);
}

#[tokio::test]
async fn the_last_who_may_manage_staff_stays_in_spite_of_every_form() {
    let city = TestMunicipality::at("2026-04-13 09:42").await;
    let mut admin = administrator(&city).await;
    admin.open("/staff/1").await.press("利用を止める").await;
    assert!(admin.status() == 422 && admin.says("先にもう1人を登録"), "{}", admin.text());
    admin.open("/staff/1").await.select("役割", "窓口").press("保存する").await;
    assert!(admin.status() == 422 && admin.says("先にもう1人を登録"), "{}", admin.text());
    admin.open("/roles").await.untick("システム管理者：利用者と権限を変える").press("保存する").await;
    assert!(admin.status() == 422 && admin.says("先にもう1人を登録"), "{}", admin.text());
    admin.open("/staff").await;
    assert_eq!(admin.status(), 200);
}

#[tokio::test]
async fn a_permission_is_given_and_taken_in_the_matrix() {
    let city = TestMunicipality::at("2026-04-13 09:42").await;
    let mut clerk = city.clerk("call_center").await;
    clerk.open("/").await;
    assert!(!clerk.h1().starts_with("本日の窓口"), "{}", clerk.h1());
    let mut admin = administrator(&city).await;
    admin.open("/roles").await.tick("コールセンター：今日の窓口で受付・交付をする").press("保存する").await;
    assert!(admin.says("権限を保存しました"), "{}", admin.text());
    clerk.open("/").await;
    assert!(clerk.h1().starts_with("本日の窓口"), "{}", clerk.h1());
    let roles = city.city.db.read(Lane::Staff, accounts::roles).await.unwrap();
    let others = roles.iter().filter(|role| role.code != "call_center").map(|role| role.permissions.len());
    assert_eq!(others.collect::<Vec<_>>(), [14, 24, 5, 5], "the other roles stay as they were");
}

#[tokio::test]
async fn a_form_that_somebody_overtook_changes_nothing() {
    let city = TestMunicipality::at("2026-04-13 09:42").await;
    city.clerk("counter").await;
    let mut slow = administrator(&city).await;
    slow.open("/staff/1").await;
    let mut quick = slow.clone();
    quick.fill("名前", "山田 一子").press("保存する").await;
    slow.fill("名前", "山田 二子").press("保存する").await;
    assert!(slow.status() == 422 && slow.says("ほかの人が先に変えました"), "{}", slow.text());
    let stored =
        city.city.db.read(Lane::Staff, |tx| accounts::by_user(tx, "counter")).await.unwrap().unwrap();
    assert_eq!(stored.name, "山田 一子");
    for path in ["/staff/99", "/staff/abc", "/staff/99/reset"] {
        slow.open(path).await;
        assert_eq!(slow.status(), 404, "{path}");
    }
}
