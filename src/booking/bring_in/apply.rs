//! A file of bookings takes effect: staged in slices, then made one after the other, each checked when it is made.

use std::sync::Arc;

use super::look::{Earlier, Looked, Wanted, look, still};
use super::read::{File, Party};
use super::store::{self as rows, Waiting};
use crate::base::{CardId, Email, ImportRunId};
use crate::booking::person::{self, Person};
use crate::booking::{self, Channel, ConfirmError, ISSUANCE, PersonRefusal, Procedure, Who, confirm, store};
use crate::cards::import::{
    self, Applied, ApplyError, Head, Options, Pace, Report, RowError, SHOWN, Slice, Tally, Target, Tell, Why,
};
use crate::cards::{self, Card};
use crate::db::{Actor, Db, Fault, Lane, WriteTx};
use crate::history::{self, Change, Event, Record};

/// Parties that one look takes.
const LOOK: usize = 200;

/// What stands with a booking that goes over capacity because the former system had taken it.
const OVER: &str = "旧システムからの移行";

/// Says what the file would do, and writes nothing.
///
/// Spec: 7(1)⑬.
pub async fn dry_run(db: &Db, file: &Arc<File>, may_go_over: bool, tell: Tell<'_>) -> Result<Looked, Fault> {
    Ok(go_through(db, file, may_go_over, tell).await?.0)
}

async fn go_through(
    db: &Db,
    file: &Arc<File>,
    may_go_over: bool,
    tell: Tell<'_>,
) -> Result<(Looked, Vec<Waiting>), Fault> {
    let (mut looked, mut waiting, mut earlier) = (begin(file), Vec::new(), Earlier::new());
    for from in (0..file.parties.len()).step_by(LOOK) {
        let part = Arc::clone(file);
        let (found, then) = db
            .read(Lane::Staff, move |tx| {
                let mut found = Vec::new();
                for party in part.parties.iter().skip(from).take(LOOK) {
                    let one = look(tx, party, &earlier, may_go_over)?;
                    if let Ok(wanted) = &one {
                        let there = (wanted.slot.location, wanted.slot.day);
                        earlier.entry(there).or_default().push((wanted.slot, wanted.seats));
                    }
                    found.push(one);
                }
                Ok::<_, Fault>((found, earlier))
            })
            .await?;
        earlier = then;
        for (party, one) in file.parties.iter().skip(from).zip(found) {
            match one {
                Ok(wanted) => looked.add(party, wanted, &mut waiting, may_go_over),
                Err(errors) => looked.report.errors.extend(errors),
            }
        }
        tell(file.parties.len().min(from + LOOK) as u64, file.parties.len() as u64);
    }
    looked.report.tally.error = u32::try_from(looked.report.errors.len()).unwrap_or(u32::MAX);
    looked.report.errors.sort_by_key(|error| error.line);
    Ok((looked, waiting))
}

fn begin(file: &File) -> Looked {
    let count = |rows: usize| u32::try_from(rows).unwrap_or(u32::MAX);
    let tally = Tally { duplicate: count(file.duplicates.len()), ..Tally::default() };
    let report =
        Report { tally, rows: count(file.count()), errors: file.errors.clone(), ..Report::default() };
    Looked { report, ..Looked::default() }
}

impl Looked {
    fn add(&mut self, party: &Party, wanted: Wanted, waiting: &mut Vec<Waiting>, may_go_over: bool) {
        let people = u32::try_from(wanted.cards.len()).unwrap_or(u32::MAX);
        let tally = &mut self.report.tally;
        if wanted.stands.is_some() {
            tally.unchanged += people;
        } else {
            tally.new += people;
            self.over += u32::from(wanted.over);
            tally.conflict += if wanted.over { people } else { 0 };
            waiting.push(Waiting {
                line: i64::try_from(wanted.line).unwrap_or(i64::MAX),
                slot: wanted.slot,
                seats: wanted.seats,
                cards: wanted.cards.iter().map(|card| card.id).collect(),
                email: party.email.as_ref().map(|email| email.as_str().to_owned()),
                former_no: party.former_no.clone(),
                may_go_over,
            });
        }
        if self.first.len() < SHOWN {
            self.first.push(wanted);
        }
    }
}

/// Brings the bookings in.
///
/// Each is checked once more when it is made: what has changed since the look is left out and noted with the run.
/// Spec: 7(1)⑬.
pub async fn apply(
    db: &Db,
    actor: &Actor,
    file: &Arc<File>,
    options: &Options,
    may_go_over: bool,
    tell: Tell<'_>,
) -> Result<Applied, ApplyError> {
    let (looked, waiting) = go_through(db, file, may_go_over, tell).await?;
    let mut report = looked.report;
    if !report.errors.is_empty() && !options.skip_errors {
        return Err(ApplyError::Rows(Box::new(report)));
    }
    import::publish_changes(db, actor).await?;
    make_rest(db, actor).await?;
    let head = Head {
        kind: import::Kind::Booking,
        sha256: file.found.sha256.clone(),
        size: file.found.size,
        encoding: file.found.code(),
        rows: file.count(),
        options: options.clone(),
    };
    let run = db.write(actor.clone(), move |tx| import::begin(tx, &head)).await?.run;
    match stage(db, actor, run, waiting, &report).await {
        Ok(()) => {}
        Err(fault) => {
            super::clean_up::abandon(db, actor, run).await?;
            return Err(fault.into());
        }
    }
    // From here the file stands, whatever happens: what is left is made after a restart.
    for (_, left) in make_rest(db, actor).await?.into_iter().filter(|(of, _)| *of == run) {
        let people = u32::try_from(left.people).unwrap_or(u32::MAX);
        report.tally.new = report.tally.new.saturating_sub(people);
        report.tally.error += people;
        report.errors.push(left.error);
    }
    report.errors.sort_by_key(|error| error.line);
    Ok(Applied { run, report })
}

async fn stage(
    db: &Db,
    actor: &Actor,
    run: ImportRunId,
    waiting: Vec<Waiting>,
    report: &Report,
) -> Result<(), Fault> {
    import::in_parts(db, actor, &waiting, move |tx, one| rows::stage(tx, run, one)).await?;
    import::keep_errors(db, actor, run, &report.errors).await?;
    let tally = report.tally.clone();
    db.write(actor.clone(), move |tx| import::publish(tx, run, &tally)).await
}

/// A party that was counted as new and could not be made in the end.
#[derive(Debug)]
pub(super) struct Left {
    error: RowError,
    people: usize,
}

/// Makes the bookings of runs that stand; tells which were left out, each with its run.
async fn make_rest(db: &Db, actor: &Actor) -> Result<Vec<(ImportRunId, Left)>, Fault> {
    let mut left = Vec::new();
    while let Some(run) = db.read(Lane::Staff, rows::half_made).await? {
        let mut pace = Pace::new();
        loop {
            let make = move |tx: &WriteTx<'_>, slice: &Slice| make_slice(tx, run, slice);
            let ((rows, out), took) = import::one_slice(db, actor, pace.rows(), make).await?;
            left.extend(out.into_iter().map(|one| (run, one)));
            if rows == 0 {
                break;
            }
            pace.learn(rows, took);
        }
    }
    Ok(left)
}

/// Makes some of them: how many were looked at, and those that were left out.
pub(super) fn make_slice(
    tx: &WriteTx<'_>,
    run: ImportRunId,
    slice: &Slice,
) -> Result<(usize, Vec<Left>), Fault> {
    let (mut left, mut rows) = (Vec::new(), 0);
    for one in slice.of(&rows::waiting(tx, run, slice.most)?) {
        left.extend(make(tx, run, one)?);
        rows += 1;
    }
    Ok((rows, left))
}

fn make(tx: &WriteTx<'_>, run: ImportRunId, one: &Waiting) -> Result<Option<Left>, Fault> {
    let done = match still(tx, &one.cards, &one.slot, one.seats, one.may_go_over)? {
        Ok((cards, over)) => match tx.part(|tx| insert(tx, one, &cards, over)) {
            Ok(made) => Ok(made),
            Err(ConfirmError::Fault(fault)) => return Err(fault),
            Err(ConfirmError::Person { why: PersonRefusal::NotBookable, .. }) => Err(Why::NotBookable),
            Err(_) => Err(Why::OtherBooking),
        },
        Err(why) => Err(why),
    };
    match done {
        Ok((booking, before)) => {
            rows::set_done(tx, (run, one.line), Some(booking), before.as_deref())?;
            Ok(None)
        }
        Err(why) => {
            let value =
                format!("{} {:02}:{:02}", one.slot.day, one.slot.starts.hour(), one.slot.starts.get() % 60);
            let error = RowError::new(one.line.unsigned_abs(), Target::Start.label(), &value, why);
            let people = one.cards.len();
            import::leave_out(tx, run, &error, people)?;
            rows::set_done(tx, (run, one.line), None, None)?;
            Ok(Some(Left { error, people }))
        }
    }
}

/// The booking's row, and the address that the representative's card had before.
fn insert(
    tx: &WriteTx<'_>,
    one: &Waiting,
    party: &[Card],
    over: bool,
) -> Result<(crate::base::BookingId, Option<String>), ConfirmError> {
    let procedure = booking::procedure(tx, ISSUANCE)?;
    let procedure = procedure.ok_or_else(|| Fault::Stored(format!("procedure {ISSUANCE}")))?;
    let new = store::NewBooking {
        procedure: ISSUANCE,
        booking_no: confirm::free_number(tx, one.slot.day)?,
        slot: one.slot,
        people: u8::try_from(party.len()).unwrap_or(u8::MAX),
        seats: one.seats,
        channel: Channel::Migrated,
        over_reason: over.then_some(OVER),
        email: one.email.as_deref(),
        language: "ja",
        acknowledged_at: None,
    };
    let booking = confirm::insert(tx, &new, &procedure, &people(tx, &procedure, party)?)?;
    let before = party.first().and_then(|card| card.email.as_ref().map(|email| email.uncover().clone()));
    if let (Some(lead), Some(email)) =
        (party.first(), one.email.as_deref().and_then(|one| Email::parse(one).ok()))
    {
        cards::set_email(tx, lead.id, Some(&email))?;
    }
    let mut changes = confirm::facts(tx, booking)?;
    if !one.former_no.is_empty() {
        changes.push(Change::new("former_no", None, Some(one.former_no.clone())));
    }
    let ids: Vec<CardId> = party.iter().map(|card| card.id).collect();
    let reason = over.then(|| OVER.to_owned());
    let event =
        Event { cards: &ids, changes, reason, ..Event::of("booking.migrated", Record::Booking(booking)) };
    history::record(tx, &event)?;
    Ok((booking, before))
}

fn people(tx: &WriteTx<'_>, procedure: &Procedure, party: &[Card]) -> Result<Vec<Person>, Fault> {
    let one = |card: &Card| person::of(tx, procedure, Who::Card(card.id)).transpose();
    party.iter().filter_map(one).collect()
}
