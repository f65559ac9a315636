//! Errors of the engine as Python exceptions.

use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::{PyErr, import_exception};
use thalweg_core::{Class, Error};

import_exception!(thalweg._errors, InputError);
import_exception!(thalweg._errors, FailedError);

/// Flags of the command line that sentences of the engine name, and what they are called here.
const FLAGS: &[(&str, &str)] = &[
    ("--features", "use_rep"),
    ("--hold-out", "hold_out"),
    ("--memory", "memory"),
    ("--method", "method"),
    ("--resume", "resume=True"),
    ("--set ", "settings "),
    ("--time", "time_key"),
    ("--weights", "weights"),
    ("Choose another -o", "Choose another output"),
    ("`thalweg methods`", "`thalweg.methods()`"),
];

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

fn spoken(sentence: &str) -> String {
    FLAGS.iter().fold(sentence.to_owned(), |text, (flag, parameter)| text.replace(flag, parameter))
}
