//! Steps of one length: when the steps are given by a protocol, or when speed is all.

use crate::kernel::{Kernel, LANES, Numbers};
use crate::step::march;
use crate::system::MOST_NUMBERS;
use crate::{Kind, System};
use rayon::prelude::*;
use thalweg_core::{Context, Error, Points, Result};

/// Steps of one state that are one piece of machine code, so that it stays in registers from one to the next.
const AT_ONCE: usize = 8;
/// Rows that one thread moves.
const ROWS: usize = 256;
/// Steps between two looks at whether to stop.
const STEPS: usize = 1 << 16;

/// Steps of the classical Runge-Kutta method of order 4.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct March {
    /// Length of a step, in units of the time of the system.
    pub step: f64,
    /// Number of steps.
    pub steps: usize,
    /// Every how many steps the states are kept.
    pub every: usize,
}

impl System {
    /// The states that `starts` (`n x dim`; its own initial state if none) take at time 0 and at every
    /// [`March::every`]-th step of one length: `(1 + steps / every) x n x dim` numbers, times first.
    ///
    /// Nothing controls errors: of a step too long for the law nothing is said but that states may not be finite. Cost:
    /// 4 evaluations a step.
    ///
    /// # Errors
    /// It is no flow; starts of another dimension or not finite; a step that is not finite and positive, `every` zero;
    /// more numbers than memory allows; interruption.
    pub fn march(&self, starts: Option<&Points>, plan: &March, ctx: &Context) -> Result<Vec<f64>> {
        let own = self.start();
        let starts = starts.unwrap_or(&own);
        if self.record().kind != Kind::Flow || starts.dim() != self.dim() || starts.is_empty() {
            return Err(Error::input(format!(
                "{} states of {} coordinates cannot be moved by steps of {}, a {} of {}.",
                starts.len(),
                starts.dim(),
                self.record().name,
                self.record().kind.name(),
                self.dim()
            )));
        }
        starts.check_finite()?;
        if !(plan.step.is_finite() && plan.step > 0.0) || plan.every == 0 {
            return Err(Error::input(format!(
                "Steps of length {} of which one in {} is kept were asked for, but both must be positive.",
                plan.step, plan.every
            )));
        }
        let width = starts.values().len();
        let numbers = (plan.steps / plan.every + 1).saturating_mul(width);
        if numbers > MOST_NUMBERS {
            return Err(Error::input(format!(
                "{numbers} numbers were asked for, but at most {MOST_NUMBERS} are kept."
            )));
        }
        ctx.require_memory(16 * numbers as u64, "The march")?;
        if starts.len() == 1 { self.one(starts.values(), plan, ctx) } else { self.many(starts, plan, ctx) }
    }

    /// One state: several steps at once, of which the states lie in the result in their order.
    fn one(&self, start: &[f64], plan: &March, ctx: &Context) -> Result<Vec<f64>> {
        let (law, d) = (self.law()?, start.len());
        let kernel = |steps: usize| {
            let (graph, outputs) = march(&law, plan.step, steps);
            Kernel::new(&graph, d + 1, &outputs, 1)
        };
        let (long, short) = (kernel(AT_ONCE), kernel(1));
        let mut scratch = Numbers::zeros(long.scratch().len().max(short.scratch().len()));
        let mut kept = Vec::with_capacity((plan.steps / plan.every + 1) * d);
        kept.extend_from_slice(start);
        let mut input = [start, &[0.0]].concat();
        let mut states = vec![0.0; AT_ONCE * (d + 1)];
        let (mut done, mut left) = (0, plan.every);
        while done < plan.steps {
            if (done / AT_ONCE).is_multiple_of(STEPS) {
                ctx.check_stop()?;
            }
            let (kernel, now) = if plan.steps - done >= AT_ONCE { (&long, AT_ONCE) } else { (&short, 1) };
            kernel.run(&input, &mut states, &mut scratch);
            for state in states.chunks_exact(d + 1).take(now) {
                left -= 1;
                if left == 0 {
                    kept.extend_from_slice(&state[..d]);
                    left = plan.every;
                }
            }
            input.copy_from_slice(&states[(now - 1) * (d + 1)..now * (d + 1)]);
            done += now;
        }
        Ok(kept)
    }

    /// Many states: eight side by side, and every eight in turn, so that one step need not wait for the one before it.
    fn many(&self, starts: &Points, plan: &March, ctx: &Context) -> Result<Vec<f64>> {
        let (law, d) = (self.law()?, starts.dim());
        let (graph, outputs) = march(&law, plan.step, 1);
        let kernel = Kernel::new(&graph, d + 1, &outputs, LANES);
        let pieces: Vec<&[f64]> = starts.values().chunks(ROWS * d).collect();
        let piece = |rows: &&[f64]| in_turn(&kernel, rows, d, plan, ctx);
        let parts: Vec<Vec<f64>> = if pieces.len() == 1 {
            vec![piece(&pieces[0])?]
        } else {
            ctx.install(|| pieces.par_iter().map(piece).collect::<Result<_>>())?
        };
        let times = plan.steps / plan.every + 1;
        let of_time =
            |k: usize| parts.iter().flat_map(move |part| &part[k * part.len() / times..][..part.len() / times]);
        Ok((0..times).flat_map(of_time).copied().collect())
    }
}

/// The states of `rows` at all kept times.
fn in_turn(kernel: &Kernel, rows: &[f64], d: usize, plan: &March, ctx: &Context) -> Result<Vec<f64>> {
    let (n, size) = (rows.len() / d, (d + 1) * LANES);
    let mut scratch = kernel.scratch();
    let mut now = Numbers::zeros(n.div_ceil(LANES) * size);
    for row in 0..now.len() / (d + 1) {
        // Lanes without a row repeat the last.
        let state = &rows[row.min(n - 1) * d..][..d];
        state.iter().enumerate().for_each(|(k, v)| now[row / LANES * size + k * LANES + row % LANES] = *v);
    }
    let mut next = Numbers::zeros(now.len());
    let mut kept = rows.to_vec();
    for step in 1..=plan.steps {
        if (step * n).is_multiple_of(STEPS) {
            ctx.check_stop()?;
        }
        for (a, b) in now.chunks_exact(size).zip(next.chunks_exact_mut(size)) {
            kernel.run(a, b, &mut scratch);
        }
        std::mem::swap(&mut now, &mut next);
        if step.is_multiple_of(plan.every) {
            let value = |row: usize, k: usize| now[row / LANES * size + k * LANES + row % LANES];
            kept.extend((0..n).flat_map(|row| (0..d).map(move |k| value(row, k))));
        }
    }
    Ok(kept)
}
