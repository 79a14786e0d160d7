//! What the journal alone can contradict: one key that was answered twice
//! differently moved money twice, or forgot that it had.

use std::collections::HashMap;

use crate::journal::Record;
use crate::verdict::Tally;

/// A key's acknowledgements must all name the same thing.
pub(super) fn compare(acked: &[&Record], tally: &mut Tally) {
    let mut first: HashMap<&str, &Record> = HashMap::with_capacity(acked.len());
    for record in acked {
        let before = first.entry(&record.key).or_insert(record);
        if before.answer_id != record.answer_id {
            let id = |record: &Record| record.answer_id.clone().unwrap_or_default();
            let detail = format!("answered {} and then {}", id(before), id(record));
            tally.against("answered-twice", format!("key {}", record.key), detail);
        }
    }
}
