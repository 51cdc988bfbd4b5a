//! Bookings: who comes when and where, for which card; from the first check of a notice to the hand-over.
//!
//! **Invariant:** seats are counted in the transaction that takes them; nobody's seat is given up before the new one stands.
//! **Invariant:** all people of a booking are booked, or nobody is.
//! **Invariant:** each change of a booking leaves its event and its mail in the same transaction.
//! **Invariant:** `booking_member.live` follows the status of its booking, and `card.booking_state` follows both.
//!
//! It knows cards, calendar and mail; it does not know pages, and it speaks no Japanese.

mod address;
mod applicant;
mod applicant_sweep;
pub mod availability;
mod board;
pub mod bring_in;
pub mod bulk;
mod cancel;
mod change;
mod check;
mod closures;
mod confirm;
mod counter;
mod custody;
pub mod draft;
pub mod entry;
mod family;
mod follow;
mod hold;
mod letters;
pub mod many;
mod no_show;
mod number;
mod overview;
mod person;
mod procedures;
mod pull;
mod reads;
mod resend;
mod reshape;
mod room;
mod scan;
mod seats;
mod snapshot;
mod staff;
mod store;
pub mod timed;
mod types;
#[doc(hidden)]
pub mod unguarded;
mod waiting;

use crate::base::{BookingId, CardId};
use crate::db::{Fault, ReadTx, WriteTx};

pub use address::{ReplaceEmail, ReplaceEmailError, replace_email};
pub use applicant::{Applicant, ApplicantError, NewApplicant, Who, applicant};
pub use applicant_sweep::{first_applicant_end, forget_applicants};
pub use board::{BoardRow, HandedOver, LATE_FROM, Tally, board_row, board_rows, day_board, of_ids};
pub use cancel::{Cancel, CancelError, Cancelled, cancel};
pub use change::{ChangeError, change};
pub use check::{BadReason, Overbook, SlotRefusal, deadlines};
pub use closures::{
    Close, Closure, ClosureError, ClosureState, Item, NoteCall, Progress, Span as ClosedSpan, Steer,
    SteerClosure, Struck, ToldBy, close, closure, closure_items, closures, note_call, steer_closure, struck,
    tell_closed, waits_to_tell,
};
pub use confirm::{Confirm, ConfirmError, Confirmed, confirm};
pub use counter::{
    Act, Answer, ComeToday, CounterError, HandOver, Incomplete, SERVED_AT_ONCE, Serve, ServeMany, Served,
    UndoHandOver, WalkIn, check_in, check_in_here, come_today, hand_over, hand_over_walk_in, incomplete,
    mark_no_show, resume, serve, serve_many, undo_check_in, undo_hand_over, undo_no_show,
};
pub use custody::{found_again, move_card, move_cards, put_back, put_here, receive_card, undo_move};
pub use family::{AddFamily, FamilyError, Relative, add_family};
pub use follow::{follow_cards, follow_strays};
pub use hold::{Held, Hold, HoldError, extend_hold, first_hold_end, forget_holds, held, hold};
pub use no_show::{mark_no_shows, next_no_show};
pub use overview::{
    DayCount, DayOffer, Listed, PAGE, PlaceCount, SlotCount, StaffAsk, Start, Wanted, count_days, list,
    list_slice, offers, standing,
};
pub use person::{PersonRefusal, travel_days};
pub use procedures::{
    AddProcedure, CheckBy, EditProcedure, Procedure, ProcedureError, SetWords, Words, add_procedure,
    edit_procedure, name_to_tell, open_procedures, own_words, procedure, procedure_words, procedures,
    set_words,
};
pub use pull::{
    MANY_MAX, Needed, PullAnswer, PullFilter, PullMany, PullScan, PullScanned, PullTime, needed, pull_many,
    pull_scan, pulled_for_nothing,
};
pub use reads::{Load, day_load, month_load};
pub use resend::{Again, Dealt, call_off, send_again};
pub use reshape::{
    Affected, Case, Cases, ChangedDay, Choice, Choices, Chosen, DaySum, Effect, Foreseen, Reshape,
    ReshapeError, Retire, RetireError, Why, Work, call_made, cases_of, count_open_cases, effect, foresee,
    open_cases, reshape, retire, settle_affected, waits_to_settle, work_of,
};
pub use room::stretch_end;
pub use scan::{CHOICE_MAX, Scan, Scanned, scan, scan_card};
pub use seats::{Except, Taken, seats_taken, seats_taken_between};
pub use snapshot::Snapshots;
pub use staff::{
    BookByStaff, BookProcedure, CancelByStaff, CancelByStaffError, Candidates, ChangeTo, Find, JoinByStaff,
    JoinError, Newcomer, Party, Reach, ResendError, Seen, ShiftError, StaffBookingError, Way, book_by_staff,
    book_procedure_by_staff, cancel_by_staff, candidates, change_by_staff, join_by_staff, reach, resend,
};
pub use types::{Booking, BookingStatus, CancelledBy, Channel, ISSUANCE, Member, Outcome};
pub use waiting::{
    Chance, DayPart, LeaveError, Look, Offered, Wait, WaitError, WaitState, Waiting, WaitingRow,
    anybody_waits, give_up as give_up_offer, leave as leave_waiting, look_for_offers, offer as offer_seat,
    take_off as take_off_waiting, wait, waiting_list, waiting_of,
};

/// The booking of this row.
pub fn get(tx: &ReadTx<'_>, id: BookingId) -> Result<Option<Booking>, Fault> {
    store::get(tx, id)
}

/// The booking with this number, however it was typed.
pub fn by_no(tx: &ReadTx<'_>, no: &str) -> Result<Option<Booking>, Fault> {
    store::by_no(tx, &no.trim().to_ascii_uppercase())
}

/// What a booking is for.
pub fn procedure_of(tx: &ReadTx<'_>, booking: &Booking) -> Result<Procedure, Fault> {
    procedures::known(tx, &booking.procedure)
}

/// Every booking that a card is or was in, the newest first.
pub fn of_card(tx: &ReadTx<'_>, card: CardId) -> Result<Vec<Booking>, Fault> {
    let ids = store::ids_of_card(tx, card)?;
    ids.into_iter().filter_map(|id| store::get(tx, id).transpose()).collect()
}

/// The booking that a card is in now, if it is in one.
pub fn live_of_card(tx: &ReadTx<'_>, card: CardId) -> Result<Option<Booking>, Fault> {
    match store::live_id_of_card(tx, card, ISSUANCE)? {
        Some(id) => store::get(tx, id),
        None => Ok(None),
    }
}

/// The booking that somebody is in now for a procedure, if they are in one.
pub fn live_of(tx: &ReadTx<'_>, who: Who, procedure: &str) -> Result<Option<Booking>, Fault> {
    let id = match who {
        Who::Card(card) => store::live_id_of_card(tx, card, procedure)?,
        Who::Applicant(id) => match applicant::applicant(tx, id)? {
            Some(one) => store::live_id_of_person(tx, one.person_key.uncover(), procedure)?,
            None => None,
        },
    };
    id.map(|id| store::get(tx, id)).transpose().map(Option::flatten)
}

/// What a new municipality's file needs before its first booking.
pub fn seed(tx: &WriteTx<'_>) -> Result<(), Fault> {
    procedures::seed(tx)
}
