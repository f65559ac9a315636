//! Interfaces, circles that shrink, and two moons.

use super::{Config, Graph, Momentum, PhaseField, Plane, minimise};
use std::f64::consts::{PI, SQRT_2};
use thalweg_core::{Check, Context, Measured, Points, Result, Stream};

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "interface",
        claim: "An interface costs 2 sqrt(2) / 3 and has the profile of a hyperbolic tangent.",
        source: "closed form: int sqrt(2 W) = 0.942809, tanh(x / (eps sqrt 2))",
        run: interface,
    },
    Check {
        name: "circle",
        claim: "Under gradient flow the square of the radius of a circle falls by twice the time.",
        source: "closed form: motion by mean curvature, until the radius is five interfaces",
        run: circle,
    },
    Check {
        name: "coasting-circle",
        claim: "With momentum a circle shrinks as the damped wave of an interface does, which never outruns speed 1.",
        source: "formal limit: R'' = -(1 - R'^2) (1 / R + alpha R')",
        run: coasting,
    },
    Check {
        name: "two-moons",
        claim: "Ten labels of two thousand points are enough to tell two moons apart, and momentum needs fewer steps for the same energy.",
        source: "which moon a point was drawn from; the energy of gradient flow",
        run: moons,
    },
];

fn interface(ctx: &Context) -> Result<Vec<Measured>> {
    let (eps, n) = (0.05, 160);
    let line = Plane::new(&[n], &[1.0])?;
    let mut stream = Stream::new(ctx.seed(), "ginzburg-landau interface", 0);
    let at = |i: usize| (i as f64 + 0.5) / n as f64;
    let start: Vec<f64> =
        (0..n).map(|i| if (at(i) - 0.5).abs() < 0.25 { 1.0 } else { -1.0 } + 0.2 * stream.normal()).collect();
    // Momentum could carry the two interfaces over into each other; gradient flow cannot leave this minimum.
    let momentum = Momentum::None {};
    let config = Config { interface: eps, step: 0.05, steps: 2000, tolerance: 1e-6, momentum, ..Config::default() };
    let found = minimise(ctx, &line, &start, &[], &config)?;
    let energy = found.energies[found.energies.len() - 1] / 2.0;
    let crossing = (0..n - 1).find(|i| found.u[*i] < 0.0 && found.u[i + 1] >= 0.0).unwrap_or(0);
    let place = at(crossing) - found.u[crossing] / (found.u[crossing + 1] - found.u[crossing]) / n as f64;
    let profile = |i: usize| ((at(i) - place) / (eps * SQRT_2)).tanh();
    let apart = (0..n / 2).map(|i| (found.u[i] - profile(i)).abs()).fold(0.0, f64::max);
    Ok(vec![
        Measured::near("energy an interface", energy, 2.0 * SQRT_2 / 3.0, 0.01 * 0.942_809),
        Measured::at_most("largest distance from the profile", apart, 0.01),
    ])
}

/// A disc of one phase in the other on a unit square.
struct Disc {
    plane: Plane,
    n: usize,
    centre: [f64; 2],
    eps: f64,
}

impl Disc {
    fn new(ctx: &Context, purpose: &str) -> Result<Self> {
        let (n, eps) = (64, 0.04);
        let mut stream = Stream::new(ctx.seed(), purpose, 0);
        // Not on a point of the grid.
        let centre = [0; 2].map(|_| 0.5 + (stream.uniform() - 0.5) / n as f64);
        Ok(Self { plane: Plane::new(&[n, n], &[1.0, 1.0])?, n, centre, eps })
    }

    fn start(&self, radius: f64) -> Vec<f64> {
        let far = |k: usize| {
            let (y, x) = ((k / self.n) as f64 / self.n as f64, (k % self.n) as f64 / self.n as f64);
            (x - self.centre[0]).hypot(y - self.centre[1])
        };
        (0..self.n * self.n).map(|k| ((radius - far(k)) / (self.eps * SQRT_2)).tanh()).collect()
    }

    /// The mean distance from the centre of where rows through the disc change sign.
    fn radius(&self, u: &[f64]) -> f64 {
        let (mut sum, mut count) = (0.0, 0.0);
        for (j, row) in u.chunks_exact(self.n).enumerate() {
            let y = j as f64 / self.n as f64 - self.centre[1];
            if y.abs() > 0.1 {
                continue;
            }
            for (i, pair) in row.windows(2).enumerate().filter(|(_, p)| (p[0] < 0.0) != (p[1] < 0.0)) {
                let x = (i as f64 + pair[0] / (pair[0] - pair[1])) / self.n as f64 - self.centre[0];
                sum += x.hypot(y);
                count += 1.0;
            }
        }
        sum / count
    }
}

fn circle(ctx: &Context) -> Result<Vec<Measured>> {
    let disc = Disc::new(ctx, "ginzburg-landau circle")?;
    let (eps, radius) = (disc.eps, 0.3);
    // A step of the scaled law u_t = lap u - W' / eps^2 is eps steps of gradient flow.
    let dt = 0.02 * eps * eps;
    let config =
        Config { interface: eps, step: dt / eps, convexity: 0.0, momentum: Momentum::None {}, ..Config::default() };
    let mut field = PhaseField::new(&disc.plane, &disc.start(radius), &[], config)?;
    let (mut worst, mut time) = (0.0_f64, 0.0);
    loop {
        ctx.check_stop()?;
        let truth = radius * radius - 2.0 * time;
        worst = worst.max((disc.radius(field.values()).powi(2) / truth - 1.0).abs());
        if truth < (5.0 * eps).powi(2) {
            break;
        }
        for _ in 0..40 {
            field.step()?;
            time += dt;
        }
    }
    Ok(vec![Measured::at_most("largest relative error of the squared radius", worst, 0.03)])
}

fn coasting(ctx: &Context) -> Result<Vec<Measured>> {
    let disc = Disc::new(ctx, "ginzburg-landau coasting")?;
    let (eps, alpha, dt) = (disc.eps, 3.0, 1e-3);
    // Times are those of u_tt + alpha u_t = lap u - W' / eps^2.
    let config = Config {
        interface: eps,
        step: dt * dt / eps,
        convexity: 0.0,
        momentum: Momentum::Damped { damping: alpha * eps.sqrt() },
        ..Config::default()
    };
    let mut field = PhaseField::new(&disc.plane, &disc.start(0.35), &[], config)?;
    let (mut r, mut speed, mut worst) = (0.35, 0.0_f64, 0.0_f64);
    while r > 5.0 * eps {
        ctx.check_stop()?;
        worst = worst.max((disc.radius(field.values()) / r - 1.0).abs());
        for _ in 0..10 {
            field.step()?;
            // The law of the radius by midpoints, in the same steps: its own error is far below what is claimed.
            let bend = |r: f64, s: f64| -(1.0 - s * s) * (1.0 / r + alpha * s);
            let (half_r, half_s) = (r + 0.5 * dt * speed, speed + 0.5 * dt * bend(r, speed));
            (r, speed) = (r + dt * half_s, speed + dt * bend(half_r, half_s));
        }
    }
    Ok(vec![Measured::at_most("largest relative error of the radius", worst, 0.05)])
}

/// Two half circles that reach into each other, with noise of 0.1 (scikit-learn's `make_moons`), the first half of the first.
fn two_moons(n: usize, stream: &mut Stream) -> Result<Points> {
    let mut values = Vec::with_capacity(2 * n);
    for i in 0..n {
        let angle = PI * stream.uniform();
        let (x, y) = if i < n / 2 { (angle.cos(), angle.sin()) } else { (1.0 - angle.cos(), 0.5 - angle.sin()) };
        values.extend([x + 0.1 * stream.normal(), y + 0.1 * stream.normal()]);
    }
    Points::new(2, values)
}

fn moons(ctx: &Context) -> Result<Vec<Measured>> {
    let n = 2000;
    let mut stream = Stream::new(ctx.seed(), "ginzburg-landau moons", 0);
    let points = two_moons(n, &mut stream)?;
    let graph = Graph::nearest(ctx, &points, 10)?;
    let moon = |i: usize| if i < n / 2 { 1.0 } else { -1.0 };
    let (first, second) = (stream.permutation(n / 2), stream.permutation(n / 2));
    let chosen = first[..5].iter().copied().chain(second[..5].iter().map(|i| i + n / 2));
    let labels: Vec<(usize, f64)> = chosen.map(|i| (i, moon(i))).collect();
    let start = vec![0.0; n];
    let coasted = minimise(ctx, &graph, &start, &labels, &Config::default())?;
    let slid = minimise(ctx, &graph, &start, &labels, &Config { momentum: Momentum::None {}, ..Config::default() })?;
    let right = (0..n).filter(|i| coasted.u[*i] * moon(*i) > 0.0).count();
    // Steps to within a thousandth of the way down of the lower of the two ends.
    let last = |e: &[f64]| e[e.len() - 1];
    let (top, bottom) = (slid.energies[0], last(&slid.energies).max(last(&coasted.energies)));
    let goal = bottom + 1e-3 * (top - bottom);
    let steps = |e: &[f64]| e.iter().position(|e| *e <= goal).unwrap_or(e.len()) as f64;
    Ok(vec![
        Measured::at_least("share of points on the right moon", right as f64 / n as f64, 0.97),
        Measured::at_most(
            "steps with momentum over steps without",
            steps(&coasted.energies) / steps(&slid.energies),
            0.9,
        ),
    ])
}
