//! The life of a due-diligence task.

use crate::lifecycle::lifecycle;

lifecycle! {
    "task"
    /// Where a task stands.
    states TaskState {
        /// Waits for an officer's report.
        Open = "open",
        /// Reported.
        Reported = "reported",
        /// No longer needed, because the application ended.
        Cancelled = "cancelled",
    }
    /// What happens to a task.
    events TaskEvent {
        /// An officer reports.
        Report = "report",
        /// The application ended first.
        Cancel = "cancel",
    }
    transitions {
        Open + Report => Reported,
        Open + Cancel => Cancelled,
    }
}
