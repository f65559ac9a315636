//! All exponents of any law, from tangents that are carried along and kept orthonormal.

use crate::series::{demand, mean_of_parts};
use serde::{Deserialize, Serialize};
use thalweg_core::{Context, Error, Points, Result, Stream, VectorField, orthonormalise};
use thalweg_solve::{Integrate, integrate};

/// A Jacobian: writes `df_i/dx_j` at a time and each row of `x` (`n x d`) into `out` (`n x d x d`).
pub type JacobianFn<'a> = dyn Fn(f64, &[f64], &mut [f64]) + Send + Sync + 'a;

/// A law with small differences that it carries along: a state is `x` and `count` tangents `v` with `dv/dt = J(t, x) v`.
pub struct Tangents<'a> {
    field: &'a dyn VectorField,
    jacobian: Option<&'a JacobianFn<'a>>,
    count: usize,
}

impl<'a> Tangents<'a> {
    /// The law `field` with `count` tangents; without a Jacobian by central differences along each tangent.
    pub fn new(field: &'a dyn VectorField, jacobian: Option<&'a JacobianFn<'a>>, count: usize) -> Self {
        Self { field, jacobian, count }
    }

    fn by_matrix(&self, jacobian: &JacobianFn<'_>, t: f64, x: &[f64], out: &mut [f64]) {
        let (d, width) = (self.field.dim(), self.dim());
        let states: Vec<f64> = x.chunks_exact(width).flat_map(|row| row[..d].iter().copied()).collect();
        let mut drift = vec![0.0; states.len()];
        self.field.velocity(t, &states, &mut drift);
        let mut matrices = vec![0.0; states.len() * d];
        jacobian(t, &states, &mut matrices);
        for (row, (x, out)) in x.chunks_exact(width).zip(out.chunks_exact_mut(width)).enumerate() {
            out[..d].copy_from_slice(&drift[row * d..(row + 1) * d]);
            let matrix = &matrices[row * d * d..(row + 1) * d * d];
            for (v, out) in x[d..].chunks_exact(d).zip(out[d..].chunks_exact_mut(d)) {
                for (o, j) in out.iter_mut().zip(matrix.chunks_exact(d)) {
                    *o = j.iter().zip(v).map(|(j, v)| j * v).sum();
                }
            }
        }
    }

    fn by_differences(&self, t: f64, x: &[f64], out: &mut [f64]) {
        let (d, width, k) = (self.field.dim(), self.dim(), self.count);
        // The state, and for each tangent a step there and a step back.
        let mut states = Vec::with_capacity(x.len() / width * (1 + 2 * k) * d);
        let mut steps = Vec::with_capacity(x.len() / width * k);
        for row in x.chunks_exact(width) {
            let (state, tangents) = row.split_at(d);
            states.extend_from_slice(state);
            for v in tangents.chunks_exact(d) {
                let h = difference(state, v);
                steps.push(h);
                states.extend(state.iter().zip(v).map(|(x, v)| x + h * v));
                states.extend(state.iter().zip(v).map(|(x, v)| x - h * v));
            }
        }
        let mut drift = vec![0.0; states.len()];
        self.field.velocity(t, &states, &mut drift);
        let blocks = drift.chunks_exact((1 + 2 * k) * d).zip(steps.chunks_exact(k));
        for (out, (block, steps)) in out.chunks_exact_mut(width).zip(blocks) {
            out[..d].copy_from_slice(&block[..d]);
            let sides = block[d..].chunks_exact(2 * d).map(|both| both.split_at(d));
            for ((out, (plus, minus)), h) in out[d..].chunks_exact_mut(d).zip(sides).zip(steps) {
                out.iter_mut().zip(plus.iter().zip(minus)).for_each(|(o, (p, m))| *o = (p - m) / (2.0 * h));
            }
        }
    }
}

/// The step of a central difference along `v` at `x`: the cube root of rounding, relative to the size of the state.
fn difference(x: &[f64], v: &[f64]) -> f64 {
    let size = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>().sqrt();
    6e-6 * size(x).max(1.0) / size(v).max(f64::MIN_POSITIVE)
}

impl VectorField for Tangents<'_> {
    fn dim(&self) -> usize {
        self.field.dim() * (1 + self.count)
    }

    fn velocity(&self, t: f64, x: &[f64], out: &mut [f64]) {
        match self.jacobian {
            Some(jacobian) => self.by_matrix(jacobian, t, x, out),
            None => self.by_differences(t, x, out),
        }
    }

    fn kinks(&self) -> Vec<f64> {
        self.field.kinks()
    }
}

/// How exponents of a law are computed. Lengths are in the law's time, or in iterations of a map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Exponents {
    /// How many, the largest first; all where none is given.
    pub count: Option<usize>,
    /// Time between two orthonormalisations.
    pub interval: f64,
    /// Time before averaging, in which the motion settles and then the tangents.
    pub settle: f64,
    /// Time that is averaged over.
    pub length: f64,
    /// Relative and absolute tolerance of a step of a flow.
    pub tolerance: f64,
}

impl Default for Exponents {
    fn default() -> Self {
        Self { count: None, interval: 0.5, settle: 100.0, length: 1000.0, tolerance: 1e-7 }
    }
}

/// Parts of the time, for the errors.
const PARTS: usize = 16;

impl Exponents {
    fn check(&self, dim: usize) -> Result<usize> {
        let count = self.count.unwrap_or(dim);
        demand((1..=dim).contains(&count), "count", count, &format!("from 1 to {dim}, the dimension of the law"))?;
        let positive = |v: f64| v > 0.0 && v.is_finite();
        demand(positive(self.interval), "interval", self.interval, "positive")?;
        demand(self.settle >= 0.0 && self.settle.is_finite(), "settle", self.settle, "not negative")?;
        let steps = self.length / self.interval;
        demand(positive(steps) && steps >= PARTS as f64, "length", self.length, "at least 16 intervals")?;
        demand(steps <= 1e9, "length", self.length, "at most 10^9 intervals")?;
        Ok(count)
    }
}

/// The Lyapunov exponents of a law from the state `start` (`1 x d`) at time 0, largest first, each with its standard
/// error, per unit of time.
///
/// Tangents are orthonormalised again and again (Benettin, Galgani, Giorgilli and Strelcyn, Meccanica 15, 1980). Without a
/// Jacobian each costs two evaluations of the law more, and loses half of the digits of a step. Works for a law that is
/// forced in time; its own direction is then not among the exponents.
///
/// # Errors
/// Settings out of range; a state of another dimension; a law with noise; an orbit that leaves the finite range;
/// interruption.
pub fn exponents(
    field: &dyn VectorField,
    jacobian: Option<&JacobianFn<'_>>,
    start: &Points,
    settings: &Exponents,
    ctx: &Context,
) -> Result<Vec<(f64, f64)>> {
    let d = field.dim();
    let count = settings.check(d)?;
    let tangents = Tangents::new(field, jacobian, count);
    let options = Integrate { max_steps: 100_000_000, ..Integrate::adaptive(settings.tolerance) };
    let advance = |t: f64, state: &mut Vec<f64>| {
        let from = Points::new(state.len(), std::mem::take(state))?;
        let path = integrate(&tangents, &from, None, (t, t + settings.interval), &options, ctx)?;
        *state = match path.last() {
            Some(end) if path.report.converged() => end.values().to_vec(),
            _ => return Err(astray(t)),
        };
        Ok(())
    };
    growth(d, count, start, settings, ctx, advance)
}

/// A map, of which exponents are wanted.
pub trait MapLaw: Sync {
    /// Number of coordinates of a state.
    fn dim(&self) -> usize;

    /// Writes the state after `x` (`d`) into `out`.
    fn next(&self, x: &[f64], out: &mut [f64]);

    /// Writes the Jacobian at `x` (`d`) into `out` (`d x d`); by central differences where it is not known.
    fn jacobian(&self, x: &[f64], out: &mut [f64]) {
        let d = self.dim();
        let (mut moved, mut plus, mut minus) = (x.to_vec(), vec![0.0; d], vec![0.0; d]);
        for j in 0..d {
            let h = 6e-6 * x[j].abs().max(1.0);
            moved[j] = x[j] + h;
            self.next(&moved, &mut plus);
            moved[j] = x[j] - h;
            self.next(&moved, &mut minus);
            moved[j] = x[j];
            (0..d).for_each(|i| out[i * d + j] = (plus[i] - minus[i]) / (2.0 * h));
        }
    }
}

/// As [`exponents`] for a map, per iteration. Lengths are rounded to whole iterations; `tolerance` is not used.
///
/// # Errors
/// As [`exponents`].
pub fn exponents_of_map(
    map: &dyn MapLaw,
    start: &Points,
    settings: &Exponents,
    ctx: &Context,
) -> Result<Vec<(f64, f64)>> {
    let d = map.dim();
    let settings = Exponents { interval: settings.interval.round().max(1.0), ..settings.clone() };
    let count = settings.check(d)?;
    let (mut matrix, mut moved) = (vec![0.0; d * d], vec![0.0; d * (1 + count)]);
    let advance = |_: f64, state: &mut Vec<f64>| {
        for _ in 0..settings.interval as usize {
            map.jacobian(&state[..d], &mut matrix);
            map.next(&state[..d], &mut moved[..d]);
            for (v, out) in state[d..].chunks_exact(d).zip(moved[d..].chunks_exact_mut(d)) {
                for (o, j) in out.iter_mut().zip(matrix.chunks_exact(d)) {
                    *o = j.iter().zip(v).map(|(j, v)| j * v).sum();
                }
            }
            state.copy_from_slice(&moved);
        }
        Ok(())
    };
    growth(d, count, start, &settings, ctx, advance)
}

/// Mean rates of growth of tangents that `advance` carries over an interval.
fn growth(
    d: usize,
    count: usize,
    start: &Points,
    settings: &Exponents,
    ctx: &Context,
    mut advance: impl FnMut(f64, &mut Vec<f64>) -> Result<()>,
) -> Result<Vec<(f64, f64)>> {
    start.check_finite()?;
    if start.dim() != d || start.len() != 1 {
        return Err(Error::input(format!(
            "The start is {} rows of {} numbers, but one row of {d} is needed.",
            start.len(),
            start.dim()
        )));
    }
    let mut state = start.values().to_vec();
    state.resize(d * (1 + count), 0.0);
    // In no special direction: along an axis some tangents would never meet the direction that grows most.
    Stream::new(0, "measure/tangents", 0).fill_normal(&mut state[d..]);
    let mut logs = vec![0.0; count];
    orthonormalise(&mut state[d..], d, &mut logs);
    let settle = (settings.settle / settings.interval).ceil() as usize;
    let steps = (settings.length / settings.interval).round() as usize;
    let mut parts = vec![0.0; PARTS * count];
    for step in 0..settle + steps {
        ctx.check_stop()?;
        advance(step as f64 * settings.interval, &mut state)?;
        if state.iter().any(|v| !v.is_finite()) {
            return Err(astray(step as f64 * settings.interval));
        }
        logs.fill(0.0);
        orthonormalise(&mut state[d..], d, &mut logs);
        if let Some(step) = step.checked_sub(settle) {
            let part = step * PARTS / steps;
            parts[part * count..][..count].iter_mut().zip(&logs).for_each(|(sum, log)| *sum += log);
        }
        ctx.progress("exponents", step as u64 + 1, (settle + steps) as u64, "");
    }
    let time = |part: usize| {
        let first = |part: usize| (part * steps).div_ceil(PARTS);
        (first(part + 1) - first(part)) as f64 * settings.interval
    };
    let mut found: Vec<(f64, f64)> = (0..count)
        .map(|k| {
            let rates: Vec<f64> = (0..PARTS).map(|part| parts[part * count + k] / time(part)).collect();
            let total: f64 = (0..PARTS).map(|part| parts[part * count + k]).sum();
            (total / (steps as f64 * settings.interval), mean_of_parts(&rates).1)
        })
        .collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    Ok(found)
}

fn astray(time: f64) -> Error {
    Error::failed(format!(
        "The orbit left the finite range after time {time}, or moves so fast there that steps cannot follow it."
    ))
    .advise("Start where the motion stays bounded, or raise the tolerance.")
}
