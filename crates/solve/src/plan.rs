//! The legs of an integration: stretches at whose ends all blocks meet.

use crate::{Integrate, SaveAt};
use thalweg_core::{Error, Result};

/// How a leg is walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// This many equal steps.
    Equal(usize),
    /// Steps chosen by the controller.
    Adaptive,
    /// One step chosen by the controller, towards the end of the leg; repeated until it is reached.
    OneAdaptive,
}

/// A stretch from the end of the leg before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Leg {
    /// Where it ends.
    pub until: f64,
    /// How it is walked.
    pub pace: Pace,
    /// Whether its end is kept.
    pub save: bool,
    /// The smooth piece of the law it lies in: no step of it leaves the piece.
    pub piece: (f64, f64),
}

/// A law without kinks is one piece.
pub const WHOLE: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

/// Whether the start is kept, and the legs.
#[derive(Debug)]
pub struct Plan {
    /// Whether the start is kept.
    pub save_start: bool,
    /// The legs in order. None for a span of length zero.
    pub legs: Vec<Leg>,
}

/// Most fixed steps between two meetings of the blocks: bounds what a failing block costs the others.
const STRETCH: usize = 32;
/// Meetings within a stretch of adaptive integration in which nothing is saved.
const MEETINGS: usize = 16;

impl Plan {
    /// The legs over `span` under `options`, along a law with `kinks`.
    ///
    /// Fixed steps that are all kept are equal, whatever the kinks: the caller chose their ends.
    ///
    /// # Errors
    /// A span or a save time that is not finite, out of order or out of the span.
    pub fn new(span: (f64, f64), options: &Integrate, kinks: &[f64]) -> Result<Self> {
        let (start, end) = span;
        if !(start.is_finite() && end.is_finite() && (end - start).is_finite()) {
            return Err(Error::input(format!("The span is {start} to {end}, but both ends must be finite.")));
        }
        let saves = save_times(span, &options.save)?;
        let save_start = saves.first() == Some(&start) || options.save == SaveAt::Steps || start == end;
        let mut plan = Self { save_start, legs: Vec::new() };
        let mut from = start;
        let mut goals: Vec<f64> = saves.into_iter().filter(|t| *t != start).collect();
        if options.save == SaveAt::End && start != end {
            goals.push(end);
        }
        for until in goals {
            for (part, piece) in pieces((from, until), kinks) {
                plan.stretch(part, end - start, options, part.1 == until, piece);
            }
            from = until;
        }
        if options.save == SaveAt::Steps && start != end {
            plan.steps(span, options, kinks);
        }
        Ok(plan)
    }

    /// Legs within a piece, up to a kept time or a kink.
    fn stretch(&mut self, (from, until): (f64, f64), span: f64, options: &Integrate, save: bool, piece: (f64, f64)) {
        let share = (until - from) / span;
        if options.scheme.is_adaptive() {
            let pieces = ((share * MEETINGS as f64).ceil() as usize).max(1);
            for k in 1..=pieces {
                let at = if k == pieces { until } else { from + (until - from) * k as f64 / pieces as f64 };
                self.legs.push(Leg { until: at, pace: Pace::Adaptive, save: save && k == pieces, piece });
            }
            return;
        }
        let steps = ((share * options.steps as f64 - 1e-9).ceil() as usize).max(1);
        let mut done = 0;
        while done < steps {
            let now = STRETCH.min(steps - done);
            done += now;
            let at = if done == steps { until } else { from + (until - from) * done as f64 / steps as f64 };
            self.legs.push(Leg { until: at, pace: Pace::Equal(now), save: save && done == steps, piece });
        }
    }

    /// Legs of one step each, all kept.
    fn steps(&mut self, (from, end): (f64, f64), options: &Integrate, kinks: &[f64]) {
        if options.scheme.is_adaptive() {
            let parts = pieces((from, end), kinks).into_iter();
            self.legs.extend(parts.map(|((_, until), piece)| Leg {
                until,
                pace: Pace::OneAdaptive,
                save: true,
                piece,
            }));
            return;
        }
        for k in 1..=options.steps {
            let until = if k == options.steps { end } else { from + (end - from) * k as f64 / options.steps as f64 };
            self.legs.push(Leg { until, pace: Pace::Equal(1), save: true, piece: WHOLE });
        }
    }
}

/// The stretch `from..until`, in either direction, cut at the kinks within, each part with the piece around it.
fn pieces((from, until): (f64, f64), kinks: &[f64]) -> Vec<((f64, f64), (f64, f64))> {
    let (low, high) = (from.min(until), from.max(until));
    let mut cuts: Vec<f64> = kinks.iter().copied().filter(|t| t.is_finite()).collect();
    cuts.sort_by(f64::total_cmp);
    cuts.dedup();
    let before = cuts.iter().rfind(|t| **t <= low).copied().unwrap_or(WHOLE.0);
    let after = cuts.iter().find(|t| **t >= high).copied().unwrap_or(WHOLE.1);
    cuts.retain(|t| *t > low && *t < high);
    let bounds: Vec<f64> = [&[before][..], &cuts, &[after]].concat();
    let ends: Vec<f64> = [&[low][..], &cuts, &[high]].concat();
    let mut parts: Vec<_> = ends.windows(2).zip(bounds.windows(2)).map(|(e, b)| ((e[0], e[1]), (b[0], b[1]))).collect();
    if until < from {
        parts.reverse();
        parts.iter_mut().for_each(|(part, _)| *part = (part.1, part.0));
    }
    parts
}

/// The times to keep, checked; empty for rules that depend on the steps.
fn save_times((start, end): (f64, f64), save: &SaveAt) -> Result<Vec<f64>> {
    match save {
        SaveAt::End | SaveAt::Steps => Ok(Vec::new()),
        SaveAt::Even(n) if *n < 2 => Err(Error::input(format!(
            "{n} equally spaced times were asked for, but the two ends of the span already make 2."
        ))),
        SaveAt::Even(_) if start == end => Ok(vec![start]),
        SaveAt::Even(n) => Ok((0..*n)
            .map(|k| if k + 1 == *n { end } else { start + (end - start) * k as f64 / (*n - 1) as f64 })
            .collect()),
        SaveAt::Times(times) if times.is_empty() => {
            Err(Error::input("The list of save times is empty, so nothing would be kept.")
                .advise("Use end to keep the last state."))
        }
        SaveAt::Times(times) => {
            let (low, high) = (start.min(end), start.max(end));
            if let Some(t) = times.iter().find(|t| !(**t >= low && **t <= high)) {
                return Err(Error::input(format!("The save time {t} is not within the span {start} to {end}.")));
            }
            let forward = end >= start;
            if let Some(w) = times.windows(2).find(|w| if forward { w[1] <= w[0] } else { w[1] >= w[0] }) {
                return Err(Error::input(format!(
                    "The save time {} comes after {}, but save times must be distinct and in the order of integration, {start} to {end}.",
                    w[1], w[0]
                )));
            }
            Ok(times.clone())
        }
    }
}
