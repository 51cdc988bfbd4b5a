//! What an address of the pull list asks for.

use crate::base::{CardId, Day, LocationId};
use crate::booking::{PullFilter, PullTime};
use crate::web::staff::StaffCtx;
use crate::web::{Fields, PageError};

/// What the cards are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum For {
    /// To be handed over here.
    Counter,
    /// To be sent to this location.
    Route(LocationId),
}

#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) day: Day,
    pub(super) location: LocationId,
    pub(super) time: PullTime,
    pub(super) purpose: For,
    pub(super) by_time: bool,
    /// The card of the last scan, what became of it, and whether it had been so before.
    pub(super) scanned: Option<CardId>,
    pub(super) again: bool,
    pub(super) among: Vec<CardId>,
}

const fn time_code(time: PullTime) -> &'static str {
    match time {
        PullTime::Day => "day",
        PullTime::Morning => "am",
        PullTime::Afternoon => "pm",
    }
}

impl Asked {
    pub(super) fn of(ctx: &StaffCtx, fields: &Fields) -> Result<Self, PageError> {
        let here = ctx.place().map(|place| place.id).ok_or(PageError::NotFound)?;
        let named = fields.get("location").parse().ok().map(LocationId::of);
        let location = match named {
            Some(named) => ctx.place_of(named).map(|place| place.id).ok_or(PageError::NotFound)?,
            None => here,
        };
        let route = fields.get("for").parse().ok().map(LocationId::of);
        let among = fields.get("among");
        Ok(Self {
            day: fields.get("day").parse().unwrap_or_else(|_| ctx.today()),
            location,
            time: match fields.get("time").as_str() {
                "am" => PullTime::Morning,
                "pm" => PullTime::Afternoon,
                _ => PullTime::Day,
            },
            purpose: route.map_or(For::Counter, For::Route),
            by_time: fields.get("order") == "time",
            scanned: fields.get("scanned").parse().ok().map(CardId::of),
            again: fields.get("again") == "1",
            among: among.split('.').filter_map(|row| row.parse().ok().map(CardId::of)).take(20).collect(),
        })
    }

    pub(super) fn filter(&self) -> PullFilter {
        PullFilter { location: self.location, day: self.day, time: self.time }
    }

    pub(super) fn time(&self) -> &'static str {
        time_code(self.time)
    }

    /// Days, rows and codes only.
    pub(super) fn query(&self) -> String {
        let purpose = match self.purpose {
            For::Counter => "counter".to_owned(),
            For::Route(to) => to.to_string(),
        };
        let order = if self.by_time { "time" } else { "shelf" };
        format!(
            "day={}&location={}&time={}&for={purpose}&order={order}",
            self.day,
            self.location,
            time_code(self.time)
        )
    }

    pub(super) fn path(&self) -> String {
        format!("/pull?{}", self.query())
    }
}
