//! What the buttons of the board do. Each form takes effect once; a refusal is said on the board itself.

use axum::response::Response;

use super::super::parts::Row;
use super::super::sight::Sight;
use super::super::{Flash, StaffCtx, StaffPost, wording};
use super::view::Filter;
use super::{Asked, board, office, questions};
use crate::accounts::Permission;
use crate::base::{BookingId, CardId, LocationId};
use crate::booking::{
    self, Act, Answer, BoardRow, BookingStatus, ComeToday, CounterError, Overbook, Serve, ServeMany, Served,
    WalkIn, Who,
};
use crate::cards::UndoIssueError;
use crate::once::OnceKey;
use crate::web::{Fields, PageError};

/// The most rows of one form: more than an office has in a day.
const PICKED_MAX: usize = 1000;

/// Up to so many rows each has its line in the banner; of more, only those that were left as they are.
const TOLD_MAX: usize = 100;

/// A scan that found a booking: who is expected here today is checked in, all else is told.
pub(in crate::web::staff) async fn arrive(
    ctx: &StaffCtx,
    here: LocationId,
    booking: BookingId,
    card: Option<CardId>,
) -> Result<Response, PageError> {
    let came = ctx.city.db.write(ctx.actor(), move |tx| booking::check_in_here(tx, booking, here)).await;
    let again = matches!(&came, Ok(served) if !served.changed);
    match came {
        Ok(_) | Err(CounterError::NotToday(_) | CounterError::NotHere(_) | CounterError::Status(_)) => {
            Ok(to_answer(ctx, booking, card, again))
        }
        Err(refusal) => {
            let asked = Asked { booking: Some(booking), card, ..Asked::default() };
            ctx.again(&board(ctx, here, asked, Some(wording::counter(refusal)?)).await?)
        }
    }
}

/// The board with the answer about a booking.
fn to_answer(ctx: &StaffCtx, booking: BookingId, card: Option<CardId>, again: bool) -> Response {
    let card = card.map(|card| format!("&card={card}")).unwrap_or_default();
    let again = if again { "&again=1" } else { "" };
    ctx.to(&format!("/?booking={booking}{card}{again}#scan"))
}

pub(in crate::web::staff) async fn check_in(Row(id): Row, post: StaffPost) -> Result<Response, PageError> {
    serve(post, BookingId::of(id), "check-in", Act::CheckIn).await
}

pub(in crate::web::staff) async fn no_show(Row(id): Row, post: StaffPost) -> Result<Response, PageError> {
    serve(post, BookingId::of(id), "no-show", Act::NoShow).await
}

/// Hands over: to everybody, or to those who were ticked on the page that asks for whom.
pub(in crate::web::staff) async fn issue(Row(id): Row, post: StaffPost) -> Result<Response, PageError> {
    let chosen = people(&post.fields);
    if chosen.is_empty() && post.fields.has("choosing") {
        return questions::choose_again(&post.ctx, BookingId::of(id), "渡す人を選んでください。").await;
    }
    serve(post, BookingId::of(id), "issue", Act::HandOver(chosen)).await
}

/// Takes back what the page showed as the last step.
pub(in crate::web::staff) async fn undo(Row(id): Row, post: StaffPost) -> Result<Response, PageError> {
    own(&post.ctx, BookingId::of(id)).await?;
    let act = match BookingStatus::from_code(&post.fields.get("from")) {
        Some(BookingStatus::CheckedIn) => Act::UndoCheckIn,
        Some(BookingStatus::NoShow) => Act::UndoNoShow,
        Some(BookingStatus::Incomplete) => Act::Resume,
        Some(BookingStatus::Completed) => Act::UndoHandOver {
            people: people(&post.fields),
            reason: Some(post.fields.get("reason")).filter(|reason| !reason.is_empty()),
            may_undo_later: post.ctx.may(Permission::OverrideStatus),
        },
        Some(BookingStatus::Confirmed | BookingStatus::Cancelled) | None => return Err(PageError::Expired),
    };
    serve(post, BookingId::of(id), "undo", act).await
}

/// The people that a form names: by their card, or as applicants.
pub(super) fn people(fields: &Fields) -> Vec<Who> {
    fields.all("card").into_iter().filter_map(Who::from_form).collect()
}

/// The key of this form for this act on this row: one board carries one key for all its buttons.
pub(super) fn once(fields: &Fields, act: &str, row: impl std::fmt::Display) -> Result<OnceKey, PageError> {
    let drawn = fields.get("once");
    OnceKey::from_form(&drawn).ok_or(PageError::Expired)?;
    OnceKey::from_form(&format!("{drawn}-{act}-{row}")).ok_or(PageError::Expired)
}

/// Refuses bookings of offices that this person does not work for.
pub(super) async fn own(ctx: &StaffCtx, id: BookingId) -> Result<BoardRow, PageError> {
    let row = ctx.read(move |tx| booking::board_row(tx, id)).await?.ok_or(PageError::NotFound)?;
    if !ctx.signed.may_serve(row.booking.location) {
        return Err(PageError::Forbidden(Permission::ServeCounter));
    }
    Ok(row)
}

pub(super) async fn serve(
    StaffPost { ctx, fields }: StaffPost,
    booking: BookingId,
    name: &str,
    act: Act,
) -> Result<Response, PageError> {
    let row = own(&ctx, booking).await?;
    let key = format!("{name}{}", fields.get("from"));
    let wish = Serve { booking, act: act.clone(), once: once(&fields, &key, booking)? };
    match ctx.city.db.write(ctx.actor(), move |tx| booking::serve(tx, &wish)).await {
        Ok(served) => Ok(done(&ctx, &fields, &row, &act, served)),
        Err(CounterError::Undo(UndoIssueError::ReasonNeeded | UndoIssueError::BadReason)) => {
            questions::ask_why(&ctx, &fields, &row).await
        }
        Err(refusal) => refused(&ctx, &fields, booking, refusal).await,
    }
}

async fn refused(
    ctx: &StaffCtx,
    fields: &Fields,
    booking: BookingId,
    refusal: CounterError,
) -> Result<Response, PageError> {
    let sentence = wording::counter(refusal)?;
    let answered = fields.has("answer").then_some(booking);
    let asked = Asked { booking: answered, ..Asked::of_form(fields) };
    ctx.again(&board(ctx, office(ctx)?, asked, Some(sentence)).await?)
}

/// Back to the answer or the row, with a banner that says what was done and takes it back.
fn done(ctx: &StaffCtx, fields: &Fields, row: &BoardRow, act: &Act, served: Served) -> Response {
    let id = served.booking;
    let place = if fields.has("answer") {
        format!("/?booking={id}#scan")
    } else {
        let asked = Asked::of_form(fields);
        let stays = asked.show == Filter::Whole && !matches!(act, Act::NoShow);
        let place = if stays { format!("r{id}") } else { "main".to_owned() };
        format!("{}#{place}", asked.path(ctx.today()))
    };
    let who = who(Sight::of(&ctx.signed), row, act);
    if !served.changed {
        let (now, _) = wording::status_of(served.status, row.booking.is_issuance());
        return ctx.to_with(&place, Flash::mind(format!("{who}はすでに「{now}」です。変更はありません。")));
    }
    let shown = fields.has("answer") && row.booking.people == 1;
    if shown && matches!(act, Act::CheckIn | Act::HandOver(_)) {
        return ctx.to(&place); // The answer itself says it and offers the way back.
    }
    let flash = Flash::done(format!("{who}{}", wording::done(act, row.booking.is_issuance())));
    let Some(from) = way_back(act) else { return ctx.to_with(&place, flash) };
    let rows: Vec<String> = touched(row, act).iter().map(ToString::to_string).collect();
    let mut back = vec![("from", from.code())];
    back.extend(rows.iter().map(|row| ("card", row.as_str())));
    let show = fields.get("show");
    back.push(("show", &show));
    let day = fields.get("day");
    back.push(("day", &day));
    if fields.has("answer") {
        back.push(("answer", "1"));
    }
    ctx.to_with(&place, flash.with_act(format!("/bookings/{id}/undo"), "元に戻す", &back))
}

/// The status that 元に戻す starts from; none for what is a way back itself.
fn way_back(act: &Act) -> Option<BookingStatus> {
    match act {
        Act::CheckIn => Some(BookingStatus::CheckedIn),
        Act::HandOver(_) => Some(BookingStatus::Completed),
        Act::Incomplete { .. } => Some(BookingStatus::Incomplete),
        Act::NoShow => Some(BookingStatus::NoShow),
        Act::UndoCheckIn | Act::UndoHandOver { .. } | Act::Resume | Act::UndoNoShow => None,
    }
}

/// The people that a hand-over was about: those named, else all whose turn it still was.
fn touched(row: &BoardRow, act: &Act) -> Vec<Who> {
    match act {
        Act::HandOver(named) if named.is_empty() => {
            let open = row.booking.members.iter().filter(|m| m.outcome != Some(booking::Outcome::Issued));
            open.filter_map(booking::Member::who).collect()
        }
        Act::HandOver(named) => named.clone(),
        _ => Vec::new(),
    }
}

/// `高橋 美咲さんほか2人`.
fn who(sight: Sight, row: &BoardRow, act: &Act) -> String {
    let named = match act {
        Act::Incomplete { who, .. } => vec![*who],
        act => touched(row, act),
    };
    let named = |who: Who| named.is_empty() || named.contains(&who);
    let people: Vec<String> =
        sight.everybody(row).into_iter().filter(|(who, _)| named(*who)).map(|(_, name)| name).collect();
    match people.as_slice() {
        [] => format!("予約{}", row.booking.no),
        [only] => format!("{only}さん"),
        [first, others @ ..] => format!("{first}さんほか{}人", others.len()),
    }
}

/// Serves people now whose booking is for another day or office.
pub(in crate::web::staff) async fn today(
    Row(id): Row,
    StaffPost { ctx, fields }: StaffPost,
) -> Result<Response, PageError> {
    let (here, booking) = (office(&ctx)?, BookingId::of(id));
    let overbook = if ctx.may(Permission::Overbook) {
        Overbook::Because("予約日・場所と違う来庁".to_owned())
    } else {
        Overbook::No
    };
    let wish = ComeToday { booking, location: here, overbook };
    match ctx.city.db.write(ctx.actor(), move |tx| booking::come_today(tx, &wish)).await {
        Ok(served) => {
            let card = people(&fields).first().and_then(|who| who.card());
            Ok(to_answer(&ctx, booking, card, !served.changed))
        }
        Err(CounterError::NotFound) => Err(PageError::NotFound),
        Err(refusal) => refused(&ctx, &fields, booking, refusal).await,
    }
}

/// Hands a card over to somebody without a booking.
pub(in crate::web::staff) async fn walk_in(
    Row(id): Row,
    StaffPost { ctx, .. }: StaffPost,
) -> Result<Response, PageError> {
    let (card, here) = (CardId::of(id), office(&ctx)?);
    let wish = WalkIn { card, location: here };
    match ctx.city.db.write(ctx.actor(), move |tx| booking::hand_over_walk_in(tx, &wish)).await {
        Ok(served) => Ok(to_answer(&ctx, served.booking, Some(card), false)),
        Err(CounterError::NotFound) => Err(PageError::NotFound),
        Err(refusal) => {
            let asked = Asked { card: Some(card), ..Asked::default() };
            ctx.again(&board(&ctx, here, asked, Some(wording::counter(refusal)?)).await?)
        }
    }
}

/// Does the same with every ticked row and says for each how it went.
pub(in crate::web::staff) async fn many(StaffPost { ctx, fields }: StaffPost) -> Result<Response, PageError> {
    let here = office(&ctx)?;
    let asked = Asked::of_form(&fields);
    let picked: Vec<BookingId> =
        fields.all("pick").into_iter().filter_map(|row| row.parse().ok().map(BookingId::of)).collect();
    let act = match BookingStatus::from_code(&fields.get("to")) {
        Some(BookingStatus::Completed) => Ok(Act::HandOver(Vec::new())),
        Some(BookingStatus::CheckedIn) => Ok(Act::CheckIn),
        Some(BookingStatus::NoShow) => Ok(Act::NoShow),
        _ => Err("新しい状態を選んでください。".to_owned()),
    };
    let act = match (act, picked.len()) {
        (Err(sentence), _) => Err(sentence),
        (Ok(_), 0) => Err("更新する方を選んでください。".to_owned()),
        (Ok(_), n) if n > PICKED_MAX => Err(format!("一度に更新できるのは{PICKED_MAX}件までです。")),
        (Ok(act), _) => Ok(act),
    };
    let act = match act {
        Ok(act) => act,
        Err(sentence) => return ctx.again(&board(&ctx, here, asked, Some(sentence)).await?),
    };
    for id in &picked {
        own(&ctx, *id).await?;
    }
    match serve_all(&ctx, &fields, &picked, &act).await? {
        Ok(answers) => {
            let flash = tell(&ctx, &act, answers).await?;
            Ok(ctx.to_with(&format!("{}#main", asked.path(ctx.today())), flash))
        }
        Err(refusal) => ctx.again(&board(&ctx, here, asked, Some(wording::counter(refusal)?)).await?),
    }
}

/// Does it for all of them, some at a time so that nobody waits for the writer, whether or not the browser waits for the end.
async fn serve_all(
    ctx: &StaffCtx,
    fields: &Fields,
    picked: &[BookingId],
    act: &Act,
) -> Result<Result<Vec<Answer>, CounterError>, PageError> {
    let to = fields.get("to");
    let mut wishes = Vec::new();
    for (part, bookings) in picked.chunks(booking::SERVED_AT_ONCE).enumerate() {
        let once = once(fields, &format!("many{part}"), &to)?;
        wishes.push(ServeMany { bookings: bookings.to_vec(), act: act.clone(), once });
    }
    let (city, actor) = (std::sync::Arc::clone(&ctx.city), ctx.actor());
    let work = tokio::spawn(async move {
        let mut answers = Vec::new();
        for wish in wishes {
            answers.extend(city.db.write(actor.clone(), move |tx| booking::serve_many(tx, &wish)).await?);
        }
        Ok(answers)
    });
    work.await.map_err(|_| crate::db::Fault::Panicked.into())
}

async fn tell(ctx: &StaffCtx, act: &Act, answers: Vec<Answer>) -> Result<Flash, PageError> {
    let sight = Sight::of(&ctx.signed);
    let all = answers.len();
    let (mut changed, mut lines) = (0, Vec::new());
    for (id, answer) in answers {
        let row = own(ctx, id).await?;
        let name = sight.lead_name(&row);
        let how = match answer {
            Ok(Served { changed: true, .. }) if all > TOLD_MAX => {
                changed += 1;
                continue;
            }
            Ok(Served { changed: true, .. }) => {
                changed += 1;
                format!("○ {name}さん{}", wording::done(act, row.booking.is_issuance()))
            }
            Ok(Served { status, .. }) => {
                let now = wording::status_of(status, row.booking.is_issuance()).0;
                format!("－ {name}さんはすでに「{now}」です。")
            }
            Err(refusal) => format!("× {name}さん：{}", wording::counter(refusal)?),
        };
        lines.push(how);
    }
    let text = format!("{all}件のうち{changed}件を更新しました。");
    let flash = if changed == all { Flash::done(text) } else { Flash::mind(text) };
    Ok(flash.with_lines(lines))
}
