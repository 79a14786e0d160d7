//! A document as a tree.

use saphyr_parser::{ScalarStyle, Span};

/// A part of a document.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// What it is.
    pub(crate) content: Content,
    /// Where it stands in the file.
    pub(crate) span: Span,
}

/// The three kinds of parts.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    /// A text; numbers and booleans are texts here, too, until somebody wants them.
    Scalar {
        /// Without quotes, escapes and folding.
        text: String,
        /// How it was written.
        style: ScalarStyle,
    },
    /// A list.
    Sequence(Vec<Node>),
    /// Names and values, in the order of the file.
    Mapping(Vec<(Node, Node)>),
}

impl Node {
    /// Nothing: left empty, `~` or `null` without quotes.
    pub(crate) fn is_null(&self) -> bool {
        matches!(&self.content, Content::Scalar { text, style: ScalarStyle::Plain }
            if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// The text of a scalar; nothing is the empty text.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.content {
            _ if self.is_null() => Some(""),
            Content::Scalar { text, .. } => Some(text),
            Content::Sequence(_) | Content::Mapping(_) => None,
        }
    }

    /// What to call it in a sentence.
    pub(crate) fn kind(&self) -> &'static str {
        match self.content {
            Content::Scalar { .. } => "a text",
            Content::Sequence(_) => "a list",
            Content::Mapping(_) => "a mapping",
        }
    }
}
