use domain::allocate::{Allocation, Component, DueComponent, repayment};
use domain::money::Money;
use proptest::prelude::*;

fn due(instalment: u32, component: Component, fen: i64) -> DueComponent {
    DueComponent {
        instalment,
        component,
        amount: Money::fen(fen),
    }
}

#[test]
fn penalty_comes_first_then_interest_then_principal_oldest_first() {
    use Component::{Interest, Penalty, Principal};
    let owed = [
        due(2, Principal, 500),
        due(1, Principal, 400),
        due(2, Interest, 20),
        due(1, Interest, 30),
        due(0, Penalty, 7),
    ];
    let allocation = repayment(Money::fen(500), &owed);
    let parts = [
        due(0, Penalty, 7),
        due(1, Interest, 30),
        due(2, Interest, 20),
        due(1, Principal, 400),
        due(2, Principal, 43),
    ];
    let expected = Allocation {
        parts: parts.to_vec(),
        penalty: Money::fen(7),
        interest: Money::fen(50),
        principal: Money::fen(443),
        rest: Money::ZERO,
    };
    assert_eq!(allocation, expected);
}

#[test]
fn too_much_money_leaves_a_rest() {
    let allocation = repayment(Money::fen(100), &[due(1, Component::Interest, 30)]);
    assert_eq!(
        (allocation.interest, allocation.rest),
        (Money::fen(30), Money::fen(70))
    );
}

#[test]
fn no_money_pays_nothing() {
    for fen in [0, -5] {
        let allocation = repayment(Money::fen(fen), &[due(1, Component::Interest, 30)]);
        assert!(allocation.parts.is_empty());
        assert_eq!(allocation.rest, Money::fen(fen));
    }
}

#[test]
fn a_claim_of_nothing_or_less_stands_in_nobodys_way() {
    let owed = [
        due(0, Component::Penalty, 0),
        due(1, Component::Interest, -3),
        due(1, Component::Principal, 40),
    ];
    let allocation = repayment(Money::fen(50), &owed);
    assert_eq!(
        (allocation.principal, allocation.rest),
        (Money::fen(40), Money::fen(10))
    );
}

fn owed() -> impl Strategy<Value = Vec<DueComponent>> {
    let kinds = [Component::Penalty, Component::Interest, Component::Principal];
    let one = (0u32..20, prop::sample::select(kinds.to_vec()), -10i64..1_000_000)
        .prop_map(|(instalment, component, fen)| due(instalment, component, fen));
    prop::collection::vec(one, 0..40)
}

/// What is owed of a component.
fn sum(all: &[DueComponent], component: Component) -> i64 {
    let amounts = all
        .iter()
        .filter(|one| one.component == component)
        .map(|one| one.amount.as_fen().max(0));
    amounts.sum()
}

proptest! {
    #[test]
    fn every_fen_goes_somewhere_and_none_too_many(owed in owed(), fen in 1i64..10_000_000) {
        let allocation = repayment(Money::fen(fen), &owed);
        let totals = [allocation.penalty, allocation.interest, allocation.principal, allocation.rest];
        prop_assert_eq!(Money::checked_sum(totals), Some(Money::fen(fen)));
        prop_assert_eq!(Money::checked_sum(allocation.parts.iter().map(|part| part.amount)).unwrap().as_fen() + allocation.rest.as_fen(), fen);
        for (component, total) in [
            (Component::Penalty, allocation.penalty),
            (Component::Interest, allocation.interest),
            (Component::Principal, allocation.principal),
        ] {
            prop_assert_eq!(sum(&allocation.parts, component), total.as_fen());
            prop_assert!(total.as_fen() <= sum(&owed, component));
        }
        // Each part is of a claim that was owed, and no claim is paid twice: each takes the closest fit.
        let mut open = owed.clone();
        open.sort_by_key(|one| one.amount);
        for part in &allocation.parts {
            let same = |one: &DueComponent| {
                one.instalment == part.instalment && one.component == part.component && one.amount >= part.amount
            };
            let found = open.iter().position(same);
            prop_assert!(found.is_some() && part.amount.is_positive());
            open.remove(found.unwrap());
        }
    }

    #[test]
    fn later_claims_get_nothing_while_earlier_ones_are_open(owed in owed(), fen in 1i64..10_000_000) {
        let allocation = repayment(Money::fen(fen), &owed);
        let open = |component| sum(&owed, component) > sum(&allocation.parts, component);
        prop_assert!(!open(Component::Penalty) || allocation.interest.is_zero());
        prop_assert!(!open(Component::Interest) || allocation.principal.is_zero());
        prop_assert!(!open(Component::Principal) || allocation.rest.is_zero());
    }

    #[test]
    fn the_order_of_the_claims_does_not_matter(owed in owed(), fen in 1i64..10_000_000) {
        let mut turned = owed.clone();
        turned.reverse();
        let (one, other) = (repayment(Money::fen(fen), &owed), repayment(Money::fen(fen), &turned));
        prop_assert_eq!((one.penalty, one.interest, one.principal), (other.penalty, other.interest, other.principal));
    }
}
