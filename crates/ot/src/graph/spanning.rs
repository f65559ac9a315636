//! The spanning tree of a basis of a flow problem with capacities, kept strongly feasible.
//!
//! Arcs without flow point towards the root and full ones away from it; then degenerate pivots cannot cycle
//! (Cunningham, Math. Prog. 11, 1976).

/// No node, no arc.
pub(super) const NONE: usize = usize::MAX;

/// An arc with what it carries. Flows are integers, so that full and empty are exact.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arc {
    pub(super) tail: usize,
    pub(super) head: usize,
    pub(super) cost: f64,
    pub(super) capacity: i64,
    pub(super) flow: i64,
    pub(super) basic: bool,
}

pub(super) struct Spanning {
    pub(super) arcs: Vec<Arc>,
    parent: Vec<usize>,
    /// The arc to the parent.
    arc: Vec<usize>,
    child: Vec<usize>,
    next: Vec<usize>,
    previous: Vec<usize>,
    depth: Vec<usize>,
    /// `cost - p_tail + p_head = 0` on the arcs of the tree.
    pub(super) potential: Vec<f64>,
    stack: Vec<usize>,
}

impl Spanning {
    /// The star of artificial arcs of cost `price` between each node and a root, which is the last node and takes every
    /// supply.
    pub(super) fn star(mut arcs: Vec<Arc>, supply: &[i64], price: f64) -> Self {
        let n = supply.len();
        let first = arcs.len();
        for (v, b) in supply.iter().enumerate() {
            let (tail, head) = if *b >= 0 { (v, n) } else { (n, v) };
            arcs.push(Arc { tail, head, cost: price, capacity: i64::MAX / 2, flow: b.abs(), basic: true });
        }
        let mut tree = Self {
            arcs,
            parent: vec![NONE; n + 1],
            arc: vec![NONE; n + 1],
            child: vec![NONE; n + 1],
            next: vec![NONE; n + 1],
            previous: vec![NONE; n + 1],
            depth: vec![0; n + 1],
            potential: vec![0.0; n + 1],
            stack: Vec::new(),
        };
        for v in 0..n {
            tree.attach(v, n, first + v);
            tree.depth[v] = 1;
            tree.potential[v] = if supply[v] >= 0 { price } else { -price };
        }
        tree
    }

    /// What a unit of flow along arc `a` costs beyond the potentials.
    pub(super) fn reduced(&self, a: usize) -> f64 {
        let arc = &self.arcs[a];
        arc.cost - self.potential[arc.tail] + self.potential[arc.head]
    }

    fn attach(&mut self, x: usize, parent: usize, arc: usize) {
        let sibling = self.child[parent];
        (self.parent[x], self.arc[x], self.previous[x], self.next[x]) = (parent, arc, NONE, sibling);
        if sibling != NONE {
            self.previous[sibling] = x;
        }
        self.child[parent] = x;
    }

    fn detach(&mut self, x: usize) {
        let (previous, next) = (self.previous[x], self.next[x]);
        if previous == NONE {
            self.child[self.parent[x]] = next;
        } else {
            self.next[previous] = next;
        }
        if next != NONE {
            self.previous[next] = previous;
        }
    }

    /// Whether the arc of `x` to its parent points up.
    fn up(&self, x: usize) -> bool {
        self.arcs[self.arc[x]].tail == x
    }

    /// What more can flow on the arc of `x`: up the tree, or down.
    fn room(&self, x: usize, upwards: bool) -> i64 {
        let arc = &self.arcs[self.arc[x]];
        if self.up(x) == upwards { arc.capacity - arc.flow } else { arc.flow }
    }

    /// Sends what fits around the cycle that the arc `entering` closes: along it where it is empty, against it where
    /// full.
    pub(super) fn pivot(&mut self, entering: usize) {
        let Arc { tail, head, capacity, flow, .. } = self.arcs[entering];
        let forward = flow == 0;
        let (first, second) = if forward { (tail, head) } else { (head, tail) };
        let join = self.join(first, second);
        // Of the blocking arcs the last along the cycle from the join leaves: that keeps the tree strongly feasible.
        let (mut most, mut leaving, mut inner) = (capacity, NONE, NONE);
        let mut x = first;
        while x != join {
            if self.room(x, false) < most {
                (most, leaving, inner) = (self.room(x, false), x, first);
            }
            x = self.parent[x];
        }
        let mut x = second;
        while x != join {
            if self.room(x, true) <= most {
                (most, leaving, inner) = (self.room(x, true), x, second);
            }
            x = self.parent[x];
        }
        self.arcs[entering].flow += if forward { most } else { -most };
        self.push(first, join, -most);
        self.push(second, join, most);
        if leaving != NONE {
            self.regraft(inner, if inner == first { second } else { first }, entering, leaving);
        }
    }

    fn join(&self, mut x: usize, mut y: usize) -> usize {
        while x != y {
            if self.depth[x] >= self.depth[y] {
                x = self.parent[x];
            } else {
                y = self.parent[y];
            }
        }
        x
    }

    /// Adds `by` to what flows up from `x` to `join`.
    fn push(&mut self, mut x: usize, join: usize, by: i64) {
        while by != 0 && x != join {
            let up = self.up(x);
            self.arcs[self.arc[x]].flow += if up { by } else { -by };
            x = self.parent[x];
        }
    }

    /// Cuts the tree above `leaving` and hangs what was below it by `inner` from `outer` on the arc `entering`.
    fn regraft(&mut self, inner: usize, outer: usize, entering: usize, leaving: usize) {
        self.arcs[self.arc[leaving]].basic = false;
        self.arcs[entering].basic = true;
        let (mut x, mut parent, mut arc) = (inner, outer, entering);
        loop {
            let (old_parent, old_arc) = (self.parent[x], self.arc[x]);
            self.detach(x);
            self.attach(x, parent, arc);
            if x == leaving {
                break;
            }
            (parent, x, arc) = (x, old_parent, old_arc);
        }
        self.refresh(inner);
    }

    /// Depths and potentials of `top` and all below it, from its parent down.
    pub(super) fn refresh(&mut self, top: usize) {
        self.stack.push(top);
        while let Some(x) = self.stack.pop() {
            let parent = self.parent[x];
            if parent != NONE {
                let cost = self.arcs[self.arc[x]].cost;
                self.depth[x] = self.depth[parent] + 1;
                self.potential[x] = self.potential[parent] + if self.up(x) { cost } else { -cost };
            }
            let mut child = self.child[x];
            while child != NONE {
                self.stack.push(child);
                child = self.next[child];
            }
        }
    }
}
