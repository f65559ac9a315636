//! NumPy arrays as slices, and back. Nothing is copied on the way in.

use crate::errors::raise;
use numpy::{
    IntoPyArray, PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2, PyUntypedArrayMethods,
};
use pyo3::prelude::*;
use thalweg_core::{Error, Points};

/// Rows of an array, borrowed.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    pub dim: usize,
    pub values: &'a [f64],
}

impl<'a> Rows<'a> {
    /// The rows of a C-contiguous array with at least one column.
    pub fn of(array: &'a PyReadonlyArray2<'_, f64>) -> PyResult<Self> {
        match (array.shape()[1], array.as_slice()) {
            (0, _) => Err(raise(Error::input("The points have no coordinates: the array has 0 columns."))),
            (dim, Ok(values)) => Ok(Self { dim, values }),
            (_, Err(_)) => Err(raise(contiguous())),
        }
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.values.len() / self.dim
    }

    /// A copy that the engine may keep and move.
    pub fn points(&self) -> thalweg_core::Result<Points> {
        Points::new(self.dim, self.values.to_vec())
    }
}

/// The numbers of a contiguous array, borrowed.
pub fn numbers<'a>(array: &'a PyReadonlyArray1<'_, f64>) -> PyResult<&'a [f64]> {
    array.as_slice().map_err(|_| raise(contiguous()))
}

/// An `n x dim` array that takes over `values`.
pub fn matrix(py: Python<'_>, values: Vec<f64>, dim: usize) -> PyResult<Bound<'_, PyArray2<f64>>> {
    let rows = values.len() / dim.max(1);
    values.into_pyarray(py).reshape([rows, dim])
}

/// An array that takes over `values`.
pub fn vector(py: Python<'_>, values: Vec<f64>) -> Bound<'_, PyArray1<f64>> {
    values.into_pyarray(py)
}

/// What an array in another order is refused with.
pub fn contiguous() -> Error {
    Error::input("The array is not C-contiguous.").advise("Pass it through numpy.ascontiguousarray.")
}
