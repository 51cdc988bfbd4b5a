//! What becomes due at cards: a tab for each list, upon which people decide.
//!
//! Spec: 7(2)⑦ ⑧.

use std::collections::BTreeMap;

use axum::extract::Query;
use axum::response::Response;
use serde::Serialize;

use super::parts::Wrong;
use super::sight::Sight;
use super::{Flash, StaffCtx, StaffPost, wording};
use crate::accounts::Permission;
use crate::base::{CardId, Day, text};
use crate::booking::many;
use crate::calendar;
use crate::cards::watch::{self, PutOff, PutOffError, SHOWN, WatchList, Watched};
use crate::db::Fault;
use crate::render::View;
use crate::web::{Fields, PageError};

/// What is drawn.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "what is shown of the list, and what this person may do")]
pub(super) struct Watch {
    tabs: Vec<Tab>,
    list: &'static str,
    title: &'static str,
    about: &'static str,
    day_word: &'static str,
    put_off: bool,
    rows: Vec<Line>,
    more: bool,
    /// The status that the cards of this list mostly take: code, word.
    usual: Option<(&'static str, &'static str)>,
    may_update: bool,
    may_mail: bool,
    proposals: u32,
    until: String,
    reason: String,
    wrong: Vec<Wrong>,
}

/// One list with its numbers.
#[derive(Clone, Debug, Serialize)]
struct Tab {
    code: &'static str,
    title: &'static str,
    open: u32,
    put_off: u32,
    current: bool,
}

/// One card.
#[derive(Clone, Debug, Serialize)]
struct Line {
    card: CardId,
    notice: String,
    name: String,
    kana: String,
    birth: Option<String>,
    tag: (&'static str, &'static str),
    storage: String,
    due_on: Day,
    /// Days until then; negative when it has passed.
    due_in: i64,
    found_on: Day,
    email: bool,
    put_off: Option<(Day, String, String)>,
}

impl View for Watch {
    const TEMPLATE: &'static str = "staff/watch.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let day = crate::base::Moment::from_millis(1_775_980_800_000).day();
        let line = |due_in, put_off: bool| Line {
            card: CardId::of(1),
            notice: "A13-345603".to_owned(),
            name: "髙橋 美咲".to_owned(),
            kana: "タカハシ ミサキ".to_owned(),
            birth: (!put_off).then(|| "1990-04-13".to_owned()),
            tag: ("通知書発送済", "info"),
            storage: "本庁舎 B-04 103".to_owned(),
            due_on: day,
            due_in,
            found_on: day,
            email: put_off,
            put_off: put_off.then(|| (day, "家族から連絡".to_owned(), "鈴木 一郎".to_owned())),
        };
        let of = |list: WatchList, put_off, rows: Vec<Line>, wrong| Self {
            tabs: WatchList::ALL
                .into_iter()
                .map(|one| Tab {
                    code: one.code(),
                    title: title(one),
                    open: 3,
                    put_off: 1,
                    current: one == list,
                })
                .collect(),
            list: list.code(),
            title: title(list),
            about: about(list),
            day_word: day_word(list),
            put_off,
            rows,
            more: put_off,
            usual: list.usual().map(|to| (to.code(), wording::card_status(to))),
            may_update: true,
            may_mail: true,
            proposals: 2,
            until: String::new(),
            reason: String::new(),
            wrong,
        };
        let wrong = ["k1", "until", "reason"].map(|field| Wrong::new(field, "確かめてください。"));
        let rows = || vec![line(-3, false), line(0, false), line(5, false)];
        let all =
            WatchList::ALL.into_iter().map(|list| ("a list of what is due", of(list, false, rows(), vec![])));
        all.chain([
            ("a list that is put off", of(WatchList::Disposal, true, vec![line(-3, true)], vec![])),
            ("an empty list", of(WatchList::Renotice, false, vec![], vec![])),
            ("a list with nothing chosen", of(WatchList::Renotice, false, rows(), wrong.into())),
        ])
        .collect()
    }
}

pub(super) const fn title(list: WatchList) -> &'static str {
    match list {
        WatchList::DueSoon => "まもなく期限",
        WatchList::DueOver => "期限切れ",
        WatchList::Renotice => "再通知の時期",
        WatchList::Returned => "返戻",
        WatchList::HoldOver => "保留の期限切れ",
        WatchList::Validity => "有効期限",
        WatchList::Residence => "在留期間",
        WatchList::Disposal => "廃棄の時期",
        WatchList::ToDestroy => "廃棄を待つもの",
    }
}

const fn about(list: WatchList) -> &'static str {
    match list {
        WatchList::DueSoon => "受取期限が近く、予約のないカードです。",
        WatchList::DueOver => "受取期限を過ぎ、予約のないカードです。期限を過ぎても予約と交付はできます。",
        WatchList::Renotice => "受取期限から日がたち、まだ再通知をしていないカードです。",
        WatchList::Returned => "通知書、または郵送したカードが返ってきたものです。住所を確かめてください。",
        WatchList::HoldOver => "保留の期限を過ぎたカードです。",
        WatchList::Validity => "交付する前に、カードの有効期限が来る（来た）ものです。",
        WatchList::Residence => "交付する前に、在留期間の満了日が来る（来た）ものです。",
        WatchList::Disposal => "設定した日数がたち、廃棄候補にできるカードです。",
        WatchList::ToDestroy => {
            "廃棄候補・失効のカードで、まだ手元にあるものです。廃棄は2人で行います（提案と、別の人の承認）。"
        }
    }
}

pub(super) const fn day_word(list: WatchList) -> &'static str {
    match list {
        WatchList::DueSoon | WatchList::DueOver => "受取期限",
        WatchList::Renotice => "再通知の時期",
        WatchList::Returned => "返戻の日",
        WatchList::HoldOver => "保留の期限",
        WatchList::Validity => "有効期限",
        WatchList::Residence => "在留期間の満了日",
        WatchList::Disposal => "廃棄できる日",
        WatchList::ToDestroy => "その状態になった日",
    }
}

/// The page of one list; without a name, the first that has cards.
pub(super) async fn show(
    ctx: StaffCtx,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Response, PageError> {
    let list = query.get("list").and_then(|code| WatchList::from_code(code));
    let put_off = query.get("later").is_some_and(|later| later == "1");
    let view = view(&ctx, list, put_off, &Typed::default(), Vec::new()).await?;
    ctx.saw("cards_watch", None).await?;
    ctx.page(&view)
}

#[derive(Clone, Debug, Default)]
struct Typed {
    until: String,
    reason: String,
}

async fn view(
    ctx: &StaffCtx,
    list: Option<WatchList>,
    put_off: bool,
    typed: &Typed,
    wrong: Vec<Wrong>,
) -> Result<Watch, PageError> {
    let (counts, list, rows, storages, proposals) = ctx
        .read(move |tx| {
            let counts = watch::counts(tx)?;
            let first = counts.iter().find(|(_, count)| count.open > 0).map(|(list, _)| *list);
            let list = list.or(first).unwrap_or(WatchList::DueSoon);
            let rows = watch::list(tx, list, put_off)?;
            Ok::<_, Fault>((counts, list, rows, calendar::storages(tx)?, many::proposals(tx)?))
        })
        .await?;
    let (sight, today) = (Sight::of(&ctx.signed), ctx.today());
    let names: BTreeMap<_, _> = storages.into_iter().map(|one| (one.id, one.name)).collect();
    let tab = |(one, count): &(WatchList, watch::Count)| Tab {
        code: one.code(),
        title: title(*one),
        open: count.open,
        put_off: count.put_off,
        current: *one == list,
    };
    Ok(Watch {
        tabs: counts.iter().map(tab).collect(),
        list: list.code(),
        title: title(list),
        about: about(list),
        day_word: day_word(list),
        put_off,
        more: rows.len() == SHOWN,
        rows: rows.iter().map(|row| line(row, sight, today, &names)).collect(),
        usual: list.usual().map(|to| (to.code(), wording::card_status(to))),
        may_update: ctx.may(Permission::BulkStatus),
        may_mail: ctx.may(Permission::Mail),
        proposals,
        until: typed.until.clone(),
        reason: typed.reason.clone(),
        wrong,
    })
}

fn line(
    row: &Watched,
    sight: Sight,
    today: Day,
    storages: &BTreeMap<crate::base::StorageId, String>,
) -> Line {
    let card = &row.card;
    let storage = card.storage.and_then(|id| storages.get(&id)).map(String::as_str).unwrap_or_default();
    Line {
        card: card.id,
        notice: sight.notice(card),
        name: sight.name(card),
        kana: sight.kana(card),
        birth: sight.birth(card),
        tag: wording::label(card.label),
        storage: [storage, &card.shelf, &card.position].join(" ").trim().to_owned(),
        due_on: row.due_on,
        due_in: row.due_on.days_from(today),
        found_on: row.found_on,
        email: card.email.is_some(),
        put_off: row.put_off.clone(),
    }
}

/// Puts the ticked cards of a list off, or takes one up again.
pub(super) async fn act(StaffPost { ctx, fields }: StaffPost) -> Result<Response, PageError> {
    let list = WatchList::from_code(&fields.get("list")).ok_or(PageError::NotFound)?;
    let here = format!("/cards/watch?list={}#main", list.code());
    if let Ok(card) = fields.get("again").parse() {
        let card = CardId::of(card);
        ctx.city.db.write(ctx.actor(), move |tx| watch::take_up(tx, list, card)).await?;
        return Ok(ctx.to_with(&here, Flash::done("一覧に戻しました。")));
    }
    let typed = Typed { until: text::nfkc(&fields.get("until")), reason: fields.get("reason") };
    let cards = picked(&fields);
    let wrong = match (cards.is_empty(), typed.until.parse::<Day>()) {
        (true, _) => Wrong::new("k1", "カードを選んでください。"),
        (_, Err(_)) => Wrong::new("until", "いつまで見合わせるかを入力してください。"),
        (_, Ok(until)) => {
            let wish = PutOff { list, cards, until, reason: typed.reason.clone() };
            match ctx.city.db.write(ctx.actor(), move |tx| watch::put_off(tx, &wish)).await {
                Ok(done) => {
                    let said = format!("{done}枚を{}月{}日まで見合わせます。", until.month(), until.day());
                    return Ok(ctx.to_with(&here, Flash::done(said)));
                }
                Err(PutOffError::BadDay) => Wrong::new("until", "明日から2年以内の日を入力してください。"),
                Err(PutOffError::ReasonNeeded) => Wrong::new("reason", "見合わせる理由を入力してください。"),
                Err(PutOffError::BadReason) => Wrong::new("reason", wording::BAD_REASON),
                Err(PutOffError::Fault(fault)) => return Err(fault.into()),
            }
        }
    };
    ctx.again(&view(&ctx, Some(list), false, &typed, vec![wrong]).await?)
}

fn picked(fields: &Fields) -> Vec<CardId> {
    fields.all("pick").into_iter().filter_map(|row| row.parse().ok().map(CardId::of)).take(SHOWN).collect()
}
