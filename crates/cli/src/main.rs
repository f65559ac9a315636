//! The `thalweg` command: its verbs over the engine, exit codes that scripts can trust.
//!
//! 0 done, 1 failed or not converged, 2 bad input or usage, 130 interrupted.

mod args;
mod console;
mod flux;
mod learn;
mod matching;
mod measure;
mod methods;
mod push;
mod report;
mod route;
mod series;
mod simulate;
mod systems;
mod verify;

use args::{Cli, Verb};
use clap::{CommandFactory, FromArgMatches};
use std::process::ExitCode;
use thalweg_core::{Error, Result};

fn main() -> ExitCode {
    let given = program().get_matches();
    let cli = Cli::from_arg_matches(&given).unwrap_or_else(|error| error.exit());
    match run(cli.verb) {
        Ok(code) => code,
        Err(error) => {
            console::complain(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

/// The definition of the program, in which every flag takes a negative number as its value: what is wrong with it is said
/// where the range is known.
fn program() -> clap::Command {
    fn open(verb: clap::Command) -> clap::Command {
        verb.mut_args(|arg| if arg.get_action().takes_values() { arg.allow_negative_numbers(true) } else { arg })
    }
    Cli::command().mut_subcommands(open)
}

/// The definition of the program, or of one verb with all its flags.
fn described(verb: Option<&str>) -> Result<clap::Command> {
    let mut program = program();
    // Subcommands learn their full names and the flags they share only when the whole is put together.
    program.build();
    let Some(verb) = verb else { return Ok(program) };
    let names: Vec<String> = program.get_subcommands().map(|c| c.get_name().to_owned()).collect();
    program.find_subcommand(verb).cloned().ok_or_else(|| {
        Error::input(format!("There is no verb called \"{verb}\"."))
            .advise(format!("Choose from {}.", names.join(", ")))
    })
}

fn run(verb: Verb) -> Result<ExitCode> {
    match verb {
        Verb::Learn(a) => learn::learn(a),
        Verb::Demo(a) => learn::demo(a),
        Verb::Push(a) => push::push(a),
        Verb::Match(a) => matching::matched(a),
        Verb::Route(a) => route::route(a),
        Verb::Report(a) => report::report(a),
        Verb::Methods(a) => methods::methods(a),
        Verb::Verify(a) => verify::verify(a),
        Verb::Cite(a) => methods::cite(a),
        Verb::Systems(a) => systems::systems(a),
        Verb::Simulate(a) => simulate::simulate(a),
        Verb::Measure(a) => measure::measure(a),
        Verb::Completions(a) => {
            let mut script = Vec::new();
            clap_complete::generate(a.shell, &mut Cli::command(), "thalweg", &mut script);
            console::print_bytes(&script)
        }
        Verb::Man(a) => {
            let mut page = Vec::new();
            clap_mangen::Man::new(described(a.verb.as_deref())?)
                .render(&mut page)
                .map_err(|e| Error::system("render the man page", e))?;
            console::print_bytes(&page)
        }
    }
}
