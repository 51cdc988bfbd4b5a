//! The scripts in `backup/` do with stock tools what the program does, and refuse the same things.

use std::path::Path;
use std::process::{Command, Output};

use crate::kit::program::{Desk, bytes, report, said};

fn script(name: &str, arguments: &[&Path]) -> Output {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("backup").join(name);
    Command::new(path).args(arguments).output().unwrap()
}

fn copied(desk: &Desk) -> std::path::PathBuf {
    let taken = desk.run(&["backup", "now", "--json"]);
    let file = report(&taken)[0]["record"]["copy"]["file"].as_str().unwrap().to_owned();
    desk.path("backup/999999").join(file)
}

#[test]
fn the_script_restores_a_copy_and_the_drill_finds_the_newest() {
    let desk = Desk::new();
    desk.configure("[backup]\nmin_free_mb = 1\n");
    desk.add_city();
    let dir = desk.path("backup/999999");
    let none = script("drill.sh", &[&dir]);
    assert_eq!(none.status.code(), Some(1), "{}", said(&none));
    let file = copied(&desk);
    let target = desk.path("restored.db");
    let done = script("restore.sh", &[&file, &target]);
    assert!(done.status.success() && said(&done).contains("自治体コード 999999"), "{}", said(&done));
    let verified = desk.call(&["verify", "--municipality", "mihon", "--from"]).arg(&target).output().unwrap();
    assert_eq!(verified.status.code(), Some(0), "{}", said(&verified));
    let over = script("restore.sh", &[&file, &target]);
    assert_eq!(over.status.code(), Some(1), "never over a file");
    assert_eq!(script("restore.sh", &[&file]).status.code(), Some(2));

    let drilled = script("drill.sh", &[&dir]);
    assert!(drilled.status.success() && said(&drilled).contains("復元できました"), "{}", said(&drilled));
    let mut content = bytes(&file);
    content[5000] ^= 1;
    std::fs::write(&file, content).unwrap();
    let changed = script("drill.sh", &[&dir]);
    assert_eq!(changed.status.code(), Some(1), "{}", said(&changed));
    assert!(said(&changed).contains("SHA-256"), "{}", said(&changed));
    assert_eq!(std::fs::read_dir(&dir).unwrap().count(), 3, "nothing is left behind");
}
