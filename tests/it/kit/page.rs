//! A page as somebody without scripts meets it: words, links, forms with labelled controls.

use scraper::{ElementRef, Html, Node, Selector};

/// What a browser made of an answer.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The bytes as text.
    pub html: String,
    /// Language of the document.
    pub lang: String,
    /// The title.
    pub title: String,
    /// The words of the body, one line a block.
    pub text: String,
    /// Every heading of the first rank.
    pub h1: Vec<String>,
    /// Every link by its accessible name.
    pub links: Vec<Link>,
    /// Every form.
    pub forms: Vec<Form>,
    /// Every control in a form.
    pub controls: Vec<Control>,
    /// Every button in a form.
    pub buttons: Vec<Button>,
    /// Every id.
    pub ids: Vec<String>,
}

/// A link.
#[derive(Clone, Debug)]
pub struct Link {
    /// What a screen reader says.
    pub name: String,
    /// Where it leads.
    pub href: String,
}

/// A form.
#[derive(Clone, Debug)]
pub struct Form {
    /// Where it is sent; empty = this page.
    pub action: String,
    /// Whether it is posted.
    pub post: bool,
    /// Whether it can carry files.
    pub multipart: bool,
}

/// How a control is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Typed into.
    Text,
    /// Not seen.
    Hidden,
    /// One of several.
    Radio,
    /// Ticked or not.
    Checkbox,
    /// A list to choose from.
    Select,
    /// A file.
    File,
}

/// A control.
#[derive(Clone, Debug)]
pub struct Control {
    /// Index of its form.
    pub form: usize,
    /// How it is filled.
    pub kind: Kind,
    /// Name of its field.
    pub name: String,
    /// What is in it.
    pub value: String,
    /// Name and content of the chosen file.
    pub file: Option<(String, Vec<u8>)>,
    /// Whether it is ticked.
    pub ticked: bool,
    /// What stands beside it.
    pub label: String,
    /// Value and words of each choice.
    pub options: Vec<(String, String)>,
    /// The words that it points to as its description.
    pub described: String,
    /// Whether it is marked as wrong.
    pub invalid: bool,
}

/// A button that sends its form.
#[derive(Clone, Debug)]
pub struct Button {
    /// Index of its form.
    pub form: usize,
    /// What a screen reader says.
    pub text: String,
    /// Its own field.
    pub field: Option<(String, String)>,
    /// Where it sends the form instead.
    pub action: Option<String>,
}

impl Page {
    /// Reads a document.
    pub fn read(html: &str) -> Self {
        let document = Html::parse_document(html);
        let forms: Vec<ElementRef<'_>> = all(&document, "form");
        let one = |css: &str| all(&document, css).first().map(|e| words(*e, true)).unwrap_or_default();
        let mut page = Self {
            html: html.to_owned(),
            lang: document.root_element().attr("lang").unwrap_or_default().to_owned(),
            title: one("title"),
            text: all(&document, "body").first().map(|body| lines(*body)).unwrap_or_default(),
            h1: all(&document, "h1").into_iter().map(|h1| words(h1, true)).collect(),
            links: all(&document, "a[href]").into_iter().map(link).collect(),
            forms: forms.iter().map(|form| read_form(*form)).collect(),
            ids: all(&document, "[id]").iter().filter_map(|e| e.attr("id").map(str::to_owned)).collect(),
            ..Self::default()
        };
        for element in all(&document, "input, select, textarea, button") {
            let Some(form) = owner(element, &forms) else { continue };
            if is_button(element) {
                page.buttons.push(read_button(element, form));
            } else if let Some(control) = read_control(&document, element, form) {
                page.controls.push(control);
            }
        }
        page
    }
}

fn all<'d>(document: &'d Html, css: &str) -> Vec<ElementRef<'d>> {
    document.select(&Selector::parse(css).unwrap()).collect()
}

fn link(element: ElementRef<'_>) -> Link {
    Link { name: name_of(element), href: element.attr("href").unwrap_or_default().to_owned() }
}

fn read_form(form: ElementRef<'_>) -> Form {
    Form {
        action: form.attr("action").unwrap_or_default().to_owned(),
        post: form.attr("method").is_some_and(|method| method.eq_ignore_ascii_case("post")),
        multipart: form.attr("enctype") == Some("multipart/form-data"),
    }
}

fn owner(element: ElementRef<'_>, forms: &[ElementRef<'_>]) -> Option<usize> {
    if let Some(id) = element.attr("form") {
        return forms.iter().position(|form| form.attr("id") == Some(id));
    }
    element
        .ancestors()
        .filter_map(ElementRef::wrap)
        .find_map(|above| forms.iter().position(|form| form.id() == above.id()))
}

fn is_button(element: ElementRef<'_>) -> bool {
    match element.value().name() {
        "button" => element.attr("type").is_none_or(|kind| kind == "submit"),
        "input" => matches!(element.attr("type"), Some("submit" | "image")),
        _ => false,
    }
}

fn read_button(element: ElementRef<'_>, form: usize) -> Button {
    let value = element.attr("value").unwrap_or_default().to_owned();
    let named = name_of(element);
    Button {
        form,
        text: if named.is_empty() { value.clone() } else { named },
        field: element.attr("name").map(|name| (name.to_owned(), value)),
        action: element.attr("formaction").map(str::to_owned),
    }
}

fn read_control(document: &Html, element: ElementRef<'_>, form: usize) -> Option<Control> {
    let kind = match (element.value().name(), element.attr("type").unwrap_or("text")) {
        ("select", _) => Kind::Select,
        ("button", _) => return None,
        ("input", "hidden") => Kind::Hidden,
        ("input", "radio") => Kind::Radio,
        ("input", "checkbox") => Kind::Checkbox,
        ("input", "file") => Kind::File,
        _ => Kind::Text,
    };
    let options = choices(element);
    let value = match kind {
        Kind::Select => chosen(element, &options),
        Kind::Radio | Kind::Checkbox => element.attr("value").unwrap_or("on").to_owned(),
        _ if element.value().name() == "textarea" => element.text().collect(),
        _ => element.attr("value").unwrap_or_default().to_owned(),
    };
    Some(Control {
        form,
        kind,
        name: element.attr("name")?.to_owned(),
        value,
        file: None,
        ticked: element.attr("checked").is_some(),
        label: label_of(document, element),
        options,
        described: described_by(document, element),
        invalid: element.attr("aria-invalid") == Some("true"),
    })
}

fn choices(element: ElementRef<'_>) -> Vec<(String, String)> {
    let option = Selector::parse("option").unwrap();
    let read = |option: ElementRef<'_>| {
        let text = words(option, true);
        (option.attr("value").map_or_else(|| text.clone(), str::to_owned), text)
    };
    element.select(&option).map(read).collect()
}

fn chosen(element: ElementRef<'_>, options: &[(String, String)]) -> String {
    let selected = Selector::parse("option[selected]").unwrap();
    let marked = element.select(&selected).next().and_then(|option| option.attr("value"));
    marked.map_or_else(|| options.first().map(|(value, _)| value.clone()).unwrap_or_default(), str::to_owned)
}

fn label_of(document: &Html, element: ElementRef<'_>) -> String {
    if let Some(named) = element.attr("aria-label") {
        return named.to_owned();
    }
    if let Some(ids) = element.attr("aria-labelledby") {
        return joined(document, ids);
    }
    let beside = element
        .attr("id")
        .and_then(|id| all(document, "label").into_iter().find(|label| label.attr("for") == Some(id)));
    let around =
        || element.ancestors().filter_map(ElementRef::wrap).find(|above| above.value().name() == "label");
    beside.or_else(around).map(name_of).unwrap_or_default()
}

fn described_by(document: &Html, element: ElementRef<'_>) -> String {
    element.attr("aria-describedby").map(|ids| joined(document, ids)).unwrap_or_default()
}

fn joined(document: &Html, ids: &str) -> String {
    let find = |id: &str| all(document, "[id]").into_iter().find(|element| element.attr("id") == Some(id));
    let said = ids.split_whitespace().map(|id| {
        find(id)
            .map_or_else(|| panic!("aria points to #{id}, which is not there"), |found| words(found, true))
    });
    said.collect::<Vec<_>>().join(" ")
}

/// What a screen reader calls an element: without what is hidden from it, and without the mark of a required field.
fn name_of(element: ElementRef<'_>) -> String {
    element.attr("aria-label").map_or_else(|| words(element, true), str::to_owned)
}

fn words(element: ElementRef<'_>, spoken: bool) -> String {
    let mut whole = String::new();
    collect(element, spoken, &mut whole);
    whole.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn lines(element: ElementRef<'_>) -> String {
    let mut whole = String::new();
    collect(element, false, &mut whole);
    let lines = whole.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

fn collect(element: ElementRef<'_>, spoken: bool, whole: &mut String) {
    let name = element.value().name();
    let unsaid = spoken && (element.attr("aria-hidden") == Some("true") || has_class(element, "req"));
    if unsaid || matches!(name, "script" | "style" | "template" | "rt" | "rp") {
        return;
    }
    if name == "img" {
        whole.push_str(element.attr("alt").unwrap_or_default());
    }
    let block =
        !matches!(name, "a" | "b" | "i" | "em" | "strong" | "span" | "ruby" | "small" | "abbr" | "time");
    if block {
        whole.push('\n');
    }
    for child in element.children() {
        match child.value() {
            Node::Text(text) => whole.push_str(text),
            Node::Element(_) => {
                if let Some(inner) = ElementRef::wrap(child) {
                    collect(inner, spoken, whole);
                }
            }
            _ => {}
        }
    }
    if block {
        whole.push('\n');
    }
}

fn has_class(element: ElementRef<'_>, class: &str) -> bool {
    element.value().classes().any(|one| one == class)
}

#[test]
fn a_form_is_read_as_somebody_without_scripts_meets_it() {
    let page = Page::read(
        "<html lang=ja><title>題</title><body><h1>見出し</h1><a href='/x#main'>次<span class=vh>：場所</span></a>
         <form method=post action='/y#err'><input type=hidden name=csrf value=c>
         <label for=a>番号<span class=req>必須</span></label><p id=h>例</p>
         <input id=a name=a value=1 aria-describedby=h aria-invalid=true>
         <label><input type=checkbox name=t value=2 checked> 読みました</label>
         <select id=s name=s><option value=''>なし<option value=9 selected>九</select>
         <button name=go value=now>進む</button></form>",
    );
    assert_eq!((page.title.as_str(), page.lang.as_str()), ("題", "ja"));
    assert_eq!(page.links[0].name, "次：場所");
    let control = |name: &str| page.controls.iter().find(|control| control.name == name).unwrap();
    assert_eq!((control("a").label.as_str(), control("a").described.as_str()), ("番号", "例"));
    assert!(control("a").invalid);
    assert!(control("t").ticked && control("t").label == "読みました");
    assert_eq!(control("s").value, "9");
    assert_eq!(page.buttons[0].text, "進む");
    assert!(page.forms[0].post);
}
