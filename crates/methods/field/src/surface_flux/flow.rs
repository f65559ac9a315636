//! The flows that carry surface flux: differential rotation, meridional flow, tests, frames from files, and their attenuation.

use super::{Config, KM_PER_SECOND, M_PER_SECOND};
use crate::sphere::{Flow, Sphere};

/// A flow that holds from its time until that of the next frame.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Hours after the start.
    pub hours: f64,
    /// Velocities on the faces, in metres a second.
    pub flow: Flow,
}

/// The flow of a configuration, with the frame of the moment, before attenuation.
pub(super) fn steady(sphere: &Sphere, config: &Config, frame: Option<&Frame>) -> Flow {
    let n = sphere.columns();
    let mut flow = Flow::still(sphere);
    if let Some(frame) = frame {
        flow.southward = frame.flow.southward.iter().map(|v| v * M_PER_SECOND).collect();
        flow.eastward = frame.flow.eastward.iter().map(|v| v * M_PER_SECOND).collect();
    }
    let [p1, p3, p5] = config.meridional;
    for (face, row) in flow.southward.chunks_mut(n).enumerate() {
        let (sine, cosine) = (sphere.face_sine(face), sphere.face(face).cos());
        let polynomial = p1 * cosine + p3 * cosine.powi(3) + p5 * cosine.powi(5);
        let speed = config.southward * KM_PER_SECOND - M_PER_SECOND * sine * polynomial;
        row.iter_mut().for_each(|v| *v += speed);
    }
    let [p0, p2, p4] = config.rotation;
    for (j, row) in flow.eastward.chunks_mut(n).enumerate() {
        let (sine, cosine) = (sphere.sine(j), sphere.colatitudes()[j].cos());
        let polynomial = p0 + p2 * cosine.powi(2) + p4 * cosine.powi(4);
        let speed = sine * (config.rigid * KM_PER_SECOND + M_PER_SECOND * polynomial);
        row.iter_mut().for_each(|v| *v += speed);
    }
    flow
}

/// Slows a flow where the field on either side of a face is strong: by `1 - tanh(|B| / scale)`.
pub(super) fn attenuate(sphere: &Sphere, flow: &mut Flow, field: &[f64], scale: f64) {
    let n = sphere.columns();
    let slow = |a: f64, b: f64| 1.0 - (a.abs().max(b.abs()) / scale).tanh();
    for face in 1..sphere.rows() {
        let (north, south) = (&field[(face - 1) * n..face * n], &field[face * n..(face + 1) * n]);
        let row = &mut flow.southward[face * n..(face + 1) * n];
        row.iter_mut().zip(north.iter().zip(south)).for_each(|(v, (a, b))| *v *= slow(*a, *b));
    }
    for (row, here) in flow.eastward.chunks_mut(n).zip(field.chunks(n)) {
        for k in 0..n {
            row[k] *= slow(here[if k == 0 { n - 1 } else { k - 1 }], here[k]);
        }
    }
}
