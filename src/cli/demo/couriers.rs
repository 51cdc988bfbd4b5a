//! Cards between the offices: people who want theirs elsewhere than it lies, and the courier's round.

use super::days::{Story, StoryError};
use crate::base::{CardId, Day, LocationId};
use crate::booking::{
    self, BookByStaff, CancelByStaff, CancelByStaffError, Channel, Overbook, Seen, StaffBookingError,
};
use crate::calendar::{self, SlotId};
use crate::db::{Fault, Lane};
use crate::once::{self, OnceKey};
use crate::transfers::{self, Act, Filter, Stage, StepError, StepMany, Transfer};

/// How many cards are wanted elsewhere.
const WANTED: usize = 24;

/// Bookings of the next days for cards that lie at another office; asked for at the story's present.
pub(super) async fn ask(story: &Story<'_>, today: Day) -> Result<(), StoryError> {
    let places = story.db.read(Lane::Staff, calendar::locations).await?;
    let mut waiting = story.waiting().await?;
    for n in 0..WANTED {
        let (Some(from), Some(to)) =
            (places.get(n % 3), places.get((n % 3 + 1 + n % 5) % places.len().max(1)))
        else {
            continue;
        };
        let Some(cards) = waiting.get_mut(&from.id).filter(|cards| cards.len() > 40) else { continue };
        let Some(card) = cards.pop() else { continue };
        let day = today.plus(1 + i32::try_from(n % 7).unwrap_or(0));
        if from.id != to.id
            && let Some(slot) = free(story, to.id, day).await?
        {
            book(story, card, slot).await?;
        }
    }
    Ok(())
}

/// The first slot of a day, or of one of the days after it, that has two seats left.
async fn free(story: &Story<'_>, location: LocationId, day: Day) -> Result<Option<SlotId>, StoryError> {
    for ahead in 0..5 {
        let day = day.plus(ahead);
        let loads = story.db.read(Lane::Staff, move |tx| booking::day_load(tx, location, day)).await?;
        let free = loads.into_iter().find(|load| u32::from(load.slot.capacity) > load.taken + 1);
        if let Some(free) = free {
            return Ok(Some(SlotId { location, day, starts: free.slot.starts }));
        }
    }
    Ok(None)
}

async fn book(story: &Story<'_>, card: CardId, slot: SlotId) -> Result<(), StoryError> {
    let wish = BookByStaff {
        party: vec![card],
        slot,
        email: None,
        channel: Channel::Telephone,
        overbook: Overbook::No,
        once: form()?,
    };
    match story.db.write(story.agent.clone(), move |tx| booking::book_by_staff(tx, &wish)).await {
        Ok(_) | Err(StaffBookingError::Slot(_) | StaffBookingError::Person { .. }) => Ok(()),
        Err(refused) => Err(refused.into()),
    }
}

fn form() -> Result<OnceKey, Fault> {
    OnceKey::from_form(&once::draw(&crate::base::Chance::system())).ok_or(Fault::Busy)
}

/// The round of the courier: some cards still lie there, some are ready, some are under way, some arrived; of two the
/// booking was given up meanwhile.
pub(super) async fn carry(story: &Story<'_>) -> Result<(), StoryError> {
    let all = Filter { stage: Stage::ToSend, ..Filter::default() };
    let listed = story.db.read(Lane::Staff, move |tx| transfers::list(tx, &all)).await?;
    for (n, one) in listed.iter().enumerate() {
        let acts: &[Act] = match n % 5 {
            0 => &[],
            1 => &[Act::Pull],
            2 => &[Act::Pull, Act::Send, Act::Receive],
            _ => &[Act::Pull, Act::Send],
        };
        for act in acts {
            step(story, &one.transfer, *act).await?;
        }
        if n == 2 || n == 3 {
            give_up(story, &one.transfer).await?;
        }
    }
    Ok(())
}

async fn step(story: &Story<'_>, one: &Transfer, act: Act) -> Result<(), StoryError> {
    let (id, key) = (one.id, form()?);
    let job = story.db.write(story.clerk.clone(), move |tx| {
        let version = transfers::get(tx, id)?.map_or(0, |now| now.version);
        let wish = StepMany {
            rows: vec![(id, version)],
            act,
            run: if act == Act::Send { "午後の便".to_owned() } else { String::new() },
            seal: String::new(),
            storage: None,
            within: Vec::new(),
            once: key,
        };
        transfers::step_many(tx, &wish)
    });
    match job.await {
        Ok(_) => Ok(()),
        Err(StepError::Fault(fault)) => Err(fault.into()),
        Err(refused) => Err(Fault::Stored(refused.to_string()).into()),
    }
}

async fn give_up(story: &Story<'_>, one: &Transfer) -> Result<(), StoryError> {
    let Some(want) = one.want else { return Ok(()) };
    let key = form()?;
    let job = story.db.write(story.agent.clone(), move |tx| {
        let version = booking::get(tx, want.booking)?.map_or(0, |now| now.version);
        let wish = CancelByStaff {
            seen: Seen { booking: want.booking, version },
            people: Vec::new(),
            reason: "電話で取消の申し出".to_owned(),
            once: key,
        };
        booking::cancel_by_staff(tx, &wish)
    });
    match job.await {
        Ok(_) => Ok(()),
        Err(CancelByStaffError::Fault(fault)) => Err(fault.into()),
        Err(refused) => Err(Fault::Stored(refused.to_string()).into()),
    }
}
