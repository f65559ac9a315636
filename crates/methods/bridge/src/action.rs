//! The action-matching loss on any path of marginals, as an objective for the training loop.

use crate::lineage::Lineage;
use serde::{Deserialize, Serialize};
use thalweg_core::{Measure, Result, Snapshots, Stream};
use thalweg_nn::{ActionTerm, Exec, Loss, NetSpec, Objective};

/// Which law the potential `s` obeys.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Variant {
    /// `dx/dt = ∇s`.
    Plain,
    /// `dx = ∇s dt + sigma dW`, `sigma` in standardised units.
    Entropic {
        /// Diffusion coefficient, positive.
        sigma: f64,
    },
    /// `dx/dt = ∇s`, `d log w/dt = s`.
    Unbalanced,
}

/// Rows of one step: boundary with coefficients, interior with quadrature weights, probes for the Laplacian.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// `m x (d + 1)`: points at the first and at the last time.
    pub boundary: Vec<f32>,
    /// `m`: `+ mass / count` at the first time, `- mass / count` at the last.
    pub coefficients: Vec<f32>,
    /// `n x (d + 1)`: points at times in between.
    pub interior: Vec<f32>,
    /// `n`: `mass x time / count`.
    pub weights: Vec<f32>,
}

/// A path of marginals `q_t` that can be sampled.
pub trait Marginals: Send + Sync {
    /// Number of coordinates.
    fn dim(&self) -> usize;
    /// The rows of `step`: about `batch` interior points and half as many at the boundary.
    fn rows(&self, batch: usize, step: u64, stream: &mut Stream) -> Result<Rows>;
}

/// Marginals through snapshots: straight lines between coupled points.
pub(crate) struct Through<'a> {
    pub(crate) lineage: &'a Lineage,
    pub(crate) first: End,
    pub(crate) last: End,
    pub(crate) sigma: f64,
}

/// The first or the last snapshot, in standardised units.
pub(crate) struct End {
    time: f64,
    measure: Measure,
    cumulative: Vec<f64>,
    /// Mass with the sign of its boundary term.
    signed_mass: f64,
}

impl End {
    /// Both ends, normalised to mass 1 where the law has no growth.
    pub(crate) fn of(standardised: &Snapshots, variant: Variant) -> Result<(Self, Self)> {
        let end = |k: usize, sign: f64| -> Result<Self> {
            let snapshot = standardised.get(k);
            let mut running = 0.0;
            let cumulative = snapshot
                .measure
                .probabilities()
                .iter()
                .map(|p| {
                    running += p;
                    running
                })
                .collect();
            let mass = if variant == Variant::Unbalanced { snapshot.measure.mass() } else { 1.0 };
            Ok(Self { time: snapshot.time, measure: snapshot.measure.clone(), cumulative, signed_mass: sign * mass })
        };
        Ok((end(0, 1.0)?, end(standardised.len() - 1, -1.0)?))
    }

    fn draw(&self, count: usize, sigma: f64, stream: &mut Stream, rows: &mut Rows) {
        for _ in 0..count {
            let u = stream.uniform();
            let i = self.cumulative.partition_point(|c| *c <= u).min(self.cumulative.len() - 1);
            rows.boundary.extend(self.measure.points().row(i).iter().map(|x| (x + sigma * stream.normal()) as f32));
            rows.boundary.push(self.time as f32);
            rows.coefficients.push((self.signed_mass / count as f64) as f32);
        }
    }
}

impl Marginals for Through<'_> {
    fn dim(&self) -> usize {
        self.first.measure.dim()
    }

    fn rows(&self, batch: usize, step: u64, stream: &mut Stream) -> Result<Rows> {
        let passage = self.lineage.draw(batch, self.sigma, step, stream)?;
        let weights = passage.weights.iter().zip(&passage.measure).map(|(w, m)| w * m).collect();
        let mut rows = Rows { interior: passage.inputs, weights, ..Rows::default() };
        for end in [&self.first, &self.last] {
            end.draw((batch / 4).max(1), self.sigma, stream, &mut rows);
        }
        Ok(rows)
    }
}

/// Action matching of the scalar network `spec` on a path of marginals.
pub(crate) struct Action<'a> {
    pub(crate) path: &'a dyn Marginals,
    pub(crate) spec: &'a NetSpec,
    pub(crate) exec: &'a dyn Exec,
    pub(crate) variant: Variant,
    pub(crate) batch: usize,
    /// The loss is divided by this, so that learning rates do not depend on the unit of mass and time.
    pub(crate) unit: f64,
    pub(crate) seed: u64,
}

impl Objective for Action<'_> {
    type Batch = (Rows, Vec<f32>);

    fn draw(&self, step: u64) -> Result<Self::Batch> {
        let mut stream = Stream::new(self.seed, "action", step);
        let mut rows = self.path.rows(self.batch, step, &mut stream)?;
        let scale = (1.0 / self.unit) as f32;
        rows.weights.iter_mut().chain(&mut rows.coefficients).for_each(|w| *w *= scale);
        let probes = match self.variant {
            Variant::Entropic { .. } => {
                let count = rows.weights.len() * self.path.dim();
                (0..count).map(|_| if stream.uniform() < 0.5 { -1.0 } else { 1.0 }).collect()
            }
            Variant::Plain | Variant::Unbalanced => Vec::new(),
        };
        Ok((rows, probes))
    }

    fn loss_grad(&self, params: &[f32], (rows, probes): &Self::Batch, grad: &mut [f32]) -> Result<f64> {
        let term = match self.variant {
            Variant::Plain => ActionTerm::Plain,
            Variant::Entropic { sigma } => ActionTerm::Entropic { variance: (sigma * sigma) as f32, probes },
            Variant::Unbalanced => ActionTerm::Unbalanced,
        };
        let loss = Loss::Action {
            boundary: &rows.boundary,
            coefficients: &rows.coefficients,
            interior: &rows.interior,
            weights: &rows.weights,
            term,
        };
        self.exec.loss_grad(self.spec, params, &loss, grad)
    }
}
