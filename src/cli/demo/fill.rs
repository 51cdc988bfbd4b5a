//! Fills the demo's file, or brings it from an earlier day to this one.

use std::path::PathBuf;
use std::sync::Arc;

use secrecy::ExposeSecret;

use super::citizens::read_all;
use super::home::{Account, CODE};
use super::{
    Invented, Story, StoryClock, StoryError, custody, intake, lists, mailings, shape, specials, statuses,
    time,
};
use crate::accounts::{self, AddError, NewStaff, Password, ResetError};
use crate::base::{Chance, Day, Moment, StaffId};
use crate::calendar::{self, EditError};
use crate::cards::import::{self, ApplyError, Options, ReadError};
use crate::db::{Actor, Db, Fault, Lane, OpenError, ReadTx};
use crate::municipalities::{self, CityError};

/// Cards of the first day, and of each later one.
const CARDS: (usize, usize) = (1400, 400);

/// The second person for what takes two: role, user, name.
const SECOND: (&str, &str, &str) = ("manager", "manager2", "佐々木 係長");

/// Numbers of the people whose cards lie about, far from those of the files.
const APART: usize = 90_000;

/// The same for those that files bring which are shown for their runs.
const BROUGHT: usize = 95_000;

/// How many days the city has lived when it is first seen.
const PAST: i32 = 4;

/// The demo's file cannot be made or brought to this day.
#[derive(Debug, thiserror::Error)]
pub enum FillError {
    /// The list of inventions cannot be read.
    #[error("city.toml: {0}")]
    Invented(#[from] toml::de::Error),
    /// The file cannot be made.
    #[error(transparent)]
    City(#[from] CityError),
    /// The file cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The calendar was refused.
    #[error("calendar: {0}")]
    Shape(#[from] EditError),
    /// A member of staff was refused.
    #[error("staff: {0}")]
    Staff(#[from] AddError),
    /// A password could not be set.
    #[error("staff: {0}")]
    Reset(#[from] ResetError),
    /// The card file was not read.
    #[error("card file: {0}")]
    Read(#[from] ReadError),
    /// The card file was not taken in.
    #[error("card file: {0}")]
    Apply(#[from] ApplyError),
    /// The story was refused.
    #[error(transparent)]
    Story(#[from] StoryError),
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Who fills, and until when.
#[derive(Debug)]
pub struct Filling<'a> {
    /// Where the cities' files lie.
    pub data_dir: PathBuf,
    /// This moment.
    pub now: Moment,
    /// Randomness for passwords.
    pub chance: &'a Chance,
    /// The accounts that an earlier start told.
    pub known: Vec<Account>,
}

const DEMO: Actor = Actor::System { job: "demo" };

impl Filling<'_> {
    /// Makes the file or brings it to this day, and gives the accounts.
    pub async fn fill(&self) -> Result<Vec<Account>, FillError> {
        let city = Invented::load()?;
        let file = municipalities::file_of(&self.data_dir, CODE);
        let is_new = !file.exists();
        let clock = StoryClock::at(if is_new { self.morning() } else { Moment::from_millis(0) });
        if is_new {
            let hands = (&clock.clock(), self.chance);
            municipalities::create(&self.data_dir, CODE, true, hands, DEMO).await?;
        }
        let db = Db::open(&file, CODE, clock.clock(), self.chance.clone())?;
        let accounts =
            if is_new { self.begin(&db, &clock, &city).await } else { self.go_on(&db, &clock, &city).await };
        db.close().await;
        accounts
    }

    async fn begin(&self, db: &Db, clock: &StoryClock, city: &Invented) -> Result<Vec<Account>, FillError> {
        let first = clock.clock().now().day();
        let (shaped, from) = (Invented::load()?, first.minus(400));
        db.write(DEMO, move |tx| shape(tx, &shaped, from)).await?;
        db.write(DEMO, custody::furnish).await?;
        let accounts = self.staff(db, city).await?;
        let manager = db.read(Lane::Staff, |tx| actor(tx, "manager")).await?;
        db.write(manager, specials).await?;
        take_in(db, city, 0..CARDS.0, first.minus(20)).await?;
        let managers = |tx: &ReadTx<'_>| Ok::<_, Fault>((actor(tx, "manager")?, actor(tx, SECOND.1)?));
        let (one, other) = db.read(Lane::Staff, managers).await?;
        statuses::lie_about(db, city, APART, (&one, &other)).await?;
        intake::runs(db, city, BROUGHT, (&one, first.minus(10))).await?;
        let story = story(db, clock, city).await?;
        story.tell(first, self.now).await?;
        custody::keep(db, &story.clerk, &one).await?;
        mailings::write_to_many(db, clock, self.chance, (&one, &other)).await?;
        mailings::wait(db, self.chance).await?;
        db.write(one.clone(), time::rules).await?;
        time::renew(db, &story.agent, self.now.day()).await?;
        time::closure(db, &one, self.now.day()).await?;
        db.write(DEMO, read_all).await?;
        db.write(one.clone(), super::post::troubles).await?;
        lists::keep(db, &one).await?;
        Ok(accounts)
    }

    async fn go_on(&self, db: &Db, clock: &StoryClock, city: &Invented) -> Result<Vec<Account>, FillError> {
        let last = db.read(Lane::Staff, |tx| Ok::<_, Fault>(tx.now())).await?;
        clock.reach(last);
        if last.day() < self.now.day() {
            let story = story(db, clock, city).await?;
            let morning = self.morning();
            if last < morning {
                // Nobody watched for longer: the city goes on some days ago, as one that is new.
                story.pass(morning).await?;
            }
            let known = db.read(Lane::Staff, registered).await?;
            take_in(db, city, known..known + CARDS.1, clock.clock().now().day().minus(20)).await?;
            let first = last.day().plus(super::AHEAD + 1).max(morning.day());
            story.tell(first, self.now).await?;
        }
        clock.reach(self.now);
        self.passwords(db).await
    }

    /// The morning on which a new city's story begins.
    fn morning(&self) -> Moment {
        Moment::at(self.now.day().minus(PAST), crate::base::Minute::of(8 * 60))
    }

    async fn staff(&self, db: &Db, city: &Invented) -> Result<Vec<Account>, FillError> {
        let home = db.read(Lane::Staff, calendar::locations).await?.first().map(|place| place.id);
        let mut accounts = Vec::new();
        let first = city.staff.iter().map(|(role, name)| (role.as_str(), role.as_str(), name.as_str()));
        for (role, user, name) in first.chain([SECOND]) {
            let password = Password::draw(self.chance);
            let hash = Password::hash(&password, self.chance).map_err(Fault::from)?;
            let new = NewStaff {
                user: user.to_owned(),
                name: name.to_owned(),
                role: role.to_owned(),
                password: hash,
                must_change: false,
                home,
            };
            db.write(DEMO, move |tx| accounts::add(tx, &new)).await?;
            accounts.push(account(role, user, password.expose_secret()));
        }
        Ok(accounts)
    }

    /// The passwords that were told before; where they are lost, new ones.
    async fn passwords(&self, db: &Db) -> Result<Vec<Account>, FillError> {
        if !self.known.is_empty() {
            return Ok(self.known.clone());
        }
        let mut accounts = Vec::new();
        let first = Invented::load()?.staff.into_keys().map(|role| (role.clone(), role));
        for (role, user) in first.chain([(SECOND.0.to_owned(), SECOND.1.to_owned())]) {
            let password = Password::draw(self.chance);
            let hash = Password::hash(&password, self.chance).map_err(Fault::from)?;
            let named = user.clone();
            db.write(DEMO, move |tx| accounts::reset(tx, &named, &hash)).await?;
            accounts.push(account(&role, &user, password.expose_secret()));
        }
        Ok(accounts)
    }
}

async fn story<'s>(db: &'s Db, clock: &'s StoryClock, city: &'s Invented) -> Result<Story<'s>, FillError> {
    let both = |tx: &ReadTx<'_>| Ok::<_, Fault>((actor(tx, "counter")?, actor(tx, "call_center")?));
    let (clerk, agent) = db.read(Lane::Staff, both).await?;
    Ok(Story { city, db, clock, clerk, agent })
}

fn account(role: &str, user: &str, password: &str) -> Account {
    Account { role: role.to_owned(), user: user.to_owned(), password: password.to_owned() }
}

/// Reads a file of these people, written as the makers of cards write it, through the importer.
async fn take_in(
    db: &Db,
    city: &Invented,
    people: std::ops::Range<usize>,
    sent: Day,
) -> Result<(), FillError> {
    let context = db.read(Lane::Staff, municipalities::import_context).await?;
    let name = format!("cards_{}.csv", sent.to_string().replace('-', ""));
    let text = city.file(people.start, people.end, sent);
    let (bytes, _, _) = encoding_rs::SHIFT_JIS.encode(&text);
    let file = Arc::new(import::read(&bytes, &context)?);
    let options = Options { file_name: name, ..Options::default() };
    import::apply(db, &DEMO, &file, &options, &|_, _| {}).await?;
    Ok(())
}

fn registered(tx: &ReadTx<'_>) -> Result<usize, Fault> {
    let runs = import::runs(tx, 10_000)?;
    let made = runs.iter().filter(|run| run.actor == DEMO.display_name());
    Ok(made.map(|run| usize::try_from(run.tally.new).unwrap_or(0)).sum())
}

fn actor(tx: &ReadTx<'_>, user: &str) -> Result<Actor, Fault> {
    let staff = accounts::by_user(tx, user)?.ok_or_else(|| Fault::Stored(format!("staff {user}")))?;
    Ok(Actor::Staff { id: StaffId::of(staff.id.get()), name: staff.name, origin: "127.0.0.1".to_owned() })
}
