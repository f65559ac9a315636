//! Paths of flows with noise: ensembles of any size, kept at given times.

use crate::kernel::{Kernel, Numbers, WIDE};
use crate::step::{NoisyScheme, NoisyStep};
use crate::{Kind, System};
use rayon::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use thalweg_core::{Context, Error, Normals, Points, Report, Result, STREAMS, Status, Trajectory, room};

/// Rows that one thread moves; results do not depend on it.
const ROWS: usize = 16 * WIDE;
/// Steps between two looks at whether to stop.
const STEPS: usize = 1024;
/// Normals of each path that are drawn at once, a multiple of 8.
const DRAWN: usize = 64;

const _: () = assert!(STREAMS == WIDE, "a lane is a stream");

/// How paths are followed.
#[derive(Clone, Debug, PartialEq)]
pub struct Paths {
    /// Times at which states are kept; they do not decrease, and none is negative.
    pub times: Vec<f64>,
    /// The longest step. From one kept time to the next steps have one length.
    pub step: f64,
    /// The scheme, and with it the sense of the equation.
    pub scheme: NoisyScheme,
}

impl System {
    /// The paths from `starts` (`n x dim`, at time 0) of `dx = f dt + g dW`: `f` are the rates of this flow, `g` those of
    /// `size`, one coefficient a state, and the Brownian motions of states are independent.
    ///
    /// Path `k` is a function of seed and number alone, whatever the number of paths. Where a path leaves the finite range,
    /// or `ctx` asks to stop, the times that all have reached are kept. Cost: an evaluation of both a step, two of Heun,
    /// and a normal for each state with noise.
    ///
    /// # Errors
    /// One of both is no flow; dimensions differ; a step that is not positive; times that decrease.
    pub fn paths(&self, size: &Self, starts: &Points, plan: &Paths, ctx: &Context) -> Result<Trajectory> {
        let d = self.dim();
        if self.record().kind != Kind::Flow || size.dim() != d || starts.dim() != d || starts.is_empty() {
            return Err(Error::input(format!(
                "{} states of {} coordinates and {} coefficients of noise were given for {}, a {} of {d}.",
                starts.len(),
                starts.dim(),
                size.dim(),
                self.record().name,
                self.record().kind.name()
            )));
        }
        starts.check_finite()?;
        let forward = plan.times.iter().try_fold(0.0, |last, t| (*t >= last && t.is_finite()).then_some(*t));
        if !(plan.step.is_finite() && plan.step > 0.0) || forward.is_none() {
            return Err(Error::input(format!(
                "Steps of {} were asked for, and times from {:?} to {:?}; a step must be positive, and times must not be negative or decrease.",
                plan.step,
                plan.times.first(),
                plan.times.last()
            )));
        }
        let step = NoisyStep::new(&self.law()?, &size.law()?, plan.scheme);
        let kernel = Kernel::new(&step.graph, d + 3 + step.normals, &step.next, WIDE);
        let ensemble = Ensemble { kernel, d, draws: step.normals, seed: ctx.seed() };
        ensemble.follow(starts, plan, ctx)
    }
}

struct Ensemble {
    kernel: Kernel,
    d: usize,
    /// Normals that a path takes a step.
    draws: usize,
    seed: u64,
}

/// From one kept time to the next.
#[derive(Clone, Copy)]
struct Leg {
    from: f64,
    length: f64,
    steps: usize,
    /// Steps made before.
    before: usize,
}

impl Ensemble {
    fn follow(&self, starts: &Points, plan: &Paths, ctx: &Context) -> Result<Trajectory> {
        let (began, done, pieces) = (Instant::now(), AtomicU64::new(0), starts.len().div_ceil(ROWS) as u64);
        let (mut states, mut status, mut lost) = (Vec::new(), Status::Converged, None);
        let (mut now, mut before, mut time) = (starts.clone(), 0, 0.0);
        for until in &plan.times {
            let steps = ((until - time) / plan.step * (1.0 - 1e-9)).ceil() as usize;
            let leg = Leg { from: time, length: (until - time) / steps.max(1) as f64, steps, before };
            let mut next = room(now.values().len());
            next.resize(now.values().len(), 0.0);
            let piece = |(k, (from, to)): (usize, (&[f64], &mut [f64]))| {
                self.cross(k * ROWS, from, to, leg, ctx)?;
                let all = pieces * plan.times.len() as u64;
                ctx.progress("integrate", done.fetch_add(1, Ordering::Relaxed) + 1, all, "");
                Ok(())
            };
            let chunks = now.values().par_chunks(ROWS * self.d).zip(next.par_chunks_mut(ROWS * self.d)).enumerate();
            let ended: Result<()> = ctx.install(|| chunks.map(piece).collect());
            if ended.is_err() {
                status = Status::Interrupted;
                break;
            }
            if let Some(bad) = next.iter().position(|v| !v.is_finite()) {
                (status, lost) = (Status::Diverged, Some(bad / self.d));
                break;
            }
            (now, before, time) = (Points::new(self.d, next)?, before + steps, *until);
            states.push(now.clone());
        }
        let mut report =
            Report::new(status, before).residual("normals a path", (before * self.draws) as f64).timed(began);
        report.seed = Some(self.seed);
        let kept = format!("The first {} times are kept.", states.len());
        let report = match (status, lost) {
            (Status::Converged, _) => report,
            (_, Some(row)) => report.advise(format!(
                "Row {row} left the finite range after time {time}: end there, or take steps of {:.2e}. {kept}",
                plan.step / 2.0
            )),
            _ => report.advise(format!("It was interrupted after time {time}. {kept}")),
        };
        Ok(Trajectory { times: plan.times[..states.len()].to_vec(), states, log_weights: Vec::new(), report })
    }

    /// Moves the rows from number `first` on over a leg, sixteen at a time.
    fn cross(&self, first: usize, from: &[f64], to: &mut [f64], leg: Leg, ctx: &Context) -> Result<()> {
        let d = self.d;
        let mut frame = Numbers::zeros((d + 3 + self.draws) * WIDE);
        let (mut next, mut scratch) = (Numbers::zeros(d * WIDE), self.kernel.scratch());
        let mut drawn = Numbers::zeros((DRAWN + self.draws.next_multiple_of(8)) * WIDE);
        for (group, (from, to)) in from.chunks(WIDE * d).zip(to.chunks_mut(WIDE * d)).enumerate() {
            let rows = from.len() / d;
            for lane in 0..WIDE {
                // Lanes without a row repeat the last.
                let row = &from[lane.min(rows - 1) * d..][..d];
                row.iter().enumerate().for_each(|(k, v)| frame[k * WIDE + lane] = *v);
            }
            let streams = Normals::new(self.seed, "systems/paths", (first + group * WIDE) as u64);
            let mut source = Source::new(streams, leg.before * self.draws, &mut drawn);
            frame[(d + 1) * WIDE..][..WIDE].fill(leg.length);
            frame[(d + 2) * WIDE..][..WIDE].fill(leg.length.sqrt());
            for step in 0..leg.steps {
                if step.is_multiple_of(STEPS) {
                    ctx.check_stop()?;
                }
                frame[d * WIDE..][..WIDE].fill(leg.from + step as f64 * leg.length);
                source.take(&mut frame[(d + 3) * WIDE..]);
                self.kernel.run(&frame, &mut next, &mut scratch);
                frame[..d * WIDE].copy_from_slice(&next);
            }
            for (lane, row) in to.chunks_exact_mut(d).enumerate() {
                row.iter_mut().enumerate().for_each(|(k, v)| *v = frame[k * WIDE + lane]);
            }
        }
        Ok(())
    }
}

/// Normals one after another: drawn by the block, taken by the step.
struct Source<'a> {
    normals: Normals,
    /// What was drawn, of which the last is left from `at` on.
    drawn: &'a mut [f64],
    at: usize,
}

impl<'a> Source<'a> {
    /// From normal `number` of each path on.
    fn new(normals: Normals, number: usize, drawn: &'a mut [f64]) -> Self {
        let mut normals = normals.at((number / 8) as u64);
        normals.fill(drawn);
        Self { normals, drawn, at: number % 8 * WIDE }
    }

    /// Takes as many for each path as `out` has room for.
    fn take(&mut self, out: &mut [f64]) {
        let left = self.drawn.len() - self.at;
        if left >= out.len() {
            out.copy_from_slice(&self.drawn[self.at..][..out.len()]);
            self.at += out.len();
            return;
        }
        let (early, late) = out.split_at_mut(left);
        early.copy_from_slice(&self.drawn[self.at..]);
        self.normals.fill(self.drawn);
        late.copy_from_slice(&self.drawn[..late.len()]);
        self.at = late.len();
    }
}
