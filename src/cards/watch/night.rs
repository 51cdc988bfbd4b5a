//! The look of the night: which cards belong on which list today.

use super::{WatchList, store};
use crate::base::{Day, Moment};
use crate::cards::{BookingState, Card, CardStatus};
use crate::db::{Fault, ReadTx, WriteTx};
use crate::settings::{self, DisposalBase, Settings};

/// Cards of one transaction, so that none holds the writer long.
const SLICE: u32 = 200;

/// When the next look is due: today at the city's time if today's is not finished, else tomorrow; never while the city
/// has no card to look at.
pub fn next_look(tx: &ReadTx<'_>) -> Result<Option<Moment>, Fault> {
    if store::cards_after(tx, 0, 1)?.is_empty() {
        return Ok(None);
    }
    let (today, at) = (tx.today(), settings::read(tx)?.watch_at);
    let day = if store::is_finished(tx, today)? { today.plus(1) } else { today };
    Ok(Some(Moment::at(day, at)))
}

/// Looks at the next cards if today's look is due and not finished, and says whether some are left.
///
/// Spec: 7(2)⑦.
pub fn look(tx: &WriteTx<'_>) -> Result<bool, Fault> {
    let (today, settings) = (tx.today(), settings::read(tx)?);
    if tx.now() < Moment::at(today, settings.watch_at) || store::is_finished(tx, today)? {
        return Ok(false);
    }
    let after = store::begin_or_go_on(tx, today)?;
    let cards = store::cards_after(tx, after, SLICE)?;
    for card in &cards {
        let due = due(card, today, &settings);
        store::keep(tx, card.id, today, &due)?;
    }
    match cards.last() {
        Some(last) if cards.len() == SLICE as usize => store::came_to(tx, today, last.id)?,
        _ => {
            store::finish(tx, today)?;
            return Ok(false);
        }
    }
    Ok(true)
}

/// The lists on which a card belongs on this day, each with the day that puts it there.
pub(super) fn due(card: &Card, today: Day, settings: &Settings) -> Vec<(WatchList, Day)> {
    use WatchList as W;
    let days = |days: u16| i32::from(days);
    let waits = waits_for_holder(card);
    let over = card.pickup_due_on.filter(|due| waits && *due < today);
    let soon = card
        .pickup_due_on
        .filter(|due| waits && today <= *due && *due <= today.plus(days(settings.soon_days)));
    let again = card.pickup_due_on.map(|due| due.plus(days(settings.renotice_after_days)));
    let again = again.filter(|day| waits && card.status == CardStatus::Notified && *day < today);
    let back = matches!(card.status, CardStatus::NoticeReturned | CardStatus::MailReturned);
    let hold = card.hold_until.filter(|until| card.status == CardStatus::OnHold && *until < today);
    let ends = |until: Option<Day>, warning: u16| {
        until.filter(|until| here(card.status) && *until <= today.plus(days(warning)))
    };
    [
        (W::DueSoon, soon),
        (W::DueOver, over),
        (W::Renotice, again),
        (W::Returned, back.then(|| card.status_at.day())),
        (W::HoldOver, hold),
        (W::Validity, ends(card.valid_until, settings.expiry_warning_days)),
        (W::Residence, ends(card.residence_until, settings.residence_warning_days)),
        (W::Disposal, disposal(card, settings).filter(|day| *day <= today)),
        (W::ToDestroy, waits_for_destruction(card).then(|| card.status_at.day())),
    ]
    .into_iter()
    .filter_map(|(list, day)| Some((list, day?)))
    .collect()
}

/// Whether the card could be collected and nobody has said when.
fn waits_for_holder(card: &Card) -> bool {
    let status = matches!(
        card.status,
        CardStatus::Notified | CardStatus::NoticeReturned | CardStatus::Renotified | CardStatus::Incomplete
    );
    status && !card.booking_state.is_some_and(BookingState::is_live)
}

/// Whether a card of this status lies here and is still to be handed over.
fn here(status: CardStatus) -> bool {
    !status.is_final()
        && !matches!(
            status,
            CardStatus::Announced | CardStatus::Mailed | CardStatus::Voided | CardStatus::Missing
        )
}

/// Whether the card is past being handed over and lies here until two people have it destroyed.
fn waits_for_destruction(card: &Card) -> bool {
    let past = matches!(card.status, CardStatus::DisposalCandidate | CardStatus::Voided);
    past && (card.storage.is_some() || card.away.is_some())
}

/// The first day on which the card may be proposed for destruction: the latest of all that apply.
fn disposal(card: &Card, settings: &Settings) -> Option<Day> {
    let live = card.booking_state.is_some_and(BookingState::is_live);
    if live || !card.status.may_become(CardStatus::DisposalCandidate, None) {
        return None;
    }
    let (made, notice) = (card.made_on, card.notice_sent_on);
    let base = match settings.disposal_base {
        DisposalBase::Made => made.or(notice),
        DisposalBase::Notice => notice.or(made),
    };
    let by_age = base?.plus(i32::from(settings.disposal_days));
    let by_due = card.pickup_due_on.map(|due| due.plus(1));
    let by_post = (card.status == CardStatus::MailReturned)
        .then(|| card.status_at.day().plus(i32::from(settings.mail_returned_days)));
    [Some(by_age), by_due, by_post].into_iter().flatten().max()
}
