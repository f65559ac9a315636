//! The tape as an executor: it runs every network and every declared loss.

use super::shards::{self, pick};
use super::{Tape, Var, batch_loss, check, net_forward, net_params, sweep, value_and_grad};
use crate::{Exec, Layout, Loss, NetSpec};
use rayon::prelude::*;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};
use thalweg_core::Result;

/// Runs any network on the tape, in shards of rows.
///
/// Shards are cut by size alone, each runs on a tape of its own, and their gradients are added in order. Tapes
/// are kept between calls, so that a training loop allocates little after its first step.
#[derive(Default)]
pub struct TapeExec {
    idle: Mutex<Vec<Desk>>,
}

/// What one shard works with.
#[derive(Default)]
struct Desk {
    tape: Tape<f32>,
    grad: Vec<f32>,
    block: Vec<f32>,
}

impl std::fmt::Debug for TapeExec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TapeExec")
    }
}

impl TapeExec {
    /// An executor without tapes yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn take(&self) -> Desk {
        // A poisoned lock only means that a desk was lost to a panic elsewhere; the others are whole.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    fn give(&self, desk: Desk) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(desk);
    }

    /// Runs `work` on every block of rows of the outputs, whose numbers of columns are given.
    fn by_rows<F>(&self, layout: &Layout, n: usize, outs: [(&mut [f32], usize); 2], work: F) -> Result<()>
    where
        F: Fn(&Tape<f32>, &Range<usize>, [&mut [f32]; 2]) -> Result<()> + Sync,
    {
        let rows = shards::block_rows(layout.len);
        let ranges: Vec<_> = (0..n).step_by(rows).map(|first| first..(first + rows).min(n)).collect();
        let [(mut a, wide_a), (mut b, wide_b)] = outs;
        let mut pieces = Vec::with_capacity(ranges.len());
        for range in ranges {
            pieces.push((range.clone(), [cut(&mut a, range.len() * wide_a), cut(&mut b, range.len() * wide_b)]));
        }
        pieces.into_par_iter().try_for_each(|(range, outs)| {
            let mut desk = self.take();
            desk.tape.reset();
            let done = work(&desk.tape, &range, outs);
            self.give(desk);
            done
        })
    }

    /// Adds up the values and, into the desk's gradient, the gradients of the blocks of one shard.
    fn run_shard(
        &self,
        spec: &NetSpec,
        params: &[f32],
        loss: &Loss<'_>,
        blocks: &[Range<usize>],
        n: usize,
    ) -> Result<(f64, Desk)> {
        let mut desk = self.take();
        let Desk { tape, grad, block } = &mut desk;
        grad.resize(params.len(), 0.0);
        let mut total = 0.0;
        for (k, range) in blocks.iter().enumerate() {
            let part = shards::part(loss, spec.inputs, range, n);
            let weighted = |tape: &Tape<f32>, vars: &[Var]| {
                Ok(tape.scale(batch_loss(tape, spec, vars, &part.loss)?, part.share as f32))
            };
            if k == 0 {
                total += f64::from(value_and_grad(tape, spec, params, grad, weighted)?);
            } else {
                block.resize(params.len(), 0.0);
                total += f64::from(value_and_grad(tape, spec, params, block, weighted)?);
                sweep::accumulate(block, grad);
            }
        }
        Ok((total, desk))
    }
}

/// Cuts the first `len` elements off.
fn cut<'a>(rest: &mut &'a mut [f32], len: usize) -> &'a mut [f32] {
    let (head, tail) = std::mem::take(rest).split_at_mut(len);
    *rest = tail;
    head
}

impl Exec for TapeExec {
    fn forward(&self, spec: &NetSpec, params: &[f32], x: &[f32], out: &mut [f32]) -> Result<()> {
        let (layout, outputs) = (spec.layout()?, spec.outputs()?);
        check::parameters(layout.len, params.len())?;
        let n = check::rows("inputs", x.len(), spec.inputs)?;
        check::matrix("outputs", out.len(), n, outputs)?;
        self.by_rows(&layout, n, [(out, outputs), (&mut [], 0)], |tape, rows, [out, _]| {
            let x = tape.leaf(rows.len(), spec.inputs, pick(x, spec.inputs, rows));
            let y = net_forward(tape, spec, &net_params(tape, &layout, params), x)?;
            out.copy_from_slice(&tape.value(y));
            Ok(())
        })
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
        let (layout, outputs) = (spec.layout()?, spec.outputs()?);
        check::parameters(layout.len, params.len())?;
        let n = check::rows("inputs", x.len(), spec.inputs)?;
        check::matrix("cotangents", cotangent.len(), n, outputs)?;
        check::matrix("outputs", out.len(), n, outputs)?;
        check::matrix("input gradients", dx.len(), n, spec.inputs)?;
        self.by_rows(&layout, n, [(out, outputs), (dx, spec.inputs)], |tape, rows, [out, dx]| {
            let x = tape.leaf(rows.len(), spec.inputs, pick(x, spec.inputs, rows));
            let c = tape.leaf(rows.len(), outputs, pick(cotangent, outputs, rows));
            let y = net_forward(tape, spec, &net_params(tape, &layout, params), x)?;
            out.copy_from_slice(&tape.value(y));
            dx.copy_from_slice(&tape.value(tape.vjp(y, c, &[x])[0]));
            Ok(())
        })
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
        let (layout, outputs) = (spec.layout()?, spec.outputs()?);
        check::parameters(layout.len, params.len())?;
        let n = check::rows("inputs", x.len(), spec.inputs)?;
        check::matrix("tangents", tangent.len(), n, spec.inputs)?;
        check::matrix("outputs", out.len(), n, outputs)?;
        check::matrix("output tangents", dout.len(), n, outputs)?;
        self.by_rows(&layout, n, [(out, outputs), (dout, outputs)], |tape, rows, [out, dout]| {
            let x_rows = tape.leaf(rows.len(), spec.inputs, pick(x, spec.inputs, rows));
            let dx = tape.leaf(rows.len(), spec.inputs, pick(tangent, spec.inputs, rows));
            let y = net_forward(tape, spec, &net_params(tape, &layout, params), x_rows)?;
            out.copy_from_slice(&tape.value(y));
            dout.copy_from_slice(&tape.value(tape.jvp(&[y], &[(x_rows, dx)])[0]));
            Ok(())
        })
    }

    fn loss_grad(&self, spec: &NetSpec, params: &[f32], loss: &Loss<'_>, grad: &mut [f32]) -> Result<f64> {
        let layout = spec.layout()?;
        check::parameters(layout.len, params.len())?;
        check::parameters(layout.len, grad.len())?;
        check::loss(spec, loss)?;
        let n = shards::rows(loss, spec.inputs);
        if n == 0 {
            grad.fill(0.0);
            return Ok(0.0);
        }
        let shards = shards::shards(n, layout.len);
        let done = shards.par_iter().map(|blocks| self.run_shard(spec, params, loss, blocks, n));
        let done: Vec<(f64, Desk)> = done.collect::<Result<_>>()?;
        grad.copy_from_slice(&done[0].1.grad);
        done[1..].iter().for_each(|(_, desk)| sweep::accumulate(&desk.grad, grad));
        let total = done.iter().map(|(value, _)| value).sum();
        done.into_iter().for_each(|(_, desk)| self.give(desk));
        Ok(total)
    }
}
