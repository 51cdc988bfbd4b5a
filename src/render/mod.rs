//! Templates and messages: the only room that knows the template engine.
