//! Exact transport: from costs, from points, many at once, on the line.

use crate::arrays::{Rows, matrix, numbers, vector};
use crate::errors::raise;
use crate::ot_arrays::{Batch, Entries, Given, Numbers, entries, measure};
use crate::work::{Resources, work, work_of};
use numpy::{PyArray2, PyReadonlyArray1, PyReadonlyArray2, PyReadonlyArray3};
use pyo3::prelude::*;
use rayon::prelude::*;
use thalweg_core::{Error, Result};
use thalweg_ot::{Certificate, Metric, line, partial_matrix, partial_of_mass_matrix, transport, transport_matrix};

/// Primal, dual and gap for the mass that was asked for.
type Proof = (f64, f64, f64);

fn proof(certificate: &Certificate, mass: f64) -> Proof {
    (mass * certificate.primal, mass * certificate.dual, mass * certificate.gap)
}

/// An optimal plan under a cost matrix, its duals and its proof; the mass is that of `a`.
#[pyfunction]
pub fn ot_exact<'py>(
    py: Python<'py>,
    a: PyReadonlyArray1<'py, f64>,
    b: PyReadonlyArray1<'py, f64>,
    cost: PyReadonlyArray2<'py, f64>,
    resources: Resources,
) -> PyResult<(Bound<'py, PyArray2<f64>>, Numbers<'py>, Numbers<'py>, Proof)> {
    let posed = Given::of(&a, &b, &cost)?;
    let mass: f64 = posed.a.iter().sum();
    let (plan, exact) = work_of(py, &resources, 24 * posed.entries(), |ctx| {
        ctx.require_memory(24 * posed.entries(), "Exact transport under a cost matrix")?;
        let exact = transport_matrix(ctx, posed.a, posed.b, &posed.cost()?)?;
        Ok((exact.plan.matrix(mass), exact))
    })?;
    let plan = matrix(py, plan, posed.b.len())?;
    let (u, v) = (vector(py, exact.source_potential), vector(py, exact.target_potential));
    Ok((plan, u, v, proof(&exact.certificate, mass)))
}

/// The plan that moves `mass`, or else what pays at the `price` of a unit that stays on either side; its duals and
/// its proof, which at a price is of the whole objective.
#[pyfunction]
pub fn ot_partial<'py>(
    py: Python<'py>,
    a: PyReadonlyArray1<'py, f64>,
    b: PyReadonlyArray1<'py, f64>,
    cost: PyReadonlyArray2<'py, f64>,
    mass: Option<f64>,
    price: f64,
    resources: Resources,
) -> PyResult<(Bound<'py, PyArray2<f64>>, Numbers<'py>, Numbers<'py>, Proof)> {
    let posed = Given::of(&a, &b, &cost)?;
    let (plan, partial) = work_of(py, &resources, 32 * posed.entries(), |ctx| {
        ctx.require_memory(32 * posed.entries(), "Partial transport under a cost matrix")?;
        let cost = posed.cost()?;
        let partial = match mass {
            Some(mass) => partial_of_mass_matrix(ctx, posed.a, posed.b, &cost, mass)?,
            None => partial_matrix(ctx, posed.a, posed.b, &cost, price)?,
        };
        Ok((partial.plan.matrix(1.0), partial))
    })?;
    let plan = matrix(py, plan, posed.b.len())?;
    let (u, v) = (vector(py, partial.source_potential), vector(py, partial.target_potential));
    Ok((plan, u, v, proof(&partial.certificate, 1.0)))
}

/// As `ot_exact` between points under `sqeuclidean` or `euclidean`; the plan comes as its entries.
#[pyfunction]
pub fn ot_exact_points<'py>(
    py: Python<'py>,
    x: PyReadonlyArray2<'py, f64>,
    y: PyReadonlyArray2<'py, f64>,
    a: PyReadonlyArray1<'py, f64>,
    b: PyReadonlyArray1<'py, f64>,
    metric: &str,
    resources: Resources,
) -> PyResult<(Entries<'py>, Numbers<'py>, Numbers<'py>, Proof)> {
    let (x, y, a, b) = (Rows::of(&x)?, Rows::of(&y)?, numbers(&a)?, numbers(&b)?);
    let ground = Metric::named(metric, 2.0).map_err(raise)?.ground().ok_or_else(|| {
        raise(
            Error::input(format!("Points are matched without a cost matrix under other costs than \"{metric}\"."))
                .advise("Use sqeuclidean or euclidean, or compute the costs with dist."),
        )
    })?;
    let exact = work_of(py, &resources, 24 * (x.len() * y.len()) as u64, |ctx| {
        transport(ctx, &measure(x, a)?, &measure(y, b)?, ground)
    })?;
    let mass: f64 = a.iter().sum();
    let plan = entries(py, &exact.plan, mass);
    let (u, v) = (vector(py, exact.source_potential), vector(py, exact.target_potential));
    Ok((plan, u, v, proof(&exact.certificate, mass)))
}

/// Optimal plans of many problems of one shape, on the threads of the call: plans one after another, and their costs.
#[pyfunction]
pub fn ot_exact_batch<'py>(
    py: Python<'py>,
    a: PyReadonlyArray2<'py, f64>,
    b: PyReadonlyArray2<'py, f64>,
    costs: PyReadonlyArray3<'py, f64>,
    resources: Resources,
) -> PyResult<(Numbers<'py>, Numbers<'py>)> {
    let batch = Batch::of(&a, &b, &costs)?;
    let solved = work(py, &resources, |ctx| {
        ctx.require_memory(8 * batch.entries(), "The plans of a batch")?;
        let mut plans = vec![0.0; batch.entries() as usize];
        let solve = |(k, plan): (usize, &mut [f64])| {
            ctx.check_stop()?;
            let (a, b) = (batch.a(k), batch.b(k));
            let mass: f64 = a.iter().sum();
            let exact = transport_matrix(ctx, a, b, &batch.cost(k)?)?;
            exact.plan.for_each(|i, j, part| plan[i * b.len() + j] = mass * part);
            Ok(mass * exact.certificate.primal)
        };
        let values =
            ctx.install(|| plans.par_chunks_mut(batch.size()).enumerate().map(solve).collect::<Result<_>>())?;
        Ok((plans, values))
    })?;
    Ok((vector(py, solved.0), vector(py, solved.1)))
}

/// The monotone plan on the line as its entries, and its cost: the distance to the power `p`.
#[pyfunction]
pub fn ot_line<'py>(
    py: Python<'py>,
    x: PyReadonlyArray1<'py, f64>,
    a: PyReadonlyArray1<'py, f64>,
    y: PyReadonlyArray1<'py, f64>,
    b: PyReadonlyArray1<'py, f64>,
    p: f64,
) -> PyResult<(Entries<'py>, f64)> {
    let (x, a, y, b) = (numbers(&x)?, numbers(&a)?, numbers(&y)?, numbers(&b)?);
    let mass: f64 = a.iter().sum();
    let power = |x: f64, y: f64| match (x - y).abs() {
        r if p == 1.0 => r,
        r if p == 2.0 => r * r,
        r => r.powf(p),
    };
    let plan = py.detach(|| line(x, a, y, b, power)).map_err(raise)?;
    Ok((entries(py, &plan, mass), mass * plan.cost()))
}
