//! Action matching: a loss of the input gradient of a scalar network, and its exact parameter gradient.
//!
//! With `g = ∇s` and `v = w (g_x, 1)` held fixed, the gradient of `w (½ |g_x|² + g_t)` is that of the directional
//! derivative `ṡ = v · ∇s`. So: values forward, `delta = ∂s/∂z` back, the tangent along `v` forward, and the
//! cotangents `zeta` of the values back. The cotangents of the tangents are the `delta` already there. That is four
//! products a layer and a weight gradient over two channels, against six and three for nested reverse sweeps.
//!
//! An entropic term `c pᵀ (∇²s) p` rides along: its first tangent `ṗ` is a channel beside the values (cotangents
//! `eta` beside `zeta`), and its second tangent, which obeys the same linear recursion as the one along `v`, is
//! added to that.

use super::features::{at, features, pull_features, push_features};
use super::plan::Plan;
use super::tile::{Rows, Tile, advance, retreat};
use super::weights::Weights;
use crate::kernels::{
    Adjoint, Isa, Jet, PANEL, Probe, activate, adjoint, multiply, pull, pull_probe, push, push_probe,
};
use crate::{ActionTerm, Output};

/// The interior rows of a tile.
#[derive(Clone, Copy, Debug)]
pub(super) struct Interior<'a> {
    pub(super) x: &'a [f32],
    pub(super) weights: &'a [f32],
    /// With the rows of this tile only.
    pub(super) term: ActionTerm<'a>,
}

/// Leaves the arrays of the gradient and the loss of the rows in `tile`.
pub(super) fn action(isa: Isa, plan: &Plan, weights: &Weights, tile: &mut Tile, data: Interior<'_>) {
    let mut scratch = std::mem::take(&mut tile.scratch);
    let n = data.weights.len();
    scratch.resize(2 * n * plan.inputs + n, 0.0);
    let (gradient, rest) = scratch.split_at_mut(n * plan.inputs);
    let (direction, coefficient) = rest.split_at_mut(n * plan.inputs);
    let mut pass = Pass { isa, plan, weights, tile, data, gradient, direction, coefficient };
    pass.run();
    tile.scratch = scratch;
}

/// The interior rows of a tile on their way: `left` has the channels (values, [probe], tangent), and `right` the
/// matching cotangents (zeta, [eta], delta).
struct Pass<'a> {
    isa: Isa,
    plan: &'a Plan,
    weights: &'a Weights,
    tile: &'a mut Tile,
    data: Interior<'a>,
    /// `∇s`, row-major.
    gradient: &'a mut [f32],
    /// First the probe, then `v = w (∇_x s, 1)`, row-major.
    direction: &'a mut [f32],
    /// `½ sigma² w`, one a row.
    coefficient: &'a mut [f32],
}

impl Pass<'_> {
    fn run(&mut self) {
        let order = if self.probed() { 3 } else { 2 };
        self.tile.shape(self.plan, self.data.weights.len(), order, order);
        features(self.plan, self.data.x, self.tile.span(0, 1), &mut self.tile.left[0]);
        self.load_probe();
        self.forward();
        self.first_reverse();
        self.descend();
        self.push_tangent();
        self.seed_second();
        self.second_reverse();
    }

    fn probed(&self) -> bool {
        matches!(self.data.term, ActionTerm::Entropic { .. })
    }

    /// Channel of the tangent in `left` and of `delta` in `right`.
    fn tangent(&self) -> Rows {
        self.tile.span(self.tile.channels - 1, 1)
    }

    /// Channels of `zeta` and, if there is a probe, `eta`.
    fn values(&self) -> Rows {
        self.tile.span(0, self.tile.channels - 1)
    }

    fn load_probe(&mut self) {
        let ActionTerm::Entropic { variance, probes } = self.data.term else { return };
        let inputs = self.plan.inputs;
        for (c, w) in self.coefficient.iter_mut().zip(self.data.weights) {
            *c = 0.5 * variance * w;
        }
        for (to, probe) in self.direction.chunks_exact_mut(inputs).zip(probes.chunks_exact(inputs - 1)) {
            to[..inputs - 1].copy_from_slice(probe);
            to[inputs - 1] = 0.0;
        }
        let rows = self.tile.span(1, 1);
        push_features(self.plan, self.data.x, self.direction, rows, &mut self.tile.left[0]);
    }

    /// Values and probe tangents, all layers.
    fn forward(&mut self) {
        let (isa, plan, rows, single) = (self.isa, self.plan, self.values(), self.tile.single());
        for l in 0..plan.layers.len() {
            let (before, after) = self.tile.left.split_at_mut(l + 1);
            let (from, to) = (&before[l], &mut after[0]);
            let [first, second, third] = &mut self.tile.slopes[l];
            let tangents = &mut self.tile.tangents[l];
            advance(isa, plan, self.weights, l, (from, rows), &mut self.tile.panel, |j, z| {
                let one = single.panel(j);
                let (z, u) = z.split_at(one.len());
                let (value, moved) = to[rows.panel(j)].split_at_mut(one.len());
                let first = &mut first[one.clone()];
                let third = if u.is_empty() { &mut [][..] } else { &mut third[one.clone()] };
                let jet = Jet { value, first, second: &mut second[one.clone()], third };
                activate(isa, plan.layers[l].function, z, self.weights.bias(l, j), jet);
                if !u.is_empty() {
                    tangents[one.clone()].copy_from_slice(u);
                    moved.copy_from_slice(u);
                    multiply(isa, moved, first);
                }
            });
        }
    }

    /// `delta = ∂s/∂z` of all layers, and what the second reverse sweep will want of it.
    fn first_reverse(&mut self) {
        let plan = self.plan;
        let rows = self.tile.single();
        let net = &self.tile.left[plan.layers.len()];
        let total = self.tile.span(0, 1);
        for i in 0..self.tile.rows {
            for j in 0..plan.width() {
                self.tile.seed[at(rows, i, j)] = match plan.output {
                    Output::Plain => 1.0,
                    Output::HalfSquaredDistance => net[at(total, i, j)] - self.data.x[i * plan.inputs + j],
                };
            }
        }
        let seed = std::mem::take(&mut self.tile.seed);
        for j in 0..plan.width().div_ceil(PANEL) {
            self.absorb(plan.last(), j, &seed[rows.panel(j)]);
        }
        self.tile.seed = seed;
        for l in (1..plan.layers.len()).rev() {
            let mut panel = std::mem::take(&mut self.tile.panel);
            let from = std::mem::take(&mut self.tile.right[l]);
            let rows = self.tangent();
            retreat(self.isa, plan, self.weights, l, (&from, rows), &mut panel, |j, beta| self.absorb(l - 1, j, beta));
            self.tile.right[l] = from;
            self.tile.panel = panel;
        }
    }

    /// Takes the cotangent `beta` of the output of layer `l` at panel `j`.
    fn absorb(&mut self, l: usize, j: usize, beta: &[f32]) {
        let (one, delta, zeta) = (self.tile.single().panel(j), self.tangent().panel(j), self.values().panel(j));
        let [first, second, third] = &mut self.tile.slopes[l];
        let right = &mut self.tile.right[l];
        if zeta.len() > one.len() {
            let (zeta, eta) = right[zeta].split_at_mut(one.len());
            let probe = Probe {
                coefficient: self.coefficient,
                tangent: &self.tile.tangents[l][one.clone()],
                second: &second[one.clone()],
                third: &third[one.clone()],
            };
            pull_probe(self.isa, beta, probe, zeta, eta);
            // The third derivative is done with; the second is still wanted beside its product with `beta`.
            third[one.clone()].copy_from_slice(&second[one.clone()]);
        } else {
            right[zeta].fill(0.0);
        }
        let out = Adjoint { bend: &mut second[one.clone()], delta: &mut right[delta] };
        adjoint(self.isa, beta, &first[one], out);
    }

    /// `∇s`, the loss but for the extra term, and the direction `v`.
    fn descend(&mut self) {
        let plan = self.plan;
        let channel = self.tile.channels - 1;
        self.tile.pull_features(self.isa, plan, self.weights, channel);
        pull_features(plan, self.data.x, &self.tile.pulled, self.tile.single(), self.gradient);
        if plan.output == Output::HalfSquaredDistance {
            let (net, rows) = (&self.tile.left[plan.layers.len()], self.tile.span(0, 1));
            for i in 0..self.tile.rows {
                for j in 0..plan.width() {
                    let k = i * plan.inputs + j;
                    self.gradient[k] += self.data.x[k] - net[at(rows, i, j)];
                }
            }
        }
        let mut value = 0.0;
        let last = plan.inputs - 1;
        let rows = self.gradient.chunks_exact(plan.inputs).zip(self.direction.chunks_exact_mut(plan.inputs));
        for ((g, v), &w) in rows.zip(self.data.weights) {
            let square: f64 = g[..last].iter().map(|g| f64::from(g * g)).sum();
            value += f64::from(w) * (0.5 * square + f64::from(g[last]));
            v[..last].iter_mut().zip(g).for_each(|(v, g)| *v = w * g);
            v[last] = w;
        }
        self.tile.value = value;
    }

    /// The tangent along `v`, with the second tangent of the probe, all layers.
    fn push_tangent(&mut self) {
        let (isa, plan, rows, values) = (self.isa, self.plan, self.tangent(), self.values());
        let (single, coefficient) = (self.tile.single(), &*self.coefficient);
        push_features(plan, self.data.x, self.direction, rows, &mut self.tile.left[0]);
        for l in 0..plan.layers.len() {
            let (before, after) = self.tile.left.split_at_mut(l + 1);
            let (from, to) = (&before[l], &mut after[0]);
            let [first, bend, second] = &self.tile.slopes[l];
            let (right, tangents) = (&mut self.tile.right[l], &self.tile.tangents[l]);
            let probed = values.count > single.count;
            advance(isa, plan, self.weights, l, (from, rows), &mut self.tile.panel, |j, u| {
                let one = single.panel(j);
                let zeta = &mut right[values.panel(j)][..one.len()];
                let to = &mut to[rows.panel(j)];
                push(isa, u, &first[one.clone()], &bend[one.clone()], zeta, to);
                if probed {
                    let (tangent, second) = (&tangents[one.clone()], &second[one]);
                    push_probe(isa, Probe { coefficient, tangent, second, third: &[] }, to);
                }
            });
        }
    }

    /// Cotangents of the last layer's values and probe tangents, to `seed`; adds the extra term to the loss.
    fn seed_second(&mut self) {
        let (plan, tile) = (self.plan, &mut *self.tile);
        let (value, tangent) = (tile.span(0, 1), tile.span(tile.channels - 1, 1));
        let probe = tile.span(1, 1);
        let (zeta, eta) = (
            Rows { total: (tile.channels - 1) * tile.rows, ..value },
            Rows { total: (tile.channels - 1) * tile.rows, ..probe },
        );
        let net = &tile.left[plan.layers.len()];
        for i in 0..tile.rows {
            let row = i * plan.inputs;
            let weight = self.data.weights[i];
            let gap = |j: usize| self.data.x[row + j] - net[at(value, i, j)];
            let s = match plan.output {
                Output::Plain => net[at(value, i, 0)],
                Output::HalfSquaredDistance => 0.5 * (0..plan.width()).map(|j| gap(j) * gap(j)).sum::<f32>(),
            };
            let pull = if matches!(self.data.term, ActionTerm::Unbalanced) { weight * s } else { 0.0 };
            tile.value += 0.5 * f64::from(pull) * f64::from(s);
            let mut moved = 0.0;
            for j in 0..plan.width() {
                let along = net[at(tangent, i, j)];
                let (slope, bend) = match plan.output {
                    Output::Plain => {
                        moved += f64::from(along);
                        (pull, 0.0)
                    }
                    Output::HalfSquaredDistance => {
                        let rate = self.direction[row + j] - along;
                        moved += f64::from(gap(j) * rate);
                        (-rate - pull * gap(j), 0.0)
                    }
                };
                tile.seed[at(zeta, i, j)] = slope;
                if let ActionTerm::Entropic { probes, .. } = self.data.term {
                    let bend = match plan.output {
                        Output::Plain => bend,
                        Output::HalfSquaredDistance => {
                            let rate = probes.get(i * (plan.inputs - 1) + j).filter(|_| j + 1 < plan.inputs);
                            let rate = rate.copied().unwrap_or(0.0) - net[at(probe, i, j)];
                            moved += f64::from(self.coefficient[i] * rate * rate);
                            -2.0 * self.coefficient[i] * rate
                        }
                    };
                    tile.seed[at(eta, i, j)] = bend;
                }
            }
            if matches!(self.data.term, ActionTerm::Entropic { .. }) {
                // What the tangent holds beyond `v · ∇s` is the second derivative along the probe.
                let (v, g) = (&self.direction[row..row + plan.inputs], &self.gradient[row..row + plan.inputs]);
                tile.value += moved - v.iter().zip(g).map(|(v, g)| f64::from(*v) * f64::from(*g)).sum::<f64>();
            }
        }
    }

    /// `zeta` and `eta` of all layers.
    fn second_reverse(&mut self) {
        let (isa, plan, rows, single) = (self.isa, self.plan, self.values(), self.tile.single());
        let ahead = Rows { total: rows.count, ..rows };
        for l in (0..plan.layers.len()).rev() {
            let (before, after) = self.tile.right.split_at_mut(l + 1);
            let (to, slopes, tangents) = (&mut before[l], &self.tile.slopes[l], &self.tile.tangents[l]);
            let mut take = |j: usize, ahead: &[f32]| {
                let one = single.panel(j);
                let first = &slopes[0][one.clone()];
                let (zeta, eta) = to[rows.panel(j)].split_at_mut(one.len());
                let (zeta_ahead, eta_ahead) = ahead.split_at(one.len());
                pull(isa, zeta_ahead, first, zeta);
                if !eta.is_empty() {
                    pull(isa, eta_ahead, first, eta);
                    pull_twice(eta_ahead, &slopes[2][one.clone()], &tangents[one], zeta);
                }
            };
            if l == plan.last() {
                let seed = &self.tile.seed;
                (0..plan.width().div_ceil(PANEL)).for_each(|j| take(j, &seed[ahead.panel(j)]));
            } else {
                let from = (&*after[0], rows);
                retreat(isa, plan, self.weights, l + 1, from, &mut self.tile.panel, |j, z| take(j, z));
            }
        }
    }
}

/// `out += x y z`.
fn pull_twice(x: &[f32], y: &[f32], z: &[f32], out: &mut [f32]) {
    for (((o, x), y), z) in out.iter_mut().zip(x).zip(y).zip(z) {
        *o += x * y * z;
    }
}
