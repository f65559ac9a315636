//! Finite volumes on boxes, in the form of fluxes through faces.

use thalweg_core::{Error, Result};

/// What happens at the two ends of an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// What leaves at one end enters at the other.
    Periodic,
    /// Nothing passes.
    Closed,
    /// The flux is asked for, with one of the two cells missing.
    Open,
}

/// A face between two cells, across `axis`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Face {
    /// The axis it is crossed along.
    pub axis: usize,
    /// The cell on the lower side; none at the low end of an open axis.
    pub low: Option<usize>,
    /// The cell on the upper side; none at the high end of an open axis.
    pub high: Option<usize>,
    /// Distance between the centres of the two cells.
    pub spacing: f64,
    /// Where along the axis it lies, from the low end of the box.
    pub place: f64,
}

/// Equal cells of a box of any number of axes, row-major, the last axis fastest.
///
/// Every operator adds the flux through each face to the cell on one side and takes it from the other, so what is
/// inside changes only by what passes open edges: to rounding, whatever the flux.
#[derive(Clone, Debug)]
pub struct Cells {
    shape: Vec<usize>,
    spacing: Vec<f64>,
    edges: Vec<Edge>,
}

impl Cells {
    /// `shape[k]` cells over the length `lengths[k]`, with a rule for the ends of each axis.
    ///
    /// # Errors
    /// Lists of different lengths, an axis without cells, a length that is not positive.
    pub fn new(shape: &[usize], lengths: &[f64], edges: &[Edge]) -> Result<Self> {
        if shape.is_empty() || lengths.len() != shape.len() || edges.len() != shape.len() {
            return Err(Error::input(format!(
                "A box of {} axes with {} lengths and {} edges was asked for, but there must be as many of each.",
                shape.len(),
                lengths.len(),
                edges.len()
            )));
        }
        if let Some(k) = (0..shape.len()).find(|&k| shape[k] == 0 || !(lengths[k].is_finite() && lengths[k] > 0.0)) {
            return Err(Error::input(format!(
                "Axis {k} has {} cells over the length {}, but needs at least 1 over a positive length.",
                shape[k], lengths[k]
            )));
        }
        let spacing = shape.iter().zip(lengths).map(|(n, l)| l / *n as f64).collect();
        Ok(Self { shape: shape.to_vec(), spacing, edges: edges.to_vec() })
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether there are no cells: never.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Volume of a cell.
    pub fn volume(&self) -> f64 {
        self.spacing.iter().product()
    }

    /// Centre of cell `i`, from the low corner of the box.
    pub fn centre(&self, i: usize) -> Vec<f64> {
        (0..self.shape.len()).map(|axis| (self.place(i, axis) as f64 + 0.5) * self.spacing[axis]).collect()
    }

    /// Writes minus the divergence of a flux into `out`, one number a cell. `flux(face)` is the amount that passes a face
    /// towards its upper side, per area and time; it is asked once a face.
    pub fn conserve(&self, out: &mut [f64], mut flux: impl FnMut(Face) -> f64) {
        out.fill(0.0);
        for axis in 0..self.shape.len() {
            self.faces(axis, |face| {
                let f = flux(face) / face.spacing;
                if let Some(low) = face.low {
                    out[low] -= f;
                }
                if let Some(high) = face.high {
                    out[high] += f;
                }
            });
        }
    }

    /// Writes `div (d grad u)` with constant `d` into `out`: second order, nothing through open edges.
    pub fn diffuse(&self, u: &[f64], d: f64, out: &mut [f64]) {
        self.conserve(out, |face| match (face.low, face.high) {
            (Some(low), Some(high)) => d * (u[low] - u[high]) / face.spacing,
            _ => 0.0,
        });
    }

    /// Writes `-div (v u)` into `out`, with the speed `v(face)` along the axis of each face. Second order where `u` is
    /// smooth, and no new extremes along an axis: upwind values limited after van Leer ("Towards the ultimate conservative
    /// difference scheme II", J. Comput. Phys. 14, 1974). What enters through an open edge has the value `outside`.
    pub fn advect(&self, u: &[f64], v: impl Fn(Face) -> f64, outside: f64, out: &mut [f64]) {
        self.conserve(out, |face| {
            let speed = v(face);
            let (from, to) = if speed > 0.0 { (face.low, face.high) } else { (face.high, face.low) };
            let Some(from) = from else { return speed * outside };
            let behind = self.neighbour(from, face.axis, speed <= 0.0);
            let slope = match (behind, to) {
                (Some(behind), Some(to)) => limited(u[from] - u[behind], u[to] - u[from]),
                _ => 0.0,
            };
            speed * (u[from] + 0.5 * slope)
        });
    }

    /// Writes `div (d grad u + u d grad potential)` into `out`: drift down a potential (in units of the temperature,
    /// one value a cell) and diffusion `d`, by the fluxes of Scharfetter and Gummel (IEEE Trans. Electron Devices 16,
    /// 1969). Second order, positive for any spacing, and `exp(-potential)` is stationary to rounding.
    pub fn drift_diffuse(&self, u: &[f64], potential: &[f64], d: f64, out: &mut [f64]) {
        self.conserve(out, |face| match (face.low, face.high) {
            (Some(low), Some(high)) => {
                let rise = potential[high] - potential[low];
                d * (bernoulli(rise) * u[low] - bernoulli(-rise) * u[high]) / face.spacing
            }
            _ => 0.0,
        });
    }

    fn stride(&self, axis: usize) -> usize {
        self.shape[axis + 1..].iter().product()
    }

    fn place(&self, i: usize, axis: usize) -> usize {
        i / self.stride(axis) % self.shape[axis]
    }

    /// The next cell along an axis, upwards or downwards; none beyond an edge that is not periodic.
    fn neighbour(&self, i: usize, axis: usize, upwards: bool) -> Option<usize> {
        let (n, stride, place) = (self.shape[axis], self.stride(axis), self.place(i, axis));
        match (upwards, self.edges[axis]) {
            (true, _) if place + 1 < n => Some(i + stride),
            (true, Edge::Periodic) => Some(i - (n - 1) * stride),
            (false, _) if place > 0 => Some(i - stride),
            (false, Edge::Periodic) => Some(i + (n - 1) * stride),
            _ => None,
        }
    }

    /// Calls `f` for every face across an axis, cell by cell, through which something may pass.
    fn faces(&self, axis: usize, mut f: impl FnMut(Face)) {
        let spacing = self.spacing[axis];
        for i in 0..self.len() {
            let place = self.place(i, axis);
            if place == 0 && self.edges[axis] == Edge::Open {
                f(Face { axis, low: None, high: Some(i), spacing, place: 0.0 });
            }
            let high = self.neighbour(i, axis, true);
            if high.is_some() || self.edges[axis] == Edge::Open {
                f(Face { axis, low: Some(i), high, spacing, place: (place + 1) as f64 * spacing });
            }
        }
    }
}

/// Van Leer's limiter: the harmonic mean of two slopes of one sign, else zero.
fn limited(a: f64, b: f64) -> f64 {
    if a * b > 0.0 { 2.0 * a * b / (a + b) } else { 0.0 }
}

/// `x / (exp(x) - 1)`.
fn bernoulli(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { x / x.exp_m1() }
}
