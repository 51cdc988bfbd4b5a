//! Two cities in one process: nothing that one gave can be used at the other.
//!
//! Spec: 10(3).

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use madoguchi::accounts::{self, NewStaff, Password};
use madoguchi::base::{BirthDate, Chance, NoticeId};
use madoguchi::cards::{self, NewCard};
use madoguchi::config::Config;
use madoguchi::db::{Actor, Fault, Lane};
use madoguchi::mail::{self, Letter};
use madoguchi::municipalities::{Municipality, Registry};
use madoguchi::{app, web};

use crate::kit::{Browser, StoppedClock, house, municipality};

const CLERK: Actor = Actor::Cli { uid: 0 };
const PASSWORD: &str = "ひばり tonbo 88";
const EMAIL: &str = "taro@example.jp";

/// 見本市 and its neighbour 隣市, each with the same offices, the same notice and the same user ID.
struct Neighbours {
    cities: [Arc<Municipality>; 2],
    citizen: Router,
    staff: Router,
    _dir: tempfile::TempDir,
}

impl Neighbours {
    async fn settle() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = StoppedClock::at("2026-04-06 09:00");
        let mut config = Config::of_the_house(dir.path().join("data"));
        config.municipalities =
            vec![house::city("999999", "mihon", "見本市"), house::city("888888", "tonari", "隣市")];
        let chance = Chance::seeded(5);
        for code in ["999999", "888888"] {
            house::make(&config, code, &clock).await;
        }
        let registry = Registry::new(&config, "http://yoyaku.example.jp", clock.clock(), chance.clone());
        let mut state = app::state(&config, registry.clone(), &clock.clock(), &chance).unwrap();
        state.second_factor = false;
        let open = async |at: usize| registry.open(&registry.profiles()[at]).await.unwrap();
        let cities = [open(0).await, open(1).await];
        for (city, name) in cities.iter().zip(["田中 健太", "隣野 隣子"]) {
            people(city, name).await;
        }
        let (citizen, staff) = (web::citizen::router(&state), web::staff::router(&state));
        Self { cities, citizen, staff, _dir: dir }
    }

    fn browser(&self, slug: &str) -> Browser {
        Browser::new(self.citizen.clone(), &format!("/{slug}"))
    }

    /// The text of the link that the first city has just written.
    async fn token(&self) -> String {
        let due = self.cities[0].db.write(CLERK, |tx| mail::claim(tx, 10)).await.unwrap();
        let Letter::Link { token, .. } = &due[0].letter else { panic!("{due:?}") };
        token.clone()
    }
}

async fn people(city: &Municipality, name: &'static str) {
    city.db.write(CLERK, municipality::shape).await.unwrap();
    let birth = BirthDate::parse("1990-04-13").unwrap();
    let card = NewCard::notified(NoticeId::from_norm("A13000001"), name, "", birth);
    city.db.write(CLERK, move |tx| cards::add(tx, &card)).await.unwrap();
    let password = Password::hash(&PASSWORD.to_owned().into(), &Chance::seeded(3)).unwrap();
    let new = NewStaff {
        user: "yamada".to_owned(),
        name: "山田 花子".to_owned(),
        role: "administrator".to_owned(),
        password,
        must_change: false,
        home: None,
    };
    city.db.write(CLERK, move |tx| accounts::add(tx, &new)).await.unwrap();
}

async fn ask_for_link(browser: &mut Browser) {
    browser.open("/notice").await;
    browser.fill("交付通知書の番号", "A13-000001").fill("月", "4").fill("日", "13");
    browser.press("確認して次へ進む").await.fill("メールアドレス", EMAIL).press("メールを送る").await;
}

/// Gives what the first browser keeps to the second, under the second city's names.
fn carry_over(from: &Browser, to: &mut Browser) {
    for (name, value) in from.cookies() {
        to.keep(name, value);
        to.keep(&name.replace("mihon", "tonari"), value);
    }
}

#[tokio::test]
async fn a_notice_is_checked_in_the_city_that_was_asked_alone() {
    let both = Neighbours::settle().await;
    let mut browser = both.browser("mihon");
    ask_for_link(&mut browser).await;
    assert_eq!(browser.path(), "/email/sent");
    for (city, letters) in both.cities.iter().zip([1, 0]) {
        let due = city.db.write(CLERK, |tx| mail::claim(tx, 10)).await.unwrap();
        assert_eq!(due.len(), letters, "{}", city.profile.name);
    }
}

#[tokio::test]
async fn a_link_opens_nothing_in_another_city() {
    let both = Neighbours::settle().await;
    let mut browser = both.browser("mihon");
    ask_for_link(&mut browser).await;
    let token = both.token().await;
    let mut there = both.browser("tonari");
    carry_over(&browser, &mut there);
    there.open(&format!("/m/{token}")).await;
    assert!(!there.says("予約の手続きを続ける"), "{}", there.text());
    browser.open(&format!("/m/{token}")).await;
    assert!(browser.says("予約の手続きを続ける"), "{}", browser.text());
}

#[tokio::test]
async fn a_citizens_session_and_form_token_are_worth_nothing_in_another_city() {
    let both = Neighbours::settle().await;
    let mut browser = both.browser("mihon");
    ask_for_link(&mut browser).await;
    let token = both.token().await;
    browser.open(&format!("/m/{token}")).await.press("予約の手続きを続ける").await;
    assert_eq!(browser.path(), "/location");
    let form = browser.hidden("csrf");

    let mut there = both.browser("tonari");
    carry_over(&browser, &mut there);
    there.open("/location").await;
    assert_ne!(there.path(), "/location", "the session does not count");
    carry_over(&browser, &mut there);
    let fields = [("csrf".to_owned(), form), ("location".to_owned(), "1".to_owned())];
    there.post_bare("/location", &fields).await;
    assert_eq!(there.status(), 403, "the form of another city");
}

#[tokio::test]
async fn a_clerk_of_one_city_is_a_stranger_at_the_others_console() {
    let both = Neighbours::settle().await;
    let mut console = Browser::new(both.staff.clone(), "/mihon").at_address("10.0.0.1");
    console.open("/login").await.fill("利用者ID", "yamada").fill("パスワード", PASSWORD);
    console.press("ログイン").await;
    console.open("/me").await;
    assert_eq!((console.status(), console.path()), (200, "/me"));

    let mut there = Browser::new(both.staff.clone(), "/tonari").at_address("10.0.0.1");
    carry_over(&console, &mut there);
    there.open("/me").await;
    assert_eq!(there.path(), "/login");
    let form = console.hidden("csrf");
    carry_over(&console, &mut there);
    there.post_bare("/me/density", &[("csrf".to_owned(), form), ("comfy".to_owned(), "1".to_owned())]).await;
    assert_eq!(there.path(), "/login");
    let comfy = both.cities[1].db.read(Lane::Staff, |tx| {
        tx.one("SELECT sum(comfy) AS n FROM staff", [], |row| row.get::<_, i64>("n"))
    });
    assert_eq!(comfy.await.unwrap(), 0);
}

#[tokio::test]
async fn what_one_city_writes_no_other_file_knows() {
    let both = Neighbours::settle().await;
    let before = counts(&both.cities[1]).await;
    let mut browser = both.browser("mihon");
    ask_for_link(&mut browser).await;
    assert_eq!(counts(&both.cities[1]).await, before);
    assert_ne!(counts(&both.cities[0]).await, before, "the first city's file grew");
}

/// The rows of every table.
async fn counts(city: &Municipality) -> BTreeMap<String, i64> {
    let read = city.db.read(Lane::Staff, |tx| {
        let names = tx.all("SELECT name FROM sqlite_schema WHERE type = 'table'", [], |row| {
            row.get::<_, String>("name")
        })?;
        let mut counts = BTreeMap::new();
        for name in names {
            let sql = format!("SELECT count(*) AS n FROM \"{name}\"");
            counts.insert(name, tx.one(&sql, [], |row| row.get::<_, i64>("n"))?);
        }
        Ok::<_, Fault>(counts)
    });
    read.await.unwrap()
}
