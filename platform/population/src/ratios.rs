//! A firm's 64 financial ratios, by the set's own numbers.

use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::fitted::{Fitted, RATIOS};

/// One of the 64 ratios.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ratio(u8);

impl Ratio {
    /// Net profit / total assets.
    pub const NET_PROFIT_TO_ASSETS: Self = Self(1);
    /// Total liabilities / total assets.
    pub const LIABILITIES_TO_ASSETS: Self = Self(2);
    /// Sales / total assets.
    pub const SALES_TO_ASSETS: Self = Self(9);
    /// Sales of this year / sales of the year before.
    pub const SALES_GROWTH: Self = Self(21);
    /// Decimal logarithm of total assets, in thousands.
    pub const LOG_ASSETS: Self = Self(29);

    /// The ratio with a number of the set, 1 to 64.
    #[must_use]
    pub fn numbered(number: u8) -> Option<Self> {
        (1..=64).contains(&number).then_some(Self(number))
    }

    /// All of them, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        (1..=64).map(Self)
    }

    /// Its number in the set, 1 to 64.
    #[must_use]
    pub fn number(self) -> u8 {
        self.0
    }

    /// The set's name for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        &Fitted::shipped().ratios[self.index()].name
    }

    /// Its place in a table, 0 to 63.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0) - 1
    }
}

/// The 64 ratios of one firm. In JSON an object, `{"1": 0.0758, …}`, without
/// those that are missing.
#[derive(Debug, Clone)]
pub struct Ratios(Box<[f64; RATIOS]>);

impl Ratios {
    /// From values in the set's order, NaN where missing.
    #[must_use]
    pub fn new(values: [f64; RATIOS]) -> Self {
        Self(Box::new(values))
    }

    /// None known.
    #[must_use]
    pub fn unknown() -> Self {
        Self::new([f64::NAN; RATIOS])
    }

    /// One ratio, if it is known.
    #[must_use]
    pub fn get(&self, ratio: Ratio) -> Option<f64> {
        let value = self.0[ratio.index()];
        (!value.is_nan()).then_some(value)
    }

    /// Sets one ratio.
    pub fn set(&mut self, ratio: Ratio, value: f64) {
        self.0[ratio.index()] = value;
    }
}

impl PartialEq for Ratios {
    fn eq(&self, other: &Self) -> bool {
        Ratio::all().all(|ratio| self.get(ratio) == other.get(ratio))
    }
}

impl Serialize for Ratios {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for ratio in Ratio::all() {
            if let Some(value) = self.get(ratio) {
                map.serialize_entry(&ratio.number().to_string(), &value)?;
            }
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Ratios {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let given = std::collections::BTreeMap::<String, f64>::deserialize(deserializer)?;
        let mut ratios = Self::unknown();
        for (key, value) in given {
            let ratio = key.parse().ok().and_then(Ratio::numbered);
            let ratio = ratio.ok_or_else(|| de::Error::custom("ratios are numbered 1 to 64"))?;
            ratios.set(ratio, value);
        }
        Ok(ratios)
    }
}
