//! A start from fewer points: the problem between coarse clouds, its potentials carried over to all points.
//!
//! What separates the potentials of a coarse cloud from those of a fine one is mostly rough, and a half-step removes that at
//! once; the smooth part, which takes the iteration long, is right from the start.

use super::costs::Costs;
use super::iterate::{Problem, Start};
use super::pass::{Level, Stop, offsets};
use super::run::single_noise;
use super::{FEW, Sinkhorn};
use crate::GroundCost;
use std::f64::consts::LOG2_E;
use thalweg_core::{Points, Result, Stream};

/// Consecutive points that one stands for where their order keeps neighbours together, and where it does not: there a
/// sample costs a square of that less than all points.
const GROUP: (usize, usize) = (4, 8);
/// Pairs from which a coarser problem is worth its potentials.
const PAIRS: usize = 1 << 21;
/// Residual to which a coarse problem is solved: its own distance from the fine one is larger.
const TOLERANCE: f64 = 1e-3;
/// Iterations after which its potentials are taken as they are.
const MOST: usize = 40;

/// One side: points and weights.
#[derive(Clone, Copy)]
pub(super) struct Side<'a> {
    pub(super) points: &'a Points,
    pub(super) weights: &'a [f64],
}

/// Two clouds between which mass moves.
#[derive(Clone, Copy)]
pub(super) struct Clouds<'a> {
    pub(super) source: Side<'a>,
    pub(super) target: Side<'a>,
    pub(super) ground: GroundCost,
    /// Bound of the costs.
    pub(super) bound: f64,
}

impl Clouds<'_> {
    /// Where to start between these clouds: from a coarser problem, if they are large.
    pub(super) fn start(&self, settings: &Sinkhorn, memory: u64, stop: Stop) -> Result<Start<'static>> {
        let (n, m) = (self.source.points.len(), self.target.points.len());
        if settings.decay == 1.0 || n * m < PAIRS {
            return Ok(Start::Cold);
        }
        let (x, a) = self.source.coarser()?;
        let (y, b) = self.target.coarser()?;
        let coarse = Clouds { source: Side::of(&x, &a), target: Side::of(&y, &b), ..*self };
        let rough = Sinkhorn { tolerance: settings.tolerance.max(TOLERANCE), max_iterations: MOST, ..settings.clone() };
        let start = coarse.start(&rough, memory, stop)?;
        let costs = Costs::between(self.ground, &x, &y);
        let found = Problem { settings: &rough, a: &a, b: &b, costs, bound: self.bound, memory, stop }.solve(start)?;
        self.extended(settings, &x, &a, &found.potentials.source, stop).map(Start::Near)
    }

    /// The half-step of the target's points against a coarse source: potentials over epsilon, in powers of two.
    fn extended(&self, settings: &Sinkhorn, x: &Points, a: &[f64], source: &[f64], stop: Stop) -> Result<Vec<f64>> {
        let (epsilon, scale) = (settings.epsilon, LOG2_E / settings.epsilon);
        let costs = Costs::between(self.ground, self.target.points, x);
        let level =
            Level { costs: &costs, weights: self.target.weights, source: settings.target, epsilon, scale, stop };
        let potential: Vec<f64> = source.iter().map(|f| f * scale).collect();
        let log_a: Vec<f64> = a.iter().map(|a| a.log2()).collect();
        let h = offsets(&costs, scale, &potential, &log_a);
        let mut guesses = vec![f64::NAN; self.target.points.len()];
        let sums = match single_noise(self.bound * scale) {
            Some(_) => level.pass::<f32>(&h, &mut guesses, None)?,
            None => level.pass::<f64>(&h, &mut guesses, None)?,
        };
        Ok(sums.row_logs.iter().map(|log| settings.target.potential(*log, epsilon)).collect())
    }
}

impl<'a> Side<'a> {
    pub(super) fn of(points: &'a Points, weights: &'a [f64]) -> Self {
        Self { points, weights }
    }

    /// Fewer points, each with the mass of a group: in few dimensions its mean, in many a member drawn by weight, since
    /// means there are nearer to each other than points.
    fn coarser(&self) -> Result<(Points, Vec<f64>)> {
        let dim = self.points.dim();
        let size = if dim <= FEW { GROUP.0 } else { GROUP.1 };
        let mut stream = Stream::new(0, "sinkhorn sample", 0);
        let (mut values, mut masses) = (Vec::new(), Vec::new());
        for (points, weights) in self.points.values().chunks(size * dim).zip(self.weights.chunks(size)) {
            let mass: f64 = weights.iter().sum();
            let drawn = stream.uniform() * mass;
            let rows = points.chunks_exact(dim).zip(weights);
            if dim <= FEW && mass > 0.0 {
                let mut mean = vec![0.0; dim];
                rows.for_each(|(p, w)| mean.iter_mut().zip(p).for_each(|(m, p)| *m += w / mass * p));
                values.extend(mean);
            } else {
                let mut sum = 0.0;
                let reached = weights.iter().position(|w| {
                    sum += w;
                    sum > drawn
                });
                let k = reached.unwrap_or(0);
                values.extend(&points[k * dim..][..dim]);
            }
            masses.push(mass);
        }
        Ok((Points::new(dim, values)?, masses))
    }
}
