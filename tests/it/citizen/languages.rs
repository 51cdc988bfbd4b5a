//! Every sentence in every language, and a booking in each of them.

use std::collections::{BTreeMap, BTreeSet};

use madoguchi::render::Renderer;
use madoguchi::render::catalogue::Piece;

use super::steps::{EMAIL, book, enter};
use crate::kit::TestMunicipality;

/// The places of each sentence of a language.
fn places(renderer: &Renderer, language: &str) -> BTreeMap<String, BTreeSet<String>> {
    let words = renderer.catalogue();
    let of = |key: &str| {
        let sentence = words.own(language, key).unwrap();
        let place = |piece: &Piece| match piece {
            Piece::Place(name) => Some(name.clone()),
            _ => None,
        };
        (key.to_owned(), sentence.iter().filter_map(place).collect())
    };
    words.keys(language).map(of).collect()
}

/// Names of months and of eras are written where a language needs them.
fn is_shape_of_dates(key: &str) -> bool {
    key.starts_with("dates.")
}

#[test]
fn every_language_has_the_same_sentences_with_the_same_places() {
    let renderer = Renderer::load().unwrap();
    let mut japanese = places(&renderer, "ja");
    japanese.retain(|key, _| !is_shape_of_dates(key));
    assert!(japanese.len() > 300, "{}", japanese.len());
    for language in renderer.languages() {
        let mut own = places(&renderer, language);
        own.retain(|key, _| !is_shape_of_dates(key));
        let keys = |all: &BTreeMap<String, BTreeSet<String>>| all.keys().cloned().collect::<BTreeSet<_>>();
        let missing: Vec<String> = keys(&japanese).difference(&keys(&own)).cloned().collect();
        let extra: Vec<String> = keys(&own).difference(&keys(&japanese)).cloned().collect();
        assert!(
            missing.is_empty() && extra.is_empty(),
            "{language} lacks {missing:?}, has besides {extra:?}"
        );
        for (key, places) in &japanese {
            assert_eq!(&own[key], places, "{language}: {key}");
        }
    }
}

#[test]
fn every_kanji_of_easy_japanese_has_its_reading() {
    let renderer = Renderer::load().unwrap();
    let words = renderer.catalogue();
    let is_kanji = |c: char| ('一'..='龠').contains(&c) || c == '々';
    let apart = |key: &str| key.starts_with("dates.") || key == "page.language_name";
    for key in words.keys("ja-easy").filter(|key| !apart(key)) {
        for piece in words.own("ja-easy", key).unwrap() {
            if let Piece::Words(plain) = piece {
                assert!(!plain.contains(is_kanji), "{key}: {plain}");
            }
        }
    }
}

#[test]
fn sentences_of_a_japanese_page_are_short() {
    let renderer = Renderer::load().unwrap();
    let words = renderer.catalogue();
    for key in words.keys("ja").filter(|key| !key.starts_with("mail.")) {
        let said = words.words("ja", key, |_| Some("00".to_owned())).unwrap();
        let mut inside = false;
        let mut plain = String::new();
        for c in said.chars() {
            match c {
                '<' => inside = true,
                '>' => inside = false,
                c if !inside => plain.push(c),
                _ => {}
            }
        }
        for sentence in plain.split('。') {
            assert!(sentence.chars().count() <= 62, "{key}: {sentence}");
        }
    }
}

#[tokio::test]
async fn a_choice_of_language_keeps_the_step_and_holds_for_the_mails() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    city.card(1, "田中 健太").await;
    let mut browser = city.browser();
    enter(&city, &mut browser, 1, EMAIL).await;
    browser.select("受け取る場所", "本庁舎").press("この場所で次へ進む").await;
    browser.open("/calendar?month=2026-04&day=2026-04-13#slots").await;
    assert_eq!((browser.page().lang.as_str(), browser.says("受け取る日と時間")), ("ja", true));

    let english = browser.page().links.iter().find(|link| link.name == "English").unwrap().href.clone();
    browser.open(&english).await;
    assert_eq!(browser.address(), "/mihon/calendar?month=2026-04&day=2026-04-13");
    assert_eq!((browser.page().lang.as_str(), browser.h1()), ("en", "Choose the day and time"));
    assert!(!browser.page().html.contains("class=\"easy\""));
    browser.tick("9:30 to 10:00").press("Continue with this time").await;
    for number in 1..=5 {
        browser.tick(&format!("{number}. "));
    }
    browser.press("I have confirmed everything").await.press("Book this").await;
    assert_eq!((browser.path(), browser.h1()), ("/done", "Your booking is made"));

    let letter = city.letter(EMAIL).await;
    assert_eq!(letter.language, "en");
    assert!(letter.subject.starts_with("[見本市] Booked: Mon, 13 April 9:30"), "{}", letter.subject);
    assert!(letter.body.contains("What to bring"), "{}", letter.body);
}

#[tokio::test]
async fn easy_japanese_is_japanese_with_readings_and_more_space() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let mut browser = city.browser();
    browser.open("/language/ja-easy?to=/notice").await;
    assert_eq!((browser.path(), browser.page().lang.as_str()), ("/notice", "ja"));
    let html = &browser.page().html;
    assert!(html.contains("<body class=\"easy\">"));
    assert!(html.contains("<ruby>番号<rp>（</rp><rt>ばんごう</rt><rp>）</rp></ruby>"));
    assert!(browser.title().starts_with("はがきの 番号と 誕生日｜"), "{}", browser.title());
}

#[tokio::test]
async fn a_language_that_is_not_there_is_no_page() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let mut browser = city.browser();
    browser.open("/language/tlh").await;
    assert_eq!(browser.status(), 404);
    browser.open("/language/en?to=//evil.example/").await;
    assert_eq!((browser.path(), browser.page().lang.as_str()), ("/", "en"));
}

#[tokio::test]
async fn a_booking_made_in_japanese_is_told_in_japanese() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    city.card(1, "田中 健太").await;
    book(&city, &mut city.browser(), 1, EMAIL).await;
    assert_eq!(city.letter(EMAIL).await.language, "ja");
}
