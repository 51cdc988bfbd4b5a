//! A browser without scripts: it keeps cookies, follows redirects with their fragments, and finds links, controls and
//! buttons by what stands on them, so that a template and a handler cannot drift apart.

use std::collections::BTreeMap;
use std::net::IpAddr;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, header};
use tower::ServiceExt;

use madoguchi::web::{Peer, Secure};

use super::page::{Control, Kind, Page};

const HOST: &str = "yoyaku.mihon.example";

/// A browser at some address of the internet, or on a clerk's desk.
#[derive(Clone, Debug)]
pub struct Browser {
    router: Router,
    peer: IpAddr,
    host: String,
    base: String,
    cookies: BTreeMap<String, String>,
    status: u16,
    headers: HeaderMap,
    path: String,
    fragment: String,
    page: Page,
    bytes: Vec<u8>,
    redirects: Vec<String>,
}

impl Browser {
    /// A browser that never was here before; `base` is the path of the city's pages.
    pub fn new(router: Router, base: &str) -> Self {
        Self {
            router,
            peer: IpAddr::from([192, 0, 2, 1]),
            host: HOST.to_owned(),
            base: base.to_owned(),
            cookies: BTreeMap::new(),
            status: 0,
            headers: HeaderMap::new(),
            path: String::new(),
            fragment: String::new(),
            page: Page::default(),
            bytes: Vec::new(),
            redirects: Vec::new(),
        }
    }

    /// The same browser at another address.
    pub fn at_address(mut self, address: &str) -> Self {
        self.peer = address.parse().unwrap();
        self
    }

    /// The same browser, whose city is served by another program now.
    pub fn served_by(mut self, router: Router) -> Self {
        self.router = router;
        self
    }

    /// The same browser, asking for another host.
    pub fn at_host(mut self, host: &str) -> Self {
        host.clone_into(&mut self.host);
        self
    }

    /// Opens an address: a path of the city (`/notice`), a whole path, or a whole URL as a mail writes it.
    pub async fn open(&mut self, address: &str) -> &mut Self {
        let path = match address.split_once("://") {
            Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]).to_owned(),
            None if address.starts_with(&format!("{}/", self.base)) => address.to_owned(),
            None => format!("{}{address}", self.base),
        };
        self.go(Method::GET, &path, None).await;
        self
    }

    /// Follows the link with this name.
    pub async fn follow(&mut self, name: &str) -> &mut Self {
        let names: Vec<&str> = self.page.links.iter().map(|link| link.name.as_str()).collect();
        let href = self.page.links[pick("link", name, &names)].href.clone();
        let href = self.resolved(&href);
        self.go(Method::GET, &href, None).await;
        self
    }

    /// Types into the field with this label.
    pub fn fill(&mut self, label: &str, value: &str) -> &mut Self {
        let at = self.control(label, &[Kind::Text]);
        value.clone_into(&mut self.page.controls[at].value);
        self
    }

    /// Chooses from the list with this label.
    pub fn select(&mut self, label: &str, choice: &str) -> &mut Self {
        let at = self.control(label, &[Kind::Select]);
        let control = &mut self.page.controls[at];
        let choices: Vec<&str> = control.options.iter().map(|(_, words)| words.as_str()).collect();
        let chosen = pick("choice", choice, &choices);
        control.value = control.options[chosen].0.clone();
        self
    }

    /// Ticks the box, or chooses the one of several, with this label.
    pub fn tick(&mut self, label: &str) -> &mut Self {
        let at = self.control(label, &[Kind::Checkbox, Kind::Radio]);
        let (form, name, kind) = {
            let control = &self.page.controls[at];
            (control.form, control.name.clone(), control.kind)
        };
        if kind == Kind::Radio {
            let same = |one: &&mut Control| one.form == form && one.name == name;
            self.page.controls.iter_mut().filter(same).for_each(|one| one.ticked = false);
        }
        self.page.controls[at].ticked = true;
        self
    }

    /// Takes the tick away.
    pub fn untick(&mut self, label: &str) -> &mut Self {
        let at = self.control(label, &[Kind::Checkbox]);
        self.page.controls[at].ticked = false;
        self
    }

    /// Puts a file into the field with this label.
    pub fn attach(&mut self, label: &str, file: &str, content: &[u8]) -> &mut Self {
        let at = self.control(label, &[Kind::File]);
        self.page.controls[at].file = Some((file.to_owned(), content.to_owned()));
        self
    }

    /// Presses the button with these words, which sends its form as it is filled now.
    pub async fn press(&mut self, text: &str) -> &mut Self {
        let names: Vec<&str> = self.page.buttons.iter().map(|button| button.text.as_str()).collect();
        let button = self.page.buttons[pick("button", text, &names)].clone();
        let form = self.page.forms[button.form].clone();
        let mut parts: Vec<Control> = self
            .page
            .controls
            .iter()
            .filter(|one| one.form == button.form && is_sent(one))
            .cloned()
            .collect();
        if let Some((name, value)) = button.field {
            let like = Control { kind: Kind::Hidden, file: None, ..blank(name, value) };
            parts.push(like);
        }
        let action = self.resolved(&button.action.unwrap_or(form.action));
        let fields: Vec<(String, String)> =
            parts.iter().map(|one| (one.name.clone(), one.value.clone())).collect();
        if !form.post {
            let (path, fragment) = action.split_once('#').unwrap_or((&action, ""));
            let bare = path.split('?').next().unwrap_or_default();
            let whole = format!("{bare}?{}#{fragment}", encoded(&fields));
            self.go(Method::GET, whole.trim_end_matches('#'), None).await;
        } else if form.multipart {
            self.go(Method::POST, &action, Some(multipart(&parts))).await;
        } else {
            self.go(Method::POST, &action, Some(plain(&fields))).await;
        }
        self
    }

    /// Sends fields that no page offered, with the token of the page that is open.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> &mut Self {
        let mut all: Vec<(String, String)> = vec![("csrf".to_owned(), self.hidden("csrf"))];
        all.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self.post_bare(path, &all).await
    }

    /// Sends fields as they are, without a token.
    pub async fn post_bare(&mut self, path: &str, fields: &[(String, String)]) -> &mut Self {
        let path = if path.starts_with(&format!("{}/", self.base)) {
            path.to_owned()
        } else {
            format!("{}{path}", self.base)
        };
        self.go(Method::POST, &path, Some(plain(fields))).await;
        self
    }

    /// The value of a hidden field of the open page.
    pub fn hidden(&self, name: &str) -> String {
        let found = self.page.controls.iter().find(|one| one.kind == Kind::Hidden && one.name == name);
        found.map(|one| one.value.clone()).unwrap_or_default()
    }

    /// Status of the open page.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Its path below the city's, without its query.
    pub fn path(&self) -> &str {
        let path = self.path.split('?').next().unwrap_or_default();
        path.strip_prefix(&self.base).unwrap_or(path)
    }

    /// Its whole path with its query.
    pub fn address(&self) -> &str {
        &self.path
    }

    /// The part of its address behind the `#`.
    pub fn fragment(&self) -> &str {
        &self.fragment
    }

    /// The page itself.
    pub fn page(&self) -> &Page {
        &self.page
    }

    /// What was answered, byte for byte.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its title.
    pub fn title(&self) -> &str {
        &self.page.title
    }

    /// Its first heading.
    pub fn h1(&self) -> &str {
        self.page.h1.first().map_or("", String::as_str)
    }

    /// Its words, one line a block.
    pub fn text(&self) -> &str {
        &self.page.text
    }

    /// Whether these words stand on it.
    pub fn says(&self, words: &str) -> bool {
        self.page.text.contains(words)
    }

    /// The controls of a field.
    pub fn field(&self, name: &str) -> Vec<&Control> {
        self.page.controls.iter().filter(|control| control.name == name).collect()
    }

    /// A header of the answer.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Every place that a redirect named since the browser began.
    pub fn redirects(&self) -> &[String] {
        &self.redirects
    }

    /// What the browser keeps.
    pub fn cookies(&self) -> &BTreeMap<String, String> {
        &self.cookies
    }

    /// Puts a cookie in by hand, as an attacker can.
    pub fn keep(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    /// Forgets every cookie, as on a new day on a shared machine.
    pub fn forget(&mut self) {
        self.cookies.clear();
    }

    fn control(&self, label: &str, kinds: &[Kind]) -> usize {
        let fits: Vec<usize> = (0..self.page.controls.len())
            .filter(|at| kinds.contains(&self.page.controls[*at].kind))
            .collect();
        let labels: Vec<&str> = fits.iter().map(|at| self.page.controls[*at].label.as_str()).collect();
        fits[pick("field", label, &labels)]
    }

    /// An address on a page, seen from that page.
    fn resolved(&self, href: &str) -> String {
        match href.as_bytes().first() {
            None => self.path.clone(),
            Some(b'#') => format!("{}{href}", self.path),
            Some(b'?') => format!("{}{href}", self.path.split('?').next().unwrap_or_default()),
            _ => href.to_owned(),
        }
    }

    async fn go(&mut self, method: Method, address: &str, body: Option<(String, Vec<u8>)>) {
        let (mut method, mut body) = (method, body);
        let (path, fragment) = address.split_once('#').unwrap_or((address, ""));
        let (mut path, mut fragment) = (path.to_owned(), fragment.to_owned());
        for _ in 0..10 {
            let bytes = self.ask(&method, &path, body.take()).await;
            if !(300..400).contains(&self.status) {
                self.show(path, fragment, &bytes);
                return;
            }
            let to = self.header(header::LOCATION.as_str()).to_owned();
            let own = to.split_once('#');
            assert!(self.status != 303 || own.is_some(), "{method} {path} leads to {to} without a fragment");
            self.redirects.push(to.clone());
            // A browser keeps the old fragment where a redirect brings none.
            fragment = own.map_or(fragment, |(_, own)| own.to_owned());
            path = own.map_or(to.clone(), |(path, _)| path.to_owned());
            method = Method::GET;
        }
        panic!("{path} leads in a circle");
    }

    async fn ask(&mut self, method: &Method, path: &str, body: Option<(String, Vec<u8>)>) -> Vec<u8> {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, &self.host);
        if !self.cookies.is_empty() {
            let kept: Vec<String> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, kept.join("; "));
        }
        if method == Method::POST {
            request = request
                .header(header::ORIGIN, format!("http://{}", self.host))
                .header("sec-fetch-site", "same-origin");
        }
        let (media, bytes) = body.unwrap_or_default();
        if !media.is_empty() {
            request = request.header(header::CONTENT_TYPE, media);
        }
        let mut request = request.body(Body::from(bytes)).unwrap();
        request.extensions_mut().insert(Peer(self.peer));
        request.extensions_mut().insert(Secure(false));
        let response = self.router.clone().oneshot(request).await.unwrap();
        self.status = response.status().as_u16();
        self.headers = response.headers().clone();
        self.keep_cookies();
        to_bytes(response.into_body(), 64 << 20).await.unwrap().to_vec()
    }

    fn keep_cookies(&mut self) {
        for line in self.headers.get_all(header::SET_COOKIE) {
            let line = line.to_str().unwrap();
            let (pair, rest) = line.split_once(';').unwrap_or((line, ""));
            let (name, value) = pair.split_once('=').unwrap();
            if rest.contains("Max-Age=0") || value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    fn show(&mut self, path: String, fragment: String, bytes: &[u8]) {
        self.bytes = bytes.to_vec();
        let html = String::from_utf8_lossy(bytes).into_owned();
        let is_page = self.header(header::CONTENT_TYPE.as_str()).starts_with("text/html");
        self.page = if is_page { Page::read(&html) } else { Page { html, ..Page::default() } };
        (self.path, self.fragment) = (path, fragment);
        let found = self.fragment.is_empty() || self.page.ids.contains(&self.fragment);
        let whole = is_page && matches!(self.status, 200 | 422);
        assert!(!whole || found, "{}: there is no #{} to go to", self.path, self.fragment);
    }
}

fn blank(name: String, value: String) -> Control {
    Control {
        form: 0,
        kind: Kind::Hidden,
        name,
        value,
        file: None,
        ticked: false,
        label: String::new(),
        options: Vec::new(),
        described: String::new(),
        invalid: false,
    }
}

fn is_sent(control: &Control) -> bool {
    !matches!(control.kind, Kind::Radio | Kind::Checkbox) || control.ticked
}

/// The one that is called `wanted`, or begins with it, or holds it.
fn pick(what: &str, wanted: &str, names: &[&str]) -> usize {
    let rules: [fn(&str, &str) -> bool; 3] = [
        |name, wanted| name == wanted,
        |name, wanted| name.starts_with(wanted),
        |name, wanted| name.contains(wanted),
    ];
    for rule in rules {
        let found: Vec<usize> = (0..names.len()).filter(|at| rule(names[*at], wanted)).collect();
        match found.as_slice() {
            [] => {}
            [one] => return *one,
            several => panic!("{} {what}s are called {wanted}: {names:?}", several.len()),
        }
    }
    panic!("no {what} is called {wanted}: {names:?}");
}

fn plain(fields: &[(String, String)]) -> (String, Vec<u8>) {
    ("application/x-www-form-urlencoded".to_owned(), encoded(fields).into_bytes())
}

fn encoded(fields: &[(String, String)]) -> String {
    let one = |(name, value): &(String, String)| format!("{}={}", escaped(name), escaped(value));
    fields.iter().map(one).collect::<Vec<_>>().join("&")
}

fn escaped(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => (byte as char).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}

fn multipart(parts: &[Control]) -> (String, Vec<u8>) {
    const EDGE: &str = "----------------------------counter";
    let mut body = Vec::new();
    for part in parts {
        let none = (String::new(), Vec::new());
        let (file, content) = part.file.as_ref().unwrap_or(&none);
        let about_file = format!("; filename=\"{file}\"\r\nContent-Type: application/octet-stream");
        let about_file = if part.kind == Kind::File { about_file } else { String::new() };
        let head = format!("--{EDGE}\r\nContent-Disposition: form-data; name=\"{}\"{about_file}", part.name);
        body.extend(format!("{head}\r\n\r\n").into_bytes());
        body.extend(if part.kind == Kind::File { content.clone() } else { part.value.clone().into_bytes() });
        body.extend(b"\r\n");
    }
    body.extend(format!("--{EDGE}--\r\n").into_bytes());
    (format!("multipart/form-data; boundary={EDGE}"), body)
}

#[cfg(test)]
mod tests {
    use axum::http::{StatusCode, Uri};
    use axum::response::{AppendHeaders, Html, IntoResponse};
    use axum::routing::{get, post};

    use super::*;

    const FORM: &str = "<main id=main><form action='/x/look?old=1#main'><label><input type=checkbox name=a checked>甲</label>
        <label>語<input name=q></label><button>見る</button></form>
        <form method=post enctype='multipart/form-data' action='/x/file'><label>ファイル<input type=file name=f></label>
        <button name=go value=1>送る</button></form></main>";

    fn browser() -> Browser {
        let look = |uri: Uri| async move { Html(format!("<p id=main>{}", uri.query().unwrap_or_default())) };
        let jump = || async { (StatusCode::SEE_OTHER, [("location", "/x/look?b=2#main")]) };
        let bare = || async { (StatusCode::SEE_OTHER, [("location", "/x/look")]) };
        let cookie = || async { AppendHeaders([("set-cookie", "k=v; Path=/")]).into_response() };
        let router = Router::new()
            .route("/x/form", get(|| async { Html(FORM) }))
            .route("/x/look", get(look))
            .route("/x/file", post(|body: String| async { body }))
            .route("/x/jump", get(jump))
            .route("/x/bare", get(bare))
            .route("/x/cookie", get(cookie));
        Browser::new(router, "/x").at_host("x.example")
    }

    #[tokio::test]
    async fn a_get_form_replaces_the_query_and_a_file_is_sent_as_it_is() {
        let mut browser = browser();
        browser.open("/form#main").await;
        browser.untick("甲").fill("語", "見本 市").press("見る").await;
        assert_eq!(browser.text(), "q=%E8%A6%8B%E6%9C%AC%20%E5%B8%82");
        browser.open("/form").await.attach("ファイル", "a.csv", &[0x41, 0x42]).press("送る").await;
        let sent = &browser.page().html;
        assert!(sent.contains("filename=\"a.csv\"") && sent.contains("\r\n\r\nAB\r\n"), "{sent}");
    }

    #[tokio::test]
    async fn a_redirect_is_followed_to_its_own_fragment_and_cookies_are_kept() {
        let mut browser = browser();
        browser.open("/jump#err").await;
        assert_eq!((browser.address(), browser.fragment()), ("/x/look?b=2", "main"));
        browser.open("/cookie").await;
        assert_eq!(browser.cookies()["k"], "v");
    }

    #[tokio::test]
    #[should_panic(expected = "without a fragment")]
    async fn a_redirect_without_a_fragment_stops_the_test() {
        browser().open("/bare").await;
    }
}
