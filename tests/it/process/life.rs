//! Start, end, and commands beside a running server.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixDatagram;
use std::process::Output;
use std::time::Duration;

use madoguchi::base::{Chance, Clock};
use madoguchi::db::{Db, Lane};
use rustix::process::Signal;

use crate::kit::Browser;
use crate::kit::http::{far, status};
use crate::kit::program::{Desk, bytes, look_into, report, said};

#[tokio::test]
async fn the_server_serves_and_ends_with_zero_when_it_is_told_to() {
    let desk = Desk::new();
    desk.add_city();
    let server = desk.serve();
    assert_eq!(status(&format!("http://{}/mihon/", server.citizen)).await, 200);
    assert_eq!(status(&format!("http://{}/mihon/login", server.staff)).await, 200);
    for path in ["/healthz", "/readyz", "/leader", "/metrics"] {
        assert_eq!(status(&format!("http://{}{path}", server.ops)).await, 200, "{path}");
    }
    server.signal(Signal::INT);
    assert_eq!(server.ended(), Some(0));
    desk.serve().stop();
    assert!(!desk.path("data/control.sock").exists(), "the control socket is taken away");
}

#[test]
fn systemd_is_told_when_the_server_serves_that_it_lives_and_when_it_stops() {
    let desk = Desk::new();
    desk.add_city();
    let socket = UnixDatagram::bind(desk.path("notify.sock")).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let told = || {
        let mut word = [0; 200];
        let length = socket.recv(&mut word).unwrap();
        String::from_utf8_lossy(&word[..length]).into_owned()
    };
    let watchdog = [("NOTIFY_SOCKET", desk.path("notify.sock")), ("WATCHDOG_USEC", "300000".into())];
    let server = desk.serve_with(&watchdog);
    assert!(told().starts_with("READY=1"));
    assert!(told().starts_with("WATCHDOG=1"));
    server.signal(Signal::HUP);
    assert!(told().starts_with("WATCHDOG=1"), "a hang-up ends nothing");
    server.signal(Signal::TERM);
    assert!((0..20).any(|_| told().starts_with("STOPPING=1")));
    assert_eq!(server.ended(), Some(0));
}

#[tokio::test]
async fn maintenance_closes_the_citizens_pages_and_leaves_the_staffs_open() {
    let desk = Desk::new();
    desk.add_city();
    let server = desk.serve();
    let citizen = format!("http://{}/mihon/", server.citizen);
    let on = ["maintenance", "on", "--municipality", "mihon", "--reason", "機器の入れ替え"];
    assert!(desk.run(&on).status.success());
    assert_eq!(status(&citizen).await, 503);
    assert_eq!(status(&format!("http://{}/mihon/login", server.staff)).await, 200);
    assert_eq!(status(&format!("http://{}/readyz", server.ops)).await, 200);
    assert_eq!(desk.run(&on).status.code(), Some(1), "closed already");
    let off = ["maintenance", "off", "--municipality", "mihon"];
    assert!(desk.run(&off).status.success());
    assert_eq!(status(&citizen).await, 200);
    assert_eq!(desk.run(&off).status.code(), Some(1), "open already");
    let past = desk.call(&on).args(["--until", "2020-01-01 06:00"]).output().unwrap();
    assert!(said(&past).contains("past") && past.status.code() == Some(1), "{}", said(&past));
    server.stop();
}

#[test]
fn a_server_in_a_directory_with_a_long_path_is_commanded_all_the_same() {
    let desk = Desk::new();
    let text = std::fs::read_to_string(desk.path("config.toml")).unwrap();
    let long = "x".repeat(100);
    std::fs::write(desk.path("config.toml"), format!("data_dir = \"{long}\"\n{text}")).unwrap();
    let server = desk.serve();
    desk.add_city();
    server.stop();
    assert!(desk.path(&long).join("999999/app.db").exists());
}

#[test]
fn a_request_that_runs_is_finished_before_the_end() {
    let desk = Desk::new();
    desk.add_city();
    let server = desk.serve();
    let mut slow = TcpStream::connect(server.citizen).unwrap();
    slow.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let body = "notice_id=A13-000001&birth_month=4&birth_day=13";
    let head = format!(
        "POST /mihon/notice HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    slow.write_all(head.as_bytes()).unwrap();
    slow.write_all(&body.as_bytes()[..10]).unwrap();
    // The log of the request comes with its end, so the arrival is seen by another request's answer.
    let mut other = TcpStream::connect(server.citizen).unwrap();
    other.write_all(b"GET /mihon/ HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    other.read_to_end(&mut Vec::new()).unwrap();
    server.signal(Signal::TERM);
    let refused = (0..2000).any(|_| {
        std::thread::yield_now();
        TcpStream::connect_timeout(&server.citizen, Duration::from_millis(200)).is_err()
    });
    assert!(refused, "no new connection is taken");
    slow.write_all(&body.as_bytes()[10..]).unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 4") && answer.contains("</html>"), "{answer}");
    assert_eq!(server.ended(), Some(0));
}

#[test]
fn a_second_server_on_the_same_directory_is_refused_and_says_why() {
    let desk = Desk::new();
    desk.add_city();
    let server = desk.serve();
    let second = desk.run(&["serve"]);
    assert_eq!(second.status.code(), Some(1));
    let said = said(&second);
    assert!(said.contains("data_dir") && said.contains("another madoguchi process"), "{said}");
    server.stop();
}

#[tokio::test]
async fn commands_reach_the_running_server_and_are_recorded_with_the_users_id() {
    let desk = Desk::new();
    let server = desk.serve();
    let page = format!("http://{}/mihon/", server.citizen);
    assert_eq!(status(&page).await, 503, "a city without a file is out of service");
    desk.add_city();
    assert_eq!(status(&page).await, 200, "its file was made beside the running server");

    let add = ["staff", "add", "--municipality", "mihon", "--role", "counter", "--json", "yamada"];
    let added = desk.run(&add);
    assert!(added.status.success(), "{}", said(&added));
    assert!(report(&added)["password"].as_str().unwrap().len() >= 16);
    let twice = desk.run(&add);
    assert_eq!(twice.status.code(), Some(1));
    assert!(said(&twice).contains("taken"), "{}", said(&twice));
    assert!(desk.run(&["staff", "reset", "--municipality", "mihon", "yamada"]).status.success());
    server.stop();

    let db = Db::open(&desk.file(), "999999", Clock::system(), Chance::system()).unwrap();
    let recorded = db.read(Lane::Staff, |tx| {
        tx.all(
            "SELECT operation, actor FROM history WHERE operation IN ('staff.added', 'staff.reset') ORDER BY id",
            [],
            |row| Ok((row.get::<_, String>("operation")?, row.get::<_, String>("actor")?)),
        )
    });
    let by = format!("cli:{}", rustix::process::getuid().as_raw());
    let expected = [("staff.added".to_owned(), by.clone()), ("staff.reset".to_owned(), by)];
    assert_eq!(recorded.await.unwrap(), expected);
}

#[tokio::test]
async fn the_log_tells_of_each_request_by_its_route_and_holds_nothing_personal() {
    let desk = Desk::new();
    desk.configure("[log]\nformat = \"json\"\ndir = \"log\"\n");
    desk.add_city();
    let server = desk.serve();
    let mut browser = Browser::new(far(server.citizen), "/mihon");
    browser.open("/m/a-secret-token?name=TANAKA").await;
    browser.open("/notice#main").await;
    browser.fill("交付通知書の番号", "A13-000001").fill("月", "4").fill("日", "13");
    browser.press("確認して次へ進む").await;
    server.stop();
    let file = std::fs::read_dir(desk.path("log")).unwrap().next().unwrap().unwrap().path();
    let log = std::fs::read_to_string(file).unwrap();
    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let posted = lines.iter().find(|line| line["method"] == "POST").unwrap();
    assert_eq!((&posted["route"], &posted["listener"]), (&"/notice".into(), &"citizen".into()));
    assert!(posted["ms"].is_u64() && posted["status"].is_u64() && posted["request"].is_string());
    assert!(lines.iter().any(|line| line["route"] == "/m/{token}"));
    for personal in ["a-secret-token", "TANAKA", "A13"] {
        assert!(!log.contains(personal), "{personal} in\n{log}");
    }
}

#[test]
fn a_password_comes_from_a_file_and_a_weak_one_is_refused() {
    let desk = Desk::new();
    desk.add_city();
    let add = |user: &str, password: &str| {
        std::fs::write(desk.path("password"), password).unwrap();
        let file = desk.path("password");
        let call = ["staff", "add", "--municipality", "mihon", "--role", "manager", "--json", user];
        desk.call(&call).arg("--password-file").arg(file).output().unwrap()
    };
    let weak = add("yamada", "short\n");
    assert_eq!(weak.status.code(), Some(1));
    let fine = add("yamada", "tsubame-to-tonbo-77\n");
    assert!(fine.status.success(), "{}", said(&fine));
    assert!(report(&fine)["password"].is_null(), "what was given is not repeated");
}

#[test]
fn wrong_calls_and_configurations_end_with_two_and_name_what_is_wrong() {
    let desk = Desk::new();
    let unknown = desk.run(&["staff", "reset", "--municipality", "nowhere", "yamada"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(said(&unknown).contains("nowhere") && said(&unknown).contains("mihon"), "{}", said(&unknown));
    assert_eq!(desk.run(&["dance"]).status.code(), Some(2));
    desk.configure("[limits]\nconections = 5\n");
    let misspelt = desk.run(&["serve"]);
    assert_eq!(misspelt.status.code(), Some(2));
    for part in ["config.toml", "limits.conections", "5", "connections"] {
        assert!(said(&misspelt).contains(part), "{}", said(&misspelt));
    }
    std::fs::remove_file(desk.path("config.toml")).unwrap();
    let missing = desk.run(&["municipality", "list"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(said(&missing).contains("config.toml"), "{}", said(&missing));
}

#[test]
fn the_check_tries_everything_and_says_what_is_fine_what_to_know_and_what_is_wrong() {
    let desk = Desk::new();
    let verdicts = |output: &Output| -> Vec<(String, String)> {
        let findings = report(output)["findings"].as_array().unwrap().clone();
        let pair = |one: &serde_json::Value, name: &str| one[name].as_str().unwrap().to_owned();
        findings.iter().map(|one| (pair(one, "verdict"), pair(one, "key"))).collect()
    };
    let has = |output: &Output, verdict: &str, key: &str| {
        verdicts(output).contains(&(verdict.to_owned(), key.to_owned()))
    };
    let before = desk.run(&["check", "--json"]);
    assert_eq!(before.status.code(), Some(1));
    assert!(has(&before, "wrong", "municipality.mihon"), "{}", said(&before));

    desk.add_city();
    let fine = desk.run(&["check", "--json"]);
    assert_eq!(fine.status.code(), Some(0), "{}", said(&fine));
    assert!(has(&fine, "ok", "municipality.mihon") && has(&fine, "warning", "mail.transport"));

    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap();
    let text = std::fs::read_to_string(desk.path("config.toml")).unwrap();
    let text =
        text.replacen("127.0.0.1:0\"", &format!("{port}\"\ntls_cert = \"no.pem\"\ntls_key = \"no.key\""), 1);
    let text = text.replace("transport = \"file\"", "port = 1");
    std::fs::write(desk.path("config.toml"), text + "[limits]\nmails_a_day = 9999\n").unwrap();
    let wrong = desk.run(&["check", "--json"]);
    assert_eq!(wrong.status.code(), Some(1));
    for key in ["citizen.listen", "citizen.tls_cert", "mail.host"] {
        assert!(has(&wrong, "wrong", key), "{key}: {}", said(&wrong));
    }
    assert!(has(&wrong, "warning", "limits.mails_a_day"), "{}", said(&wrong));
}

#[test]
fn the_check_beside_a_running_server_finds_its_ports_and_disturbs_nothing() {
    let desk = Desk::new();
    desk.add_city();
    let server = desk.serve();
    let text = std::fs::read_to_string(desk.path("config.toml")).unwrap();
    let text = text.replacen("127.0.0.1:0", &server.citizen.to_string(), 1);
    std::fs::write(desk.path("config.toml"), text).unwrap();
    let beside = desk.run(&["check", "--json"]);
    assert_eq!(beside.status.code(), Some(0), "{}", said(&beside));
    assert!(said(&beside).contains("サーバーが動いています"), "{}", said(&beside));
    let add = ["staff", "add", "--municipality", "mihon", "--role", "counter", "yamada"];
    assert!(desk.run(&add).status.success(), "the server still hears commands");
    server.stop();
}

#[test]
fn the_manual_page_and_the_completions_name_every_command() {
    let desk = Desk::new();
    for call in [["man", ""].as_slice(), &["completions", "bash"], &["completions", "fish"]] {
        let call: Vec<&str> = call.iter().copied().filter(|word| !word.is_empty()).collect();
        let text = said(&desk.run(&call));
        for command in ["serve", "check", "municipality", "staff", "import", "convert", "demo"] {
            assert!(text.contains(command), "{call:?} without {command}");
        }
    }
}

#[tokio::test]
async fn a_damaged_a_foreign_and_a_newer_file_are_named_and_left_as_they_are() {
    for kind in ["damaged", "foreign", "newer"] {
        let desk = Desk::new();
        desk.add_city();
        let file = desk.file();
        spoil(&file, kind);
        let before = bytes(&file);
        let refused = desk.run(&["staff", "reset", "--municipality", "mihon", "yamada"]);
        assert_eq!(refused.status.code(), Some(1), "{kind}");
        let word = match kind {
            "damaged" => "damaged",
            "foreign" => "belongs to municipality 999998",
            _ => "schema version 99",
        };
        let said = said(&refused);
        assert!(said.contains("app.db") && said.contains(word), "{kind}: {said}");
        let server = desk.serve();
        assert_eq!(status(&format!("http://{}/mihon/", server.citizen)).await, 503, "{kind}");
        assert_eq!(status(&format!("http://{}/healthz", server.ops)).await, 200, "{kind}");
        server.stop();
        assert!(desk.log().contains(word), "{kind}: {}", desk.log());
        assert!(bytes(&file) == before, "{kind}: the file was touched");
    }
}

/// Makes the file one that may not be opened; all of it stands in the file itself afterwards, nothing beside it.
fn spoil(file: &std::path::Path, kind: &str) {
    let conn = look_into(file);
    match kind {
        "foreign" => conn.execute_batch("UPDATE municipality SET code = '999998'").unwrap(),
        "newer" => conn.execute_batch("PRAGMA user_version = 99").unwrap(),
        _ => {}
    }
    conn.execute_batch("PRAGMA journal_mode = DELETE").unwrap();
    drop(conn);
    if kind == "damaged" {
        let mut content = bytes(file);
        content[..4096].fill(b'x');
        std::fs::write(file, content).unwrap();
    }
}
