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

impl std::fmt::Display for Measured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: measured {}, expected ", self.what, significant(self.value, 6))?;
        match self.expected {
            Expected::AtMost(bound) => write!(f, "at most {}", significant(bound, 6)),
            Expected::AtLeast(bound) => write!(f, "at least {}", significant(bound, 6)),
            // The deviation of two long numbers cannot be read off their digits.
            Expected::Near { value, tolerance } => {
                let (near, far) = (significant(value, 6), significant(tolerance, 2));
                write!(f, "{near} ± {far} (off by {})", significant((self.value - value).abs(), 2))
            }
        }
    }
}

/// `value` to `digits` significant digits, with a power of ten where it is small or large.
fn significant(value: f64, digits: usize) -> String {
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    let scientific = format!("{value:.*e}", digits - 1);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let bare = |text: &str| {
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text.to_owned() }
    };
    match exponent.parse::<i32>() {
        Ok(power) if (-4..6).contains(&power) => {
            bare(&format!("{value:.*}", (digits as i32 - 1 - power).max(0) as usize))
        }
        _ => format!("{}e{exponent}", bare(mantissa)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_shows_its_digits_however_small_it_is() {
        for (value, text) in [
            (1.096_699, "1.0967"),
            (2.5e-13, "2.5e-13"),
            (-14.572, "-14.572"),
            (1e6, "1e6"),
            (999_999.96, "1e6"),
            (0.0, "0"),
            (120.0, "120"),
        ] {
            assert_eq!(significant(value, 6), text);
        }
        let near = Measured::near("slope", 1.380_952_380_952_4, 29.0 / 21.0, 1.38e-12);
        assert_eq!(near.to_string(), "slope: measured 1.38095, expected 1.38095 ± 1.4e-12 (off by 1.9e-14)");
        assert_eq!(Measured::at_most("gap", f64::NAN, 1e-9).to_string(), "gap: measured NaN, expected at most 1e-9");
    }
}
