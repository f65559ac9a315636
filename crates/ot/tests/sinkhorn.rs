//! Entropic transport against closed forms, a peer's recorded values and its own optimality conditions.

mod support;

use std::sync::Arc;
use support::{cloud, context};
use thalweg_core::{Budget, Class, Measure, Points, Status};
use thalweg_ot::{CostMatrix, Entropic, GroundCost, MarginalPenalty, Potentials, Sinkhorn, transport};

fn measure(points: Points, weights: Vec<f64>) -> Arc<Measure> {
    Arc::new(Measure::new(points, weights).unwrap())
}

fn near(found: f64, truth: f64, tolerance: f64) {
    assert!((found - truth).abs() <= tolerance, "{found} is not within {tolerance} of {truth}");
}

/// The points of the recorded values: 5 against 4 in the plane.
fn recorded() -> (Arc<Measure>, Arc<Measure>) {
    let x = (0..5).flat_map(|i| [(1.3 * f64::from(i)).sin(), (0.7 * f64::from(i * i)).cos()]).collect();
    let y = (0..4).flat_map(|j| [(0.9 * f64::from(j) + 2.0).sin(), (1.9 * f64::from(j)).cos() + 0.5]).collect();
    let a = (1..=5).map(|w| f64::from(w) / 15.0).collect();
    (measure(Points::new(2, x).unwrap(), a), measure(Points::new(2, y).unwrap(), vec![0.4, 0.3, 0.2, 0.1]))
}

fn solve(settings: &Sinkhorn, a: &Arc<Measure>, b: &Arc<Measure>) -> Entropic {
    let tight = Sinkhorn { tolerance: 1e-13, max_iterations: 100_000, ..settings.clone() };
    let (entropic, plan) = tight.solve(&context(0, 1), a, b, GroundCost::SquaredEuclidean, None).unwrap();
    assert!(entropic.report.converged(), "{:?}", entropic.report);
    assert_eq!(plan.row_sums(), entropic.row_sums);
    entropic
}

#[test]
fn two_points_have_a_closed_form() {
    for epsilon in [10.0, 1.0, 0.1, 0.02] {
        let points = measure(Points::new(1, vec![0.0, 1.0]).unwrap(), vec![0.5, 0.5]);
        let odds = (-1.0_f64 / epsilon).exp();
        let found = solve(&Sinkhorn::balanced(epsilon), &points, &points);
        near(found.cost, odds / (1.0 + odds), 1e-12);
        // Objective: cost + epsilon KL(pi | 1/4), with diagonal 1 / (2 (1 + odds)).
        let (d, o) = (0.5 / (1.0 + odds), 0.5 * odds / (1.0 + odds));
        let entropy = 2.0 * d * (4.0 * d).ln() + if o > 0.0 { 2.0 * o * (4.0 * o).ln() } else { 0.0 };
        near(found.objective, found.cost + epsilon * entropy, 1e-11);
    }
}

#[test]
fn one_point_a_side_has_a_closed_form_unbalanced() {
    // log p = (epsilon log(ab) + rho1 log a + rho2 log b - C) / (epsilon + rho1 + rho2), from setting the gradient to 0.
    let (x, y) = (Points::new(1, vec![0.0]).unwrap(), Points::new(1, vec![1.5]).unwrap());
    for (a, b, epsilon, r1, r2) in [(2.0, 0.5, 0.3, 1.0, 1.0), (1.0, 3.0, 0.05, 0.2, 4.0), (7.0, 1e-3, 1.0, 50.0, 2.0)]
    {
        let (a, b): (f64, f64) = (a, b);
        let settings = Sinkhorn {
            source: MarginalPenalty::Kl { rho: r1 },
            target: MarginalPenalty::Kl { rho: r2 },
            ..Sinkhorn::balanced(epsilon)
        };
        let found = solve(&settings, &measure(x.clone(), vec![a]), &measure(y.clone(), vec![b]));
        let truth = ((epsilon * (a * b).ln() + r1 * a.ln() + r2 * b.ln() - 2.25) / (epsilon + r1 + r2)).exp();
        near(found.row_sums[0] / truth, 1.0, 1e-12);
        near(found.column_sums[0] / truth, 1.0, 1e-12);
        near(found.cost / (2.25 * truth), 1.0, 1e-12);
    }
}

/// POT 0.9.7: `ot.sinkhorn(a, b, C, eps, method="sinkhorn_log", stopThr=1e-14)`; cost is `sum P C`.
#[test]
fn balanced_values_of_a_peer() {
    let (a, b) = recorded();
    let cost = |epsilon| solve(&Sinkhorn::balanced(epsilon), &a, &b).cost;
    near(cost(1.0), 1.488_378_875_932_800_5, 1e-12);
    near(cost(0.1), 1.216_848_848_805_537_8, 1e-12);
    near(cost(0.01), 1.216_843_318_145_404_4, 1e-11);
    // ot.emd and ot.emd2 of the same points: squared and plain distance.
    let exact = |ground| transport(&context(0, 1), &a, &b, ground).unwrap().certificate.primal;
    near(exact(GroundCost::SquaredEuclidean), 1.216_843_318_145_404_4, 1e-14);
    near(exact(GroundCost::Euclidean), 1.021_478_222_603_097_4, 1e-14);
}

/// POT 0.9.7: `ot.unbalanced.sinkhorn_unbalanced(a, b, C, eps, rho, reg_type="kl")`, which is `KL(P | a b')` as here, with
/// `rho` a number or `(rho, inf)`: cost, mass, row sums.
#[test]
fn unbalanced_values_of_a_peer() {
    let (a, b) = recorded();
    let check = |settings: Sinkhorn, cost: f64, rows: [f64; 5]| {
        let found = solve(&settings, &a, &b);
        near(found.cost, cost, 1e-11);
        found.row_sums.iter().zip(rows).for_each(|(r, truth)| near(*r, truth, 1e-11));
        found
    };
    check(
        Sinkhorn::unbalanced(0.1, 0.5),
        0.245_038_638_935_782_82,
        [0.042467888812615914, 0.12416307568108083, 0.04702829086829607, 0.11467857155665764, 0.17263382254489076],
    );
    check(
        Sinkhorn::unbalanced(0.05, 2.0),
        0.547_696_015_141_628_9,
        [0.06589825388705454, 0.17062725956818997, 0.1390904070746366, 0.1735494963309976, 0.25179497950714325],
    );
    check(
        Sinkhorn::semi_relaxed(0.1, 0.5),
        0.661_355_261_798_324_3,
        [0.1045732063617869, 0.38317122115578756, 0.1128820779074733, 0.13374006899201857, 0.26563342558293374],
    );
    let semi = check(
        Sinkhorn::semi_relaxed(0.05, 2.0),
        0.815_280_101_193_222_9,
        [0.10519935484780117, 0.2729284038971393, 0.15500788107775296, 0.1913509198956428, 0.2755134402816638],
    );
    near(semi.column_sums.iter().sum(), 1.0, 1e-13);
}

#[test]
fn the_plan_of_the_potentials_has_the_sums_and_the_cost() {
    for seed in 0..3 {
        for dim in [2, 10] {
            let a = measure(cloud(seed, 70, dim, 1.0, 0.0), (0..70).map(|i| f64::from(i % 4)).collect());
            let b = measure(cloud(seed + 9, 41, dim, 1.0, 0.3), (0..41).map(|i| f64::from(1 + i % 3)).collect());
            for settings in [Sinkhorn::semi_relaxed(0.5, 1.0), Sinkhorn::unbalanced(0.5, 1.0)] {
                let found = solve(&settings, &a, &b);
                let cost = GroundCost::SquaredEuclidean.matrix(a.points(), b.points()).unwrap();
                let (f, g) = (&found.potentials.source, &found.potentials.target);
                let entry = |i: usize, j: usize| {
                    a.weights()[i] * b.weights()[j] * ((f[i] + g[j] - cost.at(i, j)) / found.epsilon).exp()
                };
                let scale = found.row_sums.iter().sum::<f64>();
                for i in 0..70 {
                    near((0..41).map(|j| entry(i, j)).sum(), found.row_sums[i], 1e-11 * scale);
                }
                for j in 0..41 {
                    near((0..70).map(|i| entry(i, j)).sum(), found.column_sums[j], 1e-11 * scale);
                }
                let total: f64 =
                    (0..70).flat_map(|i| (0..41).map(move |j| (i, j))).map(|(i, j)| entry(i, j) * cost.at(i, j)).sum();
                near(total, found.cost, 1e-11 * scale * cost.scale());
            }
        }
    }
}

#[test]
fn exchanging_the_sides_transposes_the_plan() {
    for seed in 0..3 {
        let a = measure(cloud(seed, 40, 3, 1.0, 0.0), vec![1.0; 40]);
        let b = measure(cloud(seed + 5, 60, 3, 1.0, 1.0), vec![2.0; 60]);
        let forward = solve(&Sinkhorn::unbalanced(0.3, 2.0), &a, &b);
        let backward = solve(&Sinkhorn::unbalanced(0.3, 2.0), &b, &a);
        near(forward.cost / backward.cost, 1.0, 1e-11);
        near(forward.objective / backward.objective, 1.0, 1e-11);
        forward.row_sums.iter().zip(&backward.column_sums).for_each(|(r, c)| near(r / c, 1.0, 1e-9));
        let relaxed = Sinkhorn {
            source: MarginalPenalty::Exact,
            target: MarginalPenalty::Kl { rho: 2.0 },
            ..Sinkhorn::balanced(0.3)
        };
        near(solve(&Sinkhorn::semi_relaxed(0.3, 2.0), &a, &b).cost / solve(&relaxed, &b, &a).cost, 1.0, 1e-10);
    }
}

#[test]
fn the_history_begins_with_the_error_of_flat_potentials_and_ends_with_the_reported_one() {
    let (a, b) = recorded();
    let found = solve(&Sinkhorn::balanced(0.5), &a, &b);
    // Of g = 0 with the rows met: pi_ij = a_i K_ij b_j / sum_j K_ij b_j.
    let mut columns = vec![0.0; b.len()];
    for (x, a) in a.points().rows().zip(a.weights()) {
        let cost = |y: &[f64]| GroundCost::SquaredEuclidean.between(x, y);
        let kernel: Vec<f64> = b.points().rows().zip(b.weights()).map(|(y, b)| b * (-cost(y) / 0.5).exp()).collect();
        let sum: f64 = kernel.iter().sum();
        columns.iter_mut().zip(&kernel).for_each(|(c, k)| *c += a * k / sum);
    }
    let error: f64 = columns.iter().zip(b.weights()).map(|(c, b)| (c - b).abs()).sum();
    near(found.history[0], error / b.mass(), 1e-5);
    assert_eq!(found.history.len(), found.report.iterations);
    assert_eq!(found.history.last(), Some(&found.report.residuals[0].1));
}

#[test]
fn one_and_two_threads_give_the_same_bytes() {
    let (a, b) =
        (measure(cloud(0, 300, 2, 1.0, 0.0), vec![1.0; 300]), measure(cloud(1, 257, 2, 1.0, 0.0), vec![1.0; 257]));
    for settings in [Sinkhorn::semi_relaxed(0.1, 1.0), Sinkhorn::unbalanced(0.1, 1.0)] {
        let run = |threads| settings.solve(&context(0, threads), &a, &b, GroundCost::Euclidean, None).unwrap().0;
        let (one, two) = (run(1), run(2));
        assert_eq!(one.potentials, two.potentials);
        assert_eq!((one.cost.to_bits(), one.row_sums), (two.cost.to_bits(), two.row_sums));
    }
}

#[test]
fn kept_and_recomputed_costs_agree() {
    let (a, b) = (measure(cloud(0, 90, 7, 1.0, 0.0), vec![1.0; 90]), measure(cloud(1, 80, 7, 1.0, 0.0), vec![1.0; 80]));
    let run = |memory| {
        let ctx = context(0, 2).with_memory(memory);
        Sinkhorn::unbalanced(0.5, 1.0).solve(&ctx, &a, &b, GroundCost::SquaredEuclidean, None).unwrap().0
    };
    assert_eq!(run(None).potentials, run(Some(1000)).potentials);
}

#[test]
fn newton_steps_and_the_history_of_the_iteration_lead_to_one_plan() {
    for (seed, dim) in [(0, 2), (1, 7), (2, 3)] {
        let (a, b) = (
            Arc::new(Measure::uniform(cloud(seed, 900, dim, 1.0, 0.0)).unwrap()),
            Arc::new(Measure::uniform(cloud(seed + 1, 800, dim, 0.7, 0.2)).unwrap()),
        );
        for base in [Sinkhorn::balanced(0.5), Sinkhorn::semi_relaxed(0.3, 2.0), Sinkhorn::unbalanced(0.3, 0.7)] {
            let settings = Sinkhorn { tolerance: 1e-10, ..base };
            let run = |memory| {
                let ctx = context(0, 1).with_memory(memory);
                let (found, _) = settings.solve(&ctx, &a, &b, GroundCost::SquaredEuclidean, None).unwrap();
                assert!(found.report.converged(), "{:?}", found.report);
                found
            };
            // A plan in sixteen bits takes 1.4 MB.
            let (newton, history) = (run(None), run(Some(1 << 20)));
            assert!(newton.report.iterations < history.report.iterations);
            near(newton.cost / history.cost, 1.0, 1e-8);
            near(newton.objective / history.objective, 1.0, 1e-9);
        }
    }
}

#[test]
fn newton_steps_reach_the_optimum_under_total_variation() {
    let tv = |lambda| MarginalPenalty::TotalVariation { lambda };
    for (seed, source, target) in [(0, tv(0.7), tv(0.7)), (1, tv(0.4), MarginalPenalty::Exact), (2, tv(5.0), tv(0.2))] {
        let (a, b) = (
            Arc::new(Measure::uniform(cloud(seed, 500, 2, 1.0, 0.0)).unwrap()),
            Arc::new(Measure::uniform(cloud(seed + 5, 400, 2, 0.8, 0.7)).unwrap()),
        );
        let settings = Sinkhorn { source, target, tolerance: 1e-9, ..Sinkhorn::balanced(0.05) };
        let (found, plan) = settings.solve(&context(0, 1), &a, &b, GroundCost::SquaredEuclidean, None).unwrap();
        assert!(found.report.converged(), "{:?}", found.report);
        assert!(found.report.iterations < 60, "{} iterations", found.report.iterations);
        // A dual value bounds the optimum from below: -lambda <= f <= lambda is what the conjugate of the penalty asks.
        let side = |penalty, potentials: &[f64], weights: &[f64]| -> f64 {
            if let MarginalPenalty::TotalVariation { lambda } = penalty {
                assert!(potentials.iter().all(|f| f.abs() <= lambda * (1.0 + 1e-12)));
            }
            potentials.iter().zip(weights).map(|(f, w)| f * w).sum()
        };
        let (f, g) = (&found.potentials.source, &found.potentials.target);
        let mut mass = 0.0;
        plan.for_each(|_, _, p| mass += p);
        let dual = side(source, f, a.weights()) + side(target, g, b.weights()) + 0.05 * (1.0 - mass);
        near(found.objective / dual, 1.0, 1e-7);
    }
}

#[test]
fn small_epsilon_never_gives_nan_and_names_the_budget() {
    let (a, b) = recorded();
    for exponent in 1..=14 {
        let epsilon = 10_f64.powi(-exponent);
        for base in
            [Sinkhorn::balanced(epsilon), Sinkhorn::semi_relaxed(epsilon, 1.0), Sinkhorn::unbalanced(epsilon, 1e-3)]
        {
            let settings = Sinkhorn { max_iterations: 200, ..base };
            let (found, _) = settings.solve(&context(0, 1), &a, &b, GroundCost::SquaredEuclidean, None).unwrap();
            let numbers = found.potentials.source.iter().chain(&found.potentials.target).chain(&found.row_sums);
            assert!(
                numbers.chain([&found.cost, &found.objective]).all(|v| v.is_finite()),
                "epsilon {epsilon}: {found:?}"
            );
            if !found.report.converged() {
                assert!(matches!(
                    found.report.status,
                    Status::Exhausted { budget: Budget::Iterations | Budget::Precision }
                ));
                assert!(found.report.advice.is_some());
            }
        }
    }
    let error = Sinkhorn::balanced(1e-20).solve(&context(0, 1), &a, &b, GroundCost::Euclidean, None).unwrap_err();
    assert!(error.class() == Class::Input && error.to_string().contains("1e-15 of the cost scale"), "{error}");
}

#[test]
fn the_epsilon_that_is_advised_converges_within_the_budget() {
    for seed in 0..3 {
        let (a, b) = (
            Arc::new(Measure::uniform(cloud(seed, 800, 2, 1.0, 0.0)).unwrap()),
            Arc::new(Measure::uniform(cloud(seed + 5, 800, 2, 0.5, 1.0)).unwrap()),
        );
        // Without room for a plan: by its history alone, the iteration takes its time.
        let ctx = context(0, 1).with_memory(Some(1 << 16));
        let short = |epsilon| Sinkhorn { max_iterations: 25, ..Sinkhorn::balanced(epsilon) };
        let run = |epsilon| short(epsilon).solve(&ctx, &a, &b, GroundCost::SquaredEuclidean, None).unwrap().0.report;
        let advice = run(2e-3).advice.expect("25 iterations are not enough");
        let advised: f64 = advice.trim_end_matches('.').rsplit("epsilon to ").next().unwrap().parse().unwrap();
        assert!(advised < 10.0 && run(advised).converged(), "{advice}");
    }
}

#[test]
fn costs_of_every_scale_solve_alike() {
    let base: Vec<f64> = (0..12).map(|k| f64::from(k * k % 7)).collect();
    let (a, b) = ([0.2, 0.3, 0.5], [0.1, 0.2, 0.3, 0.4]);
    let run = |unit: f64| {
        let cost = CostMatrix::new(3, 4, base.iter().map(|c| c * unit).collect()).unwrap();
        Sinkhorn::balanced(0.2 * unit).solve_matrix(&a, &b, &cost, None).unwrap()
    };
    for unit in [1e-150, 1e-20, 1e20, 1e150] {
        near(run(unit).cost / unit, run(1.0).cost, 1e-9);
    }
}

#[test]
fn clouds_of_every_scale_solve_alike() {
    let settings = |unit: f64| Sinkhorn { tolerance: 1e-9, ..Sinkhorn::balanced(0.1 * unit * unit) };
    let relaxed = |unit: f64| {
        let penalty = MarginalPenalty::Kl { rho: unit * unit };
        Sinkhorn { source: penalty, target: penalty, ..settings(unit) }
    };
    for choose in [&settings as &dyn Fn(f64) -> Sinkhorn, &relaxed] {
        let cost = |unit: f64| {
            let of = |seed, n| Arc::new(Measure::uniform(cloud(seed, n, 2, unit, 0.0)).unwrap());
            let (found, _) =
                choose(unit).solve(&context(0, 1), &of(0, 40), &of(1, 30), GroundCost::SquaredEuclidean, None).unwrap();
            assert!(found.report.converged(), "{unit:e}: {:?}", found.report);
            found.cost / unit / unit
        };
        // Far beyond what single precision holds, on both sides.
        for unit in [1e-100, 1e-50, 1e-30, 1e30, 1e50, 1e100] {
            near(cost(unit) / cost(1.0), 1.0, 1e-8);
        }
    }
}

#[test]
fn a_warm_start_is_done_at_once() {
    let (a, b) = recorded();
    let settings = Sinkhorn::balanced(0.1);
    let first = solve(&settings, &a, &b);
    let (again, _) =
        settings.solve(&context(0, 1), &a, &b, GroundCost::SquaredEuclidean, Some(&first.potentials)).unwrap();
    assert_eq!(again.report.iterations, 1);
    let short = Potentials { source: vec![], target: vec![] };
    assert!(settings.solve(&context(0, 1), &a, &b, GroundCost::SquaredEuclidean, Some(&short)).is_err());
}

#[test]
fn unequal_masses_need_a_relaxed_side() {
    let (a, b) = (measure(cloud(0, 5, 2, 1.0, 0.0), vec![1.0; 5]), measure(cloud(1, 9, 2, 1.0, 0.0), vec![1.0; 9]));
    let ctx = context(0, 1);
    let error = Sinkhorn::balanced(0.1).solve(&ctx, &a, &b, GroundCost::Euclidean, None).unwrap_err();
    assert!(error.to_string().contains("the source has 5 and the target 9"), "{error}");
    let (grown, _) = Sinkhorn::semi_relaxed(0.1, 1.0).solve(&ctx, &a, &b, GroundCost::Euclidean, None).unwrap();
    near(grown.row_sums.iter().sum(), 9.0, 1e-5);
}

#[test]
fn a_penalty_much_softer_than_epsilon_is_met_in_few_iterations() {
    // A rounding of single precision in a potential would ask for masses that are off by epsilon over rho roundings.
    let (x, y) = (cloud(0, 20, 2, 1.0, 0.0), cloud(1, 15, 2, 1.0, 0.5));
    let (a, b) = (measure(x, vec![0.05; 20]), measure(y, vec![1.0 / 15.0; 15]));
    for epsilon in [1e4, 1e6, 1e8] {
        let settings = Sinkhorn::unbalanced(epsilon, 5.0);
        let (found, _) = settings.solve(&context(0, 1), &a, &b, GroundCost::SquaredEuclidean, None).unwrap();
        assert!(found.report.converged() && found.report.iterations <= 20, "{:?}", found.report);
        near(found.dual, found.objective, 1e-9 * found.objective);
    }
}
