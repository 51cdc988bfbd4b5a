//! The city's places, hours, windows, storage places and routes, set by the calendar's own operations.

use std::collections::BTreeMap;

use super::{Invented, Place};
use crate::base::{Day, LocationId, Minute, StorageId};
use crate::calendar::{
    self, Audience, Edit, EditError, Latest, LeadUnit, LocationText, NewLocation, NewStorage, NthWeekday,
    PatternId, Period, Plan, SeatsBy, SpecialDay, Weekly, Window,
};
use crate::db::{Fault, WriteTx};
use crate::settings;

/// Gives an empty file the shape of the invented city, in force from `from` on.
pub fn shape(tx: &WriteTx<'_>, city: &Invented, from: Day) -> Result<(), EditError> {
    let patterns = patterns(tx)?;
    let mut storages = Vec::new();
    for place in &city.locations {
        let id = location(tx, place)?;
        words(tx, place, id)?;
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
        hours_text: hours_text(place).0.to_owned(),
        citizen_visible: true,
        seats_by: SeatsBy::People,
        few_percent: 30,
    };
    calendar::add_location(tx, &new)
}

/// When a place opens, as its page says it: in Japanese, in English, in plain Japanese.
fn hours_text(place: &Place) -> (&'static str, &'static str, &'static str) {
    match place.hours.as_str() {
        "短縮" => (
            "平日 9時から12時",
            "Weekdays 9:00 to 12:00",
            "月曜日（げつようび）から 金曜日（きんようび）　9時（じ）から 12時（じ）",
        ),
        "延長" => (
            "平日 9時から12時、13時から19時",
            "Weekdays 9:00 to 12:00 and 13:00 to 19:00",
            "月曜日（げつようび）から 金曜日（きんようび）　9時（じ）から 12時（じ）、13時（じ）から 19時（じ）",
        ),
        "夜間" => (
            "平日 10時から13時、14時から20時",
            "Weekdays 10:00 to 13:00 and 14:00 to 20:00",
            "月曜日（げつようび）から 金曜日（きんようび）　10時（じ）から 13時（じ）、14時（じ）から 20時（じ）",
        ),
        _ => (
            "平日 9時から12時、13時から17時",
            "Weekdays 9:00 to 12:00 and 13:00 to 17:00",
            "月曜日（げつようび）から 金曜日（きんようび）　9時（じ）から 12時（じ）、13時（じ）から 17時（じ）",
        ),
    }
}

fn words(tx: &WriteTx<'_>, place: &Place, id: LocationId) -> Result<(), EditError> {
    let (_, english, easy) = hours_text(place);
    for (language, words, hours) in [("en", &place.en, english), ("ja-easy", &place.easy, easy)] {
        let words = words.clone();
        let text = LocationText {
            name: words.name,
            address: words.address,
            access: words.access,
            barrier_free: words.barrier_free,
            hours_text: hours.to_owned(),
        };
        calendar::set_text(tx, id, language, &text)?;
    }
    Ok(())
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
        change_unit: LeadUnit::Days,
        change_until: Minute::of(17 * 60),
        cancel_days: 1,
        cancel_unit: LeadUnit::Days,
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
        ("help.office_en", "Booking desk for My Number Cards"),
        ("help.hours_en", "Weekdays 8:30 to 17:15 (not on public holidays and at the turn of the year)"),
        ("city.name_en", "Mihon City"),
        ("help.phone", "0000-00-1234"),
        ("city.address", "〒000-0000 見本市見本町1-1"),
    ];
    for (key, value) in told {
        let change = settings::Change { key: key.to_owned(), value: value.into() };
        settings::set(tx, &change).map_err(|error| Fault::Stored(error.to_string()))?;
    }
    Ok(())
}
