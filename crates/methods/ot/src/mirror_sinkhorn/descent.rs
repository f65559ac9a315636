//! The iteration, one gradient at a time.

use super::polytope::Polytope;
use rayon::prelude::*;
use thalweg_core::{Context, Error, Result};

/// Entries of one task; a constant, so that the work is cut the same way whatever the threads.
const BLOCK: usize = 1 << 13;

/// Mirror Sinkhorn as a state that takes gradients as they come.
///
/// ```
/// use thalweg_core::Context;
/// use thalweg_match::mirror_sinkhorn::{Descent, round};
///
/// let mut descent = Descent::new(&Context::new(0, 1)?, &[&[0.5, 0.5], &[0.5, 0.5]], 1.0, 1.0)?;
/// for _ in 0..1000 {
///     descent.step(&[1.0, 0.0, 0.0, 1.0])?; // the gradient at `descent.plan()`, here that of a linear loss
/// }
/// let plan = round(descent.average(), descent.polytope())?;
/// assert!(plan[0] + plan[3] < 0.05, "{plan:?}"); // mass leaves the pairs that cost 1
/// # Ok::<(), thalweg_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Descent {
    ctx: Context,
    polytope: Polytope,
    /// `step sqrt(delta) / B`.
    rate: f64,
    bound: f64,
    steepest: f64,
    steps: u64,
    /// Sum of the step sizes so far: the reciprocal of epsilon where the objective is linear.
    time: f64,
    logs: Vec<f64>,
    plan: Vec<f64>,
    sum: Vec<f64>,
}

impl Descent {
    /// Starts from the product of the marginals. `bound` is that of the entries of the gradients, `step` the factor of
    /// the step size.
    ///
    /// # Errors
    /// Marginals as refused by [`Polytope::new`]; a bound or step that is not positive and finite; a memory budget
    /// below four tensors.
    pub fn new(ctx: &Context, marginals: &[&[f64]], bound: f64, step: f64) -> Result<Self> {
        let polytope = Polytope::new(marginals)?;
        for (what, value) in [("bound of the gradients", bound), ("factor of the step size", step)] {
            if !(value > 0.0 && value.is_finite()) {
                let sentence = format!("The {what} is {value}, but it must be positive and finite.");
                return Err(Error::input(sentence));
            }
        }
        ctx.require_memory(32 * polytope.entries() as u64, "Mirror Sinkhorn with four tensors of the plan's shape")?;
        let plan = polytope.product();
        let largest_log = |axis| polytope.marginal(axis).iter().fold(0.0_f64, |d, w| d.max(w.ln().abs()));
        let delta: f64 = (0..polytope.axes()).map(largest_log).sum();
        Ok(Self {
            ctx: ctx.clone(),
            rate: step * delta.sqrt() / bound,
            bound,
            steepest: 0.0,
            steps: 0,
            time: 0.0,
            logs: plan.iter().map(|p| p.ln()).collect(),
            sum: vec![0.0; plan.len()],
            plan,
            polytope,
        })
    }

    /// The marginals.
    pub fn polytope(&self) -> &Polytope {
        &self.polytope
    }

    /// The present iterate, at which the next gradient is due.
    pub fn plan(&self) -> &[f64] {
        &self.plan
    }

    /// Gradients taken.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// `1 / sum eta`: with a linear objective, the epsilon of the entropic problem whose half-step came last.
    pub fn epsilon(&self) -> f64 {
        1.0 / self.time
    }

    /// Largest gradient entry so far over the bound; above 1 the guarantee is void.
    pub fn steepness(&self) -> f64 {
        self.steepest / self.bound
    }

    /// The mean of the iterates at which gradients were taken; before the first, the product plan.
    pub fn average(&self) -> Vec<f64> {
        if self.steps == 0 { self.plan.clone() } else { self.sum.iter().map(|s| s / self.steps as f64).collect() }
    }

    /// Takes the gradient at [`Descent::plan`]: a mirror step, then one marginal, the axes in turn, is made exact.
    ///
    /// # Errors
    /// A gradient of another shape or with an entry that is not finite, and the state is as before; or a gradient so far
    /// beyond its bound that the plan is lost.
    pub fn step(&mut self, gradient: &[f64]) -> Result<()> {
        self.polytope.check("gradient", gradient.len())?;
        if gradient.iter().any(|g| !g.is_finite()) {
            let sentence = format!("The gradient of step {} has an entry that is not finite.", self.steps + 1);
            return Err(Error::failed(sentence));
        }
        self.steepest = gradient.iter().fold(self.steepest, |s, g| s.max(g.abs()));
        self.sum.iter_mut().zip(&self.plan).for_each(|(s, p)| *s += p);
        self.steps += 1;
        let eta = self.rate / (self.steps as f64).sqrt();
        self.time += eta;
        self.logs.iter_mut().zip(gradient).for_each(|(l, g)| *l -= eta * g);
        self.rescale((self.steps % self.polytope.axes() as u64) as usize)
    }

    /// Makes the marginal of `axis` exact, in logarithms and in the plan.
    fn rescale(&mut self, axis: usize) -> Result<()> {
        let Self { ctx, polytope, logs, plan, .. } = self;
        let tops = polytope.fold(logs, axis, f64::NEG_INFINITY, f64::max);
        polytope.change(logs, axis, &tops, |l, top| *l -= top);
        ctx.install(|| {
            plan.par_chunks_mut(BLOCK).zip(logs.par_chunks(BLOCK)).for_each(|(plan, logs)| {
                plan.iter_mut().zip(logs).for_each(|(p, l)| *p = l.exp());
            });
        });
        let sums = polytope.sums(plan, axis);
        let factors: Vec<f64> = polytope.marginal(axis).iter().zip(&sums).map(|(w, s)| w / s).collect();
        if factors.iter().any(|f| !(f.is_finite() && *f > 0.0)) {
            return Err(Error::failed("The plan left the finite range, because a gradient was far beyond its bound.")
                .advise("Give a bound of the absolute entries of the gradients."));
        }
        polytope.change(plan, axis, &factors, |p, factor| *p *= factor);
        let shifts: Vec<f64> = factors.iter().map(|f| f.ln()).collect();
        polytope.change(logs, axis, &shifts, |l, shift| *l += shift);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_core::Stream;

    /// With a linear objective the iterate is a scaling of `exp(-C / epsilon)`, one half-step at each epsilon: here by
    /// potentials, without mirror descent.
    #[test]
    fn with_linear_losses_it_is_sinkhorn_with_one_half_step_per_temperature() {
        for seed in 0..3 {
            let mut stream = Stream::new(seed, "identity", 0);
            let (n, m) = (6, 5);
            let cost: Vec<f64> = (0..n * m).map(|_| stream.uniform()).collect();
            let mut weights = |k: usize| {
                let raw: Vec<f64> = (0..k).map(|_| 0.1 + stream.uniform()).collect();
                let mass: f64 = raw.iter().sum();
                raw.iter().map(|w| w / mass).collect::<Vec<_>>()
            };
            let (a, b) = (weights(n), weights(m));
            let mut descent = Descent::new(&Context::new(0, 1).unwrap(), &[&a, &b], 1.0, 1.0).unwrap();
            let (mut u, mut v) = (a.clone(), b.clone());
            for t in 1..=200 {
                descent.step(&cost).unwrap();
                let kernel = |i: usize, j: usize| (-cost[i * m + j] / descent.epsilon()).exp();
                if t % 2 == 0 {
                    u = (0..n).map(|i| a[i] / (0..m).map(|j| kernel(i, j) * v[j]).sum::<f64>()).collect();
                } else {
                    v = (0..m).map(|j| b[j] / (0..n).map(|i| kernel(i, j) * u[i]).sum::<f64>()).collect();
                }
                for (e, p) in descent.plan().iter().enumerate() {
                    let (i, j) = (e / m, e % m);
                    assert!((p - u[i] * kernel(i, j) * v[j]).abs() < 1e-12, "step {t}");
                }
            }
        }
    }

    #[test]
    fn a_bad_gradient_is_refused_and_changes_nothing() {
        let mut descent = Descent::new(&Context::new(0, 1).unwrap(), &[&[1.0], &[0.5, 0.5]], 1.0, 1.0).unwrap();
        let before = descent.plan().to_vec();
        assert!(descent.step(&[f64::NAN, 0.0]).is_err());
        assert!(descent.step(&[0.0]).is_err());
        assert_eq!((descent.plan(), descent.steps()), (&before[..], 0));
        let mut tiny = Descent::new(&Context::new(0, 1).unwrap(), &[&[0.5, 0.5], &[0.5, 0.5]], 1e-300, 1.0).unwrap();
        let wild = [1e300, -1e300, 1e300, 1e300];
        assert!((0..4).any(|_| tiny.step(&wild).is_err_and(|e| e.to_string().contains("bound"))));
    }
}
