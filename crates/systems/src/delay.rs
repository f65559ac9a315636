//! Delay equations, by the method of steps.

use crate::equations::Equations;
use crate::program::Program;

/// Steps of the classical Runge-Kutta method in one delay. Where the solution has corners, at whole delays, steps end.
const STEPS: usize = 400;

/// A compiled delay equation `dx/dt = f(t, x(t), x(t - tau))`.
#[derive(Debug)]
pub struct Delay {
    program: Program,
    equations: Equations,
    dim: usize,
    tau: f64,
}

/// A solution over one delay: states and slopes at `STEPS + 1` times, states halfway between.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    pub states: Vec<Vec<f64>>,
    pub halfway: Vec<Vec<f64>>,
    pub slopes: Vec<Vec<f64>>,
}

impl Window {
    /// A past that stood still at `x`.
    pub fn still(x: &[f64]) -> Self {
        let slopes = vec![vec![0.0; x.len()]; STEPS + 1];
        Self { states: vec![x.to_vec(); STEPS + 1], halfway: vec![x.to_vec(); STEPS], slopes }
    }

    /// Whether all states are finite: what has left the finite range never comes back.
    pub fn is_finite(&self) -> bool {
        self.states.last().is_some_and(|last| last.iter().all(|v| v.is_finite()))
    }

    /// Writes the state at fraction `at` of the window (0 to 1) to `out`: the cubic of Hermite.
    pub fn interpolate(&self, at: f64, tau: f64, out: &mut [f64]) {
        let place = (at * STEPS as f64).clamp(0.0, STEPS as f64);
        let k = (place as usize).min(STEPS - 1);
        let (s, h) = (place - k as f64, tau / STEPS as f64);
        let (a, b) = (&self.states[k], &self.states[k + 1]);
        let (p, q) = (&self.slopes[k], &self.slopes[k + 1]);
        let r = 1.0 - s;
        for i in 0..out.len() {
            let bend = r * (p[i] * h - (b[i] - a[i])) - s * (q[i] * h - (b[i] - a[i]));
            out[i] = r * a[i] + s * b[i] + s * r * bend;
        }
    }
}

impl Delay {
    pub(crate) fn new(equations: Equations, tau: f64) -> Self {
        let program = Program::new(&equations.graph, equations.inputs, &equations.rates);
        Self { program, dim: equations.dim, tau, equations }
    }

    /// Number of states.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// The delay, in units of time.
    pub fn tau(&self) -> f64 {
        self.tau
    }

    /// Writes the rates at each row of `x` (`n x dim`), whose states a delay ago were `past` (`n x dim`), into `out`.
    pub fn rates(&self, t: f64, x: &[f64], past: &[f64], out: &mut [f64]) {
        let d = self.dim;
        // The inputs are the states, the time, the delayed states.
        let read = |row: usize, k: usize| match k.cmp(&d) {
            std::cmp::Ordering::Less => x[row * d + k],
            std::cmp::Ordering::Equal => t,
            std::cmp::Ordering::Greater => past[row * d + k - d - 1],
        };
        self.program.run(x.len() / d, read, |row, k, value| out[row * d + k] = value);
    }

    /// The equation with `tangents` small differences beside its states, as one delay equation: its states are
    /// `x, v_1, ..., v_k`.
    pub(crate) fn variational(&self, tangents: usize) -> Self {
        let d = self.dim;
        // All inputs in the order of the larger equation: states and tangents, time, both delayed.
        let wide = d * (1 + tangents);
        let mut wider = self.equations.moved(|k| if k < d { k } else { k - d + wide });
        let now = wider.columns(0..d);
        let then = wider.columns(wide + 1..wide + 1 + d);
        let mut rates = wider.rates.clone();
        for k in 1..=tangents {
            let present: Vec<_> = (0..d).map(|j| wider.graph.input(k * d + j)).collect();
            let past: Vec<_> = (0..d).map(|j| wider.graph.input(wide + 1 + k * d + j)).collect();
            let (a, b) = (wider.along(&now, &present), wider.along(&then, &past));
            rates.extend(wider.add(&a, &b));
        }
        wider.rates = rates;
        wider.dim = wide;
        wider.inputs = 2 * wide + 1;
        Self::new(wider, self.tau)
    }

    /// The solution over the delay from `t` on, after the window `past`: Runge-Kutta steps of order 4.
    pub(crate) fn window(&self, t: f64, past: &Window) -> Window {
        let h = self.tau / STEPS as f64;
        let width = past.states[0].len();
        let mut next = Window { states: vec![past.states[STEPS].clone()], halfway: Vec::new(), slopes: Vec::new() };
        let mut k = [vec![0.0; width], vec![0.0; width], vec![0.0; width], vec![0.0; width]];
        let mut stage = vec![0.0; width];
        let moved = |stage: &mut Vec<f64>, x: &[f64], k: &[f64], by: f64| {
            stage.iter_mut().zip(x).zip(k).for_each(|((s, x), k)| *s = x + by * k);
        };
        for n in 0..STEPS {
            let (time, x) = (t + n as f64 * h, next.states[n].clone());
            self.rates(time, &x, &past.states[n], &mut k[0]);
            moved(&mut stage, &x, &k[0], h / 2.0);
            self.rates(time + h / 2.0, &stage, &past.halfway[n], &mut k[1]);
            moved(&mut stage, &x, &k[1], h / 2.0);
            self.rates(time + h / 2.0, &stage, &past.halfway[n], &mut k[2]);
            moved(&mut stage, &x, &k[2], h);
            self.rates(time + h, &stage, &past.states[n + 1], &mut k[3]);
            next.slopes.push(k[0].clone());
            let end = (0..width).map(|i| x[i] + h / 6.0 * (k[0][i] + 2.0 * (k[1][i] + k[2][i]) + k[3][i])).collect();
            next.states.push(end);
        }
        let mut last = vec![0.0; width];
        self.rates(t + self.tau, &next.states[STEPS], &next.states[0], &mut last);
        next.slopes.push(last);
        for n in 0..STEPS {
            let (a, b) = (&next.states[n], &next.states[n + 1]);
            let (p, q) = (&next.slopes[n], &next.slopes[n + 1]);
            next.halfway.push((0..width).map(|i| 0.5 * (a[i] + b[i]) + h / 8.0 * (p[i] - q[i])).collect());
        }
        next
    }
}
