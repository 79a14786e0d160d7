//! The report: one document for machines, one page for people.
//!
//! [`page`] lays the page out, from [`course`], [`verdicts`], [`charts`] and
//! [`figures`]. It refers to nothing outside itself and is readable offline.

mod charts;
mod course;
mod document;
mod figures;
mod page;
mod verdicts;

pub(super) use document::{Report, overall};
