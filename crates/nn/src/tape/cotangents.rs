//! The cotangents of one backward walk, and when their buffers can be used again.

use super::{Scalar, Tape, Var};
use std::sync::Arc;

/// Whether the values on the tape survive the walk.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Keep {
    /// Yes: the gradients can be differentiated.
    Everything,
    /// Only the gradients asked for.
    Results,
}

/// Cotangents by node.
pub(super) struct Cotangents {
    of: Vec<Option<Var>>,
    active: Vec<bool>,
    wanted: Vec<bool>,
    keep: Keep,
    /// First node that may be a value of this walk.
    first: usize,
    /// First node made since the last node of the walk was finished.
    fresh: usize,
    /// How many nodes hold each value of this walk as their cotangent.
    holders: Vec<usize>,
}

impl Cotangents {
    /// For the nodes of `active`; the walk starts when the tape has `len` nodes, the last of which is its seed.
    pub(super) fn new(active: Vec<bool>, wrt: &[Var], keep: Keep, len: usize) -> Self {
        let mut wanted = vec![false; active.len()];
        wrt.iter().filter(|x| x.id < active.len()).for_each(|x| wanted[x.id] = true);
        Self { of: vec![None; active.len()], active, wanted, keep, first: len - 1, fresh: len, holders: Vec::new() }
    }

    /// Whether node `id` depends on what the gradient is taken of.
    pub(super) fn active(&self, id: usize) -> bool {
        self.active[id]
    }

    /// The cotangent of node `id` so far.
    pub(super) fn of(&self, id: usize) -> Option<Var> {
        self.of.get(id).copied().flatten()
    }

    /// Adds `g` to the cotangent of `x`.
    pub(super) fn receive<T: Scalar>(&mut self, tape: &Tape<T>, x: Var, g: Var) {
        let Some(old) = self.of[x.id] else {
            return self.hold(x.id, g);
        };
        if self.keep == Keep::Results && self.holders(old) == 1 && tape.add_in_place(old, g) {
            return;
        }
        let sum = tape.add(old, g);
        if self.keep == Keep::Results {
            self.let_go(tape, old);
        }
        self.hold(x.id, sum);
    }

    /// Ends the work on node `id`: what nobody will read again goes back to the pool.
    pub(super) fn finish<T: Scalar>(&mut self, tape: &Tape<T>, id: usize, is_root: bool) {
        if self.keep == Keep::Everything {
            return;
        }
        if let (Some(g), false) = (self.of[id], self.wanted[id]) {
            self.let_go(tape, g);
        }
        let len = tape.nodes.borrow().len();
        (self.fresh..len).filter(|&n| self.count(n) == 0).for_each(|n| tape.retire(n));
        self.fresh = len;
        if !self.wanted[id] && !is_root {
            tape.retire(id);
        }
    }

    fn hold(&mut self, id: usize, g: Var) {
        self.of[id] = Some(g);
        if self.keep == Keep::Results {
            let n = g.id - self.first;
            self.holders.resize(self.holders.len().max(n + 1), 0);
            self.holders[n] += 1;
        }
    }

    fn let_go<T: Scalar>(&mut self, tape: &Tape<T>, g: Var) {
        let n = g.id - self.first;
        self.holders[n] -= 1;
        if self.holders[n] == 0 {
            tape.retire(g.id);
        }
    }

    fn holders(&self, g: Var) -> usize {
        self.count(g.id)
    }

    fn count(&self, id: usize) -> usize {
        self.holders.get(id - self.first).copied().unwrap_or(0)
    }
}

impl<T: Scalar> Tape<T> {
    /// `x += g`, if nothing else reads the buffer of `x`.
    fn add_in_place(&self, x: Var, g: Var) -> bool {
        let other = self.value(g);
        let mut nodes = self.nodes.borrow_mut();
        match Arc::get_mut(&mut nodes[x.id].value) {
            Some(own) => super::sweep::accumulate(&other, own),
            None => return false,
        }
        true
    }
}
