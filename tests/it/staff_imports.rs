//! The console's import page: a file is looked at, then applied as it was shown.

use madoguchi::cards;
use madoguchi::db::Lane;

use crate::kit::console::{Answer, Console, Terminal};

const CP932: &[u8] = include_bytes!("../fixtures/cards-cp932.csv");
const GOOD: &str = "交付通知書ID,氏名,フリガナ,生年月日\nA13-345603,山田 花子,ヤマダ,1990-04-13\n";

async fn desk(console: &Console) -> Terminal {
    let mut terminal = console.signed_in("manager").await;
    let page = terminal.get("/imports").await;
    assert_eq!(page.status, 200, "{}", page.body);
    terminal
}

async fn count(console: &Console) -> u64 {
    console.city.db.read(Lane::Staff, cards::count).await.unwrap()
}

async fn shown(terminal: &mut Terminal, answer: &Answer) -> (String, Answer) {
    assert_eq!(answer.status, 303, "{}", answer.body);
    let path = answer.to.trim_end_matches("#main").to_owned();
    let page = terminal.get(&path).await;
    (path, page)
}

#[tokio::test]
async fn a_file_is_looked_at_first_and_then_takes_effect_once() {
    let console = Console::at("2026-04-13 09:42").await;
    let mut terminal = desk(&console).await;
    let sent = terminal.send_file("/imports", "koufu.csv", GOOD.as_bytes()).await;
    let (path, page) = shown(&mut terminal, &sent).await;
    assert!(
        page.body.contains("まだ何も書き込んでいません") && page.body.contains("山田 花子"),
        "{}",
        page.body
    );
    assert_eq!(count(&console).await, 0);

    let done = terminal.post(&path, &[]).await;
    assert_eq!((done.status, done.to.as_str()), (303, "/mihon/imports/1#main"));
    let result = terminal.get("/imports/1").await;
    assert!(result.body.contains("<b>1件</b>を取り込みました"), "{}", result.body);
    assert_eq!(count(&console).await, 1);
    let twice = terminal.post(&path, &[]).await;
    assert_eq!(twice.to, "/mihon/imports/1#main", "the same button pressed twice");

    let again = terminal.send_file("/imports", "koufu.csv", GOOD.as_bytes()).await;
    let (path, _) = shown(&mut terminal, &again).await;
    let refused = terminal.post(&path, &[]).await;
    assert_eq!(refused.to, "/mihon/imports#main");
    assert!(terminal.get("/imports").await.body.contains("第1回として取込済み"));
    assert_eq!(count(&console).await, 1);
}

#[tokio::test]
async fn bad_rows_are_shown_with_what_to_mend_and_left_out_only_on_demand() {
    let console = Console::at("2026-04-13 09:42").await;
    let mut terminal = desk(&console).await;
    let file = format!("{GOOD}A1,林,ハヤシ,1990-01-01\nA13-345604,<b>森</b>,モリ,S63.13.2\n");
    let sent = terminal.send_file("/imports", "koufu.csv", file.as_bytes()).await;
    let (path, page) = shown(&mut terminal, &sent).await;
    assert!(
        page.body.contains("エラーの2行を除いて取り込む") && page.body.contains("月が1〜12ではありません")
    );
    let csv = terminal.get(&format!("{path}/errors.csv")).await;
    assert!(
        csv.body.starts_with("\u{FEFF}行,項目,ファイルの値,理由と直し方\r\n3,交付通知書ID,A1,"),
        "{}",
        csv.body
    );

    let stopped = terminal.post(&path, &[("how", "stop")]).await;
    assert_eq!(stopped.to, "/mihon/imports#main");
    assert_eq!(count(&console).await, 0);
    let done = terminal.post(&path, &[("how", "skip")]).await;
    assert_eq!(done.to, "/mihon/imports/1#main");
    let result = terminal.get("/imports/1").await.body;
    assert!(result.contains("残り2件") && result.contains("errors.csv"), "{result}");
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_refused_in_a_sentence_and_its_numbers_are_not_shown() {
    let console = Console::at("2026-04-13 09:42").await;
    let mut terminal = desk(&console).await;
    let numbers = "A13-345603,山田,ヤ,1990-04-13,123456789018\n".repeat(25);
    let my_number = format!("交付通知書ID,氏名,フリガナ,生年月日,番号\n{numbers}");
    let cases: [(&[u8], &str); 5] = [
        (b"", "ファイルを選んでください"),
        (b"\x81\xAD\n", "1行目（先頭から0バイト目）に読めない文字"),
        ("氏名,住所\n".as_bytes(), "見出しに交付通知書ID、フリガナ、生年月日がありません"),
        (my_number.as_bytes(), "5列目に個人番号"),
        ("交付通知書ID,氏名,フリガナ,生年月日,マイナンバー\n".as_bytes(), "5列目に個人番号"),
    ];
    for (bytes, sentence) in cases {
        let answer = terminal.send_file("/imports", "x.csv", bytes).await;
        assert_eq!(answer.status, 422);
        assert!(answer.body.contains(sentence), "{sentence}\n{}", answer.body);
        assert!(!answer.body.contains("12345678"), "no number is shown");
    }
}

#[tokio::test]
async fn a_file_that_was_looked_at_is_its_persons_alone_and_not_for_ever() {
    let console = Console::at("2026-04-13 09:42").await;
    let mut terminal = desk(&console).await;
    let sent = terminal.send_file("/imports", "koufu.csv", CP932).await;
    let (path, page) = shown(&mut terminal, &sent).await;
    assert!(
        page.body.contains("外字の可能性がある氏名") && page.body.contains("Shift_JIS（CP932）"),
        "{}",
        page.body
    );
    console.hire("second", "manager").await;
    let mut other = console.signed_in("second").await;
    other.get("/imports").await;
    assert_eq!(other.get(&path).await.to, "/mihon/imports#main");
    assert_eq!(other.post(&path, &[("how", "skip")]).await.to, "/mihon/imports#main");
    console.clock.pass(std::time::Duration::from_mins(14));
    assert_eq!(terminal.get(&path).await.status, 200);
    console.clock.pass(std::time::Duration::from_mins(17));
    let late = terminal.post(&path, &[("how", "skip")]).await;
    assert_eq!(late.to, "/mihon/imports#main");
    assert_eq!(count(&console).await, 0);
}

#[tokio::test]
async fn a_large_file_may_be_sent_to_the_import_alone() {
    let console = Console::at("2026-04-13 09:42").await;
    let mut terminal = desk(&console).await;
    let rows =
        (0..4000).fold(String::new(), |rows, n| rows + &format!("B13-{n:06},山田,ヤマダ,1990-04-13\n"));
    let sent = terminal.send_file("/imports", "large.csv", format!("{GOOD}{rows}").as_bytes()).await;
    let (_, page) = shown(&mut terminal, &sent).await;
    assert!(page.body.contains("4001<small> 件"), "{}", page.body);
    let elsewhere = terminal.post("/me/density", &[("density", &"x".repeat(80_000))]).await;
    assert!(elsewhere.status >= 400, "{}", elsewhere.status);
}
