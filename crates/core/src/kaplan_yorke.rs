//! The Kaplan-Yorke dimension, of exponents from any source.

/// Where the sum of `exponents` (largest first), interpolated, falls to zero (Kaplan and Yorke, Lecture Notes in Mathematics
/// 730, 1979): 0 where the first is negative, and their number where the sum of all is not negative beyond `error`.
pub fn kaplan_yorke(exponents: &[f64], error: f64) -> f64 {
    let mut sum = 0.0;
    for (k, value) in exponents.iter().enumerate() {
        let last = k + 1 == exponents.len();
        if sum + value < if last { -error } else { 0.0 } {
            return k as f64 + sum / value.abs();
        }
        sum += value;
    }
    exponents.len() as f64
}
