//! What stands in the letters: every fact that somebody needs, in every language; calendar files that another parser reads; the
//! code for the counter.

use calcard::icalendar::{ICalendar, ICalendarComponentType, ICalendarValue};
use madoguchi::mail::wording;
use madoguchi::settings;

use crate::citizen::steps::{EMAIL, acknowledge, book, choose_time};
use crate::kit::{Browser, TestMunicipality};

async fn city() -> TestMunicipality {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    city.card(1, "田中 健太").await;
    city
}

/// The one event of a calendar file, by property, with the calendar's own method; read by a parser that did not write it.
fn event(file: &str) -> (String, Vec<(String, String)>) {
    let calendar = ICalendar::parse(file).unwrap();
    let of = |kind: &ICalendarComponentType| -> Vec<(String, String)> {
        let found: Vec<_> = calendar.components.iter().filter(|one| one.component_type == *kind).collect();
        assert_eq!(found.len(), 1, "{kind:?}");
        found[0].entries.iter().map(|one| (one.name.as_str().to_owned(), plain(&one.values))).collect()
    };
    let method = value(&of(&ICalendarComponentType::VCalendar), "METHOD");
    (method, of(&ICalendarComponentType::VEvent))
}

/// The first value of a property as the file wrote it.
fn plain(values: &[ICalendarValue]) -> String {
    match values.first() {
        Some(ICalendarValue::Text(text)) => text.clone(),
        Some(ICalendarValue::Integer(number)) => number.to_string(),
        Some(ICalendarValue::PartialDateTime(at)) => {
            let part = |number: Option<u8>| number.unwrap();
            let zone = if at.tz_hour == Some(0) { "Z" } else { "" };
            format!(
                "{:04}{:02}{:02}T{:02}{:02}{:02}{zone}",
                at.year.unwrap(),
                part(at.month),
                part(at.day),
                part(at.hour),
                part(at.minute),
                part(at.second)
            )
        }
        Some(ICalendarValue::Status(status)) => format!("{status:?}").to_uppercase(),
        Some(ICalendarValue::Method(method)) => format!("{method:?}").to_uppercase(),
        _ => String::new(),
    }
}

fn value(event: &[(String, String)], name: &str) -> String {
    event.iter().find(|(one, _)| one == name).unwrap_or_else(|| panic!("no {name}")).1.clone()
}

#[tokio::test]
async fn another_parser_reads_the_same_entry_made_moved_and_taken_out() {
    let city = city().await;
    let mut browser = city.browser();
    book(&city, &mut browser, 1, EMAIL).await;
    let made = city.letter(EMAIL).await.calendar.unwrap();
    browser.open("/my/change").await.press("日時を選び直す").await;
    choose_time(&mut browser, "4月14日（火）", "10:00").await;
    acknowledge(&mut browser).await;
    browser.press("この内容に変更する").await;
    let moved = city.letter(EMAIL).await.calendar.unwrap();
    browser.open("/my/cancel").await.tick("あなた").press("予約を取り消す").await;
    let ended = city.letter(EMAIL).await.calendar.unwrap();

    let (methods, events): (Vec<_>, Vec<_>) = [made, moved, ended].iter().map(|file| event(file)).unzip();
    assert_eq!(methods, ["PUBLISH", "PUBLISH", "CANCEL"]);
    let of = |name: &str| events.iter().map(|one| value(one, name)).collect::<Vec<_>>();
    assert_eq!(of("SEQUENCE"), ["0", "1", "2"]);
    assert_eq!(of("DTSTART"), ["20260413T003000Z", "20260414T010000Z", "20260414T010000Z"]);
    assert_eq!(of("STATUS"), ["CONFIRMED", "CONFIRMED", "CANCELLED"]);
    let uids = of("UID");
    assert!(uids.iter().all(|uid| *uid == uids[0]), "{uids:?}");
}

/// The modules of the code in a picture, dark = true, without the white around.
fn modules(picture: &[u8]) -> (usize, Vec<bool>) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(picture)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    let side = info.width as usize;
    assert_eq!((info.width, side % 8), (info.height, 0));
    let width = side / 8 - 8;
    let dark = |at: usize| pixels[((at / width + 4) * 8 + 4) * side + (at % width + 4) * 8 + 4] < 128;
    (width, (0..width * width).map(dark).collect())
}

#[tokio::test]
async fn the_code_for_the_counter_is_attached_led_to_or_left_out_and_holds_the_number_alone() {
    let city = city().await;
    let mut browser = city.browser();
    book(&city, &mut browser, 1, EMAIL).await;
    let letter = city.letter(EMAIL).await;
    let no = browser
        .text()
        .split_whitespace()
        .find(|word| word.len() == 9 && word.contains('-'))
        .unwrap()
        .to_owned();
    let (width, dark) = modules(&letter.picture.unwrap());
    let code = qrcode::QrCode::with_error_correction_level(&no, qrcode::EcLevel::M).unwrap();
    let expected: Vec<bool> = code.to_colors().iter().map(|one| *one == qrcode::types::Color::Dark).collect();
    assert_eq!((width, dark), (code.width(), expected), "the number {no} and nothing else");
    assert!(letter.body.contains("添付の絵（QRコード）"), "{}", letter.body);

    for (word, says) in [("link", "/my/code/"), ("none", "")] {
        let change = settings::Change { key: "mail.code".to_owned(), value: word.into() };
        city.write(move |tx| settings::set(tx, &change)).await;
        city.clock.pass(std::time::Duration::from_mins(1));
        let mut clerk = if word == "link" {
            city.clerk("manager").await
        } else {
            city.person("manager", "other", "x").await
        };
        clerk.open("/bookings/1").await.press("予約の確認をもう一度送る").await;
        let letter = city.letter(EMAIL).await;
        assert!(letter.picture.is_none());
        assert_eq!(letter.body.contains("QR"), word == "link", "{}", letter.body);
        if word == "link" {
            let mut anybody = city.browser();
            anybody.open(&letter.link(says)).await;
            assert_eq!(anybody.status(), 200);
            assert!(anybody.says(&no), "{}", anybody.text());
        }
    }
}

#[tokio::test]
async fn the_page_of_a_code_looks_nothing_up_and_takes_nothing_but_a_number() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let mut browser: Browser = city.browser();
    browser.open("/my/code/ZZZZ-9999").await;
    assert_eq!(browser.status(), 200, "nobody learns whether there is such a booking");
    for wrong in ["/my/code/abc", "/my/code/K7M2-0413x", "/my/code/k7m2-0413"] {
        browser.open(wrong).await;
        assert_eq!(browser.status(), 404, "{wrong}");
    }
}

#[tokio::test]
async fn every_letter_of_a_booking_says_all_that_somebody_needs_in_every_language() {
    let city = city().await;
    for language in ["ja", "ja-easy", "en"] {
        let renderer = &city.state.renderer;
        let sender = madoguchi::mail::City {
            name: "見本市".to_owned(),
            office: "市民課".to_owned(),
            phone: "0000-11-2222".to_owned(),
            hours: "平日".to_owned(),
            link_base: "https://yoyaku.mihon.example".to_owned(),
            ..madoguchi::mail::City::default()
        };
        let words = std::collections::BTreeMap::new();
        for letter in [
            "booking_confirmed",
            "booking_changed",
            "booking_cancelled",
            "reminder",
            "new_time_asked",
            "office_closed",
            "office_open",
            "already_booked",
        ] {
            let drawn =
                wording::preview(renderer, &sender, (letter, &wording::Example::default()), language, &words)
                    .unwrap()
                    .unwrap();
            let body = &drawn.body;
            for fact in [
                "見本市",
                "K7M2-0413",
                "本庁舎 市民課",
                "見本町1-1",
                "見本駅",
                "0000-00-0000",
                "10:00",
                "10:30",
                "市民課",
                "0000-11-2222",
                "https://yoyaku.mihon.example",
            ] {
                assert!(body.contains(fact), "{language} {letter}: no {fact} in\n{body}");
            }
            let era = if language == "ja" { "令和8年" } else { "2026" };
            assert!(body.contains(era), "{language} {letter}: no {era} in\n{body}");
            assert!(!drawn.subject.is_empty() && !drawn.subject.contains('\n'));
        }
        for letter in ["booking_confirmed", "booking_changed", "reminder"] {
            let drawn =
                wording::preview(renderer, &sender, (letter, &wording::Example::default()), language, &words)
                    .unwrap()
                    .unwrap();
            assert!(drawn.body.contains("マイナンバーカード"), "what to bring: {language} {letter}");
        }
    }
}

#[tokio::test]
async fn a_link_letter_has_the_link_and_the_code_and_nothing_of_the_person() {
    let city = city().await;
    let mut browser = city.browser();
    crate::citizen::steps::ask_for_link(&mut browser, 1, EMAIL).await;
    let letter = city.letter(EMAIL).await;
    assert_eq!(letter.code().len(), 6);
    for secret in ["田中", "健太", "A13", "000001"] {
        assert!(!letter.body.contains(secret) && !letter.subject.contains(secret), "{secret}");
    }
    browser.open(&letter.link("/m/")).await;
    assert!(browser.says("予約の手続きを続ける"), "{}", browser.text());
}

#[tokio::test]
async fn a_sentence_written_for_one_procedure_stands_in_its_letters_alone() {
    let city = city().await;
    let mut manager = city.clerk("manager").await;
    manager.open("/mail/templates/booking_confirmed?language=ja&procedure=issuance").await;
    manager.fill("予約ができました。", "カードの受け取りの予約ができました。").press("保存する").await;
    assert!(manager.says("1か所の文を保存しました"), "{}", manager.text());
    book(&city, &mut city.browser(), 1, EMAIL).await;
    let letter = city.letter(EMAIL).await;
    assert!(letter.body.contains("カードの受け取りの予約ができました。"), "{}", letter.body);
    manager.open("/mail/templates/booking_confirmed?language=ja").await;
    assert!(!manager.text().contains("カードの受け取りの予約ができました。"), "{}", manager.text());
}

#[tokio::test]
async fn an_english_letter_names_city_service_and_office_in_english_with_the_japanese_beside_and_so_does_its_entry()
 {
    let city = city().await;
    for (key, value) in [
        ("city.name_en", "Mihon City"),
        ("help.office_en", "Booking desk"),
        ("help.hours_en", "Weekdays 8:30 to 17:15"),
    ] {
        let change = settings::Change { key: key.to_owned(), value: value.into() };
        city.write(move |tx| settings::set(tx, &change)).await;
    }
    let office = city.office;
    city.write(move |tx| {
        tx.run(
            "INSERT INTO location_text (location_id, language, name, address, access, barrier_free, hours_text)
             VALUES (?, 'en', 'City Hall', '1-1 Mihon-cho', '5 minutes from Mihon Station', '', '')",
            [office],
        )
    })
    .await;
    let mut browser = city.browser();
    browser.open("/language/en?to=/notice").await;
    assert!(browser.title().ends_with("Mihon City My Number Card pick-up booking"), "{}", browser.title());
    browser.fill("Notice number (交付通知書の番号)", "A13-000001").fill("month", "4").fill("day", "13");
    browser.press("Check and continue").await;
    browser.fill("E-mail address", EMAIL).press("Send the e-mail").await;
    let letter = city.letter(EMAIL).await;
    assert!(letter.subject.starts_with("[Mihon City] Continue your booking here"), "{}", letter.subject);
    assert!(
        browser.says("[Mihon City] Continue your booking here"),
        "the page names the same subject: {}",
        browser.text()
    );
    for words in [
        "This is Mihon City (見本市), My Number Card pick-up booking (マイナンバーカード受け取り予約).",
        "Contact: Booking desk (市民課 予約の電話窓口)",
        "(Weekdays 8:30 to 17:15)",
    ] {
        assert!(letter.body.contains(words), "{words} in:\n{}", letter.body);
    }
    browser.open(&letter.link("/m/")).await.press("Continue booking").await;
    browser.select("Place", "City Hall").press("Continue with this place").await;
    browser.press("Continue with 1 people").await;
    browser.open("/calendar?month=2026-04&day=2026-04-13#slots").await;
    browser.tick("9:30 to 10:00").press("Continue with this time").await;
    for number in 1..=5 {
        browser.tick(&format!("{number}. "));
    }
    browser.press("I have confirmed everything").await.press("Book this").await;
    let made = city.letter(EMAIL).await;
    browser.open("/my/booking.ics").await;
    let page = String::from_utf8(browser.bytes().to_vec()).unwrap();
    for file in [made.calendar.as_deref().unwrap(), &page] {
        let (_, entry) = event(file);
        assert_eq!(value(&entry, "SUMMARY"), "My Number Card pick-up booking");
        assert_eq!(value(&entry, "LOCATION"), "City Hall 1-1 Mihon-cho");
        assert!(value(&entry, "DESCRIPTION").starts_with("Booking number: "), "{entry:?}");
    }
}

#[tokio::test]
async fn a_calendar_entry_in_easy_japanese_has_no_readings_in_it() {
    let city = city().await;
    let mut browser = city.browser();
    browser.open("/language/ja-easy?to=/notice").await;
    book_easily(&city, &mut browser).await;
    let (_, entry) = event(city.letter(EMAIL).await.calendar.as_deref().unwrap());
    let description = value(&entry, "DESCRIPTION");
    assert!(description.contains("予約番号") && !description.contains(['｜', '《']), "{description}");
    assert_eq!(value(&entry, "SUMMARY"), "マイナンバーカード受け取り予約");
}

/// A booking by somebody who reads やさしい日本語, made by staff: its letter is in that language.
async fn book_easily(city: &TestMunicipality, browser: &mut Browser) {
    book(city, &mut city.browser(), 1, EMAIL).await;
    city.letter(EMAIL).await;
    city.write(|tx| tx.run("UPDATE booking SET language = 'ja-easy'", [])).await;
    browser.open("/my").await;
    let again = city
        .city
        .db
        .read(madoguchi::db::Lane::Staff, |tx| {
            tx.one("SELECT id, version FROM booking", [], |row| {
                Ok(madoguchi::booking::Seen { booking: row.get("id")?, version: row.get("version")? })
            })
        })
        .await
        .unwrap_or_else(|fault: madoguchi::db::Fault| panic!("{fault}"));
    let mut clerk = city.clerk("counter").await;
    clerk.open(&format!("/bookings/{}", again.booking)).await.press("予約の確認をもう一度送る").await;
}
