//! User equilibrium: every path that is taken is a fastest one.
//!
//! Equivalent to the convex problem of Beckmann, McGuire and Winsten (1956): flows that minimise the sum over edges of
//! the integral of their times. Solved on paths by gradient projection (Jayakrishnan, Tsai, Prashker, Rajadhyaksha,
//! 1994, with the repeated inner sweeps of Xie, Nie, Liu, Transportation Research B 116, 2018): shortest paths are
//! added from trees of all origins, and flow moves from slower paths to the fastest, pair after pair, by Newton's
//! method on their difference in time.

use super::demand::Trip;
use super::latency::{self, Latency};
use super::loading::{Loading, Route};
use super::topology::Graph;
use crate::Certificate;
use std::time::Instant;
use thalweg_core::{Budget, Context, Error, Report, Result, Status};

/// Sweeps over the known paths between two searches for new ones.
const SWEEPS: usize = 40;
/// The known paths are balanced until they lose this part of what was lost at the last search.
const INNER: f64 = 0.03;

/// When to stop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stopping {
    /// Relative gap: the time lost to the shortest paths, as a part of the total time.
    pub tolerance: f64,
    /// Searches for better paths.
    pub iterations: usize,
}

impl Default for Stopping {
    fn default() -> Self {
        Self { tolerance: 1e-10, iterations: 1000 }
    }
}

impl Stopping {
    /// Refuses what no solve can meet.
    pub(super) fn check(&self) -> Result<()> {
        if self.tolerance >= 0.0 && self.tolerance.is_finite() && self.iterations > 0 {
            return Ok(());
        }
        Err(Error::input(format!(
            "A tolerance of {} within {} iterations cannot be reached: it must be finite and not negative, and one iteration is needed.",
            self.tolerance, self.iterations
        )))
    }
}

/// Flows at equilibrium.
#[derive(Clone, Debug)]
pub struct Equilibrium {
    /// Flow of each edge.
    pub flow: Vec<f64>,
    /// Time of each edge at that flow.
    pub time: Vec<f64>,
    /// Total time of all travellers, sum of flow times time.
    pub total: f64,
    /// The paths of each trip with their flows, sorted by origin and destination.
    pub routes: Vec<(Trip, Vec<Route>)>,
    /// `primal` is Beckmann's objective; no flow has one below `dual`.
    pub certificate: Certificate,
    /// Residuals: the relative gap, and the average excess (time lost a traveller).
    pub report: Report,
}

/// Finds the flows of `trips` under `latency`. The result does not depend on the threads of `ctx`.
///
/// # Errors
/// Trips between nodes that are not there or not connected, or of negative amounts; a latency of another graph; times
/// that leave the finite range; interruption. A gap that was not reached within the iterations is no error but a
/// status.
pub fn equilibrium<L: Latency + ?Sized>(
    ctx: &Context,
    graph: &Graph,
    latency: &L,
    trips: &[Trip],
    stopping: &Stopping,
) -> Result<Equilibrium> {
    let start = Instant::now();
    stopping.check()?;
    latency::check(latency, graph)?;
    let mut loading = Loading::new(graph, trips)?;
    let ended = equilibrate(ctx, &mut loading, latency, stopping)?;
    let primal: f64 = loading.flow.iter().enumerate().map(|(e, x)| latency.integral(e, *x)).sum();
    let amount: f64 = loading.pairs.iter().map(|p| p.trip.amount).sum();
    let gap = ended.lost.max(0.0);
    let status = match (ended.converged, ended.stuck) {
        (true, _) => Status::Converged,
        (false, true) => Status::Exhausted { budget: Budget::Precision },
        (false, false) => Status::Exhausted { budget: Budget::Iterations },
    };
    let mut report = Report::new(status, ended.iterations)
        .residual("relative gap", ended.relative())
        .residual("average excess", gap / amount)
        .timed(start);
    if status != Status::Converged {
        report = report.advise(match ended.stuck {
            true => format!("Ask for a relative gap of {:.0e}, which the digits allow.", 4.0 * ended.relative()),
            false => format!("Allow {} iterations.", 4 * stopping.iterations),
        });
    }
    let routes = loading.pairs.into_iter().map(|mut p| {
        p.routes.retain(|r| r.flow > 0.0);
        (p.trip, p.routes)
    });
    Ok(Equilibrium {
        total: loading.flow.iter().zip(&loading.time).map(|(x, t)| x * t).sum(),
        routes: routes.collect(),
        flow: loading.flow,
        time: loading.time,
        certificate: Certificate { primal, dual: primal - gap, gap, scale: primal },
        report,
    })
}

/// How a search for an equilibrium ended.
pub(super) struct Ended {
    pub(super) converged: bool,
    /// The gap stopped falling although the paths are balanced to the last digits.
    stuck: bool,
    pub(super) iterations: usize,
    /// Time lost to the shortest paths.
    lost: f64,
    spent: f64,
}

impl Ended {
    fn relative(&self) -> f64 {
        if self.lost > 0.0 { self.lost / self.spent } else { 0.0 }
    }
}

/// Searches that may pass without a gap below the least before the digits are held to blame.
const PATIENCE: usize = 30;
/// The relative gap that rounding leaves.
const ROUNDING: f64 = 1e-14;

/// Moves what is loaded to equilibrium under `latency`; what was loaded before is the start.
pub(super) fn equilibrate<L: Latency + ?Sized>(
    ctx: &Context,
    loading: &mut Loading,
    latency: &L,
    stopping: &Stopping,
) -> Result<Ended> {
    loading.settle(latency);
    let mut ended = Ended { converged: false, stuck: false, iterations: 0, lost: f64::INFINITY, spent: 0.0 };
    let (mut least, mut since) = (f64::INFINITY, 0);
    while ended.iterations < stopping.iterations {
        let fresh = loading.pairs.iter().any(|p| p.routes.is_empty());
        let priced = loading.price(ctx)?;
        ended.iterations += 1;
        if fresh {
            loading.settle(latency);
            continue;
        }
        (ended.lost, ended.spent) = (priced.spent - priced.least, priced.spent);
        ended.converged = ended.lost <= stopping.tolerance * ended.spent;
        since = if ended.lost < least { 0 } else { since + 1 };
        least = least.min(ended.lost);
        ended.stuck = since >= PATIENCE && least <= ROUNDING * ended.spent;
        if ended.converged || ended.stuck {
            break;
        }
        ctx.progress(
            "equilibrium",
            ended.iterations as u64,
            stopping.iterations as u64,
            &format!("gap {:.1e}", ended.relative()),
        );
        for _ in 0..SWEEPS {
            ctx.check_stop()?;
            if loading.sweep(latency) <= INNER * ended.lost {
                break;
            }
        }
        loading.settle(latency);
    }
    Ok(ended)
}
