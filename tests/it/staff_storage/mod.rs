//! Storage at the console: cards moved by scanning, handed on, counted by several people at once, missed and found.

mod counting;
mod moving;
mod places;

use madoguchi::base::CardId;
use madoguchi::cards::{self, Card};
use madoguchi::db::Lane;

use crate::cards_storage::{Vaults, vaults};
use crate::kit::TestMunicipality;

const MONDAY: &str = "2026-04-13 09:42";

async fn city() -> (TestMunicipality, Vaults) {
    let city = TestMunicipality::at(MONDAY).await;
    let boxes = vaults(&city).await;
    (city, boxes)
}

async fn card(city: &TestMunicipality, id: CardId) -> Card {
    city.city.db.read(Lane::Staff, move |tx| cards::get(tx, id)).await.unwrap().unwrap()
}

/// Shelf and number of a card.
async fn lies(city: &TestMunicipality, id: CardId) -> String {
    let card = card(city, id).await;
    format!("{}-{}", card.shelf, card.position)
}
