//! Listeners with certificates: TLS, renewed certificates, and proxies that must show their own.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use madoguchi::app::{App, StartError};
use madoguchi::base::Chance;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::kit::house::House;
use crate::kit::http;

const TIME: &str = "2026-04-13 09:42";

/// An authority that issues certificates for `localhost`.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// A certificate with its key, in PEM.
    fn issue(&self) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        (params.signed_by(&key, &self.0).unwrap().pem(), key.serialize_pem())
    }

    fn pem(&self) -> String {
        self.0.pem()
    }

    /// Puts a certificate and its key where the listener reads them.
    fn install(&self, dir: &Path) -> (PathBuf, PathBuf) {
        let (cert, key) = self.issue();
        let paths = (dir.join("server.pem"), dir.join("server.key"));
        std::fs::write(&paths.0, cert).unwrap();
        std::fs::write(&paths.1, key).unwrap();
        paths
    }
}

/// A client that knows only this authority.
fn client(authority: &Authority) -> reqwest::ClientBuilder {
    let root = reqwest::Certificate::from_pem(authority.pem().as_bytes()).unwrap();
    http::builder().tls_certs_only([root])
}

fn url(address: SocketAddr) -> String {
    format!("https://localhost:{}/mihon/", address.port())
}

async fn house_with(authority: &Authority) -> House {
    let mut house = House::at(TIME).await;
    let (cert, key) = authority.install(house.dir.path());
    house.config.citizen.tls_cert = Some(cert);
    house.config.citizen.tls_key = Some(key);
    house
}

fn start(house: &House) -> App {
    App::start(&house.config, &house.clock.clock(), &Chance::seeded(3)).unwrap()
}

#[tokio::test]
async fn with_a_certificate_pages_come_by_tls_and_their_cookies_are_bound_to_it() {
    let authority = Authority::new("見本市の認証局");
    let house = house_with(&authority).await;
    let app = start(&house);
    let citizen = app.addresses().citizen;
    let answer = client(&authority).build().unwrap().get(url(citizen)).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("__Host-") && cookie.contains("; Secure"), "{cookie}");
    let stranger = client(&Authority::new("別の認証局")).build().unwrap().get(url(citizen)).send().await;
    assert!(stranger.is_err(), "the certificate is not another authority's");
    let plain = http::client().get(format!("http://{citizen}/mihon/")).send().await;
    assert!(plain.is_err(), "nothing is served in plain text there");
    app.stop().await;
}

#[tokio::test]
async fn a_renewed_certificate_is_in_use_without_a_restart_and_a_broken_one_never() {
    let (old, new) = (Authority::new("古い"), Authority::new("新しい"));
    let house = house_with(&old).await;
    let app = start(&house);
    let citizen = app.addresses().citizen;
    let works = async |authority: &Authority| {
        client(authority).build().unwrap().get(url(citizen)).send().await.is_ok()
    };
    assert!(works(&old).await && !works(&new).await);

    std::fs::write(house.config.citizen.tls_cert.as_ref().unwrap(), "half a certi").unwrap();
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert!(works(&old).await, "the last good certificate stays");

    new.install(house.dir.path());
    let patience = Instant::now() + Duration::from_secs(20);
    while !works(&new).await {
        assert!(Instant::now() < patience, "the new certificate is not used");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(!works(&old).await);
    app.stop().await;
}

#[tokio::test]
async fn where_an_authority_for_clients_is_named_only_its_proxy_comes_in() {
    let (servers, proxies, others) = (Authority::new("s"), Authority::new("p"), Authority::new("o"));
    let mut house = house_with(&servers).await;
    let ca = house.dir.path().join("proxies.pem");
    std::fs::write(&ca, proxies.pem()).unwrap();
    house.config.citizen.client_ca = Some(ca);
    let app = start(&house);
    let citizen = app.addresses().citizen;
    let shows = async |issuer: Option<&Authority>| {
        let mut client = client(&servers);
        if let Some(issuer) = issuer {
            let (cert, key) = issuer.issue();
            client = client.identity(reqwest::Identity::from_pem(format!("{key}{cert}").as_bytes()).unwrap());
        }
        client.build().unwrap().get(url(citizen)).send().await.is_ok_and(|answer| answer.status() == 200)
    };
    assert!(shows(Some(&proxies)).await);
    assert!(!shows(None).await, "without a certificate nobody comes in");
    assert!(!shows(Some(&others)).await, "nor with one of another authority");
    app.stop().await;
}

#[tokio::test]
async fn health_checks_that_break_off_do_no_harm() {
    let authority = Authority::new("見本市の認証局");
    let house = house_with(&authority).await;
    let app = start(&house);
    let citizen = app.addresses().citizen;
    for _ in 0..20 {
        let stream = tokio::net::TcpStream::connect(citizen).await.unwrap();
        stream.set_zero_linger().unwrap();
        drop(stream);
        let mut stream = tokio::net::TcpStream::connect(citizen).await.unwrap();
        stream.write_all(b"GET / HTTP/1.0\r\n\r\n").await.unwrap();
        // An alert, or nothing: no page.
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
    }
    assert_eq!(client(&authority).build().unwrap().get(url(citizen)).send().await.unwrap().status(), 200);
    app.stop().await;
}

#[tokio::test]
async fn certificates_that_cannot_be_used_are_named_at_the_start() {
    let authority = Authority::new("見本市の認証局");
    let mut house = house_with(&authority).await;
    let (_, foreign) = authority.issue();
    let key = house.config.citizen.tls_key.clone().unwrap();
    for (content, part) in [("nothing", "server.key"), (foreign.as_str(), "server.key")] {
        std::fs::write(&key, content).unwrap();
        let refused = App::start(&house.config, &house.clock.clock(), &Chance::seeded(3)).unwrap_err();
        assert!(matches!(refused, StartError::Tls { .. }), "{refused}");
        assert!(refused.to_string().contains("citizen.tls_key") && refused.to_string().contains(part));
    }
    house.config.citizen.tls_cert = Some(house.dir.path().join("nowhere.pem"));
    let refused = App::start(&house.config, &house.clock.clock(), &Chance::seeded(3)).unwrap_err();
    assert!(refused.to_string().contains("citizen.tls_cert"), "{refused}");
}
