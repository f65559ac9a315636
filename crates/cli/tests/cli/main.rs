//! The command as a user meets it: the built program, real files, exit codes, and what it says.
#![allow(clippy::print_stderr, reason = "a test that cannot be tried here says what is missing")]

mod ask;
mod conduct;
mod damage;
mod figures;
mod flux;
mod kill;
mod matching;
mod measure;
mod memory;
mod page;
mod push;
mod refusals;
mod repeat;
mod route;
mod systems;
