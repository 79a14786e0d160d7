//! The life of one instalment of a loan.

use crate::lifecycle::lifecycle;

lifecycle! {
    "instalment"
    /// Where an instalment stands.
    states InstalmentState {
        /// Not yet due.
        Open = "open",
        /// Due today.
        Due = "due",
        /// Was due before today and is not fully paid.
        Overdue = "overdue",
        /// Fully paid.
        Paid = "paid",
    }
    /// What happens to an instalment.
    events InstalmentEvent {
        /// Its due date comes.
        FallDue = "fall_due",
        /// Its due date passes.
        FallOverdue = "fall_overdue",
        /// It is paid in full, on time, late or early.
        Pay = "pay",
    }
    transitions {
        Open + FallDue => Due,
        Open + Pay => Paid,
        Due + FallOverdue => Overdue,
        Due + Pay => Paid,
        Overdue + Pay => Paid,
    }
}
