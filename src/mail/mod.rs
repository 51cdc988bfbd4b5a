//! Letters to citizens: which exist, the queue they wait in, how they leave.
