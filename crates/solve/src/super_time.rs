//! Super-time-stepping: explicit methods whose stability interval grows with the square of the stages.

use crate::hermite::Cubic;
use crate::{Law, Noise, Step, Stepper, System};
use std::ops::Range;

/// Margin on a spectral radius that was estimated, not given.
const MARGIN: f64 = 1.2;
/// Most stages of a step: beyond, rounding within the step exceeds 1e-9 of the state.
const MOST_STAGES: usize = 2000;
/// Accepted steps for which an estimated spectral radius is used.
const FRESH: usize = 25;

/// The polynomials of which the stages are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Polynomials {
    /// RKL2: Legendre (Meyer, Balsara and Aslam, "A stabilized Runge-Kutta-Legendre method for explicit super-time-stepping
    /// of parabolic and mixed equations", J. Comput. Phys. 257, 2014).
    Legendre,
    /// RKG2: Gegenbauer of index 3/2 (Skaras, Saxton, Meyer and Aslam, "Super-time-stepping schemes for parabolic equations
    /// with boundary conditions", J. Comput. Phys. 425, 2021): also boundary values stay monotone, for a fifth more stages.
    Gegenbauer,
}

impl Polynomials {
    /// The stability interval of `s` stages: stable while `h` times the spectral radius is at most this.
    pub fn interval(self, s: usize) -> f64 {
        let s = s as f64;
        match self {
            Self::Legendre => (s * s + s - 2.0) / 2.0,
            Self::Gegenbauer => (s + 4.0) * (s - 1.0) / 3.0,
        }
    }

    /// The fewest stages (at least 3, and odd, which damps the highest modes) whose interval holds `stiffness`.
    pub fn stages(self, stiffness: f64) -> usize {
        let s = match self {
            Self::Legendre => 0.5 * ((9.0 + 8.0 * stiffness).sqrt() - 1.0),
            Self::Gegenbauer => 0.5 * ((25.0 + 12.0 * stiffness).sqrt() - 3.0),
        };
        // Far beyond what any step takes the caller shortens the step.
        let s = s.min(1e6).ceil() as usize;
        s.max(3) | 1
    }

    /// The scale `w1` of the rates in the recurrence of `s` stages: `w1 mu_j` of a step a stage.
    pub fn scale(self, s: usize) -> f64 {
        2.0 / self.interval(s)
    }

    fn b(self, j: usize) -> f64 {
        let x = j as f64;
        match (self, j) {
            (Self::Legendre, 0 | 1) => 1.0 / 3.0,
            (Self::Legendre, _) => (x * x + x - 2.0) / (2.0 * x * (x + 1.0)),
            (Self::Gegenbauer, 0) => 1.0,
            (Self::Gegenbauer, 1) => 1.0 / 3.0,
            (Self::Gegenbauer, _) => 4.0 * (x - 1.0) * (x + 4.0) / (3.0 * x * (x + 1.0) * (x + 2.0) * (x + 3.0)),
        }
    }

    /// Value at zero of the stability polynomial of stage `j` that is not carried by `b_j`.
    pub fn a(self, j: usize) -> f64 {
        let x = j as f64;
        match self {
            Self::Legendre => 1.0 - self.b(j),
            Self::Gegenbauer => 1.0 - 0.5 * (x + 1.0) * (x + 2.0) * self.b(j),
        }
    }

    /// `mu_j` and `nu_j` of the recurrence, for `j` from 2.
    pub fn recurrence(self, j: usize) -> (f64, f64) {
        let x = j as f64;
        let (up, down) = match self {
            Self::Legendre => ((2.0 * x - 1.0) / x, -(x - 1.0) / x),
            Self::Gegenbauer => ((2.0 * x + 1.0) / x, -(x + 1.0) / x),
        };
        (up * self.b(j) / self.b(j - 1), down * self.b(j) / self.b(j - 2))
    }

    /// Fraction of the step at which stage `j` of `s` lies.
    fn node(self, j: usize, s: usize) -> f64 {
        let (x, s) = (j as f64, s as f64);
        match (self, j) {
            (_, 0) => 0.0,
            (Self::Legendre, 1) => 4.0 / (3.0 * (s * s + s - 2.0)),
            (Self::Legendre, _) => (x * x + x - 2.0) / (s * s + s - 2.0),
            (Self::Gegenbauer, 1) => 6.0 / ((s + 4.0) * (s - 1.0)),
            (Self::Gegenbauer, _) => (x - 1.0) * (x + 4.0) / ((s - 1.0) * (s + 4.0)),
        }
    }

    /// Length of the first stage as a fraction of the step.
    pub fn first(self, s: usize) -> f64 {
        self.node(1, s)
    }
}

/// RKL2 and RKG2: order 2, with as many stages as the spectral radius and the step ask for (about `sqrt(2 h rho)` and
/// `sqrt(3 h rho)`), where Euler's method would take `h rho / 2` steps. For laws whose Jacobian has eigenvalues near the
/// negative real axis: diffusion, relaxation. The spectral radius is the law's ([`crate::Parabolic`]), or found by
/// nonlinear power iteration.
///
/// The error estimate is that of RKC (Sommeijer, Shampine and Verwer, J. Comput. Appl. Math. 88, 1998), of order 3.
pub struct SuperTime {
    polynomials: Polynomials,
    /// Three stages in turn.
    stages: [Vec<f64>; 3],
    rate: Vec<f64>,
    start: Vec<f64>,
    end: Vec<f64>,
    start_known: bool,
    end_is_start: bool,
    radius: f64,
    age: usize,
    direction: Vec<f64>,
    cubic: Cubic,
}

impl SuperTime {
    /// A stepper of the method.
    pub fn new(polynomials: Polynomials) -> Self {
        Self {
            polynomials,
            stages: Default::default(),
            rate: Vec::new(),
            start: Vec::new(),
            end: Vec::new(),
            start_known: false,
            end_is_start: false,
            radius: 0.0,
            age: FRESH,
            direction: Vec::new(),
            cubic: Cubic::default(),
        }
    }

    fn begin(&mut self, system: &System<'_>, t: f64, y: &[f64]) {
        for v in self.stages.iter_mut().chain([&mut self.rate, &mut self.start, &mut self.end]) {
            v.resize(y.len(), 0.0);
        }
        if self.end_is_start {
            std::mem::swap(&mut self.start, &mut self.end);
            self.end_is_start = false;
            self.start_known = true;
        }
        if !self.start_known {
            system.drift(t, y, &mut self.start);
            self.start_known = true;
        }
        if let Law::Parabolic(law) = system.law() {
            self.radius = law.spectral_radius(t, &y[..system.layout().coordinates()]);
        } else if self.age >= FRESH {
            self.radius = MARGIN * self.power_iteration(system, t, y);
            self.age = 0;
        }
    }

    /// The spectral radius of the Jacobian by power iteration on differences of the drift; it starts from the direction
    /// it found last.
    fn power_iteration(&mut self, system: &System<'_>, t: f64, y: &[f64]) -> f64 {
        let norm = |v: &[f64]| v.iter().map(|v| v * v).sum::<f64>().sqrt();
        if self.direction.len() != y.len() {
            // No symmetry of the law may be orthogonal to it.
            self.direction = (0..y.len()).map(|i| ((i as f64 + 1.0) * 0.618_033_988_749_895).fract() - 0.5).collect();
        }
        let small = 1e-8 * norm(y).max(1e-8 * (y.len() as f64).sqrt());
        let (mut radius, mut moved) = (0.0_f64, vec![0.0; y.len()]);
        for k in 0..50 {
            let length = norm(&self.direction).max(f64::MIN_POSITIVE);
            moved.iter_mut().zip(y).zip(&self.direction).for_each(|((m, y), d)| *m = y + small * d / length);
            system.drift(t, &moved, &mut self.rate);
            self.direction.iter_mut().zip(&self.rate).zip(&self.start).for_each(|((d, r), s)| *d = r - s);
            let found = norm(&self.direction) / small;
            if !found.is_finite() || found == 0.0 {
                return radius;
            }
            if k > 3 && (found - radius).abs() < 0.01 * found {
                return found.max(radius);
            }
            radius = found;
        }
        radius
    }

    /// The stages after the first; the result is in `next`.
    fn walk(&mut self, system: &System<'_>, t: f64, h: f64, s: usize, y: &[f64], next: &mut [f64]) {
        let kind = self.polynomials;
        let w = kind.scale(s);
        let [before, now, after] = &mut self.stages;
        before.copy_from_slice(y);
        let first = kind.first(s) * h;
        for i in 0..y.len() {
            now[i] = y[i] + first * self.start[i];
        }
        for j in 2..=s {
            system.drift(t + kind.node(j - 1, s) * h, now, &mut self.rate);
            let (mu, nu) = kind.recurrence(j);
            let (rest, push) = (1.0 - mu - nu, mu * w * h);
            let pull = -kind.a(j - 1) * push;
            for i in 0..y.len() {
                after[i] = mu * now[i] + nu * before[i] + rest * y[i] + push * self.rate[i] + pull * self.start[i];
            }
            std::mem::swap(before, now);
            std::mem::swap(now, after);
        }
        next.copy_from_slice(now);
    }
}

impl Stepper for SuperTime {
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
        self.begin(system, t, y);
        let s = self.polynomials.stages(h.abs() * self.radius);
        if s > MOST_STAGES {
            next.copy_from_slice(y);
            error.fill(f64::NAN); // A shorter step, please.
            return true;
        }
        self.walk(system, t, h, s, y, next);
        system.drift(t + h, next, &mut self.end);
        for i in 0..y.len() {
            error[i] = 0.8 * (y[i] - next[i]) + 0.4 * h * (self.start[i] + self.end[i]);
        }
        self.cubic.learn(&self.start, &self.end);
        true
    }

    fn interpolate(&mut self, system: &System<'_>, step: Step<'_>, theta: f64, range: Range<usize>, out: &mut [f64]) {
        self.cubic.interpolate(system, step, theta, range, out);
    }

    fn order(&self) -> usize {
        // Of the local error of the estimate, on which the controller acts.
        3
    }

    fn accept(&mut self, altered: bool) {
        self.age += 1;
        (self.start_known, self.end_is_start) = (false, !altered);
    }
}
