//! A page taken apart: front matter, fenced blocks, and prose. Nothing is understood here but Markdown's fences.

use crate::problem::{Place, Report};

/// Bytes of a page: ours have some five thousand.
const LONGEST: usize = 64 * 1024;
/// Characters of a block's text.
const LONGEST_BLOCK: usize = 4000;

/// Words that begin an info string of ours; other fences are prose.
const OURS: &[&str] = &["step", "undo", "verify"];

/// One line of a file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line<'t> {
    /// Its number, from 1.
    pub(crate) number: usize,
    pub(crate) text: &'t str,
}

/// A fenced block of ours.
#[derive(Debug)]
pub(crate) struct Block<'t> {
    /// `step`, `undo` or `verify`.
    pub(crate) word: &'t str,
    /// What follows the word, and where.
    pub(crate) info: &'t str,
    pub(crate) info_at: Place,
    /// Where the block begins.
    pub(crate) place: Place,
    pub(crate) lines: Vec<Line<'t>>,
}

/// The parts of a page.
#[derive(Debug, Default)]
pub(crate) struct Page<'t> {
    pub(crate) front: Vec<Line<'t>>,
    pub(crate) blocks: Vec<Block<'t>>,
    pub(crate) prose: String,
}

/// Takes a page apart; notes what cannot be.
pub(crate) fn split<'t>(text: &'t str, report: &mut Report) -> Page<'t> {
    let start = Place::new(1, 1);
    let mut page = Page::default();
    if text.len() > LONGEST {
        let reason = format!("longer than {LONGEST} bytes");
        report.at(start, reason, "a page is for one thing: make several");
        return page;
    }
    let lines = text.lines().enumerate().map(|(index, text)| Line {
        number: index + 1,
        text,
    });
    let mut lines = lines.peekable();
    if lines.next_if(|line| line.text.trim_end() == "---").is_none() {
        report.at(
            start,
            "no front matter",
            "begin with a line `---` and the fields of the page",
        );
        return page;
    }
    let mut closed = false;
    for line in lines.by_ref() {
        if line.text.trim_end() == "---" {
            closed = true;
            break;
        }
        page.front.push(line);
    }
    if !closed {
        report.at(start, "the front matter has no end", "close it with a line `---`");
        page.front.clear();
        return page;
    }
    while let Some(line) = lines.next() {
        let Some(fence) = fence(line.text) else {
            page.prose.push_str(line.text);
            page.prose.push('\n');
            continue;
        };
        let mut body = Vec::new();
        let mut ended = false;
        for inside in lines.by_ref() {
            if closes(inside.text, fence) {
                ended = true;
                break;
            }
            body.push(inside);
        }
        if !ended {
            let mend = "close it with as many backquotes as open it";
            report.at(Place::new(line.number, 1), "a block has no end", mend);
        }
        if let Some(block) = block(line, fence, body, report) {
            page.blocks.push(block);
        }
    }
    page
}

/// How many backquotes open a block here, if any do.
fn fence(text: &str) -> Option<usize> {
    let ticks = text.chars().take_while(|c| *c == '`').count();
    (ticks >= 3).then_some(ticks)
}

fn closes(text: &str, fence: usize) -> bool {
    let text = text.trim_end();
    text.len() >= fence && text.chars().all(|c| c == '`')
}

fn block<'t>(line: Line<'t>, fence: usize, lines: Vec<Line<'t>>, report: &mut Report) -> Option<Block<'t>> {
    let info = line.text.get(fence..)?;
    let trimmed = info.trim_start();
    let word = trimmed.split_whitespace().next().unwrap_or_default();
    let word_at = Place::new(line.number, 1 + fence + (info.len() - trimmed.len()));
    if !OURS.contains(&word) {
        // A misspelt block would be prose, and its step would be missing.
        if trimmed.split_whitespace().skip(1).any(|rest| rest.contains('=')) {
            let reason = format!("{word:?} begins no block");
            report.at(word_at, reason, format!("blocks are {}", OURS.join(", ")));
        }
        return None;
    }
    let characters: usize = lines.iter().map(|line| line.text.chars().count() + 1).sum();
    if characters > LONGEST_BLOCK {
        let reason = format!("a block of more than {LONGEST_BLOCK} characters");
        report.at(word_at, reason, "say it shorter, or in the prose");
    }
    let rest = trimmed.get(word.len()..).unwrap_or_default();
    Some(Block {
        word,
        info: rest,
        info_at: word_at.right(word.chars().count()),
        place: word_at,
        lines,
    })
}
