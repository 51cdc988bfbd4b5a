//! The whole citizen surface: each path with each method, and what no page of a citizen may hold.

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode, header};
use tower::ServiceExt;

use super::steps::{EMAIL, acknowledge, enter};
use crate::architecture::tree;
use crate::kit::TestMunicipality;

/// Every page below the city's path and whether something can be sent to it.
const PAGES: &[(&str, bool)] = &[
    ("/", false),
    ("/notice", true),
    ("/notice/{procedure}", true),
    ("/person/{procedure}", true),
    ("/email", true),
    ("/email/sent", true),
    ("/m/{token}", true),
    ("/location", true),
    ("/family", true),
    ("/calendar", true),
    ("/calendar/list", false),
    ("/calendar/wait", true),
    ("/precautions", true),
    ("/confirm", true),
    ("/done", false),
    ("/my", true),
    ("/my/booking", false),
    ("/my/booking.ics", false),
    ("/my/code/{no}", false),
    ("/my/change", true),
    ("/my/family", true),
    ("/my/cancel", true),
    ("/news/{letter}", true),
    ("/accessibility", false),
    ("/privacy", false),
    ("/help", false),
    ("/language/{code}", false),
];

async fn ask(city: &TestMunicipality, method: Method, path: &str) -> (StatusCode, String) {
    let request = Request::builder()
        .method(method)
        .uri(format!("/mihon{path}"))
        .header(header::HOST, "yoyaku.mihon.example")
        .header(header::ORIGIN, "http://yoyaku.mihon.example")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::empty())
        .unwrap();
    let answer = madoguchi::web::citizen::router(&city.state).oneshot(request).await.unwrap();
    let status = answer.status();
    let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    (status, String::from_utf8_lossy(&body).into_owned())
}

#[test]
fn the_list_of_pages_is_the_list_of_routes() {
    let (_, router) = tree("src/web/citizen").into_iter().find(|(path, _)| path == "mod.rs").unwrap();
    let route = |(path, post): &(&str, bool)| {
        let line = router.lines().find(|line| line.contains(&format!(".route(\"{path}\",")));
        line.is_some_and(|line| line.contains(".post(") == *post)
    };
    let missing: Vec<_> = PAGES.iter().filter(|page| !route(page)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert_eq!(router.matches(".route(\"").count(), PAGES.len(), "a page is not in the list of this test");
}

#[tokio::test]
async fn every_path_answers_each_method_as_it_should_and_none_fails() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    for (page, takes_forms) in PAGES {
        let path = page
            .replace("{token}", "0123456789abcdef0123456789abcdef")
            .replace("{code}", "ja")
            .replace("{procedure}", "renewal");
        for method in [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
            let (status, _) = ask(&city, method.clone(), &path).await;
            let shows = method == Method::GET || method == Method::HEAD;
            let told = match status {
                StatusCode::METHOD_NOT_ALLOWED => !(shows || method == Method::POST && *takes_forms),
                // A form without its token acts on nothing.
                StatusCode::FORBIDDEN => method == Method::POST && *takes_forms,
                StatusCode::OK | StatusCode::SEE_OTHER | StatusCode::NOT_FOUND => shows,
                _ => false,
            };
            assert!(told, "{method} {page}: {status}");
        }
    }
    for made_up in ["/nothing", "/my/", "//", "/notice/..%2f", "/%00", "/m/", "/calendar/list/x"] {
        let (status, body) = ask(&city, Method::GET, made_up).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{made_up}");
        assert!(body.contains("<h1"), "{made_up} has no page that says so");
    }
}

/// Words that a count of seats or bookings would be told with. "A few are left" is none.
const COUNTS: [&str; 5] = ["残席", "予約可能件数", "予約済み件数", "空き人数", "定員"];

#[tokio::test]
async fn no_page_of_a_citizen_tells_a_count() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    city.card(1, "田中 健太").await;
    let mut browser = city.browser();
    enter(&city, &mut browser, 1, EMAIL).await;
    let mut pages = vec![browser.page().html.clone()];
    browser.select("受け取る場所", "本庁舎").press("この場所で次へ進む").await;
    browser.press("人で次へ進む").await;
    pages.push(browser.page().html.clone());
    browser.follow("4月13日（月）").await;
    pages.push(browser.page().html.clone());
    browser.tick("9:30から").press("この時間で次へ進む").await;
    acknowledge(&mut browser).await;
    pages.push(browser.page().html.clone());
    browser.open("/calendar/list").await;
    pages.push(browser.page().html.clone());
    for html in &pages {
        assert_eq!(count_in(html), None, "{html}");
    }
    for (path, text) in tree("messages/ja") {
        assert_eq!(count_in(&text), None, "messages/ja/{path}");
    }
    assert_eq!(count_in("残り3枠"), Some("残り"));
    assert_eq!(count_in("残りわずか"), None);
}

/// What tells a count in this text, if anything does.
fn count_in(text: &str) -> Option<&'static str> {
    let figure = |one: char| one.is_numeric() || one == '{';
    let rest = text.split("残り").skip(1).any(|rest| rest.starts_with(figure)).then_some("残り");
    rest.or_else(|| COUNTS.into_iter().find(|word| text.contains(word)))
}

#[tokio::test]
async fn while_a_city_is_closed_every_page_says_so_with_the_end_and_before_it_the_start_page_does() {
    let city = TestMunicipality::at("2026-04-06 09:00").await;
    let hour = 3_600_000_i64;
    let now = city.clock.clock().now().millis();
    city.write(move |tx| {
        tx.run(
            "INSERT INTO maintenance (starts_at, ends_at, reason, entered_at) VALUES (?, ?, '点検', ?)",
            [now + hour, now + 3 * hour, now],
        )
    })
    .await;
    let mut browser = city.browser();
    browser.open("/").await;
    assert_eq!(browser.status(), 200);
    assert!(browser.says("止めます") && browser.says("10:00"), "{}", browser.text());

    city.clock.set("2026-04-06 10:30");
    for (page, _) in PAGES {
        let path = page
            .replace("{token}", "0123456789abcdef0123456789abcdef")
            .replace("{code}", "ja")
            .replace("{procedure}", "renewal");
        browser.open(&path).await;
        assert_eq!(browser.status(), 503, "{page}");
        assert!(browser.says("メンテナンス中") && browser.says("12:00"), "{page}: {}", browser.text());
        assert_eq!(browser.header("retry-after"), "5400", "{page}");
    }
    city.clock.set("2026-04-06 12:00");
    browser.open("/").await;
    assert_eq!(browser.status(), 200, "it is over to the minute");
}
