//! The demo: an invented city that fills itself through the product's own operations.

mod citizens;
mod days;
mod invented;
mod shape;

pub use days::{Story, StoryClock, StoryError};
pub use invented::{Invented, Person, Place};
pub use shape::shape;
