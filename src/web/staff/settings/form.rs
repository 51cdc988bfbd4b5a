//! One form of settings, drawn from their table, with what was changed before.

use std::collections::BTreeMap;

use axum::extract::Path;
use axum::response::Response;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::base::Moment;
use crate::db::Fault;
use crate::history::{Changed, Entry};
use crate::render::View;
use crate::settings::{self, Bounds, Group, KEYS, Key, SetError, Settings, Wish, object};
use crate::web::staff::parts::Wrong;
use crate::web::staff::{Flash, StaffCtx, StaffPost};
use crate::web::{Fields, PageError};

/// So many past changes are shown.
const PAST: usize = 100;

/// What is drawn.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct Form {
    code: &'static str,
    title: &'static str,
    lines: Vec<Line>,
    past: Vec<Past>,
    wrong: Vec<Wrong>,
}

/// One setting.
#[derive(Debug, Serialize)]
struct Line {
    key: &'static str,
    label: &'static str,
    hint: &'static str,
    kind: &'static str,
    unit: &'static str,
    /// How wide its field is, in characters.
    size: usize,
    most: usize,
    must: bool,
    choices: Vec<(&'static str, &'static str, bool)>,
    typed: String,
    seen: String,
    default: String,
}

/// One setting as it was changed once.
#[derive(Debug, Serialize)]
struct Past {
    at: Moment,
    by: String,
    label: &'static str,
    before: String,
    after: String,
}

impl View for Form {
    const TEMPLATE: &'static str = "staff/settings_form.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let of = |group, wrong: Vec<Wrong>, past| {
            let values = object(&Settings::default()).unwrap_or_default();
            Self { past, ..draw(group, &values, &values, &BTreeMap::new(), wrong) }
        };
        let past = Past {
            at: Moment::from_millis(1_775_980_800_000),
            by: "佐々木 係長".to_owned(),
            label: "受取期限",
            before: "90日".to_owned(),
            after: "60日".to_owned(),
        };
        let wrong = Group::ALL.iter().filter_map(|group| {
            let key = KEYS.iter().find(|key| key.group == *group)?;
            Some(("settings wrong", of(*group, vec![Wrong::new(key.key, "1から5人までです。")], Vec::new())))
        });
        let all = Group::ALL.iter().map(|group| ("settings of a group", of(*group, Vec::new(), Vec::new())));
        all.chain(wrong)
            .chain([("settings with a past", of(Group::Booking, Vec::new(), vec![past]))])
            .collect()
    }
}

/// What somebody typed into the form, by key.
type Typed = BTreeMap<&'static str, String>;

fn draw(
    group: Group,
    values: &Map<String, Value>,
    default: &Map<String, Value>,
    typed: &Typed,
    wrong: Vec<Wrong>,
) -> Form {
    let said = |of: &Map<String, Value>, key: &Key| key.said(of.get(key.key).unwrap_or(&Value::Null));
    let keys = KEYS.iter().filter(|key| key.group == group);
    let line = |key: &'static Key| {
        let seen = key.typed(values.get(key.key).unwrap_or(&Value::Null));
        let typed = typed.get(key.key).cloned().unwrap_or_else(|| seen.clone());
        let (kind, unit, size, most) = shape(key);
        let choices = match key.bounds {
            Bounds::Choice(choices) => {
                choices.iter().map(|(code, name)| (*code, *name, *code == typed)).collect()
            }
            _ => Vec::new(),
        };
        let required =
            !matches!(key.bounds, Bounds::Text { least: 0, .. } | Bounds::Address | Bounds::Switch);
        let default = said(default, key);
        Line {
            key: key.key,
            label: key.label,
            hint: key.hint,
            kind,
            unit,
            size,
            most,
            must: required,
            choices,
            typed,
            seen,
            default,
        }
    };
    Form {
        code: group.code(),
        title: group.label(),
        lines: keys.map(line).collect(),
        past: Vec::new(),
        wrong,
    }
}

/// Kind of control, unit, width and most characters.
fn shape(key: &Key) -> (&'static str, &'static str, usize, usize) {
    match key.bounds {
        Bounds::Number { unit, .. } => ("number", unit, 6, 10),
        Bounds::Time => ("time", "", 6, 5),
        Bounds::Text { most, .. } => ("text", "", most.clamp(20, 60), most),
        Bounds::Address => ("text", "", 40, 254),
        Bounds::Pattern => ("pattern", "", 40, 100),
        Bounds::Switch => ("switch", "", 0, 0),
        Bounds::Choice(_) => ("choice", "", 0, 0),
    }
}

async fn view(ctx: &StaffCtx, group: Group, typed: &Typed, wrong: Vec<Wrong>) -> Result<Form, PageError> {
    let (now, past) = ctx.read(|tx| Ok::<_, Fault>((settings::read(tx)?, settings::changes(tx)?))).await?;
    let (values, default) = (object(&now)?, object(&Settings::default())?);
    Ok(Form { past: of_group(group, &past), ..draw(group, &values, &default, typed, wrong) })
}

fn of_group(group: Group, past: &[Entry]) -> Vec<Past> {
    let one = |entry: &Entry, changed: &Changed| {
        let key = settings::key(&changed.field).filter(|key| key.group == group)?;
        let said = |value: Option<&str>| {
            value.and_then(|value| serde_json::from_str(value).ok()).map(|value| key.said(&value))
        };
        Some(Past {
            at: entry.at,
            by: entry.actor.clone(),
            label: key.label,
            before: said(changed.before()).unwrap_or_default(),
            after: said(changed.after()).unwrap_or_default(),
        })
    };
    let changes = past.iter().filter_map(|entry| Some((entry, entry.detail.as_ref()?)));
    let changes = changes.flat_map(|(entry, detail)| detail.changes.iter().map(move |one| (entry, one)));
    changes.filter_map(|(entry, changed)| one(entry, changed)).take(PAST).collect()
}

fn group_of(word: &str) -> Result<Group, PageError> {
    Group::from_code(word).ok_or(PageError::NotFound)
}

/// Shows the form.
pub(in crate::web::staff) async fn show(
    ctx: StaffCtx,
    Path(word): Path<String>,
) -> Result<Response, PageError> {
    let view = view(&ctx, group_of(&word)?, &Typed::new(), Vec::new()).await?;
    ctx.page(&view)
}

/// Saves what was changed on the form.
pub(in crate::web::staff) async fn save(
    Path(word): Path<String>,
    StaffPost { ctx, fields }: StaffPost,
) -> Result<Response, PageError> {
    let group = group_of(&word)?;
    let typed = typed(group, &fields);
    let (wishes, wrong) = wishes(&fields, &typed);
    if !wrong.is_empty() {
        return ctx.again(&view(&ctx, group, &typed, wrong).await?);
    }
    match ctx.city.db.write(ctx.actor(), move |tx| settings::set_all(tx, &wishes)).await {
        Ok(changed) => {
            let said = match changed {
                0 => "変わった項目はありません。".to_owned(),
                n => format!("{n}項目を保存しました。次の操作から効きます。"),
            };
            Ok(ctx.to_with(&format!("/settings/{}#main", group.code()), Flash::done(said)))
        }
        Err(refused) => {
            let wrong = refusal(refused)?;
            ctx.again(&view(&ctx, group, &typed, wrong).await?)
        }
    }
}

/// The settings of the group that the form had, as they were typed.
fn typed(group: Group, fields: &Fields) -> Typed {
    let keys = KEYS.iter().filter(|key| key.group == group && fields.has(&format!("seen:{}", key.key)));
    keys.map(|key| (key.key, fields.get(key.key))).collect()
}

fn wishes(fields: &Fields, typed: &Typed) -> (Vec<Wish>, Vec<Wrong>) {
    let (mut wishes, mut wrong) = (Vec::new(), Vec::new());
    for (name, typed) in typed {
        let Some(key) = settings::key(name) else { continue };
        match (key.read(typed), key.read(&fields.get(&format!("seen:{name}")))) {
            (Some(value), Some(seen)) => wishes.push(Wish { key, seen, value }),
            _ => wrong.push(not_allowed(key)),
        }
    }
    wrong.sort_by_key(|one| KEYS.iter().position(|key| key.key == one.field));
    (wishes, wrong)
}

fn not_allowed(key: &'static Key) -> Wrong {
    Wrong::new(key.key, format!("{}は、{}です。", key.label, key.allowed()))
}

fn refusal(refused: SetError) -> Result<Vec<Wrong>, PageError> {
    match refused {
        SetError::Conflict(all) => Ok(all.into_iter().map(|(key, now)| taken(key, &now)).collect()),
        SetError::NotAllowed { key } => Ok(settings::key(&key).map(not_allowed).into_iter().collect()),
        SetError::UnknownKey { .. } => Err(PageError::NotFound),
        SetError::Fault(fault) => Err(fault.into()),
    }
}

fn taken(key: &'static Key, now: &Value) -> Wrong {
    let now = key.said(now);
    let text = format!(
        "{}は、開いているあいだにほかの人が「{now}」に変えました。それでよければ直さずに、変えるならもう一度保存してください。",
        key.label
    );
    Wrong::new(key.key, text)
}
