//! Guessing is slowed, the owner is not, and a name tells nothing.

use auth::{Role, SignInError};

use crate::world::{DESK, ELSEWHERE, PASSWORD, World, on_both};

on_both!(
    wrong_codes_wait_longer_and_longer_and_a_right_one_passes,
    only_ten_codes_are_looked_at_in_a_period,
    a_flood_from_elsewhere_does_not_reach_the_owner,
    a_name_without_an_account_is_answered_and_counted_alike,
    attempts_fill_no_table,
);

async fn outcome(world: &World, name: &str, code: &str, from: &str) -> &'static str {
    match world.try_in(name, PASSWORD, code, from).await {
        Ok(_) => "in",
        Err(SignInError::Wrong) => "wrong",
        Err(SignInError::Slowed) => "slowed",
        Err(other) => panic!("{other}"),
    }
}

async fn wrong_codes_wait_longer_and_longer_and_a_right_one_passes(world: World) {
    world.account("ann", Role::Operator).await;
    for _ in 0..4 {
        assert_eq!(outcome(&world, "ann", "no code", ELSEWHERE).await, "wrong");
    }
    assert_eq!(outcome(&world, "ann", "no code", ELSEWHERE).await, "slowed");
    world.hand.advance_micros(1_000_000);
    assert_eq!(outcome(&world, "ann", "no code", ELSEWHERE).await, "wrong");
    world.hand.advance_micros(1_000_000);
    assert_eq!(
        outcome(&world, "ann", "no code", ELSEWHERE).await,
        "slowed",
        "two seconds now"
    );
    let code = world.code("ann");
    assert_eq!(outcome(&world, "ann", &code, ELSEWHERE).await, "in");
    assert_eq!(
        outcome(&world, "ann", "no code", ELSEWHERE).await,
        "wrong",
        "forgiven"
    );
}

async fn only_ten_codes_are_looked_at_in_a_period(world: World) {
    world.account("ann", Role::Operator).await;
    world.next_code();
    for _ in 0..10 {
        outcome(&world, "ann", "000", ELSEWHERE).await;
    }
    let code = world.code("ann");
    assert_eq!(
        outcome(&world, "ann", &code, ELSEWHERE).await,
        "slowed",
        "even a right one"
    );
    world.next_code();
    let code = world.code("ann");
    assert_eq!(outcome(&world, "ann", &code, ELSEWHERE).await, "in");
}

async fn a_flood_from_elsewhere_does_not_reach_the_owner(world: World) {
    world.account("ann", Role::Operator).await;
    world.sign_in("ann", DESK).await.unwrap();
    for _ in 0..30 {
        for _ in 0..12 {
            outcome(&world, "ann", "000", ELSEWHERE).await;
        }
        world.next_code();
    }
    for _ in 0..12 {
        outcome(&world, "ann", "000", ELSEWHERE).await;
    }
    let code = world.code("ann");
    assert_eq!(outcome(&world, "ann", &code, ELSEWHERE).await, "slowed");
    assert_eq!(
        outcome(&world, "ann", &code, DESK).await,
        "in",
        "from a desk that is known"
    );
}

async fn a_name_without_an_account_is_answered_and_counted_alike(world: World) {
    world.account("ann", Role::Operator).await;
    let mut told = Vec::new();
    for name in ["ann", "nobody", "'; --", "名字"] {
        let mut answers = Vec::new();
        for _ in 0..14 {
            answers.push(outcome(&world, name, "123", ELSEWHERE).await);
        }
        told.push(answers);
    }
    for other in &told[1..] {
        assert_eq!(&told[0], other);
    }
    let long = "n".repeat(1000);
    assert_eq!(outcome(&world, &long, "123", ELSEWHERE).await, "wrong");
}

async fn attempts_fill_no_table(world: World) {
    for n in 0..200 {
        outcome(&world, &format!("stranger{n}"), "123", ELSEWHERE).await;
    }
    let places = world.rows("SELECT place FROM attempts").await;
    assert!(places.len() <= 200);
    assert!(
        places
            .iter()
            .all(|row| (0..65_536).contains(&row.int(0).unwrap()))
    );
    assert!(world.rows("SELECT account FROM account_sources").await.is_empty());
}
