//! The demo: an invented city that fills itself through the product's own operations.

mod invented;
mod shape;

pub use invented::{Invented, Person, Place};
pub use shape::shape;
