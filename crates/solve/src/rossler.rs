//! Stochastic Runge-Kutta methods of strong order 3/2 (Rößler, "Runge-Kutta methods for the strong approximation of
//! solutions of stochastic differential equations", SIAM J. Numer. Anal. 48, 2010).

use crate::{Noise, Sense, Stepper, System};

/// Draws, for each Brownian motion, the increment `I1` and `I10`, the integral of `W_s - W_t` over the step.
fn increments(noise: &mut dyn Noise, h: f64, draws: &mut Vec<f64>, count: usize, rows: usize) -> [Vec<f64>; 2] {
    draws.resize(2 * count, 0.0);
    noise.normals(draws);
    let (root, each) = (h.abs().sqrt(), count / rows.max(1));
    let mut integrals = [Vec::with_capacity(count), Vec::with_capacity(count)];
    for row in draws.chunks_exact(2 * each.max(1)) {
        let (first, second) = row.split_at(each);
        for (a, b) in first.iter().zip(second) {
            integrals[0].push(root * a);
            integrals[1].push(0.5 * h.abs() * root * (a + b / 3.0_f64.sqrt()));
        }
    }
    integrals
}

/// SRA1: for noise that does not depend on the state, two evaluations of the drift a step.
#[derive(Default)]
pub struct Sra1 {
    drift: [Vec<f64>; 2],
    spread: [Vec<f64>; 2],
    point: Vec<f64>,
    draws: Vec<f64>,
}

impl Stepper for Sra1 {
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
        self.drift.iter_mut().chain([&mut self.point]).for_each(|v| v.resize(y.len(), 0.0));
        let ([a0, a1], [b0, b1]) = (&mut self.drift, &mut self.spread);
        system.drift(t, y, a0);
        system.spread(t, y, b0);
        system.spread(t + h, y, b1);
        let [i1, i10] = increments(noise, h, &mut self.draws, system.noises(), system.layout().rows);
        let per_step: Vec<f64> = i10.iter().map(|i| i / h).collect();
        for i in 0..y.len() {
            self.point[i] = y[i] + 0.75 * h * a0[i];
        }
        system.push(b1, &per_step, 1.5, &mut self.point);
        system.drift(t + 0.75 * h, &self.point, a1);
        for i in 0..y.len() {
            next[i] = y[i] + h / 3.0 * (a0[i] + 2.0 * a1[i]);
        }
        let rest: Vec<f64> = i1.iter().zip(&per_step).map(|(a, b)| a - b).collect();
        system.push(b1, &rest, 1.0, next);
        system.push(b0, &per_step, 1.0, next);
        false
    }

    fn order(&self) -> usize {
        1
    }
}

/// SRI1 (SRIW1 of its authors): for diagonal noise in the sense of Itô, two evaluations of the drift and four of the
/// noise a step. The drift of an equation of another sense is corrected.
#[derive(Default)]
pub struct Sri1 {
    drift: [Vec<f64>; 2],
    spread: [Vec<f64>; 4],
    point: Vec<f64>,
    draws: Vec<f64>,
}

/// Nodes of the four stages of the noise, which are also their shares of the drift at the start.
const NODES: [f64; 4] = [0.0, 0.25, 1.0, 0.25];
/// Factors of `sqrt(h) b(stage j)` in the stages of the noise.
const STAGES: [[f64; 3]; 4] = [[0.0; 3], [0.5, 0.0, 0.0], [-1.0, 0.0, 0.0], [-5.0, 3.0, 0.5]];
/// Weights of `I1`, `I11 / sqrt(h)`, `I10 / h` and `I111 / h`, one row each.
const WEIGHTS: [[f64; 4]; 4] = [
    [-1.0, 4.0 / 3.0, 2.0 / 3.0, 0.0],
    [-1.0, 4.0 / 3.0, -1.0 / 3.0, 0.0],
    [2.0, -4.0 / 3.0, -2.0 / 3.0, 0.0],
    [-2.0, 5.0 / 3.0, -2.0 / 3.0, 1.0],
];

impl Sri1 {
    /// The second stage of the drift, from the first stages.
    fn drifts(&mut self, system: &System<'_>, t: f64, h: f64, y: &[f64], i10: &[f64]) {
        let per_step: Vec<f64> = i10.iter().map(|i| i / h).collect();
        for i in 0..y.len() {
            self.point[i] = y[i] + 0.75 * h * self.drift[0][i];
        }
        system.push(&self.spread[0], &per_step, 1.5, &mut self.point);
        system.drift_in(Sense::Ito, t + 0.75 * h, &self.point, &mut self.drift[1]);
    }

    /// The stages of the noise after the first.
    fn spreads(&mut self, system: &System<'_>, t: f64, h: f64, y: &[f64]) {
        let (root, split) = (h.sqrt(), system.layout().coordinates());
        for stage in 1..4 {
            self.point.copy_from_slice(y);
            for i in 0..split {
                let noise: f64 = (0..stage).map(|j| STAGES[stage][j] * self.spread[j][i]).sum();
                self.point[i] = y[i] + NODES[stage] * h * self.drift[0][i] + root * noise;
            }
            system.spread(t + NODES[stage] * h, &self.point, &mut self.spread[stage]);
        }
    }
}

impl Stepper for Sri1 {
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
        self.drift.iter_mut().chain([&mut self.point]).for_each(|v| v.resize(y.len(), 0.0));
        system.drift_in(Sense::Ito, t, y, &mut self.drift[0]);
        system.spread(t, y, &mut self.spread[0]);
        let [i1, i10] = increments(noise, h, &mut self.draws, system.noises(), system.layout().rows);
        self.drifts(system, t, h, y, &i10);
        self.spreads(system, t, h, y);
        for i in 0..y.len() {
            next[i] = y[i] + h / 3.0 * (self.drift[0][i] + 2.0 * self.drift[1][i]);
        }
        let root = h.sqrt();
        for i in 0..system.layout().coordinates() {
            let w = i1[i];
            let integrals = [w, (w * w - h) / (2.0 * root), i10[i] / h, (w * w - 3.0 * h) * w / (6.0 * h)];
            for stage in 0..4 {
                let weight: f64 = (0..4).map(|k| WEIGHTS[k][stage] * integrals[k]).sum();
                next[i] += weight * self.spread[stage][i];
            }
        }
        false
    }

    fn order(&self) -> usize {
        1
    }
}
