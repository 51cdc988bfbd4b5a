//! A stock-take is ended: what was not found is written down, a slice of the place at a time.

use super::{State, Stocktake, StocktakeError, Tally, open, store};
use crate::base::StocktakeId;
use crate::db::{Fault, ReadTx, WriteTx};
use crate::history::{self, Change, Event, Record};

/// Cards of the place that one write looks at, so that none holds the writer long.
const SLICE: usize = 500;

/// Ends the scanning. A place of one slice is finished at once; `false` says that [`carry_on`] has more to write.
pub fn finish(tx: &WriteTx<'_>, id: StocktakeId) -> Result<bool, StocktakeError> {
    open(tx, id)?;
    store::begin_end(tx, id, &tx.actor().display_name())?;
    Ok(carry_on(tx, id)?)
}

/// Writes down the next slice of what was not found, and says whether all of it is. Nothing happens to one that is not being
/// finished.
pub fn carry_on(tx: &WriteTx<'_>, id: StocktakeId) -> Result<bool, Fault> {
    let Some(one) = store::get(tx, id)?.filter(|one| one.state == State::Finishing) else { return Ok(true) };
    let after = store::came_to(tx, one.id)?;
    let slice = store::next_there(tx, &one, &after, SLICE)?;
    let ids: Vec<_> = slice.iter().map(|at| at.card).collect();
    store::note_missing(tx, &one, &ids)?;
    match slice.last() {
        Some(last) if slice.len() == SLICE => {
            store::set_came_to(tx, one.id, last)?;
            Ok(false)
        }
        _ => {
            end(tx, &one)?;
            Ok(true)
        }
    }
}

/// The stock-takes that are being finished, as after a restart.
pub fn unfinished(tx: &ReadTx<'_>) -> Result<Vec<StocktakeId>, Fault> {
    store::unfinished(tx)
}

fn end(tx: &WriteTx<'_>, one: &Stocktake) -> Result<(), Fault> {
    let (found, foreign, missing) = store::counted(tx, one.id)?;
    let tally = Tally { expected: found + missing, found, missing, foreign };
    store::end(tx, one.id, tally)?;
    let count = |field, value: u32| Change::new(field, None, Some(value.to_string()));
    let changes = vec![
        count("expected", tally.expected),
        count("found", tally.found),
        count("missing", tally.missing),
        count("foreign", tally.foreign),
    ];
    history::record(tx, &Event { changes, ..Event::of("stocktake.finished", Record::Storage(one.storage)) })?;
    Ok(())
}
