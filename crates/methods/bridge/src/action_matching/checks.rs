//! Known answers of action matching.

use super::{Config, LEARNER, Potential};
use crate::action::{Action, Marginals, Rows, Variant};
use crate::lineage::Descent;
use serde_json::json;
use std::f64::consts::LN_2;
use thalweg_core::{Check, Context, Measure, Measured, Points, Result, Snapshot, Snapshots, Stream, VectorField};
use thalweg_nn::{Activation, Diffusion, Fit, FitConfig, Head, Law, Model, Scaling, Schedule, Workspace, executor_for};
use thalweg_ot::metrics;
use thalweg_solve::{Integrate, Scheme, integrate};

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "moving-gaussian",
        claim: "For q_t = N(m t, (1 + t)² I) the velocity is m + (x - m t)/(1 + t), the loss its negative kinetic energy.",
        source: "closed form: the gradient field of an expanding Gaussian; loss at the optimum -½ ∫ E |∇s*|²",
        run: moving_gaussian,
    },
    Check {
        name: "moving-gaussian-snapshots",
        claim: "From three snapshots of 1,000 points of the same law, with the default settings, the velocity is the same.",
        source: "closed form: as moving-gaussian; straight lines between optimal pairs are exact for this law",
        run: snapshots_of_it,
    },
    Check {
        name: "entropic-ornstein-uhlenbeck",
        claim: "From snapshots of a population at rest, N(0, I), the entropic variant learns the drift -½ sigma² x, and its noise keeps the population in place.",
        source: "closed form: drift ½ sigma² ∇ log q; stationary law of Ornstein and Uhlenbeck",
        run: stationary,
    },
    Check {
        name: "growth-without-transport",
        claim: "From snapshots of two Gaussians 10 apart that change weight from ½:½ to 1:4, the unbalanced variant learns an s that differs by 0.3/(w (1 - w)), and nothing moves.",
        source: "closed form: d/dt log(w₂/w₁) with w₂ = ½ + 0.3 t",
        run: reweighting,
    },
];

/// `q_t` given by what a point at time `t` is; mass 1, times 0 to 1.
struct Known<F>(F);

impl<F: Fn(f64, &mut Stream) -> [f64; 2] + Send + Sync> Marginals for Known<F> {
    fn dim(&self) -> usize {
        2
    }

    fn rows(&self, batch: usize, _step: u64, stream: &mut Stream) -> Result<Rows> {
        let mut rows = Rows::default();
        let half = batch / 2;
        let push = |out: &mut Vec<f32>, t: f64, stream: &mut Stream| {
            out.extend((self.0)(t, stream).map(|v| v as f32));
            out.push(t as f32);
        };
        for (t, sign) in [(0.0, 1.0), (1.0, -1.0)] {
            for _ in 0..half {
                push(&mut rows.boundary, t, stream);
                rows.coefficients.push((sign / half as f64) as f32);
            }
        }
        let offset = stream.uniform();
        for i in 0..batch {
            push(&mut rows.interior, (offset + i as f64 * std::f64::consts::SQRT_2).fract(), stream);
            rows.weights.push((1.0 / batch as f64) as f32);
        }
        Ok(rows)
    }
}

/// Steps whose losses are averaged for the attained loss.
const TAIL: usize = 10;

/// Trains on known marginals; gives the law in data units and the attained loss.
fn train(path: &dyn Marginals, steps: u64, ctx: &Context) -> Result<(Model, f64)> {
    let variant = Variant::Plain;
    let spec = Potential::HalfSquaredDistance.network(2, &[64, 64, 64], Activation::Silu);
    let objective =
        Action { path, spec: &spec, exec: executor_for(&spec), variant, batch: 512, unit: 1.0, seed: ctx.seed() };
    let config = FitConfig {
        steps,
        learning_rate: 2e-3,
        schedule: Schedule::Cosine { warmup: 200, floor: 0.01 },
        clip: Some(10.0),
        ema: Some(0.995),
        log_every: 50,
        ..FitConfig::default()
    };
    let fitted = Fit::new(&objective, &config)?.run(ctx, spec.init(ctx.seed(), "potential")?)?;
    let tail = &fitted.history[fitted.history.len() - TAIL..];
    let loss = tail.iter().map(|e| e.loss).sum::<f64>() / TAIL as f64;
    let law = Law {
        method: "action-matching".into(),
        features: vec!["x".into(), "y".into()],
        times: vec![0.0, 1.0],
        scaling: Scaling::identity(2),
        velocity: Head::gradient(spec.clone(), 0),
        growth: None,
        score: None,
        diffusion: Diffusion::None,
        meta: serde_json::Value::Null,
    };
    Ok((Model::new(law, fitted.params)?, loss))
}

/// Mean squared error of the velocity over the mean square of `truth`, at three times, 1000 points of `q_t` each.
fn velocity_error<F>(model: &Model, path: &Known<F>, truth: impl Fn(f64, &[f64]) -> [f64; 2], ctx: &Context) -> f64
where
    F: Fn(f64, &mut Stream) -> [f64; 2],
{
    let mut stream = Stream::new(ctx.seed(), "error", 0);
    let (mut error, mut scale) = (0.0, 0.0);
    for t in [0.2, 0.5, 0.8] {
        let x: Vec<f64> = (0..1000).flat_map(|_| (path.0)(t, &mut stream)).collect();
        let mut v = vec![0.0; x.len()];
        model.velocity(t, &x, &mut v);
        for (x, v) in x.chunks_exact(2).zip(v.chunks_exact(2)) {
            for (v, truth) in v.iter().zip(truth(t, x)) {
                error += (v - truth).powi(2);
                scale += truth * truth;
            }
        }
    }
    error / scale
}

/// Mean of the expanding Gaussian at time 1.
const M: [f64; 2] = [1.5, -0.5];

/// A point of `N(M t, (1 + t)² I)`.
fn expanding(t: f64, stream: &mut Stream) -> [f64; 2] {
    M.map(|m| m * t + (1.0 + t) * stream.normal())
}

/// The gradient field that moves it.
fn expansion(t: f64, x: &[f64]) -> [f64; 2] {
    [0, 1].map(|k| M[k] + (x[k] - M[k] * t) / (1.0 + t))
}

/// `n` points of the expanding Gaussian.
fn cloud(t: f64, n: usize, ctx: &Context) -> Result<Points> {
    let mut stream = Stream::new(ctx.seed(), "cloud", t.to_bits());
    Points::new(2, (0..n).flat_map(|_| expanding(t, &mut stream)).collect())
}

fn moving_gaussian(ctx: &Context) -> Result<Vec<Measured>> {
    let path = Known(expanding);
    let (model, loss) = train(&path, 4000, ctx)?;
    let error = velocity_error(&model, &path, expansion, ctx);
    let start = cloud(0.0, 1000, ctx)?;
    // The true map of the same start points: no sampling noise between the clouds.
    let exact = Points::new(2, start.rows().flat_map(|x| [M[0] + 2.0 * x[0], M[1] + 2.0 * x[1]]).collect())?;
    let moved = integrate(&model, &start, None, (0.0, 1.0), &Integrate::adaptive(1e-5), ctx)?;
    let end = moved.states.into_iter().next_back().unwrap_or(start);
    let w2 = metrics::w2(ctx, &Measure::uniform(end)?, &Measure::uniform(exact)?)?;
    // E |m + (x - m t)/(1 + t)|² = |m|² + d at every time.
    let kinetic = -0.5 * (M[0] * M[0] + M[1] * M[1] + 2.0);
    Ok(vec![
        Measured::at_most("mean squared velocity error over its scale", error, 2e-2),
        Measured::at_most("W2 of the transported cloud to the exactly transported one (its spread is 2)", w2, 0.05),
        Measured::near("attained loss over minus the kinetic energy", loss / kinetic, 1.0, 0.03),
    ])
}

/// What `learn --method action-matching` learns from the `clouds`, each with its time and the weights of its points.
fn learned(config: &Config, clouds: Vec<(f64, Points, Vec<f64>)>, ctx: &Context) -> Result<Model> {
    let snapshot = |(time, points, weights)| Ok(Snapshot { time, measure: Measure::new(points, weights)? });
    let items = clouds.into_iter().map(snapshot).collect::<Result<_>>()?;
    let snapshots = Snapshots::new(items, vec!["x".into(), "y".into()])?;
    Ok((LEARNER.learn)(&snapshots, &json!(config), &Workspace::none(), ctx)?.model)
}

fn snapshots_of_it(ctx: &Context) -> Result<Vec<Measured>> {
    let at = |time| Ok((time, cloud(time, 1000, ctx)?, vec![1.0; 1000]));
    let model = learned(&Config::default(), [0.0, 0.5, 1.0].map(at).into_iter().collect::<Result<_>>()?, ctx)?;
    let error = velocity_error(&model, &Known(expanding), expansion, ctx);
    Ok(vec![Measured::at_most("mean squared velocity error over its scale", error, 2e-2)])
}

fn stationary(ctx: &Context) -> Result<Vec<Measured>> {
    const N: usize = 4000;
    let law = Known(|_t: f64, s: &mut Stream| [s.normal(), s.normal()]);
    let at = |time: f64| {
        let mut stream = Stream::new(ctx.seed(), "cloud", time.to_bits());
        Ok((time, Points::new(2, (0..N).flat_map(|_| (law.0)(time, &mut stream)).collect())?, vec![1.0; N]))
    };
    let config = Config { variant: Variant::Entropic { sigma: 1.0 }, ..Config::default() };
    let model = learned(&config, [0.0, 0.5, 1.0].map(at).into_iter().collect::<Result<_>>()?, ctx)?;
    // In units of the data; the points between snapshots are blurred, and their law is that much wider.
    let variance = model.diffusion(0.5).powi(2);
    let width = 1.0 + (config.sigma * model.law().scaling.scale_of(0)).powi(2);
    let error = velocity_error(&model, &law, |_, x| [0, 1].map(|k| -0.5 * variance * x[k] / width), ctx);
    let mut stream = Stream::new(ctx.seed(), "start", 0);
    let start = Points::new(2, (0..2 * N).map(|_| width.sqrt() * stream.normal()).collect())?;
    let moved = integrate(&model, &start, None, (0.0, 1.0), &Integrate::fixed(Scheme::StochasticHeun, 100), ctx)?;
    let end = moved.states.into_iter().next_back().unwrap_or(start);
    let mut squares: Vec<f64> = end.rows().map(|x| (x[0] * x[0] + x[1] * x[1]) / width).collect();
    squares.sort_by(f64::total_cmp);
    // The median of chi squared of two degrees is 2 ln 2; of 8,000 points it has a standard error of 0.016 of that. A mean
    // is decided by the one point in thousands that noise carries to where no data were: those are counted.
    let median = squares[squares.len() / 2] / (2.0 * LN_2);
    let lost = squares.iter().filter(|s| **s > 36.0).count() as f64 / squares.len() as f64;
    Ok(vec![
        Measured::at_most("mean squared drift error over its scale", error, 2e-2),
        Measured::near("median square after moving with noise from 0 to 1, over that of the law", median, 1.0, 0.1),
        Measured::at_most("share of the points carried beyond six standard deviations", lost, 1e-3),
    ])
}

/// Centres of the two Gaussians.
const CENTRES: [[f64; 2]; 2] = [[-5.0, 0.0], [5.0, 0.0]];

fn reweighting(ctx: &Context) -> Result<Vec<Measured>> {
    const N: usize = 300;
    let mut stream = Stream::new(ctx.seed(), "population", 0);
    let mut draw =
        |_| CENTRES.iter().flat_map(|c| [c[0] + stream.normal(), c[1] + stream.normal()]).collect::<Vec<_>>();
    // The same places at every time: what changes is how many are there. Left and right take turns.
    let places = Points::new(2, (0..N).flat_map(&mut draw).collect())?;
    let right = |t: f64| 0.5 + 0.3 * t;
    let at = |t: f64| (t, places.clone(), [1.0 - right(t), right(t)].repeat(N));
    let config = Config {
        variant: Variant::Unbalanced,
        // A fraction of the mean squared distance, most of which is the gap: the default would blur the Gaussians.
        coupling: Descent { epsilon: 1e-3, ..Config::default().coupling },
        // The gap sets the unit of length, in which the speeds to be told from zero are small.
        fit: FitConfig { learning_rate: 5e-3, ..Config::default().fit },
        ..Config::default()
    };
    let model = learned(&config, [0.0, 0.25, 0.5, 0.75, 1.0].map(at).to_vec(), ctx)?;
    let mut figures = Vec::new();
    for t in [0.25, 0.5, 0.75] {
        let centres = CENTRES.as_flattened();
        let mut growth = [0.0; 2];
        model.growth(t, centres, &mut growth);
        let w = right(t);
        let ratio = (growth[1] - growth[0]) / (0.3 / (w * (1.0 - w)));
        figures.push(Measured::near(format!("growth difference over the known one at time {t}"), ratio, 1.0, 0.1));
        let mut v = [0.0; 4];
        model.velocity(t, centres, &mut v);
        let speed = v[0].hypot(v[1]).max(v[2].hypot(v[3]));
        figures.push(Measured::at_most(format!("speed at the centres at time {t}"), speed, 0.1));
        let mut v = vec![0.0; places.values().len()];
        model.velocity(t, places.values(), &mut v);
        let weights = [1.0 - w, w].repeat(N);
        let square: f64 = v.chunks_exact(2).zip(&weights).map(|(v, w)| w * (v[0] * v[0] + v[1] * v[1])).sum();
        let speed = (square / N as f64).sqrt();
        figures.push(Measured::at_most(format!("root mean square speed of the population at time {t}"), speed, 0.1));
    }
    Ok(figures)
}
