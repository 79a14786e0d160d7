//! The front matter as a tree with places: texts, lists and mappings, nothing else of YAML.

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use crate::page::Line;
use crate::problem::{Place, Report};

/// Nodes of a front matter: ours have sixty.
const MOST: usize = 500;
/// Parameters are three deep.
const DEEPEST: usize = 6;

/// A part of a front matter.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) content: Content,
}

#[derive(Debug, Clone)]
pub(crate) enum Content {
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

impl Node {
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Text(text) => Some(text),
            Content::List(_) | Content::Map(_) => None,
        }
    }
}

struct Open {
    place: Place,
    map: bool,
    parts: Vec<Node>,
}

/// The tree of a front matter; nothing, and noted, if it is none.
pub(crate) fn read(front: &[Line<'_>], report: &mut Report) -> Option<Node> {
    // The line of the first `---`; what follows it counts from there.
    let before = front.first().map_or(1, |line| line.number - 1);
    let text: String = front.iter().flat_map(|line| [line.text, "\n"]).collect();
    let mut parser = Parser::new_from_str(&text);
    let (mut open, mut nodes) = (Vec::<Open>::new(), 0);
    while let Some(event) = parser.next_event() {
        let (event, span) = match event {
            Ok(event) => event,
            Err(error) => {
                let place = Place::new(before + error.marker().line(), error.marker().col() + 1);
                report.at(
                    place,
                    format!("no YAML: {}", error.info()),
                    "mend it here or just before",
                );
                return None;
            }
        };
        let place = place(before, span);
        nodes += 1;
        if nodes > MOST || open.len() > DEEPEST {
            report.at(
                place,
                "too much for a front matter",
                "leave out what is no field of a page",
            );
            return None;
        }
        let done = match event {
            Event::Scalar(text, style, anchor, tag) => {
                if anchor != 0 || tag.is_some() {
                    report.at(place, "anchors and tags are not read", "write the text itself");
                    return None;
                }
                Some(Node {
                    place,
                    content: Content::Text(scalar(&text, style)),
                })
            }
            Event::Alias(_) => {
                report.at(place, "anchors and tags are not read", "write the text itself");
                return None;
            }
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                let map = matches!(event, Event::MappingStart(..));
                let parts = Vec::new();
                open.push(Open { place, map, parts });
                None
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop().map(close),
            _ => None,
        };
        if let Some(node) = done {
            match open.last_mut() {
                Some(open) => open.parts.push(node),
                None => return Some(node),
            }
        }
    }
    report.at(
        Place::new(before, 1),
        "the front matter is empty",
        "give the fields of the page",
    );
    None
}

fn scalar(text: &str, style: ScalarStyle) -> String {
    // `~` and `null` are no texts of ours, so they are read as what they look like: nothing.
    match (style, text) {
        (ScalarStyle::Plain, "~" | "null") => String::new(),
        _ => text.to_owned(),
    }
}

fn close(open: Open) -> Node {
    let content = if open.map {
        let mut parts = open.parts.into_iter();
        let mut pairs = Vec::new();
        while let (Some(name), Some(value)) = (parts.next(), parts.next()) {
            pairs.push((name, value));
        }
        Content::Map(pairs)
    } else {
        Content::List(open.parts)
    };
    Node {
        place: open.place,
        content,
    }
}

fn place(before: usize, span: Span) -> Place {
    Place::new(before + span.start.line(), span.start.col() + 1)
}
