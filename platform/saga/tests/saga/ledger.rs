//! The world outside: what really took effect, and effects that act on it as they are told.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use saga::effects::Doing;
use saga::{Call, Effects, Found, Interrupt, Performed, Way};
use serde_json::json;

use crate::deaths::Deaths;

/// What happened to whom.
type Act = (String, Way);
/// An effect, as a key.
type Key = (String, &'static str);

#[derive(Default)]
struct Facts {
    /// What took effect, in its order.
    acts: Vec<Act>,
    /// How often each effect was begun, whether or not it came to anything.
    begun: BTreeMap<Key, usize>,
}

/// The truth. It outlives whoever acts in it.
#[derive(Clone, Default)]
pub(crate) struct Ledger(Arc<Mutex<Facts>>);

impl Ledger {
    pub(crate) fn acts(&self) -> Vec<Act> {
        self.0.lock().unwrap().acts.clone()
    }

    pub(crate) fn note(&self, step: &str, way: Way) {
        self.0.lock().unwrap().acts.push((step.to_owned(), way));
    }

    fn begin(&self, step: &str, way: Way) {
        *self
            .0
            .lock()
            .unwrap()
            .begun
            .entry((step.to_owned(), way.as_str()))
            .or_default() += 1;
    }

    pub(crate) fn begun(&self, step: &str, way: Way) -> usize {
        let facts = self.0.lock().unwrap();
        facts
            .begun
            .get(&(step.to_owned(), way.as_str()))
            .copied()
            .unwrap_or_default()
    }

    /// How often it took effect.
    pub(crate) fn count(&self, step: &str, way: Way) -> usize {
        self.acts()
            .iter()
            .filter(|act| act.0 == step && act.1 == way)
            .count()
    }

    pub(crate) fn took_effect(&self, step: &str, way: Way) -> bool {
        self.count(step, way) > 0
    }

    /// The steps that stay done.
    pub(crate) fn stands(&self) -> Vec<String> {
        let mut stands: Vec<String> = Vec::new();
        for (step, way) in self.acts() {
            stands.retain(|other| *other != step);
            if way == Way::Do {
                stands.push(step);
            }
        }
        stands.sort();
        stands
    }
}

/// What an effect does when it is begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Does {
    /// It fails, and nothing of it is left.
    Fails,
    /// It takes effect, and nobody hears of it.
    Vanishes,
    /// It does not take effect, and nobody hears of it.
    Sinks,
    /// It waits for somebody.
    Waits,
}

/// Acts in a ledger; what is not scripted takes effect and says so.
#[derive(Clone)]
pub(crate) struct Hands {
    pub(crate) ledger: Ledger,
    pub(crate) deaths: Deaths,
    pub(crate) interrupt: Interrupt,
    /// What the next beginnings of an effect do, the first first.
    script: Arc<Mutex<BTreeMap<Key, Vec<Does>>>>,
    /// What all beginnings of an effect do.
    always: BTreeMap<Key, Does>,
    /// The step after which somebody stops it.
    stop_after: Option<String>,
    /// Whether looking does not help.
    blind: bool,
}

impl Hands {
    pub(crate) fn new() -> Self {
        Self {
            ledger: Ledger::default(),
            deaths: Deaths::none(),
            interrupt: Interrupt::default(),
            script: Arc::default(),
            always: BTreeMap::new(),
            stop_after: None,
            blind: false,
        }
    }

    pub(crate) fn next(self, step: &str, way: Way, does: &[Does]) -> Self {
        let key = (step.to_owned(), way.as_str());
        self.script.lock().unwrap().insert(key, does.to_vec());
        self
    }

    pub(crate) fn always(mut self, step: &str, way: Way, does: Does) -> Self {
        self.always.insert((step.to_owned(), way.as_str()), does);
        self
    }

    pub(crate) fn stop_after(mut self, step: &str) -> Self {
        self.stop_after = Some(step.to_owned());
        self
    }

    pub(crate) fn blind(mut self) -> Self {
        self.blind = true;
        self
    }

    /// Whoever stops it does not forget it when the process dies.
    pub(crate) fn press_stop(&self) {
        if self
            .stop_after
            .as_ref()
            .is_some_and(|step| self.ledger.took_effect(step, Way::Do))
        {
            self.interrupt.stop();
        }
    }

    fn does(&self, call: &Call) -> Option<Does> {
        let key = (call.step.id.clone(), call.way.as_str());
        let mut script = self.script.lock().unwrap();
        match script.get_mut(&key) {
            Some(next) if !next.is_empty() => Some(next.remove(0)),
            _ => self.always.get(&key).copied(),
        }
    }

    async fn act(&self, call: &Call) -> Performed {
        self.ledger.begin(&call.step.id, call.way);
        self.deaths.point("before the effect").await;
        let does = self.does(call);
        if matches!(does, None | Some(Does::Vanishes)) {
            self.ledger.note(&call.step.id, call.way);
            self.press_stop();
            self.deaths.point("amid the effect").await;
        }
        match does {
            None => Performed::Done(json!({ "step": call.step.id })),
            Some(Does::Fails) => Performed::Failed("as it was told".to_owned()),
            Some(Does::Vanishes | Does::Sinks) => Performed::Unknown("no answer".to_owned()),
            Some(Does::Waits) => Performed::Later("somebody is awaited".to_owned()),
        }
    }

    async fn look(&self, call: &Call) -> Found {
        self.deaths.point("before looking").await;
        if self.blind {
            return Found::Unknown("nothing can be seen".to_owned());
        }
        if self.ledger.took_effect(&call.step.id, call.way) {
            Found::Done(json!({ "step": call.step.id }))
        } else {
            Found::NotDone
        }
    }
}

impl Effects for Hands {
    fn perform<'a>(&'a self, call: &'a Call) -> Doing<'a, Performed> {
        Box::pin(self.act(call))
    }

    fn verify<'a>(&'a self, call: &'a Call) -> Doing<'a, Found> {
        Box::pin(self.look(call))
    }
}
