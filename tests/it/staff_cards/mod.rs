//! Cards at the console: found by what is known, opened, changed, and every change told.

mod acts;
pub mod downloads;
mod found;
mod hidden;
mod mistaken;
mod search;
mod sight;

use madoguchi::base::{CardId, Email};
use madoguchi::booking::{self, BookByStaff, Channel, Overbook};
use madoguchi::calendar::{self, NewStorage};
use madoguchi::once::OnceKey;

use crate::kit::TestMunicipality;

/// Books these cards at 本庁舎 by telephone; gives the booking number.
async fn booked(city: &TestMunicipality, party: &[CardId], slot: &str, email: Option<&str>) -> String {
    let wish = BookByStaff {
        party: party.to_vec(),
        slot: format!("{}.{slot}", city.office).parse().unwrap(),
        email: email.map(|email| Email::parse(email).unwrap()),
        channel: Channel::Telephone,
        overbook: Overbook::No,
        once: OnceKey::from_form(&format!("0123456789abcdef{}", party[0])).unwrap(),
    };
    let id = city.write(move |tx| booking::book_by_staff(tx, &wish)).await;
    let read = move |tx: &madoguchi::db::ReadTx<'_>| booking::get(tx, id);
    city.city.db.read(madoguchi::db::Lane::Staff, read).await.unwrap().unwrap().no
}

/// Two storage places.
async fn shelves(city: &TestMunicipality) {
    let (office, branch) = (city.office, city.branch);
    city.write(move |tx| {
        for (code, name, location) in [("h", "本庁舎の保管庫", office), ("e", "東支所の保管庫", branch)]
        {
            let new = NewStorage { code: code.to_owned(), name: name.to_owned(), location: Some(location) };
            calendar::add_storage(tx, &new)?;
        }
        Ok::<_, calendar::EditError>(())
    })
    .await;
}
