//! Flows and scalars with known structures.

use super::{Config, Moving, find, interface_velocity, profile, structures};
use std::f64::consts::PI;
use thalweg_core::{Check, Context, Measured, Points, Result, Stream, VectorField};
use thalweg_measure::{Averaging, Axis, FlowMap, Gridded, Viscous, ftle, momentum_barriers};
use thalweg_solve::FnField;

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "saddle-and-shear",
        claim: "Exponents of a saddle are its rate, and those of a shear grow as they must",
        source: "closed forms: s, and asinh(g T / 2) / T",
        run: linear,
    },
    Check {
        name: "double-gyre",
        claim: "The ridge of the double gyre of Shadden, Lekien and Marsden 2005 is where it is, and as high, also from frames",
        source: "another program: Runge-Kutta 4 with differences of 1e-6 on 4001 points, A = 0.1, epsilon = 0.25, T = 15",
        run: gyres,
    },
    Check {
        name: "taylor-green",
        claim: "In a Taylor-Green flow on a grid the barrier field is along the flow, and its flux decays with the flow",
        source: "closed form: Laplacian u = -2 k^2 u, exp(-2 nu k^2 t)",
        run: taylor_green,
    },
    Check {
        name: "moving-frame",
        claim: "Who moves with the interface sees the same exponents and barriers",
        source: "theory: Galilean invariance",
        run: moving,
    },
    Check {
        name: "plateaus",
        claim: "Of a scalar with four noisy plateaus each boundary is found within a pixel, and the velocity at which it moves",
        source: "construction: noise of a tenth of the steps",
        run: plateaus,
    },
    Check {
        name: "layer",
        claim: "Means along the normals of a circle are those of a shear layer around it",
        source: "construction: u = tanh(distance / width) along the circle",
        run: layer,
    },
];

fn planar<'a>(f: impl Fn(f64, f64, f64) -> [f64; 2] + Send + Sync + 'a) -> FnField<'a> {
    FnField::batch(2, move |t, x, out| {
        for (x, out) in x.chunks_exact(2).zip(out.chunks_exact_mut(2)) {
            out.copy_from_slice(&f(t, x[0], x[1]));
        }
    })
}

/// Places that depend on the seed: results must not.
fn somewhere(n: usize, ctx: &Context, name: &str) -> Result<Points> {
    let mut stream = Stream::new(ctx.seed(), name, 0);
    Points::new(2, (0..2 * n).map(|_| 0.2 + 0.6 * stream.uniform()).collect())
}

fn most(errors: impl Iterator<Item = f64>) -> f64 {
    errors.map(f64::abs).fold(0.0, f64::max)
}

fn linear(ctx: &Context) -> Result<Vec<Measured>> {
    let points = somewhere(20, ctx, "interfaces-linear")?;
    let map = FlowMap { length: 2.5, tolerance: 1e-10, ..FlowMap::default() };
    let saddle = ftle(&planar(|_, x, y| [0.8 * x, -0.8 * y]), &points, &map, ctx)?;
    let shear = ftle(&planar(|_, _, y| [1.7 * y, 0.0]), &points, &map, ctx)?;
    let truth = (1.7 * 2.5 / 2.0_f64).asinh() / 2.5;
    Ok(vec![
        Measured::at_most("largest error of the exponents of a saddle", most(saddle.iter().map(|v| v - 0.8)), 1e-6),
        Measured::at_most("largest error of the exponents of a shear", most(shear.iter().map(|v| v - truth)), 1e-6),
    ])
}

fn gyre(t: f64, x: f64, y: f64) -> [f64; 2] {
    let p = 0.25 * (2.0 * PI * t / 10.0).sin();
    let f = p * x * x + (1.0 - 2.0 * p) * x;
    let slope = 2.0 * p * x + 1.0 - 2.0 * p;
    [-PI * 0.1 * (PI * f).sin() * (PI * y).cos(), PI * 0.1 * (PI * f).cos() * (PI * y).sin() * slope]
}

/// Frames of a field on a grid.
fn sampled(x: Axis, y: Axis, times: &[f64], f: impl Fn(f64, f64, f64) -> [f64; 2]) -> Result<Gridded> {
    let mut values = Vec::with_capacity(times.len() * x.count * y.count * 2);
    for t in times {
        for j in 0..y.count {
            (0..x.count).for_each(|i| values.extend(f(*t, x.place(i), y.place(j))));
        }
    }
    Gridded::new(x, y, times.to_vec(), values)
}

fn gyres(ctx: &Context) -> Result<Vec<Measured>> {
    let map = FlowMap { length: 15.0, offset: 1e-5, tolerance: 1e-8, ..FlowMap::default() };
    // The ridge is a hundredth wide.
    let ridge = |field: &dyn VectorField, n: usize| -> Result<(f64, f64)> {
        let places: Vec<f64> = (0..n).map(|k| 1.1 + 0.1 * k as f64 / (n - 1) as f64).collect();
        let line = Points::new(2, places.iter().flat_map(|x| [*x, 0.5]).collect())?;
        let found = ftle(field, &line, &map, ctx)?;
        let best = (0..n).max_by(|&a, &b| found[a].total_cmp(&found[b])).unwrap_or(0);
        Ok((places[best], found[best]))
    };
    let field = planar(gyre);
    let ((coarse, _), (fine, height)) = (ridge(&field, 101)?, ridge(&field, 201)?);
    let times: Vec<f64> = (0..=150).map(|k| 0.1 * f64::from(k)).collect();
    let frames = sampled(Axis::between(0.0, 2.0, 81), Axis::between(0.0, 1.0, 41), &times, gyre)?;
    let (seen, _) = ridge(&frames, 61)?;
    Ok(vec![
        Measured::near("place of the ridge on the middle line", fine, 1.1585, 0.001),
        Measured::near("height of the ridge, per unit of time", height, 0.4686, 0.005),
        Measured::at_most("how far it moves when the grid is refined", (fine - coarse).abs(), 0.0011),
        Measured::at_most("how far it moves when frames take the place of the law", (seen - fine).abs(), 0.005),
    ])
}

fn taylor_green(ctx: &Context) -> Result<Vec<Measured>> {
    let (k, nu, length) = (1.0, 0.05, 1.0);
    let decay = 2.0 * nu * k * k;
    let green = move |t: f64, x: f64, y: f64| {
        let size = (-decay * t).exp();
        [size * (k * x).sin() * (k * y).cos(), -size * (k * x).cos() * (k * y).sin()]
    };
    let (axis, lattice) = (Axis::over_period(0.0, 2.0 * PI, 96), Axis::over_period(0.0, 2.0 * PI, 12));
    let times: Vec<f64> = (0..=40).map(|k| 0.025 * f64::from(k)).collect();
    let frames = sampled(axis, axis, &times, green)?;
    let force = frames.laplacian(nu);
    let map = FlowMap { length, tolerance: 1e-8, offset: 1e-3, ..FlowMap::default() };
    let config = Config { samples: 20, ..Config::default() };
    let found = structures(&frames, &force, (lattice, lattice), &map, 1.0, &config, ctx)?;
    // Along an orbit the velocity is carried to the velocity, and only its size decays: -2 nu k^2 u(x, 0) times the mean of
    // exp(-2 nu k^2 t)... of the force, over the same of the velocity that carries it, which is 1.
    let at: Vec<f64> = (0..144).flat_map(|n| [lattice.place(n % 12), lattice.place(n / 12)]).collect();
    let (mut u, mut b) = (vec![0.0; 288], vec![0.0; 288]);
    planar(green).velocity(0.0, &at, &mut u);
    found.barriers.velocity(0.0, &at, &mut b);
    let across = u.chunks_exact(2).zip(b.chunks_exact(2)).map(|(u, b)| u[0] * b[1] - u[1] * b[0]);
    let mean = (1.0 - (-decay * length).exp()) / (decay * length);
    let along = u.iter().zip(&b).map(|(u, b)| b + decay * mean * u);
    let flux = |t: f64| -> f64 {
        let mut out = vec![0.0; 288];
        force.velocity(t, &at, &mut out);
        out.iter().map(|v| v * v).sum::<f64>().sqrt()
    };
    Ok(vec![
        Measured::at_most(
            "largest component of the barrier field across the flow, over its size",
            most(across) / decay,
            2e-3,
        ),
        Measured::at_most("largest error of the barrier field, over its size", most(along) / decay, 2e-3),
        Measured::near("decay of the flux in a unit of time", flux(1.0) / flux(0.0), (-decay).exp(), 1e-6),
        Measured::at_least("largest exponent along the barriers", most(found.active.iter().copied()), 1e-3),
    ])
}

fn moving(ctx: &Context) -> Result<Vec<Measured>> {
    let still = planar(gyre);
    let seen = Moving { field: &still, velocity: [0.3, -0.2] };
    let points = somewhere(20, ctx, "interfaces-moving")?;
    let map = FlowMap { length: 4.0, tolerance: 1e-9, ..FlowMap::default() };
    let (a, b) = (ftle(&still, &points, &map, ctx)?, ftle(&seen, &points, &map, ctx)?);
    let barriers = |field: &dyn VectorField| {
        let force = Viscous { field, viscosity: 1.0, step: 1e-3 };
        momentum_barriers(field, &force, &points, &map, 20, Averaging::PulledBack, ctx)
    };
    let (c, d) = (barriers(&still)?, barriers(&seen)?);
    let size = most(c.values().iter().copied());
    Ok(vec![
        Measured::at_most("largest difference of exponents", most(a.iter().zip(&b).map(|(a, b)| a - b)), 1e-5),
        Measured::at_most(
            "largest difference of barriers, over their size",
            most(c.values().iter().zip(d.values()).map(|(a, b)| a - b)) / size,
            1e-3,
        ),
    ])
}

fn plateaus(ctx: &Context) -> Result<Vec<Measured>> {
    let (x, y) = (Axis::between(0.0, 119.0, 120), Axis::between(0.0, 99.0, 100));
    let height = |k: usize, x: f64, t: f64| 22.0 + 25.0 * (k - 1) as f64 + 0.5 * t + 4.0 * (x / 15.0 + k as f64).sin();
    let frame = |t: f64, index: u64| -> Vec<f64> {
        let mut stream = Stream::new(ctx.seed(), "interfaces-plateaus", index);
        let value = |j: usize, i: usize| (1..4).filter(|&k| y.place(j) > height(k, x.place(i), t)).count() as f64;
        (0..y.count)
            .flat_map(|j| (0..x.count).map(move |i| (j, i)))
            .map(|(j, i)| value(j, i) + 0.1 * stream.normal())
            .collect()
    };
    let scalar = frame(0.0, 0);
    let mut figures = Vec::new();
    for boundary in 1..4 {
        let found = find(&scalar, x, y, &Config { boundary, ..Config::default() })?;
        let error = most(found.points.iter().map(|p| p[1] - height(boundary, p[0], 0.0)));
        figures.push(Measured::at_most(format!("largest error of boundary {boundary}, in pixels"), error, 1.0));
        let span = found.points.iter().map(|p| p[0]).fold(0.0, f64::max);
        figures.push(Measured::near(format!("end of boundary {boundary}"), span, 119.0, 1.0));
    }
    let times = [0.0, 2.0, 4.0, 6.0];
    let all: Vec<_> = times
        .iter()
        .enumerate()
        .map(|(k, t)| find(&frame(*t, k as u64), x, y, &Config::default()))
        .collect::<Result<_>>()?;
    let velocity = interface_velocity(&all, &times)?;
    figures.push(Measured::near("velocity of the interface across, in pixels a frame", velocity[1], 0.5, 0.05));
    Ok(figures)
}

fn layer(ctx: &Context) -> Result<Vec<Measured>> {
    let axis = Axis::between(-2.0, 2.0, 81);
    let places = (0..axis.count).flat_map(|j| (0..axis.count).map(move |i| [axis.place(i), axis.place(j)]));
    // A disc whose scalar falls off through the radius 1, in two plateaus.
    let scalar: Vec<f64> = places.map(|[x, y]| ((1.0 - x.hypot(y)) / 0.05).tanh()).collect();
    let found = find(&scalar, axis, axis, &Config { clusters: 2, smoothing: 0, ..Config::default() })?;
    let field = planar(|_, x, y| {
        let r = x.hypot(y);
        let speed = ((1.0 - r) / 0.2).tanh();
        // Along the circle against the clock, where the disc is on the left; and into the disc.
        [(-y * speed - 0.3 * x) / r, (x * speed - 0.3 * y) / r]
    });
    let distances: Vec<f64> = (-4..=4).map(|k| 0.15 * f64::from(k)).collect();
    let means = profile(&found, &field, 0.0, &distances, ctx)?;
    let error = distances.iter().zip(&means.parallel).map(|(d, v)| v - (d / 0.2).tanh());
    let radius = found.points.iter().map(|p| p[0].hypot(p[1]) - 1.0);
    Ok(vec![
        Measured::at_most("largest error of the radius", most(radius), 0.02),
        Measured::at_most("largest error of the mean along the circle", most(error), 0.05),
        Measured::at_most("largest error of the mean across it", most(means.normal.iter().map(|v| v - 0.3)), 0.01),
        Measured::at_least(
            "share of the circle that has a part",
            means.count[8] as f64 / found.points.len() as f64,
            0.9,
        ),
    ])
}
