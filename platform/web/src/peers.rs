//! Open connections per source address, so that one flooding address leaves
//! room for the others.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::rate;

/// Counts them. Cheap to clone. Holds an entry per address with an open
/// connection, so no more than there may be connections.
#[derive(Clone)]
pub struct Peers {
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
    most: usize,
}

/// One of an address's connections, given back on drop.
pub struct Peer {
    peers: Peers,
    source: IpAddr,
}

impl Peers {
    /// At most `most` for each.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self {
            open: Arc::default(),
            most,
        }
    }

    /// A place for one more of this address, if it has one left.
    #[must_use]
    pub fn admit(&self, address: IpAddr) -> Option<Peer> {
        let source = rate::source(address);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(source).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Peer {
            peers: self.clone(),
            source,
        })
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let mut open = self.peers.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.source) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.source);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_its_own_places_and_gets_them_back() {
        let peers = Peers::new(2);
        let (one, other) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        let held: Vec<_> = [peers.admit(one), peers.admit(one)]
            .into_iter()
            .flatten()
            .collect();
        assert_eq!(held.len(), 2);
        assert!(peers.admit(one).is_none());
        assert!(peers.admit(other).is_some());
        drop(held);
        assert!(peers.admit(one).is_some());
        assert!(peers.open.lock().unwrap().is_empty());
    }
}
