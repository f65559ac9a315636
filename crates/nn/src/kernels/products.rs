//! Elementwise products of the chain rule, each a single pass over panels of equal shape.
//!
//! Notation: `z` pre-activation, `d1, d2, d3` derivatives of the activation at `z`, `beta` the cotangent of the
//! activation's output, `u` a tangent of `z`.

use super::gemm::PANEL;
use super::isa::vectorised;

/// The probe of a second directional derivative, at one panel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Probe<'a> {
    /// Coefficient of the second derivative, one a row.
    pub(crate) coefficient: &'a [f32],
    /// Tangent of the pre-activation along the probe.
    pub(crate) tangent: &'a [f32],
    /// `act''`.
    pub(crate) second: &'a [f32],
    /// `act'''`.
    pub(crate) third: &'a [f32],
}

/// What the first reverse sweep leaves at one panel.
#[derive(Debug)]
pub(crate) struct Adjoint<'a> {
    /// In: `act''`. Out: `act'' beta`.
    pub(crate) bend: &'a mut [f32],
    /// Out: `act' beta`.
    pub(crate) delta: &'a mut [f32],
}

vectorised!(
    /// `out *= x`.
    multiply = multiply_body(out: &mut [f32], x: &[f32])
);
vectorised!(
    /// First reverse sweep: `delta = d1 beta`, `bend = d2 beta`.
    adjoint = adjoint_body(beta: &[f32], first: &[f32], out: Adjoint<'_>)
);
vectorised!(
    /// Sources that a probe leaves for the second reverse sweep: `zeta = c d3 beta u²` and `eta = 2 c d2 beta u`.
    pull_probe = pull_probe_body(beta: &[f32], probe: Probe<'_>, zeta: &mut [f32], eta: &mut [f32])
);
vectorised!(
    /// Tangent sweep: `zeta += bend u` and `out = d1 u`.
    push = push_body(u: &[f32], first: &[f32], bend: &[f32], zeta: &mut [f32], out: &mut [f32])
);
vectorised!(
    /// What a probe adds to the tangent sweep: `out += c d2 u²`.
    push_probe = push_probe_body(probe: Probe<'_>, out: &mut [f32])
);
vectorised!(
    /// Second reverse sweep: `out += x y`.
    pull = pull_body(x: &[f32], y: &[f32], out: &mut [f32])
);

#[inline(always)]
fn multiply_body<const FMA: bool>(out: &mut [f32], x: &[f32]) {
    for (o, x) in out.iter_mut().zip(x) {
        *o *= x;
    }
}

#[inline(always)]
fn adjoint_body<const FMA: bool>(beta: &[f32], first: &[f32], out: Adjoint<'_>) {
    for (((e, d), b), f) in out.bend.iter_mut().zip(out.delta).zip(beta).zip(first) {
        *e *= b;
        *d = f * b;
    }
}

#[inline(always)]
fn pull_probe_body<const FMA: bool>(beta: &[f32], probe: Probe<'_>, zeta: &mut [f32], eta: &mut [f32]) {
    for (r, &c) in probe.coefficient.iter().enumerate() {
        let row = r * PANEL..(r + 1) * PANEL;
        let (b, u) = (&beta[row.clone()], &probe.tangent[row.clone()]);
        let (d2, d3) = (&probe.second[row.clone()], &probe.third[row.clone()]);
        let (zeta, eta) = (&mut zeta[row.clone()], &mut eta[row]);
        for j in 0..PANEL {
            let pulled = c * b[j] * u[j];
            zeta[j] = pulled * d3[j] * u[j];
            eta[j] = 2.0 * pulled * d2[j];
        }
    }
}

#[inline(always)]
fn push_body<const FMA: bool>(u: &[f32], first: &[f32], bend: &[f32], zeta: &mut [f32], out: &mut [f32]) {
    for ((((z, o), u), f), e) in zeta.iter_mut().zip(out).zip(u).zip(first).zip(bend) {
        *z += e * u;
        *o = f * u;
    }
}

#[inline(always)]
fn push_probe_body<const FMA: bool>(probe: Probe<'_>, out: &mut [f32]) {
    for (r, &c) in probe.coefficient.iter().enumerate() {
        let row = r * PANEL..(r + 1) * PANEL;
        let (u, d2, out) = (&probe.tangent[row.clone()], &probe.second[row.clone()], &mut out[row]);
        for j in 0..PANEL {
            out[j] += c * d2[j] * u[j] * u[j];
        }
    }
}

#[inline(always)]
fn pull_body<const FMA: bool>(x: &[f32], y: &[f32], out: &mut [f32]) {
    for ((o, x), y) in out.iter_mut().zip(x).zip(y) {
        *o += x * y;
    }
}
