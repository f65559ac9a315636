//! Every tableau satisfies the order conditions it declares: for each rooted tree of at most that order, the
//! elementary weight is one over the density (Butcher; Hairer, Norsett and Wanner I, section II.2).

use thalweg_solve::{DOP853, DORMAND_PRINCE, Dense, EULER, Estimate, HEUN, MIDPOINT, RK4, TSIT5, Tableau};

/// A rooted tree: its branches.
#[derive(Clone, PartialEq)]
struct Tree(Vec<Tree>);

impl Tree {
    fn order(&self) -> usize {
        1 + self.0.iter().map(Tree::order).sum::<usize>()
    }

    fn density(&self) -> f64 {
        self.order() as f64 * self.0.iter().map(Tree::density).product::<f64>()
    }

    /// Product over the branches of `sum_j a_ij phi_j(branch)`, for each stage `i`.
    fn stage_weights(&self, a: &[&[f64]]) -> Vec<f64> {
        let mut weights = vec![1.0; a.len()];
        for branch in &self.0 {
            let inner = branch.stage_weights(a);
            for (w, row) in weights.iter_mut().zip(a) {
                *w *= row.iter().zip(&inner).map(|(a, v)| a * v).sum::<f64>();
            }
        }
        weights
    }
}

/// All multisets of trees with `nodes` nodes, each tree at most the `cap`-th of `trees`.
fn forests(nodes: usize, cap: usize, trees: &[Tree]) -> Vec<Vec<Tree>> {
    if nodes == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for k in (0..cap).filter(|&k| trees[k].order() <= nodes) {
        for mut rest in forests(nodes - trees[k].order(), k + 1, trees) {
            rest.push(trees[k].clone());
            all.push(rest);
        }
    }
    all
}

fn trees_up_to(order: usize) -> Vec<Tree> {
    let mut trees: Vec<Tree> = Vec::new();
    for nodes in 1..=order {
        let new = forests(nodes - 1, trees.len(), &trees).into_iter().map(Tree);
        let new: Vec<Tree> = new.collect();
        trees.extend(new);
    }
    trees
}

fn dot(b: &[f64], v: &[f64]) -> f64 {
    b.iter().zip(v).map(|(b, v)| b * v).sum()
}

const ALL: [&Tableau; 7] = [&EULER, &MIDPOINT, &HEUN, &RK4, &DORMAND_PRINCE, &TSIT5, &DOP853];

/// What rounding leaves of sums over coefficients of this size.
fn rounding(tableau: &Tableau) -> f64 {
    2e-15 * tableau.a.iter().flat_map(|row| row.iter()).fold(1.0, |m: f64, a| m.max(a.abs()))
}

#[test]
fn there_are_as_many_trees_as_cayley_counted() {
    let counts = [1, 1, 2, 4, 9, 20];
    let trees = trees_up_to(6);
    for (k, count) in counts.iter().enumerate() {
        assert_eq!(trees.iter().filter(|t| t.order() == k + 1).count(), *count, "order {}", k + 1);
    }
}

#[test]
fn nodes_are_row_sums() {
    for tableau in ALL {
        for (row, c) in tableau.a.iter().zip(tableau.c) {
            assert!((row.iter().sum::<f64>() - c).abs() < rounding(tableau), "{}", tableau.name);
        }
    }
}

#[test]
fn solutions_satisfy_their_order_and_no_more() {
    for tableau in ALL {
        let defects: Vec<(usize, f64)> = trees_up_to(tableau.order + 1)
            .iter()
            .map(|t| (t.order(), (dot(tableau.b, &t.stage_weights(tableau.a)) - 1.0 / t.density()).abs()))
            .collect();
        let worst =
            |next: bool| defects.iter().filter(|d| (d.0 > tableau.order) == next).map(|d| d.1).fold(0.0, f64::max);
        assert!(worst(false) < rounding(tableau), "{} has defect {}", tableau.name, worst(false));
        assert!(worst(true) > 1e-7, "{} has a higher order than it says", tableau.name);
    }
}

#[test]
fn embedded_solutions_have_the_order_they_should_and_no_more() {
    let estimates = |tableau: &Tableau| match tableau.error {
        Estimate::None => Vec::new(),
        Estimate::One(e) => vec![(e, 4)],
        Estimate::Two(high, low) => vec![(high, 5), (low, 3)],
    };
    for tableau in ALL {
        for (e, order) in estimates(tableau) {
            let embedded: Vec<f64> = tableau.b.iter().zip(e).map(|(b, e)| b - e).collect();
            let defect = |t: &Tree| (dot(&embedded, &t.stage_weights(tableau.a)) - 1.0 / t.density()).abs();
            let worst = trees_up_to(order).iter().map(defect).fold(0.0, f64::max);
            assert!(worst < rounding(tableau), "{}: defect {worst}", tableau.name);
            assert!(trees_up_to(order + 1).iter().map(defect).fold(0.0, f64::max) > 1e-5, "{}", tableau.name);
        }
    }
}

#[test]
fn interpolants_satisfy_the_conditions_of_order_four_everywhere_in_the_step() {
    for tableau in [&DORMAND_PRINCE, &TSIT5] {
        let Dense::Powers(dense) = tableau.dense else { panic!("dense output") };
        // The figures of Tsitouras' interpolant are published with 17 digits and are large.
        let rounding = 4.0 * rounding(tableau);
        for theta in [0.0, 0.1, 0.25, 0.5, 0.77, 1.0] {
            let weights: Vec<f64> =
                dense.iter().map(|p| (0..4).map(|j| p[j] * f64::powi(theta, j as i32 + 1)).sum()).collect();
            for tree in trees_up_to(4) {
                let exact = f64::powi(theta, tree.order() as i32) / tree.density();
                let defect = dot(&weights, &tree.stage_weights(tableau.a)) - exact;
                assert!(defect.abs() < rounding, "{} at {theta}: defect {defect}", tableau.name);
            }
            if theta == 1.0 {
                weights.iter().zip(tableau.b).for_each(|(w, b)| assert!((w - b).abs() < rounding));
            }
        }
    }
}

#[test]
fn first_same_as_last_means_that_the_last_stage_is_the_solution() {
    for tableau in ALL.into_iter().filter(|tableau| tableau.fsal) {
        let last = tableau.a[tableau.a.len() - 1];
        assert_eq!(last, &tableau.b[..last.len()]);
        assert_eq!(tableau.b[last.len()], 0.0);
    }
}
