//! The pages that this program brings along.

use crate::compile::compile;
use crate::plan::Plan;
use crate::problem::Problems;

/// File name and text of each page, by name.
pub const PAGES: &[(&str, &str)] = &[
    ("close-intake.md", include_str!("../pages/close-intake.md")),
    (
        "database-failover.md",
        include_str!("../pages/database-failover.md"),
    ),
    ("leave-customer.md", include_str!("../pages/leave-customer.md")),
    ("reopen-intake.md", include_str!("../pages/reopen-intake.md")),
    ("source-outage.md", include_str!("../pages/source-outage.md")),
];

/// All of them, compiled.
///
/// # Errors
/// Never: a test compiles them.
pub fn all() -> Result<Vec<Plan>, Problems> {
    PAGES.iter().map(|(file, text)| compile(file, text)).collect()
}
