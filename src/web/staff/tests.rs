//! Every page of the console draws strictly in every state.

use super::context::Frame;
use crate::render::{Renderer, View};

/// Draws a view in every state for everybody it is drawn for.
pub(super) fn draw<V: View>(renderer: &Renderer) {
    for (name, view) in V::samples() {
        for (who, frame) in Frame::samples() {
            let html = renderer
                .page_in(&view, "ja", "/mihon", &frame)
                .unwrap_or_else(|error| panic!("{name} for {who}: {error}"));
            assert_eq!(html.matches("<h1").count(), 1, "{name} has one h1");
            let title = html.split("</title>").next().unwrap_or_default();
            assert!(
                title.matches("エラー：").count() <= 1,
                "{name}: the title says once that something is wrong"
            );
            assert!(!html.contains(" style="), "{name}: the content policy forbids styles in place");
            assert!(!html.contains("<script>"), "{name}: the content policy forbids scripts in place");
        }
    }
}

#[test]
fn every_page_of_lists_and_settings_draws_strictly_in_every_state() {
    let renderer = Renderer::load().unwrap();
    draw::<super::watch::Watch>(&renderer);
    draw::<super::status::Status>(&renderer);
    draw::<super::status::Restored>(&renderer);
    draw::<super::settings::index::Index>(&renderer);
    draw::<super::settings::form::Form>(&renderer);
    draw::<super::many::form::Many>(&renderer);
    draw::<super::many::batch::Shown>(&renderer);
    draw::<super::many::disposal::Disposal>(&renderer);
    draw::<super::many::undo::Undo>(&renderer);
}

#[test]
fn the_lists_of_cards_between_offices_draw_strictly_in_every_state() {
    let renderer = Renderer::load().unwrap();
    draw::<super::pull::PullPage>(&renderer);
    draw::<super::lists::Lists>(&renderer);
    draw::<super::lists::ListPage>(&renderer);
    draw::<super::lists::LabelsPage>(&renderer);
    draw::<super::lists::LabelsCheck>(&renderer);
    draw::<super::statistics::Statistics>(&renderer);
    draw::<super::statistics::Applications>(&renderer);
    draw::<super::transfers::Transfers>(&renderer);
    draw::<super::transfers::Routes>(&renderer);
}

#[test]
fn every_page_of_a_card_draws_strictly_in_every_state() {
    let renderer = Renderer::load().unwrap();
    draw::<super::card::Address>(&renderer);
    draw::<super::card::CardPage>(&renderer);
    draw::<super::card::Conflict>(&renderer);
    draw::<super::card::HandOver>(&renderer);
    draw::<super::card::Namesake>(&renderer);
    draw::<super::card::Place>(&renderer);
    draw::<super::card::Status>(&renderer);
    draw::<super::card::Undo>(&renderer);
}

#[test]
fn every_staff_page_draws_strictly_in_every_state() {
    let renderer = Renderer::load().unwrap();
    draw::<super::cards::Cards>(&renderer);
    draw::<super::bookings::Bookings>(&renderer);
    draw::<super::bookings::Cancel>(&renderer);
    draw::<super::bookings::Change>(&renderer);
    draw::<super::bookings::New>(&renderer);
    draw::<super::bookings::Shown>(&renderer);
    draw::<super::calendar::Month>(&renderer);
    draw::<super::calendar::All>(&renderer);
    draw::<super::calendar::Matrix>(&renderer);
    draw::<super::calendar::PlaceDay>(&renderer);
    draw::<super::calendar::NoPlace>(&renderer);
    draw::<super::closure::One>(&renderer);
    draw::<super::closure::Start>(&renderer);
    draw::<super::code::Code>(&renderer);
    draw::<super::days::CopyPage>(&renderer);
    draw::<super::days::DaysPage>(&renderer);
    draw::<super::days::HolidaysPage>(&renderer);
    draw::<super::effect::CasesPage>(&renderer);
    draw::<super::effect::EffectPage>(&renderer);
    draw::<super::errors::Trouble>(&renderer);
    draw::<super::first_password::FirstPassword>(&renderer);
    draw::<super::home::Nothing>(&renderer);
    draw::<super::imports::AskUndo>(&renderer);
    draw::<super::hours::HoursPage>(&renderer);
    draw::<super::hours::PatternPage>(&renderer);
    draw::<super::hours::WeekPage>(&renderer);
    draw::<super::imports::Check>(&renderer);
    draw::<super::imports::FormatPage>(&renderer);
    draw::<super::imports::Profiles>(&renderer);
    draw::<super::imports::List>(&renderer);
    draw::<super::imports::Outcome>(&renderer);
    draw::<super::letters::Form>(&renderer);
    draw::<super::letters::Index>(&renderer);
    draw::<super::locations::LocationPage>(&renderer);
    draw::<super::locations::Locations>(&renderer);
    draw::<super::login::Login>(&renderer);
    draw::<super::windows::Windows>(&renderer);
    draw::<super::me::Me>(&renderer);
    draw::<super::no_shows::NoShows>(&renderer);
    draw::<super::people::list::List>(&renderer);
    draw::<super::people::form::Person>(&renderer);
    draw::<super::people::acts::Reset>(&renderer);
    draw::<super::people::list::SignIns>(&renderer);
    draw::<super::procedures::Edit>(&renderer);
    draw::<super::procedures::List>(&renderer);
    draw::<super::seats::Seats>(&renderer);
    draw::<super::roles::Roles>(&renderer);
    draw::<super::today::Board>(&renderer);
    draw::<super::today::NoPlace>(&renderer);
    draw::<super::today::Choose>(&renderer);
    draw::<super::today::Lacking>(&renderer);
    draw::<super::today::Why>(&renderer);
}

#[test]
fn every_page_of_the_outbox_draws_strictly_in_every_state() {
    let renderer = Renderer::load().unwrap();
    draw::<super::outbox::Failures>(&renderer);
    draw::<super::outbox::One>(&renderer);
    draw::<super::outbox::Outbox>(&renderer);
    draw::<super::outbox::RefusalPage>(&renderer);
    draw::<super::outbox::Refusals>(&renderer);
    draw::<super::outbox::Shown>(&renderer);
}

#[test]
fn every_page_of_storage_draws_strictly_in_every_state() {
    let renderer = Renderer::load().unwrap();
    draw::<super::storage::BoxForm>(&renderer);
    draw::<super::storage::Counting>(&renderer);
    draw::<super::storage::HandOvers>(&renderer);
    draw::<super::storage::Labels>(&renderer);
    draw::<super::storage::MissingList>(&renderer);
    draw::<super::storage::MissingPage>(&renderer);
    draw::<super::storage::MovePage>(&renderer);
    draw::<super::storage::PlaceForm>(&renderer);
    draw::<super::storage::PlacePage>(&renderer);
    draw::<super::storage::Report>(&renderer);
    draw::<super::storage::Rules>(&renderer);
    draw::<super::storage::Stocktakes>(&renderer);
    draw::<super::storage::Storages>(&renderer);
}
