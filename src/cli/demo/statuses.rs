//! Cards of every status, and some whose days run out: what a city has lying about besides those that are being booked.

use super::Invented;
use super::fill::FillError;
use crate::base::{BirthDate, CardId, Day, NoticePattern};
use crate::booking::many::{self, Wish};
use crate::calendar;
use crate::cards::{self, CardStatus, NewCard, ReasonCode, Transition};
use crate::db::{Actor, Db, Fault, Lane};

/// So many cards lie about.
const CARDS: usize = 60;

/// Registers cards that came long ago or in an unusual way, after the people up to `from`, and brings each where it stands.
/// `first` and `second` manage.
pub(super) async fn lie_about(
    db: &Db,
    city: &Invented,
    from: usize,
    (first, second): (&Actor, &Actor),
) -> Result<(), FillError> {
    let storages = db.read(Lane::Staff, calendar::storages).await?;
    let mut made = Vec::new();
    for number in 0..CARDS {
        let who = city.person(from + number);
        let Some(storage) = storages.iter().find(|one| one.code.starts_with(&format!("{}-", who.place)))
        else {
            continue;
        };
        let (storage, location) = (storage.id, storage.location);
        let card = db
            .write(first.clone(), move |tx| {
                let notice = crate::base::NoticeId::parse(&who.notice_id, &NoticePattern::default())
                    .map_err(|error| Fault::Stored(error.to_string()))?;
                let birth = BirthDate::parse(&who.birth.to_string())
                    .map_err(|error| Fault::Stored(error.to_string()))?;
                let (shelf, position) = who.shelf.rsplit_once('-').unwrap_or((&who.shelf, ""));
                let new = NewCard {
                    storage: Some(storage),
                    location,
                    shelf: shelf.to_owned(),
                    position: position.to_owned(),
                    ..dates(number, tx.today(), NewCard::notified(notice, &who.name, &who.kana, birth))
                };
                cards::add(tx, &new).map_err(|error| Fault::Stored(error.to_string()))
            })
            .await?;
        made.push(card);
    }
    for (number, card) in made.iter().enumerate() {
        for step in steps(number, *card, db.read(Lane::Staff, |tx| Ok::<_, Fault>(tx.today())).await?) {
            db.write(first.clone(), move |tx| many::set_status(tx, &step, None)).await.map_err(refused)?;
        }
    }
    let of = |kind: usize| made.iter().copied().skip(kind).step_by(KINDS).collect::<Vec<_>>();
    let gone = propose(db, first, of(9), "転出による失効。統合端末で処理済み").await?;
    db.write(second.clone(), move |tx| many::approve(tx, gone)).await.map_err(refused)?;
    while !db.write(second.clone(), move |tx| many::next_slice(tx, gone)).await?.finished {}
    propose(db, first, of(10), "1年以上受け取りがない").await?;
    Ok(())
}

/// So many kinds of fate there are.
const KINDS: usize = 15;

fn refused(error: impl std::fmt::Display) -> Fault {
    Fault::Stored(error.to_string())
}

/// When a card was made, and until when it can be collected and used.
fn dates(number: usize, today: Day, new: NewCard) -> NewCard {
    let status = match number % KINDS {
        11 => CardStatus::Announced,
        12 => CardStatus::Received,
        13 => CardStatus::PresetDone,
        _ => CardStatus::Notified,
    };
    let age = i32::try_from(number).unwrap_or(0) * 9 + 30;
    let sent = (status == CardStatus::Notified).then(|| today.minus(age));
    let ends = i32::try_from(number % 40).unwrap_or(0) * 3;
    NewCard {
        status,
        made_on: Some(today.minus(age + 9)),
        notice_sent_on: sent,
        pickup_due_on: sent.map(|sent| sent.plus(90)),
        valid_until: Some(if number % 7 == 3 { today.plus(ends) } else { today.plus(3600 - age) }),
        residence_until: (number % 6 == 5).then(|| today.plus(ends * 2 - 20)),
        ..new
    }
}

/// The way of a card to where it stands.
fn steps(number: usize, card: CardId, today: Day) -> Vec<Transition> {
    use CardStatus as S;
    let to = |status, reason: &str| Transition {
        reason: Some(reason.to_owned()).filter(|reason| !reason.is_empty()),
        ..Transition::of(card, status)
    };
    let void = |code| Transition { code: Some(code), ..Transition::of(card, S::Voided) };
    match number % KINDS {
        1 => vec![Transition { on: Some(today.minus(20)), ..to(S::Renotified, "") }],
        2 => vec![to(S::NoticeReturned, "あて所に尋ねあたりません")],
        3 => {
            vec![Transition { on: Some(today.plus(2)), ..to(S::OnHold, "入院のため家族から連絡") }]
        }
        4 | 10 => vec![to(S::DisposalCandidate, "")],
        5 => vec![to(S::Missing, "棚卸で見つからない")],
        6 => vec![void(if number.is_multiple_of(2) { ReasonCode::MovedOut } else { ReasonCode::Died })],
        7 => vec![Transition { code: Some(ReasonCode::Proxy), ..to(S::Incomplete, "委任状がない") }],
        8 => vec![
            Transition {
                may_override: true, ..to(S::PresetDone, "発送前に封入を取り違えたため戻す")
            },
            to(S::Mailed, ""),
            to(S::MailReturned, ""),
        ],
        9 => vec![void(ReasonCode::MovedOut)],
        14 => vec![
            Transition { may_override: true, ..to(S::Received, "外観を確かめ直すため戻す") },
            to(S::DefectReturned, "券面の印字不良"),
        ],
        _ => Vec::new(),
    }
}

/// Proposes to destroy these cards.
async fn propose(
    db: &Db,
    by: &Actor,
    cards: Vec<CardId>,
    reason: &'static str,
) -> Result<crate::base::BatchId, FillError> {
    let write = move |tx: &crate::db::WriteTx<'_>| {
        let lines = many::lines_of(tx, &[], &cards, &NoticePattern::default())?;
        let id = many::begin(tx)?;
        many::add_lines(tx, id, 0, &lines)?;
        let wish = Wish {
            reason: Some(reason.to_owned()),
            on: Some(tx.today()),
            evidence: format!("{}-07", tx.today()),
            ..Wish::of(CardStatus::Disposed)
        };
        many::set_wish(tx, id, &wish).map_err(refused)?;
        let all: Vec<i64> = (0..).take(lines.len()).collect();
        many::pick(tx, id, &all)?;
        Ok::<_, Fault>(id)
    };
    Ok(db.write(by.clone(), write).await?)
}
