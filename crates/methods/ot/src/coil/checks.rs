//! Claims of co-transport.

use super::{Classifier, Config, Rows, transport_rows};
use crate::claims::normal_points;
use thalweg_core::{Check, Context, Measured, Points, Result, Stream};
use thalweg_nn::FitConfig;

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "permuted-classes",
        claim: "Where the new classes are the ten old ones in another order, at epsilon 0.05 the new rows are the old ones in that \
                order: cosine above 0.999, in either direction",
        source: "construction; threshold of an independent program",
        run: permuted,
    },
    Check {
        name: "before-training",
        claim: "Where new classes are perturbations of old ones, transported rows tell them apart before any training at least \
                twice as often as chance, one in five",
        source: "construction",
        run: untrained,
    },
    Check {
        name: "ten-classes-in-five-tasks",
        claim: "Ten Gaussian classes in 32 dimensions on random features, two at a time, with 20 points a class that are all kept \
                and 30 steps a task: the mean accuracy after each task is at least that of finetuning with replay",
        source: "construction; the baseline is the same classifier without distillation and transport",
        run: incremental,
    },
    Check {
        name: "learned-features",
        claim: "With a network learned beside the head, two classes and then two more of four that no cosine of the points tells \
                apart (rings about one centre) are told apart at least 85 times in 100",
        source: "construction",
        run: rings,
    },
];

/// Rows of length 1.
fn directions(n: usize, dim: usize, stream: &mut Stream) -> Points {
    let mut points = normal_points(n, dim, stream);
    for i in 0..n {
        let length = points.row(i).iter().map(|v| v * v).sum::<f64>().sqrt();
        points.row_mut(i).iter_mut().for_each(|v| *v /= length);
    }
    points
}

fn cosine(x: &[f64], y: &[f64]) -> f64 {
    let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(a, b)| a * b).sum::<f64>();
    dot(x, y) / (dot(x, x) * dot(y, y)).sqrt()
}

fn permuted(ctx: &Context) -> Result<Vec<Measured>> {
    let mut stream = Stream::new(ctx.seed(), "coil-permuted", 0);
    let (means, weights) = (directions(10, 16, &mut stream), normal_points(10, 16, &mut stream));
    let order = stream.permutation(10);
    let config = Config { epsilon: 0.05, ..Config::default() };
    let moved = transport_rows(ctx, &weights, &means, &means.select(&order), &config)?;
    let back = transport_rows(ctx, &moved, &means.select(&order), &means, &config)?;
    let worst =
        |found: &Points, truth: &Points| (0..10).map(|i| cosine(found.row(i), truth.row(i))).fold(1.0, f64::min);
    Ok(vec![
        Measured::at_least(
            "least cosine with the rows in their new order",
            worst(&moved, &weights.select(&order)),
            0.999,
        ),
        Measured::at_least("least cosine of the rows carried back", worst(&back, &weights), 0.999),
    ])
}

/// Points about centres, `count` of each, and their classes counted from `first`.
fn around(centres: &[&[f64]], first: usize, count: usize, spread: f64, stream: &mut Stream) -> (Points, Vec<usize>) {
    let mut points = normal_points(count * centres.len(), centres[0].len(), stream);
    for i in 0..points.len() {
        points.row_mut(i).iter_mut().zip(centres[i / count]).for_each(|(v, c)| *v = c + spread * *v);
    }
    (points, (0..count * centres.len()).map(|i| first + i / count).collect())
}

fn accuracy(ctx: &Context, classifier: &Classifier, points: &Points, labels: &[usize]) -> Result<f64> {
    let right = classifier.predict(ctx, points)?.iter().zip(labels).filter(|(p, l)| p == l).count();
    Ok(100.0 * right as f64 / labels.len() as f64)
}

fn quick(steps: u64, config: Config) -> Config {
    Config { batch: 64, fit: FitConfig { steps, ..config.fit }, ..config }
}

fn untrained(ctx: &Context) -> Result<Vec<Measured>> {
    let mut stream = Stream::new(ctx.seed(), "coil-untrained", 0);
    let old = directions(5, 16, &mut stream);
    let order = stream.permutation(5);
    let mut new = old.select(&order);
    new.values_mut().iter_mut().for_each(|v| *v += 0.05 * stream.normal());
    let rows = |points: &Points, stream: &mut Stream, first: usize| {
        let centres: Vec<&[f64]> = points.rows().collect();
        around(&centres, first, 50, 0.1, stream)
    };
    let mut classifier = Classifier::new(ctx, 16, &quick(200, Config::default()))?;
    let (points, labels) = rows(&old, &mut stream, 0);
    classifier.learn(ctx, &points, &labels)?;
    let (points, labels) = rows(&new, &mut stream, 5);
    classifier.grow(ctx, &points, &labels)?;
    let scores = classifier.scores(ctx, &points)?;
    let best = |row: &[f64]| (6..10).fold(5, |b, c| if row[c] > row[b] { c } else { b });
    let right = labels.iter().enumerate().filter(|(i, l)| best(scores.row(*i)) == **l).count();
    Ok(vec![Measured::at_least("accuracy among the new classes, %", 100.0 * right as f64 / 250.0, 40.0)])
}

/// The mean, over five tasks, of the accuracy on all classes known.
fn course(ctx: &Context, config: &Config) -> Result<f64> {
    let mut stream = Stream::new(ctx.seed(), "coil-course", 0);
    let mut centres = normal_points(10, 32, &mut stream);
    centres.values_mut().iter_mut().for_each(|v| *v *= 0.4);
    let projection = normal_points(32, 64, &mut stream);
    let featured = |points: &Points| {
        let feature =
            |e: usize| points.row(e / 64).iter().enumerate().map(|(k, v)| v * projection.row(k)[e % 64]).sum();
        Points::new(64, (0..64 * points.len()).map(|e| f64::max(feature(e), 0.0)).collect())
    };
    let mut classifier = Classifier::new(ctx, 64, config)?;
    let mut total = 0.0;
    for task in 0..5 {
        let centres: Vec<&[f64]> = centres.rows().collect();
        let (points, labels) = around(&centres[2 * task..2 * task + 2], 2 * task, 20, 1.0, &mut stream);
        classifier.learn(ctx, &featured(&points)?, &labels)?;
        let (points, labels) = around(&centres[..2 * task + 2], 0, 100, 1.0, &mut stream);
        total += accuracy(ctx, &classifier, &featured(&points)?, &labels)?;
    }
    Ok(total / 5.0)
}

fn incremental(ctx: &Context) -> Result<Vec<Measured>> {
    let config = quick(30, Config::default());
    let ours = course(ctx, &config)?;
    let replay = Config { rows: Rows::Random, distillation: 0.0, transport: 0.0, ..config };
    Ok(vec![Measured::at_least(
        "mean accuracy above that of replay, points of a hundred",
        ours - course(ctx, &replay)?,
        0.0,
    )])
}

fn rings(ctx: &Context) -> Result<Vec<Measured>> {
    let mut stream = Stream::new(ctx.seed(), "coil-rings", 0);
    let mut ring = |classes: std::ops::Range<usize>, count: usize| {
        let (mut values, mut labels) = (Vec::new(), Vec::new());
        for class in classes {
            for _ in 0..count {
                let (angle, radius) =
                    (std::f64::consts::TAU * stream.uniform(), class as f64 + 1.0 + 0.1 * stream.normal());
                values.extend([radius * angle.cos(), radius * angle.sin()]);
                labels.push(class);
            }
        }
        Points::new(2, values).map(|points| (points, labels))
    };
    let mut classifier = Classifier::new(ctx, 2, &quick(800, Config { hidden: vec![64, 32], ..Config::default() }))?;
    for task in 0..2 {
        let (points, labels) = ring(2 * task..2 * task + 2, 200)?;
        classifier.learn(ctx, &points, &labels)?;
    }
    let (points, labels) = ring(0..4, 100)?;
    Ok(vec![Measured::at_least("accuracy on four rings, %", accuracy(ctx, &classifier, &points, &labels)?, 85.0)])
}
