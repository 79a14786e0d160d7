//! Chance, reproducible: every number of a firm comes from the seed and the
//! firm's own stream, so firm 7 is the same whether or not firm 6 was drawn.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::normal;

/// One firm's stream of random numbers.
#[derive(Debug, Clone)]
pub(crate) struct Chance(ChaCha8Rng);

impl Chance {
    /// The stream of firm `n` under a seed.
    pub(crate) fn of(seed: u64, n: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(n);
        Self(rng)
    }

    /// Uniform on [0, 1).
    pub(crate) fn uniform(&mut self) -> f64 {
        self.0.random()
    }

    /// Uniform between two numbers.
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// Standard normal.
    pub(crate) fn normal(&mut self) -> f64 {
        normal::quantile(self.uniform())
    }

    /// True with a probability.
    pub(crate) fn hits(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }

    /// A whole number below `bound`, or 0 when the bound is 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 {
            0
        } else {
            self.0.random_range(0..bound)
        }
    }

    /// One of a list.
    pub(crate) fn one_of<T: Copy>(&mut self, list: &[T], otherwise: T) -> T {
        let bound = u64::try_from(list.len()).unwrap_or(0);
        let index = usize::try_from(self.below(bound)).unwrap_or(0);
        list.get(index).copied().unwrap_or(otherwise)
    }

    /// A Poisson count with a mean of a few (Knuth's product of uniforms).
    pub(crate) fn count(&mut self, mean: f64) -> i64 {
        let limit = (-mean).exp();
        let (mut product, mut count) = (self.uniform(), 0);
        while product > limit {
            product *= self.uniform();
            count += 1;
        }
        count
    }
}
