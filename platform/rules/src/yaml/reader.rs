//! From text to tree, within bounds.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use super::{Content, Node};

/// Two hundred rules take about 100 KiB; ten times as much is a mistake or an attack.
const LONGEST_FILE: usize = 1 << 20;
/// As many nodes as a file of that length can sensibly have; aliases could otherwise multiply them without end.
const MOST_NODES: usize = 200_000;
/// A text counts as a node for each of these bytes, so that aliases do not multiply a long one without end either.
const NODE: usize = 64;
/// Groups, rules, labels: the formats here are six deep.
const DEEPEST: usize = 32;

/// Why there is no tree: line and column from 1, and a reason.
pub(crate) struct Unreadable {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) reason: String,
}

/// A list or a mapping whose end is not reached yet.
struct Open {
    span: Span,
    anchor: usize,
    mapping: bool,
    parts: Vec<Node>,
}

struct Reader {
    open: Vec<Open>,
    anchors: BTreeMap<usize, (Node, usize)>,
    nodes: usize,
    document: Option<Node>,
}

/// The one document of a text; nothing if it holds none.
pub(crate) fn read(text: &str) -> Result<Option<Node>, Unreadable> {
    if text.len() > LONGEST_FILE {
        let reason = format!("longer than {LONGEST_FILE} bytes: split it into several files");
        return Err(Unreadable {
            line: 0,
            column: 0,
            reason,
        });
    }
    let mut reader = Reader {
        open: Vec::new(),
        anchors: BTreeMap::new(),
        nodes: 0,
        document: None,
    };
    let mut parser = Parser::new_from_str(text);
    let mut last = Span::default();
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| Unreadable {
            line: error.marker().line(),
            column: error.marker().col() + 1,
            reason: format!("no YAML: {}", error.info()),
        })?;
        last = span;
        reader.take(event, span).map_err(|reason| Unreadable {
            line: span.start.line(),
            column: span.start.col() + 1,
            reason,
        })?;
    }
    if reader.open.is_empty() {
        Ok(reader.document)
    } else {
        let reason = "ends in the middle of a document".to_owned();
        Err(Unreadable {
            line: last.end.line(),
            column: last.end.col() + 1,
            reason,
        })
    }
}

impl Reader {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), String> {
        match event {
            Event::DocumentStart(_) if self.document.is_some() => Err(
                "a second document: whatever follows `---` would be ignored; make it a file of its own"
                    .to_owned(),
            ),
            Event::Scalar(text, style, anchor, tag) => {
                if tag.is_some_and(|tag| !tag.is_yaml_core_schema()) {
                    return Err("tags other than YAML's own are not read".to_owned());
                }
                let node = Node {
                    content: Content::Scalar {
                        text: text.into_owned(),
                        style,
                    },
                    span,
                };
                let size = nodes_of(&node);
                self.put(node, anchor, size)
            }
            Event::Alias(anchor) => {
                let (mut node, size) = self
                    .anchors
                    .get(&anchor)
                    .cloned()
                    .ok_or("an alias without its anchor")?;
                // What is said of it is said of the place where it is used.
                node.span = span;
                self.put(node, 0, size)
            }
            Event::SequenceStart(anchor, _) => self.begin(span, anchor, false),
            Event::MappingStart(anchor, _) => self.begin(span, anchor, true),
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            _ => Ok(()),
        }
    }

    fn begin(&mut self, span: Span, anchor: usize, mapping: bool) -> Result<(), String> {
        if self.open.len() >= DEEPEST {
            return Err(format!("nested more than {DEEPEST} deep"));
        }
        self.open.push(Open {
            span,
            anchor,
            mapping,
            parts: Vec::new(),
        });
        Ok(())
    }

    fn end(&mut self) -> Result<(), String> {
        let Some(Open {
            span,
            anchor,
            mapping,
            parts,
        }) = self.open.pop()
        else {
            return Err("an end without its beginning".to_owned());
        };
        let content = if mapping {
            let mut parts = parts.into_iter();
            let mut pairs = Vec::new();
            while let (Some(name), Some(value)) = (parts.next(), parts.next()) {
                pairs.push((name, value));
            }
            Content::Mapping(pairs)
        } else {
            Content::Sequence(parts)
        };
        self.put(Node { content, span }, anchor, 1)
    }

    fn put(&mut self, node: Node, anchor: usize, size: usize) -> Result<(), String> {
        self.nodes += size;
        if self.nodes > MOST_NODES {
            return Err(format!(
                "more than {MOST_NODES} values, aliases counted each time"
            ));
        }
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), nodes_of(&node)));
        }
        match self.open.last_mut() {
            Some(open) => open.parts.push(node),
            None => self.document = Some(node),
        }
        Ok(())
    }
}

fn nodes_of(node: &Node) -> usize {
    1 + match &node.content {
        Content::Scalar { text, .. } => text.len() / NODE,
        Content::Sequence(parts) => parts.iter().map(nodes_of).sum(),
        Content::Mapping(pairs) => pairs
            .iter()
            .map(|(name, value)| nodes_of(name) + nodes_of(value))
            .sum(),
    }
}

/// Whether a scalar is written with `|` or `>`.
pub(crate) fn is_block(style: ScalarStyle) -> bool {
    matches!(style, ScalarStyle::Literal | ScalarStyle::Folded)
}
