//! Distances, and costs by sorting on lines and circles.

use crate::arrays::{Rows, matrix, numbers, vector};
use crate::errors::raise;
use crate::ot_arrays::{Numbers, measure};
use crate::work::{Resources, work_of};
use numpy::{PyArray2, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
use rayon::prelude::*;
use thalweg_core::Result;
use thalweg_ot::{Metric, circle_power, line_power, sliced_costs};

/// The `n x m` distances between rows; `p` and `w` belong to `minkowski`.
#[pyfunction]
#[pyo3(signature = (x, y, metric, p, w, resources))]
pub fn ot_distances<'py>(
    py: Python<'py>,
    x: PyReadonlyArray2<'py, f64>,
    y: PyReadonlyArray2<'py, f64>,
    metric: &str,
    p: f64,
    w: Option<PyReadonlyArray1<'py, f64>>,
    resources: Resources,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let (x, y) = (Rows::of(&x)?, Rows::of(&y)?);
    let w = w.as_ref().map(numbers).transpose()?;
    let metric = Metric::named(metric, p).map_err(raise)?;
    let operations = (x.len() * y.len() * x.dim) as u64;
    let values = work_of(py, &resources, operations, |ctx| match (metric.ground(), w) {
        // The blocked kernel of the solvers, which takes no weights.
        (Some(ground), None) => {
            ctx.require_memory(8 * (x.len() * y.len()) as u64, "The matrix of distances")?;
            ctx.install(|| Ok(ground.matrix(&x.points()?, &y.points()?)?.values().to_vec()))
        }
        _ => metric.matrix(ctx, &x.points()?, &y.points()?, w),
    })?;
    matrix(py, values, y.len())
}

/// `W_p^p` along each row of `directions`.
#[pyfunction]
pub fn ot_sliced_costs<'py>(
    py: Python<'py>,
    x: PyReadonlyArray2<'py, f64>,
    y: PyReadonlyArray2<'py, f64>,
    a: PyReadonlyArray1<'py, f64>,
    b: PyReadonlyArray1<'py, f64>,
    directions: PyReadonlyArray2<'py, f64>,
    p: f64,
    resources: Resources,
) -> PyResult<Numbers<'py>> {
    let (x, y, directions) = (Rows::of(&x)?, Rows::of(&y)?, Rows::of(&directions)?);
    let (a, b) = (numbers(&a)?, numbers(&b)?);
    let operations = (directions.len() * (x.len() + y.len()) * (x.dim + 32)) as u64;
    let costs = work_of(py, &resources, operations, |ctx| {
        sliced_costs(ctx, &measure(x, a)?, &measure(y, b)?, &directions.points()?, p)
    })?;
    Ok(vector(py, costs))
}

/// One number for each row of `x` and the same rows of `y` and of the weights, on the threads of the call.
fn by_rows<'py>(
    py: Python<'py>,
    [x, a, y, b]: [&PyReadonlyArray2<'py, f64>; 4],
    resources: &Resources,
    cost: impl Fn(&[f64], &[f64], &[f64], &[f64]) -> Result<f64> + Send + Sync,
) -> PyResult<Numbers<'py>> {
    let (x, a, y, b) = (Rows::of(x)?, Rows::of(a)?, Rows::of(y)?, Rows::of(b)?);
    let row = |rows: Rows<'_>, k: usize| rows.values[k * rows.dim..(k + 1) * rows.dim].to_vec();
    // Sorting is what takes the time.
    let costs = work_of(py, resources, 32 * (x.values.len() + y.values.len()) as u64, |ctx| {
        ctx.install(|| {
            let cost = |k: usize| {
                ctx.check_stop()?;
                cost(&row(x, k), &row(a, k), &row(y, k), &row(b, k))
            };
            (0..x.len()).into_par_iter().map(cost).collect::<Result<Vec<_>>>()
        })
    })?;
    Ok(vector(py, costs))
}

/// `W_p^p` on the line between each row of `x` and the same row of `y`, weights alike.
#[pyfunction]
pub fn ot_line_costs<'py>(
    py: Python<'py>,
    x: PyReadonlyArray2<'py, f64>,
    a: PyReadonlyArray2<'py, f64>,
    y: PyReadonlyArray2<'py, f64>,
    b: PyReadonlyArray2<'py, f64>,
    p: f64,
    resources: Resources,
) -> PyResult<Numbers<'py>> {
    by_rows(py, [&x, &a, &y, &b], &resources, |x, a, y, b| line_power(x, a, y, b, p))
}

/// As `ot_line_costs` on the circle of circumference 1.
#[pyfunction]
pub fn ot_circle_costs<'py>(
    py: Python<'py>,
    x: PyReadonlyArray2<'py, f64>,
    a: PyReadonlyArray2<'py, f64>,
    y: PyReadonlyArray2<'py, f64>,
    b: PyReadonlyArray2<'py, f64>,
    p: f64,
    resources: Resources,
) -> PyResult<Numbers<'py>> {
    by_rows(py, [&x, &a, &y, &b], &resources, |x, a, y, b| circle_power(x, a, y, b, p))
}
