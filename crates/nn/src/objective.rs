//! A loss to minimise, as the training loop sees it.

use thalweg_core::Result;

/// What [`Fit`](crate) minimises: a stream of batches and a loss on each.
///
/// Batches are drawn ahead of the steps that use them, in parallel, so `draw` must be a pure function of `step`.
pub trait Objective: Send + Sync {
    /// The data of one step.
    type Batch: Send + Sync;

    /// Draws the batch of `step` (couplings are solved here).
    fn draw(&self, step: u64) -> Result<Self::Batch>;

    /// Value of the loss on `batch`; its gradient is written to `grad`.
    fn loss_grad(&self, params: &[f32], batch: &Self::Batch, grad: &mut [f32]) -> Result<f64>;

    /// Loss on held-out data, if there is any: used by early stopping.
    fn validate(&self, _params: &[f32]) -> Result<Option<f64>> {
        Ok(None)
    }
}
