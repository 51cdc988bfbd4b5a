//! A place of hand-over, invented.

use madoguchi::calendar::{NewLocation, SeatsBy};

/// A place of hand-over that citizens see and book by the person, of which nothing is known but code and name.
pub fn new_location(code: &str, name: &str) -> NewLocation {
    NewLocation {
        code: code.to_owned(),
        name: name.to_owned(),
        address: String::new(),
        access: String::new(),
        phone: String::new(),
        barrier_free: String::new(),
        hours_text: String::new(),
        citizen_visible: true,
        seats_by: SeatsBy::People,
        few_percent: 30,
    }
}
