//! Every location in the city's order.

use axum::response::Response;
use serde::Serialize;

use crate::base::{Day, LocationId};
use crate::calendar::{self, Location};
use crate::render::View;
use crate::web::PageError;
use crate::web::staff::parts::Row;
use crate::web::staff::{Flash, StaffCtx, StaffPost, wording};

/// What is drawn.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Locations {
    places: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    id: LocationId,
    code: String,
    name: String,
    address: String,
    phone: String,
    seats: &'static str,
    few: u8,
    tag: (&'static str, &'static str),
    retired_on: Option<Day>,
    first: bool,
    last: bool,
}

impl View for Locations {
    const TEMPLATE: &'static str = "staff/locations.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let line = |tag, retired_on, first| Line {
            id: LocationId::of(1),
            code: "main".to_owned(),
            name: "本庁舎 市民課".to_owned(),
            address: "見本町1-1".to_owned(),
            phone: "0000-00-0000".to_owned(),
            seats: "人数",
            few: 30,
            tag,
            retired_on,
            first,
            last: !first,
        };
        let day = Some(Day::from_date(jiff::civil::date(2026, 4, 13)));
        vec![
            (
                "locations",
                Self {
                    places: vec![
                        line(("市民に出す", "done"), None, true),
                        line(("使わない", "none"), day, false),
                    ],
                },
            ),
            ("no locations", Self { places: Vec::new() }),
        ]
    }
}

pub(in crate::web::staff) async fn list(ctx: StaffCtx) -> Result<Response, PageError> {
    let today = ctx.today();
    let all = ctx.read(calendar::all_locations).await?;
    let mine: Vec<Location> = all.into_iter().filter(|place| ctx.signed.may_serve(place.id)).collect();
    let last = mine.len().saturating_sub(1);
    let places = mine.into_iter().enumerate().map(|(at, place)| line(place, today, at == 0, at == last));
    ctx.page(&Locations { places: places.collect() })
}

fn line(place: Location, today: Day, first: bool, last: bool) -> Line {
    Line {
        tag: wording::location_state(&place, today),
        seats: wording::seats_by(place.seats_by),
        id: place.id,
        code: place.code,
        name: place.name,
        address: place.address,
        phone: place.phone,
        few: place.few_percent,
        retired_on: place.retired_on,
        first,
        last,
    }
}

/// One place up or down.
pub(in crate::web::staff) async fn shift(Row(id): Row, post: StaffPost) -> Result<Response, PageError> {
    let StaffPost { ctx, fields } = post;
    let (location, up) = (LocationId::of(id), fields.get("to") == "up");
    if !ctx.signed.may_serve(location) {
        return Err(PageError::NotFound);
    }
    match ctx.city.db.write(ctx.actor(), move |tx| calendar::move_location(tx, location, up)).await {
        Ok(()) => Ok(ctx.to_with(&format!("/locations#r{id}"), Flash::done("並び順を変えました。"))),
        Err(error) => Ok(ctx.to_with("/locations#main", Flash::wrong(wording::calendar(error)?))),
    }
}
