//! A learned law in Python's hands.

use crate::arrays::{Rows, matrix, numbers, vector};
use crate::errors::raise;
use crate::evaluate::{Quantity, evaluate};
use crate::work::{Resources, work};
use numpy::{PyArray1, PyArray2, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use std::path::PathBuf;
use thalweg_core::{Error, Result, VectorField};

/// An array that Python owns.
type Matrix<'py> = Bound<'py, PyArray2<f64>>;
/// As [`Matrix`].
type Vector<'py> = Bound<'py, PyArray1<f64>>;

/// A learned law; use `thalweg.Run`.
#[pyclass(frozen, module = "thalweg._thalweg")]
pub struct Model(thalweg_nn::Model);

impl Model {
    pub fn new(model: thalweg_nn::Model) -> Self {
        Self(model)
    }

    pub fn inner(&self) -> &thalweg_nn::Model {
        &self.0
    }

    /// A quantity of `width` numbers at rows that must have the coordinates of the law.
    fn at(&self, py: Python<'_>, rows: &At<'_>, width: usize, quantity: &Quantity<'_>) -> PyResult<Vec<f64>> {
        let At(times, x, resources) = rows;
        let rows = Rows::of(x)?;
        if rows.dim != self.0.dim() {
            return Err(raise(Error::input(format!(
                "The points have {} coordinates and the run was learned on {} ({}).",
                rows.dim,
                self.0.dim(),
                self.0.law().features.join(", ")
            ))));
        }
        evaluate(py, numbers(times)?, rows, width, resources, quantity)
    }
}

/// Where a law is asked for a quantity: one time or one a row (`1` or `n`), rows (`n x d`), and what the call may use.
#[derive(FromPyObject)]
struct At<'py>(PyReadonlyArray1<'py, f64>, PyReadonlyArray2<'py, f64>, Resources);

/// A quantity that the law always has.
fn known<'a>(
    quantity: impl Fn(f64, &[f64], &mut [f64]) + Sync + 'a,
) -> impl Fn(f64, &[f64], &mut [f64]) -> Result<()> + Sync + 'a {
    move |t, x, out| {
        quantity(t, x, out);
        Ok(())
    }
}

#[pymethods]
impl Model {
    /// The model in the bytes of a `model.safetensors`.
    #[staticmethod]
    fn from_bytes(data: &[u8]) -> PyResult<Self> {
        thalweg_nn::Model::from_bytes(data.to_vec()).map(Self).map_err(raise)
    }

    /// The model in the file at `path`.
    #[staticmethod]
    fn load(path: PathBuf) -> PyResult<Self> {
        thalweg_nn::Model::load(path).map(Self).map_err(raise)
    }

    /// The bytes of `model.safetensors`.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.0.to_bytes().map_err(raise)?))
    }

    /// Names of the coordinates.
    #[getter]
    fn features(&self) -> Vec<String> {
        self.0.law().features.clone()
    }

    /// Times of the snapshots it was learned from, increasing.
    #[getter]
    fn times(&self) -> Vec<f64> {
        self.0.law().times.clone()
    }

    /// Name of the method that learned it.
    #[getter]
    fn method(&self) -> String {
        self.0.law().method.clone()
    }

    /// Whether growth can be other than zero.
    #[getter]
    fn has_growth(&self) -> bool {
        VectorField::has_growth(&self.0)
    }

    /// Whether the score is known.
    #[getter]
    fn has_score(&self) -> bool {
        self.0.has_score()
    }

    /// What is to be said of a move between `times`, some of which training never saw.
    fn beyond(&self, times: Vec<f64>) -> Option<String> {
        thalweg_run::beyond(&self.0, &times)
    }

    /// Velocity (`n x d`).
    fn velocity<'py>(&self, py: Python<'py>, rows: At<'py>) -> PyResult<Matrix<'py>> {
        let velocity = known(|t, x, out| self.0.velocity(t, x, out));
        matrix(py, self.at(py, &rows, self.0.dim(), &velocity)?, self.0.dim())
    }

    /// Growth rate (`n`).
    fn growth<'py>(&self, py: Python<'py>, rows: At<'py>) -> PyResult<Vector<'py>> {
        Ok(vector(py, self.at(py, &rows, 1, &known(|t, x, out| self.0.growth(t, x, out)))?))
    }

    /// Divergence of the velocity (`n`).
    fn divergence<'py>(&self, py: Python<'py>, rows: At<'py>) -> PyResult<Vector<'py>> {
        Ok(vector(py, self.at(py, &rows, 1, &known(|t, x, out| self.0.divergence(t, x, out)))?))
    }

    /// Score (`n x d`).
    fn score<'py>(&self, py: Python<'py>, rows: At<'py>) -> PyResult<Matrix<'py>> {
        matrix(py, self.at(py, &rows, self.0.dim(), &|t, x, out| self.0.score(t, x, out))?, self.0.dim())
    }

    /// The rows of `x` moved from `t0` to `t1` (`n x d`), and what each weighs then (`n`), if there is growth.
    fn push<'py>(
        &self,
        py: Python<'py>,
        x: PyReadonlyArray2<'py, f64>,
        t0: f64,
        t1: f64,
        epsilon: Option<f64>,
        resources: Resources,
    ) -> PyResult<(Matrix<'py>, Option<Vector<'py>>)> {
        let rows = Rows::of(&x)?;
        let (moved, weights) =
            work(py, &resources, |ctx| thalweg_run::push(&self.0, &rows.points()?, (t0, t1), epsilon, ctx))?;
        Ok((matrix(py, moved.into_values(), rows.dim)?, weights.map(|w| vector(py, w))))
    }

    /// The rows of `x` at each of `times`, `T·n x d`, and what each weighs then (`T x n`), if there is growth.
    fn simulate<'py>(
        &self,
        py: Python<'py>,
        x: PyReadonlyArray2<'py, f64>,
        times: Vec<f64>,
        epsilon: Option<f64>,
        resources: Resources,
    ) -> PyResult<(Matrix<'py>, Option<Matrix<'py>>)> {
        let rows = Rows::of(&x)?;
        let path = work(py, &resources, |ctx| thalweg_run::follow(&self.0, &rows.points()?, &times, epsilon, ctx))?;
        let mut states = Vec::with_capacity(times.len() * rows.values.len());
        path.states.iter().for_each(|cloud| states.extend_from_slice(cloud.values()));
        let weights: Vec<f64> = path.log_weights.iter().flatten().map(|log| log.exp()).collect();
        let weights = (!path.log_weights.is_empty()).then(|| matrix(py, weights, rows.len())).transpose()?;
        Ok((matrix(py, states, rows.dim)?, weights))
    }
}
