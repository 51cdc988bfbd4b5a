//! Two machines and a witness as processes, with something between them that breaks: each row of the table of faults while citizens
//! book, and afterwards nothing that was acknowledged is missing.
//!
//! `MADOGUCHI_ROUNDS=20 MADOGUCHI_TAKEOVERS=200 cargo test --test faults -- --nocapture` does each fault so many times, and takes
//! leadership over so often. `MADOGUCHI_BINARY` names another build of the program than the one that was just made.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test stops at the first surprise, and says what it measured"
)]

mod alone;
mod archive;
mod citizen;
mod city;
mod clock;
mod cluster;
mod compare;
mod cut;
mod disk;
mod front;
mod killed;
#[path = "../it/kit/location.rs"]
mod location;
mod machine;
mod papers;
mod proxy;
mod scene;
mod stopped;
mod storm;
mod upgrade;
