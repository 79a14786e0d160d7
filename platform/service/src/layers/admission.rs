//! Load shedding: a bound on requests in flight, with new business shed first.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::config::Limits;
use crate::route::Class;

/// Counts requests in flight over all routes. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Admission {
    in_flight: Arc<AtomicUsize>,
    existing: usize,
    intake: usize,
}

/// A place among the requests in flight, given back on drop.
#[derive(Debug)]
pub struct Place(Arc<AtomicUsize>);

impl Admission {
    /// With the bounds of `limits`.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self {
            in_flight: Arc::new(AtomicUsize::new(0)),
            existing: limits.in_flight,
            intake: limits.in_flight_intake,
        }
    }

    /// A place for one request, or none when it has to be shed. Probes and
    /// operators always get one: the switch must work when nothing else does.
    #[must_use]
    pub fn admit(&self, class: Class) -> Option<Place> {
        let most = match class {
            Class::Probe | Class::Operator | Class::Session => usize::MAX,
            Class::Read => self.intake,
            Class::Intake(_) if class.is_new() => self.intake,
            Class::Intake(_) | Class::Existing => self.existing,
        };
        let before = self.in_flight.fetch_add(1, Ordering::Relaxed);
        let place = Place(Arc::clone(&self.in_flight));
        (before < most).then_some(place)
    }

    /// Requests in flight now.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: Class = Class::Intake(gate::Act::Application);

    #[test]
    fn new_business_is_shed_before_existing_and_operators_never() {
        let admission = Admission::new(&Limits {
            in_flight: 3,
            in_flight_intake: 2,
            ..Limits::default()
        });
        let mut held: Vec<Place> = (0..2).filter_map(|_| admission.admit(NEW)).collect();
        assert_eq!(held.len(), 2);
        assert!(admission.admit(NEW).is_none());
        assert!(admission.admit(Class::Read).is_none());
        // Existing business unless a closing names it.
        assert!(admission.admit(Class::Intake(gate::Act::Renewal)).is_some());
        held.extend(admission.admit(Class::Existing));
        assert_eq!(held.len(), 3);
        assert!(admission.admit(Class::Existing).is_none());
        held.extend(admission.admit(Class::Operator));
        held.extend(admission.admit(Class::Probe));
        assert_eq!(admission.in_flight(), 5);
        held.clear();
        assert_eq!(admission.in_flight(), 0);
        assert!(admission.admit(NEW).is_some());
    }
}
