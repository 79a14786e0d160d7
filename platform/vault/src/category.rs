//! What a data key is for, and who keeps the key that wraps it.

/// A group of a subject's fields that share one data key, so that they can be
/// destroyed together and apart from the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// Names, credit code, tax number.
    Profile,
    /// What, linked to a name, identifies a person or moves money: ID numbers,
    /// phones, settlement account, address. Sealed a second time under the subject's
    /// [`Category::Profile`] key, so that destroying that one takes these fields too.
    Identity,
    /// Use of funds, turnover, guarantor, reports.
    Affairs,
    /// Raw answers of outside sources, which expire by rule.
    Answers,
    /// The inputs of a decision, its score and reasons, which outlive the answers they came from.
    Features,
}

/// Whose key-encryption key (KEK) wraps a data key. Two files, two credentials:
/// whoever steals one cannot join what the two keep apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Custodian {
    /// Everything but what identifies a person.
    Affairs,
    /// What identifies a person or moves money.
    Identity,
}

impl Category {
    /// Every category, in the order of their numbers.
    pub const ALL: [Self; 5] = [
        Self::Profile,
        Self::Identity,
        Self::Affairs,
        Self::Answers,
        Self::Features,
    ];

    /// Whose KEK wraps its keys.
    #[must_use]
    pub const fn custodian(self) -> Custodian {
        match self {
            Self::Identity => Custodian::Identity,
            Self::Profile | Self::Affairs | Self::Answers | Self::Features => Custodian::Affairs,
        }
    }

    /// Whose key seals a field of this category once more, so that it takes both
    /// custodians' KEKs to open it: fields that identify a person lie in one row with
    /// each other, and one stolen credential must not open even those.
    pub(crate) const fn around(self) -> Option<Self> {
        match self {
            Self::Identity => Some(Self::Profile),
            Self::Profile | Self::Affairs | Self::Answers | Self::Features => None,
        }
    }

    /// Its name, as in the key store and in what a ciphertext is bound to.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Profile => "profile",
            Self::Identity => "identity",
            Self::Affairs => "affairs",
            Self::Answers => "answers",
            Self::Features => "features",
        }
    }

    /// The category of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|category| category.as_str() == name)
    }

    /// Its place in [`Category::ALL`].
    pub(crate) const fn index(self) -> usize {
        self as usize
    }

    /// Its bit in a set of categories.
    pub(crate) const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl Custodian {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Affairs, Self::Identity];

    /// Its name, as in key files and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Affairs => "affairs",
            Self::Identity => "identity",
        }
    }

    /// The custodian of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|custodian| custodian.as_str() == name)
    }

    /// The categories whose keys it wraps.
    pub(crate) fn categories(self) -> impl Iterator<Item = Category> {
        Category::ALL
            .into_iter()
            .filter(move |category| category.custodian() == self)
    }

    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_category_is_found_by_its_name_and_its_number() {
        for (at, category) in Category::ALL.into_iter().enumerate() {
            assert_eq!(category.index(), at);
            assert_eq!(Category::parse(category.as_str()), Some(category));
        }
        assert_eq!(Category::parse("names"), None);
    }

    #[test]
    fn what_is_around_belongs_to_the_other_custodian_and_has_nothing_around_it() {
        for category in Category::ALL {
            if let Some(around) = category.around() {
                assert_ne!(around.custodian(), category.custodian());
                assert_eq!(around.around(), None);
            }
        }
    }

    #[test]
    fn what_identifies_a_person_has_a_custodian_of_its_own() {
        assert_eq!(
            Custodian::Identity.categories().collect::<Vec<_>>(),
            [Category::Identity]
        );
        assert_eq!(Custodian::Affairs.categories().count(), 4);
    }
}
