//! Plans of low rank against exact transport, known clusters and their own definition.

mod support;

use std::sync::Arc;
use support::{cloud, context};
use thalweg_core::{Measure, Points, Stream};
use thalweg_ot::{Factored, Factorise, GroundCost, Plan, transport};

fn solve(settings: &Factorise, a: &Arc<Measure>, b: &Arc<Measure>) -> Factored {
    let found = settings.solve(&context(0, 2), a, b).unwrap();
    assert!(found.history.windows(2).all(|w| w[1] <= w[0]), "the cost rose: {:?}", found.history);
    let off = |sums: &[f64], w: &[f64]| sums.iter().zip(w).map(|(s, w)| (s - w).abs()).sum::<f64>();
    let error = off(&found.plan.row_sums(), a.weights()) + off(&found.plan.column_sums(), b.weights());
    assert!(error < 1e-12 * a.mass(), "the marginals are off by {error}");
    found
}

fn exact(a: &Arc<Measure>, b: &Arc<Measure>) -> f64 {
    transport(&context(0, 1), a, b, GroundCost::SquaredEuclidean).unwrap().plan.cost()
}

/// Points around each of `centres`, as many around each.
fn clusters(seed: u64, centres: &[[f64; 2]], each: usize, width: f64) -> Arc<Measure> {
    let mut stream = Stream::new(seed, "clusters", 0);
    let values =
        (0..centres.len() * each).flat_map(|i| centres[i / each].map(|c| c + width * stream.normal())).collect();
    Arc::new(Measure::uniform(Points::new(2, values).unwrap()).unwrap())
}

#[test]
fn rank_one_is_the_independent_plan_and_full_rank_reaches_the_exact_cost() {
    for seed in 0..3 {
        let (a, b) = (
            Arc::new(Measure::uniform(cloud(seed, 40, 2, 1.0, 0.0)).unwrap()),
            Arc::new(Measure::uniform(cloud(seed + 9, 40, 2, 1.0, 0.5)).unwrap()),
        );
        let one = solve(&Factorise::rank(1), &a, &b);
        let mean = GroundCost::SquaredEuclidean.mean(a.points(), a.weights(), b.points(), b.weights()).unwrap();
        assert!((one.plan.cost() / mean - 1.0).abs() < 1e-9);
        let full = solve(&Factorise { tolerance: 1e-6, max_iterations: 3000, ..Factorise::rank(40) }, &a, &b);
        let least = exact(&a, &b);
        assert!(full.plan.cost() > least * (1.0 - 1e-6));
        assert!(full.plan.cost() < least * 1.001, "{} of {least}", full.plan.cost() / least);
        assert!(full.report.converged(), "{:?}", full.report);
    }
}

#[test]
fn as_many_meeting_places_as_clusters_move_each_cluster_to_its_own() {
    for seed in 0..3 {
        let from = [[0.0, 0.0], [10.0, 0.0], [0.0, 10.0], [10.0, 10.0]];
        let to = from.map(|[x, y]| [x + 1.0, y - 1.0]);
        let (a, b) = (clusters(seed, &from, 50, 0.3), clusters(seed + 5, &to, 50, 0.3));
        let found = solve(&Factorise::rank(4), &a, &b);
        let mut own = 0.0;
        found.plan.for_each(|i, j, mass| own += if i / 50 == j / 50 { mass } else { 0.0 });
        assert!(own > 1.0 - 1e-6, "{own} stays with its cluster");
        // Within a cluster the plan of rank one is independent: shift and both variances.
        let expected = 2.0 + 4.0 * 0.09;
        assert!((found.plan.cost() - expected).abs() < 0.15, "{} for {expected}", found.plan.cost());
    }
}

#[test]
fn the_plan_is_the_map_that_its_entries_say() {
    let weights = |n: usize| -> Vec<f64> { (0..n).map(|i| if i == 3 { 0.0 } else { 1.0 + (i % 4) as f64 }).collect() };
    let unit = |w: Vec<f64>| -> Vec<f64> { w.iter().map(|v| v / w.iter().sum::<f64>()).collect() };
    let a = Arc::new(Measure::new(cloud(0, 30, 3, 1.0, 0.0), unit(weights(30))).unwrap());
    let b = Arc::new(Measure::new(cloud(1, 25, 3, 1.0, 0.2), unit(weights(25))).unwrap());
    let found = solve(&Factorise::rank(5), &a, &b);
    let Plan::LowRank(factors) = &found.plan else { panic!("a plan of low rank") };
    let entry = |i: usize, j: usize| -> f64 {
        (0..5).map(|k| factors.left()[5 * i + k] * factors.right()[5 * j + k] / factors.inner()[k]).sum()
    };
    let (mut cost, mut entries) = (0.0, vec![0.0; 30 * 25]);
    found.plan.for_each(|i, j, mass| entries[i * 25 + j] = mass);
    for i in 0..30 {
        for j in 0..25 {
            assert!((entries[i * 25 + j] - entry(i, j)).abs() < 1e-15);
            cost += entry(i, j) * GroundCost::SquaredEuclidean.between(a.points().row(i), b.points().row(j));
        }
    }
    assert!((cost / found.plan.cost() - 1.0).abs() < 1e-10);
    let mapped = found.plan.apply(b.points()).unwrap();
    let pushed = found.plan.push(a.weights()).unwrap();
    for i in 0..30 {
        for k in 0..3 {
            let truth: f64 = (0..25).map(|j| entry(i, j) * b.points().row(j)[k]).sum();
            assert!((mapped.row(i)[k] - truth).abs() < 1e-14);
        }
    }
    for (pushed, b) in pushed.iter().zip(b.weights()) {
        assert!((pushed - b).abs() < 1e-5);
    }
    let Plan::Sparse(top) = found.plan.top_k(1).unwrap() else { panic!("the largest entries are a sparse plan") };
    let best = (0..25).fold(0, |best, j| if entry(0, j) > entry(0, best) { j } else { best });
    assert_eq!(top.row(0).0, &[best]);
}

#[test]
fn one_and_two_threads_give_the_same_bytes_and_bad_settings_are_refused() {
    let a = Arc::new(Measure::uniform(cloud(0, 3000, 5, 1.0, 0.0)).unwrap());
    let b = Arc::new(Measure::uniform(cloud(1, 2500, 5, 0.5, 1.0)).unwrap());
    let settings = Factorise { max_iterations: 5, ..Factorise::rank(7) };
    let run = |threads| settings.solve(&context(0, threads), &a, &b).unwrap();
    let (one, two) = (run(1), run(2));
    assert_eq!(one.history, two.history);
    assert_eq!(one.plan.row_sums(), two.plan.row_sums());
    assert!(!one.report.converged() && one.report.advice.unwrap().contains("max_iterations above 5"));
    for bad in [Factorise::rank(0), Factorise::rank(2501), Factorise { step: 0.0, ..settings.clone() }] {
        assert!(bad.solve(&context(0, 1), &a, &b).is_err());
    }
}
