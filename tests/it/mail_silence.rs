//! A mail server that does not answer, as staff are told of it.

use std::net::SocketAddr;
use std::time::Duration;

use madoguchi::jobs::deliver_mail;
use madoguchi::settings;

use crate::kit::TestMunicipality;
use crate::kit::post_box::{Mood, PostBox, desk_for};

const SILENT: &str = "メールサーバーが応答しません";

/// Where nobody listens.
async fn nobody() -> SocketAddr {
    tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

async fn queue(city: &TestMunicipality, letters: u32) {
    let to: Vec<String> = (0..letters).map(|number| format!("c{number}@example.jp")).collect();
    city.queue(&to, None).await;
}

#[tokio::test]
async fn staff_are_told_since_when_and_how_many_wait_and_it_goes_away_by_itself() {
    let mut city = TestMunicipality::at("2026-04-06 09:00").await;
    city.mail_may_stay();
    let (post_box, away) = (PostBox::open(&[]).await, nobody().await);
    let mut clerk = city.clerk("counter").await;
    queue(&city, 3).await;
    let down = desk_for(&city, away);
    deliver_mail(&down, &city.city).await.unwrap();
    clerk.open("/").await;
    assert!(!clerk.says(SILENT), "a moment is nothing to tell: {}", clerk.text());
    city.clock.pass(Duration::from_mins(9) + Duration::from_secs(59));
    deliver_mail(&down, &city.city).await.unwrap();
    clerk.open("/").await;
    assert!(!clerk.says(SILENT), "not yet ten minutes");
    city.clock.pass(Duration::from_secs(1));
    for page in ["/", "/mail", "/cards"] {
        clerk.open(page).await;
        assert!(clerk.says(SILENT), "{page}: {}", clerk.text());
        assert!(
            clerk.says("4月6日") && clerk.says("9:00から送れず、3通が待っています"),
            "{page}: {}",
            clerk.text()
        );
    }
    let mut operator = city.clerk("administrator").await;
    operator.open("/status").await;
    assert!(operator.says("通待ち 応答なし") && operator.says(SILENT), "{}", operator.text());
    assert!(!operator.says("待っているメール"), "letters are not theirs to see: {}", operator.text());

    city.clock.pass(Duration::from_mins(5));
    assert_eq!(
        deliver_mail(&post_box.desk(&city), &city.city).await.unwrap(),
        None,
        "nobody waits for hours"
    );
    assert_eq!(post_box.count(), 3);
    clerk.open("/").await;
    assert!(!clerk.says(SILENT), "{}", clerk.text());
}

#[tokio::test]
async fn a_stranger_is_told_nothing_and_whoever_stopped_the_mail_knows_why() {
    let mut city = TestMunicipality::at("2026-04-06 09:00").await;
    city.mail_may_stay();
    queue(&city, 1).await;
    deliver_mail(&desk_for(&city, nobody().await), &city.city).await.unwrap();
    city.clock.pass(Duration::from_mins(11));
    let mut stranger = city.console();
    stranger.open("/login").await;
    assert!(!stranger.says(SILENT), "{}", stranger.text());
    let mut manager = city.clerk("manager").await;
    manager.open("/me").await;
    assert!(manager.says(SILENT));
    let change = settings::Change { key: "mail.stopped".to_owned(), value: true.into() };
    city.write(move |tx| settings::set(tx, &change)).await;
    manager.open("/mail").await;
    assert!(!manager.says(SILENT) && manager.says("メールの送信を止めています"), "{}", manager.text());
}

#[tokio::test]
async fn a_server_that_refuses_one_letter_or_puts_it_off_is_not_silent() {
    let mut city = TestMunicipality::at("2026-04-06 09:00").await;
    city.mail_may_stay();
    let post_box = PostBox::open(&[Mood::NotNow, Mood::NotNow]).await;
    queue(&city, 1).await;
    deliver_mail(&post_box.desk(&city), &city.city).await.unwrap();
    city.clock.pass(Duration::from_mins(30));
    let mut manager = city.clerk("manager").await;
    manager.open("/mail").await;
    assert!(!manager.says(SILENT), "{}", manager.text());
}
