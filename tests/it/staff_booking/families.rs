//! Families who need no notice, on the web: they grow, shrink, wait for a seat, come late with a form; and those who said who
//! they are and never booked are forgotten.
//!
//! Spec: 7(3)⑥ ⑩ ⑪, 8(3).

use std::time::Duration;

use madoguchi::db::{Fault, Lane};
use madoguchi::jobs::{offer_seats, sweep};
use madoguchi::settings::{self, Change};

use super::closing::{add, at_family, open_renewal};
use crate::citizen::steps;
use crate::kit::{Browser, TestMunicipality};

const EMAIL: &str = "hanako@example.jp";

async fn count(city: &TestMunicipality, sql: &'static str) -> i64 {
    let counted = city.city.db.read(Lane::Staff, move |tx| tx.one(sql, [], |row| row.get("n")));
    counted.await.unwrap_or_else(|fault: Fault| panic!("{fault}"))
}

const APPLICANTS: &str = "SELECT count(*) AS n FROM applicant";

async fn city() -> TestMunicipality {
    let mut city = TestMunicipality::at("2026-04-06 09:00").await;
    city.mail_may_stay();
    open_renewal(&city).await;
    city
}

/// From the calendar to the end, at 9:00 on 13 April.
async fn book(browser: &mut Browser) {
    browser.open("/calendar?day=2026-04-13").await;
    browser.tick("9:00から").press("この時間で次へ進む").await;
    for number in 1..=4 {
        browser.tick(&format!("{number}. "));
    }
    browser.press("確認しました").await.press("この内容で予約する").await;
    assert_eq!(browser.path(), "/done", "{}", browser.text());
}

/// ミホン ハナコ and ミホン タロウ with a booking.
async fn booked(city: &TestMunicipality) -> Browser {
    let mut browser = at_family(city, EMAIL).await;
    add(&mut browser, "ミホン タロウ", "1988").await;
    browser.press("2人で次へ進む").await;
    book(&mut browser).await;
    city.letter(EMAIL).await;
    browser
}

/// Fills the form of a relative who joins the booking that stands, and sends it.
async fn join(browser: &mut Browser, kana: &str, year: &str) {
    if browser.path() != "/my/family" {
        browser.open("/my/booking").await.follow("家族を追加する").await;
    }
    assert_eq!(browser.path(), "/my/family", "{}", browser.text());
    browser.fill("氏名（カナ）", kana).fill("年", year).fill("月", "5").fill("日", "5");
    browser.press("この家族を追加する").await;
}

/// Somebody says by name and birthday who they are, and goes on by the link of their letter.
async fn by_link(
    city: &TestMunicipality,
    browser: &mut Browser,
    [kana, year, month, day]: [&str; 4],
    phone: &str,
    email: &str,
) {
    browser.open("/person/renewal").await;
    browser.fill("氏名（カナ）", kana).fill("年", year).fill("月", month).fill("日", day);
    browser.fill("電話番号", phone).press("次へ進む").await;
    browser.fill("メールアドレス", email).press("メールを送る").await;
    let link = city.letter(email).await.link("/m/");
    browser.open(&link).await.press("予約の手続きを続ける").await;
}

#[tokio::test]
async fn a_family_by_word_grows_and_shrinks_on_the_web_by_the_rules_of_every_family() {
    let city = city().await;
    let mut browser = booked(&city).await;
    browser.open("/my/booking").await.follow("家族を追加する").await;
    assert!(browser.says("同じ日、同じ時間に、いっしょに来ます"), "{}", browser.text());
    browser.press("この家族を追加する").await;
    assert_eq!((browser.status(), browser.fragment()), (422, "err"));
    assert!(browser.says("氏名をカナで入れてください"), "{}", browser.text());
    join(&mut browser, "みほん　たろう", "昭和63").await;
    assert!(browser.status() == 422 && browser.says("この方は、もう入っています"), "{}", browser.text());
    assert_eq!(browser.field("kana")[0].value, "みほん　たろう", "what was typed stays");
    assert_eq!(count(&city, APPLICANTS).await, 2, "who is refused leaves nothing");

    join(&mut browser, "ミホン ミドリ", "2015").await;
    assert_eq!(browser.path(), "/my/booking", "{}", browser.text());
    assert!(browser.says("家族を1人追加しました") && browser.says("3人"), "{}", browser.text());
    assert_eq!((city.taken("2026-04-13.0900").await, city.taken("2026-04-13.0930").await), (3, 3));
    let letter = city.letter(EMAIL).await;
    assert!(letter.kind == "booking_changed" && letter.body.contains("人数：3人"), "{}", letter.body);
    let added = "SELECT count(*) AS n FROM history WHERE operation = 'booking.family_added'";
    assert_eq!(count(&city, added).await, 1);

    // A seat less than they are and one more: nobody is added, and nothing is lost.
    city.offer("2026-04-13.0930", 3).await;
    join(&mut browser, "ミホン ジロウ", "2018").await;
    assert!(browser.status() == 422 && browser.path() == "/my/family", "{}", browser.text());
    assert_eq!((city.taken("2026-04-13.0900").await, count(&city, APPLICANTS).await), (3, 3));

    browser.open("/my/cancel").await.press("予約を取り消す").await;
    assert!(browser.status() == 422 && browser.says("取り消す人を選んでください"), "{}", browser.text());
    assert!(browser.says("ミホン ミドリ") && !browser.says("カードはなくならない"), "{}", browser.text());
    browser.tick("家族2").press("予約を取り消す").await;
    assert_eq!(browser.path(), "/my/booking", "{}", browser.text());
    assert_eq!((city.taken("2026-04-13.0900").await, city.taken("2026-04-13.0930").await), (2, 2));
    assert!(city.letter(EMAIL).await.body.contains("人数：2人"));
    let left = "SELECT count(*) AS n FROM booking_member WHERE outcome = 'removed'";
    assert_eq!(count(&city, left).await, 1, "who left stays in the history");

    browser.open("/my/cancel").await.tick("家族1").press("予約を取り消す").await;
    city.letter(EMAIL).await;
    browser.open("/my/cancel").await;
    assert!(browser.says("この予約がなくなります"), "whoever is alone is not asked who: {}", browser.text());
    browser.press("予約を取り消す").await;
    assert_eq!(city.letter(EMAIL).await.kind, "booking_cancelled");
    assert_eq!(city.taken("2026-04-13.0900").await, 0);
}

#[tokio::test]
async fn who_is_booked_elsewhere_and_who_is_one_too_many_is_refused_and_trying_is_counted() {
    let city = city().await;
    let mut other = at_family(&city, "kiyoshi@example.jp").await;
    // ミホン ハナコ books alone, then takes part in nothing else.
    other.press("1人で次へ進む").await;
    book(&mut other).await;
    city.letter("kiyoshi@example.jp").await;
    let mut browser = city.browser();
    by_link(&city, &mut browser, ["タナカ キヨシ", "1950", "1", "1"], "090-0000-0001", EMAIL).await;
    browser.select("窓口の場所", "本庁舎").press("この場所で次へ進む").await;
    browser.press("1人で次へ進む").await;
    book(&mut browser).await;
    city.letter(EMAIL).await;

    browser.open("/my/family").await;
    browser.fill("氏名（カナ）", "ミホン ハナコ").fill("年", "1990").fill("月", "4").fill("日", "9");
    browser.press("この家族を追加する").await;
    assert!(browser.status() == 422 && browser.says("この画面では予約できません"), "{}", browser.text());
    let alone = Change { key: "booking.party_max".to_owned(), value: 1.into() };
    city.write(move |tx| settings::set(tx, &alone)).await;
    join(&mut browser, "タナカ ケン", "1980").await;
    assert!(browser.status() == 422 && browser.says("1人までです"), "{}", browser.text());
    assert_eq!(city.taken("2026-04-13.0900").await, 2);
}

#[tokio::test]
async fn after_the_deadline_a_form_that_was_open_says_so_and_changes_nothing() {
    let city = city().await;
    booked(&city).await;
    city.clock.set("2026-04-12 16:40");
    let mut browser = city.browser();
    by_link(&city, &mut browser, ["ミホン ハナコ", "1990", "4", "9"], "090-1234-5678", EMAIL).await;
    browser.open("/my/family").await;
    browser.fill("氏名（カナ）", "ミホン ミドリ").fill("年", "2015").fill("月", "5").fill("日", "5");
    city.clock.set("2026-04-12 17:00:00");
    browser.press("この家族を追加する").await;
    assert!(browser.status() == 422 && browser.says("電話でご連絡ください"), "{}", browser.text());
    assert_eq!(browser.field("kana")[0].value, "ミホン ミドリ");
    assert_eq!(city.taken("2026-04-13.0900").await, 2);
}

#[tokio::test]
async fn a_form_of_a_session_that_has_ended_is_told_in_the_readers_language_and_the_link_leads_on() {
    let city = city().await;
    for (language, over) in [("en", "Your time is over"), ("ja", "時間が過ぎました"), ("ja-easy", "時間")]
    {
        let email = format!("{language}@example.jp");
        let mut browser = at_family(&city, &email).await;
        browser.open(&format!("/language/{language}?to=/family%3Fadd=1")).await;
        browser.open("/family?add=1").await;
        let people = count(&city, APPLICANTS).await;
        city.clock.pass(Duration::from_mins(36));
        let fields = [
            ("csrf", browser.hidden("csrf")),
            ("kana", "ミホン タロウ".to_owned()),
            ("birth_year", "1988".to_owned()),
            ("birth_month", "5".to_owned()),
            ("birth_day", "5".to_owned()),
        ];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        browser.post("/family", &fields).await;
        assert_eq!(browser.status(), 403, "{language}: {}", browser.text());
        assert!(browser.says(over), "{language}: {}", browser.text());
        assert_eq!(count(&city, APPLICANTS).await, people, "nothing is half done");
    }
    // The link works for 24 hours: whoever comes back goes on from the beginning of the steps.
    let mut browser = at_family(&city, EMAIL).await;
    city.clock.pass(Duration::from_mins(36));
    browser.open("/family").await;
    assert_eq!(browser.status(), 403);
    by_link(&city, &mut browser, ["ミホン ハナコ", "1990", "4", "9"], "090-1234-5678", EMAIL).await;
    assert_eq!(browser.path(), "/location", "{}", browser.text());
}

#[tokio::test]
async fn a_form_that_names_somebody_who_is_not_there_takes_nobody_out() {
    let city = city().await;
    let mut browser = booked(&city).await;
    browser.open("/my/cancel").await;
    let (csrf, once) = (browser.hidden("csrf"), browser.hidden("once"));
    for member in ["a9999", "7", "x", ""] {
        browser.post("/my/cancel", &[("csrf", &csrf), ("once", &once), ("member", member)]).await;
        assert!(
            browser.status() == 422 && browser.says("取り消す人を選んでください"),
            "{member}: {}",
            browser.text()
        );
    }
    assert_eq!(city.taken("2026-04-13.0900").await, 2);
}

#[tokio::test]
async fn what_an_older_build_kept_of_a_session_is_read_and_booked() {
    let mut city = TestMunicipality::at("2026-04-06 09:00").await;
    city.mail_may_stay();
    city.card(1, "田中 健太").await;
    let second = city.card(2, "田中 美優").await;
    let mut browser = city.browser();
    steps::enter(&city, &mut browser, 1, EMAIL).await;
    browser.select("受け取る場所", "本庁舎").press("この場所で次へ進む").await;
    // Cards alone, as numbers: so the family stood before people without a notice could bring theirs.
    city.write(move |tx| tx.run("UPDATE citizen_session SET members = json_array(?)", [second])).await;
    browser.open("/family").await;
    assert!(browser.says("2人で次へ進む"), "{}", browser.text());
    browser.press("2人で次へ進む").await;
    steps::choose_time(&mut browser, "4月13日（月）", "9:30").await;
    steps::acknowledge(&mut browser).await;
    browser.press("この内容で予約する").await;
    assert_eq!((browser.path(), city.taken("2026-04-13.0930").await), ("/done", 2), "{}", browser.text());
}

/// Nothing is free at 本庁舎 for four months.
async fn full(city: &TestMunicipality) {
    let office = city.office;
    city.write(move |tx| {
        tx.run(
            "INSERT INTO slot_override (location_id, on_day, starts_min, capacity, citizen_open)
             WITH RECURSIVE days(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM days WHERE n < 120),
                            mins(m) AS (SELECT 540 UNION ALL SELECT m + 30 FROM mins WHERE m < 990)
             SELECT ?, date('2026-04-06', n || ' days'), m, 0, 1 FROM days, mins WHERE m < 720 OR m >= 780",
            [office],
        )?;
        tx.run(
            "INSERT INTO calendar_version (location_id, version) VALUES (?, 2)
             ON CONFLICT DO UPDATE SET version = version + 1",
            [office],
        )
    })
    .await;
}

async fn seats(city: &TestMunicipality, seats: u16) {
    for slot in ["2026-04-13.0900", "2026-04-13.0930"] {
        city.offer(slot, seats).await;
    }
}

/// ミホン ハナコ waits for a seat, with ミホン タロウ where wished.
async fn waits(city: &TestMunicipality, email: &str, two: bool) {
    let mut browser = at_family(city, email).await;
    if two {
        add(&mut browser, "ミホン タロウ", "1988").await;
    }
    browser.press("人で次へ進む").await;
    browser.follow("空きが出たら知らせてもらう").await.press("登録する").await;
    assert!(browser.says("空き待ちに登録しました"), "{}", browser.text());
}

const WAITING: &str = "SELECT count(*) AS n FROM waiting WHERE state IN ('waiting', 'offered')";

#[tokio::test]
async fn a_family_by_word_waits_together_and_is_booked_together_from_the_offer() {
    let city = city().await;
    full(&city).await;
    waits(&city, EMAIL, true).await;
    seats(&city, 1).await;
    offer_seats(&city.city).await.unwrap();
    assert!(city.letters(EMAIL).await.is_empty(), "one seat is none for two");
    seats(&city, 2).await;
    offer_seats(&city.city).await.unwrap();
    let link = city.letter(EMAIL).await.link("/m/");
    let mut browser = city.browser();
    browser.open(&link).await.fill("月", "4").fill("日", "9");
    browser.press("予約の手続きを続ける").await;
    assert_eq!(browser.path(), "/calendar", "{}", browser.text());
    book(&mut browser).await;
    assert_eq!(city.taken("2026-04-13.0900").await, 2);
    assert_eq!(count(&city, WAITING).await, 0);
}

#[tokio::test]
async fn whoever_waits_by_word_and_books_by_another_link_waits_no_more() {
    let city = city().await;
    full(&city).await;
    waits(&city, EMAIL, false).await;
    seats(&city, 4).await;
    // Not the link of an offer: they look again by themselves, and are another row to the program.
    let mut browser = at_family(&city, "other@example.jp").await;
    browser.press("1人で次へ進む").await;
    book(&mut browser).await;
    assert_eq!(count(&city, WAITING).await, 0);
    offer_seats(&city.city).await.unwrap();
    assert!(city.letters(EMAIL).await.is_empty(), "nobody is told of a seat that they do not want any more");
}

/// Somebody and a child of theirs put themselves on the waiting list.
async fn two_wait(city: &TestMunicipality) {
    let mut waiting = city.browser();
    let who = ["キムラ ハルカ", "1970", "4", "9"];
    by_link(city, &mut waiting, who, "090-1111-2222", "haruka@example.jp").await;
    waiting.select("窓口の場所", "本庁舎").press("この場所で次へ進む").await;
    add(&mut waiting, "キムラ ユウ", "2010").await;
    waiting.press("人で次へ進む").await;
    waiting.follow("空きが出たら知らせてもらう").await.press("登録する").await;
}

#[tokio::test]
async fn who_never_booked_is_forgotten_at_midnight_after_the_days_of_the_setting_and_nobody_else_is() {
    let city = city().await;
    let mut booked = booked(&city).await;
    join(&mut booked, "ミホン ミドリ", "2015").await;
    city.letter(EMAIL).await;
    booked.open("/my/cancel").await.tick("家族2").press("予約を取り消す").await;
    city.letter(EMAIL).await;
    full(&city).await;
    city.clock.set("2026-04-06 23:59:59");
    two_wait(&city).await;

    // Somebody asks for a link in the last second of the day and somebody in the first one of the next: neither goes on.
    for (time, kana, email) in [
        ("2026-04-06 23:59:59", "サトウ ヒカリ", "hikari@example.jp"),
        ("2026-04-07 00:00:00", "スズキ イチロウ", "ichiro@example.jp"),
        ("2026-04-08 09:00:00", "タナカ ケンタ", "kenta@example.jp"),
    ] {
        city.clock.set(time);
        let mut browser = city.browser();
        browser.open("/person/renewal").await;
        browser.fill("氏名（カナ）", kana).fill("年", "1990").fill("月", "4").fill("日", "9");
        browser.fill("電話番号", "090-1234-5678").press("次へ進む").await;
        browser.fill("メールアドレス", email).press("メールを送る").await;
        city.letter(email).await;
    }
    assert_eq!(count(&city, APPLICANTS).await, 8);
    let shorter = Change { key: "applicant.keep_days".to_owned(), value: 10.into() };
    city.write(move |tx| settings::set(tx, &shorter)).await;

    city.clock.set("2026-04-15 23:59:59");
    sweep(&city.city).await.unwrap();
    assert_eq!(count(&city, APPLICANTS).await, 8, "ten days are not over");
    city.clock.set("2026-04-16 00:00:00");
    sweep(&city.city).await.unwrap();
    assert_eq!(
        count(&city, APPLICANTS).await,
        7,
        "who came on the first day is gone with the tenth day after it"
    );
    let gone = "SELECT count(*) AS n FROM invitation WHERE email = 'hikari@example.jp'";
    assert_eq!(count(&city, gone).await, 0, "and so is the address of the link");
    let told = "SELECT count(*) AS n FROM history WHERE operation = 'invitation.sent'";
    let links = count(&city, told).await;
    city.clock.set("2026-04-16 23:59:59");
    sweep(&city.city).await.unwrap();
    assert_eq!(count(&city, APPLICANTS).await, 7);
    city.clock.set("2026-04-17 00:00:00");
    sweep(&city.city).await.unwrap();
    assert_eq!(count(&city, APPLICANTS).await, 6);
    city.clock.set("2027-04-17 00:00:00");
    sweep(&city.city).await.unwrap();
    // The newest row stays, so that its number is never given again; so do those of the booking, also who left it, and of the
    // two who wait.
    assert_eq!(count(&city, APPLICANTS).await, 6);
    let named =
        "SELECT count(*) AS n FROM applicant WHERE kana IN ('キムラ ハルカ', 'キムラ ユウ', 'ミホン ミドリ')";
    assert_eq!(count(&city, named).await, 3);
    assert_eq!(count(&city, told).await, links, "that a link was sent stays in the history");
}
