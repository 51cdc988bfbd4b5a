//! What a city decides on its staff pages: every setting with its default, typed.
