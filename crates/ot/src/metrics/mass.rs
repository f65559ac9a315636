//! Relative mass error.

use thalweg_core::{Error, Result};

/// `|predicted - observed| / observed` of two mass ratios (mass at a time over mass at the first time).
///
/// # Errors
/// A ratio that is negative or not finite, or an observed ratio of zero.
pub fn relative_mass_error(predicted: f64, observed: f64) -> Result<f64> {
    if !(predicted >= 0.0 && predicted.is_finite() && observed > 0.0 && observed.is_finite()) {
        return Err(Error::input(format!(
            "A mass error of the predicted ratio {predicted} against the observed ratio {observed} is undefined: both must be finite, the observed one positive."
        )));
    }
    Ok((predicted - observed).abs() / observed)
}
