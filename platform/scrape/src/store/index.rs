//! Finds series by their labels without passing over all of them.

use std::collections::HashMap;
use std::sync::Arc;

use promql::{Labels, Matcher, Op};

use super::series::Series;

/// Every series, and for each value of each label those that have it.
#[derive(Debug, Default)]
pub(crate) struct Index {
    by_labels: HashMap<Labels, Arc<Series>>,
    by_id: HashMap<u32, Arc<Series>>,
    by_value: HashMap<Arc<str>, HashMap<Arc<str>, Vec<u32>>>,
    next: u32,
    /// Bytes of the labels' texts.
    texts: usize,
}

/// Bytes that a text takes beside its own: its counters, its place in a table, and its list.
const AROUND: usize = 96;

impl Index {
    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(crate) fn get(&self, labels: &Labels) -> Option<Arc<Series>> {
        self.by_labels.get(labels).cloned()
    }

    pub(crate) fn by_id(&self, id: u32) -> Option<&Arc<Series>> {
        self.by_id.get(&id)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Series>> {
        self.by_id.values()
    }

    /// Bytes of the labels' texts.
    pub(super) const fn texts(&self) -> usize {
        self.texts
    }

    /// Makes one that is not there yet, and tells by how many bytes of text. Texts are shared by all series.
    pub(crate) fn insert(&mut self, labels: &Labels, every: u32) -> (Arc<Series>, usize) {
        let before = self.texts;
        let id = self.next;
        // Ids return after four thousand million series; one that is still there keeps its own.
        self.next = self.next.wrapping_add(1);
        while self.by_id.contains_key(&self.next) {
            self.next = self.next.wrapping_add(1);
        }
        let mut shared = Vec::with_capacity(labels.iter().len());
        for (name, value) in labels.iter() {
            let name = known(&self.by_value, name, &mut self.texts);
            let values = self.by_value.entry(Arc::clone(&name)).or_default();
            let value = known(values, value, &mut self.texts);
            values.entry(Arc::clone(&value)).or_default().push(id);
            shared.push((name, value));
        }
        let labels = Labels::new(shared);
        let series = Arc::new(Series::new(id, labels.clone(), every));
        self.by_labels.insert(labels, Arc::clone(&series));
        self.by_id.insert(id, Arc::clone(&series));
        (series, self.texts - before)
    }

    /// Takes out those that are not to be kept, in one pass over the lists.
    pub(super) fn retain(&mut self, keep: impl Fn(&Series) -> bool) {
        let before = self.by_id.len();
        self.by_id.retain(|_, series| keep(series));
        if self.by_id.len() == before {
            return;
        }
        let kept = &self.by_id;
        self.by_labels.retain(|_, series| kept.contains_key(&series.id));
        for values in self.by_value.values_mut() {
            values.retain(|value, ids| {
                ids.retain(|id| kept.contains_key(id));
                let stays = !ids.is_empty();
                self.texts -= if stays { 0 } else { value.len() + AROUND };
                stays
            });
        }
        self.by_value.retain(|name, values| {
            let stays = !values.is_empty();
            self.texts -= if stays { 0 } else { name.len() + AROUND };
            stays
        });
    }

    /// Those that all matchers let through: of the matchers, the one with the fewest series says which are
    /// looked at.
    pub(super) fn matching(&self, matchers: &[Matcher]) -> Vec<Arc<Series>> {
        let narrowest = matchers
            .iter()
            .filter_map(|matcher| self.lists(matcher))
            .min_by_key(|lists| lists.iter().map(|list| list.len()).sum::<usize>());
        let all = |series: &&Arc<Series>| matchers.iter().all(|matcher| matcher.matches(&series.labels));
        match narrowest {
            Some(lists) => {
                let ids = lists.into_iter().flatten();
                ids.filter_map(|id| self.by_id.get(id))
                    .filter(all)
                    .cloned()
                    .collect()
            }
            None => self.by_id.values().filter(all).cloned().collect(),
        }
    }

    /// The series that satisfy it, if they have the label at all; `None` if others may, too.
    fn lists(&self, matcher: &Matcher) -> Option<Vec<&Vec<u32>>> {
        let values = self.by_value.get(matcher.name.as_str());
        match &matcher.op {
            Op::Equal(value) if !value.is_empty() => Some(
                values
                    .and_then(|values| values.get(value.as_str()))
                    .into_iter()
                    .collect(),
            ),
            Op::Match(pattern) if !pattern.is_match("") => {
                let values = values.into_iter().flatten();
                Some(
                    values
                        .filter(|(value, _)| pattern.is_match(value))
                        .map(|(_, ids)| ids)
                        .collect(),
                )
            }
            _ => None,
        }
    }
}

/// The text that is there already, or a new one.
fn known<T>(there: &HashMap<Arc<str>, T>, text: &str, bytes: &mut usize) -> Arc<str> {
    if let Some((text, _)) = there.get_key_value(text) {
        return Arc::clone(text);
    }
    *bytes += text.len() + AROUND;
    text.into()
}
