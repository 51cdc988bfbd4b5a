//! The true binary: how it starts, ends, is commanded, and comes back after it was killed.

mod crash;
mod demo;
mod life;
mod many;
mod my_number;
mod post;
mod zones;
