//! The command as a user meets it: the built program, real files, exit codes, and what it says.

mod ask;
mod conduct;
mod damage;
mod kill;
mod push;
mod refusals;
mod repeat;
