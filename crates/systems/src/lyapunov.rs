//! Lyapunov exponents, from tangents that are carried along and kept orthonormal.

use crate::delay::Window;
use crate::orthonormal::orthonormalise;
use crate::{Delay, Flow, Kind, Map, Sampling, Spacing, System};
use thalweg_core::{Context, Error, Points, Result, Stream, VectorField};
use thalweg_solve::{Integrate, integrate};

/// How exponents are computed.
///
/// Lengths are in stretches: a period of a flow (one unit of time where it is not known), 100 iterations of a map, one
/// delay of a delay equation.
#[derive(Clone, Debug, PartialEq)]
pub struct Lyapunov {
    /// Orbits that are followed together; each begins where the one before it ends.
    pub orbits: usize,
    /// Stretches of each orbit that are averaged over.
    pub stretches: usize,
    /// Stretches before that, in which the motion settles, and then the tangents.
    pub settle: usize,
    /// How often at least tangents are made orthonormal in a stretch of a flow; up to 16 times as often where they grow
    /// far apart.
    pub restarts: usize,
    /// Relative and absolute tolerance of a step of a flow.
    pub tolerance: f64,
    /// How many exponents of a delay equation, which has infinitely many.
    pub leading: usize,
}

impl Default for Lyapunov {
    /// Eight orbits of 200 stretches after 50, tangents orthonormal 20 times a period, tolerance 1e-8.
    fn default() -> Self {
        Self { orbits: 8, stretches: 200, settle: 50, restarts: 20, tolerance: 1e-8, leading: 3 }
    }
}

/// Lyapunov exponents with their standard errors.
#[derive(Clone, Debug, PartialEq)]
pub struct Exponents {
    /// The exponents per unit of time or iteration, largest first.
    pub values: Vec<f64>,
    /// The standard error of each, from the scatter of parts of the orbits.
    pub errors: Vec<f64>,
    /// The mean divergence along the same orbits, for flows. The sum of the exponents must equal it; where it does not,
    /// the least of them are lost in the errors of steps.
    pub divergence: Option<f64>,
}

impl Exponents {
    /// The same, largest first.
    fn ordered(self) -> Self {
        let mut pairs: Vec<(f64, f64)> = self.values.into_iter().zip(self.errors).collect();
        pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
        let (values, errors) = pairs.into_iter().unzip();
        Self { values, errors, divergence: self.divergence }
    }

    /// The Kaplan-Yorke dimension: where the sum of the leading exponents, interpolated, falls to zero; all dimensions
    /// where the sum of all is not negative beyond its error, and 0 where the first is negative.
    pub fn kaplan_yorke(&self) -> f64 {
        let error: f64 = self.errors.iter().sum();
        let mut sum = 0.0;
        for (k, value) in self.values.iter().enumerate() {
            let last = k + 1 == self.values.len();
            if sum + value < if last { -error } else { 0.0 } {
                return k as f64 + sum / value.abs();
            }
            sum += value;
        }
        self.values.len() as f64
    }
}

/// Parts into which each orbit is cut for the errors.
const PARTS: usize = 4;
/// How far restarts are doubled at most.
const MOST_DOUBLED: usize = 16;
/// Steps between two restarts: who takes more is on its way to infinity.
const MOST_STEPS: usize = 20_000;
/// Restarts altogether, of which a machine does some million a minute.
const MOST_RESTARTS: usize = 1_000_000_000_000;
/// Iterations of a map in a stretch.
const ITERATIONS: usize = 100;

impl System {
    /// Its Lyapunov exponents: all of a flow or a map, the leading ones of a delay equation.
    ///
    /// Tangents follow the exact Jacobian and are made orthonormal again and again (Benettin, Galgani, Giorgilli and
    /// Strelcyn, Meccanica 15, 1980). Errors are those of the mean over four parts of each orbit.
    /// Costs about `1 + dim` times what the orbits cost.
    ///
    /// # Errors
    /// Lengths of zero; an orbit that leaves the finite range; interruption.
    pub fn exponents(&self, options: &Lyapunov, ctx: &Context) -> Result<Exponents> {
        let least = options.orbits.min(options.restarts).min(options.leading).min(options.stretches / PARTS);
        if least == 0 {
            return Err(Error::input(format!(
                "Exponents of {} orbits of {} stretches, {} restarts and {} leading ones were asked for, but at least {PARTS} stretches and 1 of the others are needed.",
                options.orbits, options.stretches, options.restarts, options.leading
            )));
        }
        let length = options.settle.saturating_add(options.stretches).saturating_mul(options.orbits);
        if length.saturating_mul(options.restarts.max(ITERATIONS)) > MOST_RESTARTS {
            return Err(Error::input(format!(
                "{length} stretches with {} restarts each were asked for, which would never end.",
                options.restarts
            )));
        }
        match self.record().kind {
            Kind::Flow => ctx.install(|| self.of_flow(options, ctx)),
            Kind::Map => of_map(&self.map()?, self.start(), options, ctx),
            Kind::Delay => of_delay(&self.delay()?, self.start(), options, ctx),
        }
        .map_err(|error| error.within(&self.record().name))
    }

    fn of_flow(&self, options: &Lyapunov, ctx: &Context) -> Result<Exponents> {
        let (flow, stretch) = (self.flow()?, self.record().period.unwrap_or(1.0));
        // Orbits share their time, so a law that depends on it is followed once.
        let orbits = if flow.depends_on_time() { 1 } else { options.orbits };
        let sampling = Sampling {
            points: orbits,
            spacing: Spacing::Time(stretch * options.stretches as f64),
            discard: 0,
            tolerance: options.tolerance,
        };
        let settled =
            Sampling { points: 2, spacing: Spacing::Time(stretch * options.settle as f64), ..sampling.clone() };
        let first = if options.settle == 0 || orbits == 1 {
            self.start()
        } else {
            finite(self.trajectory(None, &settled, ctx)?.states.pop())?
        };
        let seeds = self.trajectory(Some(&first), &sampling, ctx)?.states;
        if seeds.len() < orbits {
            return Err(astray());
        }
        let finest = options.restarts * MOST_DOUBLED;
        let mut restarts = options.restarts;
        loop {
            let apart = if restarts < finest { farthest(options.tolerance) } else { f64::INFINITY };
            if let Some(found) = Tangents::new(&flow, &seeds, options)?.follow(stretch, restarts, apart, ctx)? {
                return Ok(found);
            }
            restarts *= 2;
        }
    }
}

fn astray() -> Error {
    Error::failed("The orbit left the finite range, or moves so fast that steps cannot follow it.")
        .advise("Start where the motion stays bounded, or lower the tolerance.")
}

fn finite(state: Option<Points>) -> Result<Points> {
    state.filter(|s| s.check_finite().is_ok()).ok_or_else(astray)
}

/// How far the logarithms of tangents may grow apart between restarts: the error of a step is of the size of the
/// tolerance beside the longest tangent, and half its digits are left of the shortest.
fn farthest(tolerance: f64) -> f64 {
    -0.5 * tolerance.ln()
}

/// The orbits of a flow with their tangents.
struct Tangents<'a> {
    law: crate::Variational,
    dim: usize,
    states: Points,
    options: &'a Lyapunov,
}

impl<'a> Tangents<'a> {
    fn new(flow: &Flow, seeds: &[Points], options: &'a Lyapunov) -> Result<Self> {
        let (law, dim) = (flow.variational(flow.dim()), flow.dim());
        let mut states = Points::zeros(seeds.len(), law.dim());
        for (row, seed) in seeds.iter().enumerate() {
            let state = states.row_mut(row);
            state[..dim].copy_from_slice(seed.row(0));
            state[dim..dim + dim * dim].copy_from_slice(&generic(dim, row));
        }
        Ok(Self { law, dim, states, options })
    }

    /// The exponents; none where the logarithms of two tangents grew further than `apart` between two restarts.
    fn follow(mut self, stretch: f64, restarts: usize, apart: f64, ctx: &Context) -> Result<Option<Exponents>> {
        let Lyapunov { stretches, settle, tolerance, .. } = *self.options;
        let (d, rows, leg) = (self.dim, self.states.len(), stretch / restarts as f64);
        let steps = Integrate { max_steps: MOST_STEPS, ..Integrate::adaptive(tolerance) };
        let mut growth = Growth::new(rows, d + 1, stretches * restarts);
        for k in 0..(settle + stretches) * restarts {
            ctx.check_stop()?;
            let span = (k as f64 * leg, (k + 1) as f64 * leg);
            let moved = integrate(&self.law, &self.states, None, span, &steps, ctx)?;
            if !moved.report.converged() {
                return Err(astray());
            }
            self.states = finite(moved.states.into_iter().next_back())?;
            for row in 0..rows {
                let state = self.states.row_mut(row);
                let mut logs = vec![0.0; d + 1];
                orthonormalise(&mut state[d..d + d * d], d, &mut logs[..d]);
                if logs[0] - logs[d - 1] > apart {
                    return Ok(None);
                }
                logs[d] = std::mem::take(&mut state[d + d * d]);
                if k >= settle * restarts {
                    growth.add(row, k - settle * restarts, &logs);
                }
            }
        }
        let mut means = growth.means(leg);
        means.errors.pop();
        let divergence = means.values.pop();
        Ok(Some(Exponents { divergence, ..means.ordered() }))
    }
}

fn of_map(map: &Map, start: Points, options: &Lyapunov, ctx: &Context) -> Result<Exponents> {
    let (d, orbits) = (map.dim(), options.orbits);
    let total = options.stretches * ITERATIONS;
    let mut seeds = Points::zeros(orbits, d);
    let mut state = start;
    for k in 0..options.settle * ITERATIONS + (orbits - 1) * total + 1 {
        if let Some(after) = k.checked_sub(options.settle * ITERATIONS).filter(|after| after % total == 0) {
            seeds.row_mut(after / total).copy_from_slice(state.row(0));
        }
        let now = state.clone();
        map.next(k as f64, now.values(), state.values_mut());
    }
    let mut now = finite(Some(seeds))?;
    let (mut next, mut jacobians) = (now.clone(), vec![0.0; orbits * d * d]);
    let mut tangents: Vec<f64> = (0..orbits).flat_map(|row| generic(d, row)).collect();
    let mut turned = vec![0.0; d * d];
    let mut growth = Growth::new(orbits, d, total);
    for k in 0..options.settle * ITERATIONS + total {
        if k % 1024 == 0 {
            ctx.check_stop()?;
        }
        map.jacobian(k as f64, now.values(), &mut jacobians);
        for (row, own) in tangents.chunks_exact_mut(d * d).enumerate() {
            times(&jacobians[row * d * d..][..d * d], own, d, &mut turned);
            own.copy_from_slice(&turned);
            let mut logs = vec![0.0; d];
            orthonormalise(own, d, &mut logs);
            if let Some(after) = k.checked_sub(options.settle * ITERATIONS) {
                growth.add(row, after, &logs);
            }
        }
        map.next(k as f64, now.values(), next.values_mut());
        std::mem::swap(&mut now, &mut next);
    }
    finite(Some(now))?;
    Ok(growth.means(1.0).ordered())
}

/// `d` orthonormal tangents in no special direction: along an axis some would never meet the direction that grows most.
fn generic(d: usize, row: usize) -> Vec<f64> {
    let mut tangents = vec![0.0; d * d];
    Stream::new(0, "systems/tangents", row as u64).fill_normal(&mut tangents);
    orthonormalise(&mut tangents, d, &mut vec![0.0; d]);
    tangents
}

/// The images of `vectors` (`k x d`) under the matrix `a` (`d x d`).
fn times(a: &[f64], vectors: &[f64], d: usize, out: &mut [f64]) {
    for (vector, image) in vectors.chunks_exact(d).zip(out.chunks_exact_mut(d)) {
        for (entry, row) in image.iter_mut().zip(a.chunks_exact(d)) {
            *entry = row.iter().zip(vector).map(|(a, v)| a * v).sum();
        }
    }
}

/// The tangents of a delay equation are functions over a delay.
fn of_delay(delay: &Delay, start: Points, options: &Lyapunov, ctx: &Context) -> Result<Exponents> {
    let (d, k) = (delay.dim(), options.leading);
    let mut past = Window::still(start.values());
    for n in 0..options.settle {
        ctx.check_stop()?;
        past = delay.window(n as f64 * delay.tau(), &past);
    }
    let law = delay.variational(k);
    let mut window = with_tangents(&past, d, k);
    let total = options.orbits * options.stretches;
    let mut growth = Growth::new(1, k, total);
    for n in 0..options.settle + total {
        ctx.check_stop()?;
        window = law.window((options.settle + n) as f64 * delay.tau(), &window);
        if !window.is_finite() {
            return Err(astray());
        }
        let mut logs = vec![0.0; k];
        restore(&mut window, d, &mut logs);
        if let Some(after) = n.checked_sub(options.settle) {
            growth.add(0, after, &logs);
        }
    }
    Ok(growth.means(delay.tau()).ordered())
}

/// A window with `k` tangents beside its states: cosines, which are independent of each other.
fn with_tangents(past: &Window, d: usize, k: usize) -> Window {
    let widen = |list: &[Vec<f64>], shift: f64| -> Vec<Vec<f64>> {
        let place = |n: usize| (n as f64 + shift) / past.halfway.len() as f64;
        let tangent = |n: usize, j: usize| (j as f64 * std::f64::consts::PI * place(n)).cos();
        let wide =
            |(n, x): (usize, &Vec<f64>)| x.iter().copied().chain((0..k * d).map(|c| tangent(n, c / d))).collect();
        list.iter().enumerate().map(wide).collect()
    };
    Window { states: widen(&past.states, 0.0), halfway: widen(&past.halfway, 0.5), slopes: widen(&past.slopes, 0.0) }
}

/// Makes the tangents of a window orthonormal, as vectors of all their values on it.
fn restore(window: &mut Window, d: usize, logs: &mut [f64]) {
    let k = logs.len();
    let (points, half) = (window.states.len(), window.halfway.len());
    let length = (points + half) * d;
    let place = |n: usize, c: usize| (d + c, n);
    let mut vectors = vec![0.0; k * length];
    let all = |window: &Window, n: usize, c: usize| {
        if n < points { window.states[n][c] } else { window.halfway[n - points][c] }
    };
    for j in 0..k {
        for n in 0..points + half {
            for i in 0..d {
                let (c, n) = place(n, j * d + i);
                vectors[j * length + n * d + i] = all(window, n, c);
            }
        }
    }
    orthonormalise(&mut vectors, length, logs);
    // Lengths on a window are root mean squares, so that values stay of order one.
    let scale = (length as f64).sqrt();
    for j in 0..k {
        logs[j] -= scale.ln();
        for n in 0..points + half {
            for i in 0..d {
                let value = scale * vectors[j * length + n * d + i];
                let c = d + j * d + i;
                if n < points {
                    window.states[n][c] = value;
                } else {
                    window.halfway[n - points][c] = value;
                }
            }
        }
    }
}

/// Logarithms of growth, summed over parts of each orbit.
struct Growth {
    width: usize,
    length: usize,
    /// `rows x PARTS x width`.
    sums: Vec<f64>,
    counts: Vec<usize>,
}

impl Growth {
    fn new(rows: usize, width: usize, length: usize) -> Self {
        Self { width, length, sums: vec![0.0; rows * PARTS * width], counts: vec![0; rows * PARTS] }
    }

    fn add(&mut self, row: usize, step: usize, logs: &[f64]) {
        let part = row * PARTS + step * PARTS / self.length;
        self.counts[part] += 1;
        self.sums[part * self.width..][..self.width].iter_mut().zip(logs).for_each(|(sum, log)| *sum += log);
    }

    /// Mean rates with their errors, where a step takes the time `step`.
    fn means(&self, step: f64) -> Exponents {
        let parts = self.counts.len() as f64;
        let steps = self.counts.iter().sum::<usize>() as f64;
        let column = |k: usize| self.sums.iter().skip(k).step_by(self.width);
        let values: Vec<f64> = (0..self.width).map(|k| column(k).sum::<f64>() / (steps * step)).collect();
        let error = |k: usize| {
            let scatter = |(sum, count): (&f64, &usize)| (sum / (*count as f64 * step) - values[k]).powi(2);
            (column(k).zip(&self.counts).map(scatter).sum::<f64>() / (parts * (parts - 1.0))).sqrt()
        };
        Exponents { errors: (0..self.width).map(error).collect(), values, divergence: None }
    }
}
