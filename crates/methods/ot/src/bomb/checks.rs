//! Claims of mini-batch transport.

use super::{Batches, Config, Flow, Inner, Outer, flow, solve, solve_on, transfer};
use crate::claims::normal_points;
use thalweg_core::{Check, Context, Measure, Measured, Points, Result, Stream};
use thalweg_ot::{GroundCost, metrics, transport};

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "equal-batches",
        claim: "Between equal batches the loss is 0, where the mean over all pairs of batches is not",
        source: "definition: every batch is matched with itself",
        run: equal,
    },
    Check {
        name: "outer-limits",
        claim: "With an outer epsilon of 100 the loss is the mean over all pairs to 0.3 %; the exact one never exceeds it",
        source: "limit of entropic transport; optimality",
        run: limits,
    },
    Check {
        name: "whole-clouds",
        claim: "One batch that is the whole cloud gives the transport cost and the barycentric images of the whole clouds",
        source: "exact transport",
        run: whole,
    },
    Check {
        name: "flow-ends-closer",
        claim: "Moving points onto a ring by gradient steps ends closer to it (exact W2) than with the mean over all pairs",
        source: "both run on the same draws; published finding",
        run: flows,
    },
    Check {
        name: "partial-ignores-outliers",
        claim: "With a partial inner problem far points add the price of their mass and nothing more, however far they are",
        source: "closed form: mass further than sqrt(2 lambda) is left behind",
        run: outliers,
    },
];

fn clouds(ctx: &Context, n: usize) -> (Points, Points) {
    let mut stream = Stream::new(ctx.seed(), "bomb-clouds", 0);
    (normal_points(n, 2, &mut stream), normal_points(n, 2, &mut stream))
}

fn with(outer: Outer, size: usize) -> Config {
    Config { size, outer, ..Config::default() }
}

fn equal(ctx: &Context) -> Result<Vec<Measured>> {
    let (x, _) = clouds(ctx, 128);
    let config = with(Outer::Exact {}, 32);
    let mut batches = Batches::draw(ctx.seed(), 0, 128, 128, &config)?;
    batches.target = batches.source.clone();
    let matched = solve_on(ctx, &x, &x, batches.clone(), &config)?.loss;
    let mean = solve_on(ctx, &x, &x, batches, &with(Outer::Independent {}, 32))?.loss;
    Ok(vec![
        Measured::at_most("loss of matched batches", matched.abs(), 1e-12),
        Measured::at_least("mean over all pairs", mean, 0.05),
    ])
}

fn limits(ctx: &Context) -> Result<Vec<Measured>> {
    let (x, y) = clouds(ctx, 128);
    let loss = |outer| Ok::<_, thalweg_core::Error>(solve(ctx, &x, &y, &with(outer, 32), 0)?.loss);
    let (exact, soft, mean) =
        (loss(Outer::Exact {})?, loss(Outer::Entropic { epsilon: 100.0 })?, loss(Outer::Independent {})?);
    Ok(vec![
        Measured::near("loss at epsilon 100, of the mean", soft / mean, 1.0, 0.003),
        Measured::at_most("exact loss, of the mean", exact / mean, 1.0 + 1e-12),
    ])
}

fn whole(ctx: &Context) -> Result<Vec<Measured>> {
    let (x, y) = clouds(ctx, 50);
    let config = Config { batches: 1, size: 50, ..Config::default() };
    let loss = solve(ctx, &x, &y, &config, 0)?.loss;
    let (from, to) = (Measure::uniform(x.clone())?, Measure::uniform(y.clone())?);
    let exact = transport(ctx, &from, &to, GroundCost::SquaredEuclidean)?;
    let images = transfer(ctx, &x, &y, &config, 1)?.images;
    let truth = exact.plan.barycentric(&y)?;
    let error = images.values().iter().zip(truth.values()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    Ok(vec![
        Measured::near("loss", loss, exact.plan.cost(), 1e-12),
        Measured::at_most("largest error of an image", error, 1e-12),
    ])
}

fn flows(ctx: &Context) -> Result<Vec<Measured>> {
    let (n, options) = (300, Flow { steps: 1500, rate: 1.0 });
    let (start, noise) = clouds(ctx, n);
    let mut ring = Points::zeros(n, 2);
    for i in 0..n {
        let angle = std::f64::consts::TAU * i as f64 / n as f64;
        let radius = 2.0 + 0.1 * noise.row(i)[0];
        ring.row_mut(i).copy_from_slice(&[radius * angle.cos(), radius * angle.sin()]);
    }
    let aim = Measure::uniform(ring.clone())?;
    let end = |outer| metrics::w2(ctx, &Measure::uniform(flow(ctx, &start, &ring, &with(outer, 16), options)?)?, &aim);
    let (matched, mean) = (end(Outer::Exact {})?, end(Outer::Independent {})?);
    Ok(vec![Measured::at_most("final W2, of that with the mean over all pairs", matched / mean, 0.999)])
}

fn outliers(ctx: &Context) -> Result<Vec<Measured>> {
    let (x, _) = clouds(ctx, 40);
    let config = Config { batches: 1, size: 40, inner: Inner::Partial { lambda: 2.0 }, ..Config::default() };
    [10.0, 1000.0]
        .into_iter()
        .map(|far| {
            let mut y = x.clone();
            (0..4).for_each(|i| y.row_mut(i).fill(far));
            // Four of 40 points: their mass is destroyed on one side and created on the other.
            let loss = solve(ctx, &x, &y, &config, 0)?.loss;
            Ok(Measured::near(format!("loss with outliers at {far}"), loss, 2.0 * 2.0 * 0.1, 1e-9))
        })
        .collect()
}
