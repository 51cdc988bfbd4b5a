//! The register through the true witness: TLS, names in certificates, a file.

use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio_util::sync::CancellationToken;

use super::wire::Wish;
use super::*;
use crate::base::Clock;
use crate::config::HaConfig;

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// The section of a machine whose certificate carries `name`.
fn machine(dir: &Path, issuer: &CertifiedIssuer<'static, KeyPair>, name: &str) -> HaConfig {
    let key = KeyPair::generate().unwrap();
    let cert = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, issuer).unwrap();
    let put = |file: String, text: String| {
        let path = dir.join(file);
        std::fs::write(&path, text).unwrap();
        Some(path)
    };
    HaConfig {
        cluster_id: Some("mihon".to_owned()),
        node: Some(name.to_owned()),
        tls_cert: put(format!("{name}.pem"), cert.pem()),
        tls_key: put(format!("{name}.key"), key.serialize_pem()),
        tls_ca: put(format!("{name}-ca.pem"), issuer.pem()),
        ..HaConfig::default()
    }
}

struct Hall {
    dir: tempfile::TempDir,
    issuer: CertifiedIssuer<'static, KeyPair>,
    stop: CancellationToken,
    address: String,
    serving: Option<tokio::task::JoinHandle<Result<(), StoreError>>>,
}

impl Hall {
    async fn open() -> Self {
        let (dir, issuer) = (tempfile::tempdir().unwrap(), authority());
        let mut hall =
            Self { dir, issuer, stop: CancellationToken::new(), address: String::new(), serving: None };
        hall.start().await;
        hall
    }

    async fn start(&mut self) {
        let config = machine(self.dir.path(), &self.issuer, "localhost");
        let any = ([127, 0, 0, 1], 0).into();
        let witness = Witness::open(&config, any, self.dir.path(), &Clock::system()).await.unwrap();
        self.address = format!("localhost:{}", witness.address().port());
        self.stop = CancellationToken::new();
        self.serving = Some(tokio::spawn(witness.serve(self.stop.clone())));
    }

    async fn restart(&mut self) {
        self.stop.cancel();
        self.serving.take().unwrap().await.unwrap().unwrap();
        self.start().await;
    }

    fn node(&self, name: &str) -> Client {
        let config = machine(self.dir.path(), &self.issuer, name);
        Client::of(&HaConfig { witness: Some(self.address.clone()), ..config }).unwrap()
    }
}

async fn ask(client: &Client, node: &str, order: Order) -> Result<Answer, AskError> {
    let id = CallId { incarnation: 1, number: 1 };
    let (cluster, node) = ("mihon".to_owned(), node.to_owned());
    client.call(Call { id, cluster, node, order }).await
}

#[tokio::test]
async fn leadership_goes_over_the_wire_by_version_and_outlives_the_witness() {
    let mut hall = Hall::open().await;
    let (a, b) = (hall.node("node-a"), hall.node("node-b"));
    a.begin("node-a", 1).await.unwrap();
    let seen = a.look().await.unwrap().register.version;
    let order = |expect| Order::Acquire { expect, unfit: std::collections::BTreeSet::new() };
    let other = ask(&b, "node-b", order(seen)).await.unwrap();
    assert_eq!((other.verdict, other.register.epoch), (Verdict::NotInSync, 1));
    let granted = ask(&a, "node-a", order(seen)).await.unwrap();
    assert_eq!((granted.verdict, granted.register.epoch), (Verdict::Granted, 2));
    assert!((1..=2500).contains(&granted.lease_left_ms));
    let again = ask(&a, "node-a", order(seen)).await.unwrap();
    assert_eq!((again.verdict, again.register.epoch), (Verdict::Stale, 2), "an order that comes twice");

    let declared = Order::Declare {
        expect: granted.register.version,
        epoch: 2,
        in_sync: true,
        exceptions: std::collections::BTreeMap::new(),
        accepted: std::collections::BTreeSet::new(),
    };
    assert!(ask(&a, "node-a", declared).await.unwrap().register.in_sync);
    hall.restart().await;
    let b = hall.node("node-b");
    let found = b.look().await.unwrap();
    assert_eq!((found.register.leader.as_str(), found.register.epoch), ("node-a", 2));
    assert!(found.register.in_sync);
    // Nobody knows how long the lease ran before: it begins anew.
    let early = ask(&b, "node-b", order(found.register.version)).await.unwrap();
    assert_eq!(early.verdict, Verdict::LeaseRuns);
    tokio::time::sleep(std::time::Duration::from_millis(2600)).await;
    let taken = ask(&b, "node-b", order(found.register.version)).await.unwrap();
    assert_eq!(
        (taken.verdict, taken.register.leader.as_str(), taken.register.epoch),
        (Verdict::Granted, "node-b", 3)
    );
}

#[tokio::test]
async fn a_node_speaks_for_itself_alone_and_strangers_not_at_all() {
    let hall = Hall::open().await;
    let a = hall.node("node-a");
    let unknown = a.look().await.unwrap_err();
    assert!(matches!(unknown, AskError::Refused { refusal: Refusal::UnknownCluster, .. }), "{unknown}");
    a.begin("node-a", 1).await.unwrap();
    let twice = a.begin("node-a", 1).await.unwrap_err();
    assert!(matches!(twice, AskError::Refused { refusal: Refusal::Exists, .. }), "{twice}");
    let liar = ask(&a, "node-b", Order::Look).await.unwrap_err();
    assert!(matches!(liar, AskError::Refused { refusal: Refusal::NotYourName, .. }), "{liar}");

    let elsewhere = tempfile::tempdir().unwrap();
    let config = machine(elsewhere.path(), &authority(), "node-a");
    let config = HaConfig { witness: Some(hall.address.clone()), ..config };
    let stranger = Client::of(&config).unwrap().look().await.unwrap_err();
    assert!(matches!(stranger, AskError::Unreachable { .. }), "{stranger}");
    // One that believes the witness, and whom the witness does not believe.
    let config = HaConfig { tls_ca: machine(hall.dir.path(), &hall.issuer, "x").tls_ca, ..config };
    let stranger = Client::of(&config).unwrap().look().await.unwrap_err();
    assert!(matches!(stranger, AskError::Unreachable { .. }), "{stranger}");
}

#[tokio::test]
async fn a_register_that_cannot_be_written_stays_as_it_was() {
    let hall = Hall::open().await;
    let a = hall.node("node-a");
    a.begin("node-a", 1).await.unwrap();
    // A directory lies where the new register would be written first.
    std::fs::create_dir(hall.dir.path().join("register.tmp")).unwrap();
    let version = a.look().await.unwrap().register.version;
    let order = Order::Acquire { expect: version, unfit: std::collections::BTreeSet::new() };
    let refused = ask(&a, "node-a", order.clone()).await.unwrap_err();
    assert!(matches!(refused, AskError::Refused { refusal: Refusal::NotWritten, .. }), "{refused}");
    assert_eq!(a.look().await.unwrap().register.epoch, 1);
    std::fs::remove_dir(hall.dir.path().join("register.tmp")).unwrap();
    assert_eq!(ask(&a, "node-a", order).await.unwrap().register.epoch, 2);
    // What is no question is hung up on, and nobody else notices.
    let order = Wish::Begin { cluster: String::new(), node: String::new(), leader: String::new(), epoch: 0 };
    assert!(a.ask(order).await.is_ok_and(|reply| reply == wire::Reply::Refused(Refusal::UnknownCluster)));
}
