//! The pages: forms in, operations called, views out.
