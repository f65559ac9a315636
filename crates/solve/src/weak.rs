//! A scheme of weak order 2.

use crate::{Noise, Sense, Stepper, System};

/// The normal draw beyond which (on each side lies a sixth) the increment is `sqrt(3 h)`.
const SIXTH: f64 = 0.967_421_566_101_701_4;

/// The explicit method of weak order 2 of Platen, for any noise, in the sense of Itô (Kloeden and Platen, "Numerical
/// Solution of Stochastic Differential Equations", section 15.1, equation 1.3). The drift of an equation of another sense is
/// corrected. Increments take three values, with the moments of normal ones up to the fifth: expectations of smooth
/// functions are what it is for, paths are not.
///
/// A matrix of `m` columns takes `1 + 2 m` evaluations a step, and `2 m` more where it depends on the state.
#[derive(Default)]
pub struct Platen {
    drift: [Vec<f64>; 2],
    spread: Vec<f64>,
    up: Vec<f64>,
    down: Vec<f64>,
    base: Vec<f64>,
    moved: Vec<f64>,
    draws: Vec<f64>,
    /// Increments over `sqrt(h)`, one a Brownian motion.
    w: Vec<f64>,
}

impl Platen {
    /// Draws increments; the signs of pairs of columns stay in `draws`, after each row's increments.
    fn draw(&mut self, system: &System<'_>, noise: &mut dyn Noise) {
        let (rows, total) = (system.layout().rows, system.noises());
        let (m, pairs) = (total / rows.max(1), pairs(system));
        self.draws.resize(rows * (m + pairs), 0.0);
        noise.normals(&mut self.draws);
        self.w.clear();
        for row in self.draws.chunks_exact((m + pairs).max(1)) {
            self.w.extend(row[..m].iter().map(|x| if x.abs() > SIXTH { 3.0_f64.sqrt().copysign(*x) } else { 0.0 }));
        }
    }

    /// `V_ij / h` of a row: antisymmetric signs, minus one on the diagonal.
    fn sign(&self, system: &System<'_>, row: usize, i: usize, j: usize) -> f64 {
        let (m, pairs) = (system.noises() / system.layout().rows.max(1), pairs(system));
        let (low, high) = (i.min(j), i.max(j));
        let place = row * (m + pairs) + m + high * (high.max(1) - 1) / 2 + low;
        match i.cmp(&j) {
            std::cmp::Ordering::Equal => -1.0,
            std::cmp::Ordering::Less => 1.0_f64.copysign(self.draws[place]),
            std::cmp::Ordering::Greater => -1.0_f64.copysign(self.draws[place]),
        }
    }

    fn diagonal(&mut self, system: &System<'_>, t: f64, h: f64, next: &mut [f64]) {
        let (root, split) = (h.abs().sqrt(), system.layout().coordinates());
        for (sign, out) in [(root, &mut self.up), (-root, &mut self.down)] {
            self.moved.copy_from_slice(&self.base);
            for i in 0..split {
                self.moved[i] += sign * self.spread[i];
            }
            system.spread(t + h, &self.moved, out);
        }
        for i in 0..split {
            let (w, up, down) = (self.w[i], self.up[i], self.down[i]);
            next[i] += 0.25 * root * ((up + down + 2.0 * self.spread[i]) * w + (up - down) * (w * w - 1.0));
        }
    }

    /// Coefficients at `from` moved up and down column `j`, at time `t`.
    fn beside(&mut self, system: &System<'_>, t: f64, from: &[f64], j: usize, m: usize, root: f64) {
        let split = system.layout().coordinates();
        for (sign, out) in [(root, &mut self.up), (-root, &mut self.down)] {
            self.moved.copy_from_slice(from);
            for k in 0..split {
                self.moved[k] += sign * self.spread[k * m + j];
            }
            system.spread(t, &self.moved, out);
        }
    }

    fn columns(&mut self, system: &System<'_>, t: f64, h: f64, m: usize, y: &[f64], next: &mut [f64]) {
        let (root, layout) = (h.abs().sqrt(), system.layout());
        let base = std::mem::take(&mut self.base);
        for j in 0..m {
            self.beside(system, t + h, &base, j, m, root);
            for k in 0..layout.coordinates() {
                let (w, up, down) = (self.w[k / layout.dim * m + j], self.up[k * m + j], self.down[k * m + j]);
                let mean = up + down + 2.0 * self.spread[k * m + j];
                next[k] += 0.25 * root * (mean * w + (up - down) * (w * w - 1.0));
            }
        }
        self.base = base;
        if system.noise().is_additive() {
            return;
        }
        for i in 0..m {
            self.beside(system, t, y, i, m, root);
            for k in 0..layout.coordinates() {
                let row = k / layout.dim;
                for j in (0..m).filter(|&j| j != i) {
                    let (up, down) = (self.up[k * m + j], self.down[k * m + j]);
                    let (wi, wj) = (self.w[row * m + i], self.w[row * m + j]);
                    let bend = up + down - 2.0 * self.spread[k * m + j];
                    next[k] += 0.25 * root * (bend * wj + (up - down) * (wi * wj + self.sign(system, row, i, j)));
                }
            }
        }
    }
}

/// Pairs of columns for which signs are drawn.
fn pairs(system: &System<'_>) -> usize {
    match system.noise().columns() {
        Some(m) if !system.noise().is_additive() => m * (m - 1) / 2,
        _ => 0,
    }
}

impl Stepper for Platen {
    fn step(
        &mut self,
        system: &System<'_>,
        t: f64,
        h: f64,
        y: &[f64],
        noise: &mut dyn Noise,
        next: &mut [f64],
        _error: &mut [f64],
    ) -> bool {
        self.drift.iter_mut().chain([&mut self.base, &mut self.moved]).for_each(|v| v.resize(y.len(), 0.0));
        system.drift_in(Sense::Ito, t, y, &mut self.drift[0]);
        system.spread(t, y, &mut self.spread);
        self.draw(system, noise);
        for i in 0..y.len() {
            self.base[i] = y[i] + h * self.drift[0][i];
        }
        next.copy_from_slice(&self.base);
        system.push(&self.spread, &self.w, h.abs().sqrt(), next);
        system.drift_in(Sense::Ito, t + h, next, &mut self.drift[1]);
        for i in 0..y.len() {
            next[i] = y[i] + 0.5 * h * (self.drift[0][i] + self.drift[1][i]);
        }
        match system.noise().columns() {
            None => self.diagonal(system, t, h, next),
            Some(m) => self.columns(system, t, h, m, y, next),
        }
        false
    }

    fn order(&self) -> usize {
        2
    }
}
