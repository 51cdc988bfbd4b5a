//! Where cards lie: boxes that fill up, moves done twice, cards on their way, rules for what comes in.

use std::collections::{BTreeMap, BTreeSet};

use madoguchi::base::{BoxId, CardId, NoticeId, NoticePattern, StaffId, StorageId};
use madoguchi::cards::storage::{
    self, Assigner, BoxKind, BoxWish, Facts, Heading, MoveError, Moving, NewRule, PlaceError, PlaceWish,
    Receiving, Scan, Scanned, Sending, Spot, Target, Whereabouts,
};
use madoguchi::cards::{self, Card, CardStatus, Transition};
use madoguchi::db::{Actor, Lane};

use crate::kit::TestMunicipality;

const MONDAY: &str = "2026-04-13 09:42";

/// The vault of 本庁舎 with boxes B-01 (two cards) and B-02 (no limit), the vault of 東支所 with B-01.
pub struct Vaults {
    pub main: StorageId,
    pub east: StorageId,
    pub first: BoxId,
    pub second: BoxId,
    pub far: BoxId,
}

pub fn place(code: &str, name: &str, location: Option<madoguchi::base::LocationId>) -> PlaceWish {
    PlaceWish {
        code: code.to_owned(),
        name: name.to_owned(),
        location,
        barcode: String::new(),
        position: 0,
        retired: false,
    }
}

pub fn shelf(code: &str, capacity: Option<u16>, position: i64) -> BoxWish {
    BoxWish {
        code: code.to_owned(),
        barcode: String::new(),
        kind: BoxKind::Normal,
        capacity,
        position,
        retired: false,
    }
}

pub async fn vaults(city: &TestMunicipality) -> Vaults {
    let (office, branch) = (city.office, city.branch);
    city.write(move |tx| {
        let main = storage::add_place(tx, &place("h", "本庁舎の保管庫", Some(office)))?;
        let east = storage::add_place(tx, &place("e", "東支所の保管庫", Some(branch)))?;
        let first = storage::add_box(tx, main, &shelf("B-01", Some(2), 1))?;
        let second = storage::add_box(tx, main, &shelf("B-02", None, 2))?;
        let far = storage::add_box(tx, east, &shelf("B-01", Some(50), 1))?;
        Ok::<_, PlaceError>(Vaults { main, east, first, second, far })
    })
    .await
}

fn moving(card: CardId, to: Target) -> Moving {
    Moving { card, to, expect_version: None, batch: None }
}

async fn put(city: &TestMunicipality, card: CardId, to: BoxId) -> storage::Moved {
    city.write(move |tx| storage::move_card(tx, &moving(card, Target::Box(to)))).await
}

async fn try_put(city: &TestMunicipality, card: CardId, to: BoxId) -> Result<storage::Moved, MoveError> {
    let actor = Actor::Cli { uid: 0 };
    city.city.db.write(actor, move |tx| storage::move_card(tx, &moving(card, Target::Box(to)))).await
}

async fn get(city: &TestMunicipality, id: CardId) -> Card {
    city.city.db.read(Lane::Staff, move |tx| cards::get(tx, id)).await.unwrap().unwrap()
}

fn somebody(id: i64) -> Actor {
    Actor::Staff { id: StaffId::of(id), name: format!("職員{id}"), origin: "10.0.0.1".to_owned() }
}

#[tokio::test]
async fn a_card_scanned_into_a_box_gets_the_next_free_number_and_a_second_scan_changes_nothing() {
    let city = TestMunicipality::at(MONDAY).await;
    let boxes = vaults(&city).await;
    let (one, two) = (city.card(1, "田中 健太").await, city.card(2, "佐藤 花子").await);
    assert!(put(&city, one, boxes.first).await.changed);
    let again = put(&city, one, boxes.first).await;
    assert!(!again.changed, "a scan done twice moves nothing");
    assert_eq!(Spot::of(&again.card).label(), "B-01-001");
    assert_eq!(Spot::of(&put(&city, two, boxes.first).await.card).label(), "B-01-002");
    put(&city, one, boxes.second).await;
    let three = city.card(3, "鈴木 一郎").await;
    assert_eq!(
        Spot::of(&put(&city, three, boxes.first).await.card).label(),
        "B-01-001",
        "a gap is filled first"
    );
}

#[tokio::test]
async fn a_full_box_takes_no_card_until_one_leaves_it() {
    let city = TestMunicipality::at(MONDAY).await;
    let boxes = vaults(&city).await;
    let cards =
        [city.card(1, "田中 健太").await, city.card(2, "佐藤 花子").await, city.card(3, "鈴木 一郎").await];
    for card in &cards[..2] {
        put(&city, *card, boxes.first).await;
    }
    let refused = try_put(&city, cards[2], boxes.first).await;
    assert!(matches!(refused, Err(MoveError::Full { capacity: 2 })), "{refused:?}");
    let gone = cards[0];
    let issue = Transition {
        card: gone,
        to: CardStatus::Issued,
        reason: None,
        code: None,
        on: None,
        expect_version: None,
        may_override: false,
    };
    city.write(move |tx| cards::transition(tx, &issue)).await;
    assert!(
        try_put(&city, cards[2], boxes.first).await.unwrap().changed,
        "a card that was handed over leaves its place free"
    );
    let refused = try_put(&city, gone, boxes.second).await;
    assert!(matches!(refused, Err(MoveError::Gone(CardStatus::Issued))), "{refused:?}");
    assert!(matches!(storage::where_is(&get(&city, gone).await), Whereabouts::Gone(CardStatus::Issued, _)));
}

#[tokio::test]
async fn the_last_move_is_taken_back_once_and_only_by_who_saw_the_card_so() {
    let city = TestMunicipality::at(MONDAY).await;
    let boxes = vaults(&city).await;
    let card = city.card(1, "田中 健太").await;
    put(&city, card, boxes.first).await;
    let version = put(&city, card, boxes.far).await.card.version;
    let back = city.write(move |tx| storage::undo_move(tx, card, version)).await;
    assert_eq!((back.card.storage, Spot::of(&back.card).label()), (Some(boxes.main), "B-01-001".to_owned()));
    let actor = Actor::Cli { uid: 0 };
    let old = city.city.db.write(actor.clone(), move |tx| storage::undo_move(tx, card, version)).await;
    assert!(matches!(old, Err(MoveError::Conflict { .. })), "{old:?}");
    let version = back.card.version;
    let twice = city.city.db.write(actor, move |tx| storage::undo_move(tx, card, version)).await;
    assert!(matches!(twice, Err(MoveError::NothingToUndo)), "{twice:?}");
}

#[tokio::test]
async fn a_card_sent_is_nowhere_but_on_its_way_until_it_is_received_and_its_place_follows() {
    let city = TestMunicipality::at(MONDAY).await;
    let boxes = vaults(&city).await;
    let (card, to) = (city.card(1, "田中 健太").await, Heading::Location(city.branch));
    put(&city, card, boxes.first).await;
    let send = Sending { card, to, expect_version: None, batch: None };
    let again = send.clone();
    city.write(move |tx| storage::send(tx, &send)).await;
    assert!(!city.write(move |tx| storage::send(tx, &again)).await.changed, "sent twice is sent once");
    let Whereabouts::Away(away, spot) = storage::where_is(&get(&city, card).await) else {
        panic!("it is not away")
    };
    assert_eq!((away.to, spot.label()), (to, "B-01-001".to_owned()));
    let elsewhere = Sending { card, to: Heading::Location(city.office), expect_version: None, batch: None };
    let refused = city.city.db.write(Actor::Cli { uid: 0 }, move |tx| storage::send(tx, &elsewhere)).await;
    assert!(matches!(refused, Err(MoveError::OnItsWay(_))), "{refused:?}");
    let counts = city.city.db.read(Lane::Staff, storage::counts).await.unwrap();
    assert!(counts.is_empty(), "it lies nowhere: {counts:?}");
    let receive = Receiving { card, into: Target::Box(boxes.far), expect_version: None, batch: None };
    let again = receive.clone();
    let there = city.write(move |tx| storage::receive(tx, &receive)).await;
    assert_eq!((there.card.storage, there.card.away), (Some(boxes.east), None));
    assert!(
        !city.write(move |tx| storage::receive(tx, &again)).await.changed,
        "received twice is received once"
    );
}

#[tokio::test]
async fn a_sending_that_did_not_happen_puts_the_card_back_with_a_free_number() {
    let city = TestMunicipality::at(MONDAY).await;
    let boxes = vaults(&city).await;
    let (card, other) = (city.card(1, "田中 健太").await, city.card(2, "佐藤 花子").await);
    put(&city, card, boxes.first).await;
    let send = Sending { card, to: Heading::Location(city.branch), expect_version: None, batch: None };
    city.write(move |tx| storage::send(tx, &send)).await;
    assert_eq!(Spot::of(&put(&city, other, boxes.first).await.card).label(), "B-01-001");
    let back = city.write(move |tx| storage::put_back(tx, card, None, None)).await;
    assert_eq!(Spot::of(&back.card).label(), "B-01-002");
}

#[tokio::test]
async fn a_hand_over_takes_two_people() {
    let city = TestMunicipality::at(MONDAY).await;
    let boxes = vaults(&city).await;
    city.clerk("counter").await;
    city.clerk("manager").await;
    let card = city.card(1, "田中 健太").await;
    put(&city, card, boxes.first).await;
    let db = &city.city.db;
    let to = |person| Sending {
        card,
        to: Heading::Person(StaffId::of(person)),
        expect_version: None,
        batch: None,
    };
    let own = to(1);
    let refused = db.write(somebody(1), move |tx| storage::send(tx, &own)).await;
    assert!(matches!(refused, Err(MoveError::SamePerson)), "{refused:?}");
    let give = to(2);
    db.write(somebody(1), move |tx| storage::send(tx, &give)).await.unwrap();
    let receive = Receiving { card, into: Target::Box(boxes.second), expect_version: None, batch: None };
    let own = receive.clone();
    let refused = db.write(somebody(1), move |tx| storage::receive(tx, &own)).await;
    assert!(matches!(refused, Err(MoveError::SamePerson)), "{refused:?}");
    db.write(somebody(2), move |tx| storage::receive(tx, &receive)).await.unwrap();
    let card = get(&city, card).await;
    assert_eq!((card.away, card.shelf.as_str()), (None, "B-02"));
    let told = db.read(Lane::Staff, move |tx| madoguchi::history::of_card(tx, card.id)).await.unwrap();
    let acts: Vec<_> = told.iter().map(|one| (one.operation.as_str(), one.actor.as_str())).take(2).collect();
    assert_eq!(acts, [("card.taken_over", "職員2"), ("card.handed_on", "職員1")]);
}

#[tokio::test]
async fn a_scan_is_a_label_a_card_or_a_choice_between_two_however_it_was_typed() {
    let city = TestMunicipality::at(MONDAY).await;
    let boxes = vaults(&city).await;
    let card = city.card(345_603, "田中 健太").await;
    let twins = (city.card(345_604, "佐藤 花子").await, city.card(345_604, "鈴木 一郎").await);
    let (office, branch) = (city.office, city.branch);
    let read = |typed: &str, near| {
        let wish = Scan { typed: typed.to_owned(), near: Some(near), pattern: NoticePattern::default() };
        let db = city.city.db.clone();
        async move { db.read(Lane::Staff, move |tx| storage::scan(tx, &wish)).await.unwrap() }
    };
    let notice = get(&city, card).await.notice_id.uncover().to_string();
    let wide: String = notice.chars().map(|c| char::from_u32(u32::from(c) + 0xFEE0).unwrap()).collect();
    for typed in [notice.clone(), notice.replace('-', ""), notice.to_lowercase(), wide] {
        assert_eq!(read(&typed, office).await, Scanned::Card(card), "{typed}");
    }
    let shared = get(&city, twins.0).await.notice_id.uncover().to_string();
    assert_eq!(read(&shared, office).await, Scanned::Several(vec![twins.0, twins.1]));
    for label in ["BX00001", "ｂｘ００００１", "B-01", "Ｂ－０１"] {
        assert_eq!(read(label, office).await, Scanned::Place(Target::Box(boxes.first)), "{label}");
    }
    assert_eq!(
        read("B-01", branch).await,
        Scanned::Place(Target::Box(boxes.far)),
        "one's own office comes first"
    );
    assert_eq!(read("ST00002", office).await, Scanned::Place(Target::Storage(boxes.east)));
    assert_eq!(read("　", office).await, Scanned::Empty);
    assert_eq!(read("A13-999999", office).await, Scanned::NoCard);
    assert_eq!(read("4901234567894", office).await, Scanned::Unknown);
}

#[tokio::test]
async fn a_place_that_holds_cards_is_not_retired_and_a_box_that_held_some_keeps_its_name() {
    let city = TestMunicipality::at(MONDAY).await;
    let boxes = vaults(&city).await;
    let card = city.card(1, "田中 健太").await;
    put(&city, card, boxes.first).await;
    let db = &city.city.db;
    let edit = |wish: BoxWish, version| {
        let db = db.clone();
        async move {
            db.write(Actor::Cli { uid: 0 }, move |tx| storage::edit_box(tx, BoxId::of(1), &wish, version))
                .await
        }
    };
    let retired = BoxWish { retired: true, ..shelf("B-01", Some(2), 1) };
    assert!(matches!(edit(retired.clone(), 1).await, Err(PlaceError::HoldsCards)));
    assert!(matches!(edit(shelf("C-01", Some(2), 1), 1).await, Err(PlaceError::CodeInUse)));
    assert!(matches!(edit(shelf("B-01", Some(3), 1), 7).await, Err(PlaceError::Conflict)));
    let main = boxes.main;
    let whole = PlaceWish { retired: true, ..place("h", "本庁舎の保管庫", None) };
    let refused = db.write(Actor::Cli { uid: 0 }, move |tx| storage::edit_place(tx, main, &whole, 1)).await;
    assert!(matches!(refused, Err(PlaceError::HoldsCards)), "{refused:?}");
    put(&city, card, boxes.second).await;
    edit(retired, 1).await.unwrap();
    let refused = try_put(&city, card, boxes.first).await;
    assert!(matches!(refused, Err(MoveError::NoPlace)), "a retired box takes no card: {refused:?}");
}

#[tokio::test]
async fn a_barcode_that_could_be_something_else_is_refused() {
    let city = TestMunicipality::at(MONDAY).await;
    let boxes = vaults(&city).await;
    for (barcode, taken) in
        [("A13-345603", false), ("BX00009", false), ("棚１", false), ("4901234567894", true)]
    {
        let main = boxes.main;
        let wish = BoxWish { barcode: barcode.to_owned(), ..shelf("X-1", None, 9) };
        let added = city
            .city
            .db
            .write(Actor::Cli { uid: 0 }, move |tx| {
                let own = BoxWish {
                    barcode: "４９０１２３４５６７８９４".to_owned(),
                    ..shelf("X-0", None, 8)
                };
                if taken {
                    storage::add_box(tx, main, &own)?;
                }
                storage::add_box(tx, main, &wish)
            })
            .await;
        match added {
            Err(PlaceError::BarcodeTaken) => assert!(taken, "{barcode}"),
            Err(PlaceError::BadBarcode) => assert!(!taken, "{barcode}"),
            other => panic!("{barcode}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn the_first_rule_that_fits_gives_each_card_of_a_file_its_own_number() {
    let city = TestMunicipality::at(MONDAY).await;
    let boxes = vaults(&city).await;
    let (office, branch) = (city.office, city.branch);
    city.write(move |tx| {
        let east = NewRule { location: Some(branch), ..NewRule::default() };
        let range = NewRule {
            prefix: "b".to_owned(),
            storage: Some(boxes.main),
            only: Some(boxes.second),
            ..NewRule::default()
        };
        storage::add_rule(tx, &NewRule { location: Some(office), ..NewRule::default() })?;
        storage::add_rule(tx, &east)?;
        let first = storage::add_rule(tx, &range)?;
        storage::lift_rule(tx, first)?;
        storage::lift_rule(tx, first)?;
        Ok::<_, storage::RuleError>(())
    })
    .await;
    let given = city
        .city
        .db
        .read(Lane::Staff, move |tx| {
            let mut assigner = Assigner::read(tx)?;
            let mut given = Vec::new();
            for (norm, location) in [
                ("A13000001", office),
                ("B13000001", branch),
                ("A13000002", office),
                ("A13000003", office),
                ("A13000004", branch),
            ] {
                let notice = NoticeId::from_norm(norm);
                let facts = Facts { notice: &notice, location: Some(location), profile: "" };
                given.push(assigner.assign(tx, &facts)?.map(|spot| (spot.storage, spot.label())));
            }
            Ok::<_, madoguchi::db::Fault>(given)
        })
        .await
        .unwrap();
    let main = |label: &str| Some((Some(boxes.main), label.to_owned()));
    let expected = [
        main("B-01-001"),
        main("B-02-001"),
        main("B-01-002"),
        main("B-02-002"),
        Some((Some(boxes.east), "B-01-001".to_owned())),
    ];
    assert_eq!(given, expected, "a full box is followed by the next; the rule of the prefix comes first");
}

/// What one of the people does next: whatever the dice say, to whatever card.
async fn act(db: &madoguchi::db::Db, dice: u64, card: CardId, to: Target, heading: Heading) {
    let done = db.write(Actor::Cli { uid: 0 }, move |tx| match (dice >> 50) % 6 {
        0 => storage::send(tx, &Sending { card, to: heading, expect_version: None, batch: None }),
        1 => storage::receive(tx, &Receiving { card, into: to, expect_version: None, batch: None }),
        2 => storage::put_back(tx, card, None, None),
        3 => {
            let version = cards::get(tx, card)?.map_or(0, |card| card.version);
            storage::undo_move(tx, card, version)
        }
        _ => storage::move_card(tx, &moving(card, to)),
    });
    if let Err(MoveError::Fault(fault)) = done.await {
        panic!("{fault}");
    }
}

/// Eight people move the same forty cards about at once.
async fn stir(city: &TestMunicipality, boxes: &Vaults, all: &[CardId]) {
    let headings = [city.office, city.branch].map(Heading::Location);
    let targets = [boxes.first, boxes.second, boxes.far].map(Target::Box);
    let mut people = tokio::task::JoinSet::new();
    for person in 0..8_u64 {
        let (db, all) = (city.city.db.clone(), all.to_vec());
        people.spawn(async move {
            let mut dice = person + 1;
            for _ in 0..40 {
                dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let roll = |shift: u32, sides: usize| usize::try_from(dice >> shift).unwrap() % sides;
                act(&db, dice, all[roll(33, all.len())], targets[roll(20, 3)], headings[roll(6, 2)]).await;
            }
        });
    }
    people.join_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_card_is_always_in_exactly_one_place_whoever_moves_it_at_once() {
    let city = TestMunicipality::at(MONDAY).await;
    let boxes = vaults(&city).await;
    let mut all = Vec::new();
    for number in 1..=40 {
        all.push(city.card(number, "田中 健太").await);
    }
    stir(&city, &boxes, &all).await;
    let (main, east) = (boxes.main, boxes.east);
    let read = city.city.db.read(Lane::Staff, move |tx| {
        let mut lying = storage::contents(tx, main, None, 1000)?;
        lying.extend(storage::contents(tx, east, None, 1000)?);
        Ok::<_, madoguchi::db::Fault>((storage::counts(tx)?, lying))
    });
    let (counts, lying) = read.await.unwrap();
    let mut spots = BTreeSet::new();
    let mut told: BTreeMap<&str, usize> = BTreeMap::new();
    for id in &all {
        let kind = match storage::where_is(&get(&city, *id).await) {
            Whereabouts::AtPlace(spot) => {
                assert!(spots.insert((spot.storage, spot.label())), "two cards at {}", spot.label());
                "lies"
            }
            Whereabouts::Away(..) => "away",
            Whereabouts::NotRegistered => "nowhere yet",
            other => panic!("{other:?}"),
        };
        *told.entry(kind).or_default() += 1;
    }
    assert_eq!(told.values().sum::<usize>(), all.len());
    assert_eq!(lying.len(), told["lies"], "what the boxes hold is what the cards say");
    assert_eq!(counts.iter().map(|count| count.cards as usize).sum::<usize>(), lying.len());
    let small = counts.iter().find(|count| count.storage == boxes.main && count.shelf == "B-01");
    assert!(small.is_none_or(|count| count.cards <= 2), "a box never holds more than goes in");
    assert!(told.contains_key("away"), "{told:?}");
}
