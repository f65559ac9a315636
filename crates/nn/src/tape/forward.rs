//! Forward derivatives: tangents carried along the nodes of the tape, in operations of the tape.

use super::{Op, Scalar, Tape, Var};

impl<T: Scalar> Tape<T> {
    /// The derivative of each of `ys` along the direction that moves every `x` by its `dx`, for the pairs
    /// `(x, dx)` of `along`; a variable that can be differentiated again.
    pub fn jvp(&self, ys: &[Var], along: &[(Var, Var)]) -> Vec<Var> {
        let Some(last) = ys.iter().map(|y| y.id).max() else { return Vec::new() };
        let mut tangents: Vec<Option<Var>> = vec![None; last + 1];
        let needed = self.needed(ys, last);
        for &(x, dx) in along.iter().filter(|(x, _)| x.id <= last) {
            assert_eq!((x.rows, x.cols), (dx.rows, dx.cols), "a tangent has the shape of its variable");
            tangents[x.id] = Some(dx);
        }
        for id in 0..=last {
            let op = self.nodes.borrow()[id].op;
            let moved = op.parents().iter().flatten().any(|p| tangents[p.id].is_some());
            if needed[id] && moved && tangents[id].is_none() {
                tangents[id] = self.push_tangent(id, op, &|x: Var| tangents[x.id]);
            }
        }
        ys.iter().map(|y| tangents[y.id].unwrap_or_else(|| self.constant(y.rows, y.cols, T::of(0.0)))).collect()
    }

    /// Which nodes the variables `ys` were computed from.
    fn needed(&self, ys: &[Var], last: usize) -> Vec<bool> {
        let nodes = self.nodes.borrow();
        let mut needed = vec![false; last + 1];
        ys.iter().for_each(|y| needed[y.id] = true);
        for id in (0..=last).rev() {
            if needed[id] {
                nodes[id].op.parents().iter().flatten().for_each(|p| needed[p.id] = true);
            }
        }
        needed
    }

    fn push_tangent(&self, id: usize, op: Op<T>, dot: &dyn Fn(Var) -> Option<Var>) -> Option<Var> {
        let linear = |a: Var, f: &dyn Fn(Var) -> Var| dot(a).map(f);
        let sum = |a: Option<Var>, b: Option<Var>| match (a, b) {
            (Some(a), Some(b)) => Some(self.add(a, b)),
            (a, b) => a.or(b),
        };
        match op {
            Op::Leaf => None,
            Op::Add(a, b) => sum(dot(a), dot(b)),
            Op::Sub(a, b) => match (dot(a), dot(b)) {
                (Some(a), Some(b)) => Some(self.sub(a, b)),
                (a, b) => a.or_else(|| b.map(|b| self.neg(b))),
            },
            Op::Mul(a, b) => sum(dot(a).map(|d| self.mul(d, b)), dot(b).map(|d| self.mul(a, d))),
            Op::Scale(a, c) => linear(a, &|d| self.scale(d, c)),
            Op::Shift(a) => dot(a),
            Op::Apply(f, a) => linear(a, &|d| self.mul(d, self.slope(f, a, Var { id, ..a }))),
            Op::Act { f, order, x, times } => {
                let through = |d| times.map_or(d, |t| self.mul(d, t));
                let inner = dot(x).map(|d| self.act_slope(f, order, x, through(d)));
                let outer = times.and_then(dot).map(|d| self.act_derivative(f, order, x, Some(d)));
                sum(inner, outer)
            }
            Op::Product { a, b, ta, tb, bias } => {
                let left = dot(a).map(|d| self.affine(d, ta, b, tb, None));
                let right = dot(b).map(|d| self.affine(a, ta, d, tb, None));
                match (sum(left, right), bias.and_then(dot)) {
                    (Some(main), Some(row)) => Some(self.add_row(main, row)),
                    (main, row) => {
                        let rows = if ta { a.cols } else { a.rows };
                        main.or_else(|| row.map(|row| self.repeat_row(row, rows)))
                    }
                }
            }
            Op::AddRow(a, row) => match (dot(a), dot(row)) {
                (Some(main), Some(row)) => Some(self.add_row(main, row)),
                (main, row) => main.or_else(|| row.map(|row| self.repeat_row(row, a.rows))),
            },
            Op::SumRows(a) => linear(a, &|d| self.sum_rows(d)),
            Op::SumCols(a) => linear(a, &|d| self.sum_cols(d)),
            Op::SumAll(a) => linear(a, &|d| self.sum(d)),
            Op::RepeatRow(a) => linear(a, &|d| self.repeat_row(d, self.shape(id).0)),
            Op::RepeatCol(a) => linear(a, &|d| self.repeat_col(d, self.shape(id).1)),
            Op::Fill(a) => linear(a, &|d| self.fill(d, self.shape(id).0, self.shape(id).1)),
            Op::Slice(a, first) => linear(a, &|d| self.slice(d, first, self.shape(id).1)),
            Op::Pad(a, first) => linear(a, &|d| self.pad(d, first, self.shape(id).1)),
            Op::Concat(a, b) => match (dot(a), dot(b)) {
                (Some(left), Some(right)) => Some(self.concat(left, right)),
                (left, right) => {
                    let cols = a.cols + b.cols;
                    left.map(|d| self.pad(d, 0, cols)).or_else(|| right.map(|d| self.pad(d, a.cols, cols)))
                }
            },
            Op::Transpose(a) => linear(a, &|d| self.transpose(d)),
            Op::Reshape(a) => linear(a, &|d| self.reshape(d, self.shape(id).0, self.shape(id).1)),
        }
    }

    fn shape(&self, id: usize) -> (usize, usize) {
        let node = &self.nodes.borrow()[id];
        (node.rows, node.cols)
    }
}
