//! A target's own labels and those that it was given.

use std::borrow::Cow;

use promql::Labels;
use promql::labels::NAME;

use crate::exposition::Exposed;

/// The labels under which a sample is stored (Prometheus' `mutateSampleLabels`): with `honor` the target's
/// own win, else they are kept with `exported_` before their name, as often as it takes.
pub(super) fn merge(exposed: &Exposed<'_>, given: &Labels, honor: bool) -> Labels {
    let own = exposed.labels;
    let has = |name: &str| own.iter().any(|(each, _)| *each == name);
    let mut pairs: Vec<(Cow<'_, str>, &str)> = Vec::with_capacity(own.len() + given.iter().len() + 1);
    pairs.push((Cow::Borrowed(NAME), exposed.name));
    for (name, value) in own {
        let taken = !honor && !given.get(name).is_empty();
        if taken && !value.is_empty() {
            let mut moved = format!("exported_{name}");
            while has(&moved) || !given.get(&moved).is_empty() {
                moved.insert_str(0, "exported_");
            }
            pairs.push((Cow::Owned(moved), value));
        } else if !taken {
            pairs.push((Cow::Borrowed(name), value));
        }
    }
    for (name, value) in given.iter() {
        // An own label that is empty is one, too: with it a target says that it has none.
        if !(honor && has(name)) {
            pairs.push((Cow::Borrowed(name), value));
        }
    }
    Labels::new(
        pairs
            .into_iter()
            .map(|(name, value)| (std::sync::Arc::<str>::from(name), value)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(own: &[(&'static str, &'static str)], honor: bool) -> String {
        let labels: Vec<(&str, Cow<'_, str>)> = own
            .iter()
            .map(|(name, value)| (*name, Cow::Borrowed(*value)))
            .collect();
        let exposed = Exposed {
            name: "m",
            labels: &labels,
            value: 1.0,
            at: None,
        };
        merge(&exposed, &Labels::new([("job", "j"), ("instance", "i")]), honor).to_string()
    }

    #[test]
    fn a_targets_own_labels_are_kept_aside() {
        assert_eq!(
            merged(&[("job", "own")], false),
            r#"m{exported_job="own", instance="i", job="j"}"#
        );
        assert_eq!(
            merged(&[("job", "own"), ("exported_job", "other")], false),
            r#"m{exported_exported_job="own", exported_job="other", instance="i", job="j"}"#
        );
        assert_eq!(merged(&[("job", "")], false), r#"m{instance="i", job="j"}"#);
    }

    #[test]
    fn or_win_where_they_are_honoured_and_an_empty_one_takes_the_given_one_away() {
        assert_eq!(merged(&[("job", "own")], true), r#"m{instance="i", job="own"}"#);
        assert_eq!(merged(&[("job", "")], true), r#"m{instance="i"}"#);
    }
}
