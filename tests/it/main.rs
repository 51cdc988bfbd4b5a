//! One binary for all tests that come in by the front door.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod accounts_sign_in;
mod app_serving;
mod app_tls;
mod architecture;
mod archive;
mod backup;
mod booking_by_staff;
mod booking_journey;
mod booking_overview;
mod bulk_mail;
mod calendar_holidays;
mod calendar_plan;
mod calendar_schedule;
mod card_watch;
mod cards_formats;
mod cards_import;
mod cards_import_undo;
mod cards_round_trip;
mod cards_storage;
mod cities_apart;
mod citizen;
mod cli_import;
mod cli_migration;
mod counter;
mod db_acknowledge;
mod db_beside_sqlite3;
mod db_checkpoint;
mod db_queue;
mod db_readers;
mod db_write_path;
mod demo_days;
mod demo_story;
mod dependencies;
mod follow_up;
mod history_chain;
mod jobs_rounds;
mod kit;
mod letters_contents;
mod letters_page;
mod letters_read;
mod licences;
mod lists;
mod mail_bounces;
mod mail_delivery;
mod mail_leader;
mod mail_refusals;
mod mail_silence;
mod no_shows_page;
mod once_forms;
mod outbox_page;
mod pair;
mod pair_cities;
mod pair_news;
mod pair_orders;
mod process;
mod races;
mod schema;
mod spec;
mod staff_booking;
mod staff_calendar;
mod staff_cards;
mod staff_console;
mod staff_imports;
mod staff_migration;
mod staff_people;
mod staff_settings;
mod staff_storage;
mod transfers;
mod waiting_list;
mod witness;
