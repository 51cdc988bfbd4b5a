//! The same time everywhere: on pages, in the mail, in its calendar file, in the list and on its paper, wherever the machine thinks it is.

use std::path::PathBuf;

use madoguchi::base::{Chance, Clock, Day, Minute};
use madoguchi::db::{Actor, Db};
use madoguchi::mail;
use secrecy::SecretString;

use super::crash;
use crate::kit::Browser;
use crate::kit::http::far;
use crate::kit::program::Desk;
use crate::lists::text_of;

const CLERK: Actor = Actor::Cli { uid: 0 };
const PASSWORD: &str = "ひばり tonbo 88";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_booking_has_one_time_on_page_in_mail_in_calendar_in_list_and_on_paper_in_every_zone() {
    for (number, zone) in ["UTC", "America/New_York", "Asia/Tokyo"].into_iter().enumerate() {
        let desk = Desk::new();
        desk.add_city();
        let slots = crash::prepare(&desk).await;
        hire(&desk).await;
        let (day, starts) = slots[number];
        let server = desk.serve_with(&[("TZ", PathBuf::from(zone))]);
        let mut browser = crash::walk_to_confirm(
            desk.path("mail"),
            server.citizen,
            u32::try_from(number).unwrap(),
            slots.clone(),
        )
        .await;
        browser.press("この内容で予約する").await;
        let time = format!("{}:{:02}", starts.get() / 60, starts.get() % 60);
        let words = [format!("{}月{}日", day.month(), day.day()), time.clone()];
        browser.open("/my/booking").await;
        for told in &words {
            assert!(browser.says(told), "{zone}: {told} in {}", browser.text());
        }
        let (text, calendar) = letter(&desk).await;
        for told in &words {
            assert!(text.contains(told), "{zone}: {told} in {text}");
        }
        let begins = format!("DTSTART:{}", utc(day, starts));
        assert!(calendar.contains(&begins), "{zone}: {begins} in {calendar}");
        browser.open("/my/booking.ics").await;
        assert!(browser.page().html.contains(&begins), "{zone}: {}", browser.page().html);

        let mut clerk = sign_in(&server.staff).await;
        clerk.open("/cards").await.fill("ことば", "田中 健太").press("検索する").await;
        clerk.press("この一覧をCSVで出力").await;
        let row = format!("{day},{time}");
        assert!(clerk.page().html.contains(&row), "{zone}: {row} in {}", clerk.page().html);

        clerk.open(&format!("/lists/bookings?from={day}&to={day}")).await;
        clerk.select("出力の形", "PDF").press("行を出力").await;
        let paper = text_of(clerk.bytes(), "-layout");
        let told = [format!("{}月{}日", day.month(), day.day()), time.clone(), "田中 健太".to_owned()];
        for told in &told {
            assert!(paper.contains(told), "{zone}: {told} in {paper}");
        }
        server.stop();
    }
}

/// The time in UTC as a calendar file writes it: Japan's offset is nine hours, always.
fn utc(day: Day, starts: Minute) -> String {
    let minutes = i32::from(starts.get()) - 9 * 60;
    let (day, minutes) = if minutes < 0 { (day.plus(-1), minutes + 24 * 60) } else { (day, minutes) };
    format!("{:04}{:02}{:02}T{:02}{:02}00Z", day.year(), day.month(), day.day(), minutes / 60, minutes % 60)
}

/// The text and the calendar file of the confirmation.
async fn letter(desk: &Desk) -> (String, String) {
    for _ in 0..1000 {
        for filed in mail::filed(&desk.path("mail"), 10).unwrap_or_default() {
            if filed.attachments.iter().any(|name| name == "booking.ics") {
                let carried = mail::carried(&desk.path("mail"), &filed.file, 0).unwrap();
                return (filed.text, String::from_utf8(carried.bytes).unwrap());
            }
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("no confirmation was written");
}

async fn hire(desk: &Desk) {
    let db = Db::open(&desk.file(), "999999", Clock::system(), Chance::system()).unwrap();
    let hired = db.write(CLERK, |tx| {
        let new = madoguchi::accounts::NewStaff {
            user: "manager".to_owned(),
            name: "山田 花子".to_owned(),
            role: "manager".to_owned(),
            password: madoguchi::accounts::Password::hash(&SecretString::from(PASSWORD), tx.chance())
                .unwrap(),
            must_change: false,
            home: None,
        };
        madoguchi::accounts::add(tx, &new)
    });
    hired.await.unwrap();
    db.close().await;
}

/// With the password, and with the app that is set up on the way.
async fn sign_in(staff: &std::net::SocketAddr) -> Browser {
    let mut clerk = Browser::new(far(*staff), "/mihon");
    clerk.open("/login").await.fill("利用者ID", "manager").fill("パスワード", PASSWORD);
    clerk.press("ログイン").await;
    let secret = clerk.text().split("入力します：").nth(1).unwrap().trim();
    let secret: String = secret.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == ' ').collect();
    let secret = totp_rs::Secret::try_from_base32(secret.replace(' ', "").trim()).unwrap();
    let app = totp_rs::Builder::new().with_secret(secret).with_account_name("x").build().unwrap();
    let now = Clock::system().now().millis() / 1000;
    let code = app.generate(u64::try_from(now).unwrap()).to_string();
    clerk.fill("確認コード", &code).press("確認してログイン").await;
    clerk
}
