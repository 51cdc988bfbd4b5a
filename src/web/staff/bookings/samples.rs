//! Examples for the views of bookings.

use super::party::{Booked, Person};
use super::picker::{DayChoice, Picker, SlotChoice};
use crate::base::{BookingId, CardId, Day, LocationId, Minute};
use crate::web::staff::alike::Beware;
use crate::web::staff::calendar::{Fill, PlaceName};

pub(super) fn day() -> Day {
    Day::from_date(jiff::civil::date(2026, 4, 13))
}

fn fill(taken: u32) -> Fill {
    Fill {
        taken,
        held: 0,
        capacity: 4,
        free: 4_u32.saturating_sub(taken),
        over: taken.saturating_sub(4),
        shade: "l2",
        words: "残り2".to_owned(),
        percent: 50,
    }
}

pub(super) fn person() -> Person {
    Person {
        key: "3".to_owned(),
        card: Some(CardId::of(3)),
        phone: None,
        name: "田中 美優".to_owned(),
        kana: "タナカ ミユ".to_owned(),
        notice: "A13-345604".to_owned(),
        birth: Some("2018-09-02".to_owned()),
        note: Some("同姓同名あり"),
        beware: Some(Beware::sample()),
        age: Some(7),
        minor: true,
        label: ("通知書発送済", "info"),
        stored: "東総合支所 E-11 020".to_owned(),
        storage: "東総合支所".to_owned(),
        travel: 2,
        from: Some(day().plus(2)),
        booked: None,
        unfit: false,
        outcome: None,
    }
}

pub(super) fn booked_person() -> Person {
    let booked = Booked {
        id: BookingId::of(8),
        no: "K7M2-0413".to_owned(),
        day: day(),
        starts: Minute::of(570),
        place: "本庁舎".to_owned(),
    };
    Person {
        key: "4".to_owned(),
        card: Some(CardId::of(4)),
        booked: Some(booked),
        age: None,
        birth: None,
        note: None,
        beware: None,
        minor: false,
        travel: 0,
        from: None,
        unfit: true,
        outcome: Some("交付済"),
        ..person()
    }
}

/// Somebody without a card.
pub(super) fn applicant() -> Person {
    Person {
        key: "a3".to_owned(),
        card: None,
        phone: Some("0900000000".to_owned()),
        name: "アベ ヒロシ".to_owned(),
        kana: String::new(),
        notice: String::new(),
        label: ("", ""),
        stored: String::new(),
        storage: String::new(),
        travel: 0,
        from: None,
        ..person()
    }
}

pub(super) fn picker(chosen: bool) -> Picker {
    let place = PlaceName { id: LocationId::of(1), name: "本庁舎 市民課".to_owned(), current: true };
    let choice = |out: Option<&str>, chosen| DayChoice {
        day: day(),
        date: 13,
        weekday: 1,
        chosen,
        out: out.map(str::to_owned),
        fill: fill(2),
    };
    let slot = |room, usable, out| SlotChoice {
        id: "1.2026-04-13.0900".to_owned(),
        starts: Minute::of(540),
        ends: Minute::of(570),
        chosen: chosen && usable,
        usable,
        room,
        out,
        fill: fill(if room { 2 } else { 5 }),
    };
    Picker {
        places: vec![place.clone()],
        place,
        address: "見本町1-1".to_owned(),
        from: day(),
        earlier: chosen.then(day),
        later: day().plus(14),
        first: chosen.then(day),
        last: chosen.then(day),
        days: vec![choice(Some("回送中"), false), choice(None, chosen)],
        day: chosen.then(day),
        closed: None,
        slots: if chosen {
            vec![slot(true, true, None), slot(false, true, None), slot(false, false, Some("終了"))]
        } else {
            Vec::new()
        },
        seats: 2,
        slots_each: if chosen { 2 } else { 1 },
        not_here: !chosen,
        may_over: chosen,
    }
}
