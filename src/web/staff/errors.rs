//! The pages of what went wrong, inside the console for who is signed in.

use axum::http::{StatusCode, header};
use axum::response::Response;
use serde::Serialize;

use super::context::StaffCtx;
use super::door::Door;
use crate::base::Moment;
use crate::render::View;
use crate::web::{Kind, PageError};

#[derive(Debug, Serialize)]
pub(super) struct Trouble {
    kind: &'static str,
    status: u16,
    permission: &'static str,
    role: String,
    request_id: String,
    at: Moment,
    office: String,
    phone: String,
}

impl View for Trouble {
    const TEMPLATE: &'static str = "staff/error.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let of = |kind, status| Self {
            kind,
            status,
            permission: "枠を超えて登録する",
            role: "窓口".to_owned(),
            request_id: "ab12cd34".to_owned(),
            at: Moment::from_millis(1_775_980_800_000),
            office: "市民課".to_owned(),
            phone: "0000-00-0000".to_owned(),
        };
        vec![
            ("not found", of("not_found", 404)),
            ("expired", of("expired", 403)),
            ("forbidden", of("forbidden", 403)),
            ("locked", of("locked", 429)),
            ("busy", of("busy", 503)),
            ("not registered", of("not_registered", 503)),
            ("unsure", of("unsure", 503)),
            ("fault", of("fault", 500)),
        ]
    }
}

pub(super) async fn not_found() -> PageError {
    PageError::NotFound
}

/// Puts a page into an answer that says only what went wrong.
pub(super) fn put(door: &Door, ctx: Option<&StaffCtx>, response: Response) -> Response {
    let Some(kind) = response.extensions().get::<Kind>().copied() else { return response };
    let status = response.status();
    let trouble = trouble(door, ctx, kind, status);
    let drawn = match ctx {
        Some(ctx) => ctx.draw(status, &trouble),
        None => door.draw(status, &trouble),
    };
    match drawn {
        Ok(mut page) => {
            for (name, value) in response.headers() {
                if name != header::CONTENT_LENGTH && name != header::CONTENT_TYPE {
                    page.headers_mut().append(name.clone(), value.clone());
                }
            }
            page
        }
        Err(error) => {
            tracing::error!(%error, request = door.request_id, "the error page failed");
            response
        }
    }
}

fn trouble(door: &Door, ctx: Option<&StaffCtx>, kind: Kind, status: StatusCode) -> Trouble {
    let (name, permission) = match kind {
        Kind::NotFound => ("not_found", ""),
        Kind::Expired | Kind::SessionOver => ("expired", ""),
        Kind::Forbidden(permission) => ("forbidden", permission.label()),
        Kind::Locked(_) => ("locked", ""),
        Kind::Busy => ("busy", ""),
        Kind::NotRegistered => ("not_registered", ""),
        Kind::Unsure => ("unsure", ""),
        Kind::Fault => ("fault", ""),
    };
    Trouble {
        kind: name,
        status: status.as_u16(),
        permission,
        role: ctx.map(|ctx| ctx.signed.role_name.clone()).unwrap_or_default(),
        request_id: door.request_id.clone(),
        at: door.now(),
        office: ctx.map(|ctx| ctx.settings.help_office.clone()).unwrap_or_default(),
        phone: ctx.map(|ctx| ctx.settings.help_phone.clone()).unwrap_or_default(),
    }
}
