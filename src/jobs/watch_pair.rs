//! Writes to the operators what happens to the pair: a change of leaders that nobody planned, a pair that is not in sync, a witness
//! that does not answer, files that were set aside, cities that are not held alike.
//!
//! **Invariant:** each is told once when it begins and once when it is over; nothing personal is told.
//!
//! Spec: 10(4).

use std::collections::BTreeSet;
use std::time::Duration;

use super::operators;
use super::{Desk, TICK};
use crate::base::Moment;
use crate::mail::Rendered;
use crate::standby::{Began, Picture};

/// What the operators know already.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Debug, Default)]
pub struct PairNews {
    leading: bool,
    apart: bool,
    witness: bool,
    other_witness: bool,
    aside: BTreeSet<String>,
    exceptions: BTreeSet<String>,
}

/// Goes on until the program stops.
pub(super) async fn every_second(desk: Desk) {
    let Some((post, patience)) = desk.pair.clone() else { return };
    let mut news = PairNews::default();
    loop {
        for letter in news.look(&post.picture(), desk.clock.now(), patience) {
            // A mail server that does not answer for minutes holds up nothing but these letters.
            desk.stop.run_until_cancelled(operators::write(&desk, "pair", letter)).await;
        }
        if desk.stop.run_until_cancelled(tokio::time::sleep(TICK)).await.is_none() {
            return;
        }
    }
}

impl PairNews {
    /// What the operators are to be told now. What lasts shorter than `patience` is not told.
    pub fn look(&mut self, picture: &Picture, now: Moment, patience: Duration) -> Vec<Rendered> {
        [
            self.change(picture),
            self.sync(picture, now, patience),
            self.witness(picture, now, patience),
            self.witness_of_other(picture, patience),
            self.aside(picture),
            self.exceptions(picture),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn change(&mut self, picture: &Picture) -> Option<Rendered> {
        let how = picture.report.began.filter(|_| !self.leading)?;
        self.leading = true;
        let (node, other) = (&picture.members.node, &picture.members.other);
        let (subject, what) = match how {
            Began::Resumed | Began::HandedOver => return None,
            Began::TookOver => (
                "【要確認】もう一台が引き継ぎました",
                format!("{other} が止まったため、{node} が引き継ぎました。確定した予約は失われていません。"),
            ),
            Began::Seized => (
                "【要対応】人の指示で主を替えました",
                format!(
                    "運用担当の指示で {node} を主にしました。{other} が一台で確定した書込みは、失われているかもしれません。"
                ),
            ),
        };
        // That the pair is not in sync goes without saying.
        self.apart = true;
        let body = format!(
            "{what}\nいまは {node} だけで動いています。{node} まで止まると、直るまで業務が止まります。\n\n\
             することは次のとおりです。\n\
             1. 状態を見る：{node} で madoguchi replicate status\n\
             2. {other} の原因を除いて起動する：{other} で systemctl start madoguchi（自動で従い、そろいます）\n\
             3. 取り置かれたものを見る：{other} で madoguchi replicate status（「取り置き」の行）\n\
             そろうと、もう一度お知らせします。\n"
        );
        Some(letter(subject, body))
    }

    fn sync(&mut self, picture: &Picture, now: Moment, patience: Duration) -> Option<Rendered> {
        let (node, other) = (&picture.members.node, &picture.members.other);
        if picture.report.in_sync {
            let told = std::mem::take(&mut self.apart);
            let body = format!(
                "{node} と {other} がまたそろいました。どちらが止まっても、確定した予約は失われません。\n"
            );
            return told.then(|| letter("二台がまたそろいました", body));
        }
        if self.apart || now.since(picture.sync_since) < patience {
            return None;
        }
        self.apart = true;
        let why = picture.why_not.map_or("", |why| why.sentence());
        let body = format!(
            "{} {} から、二台がそろっていません。予約や交付の業務は {node} だけで続いています。\n\
             このあいだに {node} が止まると、{other} は自動では引き継ぎません。\n\n理由：{why}。\n\n\
             することは次のとおりです。\n\
             1. 状態を見る：{node} と {other} で madoguchi replicate status\n\
             2. {other} が止まっていれば起動する：{other} で systemctl start madoguchi\n\
             3. データが合わないと言われたら合わせ直す：{other} で madoguchi replicate rejoin\n\
             そろうと、もう一度お知らせします。\n",
            picture.sync_since.day(),
            picture.sync_since.minute(),
        );
        Some(letter("【要対応】二台がそろっていません", body))
    }

    fn witness(&mut self, picture: &Picture, now: Moment, patience: Duration) -> Option<Rendered> {
        let reach = picture.witness_reach.as_ref()?;
        if reach.answers {
            let told = std::mem::take(&mut self.witness);
            return told.then(|| {
                letter(
                    "立会い役がまた答えます",
                    "立会い役がまた答えます。自動の引き継ぎができます。\n".to_owned(),
                )
            });
        }
        if self.witness || now.since(reach.since) < patience {
            return None;
        }
        self.witness = true;
        let why = reach.why.as_deref().unwrap_or_default();
        Some(letter("【要対応】立会い役が答えません", lost_witness(&picture.members.node, picture, why)))
    }

    fn witness_of_other(&mut self, picture: &Picture, patience: Duration) -> Option<Rendered> {
        let note = picture.peer.as_ref()?;
        let lost = note.witness_lost_ms.is_some_and(|ms| Duration::from_millis(ms) >= patience);
        if !lost {
            let told = note.witness_lost_ms.is_none() && std::mem::take(&mut self.other_witness);
            let body = "もう一台からも立会い役が見えるようになりました。自動の引き継ぎができます。\n";
            return told.then(|| letter("もう一台から立会い役がまた見えます", body.to_owned()));
        }
        if self.other_witness || self.witness {
            return None;
        }
        self.other_witness = true;
        let other = &picture.members.other;
        Some(letter("【要対応】もう一台から立会い役が見えません", lost_witness(other, picture, "")))
    }

    fn aside(&mut self, picture: &Picture) -> Option<Rendered> {
        let own = picture.set_aside.iter().map(|name| (&picture.members.node, name));
        let theirs = picture.peer.iter().flat_map(|note| &note.set_aside);
        let theirs = theirs.map(|name| (&picture.members.other, name));
        let all: Vec<String> = own.chain(theirs).map(|(node, name)| format!("・{node}　{name}\n")).collect();
        let fresh: Vec<String> = all.into_iter().filter(|line| self.aside.insert(line.clone())).collect();
        let body = format!(
            "主でなくなった機械に残っていた、確定していないかもしれない書込みを取り置きました。\n\
             確定と答えた予約は主が持っています（主を人の指示で替えたときを除きます）。\n\n{}\n\
             することは次のとおりです。\n\
             1. 見る：その機械の data_dir/pair/quarantine/\n\
             2. 要らないと決めたら消す。個人情報が入っています。\n",
            fresh.concat()
        );
        (!fresh.is_empty()).then(|| letter("【要確認】取り置いた書込みがあります", body))
    }

    fn exceptions(&mut self, picture: &Picture) -> Option<Rendered> {
        let now: BTreeSet<String> = picture
            .report
            .exceptions
            .iter()
            .map(|one| {
                format!(
                    "・{}　正しいファイルは {} にあります。{}。\n",
                    one.city,
                    one.holder,
                    one.why.sentence()
                )
            })
            .collect();
        let before = std::mem::replace(&mut self.exceptions, now.clone());
        if now == before {
            return None;
        }
        if now.is_empty() {
            let body = "別扱いの自治体がなくなりました。すべての自治体を二台が同じに持っています。\n";
            return Some(letter("別扱いの自治体がなくなりました", body.to_owned()));
        }
        let body = format!(
            "次の自治体は、二台が同じに持っていません。ほかの自治体は二台でそろっています。\n\
             もう一台が引き継ぐと、ここに挙げた自治体のページだけが 503 になります。\n\n{}\n\
             することは次のとおりです。\n\
             1. 状態を見る：madoguchi replicate status\n\
             2. 理由を除く。除かれると自動でそろいます。合わないままなら、従う機械で madoguchi replicate rejoin --full\n",
            now.into_iter().collect::<String>()
        );
        Some(letter("【要対応】二台が同じに持っていない自治体があります", body))
    }
}

fn lost_witness(node: &str, picture: &Picture, why: &str) -> String {
    let witness = picture.members.witness.as_deref().unwrap_or_default();
    let why = if why.is_empty() { String::new() } else { format!("\n理由：{why}\n") };
    format!(
        "{node} から立会い役（{witness}）に届きません。予約や交付の業務は続いています。\n\
         このあいだ、主が止まっても自動では引き継げません。\n{why}\n\
         することは次のとおりです。\n\
         1. 立会い役の機械で：systemctl status madoguchi-witness\n\
         2. 止まっていれば起動する。台帳は残っています。\n\
         3. 台帳を失っていれば：主の機械で madoguchi arbiter init（docs の二台構成の手引き）\n"
    )
}

fn letter(subject: &str, body: String) -> Rendered {
    Rendered { subject: subject.to_owned(), body, calendar: None, code: None }
}
