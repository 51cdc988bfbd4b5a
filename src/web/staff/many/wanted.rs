//! The part of a form that says what shall become of cards: status, reason, day.

use serde::Serialize;

use super::super::parts::Wrong;
use super::super::{StaffCtx, wording};
use crate::accounts::Permission;
use crate::base::{Day, text};
use crate::booking::many::Wish;
use crate::cards::{self, CardStatus, ReasonCode};
use crate::web::Fields;

/// Code, word, whether it is chosen.
type Choice = (&'static str, &'static str, bool);

/// What is drawn.
#[derive(Clone, Debug, Default, Serialize)]
pub(in crate::web::staff) struct Wanted {
    pub(in crate::web::staff) choices: Vec<Choice>,
    /// Status, and the codes that explain it: code, words, whether it is chosen.
    pub(in crate::web::staff) codes: Vec<(&'static str, Vec<Choice>)>,
    pub(in crate::web::staff) reason: String,
    pub(in crate::web::staff) on: String,
    pub(in crate::web::staff) evidence: String,
    /// Whether the person may leave the table, and whether they ask to.
    pub(in crate::web::staff) beyond: (bool, bool),
}

/// What the form asks for, as it was typed.
#[derive(Clone, Debug, Default)]
pub(in crate::web::staff) struct Typed {
    pub(in crate::web::staff) to: Option<CardStatus>,
    code: Option<ReasonCode>,
    reason: String,
    on: String,
    evidence: String,
    beyond: bool,
}

impl Typed {
    pub(in crate::web::staff) fn of(fields: &Fields) -> Self {
        Self {
            to: CardStatus::from_code(&fields.get("to")),
            code: ReasonCode::from_code(&fields.get("code")),
            reason: fields.get("reason"),
            on: text::nfkc(&fields.get("on")),
            evidence: fields.get("evidence"),
            beyond: fields.get("beyond") == "1",
        }
    }

    /// What a list asks for already.
    pub(in crate::web::staff) fn of_wish(wish: &Wish) -> Self {
        Self {
            to: Some(wish.to),
            code: wish.code,
            reason: wish.reason.clone().unwrap_or_default(),
            on: wish.on.map(|day| day.to_string()).unwrap_or_default(),
            evidence: wish.evidence.clone(),
            beyond: wish.may_override,
        }
    }

    /// A form that begins with this status.
    pub(in crate::web::staff) fn starting(to: Option<CardStatus>) -> Self {
        Self { to, ..Self::default() }
    }

    /// The wish, or what is wrong with it.
    pub(in crate::web::staff) fn read(&self, ctx: &StaffCtx) -> Result<Wish, Vec<Wrong>> {
        self.read_for(ctx, choosable)
    }

    /// The same where other statuses can be chosen.
    pub(in crate::web::staff) fn read_for(
        &self,
        ctx: &StaffCtx,
        choosable: impl Fn(CardStatus) -> bool,
    ) -> Result<Wish, Vec<Wrong>> {
        let mut wrong = Vec::new();
        let to = self.to.filter(|to| choosable(*to));
        if to.is_none() {
            wrong.push(Wrong::new("to", "新しい状態を選んでください。"));
        }
        let code = self.code.filter(|code| Some(code.of()) == to);
        if let (None, Some(code), Some(to)) = (code, self.code, to) {
            let (word, of) = (wording::card_status(to), wording::card_status(code.of()));
            wrong.push(Wrong::new(
                "code",
                format!("この区分は「{of}」のものです。「{word}」には選べません。"),
            ));
        }
        if let Some(text) = to.and_then(|to| self.reason_wrong(to, code)) {
            wrong.push(Wrong::new("reason", text));
        }
        let on = match self.day(to, ctx.today()) {
            Ok(on) => on,
            Err(text) => {
                wrong.push(Wrong::new("on", text));
                None
            }
        };
        match to {
            Some(to) if wrong.is_empty() => Ok(Wish {
                reason: Some(self.reason.clone()).filter(|reason| !reason.is_empty()),
                code,
                on,
                evidence: self.evidence.clone(),
                may_override: self.beyond && ctx.may(Permission::OverrideStatus),
                location: ctx.place().map(|place| place.id),
                ..Wish::of(to)
            }),
            _ => Err(wrong),
        }
    }

    fn reason_wrong(&self, to: CardStatus, code: Option<ReasonCode>) -> Option<String> {
        let word = wording::card_status(to);
        if ![&self.reason, &self.evidence].into_iter().all(|text| text.is_empty() || cards::is_reason(text)) {
            return Some(wording::BAD_REASON.to_owned());
        }
        let has_codes = ReasonCode::ALL.into_iter().any(|code| code.of() == to);
        if has_codes && code.is_none() {
            return Some(format!("「{word}」の区分を選んでください。"));
        }
        let enough = !self.reason.is_empty() || code.is_some_and(ReasonCode::is_enough);
        if (to.needs_reason() && !enough) || (self.beyond && self.reason.is_empty()) {
            return Some(format!("「{word}」にする理由を入力してください。"));
        }
        None
    }

    fn day(&self, to: Option<CardStatus>, today: Day) -> Result<Option<Day>, String> {
        if self.on.is_empty() || !to.is_some_and(has_day) {
            return Ok(None);
        }
        let day: Day =
            self.on.parse().map_err(|_| "日付は「2026-04-13」のように入力してください。".to_owned())?;
        let fits = match to {
            Some(CardStatus::OnHold) => day >= today,
            _ => day <= today,
        };
        if fits { Ok(Some(day)) } else { Err(wording::BAD_DAY.to_owned()) }
    }

    /// The fields as they are drawn.
    pub(in crate::web::staff) fn drawn(&self, ctx: &StaffCtx) -> Wanted {
        self.drawn_for(ctx.may(Permission::OverrideStatus))
    }

    pub(in crate::web::staff) fn drawn_for(&self, may_override: bool) -> Wanted {
        let all = CardStatus::ALL.into_iter().filter(|to| choosable(*to));
        let codes = |of| {
            let one = |(code, words)| (code, words, self.code.is_some_and(|chosen| chosen.code() == code));
            (wording::card_status(of), wording::reason_codes(of).into_iter().map(one).collect())
        };
        Wanted {
            choices: all.map(|to| (to.code(), wording::card_status(to), Some(to) == self.to)).collect(),
            codes: [CardStatus::Voided, CardStatus::Incomplete].map(codes).into(),
            reason: self.reason.clone(),
            on: self.on.clone(),
            evidence: self.evidence.clone(),
            beyond: (may_override, self.beyond),
        }
    }
}

/// What can be chosen here: nothing goes back to not being here.
fn choosable(to: CardStatus) -> bool {
    to != CardStatus::Announced
}

/// Whether a day belongs to a step to this status.
pub(in crate::web::staff) fn has_day(to: CardStatus) -> bool {
    matches!(to, CardStatus::Notified | CardStatus::Renotified | CardStatus::OnHold | CardStatus::Disposed)
}
