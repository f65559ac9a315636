//! Advection in flux form: the divergence of what a flow carries through the faces.

use super::{Sphere, Tendency};
use std::ops::Range;
use thalweg_core::wide;

/// A flow on the faces of a mesh, in radians an hour.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// Southward velocity, (rows + 1) x columns: row `j` is the face north of the cells of row `j`.
    pub southward: Vec<f64>,
    /// Eastward velocity, rows x columns: column `k` is the face west of the cells of column `k`.
    pub eastward: Vec<f64>,
}

impl Flow {
    /// A flow at rest.
    pub fn still(sphere: &Sphere) -> Self {
        let n = sphere.columns();
        Self { southward: vec![0.0; sphere.cells() + n], eastward: vec![0.0; sphere.cells()] }
    }

    /// The longest forward Euler step under which no cell loses more than half of what it holds, in hours.
    pub fn step_limit(&self, sphere: &Sphere) -> f64 {
        let n = sphere.columns();
        let mut fastest = 0.0_f64;
        for j in 1..sphere.rows() - 1 {
            let (high, wide) = (1.0 / sphere.height(j), 1.0 / (sphere.sine(j) * sphere.width()));
            let (north, south) = (&self.southward[j * n..][..n], &self.southward[(j + 1) * n..][..n]);
            let east = &self.eastward[j * n..][..n];
            for k in 0..n {
                let next = if k + 1 == n { 0 } else { k + 1 };
                let across = north[k].abs().max(south[k].abs()) * high;
                fastest = fastest.max(across + east[k].abs().max(east[next].abs()) * wide);
            }
        }
        0.5 / fastest.max(f64::MIN_POSITIVE)
    }
}

/// How a field is seen on the faces, and so what the flow carries through them.
pub trait Reconstruction: Sync {
    /// Flux through the faces north of row `face`, southward, from 1 to `rows - 1`.
    fn southward(&self, field: &[f64], face: usize, out: &mut [f64]);

    /// Flux through the faces west of the cells of `row`, eastward; `scratch` holds `2 columns + 4` values.
    fn eastward(&self, field: &[f64], row: usize, scratch: &mut [f64], out: &mut [f64]);
}

/// The rate at which a flow changes a field of densities.
pub struct Advection<'a, R> {
    /// The mesh.
    pub sphere: &'a Sphere,
    /// The fluxes.
    pub fluxes: R,
}

impl<R: Reconstruction> Tendency for Advection<'_, R> {
    fn sphere(&self) -> &Sphere {
        self.sphere
    }

    fn rows(&self, field: &[f64], rows: Range<usize>, take: &mut dyn FnMut(usize, &[f64])) {
        let (sphere, n, last) = (self.sphere, self.sphere.columns(), self.sphere.rows() - 1);
        let (mut north, mut south) = (vec![0.0; n], vec![0.0; n]);
        let (mut east, mut rate) = (vec![0.0; n + 1], vec![0.0; n]);
        let mut scratch = vec![0.0; 2 * n + 4];
        if rows.start > 0 {
            self.fluxes.southward(field, rows.start, &mut north);
        }
        for j in rows {
            if j < last {
                self.fluxes.southward(field, j + 1, &mut south);
            }
            if sphere.is_pole(j) {
                let (face, through, sign) = if j == 0 { (1, &south, -1.0) } else { (last, &north, 1.0) };
                let gained = sign * sphere.face_sine(face) * sphere.width() * through.iter().sum::<f64>();
                rate.fill(gained / (sphere.area(j) * n as f64));
            } else {
                self.fluxes.eastward(field, j, &mut scratch, &mut east[..n]);
                east[n] = east[0];
                let across = 1.0 / (sphere.sine(j) * sphere.height(j));
                let along = 1.0 / (sphere.sine(j) * sphere.width());
                let scales = [across * sphere.face_sine(j), across * sphere.face_sine(j + 1), along];
                converge(scales, &north, &south, &east, &mut rate);
            }
            take(j, &rate);
            std::mem::swap(&mut north, &mut south);
        }
    }
}

wide! {
    /// What flows into the cells of a row less what flows out.
    fn converge(scales: [f64; 3], north: &[f64], south: &[f64], east: &[f64], out: &mut [f64]) {
        let n = out.len();
        let (north, south, west, east) = (&north[..n], &south[..n], &east[..n], &east[1..=n]);
        for k in 0..n {
            out[k] = (scales[0] * north[k] - scales[1] * south[k]) + scales[2] * (west[k] - east[k]);
        }
    }
}
