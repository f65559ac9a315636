//! Entropies of a law on finitely many states, in nats.

use thalweg_core::{Error, Result};

/// Shannon's `-sum p log p`.
///
/// # Errors
/// Weights that are negative, not finite, or all zero; they need not sum to one.
pub fn shannon(weights: &[f64]) -> Result<f64> {
    let p = probabilities(weights)?;
    Ok(plogp(&p))
}

/// Renyi's `log(sum p^q) / (1 - q)`: the logarithm of the number of states at `q = 0`, Shannon's at 1, `-log max p` at
/// infinity.
///
/// # Errors
/// As [`shannon`]; a negative order.
pub fn renyi(weights: &[f64], order: f64) -> Result<f64> {
    let p = ordered(weights, order)?;
    Ok(match order {
        1.0 => plogp(&p),
        f64::INFINITY => -p.iter().copied().fold(0.0, f64::max).ln(),
        q => power_sum(&p, q).ln() / (1.0 - q),
    })
}

/// Tsallis's `(1 - sum p^q) / (q - 1)`: Shannon's at `q = 1`.
///
/// # Errors
/// As [`renyi`].
pub fn tsallis(weights: &[f64], order: f64) -> Result<f64> {
    let p = ordered(weights, order)?;
    Ok(match order {
        1.0 => plogp(&p),
        f64::INFINITY => 0.0,
        q => (1.0 - power_sum(&p, q)) / (q - 1.0),
    })
}

/// `-sum p log p` of numbers that are a law.
pub(crate) fn plogp(p: &[f64]) -> f64 {
    -p.iter().filter(|p| **p > 0.0).map(|p| p * p.ln()).sum::<f64>() + 0.0
}

/// Entropy of counts.
pub(crate) fn of_counts(counts: impl Iterator<Item = u64> + Clone) -> f64 {
    let total = counts.clone().sum::<u64>() as f64;
    let p: Vec<f64> = counts.map(|c| c as f64 / total).collect();
    plogp(&p)
}

fn power_sum(p: &[f64], q: f64) -> f64 {
    p.iter().filter(|p| **p > 0.0).map(|p| p.powf(q)).sum()
}

fn ordered(weights: &[f64], order: f64) -> Result<Vec<f64>> {
    if order.is_nan() || order < 0.0 {
        return Err(Error::input(format!("The order of an entropy is {order}, but it must not be negative.")));
    }
    probabilities(weights)
}

fn probabilities(weights: &[f64]) -> Result<Vec<f64>> {
    if let Some(i) = weights.iter().position(|w| !(w.is_finite() && *w >= 0.0)) {
        return Err(Error::input(format!("Weight {i} is {}, but it must be finite and not negative.", weights[i])));
    }
    let total: f64 = weights.iter().sum();
    if !(total > 0.0 && total.is_finite()) {
        return Err(Error::input(format!("The weights sum to {total}, but a law needs positive and finite mass.")));
    }
    Ok(weights.iter().map(|w| w / total).collect())
}
