//! Trajectories of flows: any number of states, each with steps of its own, kept at given times.

use crate::abreast::{Abreast, first_length};
use crate::equations::Law;
use crate::kernel::{Kernel, LANES, Numbers};
use crate::program::Program;
use crate::step::{Dense, Pair};
use rayon::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};
use thalweg_core::{Budget, Context, Points, Report, Result, Status, Trajectory};

/// Rows that one thread moves; lanes that have reached the end take the next of them. Results do not depend on it.
const ROWS: usize = 128;
/// Fewer rows are moved one by one.
const FEW: usize = 3;
/// Steps that a row may take.
const MOST_STEPS: usize = 20_000_000;
/// Rounds between two looks at whether to stop.
const ROUNDS: usize = 4096;

/// How a row ended.
#[derive(Clone, Copy, Debug)]
struct Course {
    /// Times of which the state is known.
    kept: usize,
    accepted: usize,
    rejected: usize,
    status: Status,
    /// The time that was reached.
    time: f64,
}

/// A flow made ready to be followed.
struct Courses<'a> {
    rates: Program,
    step: Kernel,
    /// The interpolant, where there are times within steps.
    dense: Option<Kernel>,
    width: usize,
    more: usize,
    tolerance: f64,
    times: &'a [f64],
    /// States that are kept already, of all rows.
    done: AtomicU64,
    /// States that are wanted.
    total: u64,
}

/// The states of `starts` (`n x dim`, at time 0) under `law` at `times`, which do not decrease.
///
/// Each row has steps of its own of the pair of orders 8 and 5, 3 of Dormand and Prince, so what becomes of it does not
/// depend on the others. Where a row does not reach the end, or `ctx` asks to stop, the times that any has reached are kept, and
/// NaN stands where others ended before.
pub(crate) fn follow(law: &Law, starts: &Points, times: Vec<f64>, tolerance: f64, ctx: &Context) -> Result<Trajectory> {
    let (n, d) = (starts.len(), starts.dim());
    let lanes = if n < FEW { 1 } else { LANES };
    let courses = Courses::new(law, tolerance, (n, &times), lanes);
    let stretch = times.len() * d;
    let mut states = vec![0.0; n * stretch];
    let piece = |(start, out): (&[f64], &mut [f64])| -> Vec<Course> {
        if lanes == 1 { courses.walk::<1>(start, out, ctx) } else { courses.walk::<LANES>(start, out, ctx) }
    };
    let all: Vec<Course> = if n <= ROWS {
        piece((starts.values(), &mut states))
    } else {
        let pieces = starts.values().par_chunks(ROWS * d).zip(states.par_chunks_mut(ROWS * stretch));
        ctx.install(|| pieces.map(piece).collect::<Vec<_>>()).concat()
    };
    let reached = || all.iter().map(|c| c.kept);
    states.chunks_exact_mut(stretch).zip(reached()).for_each(|(row, kept)| row[kept * d..].fill(f64::NAN));
    let kept = reached().max().unwrap_or(0);
    let clouds = (0..kept).map(|k| {
        let rows = states.chunks_exact(stretch).flat_map(|row| row[k * d..(k + 1) * d].iter().copied());
        Points::new(d, rows.collect())
    });
    let states = clouds.collect::<Result<Vec<_>>>()?;
    let report = report(&all, times.last().copied().unwrap_or(0.0), kept, tolerance);
    Ok(Trajectory { times: times[..kept].to_vec(), states, log_weights: Vec::new(), report })
}

fn report(all: &[Course], end: f64, kept: usize, tolerance: f64) -> Report {
    let most = |of: fn(&Course) -> usize| all.iter().map(of).max().unwrap_or(0);
    let bad = all.iter().enumerate().find(|(_, c)| c.status != Status::Converged);
    let tries = most(|c| c.accepted + c.rejected);
    let report = Report::new(bad.map_or(Status::Converged, |(_, c)| c.status), most(|c| c.accepted))
        .residual("field evaluations", (tries * crate::step::STAGES) as f64)
        .residual("rejected steps", most(|c| c.rejected) as f64);
    let Some((row, course)) = bad else { return report };
    let time = course.time;
    let advice = match course.status {
        Status::Interrupted => format!("Row {row} was left at time {time} of {end}."),
        Status::Diverged => format!("Row {row} left the finite range after time {time}: end there."),
        Status::Exhausted { budget: Budget::Iterations } => {
            format!(
                "Row {row} reached time {time} of {end} in {MOST_STEPS} steps: end there, or raise the tolerance of {tolerance}."
            )
        }
        _ => format!(
            "At time {time} no step of row {row} is short enough for the tolerance of {tolerance}: end there, or raise it tenfold."
        ),
    };
    let others = if all.len() > 1 { " Each row is kept to its own end." } else { "" };
    report.advise(format!("{advice} The first {kept} times are kept.{others}"))
}

impl<'a> Courses<'a> {
    fn new(law: &Law, tolerance: f64, (rows, times): (usize, &'a [f64]), lanes: usize) -> Self {
        let width = law.width();
        let pair = Pair::new(law, tolerance);
        let within = times.len() > 1 && times.last() != Some(&0.0);
        let more: &[_] = if within { &pair.stages } else { &[] };
        let dense = within.then(|| {
            let dense = Dense::new(law);
            Kernel::new(&dense.graph, dense.inputs, &dense.coefficients, lanes)
        });
        Self {
            rates: Program::new(&law.graph, width + 1, &law.rates),
            step: Kernel::new(&pair.graph, width + 2, &pair.outputs(more), lanes),
            dense,
            width,
            more: more.len(),
            tolerance,
            times,
            done: AtomicU64::new(0),
            total: rows as u64 * times.len() as u64,
        }
    }

    /// Follows the rows of `starts`, and writes their states at all times, row by row.
    fn walk<const L: usize>(&self, starts: &[f64], out: &mut [f64], ctx: &Context) -> Vec<Course> {
        let mut walk = Walk {
            courses: self,
            abreast: Abreast::<L>::new(&self.step, self.width, self.more),
            starts,
            out,
            row: [None; L],
            begun: 0,
            ends: vec![Course::NEW; starts.len() / self.width],
            coefficients: Numbers::zeros(self.width * Dense::COUNT * L),
            scratch: self.dense.as_ref().map_or_else(|| Numbers::zeros(0), Kernel::scratch),
        };
        (0..L).for_each(|lane| walk.next_row(lane));
        let (mut rounds, mut told) = (0_usize, 0_u64);
        while walk.row.iter().any(Option::is_some) {
            // The first look is before the first step.
            if rounds.is_multiple_of(ROUNDS) {
                let kept = walk.ends.iter().map(|c| c.kept as u64).sum();
                let before = self.done.fetch_add(kept - told, Ordering::Relaxed);
                ctx.progress("integrate", before + kept - told, self.total, "");
                told = kept;
                if ctx.check_stop().is_err() {
                    walk.stop();
                    break;
                }
            }
            walk.round();
            rounds += 1;
        }
        walk.ends
    }
}

impl Course {
    const NEW: Self = Self { kept: 0, accepted: 0, rejected: 0, status: Status::Converged, time: 0.0 };
}

/// Rows on their way.
struct Walk<'a, const L: usize> {
    courses: &'a Courses<'a>,
    abreast: Abreast<'a, L>,
    starts: &'a [f64],
    out: &'a mut [f64],
    /// The row in each lane.
    row: [Option<usize>; L],
    /// Rows that have begun.
    begun: usize,
    ends: Vec<Course>,
    coefficients: Numbers,
    scratch: Numbers,
}

impl<const L: usize> Walk<'_, L> {
    /// The next time at which a row is kept.
    fn wanted(&self, row: usize) -> Option<f64> {
        self.courses.times.get(self.ends[row].kept).copied()
    }

    /// Takes the next row that has somewhere to go into a lane.
    fn next_row(&mut self, lane: usize) {
        let (width, times) = (self.courses.width, self.courses.times);
        self.row[lane] = None;
        while self.begun < self.ends.len() {
            let row = self.begun;
            self.begun += 1;
            let start = &self.starts[row * width..(row + 1) * width];
            while self.wanted(row).is_some_and(|t| t <= 0.0) {
                let at = (row * times.len() + self.ends[row].kept) * width;
                self.out[at..at + width].copy_from_slice(start);
                self.ends[row].kept += 1;
            }
            if self.wanted(row).is_some() {
                let mut rates = vec![0.0; width];
                let read = |_: usize, k: usize| start.get(k).copied().unwrap_or(0.0);
                self.courses.rates.run(1, read, |_, k, value| rates[k] = value);
                self.abreast.place(lane, 0.0, start, first_length(start, &rates, self.courses.tolerance));
                self.row[lane] = Some(row);
                return;
            }
        }
    }

    /// Leaves every row where it is.
    fn stop(&mut self) {
        let waiting = self.begun..self.ends.len();
        for row in self.row.iter_mut().filter_map(Option::take).chain(waiting) {
            self.ends[row].status = Status::Interrupted;
        }
    }

    /// One step of every lane.
    fn round(&mut self) {
        let end = self.courses.times.last().copied().unwrap_or(0.0);
        let left: [f64; L] =
            std::array::from_fn(|l| if self.row[l].is_some() { end - self.abreast.time[l] } else { 0.0 });
        let attempt = self.abreast.attempt(&left);
        let after: [f64; L] = std::array::from_fn(|l| {
            let last = attempt.length[l] >= left[l];
            if last { end } else { self.abreast.time[l] + attempt.length[l] }
        });
        let keeps = |l: usize| {
            self.row[l].filter(|_| attempt.accepted[l]).and_then(|r| self.wanted(r)).is_some_and(|t| t <= after[l])
        };
        let keeps: [bool; L] = std::array::from_fn(keeps);
        if let Some(dense) = self.courses.dense.as_ref().filter(|_| keeps.contains(&true)) {
            dense.run(self.abreast.frame(), &mut self.coefficients, &mut self.scratch);
        }
        for lane in (0..L).filter(|l| keeps[*l]) {
            self.keep(lane, after[lane], attempt.length[lane]);
        }
        self.abreast.commit(&attempt, self.courses.width);
        for lane in 0..L {
            let Some(row) = self.row[lane] else { continue };
            let course = &mut self.ends[row];
            if attempt.accepted[lane] {
                course.accepted += 1;
            } else {
                course.rejected += 1;
            }
            course.time = self.abreast.time[lane];
            if course.kept == self.courses.times.len() {
                self.next_row(lane);
            } else if let Some(status) = self.halt(lane, row, attempt.finite[lane]) {
                self.ends[row].status = status;
                self.next_row(lane);
            }
        }
    }

    /// Why a row cannot go on, if so.
    fn halt(&self, lane: usize, row: usize, finite: bool) -> Option<Status> {
        if self.abreast.stuck(lane) {
            return Some(if finite { Status::Exhausted { budget: Budget::Precision } } else { Status::Diverged });
        }
        let course = &self.ends[row];
        (course.accepted + course.rejected >= MOST_STEPS).then_some(Status::Exhausted { budget: Budget::Iterations })
    }

    /// Writes the states at the times that a lane has passed in its last step.
    fn keep(&mut self, lane: usize, after: f64, length: f64) {
        let (width, count) = (self.courses.width, self.courses.times.len());
        let Some(row) = self.row[lane] else { return };
        while let Some(time) = self.wanted(row).filter(|t| *t <= after) {
            let at = (row * count + self.ends[row].kept) * width;
            let theta = (time - self.abreast.time[lane]) / length;
            for k in 0..width {
                self.out[at + k] = if time == after {
                    self.abreast.output(k)[lane]
                } else {
                    let own = |c: usize| self.coefficients[(k * Dense::COUNT + c) * L + lane];
                    self.abreast.state(k)[lane] + Dense::at(std::array::from_fn(own), theta)
                };
            }
            self.ends[row].kept += 1;
        }
    }
}
