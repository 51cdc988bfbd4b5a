//! Staff shape the calendar: locations, hours, days, windows; by the front door of the console.

mod days;
mod holidays;
mod hours;
mod locations;
mod patterns;
mod windows;

use madoguchi::base::{BookingId, CardId, Email};
use madoguchi::booking::{self, BookByStaff, Booking, Channel, Overbook};
use madoguchi::db::Lane;
use madoguchi::once::OnceKey;

use crate::kit::{Browser, TestMunicipality};

async fn manager(city: &TestMunicipality, page: &str) -> Browser {
    let mut browser = city.clerk("manager").await;
    browser.open(page).await;
    assert_eq!(browser.status(), 200, "{}", browser.text());
    browser
}

async fn booked(city: &TestMunicipality, card: CardId, time: &str, email: Option<&str>) -> BookingId {
    let wish = BookByStaff {
        party: vec![card],
        slot: format!("{}.{time}", city.office).parse().unwrap(),
        email: email.map(|email| Email::parse(email).unwrap()),
        channel: Channel::Counter,
        overbook: Overbook::No,
        once: OnceKey::from_form(&format!("form-of-the-test-{card}")).unwrap(),
    };
    let id = city.write(move |tx| booking::book_by_staff(tx, &wish)).await;
    if let Some(email) = email {
        city.letter(email).await;
    }
    id
}

async fn look(city: &TestMunicipality, id: BookingId) -> Booking {
    city.city.db.read(Lane::Staff, move |tx| booking::get(tx, id)).await.unwrap().unwrap()
}

#[tokio::test]
async fn who_may_not_shape_the_calendar_sees_none_of_it() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let mut clerk = city.clerk("counter").await;
    for page in ["/locations", "/hours", "/days", "/windows", "/days/holidays", "/days/copy", "/days/cases"] {
        clerk.open(page).await;
        assert_eq!(clerk.status(), 403, "{page}");
    }
    clerk.open("/me").await;
    assert!(!clerk.says("開庁時間") && !clerk.says("受付期間"), "{}", clerk.text());
}
