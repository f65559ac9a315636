//! Is the model worth anything? Distances to the data next to what costs nothing.
//!
//! Two protocols that must never share a ranking, so each has its name:
//! - `left-out`: the snapshot was not seen in training; the model starts from the last seen snapshot before it.
//! - `one-step-ahead`: the snapshot was seen; the model starts from the one before it.
//!
//! Beside the model stand three references on the same points: the previous snapshot unchanged, the exact-OT
//! straight line between the neighbours, and the sampling floor: the distance between two random halves of the
//! real snapshot. The model is compared with the same points at up to twice their number, and empirical distances fall
//! as samples grow, so a perfect model lies a little below the floor where the halves are small.

mod judge;

use judge::{Judge, draw, repeat};
use serde::{Deserialize, Serialize};
use thalweg_core::{Class, Context, Result, Snapshot, Snapshots, VectorField};
use thalweg_ot::metrics::{self, Bandwidth};

/// How much of the data the evaluation looks at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Evaluation {
    /// Most points drawn from a snapshot. Exact distances cost about the cube of it.
    pub points: usize,
    /// Draws that are averaged where a snapshot has more points than that, and splits into halves.
    pub draws: usize,
}

impl Default for Evaluation {
    fn default() -> Self {
        Self { points: 1500, draws: 8 }
    }
}

/// Which snapshots the model had seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// The snapshot was held out entirely.
    LeftOut,
    /// The snapshot was in the training data.
    OneStepAhead,
}

impl Protocol {
    /// Name in tables and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::LeftOut => "left-out",
            Self::OneStepAhead => "one-step-ahead",
        }
    }
}

/// Distances of a predicted measure to an observed one; lower is better, units of the features.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Distances {
    /// 1-Wasserstein distance, Euclidean cost.
    pub w1: f64,
    /// 2-Wasserstein distance (the root).
    pub w2: f64,
    /// Maximum mean discrepancy, Gaussian kernel at the median distance within the observed snapshot.
    pub mmd: f64,
}

/// One line of the table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Time of the predicted snapshot.
    pub time: f64,
    /// Time of the snapshot the prediction starts from.
    pub from: f64,
    /// Which protocol.
    pub protocol: Protocol,
    /// The model.
    pub model: Distances,
    /// |predicted mass ratio - observed mass ratio| / observed mass ratio.
    pub mass_error: f64,
    /// The previous seen snapshot unchanged.
    pub previous: Distances,
    /// Mass error of assuming no growth.
    pub previous_mass_error: f64,
    /// Exact-OT straight line between the seen neighbours; absent at the last time.
    pub straight_line: Option<Distances>,
    /// Two random halves of the snapshot itself, mean over several splits; absent where it cannot be halved.
    pub floor: Option<Distances>,
    /// Standard deviation of the W1 of a split about that mean; absent where there is only one.
    #[serde(default)]
    pub floor_spread: Option<f64>,
}

/// The whole table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// One row a predicted snapshot, in time order.
    pub rows: Vec<Row>,
    /// The snapshots that could not be predicted, in time order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<Failure>,
}

/// A snapshot without a row, because the model could not be followed to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// Time of the snapshot.
    pub time: f64,
    /// Which protocol.
    pub protocol: Protocol,
    /// What happened and what to do about it.
    pub reason: String,
}

impl Metrics {
    /// Mean of a figure over the rows of a protocol, if there are any and none is missing.
    pub fn mean(&self, protocol: Protocol, figure: impl Fn(&Row) -> Option<f64>) -> Option<f64> {
        let values: Option<Vec<f64>> = self.rows.iter().filter(|r| r.protocol == protocol).map(figure).collect();
        let whole = self.failures.iter().all(|failure| failure.protocol != protocol);
        let values = values.filter(|_| whole)?;
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    }
}

/// Evaluates `model`, which was trained on `all` without the times in `held`, at every time but the first seen.
///
/// Cost: a handful of exact transport problems a snapshot, each on at most [`Evaluation::points`] points a side.
///
/// A snapshot to which the model cannot be followed has no row but a [`Failure`]; the others keep theirs.
///
/// # Errors
/// A distance could not be computed, or the caller asked to stop.
pub fn evaluate(
    model: &dyn VectorField,
    all: &Snapshots,
    held: &[f64],
    options: &Evaluation,
    ctx: &Context,
) -> Result<Metrics> {
    let seen = all.without(held)?;
    let (mut rows, mut failures) = (Vec::new(), Vec::new());
    for (done, target) in all.items().iter().enumerate() {
        ctx.check_stop()?;
        ctx.progress("evaluate", done as u64, all.len() as u64, &format!("time {}", target.time));
        let Some(before) = seen.items().iter().rfind(|s| s.time < target.time) else { continue };
        let after = seen.items().iter().find(|s| s.time > target.time);
        let protocol = if held.contains(&target.time) { Protocol::LeftOut } else { Protocol::OneStepAhead };
        match row(model, before, target, after, protocol, options, ctx) {
            Ok(row) => rows.push(row),
            Err(error) if error.class() == Class::Failed => {
                failures.push(Failure { time: target.time, protocol, reason: error.to_string() });
            }
            Err(error) => return Err(error),
        }
    }
    ctx.progress("evaluate", all.len() as u64, all.len() as u64, "");
    Ok(Metrics { rows, failures })
}

fn row(
    model: &dyn VectorField,
    before: &Snapshot,
    target: &Snapshot,
    after: Option<&Snapshot>,
    protocol: Protocol,
    options: &Evaluation,
    ctx: &Context,
) -> Result<Row> {
    let snapshots = [Some(before), Some(target), after];
    let thinned = snapshots.iter().flatten().any(|s| s.measure.len() > options.points);
    // One kernel for all lines of the row: a width that followed each prediction would judge each by another measure.
    let truth = draw(target, options.points, 0, ctx)?;
    let kernel = Bandwidth::Fixed(metrics::median_distance(&truth, &truth));
    let judge = Judge { model, before, target, after, kernel, options, ctx };
    let draws = repeat(if thinned { options.draws } else { 1 }, ctx, |k| judge.draw(k))?;
    let (floor, floor_spread) = judge.floor()?;
    let observed = target.measure.mass() / before.measure.mass();
    let predicted = draws.iter().map(|d| d.mass_ratio).sum::<f64>() / draws.len() as f64;
    Ok(Row {
        time: target.time,
        from: before.time,
        protocol,
        model: Distances::mean(draws.iter().map(|d| d.model)),
        mass_error: metrics::relative_mass_error(predicted, observed)?,
        previous: Distances::mean(draws.iter().map(|d| d.previous)),
        previous_mass_error: metrics::relative_mass_error(1.0, observed)?,
        straight_line: after.map(|_| Distances::mean(draws.iter().filter_map(|d| d.straight_line))),
        floor,
        floor_spread,
    })
}

impl Distances {
    /// Zero if there is nothing to average.
    fn mean(all: impl Iterator<Item = Self>) -> Self {
        let (mut sum, mut count) = (Self { w1: 0.0, w2: 0.0, mmd: 0.0 }, 0.0_f64);
        for d in all {
            sum = Self { w1: sum.w1 + d.w1, w2: sum.w2 + d.w2, mmd: sum.mmd + d.mmd };
            count += 1.0;
        }
        let n = count.max(1.0);
        Self { w1: sum.w1 / n, w2: sum.w2 / n, mmd: sum.mmd / n }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_core::{Measure, Points, Stream};

    /// Everything moves at one velocity and grows at rate `log 2`.
    struct Drift;

    impl VectorField for Drift {
        fn dim(&self) -> usize {
            2
        }

        fn velocity(&self, _t: f64, _x: &[f64], out: &mut [f64]) {
            out.chunks_exact_mut(2).for_each(|v| v.copy_from_slice(&[3.0, -4.0]));
        }

        fn growth(&self, _t: f64, _x: &[f64], out: &mut [f64]) {
            out.fill(2_f64.ln());
        }

        fn has_growth(&self) -> bool {
            true
        }
    }

    /// The same 40 points at irregular times, carried along by [`Drift`].
    fn carried() -> Snapshots {
        let mut stream = Stream::new(5, "test", 0);
        let cloud: Vec<f64> = (0..80).map(|_| stream.normal()).collect();
        let at = |time: f64| {
            let moved = cloud.chunks_exact(2).flat_map(|x| [x[0] + 3.0 * time, x[1] - 4.0 * time]).collect();
            let weights = vec![2_f64.powf(time); 40];
            Snapshot { time, measure: Measure::new(Points::new(2, moved).unwrap(), weights).unwrap() }
        };
        Snapshots::new([0.0, 1.0, 4.0].map(at).to_vec(), vec!["x".into(), "y".into()]).unwrap()
    }

    #[test]
    fn a_law_that_is_right_and_one_that_stands_still_are_told_apart() {
        let ctx = Context::new(0, 1).unwrap();
        let table = evaluate(&Drift, &carried(), &[1.0], &Evaluation::default(), &ctx).unwrap();
        let [held, seen] = &table.rows[..] else { panic!("{table:?}") };
        assert_eq!((held.protocol, seen.protocol), (Protocol::LeftOut, Protocol::OneStepAhead));
        assert_eq!((held.from, seen.from), (0.0, 0.0));
        for (row, span) in [(held, 1.0), (seen, 4.0)] {
            // A translation is an optimal map: the distance is its length, for both costs.
            assert!(row.model.w1 < 1e-3 && row.model.mmd < 1e-3 && row.mass_error < 1e-3, "{row:?}");
            assert!((row.previous.w1 - 5.0 * span).abs() < 1e-9 && (row.previous.w2 - 5.0 * span).abs() < 1e-9);
            assert!((row.previous_mass_error - (1.0 - 0.5_f64.powf(span))).abs() < 1e-12);
            assert!(row.floor.unwrap().w1 > 0.1 && row.floor_spread.unwrap() > 0.0);
        }
        assert!(held.straight_line.unwrap().w1 < 1e-9 && seen.straight_line.is_none());
    }

    /// Half of the cells are missed where the population doubles and the model says that it stays: 1/2, not 1.
    #[test]
    fn the_mass_error_is_a_share_of_what_was_observed() {
        struct Still;

        impl VectorField for Still {
            fn dim(&self) -> usize {
                2
            }

            fn velocity(&self, _t: f64, _x: &[f64], out: &mut [f64]) {
                out.fill(0.0);
            }
        }

        let ctx = Context::new(0, 1).unwrap();
        let table = evaluate(&Still, &carried(), &[], &Evaluation::default(), &ctx).unwrap();
        for (row, grown) in table.rows.iter().zip([2.0, 8.0]) {
            assert!((row.mass_error - (grown - 1.0) / grown).abs() < 1e-12, "{row:?}");
        }
    }

    /// dx/dt = x² leaves every bound: points at 1 reach infinity at time 1, so they are at 2 at time 1/2 and nowhere later.
    #[test]
    fn a_time_that_cannot_be_reached_leaves_the_others_their_rows() {
        struct Explosion;

        impl VectorField for Explosion {
            fn dim(&self) -> usize {
                1
            }

            fn velocity(&self, _t: f64, x: &[f64], out: &mut [f64]) {
                out.iter_mut().zip(x).for_each(|(v, x)| *v = x * x);
            }
        }

        let at = |time: f64, places: [f64; 3]| {
            let points = Points::new(1, places.to_vec()).unwrap();
            Snapshot { time, measure: Measure::counted(points).unwrap() }
        };
        let items = vec![at(0.0, [1.0, 1.01, 1.02]), at(0.5, [2.0, 2.04, 2.08]), at(3.0, [4.0, 5.0, 6.0])];
        let all = Snapshots::new(items, vec!["x".into()]).unwrap();
        let ctx = Context::new(0, 1).unwrap();
        let table = evaluate(&Explosion, &all, &[], &Evaluation::default(), &ctx).unwrap();
        let ([row], [failure]) = (&table.rows[..], &table.failures[..]) else { panic!("{table:?}") };
        assert_eq!((row.time, failure.time, failure.protocol), (0.5, 3.0, Protocol::OneStepAhead));
        assert!(row.model.w1 < 0.01, "{row:?}");
        assert!(failure.reason.starts_with("Moving the points from time 0.5 to 3 stopped at time "), "{failure:?}");
        // What is advised can be set.
        for setting in failure.reason.split_whitespace().filter(|word| word.contains('_') || word.contains("fit.")) {
            assert!(["fit.learning_rate", "fit.steps,"].contains(&setting), "{setting}");
        }
        assert!(table.mean(Protocol::OneStepAhead, |r| Some(r.model.w1)).is_none());
    }
}
