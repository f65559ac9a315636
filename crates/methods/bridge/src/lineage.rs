//! Who becomes whom between consecutive snapshots, and how many.
//!
//! For each interval a semi-relaxed entropic plan couples the snapshots: the later one is met exactly, the rows of
//! the earlier one are free within `rho KL`, so the row sum of a cell is its expected number of descendants.
//!
//! A pair `(i, j)` moves on its [`Course`] while the mass of cell `i` grows from 1 to its `r_i` at the constant rate
//! `log r_i`, so at the share `s` of the interval the pair carries `pi_ij r_i^(s - 1)`. A pair drawn from the plan is
//! therefore given the weight `r_i^(s - 1)`: with it the regressions of velocity and growth satisfy the continuity
//! equation with source `∂p + ∇·(p v) = g p` exactly, and integrating the learned growth reproduces the masses.
//! (Without the weight, as in the published algorithm, growth is biased towards the fates that divide most.)

use crate::block::{Block, POOL, split};
use crate::course::{Beside, Course, hermite, slopes};
use serde::{Deserialize, Serialize};
use thalweg_core::{Context, Coupling, Error, Measure, Report, Result, Snapshots, Stream};
use thalweg_nn::{intervals, shares};
use thalweg_ot::Tally;

/// How consecutive snapshots are coupled.
///
/// There is no default for all methods: each states its own in full, and a table of settings that leaves one out is
/// completed from those of its method before it is read.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Descent {
    /// Entropic regularisation, as a fraction of the mean squared distance between the two snapshots.
    pub epsilon: f64,
    /// Strength of the prior that every cell has the same number of descendants, in units of the mean squared
    /// distance between the two snapshots. Large: uniform growth. Small: growth explains what movement would.
    /// Absent: no growth, balanced transport between the snapshots normalised to mass 1.
    #[serde(deserialize_with = "Option::deserialize")]
    pub rho: Option<f64>,
    /// Most points of a snapshot in one plan; larger snapshots are split into random blocks of this size, so that
    /// memory stays bounded and every cell takes part.
    pub block: usize,
    /// The way of a pair between its snapshots.
    pub course: Course,
}

impl Descent {
    /// Pairs on `course`, coupled as softly as populations of cells ask for.
    pub const fn along(course: Course) -> Self {
        Self { epsilon: 0.01, rho: Some(1.0), block: 4096, course }
    }

    /// Refuses values out of range.
    pub fn check(&self) -> Result<()> {
        let range = |name: &str, value: f64, low: f64, high: f64| {
            if (low..=high).contains(&value) {
                Ok(())
            } else {
                Err(Error::input(format!(
                    "The coupling's {name} is {value}, but it must lie between {low} and {high}."
                )))
            }
        };
        range("epsilon", self.epsilon, 1e-4, 1e3)?;
        range("rho", self.rho.unwrap_or(1.0), 1e-3, 1e6)?;
        range("block", self.block as f64, 2.0, 20_000.0)
    }
}

/// Bytes that coupling `snapshots` takes: at its peak, with the costs of one plan and their transpose where they are kept
/// (up to 1 GiB), and afterwards, with the points of every block, the partners drawn for each and its mean velocities.
pub(crate) fn bytes(snapshots: &Snapshots, descent: &Descent) -> (u64, u64) {
    const MOST: u64 = 1 << 30;
    let largest = snapshots.items().iter().map(|s| s.measure.len()).max().unwrap_or(0).min(descent.block) as u64;
    let costs = 16 * largest.pow(2);
    let row = 8 * (4 * (snapshots.dim() + 2) + 2 * POOL);
    let kept = (snapshots.total_points() * row) as u64;
    (kept + if costs > MOST { 0 } else { costs }, kept)
}

/// Points of a batch on their way, in standardised units, row-major.
#[derive(Clone, Debug, Default)]
pub struct Passage {
    /// `n x (d + 1)`: position, then time.
    pub inputs: Vec<f32>,
    /// `n x d`: velocity of the pair.
    pub velocity: Vec<f32>,
    /// `n`: growth rate of the pair.
    pub growth: Vec<f32>,
    /// `n`: mass of the pair at that time, relative to how it was drawn.
    pub weights: Vec<f32>,
    /// `n`: mass the pair stands for in the interval's later snapshot, times the length of the interval. With
    /// `weights` it makes sums over the batch into integrals over time and population.
    pub measure: Vec<f32>,
}

/// The coupled population.
pub struct Lineage {
    dim: usize,
    course: Course,
    intervals: Vec<Interval>,
    epsilon: f64,
    tally: Tally,
}

struct Interval {
    start: f64,
    length: f64,
    blocks: Vec<Block>,
    /// Running share of the interval's mass.
    cumulative: Vec<f64>,
    /// `n x d`: mean velocity with which each cell of the earlier snapshot leaves it.
    departures: Vec<f64>,
    /// `m x d`: mean velocity with which each cell of the later snapshot arrives there.
    arrivals: Vec<f64>,
}

impl Lineage {
    /// Couples all consecutive snapshots, which are in standardised units.
    ///
    /// # Errors
    /// A parameter out of range, or a plan that could not be solved.
    pub fn new(standardised: &Snapshots, descent: &Descent, ctx: &Context) -> Result<Self> {
        descent.check()?;
        let spans = intervals(standardised);
        let mut built = Vec::with_capacity(spans.len());
        let tally = Tally::default();
        for (k, span) in spans.iter().enumerate() {
            ctx.check_stop()?;
            ctx.progress("couple", k as u64, spans.len() as u64, "");
            built.push(Interval::new(span, k as u64, descent, &tally, ctx)?);
        }
        ctx.progress("couple", spans.len() as u64, spans.len() as u64, "");
        Ok(Self { dim: standardised.dim(), course: descent.course, intervals: built, epsilon: descent.epsilon, tally })
    }

    /// `report` with the couplings that fell short of their tolerance, and what to try.
    pub fn noted(&self, report: Report) -> Report {
        self.tally.noted(report, &format!("Raise coupling.epsilon above {}.", self.epsilon))
    }

    /// Draws the `batch` pairs of `step`, shared out over the intervals, at uniform times, blurred by `sigma`.
    pub fn draw(&self, batch: usize, sigma: f64, step: u64, stream: &mut Stream) -> Result<Passage> {
        let mut out = Passage::default();
        for (k, share) in shares(batch, self.intervals.len(), step).into_iter().enumerate() {
            let (before, after) = match self.course {
                Course::Straight => (None, None),
                Course::Curved => (k.checked_sub(1).map(|k| &self.intervals[k]), self.intervals.get(k + 1)),
            };
            self.intervals[k].draw(share, sigma, self.dim, [before, after], stream, &mut out)?;
        }
        Ok(out)
    }
}

impl Interval {
    fn new(span: &thalweg_nn::Interval, number: u64, descent: &Descent, tally: &Tally, ctx: &Context) -> Result<Self> {
        let (source, target) = match descent.rho {
            Some(_) => ((*span.source).clone(), (*span.target).clone()),
            None => (normalised(&span.source)?, normalised(&span.target)?),
        };
        // Never more blocks than points on a side, or a block would be empty.
        let wanted = source.len().max(target.len()).div_ceil(descent.block);
        let weighted = |m: &Measure| m.weights().iter().filter(|w| **w > 0.0).count();
        let count = wanted.min(weighted(&source)).min(weighted(&target));
        let mut stream = Stream::new(ctx.seed(), "blocks", number);
        let (sources, targets) = (split(&source, count, &mut stream)?, split(&target, count, &mut stream)?);
        let dim = source.dim();
        let (mut departures, mut arrivals) = (vec![0.0; source.len() * dim], vec![0.0; target.len() * dim]);
        let mut blocks = Vec::new();
        for (b, (source, target)) in sources.into_iter().zip(targets).enumerate() {
            ctx.check_stop()?;
            let pool = Stream::new(ctx.seed(), "pool", number << 32 | b as u64).bits();
            let block = Block::new(source, target, pool, descent, tally, ctx)?;
            if descent.course == Course::Curved {
                block.mean_velocities(span.length(), &mut departures, &mut arrivals);
            }
            blocks.push(block);
        }
        let mut running = 0.0;
        let cumulative = blocks
            .iter()
            .map(|b| {
                running += b.target.mass();
                running
            })
            .collect();
        Ok(Self { start: span.start, length: span.length(), blocks, cumulative, departures, arrivals })
    }

    /// Appends `count` pairs; `beside` are the intervals before and after, as far as the course knows of them.
    fn draw(
        &self,
        count: usize,
        sigma: f64,
        dim: usize,
        beside: [Option<&Self>; 2],
        stream: &mut Stream,
        out: &mut Passage,
    ) -> Result<()> {
        let total = self.cumulative.last().copied().unwrap_or(0.0);
        let level = stream.uniform() * total;
        // A batch comes from one block: over batches every block has its share.
        let block = &self.blocks[self.cumulative.partition_point(|c| *c <= level).min(self.blocks.len() - 1)];
        let pairs = block.coupling.draw(count, stream)?;
        let offset = stream.uniform();
        let (mut secant, mut first, mut last) = (vec![0.0; dim], vec![0.0; dim], vec![0.0; dim]);
        for (n, (&i, &j)) in pairs.source.iter().zip(&pairs.target).enumerate() {
            let (x, y) = (block.source.points().row(i), block.target.points().row(j));
            // An additive sequence covers the interval more evenly than independent times.
            let s = (offset + n as f64 * std::f64::consts::SQRT_2).fract();
            secant.iter_mut().zip(x.iter().zip(y)).for_each(|(u, (x, y))| *u = (y - x) / self.length);
            let before = beside[0].map(|k| k.mean(&k.arrivals, block.source_rows[i], dim));
            let after = beside[1].map(|k| k.mean(&k.departures, block.target_rows[j], dim));
            slopes(&secant, self.length, before, after, &mut first, &mut last);
            for k in 0..dim {
                let (position, velocity) = hermite(s, self.length, [x[k], y[k]], [first[k], last[k]]);
                out.inputs.push((position + sigma * stream.normal()) as f32);
                out.velocity.push(velocity as f32);
            }
            out.inputs.push((self.start + s * self.length) as f32);
            out.growth.push((block.log_growth[i] / self.length) as f32);
            out.weights.push(((s - 1.0) * block.log_growth[i]).exp() as f32);
            out.measure.push((total * self.length / count as f64) as f32);
        }
        Ok(())
    }

    fn mean<'a>(&self, velocities: &'a [f64], row: usize, dim: usize) -> Beside<'a> {
        Beside { velocity: &velocities[row * dim..][..dim], length: self.length }
    }
}

fn normalised(measure: &Measure) -> Result<Measure> {
    Measure::new(measure.points().clone(), measure.probabilities())
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_core::{Budget, Points, Snapshot, Status};

    /// Snapshots of points on a line, each counting one.
    fn population(clouds: &[(f64, Vec<f64>)]) -> Snapshots {
        let items = clouds
            .iter()
            .map(|(time, x)| Snapshot {
                time: *time,
                measure: Measure::counted(Points::new(1, x.clone()).unwrap()).unwrap(),
            })
            .collect();
        Snapshots::new(items, vec!["x".into()]).unwrap()
    }

    /// A batch without blur, and the shares of the way at which its pairs stand.
    fn batch(clouds: &[(f64, Vec<f64>)], descent: &Descent) -> Passage {
        let lineage = Lineage::new(&population(clouds), descent, &Context::new(0, 1).unwrap()).unwrap();
        lineage.draw(200_000, 0.0, 0, &mut Stream::new(0, "test", 0)).unwrap()
    }

    /// `n` points within 0.01 of `centre`.
    fn around(centre: f64, n: usize) -> impl Iterator<Item = f64> {
        (0..n).map(move |i| centre + 0.02 * (i as f64 / n as f64 - 0.5))
    }

    #[test]
    fn mass_grows_exponentially_along_every_fate() {
        // Two fates far apart: 50 cells stay 50, 50 become 150. At share s there are 50 + 50 3^s cells.
        let start: Vec<f64> = around(-5.0, 50).chain(around(5.0, 50)).collect();
        let end: Vec<f64> = around(-5.0, 50).chain(around(5.0, 150)).collect();
        let passage =
            batch(&[(0.0, start), (1.0, end)], &Descent { rho: Some(0.01), ..Descent::along(Course::Curved) });
        let rows = || passage.inputs.as_chunks::<2>().0.iter().zip(passage.weights.iter().zip(&passage.measure));
        for (fate, ratio) in [(-1.0, 1.0_f64), (1.0, 3.0)] {
            for (low, high) in [(0.0, 0.5), (0.5, 1.0), (0.0, 1.0)] {
                let here = rows().filter(|([x, s], _)| x * fate > 0.0 && (low..high).contains(s));
                let mass: f64 = here.map(|(_, (w, m))| f64::from(w * m)).sum();
                let known = match ratio {
                    1.0 => 50.0 * f64::from(high - low),
                    r => 50.0 * (r.powf(f64::from(high)) - r.powf(f64::from(low))) / r.ln(),
                };
                assert!((mass / known - 1.0).abs() < 0.03, "fate {fate}, {low} to {high}: {mass} for {known}");
            }
        }
    }

    #[test]
    fn courses_bend_as_the_population_does() {
        // Positions 0, 1, 4 at times 0, 1, 2. At time 1 the secants are 1 and 3, the three-point slope is 2, and the
        // limiter 2 · 2 · 6 / (2² + 6²) = 0.6 leaves 1.2 there; the ends have no curvature: 1.5 · 1 - 0.6 and 1.5 · 3 - 0.6.
        let clouds = [(0.0, vec![0.0; 2]), (1.0, vec![1.0; 2]), (2.0, vec![4.0; 2])];
        let near = |passage: &Passage, t: f32| {
            let found = passage.inputs.as_chunks::<2>().0.iter().zip(&passage.velocity);
            let found: Vec<f32> = found.filter(|([_, s], _)| (s - t).abs() < 2e-3).map(|(_, v)| *v).collect();
            found.iter().sum::<f32>() / found.len() as f32
        };
        let curved = batch(&clouds, &Descent { rho: None, ..Descent::along(Course::Curved) });
        for (t, known) in [(0.0, 0.9), (1.0, 1.2), (2.0, 3.9)] {
            assert!((near(&curved, t) - known).abs() < 0.02, "at {t}: {} for {known}", near(&curved, t));
        }
        let straight = batch(&clouds, &Descent { rho: None, ..Descent::along(Course::Straight) });
        for (t, known) in [(0.5, 1.0), (1.5, 3.0)] {
            assert!((near(&straight, t) - known).abs() < 1e-3);
        }
    }

    #[test]
    fn couplings_that_fall_short_are_said() {
        // Plans of one block and of three.
        let cloud = |centre: f64, n: usize| around(centre, n).collect();
        let snapshots = population(&[(0.0, cloud(0.0, 40)), (1.0, cloud(1.0, 50)), (2.0, cloud(3.0, 120))]);
        let descent = Descent { epsilon: 0.02, block: 50, ..Descent::along(Course::Curved) };
        let lineage = Lineage::new(&snapshots, &descent, &Context::new(0, 1).unwrap()).unwrap();
        let done = || Report::new(Status::Converged, 1);
        assert_eq!(lineage.noted(done()), done());
        lineage.tally.add(&Report::new(Status::Exhausted { budget: Budget::Iterations }, 1).residual("error", 0.3));
        let short = lineage.noted(done());
        assert!(short.converged() && short.residuals[0].1 == 1.0 && short.residuals[1].1 == 0.3);
        let advice = short.advice.unwrap();
        assert!(advice.starts_with("1 of 5 transport plans") && advice.contains("epsilon above 0.02"), "{advice}");
    }

    #[test]
    fn a_coupling_is_read_in_full_or_not_at_all() {
        // A table that named `epsilon` alone would otherwise give action matching the courses of another method.
        for part in [r#"{"epsilon": 0.02}"#, r#"{"epsilon": 0.02, "block": 100, "course": "straight"}"#] {
            let refused = serde_json::from_str::<Descent>(part).unwrap_err().to_string();
            assert!(refused.contains("missing field"), "{refused}");
        }
        let whole = r#"{"epsilon": 0.02, "rho": null, "block": 100, "course": "straight"}"#;
        let read: Descent = serde_json::from_str(whole).unwrap();
        assert_eq!(read, Descent { epsilon: 0.02, rho: None, block: 100, course: Course::Straight });
    }
}
