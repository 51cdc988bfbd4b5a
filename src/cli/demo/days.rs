//! The life of the invented city: who booked, who came, who did not; day after day until now.
//!
//! **Invariant:** everything happens through the product's own operations, under a clock that walks from the last day that
//! the file knows to this moment, so the history reads as if the city had lived.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use super::Invented;
use super::citizens::{self, Citizen};
use super::couriers;
use crate::base::{CardId, Clock, Day, Email, LocationId, Minute, Moment};
use crate::booking::{
    self, BookByStaff, Booking, BookingStatus, Channel, CounterError, HandOver, Incomplete, Overbook,
    SlotRefusal, StaffBookingError,
};
use crate::calendar::{self, Location, SlotId};
use crate::cards::{self, SetRemark};
use crate::db::{Actor, Db, Fault, Lane, ReadTx};
use crate::once::{self, OnceKey};

/// How far ahead bookings stand.
pub const AHEAD: i32 = 8;

/// A clock that the story moves, and that then runs with the machine's.
#[derive(Clone, Debug)]
pub struct StoryClock(Arc<AtomicI64>);

impl StoryClock {
    /// Stands at a moment.
    pub fn at(moment: Moment) -> Self {
        Self(Arc::new(AtomicI64::new(moment.millis())))
    }

    /// The clock to hand in.
    pub fn clock(&self) -> Clock {
        let at = Arc::clone(&self.0);
        Clock::from_fn(move || Moment::from_millis(at.load(Ordering::SeqCst)))
    }

    /// Moves on to a moment; never back.
    pub fn reach(&self, moment: Moment) {
        self.0.fetch_max(moment.millis(), Ordering::SeqCst);
    }

    fn now(&self) -> Moment {
        Moment::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// Why the story could not be told.
#[derive(Debug, thiserror::Error)]
pub enum StoryError {
    /// A booking by staff was refused.
    #[error("booking: {0}")]
    Booking(#[from] StaffBookingError),
    /// An act at the counter was refused.
    #[error("counter: {0}")]
    Counter(#[from] CounterError),
    /// A citizen did not get through.
    #[error("citizen: {0}")]
    Citizen(#[from] citizens::Stuck),
    /// A remark was refused.
    #[error("remark: {0}")]
    Remark(#[from] cards::EditError),
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// One telling: the city, its file, its clock, and who stands at the counter.
#[derive(Debug)]
pub struct Story<'a> {
    /// The invented city.
    pub city: &'a Invented,
    /// Its file.
    pub db: &'a Db,
    /// The clock that the file reads.
    pub clock: &'a StoryClock,
    /// The clerk.
    pub clerk: Actor,
    /// The agent of the call centre.
    pub agent: Actor,
}

impl Story<'_> {
    /// Bookings from the day `first` to some days after `now`, made at the story's present; then the days up to `now`.
    pub async fn tell(&self, first: Day, now: Moment) -> Result<(), StoryError> {
        self.book(first, now.day()).await?;
        couriers::ask(self, now.day()).await?;
        self.pass(now).await?;
        couriers::carry(self).await?;
        // The letters of the days that have passed were read long ago.
        Ok(self.db.write(Actor::System { job: "demo" }, citizens::read_all).await?)
    }

    /// The days from the story's present to `now`, with those who had a booking.
    pub async fn pass(&self, now: Moment) -> Result<(), StoryError> {
        let mut day = self.clock.now().day();
        while day <= now.day() {
            self.serve(day, now).await?;
            day = day.plus(1);
        }
        self.clock.reach(now);
        Ok(())
    }

    async fn book(&self, first: Day, today: Day) -> Result<(), StoryError> {
        let last = today.plus(AHEAD);
        let places = self.db.read(Lane::Staff, calendar::locations).await?;
        let mut waiting = self.waiting().await?;
        let mut day = first;
        while day <= last {
            for place in &places {
                self.book_day(place, (day, today), waiting.entry(place.id).or_default()).await?;
            }
            day = day.plus(1);
        }
        Ok(())
    }

    /// Cards that can be booked, by the place that their notice names, the oldest first.
    pub(super) async fn waiting(&self) -> Result<BTreeMap<LocationId, Vec<CardId>>, StoryError> {
        let bookable = self.db.read(Lane::Staff, bookable).await?;
        let mut by_place: BTreeMap<LocationId, Vec<CardId>> = BTreeMap::new();
        for (place, card) in bookable.into_iter().rev() {
            by_place.entry(place).or_default().push(card);
        }
        Ok(by_place)
    }

    async fn book_day(
        &self,
        place: &Location,
        (day, today): (Day, Day),
        waiting: &mut Vec<CardId>,
    ) -> Result<(), StoryError> {
        let id = place.id;
        let slots = self.db.read(Lane::Staff, move |tx| booking::day_load(tx, id, day)).await?;
        for (n, load) in slots.iter().enumerate() {
            let mut left = u32::from(load.slot.capacity).saturating_sub(load.taken);
            for round in 0..parties(place, day, today, n) {
                let people = [1, 2, 1, 1, 3].get((n * 3 + round * 2) % 5).copied().unwrap_or(1);
                // Enough people stay without a booking for those who try the demo out, and a seat for a walk-in.
                if waiting.len() < people + 22 || left < u32::try_from(people).unwrap_or(u32::MAX) + 1 {
                    break;
                }
                left -= u32::try_from(people).unwrap_or(0);
                let party = waiting.split_off(waiting.len() - people);
                let slot = SlotId { location: id, day, starts: load.slot.starts };
                self.book_one(party, slot, n + round).await?;
            }
        }
        Ok(())
    }

    async fn book_one(&self, party: Vec<CardId>, slot: SlotId, n: usize) -> Result<(), StoryError> {
        let chance = crate::base::Chance::system();
        let lead = party.first().map_or(0, |card| card.get());
        let email = format!("kokyaku{lead}@mihon.example");
        let email = Email::parse(&email).map_err(|_| Fault::Stored(email))?;
        if !n.is_multiple_of(4) && party.len() < 3 {
            let citizen = Citizen { party: party.clone(), email: email.clone(), slot };
            match citizens::book(self.db, &chance, &citizen).await {
                Ok(()) => return Ok(()),
                // The window of citizens is narrower than that of staff: then they telephone.
                Err(citizens::Stuck::Slot | citizens::Stuck::Notice) => {}
                Err(stuck) => return Err(stuck.into()),
            }
        }
        let by_phone = !n.is_multiple_of(3);
        let wish = BookByStaff {
            party,
            slot,
            email: Some(email).filter(|_| n.is_multiple_of(2)),
            channel: if by_phone { Channel::Telephone } else { Channel::Counter },
            overbook: Overbook::No,
            once: OnceKey::from_form(&once::draw(&chance)).ok_or(Fault::Busy)?,
        };
        let actor = if by_phone { &self.agent } else { &self.clerk };
        match self.db.write(actor.clone(), move |tx| booking::book_by_staff(tx, &wish)).await {
            // Whose card is on its way between two offices cannot be served that soon.
            Ok(_) | Err(StaffBookingError::Slot(SlotRefusal::Outside)) => Ok(()),
            Err(refused) => Err(refused.into()),
        }
    }

    /// What happened at the counters on a day, until `now`.
    async fn serve(&self, day: Day, now: Moment) -> Result<(), StoryError> {
        let mut bookings = self.db.read(Lane::Staff, move |tx| of_day(tx, day)).await?;
        bookings.sort_by_key(|booking| booking.starts);
        for (n, booking) in bookings.iter().enumerate() {
            if booking.status == BookingStatus::Confirmed {
                self.visit(n, booking, now).await?;
            }
        }
        let evening = Moment::at(day, Minute::of(21 * 60));
        if evening < now {
            self.clock.reach(evening);
            for (_, booking) in bookings.iter().enumerate().filter(|(n, _)| n % 9 == 4) {
                let id = booking.id;
                self.db.write(self.clerk.clone(), move |tx| booking::mark_no_show(tx, id)).await?;
            }
        }
        Ok(())
    }

    /// One visit: each ninth does not come, each eleventh lacks a paper, the others get their cards.
    async fn visit(&self, n: usize, booking: &Booking, now: Moment) -> Result<(), StoryError> {
        let minutes = [14, 22, 35, 48].get(n % 4).copied().unwrap_or(20);
        let (came, done) = (booking.starts_at(), booking.starts_at().plus(Duration::from_mins(minutes)));
        if n % 9 == 4 || came > now {
            return Ok(());
        }
        self.clock.reach(came);
        let id = booking.id;
        self.db.write(self.clerk.clone(), move |tx| booking::check_in(tx, id)).await?;
        if n % 13 == 5
            && let Some(card) = booking.cards().first().copied()
        {
            self.remark(n, card).await?;
        }
        if done > now {
            return Ok(());
        }
        self.clock.reach(done);
        match booking.cards().first() {
            Some(card) if n % 11 == 7 => {
                let lacking = Incomplete {
                    booking: id,
                    who: (*card).into(),
                    reason: "本人確認書類が1点のみ".to_owned(),
                    code: Some(cards::ReasonCode::Identity),
                };
                self.db.write(self.clerk.clone(), move |tx| booking::incomplete(tx, &lacking)).await?;
            }
            _ => {
                let wish = HandOver { booking: id, people: Vec::new() };
                self.db.write(self.clerk.clone(), move |tx| booking::hand_over(tx, &wish)).await?;
            }
        }
        Ok(())
    }

    async fn remark(&self, n: usize, card: CardId) -> Result<(), StoryError> {
        let remark = self.city.remark(n / 13).to_owned();
        let write = move |tx: &crate::db::WriteTx<'_>| {
            let expect_version = cards::get(tx, card)?.ok_or(cards::EditError::NotFound)?.version;
            cards::set_remark(
                tx,
                &SetRemark { card, remark: remark.clone(), no_my_number: false, expect_version },
            )
        };
        Ok(self.db.write(self.clerk.clone(), write).await?)
    }
}

/// How many parties ask for the `n`th slot of a day: the great houses are busy around today, elsewhere it is quiet.
fn parties(place: &Location, day: Day, today: Day, n: usize) -> usize {
    let near = today.minus(1) <= day && day <= today.plus(2);
    match (place.position <= 2 && near, n % 4) {
        (true, 0) => 3,
        (true, 1 | 3) => 2,
        (true, _) | (false, 1) => 1,
        (false, _) => 0,
    }
}

fn of_day(tx: &ReadTx<'_>, day: Day) -> Result<Vec<Booking>, Fault> {
    let mut found = Vec::new();
    for place in calendar::locations(tx)? {
        found.extend(booking::day_board(tx, place.id, day)?.into_iter().map(|row| row.booking));
    }
    Ok(found)
}

fn bookable(tx: &ReadTx<'_>) -> Result<Vec<(LocationId, CardId)>, Fault> {
    let terms = cards::Terms { label: Some("notified".to_owned()), ..cards::Terms::default() };
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let page = cards::search(tx, &terms, after)?;
        found.extend(page.hits.iter().filter_map(|card| Some((card.location?, card.id))));
        after = page.next;
        if after.is_none() {
            return Ok(found);
        }
    }
}
