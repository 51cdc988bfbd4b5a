//! Change events: who did what to which record, append-only and chained, written with the change itself.
