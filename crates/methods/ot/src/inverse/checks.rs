//! Claims of sparse inverse transport.

use super::{Bilinear, Config, certificate, gaussian, hessian, recover, refit};
use crate::claims::normal_points;
use nalgebra::{DMatrix, SymmetricEigen};
use thalweg_core::{Check, Context, Error, Measured, Points, Result, Stream};

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "gaussian-closed-form",
        claim: "Between standard normal laws the cross-covariance has singular values 0.720759, 0.666667, 0.618034, 0.554248, 0 \
                and satisfies A = (1 - S S')^-1 S",
        source: "closed form; figures of an independent program",
        run: closed_form,
    },
    Check {
        name: "gaussian-certificate",
        claim: "The certificate of the support is 0 off it for that cost and 0.9556 with one entry more; the Hessian is the \
                derivative of the cross-covariance",
        source: "closed form by an independent program; finite differences",
        run: certified,
    },
    Check {
        name: "recovery",
        claim: "From 1,000 pairs with the moments of their law all entries are found within 0.05 without a penalty; with lambda 0.1 \
                the support and the signs are exactly right, the entries are shrunk as they are for infinitely many pairs, and a \
                refit undoes that",
        source: "the cost that the pairs were drawn with; closed form of the penalised problem between normal laws",
        run: recovery,
    },
    Check {
        name: "implicit-hessian",
        claim: "The Hessian by implicit differentiation is the change of the plan's mean features, measured by solving again",
        source: "finite differences of an independent route",
        run: implicit,
    },
];

/// The cost of the published experiment's kind: four interactions among 5 x 5.
fn sparse(extra: f64) -> Points {
    let mut a = Points::zeros(5, 5);
    for (r, s, v) in [(0, 0, 1.5), (1, 1, -1.0), (2, 3, 1.2), (4, 4, 0.8), (0, 1, extra)] {
        a.row_mut(r)[s] = v;
    }
    a
}

fn matrix(points: &Points) -> DMatrix<f64> {
    DMatrix::from_row_slice(points.len(), points.dim(), points.values())
}

fn closed_form(_ctx: &Context) -> Result<Vec<Measured>> {
    let a = sparse(0.0);
    let s = matrix(&gaussian::cross_covariance(&a, 1.0)?);
    let mut values: Vec<f64> = (s.transpose() * &s).symmetric_eigenvalues().iter().map(|v| v.max(0.0).sqrt()).collect();
    values.sort_by(|x, y| y.total_cmp(x));
    let truths = [0.720_759, 0.666_667, 0.618_034, 0.554_248, 0.0];
    let mut figures: Vec<Measured> =
        values.iter().zip(truths).map(|(v, t)| Measured::near("singular value", *v, t, 1e-6)).collect();
    let rest = (DMatrix::identity(5, 5) - &s * s.transpose()) * matrix(&a) - &s;
    figures.push(Measured::at_most("largest error of the round trip", rest.amax(), 1e-12));
    Ok(figures)
}

fn off_support(a: &Points, h: &Points) -> Result<f64> {
    let z = certificate(h, a.values())?;
    Ok(z.iter().zip(a.values()).filter(|(_, a)| **a == 0.0).map(|(z, _)| z.abs()).fold(0.0, f64::max))
}

fn certified(_ctx: &Context) -> Result<Vec<Measured>> {
    let (plain, extra) = (sparse(0.0), sparse(0.9));
    let h = gaussian::hessian(&extra, 1.0)?;
    let mut error = 0.0_f64;
    for k in 0..25 {
        let moved = |step: f64| {
            let mut a = extra.clone();
            a.values_mut()[k] += step;
            gaussian::cross_covariance(&a, 1.0)
        };
        let (up, down) = (moved(1e-5)?, moved(-1e-5)?);
        for l in 0..25 {
            error = error.max(((up.values()[l] - down.values()[l]) / 2e-5 - h.row(l)[k]).abs());
        }
    }
    let skew = (0..625).map(|e| (h.row(e / 25)[e % 25] - h.row(e % 25)[e / 25]).abs()).fold(0.0, f64::max);
    Ok(vec![
        Measured::at_most(
            "largest entry off the support",
            off_support(&plain, &gaussian::hessian(&plain, 1.0)?)?,
            1e-10,
        ),
        Measured::near("largest entry off the support with one entry more", off_support(&extra, &h)?, 0.9556, 1e-4),
        Measured::at_most("largest error of the Hessian", error, 1e-8),
        Measured::at_most("largest asymmetry of the Hessian", skew, 1e-10),
    ])
}

/// `n` pairs from the Gaussian plan of a cost at epsilon 1, with its first and second moments exactly: what a check measures is
/// then the estimator, and not how far a draw of this size is from its law.
fn pairs(ctx: &Context, a: &Points, n: usize) -> Result<Bilinear> {
    let mut stream = Stream::new(ctx.seed(), "inverse-pairs", 0);
    let draws = normal_points(n, 10, &mut stream);
    // Row-major points as a column-major 10 x n matrix are their transpose.
    let mut draws = DMatrix::from_column_slice(10, n, draws.values());
    let mean = draws.column_mean();
    draws.column_iter_mut().for_each(|mut c| c -= &mean);
    let moments = &draws * draws.transpose() / n as f64;
    let root = moments.cholesky().ok_or_else(|| Error::failed("The moments of the draws are singular."))?.l();
    root.solve_lower_triangular_mut(&mut draws);
    let (x, noise) = (draws.rows(0, 5).into_owned(), draws.rows(5, 5).into_owned());
    let s = matrix(&gaussian::cross_covariance(a, 1.0)?);
    let eigen = SymmetricEigen::new(DMatrix::identity(5, 5) - s.transpose() * &s);
    let roots = DMatrix::from_diagonal(&eigen.eigenvalues.map(f64::sqrt));
    let root = &eigen.eigenvectors * roots * eigen.eigenvectors.transpose();
    let y = s.transpose() * &x + root * noise;
    Bilinear::new(Points::new(5, x.as_slice().to_vec())?, Points::new(5, y.as_slice().to_vec())?)
}

fn largest_error(found: &[f64], truth: &Points) -> f64 {
    found.iter().zip(truth.values()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// The minimiser for infinitely many pairs at lambda 0.1: here the cost pairs each direction with one other, so that its
/// cross-covariance s is shrunk by lambda, and the entry is `s / (1 - s^2)`.
fn shrunk() -> Points {
    let mut a = sparse(0.0);
    for v in a.values_mut().iter_mut().filter(|v| **v != 0.0) {
        let s = 2.0 * v.abs() / (1.0 + (1.0 + 4.0 * *v * *v).sqrt()) - 0.1;
        *v = v.signum() * s / (1.0 - s * s);
    }
    a
}

fn recovery(ctx: &Context) -> Result<Vec<Measured>> {
    let truth = sparse(0.0);
    let features = pairs(ctx, &truth, 1000)?;
    let config = Config::default();
    let plain = recover(ctx, &features, &Config { lambda: 0.0, ..config })?;
    let found = recover(ctx, &features, &config)?;
    let sign = |v: f64| if v == 0.0 { 0.0 } else { v.signum() };
    let wrong = found.coefficients.iter().zip(truth.values()).filter(|(a, b)| sign(**a) != sign(**b)).count();
    let again = refit(ctx, &features, &found.coefficients, &config)?;
    Ok(vec![
        Measured::at_most("largest error without a penalty", largest_error(&plain.coefficients, &truth), 0.05),
        Measured::at_most("entries with a wrong sign at lambda 0.1", wrong as f64, 0.0),
        Measured::at_most(
            "largest error at lambda 0.1 against the shrunk truth",
            largest_error(&found.coefficients, &shrunk()),
            0.05,
        ),
        Measured::at_most("largest error after the refit", largest_error(&again.coefficients, &truth), 0.05),
    ])
}

fn implicit(ctx: &Context) -> Result<Vec<Measured>> {
    let truth = sparse(0.9);
    let features = pairs(ctx, &truth, 60)?;
    let config = Config { lambda: 0.05, inner_tolerance: 1e-12, ..Config::default() };
    let found = recover(ctx, &features, &config)?;
    let h = hessian(ctx, &features, &found.plan, config.epsilon)?;
    let mut error = 0.0_f64;
    for k in [0, 6, 13] {
        let moments = |step: f64| -> Result<Vec<f64>> {
            let mut a = found.coefficients.clone();
            a[k] += step;
            super::solver::mean_features(ctx, &features, a, &config)
        };
        let (up, down) = (moments(1e-4)?, moments(-1e-4)?);
        for l in 0..25 {
            error = error.max(((up[l] - down[l]) / 2e-4 - h.row(l)[k]).abs());
        }
    }
    Ok(vec![Measured::at_most("largest error", error, 1e-6)])
}
