//! A stiff scheme: linearly implicit, with the Jacobian of the law.

use crate::lu;
use crate::{Extra, Law, Layout, Noise, Step, Stepper, System};
use std::ops::Range;

const STAGES: usize = 8;
const GAMMA: f64 = 0.211_937_563_194_290_14;
/// Coefficients of the points at which stages are evaluated.
const A: [[f64; 7]; STAGES] = [
    [0.0; 7],
    [3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    [2.849394379747939, 0.45842242204463923, 0.0, 0.0, 0.0, 0.0, 0.0],
    [-6.954028509809101, 2.489845061869568, -10.358996098473584, 0.0, 0.0, 0.0, 0.0],
    [2.8029986275628964, 0.5072464736228206, -0.3988312541770524, -0.04721187230404641, 0.0, 0.0, 0.0],
    [-7.502846399306121, 2.561846144803919, -11.627539656261098, -0.18268767659942256, 0.030198172008377946, 0.0, 0.0],
    [-7.502846399306121, 2.561846144803919, -11.627539656261098, -0.18268767659942256, 0.030198172008377946, 1.0, 0.0],
    [-7.502846399306121, 2.561846144803919, -11.627539656261098, -0.18268767659942256, 0.030198172008377946, 1.0, 1.0],
];
/// Coefficients of earlier stages over the step.
const C: [[f64; 7]; STAGES] = [
    [0.0; 7],
    [-14.155112264123755, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    [-17.97296035885952, -2.859693295451294, 0.0, 0.0, 0.0, 0.0, 0.0],
    [147.12150275711716, -1.41221402718213, 71.68940251302358, 0.0, 0.0, 0.0, 0.0],
    [165.43517024871676, -0.4592823456491126, 42.90938336958603, -5.961986721573306, 0.0, 0.0, 0.0],
    [24.854864614690072, -3.0009227002832186, 47.4931110020768, 5.5814197821558125, -0.6610691825249471, 0.0, 0.0],
    [
        30.91273214028599,
        -3.1208243349937974,
        77.79954646070892,
        34.28646028294783,
        -19.097331116725623,
        -28.087943162872662,
        0.0,
    ],
    [
        37.80277123390563,
        -3.2571969029072276,
        112.26918849496327,
        66.9347231244047,
        -40.06618937091002,
        -54.66780262877968,
        -9.48861652309627,
    ],
];
const NODES: [f64; STAGES] =
    [0.0, 0.6358126895828704, 0.4095798393397535, 0.9769306725060716, 0.4288403609558664, 1.0, 1.0, 1.0];
/// Factors of the derivative of the drift by time.
const D: [f64; STAGES] = [
    0.21193756319429014,
    -0.42387512638858027,
    -0.3384627126235924,
    1.8046452872882734,
    2.325825639765069,
    0.0,
    0.0,
    0.0,
];
/// Weights of the interpolant.
const H: [[f64; STAGES]; 3] = [
    [
        25.948786856663858,
        -2.5579724845846235,
        10.433815404888879,
        -2.3679251022685204,
        0.524948541321073,
        1.1241088310450404,
        0.4272876194431874,
        -0.17202221070155493,
    ],
    [
        -9.91568850695171,
        -0.9689944594115154,
        3.0438037242978453,
        -24.495224566215796,
        20.176138334709044,
        15.98066361424651,
        -6.789040303419874,
        -6.710236069923372,
    ],
    [
        11.419903575922262,
        2.8879645146136994,
        72.92137995996029,
        80.12511834622643,
        -52.072871366152654,
        -59.78993625266729,
        -0.15582684282751913,
        4.883087185713722,
    ],
];

/// Rodas5P of Steinebach ("Construction of Rosenbrock-Wanner method Rodas5P and numerical benchmarks within the Julia
/// Differential Equations package", BIT 63, 2023): order 5, stiffly accurate, L-stable, error estimate and interpolant of
/// order 4 that hold on stiff laws. Eight linear systems a step, one decomposition; no iteration that could fail.
///
/// Each row has its own matrix of `dim x dim`, so a step costs `dim^3` a row. The Jacobian is the law's
/// ([`crate::Differentiable`]) or found by central differences of the drift, `2 dim` evaluations.
#[derive(Default)]
pub struct Rodas5p {
    stages: [Vec<f64>; STAGES],
    /// Jacobians, row after row.
    jacobian: Vec<f64>,
    /// Decomposed matrices and their pivots.
    matrices: Vec<f64>,
    pivots: Vec<usize>,
    start: Vec<f64>,
    in_time: Vec<f64>,
    point: Vec<f64>,
    rate: Vec<f64>,
    /// Whether drift and Jacobian at the start are those of the step to be made.
    known: bool,
}

/// Places of the components of a row in the flat vector.
fn places(layout: Layout, row: usize) -> impl Iterator<Item = usize> {
    let extra = layout.coordinates() + row * layout.extras;
    (row * layout.dim..(row + 1) * layout.dim).chain(extra..extra + layout.extras)
}

impl Rodas5p {
    /// Drift, its derivative by time, and Jacobian at `(t, y)`.
    fn look(&mut self, system: &System<'_>, t: f64, h: f64, y: &[f64]) {
        let n = system.layout().dim + system.layout().extras;
        for v in self.stages.iter_mut().chain([&mut self.start, &mut self.in_time, &mut self.point, &mut self.rate]) {
            v.resize(y.len(), 0.0);
        }
        self.jacobian.resize(y.len() * n, 0.0);
        if self.known {
            return;
        }
        system.drift(t, y, &mut self.start);
        // Within the step, and so within the piece on which the law is smooth.
        let later = h.signum() * (f64::EPSILON.sqrt() * t.abs().max(h.abs())).min(h.abs());
        system.drift(t + later, y, &mut self.in_time);
        self.in_time.iter_mut().zip(&self.start).for_each(|(l, s)| *l = (*l - s) / later);
        match system.law() {
            Law::Differentiable(law) if system.extra() == Extra::Nothing => law.jacobian(t, y, &mut self.jacobian),
            _ => self.differences(system, t, y),
        }
        self.known = true;
    }

    /// The Jacobian by central differences, one coordinate of all rows at a time. One-sided ones are too coarse for long steps
    /// along a slow manifold, where `h` times their error is not small.
    fn differences(&mut self, system: &System<'_>, t: f64, y: &[f64]) {
        let layout = system.layout();
        let n = layout.dim + layout.extras;
        self.jacobian.fill(0.0);
        self.point.copy_from_slice(y);
        let reach = |v: f64| 6e-6 * v.abs().max(1e-4);
        let mut below = vec![0.0; y.len()];
        for k in 0..layout.dim {
            let column = (k..layout.coordinates()).step_by(layout.dim);
            column.clone().for_each(|i| self.point[i] = y[i] - reach(y[i]));
            system.drift(t, &self.point, &mut below);
            column.clone().for_each(|i| self.point[i] = y[i] + reach(y[i]));
            system.drift(t, &self.point, &mut self.rate);
            for (row, i) in column.enumerate() {
                let step = 2.0 * reach(y[i]);
                for (line, place) in places(layout, row).enumerate() {
                    self.jacobian[(row * n + line) * n + k] = (self.rate[place] - below[place]) / step;
                }
                self.point[i] = y[i];
            }
        }
    }

    /// Decomposes `I / (h gamma) - J` of every row; whether all could be.
    fn decompose(&mut self, layout: Layout, h: f64) -> bool {
        let n = layout.dim + layout.extras;
        self.matrices.clear();
        self.matrices.extend(self.jacobian.iter().map(|j| -j));
        self.pivots.resize(layout.rows * n, 0);
        let square = (n * n).max(1);
        self.matrices.chunks_exact_mut(square).zip(self.pivots.chunks_exact_mut(n.max(1))).all(|(matrix, pivots)| {
            (0..n).for_each(|i| matrix[i * n + i] += 1.0 / (h * GAMMA));
            lu::decompose(n, matrix, pivots)
        })
    }

    /// Solves for a stage, whose right-hand side is in `rate`.
    fn solve(&mut self, layout: Layout, stage: usize) {
        let n = layout.dim + layout.extras;
        let mut row_of = vec![0.0; n];
        for row in 0..layout.rows {
            places(layout, row).zip(&mut row_of).for_each(|(place, v)| *v = self.rate[place]);
            let matrix = &self.matrices[row * n * n..(row + 1) * n * n];
            lu::solve(n, matrix, &self.pivots[row * n..(row + 1) * n], &mut row_of);
            places(layout, row).zip(&row_of).for_each(|(place, v)| self.stages[stage][place] = *v);
        }
    }

    /// `point = y + sum of A k`.
    fn reach(&mut self, stage: usize, y: &[f64]) {
        self.point.copy_from_slice(y);
        for (a, k) in A[stage].iter().zip(&self.stages).filter(|(a, _)| **a != 0.0) {
            self.point.iter_mut().zip(k).for_each(|(p, k)| *p += a * k);
        }
    }
}

impl Stepper for Rodas5p {
    fn step(
        &mut self,
        system: &System<'_>,
        t: f64,
        h: f64,
        y: &[f64],
        _noise: &mut dyn Noise,
        next: &mut [f64],
        error: &mut [f64],
    ) -> bool {
        self.look(system, t, h, y);
        if !self.decompose(system.layout(), h) {
            next.copy_from_slice(y);
            error.fill(f64::NAN); // A shorter step, please.
            return true;
        }
        for stage in 0..STAGES {
            self.reach(stage, y);
            if stage == 0 {
                self.rate.copy_from_slice(&self.start);
            } else {
                system.drift(t + NODES[stage] * h, &self.point, &mut self.rate);
            }
            for (c, k) in C[stage].iter().zip(&self.stages).filter(|(c, _)| **c != 0.0) {
                self.rate.iter_mut().zip(k).for_each(|(r, k)| *r += c / h * k);
            }
            self.rate.iter_mut().zip(&self.in_time).for_each(|(r, l)| *r += h * D[stage] * l);
            self.solve(system.layout(), stage);
        }
        let last = &self.stages[STAGES - 1];
        for i in 0..y.len() {
            next[i] = self.point[i] + last[i];
        }
        error.copy_from_slice(last);
        true
    }

    fn interpolate(&mut self, _system: &System<'_>, step: Step<'_>, theta: f64, range: Range<usize>, out: &mut [f64]) {
        let rest = 1.0 - theta;
        let weights: [f64; STAGES] =
            std::array::from_fn(|j| theta * rest * (H[0][j] + theta * (H[1][j] + theta * H[2][j])));
        for (o, i) in out.iter_mut().zip(range) {
            let bend: f64 = weights.iter().zip(&self.stages).map(|(w, k)| w * k[i]).sum();
            *o = rest * step.y[i] + theta * step.next[i] + bend;
        }
    }

    fn degree(&self) -> usize {
        4
    }

    fn order(&self) -> usize {
        5
    }

    fn accept(&mut self, _altered: bool) {
        self.known = false;
    }
}
