//! The fused executor: networks of dense layers, in which elementwise work rides on the products.
//!
//! Rows are cut into tiles by their number alone. A tile goes through the network in arrays of panels that never
//! leave the second cache; the weight gradients are then taken over all tiles at once. Nothing is reduced across
//! threads, so results are the same, bit for bit, on any number of them.

mod action;
mod buffer;
mod evaluate;
mod features;
mod first_order;
mod gradient;
mod loss;
mod plan;
mod tile;
mod weights;

#[cfg(test)]
mod tests;

use crate::kernels::Isa;
use crate::tape::TapeExec;
use crate::{Exec, Loss, NetSpec};
use buffer::Pool;
use plan::Plan;
use rayon::prelude::*;
use std::sync::LazyLock;
use thalweg_core::{Error, Result};
use tile::{Tile, tile_rows};
use weights::Weights;

/// The executor to use for `spec`: the fused one where it can, the tape where it must.
pub fn executor_for(spec: &NetSpec) -> &'static dyn Exec {
    static FUSED: FusedExec = FusedExec::new();
    static TAPE: LazyLock<TapeExec> = LazyLock::new(TapeExec::default);
    if FusedExec::supports(spec) { &FUSED } else { &*TAPE }
}

/// Runs stacks of linear layers and activations, optionally after time features.
///
/// Work space is kept between calls, so a training loop does not allocate after its first step.
#[derive(Debug)]
pub struct FusedExec {
    tiles: Pool<Tile>,
    steps: Pool<Step>,
}

/// Work space of one call.
#[derive(Debug, Default)]
struct Step {
    weights: Weights,
    tiles: Vec<Tile>,
}

impl Default for FusedExec {
    fn default() -> Self {
        Self::new()
    }
}

impl FusedExec {
    /// An executor without work space yet.
    pub const fn new() -> Self {
        Self { tiles: Pool::new(), steps: Pool::new() }
    }

    /// Whether `spec` is a valid network of layers that this executor knows.
    pub fn supports(spec: &NetSpec) -> bool {
        matches!(Plan::new(spec), Ok(Some(_)))
    }

    fn plan(spec: &NetSpec, params: &[f32]) -> Result<Plan> {
        let plan = Plan::new(spec)?.ok_or_else(|| {
            Error::input("The fused executor runs linear layers and activations only, after time features at most.")
                .advise("Take the executor from `executor_for`, which knows one for every network.")
        })?;
        plan.expect("parameters", params.len(), plan.len)?;
        Ok(plan)
    }

    /// Does `work` on each tile of two arrays in and two out, of `n` rows with so many columns; the layers from `reverse`
    /// on can be gone through backwards.
    fn sweep(
        &self,
        plan: &Plan,
        (params, reverse): (&[f32], usize),
        n: usize,
        [(x, a), (y, b)]: [(&[f32], usize); 2],
        [(u, c), (v, d)]: [(&mut [f32], usize); 2],
        work: Work,
    ) {
        let (isa, size) = (Isa::detect(), tile_rows(n));
        self.steps.with(|step| {
            step.weights.load(plan, params, reverse);
            let from = x.chunks(size * a).zip(y.chunks(size * b));
            for_each_tile(from.zip(u.chunks_mut(size * c).zip(v.chunks_mut(size * d))), |(from, to)| {
                self.tiles.with(|tile| work(isa, plan, &step.weights, tile, from, to));
            });
        });
    }
}

/// Two arrays in and two arrays out, for the rows of one tile.
type Work = fn(Isa, &Plan, &Weights, &mut Tile, (&[f32], &[f32]), (&mut [f32], &mut [f32]));

/// Does `work` on each of the `tiles`, shared out over the pool of the calling thread.
///
/// Outside of a pool the work stays on the calling thread: rayon would start a global pool, which no call owns, and
/// which a forked child would wait for in vain.
fn for_each_tile<T: Send>(tiles: impl Iterator<Item = T>, work: impl Fn(T) + Send + Sync) {
    if rayon::current_thread_index().is_none() {
        return tiles.for_each(work);
    }
    let tiles: Vec<T> = tiles.collect();
    tiles.into_par_iter().with_max_len(1).for_each(work);
}

impl Exec for FusedExec {
    fn forward(&self, spec: &NetSpec, params: &[f32], x: &[f32], out: &mut [f32]) -> Result<()> {
        let plan = Self::plan(spec, params)?;
        let n = plan.rows("inputs", x, plan.inputs)?;
        plan.expect("outputs", out.len(), n * plan.outputs())?;
        let (isa, size) = (Isa::detect(), tile_rows(n));
        self.steps.with(|step| {
            step.weights.load(&plan, params, plan.layers.len());
            let tiles = x.chunks(size * plan.inputs).zip(out.chunks_mut(size * plan.outputs()));
            for_each_tile(tiles, |(x, out)| {
                self.tiles.with(|tile| evaluate::values(isa, &plan, &step.weights, tile, x, out));
            });
        });
        Ok(())
    }

    fn vjp(
        &self,
        spec: &NetSpec,
        params: &[f32],
        x: &[f32],
        cotangent: &[f32],
        out: &mut [f32],
        dx: &mut [f32],
    ) -> Result<()> {
        let plan = Self::plan(spec, params)?;
        let (inputs, outputs) = (plan.inputs, plan.outputs());
        let n = plan.rows("inputs", x, inputs)?;
        plan.expect("cotangents", cotangent.len(), n * outputs)?;
        plan.expect("outputs", out.len(), n * outputs)?;
        plan.expect("input cotangents", dx.len(), n * inputs)?;
        let (from, to) = ([(x, inputs), (cotangent, outputs)], [(out, outputs), (dx, inputs)]);
        self.sweep(&plan, (params, 0), n, from, to, evaluate::cotangents);
        Ok(())
    }

    fn jvp(
        &self,
        spec: &NetSpec,
        params: &[f32],
        x: &[f32],
        tangent: &[f32],
        out: &mut [f32],
        dout: &mut [f32],
    ) -> Result<()> {
        let plan = Self::plan(spec, params)?;
        let (inputs, outputs) = (plan.inputs, plan.outputs());
        let n = plan.rows("inputs", x, inputs)?;
        plan.expect("tangents", tangent.len(), n * inputs)?;
        plan.expect("outputs", out.len(), n * outputs)?;
        plan.expect("output tangents", dout.len(), n * outputs)?;
        let (from, to) = ([(x, inputs), (tangent, inputs)], [(out, outputs), (dout, outputs)]);
        self.sweep(&plan, (params, plan.layers.len()), n, from, to, evaluate::tangents);
        Ok(())
    }

    fn loss_grad(&self, spec: &NetSpec, params: &[f32], loss: &Loss<'_>, grad: &mut [f32]) -> Result<f64> {
        let plan = Self::plan(spec, params)?;
        plan.expect("gradients", grad.len(), plan.len)?;
        let jobs = loss::jobs(&plan, loss)?;
        Ok(self.steps.with(|step| loss::loss_grad(Isa::detect(), &plan, step, params, &jobs, grad)))
    }
}
