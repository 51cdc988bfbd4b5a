//! The shipped file is the manual, and each error says what to write instead.

use super::*;

const SHIPPED: &str = include_str!("../../config.toml");

fn parsed(source: &str) -> Result<Config, ConfigError> {
    parse(Path::new("config.toml"), source)
}

fn refused(source: &str) -> String {
    parsed(source).unwrap_err().to_string()
}

/// The keys that stand in a file, with their sections; `marked` are those behind a `#` as well.
fn keys_in(source: &str, marked: bool) -> Vec<String> {
    let mut section = String::new();
    let mut keys = Vec::new();
    for line in source.lines() {
        let line = if marked { line.strip_prefix("# ").unwrap_or(line) } else { line };
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_matches(['[', ']']).to_owned();
        } else if let Some((key, _)) = line.split_once(" = ").filter(|_| !line.starts_with('#')) {
            keys.push(format!("{section}.{key}"));
        }
    }
    keys
}

#[test]
fn the_shipped_file_says_what_the_program_does_without_it() {
    let shipped = parsed(SHIPPED).unwrap();
    let house = Config::of_the_house(PathBuf::from("data"));
    assert_eq!(format!("{shipped:#?}"), format!("{:#?}", parsed("").unwrap()));
    assert_eq!(format!("{shipped:#?}"), format!("{house:#?}"));
}

#[test]
fn the_shipped_file_names_every_key_once_below_a_japanese_comment() {
    let named = keys_in(SHIPPED, true);
    for (section, keys) in keys::SECTIONS {
        let sections = keys::SECTIONS.map(|(name, _)| name);
        for key in keys.iter().filter(|key| !(section.is_empty() && sections.contains(key))) {
            let name = format!("{section}.{key}");
            assert_eq!(named.iter().filter(|one| **one == name).count(), 1, "{name}");
        }
    }
    let lines: Vec<&str> = SHIPPED.lines().collect();
    for (above, line) in lines.iter().zip(lines.iter().skip(1)) {
        let is_key = line
            .strip_prefix("# ")
            .unwrap_or(line)
            .split_once(" = ")
            .is_some_and(|(key, _)| key.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
        if is_key {
            let japanese = above.starts_with("# ") && above.chars().any(|c| c > '\u{3000}');
            assert!(japanese, "above {line:?} stands {above:?}");
        }
    }
}

#[test]
fn every_marked_line_of_the_shipped_file_works_once_its_mark_is_taken_away() {
    let dir = tempfile::tempdir().unwrap();
    for file in ["mail-password", "archive-key.txt"] {
        std::fs::write(dir.path().join(file), "secret\n").unwrap();
    }
    let is_marked = |line: &str| {
        line.starts_with("[[")
            || line
                .split_once(" = ")
                .is_some_and(|(key, _)| key.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
    };
    // The archive lies in a directory or in a store, and a key of a store's own belongs to one way of encryption.
    let store = ["url", "endpoint", "access_key", "secret_key_file", "ca_file", "kms_key"];
    for (others, archive_is_store) in [(&store[..], false), (&["dir", "kms_key"], true)] {
        let unmark = |line: &'static str| {
            let key = line.strip_prefix("# ").and_then(|bare| bare.split_once(" = ")).map(|(key, _)| key);
            let in_archive = SHIPPED.split_once("\n[archive]").is_some_and(|(_, rest)| {
                rest.split_once("\n[ha]").is_some_and(|(archive, _)| archive.contains(line))
            });
            let marked = line.strip_prefix("# ").filter(|bare| is_marked(bare));
            marked.filter(|_| !(in_archive && key.is_some_and(|key| others.contains(&key)))).unwrap_or(line)
        };
        let unmarked: Vec<&str> = SHIPPED.lines().map(unmark).collect();
        let config = parse(&dir.path().join("config.toml"), &unmarked.join("\n")).unwrap();
        assert_eq!(config.municipalities.len(), 1);
        assert!(config.citizen.tls_cert.is_some() && config.mail.password.is_some());
        assert_eq!(config.archive.bucket().is_some(), archive_is_store);
        assert!(config.archive.is_on());
    }
}

#[test]
fn an_unknown_key_is_named_with_its_file_its_value_and_what_is_allowed() {
    let error = refused("[limits]\nconections = 5\n");
    for part in ["config.toml", "limits.conections", "5", "connections", "no such key"] {
        assert!(error.contains(part), "{error}");
    }
    assert!(refused("[ops]\ntrusted_proxies = []").contains("ops.trusted_proxies"));
    assert!(refused("[citizen]\nallow = []").contains("citizen.allow"));
    assert!(refused("[ha]\nmode = \"s3\"").contains("`manual`"), "what does nothing is refused");
}

#[test]
fn a_password_in_the_wrong_place_is_not_repeated() {
    let error = refused("[mail]\npassword = \"hunter22\"");
    assert!(error.contains("mail.password") && !error.contains("hunter22"), "{error}");
}

#[test]
fn a_value_of_another_kind_is_named_with_its_line() {
    let error = refused("[mail]\nport = \"twenty-five\"");
    for part in ["config.toml", "line 2", "port", "twenty-five", "u16"] {
        assert!(error.contains(part), "{error}");
    }
    assert!(refused("[mail]\ntransport = \"pigeon\"").contains("`smtp` or `file`"));
    assert!(refused("[citizen]\nlisten = \"8080\"").contains("listen"));
}

#[test]
fn values_that_make_no_sense_are_refused_with_what_is_allowed() {
    let city = |more: &str| {
        let keys = [("code", "999999"), ("slug", "mihon"), ("name", "見本市"), ("mail_from", "a@b.jp")];
        let own = keys.iter().filter(|(key, _)| !more.contains(&format!("{key} =")));
        let own: Vec<String> = own.map(|(key, value)| format!("{key} = \"{value}\"")).collect();
        let lines = own.join("\n") + "\n";
        format!("[[municipality]]\n{lines}{more}\n")
    };
    parsed(&city("")).unwrap();
    for (source, key) in [
        ("[citizen]\ntls_cert = \"a.pem\"".to_owned(), "citizen.tls_key"),
        ("[staff]\nclient_ca = \"a.pem\"".to_owned(), "staff.tls_cert"),
        ("[log]\nlevel = \"loud\"".to_owned(), "log.level"),
        ("[limits]\nconnections = 0".to_owned(), "limits.connections"),
        ("[limits]\nrequest_seconds = 0".to_owned(), "limits.request_seconds"),
        ("[limits]\nnetwork_failures = 0".to_owned(), "limits.network_failures"),
        ("[backup]\nat = \"25:00\"".to_owned(), "backup.at"),
        ("[backup]\nuntil = \"\"".to_owned(), "backup.until"),
        ("[backup]\nat = \"05:00\"".to_owned(), "backup.until"),
        ("[backup]\nkeep_days = 0".to_owned(), "backup.keep_days"),
        ("[backup]\nage_recipients = [\"AGE-SECRET-KEY-1\"]".to_owned(), "backup.age_recipients"),
        ("[backup]\nmail_to = [\"nobody\"]".to_owned(), "backup.mail_to"),
        ("[mail]\nuser = \"a\"".to_owned(), "mail.password_file"),
        ("[mail]\nport = 0".to_owned(), "mail.port"),
        ("[mail]\nhost = \"\"".to_owned(), "mail.host"),
        (city("code = \"12345\""), "municipality.code"),
        (city("slug = \"Mihon\""), "municipality.slug"),
        (city("slug = \"assets\""), "municipality.slug"),
        (city("name = \" \""), "municipality.name"),
        (city("base_path = \"mihon\""), "municipality.base_path"),
        (city("base_path = \"/\""), "municipality.base_path"),
        (city("base_path = \"/assets/\""), "municipality.base_path"),
        (city("public_url = \"yoyaku.example.jp\""), "municipality.public_url"),
        (city("mail_from = \"nobody\""), "municipality.mail_from"),
        (city("legacy_paths = [\"old\"]"), "municipality.legacy_paths"),
        (city("") + &city(""), "municipality.code"),
        (city("") + &city("code = \"999998\""), "municipality.slug"),
        (
            city("") + &city("code = \"999998\"\nslug = \"other\"\nbase_path = \"/mihon/\""),
            "municipality.base_path",
        ),
    ] {
        let error = refused(&source);
        assert!(error.contains(key) && error.contains("allowed"), "{source}\n{error}");
    }
}

#[test]
fn values_of_the_archive_and_the_pair_that_make_no_sense_are_refused_with_what_is_allowed() {
    for (source, key) in [
        ("[archive]\ninterval_s = 0", "archive.interval_s"),
        ("[archive]\nkeep_days = 0", "archive.keep_days"),
        ("[archive]\nseconds_hours = 721", "archive.seconds_hours"),
        ("[archive]\nminutes_days = 31", "archive.minutes_days"),
        ("[archive]\ndir = \"\"", "archive.dir"),
        ("[archive]\ndir = \"data/archive\"", "archive.dir"),
        ("[archive]\ndir = \"backup\"", "archive.dir"),
        ("[archive]\ndir = \"a\"\nurl = \"s3://bucket/a\"", "archive.url"),
        ("[archive]\nurl = \"https://bucket/a\"", "archive.url"),
        ("[archive]\nurl = \"s3://\"", "archive.url"),
        ("[archive]\nurl = \"s3://bucket/窓口\"", "archive.url"),
        ("[archive]\nendpoint = \"https://store.example\"", "archive.endpoint"),
        ("[archive]\nurl = \"s3://bucket\"\nendpoint = \"http://store.example\"", "archive.endpoint"),
        ("[archive]\nurl = \"s3://bucket\"\nendpoint = \"http://127.0.0.1.example\"", "archive.endpoint"),
        ("[archive]\nurl = \"s3://bucket\"\naccess_key = \"a\"", "archive.secret_key_file"),
        ("[archive]\nurl = \"s3://bucket\"\nsecret_key_file = \"a\"", "archive.access_key"),
        ("[archive]\nurl = \"s3://bucket\"\nkms_key = \"a\"", "archive.kms_key"),
        ("[ha]\nlease_ms = 100", "ha.lease_ms"),
        ("[ha]\nmode = \"witness\"", "ha.listen"),
        ("[ha]\nmode = \"manual\"", "ha.listen"),
        ("[ha]\nsuspect_ms = 3000", "ha.suspect_ms"),
        ("[ha]\nnode = \"a\"\npeer_node = \"a\"", "ha.peer_node"),
        ("[ha]\npeer = \"b\"", "ha.peer"),
        ("[ha]\nnode = \"Node A\"", "ha.node"),
        ("[ha]\ncluster_id = \"-\"", "ha.cluster_id"),
        ("[ha]\nwitness = \"witness\"", "ha.witness"),
        ("[ha]\nwitness = \"witness:7400\"\ncluster_id = \"c\"", "ha.tls_cert"),
        ("[ha]\nlisten = \"0.0.0.0:7400\"", "ha.cluster_id"),
    ] {
        let error = refused(source);
        assert!(error.contains(key) && error.contains("allowed"), "{source}\n{error}");
    }
}

#[test]
fn old_paths_lead_to_the_start_page_or_to_where_they_say() {
    let paths = |value: &str| {
        let source = format!(
            "[[municipality]]\ncode = \"999999\"\nslug = \"a\"\nname = \"a\"\nmail_from = \"a@b.jp\"\n\
             legacy_paths = {value}"
        );
        parsed(&source).unwrap().municipalities.remove(0).legacy_paths
    };
    assert_eq!(paths("[\"/old/\"]").target("/old/"), Some("/"));
    assert_eq!(paths("{ \"/old/login\" = \"/my\" }").target("/old/login"), Some("/my"));
    assert_eq!(paths("[\"/old/\"]").target("/old"), None);
}
