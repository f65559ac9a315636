//! Exact solutions, the exact modes of leapfrog, and collisions of kinks.

use super::{Observer, Potential, Start, State, Wave, breather, kink};
use crate::line::{Line, Seam};
use std::f64::consts::PI;
use thalweg_core::{Check, Context, Measured, Result, Stream};

const QUARTIC: Potential = Potential::Quartic { coupling: 1.0, vacuum: 1.0 };
const SINE: Potential = Potential::SineGordon {};

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "breather",
        claim: "The error of a breather after ten periods falls with the square of the step, and its energy is the exact one.",
        source: "closed form: 4 atan(r cos(w t) / cosh(e x)), energy 16 e; errors of leapfrog computed for the card",
        run: breathers,
    },
    Check {
        name: "kinks",
        claim: "Kinks of both potentials keep shape and speed across the seam and have the exact energy.",
        source: "closed form: energy 8 / sqrt(1 - U^2) of sine-Gordon, (2 sqrt 2 / 3) sqrt(coupling) vacuum^3 at rest of the quartic",
        run: kinks,
    },
    Check {
        name: "linear-modes",
        claim: "Every mode of a linear field turns at the frequency that leapfrog gives an oscillator.",
        source: "closed form: (2 / h) asin(w h / 2), w^2 = k^2 + m^2",
        run: linear_modes,
    },
    Check {
        name: "invariants",
        claim: "Over 100,000 steps the energy does not drift, and momentum and charge stay.",
        source: "theory: leapfrog is symplectic; translations and topology",
        run: invariants,
    },
    Check {
        name: "collisions",
        claim: "A kink and an antikink below the critical speed capture each other, above it they part at the known speed.",
        source: "published: critical speed 0.2598 of the quartic potential; speed computed for the card with 4096 points on 240",
        run: collisions,
    },
];

/// Somewhere on the line, not on a point: results must not depend on where.
fn somewhere(ctx: &Context, purpose: &str) -> f64 {
    Stream::new(ctx.seed(), purpose, 0).uniform() - 0.5
}

/// The state after `steps` steps.
fn end(ctx: &Context, wave: &mut Wave, start: &State, h: f64, steps: usize) -> Result<State> {
    let mut last = start.clone();
    wave.follow(ctx, start, h, steps, usize::MAX, |_, state| {
        last.clone_from(state);
        Ok(true)
    })?;
    Ok(last)
}

fn farthest(u: &[f64], x: &[f64], truth: impl Fn(f64) -> f64) -> f64 {
    u.iter().zip(x).map(|(u, x)| (u - truth(*x)).abs()).fold(0.0, f64::max)
}

fn breathers(ctx: &Context) -> Result<Vec<Measured>> {
    let line = Line::new(256, 60.0, Seam::Periodic {})?;
    let (x, centre) = (line.positions(), somewhere(ctx, "klein-gordon breather"));
    let start = Start::Breather { frequency: 0.5, speed: 0.0 }.state(&SINE, &x, centre)?;
    let mut wave = Wave::new(line, SINE)?;
    let energy = Observer::new(&wave).observe(&start).energy;
    let mut figures = vec![Measured::near("energy", energy, 16.0 * 0.75_f64.sqrt(), 1e-9)];
    let mut errors = Vec::new();
    for (h, bound) in [(0.04, 2.5e-4), (0.02, 6e-5), (0.01, 1.6e-5)] {
        // Whole periods at every step, so that the errors compare.
        let (time, steps) = (10.0 * 4.0 * PI, (10.0 * 4.0 * PI / h).round());
        let last = end(ctx, &mut wave, &start, time / steps, steps as usize)?;
        let error = farthest(&last.u, &x, |x| breather(0.5, x - centre, time, 0.0).0);
        figures.push(Measured::at_most(format!("largest error at step {h}"), error, bound));
        errors.push(error);
    }
    for pair in errors.windows(2) {
        figures.push(Measured::near("error over that of half the step", pair[0] / pair[1], 4.0, 0.2));
    }
    Ok(figures)
}

fn kinks(ctx: &Context) -> Result<Vec<Measured>> {
    let centre = somewhere(ctx, "klein-gordon kink");
    let mut figures = Vec::new();
    let general = Potential::Quartic { coupling: 2.0, vacuum: 0.8 };
    let mass = |c: f64, v: f64| 2.0 * 2f64.sqrt() / 3.0 * c.sqrt() * v.powi(3);
    let cases = [(SINE, 8.0), (QUARTIC, 0.942_809_041_582_063_4), (general, mass(2.0, 0.8))];
    for (potential, mass) in cases {
        let (speed, start) = (0.6, Start::Kink { speed: 0.6 });
        let line = Line::new(512, 50.0, start.seam(&potential)?)?;
        let x = line.positions();
        let state = start.state(&potential, &x, centre)?;
        let mut wave = Wave::new(line, potential)?;
        let seen = Observer::new(&wave).observe(&state);
        figures.push(Measured::near("energy", seen.energy, mass / 0.8, 1e-8));
        figures.push(Measured::near("momentum", seen.momentum, mass / 0.8 * speed, 1e-8));
        figures.push(Measured::near("charge", seen.charge, 1.0, 1e-8));
        // Once through the seam.
        let (h, steps) = (0.01, 7500);
        let last = end(ctx, &mut wave, &state, h, steps)?;
        let truth = |x: f64| across(&potential, x - centre, h * steps as f64, speed, line.length());
        figures.push(Measured::at_most("largest error after 75 units of time", farthest(&last.u, &x, truth), 2e-3));
    }
    Ok(figures)
}

/// The kink on the line that the seam closes, after it went around less than twice.
fn across(potential: &Potential, x: f64, t: f64, speed: f64, length: f64) -> f64 {
    // What the seam makes of the kink one length behind: the same kink, or the antikink.
    let near = kink(potential, x, t, speed).0;
    let behind = kink(potential, x + length, t, speed).0;
    match potential {
        Potential::SineGordon {} => near + behind - 2.0 * PI,
        Potential::Quartic { vacuum, .. } => near - behind + vacuum,
        Potential::Linear { .. } => 0.0,
    }
}

fn linear_modes(ctx: &Context) -> Result<Vec<Measured>> {
    let (mass, h, steps) = (1.3, 0.05, 4000);
    let mut figures = Vec::new();
    for (seam, shift) in [(Seam::Periodic {}, 0.0), (Seam::Antiperiodic {}, 0.5)] {
        let line = Line::new(64, 20.0, seam)?;
        let x = line.positions();
        let mut stream = Stream::new(ctx.seed(), "klein-gordon modes", 0);
        let modes: Vec<[f64; 4]> = (0..31).map(|_| [0; 4].map(|_| stream.normal())).collect();
        let field = |at: &dyn Fn(f64, f64, f64) -> f64| -> Vec<f64> {
            let wave = |x: f64| {
                modes.iter().enumerate().map(move |(m, [a, b, c, d])| {
                    let k = 2.0 * PI * (m as f64 + shift) / line.length();
                    let w = (k * k + mass * mass).sqrt();
                    at(w, *a, *c) * (k * x).cos() + at(w, *b, *d) * (k * x).sin()
                })
            };
            x.iter().map(|x| wave(*x).sum()).collect()
        };
        let start = State { u: field(&|_, q, _| q), v: field(&|_, _, p| p) };
        let mut wave = Wave::new(line, Potential::Linear { mass })?;
        let last = end(ctx, &mut wave, &start, h, steps)?;
        // Leapfrog turns an oscillator by 2 asin(w h / 2) a step, on an ellipse flattened by sqrt(1 - (w h / 2)^2).
        let truth = field(&|w, q, p| {
            let half = 0.5 * w * h;
            let angle = 2.0 * half.asin() * steps as f64;
            q * angle.cos() + p / (w * (1.0 - half * half).sqrt()) * angle.sin()
        });
        let error = last.u.iter().zip(&truth).map(|(u, t)| (u - t).abs()).fold(0.0, f64::max);
        figures.push(Measured::at_most(format!("largest error after {steps} steps, {seam:?}"), error, 1e-9));
    }
    Ok(figures)
}

fn invariants(ctx: &Context) -> Result<Vec<Measured>> {
    let line = Line::new(256, 60.0, Seam::Periodic {})?;
    let centre = somewhere(ctx, "klein-gordon invariants");
    let start = Start::Breather { frequency: 0.5, speed: 0.3 }.state(&SINE, &line.positions(), centre)?;
    let mut wave = Wave::new(line, SINE)?;
    let observer = Observer::new(&wave);
    let (h, steps, every) = (0.02, 100_000, 20);
    let mut seen = Vec::new();
    wave.follow(ctx, &start, h, steps, every, |_, state| {
        seen.push(observer.observe(state));
        Ok(true)
    })?;
    // A kink of the quartic potential, whose charge the seam does not fix: it lies in the field there.
    let still = Start::Kink { speed: 0.0 };
    let line = Line::new(256, 60.0, still.seam(&QUARTIC)?)?;
    let kink = still.state(&QUARTIC, &line.positions(), centre)?;
    let mut wave = Wave::new(line, QUARTIC)?;
    let observer = Observer::new(&wave);
    let mut charge = 0.0_f64;
    wave.follow(ctx, &kink, h, steps, 1000, |_, state| {
        charge = charge.max((observer.observe(state).charge - 1.0).abs());
        Ok(true)
    })?;
    // The slope of the running mean over the second half, by least squares.
    let mut sum = 0.0;
    let mut means = Vec::new();
    for (i, o) in seen.iter().enumerate() {
        sum += o.energy;
        means.push((i as f64 * every as f64 * h, sum / (i + 1) as f64));
    }
    let slope = slope(&means[means.len() / 2..]);
    let apart = |f: fn(&super::Observed) -> f64| seen.iter().map(|o| (f(o) - f(&seen[0])).abs()).fold(0.0, f64::max);
    Ok(vec![
        Measured::near("slope of the running mean of the energy, per unit of time", slope, 0.0, 1e-8),
        Measured::at_most("largest change of the momentum", apart(|o| o.momentum), 1e-10),
        Measured::at_most("largest change of the charge", charge, 1e-10),
    ])
}

fn slope(points: &[(f64, f64)]) -> f64 {
    let n = points.len() as f64;
    let (t, y) = points.iter().fold((0.0, 0.0), |(t, y), p| (t + p.0 / n, y + p.1 / n));
    let (above, below) = points.iter().fold((0.0, 0.0), |(a, b), p| (a + (p.0 - t) * (p.1 - y), b + (p.0 - t).powi(2)));
    above / below
}

/// Where the field changes sign, between points by a straight line.
fn crossings(u: &[f64], x: &[f64]) -> Vec<f64> {
    let pairs = u.windows(2).zip(x.windows(2)).filter(|(u, _)| (u[0] < 0.0) != (u[1] < 0.0));
    pairs.map(|(u, x)| x[0] - u[0] * (x[1] - x[0]) / (u[1] - u[0])).collect()
}

fn collisions(ctx: &Context) -> Result<Vec<Measured>> {
    let line = Line::new(4096, 240.0, Seam::Periodic {})?;
    let (x, centre) = (line.positions(), somewhere(ctx, "klein-gordon collision"));
    let mut wave = Wave::new(line, QUARTIC)?;
    let start = |speed| Start::Collision { speed, distance: 14.0 }.state(&QUARTIC, &x, centre);
    let mut widest = 0.0_f64;
    wave.follow(ctx, &start(0.15)?, 0.02, 6000, 25, |step, state| {
        if step >= 2500 {
            widest = crossings(&state.u, &x).iter().map(|c| (c - centre).abs()).fold(widest, f64::max);
        }
        Ok(true)
    })?;
    let mut track = Vec::new();
    wave.follow(ctx, &start(0.30)?, 0.02, 6000, 25, |step, state| {
        if step >= 3000 {
            let right = crossings(&state.u, &x).iter().map(|c| c - centre).fold(0.0, f64::max);
            track.push((0.02 * step as f64, right));
        }
        Ok(true)
    })?;
    Ok(vec![
        Measured::at_most("farthest crossing from the centre at speed 0.15, times 50 to 120", widest, 2.0),
        Measured::near("speed after a collision at 0.30", slope(&track), 0.139, 0.003),
    ])
}
