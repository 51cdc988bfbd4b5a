//! The city's staff: who they are, what role and places they have, and who is shut out.
//!
//! Spec: 7(2)②.

pub(super) mod acts;
pub(super) mod form;
pub(super) mod list;

pub(super) use acts::{ask_reset, disable, enable, force_out, reset, unlock};
pub(super) use form::{add, ask_new, change, show};
pub(super) use list::{list, sign_ins};
