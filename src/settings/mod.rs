//! What a city decides on its staff pages: one typed value, read whole.
//!
//! **Invariant:** a key that stands at its default has no row, so a later build may give it a better default.
//! **Invariant:** [`Settings`] is always inside its bounds; a row that is not is a fault, never a silent default.

mod set;
mod store;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::db::{Fault, ReadTx};

pub use set::{Change, SetError, set};

/// Every setting of a city, with the product's defaults where the city has said nothing.
///
/// The serde names are the keys of the table `setting`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// People in one booking at most, 1 to 5. Spec: 7(3)⑥.
    #[serde(rename = "booking.party_max")]
    pub party_max: u8,
    /// Minutes that a chosen time is kept for a citizen; 0 keeps nothing.
    #[serde(rename = "booking.hold_minutes")]
    pub hold_minutes: u16,
    /// How often a citizen may ask for the same span once more.
    #[serde(rename = "booking.hold_extensions")]
    pub hold_extensions: u16,
    /// Hours that a mail link opens the booking pages. Spec: 7(3)③.
    #[serde(rename = "link.hours")]
    pub link_hours: u16,
    /// Minutes that the six-digit code beside the link can be typed.
    #[serde(rename = "link.code_minutes")]
    pub code_minutes: u16,
    /// Minutes without a request after which a citizen starts again.
    #[serde(rename = "session.minutes")]
    pub session_minutes: u16,
    /// Open days that a card travels where no route says otherwise.
    #[serde(rename = "route.lead_days")]
    pub lead_days_default: u16,
    /// The shape of a normalised notice ID (交付通知書ID), as a regular expression of letters, digits and counts.
    #[serde(rename = "notice.pattern")]
    pub notice_pattern: String,
    /// How the service is called on its pages and in its mails.
    #[serde(rename = "service.name")]
    pub service_name: String,
    /// Who answers the telephone.
    #[serde(rename = "help.office")]
    pub help_office: String,
    /// The telephone number on every page and in every mail.
    #[serde(rename = "help.phone")]
    pub help_phone: String,
    /// When the telephone is answered, in words.
    #[serde(rename = "help.hours")]
    pub help_hours: String,
    /// The postal address in the foot of each page.
    #[serde(rename = "city.address")]
    pub city_address: String,
    /// Minutes after a slot's end at which those who did not come are marked.
    #[serde(rename = "no_show.after_minutes")]
    pub no_show_after_minutes: u16,
    /// Minutes without a request after which staff sign in again.
    #[serde(rename = "staff.idle_minutes")]
    pub staff_idle_minutes: u16,
    /// Hours after which staff sign in again whatever they did.
    #[serde(rename = "staff.session_hours")]
    pub staff_session_hours: u16,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            party_max: 5,
            hold_minutes: 10,
            hold_extensions: 12,
            link_hours: 24,
            code_minutes: 30,
            session_minutes: 30,
            lead_days_default: 3,
            notice_pattern: "^[0-9A-Z]{3}[0-9]{6}$".to_owned(),
            service_name: "マイナンバーカード受け取り予約".to_owned(),
            help_office: "市民課 予約の電話窓口".to_owned(),
            help_phone: "0000-00-0000".to_owned(),
            help_hours: "平日 8:30から17:15まで（土・日・祝日と年末年始は休み）".to_owned(),
            city_address: String::new(),
            no_show_after_minutes: 60,
            staff_idle_minutes: 60,
            staff_session_hours: 12,
        }
    }
}

impl Settings {
    /// How long a chosen time is kept; `None` when the city keeps nothing.
    pub fn hold(&self) -> Option<Duration> {
        (self.hold_minutes > 0).then(|| Duration::from_mins(u64::from(self.hold_minutes)))
    }

    /// How long a mail link works.
    pub fn link(&self) -> Duration {
        Duration::from_hours(u64::from(self.link_hours))
    }

    /// How long the code beside the link works.
    pub fn code(&self) -> Duration {
        Duration::from_mins(u64::from(self.code_minutes))
    }

    /// How long after a slot's end those who did not come are marked.
    pub fn no_show_after(&self) -> Duration {
        Duration::from_mins(u64::from(self.no_show_after_minutes))
    }

    /// How long a citizen may pause.
    pub fn session(&self) -> Duration {
        Duration::from_mins(u64::from(self.session_minutes))
    }

    /// How long staff may pause.
    pub fn staff_idle(&self) -> Duration {
        Duration::from_mins(u64::from(self.staff_idle_minutes))
    }

    /// How long staff stay signed in at most.
    pub fn staff_session(&self) -> Duration {
        Duration::from_hours(u64::from(self.staff_session_hours))
    }

    /// The first key that lies outside its bounds, with what is allowed.
    fn out_of_bounds(&self) -> Option<(&'static str, &'static str)> {
        let text = |value: &str, most: usize| value.chars().count() <= most;
        let bounds = [
            ("booking.party_max", "1 to 5", (1..=5).contains(&self.party_max)),
            ("booking.hold_minutes", "0 to 60", self.hold_minutes <= 60),
            ("booking.hold_extensions", "0 to 100", self.hold_extensions <= 100),
            ("link.hours", "1 to 168", (1..=168).contains(&self.link_hours)),
            ("link.code_minutes", "1 to 120", (1..=120).contains(&self.code_minutes)),
            ("session.minutes", "5 to 240", (5..=240).contains(&self.session_minutes)),
            ("route.lead_days", "0 to 60", self.lead_days_default <= 60),
            ("notice.pattern", "1 to 100 characters", (1..=100).contains(&self.notice_pattern.len())),
            (
                "service.name",
                "1 to 60 characters",
                !self.service_name.is_empty() && text(&self.service_name, 60),
            ),
            ("help.office", "up to 60 characters", text(&self.help_office, 60)),
            ("help.phone", "up to 30 characters", text(&self.help_phone, 30)),
            ("help.hours", "up to 100 characters", text(&self.help_hours, 100)),
            ("city.address", "up to 200 characters", text(&self.city_address, 200)),
            ("no_show.after_minutes", "0 to 1440", self.no_show_after_minutes <= 1440),
            ("staff.idle_minutes", "5 to 480", (5..=480).contains(&self.staff_idle_minutes)),
            ("staff.session_hours", "1 to 24", (1..=24).contains(&self.staff_session_hours)),
        ];
        bounds.into_iter().find(|(.., fine)| !fine).map(|(key, allowed, _)| (key, allowed))
    }
}

/// The city's settings as they stand.
pub fn read(tx: &ReadTx<'_>) -> Result<Settings, Fault> {
    let mut chosen = serde_json::Map::new();
    for (key, value) in store::all(tx)? {
        let value = serde_json::from_str(&value).map_err(|_| Fault::Stored(format!("setting {key}")))?;
        chosen.insert(key, value);
    }
    let settings: Settings = serde_json::from_value(serde_json::Value::Object(chosen))
        .map_err(|error| Fault::Stored(format!("setting: {error}")))?;
    match settings.out_of_bounds() {
        Some((key, _)) => Err(Fault::Stored(format!("setting {key}"))),
        None => Ok(settings),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_inside_their_own_bounds() {
        assert_eq!(Settings::default().out_of_bounds(), None);
    }

    #[test]
    fn a_party_of_six_is_out_of_bounds() {
        let six = Settings { party_max: 6, ..Settings::default() };
        assert_eq!(six.out_of_bounds(), Some(("booking.party_max", "1 to 5")));
    }
}
