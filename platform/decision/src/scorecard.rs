//! A points scorecard: a base, and points for the bin that each attribute falls into.

use serde::Deserialize;
use thiserror::Error;

use crate::fields::{Case, Field, Kind, Known, UnknownField};

/// A hundred attributes of at most this many points stay far from overflow, and
/// no attribute should outweigh all others together.
const MOST_POINTS: i64 = 1_000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCard {
    version: String,
    /// How the points came about.
    #[expect(dead_code, reason = "read by people, required in the data")]
    origin: String,
    base: i64,
    attributes: Vec<RawAttribute>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAttribute {
    field: String,
    bins: Vec<RawBin>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBin {
    /// The bin holds numbers below this; the last bin has none and holds the rest.
    below: Option<i64>,
    /// The bin holds these names.
    names: Option<Vec<String>>,
    points: i64,
}

/// Why a scorecard is refused.
#[derive(Debug, Error)]
pub enum ScorecardError {
    /// Not the format.
    #[error("scorecard is not readable")]
    Format(#[from] serde_json::Error),
    /// It has no attributes.
    #[error("scorecard has no attributes")]
    Empty,
    /// An attribute asks for a field that does not exist.
    #[error("scorecard, attribute {attribute}")]
    Field {
        /// Number of the attribute, from 1.
        attribute: usize,
        /// What does not fit.
        source: UnknownField,
    },
    /// Bins that leave a value out, overlap, do not fit the field's type, or have too many points.
    #[error(
        "scorecard, attribute {attribute}: bins must ascend, cover every value once, and stay within ±1000"
    )]
    Bins {
        /// Number of the attribute, from 1.
        attribute: usize,
    },
}

#[derive(Debug, Clone)]
enum Bins {
    /// Ascending bounds with the points below each, and the points above all.
    Numbers(Vec<(i64, i64)>, i64),
    Names(Vec<(String, i64)>),
}

/// A checked scorecard.
#[derive(Debug, Clone)]
pub(crate) struct Scorecard {
    pub(crate) version: String,
    base: i64,
    attributes: Vec<(Field, Bins)>,
}

impl Scorecard {
    pub(crate) fn parse(text: &str) -> Result<Self, ScorecardError> {
        let raw: RawCard = serde_json::from_str(text)?;
        if raw.attributes.is_empty() {
            return Err(ScorecardError::Empty);
        }
        let mut attributes = Vec::with_capacity(raw.attributes.len());
        for (index, attribute) in raw.attributes.iter().enumerate() {
            let number = index + 1;
            let field = attribute.field.parse().map_err(|source| ScorecardError::Field {
                attribute: number,
                source,
            })?;
            let bins = bins(field, &attribute.bins).ok_or(ScorecardError::Bins { attribute: number })?;
            attributes.push((field, bins));
        }
        Ok(Self {
            version: raw.version,
            base: raw.base,
            attributes,
        })
    }

    /// The score, or `None` where an attribute is unknown: half a score is none.
    pub(crate) fn score(&self, case: &Case<'_>) -> Option<i64> {
        let mut score = self.base;
        for (field, bins) in &self.attributes {
            let points = match (bins, field.of(case)?) {
                (Bins::Numbers(bounds, rest), Known::Number(number)) => bounds
                    .iter()
                    .find(|(below, _)| number < *below)
                    .map_or(*rest, |(_, points)| *points),
                (Bins::Names(names), Known::Text(text)) => names.iter().find(|(name, _)| name == text)?.1,
                _ => return None,
            };
            score = score.checked_add(points)?;
        }
        Some(score)
    }
}

fn bins(field: Field, raw: &[RawBin]) -> Option<Bins> {
    if raw
        .iter()
        .any(|bin| !(-MOST_POINTS..=MOST_POINTS).contains(&bin.points))
    {
        return None;
    }
    match field.kind() {
        Kind::Number => {
            let (last, bounded) = raw.split_last()?;
            let bounds = bounded
                .iter()
                .map(|bin| bin.names.is_none().then_some((bin.below?, bin.points)))
                .collect::<Option<Vec<_>>>()?;
            let ascend = bounds.is_sorted_by(|a, b| a.0 < b.0);
            (last.below.is_none() && last.names.is_none() && ascend)
                .then_some(Bins::Numbers(bounds, last.points))
        }
        Kind::Name(names) => {
            let mut all = Vec::new();
            for bin in raw {
                let listed = bin.names.as_ref().filter(|_| bin.below.is_none())?;
                all.extend(listed.iter().map(|name| (name.clone(), bin.points)));
            }
            let listed = |name: &&str| all.iter().any(|(known, _)| known == name);
            // As many as there are, and each among them: each once.
            (all.len() == names.len() && names.iter().all(listed)).then_some(Bins::Names(all))
        }
        Kind::Flag | Kind::Text => None,
    }
}
