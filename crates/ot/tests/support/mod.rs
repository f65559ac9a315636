//! Independent references: a textbook min-cost flow and brute force, none of it the code under test.
#![allow(dead_code, reason = "each test binary uses its own part")]

use thalweg_core::{Context, Points, Stream};

/// A context of `threads` threads under a seed.
pub fn context(seed: u64, threads: usize) -> Context {
    Context::new(seed, threads).unwrap()
}

/// `n` standard normal points in `dim` coordinates, scaled and shifted.
pub fn cloud(seed: u64, n: usize, dim: usize, scale: f64, shift: f64) -> Points {
    let mut stream = Stream::new(seed, "cloud", n as u64);
    let values = (0..n * dim).map(|_| shift + scale * stream.normal()).collect();
    Points::new(dim, values).unwrap()
}

/// Least cost over all permutations, for `n <= 8`.
pub fn brute_force(cost: &[Vec<f64>]) -> f64 {
    fn go(cost: &[Vec<f64>], row: usize, used: &mut Vec<bool>) -> f64 {
        if row == cost.len() {
            return 0.0;
        }
        let mut best = f64::INFINITY;
        for j in 0..cost.len() {
            if !used[j] {
                used[j] = true;
                best = best.min(cost[row][j] + go(cost, row + 1, used));
                used[j] = false;
            }
        }
        best
    }
    go(cost, 0, &mut vec![false; cost.len()])
}

/// Optimal cost of an integer transportation problem by successive shortest paths with Bellman-Ford.
pub fn min_cost_flow(supply: &[i64], demand: &[i64], cost: &[Vec<f64>]) -> f64 {
    let (n, m) = (supply.len(), demand.len());
    let mut flow = vec![vec![0_i64; m]; n];
    let (mut supply, mut demand) = (supply.to_vec(), demand.to_vec());
    let mut total = 0.0;
    while supply.iter().any(|s| *s > 0) {
        let mut distance = vec![f64::INFINITY; n + m];
        let mut previous = vec![usize::MAX; n + m];
        (0..n).filter(|i| supply[*i] > 0).for_each(|i| distance[i] = 0.0);
        for _ in 0..n + m {
            for i in 0..n {
                for j in 0..m {
                    if distance[i] + cost[i][j] < distance[n + j] - 1e-12 {
                        (distance[n + j], previous[n + j]) = (distance[i] + cost[i][j], i);
                    }
                    if flow[i][j] > 0 && distance[n + j] - cost[i][j] < distance[i] - 1e-12 {
                        (distance[i], previous[i]) = (distance[n + j] - cost[i][j], n + j);
                    }
                }
            }
        }
        let end = (0..m).filter(|j| demand[*j] > 0).min_by(|a, b| distance[n + a].total_cmp(&distance[n + b])).unwrap();
        let mut path = vec![n + end];
        while previous[*path.last().unwrap()] != usize::MAX {
            path.push(previous[*path.last().unwrap()]);
        }
        let start = *path.last().unwrap();
        let mut amount = supply[start].min(demand[end]);
        for w in path.windows(2).filter(|w| w[0] < n) {
            amount = amount.min(flow[w[0]][w[1] - n]);
        }
        for w in path.windows(2) {
            let (i, j, sign) = if w[0] < n { (w[0], w[1] - n, -1) } else { (w[1], w[0] - n, 1) };
            flow[i][j] += sign * amount;
            total += (sign * amount) as f64 * cost[i][j];
        }
        supply[start] -= amount;
        demand[end] -= amount;
    }
    total
}
