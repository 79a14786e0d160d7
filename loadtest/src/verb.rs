//! What a customer or an officer does: the rows of every count.

use laws::closed::Act;
use laws::journal::Kind;

macro_rules! verbs {
    ($($(#[$doc:meta])* $verb:ident = $name:literal, $kind:ident;)+) => {
        /// One step of a journey.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Verb {
            $($(#[$doc])* $verb,)+
        }

        impl Verb {
            /// Every verb, in the order of the path.
            pub const ALL: &[Self] = &[$(Self::$verb),+];

            /// Its name in the figures.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$verb => $name,)+ }
            }

            /// What it is to the intake gate.
            #[must_use]
            pub const fn kind(self) -> Kind {
                match self { $(Self::$verb => Kind::$kind,)+ }
            }
        }
    };
}

verbs! {
    /// Registers an enterprise: binds the bank to nothing, so it is not gated.
    Register = "register", Existing;
    /// Gives a consent apart from an application.
    Consent = "consent", Existing;
    /// Revokes a consent.
    Revoke = "revoke", Existing;
    /// Applies.
    Apply = "apply", Intake;
    /// Asks for the pre-approval.
    PreApprove = "pre_approve", Intake;
    /// Accepts the offer.
    Accept = "accept", Existing;
    /// An officer takes up what the rules referred to a person.
    TakeUp = "take_up", Existing;
    /// An officer reports from the visit.
    Report = "report", Existing;
    /// The first officer's verdict, which binds nobody yet.
    FirstApproval = "first_approval", Existing;
    /// The second officer's verdict, which binds the bank.
    Approve = "approve", Intake;
    /// Signs the contract.
    Sign = "sign", Intake;
    /// Asks for the money.
    Draw = "draw", Intake;
    /// Looks whether the money has come.
    DrawStatus = "draw_status", Read;
    /// Reads the enterprise, the application or the contract.
    LookUp = "look_up", Read;
    /// Reads a loan.
    Loan = "loan", Read;
    /// Reads a statement.
    Statement = "statement", Read;
    /// Asks what early payoff would cost.
    Quote = "quote", Read;
    /// Repays.
    Repay = "repay", Existing;
    /// Pays off early.
    PayOff = "pay_off", Existing;
}

impl Verb {
    /// Whether it is business on a loan that exists: what must go on while intake is closed.
    #[must_use]
    pub const fn on_a_loan(self) -> bool {
        matches!(
            self,
            Self::Loan | Self::Statement | Self::Quote | Self::Repay | Self::PayOff
        )
    }

    /// What it is to a closing of a part, where it is new business.
    #[must_use]
    pub const fn act(self) -> Option<Act> {
        match self {
            Self::Apply | Self::PreApprove => Some(Act::Application),
            Self::Approve | Self::Sign => Some(Act::Contract),
            Self::Draw => Some(Act::Draw),
            _ => None,
        }
    }

    /// Its place in a table by verb.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_places_are_those_of_the_list() {
        for (place, verb) in Verb::ALL.iter().enumerate() {
            assert_eq!(verb.index(), place);
        }
    }

    #[test]
    fn what_is_intake_has_its_act_and_nothing_else_has() {
        assert!(
            Verb::ALL
                .iter()
                .all(|verb| verb.act().is_some() == (verb.kind() == Kind::Intake))
        );
    }

    #[test]
    fn what_goes_on_while_intake_is_closed_is_never_intake() {
        assert!(
            Verb::ALL
                .iter()
                .all(|verb| !verb.on_a_loan() || verb.kind() != Kind::Intake)
        );
    }
}
