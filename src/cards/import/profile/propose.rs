//! A mapping proposed from the names that stand in a file's header.

use super::wrong::is_forbidden;
use super::{Column, Kind, Place, Profile, Target, header_key, synonyms};

/// A profile for a file with this header: each target gets the column whose name comes closest, individual numbers are dropped.
///
/// It may lack what is needed; [`Profile::check`] says so, and a person adds it.
pub fn propose(kind: Kind, header: &[String]) -> Profile {
    let keys: Vec<String> = header.iter().map(|name| header_key(name)).collect();
    let mut profile = Profile::empty(kind);
    let mut taken = vec![false; keys.len()];
    for (at, key) in keys.iter().enumerate() {
        if is_forbidden(key) {
            profile.drop.push(Place::Header(header.get(at).cloned().unwrap_or_default()));
            mark(&mut taken, at);
        }
    }
    for closeness in [is_named, is_synonym, holds_name] {
        for target in Target::of(kind) {
            if profile.columns_of(*target).next().is_some() {
                continue;
            }
            let free = |at: &usize| taken.get(*at) == Some(&false);
            let hit = (0..keys.len())
                .filter(free)
                .find(|at| keys.get(*at).is_some_and(|key| closeness(*target, key)));
            if let Some(at) = hit {
                profile.columns.push(column(*target, at, &keys, header));
                mark(&mut taken, at);
            }
        }
    }
    if let Some(parts) = split_name(&profile, &keys) {
        profile.columns.extend(parts.into_iter().map(|at| column(Target::Name, at, &keys, header)));
    }
    let order = |target| Target::of(kind).iter().position(|one| *one == target);
    profile.columns.sort_by_key(|column| order(column.target));
    profile
}

/// By its name, or by its number where the name stands twice.
fn column(target: Target, at: usize, keys: &[String], header: &[String]) -> Column {
    let key = keys.get(at);
    let is_alone = keys.iter().filter(|other| Some(*other) == key).count() == 1;
    match header.get(at).filter(|_| is_alone) {
        Some(name) => Column::headed(target, name.trim()),
        None => Column::new(target, Place::Index(u16::try_from(at + 1).unwrap_or(u16::MAX))),
    }
}

fn mark(taken: &mut [bool], at: usize) {
    if let Some(one) = taken.get_mut(at) {
        *one = true;
    }
}

fn is_named(target: Target, key: &str) -> bool {
    key == header_key(target.label()) || key == header_key(target.code())
}

fn is_synonym(target: Target, key: &str) -> bool {
    synonyms::of(target).iter().any(|synonym| header_key(synonym) == key)
}

/// `本人_生年月日` and `カード有効期限(電子)` hold a name; short synonyms like 棚 hold nothing.
fn holds_name(target: Target, key: &str) -> bool {
    let long = |name: &&&str| name.chars().count() >= 3;
    key.contains(&header_key(target.label()))
        || synonyms::of(target).iter().filter(long).any(|synonym| key.contains(&header_key(synonym)))
}

/// Surname and given name in two columns, where none holds both.
fn split_name(profile: &Profile, keys: &[String]) -> Option<[usize; 2]> {
    if profile.columns_of(Target::Name).next().is_some() {
        return None;
    }
    let find = |names: [&str; 3]| keys.iter().position(|key| names.contains(&key.as_str()));
    Some([find(["姓", "氏", "苗字"])?, find(["名", "下の名前", "名前(名)"])?])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proposed(kind: Kind, header: &str) -> Vec<String> {
        let header: Vec<String> = header.split(',').map(str::to_owned).collect();
        let profile = propose(kind, &header);
        profile
            .columns
            .iter()
            .map(|column| format!("{}←{}", column.target.label(), column.from.label()))
            .collect()
    }

    #[test]
    fn names_of_other_makers_find_their_targets() {
        assert_eq!(
            proposed(Kind::Card, "No,通知書番号,漢字氏名,ｶﾅ氏名,本人_生年月日,受取窓口,箱番号,謎"),
            [
                "交付通知書ID←通知書番号",
                "氏名←漢字氏名",
                "フリガナ←ｶﾅ氏名",
                "生年月日←本人_生年月日",
                "交付場所←受取窓口",
                "棚番号←箱番号"
            ]
        );
        assert_eq!(
            proposed(Kind::Booking, "交付通知書ID,生年月日,予約場所,来庁日,予約時間,E-Mail"),
            [
                "交付通知書ID←交付通知書ID",
                "生年月日←生年月日",
                "交付場所←予約場所",
                "予約日←来庁日",
                "開始時刻←予約時間",
                "メールアドレス←E-Mail"
            ]
        );
    }

    #[test]
    fn a_true_name_goes_before_a_similar_one_and_a_name_that_stands_twice_is_numbered() {
        assert_eq!(
            proposed(Kind::Card, "カード有効期限,有効期限,交付通知書ID,生年月日,氏名,氏名").first().unwrap(),
            "交付通知書ID←交付通知書ID"
        );
        let all = proposed(Kind::Card, "カード有効期限,有効期限,氏名,氏名");
        assert!(
            all.contains(&"有効期限←有効期限".to_owned()) && all.contains(&"氏名←3列目".to_owned()),
            "{all:?}"
        );
    }

    #[test]
    fn surname_and_given_name_make_one_name() {
        let all = proposed(Kind::Card, "交付通知書ID,姓,名,生年月日");
        assert!(all.contains(&"氏名←姓".to_owned()) && all.contains(&"氏名←名".to_owned()), "{all:?}");
    }

    #[test]
    fn individual_numbers_are_dropped_at_once() {
        let header = ["交付通知書ID", "氏名", "生年月日", "個人番号"].map(str::to_owned);
        let profile = propose(Kind::Card, &header);
        assert_eq!(profile.drop, [Place::Header("個人番号".to_owned())]);
        assert_eq!(profile.check(), Ok(()));
    }
}
