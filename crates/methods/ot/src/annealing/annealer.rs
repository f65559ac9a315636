//! The state of the annealing: potentials, plans and the present epsilon.

use super::{Config, Cooling, Matching};
use rayon::prelude::*;
use thalweg_core::{Context, Error, Result};
use thalweg_ot::CostMatrix;

/// Costs beyond this many epsilons are rounded by more than an epsilon.
const RESOLVED: f64 = 1e15;

/// Potentials and plan of one cost.
#[derive(Clone)]
struct Member {
    f: Vec<f64>,
    g: Vec<f64>,
    plan: Vec<f64>,
    before: Vec<f64>,
}

/// A batch of plans that are cooled together, one step at a time.
#[derive(Clone)]
pub struct Annealer {
    ctx: Context,
    config: Config,
    n: usize,
    members: Vec<Member>,
    epsilon: f64,
    steps: usize,
}

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// The epsilon of the plans.
    pub epsilon: f64,
    /// Frobenius distance from the plans of the step before, over the batch; 0 at the first step.
    pub drift: f64,
    /// Whether the drift kept epsilon as it is for the next step.
    pub braked: bool,
}

impl Annealer {
    /// `batch` plans of size `n x n`, all entries `1 / n`, and zero potentials.
    ///
    /// # Errors
    /// A setting out of range; an empty batch or size; a memory budget below two plans a member.
    pub fn new(ctx: &Context, batch: usize, n: usize, config: Config) -> Result<Self> {
        config.check()?;
        if batch == 0 || n == 0 {
            return Err(Error::input(format!("Annealing needs costs and got {batch} of size {n}.")));
        }
        let bytes = (batch as u64).saturating_mul(n as u64).saturating_mul(n as u64).saturating_mul(16);
        ctx.require_memory(bytes, "Annealing with two plans for each cost")?;
        let plan = vec![1.0 / n as f64; n * n];
        let member = Member { f: vec![0.0; n], g: vec![0.0; n], before: plan.clone(), plan };
        Ok(Self { ctx: ctx.clone(), epsilon: config.start, config, n, members: vec![member; batch], steps: 0 })
    }

    /// The epsilon of the next step.
    pub fn epsilon(&self) -> f64 {
        self.epsilon
    }

    /// The plan of a member of the batch, row-major: columns sum to 1, and rows as far as the sweeps have converged.
    ///
    /// # Errors
    /// There is no such member.
    pub fn plan(&self, member: usize) -> Result<&[f64]> {
        let found = self.members.get(member).map(|m| &m.plan[..]);
        found.ok_or_else(|| Error::input(format!("Plan {member} was asked of a batch of {}.", self.members.len())))
    }

    /// Sweeps at the present epsilon from the potentials of the last step, then lets epsilon fall or keeps it.
    ///
    /// # Errors
    /// Another number or shape of costs than the batch has, or costs that are too large for the floor of epsilon.
    pub fn step(&mut self, costs: &[CostMatrix]) -> Result<Step> {
        let n = self.n;
        if costs.len() != self.members.len() {
            let sentence = format!("{} costs came for a batch of {}.", costs.len(), self.members.len());
            return Err(Error::input(sentence));
        }
        if let Some(c) = costs.iter().find(|c| (c.rows(), c.cols()) != (n, n)) {
            let sentence = format!("A cost is {} x {}, but annealing needs all {n} x {n}.", c.rows(), c.cols());
            return Err(Error::input(sentence));
        }
        let scale = costs.iter().map(CostMatrix::scale).fold(0.0, f64::max);
        if scale > RESOLVED * self.config.floor {
            return Err(Error::input(format!(
                "The largest cost, {scale:e}, is more than 1e15 times the floor of epsilon, {:e}, which no double resolves.",
                self.config.floor
            ))
            .advise("Scale the costs so that they range over about 1."));
        }
        let (epsilon, sweeps) = (self.epsilon, self.config.sweeps);
        let members = &mut self.members;
        let squares: Vec<f64> = self.ctx.install(|| {
            members.par_iter_mut().zip(costs).map(|(member, cost)| member.advance(cost, epsilon, sweeps)).collect()
        });
        self.steps += 1;
        let drift = if self.steps == 1 { 0.0 } else { squares.iter().sum::<f64>().sqrt() };
        let braked = match self.config.cooling {
            Cooling::Exponential {} => false,
            Cooling::Braked { safe } => drift > safe * epsilon,
        };
        if !braked {
            self.epsilon = (epsilon * self.config.ratio).max(self.config.floor);
        }
        Ok(Step { epsilon, drift, braked })
    }

    /// Whom each row prefers; `member` exists and `cost` has the shape of its plan.
    pub(super) fn matching(&self, member: usize, cost: &CostMatrix) -> Matching {
        let largest = |row: &[f64]| (0..row.len()).fold(0, |best, j| if row[j] > row[best] { j } else { best });
        let target: Vec<usize> = self.members[member].plan.chunks_exact(self.n).map(largest).collect();
        let mut taken = vec![false; self.n];
        let permutation = target.iter().all(|j| !std::mem::replace(&mut taken[*j], true));
        let cost = target.iter().enumerate().map(|(i, j)| cost.at(i, *j)).sum();
        Matching { target, permutation, cost }
    }
}

impl Member {
    /// Sweeps, writes the plan, and returns the squared distance from the plan before.
    fn advance(&mut self, cost: &CostMatrix, epsilon: f64, sweeps: usize) -> f64 {
        std::mem::swap(&mut self.plan, &mut self.before);
        let inverse = 1.0 / epsilon;
        for _ in 0..sweeps {
            self.sweep(cost, inverse);
        }
        let n = self.f.len();
        let mut square = 0.0;
        for i in 0..n {
            for (j, c) in cost.row(i).iter().enumerate() {
                let p = ((self.f[i] + self.g[j] - c) * inverse).exp();
                square += (p - self.before[i * n + j]).powi(2);
                self.plan[i * n + j] = p;
            }
        }
        square
    }

    /// Rows, then columns. `plan` serves as scratch.
    fn sweep(&mut self, cost: &CostMatrix, inverse: f64) {
        let n = self.f.len();
        for i in 0..n {
            let exponent = |(g, c): (&f64, &f64)| (g - c) * inverse;
            let top = self.g.iter().zip(cost.row(i)).map(exponent).fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = self.g.iter().zip(cost.row(i)).map(|pair| (exponent(pair) - top).exp()).sum();
            self.f[i] = -(top + sum.ln()) / inverse;
        }
        let mut tops = vec![f64::NEG_INFINITY; n];
        for i in 0..n {
            for (top, c) in tops.iter_mut().zip(cost.row(i)) {
                *top = top.max((self.f[i] - c) * inverse);
            }
        }
        let mut sums = vec![0.0; n];
        for i in 0..n {
            for ((sum, top), c) in sums.iter_mut().zip(&tops).zip(cost.row(i)) {
                *sum += ((self.f[i] - c) * inverse - top).exp();
            }
        }
        for j in 0..n {
            self.g[j] = -(tops[j] + sums[j].ln()) / inverse;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_that_do_not_fit_are_refused() {
        let ctx = Context::new(0, 1).unwrap();
        let mut annealer = Annealer::new(&ctx, 1, 2, Config::default()).unwrap();
        let cost = |n: usize, m: usize| CostMatrix::new(n, m, vec![0.0; n * m]).unwrap();
        assert!(annealer.step(&[]).is_err());
        assert!(annealer.step(&[cost(2, 3)]).unwrap_err().to_string().contains("2 x 3"));
        let huge = CostMatrix::new(2, 2, vec![1e300; 4]).unwrap();
        assert!(annealer.step(&[huge]).unwrap_err().to_string().contains("resolves"));
        assert!(annealer.step(&[cost(2, 2)]).is_ok() && annealer.plan(1).is_err());
        assert!(Annealer::new(&ctx, 0, 2, Config::default()).is_err());
        assert!(Annealer::new(&ctx, 1, 2, Config { ratio: 1.0, ..Config::default() }).is_err());
        let tight = ctx.with_memory(Some(100));
        assert!(Annealer::new(&tight, 1, 50, Config::default()).err().unwrap().to_string().contains("memory"));
    }
}
