//! Laguerre cells: where `|x - y_j|^2 - g_j` is least.

use super::density::Pixels;
use super::polygon::{OUTSIDE, Polygon};
use rayon::prelude::*;
use thalweg_core::Points;

/// Sites whose cells one task cuts: a constant, so that the work is cut the same way whatever the threads.
const SITES: usize = 16;

/// What the Newton step needs of the cells.
pub(super) struct Cells {
    /// Mass of each cell.
    pub(super) mass: Vec<f64>,
    /// Integral of `|x - y_j|^2` over each cell, by mass.
    pub(super) cost: Vec<f64>,
    /// Neighbours of each cell, with the derivative of its mass by their potential, taken off and positive.
    pub(super) neighbours: Vec<Vec<(usize, f64)>>,
}

/// Mass, cost and neighbours of one cell.
struct Cut {
    mass: f64,
    cost: f64,
    neighbours: Vec<(usize, f64)>,
}

/// The cell of site `j` within `domain`. `O(J)`: each other site cuts once.
pub(super) fn cell(sites: &Points, g: &[f64], j: usize, domain: [[f64; 2]; 2]) -> Polygon {
    let (mut cell, mut spare) = (Polygon::rectangle(domain[0], domain[1]), Polygon::default());
    let y = sites.row(j);
    let square = |y: &[f64]| y[0] * y[0] + y[1] * y[1];
    for k in 0..sites.len() {
        if k == j || cell.is_empty() {
            continue;
        }
        // |x - y_j|^2 - g_j <= |x - y_k|^2 - g_k, where x is in the plane.
        let z = sites.row(k);
        let level = 0.5 * (square(z) - square(y) - g[k] + g[j]);
        cell.cut([z[0] - y[0], z[1] - y[1]], level, k, &mut spare);
    }
    cell
}

impl Cells {
    /// All cells, on the threads of the calling pool. `O(J^2)` cuts and a visit of every pixel.
    pub(super) fn of(sites: &Points, g: &[f64], density: &Pixels) -> Self {
        let domain = density.corners();
        let found: Vec<Cut> = (0..sites.len())
            .into_par_iter()
            .with_min_len(SITES)
            .map(|j| {
                let cell = cell(sites, g, j, domain);
                let y = [sites.row(j)[0], sites.row(j)[1]];
                let (mut mass, mut cost) = (0.0, 0.0);
                density.over(&cell, y, |_, m, c| {
                    mass += m;
                    cost += c;
                });
                let corners = cell.corners.len();
                let edges = (0..corners).filter(|k| cell.edges[*k] != OUTSIDE).map(|k| {
                    let other = sites.row(cell.edges[k]);
                    let apart = (other[0] - y[0]).hypot(other[1] - y[1]);
                    let along = density.along(cell.corners[k], cell.corners[(k + 1) % corners]);
                    (cell.edges[k], along / (2.0 * apart))
                });
                Cut { mass, cost, neighbours: edges.collect() }
            })
            .collect();
        let mut cells = Self { mass: Vec::new(), cost: Vec::new(), neighbours: Vec::new() };
        for Cut { mass, cost, neighbours } in found {
            cells.mass.push(mass);
            cells.cost.push(cost);
            cells.neighbours.push(neighbours);
        }
        cells
    }

    /// `sum_j |mass_j - b_j|`.
    pub(super) fn off(&self, b: &[f64]) -> f64 {
        self.mass.iter().zip(b).map(|(m, b)| (m - b).abs()).sum()
    }

    /// The smallest mass over its weight.
    pub(super) fn leanest(&self, b: &[f64]) -> f64 {
        self.mass.iter().zip(b).map(|(m, b)| m / b).fold(f64::INFINITY, f64::min)
    }
}
