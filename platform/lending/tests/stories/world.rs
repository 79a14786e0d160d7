//! The world of a use case over a fixture's store.

use std::sync::Arc;

use base::ids::Ids;
use domain::calendar::Calendar;
use domain::lane::Live;
use lending::World;
use sources::{CoreBanking, Settings, Sources};

use crate::fixture::Fixture;

/// Nothing listens there: these stories ask no source and move no money.
const NOWHERE: &str = "http://127.0.0.1:9";

pub(crate) fn world(store: &Fixture) -> World<Live> {
    World {
        db: store.db.clone(),
        vault: store.vault.clone(),
        sources: Arc::new(Sources::new(NOWHERE, Settings::default()).unwrap()),
        core: Arc::new(CoreBanking::new(NOWHERE).unwrap()),
        notices: None,
        clock: store.clock.clone(),
        ids: Ids::seeded(store.clock.clone(), 7),
        calendar: Arc::new(Calendar::shipped()),
        policy: Arc::new(decision::policy::Policy::shipped()),
        answers_kept: lending::ANSWERS_KEPT,
        wake: Arc::default(),
        outside: None,
        lane: Live,
    }
}
