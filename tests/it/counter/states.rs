//! The statuses of a card follow the table, whatever is tried in whatever order.

use madoguchi::cards::{self, CardStatus, Transition, TransitionError};
use proptest::prelude::*;

use super::desk::Desk;

/// The table as the house wrote it down: from, and where it leads.
const TABLE: &[(&str, &str)] = &[
    ("announced", "received voided"),
    ("received", "preset_done defect_returned voided"),
    ("preset_done", "notified mailed voided"),
    ("notified", "issued incomplete notice_returned renotified on_hold disposal_candidate voided"),
    ("notice_returned", "notified renotified issued on_hold disposal_candidate voided"),
    ("renotified", "issued incomplete notice_returned on_hold disposal_candidate voided"),
    ("incomplete", "issued on_hold disposal_candidate voided"),
    ("on_hold", "issued voided"),
    ("mailed", "issued mail_returned"),
    ("mail_returned", "notified issued disposal_candidate voided"),
    ("disposal_candidate", "disposed notified renotified on_hold issued"),
    ("voided", "disposed"),
];

/// Nothing leaves these by the table; everything else may go missing.
const ENDS: [&str; 3] = ["issued", "disposed", "defect_returned"];

fn allows(from: CardStatus, to: CardStatus, trail: &[CardStatus]) -> bool {
    let row = TABLE.iter().find(|(status, _)| *status == from.code());
    let listed = row.is_some_and(|(_, next)| next.split(' ').any(|status| status == to.code()));
    let lost = to == CardStatus::Missing && from != to && !ENDS.contains(&from.code());
    let back = matches!(from, CardStatus::OnHold | CardStatus::Missing) && trail.last() == Some(&to);
    listed || lost || back
}

#[test]
fn the_program_s_table_is_the_house_s_table() {
    for from in CardStatus::ALL {
        for to in CardStatus::ALL {
            for before in CardStatus::ALL.map(Some).into_iter().chain([None]) {
                let trail: Vec<CardStatus> = before.into_iter().collect();
                assert_eq!(
                    from.may_become(to, before),
                    allows(from, to, &trail),
                    "{from:?} {to:?} {before:?}"
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn a_card_takes_exactly_the_steps_of_the_table(steps in proptest::collection::vec(0..16_usize, 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(walk(&steps));
    }
}

async fn walk(steps: &[usize]) {
    let desk = Desk::at("2026-04-13 09:42").await;
    let card = desk.card(1, "甲野", "").await;
    let (mut status, mut trail) = (CardStatus::Notified, Vec::new());
    for at in steps {
        let to = CardStatus::ALL[*at];
        if to == CardStatus::Disposed {
            continue; // Takes two people, and is tried elsewhere.
        }
        let wish = Transition { reason: Some("試験".to_owned()), ..Transition::of(card, to) };
        let done = desk.console.write(move |tx| cards::transition(tx, &wish)).await;
        if !allows(status, to, &trail) {
            assert!(matches!(done, Err(TransitionError::Illegal { .. })), "{status:?} {to:?} {trail:?}");
            continue;
        }
        let now = done.unwrap();
        let back = matches!(status, CardStatus::OnHold | CardStatus::Missing) && trail.last() == Some(&to);
        if back {
            trail.pop();
        } else if matches!(to, CardStatus::OnHold | CardStatus::Missing | CardStatus::Issued) {
            trail.push(status);
        } else {
            trail.clear();
        }
        status = to;
        assert_eq!((now.status, now.status_before), (to, trail.last().copied()), "{steps:?}");
    }
}
