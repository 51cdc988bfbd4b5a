//! A list of cards is taken out of the console.

use crate::db::{Fault, WriteTx};
use crate::history::{self, Change, Event, Record};

/// What is taken out, as it is written down before the file is given.
#[derive(Clone, Debug)]
pub struct Export {
    /// What was looked for, in words.
    pub conditions: String,
    /// How many cards fit.
    pub cards: usize,
    /// Which columns were hidden from the person, in words; empty when none was.
    pub hidden: String,
    /// Why, where the city asks for it.
    pub reason: Option<String>,
}

/// Writes down that a list of cards was taken out, before it is.
///
/// Spec: 7(2)⑧, 10(12).
pub fn export(tx: &WriteTx<'_>, what: &Export) -> Result<(), Fault> {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let changes = vec![
        Change::new("conditions", None, some(&what.conditions)),
        Change::new("cards", None, Some(what.cards.to_string())),
        Change::new("hidden", None, some(&what.hidden)),
    ];
    let event = Event { changes, reason: what.reason.clone(), ..Event::of("card.exported", Record::List) };
    history::record(tx, &event)?;
    Ok(())
}
