//! One predicted snapshot beside its references, over several draws of points.

use super::{Distances, Evaluation};
use crate::predict::predict;
use rayon::prelude::*;
use thalweg_core::{Context, Measure, Points, Result, Snapshot, Stream, VectorField};
use thalweg_ot::metrics::{self, Bandwidth};
use thalweg_ot::{GroundCost, transport};

/// What judges one predicted snapshot.
pub(super) struct Judge<'a> {
    pub(super) model: &'a dyn VectorField,
    pub(super) before: &'a Snapshot,
    pub(super) target: &'a Snapshot,
    pub(super) after: Option<&'a Snapshot>,
    pub(super) kernel: Bandwidth,
    pub(super) options: &'a Evaluation,
    pub(super) ctx: &'a Context,
}

/// Splits of the smallest snapshots, in units of [`Evaluation::draws`].
const SMALL_SPLITS: usize = 8;

/// The figures of one draw.
pub(super) struct Draw {
    pub(super) model: Distances,
    pub(super) previous: Distances,
    pub(super) straight_line: Option<Distances>,
    /// Predicted mass over the mass at the start.
    pub(super) mass_ratio: f64,
}

impl Judge<'_> {
    /// The model and its references on the points of draw `k`.
    pub(super) fn draw(&self, k: usize) -> Result<Draw> {
        let (points, ctx) = (self.options.points, self.ctx);
        let start = draw(self.before, points, k, ctx)?;
        let truth = draw(self.target, points, k, ctx)?;
        let span = (self.before.time, self.target.time);
        let predicted = predict(self.model, &start, span, points, ctx)?;
        let straight_line = match self.after {
            Some(after) => {
                let share = (span.1 - span.0) / (after.time - span.0);
                let line = straight_line(&start, &draw(after, points, k, ctx)?, share, ctx)?;
                Some(self.distances(&line, &truth)?)
            }
            None => None,
        };
        Ok(Draw {
            model: self.distances(&predicted, &truth)?,
            previous: self.distances(&start, &truth)?,
            straight_line,
            mass_ratio: predicted.mass() / start.mass(),
        })
    }

    /// Mean distance between random halves of the whole snapshot, at most [`Evaluation::points`] of each, and the standard
    /// deviation of W1 between splits. One split scatters by a fifth, and small halves more but are cheap, so more are
    /// averaged the smaller they are. None for a snapshot that cannot be halved.
    pub(super) fn floor(&self) -> Result<(Option<Distances>, Option<f64>)> {
        let most = self.options.points;
        let half = (self.target.measure.len() / 2).min(most).max(1);
        let splits = self.options.draws * (most / half).pow(2).clamp(1, SMALL_SPLITS);
        let each = repeat(splits, self.ctx, |k| {
            halves(self.target, most, k, self.ctx).map(|(left, right)| self.distances(&left, &right)).transpose()
        })?;
        let each: Vec<Distances> = each.into_iter().flatten().collect();
        if each.is_empty() {
            return Ok((None, None));
        }
        let floor = Distances::mean(each.iter().copied());
        let squares = each.iter().map(|d| (d.w1 - floor.w1).powi(2)).sum::<f64>();
        let spread = (squares / (each.len() as f64 - 1.0)).sqrt();
        Ok((Some(floor), (each.len() > 1).then_some(spread)))
    }

    fn distances(&self, a: &Measure, b: &Measure) -> Result<Distances> {
        let (w1, w2) = (metrics::w1(self.ctx, a, b)?, metrics::w2(self.ctx, a, b)?);
        Ok(Distances { w1, w2, mmd: metrics::mmd(self.ctx, a, b, &self.kernel)? })
    }
}

/// `work(0)`, ..., `work(times - 1)` on the threads of the call, in that order.
pub(super) fn repeat<T: Send>(times: usize, ctx: &Context, work: impl Fn(usize) -> Result<T> + Sync) -> Result<Vec<T>> {
    ctx.install(|| (0..times).into_par_iter().map(&work).collect())
}

/// At most `most` points of a snapshot in draw `k`, the same ones whoever asks.
pub(super) fn draw(snapshot: &Snapshot, most: usize, k: usize, ctx: &Context) -> Result<Measure> {
    snapshot.measure.thinned(most, &mut Stream::new(ctx.seed(), "evaluation", numbered(snapshot, k)))
}

/// A number of its own for each draw of each snapshot.
fn numbered(snapshot: &Snapshot, k: usize) -> u64 {
    snapshot.time.to_bits().wrapping_add(k as u64)
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

/// Two random halves of a whole snapshot, at most `most` points of each. A snapshot of one point has none; nor has one
/// of which a half consists of points of weight zero only.
fn halves(snapshot: &Snapshot, most: usize, split: usize, ctx: &Context) -> Option<(Measure, Measure)> {
    let measure = &snapshot.measure;
    let order = Stream::new(ctx.seed(), "halves", numbered(snapshot, split)).permutation(measure.len());
    let (left, right) = order.split_at(order.len() / 2);
    let part = |half: &[usize]| measure.select(&half[..half.len().min(most)]).ok();
    part(left).zip(part(right))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::PI;

    /// `n` points of the uniform distribution on (0, 1).
    fn uniform(n: usize, seed: u64) -> Snapshot {
        let mut stream = Stream::new(seed, "test", 0);
        let values = (0..n).map(|_| stream.uniform()).collect();
        Snapshot { time: seed as f64, measure: Measure::counted(Points::new(1, values).unwrap()).unwrap() }
    }

    /// Nothing moves.
    struct Still;

    impl VectorField for Still {
        fn dim(&self) -> usize {
            1
        }

        fn velocity(&self, _t: f64, _x: &[f64], out: &mut [f64]) {
            out.fill(0.0);
        }
    }

    #[test]
    fn a_perfect_model_and_the_floor_both_reach_what_sampling_costs() {
        // E W1 of two samples of n: the mean absolute difference of two empirical distribution functions, each
        // binomial, ∫ sqrt(2/π) sqrt(2 x (1 - x) / n) dx.
        let n = 500;
        let expected = (2.0 / PI).sqrt() * (2.0 / n as f64).sqrt() * PI / 8.0;
        for seed in 0..3 {
            let ctx = Context::new(seed, 1).unwrap();
            let (before, target) = (uniform(50_000, 2 * seed), uniform(50_000, 2 * seed + 1));
            let options = Evaluation { points: n, draws: 200 };
            let kernel = Bandwidth::Fixed(0.3);
            let judge = Judge {
                model: &Still,
                before: &before,
                target: &target,
                after: None,
                kernel,
                options: &options,
                ctx: &ctx,
            };
            let draws = repeat(options.draws, &ctx, |k| judge.draw(k)).unwrap();
            let model = Distances::mean(draws.iter().map(|d| d.model)).w1;
            let floor = judge.floor().unwrap().0.unwrap().w1;
            // One draw scatters by 0.45 of its mean, 200 by 0.03.
            assert!((model / expected - 1.0).abs() < 0.12, "model {model}, expected {expected}");
            assert!((floor / expected - 1.0).abs() < 0.12, "floor {floor}, expected {expected}");
        }
    }

    #[test]
    fn halves_are_disjoint_and_bounded() {
        let ctx = Context::new(3, 1).unwrap();
        let cloud = uniform(40, 0);
        for (most, size) in [(100, 20), (7, 7)] {
            let (left, right) = halves(&cloud, most, 1, &ctx).unwrap();
            assert_eq!((left.len(), right.len()), (size, size));
            assert!(left.points().rows().all(|x| right.points().rows().all(|y| x != y)));
        }
        let one = cloud.measure.select(&[0]).unwrap();
        assert!(halves(&Snapshot { time: 0.0, measure: one }, 100, 0, &ctx).is_none());
    }

    /// Halves of two pairs of points are known by enumeration: {a,b | c,d} with chance 1/3, both others with 2/3.
    #[test]
    fn the_floor_is_the_mean_over_splits_and_its_spread_is_told() {
        let snapshot = |x: &[f64]| {
            let measure = Measure::counted(Points::new(1, x.to_vec()).unwrap()).unwrap();
            Snapshot { time: 1.0, measure }
        };
        let mut off = 0.0_f64;
        for seed in 0..3 {
            let ctx = Context::new(seed, 1).unwrap();
            let floor = |target: &Snapshot, draws| {
                let (options, kernel) = (Evaluation { points: 1500, draws }, Bandwidth::Fixed(1.0));
                let (before, after) = (target, None);
                Judge { model: &Still, before, target, after, kernel, options: &options, ctx: &ctx }.floor().unwrap()
            };
            // Two points at 0 and two at 1: W1 is 1 where equals are together and 0 otherwise.
            let (mean, spread) = floor(&snapshot(&[0.0, 0.0, 1.0, 1.0]), 8);
            let (mean, spread) = (mean.unwrap().w1, spread.unwrap());
            // Bernoulli: the sample's own mean p gives its standard deviation.
            assert!((spread - (mean * (1.0 - mean) * 64.0 / 63.0).sqrt()).abs() < 1e-12, "{mean} {spread}");
            off = off.max((mean - 1.0 / 3.0).abs());
            assert_eq!(floor(&snapshot(&[0.0]), 8), (None, None));
        }
        // Four standard errors of the mean of 64 such splits; eight splits would scatter past it.
        assert!(off < 4.0 * (2.0_f64 / 9.0 / 64.0).sqrt(), "{off}");
    }
}
