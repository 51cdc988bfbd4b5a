//! Only the node that leads hands letters over, to the last step of each.

use std::time::Duration;

use madoguchi::jobs::{Gate, deliver_mail};
use madoguchi::mail::State;
use tokio_util::sync::CancellationToken;

use crate::kit::mail_office::{Office, link};
use crate::kit::post_box::Mood;

#[tokio::test]
async fn a_node_that_is_not_the_leader_sends_nothing() {
    let office = Office::with(&[]).await;
    let id = office.queue("taro@example.jp", link()).await;
    let standby = office.desk.clone().with_gate(Gate::from_fn(|| false));
    assert!(deliver_mail(&standby, &office.city).await.unwrap().is_some());
    assert_eq!((office.post_box.count(), office.row(id).await.state), (0, State::Queued));
    assert_eq!(office.deliver().await, None);
    assert_eq!(office.post_box.count(), 1);
}

#[tokio::test]
async fn a_letter_goes_no_further_once_this_node_does_not_lead_and_the_next_leader_sends_it() {
    let office = Office::with(&[Mood::Ponders(300)]).await;
    let id = office.queue("taro@example.jp", link()).await;
    // The server has heard for whom the letter is, and the letter itself is still here.
    let post_box = office.post_box.clone();
    let gate = Gate::from_fn(move || post_box.awaited() > 0);
    let stop = CancellationToken::new();
    let desk = tokio::spawn(office.desk.clone().with_gate(gate.clone()).run(stop.clone()));
    gate.closed().await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!((office.post_box.count(), office.row(id).await.state), (0, State::Sending));
    stop.cancel();
    // Nothing is waited for that cannot come: the letter's own patience is ten seconds.
    tokio::time::timeout(Duration::from_secs(5), desk).await.unwrap().unwrap();
    assert_eq!((office.post_box.count(), office.row(id).await.state), (0, State::Sending));
    assert_eq!(office.deliver().await, None);
    assert_eq!((office.post_box.count(), office.row(id).await.state), (1, State::Sent));
}
