//! Every tableau satisfies the order conditions it declares: for each rooted tree of at most that order, the
//! elementary weight is one over the density (Butcher; Hairer, Norsett and Wanner I, section II.2).

use thalweg_solve::{DORMAND_PRINCE, EULER, HEUN, MIDPOINT, RK4, Tableau};

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

const ALL: [&Tableau; 5] = [&EULER, &MIDPOINT, &HEUN, &RK4, &DORMAND_PRINCE];

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
            assert!((row.iter().sum::<f64>() - c).abs() < 1e-15, "{}", tableau.name);
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
        assert!(worst(false) < 1e-14, "{} has defect {}", tableau.name, worst(false));
        assert!(worst(true) > 1e-5, "{} has a higher order than it says", tableau.name);
    }
}

#[test]
fn embedded_solutions_are_one_order_lower() {
    let (b, e) = (DORMAND_PRINCE.b, DORMAND_PRINCE.error.expect("adaptive"));
    let embedded: Vec<f64> = b.iter().zip(e).map(|(b, e)| b - e).collect();
    for tree in trees_up_to(4) {
        let defect = dot(&embedded, &tree.stage_weights(DORMAND_PRINCE.a)) - 1.0 / tree.density();
        assert!(defect.abs() < 1e-14, "defect {defect}");
    }
    let worst = trees_up_to(5)
        .iter()
        .map(|t| (dot(&embedded, &t.stage_weights(DORMAND_PRINCE.a)) - 1.0 / t.density()).abs())
        .fold(0.0, f64::max);
    assert!(worst > 1e-5);
}

#[test]
fn interpolants_satisfy_the_conditions_of_order_four_everywhere_in_the_step() {
    let dense = DORMAND_PRINCE.dense.expect("dense output");
    for theta in [0.0, 0.1, 0.25, 0.5, 0.77, 1.0] {
        let weights: Vec<f64> =
            dense.iter().map(|p| (0..4).map(|j| p[j] * f64::powi(theta, j as i32 + 1)).sum()).collect();
        for tree in trees_up_to(4) {
            let exact = f64::powi(theta, tree.order() as i32) / tree.density();
            let defect = dot(&weights, &tree.stage_weights(DORMAND_PRINCE.a)) - exact;
            assert!(defect.abs() < 1e-14, "theta {theta}: defect {defect}");
        }
        if theta == 1.0 {
            weights.iter().zip(DORMAND_PRINCE.b).for_each(|(w, b)| assert!((w - b).abs() < 1e-14));
        }
    }
}

#[test]
fn first_same_as_last_means_that_the_last_stage_is_the_solution() {
    let last = DORMAND_PRINCE.a[DORMAND_PRINCE.a.len() - 1];
    assert_eq!(last, &DORMAND_PRINCE.b[..last.len()]);
    assert_eq!(DORMAND_PRINCE.b[last.len()], 0.0);
}
