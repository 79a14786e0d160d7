//! The report: one document for machines, one page for people.
//!
//! [`page`] lays the page out, from [`verdicts`] and [`charts`]. It refers to
//! nothing outside itself and is readable offline.

mod charts;
mod document;
mod page;
mod verdicts;

pub(super) use document::Report;
