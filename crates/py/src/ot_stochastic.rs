//! Stochastic ascent of the semi-dual.

use crate::arrays::vector;
use crate::errors::raise;
use crate::ot_arrays::{Given, Numbers};
use crate::work::{Resources, work};
use numpy::{PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
use thalweg_core::Error;
use thalweg_ot::{Averaging, semi_dual};

/// The potential of the targets after one step for each source in `draws`; `ascent` is `sag` or `asgd`.
#[pyfunction]
pub fn ot_semi_dual<'py>(
    py: Python<'py>,
    a: PyReadonlyArray1<'py, f64>,
    b: PyReadonlyArray1<'py, f64>,
    cost: PyReadonlyArray2<'py, f64>,
    epsilon: f64,
    rate: f64,
    ascent: &str,
    draws: PyReadonlyArray1<'py, i64>,
    resources: Resources,
) -> PyResult<Numbers<'py>> {
    let given = Given::of(&a, &b, &cost)?;
    let ascent = match ascent {
        "sag" => Averaging::Gradients,
        "asgd" => Averaging::Iterates,
        other => {
            let error = Error::input(format!("There is no stochastic method called \"{other}\"."));
            return Err(raise(error.advise("The methods are sag and asgd.")));
        }
    };
    // A negative draw becomes a source that does not exist, which is refused.
    let draws: Vec<usize> = draws.as_array().iter().map(|i| usize::try_from(*i).unwrap_or(usize::MAX)).collect();
    let v =
        work(py, &resources, |ctx| semi_dual(ctx, given.a, given.b, &given.cost()?, epsilon, rate, ascent, &draws))?;
    Ok(vector(py, v))
}
