//! Exponential time differencing.

use crate::hermite::Cubic;
use crate::{Diagonal, Law, Noise, Semilinear, Step, Stepper, System};
use num_complex::Complex64;
use std::f64::consts::TAU;
use std::ops::Range;

/// Points of the circle around each `h L` over which the weights are averaged.
const CIRCLE: usize = 32;
/// Relative change of a step below which it is the same but for rounding.
const SAME: f64 = 1e-10;

/// The exponential Runge-Kutta method of order 4 of Cox and Matthews (J. Comput. Phys. 176, 2002), on a
/// [`crate::Semilinear`] law: the linear part is solved exactly, so the step follows the rest alone. Its weights are
/// averages over circles, free of cancellation (Kassam and Trefethen, "Fourth-order time-stepping for stiff PDEs", SIAM
/// J. Sci. Comput. 26, 2005). Four evaluations a step; weights are made again when the step changes.
#[derive(Default)]
pub struct Etdrk4 {
    weights: Vec<Weights>,
    step: f64,
    stages: [Vec<f64>; 4],
    point: Vec<f64>,
    a: Vec<f64>,
    cubic: Cubic,
}

/// Factors of one mode.
#[derive(Clone, Copy)]
struct Weights {
    whole: Complex64,
    half: Complex64,
    q: Complex64,
    f: [Complex64; 3],
}

/// Values with the factor that each of their modes is multiplied by.
type Term<'a> = (&'a [f64], fn(&Weights) -> Complex64);

impl Weights {
    fn new(h: f64, rate: Complex64) -> Self {
        let z = h * rate;
        let mut mean = [Complex64::default(); 4];
        for k in 0..CIRCLE {
            let r = z + Complex64::from_polar(1.0, TAU * (k as f64 + 0.5) / CIRCLE as f64);
            let (e, e2, r2, r3) = (r.exp(), (0.5 * r).exp(), r * r, r * r * r);
            mean[0] += (e2 - 1.0) / r;
            mean[1] += (-4.0 - r + e * (4.0 - 3.0 * r + r2)) / r3;
            mean[2] += (2.0 + r + e * (r - 2.0)) / r3;
            mean[3] += (-4.0 - 3.0 * r - r2 + e * (4.0 - r)) / r3;
        }
        let [q, f @ ..] = mean.map(|sum| h / CIRCLE as f64 * sum);
        Self { whole: z.exp(), half: (0.5 * z).exp(), q, f }
    }
}

impl Etdrk4 {
    fn prepare(&mut self, h: f64, linear: Diagonal<'_>, len: usize) {
        self.stages.iter_mut().chain([&mut self.point, &mut self.a]).for_each(|v| v.resize(len, 0.0));
        if (h - self.step).abs() <= SAME * h.abs() {
            return;
        }
        self.step = h;
        self.weights = match linear {
            Diagonal::Real(rates) => rates.iter().map(|l| Weights::new(h, Complex64::new(*l, 0.0))).collect(),
            Diagonal::Complex(rates) => rates.iter().map(|l| Weights::new(h, *l)).collect(),
        };
    }

    /// `out = sum of factor(mode) * value` over the terms, mode by mode.
    fn combine<const N: usize>(weights: &[Weights], linear: Diagonal<'_>, terms: [Term<'_>; N], out: &mut [f64]) {
        let modes = weights.len();
        match linear {
            Diagonal::Real(_) => {
                for (i, o) in out.iter_mut().enumerate() {
                    *o = terms.iter().map(|(v, factor)| factor(&weights[i % modes]).re * v[i]).sum();
                }
            }
            Diagonal::Complex(_) => {
                for (i, o) in out.chunks_exact_mut(2).enumerate() {
                    let w = &weights[i % modes];
                    let sum: Complex64 =
                        terms.iter().map(|(v, factor)| factor(w) * Complex64::new(v[2 * i], v[2 * i + 1])).sum();
                    (o[0], o[1]) = (sum.re, sum.im);
                }
            }
        }
    }

    fn walk(&mut self, law: &dyn Semilinear, t: f64, h: f64, y: &[f64], next: &mut [f64]) {
        let linear = law.linear();
        self.prepare(h, linear, y.len());
        let (w, point) = (&self.weights, &mut self.point);
        let [n0, n1, n2, n3] = &mut self.stages;
        law.nonlinear(t, y, n0);
        Self::combine(w, linear, [(y, |w| w.half), (n0, |w| w.q)], &mut self.a);
        law.nonlinear(t + 0.5 * h, &self.a, n1);
        Self::combine(w, linear, [(y, |w| w.half), (n1, |w| w.q)], point);
        law.nonlinear(t + 0.5 * h, point, n2);
        Self::combine(w, linear, [(&self.a, |w| w.half), (n2, |w| 2.0 * w.q), (n0, |w| -w.q)], point);
        law.nonlinear(t + h, point, n3);
        let ends: [Term<'_>; 5] =
            [(y, |w| w.whole), (n0, |w| w.f[0]), (n1, |w| 2.0 * w.f[1]), (n2, |w| 2.0 * w.f[1]), (n3, |w| w.f[2])];
        Self::combine(w, linear, ends, next);
    }
}

impl Stepper for Etdrk4 {
    fn step(
        &mut self,
        system: &System<'_>,
        t: f64,
        h: f64,
        y: &[f64],
        _noise: &mut dyn Noise,
        next: &mut [f64],
        _error: &mut [f64],
    ) -> bool {
        let Law::Semilinear(law) = system.law() else {
            next.fill(f64::NAN); // The driver has refused it.
            return false;
        };
        self.walk(law, t, h, y, next);
        (0..4).for_each(|_| system.count());
        self.cubic.forget();
        false
    }

    fn interpolate(&mut self, system: &System<'_>, step: Step<'_>, theta: f64, range: Range<usize>, out: &mut [f64]) {
        self.cubic.interpolate(system, step, theta, range, out);
    }

    fn order(&self) -> usize {
        4
    }
}
