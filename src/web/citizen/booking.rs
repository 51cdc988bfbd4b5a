//! The citizen's booking: what it is, what can be done with it, its calendar file.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::parts::{self, Ticket};
use crate::base::Moment;
use crate::booking::{self, Booking, BookingStatus};
use crate::db::{Fault, Lane, ReadTx};
use crate::mail::{self, BookingFacts, CalendarFile, Method};
use crate::render::View;
use crate::web::qr::Qr;
use crate::web::{Ctx, PageError};

#[derive(Debug, Serialize)]
pub(super) struct Mine {
    shown: Option<Shown>,
    done: Option<String>,
}

/// A booking as its citizen sees it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Shown {
    pub(super) no: String,
    pub(super) qr: Option<Qr>,
    pub(super) ticket: Ticket,
    pub(super) live: bool,
    pub(super) may_change: bool,
    pub(super) may_cancel: bool,
    pub(super) change_until: Moment,
    pub(super) cancel_until: Moment,
    pub(super) room: u8,
    pub(super) email: String,
    pub(super) status: BookingStatus,
    /// What to bring, where the city says it; `None` for the hand-over of cards, whose list the product knows.
    pub(super) bring: Option<Vec<String>>,
}

impl Shown {
    pub(super) fn sample() -> Self {
        Self {
            no: "K7M2-0413".to_owned(),
            qr: Qr::of("K7M2-0413"),
            ticket: Ticket::sample(),
            live: true,
            may_change: true,
            may_cancel: true,
            change_until: Moment::from_millis(1_775_980_800_000),
            cancel_until: Moment::from_millis(1_775_980_800_000),
            room: 3,
            email: "ta***@example.jp".to_owned(),
            status: BookingStatus::Confirmed,
            bring: None,
        }
    }
}

impl View for Mine {
    const TEMPLATE: &'static str = "citizen/my_booking.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let late = Shown { may_change: false, may_cancel: false, ..Shown::sample() };
        let only_cancel = Shown { may_change: false, ..Shown::sample() };
        let apart = Shown { cancel_until: Moment::from_millis(1_775_984_400_000), ..Shown::sample() };
        let bring = vec!["マイナンバーカード".to_owned()];
        let other = Shown { bring: Some(bring), ..Shown::sample() };
        let gone = Shown { live: false, status: BookingStatus::Cancelled, ..Shown::sample() };
        vec![
            ("my booking", Self { shown: Some(Shown::sample()), done: Some("my.joined".to_owned()) }),
            ("my booking, late", Self { shown: Some(late), done: None }),
            ("my booking, too late to change", Self { shown: Some(only_cancel), done: None }),
            ("my booking, two deadlines", Self { shown: Some(apart), done: None }),
            ("my booking, cancelled", Self { shown: Some(gone), done: None }),
            ("my booking of another procedure", Self { shown: Some(other), done: None }),
            ("no booking", Self { shown: None, done: None }),
        ]
    }
}

/// The session's booking, if it has one.
pub(super) async fn own(ctx: &Ctx) -> Result<Option<(Booking, Shown)>, PageError> {
    let session = ctx.session().await?;
    let (most, email, language) = (ctx.settings.party_max, session.email.masked(), ctx.language().to_owned());
    let read = move |tx: &ReadTx<'_>| -> Result<Option<(Booking, Shown)>, Fault> {
        let Some(booking) = session.booking.map(|id| booking::get(tx, id)).transpose()?.flatten() else {
            return Ok(None);
        };
        let until = booking::deadlines(tx, &booking)?;
        let live = booking.status == BookingStatus::Confirmed;
        let shown = Shown {
            no: booking.no.clone(),
            qr: Qr::of(&booking.no),
            ticket: parts::ticket_of(tx, &booking, &language)?,
            live,
            may_change: live && tx.now() < until.change,
            may_cancel: live && tx.now() < until.cancel,
            change_until: until.change,
            cancel_until: until.cancel,
            room: booking.is_by_word().map_or(0, |_| most.saturating_sub(booking.people)),
            email,
            status: booking.status,
            bring: if booking.is_issuance() {
                None
            } else {
                Some(booking::procedure_words(tx, &booking.procedure, &language)?.bring)
            },
        };
        Ok(Some((booking, shown)))
    };
    Ok(ctx.city.db.read(Lane::Citizen, read).await?)
}

/// The same, or the way to the page that says there is none.
pub(super) async fn changeable(ctx: &Ctx) -> Result<(Booking, Shown), PageError> {
    let found = own(ctx).await?.filter(|(_, shown)| shown.may_change);
    found.ok_or_else(|| PageError::To(ctx.path("/my/booking#main")))
}

/// The same for one that can be cancelled.
pub(super) async fn cancellable(ctx: &Ctx) -> Result<(Booking, Shown), PageError> {
    let found = own(ctx).await?.filter(|(_, shown)| shown.may_cancel);
    found.ok_or_else(|| PageError::To(ctx.path("/my/booking#main")))
}

pub(super) async fn get(mut ctx: Ctx) -> Result<Response, PageError> {
    let shown = own(&ctx).await?.map(|(_, shown)| shown);
    let done = ctx.take_done();
    ctx.page(&Mine { shown, done })
}

pub(super) async fn ics(ctx: Ctx) -> Result<Response, PageError> {
    let (booking, shown) = own(&ctx).await?.ok_or(PageError::NotFound)?;
    let facts = BookingFacts {
        procedure_code: String::new(),
        procedure: shown.ticket.procedure.clone().unwrap_or_default(),
        bring: Vec::new(),
        booking_no: booking.no,
        location_name: shown.ticket.place,
        address: shown.ticket.address,
        access: shown.ticket.access,
        phone: String::new(),
        day: booking.day,
        starts: booking.starts,
        ends: booking.ends,
        people: booking.people,
        sequence: booking.sequence,
        change_until: shown.change_until,
        cancel_until: Some(shown.cancel_until),
    };
    let domain = ctx.city.profile.mail_from.split_once('@').map_or("", |(_, domain)| domain);
    let method = if booking.status == BookingStatus::Cancelled { Method::Cancel } else { Method::Publish };
    let (title, number) =
        (ctx.spoken().service, mail::number_of(&ctx.state.renderer, &facts, ctx.language()));
    let invite =
        CalendarFile { facts: &facts, title: &title, number: &number, domain, method, stamp: ctx.now() };
    let headers = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"booking.ics\""),
    ];
    Ok((headers, mail::calendar_file(&invite)).into_response())
}
