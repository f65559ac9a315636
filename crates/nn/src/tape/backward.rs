//! Gradients: each rule is written in operations of the tape, so its result can be differentiated again.

use super::cotangents::{Cotangents, Keep};
use super::{Op, Scalar, Tape, Var};
use std::sync::Arc;

impl<T: Scalar> Tape<T> {
    /// `∂y/∂x` for each `x` of `wrt`, as variables that can be differentiated again. `y` is `1 x 1`.
    pub fn grad(&self, y: Var, wrt: &[Var]) -> Vec<Var> {
        assert_eq!((y.rows, y.cols), (1, 1), "the gradient is that of a 1 x 1 variable");
        self.vjp(y, self.constant(1, 1, T::of(1.0)), wrt)
    }

    /// `J(x)ᵀ cotangent` for each `x` of `wrt`, with `J = ∂y/∂x`, as variables that can be differentiated again.
    pub fn vjp(&self, y: Var, cotangent: Var, wrt: &[Var]) -> Vec<Var> {
        assert_eq!((y.rows, y.cols), (cotangent.rows, cotangent.cols), "a cotangent has the shape of its variable");
        self.walk(y, cotangent, wrt, Keep::Everything)
    }

    /// Values of `∂y/∂x` for each `x` of `wrt`, for the last derivative taken: it uses the tape up, because every
    /// buffer is reused as soon as it has been read for the last time. `y` and `wrt` keep their values.
    pub fn last_grad(&self, y: Var, wrt: &[Var]) -> Vec<Arc<Vec<T>>> {
        assert_eq!((y.rows, y.cols), (1, 1), "the gradient is that of a 1 x 1 variable");
        let grads = self.walk(y, self.constant(1, 1, T::of(1.0)), wrt, Keep::Results);
        grads.into_iter().map(|g| self.value(g)).collect()
    }

    fn walk(&self, y: Var, seed: Var, wrt: &[Var], keep: Keep) -> Vec<Var> {
        let mut state = Cotangents::new(self.depends(y, wrt), wrt, keep, self.nodes.borrow().len());
        state.receive(self, y, seed);
        for id in (0..=y.id).rev() {
            if !state.active(id) {
                continue;
            }
            if let Some(g) = state.of(id) {
                self.pull(Var { id, rows: g.rows, cols: g.cols }, g, &mut state);
            }
            state.finish(self, id, id == y.id);
        }
        let zero = |x: &Var| self.constant(x.rows, x.cols, T::of(0.0));
        wrt.iter().map(|x| state.of(x.id).unwrap_or_else(|| zero(x))).collect()
    }

    /// Which of the nodes up to `y` depend on `wrt`.
    fn depends(&self, y: Var, wrt: &[Var]) -> Vec<bool> {
        let nodes = self.nodes.borrow();
        let mut active = vec![false; y.id + 1];
        wrt.iter().filter(|x| x.id <= y.id).for_each(|x| active[x.id] = true);
        for id in 0..=y.id {
            let inherited = nodes[id].op.parents().iter().flatten().any(|parent| active[parent.id]);
            active[id] |= inherited;
        }
        active
    }

    /// Hands the cotangent `g` of node `y` on to the variables that `y` was computed from.
    fn pull(&self, y: Var, g: Var, state: &mut Cotangents) {
        let mut give = |x: Var, cotangent: &dyn Fn() -> Var| {
            if state.active(x.id) {
                let c = cotangent();
                state.receive(self, x, c);
            }
        };
        match self.op(y) {
            Op::Leaf => {}
            Op::Add(a, b) => {
                give(a, &|| g);
                give(b, &|| g);
            }
            Op::Sub(a, b) => {
                give(a, &|| g);
                give(b, &|| self.neg(g));
            }
            Op::Mul(a, b) => {
                give(a, &|| self.mul(g, b));
                give(b, &|| self.mul(g, a));
            }
            Op::Scale(a, c) => give(a, &|| self.scale(g, c)),
            Op::Shift(a) => give(a, &|| g),
            Op::Apply(f, a) => give(a, &|| self.mul(g, self.slope(f, a, y))),
            Op::Act { f, order, x, times } => {
                if let Some(t) = times {
                    give(t, &|| self.act_derivative(f, order, x, Some(g)));
                }
                let through = |t| self.mul(g, t);
                give(x, &|| self.act_slope(f, order, x, times.map_or(g, through)));
            }
            Op::Product { a, b, ta, tb, bias } => {
                give(a, &|| if ta { self.affine(b, tb, g, true, None) } else { self.affine(g, false, b, !tb, None) });
                give(b, &|| if tb { self.affine(g, true, a, ta, None) } else { self.affine(a, !ta, g, false, None) });
                if let Some(row) = bias {
                    give(row, &|| self.sum_rows(g));
                }
            }
            Op::AddRow(a, row) => {
                give(a, &|| g);
                give(row, &|| self.sum_rows(g));
            }
            Op::SumRows(a) => give(a, &|| self.repeat_row(g, a.rows)),
            Op::SumCols(a) => give(a, &|| self.repeat_col(g, a.cols)),
            Op::SumAll(a) => give(a, &|| self.fill(g, a.rows, a.cols)),
            Op::RepeatRow(a) => give(a, &|| self.sum_rows(g)),
            Op::RepeatCol(a) => give(a, &|| self.sum_cols(g)),
            Op::Fill(a) => give(a, &|| self.sum(g)),
            Op::Slice(a, first) => give(a, &|| self.pad(g, first, a.cols)),
            Op::Pad(a, first) => give(a, &|| self.slice(g, first, a.cols)),
            Op::Concat(a, b) => {
                give(a, &|| self.slice(g, 0, a.cols));
                give(b, &|| self.slice(g, a.cols, b.cols));
            }
            Op::Transpose(a) => give(a, &|| self.transpose(g)),
            Op::Reshape(a) => give(a, &|| self.reshape(g, a.rows, a.cols)),
        }
    }
}
