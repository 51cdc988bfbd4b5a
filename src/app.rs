//! The only place where everything meets: registry, listeners, jobs, graceful stop.
