//! One location: added, or changed, with its words in each language.

use axum::response::Response;
use serde::Serialize;

use crate::base::{Day, LocationId};
use crate::calendar::{
    self, BeginLocation, Beginning, ChangeLocation, EditError, Location, LocationText, NewLocation, Pattern,
    SeatsBy, Weekdays,
};
use crate::db::{Fault, ReadTx, WriteTx};
use crate::once::OnceKey;
use crate::render::View;
use crate::web::staff::parts::{Row, Wrong};
use crate::web::staff::{Flash, StaffCtx, StaffPost, wording};
use crate::web::{Fields, PageError};

/// What is drawn; without an id it adds one.
#[derive(Debug, Serialize)]
pub(in crate::web::staff) struct LocationPage {
    id: Option<LocationId>,
    version: i64,
    typed: Typed,
    /// Language, its name, the words.
    texts: Vec<(String, String, LocationText)>,
    retire: String,
    retired_on: Option<Day>,
    /// Bookings that stand in the way: number, day, name of the page.
    blocked: Vec<(i64, String, Day)>,
    /// Names of the days of the week, from Sunday on.
    days: [&'static str; 7],
    /// How a new location can begin: code, words, chosen.
    beginnings: Vec<(String, String, bool)>,
    wrong: Vec<Wrong>,
}

/// What the form says.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Typed {
    code: String,
    words: LocationText,
    phone: String,
    citizen_visible: bool,
    by_people: bool,
    few: String,
    /// The days of the week that citizens see, 0 = Sunday.
    weekdays: Vec<bool>,
}

impl View for LocationPage {
    const TEMPLATE: &'static str = "staff/location.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let day = Day::from_date(jiff::civil::date(2026, 4, 13));
        let of = |id: Option<i64>, wrong: Vec<Wrong>| Self {
            id: id.map(LocationId::of),
            version: 1,
            typed: Typed {
                code: "main".to_owned(),
                words: LocationText { name: "本庁舎 市民課".to_owned(), ..LocationText::default() },
                phone: "0000-00-0000".to_owned(),
                citizen_visible: true,
                by_people: true,
                few: "30".to_owned(),
                weekdays: vec![false, true, true, true, true, true, true],
            },
            texts: vec![("en".to_owned(), "English".to_owned(), LocationText::default())],
            retire: String::new(),
            retired_on: id.map(|_| day),
            days: wording::WEEKDAYS,
            beginnings: vec![(String::new(), "あとで決める".to_owned(), true)],
            blocked: if wrong.is_empty() { Vec::new() } else { vec![(1, "K7M2-0413".to_owned(), day)] },
            wrong,
        };
        let wrong = ["code", "name", "few", "weekday", "retire", "text-en", "beginning"]
            .map(|field| Wrong::new(field, "違います。"));
        vec![
            ("new location", of(None, Vec::new())),
            ("location", of(Some(1), Vec::new())),
            ("location refused", of(Some(1), wrong.into())),
        ]
    }
}

fn words(fields: &Fields, suffix: &str) -> LocationText {
    let get = |name: &str| fields.get(&format!("{name}{suffix}"));
    LocationText {
        name: get("name"),
        address: get("address"),
        access: get("access"),
        barrier_free: get("barrier_free"),
        hours_text: get("hours_text"),
    }
}

impl Typed {
    fn of(fields: &Fields) -> Self {
        Self {
            code: fields.get("code"),
            words: words(fields, ""),
            phone: fields.get("phone"),
            citizen_visible: fields.has("citizen_visible"),
            by_people: fields.get("seats_by") != SeatsBy::Booking.code(),
            few: fields.get("few"),
            weekdays: (0..7_u8)
                .map(|day| fields.all("weekday").contains(&day.to_string().as_str()))
                .collect(),
        }
    }

    fn empty() -> Self {
        Self { citizen_visible: true, few: "30".to_owned(), ..Self::of(&Fields::default()) }
    }

    fn as_stored(place: Location) -> Self {
        Self {
            code: place.code,
            words: LocationText {
                name: place.name,
                address: place.address,
                access: place.access,
                barrier_free: place.barrier_free,
                hours_text: place.hours_text,
            },
            phone: place.phone,
            citizen_visible: place.citizen_visible,
            by_people: place.seats_by == SeatsBy::People,
            few: place.few_percent.to_string(),
            weekdays: (0..7).map(|day| place.weekdays.has(day)).collect(),
        }
    }

    /// A location to add with these words.
    fn as_new(&self, few_percent: u8) -> NewLocation {
        NewLocation {
            code: self.code.clone(),
            name: self.words.name.clone(),
            address: self.words.address.clone(),
            access: self.words.access.clone(),
            phone: self.phone.clone(),
            barrier_free: self.words.barrier_free.clone(),
            hours_text: self.words.hours_text.clone(),
            citizen_visible: self.citizen_visible,
            seats_by: self.seats_by(),
            few_percent,
        }
    }

    fn seats_by(&self) -> SeatsBy {
        if self.by_people { SeatsBy::People } else { SeatsBy::Booking }
    }

    fn weekdays(&self) -> Result<Weekdays, Wrong> {
        let days = (0..7_u8).zip(&self.weekdays).filter(|(_, shown)| **shown).map(|(day, _)| day);
        Weekdays::of(days).ok_or_else(|| Wrong::new("weekday", "市民に出す曜日を、1つ以上選んでください。"))
    }

    fn few_percent(&self) -> Result<u8, Wrong> {
        let typed: Option<u8> = crate::base::text::nfkc(&self.few).parse().ok();
        typed
            .filter(|few| *few <= 100)
            .ok_or_else(|| Wrong::new("few", "0から100までの数字で入力してください。"))
    }
}

/// The languages other than Japanese, with their names.
fn languages(ctx: &StaffCtx) -> Vec<(String, String)> {
    let catalogue = ctx.state.renderer.catalogue();
    let others = ctx.state.renderer.languages().into_iter().filter(|code| *code != "ja");
    let named = others.map(|code| {
        let name = catalogue.words(code, "page.language_name", |_| None);
        (code.to_owned(), name.unwrap_or_else(|| code.to_owned()))
    });
    named.collect()
}

/// The page of a location, with what was typed where something was.
pub(super) async fn page(
    ctx: &StaffCtx,
    id: LocationId,
    typed: Option<&Fields>,
    wrong: Vec<Wrong>,
) -> Result<LocationPage, PageError> {
    if !ctx.signed.may_serve(id) {
        return Err(PageError::NotFound);
    }
    let languages = languages(ctx);
    let codes: Vec<String> = languages.iter().map(|(code, _)| code.clone()).collect();
    let read = move |tx: &ReadTx<'_>| -> Result<_, Fault> {
        let texts: Result<Vec<_>, Fault> =
            codes.iter().map(|code| Ok(calendar::location_text(tx, id, code)?.unwrap_or_default())).collect();
        Ok((calendar::location(tx, id)?, texts?))
    };
    let (place, stored) = ctx.read(read).await?;
    let place = place.ok_or(PageError::NotFound)?;
    let texts = languages.into_iter().zip(stored).map(|((code, name), stored)| {
        let suffix = format!("-{code}");
        let now =
            typed.filter(|typed| typed.has(&format!("name{suffix}"))).map(|typed| words(typed, &suffix));
        (code, name, now.unwrap_or(stored))
    });
    let seen = typed.and_then(|typed| typed.get("version").parse().ok());
    Ok(LocationPage {
        id: Some(id),
        version: seen.unwrap_or(place.version),
        retired_on: place.retired_on,
        typed: typed.filter(|typed| typed.has("code")).map_or_else(|| Typed::as_stored(place), Typed::of),
        texts: texts.collect(),
        retire: typed.map(|typed| typed.get("retire")).unwrap_or_default(),
        blocked: Vec::new(),
        days: wording::WEEKDAYS,
        beginnings: Vec::new(),
        wrong,
    })
}

impl LocationPage {
    /// With the bookings that keep the location in use.
    pub(super) fn blocked_by(mut self, bookings: Vec<(i64, String, Day)>) -> Self {
        self.blocked = bookings;
        self
    }
}

/// The page of a location that is to be added.
async fn empty(
    ctx: &StaffCtx,
    typed: Typed,
    chosen: &str,
    wrong: Vec<Wrong>,
) -> Result<LocationPage, PageError> {
    let patterns = ctx.read(calendar::patterns).await?;
    let option = |(code, words): (String, String)| {
        let is_chosen = code == chosen;
        (code, words, is_chosen)
    };
    let later = (String::new(), "あとで、曜日ごとに決める".to_owned());
    let weekdays = patterns.iter().map(|one| (format!("weekdays-{}", one.id), weekdays_words(one)));
    let like = ctx.locations.iter().map(|one| (format!("like-{}", one.id), like_words(one)));
    Ok(LocationPage {
        id: None,
        version: 0,
        typed,
        texts: Vec::new(),
        retire: String::new(),
        retired_on: None,
        blocked: Vec::new(),
        days: wording::WEEKDAYS,
        beginnings: std::iter::once(later).chain(weekdays).chain(like).map(option).collect(),
        wrong,
    })
}

fn weekdays_words(pattern: &Pattern) -> String {
    format!("月曜から金曜まで「{}」で開ける", pattern.name)
}

fn like_words(place: &Location) -> String {
    format!("{}と同じにする（週の予定・特別な日・受付期間）", place.name)
}

/// The beginning that the form chose, with its words; `None` where it is none of those that were offered.
async fn beginning(ctx: &StaffCtx, chosen: &str) -> Result<Option<(Beginning, String)>, PageError> {
    if chosen.is_empty() {
        return Ok(Some((Beginning::Closed, String::new())));
    }
    if let Some(row) = chosen.strip_prefix("like-").and_then(|row| row.parse().ok()).map(LocationId::of) {
        return Ok(ctx.place_of(row).map(|place| (Beginning::Like(row), like_words(place))));
    }
    let row = chosen.strip_prefix("weekdays-").and_then(|row| row.parse().ok());
    let patterns = ctx.read(calendar::patterns).await?;
    let found = patterns.iter().find(|pattern| Some(pattern.id) == row);
    Ok(found.map(|pattern| (Beginning::Weekdays(pattern.id), weekdays_words(pattern))))
}

pub(in crate::web::staff) async fn new(ctx: StaffCtx) -> Result<Response, PageError> {
    ctx.page(&empty(&ctx, Typed::empty(), "", Vec::new()).await?)
}

pub(in crate::web::staff) async fn show(ctx: StaffCtx, Row(id): Row) -> Result<Response, PageError> {
    ctx.page(&page(&ctx, LocationId::of(id), None, Vec::new()).await?)
}

/// Adds a location and leads on to its week, where it can be booked at once if it begins open.
pub(in crate::web::staff) async fn add(StaffPost { ctx, fields }: StaffPost) -> Result<Response, PageError> {
    let (typed, chosen) = (Typed::of(&fields), fields.get("beginning"));
    let few_percent = match typed.few_percent() {
        Ok(few) => few,
        Err(wrong) => return ctx.again(&empty(&ctx, typed, &chosen, vec![wrong]).await?),
    };
    let Some((beginning, words)) = beginning(&ctx, &chosen).await? else {
        let wrong = Wrong::new("beginning", "もう選べません。ほかの始め方を選んでください。");
        return ctx.again(&empty(&ctx, typed, "", vec![wrong]).await?);
    };
    let wish = BeginLocation {
        new: typed.as_new(few_percent),
        beginning,
        what: format!("{}　{words}", typed.words.name),
        once: OnceKey::from_form(&fields.get("once")).ok_or(PageError::Expired)?,
    };
    match ctx.city.db.write(ctx.actor(), move |tx| calendar::begin_location(tx, &wish)).await {
        Ok(id) => {
            let next = match beginning {
                Beginning::Closed => "次に、開く曜日と時間を選びます。",
                _ => "今日から開きます。予約を登録できます。",
            };
            let said = format!("{}を登録しました。{next}", typed.words.name);
            Ok(ctx.to_with(&format!("/hours/week/{id}#main"), Flash::done(said)))
        }
        Err(error) => {
            let wrong = vec![refusal(error)?];
            ctx.again(&empty(&ctx, typed, &chosen, wrong).await?)
        }
    }
}

/// Changes a location and its words in every language: all of it, or nothing.
pub(in crate::web::staff) async fn change(Row(id): Row, post: StaffPost) -> Result<Response, PageError> {
    let StaffPost { ctx, fields } = post;
    let (id, typed) = (LocationId::of(id), Typed::of(&fields));
    if !ctx.signed.may_serve(id) {
        return Err(PageError::NotFound);
    }
    let (few_percent, weekdays) = match (typed.few_percent(), typed.weekdays()) {
        (Ok(few), Ok(weekdays)) => (few, weekdays),
        (few, weekdays) => {
            let wrong = few.err().into_iter().chain(weekdays.err()).collect();
            return ctx.again(&page(&ctx, id, Some(&fields), wrong).await?);
        }
    };
    let wish = ChangeLocation {
        location: id,
        expect_version: fields.get("version").parse().unwrap_or_default(),
        code: typed.code.clone(),
        phone: typed.phone.clone(),
        citizen_visible: typed.citizen_visible,
        seats_by: typed.seats_by(),
        few_percent,
        weekdays,
        words: typed.words.clone(),
    };
    let texts: Vec<(String, LocationText)> = languages(&ctx)
        .into_iter()
        .map(|(code, _)| (words(&fields, &format!("-{code}")), code))
        .map(|(words, code)| (code, words))
        .collect();
    let job = move |tx: &WriteTx<'_>| {
        calendar::change_location(tx, &wish)?;
        texts.iter().try_for_each(|(code, words)| calendar::set_text(tx, id, code, words))
    };
    match ctx.city.db.write(ctx.actor(), job).await {
        Ok(()) => {
            let said = format!("{}の登録を変えました。", typed.words.name);
            Ok(ctx.to_with(&format!("/locations/{id}#main"), Flash::done(said)))
        }
        Err(error) => {
            let wrong = vec![refusal(error)?];
            ctx.again(&page(&ctx, id, Some(&fields), wrong).await?)
        }
    }
}

fn refusal(error: EditError) -> Result<Wrong, PageError> {
    let field = match &error {
        EditError::NoSuchLocation | EditError::NoSuchPattern => "beginning",
        EditError::LocationCodeTaken | EditError::BadCode => "code",
        EditError::TooManySeats => "few",
        _ => "name",
    };
    Ok(Wrong::new(field, wording::calendar(error)?))
}
