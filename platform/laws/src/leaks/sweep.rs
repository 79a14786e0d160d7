//! Law 5: looks for customers' values in everything that a system wrote and
//! said, and rules on it.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use super::files::files;
use super::needle::Needles;
use super::search::{CONTROL, Hit, Search, SearchError};
use crate::source::{DatabaseError, Source};
use crate::verdict::{Ruling, Tally};

/// The law's number.
const LAW: u8 = 5;

/// What is looked for, and how much of it there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Drawn {
    /// Customers whose values are looked for.
    pub subjects: u64,
    /// Values that would be found by chance, and so are not looked for.
    pub too_weak: u64,
}

/// How much a sweep must look for to count as having touched the law.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Customers.
    pub subjects: u64,
}

/// A search for customers' values over several places.
///
/// Beside them it looks for *controls*: values that are no secret and must be
/// there, such as ids. A place that should show one and doesn't was not really
/// looked into, and the law counts as not touched.
pub struct Sweep {
    search: Search,
    drawn: Drawn,
    values: u64,
    controls: bool,
    found: BTreeMap<(String, &'static str, &'static str), u64>,
    blind: Vec<String>,
    tables: u64,
    rows: u64,
    table_bytes: u64,
    files: u64,
    file_bytes: u64,
    gone: u64,
    texts: u64,
    places: Vec<String>,
    took: Duration,
}

impl Sweep {
    /// Prepares the search.
    ///
    /// # Errors
    /// When there is nothing to look for, or too much.
    pub fn new(needles: &Needles, controls: &[&str], drawn: Drawn) -> Result<Self, SearchError> {
        let begun = Instant::now();
        Ok(Self {
            search: Search::with_controls(needles, controls)?,
            drawn,
            values: needles.len() as u64,
            controls: !controls.is_empty(),
            found: BTreeMap::new(),
            blind: Vec::new(),
            tables: 0,
            rows: 0,
            table_bytes: 0,
            files: 0,
            file_bytes: 0,
            gone: 0,
            texts: 0,
            places: Vec::new(),
            took: begun.elapsed(),
        })
    }

    /// Every value of every table of a database, in one snapshot; `name` stands for it in reports. With
    /// `controls` one of the controls must be in some table of it.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn tables(&mut self, name: &str, url: &str, controls: bool) -> Result<(), DatabaseError> {
        let begun = Instant::now();
        let mut source = Source::open(url).await?;
        let mut seen = false;
        for table in source.tables().await? {
            let (search, found, bytes) = (&self.search, &mut self.found, &mut self.table_bytes);
            let rows = source
                .values(&table, |_, column, value| {
                    *bytes += value.len() as u64;
                    search.bytes(value, |hit| {
                        if hit.kind == CONTROL {
                            seen = true;
                            return;
                        }
                        let column = table.columns.get(column).map_or("", String::as_str);
                        count(found, format!("{}.{column}", table.name), &hit);
                    });
                })
                .await?;
            self.rows += rows;
            self.tables += 1;
        }
        source.close().await;
        self.saw(name, seen || !controls);
        self.took += begun.elapsed();
        Ok(())
    }

    /// Every file of a folder; `name` stands for its path in reports. With
    /// `controls` one of the controls must be in some file of it.
    ///
    /// # Errors
    /// When a file that is there can't be read.
    pub fn files(&mut self, name: &str, root: &Path, controls: bool) -> io::Result<()> {
        let begun = Instant::now();
        let searched = files(&self.search, root)?;
        self.files += searched.files;
        self.file_bytes += searched.bytes;
        self.gone += searched.gone;
        let mut seen = false;
        for (path, hit) in &searched.hits {
            if hit.kind == CONTROL {
                seen = true;
                continue;
            }
            let path = path.strip_prefix(root).unwrap_or(path);
            count(&mut self.found, format!("{name}/{}", path.display()), hit);
        }
        self.saw(name, seen || !controls);
        self.took += begun.elapsed();
        Ok(())
    }

    /// A text that stands in no file: a page of metrics, an answer, a report.
    pub fn text(&mut self, name: &str, text: &[u8]) {
        let (search, found) = (&self.search, &mut self.found);
        search.bytes(text, |hit| {
            if hit.kind != CONTROL {
                count(found, name.to_owned(), &hit);
            }
        });
        self.texts += 1;
        if !self.places.iter().any(|place| place == name) {
            self.places.push(name.to_owned());
        }
    }

    /// A place that should have been looked into and could not be.
    pub fn missed(&mut self, name: &str) {
        self.blind.push(name.to_owned());
    }

    fn saw(&mut self, name: &str, seen: bool) {
        self.places.push(name.to_owned());
        if self.controls && !seen {
            self.blind.push(name.to_owned());
        }
    }

    /// The ruling so far.
    #[must_use]
    pub fn ruling(&self, wanted: Wanted) -> Ruling {
        let mut tally = Tally::default();
        tally.checked(self.rows + self.files + self.texts);
        for (name, value) in [
            ("subjects", self.drawn.subjects),
            ("values", self.values),
            ("values_too_weak", self.drawn.too_weak),
            ("tables", self.tables),
            ("rows", self.rows),
            ("table_bytes", self.table_bytes),
            ("files", self.files),
            ("file_bytes", self.file_bytes),
            ("files_gone", self.gone),
            ("texts", self.texts),
            (
                "took_ms",
                u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX),
            ),
        ] {
            tally.evidence(name, value);
        }
        tally.evidence("places", self.places.clone());
        for ((place, kind, encoding), times) in &self.found {
            tally.against(
                "clear-text",
                place.clone(),
                format!("{kind} in {encoding}, {times} times"),
            );
        }
        let missing = if !self.blind.is_empty() {
            Some(format!(
                "what must be there was not seen in {}: the search did not look there",
                self.blind.join(", ")
            ))
        } else if self.drawn.subjects < wanted.subjects {
            Some(format!(
                "the values of {} customers were looked for; {} are needed",
                self.drawn.subjects, wanted.subjects
            ))
        } else if self.places.is_empty() {
            Some("nothing was looked into".to_owned())
        } else {
            None
        };
        tally.ruling(LAW, missing)
    }
}

fn count(found: &mut BTreeMap<(String, &'static str, &'static str), u64>, place: String, hit: &Hit) {
    *found.entry((place, hit.kind, hit.encoding.as_str())).or_default() += 1;
}
