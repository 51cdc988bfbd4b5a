//! What a city decides on its staff pages: one typed value, read whole.
//!
//! **Invariant:** a key that stands at its default has no row, so a later build may give it a better default.
//! **Invariant:** what is allowed stands once, in the table [`KEYS`].
//! **Invariant:** [`Settings`] is always inside its bounds; a row that is not is a fault, never a silent default.

mod group;
mod set;
mod spoken;
mod store;
mod table;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::Minute;
use crate::db::{Fault, ReadTx};
use crate::history::{self, Entry, Record};

pub use group::Group;
pub use set::{Change, SetError, Wish, set, set_all};
pub use spoken::Spoken;
pub use table::{Bounds, KEYS, Key, key};

/// Every setting of a city, with the product's defaults where the city has said nothing.
///
/// The serde names are the keys of the table `setting`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own on a page")]
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
    /// Days after which somebody is forgotten who said who they are, without a notice, and never booked or waited.
    #[serde(rename = "applicant.keep_days")]
    pub applicant_days: u16,
    /// Open days that a card travels where no route says otherwise.
    #[serde(rename = "route.lead_days")]
    pub lead_days_default: u16,
    /// The shape of a normalised notice ID (交付通知書ID), as a regular expression of letters, digits and counts.
    #[serde(rename = "notice.pattern")]
    pub notice_pattern: String,
    /// How the service is called on its pages and in its mails.
    #[serde(rename = "service.name")]
    pub service_name: String,
    /// The same in English.
    #[serde(rename = "service.name_en")]
    pub service_name_en: String,
    /// What the city is called in English; empty = as in Japanese.
    #[serde(rename = "city.name_en")]
    pub city_name_en: String,
    /// Who answers the telephone.
    #[serde(rename = "help.office")]
    pub help_office: String,
    /// The same in English; empty = as in Japanese.
    #[serde(rename = "help.office_en")]
    pub help_office_en: String,
    /// The telephone number on every page and in every mail.
    #[serde(rename = "help.phone")]
    pub help_phone: String,
    /// When the telephone is answered, in words.
    #[serde(rename = "help.hours")]
    pub help_hours: String,
    /// The same in English; empty = as in Japanese.
    #[serde(rename = "help.hours_en")]
    pub help_hours_en: String,
    /// The postal address in the foot of each page.
    #[serde(rename = "city.address")]
    pub city_address: String,
    /// Minutes after a slot's end at which those who did not come are marked.
    #[serde(rename = "no_show.after_minutes")]
    pub no_show_after_minutes: u16,
    /// Days from sending the notice to the last pick-up day.
    #[serde(rename = "deadline.first_days")]
    pub first_days: u16,
    /// Days from sending the second notice to the last pick-up day.
    #[serde(rename = "deadline.renotice_days")]
    pub renotice_days: u16,
    /// Days before the last pick-up day from which a card is listed.
    #[serde(rename = "deadline.soon_days")]
    pub soon_days: u16,
    /// Days after the last pick-up day at which a second notice is due.
    #[serde(rename = "deadline.renotice_after_days")]
    pub renotice_after_days: u16,
    /// From which day the time to disposal counts.
    #[serde(rename = "disposal.base")]
    pub disposal_base: DisposalBase,
    /// Days from that day to disposal, at least.
    #[serde(rename = "disposal.min_days")]
    pub disposal_days: u16,
    /// Days from a card's return by post to disposal, at least.
    #[serde(rename = "disposal.mail_returned_days")]
    pub mail_returned_days: u16,
    /// Days before the end of validity from which a card is listed.
    #[serde(rename = "expiry.warning_days")]
    pub expiry_warning_days: u16,
    /// Days before the end of the period of residence from which a card is listed.
    #[serde(rename = "residence.warning_days")]
    pub residence_warning_days: u16,
    /// When in the night the lists are made.
    #[serde(rename = "watch.at")]
    pub watch_at: Minute,
    /// Whether citizens with an address are reminded of their booking. Spec: 7(3)⑪.
    #[serde(rename = "reminder.on")]
    pub reminder: bool,
    /// How many days before the booking's day they are.
    #[serde(rename = "reminder.days")]
    pub reminder_days: u16,
    /// At which minute of that day in Japan.
    #[serde(rename = "reminder.at")]
    pub reminder_at: Minute,
    /// Whether those who did not come are asked by mail to book again. Spec: 7(2)⑫.
    #[serde(rename = "no_show.invite")]
    pub no_show_invite: bool,
    /// How many days after the missed booking's day.
    #[serde(rename = "no_show.invite_after_days")]
    pub no_show_invite_after_days: u16,
    /// How often one booking is asked about.
    #[serde(rename = "no_show.invite_times")]
    pub no_show_invite_times: u16,
    /// How many days lie between two such letters.
    #[serde(rename = "no_show.invite_every_days")]
    pub no_show_invite_every_days: u16,
    /// At which minute of the day in Japan such letters go.
    #[serde(rename = "no_show.invite_at")]
    pub no_show_invite_at: Minute,
    /// Whether every mail stays in the outbox for now.
    #[serde(rename = "mail.stopped")]
    pub mail_stopped: bool,
    /// Who the sender of the mails is called; empty = the city's name.
    #[serde(rename = "mail.sender_name")]
    pub mail_sender_name: String,
    /// Where answers to the mails go; empty = nowhere else than to the sender.
    #[serde(rename = "mail.reply_to")]
    pub mail_reply_to: String,
    /// After how many minutes without an answer of the mail server staff are told.
    #[serde(rename = "mail.silent_minutes")]
    pub mail_silent_minutes: u16,
    /// After how many hard bounces an address gets no letter to many and none that the program sends by itself; 0 = never.
    #[serde(rename = "mail.suppress_after")]
    pub mail_suppress_after: u16,
    /// Minutes without a request after which staff sign in again.
    #[serde(rename = "staff.idle_minutes")]
    pub staff_idle_minutes: u16,
    /// Hours after which staff sign in again whatever they did.
    #[serde(rename = "staff.session_hours")]
    pub staff_session_hours: u16,
    /// Whether whoever takes a list out of the console says why. Spec: 7(2)⑧.
    #[serde(rename = "export.reason")]
    pub export_reason: bool,
    /// Whether a second person agrees before a letter goes to many. Spec: 7(2)⑪.
    #[serde(rename = "bulk.approval")]
    pub bulk_approval: bool,
    /// Letters to many that leave in a minute at most.
    #[serde(rename = "bulk.per_minute")]
    pub bulk_per_minute: u16,
    /// Whether citizens may ask to be told when a seat becomes free.
    #[serde(rename = "waiting.on")]
    pub waiting: bool,
    /// Hours for which nobody else is told of a seat that somebody was told of.
    #[serde(rename = "waiting.offer_hours")]
    pub waiting_offer_hours: u16,
    /// Whether the seat is kept for them in that time.
    #[serde(rename = "waiting.hold")]
    pub waiting_hold: bool,
    /// How whoever comes gets the code that is scanned at the counter.
    #[serde(rename = "mail.code")]
    pub check_in_code: CheckInCode,
}

/// How whoever comes gets the code that is scanned at the counter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckInCode {
    /// Letters do not speak of it.
    #[default]
    None,
    /// As a picture with the letter.
    Picture,
    /// On a page that the letter leads to.
    Link,
}

/// From which day the time to disposal counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisposalBase {
    /// The day on which the card was made, which follows the application by some days.
    Made,
    /// The day on which the first notice was sent.
    Notice,
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
            applicant_days: 30,
            lead_days_default: 3,
            notice_pattern: "^[0-9A-Z]{3}[0-9]{6}$".to_owned(),
            service_name: "マイナンバーカード受け取り予約".to_owned(),
            service_name_en: "My Number Card pick-up booking".to_owned(),
            city_name_en: String::new(),
            help_office: "市民課 予約の電話窓口".to_owned(),
            help_office_en: String::new(),
            help_phone: "0000-00-0000".to_owned(),
            help_hours: "平日 8:30から17:15まで（土・日・祝日と年末年始は休み）".to_owned(),
            help_hours_en: String::new(),
            city_address: String::new(),
            no_show_after_minutes: 60,
            first_days: 90,
            renotice_days: 90,
            soon_days: 14,
            renotice_after_days: 14,
            disposal_base: DisposalBase::Made,
            disposal_days: 365,
            mail_returned_days: 180,
            expiry_warning_days: 60,
            residence_warning_days: 60,
            watch_at: Minute::of(180),
            reminder: true,
            reminder_days: 1,
            reminder_at: Minute::of(12 * 60 + 30),
            no_show_invite: true,
            no_show_invite_after_days: 1,
            no_show_invite_times: 2,
            no_show_invite_every_days: 14,
            no_show_invite_at: Minute::of(12 * 60 + 30),
            mail_stopped: false,
            mail_sender_name: String::new(),
            mail_reply_to: String::new(),
            mail_silent_minutes: 10,
            mail_suppress_after: 2,
            staff_idle_minutes: 60,
            staff_session_hours: 12,
            export_reason: false,
            bulk_approval: true,
            bulk_per_minute: 600,
            waiting: true,
            waiting_offer_hours: 24,
            waiting_hold: false,
            check_in_code: CheckInCode::Picture,
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
}

/// The city's settings as they stand.
pub fn read(tx: &ReadTx<'_>) -> Result<Settings, Fault> {
    let mut chosen = serde_json::Map::new();
    for (name, value) in store::all(tx)? {
        let stored: Option<serde_json::Value> = serde_json::from_str(&value).ok();
        let fine = stored.filter(|value| table::key(&name).is_some_and(|key| key.allows(value)));
        let value = fine.ok_or_else(|| Fault::Stored(format!("setting {name}")))?;
        chosen.insert(name, value);
    }
    serde_json::from_value(serde_json::Value::Object(chosen))
        .map_err(|error| Fault::Stored(format!("setting: {error}")))
}

/// Every change of a setting, newest first: who, when, from what to what.
pub fn changes(tx: &ReadTx<'_>) -> Result<Vec<Entry>, Fault> {
    history::of_record(tx, Record::Setting)
}

/// Every setting by its key, as values that the table can say.
pub fn object(settings: &Settings) -> Result<serde_json::Map<String, serde_json::Value>, Fault> {
    match serde_json::to_value(settings) {
        Ok(serde_json::Value::Object(fields)) => Ok(fields),
        _ => Err(Fault::Stored("setting".to_owned())),
    }
}
