//! How a repayment is shared out: penalty, then interest, then principal
//! (民法典, article 561), each from the oldest instalment on.
#![deny(clippy::float_arithmetic, clippy::arithmetic_side_effects)]

use crate::money::Money;

/// What is owed, in the order in which it is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Component {
    /// Penalty interest.
    Penalty,
    /// Interest.
    Interest,
    /// Principal.
    Principal,
}

/// One unpaid amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueComponent {
    /// Number of the instalment, from 1; 0 for what the whole loan owes.
    pub instalment: u32,
    /// What it is.
    pub component: Component,
    /// How much is unpaid; an amount of zero or less takes nothing.
    pub amount: Money,
}

/// Where the money goes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Allocation {
    /// What each unpaid amount receives, in the order of payment; none is zero.
    pub parts: Vec<DueComponent>,
    /// To penalty interest in all.
    pub penalty: Money,
    /// To interest in all.
    pub interest: Money,
    /// To principal in all.
    pub principal: Money,
    /// What is left when everything is paid.
    pub rest: Money,
}

/// Shares out an amount; the order of the given components does not matter.
///
/// Always `penalty + interest + principal + rest = amount`, and no part exceeds
/// what was unpaid. An amount of zero or less is all rest.
#[must_use]
pub fn repayment(amount: Money, due: &[DueComponent]) -> Allocation {
    let mut order: Vec<DueComponent> = due
        .iter()
        .copied()
        .filter(|one| one.amount.is_positive())
        .collect();
    order.sort_by_key(|one| (one.component, one.instalment));
    let mut allocation = Allocation {
        rest: amount,
        ..Allocation::default()
    };
    for one in order {
        let part = one.amount.min(allocation.rest);
        if !part.is_positive() {
            break;
        }
        let total = match one.component {
            Component::Penalty => &mut allocation.penalty,
            Component::Interest => &mut allocation.interest,
            Component::Principal => &mut allocation.principal,
        };
        // Neither can overflow: the parts of an amount are at most the amount.
        let (Some(sum), Some(rest)) = (total.checked_add(part), allocation.rest.checked_sub(part)) else {
            break;
        };
        *total = sum;
        allocation.rest = rest;
        allocation.parts.push(DueComponent { amount: part, ..one });
    }
    allocation
}
