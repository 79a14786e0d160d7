//! Which new business a closing is about, as this checker reads it. It knows the names of the domain and shares
//! nothing with the gate, so that a scope which the gate reads wrongly is not read wrongly here, too.

use std::fmt;
use std::str::FromStr;

use domain::product::{Channel, Product, Region};
use serde::{Serialize, Serializer};

/// What the bank does when it takes in new business. Another act is a variant here, and the rows that it writes
/// a line of [`super::snapshot`]'s table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Act {
    /// An application, and the offer that answers it.
    Application,
    /// The undertaking to contract, and the contract.
    Contract,
    /// A higher limit of a contract that stands.
    LimitIncrease,
    /// A draw, until its payment instruction has left.
    Draw,
    /// More time for a loan (续贷, 展期): existing business, unless a closing names it.
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

    /// Whether a scope that names no act is about it, as about all new business. What counts as existing business
    /// unless it is named is not.
    const fn is_new_business(self) -> bool {
        match self {
            Self::Application | Self::Contract | Self::LimitIncrease | Self::Draw => true,
            Self::Renewal => false,
        }
    }
}

/// Which new business; a part that is absent means any.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Scope {
    /// Only this act.
    pub act: Option<Act>,
    /// Only this product.
    pub product: Option<Product>,
    /// Only what came over this channel.
    pub channel: Option<Channel>,
    /// Only this region: the digits that its codes begin with, two, four or six.
    pub region: Option<String>,
}

/// The name of the scope without parts.
const EVERYTHING: &str = "everything";

impl Scope {
    /// All new business.
    #[must_use]
    pub fn everything() -> Self {
        Self::default()
    }

    /// Whether a row of that act and place is its business. What a row does not tell counts as a match: nobody can
    /// say that it is something else.
    pub(super) fn covers_row(&self, act: Act, place: &Place) -> bool {
        let is = |wanted: Option<&str>, found: &Option<String>| match (wanted, found) {
            (Some(wanted), Some(found)) => wanted == found,
            _ => true,
        };
        let within = match (&self.region, &place.region) {
            (Some(region), Some(found)) => found.starts_with(region.as_str()),
            _ => true,
        };
        self.covers_act(act)
            && is(self.product.map(Product::as_str), &place.product)
            && is(self.channel.map(Channel::as_str), &place.channel)
            && within
    }

    /// Whether all of another scope's business is its own. Here, what the other does not tell is no match: a
    /// client's refusal counts for a closing only if it is known to be of it.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let act = match (self.act, other.act) {
            (None, None) => true,
            (_, Some(act)) => self.covers_act(act),
            (Some(_), None) => false,
        };
        let region = match (&self.region, &other.region) {
            (None, _) => true,
            (Some(mine), Some(others)) => others.starts_with(mine.as_str()),
            (Some(_), None) => false,
        };
        act && (self.product.is_none() || self.product == other.product)
            && (self.channel.is_none() || self.channel == other.channel)
            && region
    }

    fn covers_act(&self, act: Act) -> bool {
        match self.act {
            Some(only) => only == act,
            None => act.is_new_business(),
        }
    }
}

/// What a row says of its place; absent where it says nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Place {
    pub(super) product: Option<String>,
    pub(super) channel: Option<String>,
    pub(super) region: Option<String>,
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            ("act", self.act.map(Act::as_str)),
            ("product", self.product.map(Product::as_str)),
            ("channel", self.channel.map(Channel::as_str)),
            ("region", self.region.as_deref()),
        ];
        let parts = parts
            .iter()
            .filter_map(|(name, value)| Some(format!("{name}={}", (*value)?)));
        let parts: Vec<String> = parts.collect();
        f.write_str(if parts.is_empty() { EVERYTHING } else { "" })?;
        f.write_str(&parts.join(","))
    }
}

impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Not a scope that this checker reads. It does not repeat what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be `everything`, or parts as in `act=draw,product=credit,channel=app,region=3301`: {0}")]
pub struct NotAScope(&'static str);

impl FromStr for Scope {
    type Err = NotAScope;

    fn from_str(text: &str) -> Result<Self, NotAScope> {
        let mut scope = Self::everything();
        if text == EVERYTHING {
            return Ok(scope);
        }
        for part in text.split(',') {
            let Some((name, value)) = part.split_once('=') else {
                return Err(NotAScope("a part has a name and a value"));
            };
            match name {
                "act" => once(
                    &mut scope.act,
                    Act::ALL.iter().copied().find(|act| act.as_str() == value),
                )?,
                "product" => once(&mut scope.product, value.parse().ok())?,
                "channel" => once(&mut scope.channel, value.parse().ok())?,
                "region" => once(&mut scope.region, region(value))?,
                _ => return Err(NotAScope("a part is none of act, product, channel, region")),
            }
        }
        Ok(scope)
    }
}

fn once<T>(slot: &mut Option<T>, value: Option<T>) -> Result<(), NotAScope> {
    let value = value.ok_or(NotAScope("a part's value is not known here"))?;
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(NotAScope("a part is given twice")),
    }
}

/// Pairs of zeros at the end of a code stand for all of a province or prefecture.
fn region(value: &str) -> Option<String> {
    let whole = format!("{value:0<6}").parse::<Region>().is_ok();
    if !whole || !matches!(value.len(), 2 | 4 | 6) {
        return None;
    }
    let mut digits = value;
    while let Some(shorter) = digits.strip_suffix("00").filter(|shorter| shorter.len() >= 2) {
        digits = shorter;
    }
    Some(digits.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(written: &str) -> Scope {
        written.parse().unwrap()
    }

    #[test]
    fn a_scope_reads_back_and_nothing_else_is_one() {
        for (written, name) in [
            ("everything", "everything"),
            ("product=credit,act=draw", "act=draw,product=credit"),
            ("region=330000", "region=33"),
            ("region=330100,channel=app", "channel=app,region=3301"),
            ("act=limit_increase", "act=limit_increase"),
        ] {
            assert_eq!(of(written).to_string(), name);
            assert_eq!(of(name), of(written));
        }
        for written in [
            "",
            "all",
            "act=fly",
            "act=draw,act=draw",
            "product=gold",
            "channel=fax",
            "colour=red",
            "region=3",
            "region=33010",
            "region=99",
            "region=",
            "everything,act=draw",
            "act=draw,",
        ] {
            assert!(written.parse::<Scope>().is_err(), "{written}");
        }
    }

    #[test]
    fn a_row_that_does_not_say_what_it_is_counts_and_a_request_does_not() {
        let place = |product: Option<&str>, region: Option<&str>| Place {
            product: product.map(str::to_owned),
            channel: Some("app".to_owned()),
            region: region.map(str::to_owned),
        };
        let credit = of("product=credit,region=3301");
        assert!(credit.covers_row(Act::Draw, &place(Some("credit"), Some("330102"))));
        assert!(!credit.covers_row(Act::Draw, &place(Some("micro"), Some("330102"))));
        assert!(!credit.covers_row(Act::Draw, &place(Some("credit"), Some("330203"))));
        assert!(credit.covers_row(Act::Draw, &place(None, None)));
        assert!(!of("act=contract").covers_row(Act::Draw, &place(None, None)));
        assert!(!of("channel=pc").covers_row(Act::Draw, &place(None, None)));

        assert!(credit.covers(&of("act=draw,product=credit,region=330102")));
        assert!(!credit.covers(&of("act=draw,product=credit")));
        assert!(!of("act=draw").covers(&of("product=credit")));
        assert!(Scope::everything().covers(&of("act=draw")) && Scope::everything().covers(&of("region=33")));
    }

    #[test]
    fn more_time_is_of_a_closing_that_names_it_and_of_no_other() {
        let place = Place::default();
        for scope in ["everything", "product=micro", "act=draw"] {
            assert!(!of(scope).covers_row(Act::Renewal, &place), "{scope}");
            assert!(!of(scope).covers(&of("act=renewal,product=micro")), "{scope}");
        }
        for scope in ["act=renewal", "act=renewal,product=micro"] {
            assert!(of(scope).covers_row(Act::Renewal, &place), "{scope}");
            assert!(of(scope).covers(&of("act=renewal,product=micro")), "{scope}");
            assert!(!of(scope).covers_row(Act::Draw, &place), "{scope}");
        }
    }
}
