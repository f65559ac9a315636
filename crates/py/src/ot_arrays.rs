//! What the functions of `thalweg.ot` take and give in common.

use crate::arrays::{Rows, numbers, vector};
use crate::errors::raise;
use numpy::{PyArray1, PyReadonlyArray1, PyReadonlyArray2, PyReadonlyArray3, PyUntypedArrayMethods};
use pyo3::prelude::*;
use thalweg_core::{Error, Measure, Report, Result};
use thalweg_ot::{CostMatrix, Plan};

/// A vector of numbers in Python's hands.
pub type Numbers<'py> = Bound<'py, PyArray1<f64>>;

/// Weights on both sides and the costs between, borrowed.
pub struct Given<'a> {
    pub a: &'a [f64],
    pub b: &'a [f64],
    rows: usize,
    cols: usize,
    costs: &'a [f64],
}

impl<'a> Given<'a> {
    pub fn of(
        a: &'a PyReadonlyArray1<'_, f64>,
        b: &'a PyReadonlyArray1<'_, f64>,
        cost: &'a PyReadonlyArray2<'_, f64>,
    ) -> PyResult<Self> {
        let costs = cost.as_slice().map_err(|_| raise(crate::arrays::contiguous()))?;
        Ok(Self { a: numbers(a)?, b: numbers(b)?, rows: cost.shape()[0], cols: cost.shape()[1], costs })
    }

    /// Number of costs.
    pub fn entries(&self) -> u64 {
        self.costs.len() as u64
    }

    /// The costs, checked, in a copy that the engine may keep.
    pub fn cost(&self) -> Result<CostMatrix> {
        CostMatrix::new(self.rows, self.cols, self.costs.to_vec())
    }
}

/// Many problems of one shape, borrowed.
pub struct Batch<'a> {
    a: Rows<'a>,
    b: Rows<'a>,
    costs: &'a [f64],
}

impl<'a> Batch<'a> {
    pub fn of(
        a: &'a PyReadonlyArray2<'_, f64>,
        b: &'a PyReadonlyArray2<'_, f64>,
        costs: &'a PyReadonlyArray3<'_, f64>,
    ) -> PyResult<Self> {
        let (n, m) = (costs.shape()[1], costs.shape()[2]);
        let costs = costs.as_slice().map_err(|_| raise(crate::arrays::contiguous()))?;
        let (a, b) = (Rows::of(a)?, Rows::of(b)?);
        if a.dim != n || b.dim != m || a.len() * n * m != costs.len() || b.len() != a.len() {
            return Err(raise(Error::input("The weights do not fit the costs.")));
        }
        Ok(Self { a, b, costs })
    }

    /// Number of problems.
    pub fn len(&self) -> usize {
        self.a.len()
    }

    /// Number of costs of a problem.
    pub fn size(&self) -> usize {
        self.a.dim * self.b.dim
    }

    /// Number of costs of all.
    pub fn entries(&self) -> u64 {
        self.costs.len() as u64
    }

    pub fn a(&self, k: usize) -> &'a [f64] {
        &self.a.values[k * self.a.dim..(k + 1) * self.a.dim]
    }

    pub fn b(&self, k: usize) -> &'a [f64] {
        &self.b.values[k * self.b.dim..(k + 1) * self.b.dim]
    }

    /// The costs of problem `k`, checked, in a copy that the engine may keep.
    pub fn cost(&self, k: usize) -> Result<CostMatrix> {
        CostMatrix::new(self.a.dim, self.b.dim, self.costs[k * self.size()..(k + 1) * self.size()].to_vec())
    }
}

/// Rows with a weight each.
pub fn measure(rows: Rows<'_>, weights: &[f64]) -> Result<Measure> {
    Measure::new(rows.points()?, weights.to_vec())
}

/// The entries of a plan: rows, columns, masses.
pub type Entries<'py> = (Bound<'py, PyArray1<i64>>, Bound<'py, PyArray1<i64>>, Numbers<'py>);

/// The entries of a plan row by row, every mass times `scale`.
pub fn entries<'py>(py: Python<'py>, plan: &Plan, scale: f64) -> Entries<'py> {
    let (mut rows, mut columns, mut masses) = (Vec::new(), Vec::new(), Vec::new());
    plan.for_each(|i, j, mass| {
        rows.push(i as i64);
        columns.push(j as i64);
        masses.push(scale * mass);
    });
    (PyArray1::from_vec(py, rows), PyArray1::from_vec(py, columns), vector(py, masses))
}

/// How an iteration ended: converged, iterations, residual, advice.
pub type Ended = (bool, usize, f64, Option<String>);

/// What Python is told of a report.
pub fn ended(report: &Report) -> Ended {
    let residual = report.residuals.first().map_or(f64::NAN, |(_, value)| *value);
    (report.converged(), report.iterations, residual, report.advice.clone())
}
