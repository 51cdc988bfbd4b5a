//! Whoever wants no news, and addresses that came back: who gets which letter, and how staff see it.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use madoguchi::base::Email;
use madoguchi::cards;
use madoguchi::jobs::write_to_many;
use madoguchi::mail::{self, Letter, Post, State};
use tower::ServiceExt;

use crate::citizen::steps::book;
use crate::kit::post_box::PostBox;
use crate::kit::{Browser, TestMunicipality};

async fn with_address(city: &TestMunicipality, number: u32, name: &str, email: &str) {
    let (card, email) = (city.card(number, name).await, Email::parse(email).unwrap());
    city.write(move |tx| cards::set_email(tx, card, Some(&email))).await;
}

async fn came_back(city: &TestMunicipality, email: &'static str) {
    city.write(move |tx| {
        tx.run(
            "INSERT INTO mail_failure (email, hard, first_at, last_at, last_answer, last_outbox, suppressed_at)
             SELECT ?, 2, 1, 1, '550 5.1.1', max(id), 1 FROM outbox",
            [email],
        )
    })
    .await;
}

/// Begins a letter to many of this purpose, with its people collected, and gives its page.
async fn begun(city: &TestMunicipality, manager: &mut Browser, purpose: &str) -> String {
    manager.open("/mail/bulk/new").await.tick(purpose);
    manager.press("対象の方を集める").await;
    write_to_many(&city.city).await.unwrap();
    let here = manager.path().to_owned();
    manager.open(&here).await;
    here
}

/// Writes it, tries it and lets a second person agree; its letters are queued then.
async fn sent(city: &TestMunicipality, manager: &mut Browser, second: &mut Browser, here: &str) {
    manager.fill("件名（日本語）", "お知らせ").fill("本文（日本語）", "窓口の時間が変わります。");
    manager.press("文を保存して見本を見る").await;
    manager.fill("自分のメールアドレス", "own@mihon.example").press("試しに送る").await;
    city.letter("own@mihon.example").await;
    manager.press("承認を頼む").await;
    second.open(here).await;
    second.press("人への送信を承認する").await;
    write_to_many(&city.city).await.unwrap();
    city.clock.pass(Duration::from_secs(10));
}

fn says(browser: &Browser, words: &str) -> bool {
    browser.text().split_whitespace().collect::<String>().contains(words)
}

#[tokio::test]
async fn whoever_stops_the_news_by_the_link_gets_letters_of_a_procedure_all_the_same() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    with_address(&city, 1, "田中 健太", "taro@example.jp").await;
    with_address(&city, 2, "佐藤 光", "hikari@example.jp").await;
    let (mut manager, mut second) =
        (city.clerk("manager").await, city.person("manager", "second", "佐々木").await);
    let here = begun(&city, &mut manager, "お知らせ").await;
    sent(&city, &mut manager, &mut second, &here).await;
    city.letter("hikari@example.jp").await;
    let stop = city.letter("taro@example.jp").await.link("/news/");

    let mut citizen = city.browser();
    citizen.open(&stop).await;
    assert!(citizen.says("ta***@example.jp"), "{}", citizen.text());
    citizen.open(&stop).await;
    citizen.press("お知らせのメールを止める").await;
    assert!(citizen.says("お知らせのメールを止めました"), "{}", citizen.text());

    city.clock.pass(Duration::from_hours(24 * 8));
    let (mut manager, mut second) =
        (city.person("manager", "third", "三浦").await, city.person("manager", "fourth", "四方").await);
    let here = begun(&city, &mut manager, "お知らせ").await;
    assert!(
        says(&manager, "送る1人")
            && says(&manager, "お知らせのメールを断った（手続きの連絡は送ります）：1人"),
        "{}",
        manager.text()
    );
    manager.open(&format!("{here}/people?fate=refused")).await;
    assert!(manager.says("田中 健太") && !manager.says("佐藤 光"), "{}", manager.text());
    let here = begun(&city, &mut manager, "手続きの連絡").await;
    assert!(says(&manager, "送る2人"), "{}", manager.text());
    sent(&city, &mut manager, &mut second, &here).await;
    let letter = city.letter("taro@example.jp").await;
    assert!(!letter.body.contains("/news/"), "there is nothing to stop: {}", letter.body);
    city.letter("hikari@example.jp").await;

    citizen.open(&stop).await;
    citizen.press("また受け取る").await;
    assert!(citizen.says("また送ります"), "{}", citizen.text());
}

#[tokio::test]
async fn the_one_press_of_a_mail_reader_stops_the_news_and_a_form_of_another_page_does_not() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    with_address(&city, 1, "田中 健太", "taro@example.jp").await;
    let (mut manager, mut second) =
        (city.clerk("manager").await, city.person("manager", "second", "佐々木").await);
    let here = begun(&city, &mut manager, "お知らせ").await;
    sent(&city, &mut manager, &mut second, &here).await;
    let stop = city.letter("taro@example.jp").await.link("/news/");
    let press = async |body: &'static str| {
        let request = Request::builder()
            .method(Method::POST)
            .uri(stop.strip_prefix("http://yoyaku.mihon.example").unwrap())
            .header(header::HOST, "yoyaku.mihon.example")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap();
        madoguchi::web::citizen::router(&city.state).oneshot(request).await.unwrap().status()
    };
    assert_eq!(press("again=1").await, StatusCode::FORBIDDEN);
    assert_eq!(press("List-Unsubscribe=One-Click").await, StatusCode::SEE_OTHER);
    assert_eq!(press("List-Unsubscribe=One-Click").await, StatusCode::SEE_OTHER, "twice is once");
    manager.open("/mail/refusals").await;
    assert!(manager.says("本人（メールのリンク）") && manager.says("田中 健太"), "{}", manager.text());
    let mut anybody = city.browser();
    anybody.open("/news/0123456789abcdef0123456789abcdef").await;
    assert!(anybody.says("このページは使えません"), "{}", anybody.text());
}

#[tokio::test]
async fn staff_note_what_they_were_told_by_telephone_and_take_it_back_with_a_reason() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let mut manager = city.clerk("manager").await;
    manager.open("/mail/failures").await.follow("お知らせを断った方").await;
    manager.fill("メールアドレス", "Taro@example.jp").press("お知らせを止める").await;
    assert_eq!(manager.status(), 422);
    assert!(manager.says("どのように申し出があったか"), "{}", manager.text());
    manager.fill("申し出の内容", "本人から電話").press("お知らせを止める").await;
    assert!(manager.says("申し出を 山田 花子 が受けた"), "{}", manager.text());
    manager
        .fill("メールアドレス", "taro@example.jp")
        .fill("申し出の内容", "もう一度")
        .press("お知らせを止める")
        .await;
    assert!(manager.says("すでに止めています"), "{}", manager.text());
    manager.open("/mail/refusals").await.follow("また送る").await;
    manager.press("お知らせをまた送る").await;
    assert_eq!(manager.status(), 422);
    manager.fill("申し出の内容", "また受け取りたいとのこと").press("お知らせをまた送る").await;
    assert!(manager.says("お知らせを断った方はいません"), "{}", manager.text());
}

#[tokio::test]
async fn an_address_that_came_back_gets_no_letter_to_many_of_any_purpose_before_staff_clear_it() {
    let mut city = TestMunicipality::at("2026-04-06 09:00").await;
    city.mail_may_stay();
    with_address(&city, 1, "田中 健太", "taro@example.jp").await;
    city.write(|tx| {
        let (to, dedup) = (Email::parse("taro@example.jp").unwrap(), "first".to_owned());
        let post =
            Post { to: &to, language: "ja", letter: &Letter::NotReady, booking: None, card: None, dedup };
        mail::enqueue(tx, &post)
    })
    .await;
    city.letters("taro@example.jp").await;
    came_back(&city, "taro@example.jp").await;
    let mut manager = city.clerk("manager").await;
    for purpose in ["お知らせ", "手続きの連絡"] {
        let here = begun(&city, &mut manager, purpose).await;
        let why = "メール不達のアドレス（解除するまで、どの一斉メールも送りません）：1人";
        assert!(says(&manager, why) && says(&manager, "送れる方がいません"), "{purpose}: {}", manager.text());
        manager.open(&format!("{here}/people?fate=suppressed")).await;
        assert!(manager.says("田中 健太") && manager.says("メール不達"), "{}", manager.text());
    }
    manager.open("/mail/failures").await.follow("解除").await;
    manager.fill("届くとわかった理由", "受信許可を設定してもらった").press("メール不達を解除する").await;
    begun(&city, &mut manager, "手続きの連絡").await;
    assert!(says(&manager, "送る1人"), "{}", manager.text());
}

#[tokio::test]
async fn a_reminder_to_an_address_that_came_back_is_not_tried_and_staff_see_that_they_have_to_call() {
    let mut city = TestMunicipality::at("2026-04-06 09:00").await;
    city.mail_may_stay();
    let post_box = PostBox::open(&[]).await;
    came_back(&city, "taro@example.jp").await;
    let ids = city.write(|tx| {
        let to = Email::parse("taro@example.jp").unwrap();
        let queue = |letter: Letter| {
            let dedup = letter.kind().to_owned();
            mail::enqueue(
                tx,
                &Post { to: &to, language: "ja", letter: &letter, booking: None, card: None, dedup },
            )
        };
        let facts = crate::letters_read::facts(false);
        Ok::<_, madoguchi::db::Fault>([
            queue(Letter::Reminder(facts.clone()))?,
            queue(Letter::BookingConfirmed(facts))?,
        ])
    });
    let ids = ids.await;
    madoguchi::jobs::deliver_mail(&post_box.desk(&city), &city.city).await.unwrap();
    let mut rows = Vec::new();
    for id in ids {
        let kept = city.city.db.read(madoguchi::db::Lane::Staff, move |tx| mail::kept(tx, id)).await.unwrap();
        rows.push(kept.unwrap().row);
    }
    assert_eq!(
        (rows[0].state, rows[1].state),
        (State::Dead, State::Sent),
        "what somebody does just now is tried"
    );
    assert_eq!(post_box.count(), 1);
    assert!(rows[0].last_answer.as_deref().unwrap().contains("電話などで知らせてください"));
}

#[tokio::test]
async fn a_refusal_of_news_is_marked_on_cards_and_bookings_and_leads_to_its_page_for_who_may_see_it() {
    let mut city = TestMunicipality::at("2026-04-06 09:00").await;
    city.mail_may_stay();
    with_address(&city, 2, "田中 美優", "taro@example.jp").await;
    city.card(1, "田中 健太").await;
    let mut citizen = city.browser();
    book(&city, &mut citizen, 1, "taro@example.jp").await;
    let mut manager = city.clerk("manager").await;
    let mut counter = city.clerk("counter").await;
    for page in ["/cards/1", "/cards/2", "/bookings/1"] {
        counter.open(page).await;
        assert!(counter.status() == 200 && !counter.says("お知らせメール不要"), "{page}: {}", counter.text());
    }
    manager.open("/mail/refusals").await.fill("メールアドレス", "taro@example.jp");
    manager.fill("申し出の内容", "本人から電話").press("お知らせを止める").await;
    assert!(
        manager.says("田中 健太") && manager.says("田中 美優"),
        "each card of the address: {}",
        manager.text()
    );
    for page in ["/cards/1", "/cards/2", "/bookings/1"] {
        counter.open(page).await;
        assert!(counter.says("お知らせメール不要") && counter.says("4月6日"), "{page}: {}", counter.text());
        let led =
            |browser: &Browser| browser.page().links.iter().any(|link| link.href.contains("/mail/refusals/"));
        assert!(!led(&counter), "{page}: they may not see that page");
        manager.open(page).await;
        assert!(led(&manager), "{page}");
        manager.follow("お知らせメール不要").await;
        assert!(manager.says("お知らせをまた送る"), "{}", manager.text());
    }
}
