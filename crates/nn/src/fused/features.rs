//! Between rows as callers hold them and panels of features.

use super::plan::Plan;
use super::tile::Rows;
use crate::kernels::PANEL;
use std::f32::consts::PI;

/// Index of column `j` of row `i` in a panelled array.
pub(super) fn at(rows: Rows, i: usize, j: usize) -> usize {
    (j / PANEL * rows.total + rows.start + i) * PANEL + j % PANEL
}

/// Copies row-major `x` into panels.
pub(super) fn to_panels(x: &[f32], columns: usize, rows: Rows, to: &mut [f32]) {
    for (i, x) in x.chunks_exact(columns).enumerate() {
        for (j, part) in x.chunks(PANEL).enumerate() {
            let start = at(rows, i, j * PANEL);
            to[start..start + part.len()].copy_from_slice(part);
        }
    }
}

/// Copies panels into row-major `x`.
pub(super) fn from_panels(from: &[f32], columns: usize, rows: Rows, x: &mut [f32]) {
    for (i, x) in x.chunks_exact_mut(columns).enumerate() {
        for (j, part) in x.chunks_mut(PANEL).enumerate() {
            let start = at(rows, i, j * PANEL);
            part.copy_from_slice(&from[start..start + part.len()]);
        }
    }
}

/// The features of the network at rows `x`: columns, then the sines and the cosines of time.
pub(super) fn features(plan: &Plan, x: &[f32], rows: Rows, to: &mut [f32]) {
    to_panels(x, plan.inputs, rows, to);
    for (i, x) in x.chunks_exact(plan.inputs).enumerate() {
        for k in 0..plan.octaves {
            let (sin, cos) = octave(k, x[plan.inputs - 1]);
            to[at(rows, i, plan.inputs + k)] = sin;
            to[at(rows, i, plan.inputs + plan.octaves + k)] = cos;
        }
    }
}

/// Tangents of the features at rows `x` along `v`.
pub(super) fn push_features(plan: &Plan, x: &[f32], v: &[f32], rows: Rows, to: &mut [f32]) {
    to_panels(v, plan.inputs, rows, to);
    let last = plan.inputs - 1;
    for (i, (x, v)) in x.chunks_exact(plan.inputs).zip(v.chunks_exact(plan.inputs)).enumerate() {
        for k in 0..plan.octaves {
            let (sin, cos) = octave(k, x[last]);
            to[at(rows, i, plan.inputs + k)] = rate(k) * cos * v[last];
            to[at(rows, i, plan.inputs + plan.octaves + k)] = -rate(k) * sin * v[last];
        }
    }
}

/// Cotangents of the rows `x` from those of the features, to row-major `dx`.
pub(super) fn pull_features(plan: &Plan, x: &[f32], from: &[f32], rows: Rows, dx: &mut [f32]) {
    from_panels(from, plan.inputs, rows, dx);
    let last = plan.inputs - 1;
    for (i, (x, dx)) in x.chunks_exact(plan.inputs).zip(dx.chunks_exact_mut(plan.inputs)).enumerate() {
        for k in 0..plan.octaves {
            let (sin, cos) = octave(k, x[last]);
            let pulled =
                cos * from[at(rows, i, plan.inputs + k)] - sin * from[at(rows, i, plan.inputs + plan.octaves + k)];
            dx[last] += rate(k) * pulled;
        }
    }
}

fn rate(k: usize) -> f32 {
    PI * 2.0_f32.powi(k as i32)
}

/// Sine and cosine of `2^k pi t`, with the argument reduced before it is multiplied by pi.
fn octave(k: usize, t: f32) -> (f32, f32) {
    let turns = 2.0_f32.powi(k as i32) * t;
    (PI * (turns - 2.0 * (0.5 * turns).round())).sin_cos()
}
