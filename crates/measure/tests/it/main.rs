//! Measures against closed forms and published figures.

mod chain;
