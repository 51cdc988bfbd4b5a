//! Locations, opening hours and slots: a pure schedule, the booking windows over it.
