//! Conditions of a list that are kept under a name: for oneself, or for everybody.
//!
//! **Invariant:** what is kept names places, states and days, never a person; the page that saves refuses the rest.

use super::store;
use crate::accounts::{Permission, Signed};
use crate::base::{SavedListId, StaffId, text};
use crate::db::{Fault, ReadTx, WriteTx};
use crate::history::{self, Change, Event, Record};

/// The longest name, in characters.
pub const NAME_MAX: usize = 40;

/// How many one person may keep.
pub const MOST: usize = 50;

/// Conditions that are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// The row.
    pub id: SavedListId,
    /// Whose they are.
    pub staff: StaffId,
    /// Their name.
    pub by: String,
    /// How they are called.
    pub name: String,
    /// Code of the list.
    pub list: String,
    /// The fields of its page, as an address carries them.
    pub pairs: Vec<(String, String)>,
    /// Terms of a search for cards, as the room of cards writes them; `None` where there are none.
    pub terms: Option<String>,
    /// All of it in words.
    pub words: String,
    /// Whether everybody sees them.
    pub shared: bool,
}

/// What is to be kept.
#[derive(Clone, Debug)]
pub struct Keep {
    /// How it shall be called.
    pub name: String,
    /// Code of the list.
    pub list: &'static str,
    /// The fields of its page.
    pub pairs: Vec<(String, String)>,
    /// Terms of a search for cards.
    pub terms: Option<String>,
    /// All of it in words.
    pub words: String,
    /// Whether everybody shall see it.
    pub shared: bool,
}

/// Why conditions are not kept.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// They have no name.
    #[error("no name")]
    NoName,
    /// The name is too long, or holds what is not written down.
    #[error("the name cannot be stored")]
    BadName,
    /// The person keeps [`MOST`] already.
    #[error("{MOST} are kept already")]
    TooMany,
    /// The person may not share.
    #[error("may not be shared by this person")]
    MayNotShare,
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Why conditions are not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DropError {
    /// There are none in this row that this person sees.
    #[error("not found")]
    NotFound,
    /// They are somebody else's.
    #[error("somebody else's")]
    NotTheirs,
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Keeps conditions under a name, for everybody only where the person [may share](Permission::ShareLists). The same person's of the same name are replaced, so that a form sent twice keeps them once.
///
/// Spec: 7(2)⑧.
pub fn keep(
    tx: &WriteTx<'_>,
    (staff, may_share): (StaffId, bool),
    wish: &Keep,
) -> Result<SavedListId, KeepError> {
    let name = wish.name.trim();
    if name.is_empty() {
        return Err(KeepError::NoName);
    }
    if name.chars().count() > NAME_MAX || text::has_control(name) || text::contains_my_number(name) {
        return Err(KeepError::BadName);
    }
    if wish.shared && !may_share {
        return Err(KeepError::MayNotShare);
    }
    let others = store::of_person(tx, staff)?.into_iter().filter(|one| one.name != name).count();
    if others >= MOST {
        return Err(KeepError::TooMany);
    }
    let wish = Keep { name: name.to_owned(), ..wish.clone() };
    let id = store::keep(tx, staff, &wish)?;
    let changes = vec![
        Change::new("saved_name", None, Some(wish.name)),
        Change::new("conditions", None, Some(wish.words)),
        Change::new("shared", None, Some(wish.shared.to_string())),
    ];
    history::record(tx, &Event { changes, ..Event::of("list.saved", Record::List) })?;
    Ok(id)
}

/// Deletes conditions: one's own, or shared ones for whoever may share. Gives how they were called.
pub fn discard(tx: &WriteTx<'_>, by: &Signed, id: SavedListId) -> Result<String, DropError> {
    let found = saved(tx, by.id, id)?.ok_or(DropError::NotFound)?;
    if !may_discard(by, &found) {
        return Err(DropError::NotTheirs);
    }
    store::delete(tx, id)?;
    let changes = vec![
        Change::new("saved_name", Some(found.name.clone()), None),
        Change::new("conditions", Some(found.words), None),
    ];
    history::record(tx, &Event { changes, ..Event::of("list.unsaved", Record::List) })?;
    Ok(found.name)
}

/// Whether this person may delete them.
pub fn may_discard(by: &Signed, saved: &Saved) -> bool {
    saved.staff == by.id || (saved.shared && by.may(Permission::ShareLists))
}

/// What this person keeps, and what everybody sees, by name.
pub fn all_saved(tx: &ReadTx<'_>, staff: StaffId) -> Result<Vec<Saved>, Fault> {
    store::seen_by(tx, staff)
}

/// The conditions of this row, if this person may see them.
pub fn saved(tx: &ReadTx<'_>, staff: StaffId, id: SavedListId) -> Result<Option<Saved>, Fault> {
    let found = store::get(tx, id)?;
    Ok(found.filter(|one| one.shared || one.staff == staff))
}
