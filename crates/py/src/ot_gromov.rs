//! Transport between spaces, and barycentres.

use crate::arrays::{Rows, matrix, numbers, vector};
use crate::errors::raise;
use crate::ot_arrays::{Ended, Numbers, ended};
use crate::work::{Resources, work};
use numpy::{PyArray2, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
use thalweg_core::{Error, Result};
use thalweg_ot::gromov::{Coupled, EntropicGromov, Gromov, QuadraticLoss, Scheme, Spaces};
use thalweg_ot::{Barycentre, CostMatrix, Sinkhorn};

/// Two spaces as Python holds them; read from the attributes of an object.
#[derive(FromPyObject)]
pub struct Given<'py> {
    p: PyReadonlyArray1<'py, f64>,
    q: PyReadonlyArray1<'py, f64>,
    first: PyReadonlyArray2<'py, f64>,
    second: PyReadonlyArray2<'py, f64>,
    between: Option<PyReadonlyArray2<'py, f64>>,
    alpha: f64,
    start: Option<PyReadonlyArray2<'py, f64>>,
    loss: String,
}

/// How an entropic iteration goes; read from the attributes of an object.
#[derive(FromPyObject)]
pub struct Inner {
    epsilon: f64,
    scheme: String,
    tolerance: f64,
    max_iterations: usize,
}

/// The spaces in copies that the engine may use.
struct Held<'a> {
    p: &'a [f64],
    q: &'a [f64],
    first: CostMatrix,
    second: CostMatrix,
    between: Option<CostMatrix>,
    alpha: f64,
    start: Option<&'a [f64]>,
    loss: QuadraticLoss,
}

fn held<'a>(given: &'a Given<'_>) -> PyResult<Held<'a>> {
    let copy = |array: &PyReadonlyArray2<'_, f64>| -> PyResult<CostMatrix> {
        let rows = Rows::of(array)?;
        CostMatrix::new(rows.len(), rows.dim, rows.values.to_vec()).map_err(raise)
    };
    Ok(Held {
        p: numbers(&given.p)?,
        q: numbers(&given.q)?,
        first: copy(&given.first)?,
        second: copy(&given.second)?,
        between: given.between.as_ref().map(copy).transpose()?,
        alpha: given.alpha,
        start: given.start.as_ref().map(|s| Rows::of(s).map(|rows| rows.values)).transpose()?,
        loss: match given.loss.as_str() {
            "square_loss" => QuadraticLoss::Square,
            "kl_loss" => QuadraticLoss::KullbackLeibler,
            other => {
                return Err(raise(
                    Error::input(format!("There is no loss called \"{other}\"."))
                        .advise("The losses are square_loss and kl_loss."),
                ));
            }
        },
    })
}

impl Held<'_> {
    fn spaces(&self) -> Spaces<'_> {
        let Self { p, q, first, second, between, alpha, .. } = self;
        Spaces { p, q, first, second, between: between.as_ref(), alpha: *alpha }
    }
}

/// The plan, its value, the course of the objective, the duals, and how it ended.
type Solved<'py> = (Bound<'py, PyArray2<f64>>, f64, Numbers<'py>, (Numbers<'py>, Numbers<'py>), Ended);

fn solved(py: Python<'_>, coupled: Coupled, cols: usize) -> PyResult<Solved<'_>> {
    let end = ended(&coupled.report);
    let (u, v) = coupled.potentials;
    let plan = matrix(py, coupled.plan, cols)?;
    Ok((plan, coupled.value, vector(py, coupled.course), (vector(py, u), vector(py, v)), end))
}

/// A stationary plan of (fused) Gromov-Wasserstein by exact plans.
#[pyfunction]
pub fn ot_gromov<'py>(
    py: Python<'py>,
    spaces: Given<'py>,
    relative: f64,
    absolute: f64,
    max_iterations: usize,
    resources: Resources,
) -> PyResult<Solved<'py>> {
    let held = held(&spaces)?;
    let solver = Gromov { loss: held.loss, relative, absolute, max_iterations };
    let coupled = work(py, &resources, |ctx| solver.solve(ctx, &held.spaces(), held.start))?;
    solved(py, coupled, held.q.len())
}

/// A stationary plan of (fused) Gromov-Wasserstein by entropic plans.
#[pyfunction]
pub fn ot_entropic_gromov<'py>(
    py: Python<'py>,
    spaces: Given<'py>,
    inner: Inner,
    tolerance: f64,
    max_iterations: usize,
    resources: Resources,
) -> PyResult<Solved<'py>> {
    let held = held(&spaces)?;
    let scheme = match inner.scheme.as_str() {
        "PGD" => Scheme::ProjectedGradient,
        "PPA" => Scheme::ProximalPoint,
        other => {
            let error = Error::input(format!("There is no solver called \"{other}\"."));
            return Err(raise(error.advise("The solvers are PGD and PPA.")));
        }
    };
    let entropic = Sinkhorn {
        tolerance: inner.tolerance,
        max_iterations: inner.max_iterations,
        ..Sinkhorn::balanced(inner.epsilon)
    };
    let solver = EntropicGromov { loss: held.loss, scheme, inner: entropic, tolerance, max_iterations };
    let coupled = work(py, &resources, |ctx| solver.solve(ctx, &held.spaces(), held.start))?;
    solved(py, coupled, held.q.len())
}

/// The entropic barycentre of histograms, one a row.
#[pyfunction]
pub fn ot_barycentre<'py>(
    py: Python<'py>,
    histograms: PyReadonlyArray2<'py, f64>,
    weights: PyReadonlyArray1<'py, f64>,
    cost: PyReadonlyArray2<'py, f64>,
    epsilon: f64,
    tolerance: f64,
    max_iterations: usize,
    resources: Resources,
) -> PyResult<(Numbers<'py>, Ended)> {
    let (histograms, cost, weights) = (Rows::of(&histograms)?, Rows::of(&cost)?, numbers(&weights)?);
    let solver = Barycentre { epsilon, tolerance, max_iterations };
    let (barycentre, report) = work(py, &resources, |ctx| -> Result<_> {
        let rows: Vec<&[f64]> = histograms.values.chunks_exact(histograms.dim).collect();
        let cost = CostMatrix::new(cost.len(), cost.dim, cost.values.to_vec())?;
        solver.solve(ctx, &rows, weights, &cost)
    })?;
    Ok((vector(py, barycentre), ended(&report)))
}
