//! Every page of the console that shows something, by its route.

use std::collections::BTreeSet;

use madoguchi::web;

use crate::browser::Browser;
use crate::city::City;
use crate::{Kind, ROUNDS};

/// Asks for every page of the table, each time for another row.
pub async fn measure(city: &City) -> Vec<Kind> {
    let (mut clerk, mut administrator) = (city.clerk().await, city.administrator().await);
    let mut kinds = vec![beside_jobs(&mut clerk).await];
    city.settled().await;
    let batch = batch(city, &mut clerk).await;
    for route in web::staff::ROUTES.iter().filter(|route| route.method.as_str() == "GET") {
        // A file that was just sent is measured by the bench of the importer.
        if route.path.starts_with("/login") || route.path.starts_with("/imports/check/") {
            continue;
        }
        // Each list is a page of its own.
        if route.path == "/lists/{list}" {
            kinds.extend(lists(&mut clerk).await);
            continue;
        }
        let first = path(city, route.path, 0, &batch);
        let is_barred = clerk.get(&first).await.status.as_u16() == 403;
        let clerk = if is_barred { &mut administrator } else { &mut clerk };
        let mut kind = Kind::new(format!("GET {}", route.path));
        let (mut fine, mut other) = (0, None);
        for round in 0..ROUNDS {
            clerk.times.clear();
            let status = clerk.get(&path(city, route.path, round, &batch)).await.status;
            match status.as_u16() {
                200 => fine += 1,
                _ => other = Some(status),
            }
            kind.times.append(&mut clerk.times);
        }
        kind.hits = match other {
            None => String::new(),
            Some(status) => format!("{} of {ROUNDS} answered {status}", ROUNDS - fine),
        };
        kind.print();
        kinds.push(kind);
    }
    let year = format!("/bookings?from={}&to={}", city.today.minus(365), city.today);
    let numbers = format!("/statistics?from={}&to={}", city.today.minus(365), city.today);
    for (name, path) in [
        ("today's board, all of it", "/?show=all"),
        ("calendar of a day", "/calendar?view=day"),
        ("calendar of all places", "/calendar?view=all"),
        ("bookings of a year", &year),
        ("statistics of a year", &numbers),
    ] {
        kinds.push(again_and_again(&mut clerk, format!("{name}: {path}"), path).await);
    }
    kinds
}

/// The same page over and over.
async fn again_and_again(clerk: &mut Browser, name: String, path: &str) -> Kind {
    let mut kind = Kind::new(name);
    for _ in 0..ROUNDS {
        clerk.times.clear();
        let status = clerk.get(path).await.status;
        kind.hits = if status.is_success() { String::new() } else { status.to_string() };
        kind.times.append(&mut clerk.times);
    }
    kind.print();
    kind
}

/// The board in the first moments, while jobs look at every card and ask for every transfer.
async fn beside_jobs(clerk: &mut Browser) -> Kind {
    again_and_again(clerk, "today's board while the jobs of the start run".to_owned(), "/").await
}

/// Every list that the page of lists names.
async fn lists(clerk: &mut Browser) -> Vec<Kind> {
    let page = clerk.get("/lists").await.text.clone();
    let codes: BTreeSet<&str> =
        page.split("/lists/").skip(1).filter_map(|after| after.split(['"', '?']).next()).collect();
    assert!(codes.len() > 5, "lists: {codes:?}");
    let mut kinds = Vec::new();
    for code in codes {
        let path = format!("/lists/{code}");
        kinds.push(again_and_again(clerk, format!("GET {path}"), &path).await);
    }
    kinds
}

/// A list of a hundred cards for an update of many, looked at line by line.
async fn batch(city: &City, clerk: &mut Browser) -> String {
    clerk.get("/cards/many").await;
    let cards: Vec<String> = (1..=100).map(|n| ((n * 1999) % city.known.cards + 1).to_string()).collect();
    let form: Vec<(&str, &str)> = cards.iter().map(|card| ("pick", card.as_str())).collect();
    clerk.post("/cards/many", &form).await;
    let to = clerk.last.location.split(['?', '#']).next().unwrap_or_default().to_owned();
    to.rsplit('/').next().unwrap_or_default().to_owned()
}

/// The route with a row that exists.
fn path(city: &City, route: &str, round: usize, batch: &str) -> String {
    let known = &city.known;
    let n = i64::try_from(round).unwrap();
    let row = if route.starts_with("/cards/") {
        (n * 7919 + 13) % known.cards + 1
    } else if route.ends_with("/issue") || route.ends_with("/incomplete") {
        known.today.get(round % known.today.len().max(1)).copied().unwrap_or(1)
    } else if route.ends_with("/change") || route.ends_with("/cancel") {
        known.coming.get(round % known.coming.len().max(1)).copied().unwrap_or(1)
    } else if route.starts_with("/bookings/") {
        (n * 7919 + 13) % known.bookings + 1
    } else {
        1
    };
    let named = [
        ("{batch}", batch),
        ("{letter}", "booking_confirmed"),
        ("{code}", "issuance"),
        ("{group}", "booking"),
    ];
    let filled = named.into_iter().fold(route.to_owned(), |path, (name, word)| path.replace(name, word));
    filled.replace("{id}", &row.to_string())
}
