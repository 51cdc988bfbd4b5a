//! Copies of a city's file: taken, proved, kept, given back; by the binary, by the job, on the page.

mod by_command;
mod by_night;
mod on_page;
mod put_back;
mod stock_tools;
