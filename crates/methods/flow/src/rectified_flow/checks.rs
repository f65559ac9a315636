//! What rectified flow claims.

use super::{Config, Round, learn_rounds, rectify};
use crate::Network;
use crate::claims::{brisk, mean_and_error, noise, pair, push};
use thalweg_core::{Check, Context, Measure, Measured, Points, Result, Stream};
use thalweg_nn::Workspace;
use thalweg_ot::metrics::w2;
use thalweg_path::{AffinePath, Gaussian, GaussianFlow, datasets};
use thalweg_solve::{Integrate, Scheme};

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "gaussian-straightness",
        claim: "Between two standard normal laws the first round bends by 2 - pi/2, and rectifying it costs nothing.",
        source: "closed form: v = (2t - 1) x / (t² + (1 - t)²), whose flow from 0 to 1 is the identity",
        run: gaussian_straightness,
    },
    Check {
        name: "gaussian-map",
        claim: "Between two normal laws on the line, the exact and the trained flow are the monotone map.",
        source: "closed form: m1 + (s1 / s0)(x - m0)",
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

fn gaussian_straightness(ctx: &Context) -> Result<Vec<Measured>> {
    let flow = GaussianFlow::new(Gaussian::standard(1), Gaussian::standard(1), AffinePath::linear())?;
    // Everything is proportional to x0², whose mean over these two points is that of the normal law.
    let source = Measure::uniform(Points::new(1, vec![-1.0, 1.0])?)?;
    let rectified = rectify(&flow, &source, (0.0, 1.0), 1e-9, ctx)?;
    let expected = 2.0 - std::f64::consts::FRAC_PI_2;
    Ok(vec![
        Measured::near("straightness of the first round", rectified.straightness, expected, 1e-5),
        Measured::near("cost after rectification (2 before)", rectified.cost, 0.0, 1e-8),
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
    let snapshots = pair(
        source.sample(50_000, &mut Stream::new(ctx.seed(), "check-source", 0)),
        target.sample(50_000, &mut Stream::new(ctx.seed(), "check-target", 0)),
    )?;
    let config = Config { rounds: 1, fit: brisk(2000), ..Config::default() };
    let (rounds, _) = learn_rounds(&snapshots, &config, &Workspace::none(), ctx)?;
    let trained = push(&rounds[0].model, &start, &Integrate::adaptive(1e-6), ctx)?;
    Ok(vec![
        Measured::at_most("root mean square error of the exact flow", error(&exact), 1e-7),
        Measured::at_most(
            "root mean square error of the trained flow (the target's spread is 0.5)",
            error(&trained),
            0.05,
        ),
    ])
}

fn reflow(ctx: &Context) -> Result<Vec<Measured>> {
    const N: usize = 20_000;
    let snapshots = pair(
        datasets::eight_gaussians(N, &mut Stream::new(ctx.seed(), "check-source", 0))?,
        datasets::moons(N, &mut Stream::new(ctx.seed(), "check-target", 0)),
    )?;
    let config = Config { rounds: 3, fit: brisk(3000), ..Config::default() };
    let (rounds, _) = learn_rounds(&snapshots, &config, &Workspace::none(), ctx)?;
    let start = datasets::eight_gaussians(2000, &mut Stream::new(ctx.seed(), "check-start", 0))?;
    let truth = Measure::uniform(datasets::moons(2000, &mut Stream::new(ctx.seed(), "check-test", 0)))?;
    let one_step = |round: &Round| -> Result<f64> {
        let end = push(&round.model, &start, &Integrate::fixed(Scheme::Euler, 1), ctx)?;
        Ok(w2(ctx, &Measure::uniform(end)?, &truth)?.powi(2))
    };
    let mut figures = Vec::new();
    for (k, two) in rounds.windows(2).enumerate() {
        let error = cost_error(&two[0], &two[1], &start, ctx)?;
        let what =
            format!("rise of the cost from round {} to {} ({:.3} to {:.3})", k + 1, k + 2, two[0].cost, two[1].cost);
        figures.push(Measured::at_most(what, two[1].cost - two[0].cost, error));
    }
    let [first, second] = [&rounds[0], &rounds[1]];
    let what = format!("straightness of round 1 ({:.4}) over round 2", first.straightness);
    figures.push(Measured::at_least(what, first.straightness / second.straightness, 5.0));
    let (before, after) = (one_step(first)?, one_step(second)?);
    let what = format!("squared W2 of one Euler step, round 2 ({after:.3}) over round 1 ({before:.3})");
    figures.push(Measured::at_most(what, after / before, 0.2));
    Ok(figures)
}

/// Monte-Carlo standard deviation of the difference of two rounds' costs on the training points, standardised.
fn cost_error(before: &Round, after: &Round, start: &Points, ctx: &Context) -> Result<f64> {
    let cost = |round: &Round| -> Result<Vec<f64>> {
        let end = push(&round.model, start, &Integrate::adaptive(1e-5), ctx)?;
        let scale = round.model.law().scaling.scale_of(0);
        let squared = |(a, b): (&[f64], &[f64])| a.iter().zip(b).map(|(a, b)| ((a - b) / scale).powi(2)).sum();
        Ok(start.rows().zip(end.rows()).map(squared).collect())
    };
    let (before, after) = (cost(before)?, cost(after)?);
    let differences: Vec<f64> = before.iter().zip(&after).map(|(a, b)| b - a).collect();
    Ok(mean_and_error(&differences).1)
}

fn checkerboard(ctx: &Context) -> Result<Vec<Measured>> {
    const N: usize = 50_000;
    let data = datasets::checkerboard(N, &mut Stream::new(ctx.seed(), "check-data", 0));
    let snapshots = pair(noise(N, 2, ctx.seed(), "check-noise"), data)?;
    let config = Config {
        rounds: 1,
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
