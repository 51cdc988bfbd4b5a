//! Importing cards from a file.
