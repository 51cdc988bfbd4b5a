//! Lists of cards: by state and place, by a search, by what is due, by shelf.

use super::Made;
use super::ask::Asked;
use super::kinds::List;
use crate::base::Day;
use crate::calendar::{self, Location, Storage};
use crate::cards::search::From;
use crate::cards::storage::{self, Spot};
use crate::cards::watch::{self, Watched};
use crate::cards::{self, Card, CardStatus, Label, LookIn, Paging, Sort, Terms};
use crate::db::Fault;
use crate::lists::{Column, Kind, ROWS_MAX, Section, Table, Turn};
use crate::web::staff::sight::{HIDDEN, Sight};
use crate::web::staff::{StaffCtx, watch as due, wording};

/// Cards that are read at once.
const SLICE: usize = 1000;

/// What cells are written with.
struct Names {
    storages: Vec<Storage>,
    locations: Vec<Location>,
    sight: Sight,
}

impl Names {
    async fn read(ctx: &StaffCtx) -> Result<Self, Fault> {
        let sight = Sight::of(&ctx.signed);
        ctx.read(move |tx| {
            Ok(Self { storages: calendar::storages(tx)?, locations: calendar::all_locations(tx)?, sight })
        })
        .await
    }

    fn storage(&self, card: &Card) -> String {
        let found = self.storages.iter().find(|one| Some(one.id) == card.storage);
        found.map(|one| one.name.clone()).unwrap_or_default()
    }

    fn location(&self, card: &Card) -> String {
        let found = self.locations.iter().find(|one| Some(one.id) == card.location);
        found.map(|one| one.name.clone()).unwrap_or_default()
    }
}

/// The list with at most so many lines.
pub(super) async fn make(ctx: &StaffCtx, asked: &Asked, most: usize) -> Result<Made, Fault> {
    let names = Names::read(ctx).await?;
    match asked.list {
        List::Deadlines => deadlines(ctx, asked, &names, most).await,
        List::Shelf => shelf(ctx, asked, &names, most).await,
        List::Unbooked => {
            let told = [CardStatus::Notified, CardStatus::Renotified, CardStatus::NoticeReturned];
            let each = told.map(|status| {
                let label = Label::Card(status);
                let terms = Terms { location: asked.location, ..with_label(label) };
                (wording::label(label).0.to_owned(), terms, Paging { sort: Sort::Due, ..Paging::default() })
            });
            general(ctx, asked, &names, each.into(), most).await
        }
        _ => {
            let (terms, paging) = match &asked.search {
                Some(search) => (search.terms.clone(), search.paging),
                None => (Terms::default(), Paging::default()),
            };
            // As one walks along the shelves, unless another order was chosen where it was searched.
            let sort = if asked.fields.has("sort") { paging.sort } else { Sort::Storage };
            let order = Paging { sort, backwards: asked.fields.has("sort") && paging.backwards, ..paging };
            general(ctx, asked, &names, vec![(String::new(), terms, order)], most).await
        }
    }
}

fn with_label(label: Label) -> Terms {
    Terms { label: Some(label.code().to_owned()), ..Terms::default() }
}

fn look_in(sight: Sight) -> LookIn {
    LookIn { names: sight.name, notices: sight.notice, remarks: sight.remark }
}

/// Every card that fits, in slices, to `take`; gives how many fit.
async fn each(
    ctx: &StaffCtx,
    (terms, order): (&Terms, Paging),
    most: usize,
    mut take: impl FnMut(&Card),
) -> Result<usize, Fault> {
    let look = look_in(Sight::of(&ctx.signed));
    let counted = terms.clone();
    let total = ctx.read(move |tx| cards::count_all(tx, &counted, look)).await?;
    let (mut from, mut taken) = (From::Start, 0);
    while taken < most {
        let paging = Paging { from, most: SLICE.min(most - taken), ..order };
        let terms = terms.clone();
        let found = ctx.read(move |tx| cards::list(tx, &terms, look, paging)).await?;
        found.hits.iter().for_each(&mut take);
        taken += found.hits.len();
        match found.hits.last() {
            Some(last) if found.after => from = From::After(last.id),
            _ => break,
        }
    }
    Ok(total)
}

async fn general(
    ctx: &StaffCtx,
    asked: &Asked,
    names: &Names,
    parts: Vec<(String, Terms, Paging)>,
    most: usize,
) -> Result<Made, Fault> {
    let columns = [
        ("交付通知書ID", 27, Kind::Code),
        ("氏名", 38, Kind::Text),
        ("カナ", 36, Kind::Text),
        ("生年月日", 22, Kind::Text),
        ("状態", 25, Kind::Text),
        ("保管場所", 40, Kind::Text),
        ("棚番号", 20, Kind::Text),
        ("交付場所", 36, Kind::Text),
        ("発送日", 21, Kind::Text),
        ("受取期限", 21, Kind::Text),
        ("メール", 12, Kind::Text),
    ];
    let mut made = Made { table: table(asked, conditions(ctx, asked, names), &columns), total: 0 };
    for (title, terms, order) in parts {
        let mut section = Section { title, rows: Vec::new() };
        let room = most.saturating_sub(made.table.len());
        let total = each(ctx, (&terms, order), room, |card| section.rows.push(line(card, names))).await?;
        made.total += total;
        if !section.rows.is_empty() {
            made.table.sections.push(section);
        }
    }
    Ok(made)
}

fn conditions(ctx: &StaffCtx, asked: &Asked, names: &Names) -> String {
    if let Some(search) = &asked.search {
        return if search.words.is_empty() { "すべて".to_owned() } else { search.words.clone() };
    }
    let storage = names.storages.iter().find(|one| Some(one.id) == asked.storage);
    let said = [
        storage.map(|one| format!("保管場所：{}", one.name)),
        asked.location.and_then(|id| ctx.place_of(id)).map(|place| format!("交付場所：{}", place.name)),
        (asked.list == List::Shelf && !asked.shelf.is_empty()).then(|| format!("箱：{}", asked.shelf)),
    ];
    let said: Vec<String> = said.into_iter().flatten().collect();
    if said.is_empty() { "すべて".to_owned() } else { said.join("　") }
}

fn table(asked: &Asked, conditions: String, columns: &[(&str, u16, Kind)]) -> Table {
    Table {
        title: asked.list.title().to_owned(),
        conditions,
        columns: columns.iter().map(|(title, width, kind)| Column::new(title, *width, *kind)).collect(),
        sections: Vec::new(),
        turn: Turn::Landscape,
        apart: false,
        signatures: Vec::new(),
        personal: true,
    }
}

fn line(card: &Card, names: &Names) -> Vec<String> {
    let sight = names.sight;
    let date = |day: Option<Day>| day.map(|day| day.to_string()).unwrap_or_default();
    vec![
        sight.notice(card),
        sight.name(card),
        sight.kana(card),
        sight.birth(card).unwrap_or_else(|| HIDDEN.to_owned()),
        wording::label(card.label).0.to_owned(),
        names.storage(card),
        Spot::of(card).label(),
        names.location(card),
        date(card.notice_sent_on),
        date(card.pickup_due_on),
        if card.email.is_some() { "あり" } else { "なし" }.to_owned(),
    ]
}

async fn deadlines(ctx: &StaffCtx, asked: &Asked, names: &Names, most: usize) -> Result<Made, Fault> {
    let which = asked.watch;
    let most = most.min(ROWS_MAX + 1);
    let read = move |tx: &crate::db::ReadTx<'_>| {
        let counts = watch::counts(tx)?;
        Ok::<_, Fault>((watch::first(tx, which, false, most)?, counts))
    };
    let (rows, counts) = ctx.read(read).await?;
    let columns = [
        (due::day_word(which), 24, Kind::Text),
        ("交付通知書ID", 30, Kind::Code),
        ("氏名", 37, Kind::Text),
        ("カナ", 37, Kind::Text),
        ("生年月日", 24, Kind::Text),
        ("状態", 30, Kind::Text),
        ("保管場所", 46, Kind::Text),
        ("棚番号", 24, Kind::Text),
        ("メール", 14, Kind::Text),
    ];
    let mut table = table(asked, due::title(which).to_owned(), &columns);
    let rows = rows.iter().map(|one| watched(one, names)).collect();
    table.sections.push(Section { title: String::new(), rows });
    let open = counts.iter().find(|(list, _)| *list == which).map_or(0, |(_, count)| count.open);
    Ok(Made { table, total: usize::try_from(open).unwrap_or(usize::MAX) })
}

fn watched(one: &Watched, names: &Names) -> Vec<String> {
    let (card, sight) = (&one.card, names.sight);
    vec![
        one.due_on.to_string(),
        sight.notice(card),
        sight.name(card),
        sight.kana(card),
        sight.birth(card).unwrap_or_else(|| HIDDEN.to_owned()),
        wording::label(card.label).0.to_owned(),
        names.storage(card),
        Spot::of(card).label(),
        if card.email.is_some() { "あり" } else { "なし" }.to_owned(),
    ]
}

/// What should lie in a storage place, a section for each shelf. Cards that have not arrived yet do not.
async fn shelf(ctx: &StaffCtx, asked: &Asked, names: &Names, most: usize) -> Result<Made, Fault> {
    let columns = [
        ("確認", 13, Kind::Tick),
        ("番号", 20, Kind::Text),
        ("氏名", 48, Kind::Text),
        ("交付通知書ID", 52, Kind::Barcode),
        ("生年月日", 25, Kind::Text),
        ("状態", 32, Kind::Text),
    ];
    let mut table = table(asked, conditions(ctx, asked, names), &columns);
    table.turn = Turn::Portrait;
    table.signatures = vec!["確認者".to_owned(), "立会者".to_owned()];
    let Some(place) = asked.storage else { return Ok(Made { table, total: 0 }) };
    let box_ = Some(asked.shelf.clone()).filter(|shelf| !shelf.is_empty());
    let found = ctx.read(move |tx| storage::contents(tx, place, box_.as_deref(), ROWS_MAX + 1)).await?;
    let here: Vec<Card> = found.into_iter().filter(|card| card.status != CardStatus::Announced).collect();
    let boxes = here.chunk_by(|one, next| one.shelf == next.shelf);
    let mut room = most;
    for cards in boxes {
        let name = cards.first().map(|card| card.shelf.as_str()).unwrap_or_default();
        let name = if name.is_empty() { "箱なし".to_owned() } else { format!("箱 {name}") };
        let rows: Vec<Vec<String>> = cards.iter().take(room).map(|card| counted(card, names.sight)).collect();
        room -= rows.len();
        if !rows.is_empty() {
            table.sections.push(Section { title: format!("{name}　{}枚", cards.len()), rows });
        }
    }
    table.conditions = format!("{}　{}枚", table.conditions, here.len());
    Ok(Made { table, total: here.len() })
}

fn counted(card: &Card, sight: Sight) -> Vec<String> {
    vec![
        String::new(),
        card.position.clone(),
        sight.name(card),
        sight.notice(card),
        sight.birth(card).unwrap_or_else(|| HIDDEN.to_owned()),
        wording::label(card.label).0.to_owned(),
    ]
}
