//! When there is no page to show: what is said instead.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};

use crate::accounts::Permission;
use crate::base::Moment;
use crate::db::Fault;
use crate::render::RenderFault;

/// Why a request has no page of its own.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// The step before is missing: go there.
    #[error("leads to {0}")]
    To(String),
    /// There is nothing at this address.
    #[error("not found")]
    NotFound,
    /// The form is not one that this browser was given, or too old.
    #[error("form expired")]
    Expired,
    /// The session has ended.
    #[error("session over")]
    SessionOver,
    /// Too often wrong.
    #[error("locked")]
    Locked {
        /// Until when.
        until: Moment,
    },
    /// The role of who is signed in does not have this permission.
    #[error("not allowed: {}", .0.code())]
    Forbidden(Permission),
    /// Too much at once.
    #[error("busy")]
    Busy,
    /// The transaction was not committed: nothing was registered.
    #[error("nothing was registered")]
    NotRegistered,
    /// It was committed and not acknowledged: the same form sent again gives the true result.
    #[error("nobody can say yet whether it will last")]
    Unsure,
    /// The database or a template failed.
    #[error("fault: {0}")]
    Fault(String),
}

/// What the error page shows; travels with the bare answer until it is drawn in the reader's language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing there.
    NotFound,
    /// Form too old.
    Expired,
    /// Session ended.
    SessionOver,
    /// Locked until a moment.
    Locked(Moment),
    /// Not allowed for this role.
    Forbidden(Permission),
    /// Overloaded.
    Busy,
    /// Not committed.
    NotRegistered,
    /// Not acknowledged.
    Unsure,
    /// Something broke.
    Fault,
}

impl From<Fault> for PageError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Busy | Fault::Closed => Self::Busy,
            Fault::Unsure => Self::Unsure,
            Fault::NotRegistered(why) => {
                tracing::error!(why, "a commit failed");
                Self::NotRegistered
            }
            other => Self::Fault(other.to_string()),
        }
    }
}

impl From<RenderFault> for PageError {
    fn from(fault: RenderFault) -> Self {
        Self::Fault(fault.to_string())
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let (status, kind) = match self {
            Self::To(place) => return Redirect::to(&place).into_response(),
            Self::NotFound => (StatusCode::NOT_FOUND, Kind::NotFound),
            Self::Expired => (StatusCode::FORBIDDEN, Kind::Expired),
            Self::SessionOver => (StatusCode::FORBIDDEN, Kind::SessionOver),
            Self::Locked { until } => (StatusCode::TOO_MANY_REQUESTS, Kind::Locked(until)),
            Self::Forbidden(permission) => (StatusCode::FORBIDDEN, Kind::Forbidden(permission)),
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, Kind::Busy),
            Self::NotRegistered => (StatusCode::SERVICE_UNAVAILABLE, Kind::NotRegistered),
            Self::Unsure => (StatusCode::SERVICE_UNAVAILABLE, Kind::Unsure),
            Self::Fault(why) => {
                tracing::error!(why, "a page failed");
                (StatusCode::INTERNAL_SERVER_ERROR, Kind::Fault)
            }
        };
        let mut response = status.into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response.extensions_mut().insert(kind);
        response
    }
}
