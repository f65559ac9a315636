//! Finite volumes on a sphere: a mesh of latitudes and longitudes with both poles, and transport in flux form on it.
//!
//! Rows run from the north pole to the south pole, columns eastward and around; values are row-major, and the row of a pole
//! holds one value `columns` times. A tendency is always a difference of fluxes through faces that two cells share, weighted by
//! the areas of [`Sphere::area`], so that no flow and no diffusivity creates or destroys any of what is carried.

mod advection;
mod diffusion;
mod march;
mod practical;
mod supertime;
mod tendency;
mod upwind;
mod weno;

pub use advection::{Advection, Flow, Reconstruction};
pub use diffusion::Diffusion;
pub use march::{Buffers, EULER, SSPRK33, SSPRK43, Stages, march};
pub use practical::{diffuse, practical_step};
pub use supertime::{SuperStep, SuperTime};
pub use tendency::Tendency;
pub use upwind::Upwind;
pub use weno::Weno3;

use std::f64::consts::{PI, TAU};
use thalweg_core::{Error, Result};

/// A mesh over the unit sphere: rows of colatitude from pole to pole, columns of longitude evenly spaced all around.
///
/// Cells reach half way to their neighbours. Sources: Caplan et al. 2025, section 3.1 (mesh and polar caps).
#[derive(Clone, Debug, PartialEq)]
pub struct Sphere {
    colatitudes: Vec<f64>,
    columns: usize,
    /// Longitude of the first column.
    origin: f64,
    /// Extent of the cells of a row in colatitude.
    heights: Vec<f64>,
    /// Colatitudes of the faces: face `j` is north of row `j`; the first and last lie beyond the poles.
    faces: Vec<f64>,
    /// Distance of the rows on both sides of a face.
    gaps: Vec<f64>,
}

impl Sphere {
    /// A mesh of `rows` evenly spaced colatitudes, both poles among them, and `columns` longitudes.
    ///
    /// # Errors
    /// Fewer than 6 rows or columns, or more than 2^31 cells.
    pub fn uniform(rows: usize, columns: usize) -> Result<Self> {
        let last = rows.saturating_sub(1).max(1);
        Self::new((0..rows).map(|j| PI * j as f64 / last as f64).collect(), columns)
    }

    /// A mesh of the given colatitudes in radians, from 0 to pi, and `columns` evenly spaced longitudes.
    ///
    /// # Errors
    /// Fewer than 6 rows or columns, more than 2^31 cells, colatitudes that do not increase or do not reach from pole to pole.
    pub fn new(colatitudes: Vec<f64>, columns: usize) -> Result<Self> {
        let rows = colatitudes.len();
        if rows < 6 || columns < 6 {
            return Err(Error::input(format!(
                "The mesh has {rows} rows and {columns} columns, but each must be at least 6."
            )));
        }
        if rows.saturating_mul(columns) > 1 << 31 {
            return Err(Error::input(format!("{rows} rows of {columns} columns are more than 2^31 cells.")));
        }
        if !colatitudes.windows(2).all(|w| w[0] < w[1]) {
            return Err(Error::input("The colatitudes of the map do not increase from row to row.")
                .advise("Order the rows from the north pole (0) to the south pole (pi)."));
        }
        // Files in single precision miss the poles by a rounding.
        if colatitudes[0].abs() > 1e-5 || (colatitudes[rows - 1] - PI).abs() > 1e-5 {
            return Err(Error::input(format!(
                "The colatitudes reach from {} to {}, but must reach from 0 to pi radians.",
                colatitudes[0],
                colatitudes[rows - 1]
            ))
            .advise("A map must hold a row at each pole."));
        }
        let mut faces: Vec<f64> = colatitudes.windows(2).map(|w| 0.5 * (w[0] + w[1])).collect();
        let mut gaps: Vec<f64> = colatitudes.windows(2).map(|w| w[1] - w[0]).collect();
        let (first, last) = (gaps[0], gaps[rows - 2]);
        faces.insert(0, faces[0] - first);
        faces.push(faces[rows - 1] + last);
        gaps.insert(0, first);
        gaps.push(last);
        let heights = faces.windows(2).map(|w| w[1] - w[0]).collect();
        Ok(Self { colatitudes, columns, origin: 0.0, heights, faces, gaps })
    }

    /// The same mesh with the first column at `origin` radians.
    #[must_use]
    pub fn starting_at(self, origin: f64) -> Self {
        Self { origin, ..self }
    }

    /// Number of rows, both poles included.
    pub fn rows(&self) -> usize {
        self.colatitudes.len()
    }

    /// Number of longitudes.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Number of values of a field.
    pub fn cells(&self) -> usize {
        self.rows() * self.columns
    }

    /// Colatitudes of the rows in radians.
    pub fn colatitudes(&self) -> &[f64] {
        &self.colatitudes
    }

    /// Longitude of a column in radians.
    pub fn longitude(&self, column: usize) -> f64 {
        self.origin + column as f64 * self.width()
    }

    /// Extent of a cell in longitude.
    pub fn width(&self) -> f64 {
        TAU / self.columns as f64
    }

    /// Extent of the cells of `row` in colatitude.
    pub fn height(&self, row: usize) -> f64 {
        self.heights[row]
    }

    /// Colatitude of the face north of `row`; `face = rows` is beyond the south pole.
    pub fn face(&self, face: usize) -> f64 {
        self.faces[face]
    }

    /// Sine of the colatitude of a face: its length in units of its extent in longitude.
    pub fn face_sine(&self, face: usize) -> f64 {
        self.faces[face].abs().sin()
    }

    /// Distance of the two rows beside a face.
    pub fn gap(&self, face: usize) -> f64 {
        self.gaps[face]
    }

    /// Whether `row` is a pole.
    pub fn is_pole(&self, row: usize) -> bool {
        row == 0 || row + 1 == self.rows()
    }

    /// Sine of the colatitude of a row, 0 at the poles.
    pub fn sine(&self, row: usize) -> f64 {
        if self.is_pole(row) { 0.0 } else { self.colatitudes[row].sin() }
    }

    /// Area of a cell of `row` on the unit sphere; at a pole, its cap divided among the columns.
    pub fn area(&self, row: usize) -> f64 {
        let height = if self.is_pole(row) {
            let face = if row == 0 { 1 } else { self.rows() - 1 };
            0.25 * self.face_sine(face) * self.gap(face)
        } else {
            self.sine(row) * self.heights[row]
        };
        height * self.width()
    }

    /// Sum of a field over the areas of the cells.
    pub fn integral(&self, field: &[f64]) -> f64 {
        field.chunks(self.columns).enumerate().map(|(j, row)| self.area(j) * row.iter().sum::<f64>()).sum()
    }

    /// Gives each pole the mean of its values.
    pub fn average_poles(&self, field: &mut [f64]) {
        let (n, last) = (self.columns, self.cells() - self.columns);
        for start in [0, last] {
            let row = &mut field[start..start + n];
            // One value stays that value, whatever the rounding of its mean.
            if row.iter().any(|b| *b != row[0]) {
                row.fill(row.iter().sum::<f64>() / n as f64);
            }
        }
    }
}
