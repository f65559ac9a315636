//! The driver: the only loop over time.

use crate::Event;
use crate::block::{Block, Halt, Mark, Shared};
use crate::plan::{Leg, Pace, Plan};
use crate::{Extra, Hit, Integrate, Law, Motion, SaveAt, Scheme, Share};
use rayon::prelude::*;
use std::time::Instant;
use thalweg_core::{Budget, Context, Error, Points, Report, Result, Status, Trajectory, VectorField};

/// Rows of a block. Blocks run in parallel, each with its own steps; their size never depends on threads.
pub const BLOCK: usize = 256;

/// Copies of the state that a block holds at most: stages of the stepper, ends of steps and of legs.
const WORKSPACE: u64 = 24;

/// Moves `start` (`n x dim`) along `field` from `span.0` to `span.1`, forward or backward in time.
///
/// Where the field has growth, or `log_weights` (`n`) are given, log-weights are carried by the same scheme,
/// from zero if not given, and saved. Noise is drawn from the seed of `ctx`, one stream a row. Adaptive
/// schemes choose steps for each block of [`BLOCK`] rows.
///
/// Not reaching the end is not an error: the report says which budget ran out or that a state left the finite
/// range, and what was done is kept. The last state is then that of the last time all rows have reached.
/// The report counts accepted steps (`iterations`, of the block with most) and carries the residuals
/// `"field evaluations"` and `"rejected steps"` (of the block with most).
///
/// # Errors
/// Inconsistent input; a noisy field under a scheme without noise; interruption.
pub fn integrate(
    field: &dyn VectorField,
    start: &Points,
    log_weights: Option<&[f64]>,
    span: (f64, f64),
    options: &Integrate,
    ctx: &Context,
) -> Result<Trajectory> {
    integrate_until(field, start, log_weights, span, options, &[], ctx).map(|(trajectory, _)| trajectory)
}

/// [`integrate`] where an interruption is no error: the report says so, and what was done until then is kept.
///
/// # Errors
/// As [`integrate`], but for interruption.
pub fn integrate_as_far(
    field: &dyn VectorField,
    start: &Points,
    span: (f64, f64),
    options: &Integrate,
    ctx: &Context,
) -> Result<Trajectory> {
    Motion::of(Law::Field(field)).follow_as_far(start, span, options, ctx)
}

/// [`integrate`] with events: a row stops where the first of them crosses zero, and stays there.
///
/// Returns also, for each row, which event stopped it and when.
///
/// # Errors
/// As [`integrate`].
pub fn integrate_until(
    field: &dyn VectorField,
    start: &Points,
    log_weights: Option<&[f64]>,
    span: (f64, f64),
    options: &Integrate,
    events: &[Event<'_>],
    ctx: &Context,
) -> Result<(Trajectory, Vec<Option<Hit>>)> {
    Motion::of(Law::Field(field)).until(events).follow(start, log_weights, span, options, ctx)
}

/// The driver behind all, with any extra carried along; an interruption is an error.
pub(crate) fn drive(
    motion: &Motion<'_>,
    start: &Points,
    extra: Extra,
    extras: Option<&[f64]>,
    span: (f64, f64),
    options: &Integrate,
    ctx: &Context,
) -> Result<(Trajectory, Vec<Option<Hit>>)> {
    let done = advance(motion, start, extra, extras, span, options, ctx)?;
    if done.0.report.status == Status::Interrupted { Err(Error::interrupted()) } else { Ok(done) }
}

/// As [`drive`], as far as it comes.
pub(crate) fn advance(
    motion: &Motion<'_>,
    start: &Points,
    extra: Extra,
    extras: Option<&[f64]>,
    span: (f64, f64),
    options: &Integrate,
    ctx: &Context,
) -> Result<(Trajectory, Vec<Option<Hit>>)> {
    check(motion, start, extras, span, options)?;
    let plan = Plan::new(span, options, &motion.kinks(span, options.scheme.stepper().order() + 1))?;
    let kept = plan.legs.iter().filter(|leg| leg.save).count() + usize::from(plan.save_start);
    let values = start.values().len() + if extra == Extra::Nothing { 0 } else { start.len() };
    let matrices = if options.scheme == Scheme::Rodas5p { 2 * values as u64 * start.dim() as u64 } else { 0 };
    ctx.require_memory(8 * (values as u64 * (kept as u64 + WORKSPACE) + matrices), "The integration")?;
    let sign = (span.1 - span.0).signum();
    let shared = Shared { options, end: span.1, sign, motion, began: Instant::now(), ctx };
    let mut blocks = split(motion, start, extra, extras, span.0, options, ctx.seed());
    let mut saved = Saved::default();
    if plan.save_start {
        saved.push(&blocks, 0, start.dim());
    }
    let halt = ctx.install(|| walk(&plan, &mut blocks, &shared, &mut saved, start.dim()));
    let hits = blocks.iter().flat_map(|b| b.hits().iter().copied()).collect();
    let report = report(halt, span, &blocks, &shared, options, ctx);
    let Saved { times, states, extras } = saved;
    let log_weights = if extra == Extra::Nothing { Vec::new() } else { extras };
    Ok((Trajectory { times, states, log_weights, report }, hits))
}

/// Walks all legs. Returns what stopped it, with the time up to which everything is kept.
fn walk(
    plan: &Plan,
    blocks: &mut [Block<'_>],
    shared: &Shared<'_>,
    saved: &mut Saved,
    dim: usize,
) -> Option<(Halt, f64)> {
    let total = plan.legs.len() as u64;
    for (k, leg) in plan.legs.iter().enumerate() {
        loop {
            let ends: Vec<Result<(), Halt>> = blocks.par_iter_mut().map(|b| b.advance(leg, shared)).collect();
            if let Some(halt) = ends.iter().find_map(|end| end.err()) {
                return Some((halt, keep_common(blocks, &ends, saved, dim)));
            }
            if leg.save {
                saved.push(blocks, 0, dim);
            }
            if !unfinished(leg, blocks) {
                break;
            }
        }
        shared.ctx.progress("integrate", k as u64 + 1, total, "");
    }
    None
}

/// Whether a leg of single steps has not reached its end.
fn unfinished(leg: &Leg, blocks: &[Block<'_>]) -> bool {
    leg.pace == Pace::OneAdaptive && blocks.first().is_some_and(|b| b.mark(0).time != leg.until)
}

/// Saves the state at the last time that all blocks have reached, unless it is saved already. Returns the time.
fn keep_common(blocks: &[Block<'_>], ends: &[Result<(), Halt>], saved: &mut Saved, dim: usize) -> f64 {
    let marks: Vec<&Mark> = blocks.iter().zip(ends).map(|(b, end)| b.mark(usize::from(end.is_ok()))).collect();
    let time = marks[0].time;
    if saved.times.last() != Some(&time) {
        saved.push_marks(&marks, blocks, dim);
    }
    time
}

/// What is kept.
#[derive(Default)]
struct Saved {
    times: Vec<f64>,
    states: Vec<Points>,
    extras: Vec<Vec<f64>>,
}

impl Saved {
    fn push(&mut self, blocks: &[Block<'_>], ago: usize, dim: usize) {
        let marks: Vec<&Mark> = blocks.iter().map(|b| b.mark(ago)).collect();
        self.push_marks(&marks, blocks, dim);
    }

    fn push_marks(&mut self, marks: &[&Mark], blocks: &[Block<'_>], dim: usize) {
        let (mut values, mut extras) = (Vec::new(), Vec::new());
        for (mark, block) in marks.iter().zip(blocks) {
            let (x, extra) = mark.state.split_at(block.layout().coordinates());
            values.extend_from_slice(x);
            extras.extend_from_slice(extra);
        }
        if let (Some(mark), Ok(states)) = (marks.first(), Points::new(dim, values)) {
            self.times.push(mark.time);
            self.states.push(states);
            self.extras.push(extras);
        }
    }
}

fn split<'a>(
    motion: &Motion<'a>,
    start: &Points,
    extra: Extra,
    extras: Option<&[f64]>,
    t: f64,
    options: &Integrate,
    seed: u64,
) -> Vec<Block<'a>> {
    let n = start.len();
    let common = options.scheme.is_adaptive() && options.save == SaveAt::Steps;
    let size = match options.share {
        _ if common => n.max(1),
        Share::Block => BLOCK,
        Share::Row => 1,
    };
    (0..n.max(1))
        .step_by(size)
        .map(|first| {
            let rows = size.min(n - first);
            let mut y = start.values()[first * start.dim()..(first + rows) * start.dim()].to_vec();
            match extras {
                Some(extras) => y.extend_from_slice(&extras[first..first + rows]),
                None if extra != Extra::Nothing => y.resize(y.len() + rows, 0.0),
                None => {}
            }
            Block::new(motion, extra, first, rows, (t, y), options, seed)
        })
        .collect()
}

fn check(
    motion: &Motion<'_>,
    start: &Points,
    extras: Option<&[f64]>,
    span: (f64, f64),
    options: &Integrate,
) -> Result<()> {
    options.validate()?;
    start.check_finite()?;
    if start.dim() != motion.law.dim() {
        return Err(Error::input(format!(
            "The points have {} coordinates and the field has dimension {}, but both must agree.",
            start.dim(),
            motion.law.dim()
        )));
    }
    if let Some(extras) = extras {
        if extras.len() != start.len() {
            return Err(Error::input(format!(
                "{} points came with {} log-weights, but every point needs exactly one.",
                start.len(),
                extras.len()
            )));
        }
        if let Some(i) = extras.iter().position(|v| !v.is_finite()) {
            return Err(Error::input(format!("Log-weight {i} is {}, but it must be finite.", extras[i]))
                .advise("Drop the rows of weight zero."));
        }
    }
    motion.check(start, span, options)
}

fn report(
    halt: Option<(Halt, f64)>,
    (start, end): (f64, f64),
    blocks: &[Block<'_>],
    shared: &Shared<'_>,
    options: &Integrate,
    ctx: &Context,
) -> Report {
    let most = |k: usize| blocks.iter().map(|b| b.effort()[k]).max().unwrap_or(0);
    let status = match halt {
        None => Status::Converged,
        Some((Halt::Budget { budget, .. }, _)) => Status::Exhausted { budget },
        Some((Halt::NonFinite { .. } | Halt::Rate { .. }, _)) => Status::Diverged,
        Some((Halt::Interrupted, _)) => Status::Interrupted,
    };
    let mut report = Report::new(status, most(0))
        .residual("field evaluations", most(2) as f64)
        .residual("rejected steps", most(1) as f64)
        .timed(shared.began);
    report.seed = options.scheme.is_stochastic().then(|| ctx.seed());
    match halt {
        Some((halt, kept)) => {
            let kept = format!("States up to time {kept} are kept.");
            let advice = advice(halt, (start, end), report.seconds, options);
            report.advise(format!("{advice} {kept}"))
        }
        None => report,
    }
}

/// What to try next, with a number.
fn advice(halt: Halt, (start, end): (f64, f64), seconds: f64, options: &Integrate) -> String {
    // Effort for the whole span at the rate so far, with a margin of a fifth.
    let scaled = |spent: f64, time: f64| 1.2 * spent * (end - start) / (time - start);
    match halt {
        Halt::Budget { budget: Budget::Iterations, time } => {
            let need = scaled(options.max_steps as f64, time);
            let raise = if need.is_finite() { need.ceil() } else { 10.0 * options.max_steps as f64 };
            format!("Time {time} of {end} was reached in {} steps; set max_steps to {raise}.", options.max_steps)
        }
        Halt::Budget { budget: Budget::Time, time } => {
            let need = scaled(seconds, time);
            let raise = if need.is_finite() { need } else { 10.0 * seconds };
            format!("Time {time} of {end} was reached in {seconds:.1} s; set max_seconds to {raise:.1}.")
        }
        Halt::Budget { time, .. } => format!(
            "At time {time} no step is short enough for rtol = {} and atol = {}: end the span before {time}, or raise the tolerances tenfold.",
            options.rtol, options.atol
        ),
        Halt::NonFinite { row, time } if options.scheme.is_adaptive() => {
            format!(
                "Row {row} left the finite range after time {time}: end the span at {time}, or check the field there."
            )
        }
        Halt::NonFinite { row, time } => format!(
            "Row {row} left the finite range after time {time}: end the span at {time}, or take {} steps.",
            2 * options.steps
        ),
        Halt::Rate { row, time } => {
            format!("At time {time} the rate of jumps of row {row} is no number or above its bound: raise the bound.")
        }
        Halt::Interrupted => "It was interrupted.".to_owned(),
    }
}
