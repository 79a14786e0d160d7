//! The ways out of the lending service, and a process to run them against.
//!
//! [`pull`] asks the six outside sources about a [`subject`], [`core_banking`]
//! moves money, [`notices`] reach customers. All go through one guarded `link`
//! with a time limit and a retry, a [`breaker`] and a `bulkhead` per system;
//! [`settings`] holds every bound, [`stats`] what became of the calls, [`error`]
//! what can go wrong. [`standin`] answers in place of all of them (挡板).

pub mod breaker;
mod bulkhead;
pub mod core_banking;
pub mod error;
mod http;
mod link;
pub mod notices;
pub mod pull;
pub mod settings;
pub mod standin;
pub mod stats;
pub mod subject;

pub use breaker::BreakerState;
pub use core_banking::{CoreBanking, Instruction, PaymentOutcome};
pub use error::{SetupError, SourceError, Unusable};
pub use notices::Notices;
pub use pull::Sources;
pub use settings::{Limits, Settings, Trip};
pub use stats::SourceStats;
pub use subject::Subject;
