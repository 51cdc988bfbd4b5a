//! Templates, messages and assets: the only room that knows the template engine.
//!
//! A page or letter is a [`View`]: a struct with the name of its template and samples of itself. Everything is embedded
//! in the binary and parsed at start, so a broken template stops the program instead of a citizen.
//!
//! What templates may use besides the view's fields:
//! - `t("area.key", name=value)`: the message in the page's language ([`catalogue`]); it also takes a [`Text`];
//! - `plain("area.key")`: the same without tags and readings, for titles and attributes;
//! - `asset("citizen/logo.svg")`: the address of an embedded file, with its digest in it;
//! - filters for days and times ([`dates`]): `day_era`, `day_short`, `day_ja`, `era_year`, `month_era`, `weekday`,
//!   `time`, `moment`, `moment_day`, `moment_time`, `moment_iso`, `day_slash`, `birth`, `birth_short`.
//!
//! **Invariant:** an undefined name in a template is a fault, never an empty place on the page.

pub mod assets;
pub mod catalogue;
pub mod dates;
mod text;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use minijinja::value::{Kwargs, Serde};
use minijinja::{AutoEscape, Environment, State, UndefinedBehavior, Value, context};
use serde::Serialize;

pub use catalogue::{Catalogue, FALLBACK};
pub use text::Text;

/// A view's field with this name holds sentences of the city's own, by key: they stand for those of the message files.
const OWN: &str = "own_words";

/// What one template shows.
pub trait View: Serialize {
    /// The template's path below `templates/`.
    const TEMPLATE: &'static str;

    /// Named examples of every state that the template can show; a test renders each of them strictly.
    fn samples() -> Vec<(&'static str, Self)>
    where
        Self: Sized;
}

/// A template or message could not be loaded or drawn.
#[derive(Debug, thiserror::Error)]
pub enum RenderFault {
    /// The template engine refused; the message names template and line.
    #[error("template: {0}")]
    Template(String),
    /// A message file could not be read.
    #[error("messages/{language}/{area}.toml: {why}")]
    Messages {
        /// The language's folder.
        language: String,
        /// The file without its ending.
        area: String,
        /// What was wrong.
        why: String,
    },
}

impl From<minijinja::Error> for RenderFault {
    fn from(error: minijinja::Error) -> Self {
        Self::Template(format!("{error:#}"))
    }
}

#[derive(rust_embed::RustEmbed)]
#[folder = "templates/"]
struct Templates;

/// Draws views. Cheap to clone.
#[derive(Clone)]
pub struct Renderer(Arc<Inner>);

struct Inner {
    catalogue: Arc<Catalogue>,
    environments: BTreeMap<String, Environment<'static>>,
}

impl fmt::Debug for Renderer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Renderer").field(&self.languages()).finish()
    }
}

impl Renderer {
    /// Reads every embedded template and message file and checks that each can be parsed.
    pub fn load() -> Result<Self, RenderFault> {
        let catalogue = Arc::new(Catalogue::embedded()?);
        let plain = with_templates()?;
        let environments = catalogue
            .languages()
            .map(|language| (language.to_owned(), speaking(&plain, language, &catalogue)))
            .collect();
        Ok(Self(Arc::new(Inner { catalogue, environments })))
    }

    /// The languages that have messages, as their folder names (`ja`, `ja-easy`, `en` …).
    pub fn languages(&self) -> Vec<&str> {
        self.0.catalogue.languages().collect()
    }

    /// The messages.
    pub fn catalogue(&self) -> &Catalogue {
        &self.0.catalogue
    }

    /// Draws `view` in `language`, or in Japanese where that language has no messages.
    pub fn page<V: View>(&self, view: &V, language: &str) -> Result<String, RenderFault> {
        self.draw(V::TEMPLATE, language, Value::from(Serde(view)))
    }

    /// Draws `view` inside a layout: `frame` is what every page of an audience shares, and `base` the municipality's
    /// path without a slash at its end, for links (`{{ base }}/notice#main`).
    pub fn page_in<V: View, F: Serialize>(
        &self,
        view: &V,
        language: &str,
        base: &str,
        frame: &F,
    ) -> Result<String, RenderFault> {
        let whole = context! { frame => Value::from(Serde(frame)), base => base, ..Value::from(Serde(view)) };
        self.draw(V::TEMPLATE, language, whole)
    }

    fn draw(&self, template: &str, language: &str, values: Value) -> Result<String, RenderFault> {
        let environment = self
            .0
            .environments
            .get(language)
            .or_else(|| self.0.environments.get(FALLBACK))
            .ok_or_else(|| RenderFault::Template("no messages at all".to_owned()))?;
        Ok(environment.get_template(template)?.render(values)?)
    }
}

/// Every embedded template's path, for tests.
pub fn template_names() -> Vec<String> {
    Templates::iter().map(std::borrow::Cow::into_owned).collect()
}

fn with_templates() -> Result<Environment<'static>, RenderFault> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    for path in Templates::iter() {
        let Some(file) = Templates::get(&path) else { continue };
        let source = String::from_utf8(file.data.into_owned())
            .map_err(|_| RenderFault::Template(format!("{path}: not UTF-8")))?;
        environment.add_template_owned(path.into_owned(), source)?;
    }
    Ok(environment)
}

/// The same templates with the functions and filters of one language.
fn speaking(
    plain: &Environment<'static>,
    language: &str,
    catalogue: &Arc<Catalogue>,
) -> Environment<'static> {
    let mut environment = plain.clone();
    let (words, tongue) = (Arc::clone(catalogue), language.to_owned());
    environment.add_function("t", move |state: &State<'_, '_>, what: Value, slots: Kwargs| {
        let html = matches!(state.auto_escape(), AutoEscape::Html);
        let style = if html { text::Style::Html } else { text::Style::Letter };
        text::tell(&words, &tongue, style, &what, (&slots, state.lookup(OWN).as_ref()))
    });
    let (words, tongue) = (Arc::clone(catalogue), language.to_owned());
    environment.add_function("plain", move |what: Value, slots: Kwargs| {
        text::tell(&words, &tongue, text::Style::Plain, &what, (&slots, None))
    });
    environment.add_function("said", |state: &State<'_, '_>, words: String| {
        let html = matches!(state.auto_escape(), AutoEscape::Html);
        text::said(&words, if html { text::Style::Html } else { text::Style::Letter })
    });
    environment.add_function("asset", assets::address);
    environment.add_global("language", language);
    dates::add_filters(&mut environment, language, catalogue);
    environment
}
