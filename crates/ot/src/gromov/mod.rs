//! Transport between spaces that share no coordinates: Gromov-Wasserstein and fused Gromov-Wasserstein.
//!
//! Minimises `alpha sum L(C1_ik, C2_jl) pi_ij pi_kl + (1 - alpha) sum pi_ij M_ij` over plans with the marginals `p` and
//! `q`. [`Gromov`] goes along exact plans (conditional gradient), [`EntropicGromov`] along entropic ones. Both find a
//! stationary point near their start: the problem is not convex.
//!
//! References: Mémoli, FoCM 11 (2011); Peyré, Cuturi, Solomon, ICML 2016; Vayer, Chapel, Flamary, Tavenard, Courty,
//! ICML 2019.

mod descent;
mod entropic;
mod quadratic;

pub use descent::Gromov;
pub use entropic::{EntropicGromov, Scheme};
pub use quadratic::QuadraticLoss;

use crate::CostMatrix;
use crate::line::check_weights;
use thalweg_core::{Context, Error, Report, Result};

/// Two spaces, their weights, and what is known between them.
#[derive(Clone, Copy, Debug)]
pub struct Spaces<'a> {
    /// Weights of the `n` points of the first space.
    pub p: &'a [f64],
    /// Weights of the `m` points of the second, with the same sum.
    pub q: &'a [f64],
    /// `n x n` relations within the first space, often distances; they need not be symmetric.
    pub first: &'a CostMatrix,
    /// `m x m` relations within the second.
    pub second: &'a CostMatrix,
    /// `n x m` costs between the two, where there are any.
    pub between: Option<&'a CostMatrix>,
    /// Share of the quadratic part, 1 where there are no costs between.
    pub alpha: f64,
}

/// A plan between two spaces.
#[derive(Clone, Debug)]
pub struct Coupled {
    /// The plan, row-major `n x m`.
    pub plan: Vec<f64>,
    /// The whole objective at the plan.
    pub value: f64,
    /// The objective at the start and after every iteration.
    pub course: Vec<f64>,
    /// Duals of the last linear problem.
    pub potentials: (Vec<f64>, Vec<f64>),
    /// How it ended.
    pub report: Report,
}

impl Spaces<'_> {
    fn check(&self, start: Option<&[f64]>) -> Result<()> {
        check_weights(self.p)?;
        check_weights(self.q)?;
        let (n, m) = (self.p.len(), self.q.len());
        let fits = |c: &CostMatrix, rows: usize, cols: usize| c.rows() == rows && c.cols() == cols;
        let shapes = fits(self.first, n, n) && fits(self.second, m, m);
        if !shapes || self.between.is_some_and(|c| !fits(c, n, m)) || start.is_some_and(|s| s.len() != n * m) {
            return Err(Error::input(format!(
                "Between {n} and {m} points the relations must be {n} x {n} and {m} x {m}, and costs and start {n} x {m}."
            )));
        }
        if !(0.0..=1.0).contains(&self.alpha) {
            return Err(Error::input(format!("The share alpha is {}, but it must lie between 0 and 1.", self.alpha)));
        }
        let (mass, other) = (self.p.iter().sum::<f64>(), self.q.iter().sum::<f64>());
        if (mass - other).abs() > 1e-6 * mass.max(other) {
            return Err(Error::input(format!("Both sides must have the same mass, but they have {mass} and {other}."))
                .advise("Normalise the weights."));
        }
        Ok(())
    }

    /// What each pair costs against a plan (row-major `n x m`): `alpha sum_kl L(C1_ik, C2_jl) pi_kl + (1 - alpha) M_ij`,
    /// so that the mean under the plan is the objective. Two products. Runs in the calling pool.
    ///
    /// # Errors
    /// Shapes, weights or a share that do not fit; a stop.
    pub fn costs_against(&self, ctx: &Context, loss: QuadraticLoss, plan: &[f64]) -> Result<Vec<f64>> {
        self.check(Some(plan))?;
        let form = quadratic::Quadratic::new(loss, self);
        let none = (vec![0.0; self.p.len()], vec![0.0; self.q.len()]);
        let mut costs = form.gradient(&form.image(ctx, plan)?, self, &none);
        // The derivative counts every pair of pairs twice, and a pair once.
        match self.between {
            Some(c) => {
                let once = |(out, c): (&mut f64, &f64)| *out = 0.5 * (*out + (1.0 - self.alpha) * c);
                costs.iter_mut().zip(c.values()).for_each(once);
            }
            None => costs.iter_mut().for_each(|out| *out *= 0.5),
        }
        Ok(costs)
    }

    fn mass(&self) -> f64 {
        self.p.iter().sum()
    }

    /// The plan that says nothing, `p q'`.
    fn product(&self) -> Vec<f64> {
        let mass = self.mass();
        self.p.iter().flat_map(|p| self.q.iter().map(move |q| p * q / mass)).collect()
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
