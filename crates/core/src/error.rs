//! One opaque error for the whole workspace.
//!
//! A message is a whole sentence that names the offending value and what was expected; `advice` says what to
//! do about it. Callers branch on the [`Class`] alone, which is also the exit code of the command line.

use std::fmt;

/// Result with thalweg's error.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What a caller can do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The input or the usage is wrong; nothing was started (exit code 2).
    Input,
    /// The work was started and failed: divergence, a budget, a broken invariant (exit code 1).
    Failed,
    /// The operating system refused: a file, a folder, a full disk (exit code 1).
    System,
    /// The caller asked to stop (exit code 130).
    Interrupted,
}

/// An error with a sentence, and usually a sentence of advice.
pub struct Error(Box<Inner>);

struct Inner {
    class: Class,
    message: String,
    advice: Option<String>,
}

impl Error {
    /// Bad input or usage: refused before work started.
    pub fn input(message: impl Into<String>) -> Self {
        Self::new(Class::Input, message)
    }

    /// Work that started and could not be finished.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(Class::Failed, message)
    }

    /// The operating system refused `action` (for example "write the run folder runs/a").
    pub fn system(action: impl fmt::Display, cause: impl fmt::Display) -> Self {
        Self::new(Class::System, format!("Could not {action}: {cause}."))
    }

    /// The caller asked to stop.
    pub fn interrupted() -> Self {
        Self::new(Class::Interrupted, "The work was interrupted before it finished.")
    }

    fn new(class: Class, message: impl Into<String>) -> Self {
        Self(Box::new(Inner { class, message: message.into(), advice: None }))
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn advise(mut self, advice: impl Into<String>) -> Self {
        self.0.advice = Some(advice.into());
        self
    }

    /// Puts where it happened in front of the message: `"context: message"`.
    #[must_use]
    pub fn within(mut self, place: impl fmt::Display) -> Self {
        self.0.message = format!("{place}: {}", self.0.message);
        self
    }

    /// What a caller can do about it.
    pub fn class(&self) -> Class {
        self.0.class
    }

    /// The sentence, without the advice.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What to do about it, where known.
    pub fn advice(&self) -> Option<&str> {
        self.0.advice.as_deref()
    }

    /// The exit code of the command line for this error.
    pub fn exit_code(&self) -> u8 {
        match self.0.class {
            Class::Input => 2,
            Class::Failed | Class::System => 1,
            Class::Interrupted => 130,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        match &self.0.advice {
            Some(advice) => write!(f, " {advice}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {self}", self.0.class)
    }
}

impl std::error::Error for Error {}
