//! Two weighted clouds and what moving between them costs, in the terms of the engine.

use super::Cloud;
use super::options::{Cost, Problem};
use rayon::prelude::*;
use std::ops::Range;
use std::sync::Arc;
use thalweg_core::{Context, Error, Measure, Points, Result};
use thalweg_ot::{CostMatrix, Entropic, Exact, GroundCost, Sinkhorn, transport, transport_matrix};

/// Two measures with a cost that is `factor` times what the engine computes.
pub(super) struct Space {
    pub(super) source: Arc<Measure>,
    pub(super) target: Arc<Measure>,
    ground: Ground,
    /// Cost asked for, over cost in the engine.
    pub(super) factor: f64,
}

/// How a cost is computed.
#[derive(Clone, Copy)]
enum Ground {
    /// By the engine, in blocks.
    Engine(GroundCost),
    /// `sum |x_k - y_k|`, which the engine takes as a matrix.
    Cityblock,
}

impl Space {
    /// The clouds under the cost asked for, with the masses that the problem gives them.
    ///
    /// # Errors
    /// A cloud without points or mass, or a point without direction under the cosine cost; the cloud is named.
    pub(super) fn new(source: &Cloud, target: &Cloud, cost: Cost, problem: Problem) -> Result<Self> {
        let (a, b) = masses(source, target, problem);
        let measure = |cloud: &Cloud, weights: Vec<f64>| -> Result<Arc<Measure>> {
            let points = if cost == Cost::Cosine { directions(&cloud.points) } else { Ok(cloud.points.clone()) };
            let made = points.and_then(|points| Measure::new(points, weights));
            made.map(Arc::new).map_err(|e| e.within(&cloud.name))
        };
        let (source, target) = (measure(source, a)?, measure(target, b)?);
        let (ground, factor) = match cost {
            Cost::SqEuclidean => (Ground::Engine(GroundCost::SquaredEuclidean), 1.0),
            Cost::Euclidean => (Ground::Engine(GroundCost::Euclidean), 1.0),
            // |x - y|^2 = 2 - 2 x.y between points of length 1.
            Cost::Cosine => (Ground::Engine(GroundCost::SquaredEuclidean), 0.5),
            Cost::Cityblock => (Ground::Cityblock, 1.0),
        };
        Ok(Self { source, target, ground, factor })
    }

    /// Bytes that the costs take where they are held whole, `copies` times.
    fn matrix_bytes(&self, copies: u64) -> u64 {
        8 * copies * self.source.len() as u64 * self.target.len() as u64
    }

    fn matrix(&self, ctx: &Context, copies: u64) -> Result<CostMatrix> {
        ctx.require_memory(self.matrix_bytes(copies), "The matrix of city-block costs")?;
        ctx.install(|| self.costs(0..self.source.len()))
    }

    /// The exact plan in the engine's units.
    pub(super) fn exact(&self, ctx: &Context) -> Result<Exact> {
        match self.ground {
            Ground::Engine(cost) => transport(ctx, &self.source, &self.target, cost),
            Ground::Cityblock => {
                let matrix = self.matrix(ctx, 1)?;
                transport_matrix(ctx, self.source.weights(), self.target.weights(), &matrix)
            }
        }
    }

    /// The cheapest plan in the engine's units that moves `mass`, between the clouds with a dummy point behind the last
    /// of each, normalised to mass 1; and that mass before it was.
    ///
    /// What goes to a dummy point stays, and costs nothing. From dummy to dummy nothing goes: it would cost, and make
    /// more real mass move. Reference: Chapel, Alaya, Gasso, NeurIPS 2020.
    ///
    /// # Errors
    /// More mass than a side has, or a budget below two cost matrices.
    pub(super) fn partial(&self, ctx: &Context, mass: f64) -> Result<(Exact, f64)> {
        let (a, b) = (self.source.mass(), self.target.mass());
        if mass > a.min(b) * (1.0 + 1e-12) {
            return Err(Error::input(format!(
                "--mass is {mass}, but the source has {a} and the target {b}, and no more can move than either has."
            ))
            .advise(format!("Give at most {}.", a.min(b))));
        }
        ctx.require_memory(self.matrix_bytes(2), "Partial transport with two cost matrices")?;
        let extended = ctx.install(|| -> Result<CostMatrix> {
            let costs = self.costs(0..self.source.len())?;
            let mut values = Vec::with_capacity((costs.rows() + 1) * (costs.cols() + 1));
            for i in 0..costs.rows() {
                values.extend_from_slice(costs.row(i));
                values.push(0.0);
            }
            values.resize(values.len() + costs.cols(), 0.0);
            values.push(2.0 * costs.scale() + 1.0);
            CostMatrix::new(costs.rows() + 1, costs.cols() + 1, values)
        })?;
        let with = |weights: &[f64], dummy: f64| [weights, &[dummy.max(0.0)]].concat();
        let (from, to) = (with(self.source.weights(), b - mass), with(self.target.weights(), a - mass));
        Ok((transport_matrix(ctx, &from, &to, &extended)?, a + b - mass))
    }

    /// The entropic plan in the engine's units.
    pub(super) fn entropic(&self, ctx: &Context, settings: &Sinkhorn) -> Result<Entropic> {
        match self.ground {
            Ground::Engine(cost) => {
                settings.solve(ctx, &self.source, &self.target, cost, None).map(|(entropic, _)| entropic)
            }
            Ground::Cityblock => {
                let matrix = self.matrix(ctx, 2)?;
                let (a, b) = (self.source.weights(), self.target.weights());
                ctx.install(|| settings.solve_matrix(a, b, &matrix, None))
            }
        }
    }

    /// Mean cost under independent draws, in the engine's units.
    pub(super) fn mean(&self, ctx: &Context) -> Result<f64> {
        let (a, b) = (self.source.probabilities(), self.target.probabilities());
        match self.ground {
            Ground::Engine(cost) => ctx.install(|| cost.mean(self.source.points(), &a, self.target.points(), &b)),
            Ground::Cityblock => {
                let row = |i: usize| {
                    let x = self.source.points().row(i);
                    let costs = self.target.points().rows().zip(&b).map(|(y, b)| b * cityblock(x, y));
                    a[i] * costs.sum::<f64>()
                };
                let rows: Vec<f64> = ctx.install(|| (0..a.len()).into_par_iter().map(row).collect());
                Ok(rows.iter().sum())
            }
        }
    }

    /// The costs from some of the sources to every target, in the engine's units. Runs in the calling pool.
    pub(super) fn costs(&self, rows: Range<usize>) -> Result<CostMatrix> {
        let (n, m) = (rows.len(), self.target.len());
        let points = self.source.points().select(&rows.collect::<Vec<_>>());
        match self.ground {
            Ground::Engine(cost) => cost.matrix(&points, self.target.points()),
            Ground::Cityblock => {
                let mut values = vec![0.0; n * m];
                values.par_chunks_mut(m).enumerate().for_each(|(i, out)| {
                    out.iter_mut().zip(self.target.points().rows()).for_each(|(c, y)| *c = cityblock(points.row(i), y));
                });
                CostMatrix::new(n, m, values)
            }
        }
    }

    /// The cost of one pair, in the engine's units.
    pub(super) fn cost(&self, i: usize, j: usize) -> f64 {
        let (x, y) = (self.source.points().row(i), self.target.points().row(j));
        match self.ground {
            Ground::Engine(cost) => cost.between(x, y),
            Ground::Cityblock => cityblock(x, y),
        }
    }
}

fn cityblock(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(a, b)| (a - b).abs()).sum()
}

/// The masses of both sides.
///
/// Where marginals are met, each side has mass 1. Otherwise weights mean amounts: they are given in units of the
/// source's total, and a side without weights has mass 1, because the size of a sample says nothing about amounts.
fn masses(source: &Cloud, target: &Cloud, problem: Problem) -> (Vec<f64>, Vec<f64>) {
    let total = |w: &[f64]| w.iter().sum::<f64>();
    let unit = source.weights.as_deref().map_or(1.0, total);
    let side = |cloud: &Cloud| match &cloud.weights {
        None => vec![1.0 / cloud.points.len().max(1) as f64; cloud.points.len()],
        Some(w) => {
            let unit = if problem.weighs_amounts() { unit } else { total(w) };
            // Weights that are all zero are refused as they are.
            if unit > 0.0 { w.iter().map(|w| w / unit).collect() } else { w.clone() }
        }
    };
    (side(source), side(target))
}

/// The points divided by their lengths.
fn directions(points: &Points) -> Result<Points> {
    let mut out = points.clone();
    for i in 0..out.len() {
        let row = out.row_mut(i);
        // Divided by the largest first, so that no square over- or underflows.
        let largest = row.iter().fold(0.0_f64, |s, v| s.max(v.abs()));
        row.iter_mut().for_each(|v| *v /= largest);
        let length = row.iter().map(|v| v * v).sum::<f64>().sqrt();
        row.iter_mut().for_each(|v| *v /= length);
        if largest == 0.0 {
            return Err(Error::input(format!(
                "Row {i} (counted from 0) is zero, and has no direction for the cosine cost."
            ))
            .advise("Drop the row or choose another --cost."));
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn space(cost: Cost, dim: usize, x: Vec<f64>, y: Vec<f64>) -> Result<Space> {
        let cloud = |v| Cloud::of("a", Points::new(dim, v).unwrap(), None, None);
        Space::new(&cloud(x), &cloud(y), cost, Problem::Exact)
    }

    #[test]
    fn costs_are_those_of_their_definitions() {
        let (x, y) = (vec![1.0, 0.0, 3.0, 4.0], vec![0.0, 2.0]);
        for (cost, truth) in [
            (Cost::SqEuclidean, [5.0, 13.0]),
            (Cost::Euclidean, [5.0_f64.sqrt(), 13.0_f64.sqrt()]),
            (Cost::Cityblock, [3.0, 5.0]),
            // Angles between (1, 0), (3, 4) and (0, 2): cosines 0 and 4/5.
            (Cost::Cosine, [1.0, 0.2]),
        ] {
            let space = space(cost, 2, x.clone(), y.clone()).unwrap();
            let block = space.costs(0..2).unwrap();
            let mean = space.mean(&Context::new(0, 1).unwrap()).unwrap();
            for i in 0..2 {
                assert!((space.factor * block.at(i, 0) - truth[i]).abs() < 1e-14);
                assert!((space.factor * space.cost(i, 0) - truth[i]).abs() < 1e-14);
            }
            assert!((space.factor * mean - 0.5 * (truth[0] + truth[1])).abs() < 1e-14);
        }
        let said = space(Cost::Cosine, 1, vec![1.0, 0.0], vec![1.0]).err().unwrap().to_string();
        assert!(said.contains("Row 1") && said.starts_with("a:"), "{said}");
    }

    #[test]
    fn masses_are_amounts_only_where_marginals_are_relaxed() {
        let cloud = |weights: Option<Vec<f64>>| Cloud { weights, ..Cloud::of("a", Points::zeros(2, 1), None, None) };
        let (a, b) = (cloud(Some(vec![1.0, 3.0])), cloud(Some(vec![2.0, 6.0])));
        assert_eq!(masses(&a, &b, Problem::Entropic), (vec![0.25, 0.75], vec![0.25, 0.75]));
        assert_eq!(masses(&a, &b, Problem::Unbalanced), (vec![0.25, 0.75], vec![0.5, 1.5]));
        assert_eq!(masses(&cloud(None), &b, Problem::Unbalanced), (vec![0.5, 0.5], vec![2.0, 6.0]));
    }
}
