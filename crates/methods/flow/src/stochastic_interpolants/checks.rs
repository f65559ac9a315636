//! What stochastic interpolants claim.

use super::{Config, learn};
use crate::claims::{brisk, moment_errors, pair, push};
use thalweg_core::{Check, Context, Measured, Points, Result, Stream, VectorField};
use thalweg_nn::{Model, Workspace};
use thalweg_path::{AffinePath, Gamma, Gaussian, GaussianFlow, Mixture, MixtureFlow, Path, Schedule};
use thalweg_solve::{FnField, Integrate, NoisyField, Scheme, log_likelihood};

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "mixture-velocity",
        claim: "Between two mixtures, in 2 and in 10 dimensions, the learned velocity is within 5 % of the true one.",
        source: "closed form: velocity of the path between mixtures",
        run: mixture_velocity,
    },
    Check {
        name: "learned-samplers",
        claim: "From one learned model, the ODE and the SDE with epsilon 1 reach the mean and covariance of the target.",
        source: "closed form: moments of the mixture; the bound of 5 % is a target",
        run: learned_samplers,
    },
    Check {
        name: "exact-samplers",
        claim: "With the exact law, the ODE and SDEs of any noise have the mean and covariance of the target to 2 %.",
        source: "closed form: moments of the mixture",
        run: exact_samplers,
    },
    Check {
        name: "likelihood",
        claim: "Log-densities along the ODE of the exact law are those of the mixture to 1e-3.",
        source: "closed form: log-density of the mixture",
        run: likelihood,
    },
    Check {
        name: "divergence-bound",
        claim: "With a velocity that is 10 % too large, the SDE's divergence from the target stays below its bound.",
        source: "published: Albergo, Boffi and Vanden-Eijnden 2023, lemma 21; closed form for Gaussian laws",
        run: divergence_bound,
    },
    Check {
        name: "mirror",
        claim: "The mirror interpolant leaves a law where it is, by the ODE point by point and by the SDE in law.",
        source: "closed form: moments of the mixture; symmetry of the path in time",
        run: mirror,
    },
];

/// Two components to three in the plane.
fn plane() -> Result<(Mixture, Mixture)> {
    let source = Mixture::new(
        vec![1.0, 2.0],
        vec![Gaussian::new(vec![-1.0, 0.5], vec![0.5, 0.2, 0.2, 0.4])?, Gaussian::isotropic(vec![1.0, -0.5], 0.3)?],
    )?;
    let target = Mixture::new(
        vec![3.0, 2.0, 2.0],
        vec![
            Gaussian::new(vec![2.5, 1.0], vec![0.3, -0.1, -0.1, 0.5])?,
            Gaussian::isotropic(vec![0.0, 3.0], 0.2)?,
            Gaussian::isotropic(vec![-1.0, -2.0], 0.4)?,
        ],
    )?;
    Ok((source, target))
}

/// One component to two in ten dimensions.
fn ten_dimensions() -> Result<(Mixture, Mixture)> {
    let centre = |sign: f64| (0..10).map(|k| sign * if k % 2 == 0 { 1.0 } else { -0.5 }).collect::<Vec<_>>();
    let target = Mixture::new(
        vec![1.0, 2.0],
        vec![Gaussian::isotropic(centre(1.0), 0.5)?, Gaussian::isotropic(centre(-1.0), 0.8)?],
    )?;
    Ok((Gaussian::standard(10).into(), target))
}

fn bridge(a: f64) -> AffinePath {
    AffinePath::linear().with_gamma(Gamma::Bridge { a })
}

fn draws(law: &Mixture, n: usize, ctx: &Context, purpose: &str) -> Points {
    law.sample(n, &mut Stream::new(ctx.seed(), purpose, 0))
}

/// Learns from 100,000 points of each law. Returns also the exact law of the path it was trained on.
fn learned(laws: &(Mixture, Mixture), config: &Config, ctx: &Context) -> Result<(Model, MixtureFlow)> {
    let (source, target) = laws;
    let snapshots = pair(draws(source, 100_000, ctx, "check-source"), draws(target, 100_000, ctx, "check-target"))?;
    let model = learn(&snapshots, config, &Workspace::none(), ctx)?.model;
    // The path acts in standardised units: its variance in data units is that of the scale.
    let exact = MixtureFlow::new(source.clone(), target.clone(), bridge(model.law().scaling.scale_of(0).powi(2)))?;
    Ok((model, exact))
}

fn mixture_velocity(ctx: &Context) -> Result<Vec<Measured>> {
    let mut figures = Vec::new();
    let env = |k: &str, d: f64| std::env::var(k).map_or(d, |v| v.parse().unwrap());
    for laws in [ten_dimensions()?] {
        let mut config = Config { fit: brisk(env("STEPS", 5000.0) as u64), ..Config::default() };
        config.fit.learning_rate = env("LR", 1e-2);
        config.batch = env("BATCH", 512.0) as usize;
        config.network.hidden = vec![env("WIDTH", 64.0) as usize; env("LAYERS", 4.0) as usize];
        let (model, exact) = learned(&laws, &config, ctx)?;
        let d = laws.0.dim();
        let path = bridge(model.law().scaling.scale_of(0).powi(2));
        let (x0, x1) = (draws(&laws.0, 5000, ctx, "check-left"), draws(&laws.1, 5000, ctx, "check-right"));
        let mut stream = Stream::new(ctx.seed(), "check-times", 0);
        let (mut x, mut z, mut b, mut c) = (vec![0.0; d], vec![0.0; d], vec![0.0; d], vec![0.0; d]);
        let (mut error, mut size) = (0.0, 0.0);
        for i in 0..x0.len() {
            let t = (i as f64 + 0.5) / x0.len() as f64;
            stream.fill_normal(&mut z);
            path.at(t).point(x0.row(i), x1.row(i), &z, &mut x);
            exact.velocity(t, &x, &mut b);
            model.velocity(t, &x, &mut c);
            error += b.iter().zip(&c).map(|(b, c)| (b - c).powi(2)).sum::<f64>();
            size += b.iter().map(|b| b * b).sum::<f64>();
        }
        figures.push(Measured::at_most(format!("relative L2 error in {d} dimensions"), (error / size).sqrt(), 0.05));
    }
    Ok(figures)
}

fn learned_samplers(ctx: &Context) -> Result<Vec<Measured>> {
    let laws = plane()?;
    let config = Config { fit: brisk(3000), ..Config::default() };
    let (model, _) = learned(&laws, &config, ctx)?;
    let score = super::score(&model)?;
    let start = draws(&laws.0, 10_000, ctx, "check-start");
    let mut figures = Vec::new();
    for epsilon in [0.0, 1.0] {
        let law = NoisyField::forward(&model, &score, move |_| epsilon)?;
        let end = push(&law, &start, &Integrate::fixed(Scheme::StochasticHeun, 100), ctx)?;
        report_moments(&mut figures, &end, &laws.1, &format!("learned, epsilon {epsilon}"), 0.05);
    }
    Ok(figures)
}

fn exact_samplers(ctx: &Context) -> Result<Vec<Measured>> {
    let laws = plane()?;
    let flow = MixtureFlow::new(laws.0.clone(), laws.1.clone(), bridge(1.0))?;
    let score = score_of(&flow);
    let start = draws(&laws.0, 50_000, ctx, "check-start");
    let mut figures = Vec::new();
    let end = push(&flow, &start, &Integrate::adaptive(1e-4), ctx)?;
    report_moments(&mut figures, &end, &laws.1, "ODE", 0.02);
    for epsilon in [0.1, 1.0, 5.0] {
        let law = NoisyField::forward(&flow, &score, move |_| epsilon)?;
        let end = push(&law, &start, &Integrate::fixed(Scheme::StochasticHeun, 200), ctx)?;
        report_moments(&mut figures, &end, &laws.1, &format!("SDE, epsilon {epsilon}"), 0.02);
    }
    Ok(figures)
}

fn score_of(flow: &MixtureFlow) -> FnField<'_> {
    FnField::batch(flow.dim(), |t, x, out| flow.score(t, x, out))
}

fn report_moments(figures: &mut Vec<Measured>, points: &Points, law: &Mixture, what: &str, bound: f64) {
    let (mean, covariance) = moment_errors(points, law);
    figures.push(Measured::at_most(format!("relative error of the mean, {what}"), mean, bound));
    figures.push(Measured::at_most(format!("relative error of the covariance, {what}"), covariance, bound));
}

fn likelihood(ctx: &Context) -> Result<Vec<Measured>> {
    let (source, target) = plane()?;
    let flow = MixtureFlow::new(source.clone(), target.clone(), bridge(1.0))?;
    let test = draws(&target, 1000, ctx, "check-test");
    let base = |x: &[f64]| source.log_density(x);
    let found = log_likelihood(&flow, &test, &base, (0.0, 1.0), &Integrate::adaptive(1e-6), ctx)?;
    let gap = test.rows().zip(&found.values).map(|(x, l)| (target.log_density(x) - l).abs()).fold(0.0, f64::max);
    Ok(vec![Measured::at_most("largest error on 1,000 points at tolerance 1e-6, nats", gap, 1e-3)])
}

/// Gaussian on the line: the law of the perturbed SDE stays Gaussian and its moments obey two linear equations.
fn divergence_bound(ctx: &Context) -> Result<Vec<Measured>> {
    let target = Gaussian::isotropic(vec![2.0], 0.25)?;
    let flow = GaussianFlow::new(Gaussian::standard(1), target.clone(), bridge(1.0))?;
    let velocity = |t: f64, x: f64| at(x, |x, out| flow.velocity(t, x, out));
    let score = |t: f64, x: f64| at(x, |x, out| flow.score(t, x, out));
    let mut figures = Vec::new();
    for epsilon in [0.1, 1.0, 5.0] {
        let drift = |t: f64, x: f64| 1.1 * velocity(t, x) + epsilon * score(t, x);
        // State: mean, variance, bound so far.
        let moments = FnField::rows(3, |t, y, out| {
            let Some(exact) = flow.moments(t) else { return out.fill(f64::NAN) };
            let (m, variance) = (exact.mean()[0], exact.covariance()[0]);
            let slope = velocity(t, m + 1.0) - velocity(t, m);
            let excess = 0.01 * (velocity(t, m).powi(2) + slope * slope * variance);
            out[0] = drift(t, y[0]);
            out[1] = 2.0 * (drift(t, y[0] + 1.0) - drift(t, y[0])) * y[1] + 2.0 * epsilon;
            out[2] = excess / (4.0 * epsilon);
        });
        let end = push(&moments, &Points::new(3, vec![0.0, 1.0, 0.0])?, &Integrate::adaptive(1e-9), ctx)?;
        let [mean, variance, bound] = [0, 1, 2].map(|k| end.values()[k]);
        let exact = gaussian_divergence((2.0, 0.25), (mean, variance));
        figures.push(Measured::at_most(format!("divergence of the SDE's law, epsilon {epsilon}, nats"), exact, bound));

        let perturbed = FnField::rows(1, |t, x, out| out[0] = 1.1 * velocity(t, x[0]));
        let scores = FnField::rows(1, |t, x, out| out[0] = score(t, x[0]));
        let law = NoisyField::forward(&perturbed, &scores, move |_| epsilon)?;
        let start = Gaussian::standard(1).sample(20_000, &mut Stream::new(ctx.seed(), "check-start", 0));
        let sampled = push(&law, &start, &Integrate::fixed(Scheme::StochasticHeun, 200), ctx)?;
        let n = sampled.len() as f64;
        let found = sampled.values().iter().sum::<f64>() / n;
        let spread = sampled.values().iter().map(|x| (x - found).powi(2)).sum::<f64>() / n;
        let simulated = gaussian_divergence((2.0, 0.25), (found, spread));
        let what = format!("the same of 20,000 simulated points, epsilon {epsilon}, nats");
        figures.push(Measured::at_most(what, simulated, bound));
    }
    Ok(figures)
}

/// A field on the line at one point.
fn at(x: f64, field: impl Fn(&[f64], &mut [f64])) -> f64 {
    let mut out = [0.0];
    field(&[x], &mut out);
    out[0]
}

/// `KL(p | q)` of two normal laws on the line, given as mean and variance.
fn gaussian_divergence(p: (f64, f64), q: (f64, f64)) -> f64 {
    0.5 * (p.1 / q.1 + (p.0 - q.0).powi(2) / q.1 - 1.0 + (q.1 / p.1).ln())
}

fn mirror(ctx: &Context) -> Result<Vec<Measured>> {
    let (law, _) = plane()?;
    let path = AffinePath::new(Schedule::Mirror {}).with_gamma(Gamma::Bridge { a: 1.0 });
    let flow = MixtureFlow::new(law.clone(), law.clone(), path)?;
    let start = draws(&law, 20_000, ctx, "check-start");
    let still = push(&flow, &start, &Integrate::adaptive(1e-7), ctx)?;
    let moved = start.values().iter().zip(still.values()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    let mut figures = vec![Measured::at_most("largest displacement by the ODE", moved, 1e-3)];
    let score = score_of(&flow);
    let noisy = NoisyField::forward(&flow, &score, |_| 1.0)?;
    let end = push(&noisy, &start, &Integrate::fixed(Scheme::StochasticHeun, 200), ctx)?;
    report_moments(&mut figures, &end, &law, "SDE, epsilon 1", 0.03);
    Ok(figures)
}
