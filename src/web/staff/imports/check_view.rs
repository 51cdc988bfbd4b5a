//! The page that shows what a file would do.

use serde::Serialize;

use super::result::masked;
use super::upload::{Looked, Upload};
use super::views::{RunView, kind_word, sample_run};
use crate::base::{CardId, Day, LocationId, Minute};
use crate::booking::bring_in;
use crate::cards::import::{
    ChangedRow, Field, File, Noted, Report, Returning, Row, RowError, Run, RunState, SHOWN, Tally, Turn,
};
use crate::cards::{Card, CardStatus};
use crate::render::View;
use crate::web::staff::StaffCtx;
use crate::web::staff::parts::Wrong;
use crate::web::staff::sight::{HIDDEN, Sight};
use crate::web::staff::wording;

/// What a file would do.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Check {
    token: String,
    title: &'static str,
    file: String,
    /// Parties that would go over capacity.
    over: u32,
    encoding: &'static str,
    /// Name of the profile; `None` for one that has no name yet.
    profile: Option<String>,
    /// Whether columns of individual numbers are cut off.
    dropped: bool,
    /// Columns that are not read.
    unused: Vec<String>,
    rows: u32,
    tally: Tally,
    /// Rows that would be taken.
    good: u32,
    /// Rows that would be written.
    written: u32,
    tabs: Vec<Tab>,
    shown: Shown,
    /// How many rows change which field.
    fields: Vec<(&'static str, u32)>,
    /// The run in which the same file stands.
    before: Option<RunView>,
    reason: String,
    wrong: Vec<Wrong>,
}

/// A kind of rows.
#[derive(Debug, Serialize)]
struct Tab {
    code: &'static str,
    word: &'static str,
    count: u32,
    current: bool,
}

/// The rows of the chosen kind.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Shown {
    Errors { rows: Vec<ErrorRow>, more: u32 },
    Changes { rows: Vec<ChangeRow>, more: u32 },
    Rows { title: &'static str, hint: &'static str, rows: Vec<FirstRow>, more: u32 },
    Lines { title: &'static str, hint: &'static str, rows: Vec<u64>, more: u32 },
    Bookings { title: &'static str, rows: Vec<BookingRow>, more: u32 },
    Cards { rows: Vec<KnownCard>, more: u32 },
}

#[derive(Debug, Serialize)]
struct ErrorRow {
    line: u64,
    column: String,
    value: String,
    why: String,
}

#[derive(Debug, Serialize)]
struct BookingRow {
    line: u64,
    people: Vec<KnownCard>,
    place: String,
    day: Day,
    starts: Minute,
    ends: Minute,
    over: bool,
}

#[derive(Debug, Serialize)]
struct ChangeRow {
    line: u64,
    card: KnownCard,
    turns: Vec<(&'static str, String, String)>,
}

#[derive(Debug, Serialize)]
struct FirstRow {
    line: u64,
    notice: String,
    name: String,
    kana: String,
    birth: String,
    location: String,
    storage: String,
    shelf: String,
    /// A card that the row stands beside: another one of the same citizen.
    former: Option<KnownCard>,
}

#[derive(Debug, Serialize)]
struct KnownCard {
    id: CardId,
    notice: String,
    name: String,
    tag: (&'static str, &'static str),
}

impl Check {
    pub(super) fn of(
        ctx: &StaffCtx,
        upload: &Upload,
        looked: &Looked,
        show: &str,
        before: Option<&Run>,
    ) -> Self {
        let report = looked.report();
        let shown = pick(ctx, looked, show);
        Self {
            token: upload.token.clone(),
            file: upload.name.clone(),
            title: kind_word(upload.profile.kind),
            over: looked.over(),
            encoding: looked.found().label(),
            profile: Some(upload.profile.name.clone()).filter(|name| !name.is_empty()),
            dropped: !upload.profile.drop.is_empty(),
            unused: looked.found().unused.clone(),
            rows: report.rows,
            tally: report.tally.clone(),
            good: report.rows - report.tally.error,
            written: report.tally.written(),
            tabs: tabs(looked, show),
            shown,
            fields: report.seen.fields.iter().map(|(field, rows)| (label(*field), *rows)).collect(),
            before: before.map(RunView::of),
            reason: String::new(),
            wrong: Vec::new(),
        }
    }

    /// The same with what was typed and why it was refused.
    pub(super) fn refused(self, reason: String, wrong: Wrong) -> Self {
        Self { reason, wrong: vec![wrong], ..self }
    }
}

/// The kinds of rows that the file has, the most urgent first.
fn tabs(upload: &Looked, show: &str) -> Vec<Tab> {
    let report = upload.report();
    let all = counts(upload, report);
    let chosen = chosen(&all, show);
    let tab = |(code, word, count): (&'static str, &'static str, u32)| Tab {
        code,
        word,
        count,
        current: code == chosen,
    };
    all.into_iter().filter(|(_, _, count)| *count > 0).map(tab).collect()
}

type Count = (&'static str, &'static str, u32);

fn counts(upload: &Looked, report: &Report) -> [Count; 10] {
    let tally = &report.tally;
    let doubtful = match upload {
        Looked::Cards { file, .. } => u32::try_from(file.doubtful().count()).unwrap_or(u32::MAX),
        Looked::States { .. } | Looked::Bookings { .. } => 0,
    };
    let conflict = if matches!(upload, Looked::Cards { .. }) { tally.conflict } else { 0 };
    let absent = report.seen.absent.as_ref().map_or(0, |absent| absent.cards);
    [
        ("error", "エラー", tally.error),
        ("changed", "更新", tally.changed),
        ("over", "枠を超える予約", upload.over()),
        ("conflict", "同じID・別人", conflict),
        ("former", "前のカードがある人", report.seen.returned),
        ("doubtful", "外字", doubtful),
        ("new", "新規", tally.new),
        ("unchanged", "変化なし", tally.unchanged),
        ("duplicate", "ファイル内の重複", tally.duplicate),
        ("absent", "ファイルにない", absent),
    ]
}

fn chosen(all: &[Count], show: &str) -> &'static str {
    let there = |code: &str| all.iter().find(|(one, _, count)| *one == code && *count > 0);
    let first = || all.iter().find(|(_, _, count)| *count > 0);
    there(show).or_else(first).map_or("new", |(code, _, _)| *code)
}

fn pick(ctx: &StaffCtx, looked: &Looked, show: &str) -> Shown {
    let report = looked.report();
    let (tally, sight) = (&report.tally, Sight::of(&ctx.signed));
    match chosen(&counts(looked, report), show) {
        "error" => Shown::Errors {
            rows: report.errors.iter().take(SHOWN).map(|error| error_row(sight, error)).collect(),
            more: more(tally.error),
        },
        "changed" => Shown::Changes {
            rows: report.seen.changed.iter().map(|row| change_row(ctx, row)).collect(),
            more: more(tally.changed),
        },
        "duplicate" => Shown::Lines {
            title: "ファイル内の重複",
            hint: "前の行と同じカードの行です。先の行だけを取り込みます。",
            rows: looked.duplicates().iter().copied().take(SHOWN).collect(),
            more: more(tally.duplicate),
        },
        "absent" => {
            let absent = report.seen.absent.clone().unwrap_or_default();
            let rows = absent.first.iter().map(|card| known(sight, card)).collect();
            Shown::Cards { rows, more: more(absent.cards) }
        }
        what => match looked {
            Looked::Cards { file, report } => card_rows(ctx, file, report, what),
            Looked::States { file, report } => {
                let line = |place: &usize| file.rows.get(*place).map(|row| row.line);
                let rows = report.seen.unchanged.iter().filter_map(line).collect();
                Shown::Lines { title: "変化のない行", hint: "", rows, more: more(tally.unchanged) }
            }
            Looked::Bookings { looked, .. } => booking_rows(ctx, looked, what),
        },
    }
}

fn more(count: u32) -> u32 {
    count.saturating_sub(u32::try_from(SHOWN).unwrap_or(u32::MAX))
}

fn card_rows(ctx: &StaffCtx, file: &File, report: &Report, what: &str) -> Shown {
    let (seen, tally, sight) = (&report.seen, &report.tally, Sight::of(&ctx.signed));
    let rows = |title, hint, places: &[usize], count| Shown::Rows {
        title,
        hint,
        rows: places
            .iter()
            .filter_map(|place| file.rows.get(*place))
            .map(|row| first_row(sight, row))
            .collect(),
        more: more(count),
    };
    match what {
        "conflict" => rows("別の人と同じ交付通知書ID", CONFLICT, &seen.conflicts, tally.conflict),
        "former" => Shown::Rows {
            title: "同じ人の前のカードがある行",
            hint: FORMER,
            rows: seen.returning.iter().filter_map(|one| returning(ctx, file, one)).collect(),
            more: more(seen.returned),
        },
        "doubtful" => {
            let doubtful: Vec<&Row> = file.doubtful().collect();
            let count = u32::try_from(doubtful.len()).unwrap_or(u32::MAX);
            let rows = doubtful.into_iter().take(SHOWN).map(|row| first_row(sight, row)).collect();
            Shown::Rows {
                title: "外字の可能性がある氏名", hint: DOUBTFUL, rows, more: more(count)
            }
        }
        "unchanged" => rows("変化のない行", "", &seen.unchanged, tally.unchanged),
        _ => rows("新しく登録する行", "", &seen.new, tally.new),
    }
}

fn booking_rows(ctx: &StaffCtx, looked: &bring_in::Looked, what: &str) -> Shown {
    let (sight, tally) = (Sight::of(&ctx.signed), &looked.report.tally);
    let fits = |one: &&bring_in::Wanted| match what {
        "over" => one.over,
        "unchanged" => one.stands.is_some(),
        _ => one.stands.is_none(),
    };
    let row = |one: &bring_in::Wanted| BookingRow {
        line: one.line,
        people: one.cards.iter().map(|card| known(sight, card)).collect(),
        place: place_word(ctx, one.slot.location),
        day: one.slot.day,
        starts: one.slot.starts,
        ends: one.slot.ends,
        over: one.over,
    };
    let title = match what {
        "over" => "枠を超える予約",
        "unchanged" => "もう登録されている予約",
        _ => "取り込む予約",
    };
    let count = if what == "unchanged" { tally.unchanged } else { tally.new };
    let rows: Vec<_> = looked.first.iter().filter(fits).map(row).collect();
    let seen: usize = rows.iter().map(|row| row.people.len()).sum();
    let more = if what == "over" { 0 } else { count.saturating_sub(u32::try_from(seen).unwrap_or(u32::MAX)) };
    Shown::Bookings { title, rows, more }
}

fn place_word(ctx: &StaffCtx, id: LocationId) -> String {
    let place = ctx.locations.iter().find(|place| place.id == id);
    place.map_or_else(|| id.to_string(), |place| place.name.clone())
}

const CONFLICT: &str = "別のカードとして登録します。窓口では生年月日で見分けてください。";
const FORMER: &str = "再作成などで、前のカードと結びつけて登録します。前のカードの状態は変わりません。";
const DOUBTFUL: &str = "取り込めますが、正しく表示できないことがあります。原本で確かめてください。";

fn error_row(sight: Sight, error: &RowError) -> ErrorRow {
    let Noted { line, column, value, why } = masked(sight, error.into());
    ErrorRow { line, column, value, why }
}

fn change_row(ctx: &StaffCtx, row: &ChangedRow) -> ChangeRow {
    let turn = |(field, Turn(before, after)): (&Field, &Turn)| {
        (label(*field), told(ctx, *field, before.as_deref()), told(ctx, *field, after.as_deref()))
    };
    ChangeRow {
        line: row.line,
        card: known(Sight::of(&ctx.signed), &row.card),
        turns: row.turns.0.iter().map(turn).collect(),
    }
}

/// A value as staff read it; what this person may not see is hidden.
fn told(ctx: &StaffCtx, field: Field, value: Option<&str>) -> String {
    let sight = Sight::of(&ctx.signed);
    let Some(value) = value else { return "（空）".to_owned() };
    if sight.sees(field.code()) == Some(false) {
        return HIDDEN.to_owned();
    }
    match field {
        Field::Location => {
            value.parse().ok().map_or_else(|| value.to_owned(), |id| place_word(ctx, LocationId::of(id)))
        }
        Field::Status => CardStatus::from_code(value)
            .map_or_else(|| value.to_owned(), |one| wording::card_status(one).to_owned()),
        _ => value.to_owned(),
    }
}

fn returning(ctx: &StaffCtx, file: &File, one: &Returning) -> Option<FirstRow> {
    let sight = Sight::of(&ctx.signed);
    let row = file.rows.get(one.row)?;
    Some(FirstRow { former: Some(known(sight, &one.former)), ..first_row(sight, row) })
}

fn known(sight: Sight, card: &Card) -> KnownCard {
    KnownCard {
        id: card.id,
        notice: sight.notice(card),
        name: sight.name(card),
        tag: wording::label(card.label),
    }
}

fn first_row(sight: Sight, row: &Row) -> FirstRow {
    let card = &row.card;
    let seen = |may: bool, text: String| if may { text } else { HIDDEN.to_owned() };
    FirstRow {
        line: row.line,
        notice: seen(sight.notice, card.notice_id.to_string()),
        name: seen(sight.name, card.name.clone()),
        kana: seen(sight.name, card.kana.clone()),
        birth: seen(sight.birth, card.birth.to_string()),
        location: row.location.clone(),
        storage: row.storage.clone(),
        shelf: row.shelf.clone(),
        former: None,
    }
}

/// What a field is called.
fn label(field: Field) -> &'static str {
    match field {
        Field::NoticeId => "交付通知書ID",
        Field::Name => "氏名",
        Field::Kana => "フリガナ",
        Field::Location => "交付場所",
        Field::MadeOn => "作成日",
        Field::NoticeSentOn => "通知書発送日",
        Field::PickupDueOn => "受取期限",
        Field::ValidUntil => "有効期限",
        Field::ResidenceUntil => "在留期限",
        Field::InquiryNo => "照会番号",
        Field::Status => "状態",
        Field::Email => "メールアドレス",
        Field::Storage => "保管場所",
        Field::Shelf => "棚",
        Field::Position => "番号",
    }
}

impl View for Check {
    const TEMPLATE: &'static str = "staff/import_check.html";

    fn samples() -> Vec<(&'static str, Self)> {
        samples::all()
    }
}

mod samples {
    use super::{
        BookingRow, CardId, ChangeRow, Check, Day, ErrorRow, FORMER, FirstRow, KnownCard, Minute, RunState,
        RunView, Shown, Tab, Tally, Wrong, sample_run,
    };

    fn card() -> KnownCard {
        KnownCard {
            id: CardId::of(7),
            notice: "A13-345603".to_owned(),
            name: "髙橋 花子".to_owned(),
            tag: ("発送済", "wait"),
        }
    }

    fn row(former: Option<KnownCard>) -> FirstRow {
        FirstRow {
            line: 2,
            notice: "A13-345603".to_owned(),
            name: "髙橋 花子".to_owned(),
            kana: "タカハシ ハナコ".to_owned(),
            birth: "1990-04-13".to_owned(),
            location: "本庁舎".to_owned(),
            storage: String::new(),
            shelf: "B-4-103".to_owned(),
            former,
        }
    }

    fn page(shown: Shown, error: u32, before: bool) -> Check {
        let tab = |code, word, count, current| Tab { code, word, count, current };
        let tally = Tally { new: 1210, changed: 52, unchanged: 15, error, conflict: 3, ..Tally::default() };
        Check {
            token: "0".repeat(32),
            title: "作成情報",
            file: "koufu_20260410.csv".to_owned(),
            over: u32::from(before) * 2,
            encoding: "Shift_JIS（CP932）",
            profile: before.then(|| "J-LIS".to_owned()),
            dropped: before,
            unused: if before { vec!["住所".to_owned()] } else { Vec::new() },
            rows: 1277 + error,
            good: 1277,
            written: tally.written(),
            tally,
            tabs: vec![tab("error", "エラー", 7, true), tab("new", "新規", 1210, false)],
            shown,
            fields: vec![("受取期限", 52)],
            before: before.then(|| RunView::of(&sample_run(RunState::Applied, 0))),
            reason: String::new(),
            wrong: Vec::new(),
        }
    }

    pub(super) fn all() -> Vec<(&'static str, Check)> {
        let error = ErrorRow {
            line: 88,
            column: "生年月日".to_owned(),
            value: "S63.13.2".to_owned(),
            why: "月が1〜12ではありません".to_owned(),
        };
        let turns = vec![("受取期限", "（空）".to_owned(), "2026-06-30".to_owned())];
        let change = ChangeRow { line: 3, card: card(), turns };
        let rows = |former, hint| Shown::Rows { title: "行", hint, rows: vec![row(former)], more: 0 };
        let booking = BookingRow {
            line: 2,
            people: vec![card()],
            place: "本庁舎".to_owned(),
            day: Day::from_date(jiff::civil::date(2026, 4, 20)),
            starts: Minute::of(570),
            ends: Minute::of(585),
            over: true,
        };
        let bookings = Shown::Bookings { title: "予約", rows: vec![booking], more: 1 };
        let refused = Wrong::new("reason", "このファイルは第13回として取込済みです。");
        vec![
            ("import check", page(Shown::Errors { rows: vec![error], more: 300 }, 7, false)),
            ("import check of changes", page(Shown::Changes { rows: vec![change], more: 1 }, 0, false)),
            ("import check of new rows", page(rows(None, ""), 0, false)),
            ("import check of returning cards", page(rows(Some(card()), FORMER), 0, false)),
            (
                "import check of duplicates",
                page(Shown::Lines { title: "重複", hint: "先の行だけ", rows: vec![4, 9], more: 2 }, 0, false),
            ),
            ("import check of absent cards", page(Shown::Cards { rows: vec![card()], more: 0 }, 0, false)),
            ("import check of bookings", page(bookings, 0, false)),
            ("import check of a known file", page(rows(None, ""), 0, true).refused(String::new(), refused)),
        ]
    }
}
