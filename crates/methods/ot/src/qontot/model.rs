//! The learned dependence of a plan on its context.

use super::evaluate;
use super::readout::{Readout, histogram};
use super::{Config, NAME, Reading};
use crate::Matrix;
use thalweg_core::{Context, Error, Points, Result};
use thalweg_ot::{CostMatrix, Sinkhorn};
use thalweg_quantum::Circuit;

/// Entries of a plan below this count as this, so that their logarithm is a cost.
const LEAST: f64 = 1e-300;
/// Relative L1 error of the marginals of [`Model::plan`].
const EXACT: f64 = 1e-12;

/// Powers of standardised contexts.
#[derive(Clone, Debug)]
pub(super) struct Features {
    mean: Vec<f64>,
    deviation: Vec<f64>,
    degree: usize,
}

impl Features {
    pub(super) fn new(contexts: &Points, degree: usize) -> Self {
        let count = contexts.len() as f64;
        let over = |f: &dyn Fn(usize, f64) -> f64| -> Vec<f64> {
            (0..contexts.dim()).map(|k| contexts.rows().map(|row| f(k, row[k])).sum::<f64>() / count).collect()
        };
        let mean = over(&|_, v| v);
        let deviation =
            over(&|k, v| (v - mean[k]).powi(2)).iter().map(|v| if *v > 0.0 { v.sqrt() } else { 1.0 }).collect();
        Self { mean, deviation, degree }
    }

    /// How many features a context has.
    pub(super) fn len(&self) -> usize {
        1 + self.mean.len() * self.degree
    }

    pub(super) fn of(&self, context: &[f64]) -> Result<Vec<f64>> {
        if context.len() != self.mean.len() || context.iter().any(|v| !v.is_finite()) {
            let sentence = format!("A context of {} finite numbers is needed and {:?} came.", self.mean.len(), context);
            return Err(Error::input(sentence));
        }
        let mut features = vec![1.0];
        for (k, v) in context.iter().enumerate() {
            let scaled = (v - self.mean[k]) / self.deviation[k];
            features.extend((1..=self.degree as i32).map(|power| scaled.powi(power)));
        }
        Ok(features)
    }
}

/// The angles at a context: `weights` has one row of coefficients an angle.
pub(super) fn angles(weights: &[f64], features: &[f64]) -> Vec<f64> {
    weights.chunks_exact(features.len()).map(|row| row.iter().zip(features).map(|(w, f)| w * f).sum()).collect()
}

/// Plans as a function of context.
#[derive(Clone, Debug)]
pub struct Model {
    pub(super) config: Config,
    pub(super) circuit: Circuit,
    pub(super) features: Features,
    pub(super) weights: Vec<f64>,
    /// Bins of sources and targets.
    pub(super) shape: (usize, usize),
}

impl Model {
    /// The circuit.
    pub fn circuit(&self) -> &Circuit {
        &self.circuit
    }

    /// The angles of the circuit at a context.
    ///
    /// # Errors
    /// A context of another dimension, or not finite.
    pub fn angles(&self, context: &[f64]) -> Result<Vec<f64>> {
        Ok(angles(&self.weights, &self.features.of(context)?))
    }

    /// The doubly stochastic matrix of the circuit at a context, `2^qubits` squared.
    ///
    /// # Errors
    /// As [`Model::angles`] and [`stochastic`](super::stochastic).
    pub fn kernel(&self, ctx: &Context, context: &[f64]) -> Result<Matrix> {
        super::stochastic(ctx, &self.circuit, &self.angles(context)?, self.config.qubits)
    }

    /// The plan at a context between two histograms, each normalised to mass 1, with exactly these marginals: what the
    /// circuit gives, moved to the nearest plan (in relative entropy) that has them.
    ///
    /// # Errors
    /// Histograms or a context that do not fit the training, or are not finite; interruption.
    pub fn plan(&self, ctx: &Context, context: &[f64], source: &[f64], target: &[f64]) -> Result<Matrix> {
        let source = self.bins(source, self.shape.0)?;
        let target = self.bins(target, self.shape.1)?;
        let near = self.read(ctx, context, &Readout::new(&self.config, &source, &target))?;
        let cost = near.with(&Matrix::outer(&source, &target), |p, r| -(p.max(LEAST) / r.max(LEAST)).ln());
        let cost = CostMatrix::new(cost.rows(), cost.cols(), cost.values().to_vec())?;
        let solver = Sinkhorn { tolerance: EXACT, ..Sinkhorn::balanced(1.0) };
        let solved = solver.solve_matrix_with(ctx, &source, &target, &cost, None)?;
        Ok(Matrix::of_potentials(&source, &target, &cost, &solved))
    }

    /// What becomes of a histogram (normalised to mass 1) at a context.
    ///
    /// # Errors
    /// As [`Model::plan`]; the doubly stochastic reading, whose plans need both histograms.
    pub fn push(&self, ctx: &Context, context: &[f64], source: &[f64]) -> Result<Vec<f64>> {
        if self.config.reading != Reading::Channel {
            return Err(Error::input(format!(
                "{NAME} was trained in the reading doubly-stochastic, which needs both histograms."
            ))
            .advise("Train with the reading channel, or ask for the plan between two histograms."));
        }
        let source = self.bins(source, self.shape.0)?;
        let readout = Readout::channel(self.config.qubits, &source, self.shape.1);
        Ok(self.read(ctx, context, &readout)?.column_sums())
    }

    fn bins(&self, weights: &[f64], count: usize) -> Result<Vec<f64>> {
        if weights.len() != count {
            let sentence = format!("A histogram of {count} bins was trained on and one of {} came.", weights.len());
            return Err(Error::input(sentence));
        }
        histogram(weights, 1 << self.config.qubits)
    }

    fn read(&self, ctx: &Context, context: &[f64], readout: &Readout) -> Result<Matrix> {
        readout.require(ctx, self.circuit.qubits())?;
        let angles = self.angles(context)?;
        let states = ctx.install(|| evaluate::run(ctx, &self.circuit, &angles, readout))?;
        evaluate::plan(readout, &states)
    }
}
