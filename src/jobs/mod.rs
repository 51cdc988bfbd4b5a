//! What the program does by itself: loops that call one operation each.
