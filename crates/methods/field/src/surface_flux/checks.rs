//! Claims of surface flux transport.

use super::{
    Config, Emergence, Evolution, Forcing, KM_PER_SECOND, KM2_PER_SECOND, Observation, SOCCER_BALL_RATE, Splitting,
    Start, Trust, gaussians, hanna_heinold, soccer_ball,
};
use crate::sphere::{Sphere, SuperTime};
use std::f64::consts::{FRAC_PI_2, TAU};
use thalweg_core::{Check, Context, Measured, Result, Stream};

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "soccer-ball",
        claim: "After 672 hours on 180 x 359 cells a mode of degree 6 differs from its exact decay by 2.174e-5, 4.358e-5, 8.736e-5 \
                and 1.752e-4 for diffusivities of 100, 200, 400 and 800 km^2/s",
        source: "published: reference histories of the HipFT test suite (diffuse_soccer), within 1 %",
        run: decay,
    },
    Check {
        name: "rotating-soccer-ball",
        claim: "With one rigid rotation in that time the difference is 9.828e-4 at 100 km^2/s",
        source: "published: reference histories of the HipFT test suite (diffuse_advect_soccer), within 0.1 %",
        run: rotating,
    },
    Check {
        name: "gaussians",
        claim: "After a full rotation and 90 degrees southward two Gaussians differ from their exact place by 3.059e-2",
        source: "published: reference histories of the HipFT test suite (advect_gaussians_phi_theta), within 0.1 %",
        run: moved,
    },
    Check {
        name: "dipole-decay",
        claim: "A dipole decays as exp(-2 D t), by RKG2 and by RKL2, to 3e-4 of its strength",
        source: "closed form; the mesh of 61 rows has an error of second order",
        run: dipole,
    },
    Check {
        name: "flux-is-conserved",
        claim: "Solar flows, strong-field attenuation and diffusion of a random map change its signed flux by less than 1e-12 of \
                its unsigned flux",
        source: "conservation law",
        run: conserved,
    },
    Check {
        name: "order-in-space",
        claim: "Halving the cells divides the error of diffusion by four, and that of a smooth rotation by more",
        source: "second order of five points; higher order of the reconstruction along a row",
        run: order,
    },
    Check {
        name: "emergence-rate",
        claim: "Random emergence over one frame adds its flux an hour, half of either sign",
        source: "definition: the mean strength of the frames; within four standard errors of 1.2e4 cells",
        run: emergence,
    },
    Check {
        name: "assimilation",
        claim: "An observed map replaces the field where it is fully trusted and leaves it where mu is below the limit",
        source: "definition of the weights",
        run: assimilation,
    },
];

const HOURS: f64 = 672.0;

/// A run to its end.
fn simulate(ctx: &Context, config: &Config, forcing: &Forcing) -> Result<Evolution> {
    let run = super::simulate(ctx, config, forcing)?;
    crate::whole(&run.report)?;
    Ok(run)
}

/// The mesh of the published tests: 180 x 360 with the last column a copy of the first.
fn published() -> Config {
    Config {
        rows: 180,
        columns: 359,
        hours: HOURS,
        rotation: [0.0; 3],
        meridional: [0.0; 3],
        diffusivity: 0.0,
        step_max: Some(1.0),
        splitting: Splitting::Sequential,
        history_every: 1e9,
        ..Config::default()
    }
}

fn last(out: &Evolution, realization: usize) -> &[f64] {
    let maps = &out.realizations[realization].maps;
    &maps[maps.len() - 1]
}

/// Error of a soccer ball after the run against its decay.
fn soccer_error(out: &Evolution, realization: usize) -> f64 {
    let r = &out.realizations[realization].config;
    let factor = (-SOCCER_BALL_RATE * r.diffusivity * KM2_PER_SECOND * r.hours).exp();
    let exact: Vec<f64> = soccer_ball(&out.sphere).iter().map(|b| b * factor).collect();
    hanna_heinold(last(out, realization), &exact)
}

fn decay(ctx: &Context) -> Result<Vec<Measured>> {
    // Steps of a day give the same figures as the published steps of an hour: the error is that of space.
    let vary = [("diffusivity".to_owned(), [100.0, 200.0, 400.0, 800.0].map(Into::into).to_vec())].into();
    let config = Config { start: Start::SoccerBall, step_max: Some(48.0), vary, ..published() };
    let out = simulate(ctx, &config, &Forcing::default())?;
    let published = [2.173716486e-5, 4.357795743e-5, 8.735525877e-5, 1.752425016e-4];
    let figure = |(i, truth): (usize, f64)| {
        let what = format!("error at {} km^2/s", out.realizations[i].config.diffusivity);
        Measured::near(what, soccer_error(&out, i), truth, 0.01 * truth)
    };
    Ok(published.into_iter().enumerate().map(figure).collect())
}

fn rotating(ctx: &Context) -> Result<Vec<Measured>> {
    let config = Config { start: Start::SoccerBall, diffusivity: 100.0, rigid: 1.807_662_439_565_555_6, ..published() };
    let out = simulate(ctx, &config, &Forcing::default())?;
    let truth = 9.828472589e-4;
    Ok(vec![Measured::near("error", soccer_error(&out, 0), truth, 1e-3 * truth)])
}

fn moved(ctx: &Context) -> Result<Vec<Measured>> {
    let config =
        Config { rigid: TAU / HOURS / KM_PER_SECOND, southward: FRAC_PI_2 / HOURS / KM_PER_SECOND, ..published() };
    let out = simulate(ctx, &config, &Forcing::default())?;
    let error = hanna_heinold(last(&out, 0), &gaussians(&out.sphere, 0.03, FRAC_PI_2, TAU));
    let truth = 3.059378025e-2;
    Ok(vec![Measured::near("error", error, truth, 1e-3 * truth)])
}

fn dipole(ctx: &Context) -> Result<Vec<Measured>> {
    let sphere = Sphere::uniform(61, 120)?;
    let field: Vec<f64> = sphere.colatitudes().iter().flat_map(|t| vec![t.cos(); 120]).collect();
    let forcing = Forcing { start: Some((sphere, vec![field])), ..Forcing::default() };
    let mut figures = Vec::new();
    for diffusion in [SuperTime::Rkg2, SuperTime::Rkl2] {
        let config = Config { diffusivity: 500.0, hours: 8760.0, diffusion, step_max: Some(438.0), ..published() };
        let out = simulate(ctx, &config, &forcing)?;
        let truth = (-2.0 * 500.0 * KM2_PER_SECOND * 8760.0).exp();
        let history = &out.realizations[0].history;
        let left = history[history.len() - 1].axial_dipole / history[0].axial_dipole;
        figures.push(Measured::near(format!("share left by {diffusion:?}"), left, truth, 3e-4));
    }
    Ok(figures)
}

/// A map of independent normal values.
fn noise(ctx: &Context, sphere: &Sphere, strength: f64) -> Vec<f64> {
    let mut field = vec![0.0; sphere.cells()];
    Stream::new(ctx.seed(), "surface-flux-check", 0).fill_normal(&mut field);
    field.iter_mut().for_each(|b| *b *= strength);
    field
}

fn conserved(ctx: &Context) -> Result<Vec<Measured>> {
    // Unequal rows, so that nothing cancels by symmetry.
    let uneven = (0..61).map(|j| std::f64::consts::PI * f64::from(j) / 60.0).map(|t| t + 0.2 * (2.0 * t).sin());
    let sphere = Sphere::new(uneven.collect(), 120)?;
    let field = noise(ctx, &sphere, 100.0);
    let forcing = Forcing { start: Some((sphere, vec![field])), ..Forcing::default() };
    let config = Config { attenuation: Some(300.0), hours: 200.0, ..Config::default() };
    let out = simulate(ctx, &config, &forcing)?;
    let net = |map: &[f64]| out.sphere.integral(map);
    let maps = &out.realizations[0].maps;
    let unsigned: f64 = net(&maps[0].iter().map(|b| b.abs()).collect::<Vec<_>>());
    let drift = (net(&maps[1]) - net(&maps[0])).abs() / unsigned;
    Ok(vec![Measured::at_most("change of signed flux over unsigned flux", drift, 1e-12)])
}

fn order(ctx: &Context) -> Result<Vec<Measured>> {
    let error = |rows: usize| {
        let config = Config {
            start: Start::SoccerBall,
            rows,
            columns: 2 * (rows - 1),
            diffusivity: 500.0,
            step_max: Some(24.0),
            ..published()
        };
        simulate(ctx, &config, &Forcing::default()).map(|out| soccer_error(&out, 0))
    };
    let (coarse, fine) = (error(31)?, error(61)?);
    let turned = |columns: usize| {
        let sphere = Sphere::uniform(31, columns)?;
        let value =
            |i: usize| sphere.colatitudes()[i / columns].sin().powi(3) * (3.0 * sphere.longitude(i % columns)).cos();
        let start: Vec<f64> = (0..sphere.cells()).map(value).collect();
        let forcing = Forcing { start: Some((sphere, vec![start.clone()])), ..Forcing::default() };
        let config = Config { rigid: TAU / HOURS / KM_PER_SECOND, step_max: None, ..published() };
        simulate(ctx, &config, &forcing).map(|out| hanna_heinold(last(&out, 0), &start))
    };
    Ok(vec![
        Measured::near("order of diffusion", (coarse / fine).log2(), 2.0, 0.1),
        Measured::at_least("order of rotation", (turned(60)? / turned(120)?).log2(), 2.0),
    ])
}

fn emergence(ctx: &Context) -> Result<Vec<Measured>> {
    let config = Config {
        start: Start::Empty,
        rows: 80,
        columns: 158,
        hours: 1.0,
        emergence: Emergence { flux: 50.0, lifetime: 1e6, ..Emergence::default() },
        ..published()
    };
    let out = simulate(ctx, &config, &Forcing::default())?;
    let history = &out.realizations[0].history;
    let end = history[history.len() - 1];
    let unsigned = (end.positive_flux - end.negative_flux) / 50e21;
    let signed = (end.positive_flux + end.negative_flux) / 50e21;
    // Relative scatter of |x| is 0.756, of cells that count by area.
    let error = 4.0 * 0.756 * 1.15 / (out.sphere.cells() as f64).sqrt();
    Ok(vec![
        Measured::near("unsigned flux over what was asked", unsigned, 1.0, error),
        Measured::near("signed flux over what was asked", signed, 0.0, 1e-12),
    ])
}

fn assimilation(ctx: &Context) -> Result<Vec<Measured>> {
    let sphere = Sphere::uniform(61, 120)?;
    let (before, seen) = (noise(ctx, &sphere, 10.0), vec![7.0; sphere.cells()]);
    let face = |k: usize| sphere.longitude(k).cos();
    let mu: Vec<f64> = (0..sphere.cells()).map(|i| face(i % 120)).collect();
    let observation = Observation { hours: 1.0, values: seen, trust: Trust::Mu(mu.clone()) };
    let forcing = Forcing {
        start: Some((sphere.clone(), vec![before.clone()])),
        observations: vec![observation],
        frames: vec![],
    };
    let out = simulate(ctx, &Config { hours: 1.0, ..published() }, &forcing)?;
    let after = last(&out, 0);
    let inner = 120..sphere.cells() - 120;
    let expected = |i: usize| match mu[i] {
        m if m > 0.1 => m.powi(4) * 7.0 + (1.0 - m.powi(4)) * before[i],
        _ => before[i],
    };
    let worst = inner.map(|i| (after[i] - expected(i)).abs()).fold(0.0, f64::max);
    Ok(vec![Measured::at_most("largest deviation in gauss", worst, 1e-12)])
}
