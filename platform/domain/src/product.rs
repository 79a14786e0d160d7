//! What is offered, over which channel, from which sources, how it is repaid.

use crate::named::named;

pub use crate::named::UnknownName;
pub use crate::region::Region;

named! {
    /// The three lending products of the declaration.
    Product, "product" {
        /// Self-operated micro loan (自营小额).
        Micro = "micro",
        /// Credit loan (信用).
        Credit = "credit",
        /// Guaranteed loan (保证), which needs a guarantor.
        Guaranteed = "guaranteed",
    }
}

named! {
    /// Where a request came in.
    Channel, "channel" {
        /// The service platform for PCs.
        Pc = "pc",
        /// The mobile app.
        App = "app",
        /// The `WeChat` mini-program (微信小程序).
        MiniProgram = "mini_program",
        /// A branch, open 8:30–17:00 on workdays.
        Branch = "branch",
    }
}

named! {
    /// How a loan is repaid.
    Method, "repayment method" {
        /// 等额本息: every instalment is the same sum.
        EqualInstalment = "equal_instalment",
        /// 等额本金: every instalment has the same principal.
        EqualPrincipal = "equal_principal",
        /// 按期付息到期还本: interest each month, principal at the end.
        InterestFirst = "interest_first",
    }
}

named! {
    /// The outside sources of data on an enterprise.
    Source, "source" {
        /// Business registration (工商).
        Registration = "registration",
        /// Judicial (司法).
        Judicial = "judicial",
        /// Credit bureau (征信).
        CreditBureau = "credit_bureau",
        /// Tax (税务).
        Tax = "tax",
        /// Tax receipts (税票).
        TaxReceipts = "tax_receipts",
        /// Invoices (发票).
        Invoices = "invoices",
    }
}

impl Source {
    /// Whether it is asked about a person, and so is told the contact's identity
    /// number: the credit bureau's file on an enterprise's principal. The others
    /// know the enterprise by its code.
    #[must_use]
    pub const fn needs_contact(self) -> bool {
        matches!(self, Self::CreditBureau)
    }
}

named! {
    /// What a consent permits a source's data to be used for.
    Purpose, "purpose" {
        /// Assessment before an offer.
        PreApproval = "pre_approval",
        /// Checks while a loan runs.
        PostLoan = "post_loan",
    }
}
