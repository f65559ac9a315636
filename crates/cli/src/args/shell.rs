//! Flags for the shell.

use clap::Args;

/// `thalweg man`.
#[derive(Args, Debug)]
pub struct Man {
    /// The verb; the program itself when absent
    pub verb: Option<String>,
}

/// `thalweg completions`.
#[derive(Args, Debug)]
pub struct Completions {
    /// The shell
    pub shell: clap_complete::Shell,
}
