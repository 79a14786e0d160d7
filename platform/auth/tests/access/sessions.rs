//! Who signs in, for how long, and what ends it.

use auth::password::UnfitPassword;
use auth::sessions::{IDLE, LONGEST};
use auth::{AccountError, ChangeError, Role, SignIn, SignInError};

use crate::world::{DESK, PASSWORD, World, on_both};

on_both!(
    a_person_with_account_password_and_code_gets_a_session_known_everywhere,
    a_code_works_once_and_is_used_up_by_a_wrong_password,
    a_session_ends_when_idle_and_after_a_shift,
    disabling_and_resetting_end_every_session_at_once,
    a_person_changes_their_password_and_every_session_ends,
    the_oldest_of_nine_sessions_gives_way,
    nothing_secret_is_in_any_row,
    a_disabled_account_opens_nothing,
);

async fn a_person_with_account_password_and_code_gets_a_session_known_everywhere(world: World) {
    world.account("ann", Role::Operator).await;
    let begun = world.sign_in("ann", DESK).await.unwrap();
    let session = world.other.session(&begun.token).await.unwrap().unwrap();
    assert_eq!(
        (&*session.principal.name, session.principal.role),
        ("ann", Role::Operator)
    );
    assert_eq!(world.access.csrf(&begun.token), world.other.csrf(&begun.token));
    for stranger in [
        "",
        "bss_",
        &begun.token[..60],
        &begun.token.to_uppercase(),
        "bss_密密密",
    ] {
        assert!(!world.is_live(stranger).await, "{stranger}");
    }
    assert!(world.other.sign_out(&begun.token).await.unwrap());
    assert!(!world.is_live(&begun.token).await);
    assert!(!world.access.sign_out(&begun.token).await.unwrap(), "once");
    assert_eq!(
        world.acts().await,
        ["account.create", "session.begin", "session.end"]
    );
}

async fn a_code_works_once_and_is_used_up_by_a_wrong_password(world: World) {
    world.account("ann", Role::Operator).await;
    let code = world.code("ann");
    let wrong = world.try_in("ann", "wrong horse battery", &code, DESK).await;
    assert!(matches!(wrong, Err(SignInError::Wrong)));
    assert!(
        matches!(world.sign_in("ann", DESK).await, Err(SignInError::Wrong)),
        "the code is used up"
    );
    world.next_code();
    world.sign_in("ann", DESK).await.unwrap();
    assert!(
        matches!(world.sign_in("ann", DESK).await, Err(SignInError::Wrong)),
        "and by a right one too"
    );

    // Twice at once: one code, one session.
    world.next_code();
    let code = world.code("ann");
    let (a, b) = tokio::join!(
        world.try_in("ann", PASSWORD, &code, DESK),
        world.try_in("ann", PASSWORD, &code, DESK)
    );
    assert_eq!(u8::from(a.is_ok()) + u8::from(b.is_ok()), 1);
}

async fn a_person_changes_their_password_and_every_session_ends(world: World) {
    const NEW: &str = "staple battery correct";
    world.account("ann", Role::Operator).await;
    let session = world.token("ann").await;
    let change = async |password: &str, new: &str| {
        let asked = SignIn {
            account: "ann".to_owned(),
            password: password.to_owned().into(),
            code: world.code("ann"),
            source: None,
        };
        world.access.change_password(asked, new.to_owned().into()).await
    };
    // What is no password uses up no code.
    world.next_code();
    for (unfit, why) in [
        ("short", UnfitPassword::Length),
        ("ann has a horse", UnfitPassword::Name),
        (PASSWORD, UnfitPassword::Same),
    ] {
        let refused = change(PASSWORD, unfit).await;
        assert!(
            matches!(refused, Err(ChangeError::Unfit(is)) if is == why),
            "{unfit}"
        );
    }
    let wrong = change("wrong horse battery", NEW).await;
    assert!(matches!(wrong, Err(ChangeError::NotProven(SignInError::Wrong))));
    let used_up = change(PASSWORD, NEW).await;
    assert!(matches!(used_up, Err(ChangeError::NotProven(SignInError::Wrong))));
    assert!(world.is_live(&session).await, "nothing was changed");

    world.next_code();
    assert_eq!(change(PASSWORD, NEW).await.unwrap(), 1);
    assert!(!world.is_live(&session).await);
    world.next_code();
    let old = world.sign_in("ann", DESK).await;
    assert!(matches!(old, Err(SignInError::Wrong)));
    world.next_code();
    let code = world.code("ann");
    world.try_in("ann", NEW, &code, DESK).await.unwrap();
    assert_eq!(
        world.acts().await,
        [
            "account.create",
            "account.password",
            "session.begin",
            "session.begin"
        ]
    );
    // Of two at once, one finds the account as it proved it.
    world.next_code();
    world.disable("ann").await.unwrap();
    let barred = change(NEW, PASSWORD).await;
    assert!(matches!(barred, Err(ChangeError::NotProven(SignInError::Wrong))));
}

async fn a_session_ends_when_idle_and_after_a_shift(world: World) {
    world.account("ann", Role::Operator).await;
    let idle = world.token("ann").await;
    world.hand.advance_micros(IDLE - 1);
    assert!(world.is_live(&idle).await);
    world.hand.advance_micros(IDLE - 1);
    assert!(world.is_live(&idle).await, "it was used in between");
    world.hand.advance_micros(IDLE);
    assert!(!world.is_live(&idle).await);

    let busy = world.token("ann").await;
    let mut worked = 0;
    while worked + IDLE / 2 < LONGEST {
        worked += IDLE / 2;
        world.hand.advance_micros(IDLE / 2);
        assert!(world.is_live(&busy).await);
    }
    world.hand.advance_micros(LONGEST - worked);
    assert!(!world.is_live(&busy).await, "however busy");
}

async fn disabling_and_resetting_end_every_session_at_once(world: World) {
    world.account("ann", Role::Operator).await;
    world.account("bob", Role::Operator).await;
    let (first, second, bobs) = (
        world.token("ann").await,
        world.token("ann").await,
        world.token("bob").await,
    );
    assert_eq!(world.disable("ann").await.unwrap(), 2);
    assert!(!world.is_live(&first).await && !world.is_live(&second).await);
    assert!(world.is_live(&bobs).await);
    assert!(matches!(
        world.disable("ann").await,
        Err(AccountError::Already("disabled"))
    ));
    assert!(matches!(
        world.disable("nobody").await,
        Err(AccountError::Unknown)
    ));

    assert_eq!(world.reset("bob").await, 1);
    assert!(!world.is_live(&bobs).await);
    assert!(
        world.is_live(&world.token("bob").await).await,
        "with the new secrets"
    );
}

async fn the_oldest_of_nine_sessions_gives_way(world: World) {
    world.account("ann", Role::Operator).await;
    let mut tokens = Vec::new();
    for _ in 0..9 {
        tokens.push(world.token("ann").await);
    }
    assert!(!world.is_live(&tokens[0]).await);
    for token in &tokens[1..] {
        assert!(world.is_live(token).await);
    }
}

async fn nothing_secret_is_in_any_row(world: World) {
    world.account("ann", Role::Operator).await;
    let token = world.token("ann").await;
    let rows = world
        .rows("SELECT * FROM accounts, sessions, account_sources, evidence_leaves")
        .await;
    let text = format!("{rows:?}");
    for secret in [PASSWORD, &token, &token[4..], DESK, "argon2"] {
        assert!(!text.contains(secret), "{secret}");
    }
    let bytes = format!("{:?}", PASSWORD.as_bytes());
    assert!(!text.contains(bytes.trim_matches(['[', ']'])));
}

async fn a_disabled_account_opens_nothing(world: World) {
    world.account("ann", Role::Operator).await;
    world.disable("ann").await.unwrap();
    let code = world.code("ann");
    let disabled = world.try_in("ann", PASSWORD, &code, DESK).await;
    assert!(matches!(disabled, Err(SignInError::Wrong)));
}
