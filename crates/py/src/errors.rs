//! Errors of the engine as Python exceptions.

use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::{PyErr, import_exception};
use thalweg_core::{Class, Error};

import_exception!(thalweg._errors, InputError);
import_exception!(thalweg._errors, FailedError);

/// Flags of the command line that sentences of the engine name, and what they are called here.
const FLAGS: &[(&str, &str)] = &[
    ("--config", "config"),
    ("--cost", "cost"),
    ("--epsilon", "epsilon"),
    ("--epsilon-absolute", "epsilon_absolute"),
    ("--features", "use_rep"),
    ("--hold-out", "hold_out"),
    ("--mass", "mass"),
    ("--max-iterations", "max_iterations"),
    ("--memory", "memory"),
    ("--method", "method"),
    ("--output", "output"),
    ("--resume", "resume=True"),
    ("--rho", "rho"),
    ("--rho-absolute", "rho_absolute"),
    ("--seed", "seed"),
    ("--set", "settings"),
    ("--threads", "threads"),
    ("--time", "time_key"),
    ("--tolerance", "tolerance"),
    ("--top-k", "top_k"),
    ("--weights", "weights"),
    ("-o", "output"),
];

/// Phrases of the command line, and how they are said here.
const PHRASES: &[(&str, &str)] =
    &[("--set fit.steps=2000", "settings={'fit.steps': 2000}"), ("`thalweg methods`", "`thalweg.methods()`")];

/// The exception for an error: `InputError` (a `ValueError`) for bad input, `FailedError` (a `RuntimeError`) for work
/// or a system that failed, `KeyboardInterrupt` where the user asked to stop.
pub fn raise(error: Error) -> PyErr {
    let message = spoken(error.message());
    let advice = error.advice().map(spoken);
    match error.class() {
        Class::Input => InputError::new_err((message, advice)),
        Class::Failed | Class::System => FailedError::new_err((message, advice)),
        Class::Interrupted => PyKeyboardInterrupt::new_err(message),
    }
}

/// A sentence of the engine in the words of Python. Only whole words are flags: a path or a column may hold one too.
fn spoken(sentence: &str) -> String {
    let said = PHRASES.iter().fold(sentence.to_owned(), |text, (phrase, here)| text.replace(phrase, here));
    asked(&said).split_inclusive(' ').map(word).collect()
}

/// ``thalweg methods NAME`` as the call that it is here.
fn asked(text: &str) -> String {
    const COMMAND: &str = "`thalweg methods ";
    match text.split_once(COMMAND).and_then(|(before, rest)| Some((before, rest.split_once('`')?))) {
        Some((before, (name, after))) => format!("{before}`thalweg.methods('{name}')`{after}"),
        None => text.to_owned(),
    }
}

fn word(text: &str) -> String {
    let bare = text.trim_start_matches('(');
    let flag = bare.trim_end_matches([' ', '.', ',', ':', ';', ')']);
    match FLAGS.iter().find(|(known, _)| *known == flag) {
        Some((_, parameter)) => text.replacen(flag, parameter, 1),
        None => text.to_owned(),
    }
}
