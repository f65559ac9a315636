//! What moving costs, as the exponents of a few rows at a time.

use super::kernel::{LANES, TILE, dots, four_dots, scaled_costs};
use crate::cost::Packed;
use crate::real::{Both, Real};
use crate::{CostMatrix, GroundCost, PairCosts};
use std::ops::Range;
use thalweg_core::Points;

/// Where costs come from. None keeps a matrix of its own.
///
/// A cost is `row_j + column_j + rest_ij`: the parts that depend on one side go into the potentials, and only the rest
/// is computed for each pair.
pub(super) struct Costs<'a> {
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Part of the cost of a row, in all its columns.
    pub(super) row_part: Vec<f64>,
    /// Part of the cost of a column, in all its rows.
    pub(super) column_part: Vec<f64>,
    /// Whether some costs are infinite.
    pub(super) restricted: bool,
    rest: Rest<'a>,
}

enum Rest<'a> {
    /// `-2 x y` of points centred side by side: a dot product costs half of a squared distance.
    Dots { dim: usize, x: Vec<f64>, y: Both },
    /// Any ground cost, in double precision.
    Blocks { ground: GroundCost, points: &'a Points, packed: Packed },
    /// Asked of the caller, in double precision.
    Pairs(&'a dyn PairCosts),
    /// Read from a matrix, infinite where a pair is forbidden.
    Matrix(&'a CostMatrix),
}

/// Length of a padded row.
pub(super) fn padded(columns: usize) -> usize {
    columns.next_multiple_of(LANES)
}

impl<'a> Costs<'a> {
    pub(super) fn between(ground: GroundCost, x: &'a Points, y: &'a Points) -> Self {
        match ground {
            GroundCost::SquaredEuclidean => Self::squared(x, y),
            GroundCost::Euclidean => {
                let rest = Rest::Blocks { ground, points: x, packed: Packed::new(y) };
                Self::whole(x.len(), y.len(), rest)
            }
        }
    }

    pub(super) fn matrix(cost: &'a CostMatrix) -> Self {
        Self::whole(cost.rows(), cost.cols(), Rest::Matrix(cost))
    }

    pub(super) fn pairs(costs: &'a dyn PairCosts) -> Self {
        let (rows, columns) = costs.shape();
        Self::whole(rows, columns, Rest::Pairs(costs))
    }

    /// As [`Costs::matrix`] of costs of which infinite ones forbid a pair.
    pub(super) fn restricted(cost: &'a CostMatrix) -> Self {
        Self { restricted: true, ..Self::matrix(cost) }
    }

    fn whole(rows: usize, columns: usize, rest: Rest<'a>) -> Self {
        let (row_part, column_part) = (vec![0.0; rows], vec![0.0; columns]);
        Self { rows, columns, row_part, column_part, restricted: false, rest }
    }

    /// With each cloud centred at its mean: digits are spent on distances, not on where the data lies.
    fn squared(source: &Points, target: &Points) -> Self {
        let dim = source.dim();
        let (mean_x, mean_y) = (mean(source), mean(target));
        let shift: Vec<f64> = mean_x.iter().zip(&mean_y).map(|(x, y)| x - y).collect();
        let square: f64 = shift.iter().map(|s| s * s).sum();
        let centre = |row: &[f64], mean: &[f64]| row.iter().zip(mean).map(|(v, m)| v - m).collect::<Vec<f64>>();
        let part = |row: &[f64], sign: f64| row.iter().zip(&shift).map(|(v, s)| v * (v + 2.0 * sign * s)).sum::<f64>();
        let (mut x, mut row_part) = (Vec::with_capacity(source.len() * dim), Vec::with_capacity(source.len()));
        for row in source.rows() {
            let row = centre(row, &mean_x);
            row_part.push(part(&row, 1.0) + square);
            x.extend(row);
        }
        let (m, mut column_part) = (padded(target.len()), Vec::with_capacity(target.len()));
        let mut y = vec![0.0; m * dim];
        for (j, row) in target.rows().enumerate() {
            let row = centre(row, &mean_y);
            column_part.push(part(&row, -1.0));
            let (tile, at) = (j / TILE, j % TILE);
            let width = TILE.min(m - tile * TILE);
            for (k, v) in row.iter().enumerate() {
                y[tile * TILE * dim + k * width + at] = *v;
            }
        }
        // In units of their own targets fit single precision at any scale of the data; by a power of two no digit changes.
        let largest = y.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
        let unit = if largest > 0.0 { largest.log2().floor().exp2() } else { 1.0 };
        y.iter_mut().for_each(|v| *v /= unit);
        x.iter_mut().for_each(|v| *v *= unit);
        let rest = Rest::Dots { dim, x, y: y.into() };
        Self { rows: source.len(), columns: target.len(), row_part, column_part, restricted: false, rest }
    }

    /// The whole cost of one pair.
    pub(super) fn at(&self, i: usize, j: usize) -> f64 {
        let rest = match &self.rest {
            Rest::Dots { dim, x, y } => {
                let (tile, at) = (j / TILE, j % TILE);
                let width = TILE.min(padded(self.columns) - tile * TILE);
                let y = &y.double[tile * TILE * dim + at..];
                -2.0 * x[i * dim..][..*dim].iter().enumerate().map(|(k, x)| x * y[k * width]).sum::<f64>()
            }
            Rest::Blocks { ground, points, packed } => {
                let mut cost = [0.0];
                packed.fill_part(*ground, points.row(i), j, &mut cost);
                cost[0]
            }
            Rest::Pairs(costs) => {
                let mut cost = [0.0];
                costs.fill(i, j, &mut cost);
                cost[0]
            }
            Rest::Matrix(matrix) => matrix.at(i, j),
        };
        self.row_part[i] + self.column_part[j] + rest
    }

    /// Rows worth taking together, so that the points of a tile are used while they are in cache.
    pub(super) fn strip(&self) -> usize {
        match &self.rest {
            Rest::Dots { dim, .. } if *dim > 8 => 32,
            _ => 8,
        }
    }

    /// `z_j = h_j + shift_i - scale rest_ij` for the columns of a tile and each of `rows`; row `i` starts at
    /// `z[(i - rows.start) * stride]`. `scratch` is memory to use again.
    pub(super) fn exponents<T: Real>(
        &self,
        scale: f64,
        (rows, tile): (Range<usize>, Range<usize>),
        (h, shift): (&[T], &[T]),
        (z, stride): (&mut [T], usize),
        scratch: &mut Scratch<T>,
    ) {
        let width = tile.len();
        let real = self.columns.min(tile.end).saturating_sub(tile.start);
        let h = &h[tile.clone()];
        match &self.rest {
            Rest::Dots { dim, x, y } => {
                let y = &T::pick(y)[tile.start * dim..][..width * dim];
                let of = |v: &f64| T::of(2.0 * scale * v);
                let fours = rows.len() / 4 * 4;
                if scratch.rows != rows {
                    // The same for all tiles of these rows.
                    scratch.fours.clear();
                    for x in x[rows.start * dim..][..fours * dim].chunks_exact(4 * dim) {
                        scratch.fours.extend((0..*dim).map(|k| [0, 1, 2, 3].map(|r| of(&x[r * dim + k]))));
                    }
                    scratch.rows = rows.clone();
                }
                for (four, r) in scratch.fours.chunks_exact(*dim).zip((0..fours).step_by(4)) {
                    let shift = [0, 1, 2, 3].map(|q| shift[r + q]);
                    four_dots(four, y, h, shift, &mut z[r * stride..], stride);
                }
                for r in fours..rows.len() {
                    scratch.point.clear();
                    scratch.point.extend(x[(rows.start + r) * dim..][..*dim].iter().map(of));
                    dots(&scratch.point, y, h, shift[r], &mut z[r * stride..][..width]);
                }
            }
            Rest::Blocks { ground, points, packed } => {
                scratch.costs.resize(self.columns, 0.0);
                for (r, i) in rows.enumerate() {
                    let cost = &mut scratch.costs[..real];
                    packed.fill_part(*ground, points.row(i), tile.start, cost);
                    exponents_of(cost, scale, h, shift[r], &mut z[r * stride..][..width]);
                }
            }
            Rest::Pairs(costs) => {
                scratch.costs.resize(self.columns, 0.0);
                for (r, i) in rows.enumerate() {
                    let cost = &mut scratch.costs[..real];
                    costs.fill(i, tile.start, cost);
                    exponents_of(cost, scale, h, shift[r], &mut z[r * stride..][..width]);
                }
            }
            Rest::Matrix(matrix) => {
                for (r, i) in rows.enumerate() {
                    let cost = &matrix.row(i)[tile.start..][..real];
                    exponents_of(cost, scale, h, shift[r], &mut z[r * stride..][..width]);
                }
            }
        }
    }
}

/// Memory of one thread, for one scale.
#[derive(Default)]
pub(super) struct Scratch<T> {
    point: Vec<T>,
    /// Of each four points of these rows, a coordinate after the other.
    fours: Vec<[T; 4]>,
    rows: Range<usize>,
    costs: Vec<f64>,
}

/// Of known costs; padding keeps its offset.
fn exponents_of<T: Real>(cost: &[f64], scale: f64, h: &[T], shift: T, z: &mut [T]) {
    scaled_costs(cost, scale, h, shift, &mut z[..cost.len()]);
    let known = cost.len();
    z[known..].copy_from_slice(&h[known..]);
}

fn mean(points: &Points) -> Vec<f64> {
    let mut mean = vec![0.0; points.dim()];
    let share = 1.0 / points.len() as f64;
    for row in points.rows() {
        mean.iter_mut().zip(row).for_each(|(m, v)| *m += share * v);
    }
    mean
}
