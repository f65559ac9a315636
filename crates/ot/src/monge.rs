//! Costs that an order of rows and columns makes Monge: `C_ij + C_kl <= C_il + C_kj` for `i < k` and `j < l`.
//!
//! Then to ship in this order, from the first row to the first column on, is optimal for all weights. Convex functions of a difference
//! on the line are such costs, and products of a factor of the row and one of the column, on which bids rise for long.
//!
//! References: A. Hoffman, Proc. Symp. Pure Math. 7 (1963); orders are recognised as in Deineko, Filonenko (1979), see
//! Burkard, Klinz, Rudolf, Discrete Applied Mathematics 70 (1996).

use crate::CostMatrix;
use crate::flow::Solved;
use crate::scan::least_two;

/// Rows and columns of the part that is looked at first: most costs end there.
const PROBES: usize = 5;
/// Potentials are feasible up to this part of the largest cost; sums of many costs compared one by one may not be.
const TOLERANCE: f64 = 1e-14;

/// Orders of rows and columns under which the costs are Monge, if there are such.
struct Orders {
    rows: Vec<usize>,
    cols: Vec<usize>,
}

impl Orders {
    /// Of some rows and columns.
    fn of(cost: &CostMatrix, mut rows: Vec<usize>, mut cols: Vec<usize>) -> Option<Self> {
        let (first, last) = (cols[0], cols[cols.len() - 1]);
        let key = |i: &usize| cost.at(*i, first) - cost.at(*i, last);
        rows.sort_by(|i, k| key(i).total_cmp(&key(k)));
        let (first, last) = (rows[0], rows[rows.len() - 1]);
        let key = |j: &usize| cost.at(first, *j) - cost.at(last, *j);
        cols.sort_by(|j, l| key(j).total_cmp(&key(l)));
        // Neighbours are enough.
        let monge = |i: usize, k: usize| {
            let (upper, lower) = (cost.row(i), cost.row(k));
            cols.windows(2).all(|c| upper[c[0]] + lower[c[1]] <= upper[c[1]] + lower[c[0]])
        };
        let holds = rows.windows(2).all(|r| monge(r[0], r[1]));
        holds.then_some(Self { rows, cols })
    }
}

/// Ships `supply` to `demand` (positive, of equal sums) if the costs are Monge in some order. `O(n m)` where they are, and nearly
/// nothing where they are not.
pub(crate) fn ship(cost: &CostMatrix, supply: &[i64], demand: &[i64]) -> Option<Solved> {
    let (n, m) = (cost.rows(), cost.cols());
    let spread = |count: usize| -> Vec<usize> {
        let some = PROBES.min(count);
        (0..some).map(|k| k * (count - 1) / (some - 1).max(1)).collect()
    };
    Orders::of(cost, spread(n), spread(m))?;
    let Orders { rows, cols } = Orders::of(cost, (0..n).collect(), (0..m).collect())?;
    let (mut u, mut v) = (vec![0.0; n], vec![0.0; m]);
    let mut flows = Vec::with_capacity(n + m);
    let (mut k, mut l) = (0, 0);
    let (mut has, mut wants) = (supply[rows[0]], demand[cols[0]]);
    u[rows[0]] = cost.at(rows[0], cols[0]);
    loop {
        let (i, j) = (rows[k], cols[l]);
        let amount = has.min(wants);
        if amount > 0 {
            flows.push((i, j, amount));
        }
        has -= amount;
        wants -= amount;
        // Each step leads along a tight pair, also where both sides are done at once.
        if has == 0 && k + 1 < n {
            k += 1;
            has = supply[rows[k]];
            u[rows[k]] = cost.at(rows[k], j) - v[j];
        } else if l + 1 < m {
            l += 1;
            wants = demand[cols[l]];
            v[cols[l]] = cost.at(i, cols[l]) - u[i];
        } else {
            let most = TOLERANCE * (n + m) as f64 * cost.scale();
            let feasible = (0..n).all(|i| u[i] - least_two(cost.row(i), &v).first <= most);
            return feasible.then_some(Solved { shipments: flows, source_potential: u, target_potential: v });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_core::Stream;

    /// Duals that are feasible and tight where something goes.
    fn assert_optimal(cost: &CostMatrix, supply: &[i64], demand: &[i64], shipped: &Solved) {
        let (mut left, mut open) = (supply.to_vec(), demand.to_vec());
        let (u, v) = (&shipped.source_potential, &shipped.target_potential);
        let tolerance = 1e-13 * cost.scale();
        for &(i, j, amount) in &shipped.shipments {
            left[i] -= amount;
            open[j] -= amount;
            assert!((cost.at(i, j) - u[i] - v[j]).abs() <= tolerance);
        }
        assert!(left.iter().chain(&open).all(|v| *v == 0));
        for k in 0..cost.values().len() {
            let slack = cost.values()[k] - u[k / cost.cols()] - v[k % cost.cols()];
            assert!(slack >= -tolerance, "{slack}");
        }
    }

    #[test]
    fn shuffled_lines_and_products_are_recognised_and_planes_are_not() {
        for seed in 0..3 {
            let mut stream = Stream::new(seed, "monge", 0);
            for (n, m) in [(1, 1), (1, 6), (5, 1), (2, 2), (7, 7), (30, 45), (60, 20)] {
                let mut draw = |k: usize| (0..k).map(|_| (9.0 * stream.normal()).round()).collect::<Vec<f64>>();
                let (x, y, z, w) = (draw(n), draw(m), draw(n), draw(m));
                let of = |f: &dyn Fn(usize, usize) -> f64| {
                    CostMatrix::new(n, m, (0..n * m).map(|k| f(k / m, k % m)).collect()).unwrap()
                };
                let mut amounts = |k: usize| (0..k).map(|_| 1 + stream.below(9) as i64).collect::<Vec<i64>>();
                let (supply, demand) = (amounts(n), amounts(m));
                let (total_a, total_b) = (supply.iter().sum::<i64>(), demand.iter().sum::<i64>());
                let supply: Vec<i64> = supply.iter().map(|s| s * total_b).collect();
                let demand: Vec<i64> = demand.iter().map(|d| d * total_a).collect();
                let squares = of(&|i, j| (x[i] - y[j]) * (x[i] - y[j]));
                let products = of(&|i, j| x[i] * y[j]);
                let distances = of(&|i, j| (x[i] - y[j]).abs());
                for cost in [&squares, &products] {
                    assert_optimal(cost, &supply, &demand, &ship(cost, &supply, &demand).unwrap());
                }
                // Ties of its differences may hide the order of a distance; what is found must be right.
                if let Some(shipped) = ship(&distances, &supply, &demand) {
                    assert_optimal(&distances, &supply, &demand, &shipped);
                }
                let planes = of(&|i, j| (x[i] - y[j]).abs() + (z[i] - w[j]).abs());
                assert!(n < 5 || m < 5 || ship(&planes, &supply, &demand).is_none());
            }
        }
    }
}
