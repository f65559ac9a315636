//! The flows whose fullest edge is as empty as can be: minimum congestion, the inverse of the maximum concurrent flow.
//!
//! A linear programme, solved by the exponential method of multipliers (Tseng, Bertsekas, Math. Prog. 60, 1993): the
//! multipliers of the edges times the exponential of their load are latencies, whose equilibrium says how to correct
//! the multipliers. Any edge lengths bound the congestion from below (Shahrokhi, Matula, J. ACM 37, 1990), the
//! multipliers in the limit sharply.

use super::demand::Trip;
use super::equilibrium::{Stopping, equilibrate};
use super::latency::Latency;
use super::loading::{Loading, Route};
use super::topology::Graph;
use crate::Certificate;
use std::time::Instant;
use thalweg_core::{Budget, Context, Report, Result, Status};

/// How sharply a latency grows: by this power of e when the load of an edge grows by the largest load.
const SHARPNESS: f64 = 40.0;
/// Exponents beyond this are cut, so that a trial step of a search stays finite.
const STEEPEST: f64 = 500.0;
/// Searches for paths for one set of multipliers.
const SEARCHES: usize = 30;
/// The equilibria are solved to this part of the gap that is left.
const INNER: f64 = 0.03;

/// Flows of least congestion.
#[derive(Clone, Debug)]
pub struct Congestion {
    /// Flow of each edge.
    pub flow: Vec<f64>,
    /// Length of each edge: the sum of trips times shortest paths, over the sum of capacities times lengths, is `dual`.
    pub lengths: Vec<f64>,
    /// The paths of each trip with their flows, sorted by origin and destination.
    pub routes: Vec<(Trip, Vec<Route>)>,
    /// `primal` is the largest flow over capacity; no flows of these trips have less than `dual`.
    pub certificate: Certificate,
    /// Residual: the relative gap.
    pub report: Report,
}

/// Finds how to send `trips` so that the largest `flow / capacity` is least; the inverse of that is how many times the
/// demand fits. `stopping.tolerance` is the relative gap between that figure and its bound.
///
/// # Errors
/// As [`super::equilibrium()`]; capacities that are not positive. They may be infinite.
pub fn min_congestion(
    ctx: &Context,
    graph: &Graph,
    capacities: &[f64],
    trips: &[Trip],
    stopping: &Stopping,
) -> Result<Congestion> {
    let start = Instant::now();
    stopping.check()?;
    graph.check_edges("capacity", capacities, |c| c > 0.0, "positive")?;
    let mut loading = Loading::new(graph, trips)?;
    let weights: Vec<f64> = capacities.iter().map(|c| if c.is_finite() { 1.0 } else { 0.0 }).collect();
    let mut pull = Pull { capacities, weights, unit: 1.0 };
    pull.normalise();
    loading.time = pull.lengths();
    loading.price(ctx)?;
    let (mut primal, mut dual, mut relative) = (f64::INFINITY, 0.0, 1.0);
    let (mut lengths, mut status) = (pull.lengths(), Status::Exhausted { budget: Budget::Iterations });
    let mut iterations = 0;
    while iterations < stopping.iterations {
        iterations += 1;
        loading.settle(&pull);
        pull.unit = pull.largest(&loading.flow).max(f64::MIN_POSITIVE);
        let inner = Stopping { tolerance: (INNER * relative).clamp(1e-15, 1e-3), iterations: SEARCHES };
        equilibrate(ctx, &mut loading, &pull, &inner)?;
        primal = pull.largest(&loading.flow);
        pull.correct(&loading.flow);
        loading.time = pull.lengths();
        let bound = loading.price(ctx)?.least;
        if bound > dual {
            (dual, lengths) = (bound, loading.time.clone());
        }
        relative = if primal > 0.0 { (primal - dual).max(0.0) / primal } else { 0.0 };
        ctx.progress("congestion", iterations as u64, stopping.iterations as u64, &format!("gap {relative:.1e}"));
        if relative <= stopping.tolerance {
            status = Status::Converged;
            break;
        }
    }
    let mut report = Report::new(status, iterations).residual("relative gap", relative).timed(start);
    if status != Status::Converged {
        report = report.advise(format!("Allow {} iterations.", 4 * stopping.iterations));
    }
    let routes = loading.pairs.into_iter().map(|mut p| {
        p.routes.retain(|r| r.flow > 0.0);
        (p.trip, p.routes)
    });
    Ok(Congestion {
        routes: routes.collect(),
        flow: loading.flow,
        lengths,
        certificate: Certificate { primal, dual, gap: primal - dual, scale: primal },
        report,
    })
}

/// Multipliers of the edges, and the latencies that follow from them.
struct Pull<'a> {
    capacities: &'a [f64],
    /// Sum to 1.
    weights: Vec<f64>,
    /// Flow over capacity at which the latency is the multiplier over the capacity.
    unit: f64,
}

impl Pull<'_> {
    fn normalise(&mut self) {
        let sum: f64 = self.weights.iter().sum();
        if sum > 0.0 {
            self.weights.iter_mut().for_each(|w| *w /= sum);
        }
    }

    fn lengths(&self) -> Vec<f64> {
        self.weights.iter().zip(self.capacities).map(|(w, c)| w / c).collect()
    }

    fn largest(&self, flow: &[f64]) -> f64 {
        flow.iter().zip(self.capacities).map(|(x, c)| x / c).fold(0.0, f64::max)
    }

    fn growth(&self, e: usize, x: f64) -> f64 {
        (SHARPNESS * (x / self.capacities[e] / self.unit - 1.0)).min(STEEPEST).exp()
    }

    fn correct(&mut self, flow: &[f64]) {
        let growth: Vec<f64> = flow.iter().enumerate().map(|(e, x)| self.growth(e, *x)).collect();
        self.weights.iter_mut().zip(growth).for_each(|(w, g)| *w *= g);
        self.normalise();
    }
}

impl Latency for Pull<'_> {
    fn edges(&self) -> usize {
        self.capacities.len()
    }

    fn time(&self, e: usize, x: f64) -> f64 {
        self.weights[e] / self.capacities[e] * self.growth(e, x)
    }

    fn slope(&self, e: usize, x: f64) -> f64 {
        self.time(e, x) * SHARPNESS / self.capacities[e] / self.unit
    }

    fn integral(&self, e: usize, x: f64) -> f64 {
        self.weights[e] * self.unit / SHARPNESS * (self.growth(e, x) - self.growth(e, 0.0))
    }
}
