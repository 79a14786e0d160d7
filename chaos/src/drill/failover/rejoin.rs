//! The old primary comes back: read behind its fence, rewound, following its successor.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use cluster::{Cluster, Following};

use crate::drill::failover::audit::ids;
use crate::drill::failover::report::{Fenced, Rejoin, millis};
use crate::drill::failover::topology::{STANDBY, Topology, synchronous, wait_until};

/// What was streamed is replayed within milliseconds.
const REPLAYED: Duration = Duration::from_secs(30);
/// Between two looks, each of which starts a program.
const LOOK: Duration = Duration::from_millis(20);

/// Starts the fenced old primary as whoever restarts a dead server would, tries to write to it, reads what it has, and
/// stops it.
///
/// # Errors
/// What the server said.
pub fn read_old(topology: &mut Topology) -> anyhow::Result<(Fenced, BTreeSet<i64>)> {
    let old = &mut topology.primary;
    old.restart()?;
    let in_recovery = old.rows("postgres", "SELECT pg_is_in_recovery()")? == ["t"];
    let refused = old.sql("postgres", "INSERT INTO ledger (id) VALUES (-1)");
    let fenced = Fenced {
        in_recovery,
        // For this reason and for no other.
        refuses_writes: refused.is_err_and(|error| error.to_string().contains("read-only transaction")),
    };
    let found = ids(old)?;
    // pg_rewind takes a server only that stopped in order.
    old.pause();
    Ok((fenced, found))
}

/// Makes a synchronous standby of the old primary. Nobody may write meanwhile, or the comparison at its end would be
/// one of two moments.
///
/// # Errors
/// What servers and programs said.
pub fn rejoin(topology: &mut Topology, only_on_old: &BTreeSet<i64>) -> anyhow::Result<Rejoin> {
    let (new, old) = (&topology.standby, &mut topology.primary);
    let began = Instant::now();
    // Slots are not replicated: the one on the old primary is gone with its role.
    new.sql(
        "postgres",
        &format!("SELECT pg_create_physical_replication_slot('{STANDBY}', true)"),
    )?;
    let following = Following {
        name: STANDBY.to_owned(),
        slot: Some(STANDBY.to_owned()),
        ..Following::default()
    };
    old.rewind(new, &following)?;
    let rewound = Instant::now();
    old.restart()?;
    wait_until(new, STANDBY, "state = 'streaming'")?;
    let streams = Instant::now();
    synchronous(new, STANDBY)?;
    let waited_for = Instant::now();
    replayed(new, old)?;
    let (there, here) = (ids(new)?, ids(old)?);
    Ok(Rejoin {
        rewind: millis(rewound - began),
        stream: millis(streams - rewound),
        synchronous: millis(waited_for - streams),
        equal: there == here,
        forgets: only_on_old.is_disjoint(&here),
    })
}

/// Waits until a standby shows all that its primary has.
fn replayed(new: &Cluster, old: &Cluster) -> anyhow::Result<()> {
    let at = new.rows("postgres", "SELECT pg_current_wal_lsn()")?.concat();
    let question = format!("SELECT pg_last_wal_replay_lsn() >= '{at}'");
    let began = Instant::now();
    while old.rows("postgres", &question)? != ["t"] {
        anyhow::ensure!(
            began.elapsed() < REPLAYED,
            "the old primary does not follow within {REPLAYED:?}"
        );
        std::thread::sleep(LOOK);
    }
    Ok(())
}
