//! First order: a face carries what lies upstream of it.

use super::{Flow, Reconstruction, Sphere};
use thalweg_core::wide;

/// Upwind fluxes of a flow.
pub struct Upwind<'a> {
    /// The mesh.
    pub sphere: &'a Sphere,
    /// The flow.
    pub flow: Flow,
}

impl Reconstruction for Upwind<'_> {
    fn southward(&self, field: &[f64], face: usize, out: &mut [f64]) {
        let n = self.sphere.columns();
        let (north, south) = (&field[(face - 1) * n..][..n], &field[face * n..][..n]);
        carry(&self.flow.southward[face * n..][..n], north, south, out);
    }

    fn eastward(&self, field: &[f64], row: usize, scratch: &mut [f64], out: &mut [f64]) {
        let n = self.sphere.columns();
        let here = &field[row * n..][..n];
        scratch[0] = here[n - 1];
        scratch[1..=n].copy_from_slice(here);
        carry(&self.flow.eastward[row * n..][..n], &scratch[..n], here, out);
    }
}

wide! {
    /// The velocity times the value before the face where it is positive, times the value after it elsewhere.
    pub(super) fn carry(velocity: &[f64], before: &[f64], after: &[f64], out: &mut [f64]) {
        let n = out.len();
        let (velocity, before, after) = (&velocity[..n], &before[..n], &after[..n]);
        for k in 0..n {
            out[k] = velocity[k] * if velocity[k] >= 0.0 { before[k] } else { after[k] };
        }
    }
}
