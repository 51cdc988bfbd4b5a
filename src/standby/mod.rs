//! The two nodes of a pair at their data: the leader's commits on their way, and what the node that follows holds of them.
//!
//! **Invariant:** what is acknowledged lies in the log of the node that follows and is synced; redoing the log gives the files again.
//! **Invariant:** a city's file is written only while SQLite has none of it open and no log of SQLite's lies beside it.

mod disk;
mod driver;
mod file;
mod frame;
mod holder;
mod kept;
mod link;
mod log;
mod marks;
mod message;
#[cfg(test)]
mod pair;
mod pipe;
mod post;
mod report;
mod serving;
mod tables;

pub use driver::{Ask, Copies, Driver, Found, Line, Outside, Standing, View, Wish};
pub use file::{CityFile, Diverged, FileError, Table};
pub use frame::Frame;
pub use holder::{Holder, HolderError, Inherited, Place, Places};
pub use kept::Kept;
pub use link::{Link, PROTOCOL, bind};
pub use log::{Log, LogError};
pub use marks::Marks;
pub use message::{Holding, Intro, Message, Part, Whole};
pub use pipe::{Changed, Copied, Pipe, Unacknowledged};
pub use post::{Event, Happening, Members, Note, Picture, Post, Reach, SetAside, WhyNot, let_go, set_aside};
pub use report::{Board, Exception, Lag, Report, Role, Trouble, Why};
pub use serving::Serving;

pub use crate::arbiter::Began;
