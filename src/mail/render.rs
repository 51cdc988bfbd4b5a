//! From a letter to its subject and body.

use std::collections::BTreeMap;

use serde::Serialize;

use super::wording::Own;
use super::{BookingFacts, CalendarFile, Letter, Method, calendar_file};
use crate::base::{Day, Minute, Moment};
use crate::render::{RenderFault, Renderer, View};

/// What every letter says of its sender.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct City {
    /// Name of the city.
    pub name: String,
    /// Name of the service.
    pub service: String,
    /// The office to ask.
    pub office: String,
    /// Its telephone number.
    pub phone: String,
    /// When it answers.
    pub hours: String,
    /// The city's start page, without a slash at its end.
    pub link_base: String,
    /// The domain of the sender's address.
    pub domain: String,
    /// The sentences that the city has written itself.
    #[serde(skip)]
    pub own: Own,
}

/// A letter ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    /// Plain text, lines ended by LF.
    pub body: String,
    /// The calendar file, for letters about a booking.
    pub calendar: Option<(Method, String)>,
}

#[derive(Clone, Debug, Serialize)]
struct LetterView {
    part: &'static str,
    city: City,
    letter: Letter,
    own_words: BTreeMap<String, String>,
}

impl View for LetterView {
    const TEMPLATE: &'static str = "mail/letter.txt";

    fn samples() -> Vec<(&'static str, Self)> {
        let both = samples().into_iter().flat_map(|(name, letter)| {
            ["subject", "body"].map(|part| (name, Self::of(part, &City::default(), &letter, BTreeMap::new())))
        });
        both.collect()
    }
}

impl LetterView {
    fn of(part: &'static str, city: &City, letter: &Letter, own_words: BTreeMap<String, String>) -> Self {
        Self { part, city: city.clone(), letter: letter.clone(), own_words }
    }
}

/// Facts of a booking that nobody has.
pub(super) fn sample_facts() -> BookingFacts {
    BookingFacts {
        procedure: "電子証明書の更新".to_owned(),
        bring: vec!["マイナンバーカード".to_owned()],
        booking_no: "K7M2-0413".to_owned(),
        location_name: "本庁舎 市民課".to_owned(),
        address: "見本町1-1".to_owned(),
        access: "見本駅から歩いて5分".to_owned(),
        phone: "0000-00-0000".to_owned(),
        day: Day::new(2026, 4, 13).unwrap_or(Moment::from_millis(0).day()),
        starts: Minute::of(600),
        ends: Minute::of(630),
        people: 2,
        sequence: 0,
        change_until: Moment::from_millis(1_775_980_800_000),
        cancel_until: Some(Moment::from_millis(1_775_984_400_000)),
    }
}

/// An example of each letter, by its word, with facts that nobody has.
pub(super) fn samples() -> Vec<(&'static str, Letter)> {
    samples_of(&sample_facts())
}

/// The same with these facts.
pub(super) fn samples_of(facts: &BookingFacts) -> Vec<(&'static str, Letter)> {
    let link =
        Letter::Link { token: "abc".to_owned(), code: "123456".to_owned(), hours: 24, code_minutes: 30 };
    vec![
        ("link", link),
        ("already_booked", Letter::AlreadyBooked(facts.clone())),
        ("not_ready", Letter::NotReady),
        ("already_issued", Letter::AlreadyIssued),
        ("address_replaced", Letter::AddressReplaced),
        ("booking_confirmed", Letter::BookingConfirmed(facts.clone())),
        ("booking_changed", Letter::BookingChanged(facts.clone())),
        ("booking_cancelled", Letter::BookingCancelled(facts.clone())),
        ("reminder", Letter::Reminder(facts.clone())),
        ("no_show", Letter::NoShow(facts.clone())),
        ("new_time_asked", Letter::NewTimeAsked(facts.clone())),
        ("office_open", Letter::OfficeOpen(facts.clone())),
        (
            "office_closed",
            Letter::OfficeClosed {
                token: "abc".to_owned(), reason: "台風".to_owned(), facts: facts.clone()
            },
        ),
    ]
}

/// Every letter in every part, for the test that draws all views.
pub fn draw_samples(renderer: &Renderer, language: &str) -> Result<Vec<(&'static str, String)>, RenderFault> {
    LetterView::samples()
        .into_iter()
        .map(|(name, view)| Ok((name, renderer.page(&view, language)?)))
        .collect()
}

/// Draws a letter in `language`; `now` is stamped into the calendar file.
pub fn render(
    renderer: &Renderer,
    city: &City,
    letter: &Letter,
    language: &str,
    now: Moment,
) -> Result<Rendered, RenderFault> {
    let own = city.own.of(letter.wording(), language);
    let draw = |part| renderer.page(&LetterView::of(part, city, letter, own.clone()), language);
    let subject = draw("subject")?.split_whitespace().collect::<Vec<_>>().join(" ");
    let body = draw("body")?.trim().to_owned() + "\n";
    let calendar = method(letter).and_then(|method| {
        let facts = letter.booking()?;
        let invite = CalendarFile { facts, title: &city.service, domain: &city.domain, method, stamp: now };
        Some((method, calendar_file(&invite)))
    });
    Ok(Rendered { subject, body, calendar })
}

/// One part of a letter, drawn with these sentences instead of those of the message files.
pub(super) fn part(
    renderer: &Renderer,
    part: &'static str,
    (city, letter): (&City, &Letter),
    language: &str,
    own: BTreeMap<String, String>,
) -> Result<String, RenderFault> {
    renderer.page(&LetterView::of(part, city, letter, own), language)
}

fn method(letter: &Letter) -> Option<Method> {
    match letter {
        Letter::BookingConfirmed(_) | Letter::BookingChanged(_) | Letter::OfficeOpen(_) => {
            Some(Method::Publish)
        }
        Letter::BookingCancelled(_) => Some(Method::Cancel),
        Letter::Link { .. }
        | Letter::AlreadyBooked(_)
        | Letter::NotReady
        | Letter::AlreadyIssued
        | Letter::AddressReplaced
        | Letter::Reminder(_)
        | Letter::Sample { .. }
        | Letter::NoShow(_)
        | Letter::NewTimeAsked(_)
        | Letter::OfficeClosed { .. } => None,
    }
}
