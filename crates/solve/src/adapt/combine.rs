//! Fields made of other fields.

use thalweg_core::{Error, Result, VectorField};

/// The drift of a field alone: its noise and its growth hidden.
pub struct Drift<'a>(pub &'a dyn VectorField);

impl VectorField for Drift<'_> {
    fn dim(&self) -> usize {
        self.0.dim()
    }

    fn velocity(&self, t: f64, x: &[f64], out: &mut [f64]) {
        self.0.velocity(t, x, out);
    }

    fn kinks(&self) -> Vec<f64> {
        self.0.kinks()
    }

    fn divergence(&self, t: f64, x: &[f64], out: &mut [f64]) {
        self.0.divergence(t, x, out);
    }
}

/// A field run backwards: with `s = pivot - t`, `dx/ds = -b(pivot - s, x)`, growth negated too.
///
/// With `pivot = t0 + t1` the span `(t0, t1)` is mapped to itself and the flow is inverted. The noise keeps
/// its size.
pub struct Reversed<'a> {
    field: &'a dyn VectorField,
    pivot: f64,
}

impl<'a> Reversed<'a> {
    /// `field` in the time `pivot - t`.
    pub fn new(field: &'a dyn VectorField, pivot: f64) -> Self {
        Self { field, pivot }
    }
}

impl VectorField for Reversed<'_> {
    fn dim(&self) -> usize {
        self.field.dim()
    }

    fn velocity(&self, t: f64, x: &[f64], out: &mut [f64]) {
        self.field.velocity(self.pivot - t, x, out);
        negate(out);
    }

    fn growth(&self, t: f64, x: &[f64], out: &mut [f64]) {
        self.field.growth(self.pivot - t, x, out);
        negate(out);
    }

    fn has_growth(&self) -> bool {
        self.field.has_growth()
    }

    fn diffusion(&self, t: f64) -> f64 {
        self.field.diffusion(self.pivot - t)
    }

    fn noise(&self, t: f64, x: &[f64], out: &mut [f64]) {
        self.field.noise(self.pivot - t, x, out);
    }

    fn kinks(&self) -> Vec<f64> {
        self.field.kinks().into_iter().map(|t| self.pivot - t).collect()
    }

    fn divergence(&self, t: f64, x: &[f64], out: &mut [f64]) {
        self.field.divergence(self.pivot - t, x, out);
        negate(out);
    }
}

fn negate(out: &mut [f64]) {
    out.iter_mut().for_each(|v| *v = -*v);
}

/// A field whose drift and growth are multiplied by a number; its noise is kept.
pub struct Scaled<'a> {
    field: &'a dyn VectorField,
    factor: f64,
}

impl<'a> Scaled<'a> {
    /// `factor` times `field`.
    pub fn new(field: &'a dyn VectorField, factor: f64) -> Self {
        Self { field, factor }
    }

    fn scale(&self, out: &mut [f64]) {
        out.iter_mut().for_each(|v| *v *= self.factor);
    }
}

impl VectorField for Scaled<'_> {
    fn dim(&self) -> usize {
        self.field.dim()
    }

    fn velocity(&self, t: f64, x: &[f64], out: &mut [f64]) {
        self.field.velocity(t, x, out);
        self.scale(out);
    }

    fn growth(&self, t: f64, x: &[f64], out: &mut [f64]) {
        self.field.growth(t, x, out);
        self.scale(out);
    }

    fn has_growth(&self) -> bool {
        self.field.has_growth()
    }

    fn diffusion(&self, t: f64) -> f64 {
        self.field.diffusion(t)
    }

    fn noise(&self, t: f64, x: &[f64], out: &mut [f64]) {
        self.field.noise(t, x, out);
    }

    fn kinks(&self) -> Vec<f64> {
        self.field.kinks()
    }

    fn divergence(&self, t: f64, x: &[f64], out: &mut [f64]) {
        self.field.divergence(t, x, out);
        self.scale(out);
    }
}

/// The sum of two fields: drifts, growths and divergences add, and so do the variances of their noises.
pub struct Sum<'a> {
    left: &'a dyn VectorField,
    right: &'a dyn VectorField,
}

impl<'a> Sum<'a> {
    /// `left + right`.
    ///
    /// # Errors
    /// The fields have different dimensions.
    pub fn new(left: &'a dyn VectorField, right: &'a dyn VectorField) -> Result<Self> {
        same_dim("added", left, right)?;
        Ok(Self { left, right })
    }
}

impl VectorField for Sum<'_> {
    fn dim(&self) -> usize {
        self.left.dim()
    }

    fn velocity(&self, t: f64, x: &[f64], out: &mut [f64]) {
        self.left.velocity(t, x, out);
        add(1.0, out, |term| self.right.velocity(t, x, term));
    }

    fn growth(&self, t: f64, x: &[f64], out: &mut [f64]) {
        self.left.growth(t, x, out);
        add(1.0, out, |term| self.right.growth(t, x, term));
    }

    fn has_growth(&self) -> bool {
        self.left.has_growth() || self.right.has_growth()
    }

    fn diffusion(&self, t: f64) -> f64 {
        self.left.diffusion(t).hypot(self.right.diffusion(t))
    }

    fn noise(&self, t: f64, x: &[f64], out: &mut [f64]) {
        let mut other = vec![0.0; out.len()];
        self.left.noise(t, x, out);
        self.right.noise(t, x, &mut other);
        out.iter_mut().zip(&other).for_each(|(o, v)| *o = o.hypot(*v));
    }

    fn kinks(&self) -> Vec<f64> {
        [self.left.kinks(), self.right.kinks()].concat()
    }

    fn divergence(&self, t: f64, x: &[f64], out: &mut [f64]) {
        self.left.divergence(t, x, out);
        add(1.0, out, |term| self.right.divergence(t, x, term));
    }
}

pub(super) fn same_dim(what: &str, a: &dyn VectorField, b: &dyn VectorField) -> Result<()> {
    if a.dim() == b.dim() {
        return Ok(());
    }
    Err(Error::input(format!(
        "Fields of dimension {} and {} cannot be {what}: they must act on the same space.",
        a.dim(),
        b.dim()
    )))
}

/// `out += factor * f(..)` through a buffer of the same size.
pub(super) fn add(factor: f64, out: &mut [f64], f: impl FnOnce(&mut [f64])) {
    let mut term = vec![0.0; out.len()];
    f(&mut term);
    out.iter_mut().zip(&term).for_each(|(o, v)| *o += factor * v);
}
