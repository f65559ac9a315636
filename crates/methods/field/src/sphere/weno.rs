//! Third-order weighted essentially non-oscillatory fluxes on unequal cells, with local Lax-Friedrichs splitting.
//!
//! Source: Caplan et al. 2025, section 3.2; the weights with `epsilon` equal to the cell size are those of Cravero and Semplice,
//! J. Sci. Comput. 67 (2016). Faces beside a pole, where the stencil would reach across it, are first order.

use super::upwind::carry;
use super::{Flow, Reconstruction, Sphere};
use thalweg_core::wide;

/// What the reconstruction at a face needs to know of the cells around it, whose sizes are `h`.
#[derive(Clone, Copy, Debug)]
struct Weights {
    /// Slope factors: of the cell before, backward and forward; of the cell after, backward and forward.
    before: [f64; 2],
    after: [f64; 2],
    /// Linear weights of extrapolation and interpolation, from before the face and from after it.
    from_before: [f64; 2],
    from_after: [f64; 2],
    /// Sizes of the two cells.
    sizes: [f64; 2],
}

impl Weights {
    /// For the face between the second and the third of four cells.
    fn new(h: [f64; 4]) -> Self {
        let (behind, ahead) = (h[0] + h[1] + h[2], h[1] + h[2] + h[3]);
        Self {
            before: [h[1] / (h[0] + h[1]), h[1] / (h[1] + h[2])],
            after: [h[2] / (h[1] + h[2]), h[2] / (h[2] + h[3])],
            from_before: [h[2] / behind, (h[0] + h[1]) / behind],
            from_after: [h[1] / ahead, (h[2] + h[3]) / ahead],
            sizes: [h[1], h[2]],
        }
    }

    /// The flux at the face: `down` are the parts that move with the axis in the three cells up to the one after the face,
    /// `up` those that move against it in the three cells from the one before.
    #[inline(always)]
    fn flux(&self, down: [f64; 3], up: [f64; 3]) -> f64 {
        let side = |slopes: [f64; 3], linear: [f64; 2], size: f64, far: f64, near: f64, beyond: f64| {
            let (outer, inner) = (near - far, beyond - near);
            let (rough, smooth) = (slopes[0] * outer, slopes[1] * inner);
            let (b0, b1) = (size + 4.0 * (rough * rough), size + 4.0 * (smooth * smooth));
            let (w0, w1) = (linear[0] * (b1 * b1), linear[1] * (b0 * b0));
            let extrapolated = near + rough;
            let interpolated = slopes[2] * near + slopes[1] * beyond;
            (w0 * extrapolated + w1 * interpolated, w0 + w1)
        };
        let [b, f] = [self.before, self.after];
        let (value_d, sum_d) = side([b[0], b[1], f[0]], self.from_before, self.sizes[0], down[0], down[1], down[2]);
        let (value_u, sum_u) = side([f[1], f[0], b[1]], self.from_after, self.sizes[1], up[2], up[1], up[0]);
        // One quotient for both sides: divisions are most of the cost.
        (value_d * sum_u + value_u * sum_d) / (sum_d * sum_u)
    }
}

/// WENO3 fluxes of a flow.
pub struct Weno3<'a> {
    sphere: &'a Sphere,
    flow: Flow,
    /// Half of velocity plus or minus the largest speed around: north face, south face, west face, east face of a cell.
    north: Vec<f64>,
    south: Vec<f64>,
    west: Vec<f64>,
    east: Vec<f64>,
    across: Vec<Weights>,
    along: Weights,
}

impl<'a> Weno3<'a> {
    /// Splits the flow; again whenever it changes.
    pub fn new(sphere: &'a Sphere, flow: Flow) -> Self {
        let (rows, n) = (sphere.rows(), sphere.columns());
        let mut split = [const { Vec::new() }; 4];
        for part in &mut split {
            *part = vec![0.0; sphere.cells()];
        }
        let [mut north, mut south, mut west, mut east] = split;
        let mut around = vec![0.0; n + 5];
        let mut fastest = vec![0.0; n];
        for j in 0..rows {
            fastest.fill(0.0);
            for face in j.saturating_sub(2)..=(j + 3).min(rows) {
                let speeds = &flow.southward[face * n..][..n];
                fastest.iter_mut().zip(speeds).for_each(|(f, v)| *f = f64::max(*f, v.abs()));
            }
            for k in 0..n {
                north[j * n + k] = 0.5 * (flow.southward[j * n + k] + fastest[k]);
                south[j * n + k] = 0.5 * (flow.southward[(j + 1) * n + k] - fastest[k]);
            }
            let speeds = &flow.eastward[j * n..][..n];
            for (i, a) in around.iter_mut().enumerate() {
                *a = speeds[(i + n - 2) % n].abs();
            }
            for k in 0..n {
                let most = around[k..k + 6].iter().copied().fold(0.0, f64::max);
                let next = if k + 1 == n { 0 } else { k + 1 };
                west[j * n + k] = 0.5 * (speeds[k] + most);
                east[j * n + k] = 0.5 * (speeds[next] - most);
            }
        }
        let h = |row: usize| sphere.height(row);
        let across = (0..rows - 3).map(|j| Weights::new([h(j), h(j + 1), h(j + 2), h(j + 3)])).collect();
        let along = Weights::new([sphere.width(); 4]);
        Self { sphere, flow, north, south, west, east, across, along }
    }
}

impl Reconstruction for Weno3<'_> {
    fn southward(&self, field: &[f64], face: usize, out: &mut [f64]) {
        let n = self.sphere.columns();
        if face == 1 || face + 1 == self.sphere.rows() {
            let (before, after) = (&field[(face - 1) * n..][..n], &field[face * n..][..n]);
            return carry(&self.flow.southward[face * n..][..n], before, after, out);
        }
        across(
            self.across[face - 2],
            &field[(face - 2) * n..(face + 2) * n],
            &self.north[(face - 2) * n..(face + 1) * n],
            &self.south[(face - 1) * n..(face + 2) * n],
            out,
        );
    }

    fn eastward(&self, field: &[f64], row: usize, scratch: &mut [f64], out: &mut [f64]) {
        let n = self.sphere.columns();
        let range = row * n..(row + 1) * n;
        let (down, up) = scratch.split_at_mut(n + 2);
        multiply(&field[range.clone()], &self.west[range.clone()], &mut down[2..]);
        multiply(&field[range.clone()], &self.east[range], &mut up[1..=n]);
        (down[0], down[1]) = (down[n], down[n + 1]);
        (up[0], up[n + 1]) = (up[n], up[1]);
        along(self.along, down, up, out);
    }
}

wide! {
    /// Fluxes through the faces between the second and the third of four rows; `north` and `south` are the split velocities
    /// of the first three and of the last three.
    fn across(weights: Weights, field: &[f64], north: &[f64], south: &[f64], out: &mut [f64]) {
        let n = out.len();
        let [f0, f1, f2, f3] = [0, 1, 2, 3].map(|i| &field[i * n..][..n]);
        let [n0, n1, n2] = [0, 1, 2].map(|i| &north[i * n..][..n]);
        let [s0, s1, s2] = [0, 1, 2].map(|i| &south[i * n..][..n]);
        for k in 0..n {
            let down = [f0[k] * n0[k], f1[k] * n1[k], f2[k] * n2[k]];
            let up = [f1[k] * s0[k], f2[k] * s1[k], f3[k] * s2[k]];
            out[k] = weights.flux(down, up);
        }
    }
}

wide! {
    /// Fluxes through the western faces of a row; `down` begins two cells and `up` one cell before the first.
    fn along(weights: Weights, down: &[f64], up: &[f64], out: &mut [f64]) {
        let n = out.len();
        let [d0, d1, d2] = [0, 1, 2].map(|i| &down[i..][..n]);
        let [u0, u1, u2] = [0, 1, 2].map(|i| &up[i..][..n]);
        for k in 0..n {
            out[k] = weights.flux([d0[k], d1[k], d2[k]], [u0[k], u1[k], u2[k]]);
        }
    }
}

wide! {
    /// Products of two rows.
    fn multiply(a: &[f64], b: &[f64], out: &mut [f64]) {
        let n = a.len();
        let (b, out) = (&b[..n], &mut out[..n]);
        for k in 0..n {
            out[k] = a[k] * b[k];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_core::Stream;

    /// The widest registers give the bits of a plain loop.
    #[test]
    fn wide_fluxes_are_plain_fluxes() {
        let weights = Weights::new([0.1, 0.12, 0.15, 0.11]);
        for n in [1, 7, 8, 9, 31] {
            let mut stream = Stream::new(3, "weno-test", n as u64);
            let mut draw = |count: usize| (0..count).map(|_| stream.normal()).collect::<Vec<f64>>();
            let (down, up) = (draw(n + 2), draw(n + 2));
            let (field, north, south) = (draw(4 * n), draw(3 * n), draw(3 * n));
            let mut out = vec![0.0; n];
            along(weights, &down, &up, &mut out);
            for k in 0..n {
                let plain = weights.flux([down[k], down[k + 1], down[k + 2]], [up[k], up[k + 1], up[k + 2]]);
                assert_eq!(out[k].to_bits(), plain.to_bits());
            }
            across(weights, &field, &north, &south, &mut out);
            for k in 0..n {
                let down = [0, 1, 2].map(|i| field[i * n + k] * north[i * n + k]);
                let up = [0, 1, 2].map(|i| field[(i + 1) * n + k] * south[i * n + k]);
                assert_eq!(out[k].to_bits(), weights.flux(down, up).to_bits());
            }
        }
    }

    /// On even cells and smooth fields the weights are those of the linear scheme, whose flux is exact for parabolas of cell means.
    #[test]
    fn a_parabola_is_carried_exactly() {
        let weights = Weights::new([1.0; 4]);
        // Means of x^2 over cells around 0, 1, 2, 3, scaled so that both slopes weigh alike: the face is at 1.5.
        let mean = |x: f64| 1e-6 * (x * x + 1.0 / 12.0);
        let flux = weights.flux([mean(0.0), mean(1.0), mean(2.0)], [0.0; 3]);
        assert!((flux - 1e-6 * 2.25).abs() < 1e-12, "{flux}");
        let flux = weights.flux([0.0; 3], [mean(1.0), mean(2.0), mean(3.0)]);
        assert!((flux - 1e-6 * 2.25).abs() < 1e-12, "{flux}");
    }
}
