//! Distances between weighted point sets.

use crate::arrays::{Rows, numbers};
use crate::work::{Resources, work};
use numpy::{PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
use thalweg_core::{Context, Error, Measure, Result, Stream};
use thalweg_ot::metrics::{self, Bandwidth};

/// The distance called `name` between the rows of `x` and of `y`; `parameter` is the number of directions of
/// `sliced-w2` and `max-sliced-w2`, or the kernel width of `mmd`.
#[pyfunction]
#[pyo3(signature = (name, x, y, x_weights, y_weights, parameter, resources))]
pub fn distance(
    py: Python<'_>,
    name: &str,
    x: PyReadonlyArray2<'_, f64>,
    y: PyReadonlyArray2<'_, f64>,
    x_weights: Option<PyReadonlyArray1<'_, f64>>,
    y_weights: Option<PyReadonlyArray1<'_, f64>>,
    parameter: Option<f64>,
    resources: Resources,
) -> PyResult<f64> {
    let (x, y) = (Rows::of(&x)?, Rows::of(&y)?);
    let x_weights = x_weights.as_ref().map(numbers).transpose()?;
    let y_weights = y_weights.as_ref().map(numbers).transpose()?;
    work(py, &resources, |ctx| between(name, &measure(x, x_weights)?, &measure(y, y_weights)?, parameter, ctx))
}

fn measure(rows: Rows<'_>, weights: Option<&[f64]>) -> Result<Measure> {
    match weights {
        Some(weights) => Measure::new(rows.points()?, weights.to_vec()),
        None => Measure::counted(rows.points()?),
    }
}

fn between(name: &str, x: &Measure, y: &Measure, parameter: Option<f64>, ctx: &Context) -> Result<f64> {
    match name {
        "w1" => metrics::w1(ctx, x, y),
        "w2" => metrics::w2(ctx, x, y),
        "sliced-w2" => {
            let directions = parameter.unwrap_or(128.0);
            metrics::sliced_w2(ctx, x, y, directions as usize, &mut Stream::new(ctx.seed(), "directions", 0))
        }
        "max-sliced-w2" => {
            let starts = parameter.unwrap_or(64.0);
            metrics::max_sliced_w2(ctx, x, y, starts as usize, &mut Stream::new(ctx.seed(), "directions", 0))
        }
        "mmd" => metrics::mmd(ctx, x, y, &parameter.map_or(Bandwidth::Median, Bandwidth::Fixed)),
        "energy" => metrics::energy_distance(ctx, x, y),
        _ => Err(Error::input(format!("There is no distance called \"{name}\"."))
            .advise("The distances are w1, w2, sliced-w2, max-sliced-w2, mmd and energy.")),
    }
}
