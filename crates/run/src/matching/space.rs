//! Two weighted clouds and what moving between them costs, in the terms of the engine.

use super::Cloud;
use super::apart::Apart;
use super::options::{Cost, Problem};
use super::relational::times;
use rayon::prelude::*;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;
use thalweg_core::{Context, Error, Measure, Points, Result};
use thalweg_ot::{
    CostMatrix, Entropic, Exact, GroundCost, Partial, RestrictedCosts, Sinkhorn, partial_of_mass,
    partial_of_mass_matrix, transport, transport_matrix, transport_on_grid, transport_restricted,
};

/// Most that one side may outweigh the other by: beyond it the products of masses and penalties overflow.
const FARTHEST: f64 = 1e100;

/// Two measures with a cost that is `factor` times what the engine computes.
pub(super) struct Space {
    pub(super) source: Arc<Measure>,
    pub(super) target: Arc<Measure>,
    ground: Ground,
    /// Cost asked for, over cost in the engine.
    pub(super) factor: f64,
    /// Whether points count by their direction alone.
    directions: bool,
    /// What the user calls both sides.
    pub(super) names: [String; 2],
    /// The coordinates that both sides have, where they need not have the same.
    shared: Option<[Points; 2]>,
}

/// How a cost is computed.
enum Ground {
    /// By the engine, in blocks.
    Engine(GroundCost),
    /// Of the displacement, one pair at a time.
    Apart(Apart),
    /// The caller's own.
    Given(RestrictedCosts),
}

impl Space {
    /// The clouds under the cost asked for, with the masses that the problem gives them.
    ///
    /// # Errors
    /// A cloud without points or mass, or a point without direction under the cosine cost; the cloud is named.
    pub(super) fn new(
        source: &Cloud,
        target: &Cloud,
        (cost, gamma): (Cost, Option<f64>),
        problem: Problem,
    ) -> Result<Self> {
        let (a, b) = masses(source, target, problem)?;
        let names = [source.name.clone(), target.name.clone()];
        let shared = (problem == Problem::Gromov).then(|| common(source, target, cost)).transpose()?;
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
            Cost::Cityblock => (Ground::Apart(Apart::Cityblock), 1.0),
            Cost::Elastic => (Ground::Apart(Apart::Elastic { gamma: gamma.unwrap_or(0.0) }), 1.0),
            Cost::Graph => {
                return Err(Error::input("The cost graph needs a network and the node of each row.")
                    .advise("Give --graph and --node with it."));
            }
        };
        let directions = cost == Cost::Cosine;
        Ok(Self { source, target, ground, factor, directions, names, shared: shared.flatten() })
    }

    /// The same under costs of the caller, `n x m`.
    ///
    /// # Errors
    /// Another shape.
    pub(super) fn given(self, costs: RestrictedCosts) -> Result<Self> {
        let (n, m) = (self.source.len(), self.target.len());
        if (costs.rows(), costs.cols()) != (n, m) {
            return Err(Error::input(format!(
                "The costs are {} by {}, but there are {n} points and {m}.",
                costs.rows(),
                costs.cols()
            )));
        }
        Ok(Self { ground: Ground::Given(costs), factor: 1.0, directions: false, ..self })
    }

    /// Whether the solver is given a matrix of all costs.
    pub(super) fn holds_costs(&self) -> bool {
        matches!(self.ground, Ground::Given(_))
    }

    /// Bytes that costs of the caller take.
    pub(super) fn given_bytes(&self) -> u64 {
        if matches!(self.ground, Ground::Given(_)) { self.matrix_bytes(1) } else { 0 }
    }

    /// Whether both sides have equally many points of one weight.
    pub(super) fn is_assignment(&self) -> bool {
        let equal = |w: &[f64]| w.iter().all(|v| *v == w[0]);
        self.source.len() == self.target.len() && equal(self.source.weights()) && equal(self.target.weights())
    }

    /// The cost by its name in the engine.
    ///
    /// # Errors
    /// One that the engine knows as a matrix only.
    pub(super) fn engine(&self) -> Result<GroundCost> {
        match &self.ground {
            Ground::Engine(cost) => Ok(*cost),
            Ground::Apart(_) | Ground::Given(_) => Err(Error::input(
                "The method semi-discrete draws costs row by row, which city-block, elastic and given costs are not made for.",
            )
            .advise("Use sqeuclidean, euclidean or cosine, or the method entropic.")),
        }
    }

    /// The `k x k` relations within one of the two clouds, in the units that were asked for.
    pub(super) fn within(&self, measure: &Measure, ctx: &Context) -> Result<CostMatrix> {
        let matrix = ctx.install(|| match &self.ground {
            Ground::Apart(apart) => apart.matrix(measure.points(), measure.points()),
            Ground::Engine(cost) => cost.matrix(measure.points(), measure.points()),
            Ground::Given(_) => Err(Error::input("Costs between two clouds say nothing about relations within each.")
                .advise("Name a --cost, under which the relations are computed.")),
        })?;
        times(matrix, self.factor)
    }

    /// The costs between the coordinates that both sides have, in the units that were asked for.
    pub(super) fn between(&self, ctx: &Context) -> Result<CostMatrix> {
        let Some([x, y]) = &self.shared else {
            return Err(Error::input(format!(
                "{} and {} have no column in common, so that there are no costs between them for --alpha to weigh.",
                self.names[0], self.names[1]
            ))
            .advise("Leave --alpha out, or give both tables a column of the same name."));
        };
        let matrix = ctx.install(|| match &self.ground {
            Ground::Engine(cost) => cost.matrix(x, y),
            Ground::Apart(apart) => apart.matrix(x, y),
            Ground::Given(_) => Apart::Cityblock.matrix(x, y),
        })?;
        times(matrix, self.factor)
    }

    /// Bytes that the costs take where they are held whole, `copies` times.
    fn matrix_bytes(&self, copies: u64) -> u64 {
        8 * copies * self.source.len() as u64 * self.target.len() as u64
    }

    /// All costs, where the engine takes a matrix.
    fn matrix(&self, ctx: &Context, copies: u64) -> Result<Cow<'_, CostMatrix>> {
        ctx.require_memory(self.matrix_bytes(copies), "The matrix of costs")?;
        match &self.ground {
            Ground::Given(costs) => costs.finite().map(Cow::Borrowed).ok_or_else(|| {
                Error::input(format!(
                    "{} costs are infinite, and this method knows no forbidden pairs.",
                    costs.forbidden()
                ))
                .advise("Use the method exact, entropic or unbalanced, or give every pair a finite cost.")
            }),
            Ground::Engine(cost) => {
                ctx.install(|| cost.matrix(self.source.points(), self.target.points())).map(Cow::Owned)
            }
            Ground::Apart(apart) => {
                ctx.install(|| apart.matrix(self.source.points(), self.target.points())).map(Cow::Owned)
            }
        }
    }

    /// The exact plan in the engine's units.
    pub(super) fn exact(&self, ctx: &Context) -> Result<Exact> {
        match &self.ground {
            Ground::Engine(cost) => transport(ctx, &self.source, &self.target, *cost),
            Ground::Given(costs) => {
                ctx.require_memory(self.matrix_bytes(1), "The matrix of costs")?;
                transport_restricted(ctx, self.source.weights(), self.target.weights(), costs)
            }
            Ground::Apart(apart) => {
                if *apart == Apart::Cityblock
                    && let Some(exact) = transport_on_grid(ctx, &self.source, &self.target)?
                {
                    return Ok(exact);
                }
                let matrix = self.matrix(ctx, 1)?;
                transport_matrix(ctx, self.source.weights(), self.target.weights(), &matrix)
            }
        }
    }

    /// The cheapest plan in the engine's units that moves `mass`.
    pub(super) fn partial(&self, ctx: &Context, mass: f64) -> Result<Partial> {
        match &self.ground {
            Ground::Engine(cost) => partial_of_mass(ctx, &self.source, &self.target, *cost, mass),
            Ground::Apart(_) | Ground::Given(_) => {
                let matrix = self.matrix(ctx, 3)?;
                partial_of_mass_matrix(ctx, self.source.weights(), self.target.weights(), &matrix, mass)
            }
        }
    }

    /// The entropic plan in the engine's units.
    pub(super) fn entropic(&self, ctx: &Context, settings: &Sinkhorn) -> Result<Entropic> {
        match &self.ground {
            Ground::Engine(cost) => {
                settings.solve(ctx, &self.source, &self.target, *cost, None).map(|(entropic, _)| entropic)
            }
            Ground::Given(costs) if costs.forbidden() > 0 => {
                settings.solve_restricted(ctx, self.source.weights(), self.target.weights(), costs, None)
            }
            Ground::Apart(apart) => {
                let (source, target) = (&self.source, &self.target);
                let sides = [(source.points(), source.weights()), (target.points(), target.weights())];
                apart.entropic(sides[0], sides[1], settings, ctx)
            }
            Ground::Given(_) => {
                let matrix = self.matrix(ctx, 2)?;
                settings.solve_matrix_with(ctx, self.source.weights(), self.target.weights(), &matrix, None)
            }
        }
    }

    /// Mean cost under independent draws of pairs that are permitted, in the engine's units.
    pub(super) fn mean(&self, ctx: &Context) -> Result<f64> {
        let (a, b) = (self.source.probabilities(), self.target.probabilities());
        match &self.ground {
            Ground::Engine(cost) => ctx.install(|| cost.mean(self.source.points(), &a, self.target.points(), &b)),
            Ground::Apart(apart) => {
                let row = |i: usize| {
                    let x = self.source.points().row(i);
                    let costs = self.target.points().rows().zip(&b).map(|(y, b)| b * apart.between(x, y));
                    a[i] * costs.sum::<f64>()
                };
                let rows: Vec<f64> = ctx.install(|| (0..a.len()).into_par_iter().map(row).collect());
                Ok(rows.iter().sum())
            }
            Ground::Given(costs) => {
                // Over the pairs that are permitted.
                let (mut sum, mut share) = (0.0, 0.0);
                for (i, a) in a.iter().enumerate() {
                    for (c, b) in costs.row(i).iter().zip(&b).filter(|(c, _)| c.is_finite()) {
                        sum += a * b * c;
                        share += a * b;
                    }
                }
                Ok(if share > 0.0 { sum / share } else { 0.0 })
            }
        }
    }

    /// The costs from any points to every target, in the engine's units. Runs in the calling pool.
    ///
    /// # Errors
    /// Another dimension, coordinates that are not finite, a point without direction, costs that were given.
    pub(super) fn costs_from(&self, points: &Points) -> Result<CostMatrix> {
        points.check_finite()?;
        if points.dim() != self.target.points().dim() {
            return Err(Error::input(format!(
                "The points have {} coordinates and those of the match {}.",
                points.dim(),
                self.target.points().dim()
            )));
        }
        match &self.ground {
            Ground::Engine(cost) if self.directions => cost.matrix(&directions(points)?, self.target.points()),
            Ground::Engine(cost) => cost.matrix(points, self.target.points()),
            Ground::Apart(apart) => apart.matrix(points, self.target.points()),
            Ground::Given(_) => {
                Err(Error::input("Costs that were given say nothing about points that are not among them.")
                    .advise("Name a --cost instead."))
            }
        }
    }

    /// The costs from some of the sources to every target, in the engine's units, infinite where a pair is forbidden. Runs in
    /// the calling pool.
    pub(super) fn costs(&self, rows: Range<usize>) -> Result<Block<'_>> {
        let chosen = || self.source.points().select(&rows.clone().collect::<Vec<_>>());
        Ok(match &self.ground {
            Ground::Engine(cost) => Block::Computed(cost.matrix(&chosen(), self.target.points())?),
            Ground::Apart(apart) => Block::Computed(apart.matrix(&chosen(), self.target.points())?),
            Ground::Given(costs) => Block::Given { costs, first: rows.start },
        })
    }
}

/// Some rows of costs.
pub(super) enum Block<'a> {
    Computed(CostMatrix),
    /// Of costs of the caller, from row `first` on.
    Given {
        costs: &'a RestrictedCosts,
        first: usize,
    },
}

impl Block<'_> {
    /// Row `k` of the block.
    pub(super) fn row(&self, k: usize) -> &[f64] {
        match self {
            Self::Computed(costs) => costs.row(k),
            Self::Given { costs, first } => costs.row(first + k),
        }
    }
}

/// The coordinates that both clouds have: those of one name, and where neither has names all, if they are as many.
fn common(source: &Cloud, target: &Cloud, cost: Cost) -> Result<Option<[Points; 2]>> {
    let pairs: Vec<(usize, usize)> = if source.named && target.named {
        let place = |name: &String| target.features.iter().position(|f| f == name);
        source.features.iter().enumerate().filter_map(|(k, name)| Some((k, place(name)?))).collect()
    } else if source.points.dim() == target.points.dim() {
        (0..source.points.dim()).map(|k| (k, k)).collect()
    } else {
        Vec::new()
    };
    if pairs.is_empty() {
        return Ok(None);
    }
    let chosen = |cloud: &Cloud, columns: Vec<usize>| -> Result<Points> {
        let values = cloud.points.rows().flat_map(|row| columns.iter().map(|k| row[*k])).collect();
        let points = Points::new(columns.len(), values)?;
        let points = if cost == Cost::Cosine { directions(&points) } else { Ok(points) };
        points.map_err(|e| e.within(&cloud.name))
    };
    let (from, to) = pairs.into_iter().unzip();
    Ok(Some([chosen(source, from)?, chosen(target, to)?]))
}

/// The masses of both sides.
///
/// Where marginals are met, each side has mass 1. Otherwise weights mean amounts: they are given in units of the
/// source's total, and a side without weights has mass 1, because the size of a sample says nothing about amounts.
///
/// # Errors
/// Amounts that double precision cannot hold in one unit.
fn masses(source: &Cloud, target: &Cloud, problem: Problem) -> Result<(Vec<f64>, Vec<f64>)> {
    let total = |w: &[f64]| w.iter().sum::<f64>();
    let unit = source.weights.as_deref().map_or(1.0, total);
    let side = |cloud: &Cloud| match &cloud.weights {
        None => vec![1.0 / cloud.points.len().max(1) as f64; cloud.points.len()],
        Some(w) => {
            let unit = if problem.weighs_amounts() { unit } else { total(w) };
            // Weights that are all zero, or too large to be added, are refused as they are.
            if unit > 0.0 && unit.is_finite() { w.iter().map(|w| w / unit).collect() } else { w.clone() }
        }
    };
    let given = target.weights.as_deref().map_or(1.0, total);
    let apart = given / unit;
    let sound = unit > 0.0 && unit.is_finite() && given > 0.0 && given.is_finite();
    if problem.weighs_amounts() && sound && !(1.0 / FARTHEST..=FARTHEST).contains(&apart) {
        return Err(Error::input(format!(
            "The weights of {} sum to {unit:e} and those of {} to {given:e}: no computer number holds both in one unit.",
            source.name, target.name
        ))
        .advise("Give both in the same unit, such as counts, or match shares with the method exact or entropic."));
    }
    Ok((side(source), side(target)))
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
        Space::new(&cloud(x), &cloud(y), (cost, Some(2.0)), Problem::Exact)
    }

    #[test]
    fn costs_are_those_of_their_definitions() {
        let (x, y) = (vec![1.0, 0.0, 3.0, 4.0], vec![0.0, 2.0]);
        for (cost, truth) in [
            (Cost::SqEuclidean, [5.0, 13.0]),
            (Cost::Euclidean, [5.0_f64.sqrt(), 13.0_f64.sqrt()]),
            (Cost::Cityblock, [3.0, 5.0]),
            // Half the square, and twice the city block.
            (Cost::Elastic, [2.5 + 6.0, 6.5 + 10.0]),
            // Angles between (1, 0), (3, 4) and (0, 2): cosines 0 and 4/5.
            (Cost::Cosine, [1.0, 0.2]),
        ] {
            let space = space(cost, 2, x.clone(), y.clone()).unwrap();
            let block = space.costs(0..2).unwrap();
            let mean = space.mean(&Context::new(0, 1).unwrap()).unwrap();
            for i in 0..2 {
                assert!((space.factor * block.row(i)[0] - truth[i]).abs() < 1e-14);
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
        let masses = |a: &Cloud, b: &Cloud, problem| masses(a, b, problem).unwrap();
        assert_eq!(masses(&a, &b, Problem::Entropic), (vec![0.25, 0.75], vec![0.25, 0.75]));
        assert_eq!(masses(&a, &b, Problem::Unbalanced), (vec![0.25, 0.75], vec![0.5, 1.5]));
        assert_eq!(masses(&cloud(None), &b, Problem::Unbalanced), (vec![0.5, 0.5], vec![2.0, 6.0]));
    }
}
