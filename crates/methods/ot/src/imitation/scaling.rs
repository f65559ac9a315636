//! Alternate scaling of both ends, in the log domain; the product of the steps is never formed.

use super::{Config, Network};
use std::time::Instant;
use thalweg_core::{Budget, Context, Error, Report, Result, Status};

const NOTHING: f64 = f64::NEG_INFINITY;

/// Logarithms of the scaled ends.
pub(super) struct Scaled {
    /// `log u` and `log v`, minus infinity where there is no mass.
    pub(super) ends: (Vec<f64>, Vec<f64>),
    /// `log phi_t` for t from 0 to T.
    pub(super) ahead: Vec<Vec<f64>>,
    pub(super) report: Report,
}

/// `log sum exp` of the values that arrive at each of `n` places, given as `(place, value)`.
fn gather(n: usize, arrivals: impl Iterator<Item = (usize, f64)> + Clone) -> Vec<f64> {
    let mut most = vec![NOTHING; n];
    arrivals.clone().for_each(|(v, x)| most[v] = most[v].max(x));
    let mut sum = vec![0.0; n];
    arrivals.filter(|(_, x)| *x > NOTHING).for_each(|(v, x)| sum[v] += (x - most[v]).exp());
    most.iter().zip(sum).map(|(m, s)| if s > 0.0 { m + s.ln() } else { NOTHING }).collect()
}

impl Network {
    /// `log (B_t phi)`, where `kernel[e]` is the logarithm of the entry of edge `e`.
    pub(super) fn back(&self, kernel: &[f64], phi: &[f64]) -> Vec<f64> {
        let step = |(e, k): (usize, &f64)| {
            let (tail, head) = self.graph.ends(e);
            (tail, k + phi[head])
        };
        gather(self.graph.nodes(), kernel.iter().enumerate().map(step))
    }

    fn forth(&self, kernel: &[f64], psi: &[f64]) -> Vec<f64> {
        let step = |(e, k): (usize, &f64)| {
            let (tail, head) = self.graph.ends(e);
            (head, k + psi[tail])
        };
        gather(self.graph.nodes(), kernel.iter().enumerate().map(step))
    }

    /// `log B_t` for all steps.
    pub(super) fn kernels(&self, alpha: f64) -> Vec<Vec<f64>> {
        let kernel = |(c, q): (&Vec<f64>, &Vec<f64>)| c.iter().zip(q).map(|(c, q)| q.ln() - c / alpha).collect();
        self.costs.iter().zip(&self.prior).map(kernel).collect()
    }
}

/// `log (weight / reached)` where there is weight.
fn over(weights: &[f64], reached: &[f64], unreached: impl Fn(usize) -> Error) -> Result<Vec<f64>> {
    let ratio = |(v, (w, r)): (usize, (&f64, &f64))| match (*w > 0.0, *r > NOTHING) {
        (false, _) => Ok(NOTHING),
        (true, true) => Ok(w.ln() - r),
        (true, false) => Err(unreached(v)),
    };
    weights.iter().zip(reached).enumerate().map(ratio).collect()
}

pub(super) fn scale(ctx: &Context, network: &Network, mu: &[f64], nu: &[f64], config: &Config) -> Result<Scaled> {
    let start = Instant::now();
    let kernels = network.kernels(config.alpha);
    let steps = kernels.len();
    let stranded = |what: &str, v: usize| {
        Error::input(format!("{what} node {v} in {steps} steps along edges with positive prior.")).advise(
            "Allow more steps, add self-loops where goods may wait, or raise the prior of the edges on the way.",
        )
    };
    let mut v: Vec<f64> = nu.iter().map(|w| if *w > 0.0 { 0.0 } else { NOTHING }).collect();
    let mut u: Option<Vec<f64>> = None;
    let mut round = 0;
    loop {
        ctx.check_stop()?;
        let mut ahead = vec![v.clone()];
        for kernel in kernels.iter().rev() {
            ahead.push(network.back(kernel, &ahead[ahead.len() - 1]));
        }
        ahead.reverse();
        let error = u.as_ref().map_or(f64::INFINITY, |u| {
            let sent = u.iter().zip(&ahead[0]).map(|(u, phi)| (u + phi).exp());
            mu.iter().zip(sent).map(|(m, s)| if *m > 0.0 { (m - s).abs() } else { 0.0 }).sum()
        });
        let converged = error <= config.tolerance;
        if let Some(u) = u.as_ref().filter(|_| converged || round >= config.iterations) {
            let status = if converged { Status::Converged } else { Status::Exhausted { budget: Budget::Iterations } };
            let mut report = Report::new(status, round).residual("marginal error", error).timed(start);
            if !converged {
                report = report.advise(format!("Allow {} iterations, or raise alpha.", 4 * config.iterations));
            }
            return Ok(Scaled { ends: (u.clone(), v), ahead, report });
        }
        let left = over(mu, &ahead[0], |i| stranded("No demand is reached from", i))?;
        let mut reached = left.clone();
        for kernel in &kernels {
            reached = network.forth(kernel, &reached);
        }
        v = over(nu, &reached, |i| stranded("No goods reach", i))?;
        u = Some(left);
        round += 1;
        ctx.progress("scaling", round as u64, config.iterations as u64, &format!("error {error:.1e}"));
    }
}
