//! Letters to many, as two managers make, agree to, send, stop and follow them.

mod many;

use std::time::Duration;

use madoguchi::base::{CardId, Email};
use madoguchi::booking::{self, BookByStaff, Channel, Overbook};
use madoguchi::cards::{self, CardStatus};
use madoguchi::db::Lane;
use madoguchi::jobs::write_to_many;
use madoguchi::mail;
use madoguchi::once::OnceKey;
use madoguchi::settings;

use crate::kit::{Browser, TestMunicipality};
use crate::staff_cards::downloads::blind;

/// Whether the page says this, wherever its lines and spaces are.
fn says(browser: &Browser, words: &str) -> bool {
    browser.text().split_whitespace().collect::<String>().contains(words)
}

/// A city whose notices have been sent, with some addresses.
async fn city() -> TestMunicipality {
    TestMunicipality::at("2026-04-06 09:00").await
}

async fn notified(city: &TestMunicipality, number: u32, name: &str, email: Option<&str>) -> CardId {
    let card = city.card(number, name).await;
    let email = email.map(|email| Email::parse(email).unwrap());
    city.write(move |tx| cards::set_email(tx, card, email.as_ref())).await;
    card
}

/// A manager who has a draft to everybody without a booking, with its words kept.
async fn draft(city: &TestMunicipality, manager: &mut Browser, body: &str) {
    manager.open("/mail/bulk/new").await.press("対象の方を集める").await;
    assert!(manager.says("対象の方を集めています"), "{}", manager.text());
    write_to_many(&city.city).await.unwrap();
    let here = manager.path().to_owned();
    manager.open(&here).await;
    manager.fill("件名（日本語）", "【{city}】受け取りのお願い").fill("本文（日本語）", body);
    manager.press("文を保存して見本を見る").await;
}

async fn tested(city: &TestMunicipality, manager: &mut Browser) {
    manager.fill("自分のメールアドレス", "own@mihon.example").press("試しに送る").await;
    assert!(manager.says("試しのメールを送ります"), "{}", manager.text());
    let letter = city.letter("own@mihon.example").await;
    assert!(letter.subject.starts_with("【試し送信】"), "{}", letter.subject);
}

async fn count(city: &TestMunicipality, sql: &'static str) -> i64 {
    let counted = city.city.db.read(Lane::Staff, move |tx| tx.one(sql, [], |row| row.get("n")));
    counted.await.unwrap_or_else(|fault: madoguchi::db::Fault| panic!("{fault}"))
}

#[tokio::test]
async fn a_letter_to_many_is_counted_tried_agreed_to_by_another_and_arrives_once_an_address() {
    let city = city().await;
    notified(&city, 1, "田中 健太", Some("taro@example.jp")).await;
    notified(&city, 2, "鈴木 一郎", None).await;
    notified(&city, 3, "田中 花子", Some("taro@example.jp")).await;
    notified(&city, 4, "佐藤 光", Some("hikari@example.jp")).await;
    notified(&city, 5, "木村 遥", Some("lost@example.jp")).await;
    city.write(|tx| {
        tx.run(
            "INSERT INTO mail_failure (email, hard, first_at, last_at, last_answer, suppressed_at)
             VALUES ('Lost@example.jp', 2, 0, 0, '550', 1)",
            [],
        )
    })
    .await;
    let mut manager = city.clerk("manager").await;
    draft(&city, &mut manager, "カードをお受け取りください。\n{url}").await;
    assert!(says(&manager, "送る2人") && says(&manager, "送らない3人"), "{}", manager.text());
    for why in [
        "メールアドレスがない：1人",
        "同じアドレス（1通にまとめます）：1人",
        "メール不達のアドレス（解除するまで、どの一斉メールも送りません）：1人",
    ] {
        assert!(says(&manager, why), "{why}: {}", manager.text());
    }
    assert!(manager.says("【見本市】受け取りのお願い"), "the sample stands beside: {}", manager.text());
    manager.press("承認を頼む").await;
    assert_eq!(manager.status(), 422);
    assert!(manager.says("試しに送ってください"), "{}", manager.text());
    tested(&city, &mut manager).await;
    manager.press("承認を頼む").await;
    assert!(manager.says("自分が作ったので、承認できません"), "{}", manager.text());

    let here = manager.path().to_owned();
    let mut other = city.person("manager", "second", "佐々木 係長").await;
    other.open(&here).await.press("2人への送信を承認する").await;
    assert!(other.says("承認しました"), "{}", other.text());
    write_to_many(&city.city).await.unwrap();
    city.clock.pass(Duration::from_secs(10));
    let letter = city.letter("taro@example.jp").await;
    assert_eq!(letter.kind, "bulk");
    assert_eq!(letter.subject, "【見本市】受け取りのお願い");
    assert!(letter.body.contains("http"), "{}", letter.body);
    city.letter("hikari@example.jp").await;
    other.open(&here).await;
    assert!(says(&other, "2人のうち2人に送信"), "{}", other.text());
    other.open(&format!("{here}/people")).await;
    assert!(says(&other, "送信済2") && other.says("田中 健太"), "{}", other.text());
    assert_eq!(count(&city, "SELECT count(*) AS n FROM history WHERE record_kind = 'bulk_mail'").await, 6);
}

#[tokio::test]
async fn an_unknown_place_an_individual_number_and_an_empty_subject_are_refused_with_what_was_typed() {
    let city = city().await;
    notified(&city, 1, "田中 健太", Some("taro@example.jp")).await;
    let mut manager = city.clerk("manager").await;
    draft(&city, &mut manager, "{name} 様").await;
    assert_eq!(manager.status(), 422);
    assert!(manager.says("{name} は、この文では差し込めません"), "{}", manager.text());
    manager.fill("本文（日本語）", "{booking_no}").press("文を保存して見本を見る").await;
    assert!(manager.says("予約のある方へのメールだけで差し込めます"), "{}", manager.text());
    manager
        .fill("件名（日本語）", "")
        .fill("本文（日本語）", "番号 123456789018")
        .press("文を保存して見本を見る")
        .await;
    assert!(manager.says("件名を入力してください") && manager.says("個人番号に見える"), "{}", manager.text());
    assert_eq!(manager.field("body:ja")[0].value, "番号 123456789018", "what was typed stays");
}

#[tokio::test]
async fn whoever_does_not_fit_any_more_when_the_letter_would_leave_gets_none() {
    let city = city().await;
    let one = notified(&city, 1, "田中 健太", Some("taro@example.jp")).await;
    notified(&city, 2, "佐藤 光", Some("hikari@example.jp")).await;
    let mut manager = city.clerk("manager").await;
    draft(&city, &mut manager, "まだ予約のない方へ").await;
    tested(&city, &mut manager).await;
    book(&city, one, "0930", "taro@example.jp").await;
    city.letter("taro@example.jp").await;
    approve(&city, manager.path()).await;
    write_to_many(&city.city).await.unwrap();
    city.clock.pass(Duration::from_secs(10));
    assert!(city.letters("taro@example.jp").await.is_empty(), "they have booked meanwhile");
    city.letter("hikari@example.jp").await;
}

async fn book(city: &TestMunicipality, card: CardId, time: &str, email: &str) {
    let wish = BookByStaff {
        party: vec![card],
        slot: format!("{}.2026-04-13.{time}", city.office).parse().unwrap(),
        email: Some(Email::parse(email).unwrap()),
        channel: Channel::Telephone,
        overbook: Overbook::No,
        once: OnceKey::from_form(&format!("0123456789abcdef{card}")).unwrap(),
    };
    city.write(move |tx| booking::book_by_staff(tx, &wish)).await;
}

/// Puts the draft of this page before a second person, who agrees.
async fn approve(city: &TestMunicipality, here: &str) {
    let mut author = city.console();
    author.open("/login").await.fill("利用者ID", "manager").fill("パスワード", "ひばり tonbo 88");
    author.press("ログイン").await;
    author.open(here).await.press("承認を頼む").await;
    let mut other = city.person("manager", "second", "佐々木 係長").await;
    other.open(here).await;
    other.press("人への送信を承認する").await;
    assert!(other.says("承認しました"), "{}", other.text());
}

#[tokio::test]
async fn a_stopped_letter_lets_none_leave_and_goes_on_where_it_stood_without_writing_twice() {
    let mut city = city().await;
    city.mail_may_stay();
    for number in 1..=50 {
        notified(&city, number, "田中 健太", Some(&format!("citizen{number}@example.jp"))).await;
    }
    let change = settings::Change { key: "bulk.per_minute".to_owned(), value: 60.into() };
    city.write(move |tx| settings::set(tx, &change)).await;
    let mut manager = city.clerk("manager").await;
    draft(&city, &mut manager, "お知らせです。").await;
    tested(&city, &mut manager).await;
    let here = manager.path().to_owned();
    approve(&city, &here).await;
    let next = write_to_many(&city.city).await.unwrap();
    assert!(next.is_some(), "the rest waits for its time");
    let queued = count(&city, "SELECT count(*) AS n FROM outbox WHERE kind = 'bulk'").await;
    assert!((20..50).contains(&queued), "a letter a second, twenty seconds ahead: {queued}");
    city.clock.pass(Duration::from_secs(5));
    city.letters("citizen1@example.jp").await;
    let sent = count(&city, "SELECT count(*) AS n FROM outbox WHERE kind = 'bulk' AND state = 'sent'").await;
    assert!((5..8).contains(&sent), "{sent}");

    manager.open(&here).await.press("残りを止める").await;
    assert!(manager.says("止めました"), "{}", manager.text());
    // Between the stop and the job nothing leaves either.
    let waiting = "SELECT count(*) AS n FROM outbox WHERE kind = 'bulk' AND state = 'queued'";
    write_to_many(&city.city).await.unwrap();
    assert_eq!(count(&city, waiting).await, 0);
    city.clock.pass(Duration::from_mins(5));
    city.letters("citizen1@example.jp").await;
    assert_eq!(
        count(&city, "SELECT count(*) AS n FROM outbox WHERE kind = 'bulk' AND state = 'sent'").await,
        sent
    );

    manager.open(&here).await.press("続きを送る").await;
    for _ in 0..20 {
        write_to_many(&city.city).await.unwrap();
        city.clock.pass(Duration::from_secs(15));
        city.letters("nobody@example.jp").await;
    }
    let each = "SELECT count(*) AS n FROM (SELECT to_email FROM outbox WHERE kind = 'bulk' AND state = 'sent'
                 GROUP BY to_email HAVING count(*) = 1)";
    assert_eq!(count(&city, each).await, 50, "each address once");
    assert_eq!(
        count(&city, "SELECT count(*) AS n FROM outbox WHERE kind = 'bulk' AND state = 'sent'").await,
        50
    );
}

#[tokio::test]
async fn the_second_person_sends_it_back_with_a_reason_and_the_author_writes_it_anew() {
    let city = city().await;
    notified(&city, 1, "田中 健太", Some("taro@example.jp")).await;
    let mut manager = city.clerk("manager").await;
    draft(&city, &mut manager, "早く来てください。").await;
    tested(&city, &mut manager).await;
    manager.press("承認を頼む").await;
    let here = manager.path().to_owned();
    let mut other = city.person("manager", "second", "佐々木 係長").await;
    other.open(&here).await.press("差し戻す").await;
    assert_eq!(other.status(), 422);
    assert!(other.says("差し戻す理由を"), "{}", other.text());
    other.fill("差し戻す理由", "言い方を直してください").press("差し戻す").await;
    manager.open(&here).await;
    assert!(manager.says("佐々木 係長：言い方を直してください"), "{}", manager.text());
    manager.fill("本文（日本語）", "お待ちしています。").press("文を保存して見本を見る").await;
    assert!(manager.says("文を保存しました") && manager.says("まだ"), "tested anew: {}", manager.text());
    manager.press("この一斉メールを取りやめる").await;
    write_to_many(&city.city).await.unwrap();
    assert_eq!(count(&city, "SELECT count(*) AS n FROM bulk_mail_row").await, 0, "its list is forgotten");
}

#[tokio::test]
async fn a_booking_letter_goes_before_a_thousand_letters_to_many() {
    let mut city = city().await;
    city.mail_may_stay();
    let now = city.clock.clock().now();
    city.write(move |tx| {
        for number in 0..1000 {
            let to = Email::parse(&format!("many{number}@example.jp")).unwrap();
            let letter = mail::Letter::Renotice(mail::Renotice { due: None, location_name: String::new() });
            let dedup = format!("many:{number}");
            let post =
                mail::Post { to: &to, language: "ja", letter: &letter, booking: None, card: None, dedup };
            mail::enqueue_at(tx, &post, now)?;
        }
        Ok::<_, madoguchi::db::Fault>(())
    })
    .await;
    let card = city.card(1, "田中 健太").await;
    book(&city, card, "0930", "taro@example.jp").await;
    let first = city.write(|tx| mail::claim(tx, 10)).await;
    assert_eq!(first[0].to.as_str(), "taro@example.jp");
}

#[tokio::test]
async fn a_second_notice_by_mail_gives_the_card_its_status_and_leaves_the_rest_as_a_file() {
    let city = city().await;
    let one = notified(&city, 1, "田中 健太", Some("taro@example.jp")).await;
    let other = notified(&city, 2, "鈴木 一郎", None).await;
    for card in [one, other] {
        city.write(move |tx| {
            tx.run(
                "INSERT INTO watch (list, card_id, due_on, found_on) VALUES ('renotice', ?, '2026-04-01', '2026-04-06')",
                [card],
            )
        })
        .await;
    }
    let mut manager = city.clerk("manager").await;
    manager.open("/cards/watch?list=renotice").await.follow("メールで再通知").await;
    manager.press("対象の方を集める").await;
    write_to_many(&city.city).await.unwrap();
    let here = manager.path().to_owned();
    manager.open(&here).await;
    assert!(says(&manager, "送る1人") && says(&manager, "メールアドレスがない：1人"), "{}", manager.text());
    tested(&city, &mut manager).await;
    approve(&city, &here).await;
    write_to_many(&city.city).await.unwrap();
    let letter = city.letter("taro@example.jp").await;
    assert_eq!(letter.kind, "renotice");
    assert!(
        letter.body.contains("受取期限：令和8年7月5日") || letter.body.contains("7月5日"),
        "{}",
        letter.body
    );
    let status = |card: CardId| {
        let db = city.city.db.clone();
        async move { db.read(Lane::Staff, move |tx| cards::get(tx, card)).await.unwrap().unwrap().status }
    };
    assert_eq!(status(one).await, CardStatus::Renotified);
    assert_eq!(status(other).await, CardStatus::Notified);
    let asks = madoguchi::settings::Change { key: "export.reason".to_owned(), value: true.into() };
    city.write(move |tx| madoguchi::settings::set(tx, &asks)).await;
    let people = format!("{here}/people");
    manager.open(&people).await.press("メールのない方をCSVで出力").await;
    assert_eq!(manager.status(), 422);
    assert!(manager.says("何のために出力するかを書いてください"), "{}", manager.text());
    manager.fill("出力の理由", "はがきの発送").press("メールのない方をCSVで出力").await;
    let file = &manager.page().html;
    assert!(file.contains("鈴木 一郎") && !file.contains("田中"), "{file}");
    blind(&city).await;
    manager.open(&people).await.fill("出力の理由", "はがきの発送").press("メールのない方をCSVで出力").await;
    let file = &manager.page().html;
    assert!(file.contains("＊＊＊") && !file.contains("鈴木"), "{file}");
}

#[tokio::test]
async fn whoever_got_one_this_week_gets_no_other() {
    let city = city().await;
    notified(&city, 1, "田中 健太", Some("taro@example.jp")).await;
    let mut manager = city.clerk("manager").await;
    draft(&city, &mut manager, "一通目").await;
    tested(&city, &mut manager).await;
    approve(&city, manager.path()).await;
    write_to_many(&city.city).await.unwrap();
    city.letter("taro@example.jp").await;
    manager.open("/mail/bulk/new").await.press("対象の方を集める").await;
    write_to_many(&city.city).await.unwrap();
    let here = manager.path().to_owned();
    manager.open(&here).await;
    assert!(
        says(&manager, "送れる方がいません") && says(&manager, "一斉メールを送った：1人"),
        "{}",
        manager.text()
    );
}
