//! Names of labels, and the labels that the absence of a selector's series has.

use crate::syntax::tree::{Expr, Node};
use crate::{Labels, NAME};

pub(super) fn is_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Those that a selector demands by `=`; one that is demanded twice is not among them.
pub(super) fn of_absence(expr: &Expr) -> Labels {
    let (Node::Selector(selector) | Node::Range(selector, _)) = &expr.bare().node else {
        return Labels::none();
    };
    let mut demanded: Vec<&str> = Vec::new();
    let mut labels = Labels::none();
    for each in &selector.matchers {
        let name = each.matcher.name.as_str();
        if name == NAME {
            continue;
        }
        if each.operator == "=" && !demanded.contains(&name) {
            labels = labels.with(name, &each.value);
            demanded.push(name);
        } else {
            labels = labels.with(name, "");
        }
    }
    labels
}
