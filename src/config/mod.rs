//! config.toml, read strictly and typed.
