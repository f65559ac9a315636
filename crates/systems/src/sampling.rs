//! Trajectories, evenly sampled.

use crate::courses::follow;
use crate::delay::Window;
use crate::system::MOST_NUMBERS;
use crate::{Delay, Kind, Map, System};
use thalweg_core::{Context, Error, Points, Report, Result, Status, Trajectory};

/// How far apart the points of a trajectory are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Spacing {
    /// This many points a dominant period of the system, which must be known.
    PerPeriod(f64),
    /// This much time, in units of the system.
    Time(f64),
}

/// Which points of a trajectory to keep. A map has a point an iteration, whatever the spacing.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampling {
    /// Number of points kept.
    pub points: usize,
    /// How far apart they are.
    pub spacing: Spacing,
    /// Points left out before the first that is kept.
    pub discard: usize,
    /// Relative and absolute tolerance of a step (flows; delay equations take 400 steps a delay).
    pub tolerance: f64,
}

impl Default for Sampling {
    /// 1000 points, 100 a period, from the initial state on, tolerance 1e-9.
    fn default() -> Self {
        Self { points: 1000, spacing: Spacing::PerPeriod(100.0), discard: 0, tolerance: 1e-9 }
    }
}

/// Below this steps are lost in rounding.
const LEAST_TOLERANCE: f64 = 1e-15;
/// Above it a step keeps no digit, and the motion is none of the law's.
const MOST_TOLERANCE: f64 = 0.1;
/// Delays that an equation is followed over, each in hundreds of steps.
const MOST_DELAYS: f64 = 5e6;
/// Points that may be left out before the first.
const MOST_DISCARDED: usize = 1_000_000_000_000;

impl System {
    /// The trajectories from `starts` (`n x dim`; its own initial state if none), evenly sampled.
    ///
    /// Where a state leaves the finite range, or `ctx` asks to stop, the report says so; what was done until then is
    /// kept (of several states of a flow each to its own end, after which NaN stands). Of a delay equation a start is the constant past.
    ///
    /// # Errors
    /// No points, a spacing that is not positive, points a period of a system whose period is not known, starts of
    /// another dimension, a tolerance below 1e-15.
    pub fn trajectory(&self, starts: Option<&Points>, sampling: &Sampling, ctx: &Context) -> Result<Trajectory> {
        let own = self.start();
        let starts = starts.unwrap_or(&own);
        if starts.dim() != self.dim() || starts.is_empty() {
            return Err(Error::input(format!(
                "{} states of {} coordinates cannot start {}, which has {}.",
                starts.len(),
                starts.dim(),
                self.record().name,
                self.dim()
            )));
        }
        starts.check_finite()?;
        if sampling.points == 0 {
            return Err(Error::input("A trajectory of 0 points was asked for, but it has at least 1.")
                .advise("Ask for some, such as 1000."));
        }
        let numbers = sampling.points.saturating_mul(starts.values().len());
        if numbers > MOST_NUMBERS || sampling.discard > MOST_DISCARDED {
            return Err(Error::input(format!(
                "{} points of {} numbers after {} that are left out were asked for, but at most {MOST_NUMBERS} numbers are kept and {MOST_DISCARDED} points left out.",
                sampling.points,
                starts.values().len(),
                sampling.discard
            )));
        }
        ctx.require_memory(16 * numbers as u64, "The trajectory")?;
        let began = std::time::Instant::now();
        let trajectory = match self.record().kind {
            Kind::Flow => {
                follow(&self.law()?, starts, self.times(sampling)?, check_tolerance(sampling.tolerance)?, ctx)
            }
            Kind::Map => along_map(&self.map()?, starts, sampling, ctx),
            Kind::Delay => along_delay(&self.delay()?, starts, &self.times(sampling)?, ctx),
        }?;
        Ok(Trajectory { report: trajectory.report.timed(began), ..trajectory })
    }

    /// The time between two points.
    fn interval(&self, spacing: Spacing) -> Result<f64> {
        let period = self.record().period;
        let (what, interval) = match (spacing, period) {
            (Spacing::PerPeriod(count), Some(period)) => (format!("{count} points a period"), period / count),
            (Spacing::Time(time), _) => (format!("The spacing {time}"), time),
            (Spacing::PerPeriod(_), None) => {
                return Err(Error::input(format!("The period of {} is not known.", self.record().name))
                    .advise("Give the time between two points (dt, --dt) instead."));
            }
        };
        if interval.is_finite() && interval > 0.0 {
            Ok(interval)
        } else {
            Err(Error::input(format!("{what} is no spacing of points: it must be finite and positive.")))
        }
    }

    fn times(&self, sampling: &Sampling) -> Result<Vec<f64>> {
        let interval = self.interval(sampling.spacing)?;
        Ok((0..sampling.points).map(|k| (sampling.discard as f64 + k as f64) * interval).collect())
    }
}

/// Refuses a tolerance that no step can meet, or that means nothing.
pub(crate) fn check_tolerance(tolerance: f64) -> Result<f64> {
    if (LEAST_TOLERANCE..=MOST_TOLERANCE).contains(&tolerance) {
        return Ok(tolerance);
    }
    Err(Error::input(format!(
        "The tolerance is {tolerance:e}, but must be between {LEAST_TOLERANCE:e} and {MOST_TOLERANCE}."
    ))
    .advise("Give the relative error that a step may have, such as 1e-9."))
}

fn along_map(map: &Map, starts: &Points, sampling: &Sampling, ctx: &Context) -> Result<Trajectory> {
    let (mut now, mut next) = (starts.clone(), starts.clone());
    let (mut times, mut states) = (Vec::new(), Vec::new());
    let last = sampling.discard + sampling.points - 1;
    for k in 0..=last {
        if k % 1024 == 0 && ctx.check_stop().is_err() {
            return Ok(Trajectory { report: Report::new(Status::Interrupted, times.len()), ..finished(times, states) });
        }
        if k >= sampling.discard {
            times.push(k as f64);
            states.push(now.clone());
        }
        map.next(k as f64, now.values(), next.values_mut());
        std::mem::swap(&mut now, &mut next);
    }
    Ok(finished(times, states))
}

fn along_delay(delay: &Delay, starts: &Points, times: &[f64], ctx: &Context) -> Result<Trajectory> {
    let delays = times.last().map_or(0.0, |last| last / delay.tau());
    if delays > MOST_DELAYS {
        return Err(Error::input(format!(
            "{delays:.1e} delays of {:e} were asked for, but at most {MOST_DELAYS:.0e} are followed.",
            delay.tau()
        ))
        .advise("Follow a shorter time, or give a longer delay."));
    }
    let mut window = Window::still(starts.values());
    let mut states = Vec::with_capacity(times.len());
    // The window before time 0 holds the start itself.
    let mut end = 0.0;
    let mut windows = 0_u32;
    for time in times {
        while *time > end {
            if ctx.check_stop().is_err() {
                let report = Report::new(Status::Interrupted, states.len());
                return Ok(Trajectory { report, ..finished(times[..states.len()].to_vec(), states) });
            }
            window = delay.window(end, &window);
            windows += 1;
            end = f64::from(windows) * delay.tau();
        }
        let mut state = starts.clone();
        window.interpolate(1.0 - (end - time) / delay.tau(), delay.tau(), state.values_mut());
        states.push(state);
    }
    Ok(finished(times.to_vec(), states))
}

/// A trajectory without steps to count; diverged where its last states are not finite.
fn finished(times: Vec<f64>, states: Vec<Points>) -> Trajectory {
    let fine = states.last().is_none_or(|last| last.check_finite().is_ok());
    let status = if fine { Status::Converged } else { Status::Diverged };
    let report = Report::new(status, times.len());
    Trajectory { times, states, log_weights: Vec::new(), report }
}
