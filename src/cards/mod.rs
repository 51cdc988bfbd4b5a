//! Cards: what is known of each, where it lies, its status, how it came in.
