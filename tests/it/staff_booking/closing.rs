//! A city switches a procedure on, keeps seats back, and closes at once, by the front doors.
//!
//! Spec: 8(3), 7(2)⑤ ⑥.

use madoguchi::booking::{self, ClosureState};
use madoguchi::db::{Fault, Lane};
use madoguchi::settings::{self, Change};

use super::{booked, look, people};
use crate::citizen::steps;
use crate::kit::{Browser, TestMunicipality};

const DAY: &str = "2026-04-13";

/// Switches the renewal of certificates on: two slots in a row, the shared seats, at every place.
pub(super) async fn open_renewal(city: &TestMunicipality) -> Browser {
    let mut admin = city.clerk("administrator").await;
    admin.open("/procedures/renewal").await;
    admin.tick("受け付ける").fill("続けて使う枠の数", "2").press("保存する").await;
    assert_eq!((admin.status(), admin.path()), (200, "/procedures/renewal"), "{}", admin.text());
    admin
}

#[tokio::test]
async fn with_the_hand_over_alone_the_start_page_asks_for_no_procedure() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let mut browser = city.browser();
    browser.open("/").await;
    assert!(!browser.says("何のための予約ですか"));
    assert_eq!(browser.open("/person/renewal").await.status(), 404);
}

#[tokio::test]
async fn a_citizen_without_a_notice_books_a_procedure_of_two_slots() {
    let mut city = TestMunicipality::at("2026-04-06 09:00").await;
    city.mail_may_stay();
    open_renewal(&city).await;
    let mut browser = city.browser();
    browser.open("/").await;
    assert!(browser.says("何のための予約ですか"), "{}", browser.text());
    browser.open("/person/renewal").await.press("次へ進む").await;
    assert_eq!(browser.status(), 422);
    browser.fill("氏名（カナ）", "ミホン ハナコ").fill("年", "1990").fill("月", "4").fill("日", "9");
    browser.fill("電話番号", "090-1234-5678").press("次へ進む").await;
    assert_eq!(browser.path(), "/email", "{}", browser.text());
    browser.fill("メールアドレス", "hanako@example.jp").press("メールを送る").await;
    let link = city.letter("hanako@example.jp").await.link("/m/");
    browser.open(&link).await.press("予約の手続きを続ける").await;
    browser.select("窓口の場所", "本庁舎").press("この場所で次へ進む").await;
    assert!(browser.path() == "/family" && browser.says("いっしょに来る人"), "{}", browser.text());
    browser.press("1人で次へ進む").await.open("/calendar?day=2026-04-13").await;
    browser.tick("9:00から").press("この時間で次へ進む").await;
    for number in 1..=4 {
        browser.tick(&format!("{number}. "));
    }
    browser.press("確認しました").await.press("この内容で予約する").await;
    assert_eq!(browser.path(), "/done", "{}", browser.text());
    assert!(browser.says("電子証明書の更新"));
    assert_eq!((city.taken("2026-04-13.0900").await, city.taken("2026-04-13.0930").await), (1, 1));
    assert!(city.letter("hanako@example.jp").await.body.contains("手続：電子証明書の更新"));
}

/// A citizen without a notice (ミホン ハナコ) at the list of those who come, with the place chosen.
pub(super) async fn at_family(city: &TestMunicipality, email: &str) -> Browser {
    let mut browser = city.browser();
    browser.open("/person/renewal").await;
    assert!(browser.says("家族もいっしょに予約できます"), "{}", browser.text());
    browser.fill("氏名（カナ）", "ミホン ハナコ").fill("年", "1990").fill("月", "4").fill("日", "9");
    browser.fill("電話番号", "090-1234-5678").press("次へ進む").await;
    browser.fill("メールアドレス", email).press("メールを送る").await;
    let link = city.letter(email).await.link("/m/");
    browser.open(&link).await.press("予約の手続きを続ける").await;
    browser.select("窓口の場所", "本庁舎").press("この場所で次へ進む").await;
    assert_eq!(browser.path(), "/family", "{}", browser.text());
    browser
}

pub(super) async fn add(browser: &mut Browser, kana: &str, year: &str) {
    browser.follow("家族をもう1人追加する").await;
    browser.fill("氏名（カナ）", kana).fill("年", year).fill("月", "5").fill("日", "5");
    browser.press("この家族を追加する").await;
}

#[tokio::test]
async fn a_family_without_notices_books_together_and_each_is_known_by_name_at_the_counter() {
    let mut city = TestMunicipality::at("2026-04-06 09:00").await;
    city.mail_may_stay();
    open_renewal(&city).await;
    let mut browser = at_family(&city, "hanako@example.jp").await;
    add(&mut browser, "ミホン タロウ", "1988").await;
    assert!(browser.says("家族を1人追加しました") && browser.says("ミホン タロウ"), "{}", browser.text());
    add(&mut browser, "みほん　たろう", "昭和63").await;
    assert!(browser.status() == 422 && browser.says("この方は、もう入っています"), "{}", browser.text());
    browser.open("/family?add=1").await.press("この家族を追加する").await;
    assert!(browser.status() == 422 && browser.says("氏名をカナで入れてください"), "{}", browser.text());
    browser.open("/family").await;
    add(&mut browser, "ミホン ミドリ", "2015").await;
    add(&mut browser, "ミホン ジロウ", "2018").await;
    browser.press("外す：家族3").await;
    assert!(browser.says("家族を1人外しました") && !browser.says("ミホン ジロウ"), "{}", browser.text());
    browser.press("3人で次へ進む").await.open("/calendar?day=2026-04-13").await;
    browser.tick("9:00から").press("この時間で次へ進む").await;
    for number in 1..=4 {
        browser.tick(&format!("{number}. "));
    }
    browser.press("確認しました").await;
    assert!(browser.says("3人") && browser.says("ミホン ミドリ"), "{}", browser.text());
    browser.press("この内容で予約する").await;
    assert_eq!(browser.path(), "/done", "{}", browser.text());
    assert_eq!((city.taken("2026-04-13.0900").await, city.taken("2026-04-13.0930").await), (3, 3));
    let mut clerk = city.clerk("counter").await;
    clerk.open("/calendar?day=2026-04-13&location=1").await;
    assert!(clerk.says("ミホン ハナコ"), "{}", clerk.text());

    // One of them books with somebody else: refused in words that tell no reason, and counted.
    let mut other = city.browser();
    other.open("/person/renewal").await;
    other.fill("氏名（カナ）", "タナカ キヨシ").fill("年", "1950").fill("月", "1").fill("日", "1");
    other.fill("電話番号", "090-0000-0001").press("次へ進む").await;
    other.fill("メールアドレス", "kiyoshi@example.jp").press("メールを送る").await;
    let link = city.letter("kiyoshi@example.jp").await.link("/m/");
    other.open(&link).await.press("予約の手続きを続ける").await;
    other.select("窓口の場所", "本庁舎").press("この場所で次へ進む").await;
    add(&mut other, "ミホン タロウ", "1988").await;
    assert!(other.status() == 422 && other.says("この画面では予約できません"), "{}", other.text());
}

#[tokio::test]
async fn where_the_city_books_one_person_at_a_time_no_family_is_asked_for() {
    let mut city = TestMunicipality::at("2026-04-06 09:00").await;
    city.mail_may_stay();
    open_renewal(&city).await;
    let alone = Change { key: "booking.party_max".to_owned(), value: 1.into() };
    city.write(move |tx| settings::set(tx, &alone)).await;
    let mut browser = city.browser();
    browser.open("/person/renewal").await;
    assert!(browser.says("1人ずつ予約します"), "{}", browser.text());
}

#[tokio::test]
async fn a_closure_takes_the_times_at_once_tells_everybody_and_lets_them_choose_again() {
    let mut city = TestMunicipality::at("2026-04-06 09:00").await;
    city.mail_may_stay();
    let cards = people(&city, 1, 2).await;
    let silent = booked(&city, &cards[..1], "2026-04-13.0900").await;
    let other_day = booked(&city, &cards[1..], "2026-04-14.0900").await;
    let mut boss = city.clerk("manager").await;
    let office = city.office.to_string();
    let query = format!(
        "/days/closure?from_day={DAY}&from_time=8:00&to_day={DAY}&to_time=17:00&location={office}&reason=%E5%8F%B0%E9%A2%A8"
    );
    boss.open(&query).await;
    assert!(boss.says("閉めて、1件に知らせる"), "{}", boss.text());
    boss.press("閉めて、1件に知らせる").await;
    assert!(boss.says("知らせています"), "{}", boss.text());
    let told =
        city.city.db.write(madoguchi::db::Actor::System { job: "test" }, |tx| booking::tell_closed(tx, 20));
    assert_eq!(told.await.unwrap(), 1);
    let closure = city.city.db.read(Lane::Staff, booking::closures).await.unwrap().remove(0);
    assert_eq!(closure.state, ClosureState::Told);
    let hit = |id| {
        city.city.db.read(Lane::Staff, move |tx| {
            let found = booking::get(tx, id)?.unwrap();
            Ok::<_, Fault>(booking::deadlines(tx, &found)?.change > found.ends_at())
        })
    };
    assert!(hit(silent).await.unwrap(), "whoever is hit can choose again even later");
    assert!(!hit(other_day).await.unwrap());
    boss.open(&format!("/days/closure/{}", closure.id)).await;
    assert!(boss.says("市民1"), "{}", boss.text());
    boss.press("つながった").await;
    assert!(boss.says("本人につながったことを記録しました。"));
    boss.press("開ける（閉庁をやめる）").await;
    assert!(boss.says("枠を開けました"), "{}", boss.text());
    assert!(look(&city, silent).await.is_live(), "nothing was cancelled");
}

#[tokio::test]
async fn one_tick_closes_every_place_and_the_list_of_people_to_reach_names_the_closure() {
    let mut city = TestMunicipality::at("2026-04-06 09:00").await;
    city.mail_may_stay();
    booked(&city, &people(&city, 1, 1).await, "2026-04-06.1300").await;
    let mut boss = city.clerk("manager").await;
    boss.open("/days/closure").await.tick("すべての場所（2か所）").fill("理由", "全国システムの停止");
    boss.press("だれに当たるかを見る").await.press("閉めて、1件に知らせる").await;
    assert!(boss.says("本庁舎、東支所"), "{}", boss.text());
    let tell = |tx: &madoguchi::db::WriteTx<'_>| booking::tell_closed(tx, 20);
    city.city.db.write(madoguchi::db::Actor::System { job: "test" }, tell).await.unwrap();
    boss.open("/days/cases").await;
    assert!(boss.says("一斉閉庁「全国システムの停止」で電話する方（1件）"), "{}", boss.text());
}

#[tokio::test]
async fn the_link_of_a_closure_leads_from_the_letter_to_another_time() {
    let mut city = TestMunicipality::at("2026-04-06 09:00").await;
    city.mail_may_stay();
    city.card(1, "田中 健太").await;
    let mut browser = city.browser();
    steps::book(&city, &mut browser, 1, steps::EMAIL).await;
    let kept = city.letters(steps::EMAIL).await;
    assert!(!kept.is_empty());
    let office = city.office;
    city.clock.set("2026-04-13 08:00");
    let closure = city.write(move |tx| {
        let at =
            |minute| madoguchi::base::Moment::at(DAY.parse().unwrap(), madoguchi::base::Minute::of(minute));
        let span = booking::ClosedSpan { from: at(480), to: at(1200), places: vec![office] };
        let once = madoguchi::once::OnceKey::from_form("form-of-the-closure").unwrap();
        booking::close(tx, &booking::Close { span, reason: "全国システムの停止".to_owned(), once })
    });
    let closure = closure.await;
    madoguchi::jobs::tell_closed(&city.city).await.unwrap();
    let letter = city.letter(steps::EMAIL).await;
    assert_eq!(letter.kind, "office_closed");
    assert!(letter.body.contains("全国システムの停止"), "{}", letter.body);

    // Another telephone than the one that booked, after the hour at which the booking was: the link still leads on.
    city.clock.set("2026-04-13 19:00");
    let mut phone = city.browser();
    phone.open(&letter.link("/m/")).await;
    assert!(phone.says("誕生日"), "{}", phone.text());
    phone.fill("月", "4").fill("日", "14").press("予約の手続きを続ける").await;
    assert_eq!(phone.status(), 422, "a wrong birthday opens nothing");
    phone.fill("月", "4").fill("日", "13").press("予約の手続きを続ける").await;
    assert_eq!(phone.path(), "/my/booking", "{}", phone.text());
    phone.follow("日時や場所を変える").await.press("日時を選び直す").await;
    phone.open("/calendar?month=2026-04&day=2026-04-13").await;
    assert!(!phone.says("9:00から"), "the closed times are not offered: {}", phone.text());
    phone.open("/calendar?month=2026-04").await;
    steps::choose_time(&mut phone, "4月17日（金）", "10:00").await;
    steps::acknowledge(&mut phone).await;
    phone.press("この内容に変更する").await;
    assert_eq!(phone.path(), "/done", "{}", phone.text());
    let changed = city.letter(steps::EMAIL).await;
    assert_eq!(changed.kind, "booking_changed");
    assert!(changed.body.contains("4月17日（金）"), "{}", changed.body);
    assert_eq!(city.taken("2026-04-17.1000").await, 1);
    let progress = city.city.db.read(Lane::Staff, move |tx| {
        let closure = booking::closure(tx, closure)?.unwrap();
        let (items, waiting) = booking::closure_items(tx, &closure)?;
        Ok::<_, Fault>(booking::Progress::of(&items, waiting))
    });
    let progress = progress.await.unwrap();
    assert_eq!((progress.all, progress.mailed, progress.settled), (1, 1, 1));
}

#[tokio::test]
async fn nobody_is_missed_while_the_office_is_closed() {
    let mut city = TestMunicipality::at("2026-04-06 09:00").await;
    city.mail_may_stay();
    let cards = people(&city, 1, 2).await;
    let hit = booked(&city, &cards[..1], "2026-04-13.0900").await;
    let missed = booked(&city, &cards[1..], "2026-04-13.1600").await;
    let office = city.office;
    city.write(move |tx| {
        let at =
            |minute| madoguchi::base::Moment::at(DAY.parse().unwrap(), madoguchi::base::Minute::of(minute));
        let span = booking::ClosedSpan { from: at(480), to: at(720), places: vec![office] };
        let once = madoguchi::once::OnceKey::from_form("form-of-the-closure").unwrap();
        booking::close(tx, &booking::Close { span, reason: "停電".to_owned(), once })
    })
    .await;
    city.clock.set("2026-04-14 09:00");
    let marked = city.write(|tx| booking::mark_no_shows(tx, 20)).await;
    assert_eq!(marked, 1);
    assert_eq!(look(&city, hit).await.status, booking::BookingStatus::Confirmed);
    assert_eq!(look(&city, missed).await.status, booking::BookingStatus::NoShow);
}

#[tokio::test]
async fn a_kept_seat_is_offered_to_citizens_at_the_very_second() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    city.offer("2026-04-13.0900", 1).await;
    let mut boss = city.clerk("manager").await;
    boss.open(&format!("/windows/seats?location={}", city.office)).await;
    boss.fill("電話：取っておく席", "1").fill("電話：何日前に公開", "4").fill("電話：公開の時刻", "12:00");
    boss.press("取り置きを保存する").await;
    assert!(boss.says("電話のために、1枠に1席を取っておきます"), "{}", boss.text());
    let office = city.office;
    let left = || {
        city.city.db.read(Lane::Staff, move |tx| {
            let quota = madoguchi::calendar::quota(tx, office)?;
            Ok::<_, Fault>(quota.kept(DAY.parse().unwrap(), tx.now()).count())
        })
    };
    city.clock.set("2026-04-09 11:59");
    assert_eq!(left().await.unwrap(), 1);
    city.clock.set("2026-04-09 12:00");
    assert_eq!(left().await.unwrap(), 0);
}
