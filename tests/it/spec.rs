//! Every clause of the tender that the program answers today is named in the source, and a test shows it.

use std::collections::{BTreeMap, BTreeSet};

use crate::architecture::tree;

/// A clause and the tests that show it. A clause is added with the first operation that serves it.
const SHOWN: &[(&str, &[&str])] = &[
    ("8(3)", &["a_citizen_without_a_notice_books_a_procedure_of_two_slots"]),
    (
        "7(1)④",
        &[
            "people_who_share_id_and_birthday_are_asked_for_the_year",
            "a_conflict_is_another_person_with_the_same_notice_id",
        ],
    ),
    ("7(1)⑤", &["the_last_seat_goes_to_one_of_citizen_and_staff"]),
    ("7(1)⑦", &["while_a_city_is_closed_every_page_says_so_with_the_end_and_before_it_the_start_page_does"]),
    (
        "7(1)⑬",
        &[
            "a_booking_of_the_former_system_comes_in_and_its_citizen_changes_it_on_the_web",
            "card_states_and_addresses_come_over_and_go_back",
        ],
    ),
    ("7(2)①", &["a_file_of_a_vendor_comes_in_with_every_character_as_it_was"]),
    ("7(2)②", &["every_page_refuses_every_role_that_lacks_its_permission_and_no_other"]),
    (
        "7(2)③",
        &[
            "a_card_that_lies_elsewhere_is_marked",
            "a_card_is_always_in_exactly_one_place_whoever_moves_it_at_once",
            "the_first_rule_that_fits_gives_each_card_of_a_file_its_own_number",
        ],
    ),
    (
        "7(2)④",
        &[
            "capacity_is_gone_over_only_with_a_reason_that_says_something",
            "a_day_counts_its_bookings_its_holds_and_what_is_over",
        ],
    ),
    (
        "7(2)⑤",
        &[
            "a_day_is_cut_into_slots_with_a_break_at_noon",
            "what_is_nearer_to_the_day_wins",
            "a_month_of_single_slots_goes_to_thirty_locations_in_short_turns_and_is_seen_at_once",
        ],
    ),
    (
        "7(2)⑥",
        &[
            "the_first_day_moves_at_midnight_in_japan",
            "booking_for_today_ends_at_its_minute",
            "the_last_day_is_counted_or_fixed",
        ],
    ),
    (
        "7(2)⑦",
        &[
            "a_whole_family_gets_its_cards_at_once_and_one_alone_when_named",
            "a_card_tells_who_did_what_when_and_the_values",
        ],
    ),
    (
        "7(2)⑧",
        &[
            "a_list_takes_only_what_was_asked_for",
            "all_that_a_search_finds_becomes_a_list_and_a_search_that_is_forgotten_becomes_none",
        ],
    ),
    (
        "7(2)⑨",
        &[
            "a_card_taken_from_its_shelf_is_noted_once_until_it_is_handed_over",
            "bookings_are_divided_by_day_by_hour_and_by_place",
            "every_name_is_read_back_from_the_paper_letter_by_letter",
        ],
    ),
    (
        "7(2)⑩",
        &[
            "a_card_booked_elsewhere_is_asked_for_and_the_history_says_so_once",
            "the_open_transfers_are_those_that_the_live_bookings_need",
        ],
    ),
    (
        "7(2)⑪",
        &[
            "ten_thousand_letters_leave_with_their_progress_to_be_seen_and_little_memory",
            "an_address_that_does_not_exist_is_noted_twice_and_gets_no_information_any_more",
            "a_letter_to_many_is_counted_tried_agreed_to_by_another_and_arrives_once_an_address",
            "a_stopped_letter_lets_none_leave_and_goes_on_where_it_stood_without_writing_twice",
            "a_letter_to_many_goes_on_after_a_kill_and_writes_to_nobody_twice",
        ],
    ),
    (
        "7(2)⑫",
        &[
            "nobody_has_stayed_away_before_the_time_has_come",
            "who_did_not_come_is_asked_the_day_after_and_once_more_two_weeks_later",
        ],
    ),
    ("7(2)⑬", &["a_registered_card_keeps_its_status_its_place_and_its_remark"]),
    ("7(3)②", &["whatever_is_wrong_with_a_check_the_page_says_the_same"]),
    ("7(3)③", &["a_citizen_books_from_the_start_page_to_the_mail"]),
    ("7(3)④", &["a_link_opens_as_often_as_wanted_and_elsewhere_after_the_birthday"]),
    ("7(3)⑤", &["a_citizen_books_and_is_told"]),
    ("7(3)⑥", &["a_family_is_booked_whole_or_not_at_all", "a_party_of_six_is_out_of_bounds"]),
    ("7(3)⑦", &["a_hidden_location_can_be_neither_chosen_nor_booked"]),
    ("7(3)⑧", &["no_page_of_a_citizen_tells_a_count"]),
    ("7(3)⑨", &["another_time_asks_for_the_precautions_again"]),
    (
        "7(3)⑩",
        &[
            "a_booking_is_changed_without_losing_the_old_time_before_the_new_one_is_secured",
            "a_relative_joins_and_leaves_and_the_rest_is_cancelled",
            "a_family_by_word_grows_and_shrinks_on_the_web_by_the_rules_of_every_family",
        ],
    ),
    ("7(3)⑪", &["each_act_of_staff_is_told_by_mail_where_an_address_is_known"]),
    ("7(3)⑫", &["one_citizen_has_one_live_booking_whatever_the_card_and_the_channel"]),
    ("7(3)⑬", &["while_a_city_is_closed_every_page_says_so_with_the_end_and_before_it_the_start_page_does"]),
    ("7(3)⑭", &["a_notice_waits_half_an_hour_after_five_wrong_checks_from_one_network"]),
    ("7(3)⑮", &["hosts_and_base_paths_lead_to_their_own_city_and_to_no_other"]),
    ("7(3)⑯", &["a_path_of_a_former_system_leads_to_the_new_page_for_good"]),
    (
        "8(3)",
        &[
            "a_long_procedure_needs_every_slot_that_it_touches",
            "every_procedure_speaks_three_languages_and_says_as_much_in_each",
        ],
    ),
    ("8(1)②", &["a_restore_never_writes_over_a_file_and_puts_it_aside_only_when_told"]),
    (
        "10(4)",
        &[
            "each_night_brings_one_copy_that_was_restored_and_compared",
            "what_came_after_the_copy_is_listed_and_what_was_sent_is_not_sent_again",
        ],
    ),
    ("10(3)", &["hosts_and_base_paths_lead_to_their_own_city_and_to_no_other"]),
    (
        "10(12)",
        &["a_changed_row_a_removed_row_and_changed_values_are_found", "looking_at_the_board_is_noted"],
    ),
    ("11(1)", &["a_file_with_individual_numbers_is_refused_and_none_is_repeated"]),
];

/// The clauses named in a text: `Spec: 7(3)⑤ ⑥, 10(12).` are three.
fn clauses(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, tag) in text.match_indices("Spec: ") {
        let line = text[at + tag.len()..].lines().next().unwrap_or_default();
        let mut section = String::new();
        let mut rest = line;
        while let Some(first) = rest.chars().next() {
            if first.is_ascii_digit() {
                let Some(end) = rest.find(')') else { break };
                rest[..=end].clone_into(&mut section);
                rest = &rest[end + 1..];
                if !rest.starts_with(circled) {
                    found.insert(section.clone());
                }
            } else if circled(first) {
                found.insert(format!("{section}{first}"));
                rest = &rest[first.len_utf8()..];
            } else if [' ', ','].contains(&first) {
                rest = &rest[1..];
            } else {
                break;
            }
        }
    }
    found
}

fn circled(one: char) -> bool {
    ('①'..='⑳').contains(&one)
}

/// Every test's name and the file that it stands in.
fn tests() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for folder in ["src", "tests"] {
        for (path, text) in tree(folder) {
            let mut is_test = false;
            for line in text.lines().map(str::trim) {
                if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
                    is_test = true;
                } else if let Some((_, rest)) = line.split_once("fn ").filter(|_| is_test) {
                    let name = rest.split('(').next().unwrap().to_owned();
                    found.insert(name, format!("{folder}/{path}"));
                    is_test = false;
                }
            }
        }
    }
    found
}

#[test]
fn each_clause_is_named_in_the_source_and_shown_by_a_test() {
    let named: BTreeSet<String> = tree("src").iter().flat_map(|(_, text)| clauses(text)).collect();
    let tests = tests();
    let mut wrong = Vec::new();
    for (clause, shown) in SHOWN {
        if !named.contains(*clause) {
            wrong.push(format!("{clause} is named nowhere in src"));
        }
        wrong.extend(
            shown
                .iter()
                .filter(|test| !tests.contains_key(**test))
                .map(|test| format!("{clause}: no test {test}")),
        );
    }
    let known: BTreeSet<String> = SHOWN.iter().map(|(clause, _)| (*clause).to_owned()).collect();
    wrong.extend(
        named.difference(&known).map(|clause| format!("{clause} is named in src and shown by no test")),
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_tags_are_read_as_people_write_them() {
    let all = |text: &str| clauses(text).into_iter().collect::<Vec<_>>();
    assert_eq!(all("/// Spec: 7(3)⑤ ⑥ ⑨, 10(12)."), ["10(12)", "7(3)⑤", "7(3)⑥", "7(3)⑨"]);
    assert_eq!(all("// Spec: 7(1)④, 7(3)②⑭"), ["7(1)④", "7(3)②", "7(3)⑭"]);
    assert_eq!(all("// Spec: 11(1). One random number in ten 7(2)"), ["11(1)"]);
    assert!(tests().contains_key("the_tags_are_read_as_people_write_them"));
    assert!(!tests().contains_key("circled"));
}
