//! What rectified flow claims.

use super::{Config, Round, learn_rounds, rectify};
use crate::Network;
use crate::claims::{brisk, mean_and_error, noise, pair, push, push_to};
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_PI_2};
use thalweg_core::{Check, Context, Measure, Measured, Points, Result, Stream};
use thalweg_nn::Workspace;
use thalweg_ot::metrics::w2;
use thalweg_path::{AffinePath, Gaussian, GaussianFlow, datasets};
use thalweg_solve::{Integrate, Scheme};

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "gaussian-straightness",
        claim: "Between two standard normal laws the first round bends by 2 - pi/2, and one rectification takes the cost from 2 to 0.",
        source: "closed form: v = (2t - 1) x / (t² + (1 - t)²), whose flow x0 sqrt(t² + (1 - t)²) is the identity from 0 to 1",
        run: gaussian_straightness,
    },
    Check {
        name: "gaussian-map",
        claim: "Between two normal laws on the line, the exact and the trained flow are the monotone map, of known cost and straightness.",
        source: "closed form: m1 + (s1 / s0)(x - m0); cost (m1 - m0)² + (s1 - s0)²; straightness s0 s1 (2 - pi/2)",
        run: gaussian_map,
    },
    Check {
        name: "reflow",
        claim: "From eight Gaussians to moons, costs do not rise over three rounds, one reflow straightens at least fivefold and makes one Euler step at least five times as good.",
        source: "published: Liu, Gong and Liu 2023, theorems 3.5 and 3.7; the factor five is a target",
        run: reflow,
    },
    Check {
        name: "checkerboard",
        claim: "After 10,000 steps on 50,000 points, more than 93 % of what is generated from noise lies on the squares of the checkerboard.",
        source: "target: 1 for the exact flow",
        run: checkerboard,
    },
];

/// Straightness of the flow between two standard normal laws on the line.
const BEND: f64 = 2.0 - FRAC_PI_2;

fn gaussian_straightness(ctx: &Context) -> Result<Vec<Measured>> {
    let flow = GaussianFlow::new(Gaussian::standard(1), Gaussian::standard(1), AffinePath::linear())?;
    // Everything is proportional to x0², whose mean over these two points is that of the normal law.
    let source = Measure::uniform(Points::new(1, vec![-1.0, 1.0])?)?;
    let rectified = rectify(&flow, &source, (0.0, 1.0), 1e-9, ctx)?;
    let half = push_to(&flow, source.points(), 0.5, &Integrate::adaptive(1e-9), ctx)?;
    let mut stream = Stream::new(ctx.seed(), "check-pairs", 0);
    let before: Vec<f64> = (0..100_000).map(|_| (stream.normal() - stream.normal()).powi(2)).collect();
    let (before, error) = mean_and_error(&before);
    Ok(vec![
        Measured::near("straightness of the first round", rectified.straightness, BEND, 1e-5),
        Measured::near("cost of 100,000 independent pairs (± 4 standard errors)", before, 2.0, 4.0 * error),
        Measured::near("cost after rectification", rectified.cost, 0.0, 1e-8),
        Measured::near("where the point 1 is at time 1/2", half.values()[1], FRAC_1_SQRT_2, 1e-7),
    ])
}

fn gaussian_map(ctx: &Context) -> Result<Vec<Measured>> {
    let (source, target) = (Gaussian::isotropic(vec![-1.0], 1.0)?, Gaussian::isotropic(vec![2.0], 0.25)?);
    let start = source.sample(2000, &mut Stream::new(ctx.seed(), "check-start", 0));
    let error = |end: &Points| {
        let squares = start.values().iter().zip(end.values()).map(|(x, y)| (y - (2.0 + 0.5 * (x + 1.0))).powi(2));
        (squares.sum::<f64>() / start.len() as f64).sqrt()
    };
    let exact = GaussianFlow::new(source.clone(), target.clone(), AffinePath::linear())?;
    let exact = push(&exact, &start, &Integrate::adaptive(1e-9), ctx)?;
    const N: usize = 20_000;
    let snapshots = pair(
        source.sample(N, &mut Stream::new(ctx.seed(), "check-source", 0)),
        target.sample(N, &mut Stream::new(ctx.seed(), "check-target", 0)),
    )?;
    let config = Config { rounds: 1, fit: brisk(2000), ..Config::default() };
    let (rounds, _) = learn_rounds(&snapshots, &config, &Workspace::none(), ctx)?;
    let trained = push(&rounds[0].model, &start, &Integrate::adaptive(1e-6), ctx)?;
    // Rounds report in standardised units.
    let square = rounds[0].model.law().scaling.scale_of(0).powi(2);
    Ok(vec![
        // A squared displacement is (3 - z/2)² with a standard deviation of 3: 0.1 is 4.7 standard errors.
        Measured::near("cost of the trained flow", rounds[0].cost * square, 9.25, 0.1),
        // Proportional to z², of which 2,048 probes give the mean to 3 %.
        Measured::near("straightness of the trained flow", rounds[0].straightness * square, 0.5 * BEND, 0.05 * BEND),
        Measured::at_most("root mean square error of the exact flow", error(&exact), 1e-7),
        Measured::at_most(
            "root mean square error of the trained flow (the target's spread is 0.5)",
            error(&trained),
            0.05,
        ),
    ])
}

fn reflow(ctx: &Context) -> Result<Vec<Measured>> {
    let snapshots = pair(
        datasets::eight_gaussians(3000, &mut Stream::new(ctx.seed(), "check-source", 0))?,
        datasets::moons(20_000, &mut Stream::new(ctx.seed(), "check-target", 0)),
    )?;
    let config = Config { rounds: 3, tolerance: 1e-3, fit: brisk(3000), ..Config::default() };
    let (rounds, _) = learn_rounds(&snapshots, &config, &Workspace::none(), ctx)?;
    let start = datasets::eight_gaussians(2000, &mut Stream::new(ctx.seed(), "check-start", 0))?;
    let truth = Measure::uniform(datasets::moons(2000, &mut Stream::new(ctx.seed(), "check-test", 0)))?;
    let one_step = |round: &Round| -> Result<f64> {
        let end = push(&round.model, &start, &Integrate::fixed(Scheme::Euler, 1), ctx)?;
        Ok(w2(ctx, &Measure::uniform(end)?, &truth)?.powi(2))
    };
    let costs = rounds.iter().map(|round| displacements(round, &start, ctx)).collect::<Result<Vec<_>>>()?;
    let mut figures = Vec::new();
    for (k, two) in costs.windows(2).enumerate() {
        // On the same points: the tolerance is the Monte-Carlo standard deviation of the mean difference.
        let differences: Vec<f64> = two[0].iter().zip(&two[1]).map(|(before, after)| after - before).collect();
        let (rise, error) = mean_and_error(&differences);
        let before = mean_and_error(&two[0]).0;
        let what = format!("rise of the cost from round {} ({before:.3}) to {}", k + 1, k + 2);
        figures.push(Measured::at_most(what, rise, error));
    }
    let [first, second] = [&rounds[0], &rounds[1]];
    let what = format!("straightness of round 1 ({:.4}) over round 2", first.straightness);
    figures.push(Measured::at_least(what, first.straightness / second.straightness, 5.0));
    let (before, after) = (one_step(first)?, one_step(second)?);
    let what = format!("squared W2 of one Euler step, round 2 ({after:.3}) over round 1 ({before:.3})");
    figures.push(Measured::at_most(what, after / before, 0.2));
    Ok(figures)
}

/// `|Z1 - Z0|²` of each of these points.
fn displacements(round: &Round, start: &Points, ctx: &Context) -> Result<Vec<f64>> {
    let end = push(&round.model, start, &Integrate::fixed(Scheme::Rk4, 100), ctx)?;
    let squared = |(a, b): (&[f64], &[f64])| a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum();
    Ok(start.rows().zip(end.rows()).map(squared).collect())
}

fn checkerboard(ctx: &Context) -> Result<Vec<Measured>> {
    let data = datasets::checkerboard(50_000, &mut Stream::new(ctx.seed(), "check-data", 0));
    let snapshots = pair(noise(20_000, 2, ctx.seed(), "check-noise"), data)?;
    let config = Config {
        rounds: 1,
        // Of the pairs for a second round, which there is not.
        tolerance: 0.1,
        network: Network { hidden: vec![64; 6], ..Network::default() },
        fit: brisk(10_000),
        ..Config::default()
    };
    let (rounds, _) = learn_rounds(&snapshots, &config, &Workspace::none(), ctx)?;
    let start = noise(4000, 2, ctx.seed(), "check-start");
    let end = push(&rounds[0].model, &start, &Integrate::adaptive(1e-5), ctx)?;
    let inside = end.rows().filter(|x| datasets::on_checkerboard(x)).count() as f64 / 4000.0;
    Ok(vec![Measured::at_least("fraction of 4,000 points on the squares", inside, 0.93)])
}
