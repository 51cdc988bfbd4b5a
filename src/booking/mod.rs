//! Bookings: identify, invite, hold, confirm, change, cancel, and the counter's acts on them.
