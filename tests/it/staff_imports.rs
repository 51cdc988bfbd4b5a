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
    let page = terminal.get(&path).await;
    assert!(page.body.contains("もう一度取り込む理由") && page.body.contains("/imports/1#main"));
    let refused = terminal.post(&path, &[]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("第1回として取込済み"), "{}", refused.body);
    let with_number = terminal.post(&path, &[("reason", "1234 5678 9018")]).await;
    assert_eq!(with_number.status, 422, "a reason with an individual number is not kept");
    let done = terminal.post(&path, &[("reason", "台帳の照合をやり直すため")]).await;
    assert_eq!(done.to, "/mihon/imports/2#main");
    assert!(terminal.get("/imports/2").await.body.contains("変化なし 1"));
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
async fn a_file_that_cannot_be_read_is_refused_in_a_sentence() {
    let console = Console::at("2026-04-13 09:42").await;
    let mut terminal = desk(&console).await;
    let cases: [(&[u8], &str); 2] =
        [(b"", "ファイルを選んでください"), (b"\x81\xAD\n", "1行目（先頭から0バイト目）に読めない文字")];
    for (bytes, sentence) in cases {
        let answer = terminal.send_file("/imports", "x.csv", bytes).await;
        assert_eq!(answer.status, 422);
        assert!(answer.body.contains(sentence), "{sentence}\n{}", answer.body);
    }
}

#[tokio::test]
async fn a_column_of_individual_numbers_is_never_shown_and_cut_off_only_when_that_was_ticked() {
    let console = Console::at("2026-04-13 09:42").await;
    let mut terminal = desk(&console).await;
    let rows = (0..25).fold(String::new(), |rows, n| {
        rows + &format!("A13-3456{n:02},山田 {n},ヤ,1990-04-13,123456789018\n")
    });
    for head in ["番号", "マイナンバー"] {
        let file = format!("交付通知書ID,氏名,フリガナ,生年月日,{head}\n{rows}");
        let sent = terminal.send_file("/imports", "x.csv", file.as_bytes()).await;
        let (path, page) = shown(&mut terminal, &sent).await;
        assert!(path.ends_with("/format"), "{path}");
        assert!(page.body.contains(&format!("{head}に個人番号")), "{}", page.body);
        assert!(!page.body.contains("12345678"), "no number is shown");
        let mut form = mapping();
        let refused = terminal.post(&path, &form).await;
        assert_eq!(refused.status, 422, "{head}");
        assert!(refused.body.contains("個人番号") && !refused.body.contains("12345678"));
        form.push(("drop", "1"));
        let check = terminal.post(&path, &form).await;
        assert!(check.to.ends_with("#main") && !check.to.contains("format"), "{} {}", check.to, check.body);
        let page = terminal.get(check.to.trim_end_matches("#main")).await.body;
        assert!(page.contains("列を捨てた") && page.contains("新規 25"), "{page}");
        assert!(!page.contains("12345678"));
    }
}

/// The columns of the standard card file, chosen by hand.
fn mapping() -> Vec<(&'static str, &'static str)> {
    vec![
        ("act", "next"),
        ("format", "auto"),
        ("header", "yes"),
        ("col.notice_id", "h:交付通知書ID"),
        ("col.name", "h:氏名"),
        ("col.kana", "h:フリガナ"),
        ("col.birth", "h:生年月日"),
    ]
}

const FOREIGN: &str = "通知番号,お名前,よみ,誕生,窓口,期限\n\
                       A13-345603,山田 花子,ヤマダ,平成2年4月13日,本庁,2026-06-30\n\
                       A13-345604,林 一,ハヤシ,昭和45年1月1日,東支所,2026-06-30\n";

#[tokio::test]
async fn a_file_in_another_layout_is_read_once_somebody_has_said_what_its_columns_mean() {
    let console = Console::at("2026-04-13 09:42").await;
    let mut terminal = desk(&console).await;
    let sent = terminal.send_file("/imports", "foreign.csv", FOREIGN.as_bytes()).await;
    let (path, page) = shown(&mut terminal, &sent).await;
    for words in ["列の対応", "判定：UTF-8", "判定：カンマ", "平成2年4月13日", "全2行"] {
        assert!(page.body.contains(words), "{words}\n{}", page.body);
    }
    let mut form = vec![
        ("act", "next"),
        ("format", "auto"),
        ("header", "yes"),
        ("col.notice_id", "h:通知番号"),
        ("col.name", "h:お名前"),
        ("col.kana", "h:よみ"),
        ("col.location", "h:窓口"),
        ("words.location", "本庁=本庁舎 市民課\n東支所＝東総合支所"),
        ("col.pickup_due_on", "h:期限"),
        ("name", "旧システム"),
    ];
    let refused = terminal.post(&path, &form).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("「生年月日」に当たる列を決めてください"), "{}", refused.body);
    form.push(("col.birth", "h:誕生"));
    let converted = terminal.post(&path, &with_act(&form, "convert")).await;
    assert!(
        converted.body.contains("A13-345603,山田 花子,ヤマダ,1990-04-13,本庁舎 市民課,,,,,2026-06-30,,\r\n"),
        "{} {}",
        converted.status,
        converted.body
    );
    let saved = terminal.post(&path, &with_act(&form, "save")).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    let check = terminal.post(&path, &form).await;
    assert_eq!(check.status, 303, "{}", check.body);
    let check = check.to.trim_end_matches("#main").to_owned();
    let page = terminal.get(&check).await.body;
    assert!(page.contains("本庁舎 市民課") && page.contains("旧システム"), "{page}");
    assert_eq!(count(&console).await, 0);
    assert_eq!(terminal.post(&check, &[]).await.to, "/mihon/imports/1#main");
    let result = terminal.get("/imports/1").await.body;
    assert!(result.contains("旧システム <small>第1版"), "{result}");
    assert_eq!(count(&console).await, 2);
}

fn with_act<'f>(form: &[(&'f str, &'f str)], act: &'f str) -> Vec<(&'f str, &'f str)> {
    form.iter().map(|(name, value)| if *name == "act" { (*name, act) } else { (*name, *value) }).collect()
}

#[tokio::test]
async fn a_saved_layout_is_found_again_by_itself_and_can_be_taken_to_another_city() {
    let console = Console::at("2026-04-13 09:42").await;
    let mut terminal = desk(&console).await;
    let sent = terminal.send_file("/imports", "foreign.csv", FOREIGN.as_bytes()).await;
    let (path, _) = shown(&mut terminal, &sent).await;
    let form = [
        ("act", "save"),
        ("format", "auto"),
        ("header", "yes"),
        ("col.notice_id", "h:通知番号"),
        ("col.name", "h:お名前"),
        ("col.birth", "h:誕生"),
        ("name", "旧システム"),
    ];
    assert_eq!(terminal.post(&path, &form).await.status, 303);
    let again = terminal.send_file("/imports", "next.csv", FOREIGN.as_bytes()).await;
    assert!(!again.to.contains("format"), "the layout is known: {}", again.to);
    let text = terminal.get("/imports/profiles/1/profile.toml").await.body;
    assert!(text.contains("旧システム") && text.contains("通知番号"), "{text}");
    let other = text.replace("旧システム", "別の市の形");
    let bad = terminal.post("/imports/profiles", &[("toml", "name = ")]).await;
    assert_eq!(bad.status, 422);
    let brought = terminal.post("/imports/profiles", &[("toml", &other)]).await;
    assert_eq!(brought.status, 303, "{}", brought.body);
    let list = terminal.get("/imports/profiles").await.body;
    assert!(list.contains("旧システム") && list.contains("別の市の形"), "{list}");
    let both = terminal.send_file("/imports", "third.csv", FOREIGN.as_bytes()).await;
    assert!(both.to.contains("format"), "two layouts fit: a person decides");
}

#[tokio::test]
async fn a_file_that_was_looked_at_is_its_persons_alone_and_not_for_ever() {
    let console = Console::at("2026-04-13 09:42").await;
    let mut terminal = desk(&console).await;
    let sent = terminal.send_file("/imports", "koufu.csv", CP932).await;
    let (path, page) = shown(&mut terminal, &sent).await;
    assert!(page.body.contains("Shift_JIS（CP932）") && page.body.contains("外字 1"), "{}", page.body);
    let doubtful = terminal.get(&format!("{path}?show=doubtful")).await;
    assert!(doubtful.body.contains("外字の可能性がある氏名"), "{}", doubtful.body);
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

#[tokio::test]
async fn what_changes_is_shown_field_by_field_before_it_is_written() {
    let console = Console::at("2026-04-13 09:42").await;
    let mut terminal = desk(&console).await;
    applied(&mut terminal, GOOD).await;
    let other = "交付通知書ID,氏名,フリガナ,生年月日,受取期限,通知書発送日
A13-345603,山田 花子,ヤマダ ハナコ,1990-04-13,2026-07-01,
A13-345603,林 一,ハヤシ,1970-01-01,,2026-04-01
B13-345603,山田 花子,ヤマダ,1990-04-13,,2026-04-01
A13-345603,山田 花子,,1990-04-13,,
";
    let sent = terminal.send_file("/imports", "second.csv", other.as_bytes()).await;
    let (path, page) = shown(&mut terminal, &sent).await;
    for words in
        ["フリガナ 1件、受取期限 1件", "<td>ヤマダ</td><td><b>ヤマダ ハナコ</b></td>", "（空）", "更新 1"]
    {
        assert!(page.body.contains(words), "{words}\n{}", page.body);
    }
    let conflict = terminal.get(&format!("{path}?show=conflict")).await.body;
    assert!(conflict.contains("林 一") && conflict.contains("別のカードとして登録します"), "{conflict}");
    let former = terminal.get(&format!("{path}?show=former")).await.body;
    assert!(
        former.contains("B13-345603")
            && former.contains("前のカード：<a")
            && former.contains("/cards/1#main"),
        "{former}"
    );
    let twice = terminal.get(&format!("{path}?show=duplicate")).await.body;
    assert!(twice.contains("5行目"), "{twice}");

    terminal.post(&path, &[]).await;
    let new = terminal.get("/cards/3").await.body;
    assert!(new.contains("<b>前のカード</b>") && new.contains("/cards/1#main"), "{new}");
    let old = terminal.get("/cards/1").await.body;
    assert!(old.contains("<b>新しいカード</b>") && old.contains("/cards/3#main"), "{old}");
}

async fn applied(terminal: &mut Terminal, file: &str) -> Answer {
    let sent = terminal.send_file("/imports", "koufu.csv", file.as_bytes()).await;
    let (path, _) = shown(terminal, &sent).await;
    terminal.post(&path, &[("how", "skip")]).await
}

#[tokio::test]
async fn a_wrong_import_is_taken_back_with_a_reason_and_can_be_brought_in_again() {
    let console = Console::at("2026-04-13 09:42").await;
    let mut terminal = desk(&console).await;
    assert_eq!(applied(&mut terminal, GOOD).await.to, "/mihon/imports/1#main");
    let page = terminal.get("/imports/1").await.body;
    assert!(page.contains("全体を取り消せます") && page.contains("/imports/1/undo#main"), "{page}");
    assert_eq!(terminal.get("/imports/1/undo").await.status, 200);
    let bare = terminal.post("/imports/1/undo", &[("reason", " ")]).await;
    assert_eq!(bare.status, 422);
    assert!(bare.body.contains("理由を入力してください"));
    let done = terminal.post("/imports/1/undo", &[("reason", "別の市のファイル")]).await;
    assert_eq!(done.to, "/mihon/imports/1#main", "{}", done.body);
    assert_eq!(count(&console).await, 0);
    let page = terminal.get("/imports/1").await.body;
    assert!(page.contains("消した新規 1") && !page.contains("全体を取り消せます"), "{page}");
    let twice = terminal.post("/imports/1/undo", &[("reason", "別の市のファイル")]).await;
    assert_eq!(twice.to, "/mihon/imports/1#main", "the same button pressed twice");
    assert_eq!(applied(&mut terminal, GOOD).await.to, "/mihon/imports/2#main", "the file may come again");
}

#[tokio::test]
async fn an_import_on_which_somebody_has_built_is_not_taken_back_and_its_cards_are_named() {
    let console = Console::at("2026-04-13 09:42").await;
    let mut terminal = desk(&console).await;
    applied(&mut terminal, GOOD).await;
    terminal.get("/cards/1").await;
    let remark = [("version", "1"), ("remark", "車いす"), ("once", "0123456789abcdef0123")];
    assert_eq!(terminal.post("/cards/1/remark", &remark).await.status, 303);
    let page = terminal.get("/imports/1").await.body;
    assert!(page.contains("1件のカードに予約やそのあとの操作がある"), "{page}");
    let asked = terminal.get("/imports/1/undo").await.body;
    assert!(asked.contains("取り消せません") && asked.contains("山田 花子"), "{asked}");
    let refused = terminal.post("/imports/1/undo", &[("reason", "別の市のファイル")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("この取込は取り消せません"), "{}", refused.body);
    assert_eq!(count(&console).await, 1);
}

#[tokio::test]
async fn the_rows_that_a_run_left_out_can_be_had_later_by_another_person() {
    let console = Console::at("2026-04-13 09:42").await;
    let mut terminal = desk(&console).await;
    applied(&mut terminal, &format!("{GOOD}A1,林,ハヤシ,1990-01-01\nA13-345609,森,モリ,123456789018\n"))
        .await;
    console.hire("second", "manager").await;
    let mut other = console.signed_in("second").await;
    let csv = other.get("/imports/1/errors.csv").await.body;
    assert!(csv.contains("3,交付通知書ID,A1,") && csv.contains("4,生年月日,（表示しません）,"), "{csv}");
}
