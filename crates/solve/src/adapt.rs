//! Fields made of closures and of other fields.

use thalweg_core::VectorField;

type Batch<'a> = Box<dyn Fn(f64, &[f64], &mut [f64]) + Send + Sync + 'a>;
type OfTime<'a> = Box<dyn Fn(f64) -> f64 + Send + Sync + 'a>;

/// A field from closures.
pub struct FnField<'a> {
    dim: usize,
    velocity: Batch<'a>,
    growth: Option<Batch<'a>>,
    divergence: Option<Batch<'a>>,
    diffusion: Option<OfTime<'a>>,
}

impl<'a> FnField<'a> {
    /// A field whose drift is computed row by row: `velocity(t, x, out)` with `dim` numbers each.
    pub fn rows(dim: usize, velocity: impl Fn(f64, &[f64], &mut [f64]) + Send + Sync + 'a) -> Self {
        Self::batch(dim, move |t, x, out| {
            x.chunks_exact(dim).zip(out.chunks_exact_mut(dim)).for_each(|(x, out)| velocity(t, x, out));
        })
    }

    /// A field whose drift is computed for a batch: `velocity(t, x, out)` with `n x dim` numbers each.
    pub fn batch(dim: usize, velocity: impl Fn(f64, &[f64], &mut [f64]) + Send + Sync + 'a) -> Self {
        Self { dim, velocity: Box::new(velocity), growth: None, divergence: None, diffusion: None }
    }

    /// With a growth rate `g(t, x)` of one row.
    #[must_use]
    pub fn with_growth(mut self, growth: impl Fn(f64, &[f64]) -> f64 + Send + Sync + 'a) -> Self {
        self.growth = Some(each_row(self.dim, growth));
        self
    }

    /// With the divergence of the drift at one row, in place of differences.
    #[must_use]
    pub fn with_divergence(mut self, divergence: impl Fn(f64, &[f64]) -> f64 + Send + Sync + 'a) -> Self {
        self.divergence = Some(each_row(self.dim, divergence));
        self
    }

    /// With a diffusion coefficient `sigma(t)`.
    #[must_use]
    pub fn with_diffusion(mut self, sigma: impl Fn(f64) -> f64 + Send + Sync + 'a) -> Self {
        self.diffusion = Some(Box::new(sigma));
        self
    }
}

fn each_row<'a>(dim: usize, f: impl Fn(f64, &[f64]) -> f64 + Send + Sync + 'a) -> Batch<'a> {
    Box::new(move |t, x, out| x.chunks_exact(dim).zip(out).for_each(|(x, out)| *out = f(t, x)))
}

impl VectorField for FnField<'_> {
    fn dim(&self) -> usize {
        self.dim
    }

    fn velocity(&self, t: f64, x: &[f64], out: &mut [f64]) {
        (self.velocity)(t, x, out);
    }

    fn growth(&self, t: f64, x: &[f64], out: &mut [f64]) {
        match &self.growth {
            Some(growth) => growth(t, x, out),
            None => out.fill(0.0),
        }
    }

    fn has_growth(&self) -> bool {
        self.growth.is_some()
    }

    fn diffusion(&self, t: f64) -> f64 {
        self.diffusion.as_ref().map_or(0.0, |sigma| sigma(t))
    }

    fn divergence(&self, t: f64, x: &[f64], out: &mut [f64]) {
        match &self.divergence {
            Some(divergence) => divergence(t, x, out),
            None => Bare(&self.velocity, self.dim).divergence(t, x, out),
        }
    }
}

/// A drift and nothing else, so that the trait's default divergence applies.
struct Bare<'a>(&'a Batch<'a>, usize);

impl VectorField for Bare<'_> {
    fn dim(&self) -> usize {
        self.1
    }

    fn velocity(&self, t: f64, x: &[f64], out: &mut [f64]) {
        (self.0)(t, x, out);
    }
}

/// The drift of a field alone: its noise and its growth hidden.
pub struct Drift<'a>(pub &'a dyn VectorField);

impl VectorField for Drift<'_> {
    fn dim(&self) -> usize {
        self.0.dim()
    }

    fn velocity(&self, t: f64, x: &[f64], out: &mut [f64]) {
        self.0.velocity(t, x, out);
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
    pub fn new(left: &'a dyn VectorField, right: &'a dyn VectorField) -> thalweg_core::Result<Self> {
        same_dim("added", left, right)?;
        Ok(Self { left, right })
    }
}

fn same_dim(what: &str, a: &dyn VectorField, b: &dyn VectorField) -> thalweg_core::Result<()> {
    if a.dim() == b.dim() {
        return Ok(());
    }
    Err(thalweg_core::Error::input(format!(
        "Fields of dimension {} and {} cannot be {what}: they must act on the same space.",
        a.dim(),
        b.dim()
    )))
}

/// `out += factor * f(..)` through a buffer of the same size.
fn add(factor: f64, out: &mut [f64], f: impl FnOnce(&mut [f64])) {
    let mut term = vec![0.0; out.len()];
    f(&mut term);
    out.iter_mut().zip(&term).for_each(|(o, v)| *o += factor * v);
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

    fn divergence(&self, t: f64, x: &[f64], out: &mut [f64]) {
        self.left.divergence(t, x, out);
        add(1.0, out, |term| self.right.divergence(t, x, term));
    }
}

/// The diffusion that has the same marginals as a probability flow: a drift `b`, a score `s` and a noise
/// schedule `epsilon(t) >= 0` (Albergo, Boffi and Vanden-Eijnden, "Stochastic Interpolants", eqs. 2.33, 2.34).
///
/// Forward in time `dx = (b + eps s) dt + sqrt(2 eps) dW`; backward, integrated with decreasing time,
/// `dx = (b - eps s) dt + sqrt(2 eps) dW`. Growth is that of `b`.
pub struct NoisyField<'a> {
    drift: &'a dyn VectorField,
    score: &'a dyn VectorField,
    epsilon: OfTime<'a>,
    sign: f64,
}

impl<'a> NoisyField<'a> {
    /// For integration with increasing time. The velocity of `score` is the score `grad log rho(t, x)`.
    ///
    /// # Errors
    /// Drift and score have different dimensions.
    pub fn forward(
        drift: &'a dyn VectorField,
        score: &'a dyn VectorField,
        epsilon: impl Fn(f64) -> f64 + Send + Sync + 'a,
    ) -> thalweg_core::Result<Self> {
        Self::new(drift, score, Box::new(epsilon), 1.0)
    }

    /// For integration with decreasing time.
    ///
    /// # Errors
    /// Drift and score have different dimensions.
    pub fn backward(
        drift: &'a dyn VectorField,
        score: &'a dyn VectorField,
        epsilon: impl Fn(f64) -> f64 + Send + Sync + 'a,
    ) -> thalweg_core::Result<Self> {
        Self::new(drift, score, Box::new(epsilon), -1.0)
    }

    fn new(
        drift: &'a dyn VectorField,
        score: &'a dyn VectorField,
        epsilon: OfTime<'a>,
        sign: f64,
    ) -> thalweg_core::Result<Self> {
        same_dim("combined to a diffusion", drift, score)?;
        Ok(Self { drift, score, epsilon, sign })
    }
}

impl VectorField for NoisyField<'_> {
    fn dim(&self) -> usize {
        self.drift.dim()
    }

    fn velocity(&self, t: f64, x: &[f64], out: &mut [f64]) {
        self.drift.velocity(t, x, out);
        let epsilon = (self.epsilon)(t);
        if epsilon != 0.0 {
            add(self.sign * epsilon, out, |score| self.score.velocity(t, x, score));
        }
    }

    fn growth(&self, t: f64, x: &[f64], out: &mut [f64]) {
        self.drift.growth(t, x, out);
    }

    fn has_growth(&self) -> bool {
        self.drift.has_growth()
    }

    fn diffusion(&self, t: f64) -> f64 {
        (2.0 * (self.epsilon)(t)).max(0.0).sqrt()
    }
}
