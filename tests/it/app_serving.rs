//! The whole program in this process, asked over its ports.

use std::time::Duration;

use madoguchi::app::{App, StartError};
use madoguchi::base::Chance;
use reqwest::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::kit::house::{self, House};
use crate::kit::http::{self, status};

const TIME: &str = "2026-04-13 09:42";

fn start(house: &House) -> App {
    App::start(&house.config, &house.clock.clock(), &Chance::seeded(3)).unwrap()
}

#[tokio::test]
async fn each_listener_serves_its_own_pages_and_no_others() {
    let house = House::at(TIME).await;
    let app = start(&house);
    let at = app.addresses();
    assert_eq!(status(&format!("http://{}/mihon/", at.citizen)).await, StatusCode::OK);
    assert_eq!(status(&format!("http://{}/healthz", at.ops)).await, StatusCode::OK);
    for elsewhere in [
        format!("http://{}/mihon/notice", at.staff),
        format!("http://{}/mihon/my", at.staff),
        format!("http://{}/mihon/login", at.citizen),
        format!("http://{}/mihon/cards", at.citizen),
        format!("http://{}/healthz", at.citizen),
        format!("http://{}/healthz", at.staff),
        format!("http://{}/mihon/", at.ops),
    ] {
        assert_eq!(status(&elsewhere).await, StatusCode::NOT_FOUND, "{elsewhere}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_data_directory_serves_one_program_at_a_time_and_the_next_after_it() {
    let house = House::at(TIME).await;
    let first = start(&house);
    let second = App::start(&house.config, &house.clock.clock(), &Chance::seeded(4));
    assert!(matches!(second, Err(StartError::Lock(_))), "{second:?}");
    first.stop().await;
    start(&house).stop().await;
}

#[tokio::test]
async fn hosts_and_base_paths_lead_to_their_own_city_and_to_no_other() {
    let mut house = House::at(TIME).await;
    let at_root = &mut house.config.municipalities[0];
    at_root.hosts = vec!["yoyaku.mihon.example.jp".to_owned()];
    at_root.base_path = Some("/".to_owned());
    let mut other = house::city("999998", "ayame", "あやめ市");
    other.base_path = Some("/town/ayame/".to_owned());
    other.hosts = vec!["yoyaku.ayame.example.jp".to_owned()];
    house.config.municipalities.push(other);
    house::make(&house.config, "999998", &house.clock).await;
    let app = start(&house);
    let client = http::client();
    let ask = async |host: &str, path: &str| {
        let url = format!("http://{}{path}", app.addresses().citizen);
        let answer = client.get(url).header("host", host).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let (found, page) = ask("yoyaku.mihon.example.jp", "/").await;
    assert!(found == 200 && page.contains("見本市"), "{page}");
    let (found, page) = ask("YOYAKU.ayame.example.jp:443", "/town/ayame/").await;
    assert!(found == 200 && page.contains("あやめ市"), "{page}");
    for (host, path) in [
        ("unknown.example.jp", "/"),
        ("unknown.example.jp", "/town/ayame/"),
        ("yoyaku.ayame.example.jp", "/"),
        ("yoyaku.ayame.example.jp", "/mihon/"),
        ("yoyaku.ayame.example.jp", "/town/ayame-west/"),
    ] {
        assert_eq!(ask(host, path).await.0, 404, "{host}{path}");
    }
    assert!(!ask("yoyaku.mihon.example.jp", "/town/ayame/").await.1.contains("あやめ市"));
    app.stop().await;
}

#[tokio::test]
async fn a_city_without_a_file_is_out_of_service_and_the_others_are_not() {
    let mut house = House::at(TIME).await;
    house.config.municipalities.push(house::city("999998", "ayame", "あやめ市"));
    let app = start(&house);
    let citizen = app.addresses().citizen;
    assert_eq!(status(&format!("http://{citizen}/ayame/")).await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(status(&format!("http://{citizen}/mihon/")).await, StatusCode::OK);
    assert!(!house.dir.path().join("data/999998").exists(), "nobody made an empty city");
    app.stop().await;
}

#[tokio::test]
async fn who_is_not_on_the_list_of_the_staff_listener_gets_no_answer() {
    let mut house = House::at(TIME).await;
    house.config.staff.allow = vec!["192.0.2.0/24".parse().unwrap()];
    let app = start(&house);
    let refused = http::client().get(format!("http://{}/", app.addresses().staff)).send().await;
    assert!(refused.is_err(), "{refused:?}");
    app.stop().await;
    house.config.staff.allow.push("127.0.0.0/8".parse().unwrap());
    let app = start(&house);
    http::client().get(format!("http://{}/", app.addresses().staff)).send().await.unwrap();
    app.stop().await;
}

#[tokio::test]
async fn more_connections_than_the_limit_wait_for_their_turn() {
    let mut house = House::at(TIME).await;
    house.config.limits.connections = 1;
    let app = start(&house);
    let citizen = app.addresses().citizen;
    let idle = tokio::net::TcpStream::connect(citizen).await.unwrap();
    let client = http::builder().timeout(Duration::from_millis(300)).build().unwrap();
    let url = format!("http://{citizen}/mihon/");
    assert!(client.get(&url).send().await.unwrap_err().is_timeout());
    assert_eq!(status(&format!("http://{}/healthz", app.addresses().ops)).await, StatusCode::OK);
    drop(idle);
    assert_eq!(status(&url).await, StatusCode::OK);
    app.stop().await;
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let house = House::at(TIME).await;
    let app = start(&house);
    let url = format!("http://{}/mihon/notice", app.addresses().citizen);
    let body = "x".repeat(house.config.limits.body_bytes + 1);
    let form = "application/x-www-form-urlencoded";
    let sent = http::client().post(url).header("content-type", form).body(body).send().await;
    assert_eq!(sent.unwrap().status(), StatusCode::PAYLOAD_TOO_LARGE);
    app.stop().await;
}

#[tokio::test]
async fn a_path_of_a_former_system_leads_to_the_new_page_for_good() {
    let mut house = House::at(TIME).await;
    let source = "legacy_paths = { \"/reserve/login.aspx\" = \"/my\" }";
    let city = format!(
        "[[municipality]]\ncode = \"999999\"\nslug = \"mihon\"\nname = \"見本市\"\nmail_from = \"a@b.jp\"\n{source}"
    );
    house.config.municipalities =
        madoguchi::config::parse("config.toml".as_ref(), &city).unwrap().municipalities;
    let app = start(&house);
    let url = format!("http://{}/reserve/login.aspx", app.addresses().citizen);
    let answer = http::client().get(url).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::MOVED_PERMANENTLY);
    assert_eq!(answer.headers()["location"], "/mihon/my");
    app.stop().await;
}

#[tokio::test]
async fn who_is_slow_to_say_what_they_want_is_let_go() {
    let mut house = House::at(TIME).await;
    house.config.limits.request_seconds = 1;
    let app = start(&house);
    let citizen = app.addresses().citizen;
    let answer_to = async |begun: &str| {
        let mut stream = tokio::net::TcpStream::connect(citizen).await.unwrap();
        stream.write_all(begun.as_bytes()).await.unwrap();
        let mut answer = String::new();
        let read = stream.read_to_string(&mut answer);
        tokio::time::timeout(Duration::from_secs(10), read).await.unwrap().unwrap();
        answer
    };
    answer_to("").await;
    answer_to("GET /mihon/ HTTP/1.1\r\nhost: x\r\nx-slow: ").await;
    let form = "content-type: application/x-www-form-urlencoded\r\ncontent-length: 100\r\n\r\nnotice_id=";
    let answer = answer_to(&format!("POST /mihon/notice HTTP/1.1\r\nhost: x\r\n{form}")).await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    app.stop().await;
}

#[tokio::test]
async fn monitors_learn_how_many_requests_there_were_by_route_and_never_by_path() {
    let house = House::at(TIME).await;
    let app = start(&house);
    let at = app.addresses();
    status(&format!("http://{}/mihon/m/a-secret-token?q=A13-000001", at.citizen)).await;
    let answer = http::client().get(format!("http://{}/metrics", at.ops)).send().await.unwrap();
    let figures = answer.text().await.unwrap();
    assert!(figures.contains("madoguchi_requests_total{") && figures.contains("route=\"/m/{token}\""));
    assert!(figures.contains("madoguchi_request_seconds_bucket"), "{figures}");
    assert!(!figures.contains("a-secret-token") && !figures.contains("A13-000001"), "{figures}");
    app.stop().await;
}
