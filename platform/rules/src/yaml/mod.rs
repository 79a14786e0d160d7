//! YAML with true positions: [`node`] is the tree, [`reader`] makes it, [`position`] finds the place of a
//! character of a text in the file, [`fields`] takes a mapping apart and notes what does not belong.

pub(crate) mod fields;
pub(crate) mod node;
pub(crate) mod position;
pub(crate) mod reader;

pub(crate) use fields::{Fields, Report};
pub(crate) use node::{Content, Node};
