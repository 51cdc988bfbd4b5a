//! The sentences of one letter in one language: looked at, rewritten, tried, and brought back.

use std::collections::BTreeMap;

use axum::extract::{Path, Query};
use axum::response::Response;
use serde::Serialize;

use super::{LANGUAGES, city_of, title};
use crate::base::{Email, Moment};
use crate::booking;
use crate::history::Entry;
use crate::mail::Rendered;
use crate::mail::wording::{
    self, BadSentence, Example, Line, Own, Sample, SetWordingError, Turn, WordingWish,
};
use crate::once::OnceKey;
use crate::render::View;
use crate::settings;
use crate::web::staff::{Flash, StaffCtx, StaffPost};
use crate::web::{Fields, PageError};

/// So many past changes are shown.
const PAST: usize = 50;

#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Form {
    word: String,
    title: &'static str,
    common: bool,
    language: &'static str,
    languages: Vec<(&'static str, &'static str, bool)>,
    /// The procedures that it can be written for, with the chosen one.
    procedure: String,
    procedures: Vec<(String, String)>,
    lines: Vec<Row>,
    subject: String,
    body: String,
    to: String,
    past: Vec<Past>,
    wrong: Vec<Mistake>,
}

/// One sentence.
#[derive(Debug, Serialize)]
struct Row {
    key: String,
    standard: String,
    places: Vec<String>,
    shared: bool,
    subject: bool,
    /// What stands in the field; empty = the product's.
    typed: String,
    seen: String,
    rows: usize,
}

/// What is wrong with a field of this name.
#[derive(Debug, Serialize)]
struct Mistake {
    field: String,
    text: String,
}

/// A sentence as it was rewritten once.
#[derive(Debug, Serialize)]
struct Past {
    at: Moment,
    by: String,
    key: String,
    before: Option<String>,
    after: Option<String>,
}

impl View for Form {
    const TEMPLATE: &'static str = "staff/letter_form.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let row = |subject, shared, typed: &str| Row {
            key: "mail.confirmed".to_owned(),
            standard: "予約ができました。{no}".to_owned(),
            places: vec!["no".to_owned()],
            shared,
            subject,
            typed: typed.to_owned(),
            seen: String::new(),
            rows: 2,
        };
        let past = Past {
            at: Moment::from_millis(1_775_980_800_000),
            by: "佐々木 係長".to_owned(),
            key: "mail.confirmed".to_owned(),
            before: None,
            after: Some("予約を受け付けました。{no}".to_owned()),
        };
        let of = |common, past, wrong| Self {
            word: "booking_confirmed".to_owned(),
            title: "予約完了",
            common,
            language: "ja",
            languages: LANGUAGES.map(|(code, name)| (code, name, code == "ja")).into(),
            procedure: String::new(),
            procedures: vec![("issuance".to_owned(), "カードの受け取り".to_owned())],
            lines: vec![row(true, false, ""), row(false, true, "予約を受け付けました。{no}")],
            subject: "【見本市】予約ができました".to_owned(),
            body: "予約ができました。\n".to_owned(),
            to: String::new(),
            past,
            wrong,
        };
        let wrong = vec![Mistake {
            field: "mail.confirmed".to_owned(),
            text: "{x} は差し込めません。".to_owned(),
        }];
        vec![
            ("sentences", of(false, vec![past], Vec::new())),
            ("sentences wrong", of(true, Vec::new(), wrong)),
        ]
    }
}

/// What somebody typed, by key.
type Typed = BTreeMap<String, String>;

fn language(fields: &Fields) -> &'static str {
    let asked = fields.get("language");
    LANGUAGES.iter().find(|(code, _)| *code == asked).map_or("ja", |(code, _)| code)
}

struct Asked {
    word: String,
    /// The procedure that the sentences are written for.
    procedure: Example,
    procedures: Vec<(String, String)>,
    language: &'static str,
    lines: Vec<Line>,
}

impl Asked {
    async fn of(ctx: &StaffCtx, word: String, fields: &Fields) -> Result<Self, PageError> {
        let language = language(fields);
        let lines = wording::lines(&ctx.state.renderer, &word, language)?.ok_or(PageError::NotFound)?;
        let (code, of_booking) = (fields.get("procedure"), wording::is_of_booking(&word));
        let read = move |tx: &crate::db::ReadTx<'_>| -> Result<_, crate::db::Fault> {
            let all = if of_booking { booking::procedures(tx)? } else { Vec::new() };
            let Some(known) = all.iter().find(|one| one.code == code) else {
                return Ok((all, Example::default()));
            };
            let words = booking::procedure_words(tx, &known.code, language)?;
            let bring = if known.is_issuance() { Vec::new() } else { words.bring };
            let (code, name) = (known.code.clone(), words.name);
            Ok((all, Example { code, name, bring }))
        };
        let (all, procedure) = ctx.read(read).await?;
        let procedures = all.into_iter().map(|one| (one.code, one.name)).collect();
        Ok(Self { word, procedure, procedures, language, lines })
    }

    /// The word under which its sentences are kept.
    fn scope(&self) -> String {
        wording::scope(&self.word, &self.procedure.code)
    }

    fn path(&self) -> String {
        let procedure = &self.procedure.code;
        format!("/mail/templates/{}?language={}&procedure={procedure}#main", self.word, self.language)
    }
}

pub(in crate::web::staff) async fn show(
    ctx: StaffCtx,
    Path(word): Path<String>,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let asked = Asked::of(&ctx, word, &Fields::new(query)).await?;
    let form = draw(&ctx, &asked, None, Vec::new()).await?;
    ctx.page(&form)
}

/// Shows the letter as it was typed, keeps it, sends an example, or brings a past sentence into the form.
pub(in crate::web::staff) async fn act(
    Path(word): Path<String>,
    StaffPost { ctx, fields }: StaffPost,
) -> Result<Response, PageError> {
    let asked = Asked::of(&ctx, word, &fields).await?;
    let typed = typed(&asked, &fields);
    let wrong = mistakes(&asked, &typed);
    if !wrong.is_empty() {
        return ctx.again(&draw(&ctx, &asked, Some((&typed, &fields)), wrong).await?);
    }
    match fields.get("act").as_str() {
        "save" => save(&ctx, &asked, &typed, &fields).await,
        "send" => send(&ctx, &asked, &typed, &fields).await,
        _ => ctx.page(&draw(&ctx, &asked, Some((&typed, &fields)), Vec::new()).await?),
    }
}

/// What stands in the fields; what is the product's sentence again counts as nothing of the city's own.
fn typed(asked: &Asked, fields: &Fields) -> Typed {
    let one = |line: &Line| {
        let words = fields.text(&line.key);
        (line.key.clone(), if words == line.standard { String::new() } else { words })
    };
    asked.lines.iter().map(one).collect()
}

fn mistakes(asked: &Asked, typed: &Typed) -> Vec<Mistake> {
    let one = |line: &Line| {
        let words = typed.get(&line.key).filter(|words| !words.is_empty())?;
        let bad = line.check(words).err()?;
        Some(Mistake { field: line.key.clone(), text: said(&bad) })
    };
    asked.lines.iter().filter_map(one).collect()
}

/// Why a sentence cannot be said, in words.
pub(in crate::web::staff) fn said(bad: &BadSentence) -> String {
    match bad {
        BadSentence::Empty => "件名を入力してください。".to_owned(),
        BadSentence::TooLong(most) => format!("{most}文字までで入力してください。"),
        BadSentence::Unfit => "メールで送れない文字があります。件名には改行を入れられません。".to_owned(),
        BadSentence::MyNumber => "個人番号に見える数字があります。メールには書けません。".to_owned(),
        BadSentence::UnknownPlace(name) => {
            format!("{{{name}}} は、この文では差し込めません。使えるものは文の下にあります。")
        }
        BadSentence::NeededPlace(name) => {
            format!("{{{name}}} がありません。市民に必要なので、消さずに残してください。")
        }
        BadSentence::Open => "かっこ { }、または読みの記号 ｜《》 が片方だけあります。".to_owned(),
    }
}

async fn save(ctx: &StaffCtx, asked: &Asked, typed: &Typed, fields: &Fields) -> Result<Response, PageError> {
    let kept = |words: String| (!words.is_empty()).then_some(words);
    let turn = |line: &Line| Turn {
        key: line.key.clone(),
        seen: kept(fields.text(&format!("seen:{}", line.key))),
        now: kept(typed.get(&line.key).cloned().unwrap_or_default()),
    };
    let wish = WordingWish {
        letter: asked.scope(),
        language: asked.language.to_owned(),
        turns: asked.lines.iter().map(turn).collect(),
    };
    match ctx.city.db.write(ctx.actor(), move |tx| wording::set_wording(tx, &wish)).await {
        Ok(0) => Ok(ctx.to_with(&asked.path(), Flash::mind("変わった文はありません。"))),
        Ok(count) => Ok(ctx.to_with(
            &asked.path(),
            Flash::done(format!("{count}か所の文を保存しました。これから送るメールに使います。")),
        )),
        Err(SetWordingError::Conflict(keys)) => {
            let text = "開いているあいだに、ほかの職員がこの文を直しました。いまの文を確かめて、もう一度保存してください。";
            let wrong = keys.into_iter().map(|field| Mistake { field, text: text.to_owned() }).collect();
            ctx.again(&draw(ctx, asked, Some((typed, &Fields::default())), wrong).await?)
        }
        Err(SetWordingError::Fault(fault)) => Err(fault.into()),
    }
}

/// Sends what is kept, not what is typed: the receiver shall see what citizens get.
async fn send(ctx: &StaffCtx, asked: &Asked, typed: &Typed, fields: &Fields) -> Result<Response, PageError> {
    let Ok(to) = Email::parse(&fields.get("to")) else {
        let text = "試しに送るメールアドレスを、名前@example.jp の形で入力してください。".to_owned();
        let wrong = vec![Mistake { field: "to".to_owned(), text }];
        return ctx.again(&draw(ctx, asked, Some((typed, fields)), wrong).await?);
    };
    let once = OnceKey::from_form(&fields.get("once")).ok_or(PageError::Expired)?;
    let (letter, procedure) = (asked.word.clone(), asked.procedure.clone());
    let wish = Sample { letter, procedure, language: asked.language.to_owned(), to, once };
    ctx.city.db.write(ctx.actor(), move |tx| wording::send_sample(tx, &wish)).await?;
    let text = "保存してある文で、試しのメールを送ります。予約の内容は見本です。";
    Ok(ctx.to_with(&asked.path(), Flash::done(text)))
}

async fn draw(
    ctx: &StaffCtx,
    asked: &Asked,
    typed: Option<(&Typed, &Fields)>,
    wrong: Vec<Mistake>,
) -> Result<Form, PageError> {
    let read = |tx: &crate::db::ReadTx<'_>| {
        Ok::<_, crate::db::Fault>((wording::own(tx)?, settings::read(tx)?, wording::changes(tx)?))
    };
    let (own, settings, past) = ctx.read(read).await?;
    let stands = own.at(&asked.scope(), asked.language);
    let rows = asked.lines.iter().map(|line| row(line, &stands, typed));
    let lines: Vec<Row> = rows.collect();
    let broken = |key: &str| wrong.iter().any(|mistake| mistake.field == key);
    let shown = lines.iter().filter(|row| !row.typed.is_empty() && !broken(&row.key));
    let words: BTreeMap<String, String> = shown.map(|row| (row.key.clone(), row.typed.clone())).collect();
    let letter = example(ctx, asked, own, settings, &words)?;
    Ok(Form {
        word: asked.word.clone(),
        title: title(&asked.word),
        common: asked.word == wording::COMMON,
        language: asked.language,
        languages: LANGUAGES.map(|(code, name)| (code, name, code == asked.language)).into(),
        procedure: asked.procedure.code.clone(),
        procedures: asked.procedures.clone(),
        lines,
        subject: letter.subject,
        body: letter.body,
        to: typed.map(|(_, fields)| fields.get("to")).unwrap_or_default(),
        past: of_letter(asked, &past),
        wrong,
    })
}

/// The example that stands beside the form: the city's other sentences as they are, and these as they were typed.
fn example(
    ctx: &StaffCtx,
    asked: &Asked,
    own: Own,
    settings: settings::Settings,
    words: &BTreeMap<String, String>,
) -> Result<Rendered, PageError> {
    let city = city_of(ctx, settings, own.without(&asked.scope(), asked.language));
    let drawn =
        wording::preview(&ctx.state.renderer, &city, (&asked.word, &asked.procedure), asked.language, words)?;
    drawn.ok_or(PageError::NotFound)
}

fn row(line: &Line, stands: &BTreeMap<String, String>, typed: Option<(&Typed, &Fields)>) -> Row {
    let seen = stands.get(&line.key).cloned().unwrap_or_default();
    let typed = typed.and_then(|(typed, _)| typed.get(&line.key).cloned()).unwrap_or_else(|| seen.clone());
    let length = typed.chars().count().max(line.standard.chars().count());
    Row {
        key: line.key.clone(),
        standard: line.standard.clone(),
        places: line.places.clone(),
        shared: line.shared,
        subject: line.subject,
        rows: (length / 40 + 1 + typed.matches('\n').count()).min(8),
        typed,
        seen,
    }
}

fn of_letter(asked: &Asked, past: &[Entry]) -> Vec<Past> {
    let start = format!("{} {} ", asked.language, asked.scope());
    let one = |entry: &Entry| {
        let detail = entry.detail.as_ref()?;
        let key = detail.reason.as_deref()?.strip_prefix(&start)?.to_owned();
        let change = detail.changes.first()?;
        let said = |words: Option<&str>| words.map(str::to_owned);
        Some(Past {
            at: entry.at,
            by: entry.actor.clone(),
            key,
            before: said(change.before()),
            after: said(change.after()),
        })
    };
    past.iter().filter_map(one).take(PAST).collect()
}
