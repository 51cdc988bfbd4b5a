//! From a letter to its subject and body.

use std::collections::BTreeMap;

use serde::Serialize;

use super::code::code_picture;
use super::wording::Own;
use super::{BookingFacts, Bulk, CalendarFile, Letter, Method, Offer, Renotice, calendar_file};
use crate::base::{Day, Minute, Moment};
use crate::render::{RenderFault, Renderer, View};
use crate::settings::{CheckInCode, Settings, Spoken};

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
    /// Whether somebody reads what is answered.
    pub reply: bool,
    /// The names of all this in English; Japanese where the city has entered none.
    #[serde(skip)]
    pub english: Spoken,
    /// How whoever comes gets the code that is scanned at the counter.
    pub code: CheckInCode,
    /// The sentences that the city has written itself.
    #[serde(skip)]
    pub own: Own,
}

impl City {
    /// What letters say of a city of this name, whose pages begin at `link_base` and whose letters come from `domain`.
    pub fn of((name, link_base, domain): (&str, &str, &str), settings: Settings, own: Own) -> Self {
        Self {
            name: name.to_owned(),
            english: settings.spoken(name, "en"),
            service: settings.service_name,
            office: settings.help_office,
            phone: settings.help_phone,
            hours: settings.help_hours,
            link_base: link_base.to_owned(),
            domain: domain.to_owned(),
            reply: !settings.mail_reply_to.is_empty(),
            code: settings.check_in_code,
            own,
        }
    }

    /// The same with its names in this language, and the names with the Japanese ones in brackets where those are others: so
    /// whoever reads the letter can show it to others, and find the office by its sign.
    fn spoken(&self, language: &str) -> (Self, Spoken) {
        let mut city = self.clone();
        let mut full = Spoken {
            city: self.name.clone(),
            service: self.service.clone(),
            office: self.office.clone(),
            hours: self.hours.clone(),
        };
        if language == "en" {
            for (own, both, english) in [
                (&mut city.name, &mut full.city, &self.english.city),
                (&mut city.service, &mut full.service, &self.english.service),
                (&mut city.office, &mut full.office, &self.english.office),
                (&mut city.hours, &mut full.hours, &self.english.hours),
            ] {
                if !english.is_empty() && english != own {
                    *both = if own.is_empty() { english.clone() } else { format!("{english} ({own})") };
                    own.clone_from(english);
                }
            }
        }
        (city, full)
    }

    /// The name of the sender of a letter in this language.
    pub fn sender(&self, language: &str) -> String {
        self.spoken(language).1.city
    }
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
    /// The code for the counter as a picture (PNG), where the city attaches it.
    pub code: Option<Vec<u8>>,
}

#[derive(Clone, Debug, Serialize)]
struct LetterView {
    part: &'static str,
    city: City,
    /// The names with the Japanese ones in brackets.
    full: Spoken,
    letter: Letter,
    own_words: BTreeMap<String, String>,
}

impl View for LetterView {
    const TEMPLATE: &'static str = "mail/letter.txt";

    fn samples() -> Vec<(&'static str, Self)> {
        let both = samples().into_iter().flat_map(|(name, letter)| {
            let city = City::default();
            ["subject", "body"].map(|part| (name, Self::of((part, "ja"), &city, &letter, BTreeMap::new())))
        });
        both.collect()
    }
}

impl LetterView {
    fn of(
        (part, language): (&'static str, &str),
        city: &City,
        letter: &Letter,
        own_words: BTreeMap<String, String>,
    ) -> Self {
        let (city, full) = city.spoken(language);
        Self { part, city, full, letter: letter.clone(), own_words }
    }
}

/// Facts of a booking that nobody has.
pub(super) fn sample_facts() -> BookingFacts {
    BookingFacts {
        procedure_code: String::new(),
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
        (
            "renotice",
            Letter::Renotice(Renotice { due: Some(facts.day), location_name: facts.location_name.clone() }),
        ),
        ("seat_offer", Letter::SeatOffer(sample_offer(facts))),
        ("bulk", Letter::Bulk(sample_bulk(facts))),
    ]
}

fn sample_offer(facts: &BookingFacts) -> Offer {
    Offer {
        token: "abc".to_owned(),
        location_name: facts.location_name.clone(),
        day: facts.day,
        starts: facts.starts,
        ends: facts.ends,
        people: facts.people,
        until: facts.change_until,
        held: facts.cancel_until != Some(facts.change_until),
    }
}

/// A letter to many, with facts that nobody has and without words of its own.
pub(super) fn sample_bulk(facts: &BookingFacts) -> Bulk {
    Bulk {
        bulk: 0,
        subject: String::new(),
        body: String::new(),
        information: true,
        due: Some(facts.day),
        location_name: facts.location_name.clone(),
        booking_no: facts.booking_no.clone(),
        day: Some(facts.day),
        starts: Some(facts.starts),
        ends: Some(facts.ends),
        stop: "abc".to_owned(),
    }
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
    let own = said(city, letter, language);
    let draw = |part| renderer.page(&LetterView::of((part, language), city, letter, own.clone()), language);
    let subject = draw("subject")?.split_whitespace().collect::<Vec<_>>().join(" ");
    let body = tidy(&draw("body")?);
    let calendar = method(letter).and_then(|method| {
        let facts = letter.booking()?;
        let (spoken, _) = city.spoken(language);
        let number = number_of(renderer, facts, language);
        let (title, domain) = (spoken.service.as_str(), city.domain.as_str());
        let invite = CalendarFile { facts, title, number: &number, domain, method, stamp: now };
        Some((method, calendar_file(&invite)))
    });
    let code = code_of(city, letter).and_then(code_picture);
    Ok(Rendered { subject, body, calendar, code })
}

/// The booking number as a sentence in this language, for a calendar entry.
pub fn number_of(renderer: &Renderer, facts: &BookingFacts, language: &str) -> String {
    let no = facts.booking_no.clone();
    let said = renderer.catalogue().words(language, "mail.no", |_| Some(no.clone()));
    crate::base::text::without_readings(&said.unwrap_or(no.clone()))
}

/// The booking number whose code is attached to a letter: those that people look at before they come.
fn code_of<'a>(city: &City, letter: &'a Letter) -> Option<&'a str> {
    match letter {
        Letter::BookingConfirmed(facts) | Letter::BookingChanged(facts) | Letter::Reminder(facts) => {
            (city.code == CheckInCode::Picture).then_some(facts.booking_no.as_str())
        }
        Letter::Sample { of } => code_of(city, of),
        _ => None,
    }
}

/// What was drawn without spaces around it, and never more than one empty line in a row.
pub(super) fn tidy(drawn: &str) -> String {
    let mut body = drawn.trim().to_owned() + "\n";
    while body.contains("\n\n\n") {
        body = body.replace("\n\n\n", "\n\n");
    }
    body
}

/// The sentences of the city's own that a letter says, and what staff wrote of a letter to many.
fn said(city: &City, letter: &Letter, language: &str) -> BTreeMap<String, String> {
    let procedure = letter.booking().map_or("", |facts| facts.procedure_code.as_str());
    let mut own = city.own.of(letter.wording(), procedure, language);
    let inner = if let Letter::Sample { of } = letter { of.as_ref() } else { letter };
    if let Letter::Bulk(bulk) = inner {
        for (key, words) in [("bulk.subject", &bulk.subject), ("bulk.body", &bulk.body)] {
            if !words.is_empty() {
                own.insert(key.to_owned(), words.clone());
            }
        }
    }
    own
}

/// One part of a letter, drawn with these sentences instead of those of the message files.
pub(super) fn part(
    renderer: &Renderer,
    part: &'static str,
    (city, letter): (&City, &Letter),
    language: &str,
    own: BTreeMap<String, String>,
) -> Result<String, RenderFault> {
    renderer.page(&LetterView::of((part, language), city, letter, own), language)
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
        | Letter::OfficeClosed { .. }
        | Letter::Renotice(_)
        | Letter::SeatOffer(_)
        | Letter::Bulk(_) => None,
    }
}
