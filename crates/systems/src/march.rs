//! Steps of one length: when the steps are given by a protocol, or when speed is all.

use crate::equations::Law;
use crate::kernel::{Kernel, LANES, Numbers, WIDE};
use crate::step::march;
use crate::system::MOST_NUMBERS;
use crate::{Kind, System};
use rayon::prelude::*;
use thalweg_core::{Context, Error, Points, Result, room};

/// Steps of one state that are one piece of machine code, so that it stays in registers from one to the next.
const AT_ONCE: usize = 16;
/// The same where many states take turns.
const AT_ONCE_OF_MANY: usize = 4;
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

    /// One state: a piece of steps begins where the one before has ended.
    fn one(&self, start: &[f64], plan: &March, ctx: &Context) -> Result<Vec<f64>> {
        let (law, d) = (self.law()?, start.len());
        let (long, short) = (Steps::new(&law, plan.step, AT_ONCE, 1), Steps::new(&law, plan.step, 1, 1));
        let mut scratch = Numbers::zeros(long.kernel.scratch().len().max(short.kernel.scratch().len()));
        let mut kept = room((plan.steps / plan.every + 1) * d);
        kept.extend_from_slice(start);
        // Where every state is kept they are written into the result, else into a piece of which some are taken.
        let mut piece = start.to_vec();
        let (mut done, mut from) = (0, vec![0.0; d + 1]);
        while done < plan.steps {
            if (done / AT_ONCE).is_multiple_of(STEPS) {
                ctx.check_stop()?;
            }
            let steps = if plan.steps - done >= AT_ONCE { &long } else { &short };
            let (states, at) = if plan.every == 1 { (&mut kept, done * d) } else { (&mut piece, 0) };
            states.resize(at + (steps.number + 1) * d, 0.0);
            let (before, after) = states.split_at_mut(at + d);
            let before = &before[at..];
            if steps.timed {
                from[..d].copy_from_slice(before);
                from[d] = done as f64;
                steps.kernel.run(&from, after, &mut scratch);
            } else {
                steps.kernel.run(before, after, &mut scratch);
            }
            if plan.every > 1 {
                let wanted = (1..=steps.number).filter(|k| (done + k).is_multiple_of(plan.every));
                wanted.for_each(|k| kept.extend_from_slice(&piece[k * d..][..d]));
                piece.copy_within(steps.number * d..(steps.number + 1) * d, 0);
            }
            done += steps.number;
        }
        Ok(kept)
    }

    /// Many states: side by side, and all of a piece in turn, so that a step need not wait for the one before it.
    fn many(&self, starts: &Points, plan: &March, ctx: &Context) -> Result<Vec<f64>> {
        let (law, d) = (self.law()?, starts.dim());
        let lanes = if starts.len() <= LANES { LANES } else { WIDE };
        let long = Steps::new(&law, plan.step, plan.every.min(AT_ONCE_OF_MANY), lanes);
        let short = Steps::new(&law, plan.step, 1, lanes);
        let pieces: Vec<&[f64]> = starts.values().chunks(ROWS * d).collect();
        let piece = |rows: &&[f64]| in_turn((&long, &short), rows, (d, lanes), plan, ctx);
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

/// A number of steps made ready to run.
struct Steps {
    kernel: Kernel,
    number: usize,
    /// Whether the law depends on time: the number of steps made before is then an input.
    timed: bool,
}

impl Steps {
    /// The states after each step are outputs for a single state; for many only those after the last.
    fn new(law: &Law, length: f64, number: usize, lanes: usize) -> Self {
        let (width, (graph, states)) = (law.width(), march(law, length, number));
        let timed = graph.needs(&states, width);
        let outputs = if lanes == 1 { &states[..] } else { &states[(number - 1) * width..] };
        Self { kernel: Kernel::new(&graph, width + usize::from(timed), outputs, lanes), number, timed }
    }
}

/// The states of `rows` at all kept times.
fn in_turn(
    (long, short): (&Steps, &Steps),
    rows: &[f64],
    (d, lanes): (usize, usize),
    plan: &March,
    ctx: &Context,
) -> Result<Vec<f64>> {
    let (n, size) = (rows.len() / d, (d + 1) * lanes);
    let mut scratch = Numbers::zeros(long.kernel.scratch().len().max(short.kernel.scratch().len()));
    let mut now = Numbers::zeros(n.div_ceil(lanes) * size);
    for row in 0..now.len() / (d + 1) {
        // Lanes without a row repeat the last.
        let state = &rows[row.min(n - 1) * d..][..d];
        state.iter().enumerate().for_each(|(k, v)| now[row / lanes * size + k * lanes + row % lanes] = *v);
    }
    let mut next = Numbers::zeros(now.len());
    let mut kept = rows.to_vec();
    let (mut done, mut looked) = (0, 0);
    while done < plan.steps {
        if done >= looked {
            ctx.check_stop()?;
            looked = done + STEPS.div_ceil(n);
        }
        let left = plan.every - done % plan.every;
        let steps = if left.min(plan.steps - done) >= long.number { long } else { short };
        for (a, b) in now.chunks_exact_mut(size).zip(next.chunks_exact_mut(size)) {
            if steps.timed {
                a[d * lanes..].fill(done as f64);
            }
            steps.kernel.run(a, b, &mut scratch);
        }
        std::mem::swap(&mut now, &mut next);
        done += steps.number;
        if done.is_multiple_of(plan.every) {
            let value = |row: usize, k: usize| now[row / lanes * size + k * lanes + row % lanes];
            kept.extend((0..n).flat_map(|row| (0..d).map(move |k| value(row, k))));
        }
    }
    Ok(kept)
}
