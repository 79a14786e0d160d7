//! How long a route may take.

use std::time::Duration;

use crate::config::Limits;
use crate::route::Class;

/// How long a route of this class may take.
#[must_use]
pub fn of(class: Class, limits: &Limits) -> Duration {
    match class {
        Class::Operator => limits.operator_time,
        Class::Probe | Class::Read | Class::Existing | Class::Intake(_) | Class::Session => {
            limits.request_time
        }
    }
}
