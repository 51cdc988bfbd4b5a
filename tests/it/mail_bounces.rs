//! Letters that come back: reports of today, those of old carriers, and what is no bounce at all.

use std::io::Write;
use std::process::{Output, Stdio};

use madoguchi::base::{CardId, Email, OutboxId};
use madoguchi::db::{Actor, Lane};
use madoguchi::jobs::{Desk, read_bounces};
use madoguchi::mail::{
    self, BadBounce, BounceError, Bounced, Failure, Fate, Letter, Post, Sent, State, Transport,
};
use madoguchi::municipalities::Municipality;
use madoguchi::render::Renderer;

use crate::kit::TestMunicipality;
use crate::kit::house::House;
use crate::kit::program::{Desk as Program, look_into, report, said};

const CLERK: Actor = Actor::Cli { uid: 0 };

/// A letter that a mail server took, and the number in its Message-ID.
async fn sent(city: &Municipality, to: &str, card: Option<CardId>) -> (OutboxId, String) {
    let to = Email::parse(to).unwrap();
    let row = city.db.write(CLERK, move |tx| {
        let dedup = format!("{}-{}", to.as_str(), hex::encode(tx.chance().bytes::<4>()));
        let post = Post { to: &to, language: "ja", letter: &Letter::NotReady, booking: None, card, dedup };
        let id = mail::enqueue(tx, &post)?;
        let due = mail::claim(tx, 1)?.remove(0);
        mail::settle(tx, &due, &Sent::Taken { answer: "250 Ok".to_owned() })?;
        Ok::<_, madoguchi::db::Fault>((id, due.message_id))
    });
    row.await.unwrap()
}

async fn take(city: &Municipality, message: &str) -> Result<Bounced, BounceError> {
    let bounce = mail::read_bounce(message.as_bytes()).unwrap();
    city.db.write(CLERK, move |tx| mail::take_bounce(tx, &bounce)).await
}

async fn failure(city: &Municipality, email: &'static str) -> Option<Failure> {
    city.db.read(Lane::Staff, move |tx| mail::failure_of(tx, email)).await.unwrap()
}

async fn state(city: &Municipality, id: OutboxId) -> State {
    let kept = city.db.read(Lane::Staff, move |tx| mail::kept(tx, id)).await.unwrap();
    kept.unwrap().row.state
}

/// As Postfix writes it (RFC 3464).
fn postfix(number: &str, to: &str, action: &str, status: &str, said: &str) -> String {
    format!(
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.mihon.example (Mail Delivery System)\r\n\
         Subject: Undelivered Mail Returned to Sender\r\nTo: yoyaku@mihon.example\r\n\
         Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"b1\"\r\n\r\n\
         --b1\r\nContent-Description: Notification\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n\
         This is the mail system at host mx.mihon.example.\r\n\r\n\
         I'm sorry to have to inform you that your message could not be delivered.\r\n\r\n\
         --b1\r\nContent-Description: Delivery report\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns; mx.mihon.example\r\nArrival-Date: Mon, 13 Apr 2026 09:42:00 +0900\r\n\r\n\
         Final-Recipient: rfc822; {to}\r\nAction: {action}\r\nStatus: {status}\r\n\
         Remote-MTA: dns; mx.example.jp\r\nDiagnostic-Code: smtp; {said}\r\n    (in reply to RCPT TO command)\r\n\r\n\
         --b1\r\nContent-Description: Undelivered Message Headers\r\nContent-Type: text/rfc822-headers\r\n\r\n\
         From: =?utf-8?b?6KaL5pys5biC?= <yoyaku@mihon.example>\r\nTo: {to}\r\n\
         Message-ID: <{number}@mihon.example>\r\nSubject: x\r\n\r\n--b1--\r\n"
    )
}

#[tokio::test]
async fn a_report_marks_its_letter_and_address_and_the_second_one_stops_information() {
    let city = TestMunicipality::at("2026-04-13 09:42").await;
    let card = city.card(1, "田中 健太").await;
    let (id, number) = sent(&city.city, "taro@example.jp", Some(card)).await;
    let report =
        postfix(&number, "TARO@example.jp", "failed", "5.1.1", "550 5.1.1 <TARO@example.jp>: User unknown");
    assert!(matches!(take(&city.city, &report).await, Ok(Bounced::Marked { suppressed: false, .. })));
    assert_eq!(state(&city.city, id).await, State::Dead);
    assert!(matches!(take(&city.city, &report).await, Ok(Bounced::Again(_))), "the same report again");
    let one = failure(&city.city, "taro@example.jp").await.unwrap();
    assert_eq!((one.hard, one.suppressed_at), (1, None));
    assert!(one.last_answer.contains("User unknown") && !one.last_answer.to_lowercase().contains("taro"));

    let (_, number) = sent(&city.city, "taro@example.jp", Some(card)).await;
    let report = postfix(&number, "taro@example.jp", "failed", "5.1.1", "550 5.1.1 User unknown");
    assert!(matches!(take(&city.city, &report).await, Ok(Bounced::Marked { suppressed: true, .. })));
    let events = city.city.db.read(Lane::Staff, move |tx| madoguchi::history::of_card(tx, card));
    let events: Vec<String> = events.await.unwrap().into_iter().map(|one| one.operation).collect();
    for told in ["mail.bounced", "mail.suppressed"] {
        assert!(events.iter().any(|one| one == told), "{told} in {events:?}");
    }
}

#[tokio::test]
async fn hard_and_soft_and_delayed_are_told_apart() {
    let city = TestMunicipality::at("2026-04-13 09:42").await;
    for (action, status, said, fate) in [
        ("failed", "5.1.1", "550 5.1.1 unknown", Fate::Hard),
        ("failed", "5.0.0", "550 5.1.1 unknown", Fate::Hard),
        ("failed", "5.7.1", "550 5.7.1 filtered by the recipient", Fate::Hard),
        ("failed", "5.2.2", "552 5.2.2 mailbox full", Fate::Soft),
        ("failed", "5.4.4", "host not found", Fate::Soft),
        ("failed", "4.4.7", "delivery time expired", Fate::Soft),
        ("delayed", "4.4.1", "connection timed out", Fate::Delayed),
        ("delivered", "2.0.0", "250 Ok", Fate::Arrived),
    ] {
        let (id, number) = sent(&city.city, "taro@example.jp", None).await;
        let report = postfix(&number, "taro@example.jp", action, status, said);
        assert_eq!(mail::read_bounce(report.as_bytes()).unwrap().fate, fate, "{action} {status}");
        take(&city.city, &report).await.unwrap();
        let back = matches!(fate, Fate::Hard | Fate::Soft);
        assert_eq!(state(&city.city, id).await == State::Dead, back, "{action} {status}");
    }
    let one = failure(&city.city, "taro@example.jp").await.unwrap();
    assert_eq!((one.hard, one.soft), (3, 3));
}

#[tokio::test]
async fn what_carriers_without_the_standard_send_is_understood() {
    let city = TestMunicipality::at("2026-04-13 09:42").await;
    // Old docomo: plain text with the address in a sentence and the head of the letter quoted.
    let (docomo, number) = sent(&city.city, "a..b@docomo.ne.jp", None).await;
    let old = format!(
        "Received: from mail\r\nFrom: MAILER-DAEMON@docomo.ne.jp\r\nTo: yoyaku@mihon.example\r\n\
         Subject: Mail System Error - Returned Mail\r\n\r\nYour message was not delivered to the following recipient:\r\n\
         \"a..b\"@docomo.ne.jp: Unknown user\r\n\r\n------- Original headers -------\r\n\
         Message-ID: <{number}@mihon.example>\r\nTo: \"a..b\"@docomo.ne.jp\r\n"
    );
    assert!(matches!(take(&city.city, &old).await, Ok(Bounced::Marked { letter, .. }) if letter == docomo));
    assert_eq!(failure(&city.city, "a..b@docomo.ne.jp").await.unwrap().hard, 1);

    // In Japanese, ISO-2022-JP, the bounce address alone says which letter it is.
    let (au, number) = sent(&city.city, "hanako@ezweb.ne.jp", None).await;
    let mut japanese = format!(
        "From: Postmaster@ezweb.ne.jp\r\nTo: bounce+{number}@mihon.example\r\nSubject: User Unknown\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=iso-2022-jp\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
    )
    .into_bytes();
    // 宛先不明
    japanese.extend(b"\x1b$B08@hITL@\x1b(B\r\n");
    let bounce = mail::read_bounce(&japanese).unwrap();
    assert_eq!((bounce.fate, bounce.said.as_str()), (Fate::Hard, "宛先不明"));
    let taken = city.city.db.write(CLERK, move |tx| mail::take_bounce(tx, &bounce)).await;
    assert!(matches!(taken, Ok(Bounced::Marked { letter, .. }) if letter == au));

    // Nothing but the address: noted, and never held so strongly against it that information stops.
    let (softbank, _) = sent(&city.city, "jiro@softbank.ne.jp", None).await;
    let bare = "From: <MAILER-DAEMON>\r\nTo: yoyaku@mihon.example\r\nSubject: failure notice\r\n\r\n\
                Hi. This is the qmail-send program.\r\n<jiro@softbank.ne.jp>:\r\n550 Invalid recipient: user unknown\r\n";
    assert!(matches!(take(&city.city, bare).await, Ok(Bounced::Marked { letter, .. }) if letter == softbank));
    let one = failure(&city.city, "jiro@softbank.ne.jp").await.unwrap();
    assert_eq!((one.hard, one.soft), (0, 1));
}

#[tokio::test]
async fn what_is_no_bounce_or_of_no_letter_changes_nothing() {
    let city = TestMunicipality::at("2026-04-13 09:42").await;
    let (id, number) = sent(&city.city, "taro@example.jp", None).await;
    let vacation = format!(
        "From: taro@example.jp\r\nTo: yoyaku@mihon.example\r\nSubject: Out of office\r\nAuto-Submitted: auto-replied\r\n\
         In-Reply-To: <{number}@mihon.example>\r\n\r\nI am away.\r\n"
    );
    for (message, bad) in [
        ("", BadBounce::NoMessage),
        ("\u{0}\u{1}\u{2} no head at all", BadBounce::NoMessage),
        (vacation.as_str(), BadBounce::NoBounce),
        (
            "From: MAILER-DAEMON@a.jp\r\nSubject: Returned mail\r\n\r\nSomething failed.\r\n",
            BadBounce::Nameless,
        ),
    ] {
        assert_eq!(mail::read_bounce(message.as_bytes()).unwrap_err(), bad, "{message}");
    }
    let foreign = postfix(&"ab".repeat(16), "other@example.org", "failed", "5.1.1", "550 5.1.1 unknown");
    assert!(matches!(take(&city.city, &foreign).await, Err(BounceError::Unknown)));
    assert_eq!(state(&city.city, id).await, State::Sent);
    assert_eq!(failure(&city.city, "taro@example.jp").await, None);
}

#[tokio::test]
async fn whoever_opens_the_link_shows_that_the_address_works() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    city.card(1, "田中 健太").await;
    let (_, number) = sent(&city.city, "taro@example.jp", None).await;
    let report = postfix(&number, "taro@example.jp", "failed", "5.2.2", "552 5.2.2 full");
    take(&city.city, &report).await.unwrap();
    assert!(failure(&city.city, "taro@example.jp").await.is_some());
    let mut browser = city.browser();
    crate::citizen::steps::enter(&city, &mut browser, 1, "taro@example.jp").await;
    assert_eq!(failure(&city.city, "taro@example.jp").await, None);
}

#[tokio::test]
async fn the_job_reads_a_maildir_and_a_directory_and_loses_no_file() {
    for maildir in [true, false] {
        let mut house = House::at("2026-04-13 09:42").await;
        let dir = house.dir.path().join("bounces");
        for name in ["new", "cur", "tmp"].iter().filter(|_| maildir) {
            std::fs::create_dir_all(dir.join(name)).unwrap();
        }
        std::fs::create_dir_all(&dir).unwrap();
        house.config.municipalities[0].bounce_dir = Some(dir.clone());
        let chance = madoguchi::base::Chance::seeded(1);
        house.registry =
            madoguchi::municipalities::Registry::new(&house.config, "", house.clock.clock(), chance);
        let city = house.city().await;
        let (good, number) = sent(&city, "taro@example.jp", None).await;
        let incoming = if maildir { dir.join("new") } else { dir.clone() };
        let report = postfix(&number, "taro@example.jp", "failed", "5.1.1", "550 5.1.1 unknown");
        std::fs::write(incoming.join("1.good"), report).unwrap();
        std::fs::write(incoming.join("2.bad"), "From: someone\r\nSubject: hello\r\n\r\nhow are you\r\n")
            .unwrap();
        let files = Transport::Files(house.dir.path().join("mail"));
        let desk = Desk::new(house.registry.clone(), Renderer::load().unwrap(), files, house.clock.clock());
        let next = read_bounces(&desk, &city).await.unwrap().unwrap();
        assert_eq!(next.since(house.clock.clock().now()).as_secs(), 60);
        assert_eq!(state(&city, good).await, State::Dead);
        let kept: [&str; 2] =
            if maildir { ["cur/1.good:2,S", "cur/2.bad:2,F"] } else { ["done/1.good", "unread/2.bad"] };
        for name in kept {
            assert!(dir.join(name).is_file(), "{name}");
        }
        assert_eq!(mail::mailbox::waiting(&dir, 10).unwrap().len(), 0);
    }
}

fn pipe(desk: &Program, message: &str) -> Output {
    let mut command = desk.call(&["mail", "bounce", "--municipality", "mihon", "--json"]);
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(message.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn the_command_takes_a_piped_bounce_with_and_without_a_running_server() {
    let desk = Program::new();
    desk.add_city();
    let numbers = ["ab".repeat(16), "cd".repeat(16)];
    for number in &numbers {
        let row = "INSERT INTO outbox (kind, dedup_key, to_email, language, params, state, next_at, message_id, created_at, finished_at)
                   VALUES ('not_ready', ?1, 'taro@example.jp', 'ja', '{\"kind\":\"not_ready\"}', 'sent', 0, ?1, 0, 0)";
        look_into(&desk.file()).execute(row, [number]).unwrap();
    }
    let bounce = |number: &str| postfix(number, "taro@example.jp", "failed", "5.1.1", "550 5.1.1 unknown");
    let done = pipe(&desk, &bounce(&numbers[0]));
    assert!(done.status.success(), "{}", said(&done));
    assert_eq!(report(&done)["result"], "marked");
    let server = desk.serve();
    let done = pipe(&desk, &bounce(&numbers[1]));
    assert_eq!(report(&done)["result"], "suppressed", "{}", said(&done));
    assert_eq!(report(&pipe(&desk, &bounce(&numbers[1])))["result"], "again");
    let bad = pipe(&desk, "From: a@b.jp\r\nSubject: hello\r\n\r\nno bounce\r\n");
    assert_eq!(bad.status.code(), Some(1));
    let told = said(&bad);
    assert!(told.contains("no bounce") && told.contains("unread-mail"), "{told}");
    let kept = std::fs::read_dir(desk.path("data/999999/unread-mail")).unwrap();
    let kept: Vec<_> = kept.map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap()).collect();
    assert!(kept.len() == 1 && kept[0].contains("no bounce"), "{kept:?}");
    assert_eq!(pipe(&desk, "").status.code(), Some(1));
    server.stop();
}
