//! The importer's SQL on cards and on their staged changes. Runs are in `run_store`.

use std::sync::LazyLock;

use rusqlite::{ToSql, named_params};

use super::fields::{Field, Turns};
use super::sort::Former;
use crate::base::{BirthDate, CardId, HistoryId, ImportRunId, LocationId, NoticeId, text};
use crate::cards::Card;
use crate::cards::store::{CARD, card};
use crate::db::{Fault, InOrder, ReadTx, WriteTx};

pub(super) fn with_inquiry(tx: &ReadTx<'_>, inquiry: &str) -> Result<Option<Card>, Fault> {
    tx.opt(
        &format!("{CARD} WHERE inquiry_no = :inquiry AND inquiry_no <> '' ORDER BY id LIMIT 1"),
        named_params! { ":inquiry": inquiry },
        card,
    )
}

/// A registered card as far as a card file can say something of it, each value as it is stored.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) id: CardId,
    pub(super) birth: String,
    pub(super) name_key: String,
    pub(super) notice: String,
    pub(super) name: String,
    pub(super) kana: String,
    pub(super) location: Option<LocationId>,
    pub(super) made_on: Option<String>,
    pub(super) notice_sent_on: Option<String>,
    pub(super) pickup_due_on: Option<String>,
    pub(super) valid_until: Option<String>,
    pub(super) residence_until: Option<String>,
    pub(super) inquiry_no: String,
}

/// What is asked is a list in JSON; each hit comes with its place in it.
const KNOWN: &str = "SELECT asked.key AS at, card_seen.id AS id, birth_date, name_search, notice_id_norm, name, kana, location_id,
        made_on, notice_sent_on, pickup_due_on, valid_until, residence_until, inquiry_no
   FROM json_each(:asked) AS asked CROSS JOIN card_seen";

static WITH_INQUIRIES: LazyLock<String> =
    LazyLock::new(|| format!("{KNOWN} ON inquiry_no = asked.value WHERE inquiry_no <> ''"));

static WITH_NOTICES: LazyLock<String> = LazyLock::new(|| format!("{KNOWN} ON notice_id_norm = asked.value"));

/// A person is asked for by birth date and name, one behind the other.
const OF_PERSONS: &str = "SELECT asked.key AS at, card_seen.id AS id, namesake, person_key
   FROM json_each(:asked) AS asked
   CROSS JOIN card_seen ON name_search = substr(asked.value, 11) AND birth_date = substr(asked.value, 1, 10)";

fn known(row: &rusqlite::Row<'_>) -> rusqlite::Result<(i64, Known)> {
    let row = InOrder::of(row);
    Ok((
        row.get("at")?,
        Known {
            id: row.get("id")?,
            birth: row.get("birth_date")?,
            name_key: row.get("name_search")?,
            notice: row.get("notice_id_norm")?,
            name: row.get("name")?,
            kana: row.get("kana")?,
            location: row.get("location_id")?,
            made_on: row.get("made_on")?,
            notice_sent_on: row.get("notice_sent_on")?,
            pickup_due_on: row.get("pickup_due_on")?,
            valid_until: row.get("valid_until")?,
            residence_until: row.get("residence_until")?,
            inquiry_no: row.get("inquiry_no")?,
        },
    ))
}

/// For each inquiry number the cards that have it, in their order.
pub(super) fn with_inquiries(tx: &ReadTx<'_>, inquiries: &[&str]) -> Result<Vec<Vec<Known>>, Fault> {
    let hits = tx.all(&WITH_INQUIRIES, named_params! { ":asked": listed(inquiries)? }, known)?;
    Ok(by_place(inquiries.len(), hits, |card| card.id))
}

/// For each notice ID the cards that have it, in their order.
pub(super) fn with_notices(tx: &ReadTx<'_>, notices: &[&str]) -> Result<Vec<Vec<Known>>, Fault> {
    let hits = tx.all(&WITH_NOTICES, named_params! { ":asked": listed(notices)? }, known)?;
    Ok(by_place(notices.len(), hits, |card| card.id))
}

/// For each name, in the form that is compared, and birth date the cards of such people, in their order.
pub(super) fn of_persons(tx: &ReadTx<'_>, persons: &[(&str, BirthDate)]) -> Result<Vec<Vec<Former>>, Fault> {
    let asked: Vec<String> = persons.iter().map(|(name, birth)| format!("{birth}{name}")).collect();
    let hits = tx.all(OF_PERSONS, named_params! { ":asked": listed(&asked)? }, |row| {
        let former = Former {
            card: row.get("id")?,
            namesake: row.get("namesake")?,
            person_key: row.get("person_key")?,
        };
        Ok((row.get("at")?, former))
    })?;
    Ok(by_place(persons.len(), hits, |former| former.card))
}

fn listed(asked: &[impl serde::Serialize]) -> Result<String, Fault> {
    serde_json::to_string(asked).map_err(|error| Fault::Stored(error.to_string()))
}

fn by_place<T>(asked: usize, hits: Vec<(i64, T)>, id: impl Fn(&T) -> CardId) -> Vec<Vec<T>> {
    let mut places: Vec<Vec<T>> = std::iter::repeat_with(Vec::new).take(asked).collect();
    for (at, hit) in hits {
        if let Some(place) = usize::try_from(at).ok().and_then(|at| places.get_mut(at)) {
            place.push(hit);
        }
    }
    for hits in &mut places {
        hits.sort_unstable_by_key(&id);
    }
    places
}

/// Cards after this one that are still to be handed over.
pub(super) fn waiting_after(tx: &ReadTx<'_>, after: CardId, most: usize) -> Result<Vec<Card>, Fault> {
    tx.all(
        &format!(
            "{CARD} WHERE id > :after AND status NOT IN ('issued', 'mailed', 'disposed', 'voided', 'defect_returned')
             ORDER BY id LIMIT {most}"
        ),
        named_params! { ":after": after },
        card,
    )
}

/// Keeps a change until the run stands; `false` when the run has one for this card already.
pub(super) fn stage(
    tx: &WriteTx<'_>,
    run: ImportRunId,
    card: CardId,
    line: u64,
    turns: &Turns,
) -> Result<bool, Fault> {
    let rows = tx.run(
        "INSERT OR IGNORE INTO import_change (run_id, card_id, line, fields) VALUES (:run, :card, :line, :fields)",
        named_params! {
            ":run": run, ":card": card, ":line": i64::try_from(line).unwrap_or(i64::MAX),
            ":fields": written(turns)?,
        },
    )?;
    Ok(rows > 0)
}

/// Some of the changes that a run has still to write.
pub(super) fn staged(tx: &ReadTx<'_>, run: ImportRunId, most: usize) -> Result<Vec<(CardId, Turns)>, Fault> {
    let rows = tx.all(
        // By the key of the table every change that is written already would be passed over, each time anew.
        &format!(
            "SELECT card_id, fields FROM import_change INDEXED BY import_change_waiting
             WHERE run_id = :run AND done = 0 LIMIT {most}"
        ),
        named_params! { ":run": run },
        |row| Ok((row.get::<_, CardId>("card_id")?, row.get::<_, String>("fields")?)),
    )?;
    rows.into_iter().map(|(card, fields)| Ok((card, understood(&fields)?))).collect()
}

/// Notes what a change came to: what was written of it, where that is not all that was staged, and the event that tells of it.
pub(super) fn publish_change(
    tx: &WriteTx<'_>,
    (run, card): (ImportRunId, CardId),
    less: Option<&Turns>,
    event: Option<HistoryId>,
) -> Result<(), Fault> {
    tx.run(
        "UPDATE import_change SET done = 1, fields = ifnull(:fields, fields), event_id = :event
         WHERE run_id = :run AND card_id = :card",
        named_params! {
            ":run": run, ":card": card, ":fields": less.map(written).transpose()?,
            ":event": event.map(HistoryId::get),
        },
    )?;
    Ok(())
}

/// A change that a run has written.
pub(super) struct Published {
    pub(super) card: CardId,
    pub(super) turns: Turns,
    pub(super) event: Option<HistoryId>,
}

/// Some of the changes that a run has written.
pub(super) fn published(tx: &ReadTx<'_>, run: ImportRunId, most: usize) -> Result<Vec<Published>, Fault> {
    let rows = tx.all(
        &format!(
            "SELECT card_id, fields, event_id FROM import_change WHERE run_id = :run AND done = 1 LIMIT {most}"
        ),
        named_params! { ":run": run },
        |row| {
            let event = row.get::<_, Option<i64>>("event_id")?.map(HistoryId::of);
            Ok((row.get::<_, CardId>("card_id")?, row.get::<_, String>("fields")?, event))
        },
    )?;
    let known = |(card, fields, event): (CardId, String, _)| {
        Ok(Published { card, turns: understood(&fields)?, event })
    };
    rows.into_iter().map(known).collect()
}

pub(super) fn unstage(tx: &WriteTx<'_>, run: ImportRunId, card: CardId) -> Result<(), Fault> {
    tx.run(
        "DELETE FROM import_change WHERE run_id = :run AND card_id = :card",
        named_params! { ":run": run, ":card": card },
    )?;
    Ok(())
}

pub(super) fn unstage_some(tx: &WriteTx<'_>, run: ImportRunId, most: usize) -> Result<usize, Fault> {
    tx.run(
        &format!(
            "DELETE FROM import_change
             WHERE run_id = :run
               AND card_id IN (SELECT card_id FROM import_change WHERE run_id = :run LIMIT {most})"
        ),
        named_params! { ":run": run },
    )
}

fn written(turns: &Turns) -> Result<String, Fault> {
    serde_json::to_string(turns).map_err(|error| Fault::Stored(error.to_string()))
}

fn understood(fields: &str) -> Result<Turns, Fault> {
    serde_json::from_str(fields).map_err(|_| Fault::Stored("import_change.fields".to_owned()))
}

/// Gives fields of a card their new values, and those that are found by them their keys.
pub(super) fn write(tx: &WriteTx<'_>, card: CardId, turns: &Turns) -> Result<(), Fault> {
    let values: Vec<(Field, Told)> =
        turns.0.iter().map(|(field, turn)| (*field, told(*field, turn.1.as_deref()))).collect();
    let now = tx.now();
    let mut clauses = vec!["updated_at = :now", "version = version + 1"];
    let mut params: Vec<(&str, &dyn ToSql)> = vec![(":now", &now), (":card", &card)];
    for (field, value) in &values {
        let (clause, names) = column(*field);
        clauses.push(clause);
        let both: [&dyn ToSql; 2] = [&value.0, &value.1];
        params.extend(names.iter().copied().zip(both));
    }
    let sql = format!("UPDATE card SET {} WHERE id = :card", clauses.join(", "));
    tx.run(&sql, params.as_slice())?;
    Ok(())
}

/// A value as its column holds it, and the key that goes with it.
type Told = (Option<String>, Option<String>);

fn told(field: Field, value: Option<&str>) -> Told {
    let word = || value.unwrap_or_default().to_owned();
    match field {
        Field::NoticeId => {
            let notice = NoticeId::from_norm(word());
            (Some(notice.to_string()), Some(notice.norm().to_owned()))
        }
        Field::Name => (Some(word()), Some(text::name_key(&word()))),
        Field::Kana => (Some(word()), Some(text::kana_key(&word()))),
        Field::InquiryNo | Field::Status | Field::Shelf | Field::Position => (Some(word()), None),
        Field::Location
        | Field::MadeOn
        | Field::NoticeSentOn
        | Field::PickupDueOn
        | Field::ValidUntil
        | Field::ResidenceUntil
        | Field::Email
        | Field::Storage => (value.map(str::to_owned), None),
    }
}

/// The columns of a field, and the names of their values.
fn column(field: Field) -> (&'static str, &'static [&'static str]) {
    match field {
        Field::NoticeId => {
            ("notice_id = :notice_id, notice_id_norm = :notice_norm", &[":notice_id", ":notice_norm"])
        }
        Field::Name => ("name = :name, name_search = :name_search", &[":name", ":name_search"]),
        Field::Kana => ("kana = :kana, kana_search = :kana_search", &[":kana", ":kana_search"]),
        Field::Location => ("location_id = CAST(:location AS INTEGER)", &[":location"]),
        Field::MadeOn => ("made_on = :made_on", &[":made_on"]),
        Field::NoticeSentOn => ("notice_sent_on = :sent_on", &[":sent_on"]),
        Field::PickupDueOn => ("pickup_due_on = :due_on", &[":due_on"]),
        Field::ValidUntil => ("valid_until = :valid_until", &[":valid_until"]),
        Field::ResidenceUntil => ("residence_until = :residence_until", &[":residence_until"]),
        Field::InquiryNo => ("inquiry_no = :inquiry_no", &[":inquiry_no"]),
        Field::Status => {
            ("status = :status, status_at = :now, status_before = NULL, overridden = 0", &[":status"])
        }
        Field::Email => ("email = :email", &[":email"]),
        Field::Storage => ("storage_id = CAST(:storage AS INTEGER), placed_at = :now", &[":storage"]),
        Field::Shelf => ("shelf = :shelf", &[":shelf"]),
        Field::Position => ("position = :position", &[":position"]),
    }
}

/// The cards that a run put in, by the table itself: the view hides them while the run is not finished.
pub(super) fn cards_of(tx: &ReadTx<'_>, run: ImportRunId, most: usize) -> Result<Vec<CardId>, Fault> {
    tx.all(
        &format!("SELECT id FROM card WHERE import_run_id = :run LIMIT {most}"),
        named_params! { ":run": run },
        |row| row.get("id"),
    )
}

/// A list for an update of many that somebody only looks at builds on nothing.
const ONLY_LOOKED_AT: &str = "batch_id IN (SELECT id FROM card_batch WHERE state = 'open')";

pub(super) fn delete_card(tx: &WriteTx<'_>, card: CardId) -> Result<(), Fault> {
    tx.run(
        &format!("DELETE FROM card_batch_row WHERE card_id = :card AND {ONLY_LOOKED_AT}"),
        named_params! { ":card": card },
    )?;
    tx.run("DELETE FROM card WHERE id = :card", named_params! { ":card": card })?;
    Ok(())
}

/// The last of the next cards that a run put in or changed.
pub(super) fn last_of_slice(
    tx: &ReadTx<'_>,
    run: ImportRunId,
    after: CardId,
    most: usize,
) -> Result<Option<CardId>, Fault> {
    tx.one(
        &format!(
            "SELECT max(id) AS last FROM (
               SELECT id FROM card WHERE import_run_id = :run AND id > :after
               UNION ALL
               SELECT card_id AS id FROM import_change WHERE run_id = :run AND card_id > :after
               ORDER BY id LIMIT {most})"
        ),
        named_params! { ":run": run, ":after": after },
        |row| row.get("last"),
    )
}

/// Cards of a run on which somebody has built: a later act, or a row of any table that names a new one.
pub(super) fn touched_between(
    tx: &ReadTx<'_>,
    run: ImportRunId,
    after: CardId,
    last: CardId,
) -> Result<Vec<CardId>, Fault> {
    let span = named_params! { ":run": run, ":after": after, ":last": last };
    let id = |row: &rusqlite::Row<'_>| row.get::<_, CardId>("id");
    let mut touched = tx.all(
        "SELECT card.id AS id FROM card
         JOIN import_run ON import_run.id = card.import_run_id
         WHERE import_run_id = :run AND card.id > :after AND card.id <= :last
           AND EXISTS (SELECT 1 FROM history_card
                       WHERE history_card.card_id = card.id AND history_id IS NOT import_run.event_id)
         UNION
         SELECT card_id AS id FROM import_change
         WHERE run_id = :run AND card_id > :after AND card_id <= :last
           AND EXISTS (SELECT 1 FROM history_card
                       WHERE history_card.card_id = import_change.card_id AND history_id > import_change.event_id)",
        span,
        id,
    )?;
    for (table, column) in naming_cards(tx)? {
        let built =
            if table == "card_batch_row" { format!("NOT {ONLY_LOOKED_AT}") } else { "TRUE".to_owned() };
        let sql = format!(
            "SELECT DISTINCT card.id AS id FROM card
             JOIN \"{table}\" AS other ON other.\"{column}\" = card.id
             WHERE card.import_run_id = :run AND card.id > :after AND card.id <= :last AND {built}"
        );
        touched.extend(tx.all(&sql, span, id)?);
    }
    touched.sort_unstable();
    touched.dedup();
    Ok(touched)
}

/// Every table that names a card, with the column; the link of a card to its history is looked at by itself.
fn naming_cards(tx: &ReadTx<'_>) -> Result<Vec<(String, String)>, Fault> {
    tx.all(
        "SELECT sqlite_schema.name AS name, keys.\"from\" AS field
         FROM sqlite_schema JOIN pragma_foreign_key_list(sqlite_schema.name) AS keys
         WHERE sqlite_schema.type = 'table' AND keys.\"table\" = 'card' AND sqlite_schema.name <> 'history_card'",
        [],
        |row| Ok((row.get("name")?, row.get("field")?)),
    )
}

/// Whether the card has an act after this one.
pub(super) fn has_later(tx: &ReadTx<'_>, card: CardId, event: HistoryId) -> Result<bool, Fault> {
    tx.one(
        "SELECT EXISTS (SELECT 1 FROM history_card WHERE card_id = :card AND history_id > :event) AS later",
        named_params! { ":card": card, ":event": event.get() },
        |row| row.get("later"),
    )
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    #[test]
    fn what_a_slice_asks_for_is_found_by_an_index_key_by_key() {
        let file = Connection::open_in_memory().unwrap();
        file.execute_batch(include_str!("../../../schema.sql")).unwrap();
        for (statement, index) in [
            (WITH_INQUIRIES.as_str(), "INDEX card_inquiry (inquiry_no=?)"),
            (WITH_NOTICES.as_str(), "INDEX card_notice (notice_id_norm=?)"),
            (OF_PERSONS, "INDEX card_name (name_search=? AND birth_date=?)"),
        ] {
            let mut asked = file.prepare(&format!("EXPLAIN QUERY PLAN {statement}")).unwrap();
            let steps = asked.query_map(["[]"], |row| row.get::<_, String>("detail")).unwrap();
            let steps: Vec<String> = steps.map(Result::unwrap).collect();
            assert!(steps.iter().any(|step| step.contains(index)), "{steps:?}");
        }
    }
}
