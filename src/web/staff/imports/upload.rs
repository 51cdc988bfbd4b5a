//! Taking a file in, and keeping what was read of it until it is applied.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;

use super::list;
use crate::base::{Clock, ImportRunId, Moment, StaffId};
use crate::booking::bring_in;
use crate::cards::import::{
    self, BYTES_MAX, Context, File, Found, Kind, Profile, ReadError, Reader, Report, StateFile,
};
use crate::municipalities;
use crate::web::staff::door::read_form;
use crate::web::staff::lists::Sheets;
use crate::web::staff::parts::Wrong;
use crate::web::staff::{StaffCtx, wording};
use crate::web::{Fields, PageError, State};

/// How long a file that was looked at may be applied.
pub(super) const KEPT: Duration = Duration::from_mins(30);

/// Files that are kept at once, and their bytes in all; more than that takes the oldest away.
const MOST: usize = 12;
const BYTES_KEPT: usize = 3 * BYTES_MAX;

/// How often what is kept is looked after.
const LOOK: Duration = Duration::from_secs(1);

/// The files that were looked at and not applied yet, in memory; labels that are being printed beside them.
#[derive(Debug, Default)]
pub struct Uploads {
    files: Mutex<Vec<Upload>>,
    labels: Sheets,
    /// Whether somebody looks after them already.
    watched: AtomicBool,
}

/// A file that was looked at.
#[derive(Clone, Debug)]
pub(super) struct Upload {
    pub(super) token: String,
    pub(super) city: String,
    pub(super) staff: StaffId,
    pub(super) name: String,
    /// The file as it came.
    pub(super) bytes: Arc<Vec<u8>>,
    /// How it is read.
    pub(super) profile: Profile,
    /// Whether it should name every card that is still here.
    pub(super) complete: bool,
    /// What was read of it, once it is known how.
    pub(super) read: Option<Looked>,
    pub(super) until: Moment,
    pub(super) stage: Stage,
}

/// A file that was read by its profile, and what it would do.
#[derive(Clone, Debug)]
pub(super) enum Looked {
    /// Cards.
    Cards { file: Arc<File>, report: Arc<Report> },
    /// Card states of a former system.
    States { file: Arc<StateFile>, report: Arc<Report> },
    /// Bookings of a former system.
    Bookings { file: Arc<bring_in::File>, looked: Arc<bring_in::Looked> },
}

impl Looked {
    /// What was found out about the file.
    pub(super) fn found(&self) -> &Found {
        match self {
            Self::Cards { file, .. } => &file.found,
            Self::States { file, .. } => &file.found,
            Self::Bookings { file, .. } => &file.found,
        }
    }

    /// What it would do.
    pub(super) fn report(&self) -> &Report {
        match self {
            Self::Cards { report, .. } | Self::States { report, .. } => report,
            Self::Bookings { looked, .. } => &looked.report,
        }
    }

    /// Lines of rows that repeat an earlier one.
    pub(super) fn duplicates(&self) -> &[u64] {
        match self {
            Self::Cards { file, .. } => &file.duplicates,
            Self::States { file, .. } => &file.duplicates,
            Self::Bookings { file, .. } => &file.duplicates,
        }
    }

    /// Parties that would go over capacity.
    pub(super) fn over(&self) -> u32 {
        match self {
            Self::Cards { .. } | Self::States { .. } => 0,
            Self::Bookings { looked, .. } => looked.over,
        }
    }
}

/// How far a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// It was looked at.
    Shown,
    /// It is being applied.
    Applying,
    /// It is applied.
    Applied(ImportRunId),
}

impl Uploads {
    /// Labels that are being printed.
    pub(in crate::web::staff) fn labels(&self) -> &Sheets {
        &self.labels
    }

    /// How many files and sets of labels are in memory.
    pub fn held(&self) -> usize {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner).len();
        files + self.labels.held()
    }

    /// Sees to it that everything goes when its time has passed, whether anybody asks for it or not: it tells of people.
    pub(in crate::web::staff) fn watch(self: &Arc<Self>, clock: Clock) {
        if self.watched.swap(true, Ordering::AcqRel) {
            return;
        }
        let kept = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(LOOK).await;
                let Some(uploads) = kept.upgrade() else { return };
                if uploads.sweep(clock.now()) > 0 {
                    continue;
                }
                uploads.watched.store(false, Ordering::Release);
                // What was kept just now is not left alone.
                if uploads.held() == 0 || uploads.watched.swap(true, Ordering::AcqRel) {
                    return;
                }
            }
        });
    }

    /// Forgets what has had its time; gives how much is left. A file that is being applied stays until it is.
    fn sweep(&self, now: Moment) -> usize {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.retain(|one| one.until > now || one.stage == Stage::Applying);
        files.len() + self.labels.sweep(now)
    }

    fn keep(&self, upload: Upload, now: Moment) {
        let mut kept = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let is_replaced = |one: &Upload| {
            (&one.city, one.staff) == (&upload.city, upload.staff) && one.stage == Stage::Shown
        };
        kept.retain(|one| one.until > now && !is_replaced(one));
        kept.push(upload);
        let full = |kept: &[Upload]| {
            let bytes: usize = kept.iter().map(|one| one.bytes.len()).sum();
            kept.len() > MOST || bytes > BYTES_KEPT
        };
        while kept.len() > 1 && full(&kept) {
            kept.remove(0);
        }
    }

    /// The file of this token, for the person who brought it.
    pub(super) fn find(&self, ctx: &StaffCtx, token: &str) -> Option<Upload> {
        let kept = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|one| one.is_of(ctx) && one.token == token).cloned()
    }

    /// Keeps another way of reading a file, and what came of it. The file stays for as long as a new one would.
    pub(super) fn read_by(&self, ctx: &StaffCtx, token: &str, change: impl FnOnce(&mut Upload)) {
        let mut kept = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter_mut().find(|one| one.is_of(ctx) && one.token == token);
        if let Some(upload) = found.filter(|one| one.stage == Stage::Shown) {
            change(upload);
            upload.until = ctx.now().plus(KEPT);
        }
    }

    /// Moves a file from one stage to another; `false` when it is not at the first one.
    pub(super) fn step(&self, token: &str, from: Stage, to: Stage) -> bool {
        let mut kept = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter_mut().find(|one| one.token == token && one.stage == from);
        found.map(|one| one.stage = to).is_some()
    }
}

impl Upload {
    fn is_of(&self, ctx: &StaffCtx) -> bool {
        self.city == ctx.city.profile.code && self.staff == ctx.signed.id && self.until > ctx.now()
    }
}

/// Bytes that the page may be sent which takes a file; the parts around the file need a little besides.
pub(in crate::web::staff) const ROOM: usize = BYTES_MAX + 64 * 1024;

/// The page that takes a file may be sent more than the others.
pub(in crate::web::staff) fn roomy(page: MethodRouter<State>) -> MethodRouter<State> {
    page.layer(DefaultBodyLimit::max(ROOM))
}

/// Refuses at once what announces more than `most` bytes on any other page.
pub(in crate::web::staff) async fn narrow(most: usize, request: Request, next: Next) -> Response {
    let announced =
        request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let path = request.uri().path();
    let takes_files =
        request.method() == Method::POST && (path.ends_with("/imports") || path.ends_with("/lists/labels"));
    if !takes_files && announced.is_some_and(|bytes: usize| bytes > most) {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    }
    next.run(request).await
}

/// What a form with a file holds.
pub(in crate::web::staff) struct Sent {
    pub(in crate::web::staff) fields: Fields,
    name: String,
    pub(in crate::web::staff) bytes: Vec<u8>,
}

/// Reads a file and shows what it would do; writes nothing.
pub(in crate::web::staff) async fn receive(ctx: StaffCtx, request: Request) -> Result<Response, PageError> {
    let Some(sent) = read(&ctx, request).await? else {
        return refuse(&ctx, "ファイルが大きすぎるか、途中で切れました。64MBまでです。").await;
    };
    ctx.check_csrf(&sent.fields)?;
    if sent.bytes.is_empty() {
        return refuse(&ctx, "ファイルを選んでください。").await;
    }
    let kind = Kind::from_code(&sent.fields.get("kind")).unwrap_or_default();
    let (bytes, saved) = (Arc::new(sent.bytes), ctx.read(import::saved).await?);
    let guess = Arc::clone(&bytes);
    let known = saved.into_iter().map(|one| one.profile).filter(|one| one.kind == kind).collect();
    let guessed = tokio::task::spawn_blocking(move || guess_profile(&guess, kind, known)).await;
    let (profile, is_clear) = match guessed {
        Ok(Ok(guessed)) => guessed,
        Ok(Err(error)) => return refuse(&ctx, &wording::read_error(&error)).await,
        Err(_) => return Err(crate::db::Fault::Panicked.into()),
    };
    let token = hex::encode(ctx.state.chance.bytes::<16>());
    let upload = Upload {
        token: token.clone(),
        city: ctx.city.profile.code.clone(),
        staff: ctx.signed.id,
        name: sent.name,
        bytes,
        profile: profile.clone(),
        complete: false,
        read: None,
        until: ctx.now().plus(KEPT),
        stage: Stage::Shown,
    };
    ctx.state.uploads.keep(upload.clone(), ctx.now());
    ctx.state.uploads.watch(ctx.state.clock.clone());
    if is_clear && look(&ctx, &upload, profile, false).await?.is_ok() {
        return Ok(ctx.to(&format!("/imports/check/{token}#main")));
    }
    Ok(ctx.to(&format!("/imports/check/{token}/format#main")))
}

/// How a file may be read, and whether that is clear: it has the standard layout, or that of one saved profile alone.
fn guess_profile(bytes: &[u8], kind: Kind, saved: Vec<Profile>) -> Result<(Profile, bool), ReadError> {
    let standard = Profile::standard(kind);
    match Reader::open(bytes, &standard) {
        Ok(_) => return Ok((standard, true)),
        Err(error @ (ReadError::TooLarge { .. } | ReadError::OldWorkbook | ReadError::Unpacked { .. })) => {
            return Err(error);
        }
        Err(_) => {}
    }
    let mut fitting = saved.into_iter().filter(|profile| Reader::open(bytes, profile).is_ok());
    if let Some(one) = fitting.next() {
        let alone = fitting.next().is_none();
        return Ok((one, alone));
    }
    let seen = import::peek(bytes, &Profile::empty(kind), 1)?;
    Ok((import::propose(kind, &seen.found.header), false))
}

/// Reads a file by a profile and looks what it would do; keeps both.
pub(super) async fn look(
    ctx: &StaffCtx,
    upload: &Upload,
    profile: Profile,
    complete: bool,
) -> Result<Result<(), ReadError>, PageError> {
    let context = ctx.read(municipalities::import_context).await?;
    let (bytes, by) = (Arc::clone(&upload.bytes), profile.clone());
    let read = tokio::task::spawn_blocking(move || read_file(&bytes, &by, &context)).await;
    let looked = match read {
        Ok(Ok(Read::Cards(file))) => {
            let report = import::dry_run(&ctx.city.db, &file, complete, &|_, _| ()).await?;
            Looked::Cards { file, report: Arc::new(report) }
        }
        Ok(Ok(Read::States(file))) => {
            let report = import::dry_run_states(&ctx.city.db, &file, &|_, _| ()).await?;
            Looked::States { file, report: Arc::new(report) }
        }
        Ok(Ok(Read::Bookings(file))) => {
            let looked = bring_in::dry_run(&ctx.city.db, &file, true, &|_, _| ()).await?;
            Looked::Bookings { file, looked: Arc::new(looked) }
        }
        Ok(Err(error)) => return Ok(Err(error)),
        Err(_) => return Err(crate::db::Fault::Panicked.into()),
    };
    ctx.state.uploads.read_by(ctx, &upload.token, |upload| {
        upload.profile = profile;
        upload.complete = complete;
        upload.read = Some(looked);
    });
    Ok(Ok(()))
}

/// A file that was read, before the register was asked.
enum Read {
    Cards(Arc<File>),
    States(Arc<StateFile>),
    Bookings(Arc<bring_in::File>),
}

fn read_file(bytes: &[u8], profile: &Profile, context: &Context) -> Result<Read, ReadError> {
    Ok(match profile.kind {
        Kind::Card => Read::Cards(Arc::new(import::read_with(bytes, profile, context)?)),
        Kind::CardStatus => Read::States(Arc::new(import::read_states(bytes, profile, context)?)),
        Kind::Booking => Read::Bookings(Arc::new(bring_in::read(bytes, profile, context)?)),
    })
}

async fn refuse(ctx: &StaffCtx, why: &str) -> Result<Response, PageError> {
    let view = list::view(ctx, vec![Wrong::new("file", why)]).await?;
    ctx.again(&view)
}

/// A form with a file; `None` when it could not be read to its end.
pub(in crate::web::staff) async fn read(ctx: &StaffCtx, request: Request) -> Result<Option<Sent>, PageError> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("multipart/form-data") {
        let fields = read_form(request, &ctx.state).await?;
        return Ok(Some(Sent { fields, name: String::new(), bytes: Vec::new() }));
    }
    let Ok(mut parts) = Multipart::from_request(request, &ctx.state).await else { return Ok(None) };
    let (mut pairs, mut name, mut bytes) = (Vec::new(), String::new(), Vec::new());
    loop {
        let part = match parts.next_field().await {
            Ok(Some(part)) => part,
            Ok(None) => return Ok(Some(Sent { fields: Fields::new(pairs), name, bytes })),
            Err(_) => return Ok(None),
        };
        let field = part.name().unwrap_or_default().to_owned();
        if field == "file" {
            name = plain_name(part.file_name().unwrap_or_default());
            let Ok(read) = part.bytes().await else { return Ok(None) };
            bytes = read.to_vec();
        } else {
            let Ok(text) = part.text().await else { return Ok(None) };
            pairs.push((field, text));
        }
    }
}

/// The name without the folders that some browsers send with it.
fn plain_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars().filter(|c| !c.is_control()).take(120).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_a_name_without_folders() {
        assert_eq!(plain_name("C:\\作業\\koufu.csv"), "koufu.csv");
        assert_eq!(plain_name("../a\u{0}b.csv"), "ab.csv");
    }
}
