//! Convex functions of a plan, by their gradients.

use super::polytope::Polytope;
use thalweg_core::{Result, Stream};

/// A convex function of a plan. Plans and gradients are row-major tensors, one axis a marginal.
pub trait Objective: Sync {
    /// The function itself.
    fn value(&self, plan: &[f64]) -> f64;

    /// Writes a gradient at `plan`, or an unbiased estimate of one, for step `step` (from 1). All randomness comes
    /// from the stream; online losses differ by step.
    ///
    /// # Errors
    /// What the implementation cannot do.
    fn gradient(&self, plan: &[f64], step: u64, stream: &mut Stream, out: &mut [f64]) -> Result<()>;

    /// A bound of the absolute entries of all gradients.
    fn bound(&self) -> f64;

    /// Refuses a shape or marginals that the function is not made for.
    ///
    /// # Errors
    /// As said.
    fn check(&self, _polytope: &Polytope) -> Result<()> {
        Ok(())
    }
}

/// `sum C P`: optimal transport, with two marginals or more.
#[derive(Clone, Debug)]
pub struct Linear {
    /// The costs, in the shape of the plan.
    pub cost: Vec<f64>,
}

impl Objective for Linear {
    fn value(&self, plan: &[f64]) -> f64 {
        self.cost.iter().zip(plan).map(|(c, p)| c * p).sum()
    }

    fn gradient(&self, _plan: &[f64], _step: u64, _stream: &mut Stream, out: &mut [f64]) -> Result<()> {
        out.copy_from_slice(&self.cost);
        Ok(())
    }

    fn bound(&self) -> f64 {
        let largest = self.cost.iter().fold(0.0_f64, |b, c| b.max(c.abs()));
        // All costs zero: any positive bound does.
        if largest > 0.0 { largest } else { 1.0 }
    }

    fn check(&self, polytope: &Polytope) -> Result<()> {
        polytope.check("cost", self.cost.len())
    }
}

/// `|P - Q|^2 / 2`: the plan nearest to `Q`, in the shape of the plan; the projection of any matrix with entries in [0, 1].
#[derive(Clone, Debug)]
pub struct Nearest {
    /// The tensor to be near to.
    pub to: Vec<f64>,
}

impl Objective for Nearest {
    fn value(&self, plan: &[f64]) -> f64 {
        plan.iter().zip(&self.to).map(|(p, q)| 0.5 * (p - q) * (p - q)).sum()
    }

    fn gradient(&self, plan: &[f64], _step: u64, _stream: &mut Stream, out: &mut [f64]) -> Result<()> {
        out.iter_mut().zip(plan.iter().zip(&self.to)).for_each(|(g, (p, q))| *g = p - q);
        Ok(())
    }

    fn bound(&self) -> f64 {
        self.to.iter().fold(1.0_f64, |b, q| b.max((1.0 - q).abs()).max(q.abs()))
    }

    fn check(&self, polytope: &Polytope) -> Result<()> {
        polytope.check("tensor to be near to", self.to.len())
    }
}

/// Another objective whose gradient is seen with normal noise of this standard deviation in every entry.
#[derive(Clone, Debug)]
pub struct Noisy<O> {
    /// The objective.
    pub inner: O,
    /// Standard deviation of the noise, in units of a gradient entry.
    pub deviation: f64,
}

impl<O: Objective> Objective for Noisy<O> {
    fn value(&self, plan: &[f64]) -> f64 {
        self.inner.value(plan)
    }

    fn gradient(&self, plan: &[f64], step: u64, stream: &mut Stream, out: &mut [f64]) -> Result<()> {
        self.inner.gradient(plan, step, stream, out)?;
        out.iter_mut().for_each(|g| *g += self.deviation * stream.normal());
        Ok(())
    }

    fn bound(&self) -> f64 {
        self.inner.bound()
    }

    fn check(&self, polytope: &Polytope) -> Result<()> {
        self.inner.check(polytope)
    }
}
