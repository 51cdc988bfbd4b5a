//! Who may sign in, how often it may go wrong, and what ends a session.

use std::time::Duration;

use madoguchi::accounts::{
    self, AddError, ChangePassword, CodeAnswer, EditError, EnterCode, Limits, NewStaff, Password, Permission,
    SessionKey, SignIn, SignInAnswer, Stage, Who, session,
};
use madoguchi::base::{Chance, StaffId};
use madoguchi::db::{Actor, Fault, Lane, ReadTx, WriteTx};
use secrecy::SecretString;

use crate::kit::city::TestFile;

const PASSWORD: &str = "ひばり tonbo 88";
const LIMITS: Limits = Limits { failures: 5, wait: Duration::from_mins(30), second_factor: false };
const WITH_CODE: Limits = Limits { second_factor: true, ..LIMITS };

struct House {
    file: TestFile,
}

impl House {
    async fn open() -> Self {
        let file = TestFile::at("2026-04-13 09:00");
        let house = Self { file };
        house.write(accounts::seed).await.unwrap();
        house
    }

    async fn write<T: Send + 'static, E: From<Fault> + Send + 'static>(
        &self,
        job: impl Fn(&WriteTx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        self.file.db.write(Actor::Cli { uid: 0 }, job).await
    }

    async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&ReadTx<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> T {
        self.file.db.read(Lane::Staff, job).await.unwrap()
    }

    async fn add(&self, user: &str, role: &str) -> Result<StaffId, AddError> {
        let new = NewStaff {
            user: user.to_owned(),
            name: "山田 花子".to_owned(),
            role: role.to_owned(),
            password: Password::hash(&SecretString::from(PASSWORD), &Chance::seeded(2)).unwrap(),
            must_change: false,
            home: None,
        };
        self.write(move |tx| accounts::add(tx, &new)).await
    }

    async fn sign_in(&self, user: &str, password: &str, network: &str, limits: Limits) -> SignInAnswer {
        let name = user.to_owned();
        let hash = self.read(move |tx| accounts::password_of(tx, &name)).await;
        let proven = hash.filter(|hash| hash.matches(&SecretString::from(password)).unwrap());
        let wish = SignIn {
            user: user.to_owned(),
            proven,
            origin: network.to_owned(),
            network: network.to_owned(),
            limits,
        };
        self.write(move |tx| accounts::sign_in(tx, &wish)).await.unwrap()
    }

    /// Signs in and gives the session.
    async fn enter(&self, user: &str, limits: Limits) -> SessionKey {
        match self.sign_in(user, PASSWORD, "10.0.0.1", limits).await {
            SignInAnswer::In { token, .. } => SessionKey::of(&token),
            other => panic!("{other:?}"),
        }
    }

    async fn who(&self, key: SessionKey) -> Who {
        self.read(move |tx| session::who(tx, &key)).await
    }

    async fn is_in(&self, key: SessionKey) -> bool {
        matches!(self.who(key).await, Who::In(_))
    }

    async fn code(&self, key: SessionKey, code: &str) -> CodeAnswer {
        let wish = EnterCode {
            key,
            code: code.to_owned(),
            origin: "10.0.0.1".to_owned(),
            network: "10.0.0.1".to_owned(),
            limits: WITH_CODE,
        };
        self.write(move |tx| accounts::enter_code(tx, &wish)).await.unwrap()
    }

    /// What the app shows now for the secret that the session offers.
    async fn enrol(&self, key: SessionKey) -> totp_rs::Secret {
        let offered = self.read(move |tx| accounts::enrolment(tx, &key, "見本市")).await.unwrap();
        assert!(offered.url.starts_with("otpauth://totp/"), "{}", offered.url);
        totp_rs::Secret::try_from_base32(&offered.secret).unwrap()
    }

    fn shows(&self, secret: &totp_rs::Secret) -> String {
        let app = totp_rs::Builder::new().with_secret(secret.clone()).with_account_name("x").build().unwrap();
        let now = u64::try_from(self.file.clock.clock().now().seconds()).unwrap();
        app.generate(now).to_string()
    }

    async fn log(&self) -> Vec<String> {
        self.read(|tx| tx.all("SELECT result FROM sign_in ORDER BY id", [], |row| row.get("result"))).await
    }
}

#[tokio::test]
async fn who_knows_the_password_is_in_and_may_what_the_role_may() {
    let house = House::open().await;
    house.add("Ｙａｍａｄａ", "counter").await.unwrap();
    let key = house.enter("YAMADA ", LIMITS).await;
    let Who::In(signed) = house.who(key).await else { panic!("not in") };
    assert_eq!((signed.user.as_str(), signed.role_name.as_str()), ("yamada", "窓口"));
    assert!(signed.may(Permission::ServeCounter) && !signed.may(Permission::ManageStaff));
    assert_eq!(house.log().await, ["ok"]);
}

#[tokio::test]
async fn an_unknown_user_a_wrong_password_and_a_shut_account_get_the_same_answer() {
    let house = House::open().await;
    house.add("admin", "administrator").await.unwrap();
    let shut = house.add("gone", "counter").await.unwrap();
    house.write(move |tx| accounts::disable(tx, shut)).await.unwrap();
    for (user, password) in [("nobody", PASSWORD), ("admin", "wrong"), ("gone", PASSWORD), ("", "")] {
        let answer = house.sign_in(user, password, "10.0.0.1", LIMITS).await;
        assert_eq!(answer, SignInAnswer::Wrong, "{user}");
    }
    assert_eq!(house.log().await, ["wrong", "wrong", "disabled", "wrong"]);
}

#[tokio::test]
async fn five_wrong_passwords_lock_that_user_from_that_network_only() {
    let house = House::open().await;
    let yamada = house.add("yamada", "counter").await.unwrap();
    house.add("suzuki", "counter").await.unwrap();
    for _ in 0..4 {
        assert_eq!(house.sign_in("yamada", "wrong", "10.0.0.1", LIMITS).await, SignInAnswer::Wrong);
    }
    let fifth = house.sign_in("yamada", "wrong", "10.0.0.1", LIMITS).await;
    assert!(matches!(fifth, SignInAnswer::Locked { .. }), "{fifth:?}");
    let right = house.sign_in("yamada", PASSWORD, "10.0.0.1", LIMITS).await;
    assert!(matches!(right, SignInAnswer::Locked { .. }), "{right:?}");
    for (user, network) in [("yamada", "10.0.0.2"), ("suzuki", "10.0.0.1")] {
        let answer = house.sign_in(user, PASSWORD, network, LIMITS).await;
        assert!(matches!(answer, SignInAnswer::In { .. }), "{user} {network}: {answer:?}");
    }
    assert!(house.read(|tx| accounts::locked_until(tx, "yamada")).await.is_some());
    house.write(move |tx| accounts::unlock(tx, yamada)).await.unwrap();
    assert_eq!(house.read(|tx| accounts::locked_until(tx, "yamada")).await, None);
    house.enter("yamada", LIMITS).await;
}

#[tokio::test]
async fn a_lock_passes_by_itself() {
    let house = House::open().await;
    house.add("yamada", "counter").await.unwrap();
    for _ in 0..5 {
        house.sign_in("yamada", "wrong", "10.0.0.1", LIMITS).await;
    }
    house.file.clock.pass(Duration::from_mins(31));
    house.enter("yamada", LIMITS).await;
}

#[tokio::test]
async fn guesses_at_many_users_from_one_network_lock_the_network() {
    let house = House::open().await;
    house.add("yamada", "counter").await.unwrap();
    for guess in 0..50 {
        house.sign_in(&format!("user{guess}"), "wrong", "10.0.0.1", LIMITS).await;
    }
    let answer = house.sign_in("yamada", PASSWORD, "10.0.0.1", LIMITS).await;
    assert!(matches!(answer, SignInAnswer::Locked { .. }), "{answer:?}");
}

#[tokio::test]
async fn a_session_ends_when_idle_and_at_its_last_hour_whatever_happens() {
    let house = House::open().await;
    house.add("yamada", "counter").await.unwrap();
    let idle = house.enter("yamada", LIMITS).await;
    house.file.clock.pass(Duration::from_mins(64));
    assert!(house.is_in(idle).await);
    house.file.clock.pass(Duration::from_mins(1));
    assert!(!house.is_in(idle).await);

    let busy = house.enter("yamada", LIMITS).await;
    for _ in 0..12 {
        assert!(house.is_in(busy).await);
        house.file.clock.pass(Duration::from_hours(1));
        house.write(move |tx| session::touch(tx, &busy)).await.unwrap();
    }
    assert!(!house.is_in(busy).await);
}

#[tokio::test]
async fn signing_out_being_forced_out_and_being_shut_out_end_a_session() {
    let house = House::open().await;
    house.add("admin", "administrator").await.unwrap();
    let yamada = house.add("yamada", "counter").await.unwrap();
    let first = house.enter("yamada", LIMITS).await;
    house.write(move |tx| accounts::sign_out(tx, &first)).await.unwrap();
    assert!(!house.is_in(first).await);
    let second = house.enter("yamada", LIMITS).await;
    house.write(move |tx| accounts::force_out(tx, yamada)).await.unwrap();
    assert!(!house.is_in(second).await);
    let third = house.enter("yamada", LIMITS).await;
    house.write(move |tx| accounts::disable(tx, yamada)).await.unwrap();
    assert!(!house.is_in(third).await);
    assert_eq!(house.log().await, ["ok", "signed_out", "ok", "forced_out", "ok"]);
}

#[tokio::test]
async fn the_second_factor_is_set_up_at_the_first_sign_in_and_asked_for_at_the_next() {
    let house = House::open().await;
    house.add("yamada", "counter").await.unwrap();
    let key = house.enter("yamada", WITH_CODE).await;
    let Who::Waiting(waiting) = house.who(key).await else { panic!("not waiting") };
    assert_eq!((waiting.stage, waiting.has_second_factor), (Stage::Totp, false));
    let secret = house.enrol(key).await;
    assert_eq!(house.code(key, "000000").await, CodeAnswer::Wrong);
    assert_eq!(house.code(key, &house.shows(&secret)).await, CodeAnswer::Right(Stage::Open));
    assert!(house.is_in(key).await);

    house.file.clock.pass(Duration::from_mins(2));
    let next = house.enter("yamada", WITH_CODE).await;
    assert!(house.read(move |tx| accounts::enrolment(tx, &next, "見本市")).await.is_none());
    let code = house.shows(&secret);
    let full_width: String =
        code.chars().map(|c| char::from_u32(c as u32 + 0xFEE0).unwrap()).collect::<String>();
    assert_eq!(house.code(next, &full_width).await, CodeAnswer::Right(Stage::Open));

    let again = house.enter("yamada", WITH_CODE).await;
    assert_eq!(house.code(again, &code).await, CodeAnswer::Wrong, "a code is of use once");
    assert!(!house.is_in(again).await);
}

#[tokio::test]
async fn wrong_codes_end_the_session_and_lock() {
    let house = House::open().await;
    house.add("yamada", "counter").await.unwrap();
    let key = house.enter("yamada", WITH_CODE).await;
    for _ in 0..4 {
        assert_eq!(house.code(key, "12345").await, CodeAnswer::Wrong);
    }
    assert!(matches!(house.code(key, "").await, CodeAnswer::Locked { .. }));
    assert_eq!(house.code(key, "123456").await, CodeAnswer::Over);
    let answer = house.sign_in("yamada", PASSWORD, "10.0.0.1", WITH_CODE).await;
    assert!(matches!(answer, SignInAnswer::Locked { .. }), "{answer:?}");
}

#[tokio::test]
async fn a_first_password_must_be_changed_and_the_change_ends_other_sessions() {
    let house = House::open().await;
    let yamada = house.add("yamada", "counter").await.unwrap();
    let old = house.enter("yamada", LIMITS).await;
    let first = Password::hash(&SecretString::from(PASSWORD), &Chance::seeded(9)).unwrap();
    house.write(move |tx| accounts::reset(tx, "yamada", &first)).await.unwrap();
    assert!(!house.is_in(old).await, "a reset signs out");

    let key = house.enter("yamada", LIMITS).await;
    assert!(matches!(house.who(key).await, Who::Waiting(waiting) if waiting.stage == Stage::Password));
    let proven = house.read(|tx| accounts::password_of(tx, "yamada")).await.unwrap();
    let new = Password::hash(&SecretString::from("あたらしい 合言葉 7"), &Chance::seeded(3)).unwrap();
    let wish = ChangePassword { staff: yamada, proven, new, keep: key };
    let stale = wish.clone();
    assert!(house.write(move |tx| accounts::change_password(tx, &wish)).await.unwrap());
    assert!(house.is_in(key).await);
    assert!(!house.write(move |tx| accounts::change_password(tx, &stale)).await.unwrap());
}

#[tokio::test]
async fn the_last_who_may_manage_staff_cannot_be_removed() {
    let house = House::open().await;
    let admin = house.add("admin", "administrator").await.unwrap();
    let refused = house.write(move |tx| accounts::disable(tx, admin)).await;
    assert!(matches!(refused, Err(EditError::LastAdministrator)), "{refused:?}");
    let roles = house.read(accounts::roles).await;
    let role = roles.iter().find(|role| role.code == "administrator").unwrap().id;
    let refused =
        house.write(move |tx| accounts::set_permissions(tx, role, &[Permission::Settings].into())).await;
    assert!(matches!(refused, Err(accounts::RoleError::LastAdministrator)), "{refused:?}");
    house.add("second", "administrator").await.unwrap();
    house.write(move |tx| accounts::disable(tx, admin)).await.unwrap();
    let shut = house.read(move |tx| accounts::get(tx, admin)).await.unwrap();
    assert!(shut.disabled_at.is_some());
}

#[tokio::test]
async fn a_user_id_is_taken_once_whatever_its_width() {
    let house = House::open().await;
    house.add("yamada", "counter").await.unwrap();
    assert!(matches!(house.add("ＹＡＭＡＤＡ", "manager").await, Err(AddError::UserTaken)));
    assert!(matches!(house.add("suzuki", "king").await, Err(AddError::NoSuchRole)));
    assert!(matches!(house.add("<b>", "manager").await, Err(AddError::BadUser)));
}
