//! The place in the file of a character of a text: past quotes, escapes, folding and indentation.

use saphyr_parser::ScalarStyle;

use super::reader::is_block;
use super::{Content, Node};

/// Line and column from 1.
pub(crate) fn start(node: &Node) -> (usize, usize) {
    (node.span.start.line(), node.span.start.col() + 1)
}

/// Line and column, from 1, of the character number `offset`, from 0, of a scalar's text; the scalar's own place
/// if it cannot be told.
///
/// Text and file hold the same characters in the same order but for white space, which YAML folds and strips,
/// and escapes; so both are walked side by side, and white space is skipped in either.
pub(crate) fn within(file: &str, node: &Node, offset: usize) -> (usize, usize) {
    let Content::Scalar { text, style } = &node.content else {
        return start(node);
    };
    let from = node.span.start.index();
    let raw: Vec<char> = file
        .chars()
        .skip(from)
        .take(node.span.end.index().saturating_sub(from))
        .collect();
    let mut at = beginning(&raw, *style);
    for (number, wanted) in text.chars().enumerate() {
        if wanted.is_whitespace() {
            if number == offset {
                break;
            }
            // An escaped one takes place in the file; others are skipped when the next character is looked for.
            if *style == ScalarStyle::DoubleQuoted && is_escaped_space(raw.get(at..).unwrap_or_default()) {
                at += 2;
            }
            continue;
        }
        while raw.get(at).is_some_and(|c| c.is_whitespace()) || is_continued(&raw, at, *style) {
            at += 1;
        }
        if number == offset {
            break;
        }
        at += width(raw.get(at..).unwrap_or_default(), *style);
    }
    let (mut line, mut column) = start(node);
    for c in raw.iter().take(at) {
        if *c == '\n' {
            line += 1;
            column = 1;
        } else {
            column += 1;
        }
    }
    (line, column)
}

/// Past the opening quote, or past the line of a block's `|` or `>`.
fn beginning(raw: &[char], style: ScalarStyle) -> usize {
    match (style, raw.first()) {
        (ScalarStyle::DoubleQuoted, Some('"')) | (ScalarStyle::SingleQuoted, Some('\'')) => 1,
        (_, Some('|' | '>')) if is_block(style) => raw
            .iter()
            .position(|c| *c == '\n')
            .map_or(raw.len(), |end| end + 1),
        _ => 0,
    }
}

fn is_continued(raw: &[char], at: usize, style: ScalarStyle) -> bool {
    style == ScalarStyle::DoubleQuoted && raw.get(at) == Some(&'\\') && raw.get(at + 1) == Some(&'\n')
}

fn is_escaped_space(raw: &[char]) -> bool {
    matches!(raw, ['\\', 'n' | 't' | 'r' | ' ', ..])
}

/// How many characters of the file are this one of the text.
fn width(raw: &[char], style: ScalarStyle) -> usize {
    match (style, raw) {
        (ScalarStyle::SingleQuoted, ['\'', '\'', ..]) => 2,
        (ScalarStyle::DoubleQuoted, ['\\', 'x', ..]) => 4,
        (ScalarStyle::DoubleQuoted, ['\\', 'u', ..]) => 6,
        (ScalarStyle::DoubleQuoted, ['\\', 'U', ..]) => 10,
        (ScalarStyle::DoubleQuoted, ['\\', ..]) => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::super::reader::read;
    use super::*;

    /// Where the `!` of the value of `key` is in the file, against where it is said to be.
    fn found(file: &str) {
        let Ok(Some(node)) = read(file) else {
            panic!("not read: {file}")
        };
        let Content::Mapping(pairs) = &node.content else {
            panic!("no mapping")
        };
        let value = &pairs.first().expect("a pair").1;
        let offset = value
            .text()
            .expect("a text")
            .chars()
            .position(|c| c == '!')
            .expect("a mark");
        let before = file.split('!').next().expect("a mark in the file");
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().expect("a line").chars().count() + 1;
        assert_eq!(within(file, value, offset), (line, column), "{file}");
    }

    #[test]
    fn a_character_is_found_in_every_style() {
        for file in [
            "key: sum(x) !y\n",
            "key: sum(x)\n  by (a)\n    !y\n",
            "key: 'it''s !y'\n",
            "key: \"a\\\"b\\u4e2d\\t !y\"\n",
            "key: \"a\\n\\n b\\\n   c !y\"\n",
            "key: |\n  sum(x)\n  !y\n",
            "key: |-\n    sum(x)\n\n      by  !y\n",
            "key: >-\n  逾期 sum(x)\n  by\n  !y\n",
            "key: > # a remark\n  sum(x)   !y\n",
            "key: !y\n".replace("!y", "逾期!y").as_str(),
        ] {
            found(file);
        }
    }
}
