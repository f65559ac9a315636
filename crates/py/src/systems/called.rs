//! Laws that are functions of Python, on arrays of many states.

use super::orbits::Path;
use super::own::Own;
use crate::errors::raise;
use crate::job::parse;
use crate::work::{Resources, work_kept};
use numpy::{PyArrayMethods, PyReadonlyArray2, PyUntypedArrayMethods, ToPyArray};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use std::sync::{Mutex, PoisonError};
use thalweg_core::{Error, VectorField};
use thalweg_measure::MapLaw;
use thalweg_run::simulation::{Diffusion, Options, Rule, Subject, follow};
use thalweg_solve::Delayed;
use thalweg_systems::Kind;

/// The first exception that a function raised.
pub type Raised = Mutex<Option<PyErr>>;

/// Raises it, if there is one.
pub fn reraise(raised: &Raised) -> PyResult<()> {
    raised.lock().unwrap_or_else(PoisonError::into_inner).take().map_or(Ok(()), Err)
}

/// A function of Python on `n x d` arrays as a law. The first exception is kept, and what it did not compute is not a
/// number, which ends the motion.
pub struct Called<'a> {
    /// Coordinates of a state.
    pub dim: usize,
    /// `f(t, x)`, or `f(t, x, past)` where there are delays.
    pub function: &'a Py<PyAny>,
    /// What it raised.
    pub raised: &'a Raised,
    /// The delays of a law that looks back; else empty.
    pub delays: &'a [f64],
}

impl<'a> Called<'a> {
    /// A function that gives as many numbers as a state has, and looks at no past.
    pub fn new(dim: usize, function: &'a Py<PyAny>, raised: &'a Raised) -> Self {
        Self { dim, function, raised, delays: &[] }
    }

    fn call(&self, t: f64, x: &[f64], past: Option<&[f64]>, out: &mut [f64]) -> PyResult<()> {
        Python::attach(|py| {
            let n = x.len() / self.dim;
            let rows = x.to_pyarray(py).reshape([n, self.dim])?;
            let function = self.function.bind(py);
            let found = match past {
                None => function.call1((t, rows))?,
                Some(past) => {
                    let past = past.to_pyarray(py);
                    let past = match self.delays.len() {
                        1 => past.reshape([n, self.dim])?.into_bound_py_any(py)?,
                        delays => past.reshape([delays, n, self.dim])?.into_bound_py_any(py)?,
                    };
                    function.call1((t, rows, past))?
                }
            };
            let found: PyReadonlyArray2<'_, f64> = found.extract()?;
            // The Python half has seen to the shape; this is for those who call the native half themselves.
            match found.as_slice() {
                Ok(rates) if rates.len() == out.len() => out.copy_from_slice(rates),
                _ => {
                    let shape = found.shape();
                    return Err(raise(Error::input(format!(
                        "The function gave an array of shape {shape:?} for {n} states of {} coordinates.",
                        self.dim
                    ))));
                }
            }
            Ok(())
        })
    }

    /// Calls it, unless it has raised before.
    pub fn fill(&self, t: f64, x: &[f64], past: Option<&[f64]>, out: &mut [f64]) {
        let mut raised = self.raised.lock().unwrap_or_else(PoisonError::into_inner);
        if raised.is_none() {
            drop(raised);
            let Err(error) = self.call(t, x, past, out) else { return };
            raised = self.raised.lock().unwrap_or_else(PoisonError::into_inner);
            raised.get_or_insert(error);
        }
        out.fill(f64::NAN);
    }
}

impl VectorField for Called<'_> {
    fn dim(&self) -> usize {
        self.dim
    }

    fn velocity(&self, t: f64, x: &[f64], out: &mut [f64]) {
        self.fill(t, x, None, out);
    }
}

impl Delayed for Called<'_> {
    fn dim(&self) -> usize {
        self.dim
    }

    fn delays(&self) -> &[f64] {
        self.delays
    }

    fn velocity(&self, t: f64, x: &[f64], past: &[f64], out: &mut [f64]) {
        self.fill(t, x, Some(past), out);
    }
}

/// A map with its derivatives, where they are a function too.
pub struct CalledMap<'a> {
    /// The next states.
    pub next: Called<'a>,
    /// Derivatives, `n x d^2`.
    pub jacobian: Option<Called<'a>>,
}

impl MapLaw for CalledMap<'_> {
    fn dim(&self) -> usize {
        self.next.dim
    }

    fn next(&self, x: &[f64], out: &mut [f64]) {
        self.next.fill(0.0, x, None, out);
    }

    fn jacobian(&self, x: &[f64], out: &mut [f64]) {
        match &self.jacobian {
            Some(jacobian) => jacobian.fill(0.0, x, None, out),
            None => differences(&self.next, x, out),
        }
    }
}

/// Central differences of a map at a state, all of them in one call.
fn differences(next: &Called<'_>, x: &[f64], out: &mut [f64]) {
    let d = x.len();
    let step = |j: usize| 6e-6 * x[j].abs().max(1.0);
    let side = |j: usize, sign: f64| (0..d).map(move |k| if k == j { x[k] + sign * step(j) } else { x[k] });
    let both: Vec<f64> = (0..d).flat_map(|j| side(j, 1.0).chain(side(j, -1.0)).collect::<Vec<_>>()).collect();
    let mut there = vec![0.0; both.len()];
    next.fill(0.0, &both, None, &mut there);
    for (j, sides) in there.chunks_exact(2 * d).enumerate() {
        (0..d).for_each(|i| out[i * d + j] = (sides[i] - sides[d + i]) / (2.0 * step(j)));
    }
}

/// Trajectories of a law that is a function of Python; `words` is JSON as for `KnownSystem.own`, and says whether it gives
/// rates, next states, or rates with a past of `delays`.
#[pyfunction]
pub fn follow_function(
    py: Python<'_>,
    words: &str,
    law: Py<PyAny>,
    noise: Option<(Py<PyAny>, bool)>,
    delays: Vec<f64>,
    options: &str,
    resources: Resources,
) -> PyResult<Path> {
    let options: Options = parse(options).map_err(raise)?;
    let record = parse::<Own>(words).and_then(Own::record).map_err(raise)?;
    let raised = Mutex::new(None);
    let dim = record.states.len();
    let called = Called { delays: &delays, ..Called::new(dim, &law, &raised) };
    let rule = match record.kind {
        Kind::Map => Rule::Map(&called),
        Kind::Delay => Rule::Delay(&called),
        Kind::Flow => Rule::Flow {
            drift: &called,
            diffusion: noise.as_ref().map(|(function, additive)| Diffusion {
                size: Box::new(Called::new(dim, function, &raised)),
                additive: *additive,
            }),
        },
    };
    let subject = Subject::Law { record: Box::new(record.clone()), rule };
    let followed = work_kept(py, &resources, |ctx| follow(&subject, &options, ctx));
    reraise(&raised)?;
    Ok(Path::new(followed?, record.clone(), options, None))
}
