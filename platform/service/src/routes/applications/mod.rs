//! Verbs on applications, one file each.

pub mod accept;
pub mod apply;
pub mod approve;
pub mod pre_approve;
pub mod reveal;
pub mod show;
pub mod take_up;
