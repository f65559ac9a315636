//! What moving costs.

use rayon::prelude::*;
use thalweg_core::wide;
use thalweg_core::{Error, Points, Result};

/// Rows filled by one task; a constant, so that the work is cut the same way whatever the threads.
const ROW_BLOCK: usize = 16;
/// Up to so many costs are worked on by the calling thread: to wake others, or start them, takes longer.
pub(crate) const ALONE: usize = 1 << 16;
/// Columns of a tile: with d = 50 its packed coordinates (200 KiB) stay in the second-level cache.
const COLUMN_TILE: usize = 512;

/// Cost of moving a unit of mass from `x` to `y`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GroundCost {
    /// `|x - y|^2`, in squared units of the data, without the factor one half.
    SquaredEuclidean,
    /// `|x - y|`, in units of the data.
    Euclidean,
}

impl GroundCost {
    /// The cost between two points of equal dimension.
    pub fn between(self, x: &[f64], y: &[f64]) -> f64 {
        let squared = x.iter().zip(y).map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
        self.of_square(squared)
    }

    /// The `n x m` costs between two clouds, computed in blocks, in parallel. Costs `O(n m d)`.
    ///
    /// # Errors
    /// Different dimensions, an empty cloud, or a cost that is not a finite number (coordinates beyond 1e150).
    pub fn matrix(self, source: &Points, target: &Points) -> Result<CostMatrix> {
        self.matrix_until(source, target, &|| Ok(()))
    }

    /// As [`GroundCost::matrix`], asking `stop` before each block of rows whether to go on.
    pub(crate) fn matrix_until(
        self,
        source: &Points,
        target: &Points,
        stop: &(dyn Fn() -> Result<()> + Sync),
    ) -> Result<CostMatrix> {
        check_clouds(source, target)?;
        let (n, m) = (source.len(), target.len());
        if n * m <= ALONE {
            stop()?;
            return self.matrix_in(Vec::new(), source, target);
        }
        let packed = Packed::new(target);
        let mut values = vec![0.0; n * m];
        values.par_chunks_mut(ROW_BLOCK * m).enumerate().try_for_each(|(block, out)| {
            stop()?;
            packed.fill(self, source, block * ROW_BLOCK, out);
            Ok(())
        })?;
        CostMatrix::new(n, m, values)
    }

    /// As [`GroundCost::matrix`], on the calling thread and in the memory of `values`: fresh pages cost a small problem more
    /// than its solution.
    pub(crate) fn matrix_in(self, mut values: Vec<f64>, source: &Points, target: &Points) -> Result<CostMatrix> {
        check_clouds(source, target)?;
        let (n, m) = (source.len(), target.len());
        values.resize(n * m, 0.0);
        Packed::new(target).fill(self, source, 0, &mut values);
        CostMatrix::new(n, m, values)
    }

    /// Mean cost under independent draws with the weights `a` and `b`, exactly, without a matrix.
    ///
    /// Squared Euclidean costs take `O((n + m) d)` time, from means and variances; others `O(n m d)` time and `O((n + m) d)`
    /// memory, parallel over rows.
    ///
    /// # Errors
    /// As [`GroundCost::matrix`].
    pub fn mean(self, source: &Points, a: &[f64], target: &Points, b: &[f64]) -> Result<f64> {
        check_clouds(source, target)?;
        let mean = match self {
            Self::SquaredEuclidean => {
                let ((x, spread_x), (y, spread_y)) = (moments(source, a), moments(target, b));
                spread_x + spread_y + self.between(&x, &y)
            }
            Self::Euclidean => self.mean_of_pairs(source, a, target, b),
        };
        if mean.is_finite() { Ok(mean) } else { Err(not_finite(mean)) }
    }

    fn mean_of_pairs(self, source: &Points, a: &[f64], target: &Points, b: &[f64]) -> f64 {
        let (mass_a, mass_b) = (a.iter().sum::<f64>(), b.iter().sum::<f64>());
        let packed = Packed::new(target);
        let rows: Vec<f64> = (0..source.len())
            .into_par_iter()
            .map_init(
                || vec![0.0; target.len()],
                |row, i| {
                    packed.fill(self, source, i, row);
                    a[i] / mass_a * row.iter().zip(b).map(|(c, w)| c * (w / mass_b)).sum::<f64>()
                },
            )
            .collect();
        rows.iter().sum()
    }

    /// The cost as a function of the squared distance.
    #[inline(always)]
    pub(crate) fn of_square(self, squared: f64) -> f64 {
        match self {
            Self::SquaredEuclidean => squared,
            Self::Euclidean => squared.sqrt(),
        }
    }
}

/// Weighted mean, and mean squared distance from it.
fn moments(points: &Points, weights: &[f64]) -> (Vec<f64>, f64) {
    let mass: f64 = weights.iter().sum();
    let mut mean = vec![0.0; points.dim()];
    for (row, w) in points.rows().zip(weights) {
        mean.iter_mut().zip(row).for_each(|(m, v)| *m += w / mass * v);
    }
    let far = |row: &[f64]| GroundCost::SquaredEuclidean.between(row, &mean);
    let spread = points.rows().zip(weights).map(|(row, w)| w / mass * far(row)).sum();
    (mean, spread)
}

/// Refuses clouds that cannot be compared.
pub(crate) fn check_clouds(source: &Points, target: &Points) -> Result<()> {
    if source.is_empty() || target.is_empty() {
        return Err(Error::input(format!(
            "Transport needs points on both sides and got {} and {}.",
            source.len(),
            target.len()
        )));
    }
    if source.dim() != target.dim() {
        return Err(Error::input(format!(
            "The source has {} coordinates and the target has {}; they must live in one space.",
            source.dim(),
            target.dim()
        )));
    }
    Ok(())
}

fn not_finite(value: f64) -> Error {
    let advice = if value.is_nan() {
        "Give each pair a number."
    } else {
        "Rescale the coordinates, if costs are made of these: beyond 1e150 their squares overflow."
    };
    Error::input(format!("A transport cost is {value}, but every cost must be a finite number.")).advise(advice)
}

fn no_matrix(rows: usize, cols: usize, values: usize) -> Error {
    Error::input(format!("{values} costs cannot be a matrix of {rows} rows and {cols} columns."))
}

/// Target points stored coordinate by coordinate, so that a row of costs is a loop over contiguous memory.
#[derive(Debug)]
pub(crate) struct Packed {
    count: usize,
    dim: usize,
    coordinates: Vec<f64>,
}

impl Packed {
    pub(crate) fn new(points: &Points) -> Self {
        let (count, dim) = (points.len(), points.dim());
        let mut coordinates = vec![0.0; count * dim];
        for (j, row) in points.rows().enumerate() {
            for (k, v) in row.iter().enumerate() {
                coordinates[k * count + j] = *v;
            }
        }
        Self { count, dim, coordinates }
    }

    /// Writes the costs of source rows `first, first + 1, ...` into the rows of `out` (as many as fit).
    pub(crate) fn fill(&self, cost: GroundCost, source: &Points, first: usize, out: &mut [f64]) {
        let m = self.count;
        for start in (0..m).step_by(COLUMN_TILE) {
            let end = (start + COLUMN_TILE).min(m);
            for (r, row) in out.chunks_exact_mut(m).enumerate() {
                let x = source.row(first + r);
                squared_distances(x, &self.coordinates, m, start, &mut row[start..end]);
            }
        }
        debug_assert_eq!(self.dim, source.dim());
        if cost == GroundCost::Euclidean {
            square_roots(out);
        }
    }

    /// Writes the costs from `x` to the points `start..start + out.len()`.
    pub(crate) fn fill_part(&self, cost: GroundCost, x: &[f64], start: usize, out: &mut [f64]) {
        squared_distances(x, &self.coordinates, self.count, start, out);
        if cost == GroundCost::Euclidean {
            square_roots(out);
        }
    }
}

wide! {
    fn square_roots(values: &mut [f64]) {
        for v in values {
            *v = v.sqrt();
        }
    }
}

wide! {
    /// Squared distances from `x` to the packed points `start..start + out.len()`, coordinates four at a time.
    fn squared_distances(x: &[f64], packed: &[f64], count: usize, start: usize, out: &mut [f64]) {
        let len = out.len();
        let column = |k: usize| &packed[k * count + start..][..len];
        let square = |a: f64, b: f64| (a - b) * (a - b);
        // The coordinates that do not fill a group of four go first and overwrite.
        let head = match x {
            [] => 0,
            _ => (x.len() - 1) % 4 + 1,
        };
        match head {
            0 => out.fill(0.0),
            1 => {
                let y0 = column(0);
                for j in 0..len {
                    out[j] = square(x[0], y0[j]);
                }
            }
            2 => {
                let (y0, y1) = (column(0), column(1));
                for j in 0..len {
                    out[j] = square(x[0], y0[j]) + square(x[1], y1[j]);
                }
            }
            3 => {
                let (y0, y1, y2) = (column(0), column(1), column(2));
                for j in 0..len {
                    out[j] = square(x[0], y0[j]) + square(x[1], y1[j]) + square(x[2], y2[j]);
                }
            }
            _ => {
                let (y0, y1, y2, y3) = (column(0), column(1), column(2), column(3));
                for j in 0..len {
                    out[j] = (square(x[0], y0[j]) + square(x[1], y1[j])) + (square(x[2], y2[j]) + square(x[3], y3[j]));
                }
            }
        }
        for k in (head..x.len()).step_by(4) {
            let (y0, y1, y2, y3) = (column(k), column(k + 1), column(k + 2), column(k + 3));
            for j in 0..len {
                out[j] += (square(x[k], y0[j]) + square(x[k + 1], y1[j]))
                    + (square(x[k + 2], y2[j]) + square(x[k + 3], y3[j]));
            }
        }
    }
}

/// A dense `rows x cols` matrix of finite costs, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct CostMatrix {
    rows: usize,
    cols: usize,
    values: Vec<f64>,
}

impl CostMatrix {
    /// Wraps a row-major buffer. Costs may be negative.
    ///
    /// # Errors
    /// A shape that does not fit the buffer, no rows or columns, or a cost that is not finite.
    pub fn new(rows: usize, cols: usize, values: Vec<f64>) -> Result<Self> {
        if rows == 0 || cols == 0 || rows.checked_mul(cols) != Some(values.len()) {
            return Err(no_matrix(rows, cols, values.len()));
        }
        let odd = |c: &[f64]| c.iter().copied().find(|v| !v.is_finite());
        let found = if values.len() <= ALONE { odd(&values) } else { values.par_chunks(1 << 16).find_map_first(odd) };
        match found {
            None => Ok(Self { rows, cols, values }),
            Some(v) => Err(not_finite(v)),
        }
    }

    /// As [`CostMatrix::new`], of costs that may also be plus infinity, for [`crate::RestrictedCosts`] alone.
    pub(crate) fn with_infinite(rows: usize, cols: usize, values: Vec<f64>) -> Result<Self> {
        let odd = values.iter().position(|v| v.is_nan() || *v == f64::NEG_INFINITY);
        match odd {
            Some(k) if cols > 0 => Err(Error::input(format!(
                "The cost of row {} and column {} (counted from 0) is {}, but it must be a number, or plus infinity for a forbidden pair.",
                k / cols,
                k % cols,
                values[k]
            ))),
            _ if rows == 0 || cols == 0 || rows.checked_mul(cols) != Some(values.len()) => {
                Err(no_matrix(rows, cols, values.len()))
            }
            _ => Ok(Self { rows, cols, values }),
        }
    }

    /// Number of rows (sources).
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns (targets).
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// Row `i`.
    pub fn row(&self, i: usize) -> &[f64] {
        &self.values[i * self.cols..(i + 1) * self.cols]
    }

    /// The cost from `i` to `j`.
    pub fn at(&self, i: usize, j: usize) -> f64 {
        self.row(i)[j]
    }

    /// The row-major buffer.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The row-major buffer itself.
    pub(crate) fn into_values(self) -> Vec<f64> {
        self.values
    }

    /// Largest absolute cost.
    pub fn scale(&self) -> f64 {
        self.values.iter().fold(0.0, |s, v| if v.abs() > s { v.abs() } else { s })
    }

    /// The costs with source and target exchanged.
    #[must_use]
    pub fn transposed(&self) -> Self {
        let mut values = vec![0.0; self.values.len()];
        values.par_chunks_mut(self.rows).enumerate().for_each(|(j, out)| {
            for (i, v) in out.iter_mut().enumerate() {
                *v = self.values[i * self.cols + j];
            }
        });
        Self { rows: self.cols, cols: self.rows, values }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_core::Stream;

    #[test]
    fn a_matrix_holds_the_cost_of_each_pair_in_every_dimension() {
        for seed in 0..3 {
            for (n, m, d) in [(1, 1, 1), (3, 530, 2), (20, 7, 3), (5, 9, 4), (4, 600, 5), (17, 3, 7), (2, 33, 50)] {
                let mut stream = Stream::new(seed, "cost", d as u64);
                let mut cloud = |k: usize| Points::new(d, (0..k * d).map(|_| stream.normal()).collect()).unwrap();
                let (x, y) = (cloud(n), cloud(m));
                for ground in [GroundCost::SquaredEuclidean, GroundCost::Euclidean] {
                    let matrix = ground.matrix(&x, &y).unwrap();
                    let transposed = matrix.transposed();
                    let mut sum = 0.0;
                    for i in 0..n {
                        for j in 0..m {
                            let truth = ground.between(x.row(i), y.row(j));
                            assert!((matrix.at(i, j) - truth).abs() <= 1e-14 * truth);
                            assert_eq!(transposed.at(j, i), matrix.at(i, j));
                            sum += truth;
                        }
                    }
                    let mean = ground.mean(&x, &vec![2.0; n], &y, &vec![0.5; m]).unwrap();
                    assert!((mean - sum / (n * m) as f64).abs() < 1e-13 * mean);
                }
            }
        }
    }

    #[test]
    fn clouds_that_cannot_be_compared_are_refused() {
        let points = |d: usize, v: Vec<f64>| Points::new(d, v).unwrap();
        let refused = |x: &Points, y: &Points| GroundCost::SquaredEuclidean.matrix(x, y).unwrap_err().to_string();
        assert!(refused(&points(1, vec![0.0]), &points(2, vec![0.0, 1.0])).contains("2"));
        assert!(refused(&points(1, vec![]), &points(1, vec![0.0])).contains("0 and 1"));
        assert!(refused(&points(1, vec![1e200]), &points(1, vec![0.0])).contains("inf"));
    }
}
