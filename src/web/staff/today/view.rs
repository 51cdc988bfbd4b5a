//! The board as its template shows it.

use serde::Serialize;

use super::answer::{Answer, Choice};
use crate::base::{BookingId, CardId, Day, Minute, Moment};
use crate::booking::{BoardRow, BookingStatus, Channel, Outcome, Tally};
use crate::cards::Card;
use crate::render::View;
use crate::web::staff::alike::Alikes;
use crate::web::staff::sight::Sight;
use crate::web::staff::whereabouts::{Places, Stored};
use crate::web::staff::wording;

/// So many of those who are done stand on the board before the rest is asked for.
const DONE_SHOWN: usize = 5;

/// Whether the day lies behind, is now, or lies ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum When {
    Past,
    Today,
    Future,
}

impl When {
    pub(super) fn of(day: Day, today: Day) -> Self {
        match day.cmp(&today) {
            std::cmp::Ordering::Less => Self::Past,
            std::cmp::Ordering::Equal => Self::Today,
            std::cmp::Ordering::Greater => Self::Future,
        }
    }
}

/// Which rows are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Filter {
    #[default]
    Whole,
    All,
    ToCome,
    Late,
    Waiting,
    Issued,
    Incomplete,
    NoShow,
}

impl Filter {
    const ALL: [Self; 7] =
        [Self::All, Self::ToCome, Self::Late, Self::Waiting, Self::Issued, Self::Incomplete, Self::NoShow];

    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Whole => "",
            Self::All => "all",
            Self::ToCome => "to_come",
            Self::Late => "late",
            Self::Waiting => "waiting",
            Self::Issued => "issued",
            Self::Incomplete => "incomplete",
            Self::NoShow => "no_show",
        }
    }

    pub(super) fn from_code(code: &str) -> Self {
        Self::ALL.into_iter().find(|show| show.code() == code).unwrap_or_default()
    }

    fn label(self) -> &'static str {
        match self {
            Self::Whole | Self::All => "すべて",
            Self::ToCome => "これから",
            Self::Late => "うち遅れ",
            Self::Waiting => "受付中",
            Self::Issued => "交付済",
            Self::Incomplete => "不備",
            Self::NoShow => "未来庁",
        }
    }

    fn count(self, tally: &Tally) -> usize {
        match self {
            Self::Whole | Self::All => tally.all,
            Self::ToCome => tally.to_come,
            Self::Late => tally.late,
            Self::Waiting => tally.waiting,
            Self::Issued => tally.issued,
            Self::Incomplete => tally.incomplete,
            Self::NoShow => tally.no_show,
        }
    }

    fn fits(self, row: &BoardRow, now: Moment) -> bool {
        match self {
            Self::Whole | Self::All => true,
            Self::ToCome => row.booking.status == BookingStatus::Confirmed,
            Self::Late => row.booking.late_minutes(now).is_some(),
            Self::Waiting => row.booking.status == BookingStatus::CheckedIn,
            Self::Issued => row.booking.status == BookingStatus::Completed,
            Self::Incomplete => row.booking.status == BookingStatus::Incomplete,
            Self::NoShow => row.booking.status == BookingStatus::NoShow,
        }
    }
}

/// Today's board, or another day's.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Board {
    pub(super) day: Day,
    pub(super) today: Day,
    pub(super) when: When,
    pub(super) place: String,
    pub(super) at: Moment,
    pub(super) by: String,
    pub(super) show: &'static str,
    pub(super) counts: Vec<Count>,
    pub(super) groups: Vec<Group>,
    pub(super) opening: Opening,
    pub(super) answer: Option<Answer>,
    pub(super) choices: Vec<Choice>,
    pub(super) refused: Option<String>,
    pub(super) may_book: bool,
    pub(super) may_see_cards: bool,
}

/// A counter that filters.
#[derive(Debug, Serialize)]
pub(super) struct Count {
    code: &'static str,
    label: &'static str,
    n: usize,
    hot: bool,
    current: bool,
}

/// Those of one standing.
#[derive(Debug, Serialize)]
pub(super) struct Group {
    kind: &'static str,
    bookings: usize,
    people: usize,
    left_out: usize,
    rows: Vec<Row>,
}

/// One booking.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    id: BookingId,
    tone: &'static str,
    rule: bool,
    starts: Minute,
    starts_at: Moment,
    walk_in: bool,
    late: Option<u64>,
    waiting: Option<(Moment, u64)>,
    card: Option<CardId>,
    name: String,
    kana: String,
    notice: String,
    birth: Option<String>,
    /// The others of the booking: their cards are handed over with the first one's.
    with: Vec<With>,
    people: u8,
    done: usize,
    place: Stored,
    tag: (&'static str, &'static str),
    status: &'static str,
    notes: Vec<String>,
    handed: Option<(Moment, String)>,
    begun: bool,
    /// What ends it: 交付, or 完了 for another procedure than the hand-over of cards.
    word: &'static str,
}

/// One more person of a booking.
#[derive(Debug, Serialize)]
pub(super) struct With {
    name: String,
    notice: String,
    birth: Option<String>,
    place: String,
}

impl With {
    pub(super) fn of(card: &Card, sight: Sight, places: &Places) -> Self {
        Self {
            name: sight.name(card),
            notice: sight.notice(card),
            birth: sight.birth(card),
            place: places.of(card).text,
        }
    }
}

/// When the office opens on the day, for a board without bookings.
#[derive(Debug, Default, Serialize)]
pub(super) struct Opening {
    pub(super) open: bool,
    pub(super) from: Option<Minute>,
    pub(super) to: Option<Minute>,
    pub(super) seats: u32,
    pub(super) why: String,
}

/// Rows become groups: who waits by arrival, who is to come by time, who is done with the latest first.
pub(super) fn groups(rows: &[BoardRow], show: Filter, look: &Look<'_>) -> Vec<Group> {
    let shown = |status: fn(BookingStatus) -> bool| {
        let fit = rows.iter().filter(move |row| status(row.booking.status) && show.fits(row, look.now));
        fit.collect::<Vec<_>>()
    };
    let mut waiting = shown(|status| status == BookingStatus::CheckedIn);
    waiting.sort_by_key(|row| (row.booking.checked_in_at, row.booking.id));
    let to_come = shown(|status| status == BookingStatus::Confirmed);
    let mut done = shown(|status| !status.is_live());
    done.sort_by_key(|row| std::cmp::Reverse((row.booking.finished_at, row.booking.id)));
    let most = if show == Filter::Whole && look.when == When::Today { DONE_SHOWN } else { usize::MAX };
    let made = [("waiting", waiting, usize::MAX), ("to_come", to_come, usize::MAX), ("done", done, most)];
    made.into_iter()
        .filter(|(_, rows, _)| !rows.is_empty())
        .map(|(kind, rows, most)| group(kind, &rows, most, look))
        .collect()
}

/// What rows are drawn with.
pub(super) struct Look<'a> {
    pub(super) now: Moment,
    pub(super) when: When,
    pub(super) sight: Sight,
    pub(super) places: &'a Places,
    pub(super) alikes: &'a Alikes,
}

fn group(kind: &'static str, rows: &[&BoardRow], most: usize, look: &Look<'_>) -> Group {
    let mut drawn: Vec<Row> = rows.iter().take(most).map(|row| draw(row, look)).collect();
    let mut before = None;
    for row in &mut drawn {
        row.rule = before != Some(row.starts);
        before = Some(row.starts);
    }
    Group {
        kind,
        bookings: rows.len(),
        people: rows.iter().map(|row| usize::from(row.booking.people)).sum(),
        left_out: rows.len().saturating_sub(most),
        rows: drawn,
    }
}

fn draw(row: &BoardRow, look: &Look<'_>) -> Row {
    let booking = &row.booking;
    let lead = row.lead();
    let said =
        |write: fn(Sight, &Card) -> String| lead.map(|card| write(look.sight, card)).unwrap_or_default();
    let late = booking.late_minutes(look.now).filter(|_| look.when == When::Today);
    let waits = booking.waiting_minutes(look.now).filter(|_| look.when == When::Today);
    let issued = booking.status == BookingStatus::Completed;
    let stored = lead.filter(|_| booking.is_issuance()).map(|card| look.places.of(card)).unwrap_or_default();
    Row {
        id: booking.id,
        tone: tone(booking.status, late.is_some()),
        rule: false,
        starts: booking.starts,
        starts_at: booking.starts_at(),
        walk_in: booking.channel == Channel::WalkIn,
        late,
        waiting: booking.checked_in_at.zip(waits),
        card: lead.map(|card| card.id),
        name: look.sight.lead_name(row),
        kana: said(Sight::kana),
        notice: said(Sight::notice),
        birth: lead
            .and_then(|card| look.sight.birth(card))
            .or_else(|| row.applicant().and_then(|one| look.sight.birth_of(one))),
        with: with(row, look),
        people: booking.people,
        done: booking.members.iter().filter(|member| member.outcome == Some(Outcome::Issued)).count(),
        place: if issued {
            Stored {
                text: if row.procedure.is_some() { "済み" } else { "交付済" }.to_owned(),
                ..Stored::default()
            }
        } else {
            stored
        },
        tag: wording::status_of(booking.status, booking.is_issuance()),
        status: booking.status.code(),
        notes: notes(row, look),
        handed: row.handed_over.as_ref().filter(|_| issued).map(|handed| (handed.at, handed.by.clone())),
        begun: booking.starts_at() <= look.now,
        word: if booking.is_issuance() { "交付" } else { "完了" },
    }
}

fn tone(status: BookingStatus, late: bool) -> &'static str {
    match status {
        BookingStatus::Confirmed if late => "s-late",
        BookingStatus::Confirmed => "s-book",
        BookingStatus::CheckedIn => "s-wait",
        BookingStatus::Completed => "s-done",
        BookingStatus::Incomplete => "s-bad",
        BookingStatus::NoShow | BookingStatus::Cancelled => "s-none",
    }
}

/// What the clerk must see beside the name: what is missing, namesakes, the remark.
fn notes(row: &BoardRow, look: &Look<'_>) -> Vec<String> {
    let mut notes: Vec<String> = row.procedure.clone().into_iter().collect();
    for card in row.people() {
        let of_this_visit = row.booking.member_of(card.id).and_then(|member| member.outcome);
        if of_this_visit == Some(Outcome::Incomplete) {
            notes.extend(card.incomplete_reason.clone());
        }
        notes.extend(look.sight.remark(card).filter(|remark| !remark.is_empty()).map(str::to_owned));
    }
    let mut likes: Vec<&str> = row.people().filter_map(|card| look.alikes.note(card.id)).collect();
    likes.dedup();
    notes.extend(likes.into_iter().map(str::to_owned));
    notes
}

/// Those of a booking after the first, with what tells their cards apart.
fn with(row: &BoardRow, look: &Look<'_>) -> Vec<With> {
    let lead = row.lead().map(|card| card.id);
    let others = row.people().filter(|card| Some(card.id) != lead);
    others.map(|card| With::of(card, look.sight, look.places)).collect()
}

/// The counters above the board.
pub(super) fn counts(tally: &Tally, show: Filter) -> Vec<Count> {
    let count = |one: Filter| Count {
        code: one.code(),
        label: one.label(),
        n: one.count(tally),
        hot: one == Filter::Late && tally.late > 0,
        current: one == show || (one == Filter::All && show == Filter::Whole),
    };
    let shown = Filter::ALL.into_iter().filter(|one| *one != Filter::Late || tally.late > 0);
    shown.map(count).collect()
}

impl View for Board {
    const TEMPLATE: &'static str = "staff/today.html";

    fn samples() -> Vec<(&'static str, Self)> {
        super::samples::boards()
    }
}
