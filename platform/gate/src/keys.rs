//! The register of PostgreSQL advisory locks that the lending service takes.
//!
//! Keys are per database and shared by everything in it, so each is written
//! here once and nowhere else. They are 64 bits: an ASCII tag of four letters,
//! so that `pg_locks.classid` tells ours from a stranger's, and a number. The
//! migrator of `db`, which knows nothing above it, holds the bytes of `migrate`,
//! whose first half is not our tag.

use crate::Act;

/// `BKSP`, the tag of all our keys: `classid` in `pg_locks`.
pub const TAG: u32 = 0x424b_5350;

/// The intake gate's lock of an act, shared by every transaction that brings in new business by it, so
/// that the one who closes sees in `pg_locks` (as `objid`) whom to wait for. Nobody takes it exclusively.
#[must_use]
pub const fn intake(act: Act) -> u32 {
    match act {
        Act::Application => 1,
        Act::Contract => 2,
        Act::LimitIncrease => 3,
        Act::Draw => 4,
        Act::Renewal => 5,
    }
}

/// A key as `pg_advisory_xact_lock` takes it.
#[must_use]
pub const fn key(number: u32) -> i64 {
    ((TAG as i64) << 32) | number as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back_as_the_two_halves_that_pg_locks_shows() {
        for act in Act::ALL {
            assert_eq!(key(intake(*act)) >> 32, i64::from(TAG));
            assert_eq!(key(intake(*act)) & 0xffff_ffff, i64::from(intake(*act)));
            assert!(key(intake(*act)) > 0, "written into SQL without a sign");
        }
        assert_ne!(
            u64::from(TAG),
            0x006d_6967_7261_7465_u64 >> 32,
            "the migrator's key"
        );
    }
}
