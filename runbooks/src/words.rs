//! A command's words: divided at white space, `"…"` keeps together. There is no shell and nothing else is special.

use crate::page::Line;
use crate::problem::{Place, Report};

/// One word, as written, and where its text begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) text: String,
    pub(crate) place: Place,
}

/// The words of some lines. Braces keep together, too, so that `{{ name }}` is part of one word.
pub(crate) fn read(lines: &[Line<'_>], report: &mut Report) -> Vec<Word> {
    let mut words = Vec::new();
    for line in lines {
        let characters: Vec<char> = line.text.chars().collect();
        let mut at = 0;
        while let Some(c) = characters.get(at) {
            if c.is_whitespace() {
                at += 1;
                continue;
            }
            let quoted = *c == '"';
            at += usize::from(quoted);
            let place = Place::new(line.number, at + 1);
            let (mut text, mut inside) = (String::new(), false);
            let mut closed = false;
            while let Some(c) = characters.get(at) {
                let pair = (*c, characters.get(at + 1).copied().unwrap_or(' '));
                match pair {
                    ('{', '{') => inside = true,
                    ('}', '}') => inside = false,
                    _ => {}
                }
                if quoted && *c == '"' {
                    closed = true;
                    at += 1;
                    break;
                }
                if !quoted && !inside && c.is_whitespace() {
                    break;
                }
                text.push(*c);
                at += 1;
            }
            if quoted && !closed {
                report.at(place, "a quote has no end", "close it with \" on the same line");
            }
            words.push(Word { text, place });
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_keep_their_places_and_nothing_is_special_in_them() {
        let line = |number, text| Line { number, text };
        let mut report = Report::default();
        let words = read(
            &[
                line(7, "backstop 原因 \"a b\" --x={{ y }}"),
                line(8, "  '$(rm)' \\ ;|"),
            ],
            &mut report,
        );
        let words: Vec<(&str, usize, usize)> = words
            .iter()
            .map(|word| (word.text.as_str(), word.place.line, word.place.column))
            .collect();
        assert_eq!(
            words,
            [
                ("backstop", 7, 1),
                ("原因", 7, 10),
                ("a b", 7, 14),
                ("--x={{ y }}", 7, 19),
                ("'$(rm)'", 8, 3),
                ("\\", 8, 11),
                (";|", 8, 13)
            ]
        );
        assert_eq!(report.0, []);
        read(&[line(1, "a \"b")], &mut report);
        assert_eq!(report.0[0].place, Place::new(1, 4));
    }
}
