//! The true binary: how it starts, ends, is commanded, and comes back after it was killed.

mod closing;
mod crash;
mod days_in_zones;
mod demo;
mod life;
mod many;
mod my_number;
mod post;
mod zones;
