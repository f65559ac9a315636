//! What drives a chain around: affinities of cycles.

use thalweg_measure::Chain;

/// A cycle of states and the work done on who goes around it once.
#[derive(Clone, Debug, PartialEq)]
pub struct Cycle {
    /// The states in the order of the cycle, the first not repeated.
    pub states: Vec<usize>,
    /// `sum log(P_ij / P_ji)` around it; infinite (of either sign) where a step has no reverse, NaN where steps of both
    /// directions lack theirs.
    pub affinity: f64,
}

/// The affinities of a basis of cycles: a spanning tree of the steps that can be made in either direction, and a cycle for each
/// other step. All are zero if and only if the chain is reversible (Kolmogorov's criterion). O(n^2) for the tree, O(n) a cycle.
pub fn affinities(chain: &Chain) -> Vec<Cycle> {
    let n = chain.states();
    let joined = |i: usize, j: usize| chain.row(i)[j] > 0.0 || chain.row(j)[i] > 0.0;
    let mut parent: Vec<Option<usize>> = vec![None; n];
    let mut depth: Vec<Option<usize>> = vec![None; n];
    for root in 0..n {
        if depth[root].is_some() {
            continue;
        }
        depth[root] = Some(0);
        let mut open = std::collections::VecDeque::from([root]);
        while let Some(i) = open.pop_front() {
            for j in 0..n {
                if depth[j].is_none() && joined(i, j) {
                    (parent[j], depth[j]) = (Some(i), depth[i].map(|d| d + 1));
                    open.push_back(j);
                }
            }
        }
    }
    let pairs = (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j)));
    pairs
        .filter(|&(i, j)| joined(i, j) && parent[i] != Some(j) && parent[j] != Some(i))
        .map(|(i, j)| {
            let states = around(i, j, &parent, &depth);
            let affinity = (0..states.len()).map(|k| drive(chain, states[k], states[(k + 1) % states.len()])).sum();
            Cycle { states, affinity }
        })
        .collect()
}

fn drive(chain: &Chain, i: usize, j: usize) -> f64 {
    chain.row(i)[j].ln() - chain.row(j)[i].ln()
}

/// From `i` up to where the branches of `i` and `j` meet and down to `j`; the step from `j` to `i` closes the cycle.
fn around(i: usize, j: usize, parent: &[Option<usize>], depth: &[Option<usize>]) -> Vec<usize> {
    let (mut up, mut down) = (vec![i], vec![j]);
    let (mut a, mut b) = (i, j);
    while a != b {
        let (at, branch) = if depth[a] >= depth[b] { (&mut a, &mut up) } else { (&mut b, &mut down) };
        let Some(above) = parent[*at] else { break };
        *at = above;
        branch.push(above);
    }
    down.pop();
    up.extend(down.into_iter().rev());
    up
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_core::Stream;

    #[test]
    fn cycles_are_closed_and_as_many_as_a_basis_has() {
        for seed in 0..20 {
            let mut stream = Stream::new(seed, "cycles", 0);
            let n = 2 + stream.below(7);
            let mut rows: Vec<f64> = (0..n * n).map(|k| if k / n == k % n { 1.0 } else { 0.0 }).collect();
            let mut edges = 0;
            for i in 0..n {
                for j in 0..i {
                    if j + 1 == i || stream.uniform() < 0.4 {
                        (rows[i * n + j], rows[j * n + i]) = (stream.uniform(), stream.uniform());
                        edges += 1;
                    }
                }
            }
            for row in rows.chunks_exact_mut(n) {
                let sum: f64 = row.iter().sum();
                row.iter_mut().for_each(|p| *p /= sum);
            }
            let chain = Chain::new(n, rows).unwrap();
            let cycles = affinities(&chain);
            assert_eq!(cycles.len(), edges - (n - 1));
            for cycle in cycles {
                let len = cycle.states.len();
                let mut sorted = cycle.states.clone();
                sorted.sort_unstable();
                sorted.dedup();
                assert!(len >= 3 && sorted.len() == len, "{cycle:?}");
                assert!((0..len).all(|k| chain.row(cycle.states[k])[cycle.states[(k + 1) % len]] > 0.0), "{cycle:?}");
            }
        }
    }
}
