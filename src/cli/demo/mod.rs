//! The demo: an invented city that fills itself through the product's own operations.

mod invented;

pub use invented::{Invented, Person, Place};
