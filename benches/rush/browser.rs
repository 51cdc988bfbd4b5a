//! One visitor over TCP: cookies, forms with their hidden fields, and how long each answer took.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use reqwest::{Client, Response, StatusCode, header, redirect};

/// What an answer was.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Where it leads.
    pub location: String,
    /// Its page.
    pub text: String,
}

/// A visitor with their own cookies and their own address.
#[derive(Debug)]
pub struct Browser {
    client: Client,
    base: String,
    address: String,
    cookies: BTreeMap<String, String>,
    /// The last answer.
    pub last: Answer,
    /// How long each answer took.
    pub times: Vec<Duration>,
}

/// Connections that all visitors share, as a proxy's are.
pub fn client() -> Client {
    Client::builder().redirect(redirect::Policy::none()).pool_max_idle_per_host(512).build().unwrap()
}

impl Browser {
    /// The `n`th visitor of the program at `to`.
    pub fn new(client: &Client, to: SocketAddr, n: usize) -> Self {
        Self {
            client: client.clone(),
            base: format!("http://{to}/mihon"),
            address: format!("10.{}.{}.{}", n >> 16 & 255, n >> 8 & 255, n & 255),
            cookies: BTreeMap::new(),
            last: Answer { status: StatusCode::OK, location: String::new(), text: String::new() },
            times: Vec::new(),
        }
    }

    /// Opens a page.
    pub async fn get(&mut self, path: &str) -> &Answer {
        let request = self.client.get(self.url(path));
        self.send(request).await
    }

    /// Sends a form of the page that is open.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> &Answer {
        let mut all = vec![("csrf", self.hidden("csrf")), ("once", self.hidden("once"))];
        all.extend(fields.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let request = self.client.post(self.url(path)).form(&all);
        self.send(request).await
    }

    /// Sends a form, and opens the page that the answer leads to.
    pub async fn go(&mut self, path: &str, fields: &[(&str, &str)]) -> &Answer {
        self.post(path, fields).await;
        let to = self.last.location.clone();
        assert!(!to.is_empty(), "POST {path}: {} {}", self.last.status, self.last.text);
        self.get(&to).await
    }

    fn url(&self, path: &str) -> String {
        let path = path.split('#').next().unwrap_or_default();
        format!("{}{}", self.base, path.strip_prefix("/mihon").unwrap_or(path))
    }

    fn hidden(&self, name: &str) -> String {
        let marked = format!("name=\"{name}\" value=\"");
        let after = self.last.text.split_once(&marked).map_or("", |(_, after)| after);
        after.split('"').next().unwrap_or_default().to_owned()
    }

    async fn send(&mut self, request: reqwest::RequestBuilder) -> &Answer {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request =
            request.header("x-forwarded-for", &self.address).header(header::COOKIE, cookies.join("; "));
        let began = Instant::now();
        let response = request.send().await.unwrap();
        self.keep(&response);
        let location = response.headers().get(header::LOCATION).and_then(|to| to.to_str().ok());
        let location = location.unwrap_or_default().to_owned();
        let status = response.status();
        let text = response.text().await.unwrap();
        self.times.push(began.elapsed());
        self.last = Answer { status, location, text };
        &self.last
    }

    fn keep(&mut self, response: &Response) {
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap_or_default();
            let pair = cookie.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}
