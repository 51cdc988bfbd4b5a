//! A client that asks the program over its ports.

use std::time::Duration;

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
