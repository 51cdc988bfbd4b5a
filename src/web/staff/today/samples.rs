//! Invented days for the check that draws every page in every state.

use super::answer::{self, Stand};
use super::questions::{About, Choose, Lacking, Person, Why, usual};
use super::view::{self, Board, Filter, Look, Opening, When};
use crate::base::{
    ApplicantId, BirthDate, BookingId, CardId, Day, LocationId, MemberId, Minute, Moment, NoticeId, Personal,
};
use crate::booking::{
    Applicant, BoardRow, Booking, BookingStatus, Channel, HandedOver, ISSUANCE, Member, Outcome, Tally,
};
use crate::cards::{Card, CardStatus, Label};
use crate::web::staff::alike::{Alikes, Beware};
use crate::web::staff::parts::Wrong;
use crate::web::staff::sight::Sight;
use crate::web::staff::whereabouts::Places;

const HERE: LocationId = LocationId::of(1);

fn today() -> Day {
    Day::from_date(jiff::civil::date(2026, 4, 13))
}

fn now() -> Moment {
    Moment::at(today(), Minute::of(9 * 60 + 42))
}

fn card(row: i64, status: CardStatus) -> Option<Card> {
    let birth = BirthDate::parse("1990-03-12").ok()?;
    Some(Card {
        id: CardId::of(row),
        notice_id: Personal::of(NoticeId::from_norm(format!("A13{row:06}"))),
        name: Personal::of("髙橋 美咲".to_owned()),
        kana: Personal::of("タカハシ ミサキ".to_owned()),
        birth: Personal::of(birth),
        person_key: Personal::default(),
        status,
        status_before: None,
        trail: crate::cards::Trail::default(),
        overridden: false,
        reason_code: None,
        hold_until: None,
        renotice_sent_on: None,
        residence_until: None,
        status_at: now(),
        booking_state: None,
        label: Label::Card(status),
        incomplete_reason: Some("本人確認書類が不足".to_owned()),
        storage: None,
        shelf: "B-03".to_owned(),
        position: "102".to_owned(),
        placed_at: None,
        away: None,
        location: None,
        made_on: None,
        notice_sent_on: None,
        pickup_due_on: None,
        valid_until: None,
        inquiry_no: String::new(),
        email: None,
        remark: Personal::of("車いす".to_owned()),
        import_run: None,
        import_line: None,
        former: None,
        created_at: now(),
        version: 1,
    })
}

fn row(id: i64, status: BookingStatus, people: u8) -> BoardRow {
    let outcome = match status {
        BookingStatus::Completed => Some(Outcome::Issued),
        BookingStatus::Incomplete => Some(Outcome::Incomplete),
        _ => None,
    };
    let member = |position: u8| Member {
        applicant: None,
        id: MemberId::of(i64::from(position)),
        position,
        procedure: ISSUANCE.to_owned(),
        card: Some(CardId::of(id * 10 + i64::from(position))),
        person_key: Personal::default(),
        outcome,
    };
    let booking = Booking {
        procedure: crate::booking::ISSUANCE.to_owned(),
        id: BookingId::of(id),
        no: "K7M2-0413".to_owned(),
        location: HERE,
        day: today(),
        starts: Minute::of(540),
        ends: Minute::of(570),
        people,
        seats: people,
        status,
        channel: if id == 5 { Channel::WalkIn } else { Channel::Web },
        over_reason: None,
        email: None,
        language: "ja".to_owned(),
        acknowledged_at: None,
        cancel_reason: None,
        cancelled_by: None,
        checked_in_at: (status == BookingStatus::CheckedIn).then(now),
        finished_at: (!status.is_live()).then(now),
        sequence: 0,
        created_at: now(),
        version: 1,
        members: (1..=people).map(member).collect(),
    };
    let cards =
        booking.cards().into_iter().filter_map(|id| Some((id, card(id.get(), CardStatus::Notified)?)));
    let cards = cards.collect();
    let handed = HandedOver { at: now(), staff: None, by: "山田 花子".to_owned() };
    BoardRow {
        booking,
        applicants: Vec::new(),
        procedure: None,
        cards,
        handed_over: (status == BookingStatus::Completed).then_some(handed),
    }
}

/// The same booking for another procedure, of people who are known by what they said.
fn other(mut row: BoardRow) -> BoardRow {
    "renewal".clone_into(&mut row.booking.procedure);
    row.procedure = Some("電子証明書の更新".to_owned());
    row.cards.clear();
    let Ok(birth) = BirthDate::parse("1990-04-13") else { return row };
    for (member, id) in row.booking.members.iter_mut().zip(1..) {
        (member.card, member.applicant) = (None, Some(ApplicantId::of(id)));
        row.applicants.push(Applicant {
            id: ApplicantId::of(id),
            kana: Personal::of("アベ ヒロシ".to_owned()),
            birth: Personal::of(birth),
            phone: Personal::of("0900000000".to_owned()),
            person_key: Personal::default(),
        });
    }
    row
}

fn rows() -> Vec<BoardRow> {
    BookingStatus::ALL
        .into_iter()
        .zip(1..)
        .map(|(status, id)| row(id, status, 1 + u8::from(id < 4)))
        .collect()
}

fn board(rows: &[BoardRow], when: When, show: Filter, sight: Sight) -> Board {
    let places = Places::of_lists(Some(HERE), Vec::new(), Vec::new());
    let alikes = Alikes::default();
    let look = Look { now: now(), when, sight, places: &places, alikes: &alikes };
    Board {
        day: today(),
        today: today(),
        when,
        place: "本庁舎 市民課".to_owned(),
        at: now(),
        by: "山田 花子".to_owned(),
        show: show.code(),
        counts: view::counts(&Tally::of(rows, now()), show),
        groups: view::groups(rows, show, &look),
        opening: Opening {
            open: true,
            from: Some(Minute::of(540)),
            to: Some(Minute::of(720)),
            ..Opening::default()
        },
        answer: None,
        choices: Vec::new(),
        refused: None,
        may_book: true,
        may_see_cards: true,
    }
}

pub(super) fn boards() -> Vec<(&'static str, Board)> {
    let whole = Sight::ALL;
    let nothing = Sight::NONE;
    let places = Places::of_lists(Some(HERE), Vec::new(), Vec::new());
    let alikes = Alikes::default();
    let stand = Stand { here: HERE, today: today(), sight: whole, places: &places, alikes: &alikes };
    let rows = rows();
    let plain = |when, show| board(&rows, when, show, whole);
    let mut all = vec![
        ("the day", plain(When::Today, Filter::Whole)),
        ("a filter", plain(When::Today, Filter::Late)),
        ("a past day", plain(When::Past, Filter::Whole)),
        ("a future day", plain(When::Future, Filter::Whole)),
        ("masked", board(&rows, When::Today, Filter::All, nothing)),
        ("nothing", board(&[], When::Today, Filter::Whole, whole)),
        ("nothing of this kind", board(&[], When::Future, Filter::Issued, whole)),
        (
            "not found",
            Board {
                refused: Some("見つかりません。".to_owned()), ..plain(When::Today, Filter::Whole)
            },
        ),
        (
            "a choice",
            Board {
                choices: card(1, CardStatus::Notified)
                    .iter()
                    .map(|card| answer::choice(card, stand))
                    .collect(),
                ..plain(When::Today, Filter::Whole)
            },
        ),
    ];
    for (status, people) in
        [(BookingStatus::CheckedIn, 2), (BookingStatus::Completed, 1), (BookingStatus::Incomplete, 1)]
    {
        let row = other(row(20, status, people));
        let answer = answer::of_booking(&row, None, false, stand);
        all.push((
            "an answer about another procedure",
            Board { answer, ..board(&[row], When::Today, Filter::Whole, whole) },
        ));
    }
    let elsewhere = Stand { here: LocationId::of(2), ..stand };
    let (before, after) =
        (Stand { today: today().minus(1), ..stand }, Stand { today: today().plus(1), ..stand });
    for row in &rows {
        for stand in [stand, elsewhere, before, after] {
            let answer = answer::of_booking(row, None, true, stand);
            all.push(("an answer", Board { answer, ..plain(When::Today, Filter::Whole) }));
        }
    }
    for status in [CardStatus::Notified, CardStatus::Issued, CardStatus::Announced] {
        let answer = card(9, status).map(|card| answer::of_card(&card, stand));
        let refused = Some("すでに交付済です。".to_owned());
        all.push(("an answer about a card", Board { answer, refused, ..plain(When::Today, Filter::Whole) }));
    }
    all
}

fn about(people: i64) -> About {
    let person = |row: i64| Person {
        key: row.to_string(),
        name: "髙橋 美咲".to_owned(),
        kana: "タカハシ ミサキ".to_owned(),
        notice: "A13-345603".to_owned(),
        birth: (people > 1).then(|| "1990-03-12".to_owned()),
        place: "B-03-102".to_owned(),
        tag: ("受付中", "wait"),
        open: row != 3,
        ticked: row == 1,
    };
    About {
        id: BookingId::of(1),
        no: "K7M2-0413".to_owned(),
        day: today(),
        starts: Minute::of(540),
        place: "本庁舎 市民課".to_owned(),
        beware: (people > 1).then(Beware::sample).into_iter().collect(),
        procedure: (people == 1).then(|| "電子証明書の更新".to_owned()),
        people: (1..=people).map(person).collect(),
    }
}

pub(super) fn choose() -> Vec<(&'static str, Choose)> {
    let wrong = vec![Wrong::new("p1", "渡す人を選んでください。")];
    vec![
        ("whom", Choose { about: about(3), wrong: Vec::new() }),
        ("nobody chosen", Choose { about: about(3), wrong }),
    ]
}

pub(super) fn lacking() -> Vec<(&'static str, Lacking)> {
    let of = |people, wrong| Lacking {
        about: about(people),
        usual: usual(),
        reason: "identity".to_owned(),
        more: "次回は運転免許証".to_owned(),
        asked: true,
        wrong,
    };
    vec![
        ("one person", of(1, Vec::new())),
        ("a family", of(3, vec![Wrong::new("p1", "どなたの書類かを選んでください。")])),
    ]
}

pub(super) fn why() -> Vec<(&'static str, Why)> {
    let of = |cards, wrong| Why { about: about(3), cards, reason: "取り違え".to_owned(), wrong };
    vec![
        ("everybody", of(Vec::new(), Vec::new())),
        (
            "one of them",
            of(vec!["1".to_owned()], vec![Wrong::new("reason", "元に戻す理由を入力してください。")]),
        ),
    ]
}
