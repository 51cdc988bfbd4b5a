//! A run is taken back: what it brought goes, what it changed is as before, and nobody's later work is lost.

use std::sync::Arc;

use madoguchi::base::{CardId, ImportRunId, NoticeId, NoticePattern};
use madoguchi::booking::many;
use madoguchi::cards::import::{self, ApplyError, File, Options, RunState, UndoRunError, Undone};
use madoguchi::cards::{self, Card};
use madoguchi::db::{Actor, Fault, Lane};
use madoguchi::{history, municipalities};

use crate::kit::city::TestFile;

const CLERK: Actor = Actor::Cli { uid: 1000 };
const HEAD: &str = "交付通知書ID,氏名,フリガナ,生年月日,受取期限,照会番号";

async fn city() -> TestFile {
    let file = TestFile::at("2026-04-13 09:42");
    file.db.write(CLERK, municipalities::seed).await.unwrap();
    file
}

async fn read(city: &TestFile, rows: &str) -> Arc<File> {
    let context = city.db.read(Lane::Staff, municipalities::import_context).await.unwrap();
    Arc::new(import::read(format!("{HEAD}\n{rows}").as_bytes(), &context).unwrap())
}

async fn apply(city: &TestFile, rows: &str) -> Result<ImportRunId, ApplyError> {
    let file = read(city, rows).await;
    let options = Options { file_name: "cards.csv".to_owned(), ..Options::default() };
    import::apply(&city.db, &CLERK, &file, &options, &|_, _| ()).await.map(|done| done.run)
}

async fn card(city: &TestFile, notice: &str) -> Option<Card> {
    let notice = NoticeId::parse(notice, &NoticePattern::default()).unwrap();
    city.db.read(Lane::Staff, move |tx| cards::with_notice(tx, &notice)).await.unwrap().pop()
}

async fn remark(city: &TestFile, card: &Card) {
    let wish = cards::SetRemark {
        card: card.id,
        remark: "車いす".to_owned(),
        no_my_number: false,
        expect_version: card.version,
    };
    city.db.write(CLERK, move |tx| cards::set_remark(tx, &wish)).await.unwrap();
}

async fn undo(city: &TestFile, run: ImportRunId) -> Result<Undone, UndoRunError> {
    import::undo(&city.db, &CLERK, run, "別の市のファイル").await
}

async fn state(city: &TestFile, run: ImportRunId) -> RunState {
    city.db.read(Lane::Staff, move |tx| import::run(tx, run)).await.unwrap().unwrap().state
}

fn many(count: u32) -> String {
    (0..count).fold(String::new(), |rows, n| rows + &format!("B13-{n:06},森 {n},モリ,1980-01-01,,\n"))
}

#[tokio::test]
async fn new_cards_go_and_changed_ones_say_again_what_they_said() {
    let city = city().await;
    apply(&city, "A13-345601,山田 花子,,1990-04-13,,\nA13-345602,林 一,ハヤシ,1970-01-01,2026-05-01,7\n")
        .await
        .unwrap();
    let many = many(1000);
    let second = format!(
        "A13-345601,山田 花子,ヤマダ,1990-04-13,2026-07-01,\nC13-345602,林 一,ハヤシ,1970-01-01,,7\n{many}"
    );
    let run = apply(&city, &second).await.unwrap();
    assert_eq!(card(&city, "A13-345601").await.unwrap().kana.uncover(), "ヤマダ");
    assert!(card(&city, "A13-345602").await.is_none() && card(&city, "C13-345602").await.is_some());

    assert_eq!(undo(&city, run).await.unwrap(), Undone { removed: 1000, restored: 2, kept: 0 });
    let first = card(&city, "A13-345601").await.unwrap();
    assert_eq!((first.kana.uncover().as_str(), first.pickup_due_on), ("", None));
    assert_eq!(card(&city, "A13-345602").await.unwrap().pickup_due_on.unwrap().to_string(), "2026-05-01");
    assert!(card(&city, "B13-000500").await.is_none());
    assert_eq!(state(&city, run).await, RunState::Undone);
    let found = city.db.read(Lane::Staff, cards::count).await.unwrap();
    assert_eq!(found, 2);
    let told = city.db.read(Lane::Staff, move |tx| history::of_card(tx, first.id)).await.unwrap();
    let told: Vec<_> = told.iter().map(|entry| entry.operation.as_str()).collect();
    assert_eq!(told, ["card.import_undone", "card.import_changed", "import.started"]);
    let verdict = city.db.read(Lane::Staff, |tx| history::verify(tx, &history::Link::start(), 100_000)).await;
    assert!(matches!(verdict, Ok(history::Verdict::Sound(_))), "{verdict:?}");
    apply(&city, &second).await.unwrap();
    assert_eq!(city.db.read(Lane::Staff, cards::count).await.unwrap(), 1002, "the file may come again");
}

#[tokio::test]
async fn a_later_act_on_any_card_keeps_the_whole_run() {
    let city = city().await;
    let run =
        apply(&city, "A13-345601,山田 花子,,1990-04-13,,\nA13-345602,林 一,ハ,1970-01-01,,\n").await.unwrap();
    let touched = card(&city, "A13-345602").await.unwrap();
    remark(&city, &touched).await;
    let refused = undo(&city, run).await;
    let Err(UndoRunError::Touched(found)) = refused else { panic!("{refused:?}") };
    assert_eq!((found.count, found.first.as_slice()), (1, &[touched.id][..]));
    assert_eq!(state(&city, run).await, RunState::Applied);
    assert!(card(&city, "A13-345601").await.is_some());
}

#[tokio::test]
async fn a_changed_card_on_which_somebody_worked_later_keeps_the_whole_run() {
    let city = city().await;
    apply(&city, "A13-345601,山田 花子,,1990-04-13,,\n").await.unwrap();
    remark(&city, &card(&city, "A13-345601").await.unwrap()).await;
    let run = apply(&city, "A13-345601,山田 花子,ヤマダ,1990-04-13,,\n").await.unwrap();
    assert_eq!(
        import::touched(&city.db, run).await.unwrap().count,
        0,
        "what was before the run is no matter"
    );
    city.clock.pass(std::time::Duration::from_secs(1));
    let wish = card(&city, "A13-345601").await.unwrap();
    let wish = cards::Storing {
        card: wish.id,
        storage: None,
        shelf: "C-1".to_owned(),
        position: String::new(),
        expect_version: None,
    };
    city.db.write(CLERK, move |tx| cards::move_to(tx, &wish)).await.unwrap();
    assert!(matches!(undo(&city, run).await, Err(UndoRunError::Touched(_))));
}

#[tokio::test]
async fn a_row_anywhere_that_names_a_card_counts_as_work_on_it() {
    let city = city().await;
    let run = apply(&city, "A13-345601,山田 花子,,1990-04-13,,\n").await.unwrap();
    let id = card(&city, "A13-345601").await.unwrap().id;
    let mail = "INSERT INTO outbox (kind, dedup_key, to_email, language, card_id, params, state, next_at, message_id, created_at)
                VALUES ('link', 'k', 'a@example.jp', 'ja', ?, '{}', 'sent', 0, 'm', 0)";
    city.db.write(CLERK, move |tx| tx.run(mail, [id])).await.unwrap();
    assert!(matches!(undo(&city, run).await, Err(UndoRunError::Touched(found)) if found.first == [id]));
}

#[tokio::test]
async fn a_list_that_somebody_only_looks_at_keeps_no_run_and_one_that_is_written_does() {
    let city = city().await;
    let run = apply(&city, &many(3)).await.unwrap();
    let by = Actor::Staff {
        id: madoguchi::base::StaffId::of(1),
        name: "林 主査".to_owned(),
        origin: "10.0.0.7".to_owned(),
    };
    city.db
        .write(CLERK, |tx| {
            tx.run(
                "INSERT INTO staff (id, user, name, role_id, password_hash, password_changed_at, created_at)
                    SELECT 1, 'hayashi', '林 主査', min(id), 'x', 0, 0 FROM role",
                [],
            )
        })
        .await
        .unwrap();
    let first = card(&city, "B13-000000").await.unwrap();
    let listed = first.clone();
    let batch = city
        .db
        .write(by, move |tx| {
            let id = many::begin(tx)?;
            many::add_lines(tx, id, 0, &many::lines_of_found(std::slice::from_ref(&listed)))?;
            Ok::<_, Fault>(id)
        })
        .await
        .unwrap();
    let touched = import::touched(&city.db, run).await.unwrap();
    assert_eq!(touched.count, 0, "the list is only looked at");
    let set = move |state: &'static str| {
        move |tx: &madoguchi::db::WriteTx<'_>| {
            tx.run("UPDATE card_batch SET state = ? WHERE id = ?", (state, batch))
        }
    };
    city.db.write(CLERK, set("applying")).await.unwrap();
    assert_eq!(import::touched(&city.db, run).await.unwrap().first, [first.id]);
    city.db.write(CLERK, set("open")).await.unwrap();
    assert_eq!(undo(&city, run).await.unwrap().removed, 3);
}

#[tokio::test]
async fn one_person_has_one_chain_of_cards_and_a_later_one_keeps_the_run_of_the_earlier() {
    let city = city().await;
    let first = apply(&city, "A13-345601,山田 花子,,1990-04-13,,7\n").await.unwrap();
    let second = apply(&city, "B13-345601,山田　花子,,1990-04-13,,8\n").await.unwrap();
    let (old, new) = (card(&city, "A13-345601").await.unwrap(), card(&city, "B13-345601").await.unwrap());
    assert_eq!((new.former, &new.person_key), (Some(old.id), &old.person_key));
    assert!(matches!(undo(&city, first).await, Err(UndoRunError::Touched(found)) if found.first == [old.id]));
    undo(&city, second).await.unwrap();
    undo(&city, first).await.unwrap();
}

#[tokio::test]
async fn namesakes_whom_staff_told_apart_are_never_tied_to_a_new_card() {
    let city = city().await;
    apply(&city, "A13-345601,山田 花子,,1990-04-13,,7\nA13-345602,山田 花子,,1990-04-13,,8\n").await.unwrap();
    let second = card(&city, "A13-345602").await.unwrap();
    let wish =
        cards::TellApart {
            card: second.id, reason: "住所が違う".to_owned(), expect_version: second.version
        };
    city.db.write(CLERK, move |tx| cards::tell_apart(tx, &wish)).await.unwrap();
    apply(&city, "A13-345603,山田 花子,,1990-04-13,,9\n").await.unwrap();
    assert_eq!(card(&city, "A13-345603").await.unwrap().former, None);
}

#[tokio::test]
async fn undoing_that_was_cut_off_is_carried_on_after_a_restart() {
    let city = city().await;
    apply(&city, "A13-345601,山田 花子,,1990-04-13,,\n").await.unwrap();
    let run = apply(&city, "A13-345601,山田 花子,ヤマダ,1990-04-13,,\nA13-345602,林 一,ハ,1970-01-01,,\n")
        .await
        .unwrap();
    // What a process leaves that is killed right after the cards were hidden.
    city.db
        .write(CLERK, move |tx| tx.run("UPDATE import_run SET state = 'undoing' WHERE id = ?", [run]))
        .await
        .unwrap();
    assert!(card(&city, "A13-345602").await.is_none(), "nobody sees the card any more");
    let busy = apply(&city, "A13-345609,森,モ,1990-04-13,,\n").await;
    assert!(matches!(busy, Err(ApplyError::Running(known)) if known == run), "{busy:?}");
    import::clean_up_all(&city.db).await.unwrap();
    assert_eq!(state(&city, run).await, RunState::Undone);
    assert_eq!(card(&city, "A13-345601").await.unwrap().kana.uncover(), "");
    assert_eq!(city.db.read(Lane::Staff, cards::count).await.unwrap(), 1);
}

#[tokio::test]
async fn a_change_that_somebody_overtook_while_it_was_staged_stays_theirs() {
    let city = city().await;
    apply(&city, "A13-345601,山田 花子,ヤ,1990-04-13,2026-05-01,\n").await.unwrap();
    let run = apply(&city, "A13-345602,林 一,ハ,1970-01-01,,\n").await.unwrap();
    let id: CardId = card(&city, "A13-345601").await.unwrap().id;
    // Staged when the card said ヤ and May; since then somebody has given it another last day.
    city.db
        .write(CLERK, move |tx| {
            tx.run(
                "INSERT INTO import_change (run_id, card_id, line, fields)
                 VALUES (?, ?, 2, '{\"kana\":[\"ヤ\",\"ミ\"],\"pickup_due_on\":[\"2026-05-01\",\"2026-06-01\"]}')",
                (run, id),
            )?;
            tx.run("UPDATE card SET pickup_due_on = '2026-09-01' WHERE id = ?", [id])?;
            Ok::<_, Fault>(())
        })
        .await
        .unwrap();
    import::clean_up_all(&city.db).await.unwrap();
    let now = card(&city, "A13-345601").await.unwrap();
    assert_eq!(
        (now.kana.uncover().as_str(), now.pickup_due_on.unwrap().to_string().as_str()),
        ("ミ", "2026-09-01")
    );
}

#[tokio::test]
async fn two_people_who_apply_one_file_at_once_bring_it_in_once() {
    let city = city().await;
    let many = many(2000);
    let file = read(&city, &many).await;
    let one = |file: Arc<File>| {
        let db = city.db.clone();
        async move {
            let options = Options { file_name: "cards.csv".to_owned(), ..Options::default() };
            import::apply(&db, &CLERK, &file, &options, &|_, _| ()).await
        }
    };
    let (first, second) = tokio::join!(one(Arc::clone(&file)), one(file));
    let won = usize::from(first.is_ok()) + usize::from(second.is_ok());
    assert_eq!(won, 1, "{first:?} {second:?}");
    let lost = if first.is_ok() { second } else { first };
    assert!(matches!(lost, Err(ApplyError::Running(_) | ApplyError::Again(_))), "{lost:?}");
    assert_eq!(city.db.read(Lane::Staff, cards::count).await.unwrap(), 2000);
}

#[tokio::test]
async fn cards_that_a_complete_file_does_not_name_are_told_and_kept() {
    let city = city().await;
    apply(&city, "A13-345601,山田 花子,,1990-04-13,,\nA13-345602,林 一,ハ,1970-01-01,,\n").await.unwrap();
    let file = read(&city, "A13-345601,山田 花子,ヤマダ,1990-04-13,,\nA13-345603,森,モ,1980-01-01,,\n").await;
    let report = import::dry_run(&city.db, &file, true, &|_, _| ()).await.unwrap();
    let absent = report.seen.absent.unwrap();
    assert_eq!((absent.cards, absent.first.len(), absent.first[0].name.uncover().as_str()), (1, 1, "林 一"));
    let options = Options { file_name: "all.csv".to_owned(), ..Options::default() };
    import::apply(&city.db, &CLERK, &file, &options, &|_, _| ()).await.unwrap();
    assert_eq!(city.db.read(Lane::Staff, cards::count).await.unwrap(), 3, "nothing is deleted");
}
