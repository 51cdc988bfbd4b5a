//! The registry: which municipality a request is for, one file each.
