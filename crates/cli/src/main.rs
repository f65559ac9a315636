//! The `thalweg` command: five verbs over the engine, exit codes that scripts can trust.
//!
//! 0 done, 1 failed or not converged, 2 bad input or usage, 130 interrupted.

mod args;
mod console;
mod learn;
mod methods;
mod push;
mod report;
mod size;
mod verify;

use args::{Cli, Verb};
use clap::{CommandFactory, Parser};
use std::process::ExitCode;
use thalweg_core::{Error, Result};

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli.verb) {
        Ok(code) => code,
        Err(error) => {
            console::complain(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

fn run(verb: Verb) -> Result<ExitCode> {
    match verb {
        Verb::Learn(a) => learn::learn(a),
        Verb::Demo(a) => learn::demo(a),
        Verb::Push(a) => push::push(a),
        Verb::Report(a) => report::report(a),
        Verb::Methods(a) => methods::methods(a),
        Verb::Verify(a) => verify::verify(a),
        Verb::Cite(a) => methods::cite(a),
        Verb::Completions(a) => {
            let mut script = Vec::new();
            clap_complete::generate(a.shell, &mut Cli::command(), "thalweg", &mut script);
            console::print_bytes(&script)
        }
        Verb::Man => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Cli::command())
                .render(&mut page)
                .map_err(|e| Error::system("render the man page", e))?;
            console::print_bytes(&page)
        }
    }
}
