//! The data map: what kind of data every column of the live schema holds.
//!
//! The map itself is code beside the schema. Two questions keep it true, and a
//! test and the start-up both ask them: is there a column without a class
//! ([`unclassified`]), and a class without a column ([`absent`])?

use std::collections::BTreeSet;

use crate::Category;

/// How much harm a leak of a column does. C1–C3 follow JR/T 0171-2020 (personal
/// financial information); an enterprise's data that it gave or that a source
/// gave under its consent (tax, invoices, judicial, credit) are classed alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Account and customer data kept within the institution.
    C1,
    /// Data that identifies a customer or tells of its finances.
    C2,
    /// Data that authenticates a person: passwords, biometrics.
    C3,
    /// The institution's own data: identifiers, states, times, amounts of account.
    Internal,
    /// Meant for everybody.
    Public,
}

impl Class {
    /// Customer data: sealed, masked outward, purged at exit.
    #[must_use]
    pub fn is_customer_data(self) -> bool {
        matches!(self, Self::C1 | Self::C2 | Self::C3)
    }
}

/// How much protection data needs, 1 to 5 (JR/T 0197-2020, 金融数据安全分级).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Public.
    L1,
    /// For the institution's own use.
    L2,
    /// C2 of JR/T 0171, and what tells of one customer's finances.
    L3,
    /// C3 of JR/T 0171.
    L4,
    /// Important data of the state's.
    L5,
}

/// The grade by 银行保险机构数据安全管理办法 (金规〔2024〕24号).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Grade {
    /// 核心数据.
    Core,
    /// 重要数据.
    Important,
    /// 敏感数据.
    Sensitive,
    /// 其他一般数据.
    General,
}

/// What part of the business data belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Business {
    /// Who the customers are (客户信息).
    Customer,
    /// What they consented to (授权).
    Consent,
    /// What they applied for (业务申请).
    Application,
    /// How it was judged (授信评估).
    Assessment,
    /// What was agreed (合同).
    Contract,
    /// What was lent and repaid (贷款与还款).
    Lending,
    /// The books (账务).
    Ledger,
    /// How the service runs (运营).
    Operation,
    /// Who did what (审计与留痕).
    Oversight,
    /// Generalised, for analysis (统计分析).
    Analytics,
}

/// By which rule data is kept; the periods themselves are the exit's rules, which name their sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Retention {
    /// Customer identification: ten years from the end of the relationship (AML Law 2024, 34).
    Identification,
    /// Transactions: ten years from the transaction (the same).
    Transaction,
    /// Vouchers and ledgers: thirty years from the end of the fiscal year (会计档案管理办法).
    Ledger,
    /// Applications, assessments and contracts: until claims are barred, at least as long as transactions.
    CreditFile,
    /// Records of consent and of supply by third parties: three years (网络数据安全管理条例, 12).
    Supply,
    /// No law keeps it: erased ninety days after it came, or when its consent is revoked (PIPL, 19 and 47).
    RawAnswer,
    /// Logs: six months (网络安全法, 21).
    Logs,
    /// Evidence of operators' acts: as long as what it proves, and holds no customer data.
    Evidence,
    /// Wrapped keys: as long as what they seal is kept, and no longer.
    Keys,
    /// A day.
    Brief,
    /// Made of other data, or of the build: ends with the service.
    Derived,
}

/// What is known of a column besides its class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Labels {
    /// JR/T 0197.
    pub level: Level,
    /// 金规〔2024〕24号.
    pub grade: Grade,
    /// What part of the business.
    pub business: Business,
    /// How long.
    pub retention: Retention,
    /// Which of a firm's keys seals it, if it is sealed.
    pub sealed_under: Option<Category>,
}

impl Class {
    /// As the map is printed.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::C1 => "C1",
            Self::C2 => "C2",
            Self::C3 => "C3",
            Self::Internal => "internal",
            Self::Public => "public",
        }
    }
}

impl Level {
    /// As the map is printed.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::L1 => "1",
            Self::L2 => "2",
            Self::L3 => "3",
            Self::L4 => "4",
            Self::L5 => "5",
        }
    }
}

impl Grade {
    /// As the map is printed.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Core => "core (核心)",
            Self::Important => "important (重要)",
            Self::Sensitive => "sensitive (敏感)",
            Self::General => "general (其他一般)",
        }
    }
}

impl Business {
    /// As the map is printed.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Consent => "consent",
            Self::Application => "application",
            Self::Assessment => "assessment",
            Self::Contract => "contract",
            Self::Lending => "lending",
            Self::Ledger => "ledger",
            Self::Operation => "operation",
            Self::Oversight => "oversight",
            Self::Analytics => "analytics",
        }
    }
}

impl Retention {
    /// As the map is printed.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Identification => "identification",
            Self::Transaction => "transaction",
            Self::Ledger => "ledger",
            Self::CreditFile => "credit file",
            Self::Supply => "supply",
            Self::RawAnswer => "raw answer",
            Self::Logs => "logs",
            Self::Evidence => "evidence",
            Self::Keys => "keys",
            Self::Brief => "brief",
            Self::Derived => "derived",
        }
    }
}

/// One column's entry in the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Table, as in the schema.
    pub table: &'static str,
    /// Column, as in the schema.
    pub column: &'static str,
    /// What it holds.
    pub class: Class,
}

/// Columns of the live schema (table, column) that the map does not class.
#[must_use]
pub fn unclassified<S: AsRef<str>>(live: &[(S, S)], map: &[Column]) -> Vec<(String, String)> {
    let known: BTreeSet<(&str, &str)> = map.iter().map(|entry| (entry.table, entry.column)).collect();
    live.iter()
        .map(|(table, column)| (table.as_ref(), column.as_ref()))
        .filter(|name| !known.contains(name))
        .map(|(table, column)| (table.to_owned(), column.to_owned()))
        .collect()
}

/// Entries of the map whose column the live schema does not have: a rename
/// that left its class behind.
#[must_use]
pub fn absent<S: AsRef<str>>(live: &[(S, S)], map: &[Column]) -> Vec<Column> {
    let there: BTreeSet<(&str, &str)> = live
        .iter()
        .map(|(table, column)| (table.as_ref(), column.as_ref()))
        .collect();
    map.iter()
        .filter(|entry| !there.contains(&(entry.table, entry.column)))
        .copied()
        .collect()
}

/// Entries that class a column again: which of the two would count?
#[must_use]
pub fn repeated(map: &[Column]) -> Vec<Column> {
    let mut seen = BTreeSet::new();
    map.iter()
        .filter(|entry| !seen.insert((entry.table, entry.column)))
        .copied()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAP: &[Column] = &[
        Column {
            table: "firms",
            column: "id",
            class: Class::Internal,
        },
        Column {
            table: "firms",
            column: "name_sealed",
            class: Class::C2,
        },
    ];

    #[test]
    fn a_map_that_fits_the_schema_has_no_findings() {
        let live = [("firms", "id"), ("firms", "name_sealed")];
        assert!(unclassified(&live, MAP).is_empty());
        assert!(absent(&live, MAP).is_empty());
        assert!(repeated(MAP).is_empty());
    }

    #[test]
    fn a_new_column_is_found() {
        let live = [("firms", "id"), ("firms", "name_sealed"), ("firms", "nickname")];
        assert_eq!(
            unclassified(&live, MAP),
            [("firms".to_owned(), "nickname".to_owned())]
        );
    }

    #[test]
    fn the_same_name_in_another_table_is_another_column() {
        let live = [("firms", "id"), ("firms", "name_sealed"), ("loans", "id")];
        assert_eq!(unclassified(&live, MAP), [("loans".to_owned(), "id".to_owned())]);
    }

    #[test]
    fn a_dropped_column_leaves_an_entry_that_is_found() {
        assert_eq!(absent(&[("firms", "id")], MAP), [MAP[1]]);
    }

    #[test]
    fn classing_a_column_twice_is_found() {
        assert_eq!(repeated(&[MAP[0], MAP[1], MAP[0]]), [MAP[0]]);
    }
}
