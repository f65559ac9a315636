//! A training step: the loss cut into tiles, each swept, then the gradient over all of them.

use super::Step;
use super::action::{Interior, action};
use super::first_order::{Target, first_order};
use super::gradient::accumulate;
use super::plan::Plan;
use super::tile::{Tile, tile_rows};
use crate::kernels::Isa;
use crate::{ActionTerm, Loss};
use rayon::prelude::*;
use thalweg_core::{Error, Result};

/// Tiles whose arrays are kept at once; more rows than these take turns, which bounds the memory of a step.
const TILES: usize = 16;

/// The rows of one tile and what is asked of them.
#[derive(Clone, Copy, Debug)]
pub(super) enum Job<'a> {
    First { x: &'a [f32], target: Target<'a> },
    Action(Interior<'a>),
}

/// Cuts `loss` into tiles.
pub(super) fn jobs<'a>(plan: &Plan, loss: &Loss<'a>) -> Result<Vec<Job<'a>>> {
    match *loss {
        Loss::Regression { inputs, targets, weights } => regression(plan, inputs, targets, weights),
        Loss::Linear { inputs, cotangents } => {
            let n = plan.rows("inputs", inputs, plan.inputs)?;
            plan.expect("cotangents", cotangents.len(), n * plan.outputs())?;
            Ok(linear(plan, inputs, cotangents).collect())
        }
        Loss::Action { boundary, coefficients, interior, weights, term } => {
            if plan.outputs() != 1 {
                return Err(Error::input(format!(
                    "Action matching learns a scalar, but the network has {} outputs.",
                    plan.outputs()
                )));
            }
            plan.expect("boundary rows", boundary.len(), coefficients.len() * plan.inputs)?;
            plan.expect("interior rows", interior.len(), weights.len() * plan.inputs)?;
            if let ActionTerm::Entropic { probes, .. } = term {
                plan.expect("probes", probes.len(), weights.len() * (plan.inputs - 1))?;
            }
            Ok(linear(plan, boundary, coefficients).chain(interior_jobs(plan, interior, weights, term)).collect())
        }
    }
}

fn regression<'a>(plan: &Plan, x: &'a [f32], y: &'a [f32], weights: Option<&'a [f32]>) -> Result<Vec<Job<'a>>> {
    let (n, outputs) = (plan.rows("inputs", x, plan.inputs)?, plan.outputs());
    plan.expect("targets", y.len(), n * outputs)?;
    plan.expect("weights", weights.map_or(n, <[f32]>::len), n)?;
    let (size, scale) = (tile_rows(n), 1.0 / (n * outputs) as f64);
    let rows = x.chunks(size * plan.inputs).zip(y.chunks(size * outputs)).enumerate();
    let job = |(k, (x, y)): (usize, (&'a [f32], &'a [f32]))| {
        let weights = weights.map(|w| &w[k * size..n.min((k + 1) * size)]);
        Job::First { x, target: Target::Values { y, weights, scale } }
    };
    Ok(rows.map(job).collect())
}

fn linear<'a>(plan: &Plan, x: &'a [f32], c: &'a [f32]) -> impl Iterator<Item = Job<'a>> {
    let size = tile_rows(x.len() / plan.inputs);
    let rows = x.chunks(size * plan.inputs).zip(c.chunks(size * plan.outputs()));
    rows.map(|(x, c)| Job::First { x, target: Target::Cotangents(c) })
}

fn interior_jobs<'a>(
    plan: &Plan,
    x: &'a [f32],
    weights: &'a [f32],
    term: ActionTerm<'a>,
) -> impl Iterator<Item = Job<'a>> {
    // Two or three channels a row: half the rows keep the arrays as small.
    let size = tile_rows(weights.len()) / 2;
    let columns = plan.inputs - 1;
    let rows = x.chunks(size * plan.inputs).zip(weights.chunks(size)).enumerate();
    rows.map(move |(k, (x, weights))| {
        let term = match term {
            ActionTerm::Entropic { variance, probes } => {
                let first = k * size * columns;
                ActionTerm::Entropic { variance, probes: &probes[first..first + weights.len() * columns] }
            }
            other => other,
        };
        Job::Action(Interior { x, weights, term })
    })
}

/// Value and gradient of the loss that `jobs` make up.
pub(super) fn loss_grad(
    isa: Isa,
    plan: &Plan,
    step: &mut Step,
    params: &[f32],
    jobs: &[Job<'_>],
    grad: &mut [f32],
) -> f64 {
    grad.fill(0.0);
    let second = jobs.iter().any(|job| matches!(job, Job::Action(_)));
    step.weights.load(plan, params, usize::from(!second));
    let weights = &step.weights;
    let mut value = 0.0;
    for jobs in jobs.chunks(TILES) {
        step.tiles.resize_with(step.tiles.len().max(jobs.len()), Tile::default);
        let tiles = &mut step.tiles[..jobs.len()];
        tiles.par_iter_mut().zip(jobs).with_max_len(1).for_each(|(tile, job)| match *job {
            Job::First { x, target } => first_order(isa, plan, weights, tile, x, target),
            Job::Action(interior) => action(isa, plan, weights, tile, interior),
        });
        value += tiles.iter().map(|tile| tile.value).sum::<f64>();
        accumulate(isa, plan, tiles, grad);
    }
    value
}
