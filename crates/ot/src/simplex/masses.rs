//! Weights as integers, so that flows are exact and ties are ties.

use thalweg_core::Result;

/// Units into which the total mass is cut when the weights are not integers.
const UNITS: i64 = 1 << 60;

/// Supplies and demands with equal totals.
pub(crate) struct Masses {
    pub(crate) supply: Vec<i64>,
    pub(crate) demand: Vec<i64>,
    pub(crate) total: i64,
}

impl Masses {
    /// Both sides in one unit: exactly where the weights are equal or integers, otherwise rounded to 2^-60 of the mass.
    /// Positive weights stay positive.
    pub(crate) fn new(a: &[f64], b: &[f64]) -> Result<Self> {
        crate::line::check_weights(a)?;
        crate::line::check_weights(b)?;
        if let (Some(a), Some(b)) = (counts(a), counts(b)) {
            let (total_a, total_b) = (a.iter().sum::<i64>(), b.iter().sum::<i64>());
            let divisor = gcd(total_a, total_b);
            if let Some(total) = (total_a / divisor).checked_mul(total_b).filter(|t| *t <= UNITS) {
                let scaled = |w: Vec<i64>, by: i64| w.into_iter().map(|v| v * by).collect();
                return Ok(Self { supply: scaled(a, total_b / divisor), demand: scaled(b, total_a / divisor), total });
            }
        }
        Ok(Self { supply: rounded(a), demand: rounded(b), total: UNITS })
    }
}

/// The weights as integers: ones and zeros for equal weights, themselves for integers below 2^40.
fn counts(w: &[f64]) -> Option<Vec<i64>> {
    let top = w.iter().copied().fold(0.0, f64::max);
    if w.iter().all(|v| *v == 0.0 || *v == top) {
        return Some(w.iter().map(|v| i64::from(*v > 0.0)).collect());
    }
    let whole = w.iter().all(|v| v.fract() == 0.0) && w.iter().sum::<f64>() < (1_i64 << 40) as f64;
    whole.then(|| w.iter().map(|v| *v as i64).collect())
}

/// Probabilities in units of 2^-60; the rounding goes to the largest.
fn rounded(w: &[f64]) -> Vec<i64> {
    let mass: f64 = w.iter().sum();
    let mut units: Vec<i64> =
        w.iter().map(|v| if *v > 0.0 { ((v / mass * UNITS as f64).round() as i64).max(1) } else { 0 }).collect();
    let off = UNITS - units.iter().sum::<i64>();
    if let Some(largest) = units.iter_mut().max() {
        *largest += off;
    }
    units
}

fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { gcd(b, a % b) }
}
