//! Use cases of the lending service, one file per verb, each owning its
//! transaction.
//!
//! [`world`] holds what a use case needs, [`call`] who asks and what is
//! answered, [`refusal`] why not. The verbs follow the life of a loan:
//! [`register_firm`], [`give_consent`], [`revoke_consent`], [`apply`],
//! [`pre_approve`], [`accept`], [`take_up`], [`report`], [`approve`], [`sign`], [`draw`],
//! [`repay`], [`pay_off`], [`ask_extension`], [`ask_renewal`], [`decide_renewal`]; operators have [`reverse`], [`end_day`], [`intake`], [`access`]; staff [`reveal`].
//! [`take_anchor`] is for the other plane, [`sample`] and [`told`] for law 5's search;
//! [`findings`] are a decision's score and reasons; [`stop_rule`] closes intake by itself.
//! [`revoke_again`] and [`believe_again`] bring back a database that lost later changes; what must outlive that is kept
//! [`Outside`] of it before it is answered or acted on.
//! [`read`] answers questions; [`outbox`] delivers what was promised,
//! [`housekeeping`] forgets what has expired, raw answers of sources included.
//!
//! **Invariant**: no call to another system happens inside a transaction.

mod accept;
pub mod access;
mod agreement;
mod apply;
mod approve;
mod ask_renewal;
mod call;
mod debt;
mod decide_renewal;
mod draw;
mod end_day;
mod extension;
#[cfg(feature = "chaos")]
pub mod failpoint;
mod findings;
mod firm_keys;
mod give_consent;
pub mod housekeeping;
mod idempotent;
mod intake;
mod kept_by_law;
mod ledger;
pub mod outbox;
mod outside;
mod parse;
mod pay_off;
mod pre_approve;
pub mod read;
mod reconcile;
mod refusal;
mod register_firm;
mod renew;
mod repay;
mod report;
mod reveal;
mod reverse;
mod revoke_consent;
pub mod sample;
mod settle_doubt;
mod settle_draw;
mod shred;
mod sign;
pub mod stop_rule;
mod take_anchor;
mod take_up;
mod terms;
mod told;
mod world;

pub use accept::accept;
pub use apply::apply;
pub use approve::approve;
pub use ask_renewal::{ask_extension, ask_renewal};
pub use call::{Answer, Call};
pub use decide_renewal::decide_renewal;
pub use draw::draw;
pub use end_day::{DayOrder, end_day, run_day};
pub use give_consent::give_consent;
pub use idempotent::is_known;
pub use intake::close_intake;
pub use kept_by_law::kept_by_law;
pub use outside::{Keeping, NotKept, Outside};
pub use pay_off::pay_off;
pub use pre_approve::pre_approve;
pub use reconcile::{believe_again, revoke_again};
pub use refusal::Refusal;
pub use register_firm::register_firm;
pub use repay::repay;
pub use report::report;
pub use reveal::{purposes, reveal_application, reveal_firm};
pub use reverse::reverse;
pub use revoke_consent::revoke_consent;
pub use settle_doubt::settle_doubt;
pub use sign::sign;
pub use take_anchor::take_anchor;
pub use take_up::take_up;
pub use world::{ANSWERS_KEPT, World};
