//! What flow matching claims.

use super::{Config, learn};
use crate::Pairing;
use crate::claims::{brisk, mean_and_error, noise, pair, standard_log_density};
use thalweg_core::{Check, Context, Measured, Points, Result, Stream, VectorField};
use thalweg_nn::{Model, Workspace};
use thalweg_path::linalg::Cholesky;
use thalweg_path::{AffinePath, Gaussian, GaussianFlow, Path, Schedule, datasets};
use thalweg_solve::{Integrate, integrate, log_likelihood};

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "regression-identity",
        claim: "Regressing path velocities by least squares on 100,000 points finds the velocity of the law.",
        source: "closed form: velocity of the Gaussian path",
        run: regression_identity,
    },
    Check {
        name: "mixture-likelihood",
        claim: "Four layers of 64, trained for 5,000 steps on 50,000 points of an eight-component mixture, know its log-density to 0.1 nats.",
        source: "closed form: log-density of the mixture",
        run: mixture_likelihood,
    },
    Check {
        name: "checkerboard-likelihood",
        claim: "After 5,000 steps on 50,000 points, the test log-likelihood on the checkerboard is within 0.3 nats of its entropy.",
        source: "closed form: the entropy of eight unit squares is ln 8 = 2.079",
        run: checkerboard_likelihood,
    },
    Check {
        name: "straight-path-effort",
        claim: "Straight paths need fewer evaluations of Dormand-Prince than variance-preserving ones after the same training.",
        source: "published: Lipman et al. 2023, figure 7",
        run: straight_path_effort,
    },
];

fn regression_identity(ctx: &Context) -> Result<Vec<Measured>> {
    const N: usize = 100_000;
    let source = Gaussian::standard(2);
    let target = Gaussian::new(vec![3.0, -1.0], vec![0.8, 0.3, 0.3, 0.5])?;
    let path = AffinePath::linear();
    let flow = GaussianFlow::new(source.clone(), target.clone(), path)?;
    let mut stream = Stream::new(ctx.seed(), "regression-identity", 0);
    let (x0, x1) = (source.sample(N, &mut stream), target.sample(N, &mut stream));
    let mut figures = Vec::new();
    for t in [0.2, 0.5, 0.8] {
        let at = path.at(t);
        let (mut x, mut v, mut b) = (vec![0.0; 2 * N], vec![0.0; 2 * N], vec![0.0; 2 * N]);
        for i in 0..N {
            at.point(x0.row(i), x1.row(i), &[], &mut x[2 * i..2 * i + 2]);
            at.velocity(x0.row(i), x1.row(i), &[], &mut v[2 * i..2 * i + 2]);
        }
        flow.velocity(t, &x, &mut b);
        let fit = least_squares(&x, &v);
        let (mut error, mut size) = (0.0, 0.0);
        for i in 0..N {
            for k in 0..2 {
                let fitted = fit[k][0] * x[2 * i] + fit[k][1] * x[2 * i + 1] + fit[k][2];
                error += (fitted - b[2 * i + k]).powi(2);
                size += b[2 * i + k].powi(2);
            }
        }
        figures.push(Measured::at_most(format!("relative error at t = {t}"), (error / size).sqrt(), 0.01));
    }
    Ok(figures)
}

/// Least squares of each of two columns of `v` on the two columns of `x` and a constant.
fn least_squares(x: &[f64], v: &[f64]) -> [[f64; 3]; 2] {
    let mut normal = [0.0; 9];
    let mut right = [[0.0; 3]; 2];
    for (x, v) in x.chunks_exact(2).zip(v.chunks_exact(2)) {
        let features = [x[0], x[1], 1.0];
        for i in 0..3 {
            (0..3).for_each(|j| normal[3 * i + j] += features[i] * features[j]);
            (0..2).for_each(|k| right[k][i] += features[i] * v[k]);
        }
    }
    match Cholesky::new(&normal, 3) {
        Some(factor) => right.iter_mut().for_each(|r| factor.solve(r)),
        None => right = [[f64::NAN; 3]; 2],
    }
    right
}

/// Flow matching from noise to `data` in 4 layers of 64.
fn generator(data: Points, steps: u64, ctx: &Context) -> Result<Model> {
    let snapshots = pair(noise(data.len(), data.dim(), ctx.seed(), "check-noise"), data)?;
    let config = Config { coupling: Pairing::Independent {}, batch: 512, fit: brisk(steps), ..Config::default() };
    Ok(learn(&snapshots, &config, &Workspace::none(), ctx)?.model)
}

fn mixture_likelihood(ctx: &Context) -> Result<Vec<Measured>> {
    let law = datasets::eight_gaussians_law()?;
    let model = generator(law.sample(50_000, &mut Stream::new(ctx.seed(), "check-data", 0)), 5000, ctx)?;
    let test = law.sample(2000, &mut Stream::new(ctx.seed(), "check-test", 0));
    let exact: Vec<f64> = test.rows().map(|x| law.log_density(x)).collect();
    let learned = log_likelihood(&model, &test, &standard_log_density, (0.0, 1.0), &Integrate::adaptive(1e-4), ctx)?;
    let gaps: Vec<f64> = exact.iter().zip(&learned.values).map(|(p, q)| p - q).collect();
    let (mean, error) = mean_and_error(&gaps);
    let what = format!("mean of log p - log p̂ on 2,000 test points, nats (standard error {error:.4})");
    Ok(vec![Measured::near(what, mean, 0.05, 0.05)])
}

fn checkerboard_likelihood(ctx: &Context) -> Result<Vec<Measured>> {
    let data = datasets::checkerboard(50_000, &mut Stream::new(ctx.seed(), "check-data", 0));
    let model = generator(data, 5000, ctx)?;
    let test = datasets::checkerboard(2000, &mut Stream::new(ctx.seed(), "check-test", 0));
    let learned = log_likelihood(&model, &test, &standard_log_density, (0.0, 1.0), &Integrate::adaptive(1e-4), ctx)?;
    let (mean, error) = mean_and_error(&learned.values);
    let what = format!("negative log-likelihood on 2,000 test points, nats (standard error {error:.4})");
    Ok(vec![Measured::near(what, -mean, 2.2295, 0.1505)])
}

fn straight_path_effort(ctx: &Context) -> Result<Vec<Measured>> {
    let data = datasets::eight_gaussians(20_000, &mut Stream::new(ctx.seed(), "check-data", 0))?;
    let snapshots = pair(noise(20_000, 2, ctx.seed(), "check-noise"), data)?;
    let start = noise(256, 2, ctx.seed(), "check-start");
    let effort = |schedule: Schedule| -> Result<f64> {
        let config = Config {
            coupling: Pairing::Independent {},
            path: AffinePath::new(schedule),
            fit: brisk(2000),
            ..Config::default()
        };
        let model = learn(&snapshots, &config, &Workspace::none(), ctx)?.model;
        let report = integrate(&model, &start, None, (0.0, 1.0), &Integrate::adaptive(1e-5), ctx)?.report;
        let found = report.residuals.iter().find(|(name, _)| name == "field evaluations");
        Ok(found.map_or(f64::NAN, |(_, evaluations)| *evaluations))
    };
    let straight = effort(Schedule::default())?;
    let curved = effort(Schedule::VariancePreserving { b0: 0.1, b1: 20.0 })?;
    let what = format!("evaluations along straight paths ({straight}) over variance-preserving ones ({curved})");
    // Fewer, not as many: evaluations come in steps of six.
    Ok(vec![Measured::at_most(what, straight / curved, (curved - 1.0) / curved)])
}
