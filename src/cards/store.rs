//! The cards' SQL. Every read goes through `card_seen`, so that rows of an unfinished import stay invisible.

use std::borrow::Cow;
use std::sync::OnceLock;

use rusqlite::{Row, ToSql, named_params, params_from_iter};

use super::add::NewCard;
use super::{BookingState, Card, CardStatus, ReasonCode, Trail};
use crate::base::{BirthDate, CardId, Day, MonthDay, NoticeId, Personal, text};
use crate::db::{Fault, InOrder, ReadTx, WriteTx};

/// Every column of a card, for statements that end in a condition.
pub(super) const CARD: &str = "SELECT id, notice_id_norm, name, kana, birth_date, person_key, status, status_before, status_at,
        booking_state, label, overridden, reason_code, incomplete_reason, hold_until, storage_id, shelf, position, placed_at,
        away_location_id, away_staff_id, away_by_id, away_at, location_id,
        made_on, notice_sent_on, renotice_sent_on, pickup_due_on, valid_until, residence_until, inquiry_no, email, remark, import_run_id, import_line, former_card_id, created_at, version
   FROM card_seen";

pub(super) fn card(row: &Row<'_>) -> rusqlite::Result<Card> {
    let row = InOrder::of(row);
    let trail = trail_of(&row)?;
    Ok(Card {
        id: row.get("id")?,
        notice_id: Personal::of(NoticeId::from_norm(row.get::<String>("notice_id_norm")?)),
        name: Personal::of(row.get("name")?),
        kana: Personal::of(row.get("kana")?),
        birth: Personal::of(birth(&row)?),
        person_key: Personal::of(row.get("person_key")?),
        status: row.get("status")?,
        status_before: trail.last(),
        trail,
        status_at: row.get("status_at")?,
        booking_state: row.get("booking_state")?,
        label: row.get("label")?,
        overridden: row.get("overridden")?,
        reason_code: row.get("reason_code")?,
        incomplete_reason: row.get("incomplete_reason")?,
        hold_until: row.get("hold_until")?,
        storage: row.get("storage_id")?,
        shelf: row.get("shelf")?,
        position: row.get("position")?,
        placed_at: row.get("placed_at")?,
        away: super::storage::away_of(&row)?,
        location: row.get("location_id")?,
        made_on: row.get("made_on")?,
        notice_sent_on: row.get("notice_sent_on")?,
        renotice_sent_on: row.get("renotice_sent_on")?,
        pickup_due_on: row.get("pickup_due_on")?,
        valid_until: row.get("valid_until")?,
        residence_until: row.get("residence_until")?,
        inquiry_no: row.get("inquiry_no")?,
        email: row.get::<Option<String>>("email")?.map(Personal::of),
        remark: Personal::of(row.get("remark")?),
        import_run: row.get("import_run_id")?,
        import_line: row.get("import_line")?,
        former: row.get("former_card_id")?,
        created_at: row.get("created_at")?,
        version: row.get("version")?,
    })
}

fn trail_of(row: &InOrder<'_, '_>) -> rusqlite::Result<Trail> {
    let codes: Option<String> = row.get("status_before")?;
    Trail::from_codes(&codes.unwrap_or_default()).ok_or(rusqlite::Error::InvalidQuery)
}

fn birth(row: &InOrder<'_, '_>) -> rusqlite::Result<BirthDate> {
    let written: String = row.get("birth_date")?;
    BirthDate::parse(&written).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error))
    })
}

pub(super) fn get(tx: &ReadTx<'_>, id: CardId) -> Result<Option<Card>, Fault> {
    tx.opt(&format!("{CARD} WHERE id = :id"), named_params! { ":id": id }, card)
}

pub(super) fn of_ids(tx: &ReadTx<'_>, ids: &[CardId]) -> Result<Vec<Card>, Fault> {
    let ids = serde_json::to_string(ids).map_err(|error| Fault::Stored(error.to_string()))?;
    tx.all(
        &format!("{CARD} WHERE id IN (SELECT value FROM json_each(:ids))"),
        named_params! { ":ids": ids },
        card,
    )
}

pub(super) fn unfinished_after(tx: &ReadTx<'_>, after: i64, most: u32) -> Result<Vec<Card>, Fault> {
    tx.all(
        &format!(
            "{CARD} WHERE id > :after AND status NOT IN ('issued', 'disposed', 'defect_returned')
             ORDER BY id LIMIT :most"
        ),
        named_params! { ":after": after, ":most": most },
        card,
    )
}

pub(super) fn lookup(tx: &ReadTx<'_>, notice: &NoticeId, birthday: MonthDay) -> Result<Vec<Card>, Fault> {
    tx.all(
        &format!("{CARD} WHERE notice_id_norm = :notice AND birth_mmdd = :mmdd ORDER BY id"),
        named_params! { ":notice": notice.norm(), ":mmdd": birthday.mmdd() },
        card,
    )
}

pub(super) fn with_notice(tx: &ReadTx<'_>, notice: &NoticeId) -> Result<Vec<Card>, Fault> {
    tx.all(
        &format!("{CARD} WHERE notice_id_norm = :notice ORDER BY id"),
        named_params! { ":notice": notice.norm() },
        card,
    )
}

/// Every card of the citizen whose this one is.
pub(super) fn of_same_person(tx: &ReadTx<'_>, of: &Card) -> Result<Vec<Card>, Fault> {
    tx.all(
        &format!(
            "{CARD} WHERE name_search = (SELECT name_search FROM card WHERE id = :id) AND birth_date = :birth
               AND person_key = :person ORDER BY id"
        ),
        named_params! {
            ":id": of.id, ":birth": of.birth.uncover().to_string(), ":person": of.person_key.uncover(),
        },
        card,
    )
}

/// Pairs of one of these cards and the card of another person with the same name, or with the same reading and birth date.
pub(super) fn alike(tx: &ReadTx<'_>, ids: &[CardId], most: usize) -> Result<Vec<(CardId, CardId)>, Fault> {
    let ids = serde_json::to_string(ids).map_err(|error| Fault::Stored(error.to_string()))?;
    let other = "other.person_key <> mine.person_key
             AND other.status NOT IN ('issued', 'mailed', 'disposed', 'defect_returned', 'voided')";
    tx.all(
        &format!(
            "SELECT mine.id AS mine, other.id AS other
               FROM json_each(:ids) JOIN card AS mine ON mine.id = value
               JOIN card_seen AS other ON other.name_search = mine.name_search
              WHERE {other}
             UNION
             SELECT mine.id AS mine, other.id AS other
               FROM json_each(:ids) JOIN card AS mine ON mine.id = value
               JOIN card_seen AS other ON other.kana_search = mine.kana_search
              WHERE mine.kana_search <> '' AND other.birth_date = mine.birth_date
                AND other.name_search <> mine.name_search AND {other}
              LIMIT {most}"
        ),
        named_params! { ":ids": ids },
        |row| Ok((row.get("mine")?, row.get("other")?)),
    )
}

/// All are counted without a look at any; rows of an unfinished import, which are few and short-lived, are taken off.
pub(super) fn count(tx: &ReadTx<'_>) -> Result<u64, Fault> {
    let cards: i64 = tx.one(
        "SELECT (SELECT count(*) FROM card)
              - (SELECT count(*) FROM card
                  WHERE import_run_id IN (SELECT id FROM import_run WHERE state IN ('applying', 'undoing'))) AS cards",
        [],
        |row| row.get("cards"),
    )?;
    u64::try_from(cards).map_err(|_| Fault::Stored("count of cards".to_owned()))
}

/// What a new card is found by, in the forms that are compared.
#[derive(Debug)]
pub(super) struct Keys<'a> {
    pub name: Cow<'a, str>,
    pub kana: Cow<'a, str>,
    pub person: String,
    /// The number that tells its citizen from namesakes; 0 where there is none.
    pub namesake: i64,
    /// The card that its citizen had before.
    pub former: Option<CardId>,
}

impl<'a> Keys<'a> {
    /// The keys of somebody without namesakes and without a former card.
    pub fn of(name: impl Into<Cow<'a, str>>, kana: impl Into<Cow<'a, str>>, birth: BirthDate) -> Self {
        let name = name.into();
        let person = super::person_of_key(&name, birth);
        Self { name, kana: kana.into(), person, namesake: 0, former: None }
    }
}

/// One of the few statements that are written once for each row of long files: its values are bound by their place in the
/// list, which takes a third of the time of looking for their names.
pub(super) fn insert(tx: &WriteTx<'_>, new: &NewCard, keys: &Keys<'_>) -> Result<CardId, Fault> {
    static INSERT: OnceLock<String> = OnceLock::new();
    let (notice, birth, mmdd) = (new.notice_id.to_string(), new.birth.to_string(), new.birth.mmdd());
    let (now, norm) = (tx.now(), new.notice_id.norm());
    let placed = new.storage.map(|_| now);
    let row: [(&str, &dyn ToSql); 28] = [
        ("notice_id", &notice),
        ("notice_id_norm", &norm),
        ("name", &new.name),
        ("kana", &new.kana),
        ("name_search", &keys.name),
        ("kana_search", &keys.kana),
        ("birth_date", &birth),
        ("birth_mmdd", &mmdd),
        ("namesake", &keys.namesake),
        ("person_key", &keys.person),
        ("status", &new.status),
        ("status_at", &now),
        ("storage_id", &new.storage),
        ("shelf", &new.shelf),
        ("position", &new.position),
        ("placed_at", &placed),
        ("location_id", &new.location),
        ("made_on", &new.made_on),
        ("notice_sent_on", &new.notice_sent_on),
        ("pickup_due_on", &new.pickup_due_on),
        ("valid_until", &new.valid_until),
        ("residence_until", &new.residence_until),
        ("inquiry_no", &new.inquiry_no),
        ("import_run_id", &new.import_run),
        ("import_line", &new.import_line),
        ("former_card_id", &keys.former),
        ("created_at", &now),
        ("updated_at", &now),
    ];
    let (columns, values): (Vec<&str>, Vec<&dyn ToSql>) = row.into_iter().unzip();
    let statement = || {
        let marks = vec!["?"; columns.len()].join(", ");
        format!("INSERT INTO card ({}) VALUES ({marks})", columns.join(", "))
    };
    let id = tx.insert(INSERT.get_or_init(statement), params_from_iter(values))?;
    Ok(CardId::of(id))
}

/// What a step changes on a card.
pub(super) struct Step<'a> {
    pub to: CardStatus,
    pub trail: Trail,
    pub overridden: bool,
    pub reason_code: Option<ReasonCode>,
    pub incomplete: Option<&'a str>,
    pub hold_until: Option<Day>,
    pub sent_on: Option<Day>,
    pub renotice_on: Option<Day>,
    pub due_on: Option<Day>,
}

pub(super) fn take_step(tx: &WriteTx<'_>, id: CardId, step: &Step<'_>) -> Result<(), Fault> {
    tx.run(
        "UPDATE card
         SET status = :to, status_before = :before, status_at = :now, overridden = :overridden,
             reason_code = :code, incomplete_reason = :incomplete, hold_until = :hold,
             notice_sent_on = :sent, renotice_sent_on = :renotice, pickup_due_on = :due,
             updated_at = :now, version = version + 1
         WHERE id = :id",
        named_params! {
            ":id": id, ":to": step.to, ":before": step.trail.codes(), ":overridden": step.overridden,
            ":code": step.reason_code, ":incomplete": step.incomplete, ":hold": step.hold_until,
            ":sent": step.sent_on, ":renotice": step.renotice_on, ":due": step.due_on, ":now": tx.now(),
        },
    )?;
    Ok(())
}

pub(super) fn set_incomplete_reason(
    tx: &WriteTx<'_>,
    id: CardId,
    reason: &str,
    code: Option<ReasonCode>,
) -> Result<(), Fault> {
    tx.run(
        "UPDATE card
         SET incomplete_reason = :reason, reason_code = :code, updated_at = :now, version = version + 1
         WHERE id = :id",
        named_params! { ":id": id, ":reason": reason, ":code": code, ":now": tx.now() },
    )?;
    Ok(())
}

pub(super) fn set_email(tx: &WriteTx<'_>, id: CardId, email: Option<&str>) -> Result<(), Fault> {
    tx.run(
        "UPDATE card SET email = :email, updated_at = :now, version = version + 1 WHERE id = :id",
        named_params! { ":id": id, ":email": email, ":now": tx.now() },
    )?;
    Ok(())
}

pub(super) fn set_remark(tx: &WriteTx<'_>, id: CardId, remark: &str) -> Result<(), Fault> {
    tx.run(
        "UPDATE card SET remark = :remark, updated_at = :now, version = version + 1 WHERE id = :id",
        named_params! { ":id": id, ":remark": remark, ":now": tx.now() },
    )?;
    Ok(())
}

pub(super) fn set_booking_state(
    tx: &WriteTx<'_>,
    id: CardId,
    state: Option<BookingState>,
) -> Result<(), Fault> {
    tx.run(
        "UPDATE card SET booking_state = :state, updated_at = :now WHERE id = :id",
        named_params! { ":id": id, ":state": state, ":now": tx.now() },
    )?;
    Ok(())
}

/// A number that no other card of this name and birth date has.
pub(super) fn free_namesake(tx: &ReadTx<'_>, of: &Card) -> Result<i64, Fault> {
    tx.one(
        "SELECT max(namesake) + 1 AS free FROM card WHERE name_search = :name AND birth_date = :birth",
        named_params! { ":name": text::name_key(of.name.uncover()), ":birth": of.birth.uncover().to_string() },
        |row| row.get("free"),
    )
}

pub(super) fn set_namesake(tx: &WriteTx<'_>, id: CardId, number: i64, key: &str) -> Result<(), Fault> {
    tx.run(
        "UPDATE card SET namesake = :number, person_key = :key, updated_at = :now, version = version + 1
         WHERE id = :id",
        named_params! { ":id": id, ":number": number, ":key": key, ":now": tx.now() },
    )?;
    Ok(())
}
