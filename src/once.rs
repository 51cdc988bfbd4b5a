//! Forms that take effect once: the key of a form sent twice leads to the first result.
