//! Everything that the page of a card shows.

use serde::Serialize;

use super::Head;
use super::next::{Next, next};
use super::timeline::{Happened, told};
use crate::accounts::Permission;
use crate::base::{BookingId, CardId, Day, Minute, MissingCardId, Moment};
use crate::booking::{self, Booking};
use crate::calendar::{self, Location};
use crate::cards::{self, Card, CardStatus, missing};
use crate::db::{Fault, ReadTx};
use crate::history::{self, Entry};
use crate::mail::{self, Listed};
use crate::render::View;
use crate::web::PageError;
use crate::web::staff::alike::{Alikes, Beware};
use crate::web::staff::parts::Wrong;
use crate::web::staff::sight::{HIDDEN, Sight};
use crate::web::staff::whereabouts::{Places, Stored};
use crate::web::staff::{StaffCtx, nav, wording};

/// What is drawn.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct CardPage {
    pub(super) head: Head,
    pub(super) age: Option<u16>,
    pub(super) next: Next,
    pub(super) facts: Facts,
    pub(super) same_notice: Vec<Other>,
    pub(super) same_person: Vec<Other>,
    /// Other people whom this one can be taken for.
    pub(super) beware: Vec<Beware>,
    /// The open record of this card as a missing one.
    pub(super) missing: Option<i64>,
    pub(super) booking: Option<Booked>,
    pub(super) past: Vec<Past>,
    pub(super) letters: Vec<Letter>,
    pub(super) events: Vec<Happened>,
    pub(super) remark: Remark,
    pub(super) may: May,
    pub(super) wrong: Vec<Wrong>,
}

/// What this person may do on the page.
#[derive(Debug, Serialize)]
pub(super) struct May {
    pub(super) remark: bool,
    pub(super) store: bool,
    pub(super) address: bool,
}

/// Where it lies and by when it is to be collected.
#[derive(Debug, Serialize)]
pub(super) struct Facts {
    pub(super) stored: Stored,
    pub(super) location: Option<String>,
    pub(super) made_on: Option<Day>,
    pub(super) sent_on: Option<Day>,
    pub(super) due: Option<Day>,
    /// Days until then; negative when it has passed.
    pub(super) due_in: Option<i64>,
    pub(super) valid_until: Option<Day>,
    pub(super) expired: bool,
    pub(super) inquiry_no: String,
    pub(super) import: Option<(i64, Option<i64>)>,
    pub(super) incomplete: Option<String>,
    pub(super) renotice_on: Option<Day>,
    /// Last day of the period of residence, and whether it is over.
    pub(super) residence: Option<(Day, bool)>,
    pub(super) hold_until: Option<Day>,
    /// Why it is void or incomplete.
    pub(super) code: Option<&'static str>,
    /// What it goes back to.
    pub(super) back: Option<&'static str>,
    /// Whether it has its status by a step that the table does not have.
    pub(super) overridden: bool,
    pub(super) since: Moment,
    pub(super) email: Option<String>,
    /// What is held against the address: row, words and tone, and when it failed last.
    pub(super) unreached: Option<(i64, (&'static str, &'static str), Moment)>,
    /// Since when the address gets no news, and its row for those who may see it.
    pub(super) no_news: Option<(Moment, Option<i64>)>,
}

/// Another card to be told from this one.
#[derive(Debug, Serialize)]
pub(super) struct Other {
    pub(super) id: CardId,
    pub(super) name: String,
    pub(super) birth: Option<String>,
    pub(super) storage: String,
    pub(super) tag: (&'static str, &'static str),
    /// What it is to this card, where an import has said that one was made after the other.
    pub(super) kin: Option<&'static str>,
}

/// The live booking.
#[derive(Debug, Serialize)]
pub(super) struct Booked {
    pub(super) id: BookingId,
    pub(super) no: String,
    pub(super) day: Day,
    pub(super) today: bool,
    pub(super) starts: Minute,
    pub(super) ends: Minute,
    pub(super) place: String,
    pub(super) people: u8,
    pub(super) with: Vec<Other>,
    pub(super) channel: &'static str,
    pub(super) made_at: Moment,
    pub(super) email: Option<String>,
    pub(super) over_reason: Option<String>,
    /// Whether it has a page where this person may change it.
    pub(super) change: bool,
    pub(super) tag: (&'static str, &'static str),
}

/// A booking that is over.
#[derive(Debug, Serialize)]
pub(super) struct Past {
    pub(super) no: String,
    pub(super) day: Day,
    pub(super) starts: Minute,
    pub(super) place: String,
    pub(super) tag: (&'static str, &'static str),
}

/// A letter that was sent or waits.
#[derive(Debug, Serialize)]
pub(super) struct Letter {
    pub(super) id: i64,
    pub(super) at: Moment,
    /// When the mail server took it, and when it came back.
    pub(super) sent: Option<Moment>,
    pub(super) bounced: Option<Moment>,
    pub(super) what: &'static str,
    pub(super) to: String,
    pub(super) tag: (&'static str, &'static str),
}

/// The remark and who wrote it.
#[derive(Debug, Serialize)]
pub(super) struct Remark {
    pub(super) text: String,
    pub(super) last: Option<(Moment, String)>,
    pub(super) changes: usize,
    /// Whether something in it looks like an individual number, so that it is asked about.
    pub(super) asks: bool,
}

impl View for CardPage {
    const TEMPLATE: &'static str = "staff/card.html";

    fn samples() -> Vec<(&'static str, Self)> {
        super::samples::card()
    }
}

/// What is read of the file for one card, in one view.
struct Known {
    same_notice: Vec<Card>,
    same_person: Vec<Card>,
    alikes: Alikes,
    missing: Option<MissingCardId>,
    bookings: Vec<Booking>,
    party: Vec<Card>,
    letters: Vec<Listed>,
    unreached: Option<mail::Failure>,
    no_news: Option<mail::Refusal>,
    entries: Vec<Entry>,
    places: Places,
    locations: Vec<Location>,
}

fn know(tx: &ReadTx<'_>, card: &Card) -> Result<Known, Fault> {
    let bookings = booking::of_card(tx, card.id)?;
    let live = bookings.iter().find(|booking| booking.is_live());
    let with = live.map(Booking::cards).unwrap_or_default();
    let party = with.into_iter().filter(|id| *id != card.id);
    let party = party.filter_map(|id| cards::get(tx, id).transpose()).collect::<Result<_, _>>()?;
    Ok(Known {
        same_notice: cards::same_notice(tx, card)?,
        same_person: cards::same_person(tx, card)?,
        alikes: Alikes::read(tx, [card.id])?,
        missing: missing::open_of(tx, card.id)?,
        party,
        letters: mail::of_card(tx, card.id)?,
        unreached: mail::failure_against(tx, card.email.as_ref())?,
        no_news: mail::refusal_of(tx, card.email.as_ref())?,
        entries: history::of_card(tx, card.id)?,
        places: Places::read(tx, None)?,
        locations: calendar::all_locations(tx)?,
        bookings,
    })
}

impl Known {
    fn location(&self, id: crate::base::LocationId) -> String {
        let found = self.locations.iter().find(|one| one.id == id);
        found.map_or_else(String::new, |one| one.name.clone())
    }

    fn other(&self, ctx: &StaffCtx, card: &Card) -> Other {
        let sight = Sight::of(&ctx.signed);
        Other {
            id: card.id,
            name: sight.name(card),
            birth: sight.birth(card),
            storage: self.places.of(card).text,
            tag: wording::label(card.label),
            kin: None,
        }
    }

    /// A card of the same citizen: the one before this one, the one after it, or one that nobody has tied to it.
    fn kin(&self, ctx: &StaffCtx, card: &Card, other: &Card) -> Other {
        let kin = if card.former == Some(other.id) {
            Some("前のカード")
        } else if other.former == Some(card.id) {
            Some("新しいカード")
        } else {
            None
        };
        Other { kin, ..self.other(ctx, other) }
    }
}

impl CardPage {
    /// Reads all of it.
    pub(super) async fn read(ctx: &StaffCtx, card: Card) -> Result<Self, PageError> {
        let this = card.clone();
        let known = ctx.read(move |tx| know(tx, &this)).await?;
        let live = known.bookings.iter().find(|booking| booking.is_live());
        let sight = Sight::of(&ctx.signed);
        Ok(Self {
            head: Head::of(ctx, &card),
            age: sight.age(&card, ctx.today()),
            next: next(ctx, &card, live),
            facts: facts(ctx, &card, &known),
            same_notice: known.same_notice.iter().map(|other| known.other(ctx, other)).collect(),
            same_person: known.same_person.iter().map(|other| known.kin(ctx, &card, other)).collect(),
            beware: known.alikes.of(&card, sight, &known.places).into_iter().collect(),
            missing: known.missing.filter(|_| ctx.may(Permission::MoveCards)).map(MissingCardId::get),
            booking: live.map(|booking| booked(ctx, booking, &known)),
            past: known.bookings.iter().filter(|one| !one.is_live()).map(|one| past(one, &known)).collect(),
            letters: known.letters.iter().map(|letter| sent(ctx, letter)).collect(),
            events: told(&known.entries, &known.places, &known.locations, sight),
            remark: remark(sight, &card, &known.entries),
            may: May {
                remark: ctx.may(Permission::Remark) && sight.remark,
                store: ctx.may(Permission::SetStatus),
                address: ctx.may(Permission::Book),
            },
            wrong: Vec::new(),
        })
    }

    /// The same with a remark that was not saved.
    pub(super) fn with_remark(self, typed: String, asks: bool, wrong: Wrong) -> Self {
        let remark = Remark { text: typed, asks, ..self.remark };
        Self { remark, wrong: vec![wrong], ..self }
    }
}

fn facts(ctx: &StaffCtx, card: &Card, known: &Known) -> Facts {
    Facts {
        stored: known.places.of(card),
        location: card.location.map(|id| known.location(id)),
        made_on: card.made_on,
        sent_on: card.notice_sent_on,
        due: card.pickup_due_on,
        due_in: card.pickup_due_on.map(|due| due.days_from(ctx.today())),
        valid_until: card.valid_until,
        expired: card.is_expired(ctx.today()),
        renotice_on: card.renotice_sent_on,
        residence: card.residence_until.map(|until| (until, until < ctx.today())),
        hold_until: card.hold_until,
        code: card.reason_code.map(wording::reason_code),
        back: card.status_before.map(wording::card_status),
        overridden: card.overridden,
        inquiry_no: card.inquiry_no.clone(),
        import: card.import_run.map(|run| (run.get(), card.import_line)),
        incomplete: card.incomplete_reason.clone().filter(|_| card.status == CardStatus::Incomplete),
        since: card.status_at,
        email: card.email.as_ref().map(|email| Sight::of(&ctx.signed).email(email)),
        unreached: known
            .unreached
            .as_ref()
            .map(|one| (one.id.get(), wording::mail_failure(one), one.last_at)),
        no_news: known
            .no_news
            .as_ref()
            .map(|one| (one.refused_at, ctx.may(Permission::Mail).then_some(one.id.get()))),
    }
}

fn booked(ctx: &StaffCtx, booking: &Booking, known: &Known) -> Booked {
    Booked {
        id: booking.id,
        no: booking.no.clone(),
        day: booking.day,
        today: booking.day == ctx.today(),
        starts: booking.starts,
        ends: booking.ends,
        place: known.location(booking.location),
        people: booking.people,
        with: known.party.iter().map(|other| known.other(ctx, other)).collect(),
        channel: wording::channel(booking.channel),
        made_at: booking.created_at,
        email: booking.email.as_ref().map(|email| Sight::of(&ctx.signed).email(email)),
        over_reason: booking.over_reason.clone(),
        change: ctx.may(Permission::Book) && nav::leads("/bookings/{id}"),
        tag: wording::booking_status(booking.status),
    }
}

fn past(booking: &Booking, known: &Known) -> Past {
    Past {
        no: booking.no.clone(),
        day: booking.day,
        starts: booking.starts,
        place: known.location(booking.location),
        tag: wording::booking_status(booking.status),
    }
}

fn sent(ctx: &StaffCtx, letter: &Listed) -> Letter {
    Letter {
        id: letter.id.get(),
        sent: letter.sent_at(),
        bounced: letter.bounced_at,
        at: letter.finished_at.unwrap_or(letter.created_at),
        what: wording::letter(&letter.kind),
        to: Sight::of(&ctx.signed).email(&letter.to),
        tag: wording::letter_tag(letter),
    }
}

fn remark(sight: Sight, card: &Card, entries: &[Entry]) -> Remark {
    let written: Vec<&Entry> =
        entries.iter().filter(|entry| entry.operation == "card.remark_changed").collect();
    Remark {
        text: sight.remark(card).unwrap_or(HIDDEN).to_owned(),
        last: written.first().map(|entry| (entry.at, entry.actor.clone())),
        changes: written.len(),
        asks: false,
    }
}
