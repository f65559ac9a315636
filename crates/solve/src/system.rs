//! What a stepper sees: one flat vector with a drift and a diagonal diffusion.

use crate::plan::WHOLE;
use std::cell::Cell;
use thalweg_core::VectorField;

/// A differential equation in one flat vector: `dy = drift(t, y) dt + diffusion(t, y) dW`, noise diagonal.
pub trait System {
    /// Writes the drift at `(t, y)`.
    fn drift(&self, t: f64, y: &[f64], out: &mut [f64]);

    /// Writes the diffusion coefficient of each component at `(t, y)`.
    fn diffusion(&self, _t: f64, _y: &[f64], out: &mut [f64]) {
        out.fill(0.0);
    }
}

/// Layout of a block of rows in one flat vector: `rows x dim` coordinates, then `extras` numbers a row.
///
/// Coordinates come first and together, so that a field reads them without a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Rows of the block.
    pub rows: usize,
    /// Coordinates of a row.
    pub dim: usize,
    /// Numbers carried along with a row: its log-weight, or its log-density.
    pub extras: usize,
}

impl Layout {
    /// Length of the flat vector.
    pub fn len(&self) -> usize {
        self.coordinates() + self.rows * self.extras
    }

    /// Whether the block holds nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of coordinates, and so where the extras begin.
    pub fn coordinates(&self) -> usize {
        self.rows * self.dim
    }

    /// The row that component `i` of the flat vector belongs to.
    pub fn row_of(&self, i: usize) -> usize {
        match i.checked_sub(self.coordinates()) {
            None => i / self.dim,
            Some(k) => k / self.extras,
        }
    }
}

/// What is carried along with each row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extra {
    /// Nothing.
    Nothing,
    /// A log-weight: `d log w = g dt`.
    Growth,
    /// The change of log-density, sign reversed: `d l = (div b - g) dt`.
    Divergence,
}

/// A block of rows that follow a vector field.
pub struct FieldSystem<'a> {
    field: &'a dyn VectorField,
    layout: Layout,
    extra: Extra,
    frozen: Vec<bool>,
    evaluations: Cell<usize>,
    piece: (f64, f64),
}

impl<'a> FieldSystem<'a> {
    /// `rows` rows that follow `field`.
    pub fn new(field: &'a dyn VectorField, rows: usize, extra: Extra) -> Self {
        let extras = usize::from(extra != Extra::Nothing);
        let layout = Layout { rows, dim: field.dim(), extras };
        Self { field, layout, extra, frozen: Vec::new(), evaluations: Cell::new(0), piece: WHOLE }
    }

    /// Layout of the flat vector.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// Evaluations of the drift so far.
    pub fn evaluations(&self) -> usize {
        self.evaluations.get()
    }

    /// From now on the law is that of the smooth piece between two kinks; whether that is another than before.
    pub fn enter(&mut self, piece: (f64, f64)) -> bool {
        let other = self.piece != piece;
        self.piece = piece;
        other
    }

    /// Time `t` within the piece: at a kink, the instant next to it on this side.
    fn inside(&self, t: f64) -> f64 {
        let (low, high) = self.piece;
        if t <= low {
            low.next_up()
        } else if t >= high {
            high.next_down()
        } else {
            t
        }
    }

    /// Stops a row where it is: from now on its drift and its noise are zero.
    pub fn freeze(&mut self, row: usize) {
        self.frozen.resize(self.layout.rows, false);
        self.frozen[row] = true;
    }

    /// Whether the row was stopped.
    pub fn is_frozen(&self, row: usize) -> bool {
        self.frozen.get(row).copied().unwrap_or(false)
    }

    /// Zeroes the components of the rows that were stopped.
    fn hold_frozen(&self, out: &mut [f64]) {
        let (dim, split) = (self.layout.dim, self.layout.coordinates());
        for row in (0..self.frozen.len()).filter(|&r| self.frozen[r]) {
            out[row * dim..(row + 1) * dim].fill(0.0);
            if self.layout.extras > 0 {
                out[split + row] = 0.0;
            }
        }
    }
}

impl System for FieldSystem<'_> {
    fn drift(&self, t: f64, y: &[f64], out: &mut [f64]) {
        self.evaluations.set(self.evaluations.get() + 1);
        let t = self.inside(t);
        let split = self.layout.coordinates();
        let (x, (v, extra)) = (&y[..split], out.split_at_mut(split));
        self.field.velocity(t, x, v);
        match self.extra {
            Extra::Nothing => {}
            Extra::Growth => self.field.growth(t, x, extra),
            Extra::Divergence => {
                self.field.divergence(t, x, extra);
                if self.field.has_growth() {
                    let mut growth = vec![0.0; extra.len()];
                    self.field.growth(t, x, &mut growth);
                    extra.iter_mut().zip(&growth).for_each(|(e, g)| *e -= g);
                }
            }
        }
        self.hold_frozen(out);
    }

    fn diffusion(&self, t: f64, y: &[f64], out: &mut [f64]) {
        let split = self.layout.coordinates();
        self.field.noise(self.inside(t), &y[..split], &mut out[..split]);
        out[split..].fill(0.0);
        self.hold_frozen(out);
    }
}
