//! Letters on their way to a mail server that is friendly, busy, strict or breaks off.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use madoguchi::base::Email;
use madoguchi::config::{LimitsConfig, MailConfig, MailTransport};
use madoguchi::db::{Acknowledge, DbOptions, Lane, NotAcknowledged};
use madoguchi::jobs::{Desk, deliver_mail};
use madoguchi::mail::{self, Letter, Post, State, Transport};
use madoguchi::render::Renderer;

use crate::kit::TestMunicipality;
use crate::kit::mail_office::{CLERK, Office, link};
use crate::kit::post_box::{Manner, Mood};

#[tokio::test]
async fn a_letter_arrives_in_japanese_from_the_city_and_its_link_is_forgotten() {
    let office = Office::with(&[]).await;
    let id = office.queue("taro@example.jp", link()).await;
    assert_eq!(office.deliver().await, None);
    let arrived = office.post_box.arrived();
    assert_eq!(arrived.len(), 1);
    assert_eq!(arrived[0].to, "<taro@example.jp>");
    assert_eq!(arrived[0].from, "<yoyaku@mihon.example.jp>");
    assert_eq!(arrived[0].head("Auto-Submitted"), Some("auto-generated"));
    assert!(arrived[0].head("Message-ID").unwrap().ends_with("@mihon.example.jp>"));
    let (state, params) = office.stored(id).await;
    assert_eq!(state, State::Sent);
    assert!(!params.contains("secret-token") && !params.contains("123456"), "{params}");
}

#[tokio::test]
async fn a_busy_server_is_asked_again_after_one_five_and_thirty_minutes() {
    let office = Office::with(&[Mood::NotNow, Mood::NotNow, Mood::NotNow]).await;
    let id = office.queue("taro@example.jp", link()).await;
    assert_eq!(office.deliver().await, Some(1));
    assert_eq!(office.deliver().await, Some(1), "nothing is tried before its time");
    office.minutes_pass(1);
    assert_eq!(office.deliver().await, Some(5));
    office.minutes_pass(5);
    assert_eq!(office.deliver().await, Some(30));
    office.minutes_pass(29);
    assert_eq!(office.deliver().await, Some(1));
    assert_eq!(office.post_box.arrived().len(), 0);
    office.minutes_pass(1);
    assert_eq!(office.deliver().await, None);
    assert_eq!(office.post_box.arrived().len(), 1);
    assert_eq!(office.stored(id).await.0, State::Sent);
}

#[tokio::test]
async fn a_letter_that_no_server_takes_for_a_day_is_given_up() {
    let office = Office::with(&[Mood::NotNow; 20]).await;
    let id = office.queue("taro@example.jp", link()).await;
    let mut waited = 0;
    while let Some(minutes) = office.deliver().await {
        waited += minutes;
        office.minutes_pass(minutes);
    }
    assert!((18 * 60..24 * 60).contains(&waited), "{waited} minutes");
    assert_eq!(office.stored(id).await.0, State::Dead);
}

#[tokio::test]
async fn a_refused_address_is_given_up_at_once_and_holds_up_nobody() {
    let office = Office::with(&[Mood::Never]).await;
    let lost = office.queue("nobody@example.jp", link()).await;
    assert_eq!(office.deliver().await, None);
    let (state, params) = office.stored(lost).await;
    assert_eq!(state, State::Dead);
    assert!(!params.contains("secret-token"), "{params}");
    let fine = office.queue("taro@example.jp", link()).await;
    assert_eq!(office.deliver().await, None);
    assert_eq!(office.stored(fine).await.0, State::Sent);
}

#[tokio::test]
async fn a_connection_that_breaks_in_the_middle_of_a_letter_is_tried_again_with_the_same_id() {
    let office = Office::with(&[Mood::HangsUp]).await;
    let id = office.queue("taro@example.jp", link()).await;
    assert_eq!(office.deliver().await, Some(1));
    assert_eq!(office.stored(id).await.0, State::Queued);
    office.minutes_pass(1);
    assert_eq!(office.deliver().await, None);
    assert_eq!(office.post_box.arrived().len(), 1);
}

#[tokio::test]
async fn old_carrier_addresses_with_dots_in_a_row_arrive_quoted() {
    let office = Office::with(&[]).await;
    office.queue("a..b.@docomo.ne.jp", link()).await;
    office.queue("taro.@ezweb.ne.jp", link()).await;
    assert_eq!(office.deliver().await, None);
    let mut to: Vec<String> = office.post_box.arrived().into_iter().map(|mail| mail.to).collect();
    to.sort();
    assert_eq!(to, [r#"<"a..b."@docomo.ne.jp>"#, r#"<"taro."@ezweb.ne.jp>"#]);
}

#[tokio::test]
async fn what_was_being_sent_when_the_program_stopped_is_sent_after_the_next_start() {
    let office = Office::with(&[]).await;
    let id = office.queue("taro@example.jp", link()).await;
    office.city.db.write(CLERK, |tx| mail::claim(tx, 10)).await.unwrap();
    assert_eq!(office.stored(id).await.0, State::Sending);
    assert_eq!(office.deliver().await, None);
    assert_eq!(office.post_box.arrived().len(), 1);
    assert_eq!(office.stored(id).await.0, State::Sent);
}

#[tokio::test]
async fn forty_letters_leave_in_one_run_each_of_them_once() {
    let office = Office::with(&[]).await;
    for number in 0..40 {
        office.queue(&format!("citizen{number}@example.jp"), link()).await;
    }
    assert_eq!(office.deliver().await, None);
    let mut to: Vec<String> = office.post_box.arrived().into_iter().map(|mail| mail.to).collect();
    to.sort();
    to.dedup();
    assert_eq!(to.len(), 40);
    assert_eq!(office.post_box.arrived().len(), 40);
}

#[tokio::test]
async fn a_server_that_is_down_is_asked_by_one_letter_and_the_queue_waits_unharmed() {
    let office = Office::with(&[]).await;
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let config = MailConfig {
        transport: MailTransport::Smtp,
        host: closed.ip().to_string(),
        port: closed.port(),
        ..MailConfig::default()
    };
    let clock = office.house.clock.clock();
    let (registry, renderer) = (office.house.registry.clone(), Renderer::load().unwrap());
    let down = Desk::new(registry, renderer, Transport::new(&config).unwrap(), clock.clone());
    for number in 0..50 {
        office.queue(&format!("citizen{number}@example{number}.jp"), link()).await;
    }
    let tried = || async {
        let count = office.city.db.read(Lane::Staff, |tx| {
            tx.one("SELECT SUM(attempts) AS n FROM outbox", [], |row| row.get::<_, i64>("n"))
        });
        count.await.unwrap()
    };
    let next = deliver_mail(&down, &office.city).await.unwrap().unwrap();
    assert_eq!(next.since(clock.now()).as_secs(), 10);
    let first = tried().await;
    assert!((1..=8).contains(&first), "{first} letters have tried it");
    office.house.clock.pass(Duration::from_secs(10));
    deliver_mail(&down, &office.city).await.unwrap();
    assert_eq!(tried().await, first + 1, "one letter looks whether it is there again");
    office.minutes_pass(2);
    assert_eq!(office.deliver().await, None, "with the server back all of them leave");
    assert_eq!(office.post_box.count(), 50);
}

#[tokio::test]
async fn a_busy_domain_holds_up_its_own_letters_only() {
    let manner = Manner { busy_domain: Some("docomo.ne.jp"), ..Manner::default() };
    let office = Office::of(&[], manner, MailConfig::default(), None).await;
    for number in 0..40 {
        office.queue(&format!("a{number}@docomo.ne.jp"), link()).await;
    }
    for number in 0..40 {
        office.queue(&format!("b{number}@example.jp"), link()).await;
    }
    assert_eq!(office.deliver().await, Some(1));
    assert_eq!(office.post_box.count(), 40);
    let tried = office.city.db.read(Lane::Staff, |tx| {
        tx.one("SELECT COUNT(*) AS n FROM outbox WHERE attempts > 0 AND state = 'queued'", [], |row| {
            row.get::<_, i64>("n")
        })
    });
    let tried = tried.await.unwrap();
    assert!((5..=8).contains(&tried), "after five in a row the domain is left alone: {tried} were tried");
}

#[tokio::test]
async fn a_domain_gets_no_more_in_a_minute_than_was_set() {
    let config = MailConfig { domain_per_minute: 10, ..MailConfig::default() };
    let office = Office::of(&[], Manner::default(), config, None).await;
    for number in 0..25 {
        office.queue(&format!("a{number}@docomo.ne.jp"), link()).await;
    }
    office.queue("b@example.jp", link()).await;
    assert_eq!(office.deliver().await, Some(1));
    let to = |domain: &str| office.post_box.arrived().iter().filter(|mail| mail.to.contains(domain)).count();
    assert_eq!((to("docomo"), to("example")), (10, 1));
    office.minutes_pass(1);
    assert_eq!(office.deliver().await, Some(1));
    assert_eq!(to("docomo"), 20);
    office.minutes_pass(1);
    assert_eq!(office.deliver().await, None);
    assert_eq!(to("docomo"), 25);
}

#[tokio::test]
async fn a_greylisting_server_gets_every_letter_a_minute_later() {
    let manner = Manner { greylists: true, ..Manner::default() };
    let office = Office::of(&[], manner, MailConfig::default(), None).await;
    for number in 0..20 {
        office.queue(&format!("a{number}@example.jp"), link()).await;
    }
    assert_eq!(office.deliver().await, Some(1));
    assert_eq!(office.post_box.count(), 0);
    office.minutes_pass(1);
    assert_eq!(office.deliver().await, None);
    assert_eq!(office.post_box.count(), 20);
}

#[tokio::test]
async fn a_refused_sign_in_kills_no_letter() {
    let manner = Manner { refuses_sign_in: true, ..Manner::default() };
    let password = Some(secrecy::SecretString::from("wrong"));
    let config = MailConfig { user: Some("madoguchi".to_owned()), password, ..MailConfig::default() };
    let office = Office::of(&[], manner, config, None).await;
    let id = office.queue("taro@example.jp", link()).await;
    assert_eq!(office.deliver().await, Some(1));
    let row = office.row(id).await;
    assert_eq!(row.state, State::Queued);
    assert!(row.last_answer.as_deref().unwrap().contains("535"), "{row:?}");
    assert_eq!(office.failure("taro@example.jp").await, None);
}

#[tokio::test]
async fn what_is_refused_for_now_and_for_good_after_the_letter_is_told_apart() {
    let moods = [Mood::FullAfterData, Mood::RefusesTheLetter, Mood::TooMany, Mood::MailboxFull];
    let config = MailConfig { connections: 1, domain_connections: 1, ..MailConfig::default() };
    let office = Office::of(&moods, Manner::default(), config, None).await;
    let mut ids = Vec::new();
    for name in ["full", "refused", "many", "box"] {
        ids.push(office.queue(&format!("{name}@{name}.example.jp"), link()).await);
    }
    assert_eq!(office.deliver().await, Some(1));
    let mut states = Vec::new();
    for id in &ids {
        states.push(office.row(*id).await.state);
    }
    assert_eq!(states, [State::Queued, State::Dead, State::Queued, State::Dead]);
    let refused = office.failure("refused@refused.example.jp").await.unwrap();
    assert_eq!((refused.hard, refused.soft), (0, 1), "the letter was refused, not the address");
    assert_eq!(office.failure("box@box.example.jp").await.unwrap().hard, 0);
    office.minutes_pass(1);
    assert_eq!(office.deliver().await, None);
    assert_eq!(office.post_box.count(), 2);
}

#[tokio::test]
async fn a_slow_recipient_holds_up_nobody_and_connections_are_used_again() {
    let config = MailConfig { connections: 4, domain_connections: 4, ..MailConfig::default() };
    let office = Office::of(&[Mood::Slow(1500)], Manner::default(), config, None).await;
    for number in 0..60 {
        office.queue(&format!("a{number}@example.jp"), link()).await;
    }
    let slow = async {
        tokio::time::sleep(Duration::from_millis(1200)).await;
        office.post_box.count()
    };
    let (next, before) = tokio::join!(office.deliver(), slow);
    assert_eq!((next, office.post_box.count()), (None, 60));
    assert!(before >= 3, "{before} letters had passed the slow one");
    let (most, begun) = office.post_box.conversations();
    assert!((2..=4).contains(&most) && begun <= 8, "{most} at a time, {begun} in all");
}

#[tokio::test]
async fn the_envelope_the_head_and_the_answers_go_where_the_city_has_set_them() {
    let moods = [Mood::NotNow];
    let bounce = Some("bounce@mihon.example.jp");
    let office = Office::of(&moods, Manner::default(), MailConfig::default(), bounce).await;
    office.set("mail.sender_name", "見本市 市民課".into()).await;
    office.set("mail.reply_to", "shimin@mihon.example.jp".into()).await;
    office.queue("a..b@docomo.ne.jp", link()).await;
    assert_eq!(office.deliver().await, Some(1));
    office.minutes_pass(1);
    assert_eq!(office.deliver().await, None);
    let arrived = office.post_box.arrived();
    let id = arrived[0].head("Message-ID").unwrap().trim_matches(['<', '>']).split('@').next().unwrap();
    assert_eq!(arrived[0].from, format!("<bounce+{id}@mihon.example.jp>"));
    assert_eq!(arrived[0].head("Reply-To"), Some("shimin@mihon.example.jp"));
    let from = arrived[0].head("From").unwrap();
    assert!(from.contains("yoyaku@mihon.example.jp") && from.contains("=?utf-8?"), "{from}");
}

#[tokio::test]
async fn a_city_that_has_stopped_its_mail_keeps_every_letter_until_it_goes_on() {
    let office = Office::with(&[]).await;
    office.set("mail.stopped", true.into()).await;
    let id = office.queue("taro@example.jp", link()).await;
    assert_eq!(office.deliver().await, None);
    assert_eq!((office.post_box.count(), office.row(id).await.state), (0, State::Queued));
    office.set("mail.stopped", false.into()).await;
    assert_eq!(office.deliver().await, None);
    assert_eq!(office.row(id).await.state, State::Sent);
}

#[tokio::test]
async fn an_address_that_does_not_exist_is_noted_twice_and_gets_no_information_any_more() {
    let office = Office::with(&[Mood::Never, Mood::Never]).await;
    let first = office.queue("taro@example.jp", link()).await;
    office.deliver().await;
    assert_eq!(office.failure("TARO@example.jp").await.unwrap().suppressed_at, None);
    assert!(!office.row(first).await.last_answer.unwrap().contains("taro"));
    office.queue("taro@example.jp", Letter::NotReady).await;
    office.deliver().await;
    let failure = office.failure("taro@example.jp").await.unwrap();
    assert!(failure.hard == 2 && failure.suppressed_at.is_some(), "{failure:?}");
    let to = Email::parse("taro@example.jp").unwrap();
    let queued = office.city.db.write(CLERK, move |tx| {
        let letter = Letter::NoShow(facts());
        let dedup = "no_show".to_owned();
        let post = Post { to: &to, language: "ja", letter: &letter, booking: None, card: None, dedup };
        mail::enqueue(tx, &post)
    });
    let information = queued.await.unwrap();
    let asked = office.queue("taro@example.jp", Letter::AlreadyIssued).await;
    assert_eq!(office.deliver().await, None);
    assert_eq!(office.row(information).await.state, State::Cancelled);
    assert_eq!(office.row(asked).await.state, State::Sent, "letters of a procedure are tried all the same");
}

#[tokio::test]
async fn a_row_that_nobody_can_read_holds_up_none_behind_it() {
    let office = Office::with(&[]).await;
    let bad = office.queue("taro@example.jp", link()).await;
    let spoil = move |tx: &madoguchi::db::WriteTx<'_>| {
        tx.run("UPDATE outbox SET params = '{\"kind\":\"of a later build\"}' WHERE id = ?", [bad])
    };
    office.city.db.write(CLERK, spoil).await.unwrap();
    let good = office.queue("jiro@example.jp", link()).await;
    assert_eq!(office.deliver().await, None);
    assert_eq!((office.row(bad).await.state, office.row(good).await.state), (State::Dead, State::Sent));
}

fn facts() -> mail::BookingFacts {
    mail::BookingFacts {
        procedure_code: String::new(),
        procedure: String::new(),
        bring: Vec::new(),
        booking_no: "K7M2-0413".to_owned(),
        location_name: "本庁舎".to_owned(),
        address: String::new(),
        access: String::new(),
        phone: String::new(),
        day: "2026-04-13".parse().unwrap(),
        starts: madoguchi::base::Minute::of(600),
        ends: madoguchi::base::Minute::of(630),
        people: 1,
        sequence: 0,
        change_until: madoguchi::base::Moment::from_millis(0),
        cancel_until: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_leaves_before_its_transaction_is_acknowledged() {
    let is_silent = Arc::new(AtomicBool::new(false));
    let peer = Arc::clone(&is_silent);
    let acknowledge =
        Acknowledge::from_fn(
            move |_| {
                if peer.load(Ordering::SeqCst) { Err(NotAcknowledged) } else { Ok(()) }
            },
        );
    let options =
        DbOptions { acknowledge, acknowledge_wait: Duration::from_millis(200), ..DbOptions::default() };
    let mut city = TestMunicipality::served("2026-04-06 09:00", LimitsConfig::default(), options).await;
    city.mail_may_stay();
    let dir = tempfile::tempdir().unwrap();
    let files = || std::fs::read_dir(dir.path()).unwrap().count();
    let transport = Transport::Files(dir.path().to_owned());
    let (registry, renderer) = (city.state.registry.clone(), Renderer::load().unwrap());
    let desk = Desk::new(registry, renderer, transport, city.clock.clock());
    is_silent.store(true, Ordering::SeqCst);
    let queued = city.city.db.write(CLERK, |tx| {
        let (to, dedup) = (Email::parse("taro@example.jp").unwrap(), "x".to_owned());
        let letter = Letter::NotReady;
        let post = Post { to: &to, language: "ja", letter: &letter, booking: None, card: None, dedup };
        mail::enqueue(tx, &post)
    });
    assert!(queued.await.is_err(), "nobody was promised anything");
    let tried = deliver_mail(&desk, &city.city).await;
    assert_eq!(files(), 0, "{tried:?}");
    is_silent.store(false, Ordering::SeqCst);
    for _ in 0..100 {
        if deliver_mail(&desk, &city.city).await.is_ok() && files() == 1 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the letter never left");
}
