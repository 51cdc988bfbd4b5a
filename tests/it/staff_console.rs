//! The console's door and shell: sign-in by its pages, the permission of every page, what every page carries.

use std::time::Duration;

use madoguchi::accounts::{self, Permission};
use madoguchi::web::staff::{Need, ROUTES};

use crate::kit::console::{Console, PASSWORD, ROLES};

#[tokio::test]
async fn a_stranger_is_led_to_the_sign_in_from_every_page_of_the_console() {
    let console = Console::at("2026-04-13 09:42").await;
    for route in ROUTES.iter().filter(|route| route.needs != Need::Nobody) {
        let mut terminal = console.terminal();
        let path = route.path.replace("{id}", "1");
        let answer =
            if route.method == "GET" { terminal.get(&path).await } else { terminal.post(&path, &[]).await };
        assert_eq!(
            (answer.status, answer.to.as_str()),
            (303, "/mihon/login#main"),
            "{} {path}",
            route.method
        );
    }
}

#[tokio::test]
async fn every_page_refuses_every_role_that_lacks_its_permission_and_no_other() {
    let console = Console::at("2026-04-13 09:42").await;
    let roles = console.city.db.read(madoguchi::db::Lane::Staff, accounts::roles).await.unwrap();
    for role in ROLES {
        let has = &roles.iter().find(|one| one.code == role).unwrap().permissions;
        let mut terminal = console.signed_in(role).await;
        for route in ROUTES.iter().filter(|route| route.needs != Need::Nobody) {
            let path = route.path.replace("{id}", "1");
            let once = format!("0123456789abcdef{role}{}", path.replace('/', "-"));
            let answer = if route.method == "GET" {
                terminal.get(&path).await
            } else {
                terminal.post(&path, &[("once", once.as_str())]).await
            };
            let what = format!("{role} {} {path}", route.method);
            let allowed = match route.needs {
                Need::Permission(permission) => has.contains(&permission),
                Need::SignedIn | Need::Nobody => true,
            };
            if allowed {
                assert!(
                    matches!(answer.status, 200 | 303 | 404 | 422),
                    "{what}: {}\n{}",
                    answer.status,
                    answer.body
                );
                assert!(!answer.to.contains("/login"), "{what}: {}", answer.to);
                // What took effect may have ended the session: the next page is asked for with a fresh one.
                if route.method == "POST" && answer.status == 303 {
                    terminal = console.signed_in(role).await;
                }
            } else {
                assert_eq!(answer.status, 403, "{what}");
                let Need::Permission(permission) = route.needs else { panic!("{what}") };
                assert!(answer.body.contains(permission.label()), "{what}");
            }
        }
    }
}

#[tokio::test]
async fn the_navigation_leads_only_to_pages_that_exist_and_that_the_role_may_open() {
    let console = Console::at("2026-04-13 09:42").await;
    for role in ROLES {
        let mut terminal = console.signed_in(role).await;
        let page = terminal.get("/me").await.body;
        let nav =
            page.split_once("<nav class=\"side\"").unwrap().1.split_once("</nav>").unwrap().0.to_owned();
        for part in nav.split("href=\"").skip(1) {
            let path = part.split('"').next().unwrap().replace("&#x2f;", "/");
            let answer = terminal.get(&path).await;
            let leads_on = answer.status == 303 && !answer.to.contains("/login");
            assert!(answer.status == 200 || leads_on, "{role} {path}: {}", answer.status);
        }
    }
}

#[tokio::test]
async fn signing_in_gives_a_cookie_of_this_city_and_signing_out_takes_it_away() {
    let console = Console::at("2026-04-13 09:42").await;
    let mut terminal = console.terminal();
    let answer = terminal.sign_in("ＣＯＵＮＴＥＲ", PASSWORD).await;
    assert_eq!((answer.status, answer.to.as_str()), (303, "/mihon/#main"));
    let cookie = answer.cookies.first().unwrap();
    assert!(cookie.starts_with("staff-mihon=") && cookie.contains("HttpOnly"), "{cookie}");
    assert!(cookie.contains("SameSite=Lax") && !cookie.contains("Secure"), "{cookie}");
    assert!(terminal.get("/me").await.body.contains("山田 花子"));
    let mut copied = terminal.clone();
    let out = terminal.post("/logout", &[]).await;
    assert_eq!((out.status, out.to.as_str()), (303, "/mihon/login#main"));
    let answer = copied.get("/me").await;
    assert_eq!((answer.status, answer.to.as_str()), (303, "/mihon/login?over=1#main"));
    assert!(copied.get("/login?over=1").await.body.contains("ログインし直してください"));
}

#[tokio::test]
async fn a_wrong_sign_in_says_the_same_for_everybody_and_keeps_the_user_id() {
    let console = Console::at("2026-04-13 09:42").await;
    let mut bodies = Vec::new();
    for user in ["counter", "nobody"] {
        let mut terminal = console.terminal();
        let answer = terminal.sign_in(user, "wrong").await;
        assert_eq!(answer.status, 422);
        assert!(answer.body.contains(&format!("value=\"{user}\"")), "{}", answer.body);
        assert!(answer.cookies.is_empty());
        bodies.push(answer.body.replace(user, "").replace(&terminal.csrf, ""));
    }
    assert!(bodies[0].contains("利用者IDかパスワードが違います"));
    assert_eq!(bodies[0], bodies[1]);
}

#[tokio::test]
async fn five_wrong_passwords_are_told_with_the_time_until_which_one_waits() {
    let console = Console::at("2026-04-13 09:42").await;
    let mut terminal = console.terminal();
    for _ in 0..5 {
        terminal.sign_in("counter", "wrong").await;
    }
    let answer = terminal.sign_in("counter", PASSWORD).await;
    assert_eq!(answer.status, 422);
    assert!(answer.body.contains("4月13日（月）10:12まで使えません"), "{}", answer.body);
}

#[tokio::test]
async fn a_form_without_the_token_of_its_session_changes_nothing() {
    let console = Console::at("2026-04-13 09:42").await;
    let mut terminal = console.signed_in("counter").await;
    let stranger = console.signed_in("manager").await.csrf;
    for token in ["", "00", stranger.as_str()] {
        let answer = terminal.post_bare("/me/density", &[("csrf", token), ("density", "comfy")]).await;
        assert_eq!(answer.status, 403, "{token}");
        assert!(answer.body.contains("画面が古くなりました"));
    }
    assert!(!terminal.get("/me").await.body.contains("<html lang=\"ja\" class=\"comfy\">"));
    let answer = terminal.post("/me/density", &[("density", "comfy"), ("back", "/me")]).await;
    assert_eq!((answer.status, answer.to.as_str()), (303, "/mihon/me#main"));
    assert!(terminal.get("/me").await.body.contains("<html lang=\"ja\" class=\"comfy\">"));
}

#[tokio::test]
async fn nobody_is_sent_away_by_a_form_that_names_another_site() {
    let console = Console::at("2026-04-13 09:42").await;
    let mut terminal = console.signed_in("counter").await;
    for back in ["https://evil.example/", "//evil.example/", "/\\evil.example", "/me\r\nx: y", "javascript:x"]
    {
        let answer = terminal.post("/me/density", &[("density", "dense"), ("back", back)]).await;
        assert_eq!((answer.status, answer.to.as_str()), (303, "/mihon/me#main"), "{back}");
    }
}

#[tokio::test]
async fn another_place_is_chosen_in_the_top_bar_and_stays_chosen() {
    let console = Console::at("2026-04-13 09:42").await;
    let mut terminal = console.signed_in("counter").await;
    let [_, second] = console.offices;
    let answer = terminal.post("/place", &[("location", &second.to_string()), ("back", "/me")]).await;
    assert_eq!((answer.status, answer.to.as_str()), (303, "/mihon/me#main"));
    let page = terminal.get("/me").await.body;
    assert!(page.contains("<span class=\"vh\">交付場所：</span>東総合支所"), "{page}");
    assert_eq!(terminal.post("/place", &[("location", "999")]).await.status, 404);
}

#[tokio::test]
async fn a_new_password_is_chosen_at_the_first_sign_in_before_anything_else() {
    let console = Console::at("2026-04-13 09:42").await;
    let first = accounts::Password::hash(&PASSWORD.into(), &console.state.chance).unwrap();
    console.write(move |tx| accounts::reset(tx, "counter", &first)).await.unwrap();
    let mut terminal = console.terminal();
    assert_eq!(terminal.sign_in("counter", PASSWORD).await.to, "/mihon/login/password#main");
    assert_eq!(terminal.get("/me").await.to, "/mihon/login/password#main");
    terminal.get("/login/password").await;
    let wish = |old, new, again| [("old", old), ("new", new), ("again", again)];
    let cases = [
        (wish("wrong", "あたらしい 合言葉 7", "あたらしい 合言葉 7"), "いまのパスワードが違います"),
        (wish(PASSWORD, "short", "short"), "10文字以上"),
        (wish(PASSWORD, PASSWORD, PASSWORD), "いまのパスワードと違うもの"),
        (wish(PASSWORD, "あたらしい 合言葉 7", "べつの 合言葉 7 です"), "同じものをもう一度"),
    ];
    for (fields, says) in cases {
        let answer = terminal.post("/login/password", &fields).await;
        assert_eq!(answer.status, 422, "{says}");
        assert!(answer.body.contains(says), "{says}\n{}", answer.body);
    }
    let fields = wish(PASSWORD, "あたらしい 合言葉 7", "あたらしい 合言葉 7");
    assert_eq!(terminal.post("/login/password", &fields).await.to, "/mihon/#main");
    assert_eq!(terminal.get("/me").await.status, 200);
}

#[tokio::test]
async fn the_second_factor_is_shown_as_a_picture_until_it_is_set_up() {
    let mut console = Console::at("2026-04-13 09:42").await;
    console.state.second_factor = true;
    let mut terminal = console.terminal();
    assert_eq!(terminal.sign_in("counter", PASSWORD).await.to, "/mihon/login/code#main");
    assert_eq!(terminal.get("/me").await.to, "/mihon/login/code#main");
    let page = terminal.get("/login/code").await;
    assert!(terminal.get("/login/code.svg").await.body.contains("<svg"));
    let secret =
        page.body.split_once("<span class=\"id\">").unwrap().1.split_once('<').unwrap().0.replace(' ', "");
    let wrong = terminal.post("/login/code", &[("code", "12")]).await;
    assert!(wrong.status == 422 && wrong.body.contains("コードが合いません"));
    let app = totp_rs::Builder::new()
        .with_secret(totp_rs::Secret::try_from_base32(secret).unwrap())
        .with_account_name("x")
        .build()
        .unwrap();
    let shown = app.generate(u64::try_from(console.clock.clock().now().seconds()).unwrap()).to_string();
    assert_eq!(terminal.post("/login/code", &[("code", &shown)]).await.to, "/mihon/#main");
    assert_eq!(terminal.get("/me").await.status, 200);

    console.clock.pass(Duration::from_mins(1));
    let mut next = console.terminal();
    next.sign_in("counter", PASSWORD).await;
    assert_eq!(next.get("/login/code.svg").await.status, 404);
    assert!(!next.get("/login/code").await.body.contains("code.svg"));
}

#[tokio::test]
async fn every_answer_carries_the_policy_that_lets_only_our_own_scripts_run() {
    let console = Console::at("2026-04-13 09:42").await;
    let mut terminal = console.signed_in("counter").await;
    for path in ["/me", "/login", "/nothing/here"] {
        let answer = terminal.get(path).await;
        assert!(
            answer.policy.contains("script-src 'self'") && answer.policy.contains("default-src 'none'"),
            "{path}"
        );
        assert!(!answer.policy.contains("unsafe"), "{path}");
    }
}

#[tokio::test]
async fn a_page_that_does_not_exist_is_told_inside_the_console() {
    let console = Console::at("2026-04-13 09:42").await;
    let answer = console.signed_in("counter").await.get("/nothing/here").await;
    assert_eq!(answer.status, 404);
    assert!(answer.body.contains("ページがありません") && answer.body.contains("山田 花子"));
    let stranger = console.terminal().get("/nothing/here").await;
    assert_eq!(stranger.status, 404);
    assert!(stranger.body.contains("ページがありません") && !stranger.body.contains("山田"));
}

#[tokio::test]
async fn a_permission_taken_from_a_role_counts_at_the_next_request() {
    let console = Console::at("2026-04-13 09:42").await;
    let mut terminal = console.signed_in("counter").await;
    assert!(terminal.get("/me").await.body.contains(Permission::NoShows.label()));
    let roles = console.city.db.read(madoguchi::db::Lane::Staff, accounts::roles).await.unwrap();
    let role = roles.into_iter().find(|role| role.code == "counter").unwrap();
    let mut fewer = role.permissions;
    fewer.remove(&Permission::NoShows);
    console.write(move |tx| accounts::set_permissions(tx, role.id, &fewer)).await.unwrap();
    assert!(!terminal.get("/me").await.body.contains(Permission::NoShows.label()));
}
