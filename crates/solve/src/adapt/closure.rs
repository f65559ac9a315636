//! Fields from closures.

use thalweg_core::VectorField;

type Batch<'a> = Box<dyn Fn(f64, &[f64], &mut [f64]) + Send + Sync + 'a>;
pub(super) type OfTime<'a> = Box<dyn Fn(f64) -> f64 + Send + Sync + 'a>;

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
