//! Finite Markov chains: their arrow of time.

use crate::arrays::{Rows, matrix, numbers, vector};
use crate::errors::raise;
use numpy::{PyArray1, PyArray2, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
use thalweg_core::Error;
use thalweg_measure::Chain;

/// A Markov chain; use `thalweg.measure.Chain`.
#[pyclass(frozen, module = "thalweg._thalweg")]
pub struct MarkovChain {
    chain: Chain,
}

#[pymethods]
impl MarkovChain {
    /// From its matrix, whose rows sum to 1.
    #[staticmethod]
    fn of(matrix: PyReadonlyArray2<'_, f64>) -> PyResult<Self> {
        let rows = Rows::of(&matrix)?;
        if rows.len() != rows.dim {
            return Err(raise(Error::input(format!(
                "The matrix of a chain has {} rows and {} columns, but it must be square.",
                rows.len(),
                rows.dim
            ))));
        }
        Chain::new(rows.dim, rows.values.to_vec()).map(|chain| Self { chain }).map_err(raise)
    }

    /// Probabilities of a step.
    fn matrix<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        matrix(py, self.chain.rows().to_vec(), self.chain.states())
    }

    /// The law that a step does not change.
    fn stationary<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray1<f64>>> {
        Ok(vector(py, self.chain.stationary().map_err(raise)?))
    }

    /// Nats a step.
    fn entropy_production(&self) -> PyResult<f64> {
        self.chain.entropy_production().map_err(raise)
    }

    /// Divergence of paths from the same paths backward, in nats; of blocks of states where they are given.
    #[pyo3(signature = (start, steps, blocks))]
    fn arrow_of_time(
        &self,
        py: Python<'_>,
        start: Option<PyReadonlyArray1<'_, f64>>,
        steps: usize,
        blocks: Option<Vec<usize>>,
    ) -> PyResult<f64> {
        let start = match &start {
            Some(start) => numbers(start)?.to_vec(),
            None => self.chain.stationary().map_err(raise)?,
        };
        py.detach(|| match &blocks {
            None => self.chain.path_divergence(&start, steps),
            Some(blocks) => self.chain.lumped_path_divergence(&start, blocks, steps),
        })
        .map_err(raise)
    }

    /// From 0 for a projection to 1.
    fn idempotence_defect(&self) -> f64 {
        self.chain.idempotence_defect()
    }

    /// As it is seen backward in time from its stationary law.
    fn reversed(&self) -> PyResult<Self> {
        self.chain.reversed().map(|chain| Self { chain }).map_err(raise)
    }

    /// So many steps at a time.
    fn power(&self, steps: u64) -> Self {
        Self { chain: self.chain.power(steps) }
    }
}
