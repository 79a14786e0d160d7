//! Whether nothing was lost and nothing came twice without a kill: judged from what was handed in and what arrived.

use std::collections::{BTreeMap, BTreeSet};

use crate::stand::Receipt;

/// What must hold.
#[derive(Debug, Default)]
pub(crate) struct Expected {
    /// Marks that fired for longer than their group waits: each must have been told.
    pub(crate) fired: BTreeSet<String>,
    /// Marks that ended: each must have been told as over, last.
    pub(crate) ended: BTreeSet<String>,
    /// Kills after the receiver had a page and before that was known.
    pub(crate) kills_with_a_page_out: usize,
}

/// What a page says: its group, what fires, what is over, and when it was written.
type News = (String, BTreeSet<String>, BTreeSet<String>, i64);

/// What is wrong, if something is.
pub(crate) fn judge(expected: &Expected, receipts: &[Receipt]) -> Result<(), String> {
    let told: BTreeSet<String> = receipts
        .iter()
        .flat_map(|r| [r.marks(true), r.marks(false)])
        .flatten()
        .collect();
    let over: BTreeSet<String> = receipts.iter().flat_map(|receipt| receipt.marks(false)).collect();
    let lost: Vec<&String> = expected.fired.difference(&told).collect();
    if !lost.is_empty() {
        return Err(format!("{} alerts were never told: {lost:?}", lost.len()));
    }
    let endless: Vec<&String> = expected.ended.difference(&over).collect();
    if !endless.is_empty() {
        return Err(format!("{} ends were never told: {endless:?}", endless.len()));
    }
    let mut copies: BTreeMap<&str, Vec<&Receipt>> = BTreeMap::new();
    for receipt in receipts {
        copies.entry(&receipt.key).or_default().push(receipt);
    }
    let twice: usize = copies.values().map(|copies| copies.len() - 1).sum();
    if twice > expected.kills_with_a_page_out {
        return Err(format!(
            "{twice} duplicates by {} kills",
            expected.kills_with_a_page_out
        ));
    }
    if copies
        .values()
        .any(|copies| copies.iter().any(|copy| copy.page != copies[0].page))
    {
        return Err("two pages under one key differ".to_owned());
    }
    // The same news under two keys would be a duplicate that no receiver can tell.
    let mut news: BTreeMap<News, &str> = BTreeMap::new();
    for receipt in receipts {
        let what = (
            receipt.page.group.clone(),
            receipt.marks(true),
            receipt.marks(false),
            receipt.page.at,
        );
        let key = news.entry(what).or_insert(&receipt.key);
        if *key != receipt.key {
            return Err("the same news came under two keys".to_owned());
        }
    }
    Ok(())
}
