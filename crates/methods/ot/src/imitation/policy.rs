//! From the scaled ends to who moves where, and what a change of the costs can do to it.

use super::Network;
use super::scaling::Scaled;
use thalweg_core::{Error, Report, Result};

/// A plan, step by step.
#[derive(Clone, Debug)]
pub struct Solved {
    /// Of what is at the tail of each edge, the part that takes it: T x m.
    pub policy: Vec<Vec<f64>>,
    /// Mass on each edge: T x m.
    pub flows: Vec<Vec<f64>>,
    /// What is at each node before each step and after the last: (T + 1) x n.
    pub masses: Vec<Vec<f64>>,
    /// Expected cost of a path.
    pub cost: f64,
    /// `KL(P | Q)` of path laws with equal starts.
    pub divergence: f64,
    /// `cost + alpha divergence`.
    pub value: f64,
    /// The value of the dual; equal to `value` up to the error of the marginals.
    pub dual: f64,
    /// Iterations, the error of the marginals, seconds.
    pub report: Report,
    alpha: f64,
}

/// Both sides of the certificate for one change of the costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shock {
    /// `E_P[D]`: what the change adds to the expected cost of this plan.
    pub expected: f64,
    /// `alpha log E_Q[exp(D / alpha)]`: how large the change is as the prior sees it.
    pub size: f64,
    /// `value + size`, which the expected cost under the changed costs does not exceed.
    pub bound: f64,
}

pub(super) fn follow(network: &Network, mu: &[f64], nu: &[f64], scaled: Scaled, alpha: f64) -> Solved {
    let kernels = network.kernels(alpha);
    let ahead = &scaled.ahead;
    let (mut policy, mut flows, mut masses) = (Vec::new(), Vec::new(), vec![mu.to_vec()]);
    let (mut cost, mut divergence) = (0.0, 0.0);
    for (t, kernel) in kernels.iter().enumerate() {
        let share = |e: usize| {
            let (tail, head) = network.graph.ends(e);
            let open = ahead[t][tail] > f64::NEG_INFINITY && ahead[t + 1][head] > f64::NEG_INFINITY;
            if open { (kernel[e] + ahead[t + 1][head] - ahead[t][tail]).exp() } else { 0.0 }
        };
        let shares: Vec<f64> = (0..kernel.len()).map(share).collect();
        let at = &masses[t];
        let moved: Vec<f64> = shares.iter().enumerate().map(|(e, p)| at[network.graph.ends(e).0] * p).collect();
        let mut next = vec![0.0; at.len()];
        for (e, f) in moved.iter().enumerate().filter(|(_, f)| **f > 0.0) {
            next[network.graph.ends(e).1] += f;
            cost += f * network.costs[t][e];
            divergence += f * (shares[e] / network.prior[t][e]).ln();
        }
        masses.push(next);
        policy.push(shares);
        flows.push(moved);
    }
    let ends = |w: &[f64], log: &[f64]| w.iter().zip(log).filter(|(w, _)| **w > 0.0).map(|(w, l)| w * l).sum::<f64>();
    let entropy: f64 = mu.iter().filter(|m| **m > 0.0).map(|m| m * m.ln()).sum();
    let dual = alpha * (ends(mu, &scaled.ends.0) + ends(nu, &scaled.ends.1) - entropy);
    Solved {
        policy,
        flows,
        masses,
        cost,
        divergence,
        value: cost + alpha * divergence,
        dual,
        report: scaled.report,
        alpha,
    }
}

impl Solved {
    /// What the change `shock` of the link costs (T x m) does, and the most that it could do.
    ///
    /// # Errors
    /// A change that has not the shape of the costs; no number in it.
    pub fn shock(&self, network: &Network, shock: &[Vec<f64>]) -> Result<Shock> {
        let fits = shock.len() == network.steps()
            && network.steps() == self.flows.len()
            && shock.iter().all(|s| s.len() == network.graph.edges());
        if !fits || shock.iter().flatten().any(|d| d.is_nan()) {
            return Err(Error::input(format!(
                "A change of the costs needs a number for each of {} steps and {} edges.",
                network.steps(),
                network.graph.edges()
            )));
        }
        let on = |(f, d): (&f64, &f64)| if *f > 0.0 { f * d } else { 0.0 };
        let expected = self.flows.iter().flatten().zip(shock.iter().flatten()).map(on).sum();
        let mut ahead = vec![0.0; network.graph.nodes()];
        for (q, d) in network.prior.iter().zip(shock).rev() {
            let tilted: Vec<f64> = q.iter().zip(d).map(|(q, d)| q.ln() + d / self.alpha).collect();
            ahead = network.back(&tilted, &ahead);
        }
        let start = &self.masses[0];
        let most =
            start.iter().zip(&ahead).filter(|(m, _)| **m > 0.0).map(|(_, a)| *a).fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = start.iter().zip(&ahead).filter(|(m, _)| **m > 0.0).map(|(m, a)| m * (a - most).exp()).sum();
        let size = self.alpha * (most + sum.ln());
        Ok(Shock { expected, size, bound: self.value + size })
    }

    /// The change of the link costs for which the certificate is an equality: `alpha log (policy / prior)`, of size 0.
    /// Minus infinity on edges that the plan never takes.
    pub fn worst_shock(&self, network: &Network) -> Vec<Vec<f64>> {
        let ratio = |(p, q): (&f64, &f64)| if *q > 0.0 { self.alpha * (p / q).ln() } else { 0.0 };
        self.policy.iter().zip(&network.prior).map(|(p, q)| p.iter().zip(q).map(ratio).collect()).collect()
    }
}
