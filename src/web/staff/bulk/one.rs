//! One letter to many: whom it goes to, what it says, and how far it is.

use std::collections::BTreeMap;

use axum::response::Response;
use serde::Serialize;

use super::list::title;
use super::{Mistake, sample, words};
use crate::base::{BulkMailId, Email, Moment};
use crate::booking::bulk::{
    self, BulkMail, BulkState, Fate, Purpose, SetText, Steer, Sum, TestLetter, TextWords,
};
use crate::db::Fault;
use crate::history::{self, Entry, Record};
use crate::mail::{State, wording};
use crate::once::OnceKey;
use crate::render::View;
use crate::web::staff::letters::LANGUAGES;
use crate::web::staff::parts::Row;
use crate::web::staff::sight::{HIDDEN, Sight};
use crate::web::staff::{Flash, StaffCtx, StaffPost, wording as said};
use crate::web::{Fields, PageError};

#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct One {
    id: BulkMailId,
    version: i64,
    title: String,
    purpose: &'static str,
    renotice: bool,
    state: (&'static str, &'static str),
    code: BulkState,
    step: u8,
    audience: String,
    quiet_days: u16,
    by: String,
    at: Moment,
    own: bool,
    approval: bool,
    approver: Option<(String, Option<Moment>)>,
    refusal: Option<String>,
    tested_at: Option<Moment>,
    started_at: Option<Moment>,
    per_minute: u16,
    sum: Numbers,
    texts: Vec<Text>,
    places: Vec<String>,
    shown: Vec<Shown>,
    to: String,
    reason: String,
    past: Vec<Past>,
    wrong: Vec<Mistake>,
}

/// The numbers of the page.
#[derive(Clone, Debug, Default, Serialize)]
struct Numbers {
    all: u32,
    /// Will get it, or got it.
    people: u32,
    /// Get none, by why.
    without: Vec<(&'static str, &'static str, u32)>,
    without_all: u32,
    no_address: u32,
    sent: u32,
    under_way: u32,
    waiting: u32,
    dead: u32,
    cancelled: u32,
    percent: u32,
}

impl Numbers {
    fn of(sum: &Sum) -> Self {
        let without = Fate::ALL.into_iter().filter_map(|fate| {
            let count = sum.of(fate);
            words::why_not(fate).filter(|_| count > 0).map(|why| (fate.code(), why, count))
        });
        let without: Vec<_> = without.collect();
        let (sent, dead) = (sum.letters(State::Sent), sum.letters(State::Dead));
        let people = sum.of(Fate::Waiting) + sum.of(Fate::Queued);
        let cancelled = sum.letters(State::Cancelled);
        Self {
            all: sum.all(),
            people,
            without_all: without.iter().map(|(.., count)| count).sum(),
            no_address: sum.of(Fate::NoAddress),
            without,
            sent,
            under_way: sum.letters(State::Queued) + sum.letters(State::Sending) + sum.letters(State::Held),
            waiting: sum.of(Fate::Waiting),
            dead,
            cancelled,
            percent: ((sent + dead + cancelled) * 100).checked_div(people).unwrap_or(0),
        }
    }
}

/// The fields of a language.
#[derive(Clone, Debug, Serialize)]
struct Text {
    language: &'static str,
    name: &'static str,
    subject: String,
    body: String,
}

/// The letter as it is read; without words where something is not known of its first person.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Shown {
    pub(super) language: &'static str,
    pub(super) name: &'static str,
    pub(super) subject: Option<String>,
    pub(super) body: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
struct Past {
    at: Moment,
    by: String,
    what: String,
    reason: Option<String>,
}

impl View for One {
    const TEMPLATE: &'static str = "staff/bulk_one.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let wrong =
            ["subject:ja", "body:ja", "to", "acts", "reason"].map(|one| Mistake::new(one, "違います。"));
        let all = [
            BulkState::Collecting,
            BulkState::Draft,
            BulkState::Refused,
            BulkState::Proposed,
            BulkState::Sending,
            BulkState::Stopped,
            BulkState::Done,
        ];
        let mut samples: Vec<_> =
            all.map(|state| ("a letter to many", Self::sample(state, Vec::new()))).into();
        samples.push(("a letter to many, wrong", Self::sample(BulkState::Draft, wrong.to_vec())));
        samples.push(("a proposal, wrong", Self::sample(BulkState::Proposed, wrong.into())));
        samples
    }
}

impl One {
    /// An example in this state.
    fn sample(code: BulkState, wrong: Vec<Mistake>) -> Self {
        let at = Moment::from_millis(1_775_980_800_000);
        let text = |language, name| Text {
            language,
            name,
            subject: "【{city}】お知らせ".to_owned(),
            body: "受取期限は {due} です。".to_owned(),
        };
        let shown = Shown {
            language: "ja",
            name: "日本語",
            subject: Some("【見本市】お知らせ".to_owned()),
            body: Some("受取期限は4月30日です。\n".to_owned()),
        };
        let past =
            Past {
                at, by: "山田 花子".to_owned(), what: "作成".to_owned(), reason: Some("x".to_owned())
            };
        let sum = Numbers {
            all: 5,
            people: 3,
            without: vec![("no_address", "メールアドレスがない", 2)],
            without_all: 2,
            no_address: 2,
            sent: 1,
            percent: 33,
            ..Numbers::default()
        };
        Self {
            id: BulkMailId::of(1),
            version: 1,
            title: "お知らせ".to_owned(),
            purpose: "お知らせ",
            renotice: code == BulkState::Refused,
            state: words::state(code),
            code,
            step: step(code),
            audience: "状態：通知書発送済".to_owned(),
            quiet_days: 7,
            by: "山田 花子".to_owned(),
            at,
            own: code != BulkState::Proposed,
            approval: true,
            approver: Some(("佐々木".to_owned(), Some(at))),
            refusal: Some("言い方がきついです。".to_owned()),
            tested_at: (code != BulkState::Draft).then_some(at),
            started_at: Some(at),
            per_minute: 600,
            sum,
            texts: vec![text("ja", "日本語"), text("en", "英語")],
            places: vec!["city".to_owned()],
            shown: vec![shown.clone(), Shown { subject: None, body: None, ..shown }],
            to: String::new(),
            reason: String::new(),
            past: vec![past],
            wrong,
        }
    }
}

const fn step(state: BulkState) -> u8 {
    match state {
        BulkState::Collecting => 1,
        BulkState::Draft | BulkState::Refused | BulkState::Dropped => 2,
        BulkState::Proposed => 3,
        BulkState::Sending | BulkState::Stopped | BulkState::Done => 4,
    }
}

pub(in crate::web::staff) async fn one(ctx: StaffCtx, Row(id): Row) -> Result<Response, PageError> {
    let view = view(&ctx, BulkMailId::of(id), &Fields::default(), Vec::new()).await?;
    ctx.page(&view)
}

/// Every button of the page.
pub(in crate::web::staff) async fn act(
    Row(id): Row,
    StaffPost { ctx, fields }: StaffPost,
) -> Result<Response, PageError> {
    let id = BulkMailId::of(id);
    let version: i64 = fields.get("version").parse().unwrap_or_default();
    let done = match fields.get("act").as_str() {
        "save" => save(&ctx, id, version, &fields).await?,
        "test" => test(&ctx, id, &fields).await?,
        word => decide(&ctx, id, version, (word, fields.get("reason"))).await?,
    };
    match done {
        Ok(flash) => Ok(ctx.to_with(&format!("/mail/bulk/{id}#main"), flash)),
        Err(wrong) => ctx.again(&view(&ctx, id, &fields, wrong).await?),
    }
}

type Done = Result<Flash, Vec<Mistake>>;

async fn save(ctx: &StaffCtx, id: BulkMailId, version: i64, fields: &Fields) -> Result<Done, PageError> {
    let wish = SetText { id, expect_version: version, texts: typed(fields) };
    match ctx.city.db.write(ctx.actor(), move |tx| bulk::set_text(tx, &wish)).await {
        Ok(()) => {
            Ok(Ok(Flash::done("文を保存しました。見本を確かめて、自分のアドレスへ試しに送ってください。")))
        }
        Err(refusal) => Ok(Err(words::text(refusal)?)),
    }
}

/// What stands in the fields; a further language of which nothing is written is left out.
fn typed(fields: &Fields) -> BTreeMap<String, TextWords> {
    let one = |(code, _): &(&'static str, &'static str)| {
        let words = TextWords {
            subject: fields.get(&format!("subject:{code}")),
            body: fields.text(&format!("body:{code}")),
        };
        let written = *code == "ja" || words != TextWords::default();
        written.then(|| ((*code).to_owned(), words))
    };
    LANGUAGES.iter().filter_map(one).collect()
}

async fn test(ctx: &StaffCtx, id: BulkMailId, fields: &Fields) -> Result<Done, PageError> {
    let Ok(to) = Email::parse(&fields.get("to")) else {
        let text = "試しに送るメールアドレスを、名前@example.jp の形で入力してください。";
        return Ok(Err(vec![Mistake::new("to", text)]));
    };
    let once = OnceKey::from_form(&fields.get("once")).ok_or(PageError::Expired)?;
    let language = fields.get("language");
    let language = LANGUAGES.iter().find(|(code, _)| *code == language).map_or("ja", |(code, _)| code);
    let wish = TestLetter { id, language: language.to_owned(), to, once };
    if ctx.city.db.write(ctx.actor(), move |tx| bulk::send_test(tx, &wish)).await? {
        Ok(Ok(Flash::done("試しのメールを送ります。届いたら、件名・本文・リンクを確かめてください。")))
    } else {
        let text = "見本にする方に、差し込む値がありません。文か、送る相手を見直してください。";
        Ok(Err(vec![Mistake::new("to", text)]))
    }
}

async fn decide(
    ctx: &StaffCtx,
    id: BulkMailId,
    version: i64,
    (word, reason): (&str, String),
) -> Result<Done, PageError> {
    let word = word.to_owned();
    let acted = ctx.city.db.write(ctx.actor(), move |tx| match word.as_str() {
        "propose" => bulk::propose(tx, id, version).map(|state| {
            Some(match state {
                BulkState::Sending => "送り始めました。このページを閉じても送信は続きます。",
                _ => "承認を頼みました。別の職員がこのページで承認すると、送り始めます。",
            })
        }),
        "approve" => bulk::approve(tx, id, version)
            .map(|()| Some("承認しました。送り始めます。このページを閉じても送信は続きます。")),
        "refuse" => bulk::refuse(tx, id, version, &reason).map(|()| Some("作成中に戻しました。")),
        "drop" => bulk::drop_draft(tx, id, version).map(|()| Some("この一斉メールを取りやめました。")),
        "stop" => bulk::steer(tx, id, version, Steer::Stop)
            .map(|()| Some("止めました。送信サーバに渡す前のメールは、送信箱から取り除きます。")),
        "resume" => bulk::steer(tx, id, version, Steer::Resume).map(|()| Some("続きを送ります。")),
        _ => Ok(None),
    });
    match acted.await {
        Ok(Some(text)) => Ok(Ok(Flash::done(text))),
        Ok(None) => Err(PageError::NotFound),
        Err(refusal) => Ok(Err(vec![words::decide(refusal)?])),
    }
}

async fn view(
    ctx: &StaffCtx,
    id: BulkMailId,
    fields: &Fields,
    wrong: Vec<Mistake>,
) -> Result<One, PageError> {
    let read = ctx.read(move |tx| {
        let Some(found) = bulk::get(tx, id)?.filter(|one| one.state != BulkState::Dropped) else {
            return Ok(None);
        };
        let sum = bulk::sum(tx, id)?;
        let past = history::of_record(tx, Record::BulkMail(id))?;
        let facts = sample::read(tx, &found)?;
        Ok::<_, Fault>(Some((found, sum, past, facts)))
    });
    let (found, sum, past, facts) = read.await?.ok_or(PageError::NotFound)?;
    let written = !found.texts.is_empty() || found.purpose == Purpose::Renotice;
    let shown = if written { sample::draw(ctx, facts)? } else { Vec::new() };
    Ok(of(ctx, &found, (&sum, &past), shown, (fields, wrong)))
}

fn of(
    ctx: &StaffCtx,
    found: &BulkMail,
    (sum, past): (&Sum, &[Entry]),
    shown: Vec<Shown>,
    (fields, wrong): (&Fields, Vec<Mistake>),
) -> One {
    let sight = Sight::of(&ctx.signed);
    One {
        id: found.id,
        version: found.version,
        title: title(ctx, found),
        purpose: words::purpose(found.purpose),
        renotice: found.purpose == Purpose::Renotice,
        state: words::state(found.state),
        code: found.state,
        step: step(found.state),
        audience: sight.conditions(&found.audience_words).unwrap_or_else(|| HIDDEN.to_owned()),
        quiet_days: found.quiet_days,
        by: found.actor.clone(),
        at: found.created_at,
        own: found.staff == ctx.signed.id,
        approval: ctx.settings.bulk_approval,
        approver: found.approver.clone().map(|name| (name, found.decided_at)),
        refusal: found.refusal.clone().filter(|_| found.state.is_written()),
        tested_at: found.tested_at,
        started_at: found.started_at,
        per_minute: ctx.settings.bulk_per_minute,
        sum: Numbers::of(sum),
        texts: texts(found, fields),
        places: wording::bulk_lines(found.audience.is_of_bookings())[0].places.clone(),
        shown,
        to: fields.get("to"),
        reason: fields.get("reason"),
        past: past.iter().map(passed).collect(),
        wrong,
    }
}

fn texts(found: &BulkMail, fields: &Fields) -> Vec<Text> {
    let typed = fields.has("subject:ja").then(|| typed(fields));
    let all = typed.as_ref().unwrap_or(&found.texts);
    let one = |(language, name): &(&'static str, &'static str)| {
        let words = all.get(*language).cloned().unwrap_or_default();
        Text { language, name, subject: words.subject, body: words.body }
    };
    LANGUAGES.iter().map(one).collect()
}

fn passed(entry: &Entry) -> Past {
    Past {
        at: entry.at,
        by: entry.actor.clone(),
        what: said::event(&entry.operation),
        reason: entry.detail.as_ref().and_then(|detail| detail.reason.clone()),
    }
}
