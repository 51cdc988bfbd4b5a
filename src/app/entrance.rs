//! The first thing a request passes: what the connection knows of it.

use std::net::IpAddr;
use std::task::{Context, Poll};

use axum::Router;
use axum::http::Request;
use tower::Service;

use crate::web::{Peer, Secure};

/// A listener's router for one connection. It tells each request whose connection it came by.
#[derive(Clone, Debug)]
pub(super) struct Entrance {
    pub router: Router,
    pub peer: IpAddr,
    pub secure: bool,
}

impl<B> Service<Request<B>> for Entrance
where
    Router: Service<Request<B>>,
{
    type Response = <Router as Service<Request<B>>>::Response;
    type Error = <Router as Service<Request<B>>>::Error;
    type Future = <Router as Service<Request<B>>>::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        <Router as Service<Request<B>>>::poll_ready(&mut self.router, cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        request.extensions_mut().insert(Peer(self.peer));
        request.extensions_mut().insert(Secure(self.secure));
        self.router.call(request)
    }
}
