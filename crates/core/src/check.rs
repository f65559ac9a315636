//! Claims with a known answer, measured on request.
//!
//! The same [`Check`] is a test, a line of `thalweg verify` and a figure in the docs.

use crate::{Context, Result};

/// A claim of a method with an answer that this code did not produce.
pub struct Check {
    /// Name within the method, kebab-case: `gaussian-velocity`.
    pub name: &'static str,
    /// The claim, one sentence a user understands.
    pub claim: &'static str,
    /// Where the expected answer comes from: "closed form: ...", "published: ...", "LP optimum", ...
    pub source: &'static str,
    /// Measures it. All randomness comes from the context's seed.
    pub run: fn(&Context) -> Result<Vec<Measured>>,
}

/// One figure of a check.
#[derive(Clone, Debug)]
pub struct Measured {
    /// What was measured, with units.
    pub what: String,
    /// The figure.
    pub value: f64,
    /// What it must satisfy.
    pub expected: Expected,
}

/// What a figure must satisfy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Expected {
    /// At most this.
    AtMost(f64),
    /// At least this.
    AtLeast(f64),
    /// Within `tolerance` of `value`, absolute.
    Near {
        /// The known answer.
        value: f64,
        /// Largest absolute deviation.
        tolerance: f64,
    },
}

impl Measured {
    /// A figure that must not exceed `bound`.
    pub fn at_most(what: impl Into<String>, value: f64, bound: f64) -> Self {
        Self { what: what.into(), value, expected: Expected::AtMost(bound) }
    }

    /// A figure that must reach `bound`.
    pub fn at_least(what: impl Into<String>, value: f64, bound: f64) -> Self {
        Self { what: what.into(), value, expected: Expected::AtLeast(bound) }
    }

    /// A figure that must lie within `tolerance` of `expected`.
    pub fn near(what: impl Into<String>, value: f64, expected: f64, tolerance: f64) -> Self {
        Self { what: what.into(), value, expected: Expected::Near { value: expected, tolerance } }
    }

    /// Whether the figure satisfies what is expected; NaN never does.
    pub fn holds(&self) -> bool {
        match self.expected {
            Expected::AtMost(bound) => self.value <= bound,
            Expected::AtLeast(bound) => self.value >= bound,
            Expected::Near { value, tolerance } => (self.value - value).abs() <= tolerance,
        }
    }
}

impl std::fmt::Display for Expected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::AtMost(bound) => write!(f, "at most {bound}"),
            Self::AtLeast(bound) => write!(f, "at least {bound}"),
            Self::Near { value, tolerance } => write!(f, "{value} ± {tolerance}"),
        }
    }
}
