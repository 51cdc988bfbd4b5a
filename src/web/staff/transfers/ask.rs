//! What an address of the transfer list asks for.

use crate::base::{CardId, Day, LocationId, TransferId};
use crate::transfers::{Act, Filter, Stage, TransferStatus};
use crate::web::Fields;
use crate::web::staff::StaffCtx;

/// What the address asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) stage: Stage,
    pub(super) from: Option<LocationId>,
    pub(super) to: Option<LocationId>,
    pub(super) day: Option<Day>,
    pub(super) status: Option<TransferStatus>,
    /// Whether a scan at the sender says that a card was sent; else that it was taken.
    pub(super) sends: bool,
    /// The last scan: the row, what was done, whether it had been before, whether it had never been sent.
    pub(super) scanned: Option<(TransferId, Act)>,
    pub(super) again: bool,
    pub(super) unsent: bool,
    /// Cards that the last scan may have meant.
    pub(super) among: Vec<CardId>,
}

impl Asked {
    pub(super) fn of(ctx: &StaffCtx, fields: &Fields) -> Self {
        let stage = Stage::from_code(&fields.get("stage")).unwrap_or_default();
        let here = ctx.place().map(|place| place.id);
        let place = |name: &str, otherwise: Option<LocationId>| match fields.get(name).as_str() {
            "" => otherwise,
            named => named.parse().ok().map(LocationId::of),
        };
        let scanned = fields.get("scanned").parse().ok().map(TransferId::of);
        let among = fields.get("among");
        Self {
            stage,
            from: place("from", here.filter(|_| stage == Stage::ToSend)),
            to: place("to", here.filter(|_| stage == Stage::ToReceive)),
            day: fields.get("day").parse().ok(),
            status: TransferStatus::from_code(&fields.get("status")),
            sends: fields.get("leaving") == Act::Send.code(),
            scanned: scanned.zip(Act::from_code(&fields.get("did"))),
            again: fields.get("again") == "1",
            unsent: fields.get("unsent") == "1",
            among: among.split('.').filter_map(|row| row.parse().ok().map(CardId::of)).take(20).collect(),
        }
    }

    pub(super) fn filter(&self, ctx: &StaffCtx) -> Filter {
        Filter {
            stage: self.stage,
            from: self.from,
            to: self.to,
            day: self.day,
            status: self.status,
            within: ctx.signed.locations.clone(),
        }
    }

    /// The filters as an address carries them: days, rows and codes only.
    pub(super) fn query(&self) -> String {
        let place = |id: Option<LocationId>| id.map_or_else(|| "all".to_owned(), |id| id.to_string());
        let mut query =
            format!("stage={}&from={}&to={}", self.stage.code(), place(self.from), place(self.to));
        if let Some(day) = self.day {
            query.extend([format!("&day={day}")]);
        }
        if let Some(status) = self.status {
            query.extend(["&status=", status.code()]);
        }
        if self.sends {
            query.push_str("&leaving=send");
        }
        query
    }

    /// Where the list stands again after something was done.
    pub(super) fn path(&self) -> String {
        format!("/transfers?{}", self.query())
    }
}
