//! What stochastic interpolants claim.

use super::{Config, learn};
use crate::claims::{brisk, moment_errors, pair, push};
use thalweg_core::{Check, Context, Measured, Points, Result, Stream, VectorField};
use thalweg_nn::{Model, Workspace};
use thalweg_path::{AffinePath, Gamma, Gaussian, GaussianFlow, Mixture, MixtureFlow, Path, Schedule};
use thalweg_solve::{FnField, Integrate, NoisyField, Scheme, log_likelihood};

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "learned-mixture",
        claim: "Between mixtures in the plane the learned velocity is within 5 % of the true one, and from the one model the ODE and the SDE with epsilon 1 reach the mean and covariance of the target.",
        source: "closed form: velocity of the path between mixtures, moments of the mixture; 5 % on the moments is a target",
        run: learned_mixture,
    },
    Check {
        name: "ten-dimensions",
        claim: "Between mixtures in 10 dimensions the learned velocity is within 5 % of the true one.",
        source: "closed form: velocity of the path between mixtures",
        run: ten_dimensions,
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
        source: "published: Albergo, Boffi and Vanden-Eijnden 2023, likelihood control of the SDE, KL <= ∫ E |b - b̂|² dt / (4 epsilon); both sides in closed form for Gaussian laws",
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

fn bridge(a: f64) -> AffinePath {
    AffinePath::linear().with_gamma(Gamma::Bridge { a })
}

/// Variance of the bridge that the default settings learn on, in standardised units.
const NOISE: f64 = 0.25;

fn draws(law: &Mixture, n: usize, ctx: &Context, purpose: &str) -> Points {
    law.sample(n, &mut Stream::new(ctx.seed(), purpose, 0))
}

/// Points of each law to learn from: enough that what is measured is the training, not the sample.
const DATA: usize = 300_000;

fn learned(laws: &(Mixture, Mixture), config: &Config, ctx: &Context) -> Result<Model> {
    let (source, target) = laws;
    let snapshots = pair(draws(source, DATA, ctx, "check-source"), draws(target, DATA, ctx, "check-target"))?;
    Ok(learn(&snapshots, config, &Workspace::none(), ctx)?.model)
}

/// `|v - b| / |b|` in the mean square over 5,000 points of the path, at as many times.
fn velocity_error(model: &Model, laws: &(Mixture, Mixture), ctx: &Context) -> Result<f64> {
    // The path acts in standardised units: its variance in data units is so much that of the scale.
    let path = bridge(NOISE * model.law().scaling.scale_of(0).powi(2));
    let exact = MixtureFlow::new(laws.0.clone(), laws.1.clone(), path)?;
    let d = model.dim();
    let (x0, x1) = (draws(&laws.0, 5000, ctx, "check-left"), draws(&laws.1, 5000, ctx, "check-right"));
    let mut stream = Stream::new(ctx.seed(), "check-times", 0);
    let (mut x, mut z, mut b, mut v) = (vec![0.0; d], vec![0.0; d], vec![0.0; d], vec![0.0; d]);
    let (mut error, mut size) = (0.0, 0.0);
    for i in 0..x0.len() {
        let t = (i as f64 + 0.5) / x0.len() as f64;
        stream.fill_normal(&mut z);
        path.at(t).point(x0.row(i), x1.row(i), &z, &mut x);
        exact.velocity(t, &x, &mut b);
        model.velocity(t, &x, &mut v);
        error += b.iter().zip(&v).map(|(b, v)| (b - v).powi(2)).sum::<f64>();
        size += b.iter().map(|b| b * b).sum::<f64>();
    }
    Ok((error / size).sqrt())
}

fn learned_mixture(ctx: &Context) -> Result<Vec<Measured>> {
    let laws = plane()?;
    let model = learned(&laws, &Config { fit: brisk(5000), ..Config::default() }, ctx)?;
    let error = velocity_error(&model, &laws, ctx)?;
    let mut figures = vec![Measured::at_most("relative L2 error of the velocity in 2 dimensions", error, 0.05)];
    let score = super::score(&model)?;
    let start = draws(&laws.0, 10_000, ctx, "check-start");
    for epsilon in [0.0, 1.0] {
        let law = NoisyField::forward(&model, &score, move |_| epsilon)?;
        let end = push(&law, &start, &Integrate::fixed(Scheme::StochasticHeun, 100), ctx)?;
        report_moments(&mut figures, &end, &laws.1, &format!("learned, epsilon {epsilon}"), 0.05);
    }
    Ok(figures)
}

fn ten_dimensions(ctx: &Context) -> Result<Vec<Measured>> {
    let two = |weights: [f64; 2], centre: [f64; 2], variances: [f64; 2]| {
        let at = |sign: f64| (0..10).map(|k| sign * centre[k % 2]).collect::<Vec<_>>();
        let components =
            vec![Gaussian::isotropic(at(1.0), variances[0])?, Gaussian::isotropic(at(-1.0), variances[1])?];
        Mixture::new(weights.to_vec(), components)
    };
    let laws = (two([2.0, 1.0], [0.8, 0.8], [1.0, 0.6])?, two([1.0, 2.0], [1.5, -1.0], [0.5, 0.8])?);
    let model = learned(&laws, &Config { fit: brisk(8000), ..Config::default() }, ctx)?;
    let error = velocity_error(&model, &laws, ctx)?;
    Ok(vec![Measured::at_most("relative L2 error of the velocity in 10 dimensions", error, 0.05)])
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
