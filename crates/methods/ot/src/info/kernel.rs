//! Kernel densities and the information of a plan.

use crate::{Matrix, check_points};
use thalweg_core::{Context, Error, Measure, Points, Result};
use thalweg_ot::GroundCost;

/// Joint densities are kept above this, so that a plan that vanishes somewhere has a finite gradient there.
const LEAST: f64 = 1e-300;

/// The kernel of a measure's points, and their density.
#[derive(Clone, Debug)]
pub struct Kernel {
    points: Points,
    width: f64,
    /// n x n.
    pub(super) gram: Matrix,
    /// `K w` at each point.
    pub(super) density: Vec<f64>,
}

impl Kernel {
    /// The kernel `exp(-(d / (bandwidth s))^2 / 2)` with `s^2` half the mean squared distance; points of different `labels` are no neighbours.
    ///
    /// # Errors
    /// A bandwidth that is not positive; another number of labels than points; points that all coincide; coordinates that
    /// overflow.
    pub fn new(ctx: &Context, measure: &Measure, bandwidth: f64, labels: Option<&[usize]>) -> Result<Self> {
        let (points, weights, n) = (measure.points(), measure.probabilities(), measure.len());
        if !(bandwidth > 0.0 && bandwidth.is_finite()) {
            let sentence = format!("The bandwidth of a kernel is {bandwidth}, but it must be positive.");
            return Err(Error::input(sentence));
        }
        if let Some(labels) = labels.filter(|l| l.len() != n) {
            return Err(Error::input(format!("{n} points came with {} labels.", labels.len())));
        }
        let squares = ctx.install(|| GroundCost::SquaredEuclidean.matrix(points, points))?;
        let mean: f64 =
            (0..n).map(|i| weights[i] * squares.row(i).iter().zip(&weights).map(|(d, w)| d * w).sum::<f64>()).sum();
        if mean <= 0.0 {
            return Err(
                Error::input("All points coincide, so that a kernel has no width.").advise("Leave that side out.")
            );
        }
        let width = bandwidth * (0.5 * mean).sqrt();
        let alike = |i: usize, j: usize| labels.is_none_or(|l| l[i] == l[j]);
        let entry = |e: usize| {
            let (i, j) = (e / n, e % n);
            if alike(i, j) { (-0.5 * squares.at(i, j) / (width * width)).exp() } else { 0.0 }
        };
        let gram = Matrix::new(n, n, (0..n * n).map(entry).collect())?;
        let density = gram.apply(&weights);
        Ok(Self { points: points.clone(), width, gram, density })
    }

    /// The kernel between new points (k x d) and the measure's, k x n.
    pub(super) fn between(&self, ctx: &Context, new: &Points) -> Result<Matrix> {
        check_points(new, self.points.dim())?;
        let squares = ctx.install(|| GroundCost::SquaredEuclidean.matrix(new, &self.points))?;
        let values = squares.values().iter().map(|d| (-0.5 * d / (self.width * self.width)).exp()).collect();
        Matrix::new(new.len(), self.points.len(), values)
    }

    /// The density `f_x` at the points.
    pub fn density(&self) -> &[f64] {
        &self.density
    }
}

/// `K_X P K_Y`, and the logarithm of its ratio to the product of the densities.
fn joint(plan: &Matrix, x: &Kernel, y: &Kernel) -> (Matrix, Matrix) {
    let joint = x.gram.times(plan).times(&y.gram).map(|f| f.max(LEAST));
    let independent = Matrix::outer(&x.density, &y.density);
    let ratio = joint.with(&independent, |f, p| (f / p.max(LEAST)).ln());
    (joint, ratio)
}

/// Refuses a plan of another shape than the kernels'.
fn check(plan: &Matrix, x: &Kernel, y: &Kernel) -> Result<()> {
    if (plan.rows(), plan.cols()) == (x.density.len(), y.density.len()) {
        return Ok(());
    }
    Err(Error::input(format!(
        "The plan is {} x {}, but the kernels are of {} and {} points.",
        plan.rows(),
        plan.cols(),
        x.density.len(),
        y.density.len()
    )))
}

/// The mutual information of a plan, in nats.
///
/// # Errors
/// A plan of another shape than the kernels'.
pub fn information(ctx: &Context, plan: &Matrix, x: &Kernel, y: &Kernel) -> Result<f64> {
    check(plan, x, y)?;
    Ok(ctx.install(|| joint(plan, x, y).1.dot(plan)))
}

/// Its gradient in the plan, with the densities of the marginals held fixed.
///
/// # Errors
/// As [`information`].
pub fn gradient(ctx: &Context, plan: &Matrix, x: &Kernel, y: &Kernel) -> Result<Matrix> {
    check(plan, x, y)?;
    Ok(ctx.install(|| {
        let (joint, ratio) = joint(plan, x, y);
        let share = plan.with(&joint, |p, f| p / f);
        ratio.with(&x.gram.times(&share).times(&y.gram), |a, b| a + b)
    }))
}
