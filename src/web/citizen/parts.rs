//! Pieces that several pages show.

use serde::Serialize;

use crate::base::{BirthDate, CardId, Day, Minute, MonthDay, NoticeId, NoticePattern};
use crate::booking::entry::{Identified, Identify, Session};
use crate::booking::{self, Booking, Who};
use crate::calendar::{self, Location};
use crate::cards;
use crate::db::{Fault, ReadTx};
use crate::render::Text;
use crate::web::{Ctx, Fields};

/// One thing to correct: the field, and the sentence that stands in the summary and beside it.
#[derive(Clone, Debug, Serialize)]
pub struct Wrong {
    /// Id of the control to go to.
    pub field: &'static str,
    /// What to do.
    pub text: Text,
}

impl Wrong {
    /// A sentence of the catalogue about a field.
    pub fn new(field: &'static str, key: &'static str) -> Self {
        Self { field, text: Text::key(key) }
    }
}

/// A time at a place, as the ticket shows it.
#[derive(Clone, Debug, Serialize)]
pub struct Ticket {
    /// The day.
    pub day: Day,
    /// Its number, for the leaf.
    pub date: i8,
    /// First minute.
    pub starts: Minute,
    /// The minute after the last one.
    pub ends: Minute,
    /// Name of the location.
    pub place: String,
    /// Its address.
    pub address: String,
    /// How to get there.
    pub access: String,
    /// How many people.
    pub people: usize,
    /// What for; `None` while there is only the hand-over of cards.
    pub procedure: Option<String>,
}

impl Ticket {
    /// The ticket of a time at a location.
    pub fn of(day: Day, starts: Minute, ends: Minute, place: &Location, people: usize) -> Self {
        Self {
            day,
            date: day.day(),
            starts,
            ends,
            place: place.name.clone(),
            address: place.address.clone(),
            access: place.access.clone(),
            people,
            procedure: None,
        }
    }

    /// An example for the views' samples.
    pub fn sample() -> Self {
        let day = calendar_day();
        Self {
            day,
            date: day.day(),
            starts: Minute::of(600),
            ends: Minute::of(630),
            place: "本庁舎 市民課".to_owned(),
            address: "見本町1-1".to_owned(),
            access: String::new(),
            people: 2,
            procedure: Some("電子証明書の更新".to_owned()),
        }
    }
}

fn calendar_day() -> Day {
    Day::from_date(jiff::civil::date(2026, 4, 13))
}

/// The ticket of a booking, in the reader's language.
pub fn ticket_of(tx: &ReadTx<'_>, booking: &Booking, language: &str) -> Result<Ticket, Fault> {
    let place = place(tx, booking.location, language)?;
    let ticket = Ticket::of(booking.day, booking.starts, booking.ends, &place, usize::from(booking.people));
    Ok(Ticket { procedure: booking::name_to_tell(tx, &booking.procedure, language)?, ..ticket })
}

/// A location in the reader's language.
pub fn place(tx: &ReadTx<'_>, id: crate::base::LocationId, language: &str) -> Result<Location, Fault> {
    let here = calendar::locations_in(tx, language)?.into_iter().find(|place| place.id == id);
    match here {
        Some(place) => Ok(place),
        None => calendar::location(tx, id)?.ok_or_else(|| Fault::Stored(format!("location {id}"))),
    }
}

/// Somebody of a party: known by the end of their notice ID, or by the name that they typed here.
#[derive(Clone, Debug, Serialize)]
pub struct Person {
    /// Their row, for forms that name a person.
    pub who: String,
    /// 1 for the citizen, 2 and more for relatives.
    pub number: usize,
    /// Last three characters of the notice ID, or empty.
    pub tail: String,
    /// The name in kana of those who are known by what they said, or empty.
    pub kana: String,
}

/// The people of a party.
pub fn people(tx: &ReadTx<'_>, party: &[Who]) -> Result<Vec<Person>, Fault> {
    let mut found = Vec::new();
    for (number, who) in (1..).zip(party) {
        let (mut tail, mut kana) = (String::new(), String::new());
        match *who {
            Who::Card(id) => {
                let card = cards::get(tx, id)?;
                tail.push_str(card.as_ref().map_or("", |card| card.notice_id.uncover().tail()));
            }
            Who::Applicant(id) => {
                let one = booking::applicant(tx, id)?;
                kana.push_str(one.as_ref().map_or("", |one| one.kana.uncover()));
            }
        }
        found.push(Person { who: who.to_string(), number, tail, kana });
    }
    Ok(found)
}

/// The ends of the notice IDs of a party.
pub fn tails(tx: &ReadTx<'_>, party: &[CardId]) -> Result<Vec<String>, Fault> {
    let party: Vec<Who> = party.iter().copied().map(Who::Card).collect();
    Ok(people(tx, &party)?.into_iter().map(|person| person.tail).collect())
}

/// The names in kana of those of a party who are known by what they said.
pub fn said_of(tx: &ReadTx<'_>, party: &[Who]) -> Result<Vec<String>, Fault> {
    let mut names = Vec::new();
    for id in party.iter().filter_map(|who| who.applicant()) {
        names.extend(booking::applicant(tx, id)?.map(|one| one.kana.uncover().clone()));
    }
    Ok(names)
}

/// What was chosen so far, beside the later steps.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// Name of the location.
    pub place: String,
    /// How many people.
    pub people: usize,
    /// Whether another time is being chosen for a booking that stands.
    pub changing: bool,
    /// Whether the party cannot be changed: the city books each person alone.
    pub alone: bool,
}

/// Whom the session's next booking, or the one it changes, is for.
#[derive(Clone, Debug)]
pub struct Party {
    /// The cards of those who are known by one.
    pub cards: Vec<CardId>,
    /// How many people.
    pub people: usize,
}

/// Whom the session's next booking, or the one it changes, is for.
pub fn party_of(tx: &ReadTx<'_>, session: &Session) -> Result<Party, Fault> {
    let changed = session.booking.filter(|_| session.changing);
    Ok(match changed.map(|id| crate::booking::get(tx, id)).transpose()?.flatten() {
        Some(booking) => Party { cards: booking.cards(), people: usize::from(booking.people) },
        None => Party { cards: session.party(), people: usize::from(session.people()) },
    })
}

/// What somebody copied from a notice, as typed.
#[derive(Clone, Debug, Default, Serialize)]
pub struct NoticeForm {
    /// Notice ID.
    pub notice_id: String,
    /// Month of birth.
    pub birth_month: String,
    /// Day of birth.
    pub birth_day: String,
    /// Year of birth, where it was asked for.
    pub birth_year: String,
    /// Kana, where they were asked for.
    pub kana: String,
}

impl NoticeForm {
    /// The fields as they came.
    pub fn of(fields: &Fields) -> Self {
        Self {
            notice_id: fields.get("notice_id"),
            birth_month: fields.get("birth_month"),
            birth_day: fields.get("birth_day"),
            birth_year: fields.get("birth_year"),
            kana: fields.get("kana"),
        }
    }

    /// The check that they stand for, or what is wrong with them.
    pub fn check(&self, ctx: &Ctx) -> Result<Identify, Vec<Wrong>> {
        let pattern = NoticePattern::parse(&ctx.settings.notice_pattern).unwrap_or_default();
        let notice = NoticeId::parse(&self.notice_id, &pattern);
        match (notice, birthday(&self.birth_month, &self.birth_day)) {
            (Ok(notice), Ok(birthday)) => Ok(Identify {
                notice,
                birthday,
                birth_year: year(&self.birth_year),
                kana: Some(self.kana.clone()).filter(|kana| !kana.is_empty()),
                network: ctx.network.clone(),
                mail_only: ctx.answers_by_mail_only(),
                limits: ctx.limits(),
            }),
            (notice, birthday) => {
                let key = if self.notice_id.is_empty() { "notice.no_id" } else { "notice.wrong_id" };
                let id = notice.err().map(|_| Wrong::new("notice_id", key));
                Err(id.into_iter().chain(birthday.err()).collect())
            }
        }
    }
}

/// The day in two typed numbers, in whatever width, or what is wrong with them.
pub fn birthday(month: &str, day: &str) -> Result<MonthDay, Wrong> {
    let number = |text: &str| crate::base::text::nfkc(text).trim().parse::<u8>().ok();
    if month.is_empty() && day.is_empty() {
        return Err(Wrong::new("birth_month", "notice.no_birthday"));
    }
    let Some(month) = number(month).filter(|month| (1..=12).contains(month)) else {
        return Err(Wrong::new("birth_month", "notice.wrong_month"));
    };
    let Some(day) = number(day).filter(|day| (1..=31).contains(day)) else {
        return Err(Wrong::new("birth_day", "notice.wrong_day"));
    };
    MonthDay::new(month, day).ok_or_else(|| Wrong::new("birth_day", "notice.no_such_day"))
}

/// The year in a typed text, western or with its era.
fn year(typed: &str) -> Option<i16> {
    let typed = crate::base::text::nfkc(typed);
    let typed = typed.trim().trim_end_matches('年');
    typed.parse().ok().or_else(|| BirthDate::parse(&format!("{typed}年1月1日")).ok().map(BirthDate::year))
}

/// The sentence for a check that did not find one person; `None` when it did.
pub fn check_wrong(identified: Identified) -> Option<Wrong> {
    match identified {
        Identified::Known(_) | Identified::Locked { .. } => None,
        Identified::NeedYear => Some(Wrong::new("birth_year", "notice.need_year")),
        Identified::NeedKana => Some(Wrong::new("kana", "notice.need_kana")),
        Identified::Telephone => Some(Wrong::new("notice_id", "notice.telephone")),
        Identified::Mismatch { again: false } => Some(Wrong::new("notice_id", "notice.mismatch")),
        Identified::Mismatch { again: true } => Some(Wrong::new("notice_id", "notice.mismatch_again")),
    }
}
