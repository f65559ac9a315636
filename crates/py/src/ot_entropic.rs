//! Entropic transport: balanced, unbalanced, partial.

use crate::arrays::{Rows, matrix, numbers, vector};
use crate::errors::raise;
use crate::ot_arrays::{Batch, Ended, Given, Numbers, ended, measure};
use crate::work::{Resources, work};
use numpy::{PyArray2, PyReadonlyArray1, PyReadonlyArray2, PyReadonlyArray3};
use pyo3::prelude::*;
use std::sync::Arc;
use thalweg_core::{Error, Result};
use thalweg_ot::{Capped, Discrepancy, Entropic, Majorise, MarginalPenalty, Metric, Posed, Potentials, Sinkhorn};

/// An entropic problem and its budgets; read from the attributes of a Python object.
#[derive(FromPyObject)]
pub struct Problem {
    epsilon: f64,
    /// Weights of the marginal penalties; None for a marginal that is met.
    rho: (Option<f64>, Option<f64>),
    tolerance: f64,
    max_iterations: usize,
}

impl Problem {
    fn solver(&self) -> Sinkhorn {
        let penalty = |rho: Option<f64>| rho.map_or(MarginalPenalty::Exact, |rho| MarginalPenalty::Kl { rho });
        Sinkhorn {
            source: penalty(self.rho.0),
            target: penalty(self.rho.1),
            tolerance: self.tolerance,
            max_iterations: self.max_iterations,
            ..Sinkhorn::balanced(self.epsilon)
        }
    }
}

/// Potentials to start from.
pub type Warm<'py> = Option<(PyReadonlyArray1<'py, f64>, PyReadonlyArray1<'py, f64>)>;

fn start(warm: &Warm<'_>) -> PyResult<Option<Potentials>> {
    let Some((source, target)) = warm else { return Ok(None) };
    Ok(Some(Potentials { source: numbers(source)?.to_vec(), target: numbers(target)?.to_vec() }))
}

/// Potentials, transport cost, whole objective, how it ended, and the residual after each iteration.
type Solved<'py> = (Numbers<'py>, Numbers<'py>, f64, f64, Ended, Vec<f64>);

fn solved(py: Python<'_>, entropic: Entropic) -> Solved<'_> {
    let end = ended(&entropic.report);
    let Potentials { source, target } = entropic.potentials;
    (vector(py, source), vector(py, target), entropic.cost, entropic.objective, end, entropic.history)
}

/// The plan of an entropic problem under a cost matrix, and its potentials.
#[pyfunction]
#[pyo3(signature = (a, b, cost, problem, warm, resources))]
pub fn ot_entropic<'py>(
    py: Python<'py>,
    a: PyReadonlyArray1<'py, f64>,
    b: PyReadonlyArray1<'py, f64>,
    cost: PyReadonlyArray2<'py, f64>,
    problem: Problem,
    warm: Warm<'py>,
    resources: Resources,
) -> PyResult<(Bound<'py, PyArray2<f64>>, Solved<'py>)> {
    let posed = Given::of(&a, &b, &cost)?;
    let warm = start(&warm)?;
    let (plan, entropic) = work(py, &resources, |ctx| {
        ctx.require_memory(24 * posed.entries(), "Entropic transport under a cost matrix")?;
        let cost = posed.cost()?;
        let entropic = problem.solver().solve_matrix_with(ctx, posed.a, posed.b, &cost, warm.as_ref())?;
        Ok((ctx.install(|| entropic.matrix(posed.a, posed.b, &cost)), entropic))
    })?;
    Ok((matrix(py, plan, posed.b.len())?, solved(py, entropic)))
}

/// Entropic plans of many problems of one shape, on the threads of the call: plans, potentials and costs one after another,
/// and the worst end.
#[pyfunction]
pub fn ot_entropic_batch<'py>(
    py: Python<'py>,
    a: PyReadonlyArray2<'py, f64>,
    b: PyReadonlyArray2<'py, f64>,
    costs: PyReadonlyArray3<'py, f64>,
    problem: Problem,
    resources: Resources,
) -> PyResult<(Numbers<'py>, Numbers<'py>, Numbers<'py>, Ended)> {
    let batch = Batch::of(&a, &b, &costs)?;
    let (plans, found) = work(py, &resources, |ctx| {
        ctx.require_memory(24 * batch.entries(), "The plans of a batch")?;
        let costs = (0..batch.len()).map(|k| batch.cost(k)).collect::<Result<Vec<_>>>()?;
        let problems: Vec<Posed<'_>> =
            costs.iter().enumerate().map(|(k, cost)| Posed { a: batch.a(k), b: batch.b(k), cost }).collect();
        let found = problem.solver().solve_many(ctx, &problems)?;
        let plans =
            ctx.install(|| found.iter().zip(&problems).map(|(e, p)| e.matrix(p.a, p.b, p.cost)).collect::<Vec<_>>());
        Ok((plans.concat(), found))
    })?;
    let residual = |e: &Entropic| e.report.residuals.first().map_or(f64::NAN, |(_, value)| *value);
    let worst = found.iter().max_by(|one, other| residual(one).total_cmp(&residual(other)));
    let end = worst.map_or((true, 0, 0.0, None), |e| ended(&e.report));
    let (f, g): (Vec<_>, Vec<_>) = found.into_iter().map(|e| (e.potentials.source, e.potentials.target)).unzip();
    Ok((vector(py, plans), vector(py, f.concat()), vector(py, g.concat()), end))
}

/// As `ot_entropic` between points under `sqeuclidean` or `euclidean`, without a matrix; row and column sums in place
/// of the plan.
#[pyfunction]
#[pyo3(signature = (x, y, a, b, metric, problem, warm, resources))]
pub fn ot_entropic_points<'py>(
    py: Python<'py>,
    x: PyReadonlyArray2<'py, f64>,
    y: PyReadonlyArray2<'py, f64>,
    a: PyReadonlyArray1<'py, f64>,
    b: PyReadonlyArray1<'py, f64>,
    metric: &str,
    problem: Problem,
    warm: Warm<'py>,
    resources: Resources,
) -> PyResult<(Numbers<'py>, Numbers<'py>, Solved<'py>)> {
    let (x, y, a, b) = (Rows::of(&x)?, Rows::of(&y)?, numbers(&a)?, numbers(&b)?);
    let ground = Metric::named(metric, 2.0).map_err(raise)?.ground().ok_or_else(|| {
        raise(
            Error::input(format!("Entropic transport without a cost matrix does not know the cost \"{metric}\"."))
                .advise("Use sqeuclidean or euclidean, or lazy=False."),
        )
    })?;
    let warm = start(&warm)?;
    let mut entropic = work(py, &resources, |ctx| {
        let (source, target) = (Arc::new(measure(x, a)?), Arc::new(measure(y, b)?));
        Ok(problem.solver().solve(ctx, &source, &target, ground, warm.as_ref())?.0)
    })?;
    let sums = (std::mem::take(&mut entropic.row_sums), std::mem::take(&mut entropic.column_sums));
    Ok((vector(py, sums.0), vector(py, sums.1), solved(py, entropic)))
}

/// The plan of entropic partial transport of `mass`.
#[pyfunction]
pub fn ot_entropic_partial<'py>(
    py: Python<'py>,
    a: PyReadonlyArray1<'py, f64>,
    b: PyReadonlyArray1<'py, f64>,
    cost: PyReadonlyArray2<'py, f64>,
    epsilon: f64,
    mass: f64,
    tolerance: f64,
    max_iterations: usize,
    resources: Resources,
) -> PyResult<(Bound<'py, PyArray2<f64>>, Ended)> {
    let posed = Given::of(&a, &b, &cost)?;
    let solver = Capped { epsilon, mass, tolerance, max_iterations };
    let (plan, report) = work(py, &resources, |ctx| solver.solve(ctx, posed.a, posed.b, &posed.cost()?))?;
    Ok((matrix(py, plan, posed.b.len())?, ended(&report)))
}

/// The plan of unregularised unbalanced transport that majorisation and minimisation reaches from `plan`; `divergence`
/// is `kl` or `l2`.
#[pyfunction]
pub fn ot_majorise<'py>(
    py: Python<'py>,
    a: PyReadonlyArray1<'py, f64>,
    b: PyReadonlyArray1<'py, f64>,
    cost: PyReadonlyArray2<'py, f64>,
    reference: PyReadonlyArray2<'py, f64>,
    plan: PyReadonlyArray2<'py, f64>,
    divergence: &str,
    epsilon: f64,
    rho: (f64, f64),
    tolerance: f64,
    max_iterations: usize,
    resources: Resources,
) -> PyResult<(Bound<'py, PyArray2<f64>>, Ended)> {
    let posed = Given::of(&a, &b, &cost)?;
    let (reference, plan) = (Rows::of(&reference)?.values, Rows::of(&plan)?.values);
    let divergence = match divergence {
        "kl" => Discrepancy::KullbackLeibler,
        "l2" => Discrepancy::Squared,
        other => return Err(raise(Error::input(format!("The divergence is \"{other}\", but it must be kl or l2.")))),
    };
    let solver = Majorise { divergence, rho, epsilon, tolerance, max_iterations };
    let (plan, report) = work(py, &resources, |ctx| {
        ctx.require_memory(40 * posed.entries(), "Unbalanced transport by majorisation")?;
        let mut plan = plan.to_vec();
        let report = solver.solve(ctx, posed.a, posed.b, &posed.cost()?, reference, &mut plan)?;
        Ok((plan, report))
    })?;
    Ok((matrix(py, plan, posed.b.len())?, ended(&report)))
}
