//! What a block says, by its kind.

use crate::attributes::Attributes;
use crate::condition::look;
use crate::page::Block;
use crate::plan::Does;
use crate::request::http;
use crate::template::Template;
use crate::texts::{Scope, Where, check, first, prompt};
use crate::values::{people, seconds};
use crate::words;

const KINDS: &str = "command, http, wait-until, human, approval";
/// Words of a command: ours take some ten options.
const MOST_WORDS: usize = 60;
/// Seconds: of a command that is not told otherwise, and of a wait between two looks.
const COMMAND: u32 = 60;
const INTERVAL: u32 = 10;
/// Seconds of a day: whoever waits for longer has gone home.
const DAY: u32 = 24 * 3600;

/// What a step or an undo does.
pub(crate) fn does(block: &Block<'_>, attributes: &Attributes, scope: &mut Scope<'_>) -> Option<Does> {
    let kind = attributes.must("kind", &format!("one of {KINDS}"), scope.report)?;
    let (place, kind) = (kind.value_at, kind.value.as_str());
    match kind {
        "command" => {
            let timeout = seconds(attributes, "timeout", (Some(COMMAND), 1, 3600), scope.report);
            let argv = argv(block, scope)?;
            Some(Does::Command {
                argv,
                timeout: timeout?,
            })
        }
        "http" => http(block, attributes, scope),
        "wait-until" => {
            let timeout = seconds(attributes, "timeout", (None, 1, DAY), scope.report);
            let interval = seconds(attributes, "interval", (Some(INTERVAL), 1, 600), scope.report);
            let until = look(block, attributes, scope)?;
            Some(Does::WaitUntil {
                until,
                timeout: timeout?,
                interval: interval?,
            })
        }
        "human" => {
            let confirm = attributes.must(
                "confirm",
                "say what to type when it is done: confirm=\"已核对\"",
                scope.report,
            );
            let confirm = confirm.map(|confirm| confirm.value.clone());
            let prompt = prompt(block, scope)?;
            Some(Does::Human {
                prompt,
                confirm: confirm?,
            })
        }
        "approval" => {
            let timeout = seconds(attributes, "timeout", (None, 60, DAY), scope.report);
            let people = people(attributes, scope.report);
            let text = prompt(block, scope)?;
            Some(Does::Approval {
                text,
                people: people?,
                timeout: timeout?,
            })
        }
        _ => {
            scope
                .report
                .at(place, format!("{kind:?} is no kind"), format!("one of {KINDS}"));
            None
        }
    }
}

/// The words of a command.
pub(crate) fn argv(block: &Block<'_>, scope: &mut Scope<'_>) -> Option<Vec<Template>> {
    let words = words::read(&block.lines, scope.report);
    if words.len() > MOST_WORDS {
        let reason = format!("more than {MOST_WORDS} words");
        scope
            .report
            .at(first(block), reason, "give the command fewer options");
    }
    match words.first() {
        Some(word) if word.text == "backstop" => {}
        Some(word) => {
            let mend = "a step runs `backstop …`; for others there is kind=human";
            scope
                .report
                .at(word.place, format!("{:?} is no command of ours", word.text), mend);
            return None;
        }
        None => {
            scope
                .report
                .at(block.place, "an empty command", "write `backstop …`");
            return None;
        }
    }
    for word in &words {
        check(&word.text, word.place, Where::Anything, scope);
    }
    Some(words.into_iter().map(|word| Template(word.text)).collect())
}
