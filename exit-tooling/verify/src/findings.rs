//! What is against an exit, beside what remains.

use certificate::verification::Finding;

/// Gathers what is against the exit.
#[derive(Debug, Default)]
pub struct Findings(pub Vec<Finding>);

/// Findings of one kind that are listed singly; the rest is counted in one more.
const LISTED: usize = 20;

impl Findings {
    /// Adds one.
    pub fn add(&mut self, what: &str, subject: impl Into<String>, detail: impl Into<String>) {
        let (what, subject, detail) = (what.to_owned(), subject.into(), detail.into());
        let known = self.0.iter().filter(|finding| finding.what == what).count();
        match known {
            0..LISTED => self.0.push(Finding {
                what,
                subject,
                detail,
            }),
            LISTED => self.0.push(Finding {
                what,
                subject: "more".into(),
                detail: "more than are listed".into(),
            }),
            _ => {}
        }
    }

    /// Adds one if two things differ that should be the same: what the record says, and what was found.
    pub fn same<T: PartialEq + std::fmt::Display>(&mut self, what: &str, subject: &str, said: T, found: T) {
        if said != found {
            self.add(what, subject, format!("the record says {said}, found {found}"));
        }
    }
}
