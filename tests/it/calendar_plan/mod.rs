//! A change of the calendar: what is shown of it is what comes, bookings are never lost, and it can be taken back.

mod bookings;
mod copies;
mod large;
pub(crate) mod random;
