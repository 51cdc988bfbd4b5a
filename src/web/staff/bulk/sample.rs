//! A letter to many as its first person would read it.

use super::one::Shown;
use crate::booking::bulk::{self, BulkMail};
use crate::db::{Fault, ReadTx};
use crate::mail::{self, Letter, wording};
use crate::settings;
use crate::web::PageError;
use crate::web::staff::StaffCtx;
use crate::web::staff::letters::{LANGUAGES, city_of};

/// What the sample is drawn from.
pub(super) type Facts = (Vec<(&'static str, Option<Letter>)>, wording::Own, settings::Settings);

/// The letters of the languages that it is written in.
pub(super) fn read(tx: &ReadTx<'_>, bulk: &BulkMail) -> Result<Facts, Fault> {
    let mut letters = Vec::new();
    for (language, _) in LANGUAGES {
        if bulk.language_for(language) == language {
            letters.push((language, bulk::sample_letter(tx, bulk, language)?));
        }
    }
    Ok((letters, wording::own(tx)?, settings::read(tx)?))
}

/// The same as it is read.
pub(super) fn draw(ctx: &StaffCtx, (letters, own, settings): Facts) -> Result<Vec<Shown>, PageError> {
    let city = city_of(ctx, settings, own);
    let mut all = Vec::new();
    for (language, letter) in letters {
        let name = LANGUAGES.iter().find(|(code, _)| *code == language).map_or("", |(_, name)| name);
        let drawn = letter
            .map(|letter| mail::render(&ctx.state.renderer, &city, &letter, language, ctx.now()))
            .transpose()?;
        let (subject, body) = drawn.map_or((None, None), |one| (Some(one.subject), Some(one.body)));
        all.push(Shown { language, name, subject, body });
    }
    Ok(all)
}
