//! What is watched: the series of a quiet system, as they were recorded, and what is changed in them.

use promql::{Labels, NAME, STALE, Sample};
use scrape::Store;

/// Series of a real system under light load: see the file's head.
const QUIET: &str = include_str!("quiet.txt");

pub(crate) struct Series {
    labels: Labels,
    /// Now.
    pub(crate) value: f64,
    /// What is added in a second.
    pub(crate) rate: f64,
    /// Its target does not answer.
    gone: bool,
    /// The store knows of its end.
    ended: bool,
}

impl Series {
    fn new(labels: Labels, value: f64, rate: f64) -> Self {
        Self {
            labels,
            value,
            rate,
            gone: false,
            ended: false,
        }
    }

    pub(crate) fn label(&self, name: &str) -> &str {
        self.labels.get(name)
    }

    /// Its target answers, without it.
    pub(crate) fn end(&mut self) {
        self.gone = true;
    }

    fn is(&self, name: &str, with: &[(&str, &str)]) -> bool {
        self.labels.name() == name && with.iter().all(|(label, value)| self.labels.get(label) == *value)
    }
}

pub(crate) struct Stage(Vec<Series>);

impl Stage {
    /// Nothing at all.
    pub(crate) fn empty() -> Self {
        Self(Vec::new())
    }

    /// A quiet system.
    pub(crate) fn quiet() -> Self {
        let lines = QUIET.lines().filter(|line| !line.starts_with('#'));
        Self(lines.map(read).collect())
    }

    /// Adds a series.
    pub(crate) fn add(&mut self, name: &str, with: &[(&str, &str)], value: f64, rate: f64) {
        let labels = Labels::new([(NAME, name)].iter().chain(with).copied());
        self.0.push(Series::new(labels, value, rate));
    }

    /// Changes what has this name and these labels; that nothing has is a mistake in the drill.
    #[track_caller]
    pub(crate) fn each(&mut self, name: &str, with: &[(&str, &str)], change: impl Fn(&mut Series)) {
        let mut found = 0;
        for series in self.0.iter_mut().filter(|series| series.is(name, with)) {
            change(series);
            found += 1;
        }
        assert!(found > 0, "nothing is recorded of {name} {with:?}");
    }

    #[track_caller]
    pub(crate) fn set(&mut self, name: &str, with: &[(&str, &str)], value: f64) {
        self.each(name, with, |series| series.value = value);
    }

    #[track_caller]
    pub(crate) fn rate(&mut self, name: &str, with: &[(&str, &str)], rate: f64) {
        self.each(name, with, |series| series.rate = rate);
    }

    /// The value of the first that has this name and these labels.
    #[track_caller]
    pub(crate) fn value(&self, name: &str, with: &[(&str, &str)]) -> f64 {
        self.0.iter().find(|series| series.is(name, with)).unwrap().value
    }

    /// A part of what is counted with these labels is counted with another one instead.
    #[track_caller]
    pub(crate) fn shift(&mut self, name: &str, with: &[(&str, &str)], to: (&str, &str), part: f64) {
        let mut moved = Vec::new();
        for series in self.0.iter_mut().filter(|series| series.is(name, with)) {
            moved.push((series.labels.with(to.0, to.1), series.rate * part));
            series.rate *= 1.0 - part;
        }
        assert!(!moved.is_empty(), "nothing is recorded of {name} {with:?}");
        for (labels, rate) in moved {
            match self.0.iter_mut().find(|series| series.labels == labels) {
                Some(series) => series.rate += rate,
                None => self.0.push(Series::new(labels, 0.0, rate)),
            }
        }
    }

    /// A target does not answer any more: its series end.
    #[track_caller]
    pub(crate) fn down(&mut self, job: &str) {
        self.set("up", &[("job", job)], 0.0);
        for series in &mut self.0 {
            let name = series.labels.name();
            series.gone |= series.labels.get("job") == job && name != "up" && !name.starts_with("probe_");
        }
    }

    /// Nobody looks at a target any more.
    pub(crate) fn forget(&mut self, job: &str) {
        for series in &mut self.0 {
            series.gone |= series.labels.get("job") == job;
        }
    }

    /// `seconds` after the last time.
    pub(crate) fn scraped(&mut self, store: &Store, at: i64, seconds: i64) {
        let every = u32::try_from(seconds * 1_000).unwrap();
        let mut batch = store.batch();
        for series in &mut self.0 {
            series.value += series.rate * seconds as f64;
            if series.ended {
                continue;
            }
            series.ended = series.gone;
            let value = if series.gone { STALE } else { series.value };
            batch.add(&series.labels, Sample { at, value }, every).unwrap();
        }
    }
}

/// `name{label="value",…} value rate`
fn read(line: &str) -> Series {
    let (head, rate) = line.rsplit_once(' ').unwrap();
    let (series, value) = head.rsplit_once(' ').unwrap();
    let (name, labels) = series.split_once('{').unwrap();
    let labels = labels.strip_suffix("\"}").unwrap();
    let pairs = labels.split("\",").map(|pair| pair.split_once("=\"").unwrap());
    Series::new(
        Labels::new([(NAME, name)].into_iter().chain(pairs)),
        value.parse().unwrap(),
        rate.parse().unwrap(),
    )
}
