//! Plans with given marginals, as row-major tensors with one axis a marginal.

use thalweg_core::{Error, Result};

/// The marginals that a plan must have, each of mass 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Polytope {
    marginals: Vec<Vec<f64>>,
}

impl Polytope {
    /// The plans with these marginals, each normalised to mass 1.
    ///
    /// # Errors
    /// Fewer than two marginals, one that is empty, a weight that is not positive and finite, or more entries than can
    /// be counted.
    pub fn new(marginals: &[&[f64]]) -> Result<Self> {
        if marginals.len() < 2 || marginals.iter().any(|m| m.is_empty()) {
            return Err(Error::input(format!(
                "A plan needs two marginals or more, none of them empty, and got {} of lengths {:?}.",
                marginals.len(),
                marginals.iter().map(|m| m.len()).collect::<Vec<_>>()
            )));
        }
        for (axis, weights) in marginals.iter().enumerate() {
            if let Some(i) = weights.iter().position(|w| !(*w > 0.0 && w.is_finite())) {
                let sentence = format!("Weight {i} of marginal {axis} is {}, but it must be positive.", weights[i]);
                return Err(Error::input(sentence).advise("Leave points of weight 0 out."));
            }
        }
        let entries = marginals.iter().try_fold(1_usize, |product, m| product.checked_mul(m.len()));
        if entries.is_none_or(|e| e > isize::MAX as usize / 64) {
            return Err(Error::input("The marginals have too many combinations for a dense plan.")
                .advise("Use fewer points or fewer marginals."));
        }
        let normalised = |weights: &&[f64]| -> Vec<f64> {
            let mass: f64 = weights.iter().sum();
            weights.iter().map(|w| w / mass).collect()
        };
        let marginals: Vec<Vec<f64>> = marginals.iter().map(normalised).collect();
        if marginals.iter().flatten().any(|w| w.is_nan() || *w < f64::MIN_POSITIVE) {
            return Err(Error::input("The weights of a marginal differ by more than double precision spans.")
                .advise("Leave the points of least weight out."));
        }
        Ok(Self { marginals })
    }

    /// Number of marginals.
    pub fn axes(&self) -> usize {
        self.marginals.len()
    }

    /// The weights of an axis.
    pub(super) fn marginal(&self, axis: usize) -> &[f64] {
        &self.marginals[axis]
    }

    /// Number of entries of a plan.
    pub fn entries(&self) -> usize {
        self.marginals.iter().map(Vec::len).product()
    }

    /// The product of the marginals.
    pub fn product(&self) -> Vec<f64> {
        let grow = |plan: Vec<f64>, w: &Vec<f64>| plan.iter().flat_map(|p| w.iter().map(move |w| p * w)).collect();
        self.marginals.iter().fold(vec![1.0], grow)
    }

    /// Entries between neighbours along an axis.
    pub(super) fn stride(&self, axis: usize) -> usize {
        self.marginals[axis + 1..].iter().map(Vec::len).product()
    }

    /// Sums of a plan over all axes but one.
    pub(super) fn sums(&self, plan: &[f64], axis: usize) -> Vec<f64> {
        self.fold(plan, axis, 0.0, |sum, v| sum + v)
    }

    /// `f` over the entries that share an index of `axis`.
    pub(super) fn fold(&self, plan: &[f64], axis: usize, start: f64, f: impl Fn(f64, f64) -> f64) -> Vec<f64> {
        let (count, stride) = (self.marginals[axis].len(), self.stride(axis));
        let mut folded = vec![start; count];
        for block in plan.chunks_exact(count * stride) {
            for (into, run) in folded.iter_mut().zip(block.chunks_exact(stride)) {
                *into = run.iter().fold(*into, |a, v| f(a, *v));
            }
        }
        folded
    }

    /// Changes each entry by the number of its index along `axis`.
    pub(super) fn change(&self, plan: &mut [f64], axis: usize, by: &[f64], f: impl Fn(&mut f64, f64)) {
        let stride = self.stride(axis);
        for block in plan.chunks_exact_mut(by.len() * stride) {
            for (number, run) in by.iter().zip(block.chunks_exact_mut(stride)) {
                run.iter_mut().for_each(|v| f(v, *number));
            }
        }
    }

    /// Sum over the axes of the L1 distance of a plan's marginal from the one it must have.
    pub fn violation(&self, plan: &[f64]) -> f64 {
        let error = |axis: usize| -> f64 {
            self.sums(plan, axis).iter().zip(&self.marginals[axis]).map(|(s, w)| (s - w).abs()).sum()
        };
        (0..self.axes()).map(error).sum()
    }

    /// Refuses a tensor that is not of the shape of a plan.
    pub(super) fn check(&self, what: &str, entries: usize) -> Result<()> {
        if entries == self.entries() {
            return Ok(());
        }
        Err(Error::input(format!(
            "The {what} has {entries} entries, but the marginals of lengths {:?} need {}.",
            self.marginals.iter().map(Vec::len).collect::<Vec<_>>(),
            self.entries()
        )))
    }
}

/// A plan with exactly the marginals of `polytope` near `plan`: every axis in turn is scaled down where it has too
/// much, and what is missing everywhere is added as a product. Moves no more mass than a few times the violation.
///
/// # Errors
/// A tensor of another shape, or an entry that is negative or not finite.
pub fn round(mut plan: Vec<f64>, polytope: &Polytope) -> Result<Vec<f64>> {
    polytope.check("plan", plan.len())?;
    if let Some(v) = plan.iter().find(|v| !(v.is_finite() && **v >= 0.0)) {
        return Err(Error::input(format!("An entry of the plan is {v}, but it must be finite and not negative.")));
    }
    for axis in 0..polytope.axes() {
        let sums = polytope.sums(&plan, axis);
        let shrink = |(s, w): (&f64, &f64)| if s > w { w / s } else { 1.0 };
        let factors: Vec<f64> = sums.iter().zip(polytope.marginal(axis)).map(shrink).collect();
        polytope.change(&mut plan, axis, &factors, |v, factor| *v *= factor);
    }
    let missing = |axis: usize| -> Vec<f64> {
        let sums = polytope.sums(&plan, axis);
        sums.iter().zip(polytope.marginal(axis)).map(|(s, w)| (w - s).max(0.0)).collect()
    };
    let missing: Vec<Vec<f64>> = (0..polytope.axes()).map(missing).collect();
    let mass: f64 = missing[0].iter().sum();
    if mass > 0.0 {
        // Each factor but the first has mass 1, so that the product has the mass that is missing.
        let mut addition = vec![1.0; plan.len()];
        for (axis, weights) in missing.iter().enumerate() {
            let total = if axis == 0 { 1.0 } else { weights.iter().sum::<f64>().max(f64::MIN_POSITIVE) };
            let share: Vec<f64> = weights.iter().map(|w| w / total).collect();
            polytope.change(&mut addition, axis, &share, |v, w| *v *= w);
        }
        plan.iter_mut().zip(&addition).for_each(|(p, a)| *p += a);
    }
    Ok(plan)
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_core::Stream;

    #[test]
    fn rounding_gives_exact_marginals_and_leaves_a_plan_alone() {
        for seed in 0..3 {
            let mut stream = Stream::new(seed, "rounding", 0);
            let weights = [5, 4, 3].map(|n| (0..n).map(|_| 0.1 + stream.uniform()).collect::<Vec<_>>());
            let polytope = Polytope::new(&[&weights[0], &weights[1], &weights[2]]).unwrap();
            let rough: Vec<f64> = (0..60).map(|_| stream.uniform() / 30.0).collect();
            let rounded = round(rough, &polytope).unwrap();
            assert!(polytope.violation(&rounded) < 1e-14, "{}", polytope.violation(&rounded));
            let again = round(rounded.clone(), &polytope).unwrap();
            assert!(rounded.iter().zip(&again).all(|(a, b)| (a - b).abs() < 1e-15));
            assert!(polytope.violation(&polytope.product()) < 1e-14);
        }
    }

    #[test]
    fn what_is_no_plan_is_refused() {
        assert!(Polytope::new(&[&[1.0]]).is_err());
        assert!(Polytope::new(&[&[1.0], &[]]).is_err());
        let message = Polytope::new(&[&[1.0], &[0.5, 0.0]]).unwrap_err().to_string();
        assert!(message.contains("Weight 1 of marginal 1"), "{message}");
        let polytope = Polytope::new(&[&[1.0], &[0.5, 0.5]]).unwrap();
        assert!(round(vec![1.0], &polytope).is_err());
        assert!(round(vec![1.0, f64::NAN], &polytope).is_err());
    }
}
