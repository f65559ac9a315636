//! Exponents of laws that are functions of Python.

use crate::arrays::{numbers, vector};
use crate::errors::raise;
use crate::job::parse;
use crate::systems::{Called, CalledMap, reraise};
use crate::work::{Resources, work};
use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use std::sync::Mutex;
use thalweg_core::{Points, kaplan_yorke};
use thalweg_measure::{Exponents, JacobianFn, exponents, exponents_of_map};

/// Exponents, their errors, and the Kaplan-Yorke dimension.
type Found<'py> = (Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>, f64);

/// The exponents of the flow, or the map, `law(t, x)`; `settings` is JSON. A Jacobian gives `n x d^2`.
#[pyfunction]
#[pyo3(signature = (law, jacobian, is_map, start, settings, resources))]
pub fn exponents_of_function<'py>(
    py: Python<'py>,
    law: Py<PyAny>,
    jacobian: Option<Py<PyAny>>,
    is_map: bool,
    start: PyReadonlyArray1<'py, f64>,
    settings: &str,
    resources: Resources,
) -> PyResult<Found<'py>> {
    let start = numbers(&start)?.to_vec();
    let settings: Exponents = parse(settings).map_err(raise)?;
    let (raised, dim) = (Mutex::new(None), start.len());
    let called = Called::new(dim, &law, &raised);
    let derivatives = jacobian.as_ref().map(|function| Called::new(dim, function, &raised));
    let found = work(py, &resources, |ctx| {
        let start = Points::new(dim, start)?;
        if is_map {
            return exponents_of_map(&CalledMap { next: called, jacobian: derivatives }, &start, &settings, ctx);
        }
        let matrix = derivatives.map(|called| move |t: f64, x: &[f64], out: &mut [f64]| called.fill(t, x, None, out));
        exponents(&called, matrix.as_ref().map(|f| f as &JacobianFn), &start, &settings, ctx)
    });
    reraise(&raised)?;
    let (values, errors): (Vec<f64>, Vec<f64>) = found?.into_iter().unzip();
    // That the sum is not negative means something beyond its error only.
    let error = errors.iter().map(|e| e * e).sum::<f64>().sqrt();
    let dimension = kaplan_yorke(&values, error);
    Ok((vector(py, values), vector(py, errors), dimension))
}
