//! The table of the settings: what each is called, what it means, what is allowed. The page `/settings` is drawn from it.
//!
//! A new setting is a field of [`super::Settings`] with its default, and one line here.
//!
//! **Invariant:** every field of [`super::Settings`] has exactly one line, and every line a field; a test compares them.

use serde_json::Value;

use super::Group;
use crate::base::{Email, NoticePattern, text};

/// One setting: its key and how people meet it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its name in the table `setting`, such as `booking.party_max`.
    pub key: &'static str,
    /// The form in which it stands.
    pub group: Group,
    /// What it is called, in Japanese.
    pub label: &'static str,
    /// What follows from it, in Japanese; may be empty.
    pub hint: &'static str,
    /// What is allowed.
    pub bounds: Bounds,
}

/// What a setting may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bounds {
    /// A whole number from `least` to `most`.
    Number {
        /// Smallest.
        least: u32,
        /// Greatest.
        most: u32,
        /// What is counted, such as `日`.
        unit: &'static str,
    },
    /// A minute of the day in Japan, typed `3:00`; stored as minutes after midnight.
    Time,
    /// Words, from `least` to `most` characters.
    Text {
        /// Fewest characters.
        least: usize,
        /// Most characters.
        most: usize,
    },
    /// A mail address, or nothing.
    Address,
    /// Yes or no.
    Switch,
    /// One of these: the stored word, and how people call it.
    Choice(&'static [(&'static str, &'static str)]),
    /// The shape of notice IDs, see [`NoticePattern`].
    Pattern,
}

/// Every setting, in the order in which its form shows it.
pub const KEYS: &[Key] = &[
    number("booking.party_max", Group::Booking, "一度に予約できる人数", 1, 5, "人")
        .hint("代表の方を含む、同居のご家族の人数です。"),
    number("booking.hold_minutes", Group::Booking, "選んだ時間を取り置く長さ", 0, 60, "分")
        .hint("市民が日時を選んでから確定するまで。0にすると取り置きません。"),
    number("booking.hold_extensions", Group::Booking, "取り置きを延ばせる回数", 0, 100, "回"),
    number("link.hours", Group::Entry, "メールのリンクが使える長さ", 1, 168, "時間"),
    number("link.code_minutes", Group::Entry, "メールの6桁の番号が使える長さ", 1, 120, "分"),
    number("session.minutes", Group::Entry, "操作がないときに手続きを終える長さ", 5, 240, "分")
        .hint("市民の画面です。職員の画面は「職員のログイン」で決めます。"),
    number("applicant.keep_days", Group::Entry, "予約しなかった方の氏名などを消すまでの日数", 8, 365, "日")
        .hint("通知書のいらない手続で氏名を入れたまま、予約も空き待ちもしなかった方です。この日数が過ぎた日の0時を過ぎると、氏名・生年月日・電話番号を消します。"),
    number("route.lead_days", Group::Card, "取り寄せの日数（決めていない組）", 0, 60, "開庁日")
        .hint("保管場所から交付場所へ運ぶ日数です。組ごとに決めた日数があれば、そちらを使います。"),
    Key {
        key: "notice.pattern",
        group: Group::Card,
        label: "交付通知書IDの形",
        hint: "英数字と [0-9A-Z] {3} の書き方で表します。全角・小文字・ハイフンはそろえてから比べます。",
        bounds: Bounds::Pattern,
    },
    number("deadline.first_days", Group::Deadline, "受取期限", 1, 730, "日")
        .hint("通知書を発送した日から数えます。変えても、すでに発送したカードの期限は変わりません。"),
    number("deadline.renotice_days", Group::Deadline, "再通知のあとの受取期限", 1, 730, "日")
        .hint("再通知を発送した日から数えます。"),
    number("deadline.soon_days", Group::Deadline, "「まもなく期限」に出す日数", 0, 365, "日前"),
    number("deadline.renotice_after_days", Group::Deadline, "「再通知の時期」に出す日数", 0, 365, "日後")
        .hint("受取期限を過ぎてから数えます。"),
    number("expiry.warning_days", Group::Deadline, "「有効期限」の点検に出す日数", 0, 730, "日前"),
    number("residence.warning_days", Group::Deadline, "「在留期間」の点検に出す日数", 0, 730, "日前"),
    Key {
        key: "watch.at",
        group: Group::Deadline,
        label: "点検の一覧を作る時刻",
        hint: "毎日1回、この時刻に作ります。カードの状態は変えません。",
        bounds: Bounds::Time,
    },
    Key {
        key: "disposal.base",
        group: Group::Disposal,
        label: "数えはじめの日",
        hint: "その日がわからないカードは、もう一方の日から数えます。",
        bounds: Bounds::Choice(&[("made", "カードの作成日"), ("notice", "最初の通知書の発送日")]),
    },
    number("disposal.min_days", Group::Disposal, "廃棄候補に出すまでの日数", 1, 3650, "日")
        .hint("受取期限がこれより後なら、受取期限を過ぎてから出します。"),
    number(
        "disposal.mail_returned_days",
        Group::Disposal,
        "郵送返戻から廃棄候補に出すまでの日数",
        1,
        3650,
        "日",
    ),
    words("service.name", Group::Office, "サービスの名前", 1, 60).hint("市民の画面とメールに出ます。"),
    words("service.name_en", Group::Office, "サービスの名前（英語）", 1, 80).hint("英語の画面とメールに出ます。メールでは日本語の名前をかっこに添えます。"),
    words("city.name_en", Group::Office, "自治体の名前（英語）", 0, 60).hint("例：Mihon City。空欄なら日本語の名前を出します。"),
    words("help.office", Group::Office, "問い合わせ先", 0, 60),
    words("help.office_en", Group::Office, "問い合わせ先（英語）", 0, 80).hint("空欄なら日本語のまま出します。"),
    words("help.phone", Group::Office, "電話番号", 0, 30),
    words("help.hours", Group::Office, "電話の受付時間", 0, 100),
    words("help.hours_en", Group::Office, "電話の受付時間（英語）", 0, 120).hint("例：Weekdays 8:30 to 17:15。空欄なら日本語のまま出します。"),
    words("city.address", Group::Office, "住所", 0, 200).hint("市民の画面の下に出ます。"),
    number("no_show.after_minutes", Group::NoShow, "未来庁とするまでの時間", 0, 1440, "分")
        .hint("予約の時間が終わってから数えます。"),
    switch("no_show.invite", Group::NoShow, "もう一度予約するようメールで案内する")
        .hint("メールアドレスのある方に、自動で送ります。ない方は「未来庁の方」の一覧に残ります。"),
    number("no_show.invite_after_days", Group::NoShow, "案内する日", 0, 60, "日後")
        .hint("来なかった予約の日から数えます。0はその日のうちです。"),
    time("no_show.invite_at", Group::NoShow, "案内する時刻"),
    number("no_show.invite_times", Group::NoShow, "案内する回数", 1, 5, "回"),
    number("no_show.invite_every_days", Group::NoShow, "2回目からの間隔", 1, 90, "日"),
    switch("reminder.on", Group::Reminder, "予約の日が近づいたらメールで知らせる").hint(
        "予約に登録したメールアドレスへ送ります。送る直前に予約を確かめ、取り消しや変更があれば送りません。",
    ),
    number("reminder.days", Group::Reminder, "知らせる日", 0, 14, "日前").hint("0は予約の当日です。"),
    time("reminder.at", Group::Reminder, "知らせる時刻"),
    switch("mail.stopped", Group::Mail, "メールの送信を止める")
        .hint("間違った文面に気づいたときなどに。メールは送信箱に溜まり、止めるのをやめると順に送られます。"),
    words("mail.sender_name", Group::Mail, "差出人の名前", 0, 60)
        .hint("空欄なら自治体の名前です。差出人のアドレスは設定ファイルで決めます。"),
    Key {
        key: "mail.reply_to",
        group: Group::Mail,
        label: "返信先のアドレス",
        hint: "市民が返信したときに届く先です。空欄なら決めません（メールには送信専用と書きます）。",
        bounds: Bounds::Address,
    },
    number("mail.suppress_after", Group::Mail, "メールを止めるまでの不達の回数", 0, 10, "回").hint(
        "宛先がないという不達だけを数えます。一斉メールと、事前のお知らせなど自動のメールを止めます。手続きのリンクや予約の完了など、その場の知らせは送ります。0にすると止めません。",
    ),
    number("mail.silent_minutes", Group::Mail, "メールサーバーの応答がないと知らせるまでの長さ", 1, 1440, "分")
        .hint("職員の画面の上に、いつから送れず、何通が待っているかを出します。応答が戻ると消えます。"),
    number("staff.idle_minutes", Group::SignIn, "操作がないときにログアウトする長さ", 5, 480, "分"),
    number("staff.session_hours", Group::SignIn, "ログインしていられる長さ", 1, 24, "時間")
        .hint("使い続けていても、ここで一度ログインし直します。"),
    Key {
        key: "export.reason",
        group: Group::Export,
        label: "一覧を出力するときに理由を書いてもらう",
        hint: "理由は、条件と件数とともに操作の記録に残ります。",
        bounds: Bounds::Switch,
    },
    Key {
        key: "mail.code",
        group: Group::Letter,
        label: "受付のQRコード",
        hint: "予約完了・変更・事前のお知らせのメールに付けます。QRコードの中身は予約番号だけです。",
        bounds: Bounds::Choice(&[
            ("picture", "画像を添付する"),
            ("link", "ページへのリンクを書く"),
            ("none", "付けない"),
        ]),
    },
    switch("bulk.approval", Group::Letter, "一斉メールは、別の職員が承認してから送る"),
    number("bulk.per_minute", Group::Letter, "一斉メールを送る速さ", 1, 6000, "通／分")
        .hint("送信サーバの決まりに合わせます。予約の知らせは、いつもこれより先に送ります。"),
    switch("waiting.on", Group::Waiting, "空き待ちを受け付ける")
        .hint("予約の画面で、空きが出たら知らせてほしい日を登録できます。"),
    number("waiting.offer_hours", Group::Waiting, "空きを知らせてから待つ長さ", 1, 168, "時間")
        .hint("このあいだに予約がなければ、次の人に知らせます。"),
    switch("waiting.hold", Group::Waiting, "知らせた席を、そのあいだ取り置く")
        .hint("しないときは、先に予約した人が優先です。"),
];

/// A setting that counts something.
const fn number(
    key: &'static str,
    group: Group,
    label: &'static str,
    least: u32,
    most: u32,
    unit: &'static str,
) -> Key {
    Key { key, group, label, hint: "", bounds: Bounds::Number { least, most, unit } }
}

/// A setting in words.
const fn words(key: &'static str, group: Group, label: &'static str, least: usize, most: usize) -> Key {
    Key { key, group, label, hint: "", bounds: Bounds::Text { least, most } }
}

/// A setting that is yes or no.
const fn switch(key: &'static str, group: Group, label: &'static str) -> Key {
    Key { key, group, label, hint: "", bounds: Bounds::Switch }
}

/// A setting that is a time of the day.
const fn time(key: &'static str, group: Group, label: &'static str) -> Key {
    Key { key, group, label, hint: "", bounds: Bounds::Time }
}

/// The line of this key.
pub fn key(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|one| one.key == name)
}

impl Key {
    const fn hint(self, hint: &'static str) -> Self {
        Self { hint, ..self }
    }

    /// Whether the value is of the right kind and inside the bounds.
    pub fn allows(&self, value: &Value) -> bool {
        match self.bounds {
            Bounds::Number { least, most, .. } => {
                value.as_u64().is_some_and(|n| (u64::from(least)..=u64::from(most)).contains(&n))
            }
            Bounds::Time => value.as_u64().is_some_and(|minute| minute < 24 * 60),
            Bounds::Text { least, most } => value.as_str().is_some_and(|typed| {
                (least..=most).contains(&typed.chars().count()) && !typed.chars().any(char::is_control)
            }),
            Bounds::Address => {
                value.as_str().is_some_and(|typed| typed.is_empty() || Email::parse(typed).is_ok())
            }
            Bounds::Switch => value.is_boolean(),
            Bounds::Choice(choices) => {
                value.as_str().is_some_and(|word| choices.iter().any(|(code, _)| *code == word))
            }
            Bounds::Pattern => value.as_str().is_some_and(|pattern| {
                pattern.chars().count() <= 100 && NoticePattern::parse(pattern).is_ok()
            }),
        }
    }

    /// What somebody typed, as a value inside the bounds; `None` when it is none. Full-width digits are digits.
    pub fn read(&self, typed: &str) -> Option<Value> {
        let half = || text::nfkc(typed).trim().to_owned();
        let value = match self.bounds {
            Bounds::Number { .. } => half().parse::<u32>().ok()?.into(),
            Bounds::Time => minute(&half())?.into(),
            Bounds::Text { .. } | Bounds::Choice(_) => typed.trim().into(),
            Bounds::Switch => (typed == "1").into(),
            Bounds::Pattern | Bounds::Address => half().into(),
        };
        self.allows(&value).then_some(value)
    }

    /// The value as a form holds it; [`Key::read`] turns it back.
    pub fn typed(&self, value: &Value) -> String {
        match value {
            Value::Bool(yes) => if *yes { "1" } else { "" }.to_owned(),
            Value::Number(n) if self.bounds == Bounds::Time => clock(n.as_u64().unwrap_or_default()),
            Value::String(words) => words.clone(),
            other => other.to_string(),
        }
    }

    /// The value in words for people, with its unit.
    pub fn said(&self, value: &Value) -> String {
        let typed = self.typed(value);
        match self.bounds {
            Bounds::Number { unit, .. } => format!("{typed}{unit}"),
            Bounds::Switch => if typed.is_empty() { "しない" } else { "する" }.to_owned(),
            Bounds::Choice(choices) => {
                choices.iter().find(|(code, _)| *code == typed).map_or(typed, |(_, name)| (*name).to_owned())
            }
            Bounds::Text { .. } | Bounds::Address if typed.is_empty() => "（なし）".to_owned(),
            Bounds::Time | Bounds::Text { .. } | Bounds::Pattern | Bounds::Address => typed,
        }
    }

    /// What is allowed, in words for people.
    pub fn allowed(&self) -> String {
        match self.bounds {
            Bounds::Number { least, most, unit } => format!("{least}から{most}{unit}まで"),
            Bounds::Time => "0:00から23:59まで（例：3:00）".to_owned(),
            Bounds::Address => "メールアドレス（例：name@example.jp）か、空欄".to_owned(),
            Bounds::Text { least: 0, most } => format!("{most}文字まで"),
            Bounds::Text { most, .. } => format!("1文字から{most}文字まで"),
            Bounds::Switch | Bounds::Choice(_) => "表示された選択肢のどれか".to_owned(),
            Bounds::Pattern => {
                "半角英数字と [0-9A-Z] のような組、{3} のような回数だけ（例：^[0-9A-Z]{3}[0-9]{6}$）"
                    .to_owned()
            }
        }
    }
}

/// The minute of the day that `3:00` or `03:00` means.
fn minute(typed: &str) -> Option<u32> {
    let (hour, minute) = typed.split_once(':')?;
    let digits =
        |part: &str, least| (least..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(hour, 1) || !digits(minute, 2) {
        return None;
    }
    let (hour, minute): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

fn clock(minute: u64) -> String {
    format!("{}:{:02}", minute / 60, minute % 60)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::settings::{Settings, object};

    #[test]
    fn every_setting_has_its_line_and_every_line_its_setting() {
        let fields: BTreeSet<String> = object(&Settings::default()).unwrap().keys().cloned().collect();
        let lines: Vec<String> = KEYS.iter().map(|one| one.key.to_owned()).collect();
        assert_eq!(lines.len(), fields.len(), "a key stands twice");
        assert_eq!(lines.into_iter().collect::<BTreeSet<_>>(), fields);
    }

    #[test]
    fn every_default_is_inside_its_bounds_and_survives_the_form() {
        for (name, value) in object(&Settings::default()).unwrap() {
            let key = key(&name).unwrap();
            assert!(key.allows(&value), "{name}");
            assert_eq!(key.read(&key.typed(&value)), Some(value), "{name}");
        }
    }

    #[test]
    fn a_party_of_six_is_out_of_bounds() {
        let key = key("booking.party_max").unwrap();
        assert_eq!(key.read("1"), Some(1.into()));
        assert_eq!(key.read("５"), Some(5.into()), "full width");
        for wrong in ["0", "6", "-1", "1.5", "", "五"] {
            assert_eq!(key.read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_time_is_a_minute_of_the_day() {
        let key = Key { bounds: Bounds::Time, ..*key("booking.party_max").unwrap() };
        assert_eq!(key.read("０３：００"), Some(180.into()));
        assert_eq!(key.read("23:59").map(|value| key.said(&value)), Some("23:59".to_owned()));
        for wrong in ["24:00", "3", "3:5", "3:60", "+3:00", ":00"] {
            assert_eq!(key.read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_shape_that_fits_no_id_is_refused() {
        let key = key("notice.pattern").unwrap();
        assert_eq!(key.read("[0-9]{9}"), Some("[0-9]{9}".into()));
        assert_eq!(key.read(".*"), None);
    }
}
