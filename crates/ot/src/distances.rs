//! Distances between the rows of two clouds, by the names that SciPy and POT give them.

use crate::cost::check_clouds;
use crate::{GroundCost, PairCosts};
use rayon::prelude::*;
use thalweg_core::{Context, Error, Points, Result};

/// A distance between two points of equal dimension.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Metric {
    /// `sum (x_k - y_k)^2`.
    SquaredEuclidean,
    /// `sqrt(sum (x_k - y_k)^2)`.
    Euclidean,
    /// `sum |x_k - y_k|`.
    Cityblock,
    /// `max |x_k - y_k|`.
    Chebyshev,
    /// `(sum w_k |x_k - y_k|^p)^(1/p)`.
    Minkowski {
        /// At least 1 for a metric; any positive number is taken.
        p: f64,
    },
    /// `1 - x.y / (|x| |y|)`.
    Cosine,
    /// The cosine of the rows after the mean of each was taken off.
    Correlation,
    /// `sum |x_k - y_k| / (|x_k| + |y_k|)`, terms of two zeros left out.
    Canberra,
    /// `sum |x_k - y_k| / sum |x_k + y_k|`.
    BrayCurtis,
    /// The share of coordinates that differ.
    Hamming,
}

/// What [`Metric::named`] knows.
const NAMES: &str = "sqeuclidean, euclidean, cityblock, chebyshev, minkowski, cosine, correlation, canberra, \
                     braycurtis and hamming";

impl Metric {
    /// The metric called `name`; `p` is the exponent of `minkowski`.
    ///
    /// # Errors
    /// An unknown name, an exponent that is not positive and finite.
    pub fn named(name: &str, p: f64) -> Result<Self> {
        Ok(match name {
            "sqeuclidean" => Self::SquaredEuclidean,
            "euclidean" => Self::Euclidean,
            "cityblock" => Self::Cityblock,
            "chebyshev" => Self::Chebyshev,
            "minkowski" if p > 0.0 && p.is_finite() => Self::Minkowski { p },
            "minkowski" => {
                return Err(Error::input(format!(
                    "The exponent of the Minkowski distance is {p}, but it must be positive and finite."
                )));
            }
            "cosine" => Self::Cosine,
            "correlation" => Self::Correlation,
            "canberra" => Self::Canberra,
            "braycurtis" => Self::BrayCurtis,
            "hamming" => Self::Hamming,
            _ => {
                return Err(Error::input(format!("There is no metric called \"{name}\"."))
                    .advise(format!("The metrics are {NAMES}.")));
            }
        })
    }

    /// The ground cost that this is, where the exact and the lazy solvers know it.
    pub fn ground(self) -> Option<GroundCost> {
        match self {
            Self::SquaredEuclidean => Some(GroundCost::SquaredEuclidean),
            Self::Euclidean => Some(GroundCost::Euclidean),
            _ => None,
        }
    }

    /// The `n x m` distances, row-major. `weights`, one a coordinate, count in `Minkowski` only. `O(n m d)`, parallel
    /// over rows.
    ///
    /// # Errors
    /// An empty cloud, different dimensions, coordinates that are not finite, weights that do not fit, a distance that
    /// is not a number (the cosine of a zero vector), a memory budget below the matrix, interruption.
    pub fn matrix(self, ctx: &Context, x: &Points, y: &Points, weights: Option<&[f64]>) -> Result<Vec<f64>> {
        self.check(x, y, weights)?;
        ctx.require_memory(8 * x.len() as u64 * y.len() as u64, "The matrix of distances")?;
        let (x, y) = (&self.prepared(x)?, &self.prepared(y)?);
        let columns = Columns::new(y);
        let mut out = vec![0.0; x.len() * y.len()];
        ctx.install(|| {
            out.par_chunks_mut(y.len()).enumerate().try_for_each(|(i, row)| {
                ctx.check_stop()?;
                self.fill(x.row(i), &columns, weights, 0, row);
                match row.iter().find(|v| !v.is_finite()) {
                    Some(v) => Err(Error::input(format!("A distance from row {i} is {v}, which is not finite."))
                        .advise("Rescale the coordinates: beyond 1e150 their squares overflow.")),
                    None => Ok(()),
                }
            })
        })?;
        Ok(out)
    }

    /// Rows on which the distance is a plain loop over coordinates: of unit length for the cosine.
    fn prepared(self, points: &Points) -> Result<Points> {
        let mut points = points.clone();
        if !matches!(self, Self::Cosine | Self::Correlation) {
            return Ok(points);
        }
        for i in 0..points.len() {
            let row = points.row_mut(i);
            if self == Self::Correlation {
                let mean = row.iter().sum::<f64>() / row.len() as f64;
                row.iter_mut().for_each(|v| *v -= mean);
            }
            let norm = row.iter().map(|v| v * v).sum::<f64>().sqrt();
            if norm.is_nan() || norm <= 0.0 {
                return Err(Error::input(format!("Row {i} has no direction, so it has no cosine with another."))
                    .advise("Leave constant or zero rows out, or take another metric."));
            }
            row.iter_mut().for_each(|v| *v /= norm);
        }
        Ok(points)
    }

    /// The distances between two clouds as costs that are computed where they are needed, in `O((n + m) d)` memory; `weights` as
    /// in [`Metric::matrix`].
    ///
    /// # Errors
    /// An empty cloud, different dimensions, coordinates that are not finite, weights that do not fit, a row without direction.
    pub fn between(self, x: &Points, y: &Points, weights: Option<&[f64]>) -> Result<Measured> {
        self.check(x, y, weights)?;
        let (x, y) = (self.prepared(x)?, Columns::new(&self.prepared(y)?));
        Ok(Measured { metric: self, x, y, weights: weights.map(<[f64]>::to_vec) })
    }

    fn check(self, x: &Points, y: &Points, weights: Option<&[f64]>) -> Result<()> {
        check_clouds(x, y)?;
        x.check_finite()?;
        y.check_finite()?;
        match weights {
            Some(w) if w.len() != x.dim() => {
                Err(Error::input(format!("{} weights came with {} coordinates.", w.len(), x.dim())))
            }
            _ => Ok(()),
        }
    }

    /// Distances from `x` to the points from `first` on, as many as `out` has room for.
    fn fill(self, x: &[f64], y: &Columns, weights: Option<&[f64]>, first: usize, out: &mut [f64]) {
        let y = &Part { columns: y, first };
        let weight = |k: usize| weights.map_or(1.0, |w| w[k]);
        match self {
            Self::SquaredEuclidean | Self::Euclidean => y.sum(x, out, |_, a, b| (a - b) * (a - b)),
            Self::Cityblock => y.sum(x, out, |_, a, b| (a - b).abs()),
            Self::Chebyshev => y.fold(x, out, |s, _, a, b| if (a - b).abs() > s { (a - b).abs() } else { s }),
            Self::Minkowski { p } => y.sum(x, out, |k, a, b| weight(k) * (a - b).abs().powf(p)),
            Self::Cosine | Self::Correlation => y.sum(x, out, |_, a, b| a * b),
            Self::Canberra => y.sum(x, out, |_, a, b| if a == b { 0.0 } else { (a - b).abs() / (a.abs() + b.abs()) }),
            Self::BrayCurtis => y.sum(x, out, |_, a, b| (a - b).abs()),
            Self::Hamming => y.sum(x, out, |_, a, b| f64::from(u8::from(a != b))),
        }
        match self {
            Self::Euclidean => out.iter_mut().for_each(|v| *v = v.sqrt()),
            Self::Minkowski { p } => out.iter_mut().for_each(|v| *v = v.powf(1.0 / p)),
            Self::Cosine | Self::Correlation => out.iter_mut().for_each(|v| *v = 1.0 - *v),
            Self::Hamming => out.iter_mut().for_each(|v| *v /= x.len() as f64),
            Self::BrayCurtis => {
                let mut total = vec![0.0; out.len()];
                y.sum(x, &mut total, |_, a, b| (a + b).abs());
                out.iter_mut().zip(&total).for_each(|(v, t)| *v = if *v == 0.0 { 0.0 } else { *v / t });
            }
            Self::SquaredEuclidean | Self::Cityblock | Self::Chebyshev | Self::Canberra => {}
        }
    }
}

/// Distances between two clouds, computed where they are needed; see [`Metric::between`].
#[derive(Clone, Debug)]
pub struct Measured {
    metric: Metric,
    x: Points,
    y: Columns,
    weights: Option<Vec<f64>>,
}

impl PairCosts for Measured {
    fn shape(&self) -> (usize, usize) {
        (self.x.len(), self.y.count)
    }

    fn fill(&self, i: usize, first: usize, out: &mut [f64]) {
        self.metric.fill(self.x.row(i), &self.y, self.weights.as_deref(), first, out);
    }
}

/// Points stored coordinate by coordinate, so that a row of distances is a loop over contiguous memory.
#[derive(Clone, Debug)]
struct Columns {
    count: usize,
    values: Vec<f64>,
}

impl Columns {
    fn new(points: &Points) -> Self {
        let count = points.len();
        let mut values = vec![0.0; points.values().len()];
        for (j, row) in points.rows().enumerate() {
            for (k, v) in row.iter().enumerate() {
                values[k * count + j] = *v;
            }
        }
        Self { count, values }
    }
}

/// The points from `first` on.
struct Part<'a> {
    columns: &'a Columns,
    first: usize,
}

impl Part<'_> {
    /// `out_j = step(... step(0, 0, x_0, y_j0) ..., k, x_k, y_jk)`.
    fn fold(&self, x: &[f64], out: &mut [f64], step: impl Fn(f64, usize, f64, f64) -> f64) {
        out.fill(0.0);
        for (k, (a, column)) in x.iter().zip(self.columns.values.chunks_exact(self.columns.count)).enumerate() {
            for (o, b) in out.iter_mut().zip(&column[self.first..]) {
                *o = step(*o, k, *a, *b);
            }
        }
    }

    fn sum(&self, x: &[f64], out: &mut [f64], term: impl Fn(usize, f64, f64) -> f64) {
        self.fold(x, out, |s, k, a, b| s + term(k, a, b));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_agree_with_their_definitions_on_a_pair_done_by_hand() {
        let ctx = Context::new(0, 1).unwrap();
        let x = Points::new(3, vec![1.0, -2.0, 2.0]).unwrap();
        let y = Points::new(3, vec![4.0, -2.0, -2.0]).unwrap();
        let distance = |name: &str| Metric::named(name, 3.0).unwrap().matrix(&ctx, &x, &y, None).unwrap()[0];
        for (name, truth) in [
            ("sqeuclidean", 25.0),
            ("euclidean", 5.0),
            ("cityblock", 7.0),
            ("chebyshev", 4.0),
            ("minkowski", 91.0_f64.cbrt()),
            ("cosine", 1.0 - 4.0 / (3.0 * 24.0_f64.sqrt())),
            ("canberra", 3.0 / 5.0 + 1.0),
            ("braycurtis", 7.0 / 9.0),
            ("hamming", 2.0 / 3.0),
        ] {
            assert!((distance(name) - truth).abs() < 1e-14, "{name}: {} and not {truth}", distance(name));
        }
        // Means 1/3 and 0: (2/3, -7/3, 5/3) and (4, -2, -2).
        let correlation = (8.0 + 14.0 - 10.0) / 3.0 / ((78.0_f64 / 9.0).sqrt() * 24.0_f64.sqrt());
        assert!((distance("correlation") - (1.0 - correlation)).abs() < 1e-14);
    }

    #[test]
    fn what_has_no_distance_is_refused() {
        let ctx = Context::new(0, 1).unwrap();
        let zero = Points::new(2, vec![0.0, 0.0]).unwrap();
        let refused = |m: Metric| m.matrix(&ctx, &zero, &zero, None).unwrap_err().to_string();
        assert!(refused(Metric::Cosine).contains("Row 0 has no direction"));
        assert!(Metric::named("hyperbolic", 2.0).unwrap_err().advice().unwrap().contains("braycurtis"));
        assert!(Metric::named("minkowski", 0.0).is_err());
        assert!(Metric::Cityblock.matrix(&ctx, &zero, &zero, Some(&[1.0])).is_err());
    }
}
