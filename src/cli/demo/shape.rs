//! The city's places, hours, windows, storage places and routes, set by the calendar's own operations.

use std::collections::BTreeMap;

use super::{Invented, Place};
use crate::base::{Day, LocationId, Minute, StorageId};
use crate::calendar::{
    self, Audience, Edit, EditError, Latest, LeadUnit, NewLocation, NewStorage, NthWeekday, PatternId,
    Period, Plan, SeatsBy, SpecialDay, Weekly, Window,
};
use crate::db::{Fault, WriteTx};
use crate::settings;

/// Gives an empty file the shape of the invented city, in force from `from` on.
pub fn shape(tx: &WriteTx<'_>, city: &Invented, from: Day) -> Result<(), EditError> {
    let patterns = patterns(tx)?;
    let mut storages = Vec::new();
    for place in &city.locations {
        let id = location(tx, place)?;
        hours(tx, place, id, &patterns, from)?;
        windows(tx, id)?;
        let code = format!("{}-k", place.code);
        let name = format!("{} 保管庫", place.name);
        let storage = calendar::add_storage(tx, &NewStorage { code, name, location: Some(id) })?;
        storages.push((id, storage));
    }
    routes(tx, &storages)?;
    Ok(sayings(tx)?)
}

fn patterns(tx: &WriteTx<'_>) -> Result<BTreeMap<String, PatternId>, EditError> {
    let period = |(starts, ends): (u16, u16), unit| Period {
        starts: Minute::of(starts),
        ends: Minute::of(ends),
        unit,
        capacity: 4,
    };
    let noon = [(540, 720), (780, 1020)];
    calendar::set_pattern(tx, "夜間", &[(600, 780), (840, 1200)].map(|span| period(span, 15)))?;
    calendar::set_pattern(tx, "駅前", &noon.map(|span| period(span, 20)))?;
    calendar::set_pattern(tx, "土曜", &[period((540, 720), 30)])?;
    Ok(calendar::patterns(tx)?.into_iter().map(|pattern| (pattern.name, pattern.id)).collect())
}

fn location(tx: &WriteTx<'_>, place: &Place) -> Result<LocationId, EditError> {
    let new = NewLocation {
        code: place.code.clone(),
        name: place.name.clone(),
        address: place.address.clone(),
        access: place.access.clone(),
        phone: place.phone.clone(),
        barrier_free: place.barrier_free.clone(),
        hours_text: String::new(),
        citizen_visible: true,
        seats_by: SeatsBy::People,
        few_percent: 30,
    };
    calendar::add_location(tx, &new)
}

fn hours(
    tx: &WriteTx<'_>,
    place: &Place,
    location: LocationId,
    patterns: &BTreeMap<String, PatternId>,
    effective: Day,
) -> Result<(), EditError> {
    let capacity = Some(place.capacity);
    for weekday in 1..=5 {
        let pattern = patterns.get(&place.hours).copied();
        calendar::set_weekly(tx, &Weekly { location, weekday, effective, pattern, capacity })?;
    }
    if place.second_saturday {
        let pattern = patterns.get("土曜").copied();
        let nth = NthWeekday { location, nth: 2, weekday: 6, effective, until: None, pattern, capacity };
        calendar::set_nth_weekday(tx, &nth)?;
    }
    Ok(())
}

fn windows(tx: &WriteTx<'_>, location: LocationId) -> Result<(), EditError> {
    let citizen = Window {
        lead: 2,
        unit: LeadUnit::OpenDays,
        same_day_until: None,
        latest: Latest::Days(60),
        change_days: 1,
        change_until: Minute::of(17 * 60),
        cancel_days: 1,
        cancel_until: Minute::of(17 * 60),
    };
    calendar::set_window(tx, location, Audience::Citizen, &citizen)?;
    calendar::set_window(tx, location, Audience::Staff, &Window::of_the_house(Audience::Staff))
}

/// What the calendar of a living city has besides its weeks: days on their own, each as somebody in the office decided it.
pub fn specials(tx: &WriteTx<'_>) -> Result<(), EditError> {
    let places = calendar::locations(tx)?;
    let hours =
        calendar::patterns(tx)?.into_iter().find(|pattern| pattern.name == "土曜").map(|pattern| pattern.id);
    let (Some(main), Some(last), Some(pattern)) = (places.first(), places.last(), hours) else {
        return Ok(());
    };
    let sunday = |after: i32| {
        let day = tx.today().plus(after);
        day.plus((7 - i32::from(day.weekday())) % 7)
    };
    let open =
        |reason: &str| SpecialDay::Open { pattern, unit: None, capacity: Some(6), reason: reason.to_owned() };
    let closed = |reason: &str| SpecialDay::Closed { reason: reason.to_owned() };
    let wishes = [
        (main.id, sunday(18), open("日曜の臨時開庁"), format!("{}　日曜の臨時開庁", main.name)),
        (main.id, sunday(46), open("日曜の臨時開庁"), format!("{}　日曜の臨時開庁", main.name)),
        (last.id, sunday(30).plus(2), closed("局舎の点検"), format!("{}　局舎の点検のため閉庁", last.name)),
    ];
    for (location, day, special, what) in wishes {
        let edit = Edit::Special { location: Some(location), day, to: Some(special) };
        calendar::apply(tx, &Plan { edits: vec![edit] }, &what, None)?;
    }
    Ok(())
}

/// Between the two great houses in the middle a card travels one day, elsewhere two.
fn routes(tx: &WriteTx<'_>, storages: &[(LocationId, StorageId)]) -> Result<(), EditError> {
    for (at, (_, storage)) in storages.iter().enumerate() {
        for (to, (location, _)) in storages.iter().enumerate() {
            if at != to {
                calendar::set_route(tx, *storage, *location, if at < 2 && to < 2 { 1 } else { 2 })?;
            }
        }
    }
    Ok(())
}

fn sayings(tx: &WriteTx<'_>) -> Result<(), Fault> {
    let told = [
        ("help.office", "市民課 マイナンバーカード予約の電話窓口"),
        ("help.phone", "0000-00-1234"),
        ("city.address", "〒000-0000 見本市見本町1-1"),
    ];
    for (key, value) in told {
        let change = settings::Change { key: key.to_owned(), value: value.into() };
        settings::set(tx, &change).map_err(|error| Fault::Stored(error.to_string()))?;
    }
    Ok(())
}
