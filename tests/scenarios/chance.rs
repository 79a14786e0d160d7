//! Random numbers that a seed repeats: `BACKSTOP_SEED`, printed with each use.

use base::config::{Env, ProcessEnv};

/// A generator (`SplitMix64`): random enough to choose a moment.
pub(crate) struct Chance {
    pub(crate) seed: u64,
    state: u64,
}

impl Chance {
    /// From the run's seed, or a fixed one.
    pub(crate) fn of_run() -> Self {
        let seed = ProcessEnv.get("BACKSTOP_SEED").and_then(|text| text.parse().ok());
        let seed = seed.unwrap_or(20_260_302);
        println!("seed {seed}");
        Self { seed, state: seed }
    }

    /// From a seed of one's own.
    pub(crate) fn of(seed: u64) -> Self {
        Self { seed, state: seed }
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        low + (z ^ (z >> 31)) % (high - low + 1)
    }
}
