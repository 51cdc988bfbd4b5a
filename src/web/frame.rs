//! What stands around every citizen page: the city, its telephone, its notices, the languages.

use serde::Serialize;

use super::Ctx;
use crate::notices::{Announcement, Maintenance};
use crate::once;
use crate::settings::Spoken;

/// What every citizen page shows around itself.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Frame {
    city: String,
    service: String,
    office: String,
    phone: String,
    hours: String,
    address: String,
    csrf: String,
    once: String,
    demo: bool,
    session_minutes: u16,
    sender: String,
    html_lang: String,
    easy: bool,
    tongues: Vec<Tongue>,
    here: String,
    urgent: Vec<Announcement>,
    planned: Vec<Maintenance>,
}

/// A language that the reader may choose, named in itself.
#[derive(Clone, Debug, Serialize)]
struct Tongue {
    code: String,
    name: String,
    lang: String,
    current: bool,
}

impl Ctx {
    /// What every citizen page shows around itself.
    pub fn frame(&self) -> Frame {
        let tongues = self.tongues();
        let current = tongues.iter().find(|tongue| tongue.current);
        let spoken = self.spoken();
        Frame {
            city: spoken.city,
            service: spoken.service,
            office: spoken.office,
            phone: self.settings.help_phone.clone(),
            hours: spoken.hours,
            address: self.settings.city_address.clone(),
            csrf: self.csrf(),
            once: once::draw(&self.state.chance),
            demo: self.state.demo,
            session_minutes: self.settings.session_minutes,
            sender: self.city.profile.mail_from.split_once('@').map_or("", |(_, domain)| domain).to_owned(),
            html_lang: current.map_or("ja", |tongue| tongue.lang.as_str()).to_owned(),
            easy: self.language().ends_with("-easy"),
            tongues,
            here: self.here.clone(),
            urgent: self.notices.urgent.clone(),
            planned: self.notices.planned.clone(),
        }
    }

    /// What the city, its service and its office are called in the reader's language.
    pub fn spoken(&self) -> Spoken {
        self.settings.spoken(&self.city.profile.name, self.language())
    }

    /// Every language that has messages, in the order of their own numbers.
    fn tongues(&self) -> Vec<Tongue> {
        let words = self.state.renderer.catalogue();
        let say = |code: &str, key: &str| words.words(code, key, |_| None).unwrap_or_default();
        let mut codes = self.state.renderer.languages();
        codes.sort_by_key(|code| say(code, "page.language_order"));
        let tongue = |code: &str| Tongue {
            code: code.to_owned(),
            name: say(code, "page.language_name"),
            lang: say(code, "page.html_lang"),
            current: code == self.language(),
        };
        codes.into_iter().map(tongue).collect()
    }
}
