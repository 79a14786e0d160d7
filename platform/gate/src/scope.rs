//! What a closing is about: everything, or an act, a product, a channel, a region, and their combinations.

use std::fmt;
use std::str::FromStr;

use domain::product::{Channel, Product, Region, UnknownName};

/// What the bank does when it takes in new business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Act {
    /// An application, and the offer that answers it.
    Application,
    /// The undertaking to contract, and the contract.
    Contract,
    /// A higher limit of a contract that stands.
    LimitIncrease,
    /// A draw under a contract, until its payment instruction leaves.
    Draw,
    /// More time for a loan that runs (续贷, 展期).
    Renewal,
}

impl Act {
    /// Every act.
    pub const ALL: &'static [Self] = &[
        Self::Application,
        Self::Contract,
        Self::LimitIncrease,
        Self::Draw,
        Self::Renewal,
    ];

    /// Its name in scopes.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::Contract => "contract",
            Self::LimitIncrease => "limit_increase",
            Self::Draw => "draw",
            Self::Renewal => "renewal",
        }
    }

    /// Whether it counts as existing business unless a closing names it: a scope without an act, such as
    /// everything or a product, holds it back only while nobody knows what was closed.
    #[must_use]
    pub const fn only_by_name(self) -> bool {
        matches!(self, Self::Renewal)
    }
}

/// Which new business. A part that is absent means any; what belongs to two scopes is let in only where
/// both are open, so the strictest wins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scope {
    /// Only this act.
    pub act: Option<Act>,
    /// Only this product.
    pub product: Option<Product>,
    /// Only what came over this channel.
    pub channel: Option<Channel>,
    /// Only this region: the digits of its GB/T 2260 code that are the same for all of it, two for a
    /// province, four for a prefecture, six for a county.
    pub region: Option<String>,
}

impl Scope {
    /// The name of the scope that has no parts.
    pub const EVERYTHING: &'static str = "everything";

    /// All new business. Renewals are existing business, and not in it.
    #[must_use]
    pub const fn everything() -> Self {
        Self {
            act: None,
            product: None,
            channel: None,
            region: None,
        }
    }

    /// Whether a closing of it touches draws under contracts that are signed.
    #[must_use]
    pub fn covers_draws(&self) -> bool {
        matches!(self.act, None | Some(Act::Draw))
    }

    /// Whether all of the other's business is its own, so that it holds the other back.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let region = match (&self.region, &other.region) {
            (None, _) => true,
            (Some(mine), Some(others)) => others.starts_with(mine.as_str()),
            (Some(_), None) => false,
        };
        let act = match (self.act, other.act) {
            (None, Some(others)) => !others.only_by_name(),
            (None, None) => true,
            (Some(_), _) => self.act == other.act,
        };
        act && (self.product.is_none() || self.product == other.product)
            && (self.channel.is_none() || self.channel == other.channel)
            && region
    }

    /// Its product, channel and region as conditions on an application `a`, each with AND before it. The act is
    /// not among them: one application sees several.
    #[must_use]
    pub fn conditions(&self) -> String {
        let named = [
            ("product", self.product.map(Product::as_str)),
            ("channel", self.channel.map(Channel::as_str)),
        ];
        // Names are plain words, and a region is digits.
        let named = named.iter().filter_map(|(column, value)| {
            let value = (*value)?;
            Some(format!(" AND a.{column} = '{value}'"))
        });
        let region = self.region.as_ref();
        let region = region.map(|region| format!(" AND substr(a.region, 1, {}) = '{region}'", region.len()));
        named.chain(region).collect()
    }

    /// The acts that it holds back.
    pub(crate) fn acts(&self) -> impl Iterator<Item = Act> + use<> {
        let only = self.act;
        Act::ALL
            .iter()
            .copied()
            .filter(move |act| only.map_or(!act.only_by_name(), |only| only == *act))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            ("act", self.act.map(Act::as_str)),
            ("product", self.product.map(Product::as_str)),
            ("channel", self.channel.map(Channel::as_str)),
            ("region", self.region.as_deref()),
        ];
        let mut comma = "";
        for (name, value) in parts {
            if let Some(value) = value {
                write!(f, "{comma}{name}={value}")?;
                comma = ",";
            }
        }
        if comma.is_empty() {
            f.write_str(Self::EVERYTHING)?;
        }
        Ok(())
    }
}

/// Not a scope, and how one is written. It does not repeat what was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}: a scope is `everything`, or parts as in `act=draw,product=credit,channel=app,region=330100`")]
pub struct NotAScope(String);

impl FromStr for Scope {
    type Err = NotAScope;

    /// Reads `everything`, or parts in any order, each once.
    fn from_str(text: &str) -> Result<Self, NotAScope> {
        let mut scope = Self::everything();
        if text == Self::EVERYTHING {
            return Ok(scope);
        }
        for part in text.split(',') {
            let (name, value) = part
                .split_once('=')
                .ok_or_else(|| NotAScope("not a part with its value".to_owned()))?;
            match name {
                "act" => put(name, &mut scope.act, act(value)?)?,
                "product" => put(name, &mut scope.product, named(value)?)?,
                "channel" => put(name, &mut scope.channel, named(value)?)?,
                "region" => put(name, &mut scope.region, region(value)?)?,
                _ => return Err(NotAScope("not one of act, product, channel, region".to_owned())),
            }
        }
        Ok(scope)
    }
}

fn put<T>(name: &str, slot: &mut Option<T>, value: T) -> Result<(), NotAScope> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(NotAScope(format!("{name} is given twice"))),
    }
}

fn act(value: &str) -> Result<Act, NotAScope> {
    let named = Act::ALL.iter().copied().find(|act| act.as_str() == value);
    named.ok_or_else(|| {
        let names: Vec<_> = Act::ALL.iter().map(|act| act.as_str()).collect();
        NotAScope(format!("not an act; one of {}", names.join(", ")))
    })
}

/// One that this service knows: a typing error must not be acknowledged as a closing.
fn named<T: FromStr<Err = UnknownName>>(value: &str) -> Result<T, NotAScope> {
    value
        .parse()
        .map_err(|error: UnknownName| NotAScope(error.to_string()))
}

/// The zeros at the end of a code of six digits stand for all of a province or prefecture.
fn region(value: &str) -> Result<String, NotAScope> {
    let digits = value.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || !matches!(value.len(), 2 | 4 | 6) {
        return Err(NotAScope("not a region of two, four or six digits".to_owned()));
    }
    let mut region = value;
    while region.len() > 2 && region.ends_with("00") {
        region = region.get(..region.len() - 2).unwrap_or_default();
    }
    let whole: Result<Region, _> = format!("{region:0<6}").parse();
    whole.map_err(|error| NotAScope(error.to_string()))?;
    Ok(region.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_has_one_name_that_reads_back() {
        for (written, name) in [
            ("everything", "everything"),
            ("act=draw", "act=draw"),
            ("product=credit,act=draw", "act=draw,product=credit"),
            ("region=330000", "region=33"),
            (
                "region=330100,channel=mini_program",
                "channel=mini_program,region=3301",
            ),
            ("region=330102", "region=330102"),
            ("region=3300", "region=33"),
        ] {
            let scope: Scope = written.parse().unwrap();
            assert_eq!(scope.to_string(), name);
            assert_eq!(name.parse(), Ok(scope));
        }
        for act in Act::ALL {
            assert_eq!(
                format!("act={}", act.as_str()).parse::<Scope>().unwrap().act,
                Some(*act)
            );
        }
    }

    #[test]
    fn what_is_no_scope_says_which_part() {
        for (written, names) in [
            ("", "not a part"),
            ("all", "not a part"),
            ("act=fly", "application, contract, limit_increase, draw, renewal"),
            ("act=draw,act=draw", "act is given twice"),
            ("colour=red", "act, product, channel, region"),
            ("product=", "product"),
            ("product=gold", "product"),
            ("channel=fax", "channel"),
            ("region=3", "region"),
            ("region=33010", "region"),
            ("region=99", "region"),
            ("region=杭州", "region"),
            ("everything,act=draw", "not a part"),
        ] {
            let error = written.parse::<Scope>().unwrap_err().to_string();
            assert!(error.contains(names), "{written}: {error}");
        }
    }

    #[test]
    fn a_scope_covers_what_is_as_narrow_or_narrower() {
        let of = |written: &str| written.parse::<Scope>().unwrap();
        for (wide, narrow, covers) in [
            ("everything", "everything", true),
            ("everything", "act=draw,product=micro", true),
            ("act=draw", "everything", false),
            ("act=draw", "act=draw,region=33", true),
            ("region=33", "region=330102", true),
            ("region=330102", "region=33", false),
            ("region=33", "act=draw", false),
            ("product=micro", "product=credit", false),
            ("product=micro,channel=app", "product=micro", false),
            ("everything", "act=renewal", false),
            ("product=micro", "act=renewal,product=micro", false),
            ("act=renewal", "act=renewal,product=micro", true),
            ("act=renewal,region=33", "act=renewal,region=330102", true),
            ("act=renewal,region=33", "act=renewal,region=11", false),
            ("act=renewal", "everything", false),
            ("act=draw", "act=renewal", false),
        ] {
            assert_eq!(of(wide).covers(&of(narrow)), covers, "{wide} {narrow}");
        }
    }

    #[test]
    fn what_holds_back_draws_says_so() {
        let of = |written: &str| written.parse::<Scope>().unwrap();
        assert!(of("everything").covers_draws() && of("product=micro").covers_draws());
        assert!(of("act=draw").covers_draws() && !of("act=application").covers_draws());
        let apart = Act::ALL.iter().filter(|act| act.only_by_name()).count();
        assert_eq!(of("product=micro").acts().count(), Act::ALL.len() - apart);
        assert!(of("everything").acts().all(|act| act != Act::Renewal));
        assert!(!of("act=renewal").covers_draws());
        assert_eq!(
            of("act=renewal,region=33").acts().collect::<Vec<_>>(),
            [Act::Renewal]
        );
        assert_eq!(of("act=draw,region=33").acts().collect::<Vec<_>>(), [Act::Draw]);
    }
}
