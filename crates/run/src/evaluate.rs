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

use crate::predict::predict;
use serde::{Deserialize, Serialize};
use thalweg_core::{Context, Measure, Points, Result, Snapshot, Snapshots, Stream, VectorField};
use thalweg_ot::metrics::{self, Bandwidth};
use thalweg_ot::{GroundCost, transport};

/// How much of the data the evaluation looks at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Evaluation {
    /// Most points drawn from a snapshot. Exact distances cost about the cube of it.
    pub points: usize,
}

impl Default for Evaluation {
    fn default() -> Self {
        Self { points: 1500 }
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
    /// Two random halves of the snapshot itself.
    pub floor: Distances,
}

/// The whole table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// One row a predicted snapshot, in time order.
    pub rows: Vec<Row>,
}

impl Metrics {
    /// Mean of a figure over the rows of a protocol, if there are any.
    pub fn mean(&self, protocol: Protocol, figure: impl Fn(&Row) -> Option<f64>) -> Option<f64> {
        let values: Option<Vec<f64>> = self.rows.iter().filter(|r| r.protocol == protocol).map(figure).collect();
        let values = values?;
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    }
}

/// Evaluates `model`, which was trained on `all` without the times in `held`, at every time but the first seen.
///
/// Cost: a handful of exact transport problems a snapshot, each on at most [`Evaluation::points`] points a side.
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
    let mut rows = Vec::new();
    for (done, target) in all.items().iter().enumerate() {
        ctx.check_stop()?;
        ctx.progress("evaluate", done as u64, all.len() as u64, &format!("time {}", target.time));
        let Some(before) = seen.items().iter().rfind(|s| s.time < target.time) else { continue };
        let after = seen.items().iter().find(|s| s.time > target.time);
        let protocol = if held.contains(&target.time) { Protocol::LeftOut } else { Protocol::OneStepAhead };
        rows.push(row(model, before, target, after, protocol, options, ctx)?);
    }
    ctx.progress("evaluate", all.len() as u64, all.len() as u64, "");
    Ok(Metrics { rows })
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
    let start = draw(before, options.points, ctx)?;
    let truth = draw(target, options.points, ctx)?;
    let predicted = predict(model, &start, (before.time, target.time), options.points, ctx)?;
    // One kernel for all lines of the row: a width that followed each prediction would judge each by another measure.
    let kernel = Bandwidth::Fixed(metrics::median_distance(&truth, &truth));
    let distances = |a: &Measure, b: &Measure| distances(a, b, &kernel, ctx);
    let straight_line = match after {
        Some(after) => {
            let share = (target.time - before.time) / (after.time - before.time);
            let line = straight_line(&start, &draw(after, options.points, ctx)?, share, ctx)?;
            Some(distances(&line, &truth)?)
        }
        None => None,
    };
    let observed = target.measure.mass() / before.measure.mass();
    Ok(Row {
        time: target.time,
        from: before.time,
        protocol,
        model: distances(&predicted, &truth)?,
        mass_error: metrics::relative_mass_error(predicted.mass() / start.mass(), observed)?,
        previous: distances(&start, &truth)?,
        previous_mass_error: metrics::relative_mass_error(1.0, observed)?,
        straight_line,
        floor: floor(target, options.points, &distances, ctx)?,
    })
}

/// At most `most` points of a snapshot, the same ones whoever asks.
fn draw(snapshot: &Snapshot, most: usize, ctx: &Context) -> Result<Measure> {
    snapshot.measure.thinned(most, &mut Stream::new(ctx.seed(), "evaluation", snapshot.time.to_bits()))
}

/// Displacement interpolation: each atom of the exact plan, at `share` of its way.
fn straight_line(from: &Measure, to: &Measure, share: f64, ctx: &Context) -> Result<Measure> {
    let exact = transport(ctx, from, to, GroundCost::SquaredEuclidean)?;
    let (mut values, mut weights) = (Vec::new(), Vec::new());
    exact.plan.for_each(|i, j, mass| {
        let ends = from.points().row(i).iter().zip(to.points().row(j));
        values.extend(ends.map(|(x, y)| (1.0 - share) * x + share * y));
        weights.push(mass);
    });
    Measure::new(Points::new(from.dim(), values)?, weights)
}

/// Mean distance between random halves of a whole snapshot, at most `most` points of each. Small halves scatter, so
/// more splits are averaged the smaller they are; zero for a snapshot that cannot be halved.
fn floor(
    snapshot: &Snapshot,
    most: usize,
    distances: &dyn Fn(&Measure, &Measure) -> Result<Distances>,
    ctx: &Context,
) -> Result<Distances> {
    let half = (snapshot.measure.len() / 2).min(most).max(1);
    let splits = (most / half).clamp(1, MOST_SPLITS);
    let each = (0..splits)
        .filter_map(|split| halves(snapshot, most, split, ctx))
        .map(|(left, right)| distances(&left, &right))
        .collect::<Result<Vec<_>>>()?;
    let mean = |figure: fn(&Distances) -> f64| each.iter().map(figure).sum::<f64>() / each.len().max(1) as f64;
    Ok(Distances { w1: mean(|d| d.w1), w2: mean(|d| d.w2), mmd: mean(|d| d.mmd) })
}

/// Splits into halves that are averaged at most.
const MOST_SPLITS: usize = 8;

/// Two random halves of a whole snapshot, at most `most` points of each. A snapshot of one point has none; nor has one
/// of which a half consists of points of weight zero only.
fn halves(snapshot: &Snapshot, most: usize, split: usize, ctx: &Context) -> Option<(Measure, Measure)> {
    let measure = &snapshot.measure;
    let index = snapshot.time.to_bits().wrapping_add(split as u64);
    let order = Stream::new(ctx.seed(), "halves", index).permutation(measure.len());
    let (left, right) = order.split_at(order.len() / 2);
    let part = |half: &[usize]| measure.select(&half[..half.len().min(most)]).ok();
    part(left).zip(part(right))
}

fn distances(a: &Measure, b: &Measure, kernel: &Bandwidth, ctx: &Context) -> Result<Distances> {
    Ok(Distances { w1: metrics::w1(ctx, a, b)?, w2: metrics::w2(ctx, a, b)?, mmd: metrics::mmd(ctx, a, b, kernel)? })
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert!(row.floor.w1 > 0.1);
        }
        assert!(held.straight_line.unwrap().w1 < 1e-9 && seen.straight_line.is_none());
    }

    #[test]
    fn halves_are_disjoint_and_bounded() {
        let ctx = Context::new(3, 1).unwrap();
        let snapshots = carried();
        for (most, size) in [(100, 20), (7, 7)] {
            let (left, right) = halves(snapshots.get(0), most, 1, &ctx).unwrap();
            assert_eq!((left.len(), right.len()), (size, size));
            assert!(left.points().rows().all(|x| right.points().rows().all(|y| x != y)));
        }
        let one = snapshots.get(0).measure.select(&[0]).unwrap();
        assert!(halves(&Snapshot { time: 0.0, measure: one }, 100, 0, &ctx).is_none());
    }
}
