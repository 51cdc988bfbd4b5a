//! The procedures that can be booked, and who somebody is that needs no notice.
//!
//! Spec: 8(3).

use axum::extract::Path;
use axum::response::Response;
use serde::Serialize;

use super::parts::Wrong;
use crate::base::text::nfkc;
use crate::booking::{self, ApplicantError, CheckBy, NewApplicant};
use crate::db::{Fault, Lane, ReadTx};
use crate::render::View;
use crate::web::{Ctx, Fields, PageError, Post};

/// A procedure as a citizen chooses it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Choice {
    pub(super) code: String,
    pub(super) name: String,
    pub(super) about: String,
    pub(super) bring: Vec<String>,
    /// Whether a notice is needed.
    pub(super) notice: bool,
}

impl Choice {
    pub(super) fn sample() -> Self {
        Self {
            code: "renewal".to_owned(),
            name: "｜電子証明書《でんししょうめいしょ》の更新".to_owned(),
            about: "期限が近い方".to_owned(),
            bring: vec!["マイナンバーカード".to_owned()],
            notice: false,
        }
    }
}

/// What can be chosen; empty while there is only the hand-over of cards.
pub(super) async fn choices(ctx: &Ctx) -> Result<Vec<Choice>, PageError> {
    let language = ctx.language().to_owned();
    let read = move |tx: &ReadTx<'_>| -> Result<Vec<Choice>, Fault> {
        let open = booking::open_procedures(tx)?;
        if open.len() <= 1 {
            return Ok(Vec::new());
        }
        let choice = |one: booking::Procedure| {
            let words = booking::procedure_words(tx, &one.code, &language)?;
            let notice = one.check == CheckBy::Notice;
            Ok(Choice { code: one.code, name: words.name, about: words.about, bring: words.bring, notice })
        };
        open.into_iter().map(choice).collect()
    };
    Ok(ctx.city.db.read(Lane::Citizen, read).await?)
}

/// A procedure besides the hand-over that is offered and whose people are checked in this way.
pub(super) async fn choice(ctx: &Ctx, code: &str, check: CheckBy) -> Result<Choice, PageError> {
    let fits = |one: &Choice| one.code == code && one.notice == (check == CheckBy::Notice);
    let found = choices(ctx).await?.into_iter().find(fits);
    found.filter(|one| one.code != booking::ISSUANCE).ok_or(PageError::NotFound)
}

/// What somebody typed; of a relative it has no telephone.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Form {
    kana: String,
    birth_year: String,
    birth_month: String,
    birth_day: String,
    phone: String,
}

impl Form {
    pub(super) fn of(fields: &Fields) -> Self {
        Self {
            kana: fields.get("kana"),
            birth_year: fields.get("birth_year"),
            birth_month: fields.get("birth_month"),
            birth_day: fields.get("birth_day"),
            phone: fields.get("phone"),
        }
    }

    /// The person, or each thing that cannot be right.
    fn read(&self, ctx: &Ctx) -> Result<NewApplicant, Vec<Wrong>> {
        NewApplicant::parse_all((&self.kana, &self.birth(), &self.phone), ctx.now().day())
            .map_err(|errors| errors.into_iter().map(wording).collect())
    }

    /// A relative of somebody who can be reached under this number.
    pub(super) fn relative(&self, ctx: &Ctx, phone: &str) -> Result<NewApplicant, Vec<Wrong>> {
        Self { phone: phone.to_owned(), ..self.clone() }.read(ctx)
    }

    fn birth(&self) -> String {
        let year = nfkc(&self.birth_year);
        let year = year.trim().trim_end_matches('年');
        let year =
            if year.bytes().all(|b| b.is_ascii_digit()) { year.to_owned() } else { year.to_uppercase() };
        let number = |text: &str| nfkc(text).trim().to_owned();
        format!("{year}年{}月{}日", number(&self.birth_month), number(&self.birth_day))
    }
}

fn wording(error: ApplicantError) -> Wrong {
    match error {
        ApplicantError::Kana => Wrong::new("kana", "procedure.wrong_kana"),
        ApplicantError::Birth => Wrong::new("birth_year", "procedure.wrong_birth"),
        ApplicantError::Phone => Wrong::new("phone", "procedure.wrong_phone"),
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Person {
    /// Whether a family can come together.
    together: bool,
    what: Choice,
    form: Form,
    wrong: Vec<Wrong>,
}

impl View for Person {
    const TEMPLATE: &'static str = "citizen/person.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let wrong = [ApplicantError::Kana, ApplicantError::Birth, ApplicantError::Phone].map(wording);
        let blank = |together, wrong| Self { together, what: Choice::sample(), form: Form::default(), wrong };
        vec![("person", blank(true, Vec::new())), ("person wrong", blank(false, wrong.into()))]
    }
}

pub(super) async fn get(ctx: Ctx, Path(code): Path<String>) -> Result<Response, PageError> {
    let what = choice(&ctx, &code, CheckBy::Person).await?;
    let together = ctx.settings.party_max > 1;
    ctx.page(&Person { together, what, form: Form::default(), wrong: Vec::new() })
}

pub(super) async fn post(
    Path(code): Path<String>,
    Post { mut ctx, fields }: Post,
) -> Result<Response, PageError> {
    let what = choice(&ctx, &code, CheckBy::Person).await?;
    let form = Form::of(&fields);
    match form.read(&ctx) {
        Ok(person) => {
            ctx.visitor.person = Some(person);
            ctx.visitor.procedure = Some(what.code);
            ctx.visitor.card = None;
            ctx.visitor.checked_at = Some(ctx.now());
            ctx.visitor.session = None;
            Ok(ctx.to("/email#main"))
        }
        Err(wrong) => ctx.again(&Person { together: ctx.settings.party_max > 1, what, form, wrong }),
    }
}
