//! A client that asks the program over its ports.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use reqwest::{ClientBuilder, StatusCode};

/// The beginning of a client that follows no redirect.
pub fn builder() -> ClientBuilder {
    // A second call finds the first one's provider, which is the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let no_redirect = reqwest::redirect::Policy::none();
    reqwest::Client::builder().redirect(no_redirect).timeout(Duration::from_secs(20))
}

/// A client.
pub fn client() -> reqwest::Client {
    builder().build().unwrap()
}

/// The status of the answer to a GET.
pub async fn status(url: &str) -> StatusCode {
    client().get(url).send().await.unwrap().status()
}

/// A router that hands every request on to the program at this address, so that a browser of the tests can walk its pages.
/// Where nobody answers it says 502.
pub fn far(address: SocketAddr) -> Router {
    let client = client();
    Router::new().fallback(move |request: Request| {
        let client = client.clone();
        async move { hand_on(&client, address, request).await.unwrap_or(StatusCode::BAD_GATEWAY.into_response()) }
    })
}

async fn hand_on(client: &reqwest::Client, address: SocketAddr, request: Request) -> Option<Response> {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.ok()?;
    let asked = client.request(head.method, format!("http://{address}{}", head.uri)).headers(head.headers);
    let answer = asked.body(body).send().await.ok()?;
    let mut response = Response::builder().status(answer.status());
    response.headers_mut()?.extend(answer.headers().clone());
    response.body(Body::from(answer.bytes().await.ok()?)).ok()
}
