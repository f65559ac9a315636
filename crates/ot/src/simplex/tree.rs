//! The spanning tree of a basis of the transportation problem, kept strongly feasible.
//!
//! Nodes are the `n` rows, then the `m` columns, then the root. The arc of a row to its parent points up, that of a
//! column points down, so the type of a node tells the direction of its arc. A basis is strongly feasible when every
//! arc without flow points up: then degenerate pivots cannot cycle (Cunningham, Math. Prog. 11, 1976). Arcs to the
//! root all come from rows and never carry flow; their cost is free and ties the trees of the start together.

/// No node.
pub(super) const NONE: u32 = u32::MAX;

/// The neighbours of a node, together because a walk through a subtree needs them together.
#[derive(Clone, Copy)]
struct Links {
    parent: u32,
    /// The first child, and the siblings in their list.
    child: u32,
    next: u32,
    previous: u32,
}

pub(crate) struct Tree {
    rows: usize,
    links: Vec<Links>,
    /// Nodes of the subtree, itself included.
    size: Vec<u32>,
    /// Flow on the arc to the parent.
    flow: Vec<i64>,
    /// `u_i` of rows, then `v_j` of columns: `u_i + v_j = C_ij` on the arcs of the tree.
    pub(crate) potential: Vec<f64>,
    stack: Vec<u32>,
}

impl Tree {
    /// A root without children.
    pub(super) fn new(rows: usize, cols: usize) -> Self {
        let nodes = rows + cols + 1;
        Self {
            rows,
            links: vec![Links { parent: NONE, child: NONE, next: NONE, previous: NONE }; nodes],
            size: vec![1; nodes],
            flow: vec![0; nodes],
            potential: vec![0.0; nodes],
            stack: Vec::new(),
        }
    }

    /// Number of rows.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// The root.
    pub(super) fn root(&self) -> usize {
        self.size.len() - 1
    }

    /// Hangs `node` below `parent` with `flow` on their arc; [`Tree::measure`] when all hang.
    pub(super) fn hang(&mut self, node: usize, parent: usize, flow: i64) {
        self.flow[node] = flow;
        self.attach(node as u32, parent as u32);
    }

    /// Counts the subtrees; `order` names every node but the root after its parent.
    pub(super) fn measure(&mut self, order: &[usize]) {
        self.size.fill(1);
        for &x in order.iter().rev() {
            self.size[self.links[x].parent as usize] += self.size[x];
        }
    }

    fn attach(&mut self, node: u32, parent: u32) {
        let (x, p) = (node as usize, parent as usize);
        let sibling = self.links[p].child;
        self.links[x].parent = parent;
        self.links[x].previous = NONE;
        self.links[x].next = sibling;
        if sibling != NONE {
            self.links[sibling as usize].previous = node;
        }
        self.links[p].child = node;
    }

    fn detach(&mut self, node: u32) {
        let Links { parent, next, previous, .. } = self.links[node as usize];
        if previous == NONE {
            self.links[parent as usize].child = next;
        } else {
            self.links[previous as usize].next = next;
        }
        if next != NONE {
            self.links[next as usize].previous = previous;
        }
    }

    /// Brings the arc `row -> col` with reduced cost `reduced < 0` into the basis.
    pub(super) fn pivot(&mut self, row: usize, col: usize, reduced: f64) {
        let (i, j) = (row, self.rows + col);
        let join = self.join(i, j);
        // Of the blocking arcs the last along the cycle from the join leaves; that keeps the tree strongly feasible.
        let (mut theta, mut leaving, mut from_row) = (i64::MAX, NONE as usize, true);
        let mut x = i;
        while x != join {
            if x < self.rows && self.flow[x] < theta {
                (theta, leaving) = (self.flow[x], x);
            }
            x = self.links[x].parent as usize;
        }
        let mut x = j;
        while x != join {
            if x >= self.rows && self.flow[x] <= theta {
                (theta, leaving, from_row) = (self.flow[x], x, false);
            }
            x = self.links[x].parent as usize;
        }
        debug_assert!(leaving != NONE as usize, "a bounded problem has a blocking arc");
        if theta != 0 {
            self.push(i, join, -theta);
            self.push(j, join, theta);
        }
        let (inner, outer) = if from_row { (i, j) } else { (j, i) };
        self.resize(inner, outer, leaving, join);
        self.regraft(inner, outer, leaving, theta);
        self.shift(inner, reduced);
    }

    /// The lowest node above both. A node of the smaller subtree is not above the other.
    fn join(&self, mut x: usize, mut y: usize) -> usize {
        while x != y {
            if self.size[x] <= self.size[y] {
                x = self.links[x].parent as usize;
            } else {
                y = self.links[y].parent as usize;
            }
        }
        x
    }

    /// Adds `up` to the flow of arcs that point up on the way from `x` to `join`, and takes it from the others.
    fn push(&mut self, mut x: usize, join: usize, up: i64) {
        while x != join {
            self.flow[x] += if x < self.rows { up } else { -up };
            x = self.links[x].parent as usize;
        }
    }

    /// Counts as they will be when the subtree of `leaving` hangs below `outer` by its node `inner`.
    fn resize(&mut self, inner: usize, outer: usize, leaving: usize, join: usize) {
        let moved = self.size[leaving];
        let mut x = self.links[leaving].parent as usize;
        while x != join {
            self.size[x] -= moved;
            x = self.links[x].parent as usize;
        }
        let mut x = outer;
        while x != join {
            self.size[x] += moved;
            x = self.links[x].parent as usize;
        }
        let (mut x, mut below) = (inner, 0);
        loop {
            let size = self.size[x];
            self.size[x] = moved - below;
            if x == leaving {
                return;
            }
            below = size;
            x = self.links[x].parent as usize;
        }
    }

    /// Cuts the subtree above `leaving`, makes `inner` its root and hangs it below `outer`.
    fn regraft(&mut self, inner: usize, outer: usize, leaving: usize, theta: i64) {
        let (mut x, mut parent, mut flow) = (inner as u32, outer as u32, theta);
        loop {
            let old_parent = self.links[x as usize].parent;
            let old_flow = self.flow[x as usize];
            self.detach(x);
            self.attach(x, parent);
            self.flow[x as usize] = flow;
            if x as usize == leaving {
                break;
            }
            (parent, x, flow) = (x, old_parent, old_flow);
        }
    }

    /// Moves the potentials of the subtree of `top` by `by` on nodes of its kind and `-by` on the others; or, where
    /// those are fewer, of all other nodes the other way.
    fn shift(&mut self, top: usize, by: f64) {
        let by = if top < self.rows { by } else { -by };
        let nodes = self.size.len();
        if 2 * self.size[top] as usize <= nodes {
            self.shift_below(top, NONE as usize, by);
        } else {
            self.shift_below(self.root(), top, -by);
        }
    }

    /// Adds `by` to the rows and takes it from the columns below `top`, but not below `except`.
    fn shift_below(&mut self, top: usize, except: usize, by: f64) {
        let mut stack = std::mem::take(&mut self.stack);
        stack.push(top as u32);
        while let Some(x) = stack.pop() {
            let x = x as usize;
            if x == except {
                continue;
            }
            self.potential[x] += if x < self.rows { by } else { -by };
            let mut c = self.links[x].child;
            while c != NONE {
                stack.push(c);
                c = self.links[c as usize].next;
            }
        }
        self.stack = stack;
    }

    /// Computes all potentials afresh from those of the root's children, which stay.
    pub(super) fn refresh(&mut self, cost: impl Fn(usize, usize) -> f64) {
        let mut stack = std::mem::take(&mut self.stack);
        let root = self.root() as u32;
        stack.push(root);
        while let Some(x) = stack.pop() {
            let p = self.links[x as usize].parent;
            if p != NONE && p != root {
                let (x, p) = (x as usize, p as usize);
                let c = if x < self.rows { cost(x, p - self.rows) } else { cost(p, x - self.rows) };
                self.potential[x] = c - self.potential[p];
            }
            let mut c = self.links[x as usize].child;
            while c != NONE {
                stack.push(c);
                c = self.links[c as usize].next;
            }
        }
        self.stack = stack;
    }

    /// Moves all potentials so that those of the columns lie about zero: large ones would take digits from the proof.
    pub(crate) fn centre(&mut self, cost: impl Fn(usize, usize) -> f64) {
        let columns = &self.potential[self.rows..self.root()];
        let (low, high) = columns.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (v.min(l), v.max(h)));
        self.shift_below(self.root(), NONE as usize, 0.5 * low + 0.5 * high);
        self.refresh(cost);
    }

    /// The arcs with flow, as `(row, column, flow)`.
    pub(crate) fn flows(&self) -> impl Iterator<Item = (usize, usize, i64)> + '_ {
        (0..self.root()).filter(|x| self.flow[*x] > 0).map(|x| {
            let p = self.links[x].parent as usize;
            if x < self.rows { (x, p - self.rows, self.flow[x]) } else { (p, x - self.rows, self.flow[x]) }
        })
    }
}
