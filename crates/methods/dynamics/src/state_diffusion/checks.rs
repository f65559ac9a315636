//! Stationary laws by quadrature, exact means, and path weights that are densities.

use super::{Config, Convention, Drift, Medium, Profile, log_weight, stationary};
use thalweg_core::{Check, Context, Measured, Points, Result, Trajectory};

/// A walk to its end.
fn walk(ctx: &Context, medium: &dyn Medium, start: &Points, config: &Config) -> Result<Trajectory> {
    let walked = super::walk(ctx, medium, start, config)?;
    crate::whole(&walked.report)?;
    Ok(walked)
}

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "boltzmann",
        claim: "In a harmonic well with position-dependent diffusion all three conventions keep the variance kT / k.",
        source: "closed form: exp(-x^2 / 2), variance 1",
        run: boltzmann,
    },
    Check {
        name: "forgotten-drift",
        claim: "Without the noise-induced drift the law is the other one that theory names, not Boltzmann's.",
        source: "quadrature: variance of exp(-x^2 / 2) D^(alpha - 1)",
        run: forgotten,
    },
    Check {
        name: "means",
        claim: "Without force, means follow the slope of the diffusivity in every convention.",
        source: "closed form: x0 exp(kappa t) for D = D0 + kappa x^2 / 2, x0 + a t for D = a x",
        run: means,
    },
    Check {
        name: "wall",
        claim: "Near a wall that slows it, a particle drifts away from it on average and yet is everywhere equally often.",
        source: "closed form: uniform law; drift D'(z) of D(z) = 1 - 9 / (16 z)",
        run: wall,
    },
    Check {
        name: "path-weights",
        claim: "The weight of a short step integrates to one, up to the power 3/2 of the step, in every convention.",
        source: "theory: normalisation of the path integral",
        run: path_weights,
    },
];

/// A diffusivity that rises as `1 + x^2 / 2` in the middle and stays below 9.
fn bounded(x: f64) -> f64 {
    1.0 + 0.5 * x * x / (1.0 + x * x / 16.0)
}

fn bounded_slope(x: f64) -> f64 {
    x / (1.0 + x * x / 16.0).powi(2)
}

/// Mean square of walkers in the well, over 64 saves.
fn variance(ctx: &Context, convention: Convention, drift: Drift) -> Result<f64> {
    let medium = Profile { slope: |x: f64| x, diffusivity: bounded, divergence: bounded_slope };
    let config = Config { convention, drift, step: 8e-3, every: 31, saves: 72, walls: None };
    let walked = walk(ctx, &medium, &Points::zeros(3000, 1), &config)?;
    let square = |points: &Points| points.values().iter().map(|x| x * x).sum::<f64>() / points.len() as f64;
    // Two units of time forget the start.
    let kept = &walked.states[9..];
    Ok(kept.iter().map(square).sum::<f64>() / kept.len() as f64)
}

fn boltzmann(ctx: &Context) -> Result<Vec<Measured>> {
    let figure = |convention: Convention| {
        let found = variance(ctx, convention, Drift::Boltzmann)?;
        Ok(Measured::near(format!("variance, {convention:?}"), found, 1.0, 0.02))
    };
    Convention::ALL.into_iter().map(figure).collect()
}

fn forgotten(ctx: &Context) -> Result<Vec<Measured>> {
    let positions: Vec<f64> = (-1000..=1000).map(|i| f64::from(i) / 100.0).collect();
    let figure = |convention: Convention| {
        let law = stationary(convention, Drift::ForceOnly, |x| 0.5 * x * x, bounded, &positions)?;
        let truth: f64 = positions.iter().zip(&law).map(|(x, p)| 0.01 * x * x * p).sum();
        let found = variance(ctx, convention, Drift::ForceOnly)?;
        Ok(Measured::near(format!("variance with the force only, {convention:?}"), found, truth, 0.02 * truth))
    };
    [Convention::Ito, Convention::Stratonovich].into_iter().map(figure).collect()
}

fn means(ctx: &Context) -> Result<Vec<Measured>> {
    let mut figures = Vec::new();
    for convention in Convention::ALL {
        let config = Config { convention, step: 3e-3, every: 100, saves: 1, ..Config::default() };
        let mut figure = |medium: &dyn Medium, what: &str, start: f64, truth: f64| -> Result<()> {
            let walked = walk(ctx, medium, &Points::new(1, vec![start; 10_000])?, &config)?;
            let values = walked.states[1].values();
            let n = values.len() as f64;
            let mean = values.iter().sum::<f64>() / n;
            let error = (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n * (n - 1.0))).sqrt();
            let what = format!("mean less {what}, in standard errors, {convention:?}");
            figures.push(Measured::near(what, (mean - truth) / error, 0.0, 4.0));
            Ok(())
        };
        let square = Profile { slope: |_| 0.0, diffusivity: |x: f64| 0.2 + 0.5 * x * x, divergence: |x| x };
        figure(&square, "x0 exp(kappa t)", 1.0, 0.3_f64.exp())?;
        let linear = Profile { slope: |_| 0.0, diffusivity: |x: f64| 0.5 * x.max(0.0), divergence: |_| 0.5 };
        figure(&linear, "x0 + a t", 10.0, 10.15)?;
    }
    Ok(figures)
}

fn wall(ctx: &Context) -> Result<Vec<Measured>> {
    let medium = Profile {
        slope: |_| 0.0,
        diffusivity: |z: f64| 1.0 - 9.0 / (16.0 * z),
        divergence: |z: f64| 9.0 / (16.0 * z * z),
    };
    // Evenly spread walkers stay so; away from the ends, where the reflection of finite steps is felt.
    let n = 20_000;
    let start: Vec<f64> = (0..n).map(|i| 1.0 + 8.0 * (i as f64 + 0.5) / n as f64).collect();
    let config = Config { step: 2e-3, every: 500, saves: 1, walls: Some([1.0, 9.0]), ..Config::default() };
    let walked = walk(ctx, &medium, &Points::new(1, start)?, &config)?;
    let inside = |low: f64| walked.states[1].values().iter().filter(|z| (low..low + 1.0).contains(*z)).count() as f64;
    let expected = n as f64 / 8.0;
    let worst = (2..8).map(|low| (inside(f64::from(low)) - expected) / (expected * 7.0 / 8.0).sqrt());
    let worst = worst.map(f64::abs).fold(0.0, f64::max);
    let mut figures =
        vec![Measured::at_most("largest count of six bins less the mean, in standard errors", worst, 4.0)];
    // One step of many walkers from one place.
    let (place, h, n) = (1.5, 0.05, 200_000);
    let config = Config { step: h, every: 1, saves: 1, ..Config::default() };
    let walked = walk(ctx, &medium, &Points::new(1, vec![place; n])?, &config)?;
    let mean = walked.states[1].values().iter().map(|z| z - place).sum::<f64>() / (n as f64 * h);
    let error = (2.0 * (1.0 - 9.0 / 24.0) / (n as f64 * h)).sqrt();
    figures.push(Measured::near("mean drift at 1.5 radii", mean, 0.25, 4.0 * error));
    Ok(figures)
}

fn path_weights(_ctx: &Context) -> Result<Vec<Measured>> {
    let medium = Profile { slope: |x: f64| x, diffusivity: bounded, divergence: bounded_slope };
    let excess = |convention: Convention, h: f64| -> Result<f64> {
        // The trapezoidal rule, exact to rounding for a density that falls off on both sides.
        let (x, n) = (0.8, 4000);
        let width = 14.0 * (2.0 * bounded(x) * h).sqrt();
        let mut sum = 0.0;
        for i in 0..n {
            let y = x + width * (f64::from(i) / f64::from(n) - 0.5);
            sum += log_weight(&medium, convention, x, y, h)?.exp();
        }
        Ok((sum * width / f64::from(n) - 1.0).abs())
    };
    let mut figures = Vec::new();
    for convention in Convention::ALL {
        let (long, short) = (excess(convention, 4e-3)?, excess(convention, 1e-3)?);
        figures.push(Measured::at_most(format!("excess at step 0.001, {convention:?}"), short, 1e-3_f64.powf(1.5)));
        if convention != Convention::Ito {
            figures.push(Measured::at_least(
                format!("excess over that of a quarter step, {convention:?}"),
                long / short,
                7.0,
            ));
        }
    }
    Ok(figures)
}
