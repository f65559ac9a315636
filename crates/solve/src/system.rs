//! What a stepper sees: a block of rows as one flat vector, and the law they follow.

use crate::history::History;
use crate::plan::WHOLE;
use crate::{Delayed, Law, NoiseKind, Sense};
use std::cell::{Cell, RefCell};
use thalweg_core::VectorField;

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

/// A block of rows that follow a law.
pub struct System<'a> {
    law: Law<'a>,
    layout: Layout,
    extra: Extra,
    frozen: Vec<bool>,
    evaluations: Cell<usize>,
    piece: (f64, f64),
    history: Option<RefCell<History>>,
}

impl<'a> System<'a> {
    /// `rows` rows that follow `law`. Extras are carried along a law that is a vector field; others have none.
    pub fn new(law: Law<'a>, rows: usize, extra: Extra) -> Self {
        let extra = if law.field().is_some() { extra } else { Extra::Nothing };
        let extras = usize::from(extra != Extra::Nothing);
        let layout = Layout { rows, dim: law.dim(), extras };
        Self { law, layout, extra, frozen: Vec::new(), evaluations: Cell::new(0), piece: WHOLE, history: None }
    }

    /// Layout of the flat vector.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// The law.
    pub fn law(&self) -> Law<'a> {
        self.law
    }

    /// Evaluations of the law so far.
    pub fn evaluations(&self) -> usize {
        self.evaluations.get()
    }

    /// One more evaluation was made past [`System::drift`].
    pub fn count(&self) {
        self.evaluations.set(self.evaluations.get() + 1);
    }

    /// Writes the drift at `(t, y)`.
    pub fn drift(&self, t: f64, y: &[f64], out: &mut [f64]) {
        self.count();
        let t = self.inside(t);
        if let (Law::Delayed(law), Some(history)) = (self.law, &self.history) {
            return self.delayed(law, &history.borrow(), t, y, out);
        }
        let split = self.layout.coordinates();
        let (x, (v, extra)) = (&y[..split], out.split_at_mut(split));
        self.law.drift(t, x, v);
        let Some(field) = self.law.field() else { return };
        match self.extra {
            Extra::Nothing => {}
            Extra::Growth => field.growth(t, x, extra),
            Extra::Divergence => net_divergence(field, t, x, extra),
        }
    }

    fn delayed(&self, law: &dyn Delayed, history: &History, t: f64, y: &[f64], out: &mut [f64]) {
        let mut past = vec![0.0; law.delays().len() * y.len()];
        for (tau, past) in law.delays().iter().zip(past.chunks_exact_mut(y.len().max(1))) {
            history.at(t - tau, *tau, self.piece, law, past);
        }
        law.velocity(t, y, &past, out);
    }

    /// Begins to remember at `(t, y)`, where the law looks back; `degree` is that of the interpolant of the stepper.
    pub fn remember(&mut self, t: f64, y: &[f64], degree: usize) {
        if let Law::Delayed(law) = self.law {
            let longest = law.delays().iter().copied().fold(0.0, f64::max);
            self.history = Some(RefCell::new(History::new(t, y, longest, degree)));
        }
    }

    /// What is remembered, where the law looks back.
    pub fn history(&self) -> Option<&RefCell<History>> {
        self.history.as_ref()
    }

    /// The longest step that looks back to what is known only.
    pub fn longest_step(&self) -> f64 {
        match self.law {
            Law::Delayed(law) => law.delays().iter().copied().fold(f64::INFINITY, f64::min),
            _ => f64::INFINITY,
        }
    }

    /// What is carried along.
    pub fn extra(&self) -> Extra {
        self.extra
    }

    /// Shape and nature of the noise.
    pub fn noise(&self) -> NoiseKind {
        match self.law {
            Law::Diffusion(law) => law.kind(),
            // That of a field may depend on the state, in the sense of the scheme.
            _ => NoiseKind::Diagonal,
        }
    }

    /// Number of independent Brownian motions, equally many a row.
    pub fn noises(&self) -> usize {
        self.layout.rows * self.noise().columns().unwrap_or(self.layout.dim)
    }

    /// Writes the drift at `(t, y)` of the equation of this sense that means the same as the law.
    pub fn drift_in(&self, sense: Sense, t: f64, y: &[f64], out: &mut [f64]) {
        self.drift(t, y, out);
        let Law::Diffusion(law) = self.law else { return };
        let share = law.sense().alpha() - sense.alpha();
        if share != 0.0 && !law.kind().is_additive() {
            let mut induced = vec![0.0; out.len()];
            law.induced(t, y, &mut induced);
            out.iter_mut().zip(&induced).for_each(|(o, c)| *o += share * c);
        }
    }

    /// Writes the noise coefficient at `(t, y)`: a number a coordinate, or a row of columns a coordinate.
    pub fn spread(&self, t: f64, y: &[f64], out: &mut Vec<f64>) {
        let split = self.layout.coordinates();
        out.resize(split * self.noise().columns().unwrap_or(1), 0.0);
        match self.law {
            Law::Diffusion(law) => law.spread(t, &y[..split], out),
            _ => match self.law.field() {
                Some(field) => field.noise(self.inside(t), &y[..split], out),
                None => out.fill(0.0),
            },
        }
    }

    /// Adds `scale` times the coefficient `spread` applied to `w` (one number a Brownian motion) to the coordinates.
    pub fn push(&self, spread: &[f64], w: &[f64], scale: f64, y: &mut [f64]) {
        let (split, dim) = (self.layout.coordinates(), self.layout.dim);
        match self.noise().columns() {
            None => {
                for ((y, b), w) in y[..split].iter_mut().zip(spread).zip(w) {
                    *y += b * scale * w;
                }
            }
            Some(m) => {
                for (i, (y, b)) in y[..split].iter_mut().zip(spread.chunks_exact(m)).enumerate() {
                    let w = &w[i / dim * m..(i / dim + 1) * m];
                    *y += scale * b.iter().zip(w).map(|(b, w)| b * w).sum::<f64>();
                }
            }
        }
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

    /// Stops a row where it is: from now on it stays there.
    pub fn freeze(&mut self, row: usize) {
        self.frozen.resize(self.layout.rows, false);
        self.frozen[row] = true;
    }

    /// Puts the rows that were stopped back from where a step has taken them.
    pub fn hold_frozen(&self, y: &[f64], next: &mut [f64], error: &mut [f64]) {
        let (dim, extras, split) = (self.layout.dim, self.layout.extras, self.layout.coordinates());
        for row in (0..self.frozen.len()).filter(|&r| self.frozen[r]) {
            for range in [row * dim..(row + 1) * dim, split + row * extras..split + (row + 1) * extras] {
                next[range.clone()].copy_from_slice(&y[range.clone()]);
                error[range].fill(0.0);
            }
        }
    }
}

/// The divergence of the drift less the growth.
fn net_divergence(field: &dyn VectorField, t: f64, x: &[f64], out: &mut [f64]) {
    field.divergence(t, x, out);
    if field.has_growth() {
        let mut growth = vec![0.0; out.len()];
        field.growth(t, x, &mut growth);
        out.iter_mut().zip(&growth).for_each(|(o, g)| *o -= g);
    }
}
