//! The true binary beside a true mail server: killed in the middle of sending, behind certificates, with ten thousand letters.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use madoguchi::base::{Chance, Clock, Email};
use madoguchi::db::{Actor, Db, Fault};
use madoguchi::mail::{self, Letter, Post};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustix::process::Signal;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::kit::post_box::{Manner, PostBox};
use crate::kit::program::{Desk, look_into};

const CLERK: Actor = Actor::Cli { uid: 0 };

/// Letters handed over at a time, as the configuration has it.
const CONNECTIONS: usize = 8;

/// A directory whose program sends to this server.
fn desk(post_box: &PostBox, host: &str, tls: &str) -> Desk {
    let desk = Desk::new();
    desk.configure_mail(&format!(
        "transport = \"smtp\"\nhost = \"{host}\"\nport = {}\ntls = \"{tls}\"\nconnections = {CONNECTIONS}\n\
         domain_connections = {CONNECTIONS}\ndomain_per_minute = 1000000\n",
        post_box.address.port()
    ));
    desk.add_city();
    desk
}

/// Queues so many letters, to as many people at `domains` domains.
async fn queue(desk: &Desk, letters: usize, domains: usize) {
    let db = Db::open(&desk.file(), "999999", Clock::system(), Chance::system()).unwrap();
    let all: Vec<usize> = (0..letters).collect();
    for slice in all.chunks(500) {
        let slice = slice.to_vec();
        let queued = db.write(CLERK, move |tx| {
            for number in &slice {
                let to = Email::parse(&format!("c{number}@d{}.example.jp", number % domains)).unwrap();
                let (letter, dedup) = (Letter::NotReady, format!("test:{number}"));
                let post =
                    Post { to: &to, language: "ja", letter: &letter, booking: None, card: None, dedup };
                mail::enqueue(tx, &post)?;
            }
            Ok::<_, Fault>(())
        });
        queued.await.unwrap();
    }
    db.close().await;
}

fn in_state(desk: &Desk, state: &str) -> usize {
    let count = "SELECT COUNT(*) FROM outbox WHERE state = ?";
    let count = look_into(&desk.file()).query_row(count, [state], |row| row.get::<_, i64>(0));
    usize::try_from(count.unwrap()).unwrap()
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let patience = Instant::now() + Duration::from_mins(4);
    while !holds() {
        assert!(Instant::now() < patience, "{what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// How often each letter arrived, by its Message-ID.
fn arrivals(post_box: &PostBox) -> HashMap<String, usize> {
    let mut found = HashMap::new();
    for mail in post_box.arrived() {
        *found.entry(mail.head("Message-ID").unwrap().to_owned()).or_default() += 1;
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stdout, reason = "the figures are asked for")]
async fn kills_between_sending_and_noting_lose_no_letter_and_repeat_only_what_was_under_way() {
    const LETTERS: usize = 500;
    const ROUNDS: usize = 10;
    let post_box = PostBox::open(&[]).await;
    let desk = desk(&post_box, "127.0.0.1", "none");
    queue(&desk, LETTERS, 20).await;
    let mut repeated = Vec::new();
    for round in 1..=ROUNDS {
        let before = (post_box.count(), arrivals(&post_box).len());
        let server = desk.serve();
        until("letters leave", || post_box.count() >= before.0 + 30).await;
        server.signal(Signal::KILL);
        assert_eq!(server.ended(), None);
        // What was on the wire when it died may still arrive.
        tokio::time::sleep(Duration::from_millis(100)).await;
        let after = (post_box.count(), arrivals(&post_box).len());
        let twice = (after.0 - before.0) - (after.1 - before.1);
        println!("round {round}: {} letters arrived, {twice} of them had arrived before", after.0 - before.0);
        repeated.push(twice);
    }
    let server = desk.serve();
    until("every letter is sent", || in_state(&desk, "sent") == LETTERS).await;
    server.stop();
    let arrived = arrivals(&post_box);
    assert_eq!(arrived.len(), LETTERS, "no letter is lost, and no letter has a second Message-ID");
    assert!(repeated.iter().all(|twice| *twice <= CONNECTIONS), "{repeated:?}");
    let all = post_box.count() - LETTERS;
    println!(
        "{ROUNDS} kills: {LETTERS} letters, {all} arrived twice, at most {CONNECTIONS} a kill are allowed"
    );
    assert!(all <= ROUNDS * CONNECTIONS, "{all}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_letters_leave_with_their_progress_to_be_seen_and_little_memory() {
    letters_leave(1000).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes; run it with: cargo test --test it -- --ignored ten_thousand --nocapture"]
async fn ten_thousand_letters_leave_with_their_progress_to_be_seen_and_little_memory() {
    letters_leave(10_000).await;
}

#[expect(clippy::print_stdout, reason = "the figures are asked for")]
async fn letters_leave(letters: usize) {
    let post_box = PostBox::open(&[]).await;
    let desk = desk(&post_box, "127.0.0.1", "none");
    queue(&desk, letters, 100).await;
    let server = desk.serve();
    let (began, mut most) = (Instant::now(), 0);
    while in_state(&desk, "sent") < letters {
        assert!(began.elapsed() < Duration::from_mins(5), "{} have left", post_box.count());
        let (sent, waits) = (in_state(&desk, "sent"), in_state(&desk, "queued"));
        most = most.max(server.resident_kb());
        println!("{:>4} s: {sent} sent, {waits} wait, {} MB", began.elapsed().as_secs(), most / 1024);
        assert!(in_state(&desk, "sending") <= 2 * CONNECTIONS);
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    println!("{letters} letters in {:.1} s", began.elapsed().as_secs_f32());
    server.stop();
    assert_eq!((arrivals(&post_box).len(), post_box.count()), (letters, letters));
    assert!(most < 300 * 1024, "{most} KB");
    let (at_a_time, in_all) = post_box.conversations();
    assert!(at_a_time <= CONNECTIONS && in_all < letters / 10, "{at_a_time} at a time, {in_all} connections");
}

/// An authority, and a server's manners with a certificate of it for `localhost`.
fn authority() -> (String, Manner) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let cert =
        CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let chain = vec![CertificateDer::from_pem_slice(cert.pem().as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(chain, key).unwrap();
    let manner = Manner { tls: Some(TlsAcceptor::from(Arc::new(config))), ..Manner::default() };
    (issuer.pem(), manner)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_starttls_letters_go_to_a_server_whose_certificate_is_trusted_and_to_no_other() {
    let (known, manner) = authority();
    let (stranger, _) = authority();
    let post_box = PostBox::with(&[], manner).await;
    let desk = desk(&post_box, "localhost", "starttls");
    queue(&desk, 1, 1).await;
    let trusting = |pem: &str| {
        let file: PathBuf = desk.path("authority.pem");
        std::fs::write(&file, pem).unwrap();
        desk.serve_with(&[("SSL_CERT_FILE", file)])
    };
    let server = trusting(&stranger);
    let tried = || {
        let count = "SELECT COUNT(*) FROM outbox WHERE attempts = 1 AND state = 'queued' AND last_answer LIKE '%ertificate%'";
        look_into(&desk.file()).query_row(count, [], |row| row.get::<_, i64>(0)).unwrap() == 1
    };
    until("the wrong certificate is told", tried).await;
    server.stop();
    assert_eq!(post_box.count(), 0);
    look_into(&desk.file()).execute("UPDATE outbox SET next_at = 0", []).unwrap();
    let server = trusting(&known);
    until("it is sent", || in_state(&desk, "sent") == 1).await;
    server.stop();
    assert!(post_box.arrived()[0].by_tls);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_starttls_gets_no_letter_where_it_is_required() {
    let post_box = PostBox::open(&[]).await;
    let desk = desk(&post_box, "127.0.0.1", "starttls");
    queue(&desk, 1, 1).await;
    let server = desk.serve();
    let tried = || {
        let count = "SELECT COUNT(*) FROM outbox WHERE attempts = 1 AND state = 'queued'";
        look_into(&desk.file()).query_row(count, [], |row| row.get::<_, i64>(0)).unwrap() == 1
    };
    until("it is tried", tried).await;
    server.stop();
    assert_eq!(post_box.count(), 0, "no letter goes in the clear");
}
