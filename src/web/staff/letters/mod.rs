//! The wording of the letters (S18): which there are, and the sentences of one, with an example beside them.
//!
//! Spec: 7(3)⑪.

mod form;
mod index;

#[cfg(test)]
pub(super) use form::Form;
pub(super) use form::{act, said, show};
#[cfg(test)]
pub(super) use index::Index;
pub(super) use index::index;

use super::StaffCtx;
use crate::mail::City;
use crate::mail::wording::Own;
use crate::settings::Settings;

/// The languages in which letters are written, with what they are called.
pub(super) const LANGUAGES: [(&str, &str); 3] =
    [("ja", "日本語"), ("ja-easy", "やさしい日本語"), ("en", "英語")];

/// The heading of a letter's page.
fn title(letter: &str) -> &'static str {
    if letter == crate::mail::wording::COMMON {
        "どのメールにも共通の文"
    } else {
        super::wording::letter(letter)
    }
}

/// What letters say of the city.
pub(super) fn city_of(ctx: &StaffCtx, settings: Settings, own: Own) -> City {
    let profile = &ctx.city.profile;
    let domain = profile.mail_from.split_once('@').map_or("", |(_, domain)| domain);
    City::of((&profile.name, &profile.link_base, domain), settings, own)
}
