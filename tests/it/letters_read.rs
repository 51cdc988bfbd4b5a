//! Every letter as it arrives at a mail server: each kind, in each language, with the code for the counter as a picture, as a
//! link and without, read by a parser that did not write it. What arrived lies in `letters` beside the test's other files, so
//! that people can read it too.

use std::path::Path;

use calcard::icalendar::ICalendar;
use madoguchi::base::{Day, Email, Minute, Moment};
use madoguchi::jobs::deliver_mail;
use madoguchi::mail::{self, BookingFacts, Bulk, Letter, Offer, Post, Renotice};
use madoguchi::settings;
use mail_parser::{MessageParser, MimeHeaders};

use crate::kit::TestMunicipality;
use crate::kit::post_box::{Mail, PostBox};

const LANGUAGES: [&str; 3] = ["ja", "ja-easy", "en"];
const CODES: [&str; 3] = ["picture", "link", "none"];

/// 17:00 of this day in Japan.
fn at_five(day: &str) -> Moment {
    Moment::at(day.parse().unwrap(), Minute::of(17 * 60))
}

/// A booking of two on a Monday, as a city writes it; for a procedure with things of its own to bring, or for a card.
pub fn facts(renewal: bool) -> BookingFacts {
    BookingFacts {
        procedure_code: if renewal { "renewal".to_owned() } else { String::new() },
        procedure: if renewal { "電子証明書の更新".to_owned() } else { String::new() },
        bring: if renewal { vec!["マイナンバーカード".to_owned()] } else { Vec::new() },
        booking_no: "K7M2-0413".to_owned(),
        location_name: "本庁舎 市民課".to_owned(),
        address: "見本県見本市見本町1丁目1番1号 市役所本庁舎1階".to_owned(),
        access: "見本駅の東口から歩いて5分。駐車場は北側にあります。".to_owned(),
        phone: "0000-11-2222".to_owned(),
        day: Day::new(2026, 4, 13).unwrap(),
        starts: Minute::of(600),
        ends: Minute::of(630),
        people: 2,
        sequence: 1,
        change_until: at_five("2026-04-10"),
        cancel_until: Some(at_five("2026-04-12")),
    }
}

fn bulk(information: bool) -> Letter {
    let japanese = "カードをお預かりしています。\n受取期限は {due} です。\n\n予約はこちらから：\n{url}";
    Letter::Bulk(Bulk {
        bulk: 1,
        subject: "【{city}】カードの受け取りのお願い".to_owned(),
        body: japanese.to_owned(),
        information,
        due: Day::new(2026, 4, 30),
        location_name: "本庁舎 市民課".to_owned(),
        booking_no: String::new(),
        day: None,
        starts: None,
        ends: None,
        stop: String::new(),
    })
}

fn offer(held: bool) -> Letter {
    let facts = facts(false);
    Letter::SeatOffer(Offer {
        token: "t0k3n".to_owned(),
        location_name: facts.location_name,
        day: facts.day,
        starts: facts.starts,
        ends: facts.ends,
        people: 2,
        until: at_five("2026-04-09"),
        held,
    })
}

/// Every letter under a name. Whoever adds a kind of letter adds it here: [`name_of`] does not compile before.
fn letters() -> Vec<Letter> {
    let (card, renewal) = (facts(false), facts(true));
    let closed = |reason: &str| Letter::OfficeClosed {
        token: "t0k3n".to_owned(),
        reason: reason.to_owned(),
        facts: card.clone(),
    };
    vec![
        Letter::Link { token: "t0k3n".to_owned(), code: "482915".to_owned(), hours: 24, code_minutes: 30 },
        Letter::AlreadyBooked(card.clone()),
        Letter::NotReady,
        Letter::AlreadyIssued,
        Letter::AddressReplaced,
        Letter::BookingConfirmed(card.clone()),
        Letter::BookingConfirmed(renewal.clone()),
        Letter::BookingChanged(card.clone()),
        Letter::BookingCancelled(card.clone()),
        Letter::Reminder(card.clone()),
        Letter::Reminder(renewal),
        Letter::NoShow(card.clone()),
        Letter::NewTimeAsked(card.clone()),
        closed("台風が近づいているため"),
        Letter::OfficeOpen(card.clone()),
        Letter::Renotice(Renotice { due: Day::new(2026, 4, 30), location_name: card.location_name.clone() }),
        Letter::Renotice(Renotice { due: None, location_name: String::new() }),
        offer(true),
        offer(false),
        bulk(true),
        bulk(false),
        Letter::Sample { of: Box::new(Letter::BookingConfirmed(card)) },
    ]
}

fn name_of(letter: &Letter) -> String {
    let of_procedure = |facts: &BookingFacts| if facts.procedure.is_empty() { "" } else { "_renewal" };
    let more = match letter {
        Letter::BookingConfirmed(facts) | Letter::Reminder(facts) => of_procedure(facts),
        Letter::Renotice(Renotice { due: None, .. }) => "_bare",
        Letter::SeatOffer(Offer { held, .. }) => {
            if *held {
                "_held"
            } else {
                "_first"
            }
        }
        Letter::Bulk(Bulk { information, .. }) => {
            if *information {
                "_news"
            } else {
                "_procedure"
            }
        }
        Letter::Link { .. }
        | Letter::AlreadyBooked(_)
        | Letter::NotReady
        | Letter::AlreadyIssued
        | Letter::AddressReplaced
        | Letter::BookingChanged(_)
        | Letter::BookingCancelled(_)
        | Letter::NoShow(_)
        | Letter::NewTimeAsked(_)
        | Letter::OfficeClosed { .. }
        | Letter::OfficeOpen(_)
        | Letter::Renotice(_)
        | Letter::Sample { .. } => "",
    };
    format!("{}{more}", letter.kind())
}

/// What has to stand in a letter, beside what stands in all of them.
fn wanted(letter: &Letter, (language, code): (&str, &str)) -> Vec<&'static str> {
    let japanese = language == "ja";
    let monday = if language == "en" { "Mon" } else { "月" };
    let year = if japanese { "令和8年" } else { "2026" };
    let booking = vec!["K7M2-0413", year, monday, "10:00", "10:30", "本庁舎 市民課"];
    let whole = || [booking.clone(), vec!["見本町1丁目1番1号", "見本駅の東口", "0000-11-2222", "2"]].concat();
    let my = "https://yoyaku.mihon.example/my";
    let start = "https://yoyaku.mihon.example/";
    let link = "https://yoyaku.mihon.example/m/t0k3n";
    match letter {
        Letter::Link { .. } => vec![link, "482915", "24", "30"],
        Letter::AlreadyBooked(_) | Letter::OfficeOpen(_) | Letter::NewTimeAsked(_) => {
            [whole(), vec![my]].concat()
        }
        Letter::BookingConfirmed(_) | Letter::BookingChanged(_) => {
            let code = if code == "link" { "https://yoyaku.mihon.example/my/code/K7M2-0413" } else { "" };
            [whole(), vec![my, "17:00", "マイナンバーカード", code]].concat()
        }
        Letter::Reminder(_) => [whole(), vec![my, "マイナンバーカード"]].concat(),
        Letter::BookingCancelled(_) => [whole(), vec![start]].concat(),
        Letter::NoShow(_) => [booking, vec![start]].concat(),
        Letter::OfficeClosed { .. } => [whole(), vec![link, "台風", "17:00"]].concat(),
        Letter::Renotice(Renotice { due: None, .. }) => vec![start],
        Letter::Renotice(_) => vec![start, "30", "本庁舎 市民課"],
        Letter::SeatOffer(_) => vec![link, year, monday, "10:00", "10:30", "本庁舎 市民課", "2", "17:00"],
        Letter::Bulk(Bulk { information, .. }) => {
            let stop = if *information { "https://yoyaku.mihon.example/news/" } else { "" };
            vec!["カードをお預かりしています。", "30", start, stop]
        }
        Letter::Sample { .. } => whole(),
        Letter::NotReady | Letter::AlreadyIssued | Letter::AddressReplaced => Vec::new(),
    }
}

async fn set(city: &TestMunicipality, key: &'static str, value: &str) {
    let change = settings::Change { key: key.to_owned(), value: value.into() };
    city.write(move |tx| settings::set(tx, &change)).await;
}

/// A city that answers by telephone, with a letter to many under way.
async fn city() -> TestMunicipality {
    let mut city = TestMunicipality::at("2026-04-08 09:42").await;
    city.mail_may_stay();
    for (key, value) in [
        ("help.office", "見本市役所 市民課 マイナンバーカード係"),
        ("help.phone", "0000-99-8888"),
        ("help.hours", "平日 8:30から17:15まで"),
        ("mail.sender_name", "見本市 市民課"),
        ("mail.reply_to", "shimin@mihon.example"),
    ] {
        set(&city, key, value).await;
    }
    city.clerk("manager").await;
    city.write(|tx| {
        tx.run(
            "INSERT INTO bulk_mail (id, state, purpose, audience, audience_words, quiet_days, staff_id, actor, origin, created_at,
                                    touched_at)
             SELECT 1, 'sending', 'information', '{\"of\":\"watched\",\"list\":\"renotice\"}', '', 0, min(id), '', '', 0, 0 FROM staff",
            [],
        )
    })
    .await;
    city
}

/// Queues every letter in this language, lets the job hand them over, and gives what arrived.
async fn sent(
    city: &TestMunicipality,
    post_box: &PostBox,
    (language, code): (&str, &'static str),
) -> Vec<(Letter, Mail)> {
    set(city, "mail.code", code).await;
    let before = post_box.count();
    let all: Vec<(Letter, Email)> = letters()
        .into_iter()
        .enumerate()
        .map(|(number, letter)| (letter, Email::parse(&format!("c{number}@{language}.example.jp")).unwrap()))
        .collect();
    let (queued, tongue) = (all.clone(), language.to_owned());
    city.write(move |tx| {
        for (letter, to) in &queued {
            let dedup = format!("{code}-{}", to.as_str());
            mail::enqueue(tx, &Post { to, language: &tongue, letter, booking: None, card: None, dedup })?;
        }
        Ok::<_, madoguchi::db::Fault>(())
    })
    .await;
    let desk = post_box.desk(city);
    assert_eq!(deliver_mail(&desk, &city.city).await.unwrap(), None, "all of them have left");
    let arrived = post_box.arrived().split_off(before);
    let of =
        |to: &Email| arrived.iter().find(|mail| mail.to == format!("<{}>", to.as_str())).unwrap().clone();
    all.into_iter().map(|(letter, to)| (letter, of(&to))).collect()
}

/// The head and the parts, whatever the letter says.
fn check_form(name: &str, mail: &Mail, (language, letter): (&str, &Letter)) {
    let raw = mail.text.replace('\n', "\r\n");
    let parsed = MessageParser::default().parse(raw.as_bytes()).unwrap();
    let head = |name: &str| parsed.header_raw(name).map(|value| value.trim().to_owned());
    // 78 is what RFC 5322 asks for; an address in the head cannot be folded, and 998 is what nobody may pass.
    for line in mail.text.lines() {
        let most = if line.starts_with("List-Unsubscribe") { 998 } else { 78 };
        assert!(line.len() <= most, "{name}: {line}");
    }
    assert!(mail.text.is_ascii(), "{name}: every server takes it as it is");
    let from = parsed.from().unwrap().first().unwrap();
    assert_eq!(
        (from.name(), from.address()),
        (Some("見本市 市民課"), Some("yoyaku@mihon.example")),
        "{name}"
    );
    assert_eq!(parsed.reply_to().unwrap().first().unwrap().address(), Some("shimin@mihon.example"), "{name}");
    let to: Vec<_> = parsed.to().unwrap().iter().map(|one| one.address().unwrap()).collect();
    assert_eq!(to, [mail.to.trim_matches(['<', '>'])], "{name}: one receiver");
    assert!(parsed.cc().is_none() && parsed.bcc().is_none(), "{name}");
    assert_eq!(parsed.date().unwrap().to_timestamp(), 1_775_608_920, "{name}: the moment at which it left");
    assert!(parsed.message_id().unwrap().ends_with("@mihon.example"), "{name}");
    assert_eq!(head("Auto-Submitted").as_deref(), Some("auto-generated"), "{name}");
    let tongue = if language == "en" { "en" } else { "ja" };
    assert_eq!(head("Content-Language").as_deref(), Some(tongue), "{name}");
    assert_eq!(head("MIME-Version").as_deref(), Some("1.0"), "{name}");
    let news = matches!(letter, Letter::Bulk(bulk) if bulk.information);
    let stop = head("List-Unsubscribe").unwrap_or_default();
    assert_eq!(stop.starts_with("<http://yoyaku.mihon.example/mihon/news/"), news, "{name}: {stop}");
    let text = parsed.text_bodies().next().unwrap();
    assert_eq!(text.content_type().and_then(|kind| kind.attribute("charset")), Some("utf-8"), "{name}");
    assert_eq!(
        parsed.html_part(0).map(mail_parser::MessagePart::is_text_html),
        Some(false),
        "{name}: no page in a letter"
    );
}

/// What goes with it: a calendar file where a booking is made, moved or taken back; the code where people look before they come.
fn check_parts(name: &str, mail: &Mail, (code, letter): (&str, &Letter)) {
    let parsed = MessageParser::default().parse(mail.text.as_bytes()).unwrap();
    let kinds: Vec<String> = parsed
        .attachments()
        .map(|part| {
            let kind = part.content_type().unwrap();
            format!("{}/{}", kind.c_type, kind.c_subtype.as_deref().unwrap_or_default())
        })
        .collect();
    let method = match letter {
        Letter::BookingConfirmed(_) | Letter::BookingChanged(_) | Letter::OfficeOpen(_) => Some("PUBLISH"),
        Letter::BookingCancelled(_) => Some("CANCEL"),
        _ => None,
    };
    let picture = code == "picture"
        && matches!(
            letter,
            Letter::BookingConfirmed(_)
                | Letter::BookingChanged(_)
                | Letter::Reminder(_)
                | Letter::Sample { .. }
        );
    let expected: Vec<&str> =
        method.map(|_| "text/calendar").into_iter().chain(picture.then_some("image/png")).collect();
    assert_eq!(kinds, expected, "{name}");
    for part in parsed.attachments() {
        let kind = part.content_type().unwrap();
        if kind.c_type == "image" {
            assert!(png::Decoder::new(std::io::Cursor::new(part.contents())).read_info().is_ok(), "{name}");
        } else {
            assert_eq!(kind.attribute("method"), method, "{name}");
            let file = std::str::from_utf8(part.contents()).unwrap();
            let calendar = ICalendar::parse(file).unwrap();
            assert_eq!(
                calendar.components.iter().filter(|one| one.component_type.as_str() == "VEVENT").count(),
                1
            );
            for line in ["DTSTART:20260413T010000Z", "DTEND:20260413T013000Z", "SEQUENCE:1"] {
                assert!(file.contains(line), "{name}: no {line} in\n{file}");
            }
        }
    }
}

fn check_words(name: &str, mail: &Mail, facts: &[&str]) {
    let parsed = MessageParser::default().parse(mail.text.as_bytes()).unwrap();
    let (subject, body) =
        (parsed.subject().unwrap().to_owned(), parsed.body_text(0).unwrap().trim_end().to_owned());
    assert!(subject.contains("見本市") && !subject.contains(['\n', '\u{fffd}']), "{name}: {subject}");
    for fact in ["見本市", "市民課 マイナンバーカード係", "0000-99-8888", "8:30"].iter().chain(facts)
    {
        assert!(
            body.contains(&fact.replace("https://yoyaku.mihon.example", "http://yoyaku.mihon.example/mihon")),
            "{name}: no {fact} in\n{body}"
        );
    }
    for left in ["{", "}", "｜", "《", "<", "\r\n\r\n\r\n", "\n\n\n"] {
        assert!(!body.contains(left), "{name}: {left:?} in\n{body}");
    }
}

#[tokio::test]
async fn every_letter_arrives_whole_in_every_language_and_with_every_form_of_the_code() {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("letters");
    std::fs::create_dir_all(&dir).unwrap();
    let (city, post_box) = (city().await, PostBox::open(&[]).await);
    let mut all = Vec::new();
    for language in LANGUAGES {
        for code in CODES {
            for (letter, mail) in sent(&city, &post_box, (language, code)).await {
                let name = format!("{}.{language}.{code}", name_of(&letter));
                std::fs::write(dir.join(format!("{name}.eml")), mail.text.replace('\n', "\r\n")).unwrap();
                all.push((name, letter, mail, language, code));
            }
        }
    }
    assert_eq!(all.len(), letters().len() * LANGUAGES.len() * CODES.len());
    for (name, letter, mail, language, code) in all {
        check_form(&name, &mail, (language, &letter));
        check_parts(&name, &mail, (code, &letter));
        check_words(&name, &mail, &wanted(&letter, (language, code)));
    }
}

#[tokio::test]
async fn a_letter_says_that_it_cannot_be_answered_only_where_it_cannot() {
    let (city, post_box) = (city().await, PostBox::open(&[]).await);
    for (reply_to, says) in
        [("shimin@mihon.example", "返信は、下の問い合わせ先に届きます"), ("", "返信はできません")]
    {
        set(&city, "mail.reply_to", reply_to).await;
        let code = if reply_to.is_empty() { "none" } else { "link" };
        for (letter, mail) in sent(&city, &post_box, ("ja", code)).await {
            let parsed = MessageParser::default().parse(mail.text.as_bytes()).unwrap();
            assert!(parsed.body_text(0).unwrap().contains(says), "{}: {reply_to}", name_of(&letter));
            assert_eq!(parsed.reply_to().is_some(), !reply_to.is_empty());
        }
    }
}
