//! What is chosen and typed so far: rows, days and places stand in the address, the rest in a draft that it names.

use axum::response::Response;

use super::super::rows;
use crate::base::{CardId, Day, LocationId};
use crate::booking::draft::{self, Draft};
use crate::booking::{Channel, ISSUANCE};
use crate::calendar::SlotId;
use crate::web::staff::StaffCtx;
use crate::web::{Fields, PageError};

/// The state of a booking that is being put together.
#[derive(Clone, Debug, Default)]
pub(super) struct Chosen {
    pub(super) procedure: String,
    pub(super) members: Vec<CardId>,
    pub(super) among: Vec<CardId>,
    pub(super) location: Option<LocationId>,
    pub(super) day: Option<Day>,
    pub(super) slot: Option<SlotId>,
    pub(super) from: Option<Day>,
    pub(super) channel: String,
    /// The id of the draft.
    kept: Option<String>,
    /// What was typed.
    pub(super) said: Draft,
}

impl Chosen {
    /// What an address or a form says, with what is kept.
    pub(super) async fn read(ctx: &StaffCtx, fields: &Fields) -> Result<Self, PageError> {
        let procedure = fields.get("procedure");
        let kept = Some(fields.get("draft")).filter(|id| !id.is_empty());
        let said = match kept.clone() {
            Some(id) => {
                let staff = ctx.signed.id;
                ctx.read(move |tx| draft::load(tx, staff, &id)).await?
            }
            None => None,
        };
        let mut said = said.unwrap_or_default();
        if fields.has("email") {
            (said.email, said.over) = (fields.get("email"), fields.get("over"));
        }
        Ok(Self {
            procedure: if procedure.is_empty() { ISSUANCE.to_owned() } else { procedure },
            members: rows(fields.all("member")),
            among: rows(fields.get("among").split('.')),
            location: fields.get("location").parse().ok().map(LocationId::of),
            day: fields.get("day").parse().ok(),
            slot: fields.get("slot").parse().ok(),
            from: fields.get("from").parse().ok(),
            channel: fields.get("channel"),
            kept,
            said,
        })
    }

    /// The channel that staff register for; `None` for a word that is none.
    pub(super) fn channel(&self) -> Option<Channel> {
        Channel::from_code(&self.channel)
            .filter(|channel| matches!(channel, Channel::Counter | Channel::Telephone))
    }

    /// The id of the draft, if there is one.
    pub(super) fn draft(&self) -> Option<&str> {
        self.kept.as_deref()
    }

    /// Whether it is the hand-over of cards.
    pub(super) fn is_issuance(&self) -> bool {
        self.procedure == ISSUANCE
    }

    /// Goes on with what is chosen; what was typed is kept under a random id, for an address tells nothing of a person.
    pub(super) async fn go(mut self, ctx: &StaffCtx, fragment: &str) -> Result<Response, PageError> {
        if !self.said.is_empty() || self.kept.is_some() {
            let (staff, id, said) = (ctx.signed.id, self.kept.clone(), self.said.clone());
            let kept = ctx.city.db.write(ctx.actor(), move |tx| draft::save(tx, staff, id.as_deref(), &said));
            self.kept = Some(kept.await?);
        }
        Ok(ctx.to(&self.path(fragment)))
    }

    fn path(&self, fragment: &str) -> String {
        let mut parts: Vec<String> = self.members.iter().map(|card| format!("member={card}")).collect();
        let mut add = |name: &str, value: Option<String>| {
            parts.extend(value.map(|value| format!("{name}={value}")));
        };
        add("procedure", (!self.is_issuance()).then(|| self.procedure.clone()));
        add("location", self.location.map(|id| id.to_string()));
        add("day", self.day.map(|day| day.to_string()));
        add("slot", self.slot.map(|slot| slot.to_string()));
        add("channel", self.channel().map(|channel| channel.code().to_owned()));
        add("draft", self.kept.clone());
        let among: Vec<String> = self.among.iter().map(ToString::to_string).collect();
        add("among", Some(among.join(".")).filter(|rows| !rows.is_empty()));
        if parts.is_empty() {
            return format!("/bookings/new#{fragment}");
        }
        format!("/bookings/new?{}#{fragment}", parts.join("&"))
    }
}
