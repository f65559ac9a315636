//! A strongly feasible basis to start from: each row in turn ships to its cheapest open columns.

use super::tree::Tree;
use crate::CostMatrix;

/// Ships greedily; the arcs are a forest, whose trees hang from the root by a row.
pub(super) fn greedy(supply: &[i64], demand: &[i64], cost: &CostMatrix) -> Tree {
    let (n, m) = (supply.len(), demand.len());
    let mut arcs: Vec<Vec<(usize, i64)>> = vec![Vec::new(); n + m];
    let mut left = demand.to_vec();
    let mut open: Vec<usize> = (0..m).collect();
    for i in 0..n {
        let mut supply = supply[i];
        while supply > 0 {
            let row = cost.row(i);
            let mut best = 0;
            for k in 1..open.len() {
                if row[open[k]] < row[open[best]] {
                    best = k;
                }
            }
            let j = open[best];
            let flow = supply.min(left[j]);
            supply -= flow;
            left[j] -= flow;
            arcs[i].push((n + j, flow));
            arcs[n + j].push((i, flow));
            if left[j] == 0 {
                open.swap_remove(best);
            }
        }
    }
    grow(n, m, &arcs, cost)
}

fn grow(n: usize, m: usize, arcs: &[Vec<(usize, i64)>], cost: &CostMatrix) -> Tree {
    let mut tree = Tree::new(n, m);
    let mut seen = vec![false; n + m];
    let mut order = Vec::new();
    for top in 0..n {
        if seen[top] {
            continue;
        }
        seen[top] = true;
        tree.hang(top, tree.root(), 0);
        order.clear();
        order.push(top);
        let mut highest = f64::NEG_INFINITY;
        let mut k = 0;
        while k < order.len() {
            let x = order[k];
            k += 1;
            for &(y, flow) in &arcs[x] {
                if !std::mem::replace(&mut seen[y], true) {
                    tree.hang(y, x, flow);
                    let (i, j) = if x < n { (x, y - n) } else { (y, x - n) };
                    tree.potential[y] = cost.at(i, j) - tree.potential[x];
                    if y >= n {
                        highest = highest.max(tree.potential[y]);
                    }
                    order.push(y);
                }
            }
        }
        // A column that nobody else wants has price 0: put the highest of each tree there.
        for &x in &order {
            tree.potential[x] += if x < n { highest } else { -highest };
        }
    }
    tree
}
