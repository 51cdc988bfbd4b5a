//! The true binary takes, lists, verifies and gives back copies, and stock tools agree with it.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::kit::http::status;
use crate::kit::program::{Desk, bytes, report, said};

const NOW: [&str; 5] = ["backup", "now", "--municipality", "mihon", "--json"];
const ROOMY: &str = "[backup]\nmin_free_mb = 1\n";

fn housed(more: &str) -> Desk {
    let desk = Desk::new();
    desk.configure(more);
    desk.add_city();
    desk
}

/// Takes a copy and gives its file.
fn copied(desk: &Desk) -> PathBuf {
    let taken = desk.run(&NOW);
    assert_eq!(taken.status.code(), Some(0), "{}", said(&taken));
    let file = report(&taken)[0]["record"]["copy"]["file"].as_str().unwrap().to_owned();
    desk.path("backup/999999").join(file)
}

fn hire(desk: &Desk, user: &str) {
    let add = ["staff", "add", "--municipality", "mihon", "--role", "counter", user];
    let added = desk.run(&add);
    assert!(added.status.success(), "{}", said(&added));
}

fn stock(program: &str, arguments: &[&str], dir: &Path) -> Output {
    Command::new(program).args(arguments).current_dir(dir).output().unwrap()
}

#[test]
fn a_copy_taken_beside_a_running_server_is_whole_and_stock_tools_agree() {
    let desk = housed(ROOMY);
    let server = desk.serve();
    hire(&desk, "yamada");
    let file = copied(&desk);
    let dir = file.parent().unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(dir), mode(&file)), (0o700, 0o600));
    let name = file.file_name().unwrap().to_str().unwrap();
    let sum = stock("sha256sum", &["-c", &format!("{name}.sha256")], dir);
    assert!(sum.status.success(), "{}", said(&sum));
    let sound = stock("sqlite3", &[name, "PRAGMA integrity_check; SELECT user FROM staff"], dir);
    assert_eq!(said(&sound), "ok\nyamada\n");

    let listed = desk.run(&["backup", "list", "--json"]);
    assert_eq!(listed.status.code(), Some(0), "{}", said(&listed));
    let copy = &report(&listed)[0]["copies"][0];
    assert_eq!(copy["copy"]["rows"]["staff"], 1);
    assert_eq!(copy["drill"]["wrong"], serde_json::json!([]));
    assert!(copy["copy"]["audit_events"].as_u64().unwrap() > 0);
    assert_eq!(copy["copy"]["audit_head"].as_str().unwrap().len(), 64);
    assert!(said(&desk.run(&["backup", "list"])).contains("復元して一致"));
    assert_eq!(desk.run(&["verify"]).status.code(), Some(0));
    // By night the server takes one of its own.
    let copies = report(&desk.run(&["backup", "list", "--json"]))[0]["copies"].as_array().unwrap().len();
    let files = std::fs::read_dir(dir).unwrap().count();
    assert_eq!(files, 3 * copies, "copy, digest, record, and nothing half");
    server.stop();
}

#[test]
fn a_copy_that_was_changed_by_a_byte_is_found_and_not_restored() {
    let desk = housed(ROOMY);
    let file = copied(&desk);
    let mut content = bytes(&file);
    let middle = content.len() / 2;
    content[middle] ^= 1;
    std::fs::write(&file, content).unwrap();
    let verified = desk.run(&["verify", "--municipality", "mihon"]);
    assert_eq!(verified.status.code(), Some(1));
    assert!(said(&verified).contains("SHA-256"), "{}", said(&verified));
    let to = desk.path("side.db");
    let call = ["restore", "--municipality", "mihon", "--to", to.to_str().unwrap()];
    let refused = desk.run(&call);
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains("SHA-256") && !to.exists(), "{}", said(&refused));
}

#[test]
fn an_encrypted_copy_opens_with_its_key_here_and_by_the_stock_tool_and_without_it_nowhere() {
    let desk = housed(ROOMY);
    let made = stock("age-keygen", &["-o", "key.txt"], &desk.path(""));
    let public = said(&made).split_whitespace().last().unwrap().to_owned();
    let section = |more: &str| format!("{ROOMY}age_recipients = [\"{public}\"]\n{more}");
    desk.configure(&section("age_identity_file = \"key.txt\"\n"));
    let file = copied(&desk);
    assert!(file.to_str().unwrap().ends_with(".db.age"), "{}", file.display());
    assert!(!bytes(&file).windows(15).any(|part| part == b"SQLite format 3"));
    let drill = &report(&desk.run(&["backup", "list", "--json"]))[0]["copies"][0]["drill"];
    assert_eq!((&drill["opened_sealed"], &drill["wrong"]), (&true.into(), &serde_json::json!([])));
    assert_eq!(desk.run(&["verify"]).status.code(), Some(0));

    let plain =
        stock("age", &["-d", "-i", "key.txt", "-o", "plain.db", file.to_str().unwrap()], &desk.path(""));
    assert!(plain.status.success(), "{}", said(&plain));
    let sound = stock("sqlite3", &["plain.db", "PRAGMA integrity_check"], &desk.path(""));
    assert_eq!(said(&sound), "ok\n");

    desk.configure(&section(""));
    let to = desk.path("side.db");
    let call = ["restore", "--municipality", "mihon", "--to", to.to_str().unwrap()];
    let locked = desk.run(&call);
    assert!(locked.status.code() == Some(1) && said(&locked).contains("--identity"), "{}", said(&locked));
    let key = desk.path("key.txt");
    let opened = desk.call(&call).arg("--identity").arg(&key).output().unwrap();
    assert!(opened.status.success() && to.exists(), "{}", said(&opened));
    let again = desk.call(&call).arg("--identity").arg(&key).output().unwrap();
    assert!(said(&again).contains("never writes over"), "{}", said(&again));

    // Without the private key at hand the drill restores what was encrypted, and says so.
    let taken = desk.run(&NOW);
    let drill = &report(&taken)[0]["record"]["drill"];
    assert_eq!((&drill["opened_sealed"], &drill["wrong"]), (&false.into(), &serde_json::json!([])));
}

#[test]
fn without_room_nothing_is_begun_and_the_attempt_is_told() {
    let desk = housed("[backup]\nmin_free_mb = 999999999\n");
    let refused = desk.run(&NOW);
    assert_eq!(refused.status.code(), Some(1), "{}", said(&refused));
    assert_eq!(report(&refused)[0]["record"]["failed"]["kind"], "no_room");
    let listed = desk.run(&["backup", "list"]);
    assert_eq!(listed.status.code(), Some(1));
    assert!(said(&listed).contains("空きが足りません"), "{}", said(&listed));
    let checked = desk.run(&["check"]);
    assert!(said(&checked).contains("backup.min_free_mb"), "{}", said(&checked));
    desk.configure(ROOMY);
    copied(&desk);
    assert_eq!(desk.run(&["backup", "list"]).status.code(), Some(0));
}

#[tokio::test]
async fn a_restore_never_writes_over_a_file_and_puts_it_aside_only_when_told() {
    let desk = housed(ROOMY);
    hire(&desk, "before");
    copied(&desk);
    let server = desk.serve();
    hire(&desk, "after");
    let call = ["restore", "--municipality", "mihon"];
    let refused = desk.run(&call);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        said(&refused).contains("app.db") && said(&refused).contains("--put-aside"),
        "{}",
        said(&refused)
    );

    let done = desk.run(&["restore", "--municipality", "mihon", "--put-aside", "--json"]);
    assert!(done.status.success(), "{}", said(&done));
    let told = report(&done);
    assert_eq!(told["later"]["known_from"], "file");
    assert_eq!(told["later"]["operations"][0]["operation"], "staff.added");
    let aside = PathBuf::from(told["aside"].as_str().unwrap());
    assert!(aside.join("app.db").exists(), "the former file is kept");
    let citizen = format!("http://{}/mihon/", server.citizen);
    assert_eq!(status(&citizen).await, 503, "closed until somebody has looked");
    assert_eq!(status(&format!("http://{}/mihon/login", server.staff)).await, 200);
    hire(&desk, "after");
    server.stop();
    let names =
        stock("sqlite3", &["data/999999/app.db", "SELECT user FROM staff ORDER BY id"], &desk.path(""));
    assert_eq!(said(&names), "before\nafter\n");

    // What a crash in the middle leaves is no city, and the same command again makes it whole.
    std::fs::remove_dir_all(desk.path("data/999999")).unwrap();
    std::fs::create_dir(desk.path("data/.restore-999999")).unwrap();
    let again = desk.run(&call);
    assert!(again.status.success(), "{}", said(&again));
    assert!(said(&again).contains("分かりません"), "{}", said(&again));
}

#[test]
fn a_copy_of_another_city_and_a_wrong_call_are_refused() {
    let desk = housed(ROOMY);
    let file = copied(&desk);
    let name = file.to_str().unwrap();
    let sql = "UPDATE municipality SET code = '999998'";
    assert!(stock("sqlite3", &[name, sql], &desk.path("")).status.success());
    std::fs::remove_dir_all(desk.path("data/999999")).unwrap();
    let foreign = desk.run(&["restore", "--municipality", "mihon", "--from", name]);
    assert_eq!(foreign.status.code(), Some(1));
    assert!(said(&foreign).contains("belongs to municipality 999998"), "{}", said(&foreign));
    assert!(!desk.file().exists());
    for (call, word) in [
        (&["backup", "now", "--municipality", "nowhere"][..], "nowhere"),
        (&["restore", "--municipality", "mihon", "--from", "/no/such.db"], "no such file"),
        (&["restore", "--municipality", "mihon", "--to", "x.db", "--put-aside"], "--put-aside"),
        (&["verify", "--from", "20260413-021000"], "--municipality"),
    ] {
        let wrong = desk.run(call);
        assert_eq!(wrong.status.code(), Some(2), "{call:?}: {}", said(&wrong));
        assert!(said(&wrong).contains(word), "{call:?}: {}", said(&wrong));
    }
    let unknown = desk.run(&["restore", "--municipality", "mihon", "--from", "20200101-000000"]);
    assert!(said(&unknown).contains("backup list") && unknown.status.code() == Some(1), "{}", said(&unknown));
}
