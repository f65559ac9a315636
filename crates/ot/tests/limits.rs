//! Entropic transport at its limits: closed forms for Gaussians, the exact optimum as epsilon goes to zero, partial
//! transport, and every epsilon, weight and scale without a NaN.

mod restricted;
mod support;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::sync::Arc;
use support::{cloud, context};
use thalweg_core::{Budget, Measure, Points, Status};
use thalweg_ot::{
    CostMatrix, GroundCost, MarginalPenalty, Metric, PairCosts, Posed, Sinkhorn, Translation, partial_of_mass_matrix,
    transport_matrix,
};

fn near(found: f64, truth: f64, tolerance: f64) {
    assert!((found - truth).abs() <= tolerance, "{found} is not within {tolerance} of {truth}");
}

/// A fine grid with the weights of a Gaussian, out to eight standard deviations.
fn gaussian(mean: f64, deviation: f64) -> Arc<Measure> {
    let points: Vec<f64> = (-400..=400).map(|k| mean + deviation * f64::from(k) / 50.0).collect();
    let weights: Vec<f64> = (-400..=400).map(|k| (-0.5 * (f64::from(k) / 50.0).powi(2)).exp()).collect();
    let mass: f64 = weights.iter().sum();
    Arc::new(Measure::new(Points::new(1, points).unwrap(), weights.iter().map(|w| w / mass).collect()).unwrap())
}

#[test]
fn gaussians_have_a_closed_form() {
    // Janati, Muzellec, Peyre, Cuturi, NeurIPS 2020, for |x - y|^2 and epsilon = 2 sigma^2: the plan is Gaussian with
    // covariance (D - sigma^2) / 2, D = sqrt(4 s^2 t^2 + sigma^4).
    let (m, s, t) = (0.7, 0.5, 1.2);
    for epsilon in [10.0, 1.0, 0.1] {
        let sigma2: f64 = epsilon / 2.0;
        let covariance = ((4.0 * (s * t) * (s * t) + sigma2 * sigma2).sqrt() - sigma2) / 2.0;
        let settings = Sinkhorn { tolerance: 1e-11, ..Sinkhorn::balanced(epsilon) };
        let (found, _) = settings
            .solve(&context(0, 1), &gaussian(0.0, s), &gaussian(m, t), GroundCost::SquaredEuclidean, None)
            .unwrap();
        assert!(found.report.converged(), "{:?}", found.report);
        near(found.cost, m * m + s * s + t * t - 2.0 * covariance, 1e-8);
        // KL(pi | a x b) = -1/2 log(1 - correlation^2).
        let entropy = -0.5 * (1.0 - (covariance / (s * t)).powi(2)).ln();
        near(found.objective, found.cost + epsilon * entropy, 1e-8);
    }
}

#[test]
fn the_cost_goes_to_the_optimum_with_epsilon() {
    for seed in 0..3 {
        let (x, y) = (cloud(seed, 40, 2, 1.0, 0.0), cloud(seed + 20, 30, 2, 1.0, 0.5));
        let cost = GroundCost::SquaredEuclidean.matrix(&x, &y).unwrap();
        let (a, b) = (vec![1.0 / 40.0; 40], vec![1.0 / 30.0; 30]);
        let optimum = transport_matrix(&context(0, 1), &a, &b, &cost).unwrap().certificate.primal;
        let mut last = f64::INFINITY;
        for epsilon in [1.0, 0.1, 1e-2, 1e-3] {
            let settings = Sinkhorn { tolerance: 1e-9, ..Sinkhorn::balanced(epsilon) };
            let found = settings.solve_matrix(&a, &b, &cost, None).unwrap();
            assert!(found.report.converged(), "{:?}", found.report);
            // The optimum pays at most its own entropy, at most log(n m), and is a bound from below.
            assert!(found.cost >= optimum - 1e-7 && found.cost <= optimum + epsilon * (1200_f64).ln() + 1e-7);
            assert!(found.cost <= last + 1e-7);
            last = found.cost;
        }
    }
}

#[test]
fn a_strong_entropy_leaves_cost_and_objective_of_relaxed_problems_their_digits() {
    // The plan goes to the product of the weights, whose marginals are the weights where both masses are 1, and here twice
    // those of the source: cost and penalty are known up to the square of the costs over epsilon.
    for seed in 0..3 {
        let cost = GroundCost::SquaredEuclidean
            .matrix(&cloud(seed, 9, 2, 1.0, 0.0), &cloud(seed + 20, 7, 2, 1.0, 0.5))
            .unwrap();
        let mean = cost.values().iter().sum::<f64>() / 63.0;
        for (mass, rho) in [(1.0, 2.0), (1.0, 1e6), (2.0, 2.0)] {
            let (a, b) = (vec![1.0 / 9.0; 9], vec![mass / 7.0; 7]);
            for exponent in [9, 12, 14, 20, 100] {
                let settings = Sinkhorn::unbalanced(10_f64.powi(exponent), rho);
                let found = settings.solve_matrix(&a, &b, &cost, None).unwrap();
                assert!(found.report.converged(), "{:?}", found.report);
                let error = 1e-12 + 1e3 * rho / 10_f64.powi(exponent);
                near(found.cost / (mass * mean), 1.0, error);
                let penalty = rho * (mass * f64::ln(mass) - mass + 1.0);
                near(found.objective, mass * mean + penalty, error * (1.0 + rho));
                near(found.dual, found.objective, error * (1.0 + rho));
            }
        }
    }
}

#[test]
fn the_cost_goes_to_the_mean_cost_as_epsilon_grows() {
    for seed in 0..3 {
        let (x, y) = (cloud(seed, 40, 2, 1.0, 0.0), cloud(seed + 20, 30, 2, 1.0, 0.5));
        let (a, b) = (Arc::new(Measure::uniform(x).unwrap()), Arc::new(Measure::uniform(y).unwrap()));
        let cost = GroundCost::SquaredEuclidean.matrix(a.points(), b.points()).unwrap();
        let mean = cost.values().iter().sum::<f64>() / 1200.0;
        // What rows and columns do not explain of the costs: the plan's first order in 1 / epsilon.
        let row = |i: usize| (0..30).map(|j| cost.values()[30 * i + j]).sum::<f64>() / 30.0;
        let column = |j: usize| (0..40).map(|i| cost.values()[30 * i + j]).sum::<f64>() / 40.0;
        let (rows, columns): (Vec<f64>, Vec<f64>) = ((0..40).map(row).collect(), (0..30).map(column).collect());
        let rest = |k: usize| cost.values()[k] - rows[k / 30] - columns[k % 30] + mean;
        let variance = (0..1200).map(|k| rest(k) * rest(k)).sum::<f64>() / 1200.0;
        for exponent in [3, 4, 5, 6, 8, 12, 16, 20, 100, 300] {
            let epsilon = 10_f64.powi(exponent);
            let settings = Sinkhorn::balanced(epsilon);
            let lazy = settings.solve(&context(0, 1), &a, &b, GroundCost::SquaredEuclidean, None).unwrap().0;
            for found in [lazy, settings.solve_matrix(a.weights(), b.weights(), &cost, None).unwrap()] {
                assert!(found.report.converged(), "{:?}", found.report);
                near(found.cost, mean - variance / epsilon, 1e-11 + 1e3 / (epsilon * epsilon));
                near(found.objective, mean - 0.5 * variance / epsilon, 1e-11 + 1e3 / (epsilon * epsilon));
                near(found.objective, found.dual, 1e-5);
                let least = cost.values().iter().copied().fold(f64::INFINITY, f64::min);
                assert!(found.cost >= least && found.cost <= cost.scale());
            }
        }
    }
}

#[test]
fn partial_transport_leaves_out_what_is_too_far() {
    // One unit at 0; half a unit each at 1 and at 10: moving to 10 costs 100, and leaving out 2 lambda.
    let a = Arc::new(Measure::new(Points::new(1, vec![0.0]).unwrap(), vec![1.0]).unwrap());
    let b = Arc::new(Measure::new(Points::new(1, vec![1.0, 10.0]).unwrap(), vec![0.5, 0.5]).unwrap());
    let penalty = MarginalPenalty::TotalVariation { lambda: 5.0 };
    let settings = Sinkhorn { source: penalty, target: penalty, tolerance: 1e-10, ..Sinkhorn::balanced(0.05) };
    let (found, _) = settings.solve(&context(0, 1), &a, &b, GroundCost::SquaredEuclidean, None).unwrap();
    assert!(found.report.converged(), "{:?}", found.report);
    near(found.column_sums[0], 0.5, 1e-9);
    near(found.column_sums[1], 0.0, 1e-9);
    near(found.cost, 0.5, 1e-9);
    // Transport, half a unit left out on each side, and an entropy of log 2 on the half that moves.
    let entropy = 0.5 * (0.5_f64 / 0.5).ln() - 0.5 + 1.0;
    near(found.objective, 0.5 + 5.0 * 0.5 * 2.0 + 0.05 * entropy, 1e-8);
    // With lambda beyond every cost nothing stays, and the plan is the balanced one.
    let free = MarginalPenalty::TotalVariation { lambda: 200.0 };
    let all = Sinkhorn { source: free, target: free, ..settings };
    let (found, _) = all.solve(&context(0, 1), &a, &b, GroundCost::SquaredEuclidean, None).unwrap();
    assert!(found.report.converged(), "{found:?}");
    near(found.cost, 50.5, 1e-6);
}

#[test]
fn a_given_mass_moves_alike_at_every_scale() {
    // Two of three points on a line move at least cost: 0 -> 1 and 4 -> 4.5, and 9 stays.
    let (x, y, third) = ([0.0_f64, 4.0, 9.0], [1.0_f64, 4.5, 20.0], [1.0 / 3.0; 3]);
    for unit in [1e-200, 1e-30, 1e-12, 1.0, 1e12, 1e200] {
        let costs = x.iter().flat_map(|x| y.iter().map(move |y| (x - y).powi(2) * unit)).collect();
        let found =
            partial_of_mass_matrix(&context(0, 1), &third, &third, &CostMatrix::new(3, 3, costs).unwrap(), 2.0 / 3.0);
        near(found.unwrap().plan.cost() / unit, 1.25 / 3.0, 1e-12);
    }
}

#[test]
fn clouds_far_from_the_origin_lose_no_digits() {
    let settings = Sinkhorn { tolerance: 1e-9, ..Sinkhorn::balanced(0.1) };
    let cost = |shift: f64| {
        let far = |points: Points| {
            let values = points.values().iter().map(|v| v + shift).collect();
            Arc::new(Measure::uniform(Points::new(3, values).unwrap()).unwrap())
        };
        let (a, b) = (far(cloud(0, 60, 3, 1.0, 0.0)), far(cloud(1, 50, 3, 1.0, 0.0)));
        settings.solve(&context(0, 1), &a, &b, GroundCost::SquaredEuclidean, None).unwrap().0.cost
    };
    // The points themselves are rounded to 1e-10.
    near(cost(1e6) / cost(0.0), 1.0, 1e-8);
}

#[test]
fn many_problems_are_solved_as_each_alone() {
    let clouds: Vec<_> = (0..9).map(|seed| (cloud(seed, 70, 2, 1.0, 0.0), cloud(seed + 50, 60, 2, 1.0, 0.5))).collect();
    let costs: Vec<_> = clouds.iter().map(|(x, y)| GroundCost::SquaredEuclidean.matrix(x, y).unwrap()).collect();
    let (a, b) = (vec![1.0 / 70.0; 70], vec![1.0 / 60.0; 60]);
    let problems: Vec<_> = costs.iter().map(|cost| Posed { a: &a, b: &b, cost }).collect();
    let settings = Sinkhorn::balanced(0.1);
    let (one, two) = (settings.solve_many(&context(0, 1), &problems), settings.solve_many(&context(0, 2), &problems));
    for ((one, two), cost) in one.unwrap().iter().zip(two.unwrap()).zip(&costs) {
        let alone = settings.solve_matrix(&a, &b, cost, None).unwrap();
        assert!(alone.report.converged());
        assert_eq!((&one.potentials, &two.potentials), (&alone.potentials, &alone.potentials));
    }
    let wrong = [Posed { a: &a, b: &a, cost: &costs[0] }];
    let error = settings.solve_many(&context(0, 1), &wrong).unwrap_err().to_string();
    assert!(error.starts_with("problem 0: "), "{error}");
}

#[test]
fn sorted_points_come_back_in_their_order() {
    // Large enough to be sorted inside; the entries of the plan are those of the potentials.
    let (a, b) = (cloud(0, 1100, 2, 1.0, 0.0), cloud(1, 1000, 2, 1.0, 0.3));
    let weights: Vec<f64> = (0..1100).map(|i| f64::from(1 + i % 5) / 3300.0).collect();
    let (a, b) = (Arc::new(Measure::new(a, weights).unwrap()), Arc::new(Measure::uniform(b).unwrap()));
    let (found, _) =
        Sinkhorn::balanced(0.05).solve(&context(0, 2), &a, &b, GroundCost::SquaredEuclidean, None).unwrap();
    assert!(found.report.converged());
    let (f, g) = (&found.potentials.source, &found.potentials.target);
    let mut columns = vec![0.0; 1000];
    for i in 0..1100 {
        let mut row = 0.0;
        for j in 0..1000 {
            let cost = GroundCost::SquaredEuclidean.between(a.points().row(i), b.points().row(j));
            let entry = a.weights()[i] / 1000.0 * ((f[i] + g[j] - cost) / 0.05).exp();
            row += entry;
            columns[j] += entry;
        }
        near(row / a.weights()[i], 1.0, 1e-9);
        near(found.row_sums[i], a.weights()[i], 1e-15);
    }
    columns.iter().zip(&found.column_sums).for_each(|(c, found)| near(c * 1000.0, found * 1000.0, 1e-9));
    assert!(columns.iter().map(|c| (c - 1e-3).abs()).sum::<f64>() <= 1.001e-6);
    let (again, _) = Sinkhorn::balanced(0.05)
        .solve(&context(0, 1), &a, &b, GroundCost::SquaredEuclidean, Some(&found.potentials))
        .unwrap();
    assert_eq!(again.report.iterations, 1);
}

#[test]
fn a_start_from_fewer_points_leads_to_the_same_plan() {
    // Large enough for one; a decay of 1 makes none. Points of no weight, repeated points and shifted clouds are among them.
    for (seed, dim, epsilon) in [(0, 2, 0.5), (1, 2, 0.05), (2, 6, 1.0)] {
        let weigh = |n: usize, every: usize| -> Vec<f64> {
            let w: Vec<f64> = (0..n).map(|i| if i % every == 0 { 0.0 } else { 1.0 + (i % 5) as f64 }).collect();
            w.iter().map(|v| v / w.iter().sum::<f64>()).collect()
        };
        let (x, y) = (cloud(seed, 1500, dim, 1.0, 0.0), cloud(seed + 9, 1450, dim, 0.6, 1.0));
        let x = x.select(&(0..1500).map(|i| if i < 200 { 7 } else { i }).collect::<Vec<usize>>());
        let a = Arc::new(Measure::new(x, weigh(1500, 3)).unwrap());
        let b = Arc::new(Measure::new(y, weigh(1450, 70)).unwrap());
        for base in [Sinkhorn::balanced(epsilon), Sinkhorn::unbalanced(epsilon, 2.0)] {
            let run = |decay, memory| {
                let settings = Sinkhorn { decay, tolerance: 1e-9, ..base.clone() };
                let ctx = context(0, 2).with_memory(memory);
                let (found, _) = settings.solve(&ctx, &a, &b, GroundCost::SquaredEuclidean, None).unwrap();
                assert!(found.report.converged(), "{:?}", found.report);
                found
            };
            let plain = run(1.0, None);
            for memory in [None, Some(1 << 20)] {
                let coarse = run(0.25, memory);
                near(coarse.cost / plain.cost, 1.0, 1e-7);
                near(coarse.objective / plain.objective, 1.0, 1e-8);
            }
        }
    }
}

#[test]
fn a_budget_of_time_is_named() {
    let (a, b) = (Arc::new(Measure::uniform(cloud(0, 300, 2, 1.0, 0.0)).unwrap()), gaussian(0.0, 1.0));
    let b = Arc::new(Measure::uniform(Points::new(2, b.points().values()[..600].to_vec()).unwrap()).unwrap());
    let settings = Sinkhorn { max_seconds: Some(0.0), ..Sinkhorn::balanced(1e-3) };
    let (found, _) = settings.solve(&context(0, 1), &a, &b, GroundCost::SquaredEuclidean, None).unwrap();
    assert_eq!(found.report.status, Status::Exhausted { budget: Budget::Time });
    assert!(found.report.advice.unwrap().contains("max_seconds above 0"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, rng_seed: RngSeed::Fixed(0), ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_ever_nan(
        exponent in -12_i32..=12,
        unit in -290_i32..=290,
        wide in 0_i32..=600,
        kind in 0_usize..5,
        spread in 0_i32..=200,
        (n, m) in (1_usize..7, 1_usize..40),
        seed in 0_u64..1000,
    ) {
        let mut stream = thalweg_core::Stream::new(seed, "proptest", 0);
        // One case in ten has costs that are worlds apart.
        let wide = if wide < 60 { f64::from(10 * wide).min(290.0 - f64::from(unit)) } else { 0.0 };
        let exponent_of_unit = f64::from(unit);
        let unit = 10_f64.powi(unit);
        // Ties, zeros and negative costs are common.
        let values = (0..n * m)
            .map(|_| {
                let digit = (stream.uniform() * 20.0).floor() - 3.0;
                digit * 10_f64.powf(exponent_of_unit + wide * stream.uniform())
            })
            .collect();
        let cost = CostMatrix::new(n, m, values).unwrap();
        let mut side = |k: usize| -> Vec<f64> {
            let mut w: Vec<f64> = (0..k)
                .map(|_| if stream.uniform() < 0.2 { 0.0 } else { 10_f64.powf(-f64::from(spread) * stream.uniform()) })
                .collect();
            w[0] = 1.0;
            let mass: f64 = w.iter().sum();
            w.iter().map(|w| w / mass).collect()
        };
        let (a, b) = (side(n), side(m));
        let epsilon = 10_f64.powi(exponent) * unit;
        let (kl, tv) = (MarginalPenalty::Kl { rho: 2.0 * unit }, MarginalPenalty::TotalVariation { lambda: 4.0 * unit });
        let (source, target) = [
            (MarginalPenalty::Exact, MarginalPenalty::Exact),
            (kl, MarginalPenalty::Exact),
            (MarginalPenalty::Exact, kl),
            (kl, kl),
            (tv, tv),
        ][kind];
        let settings = Sinkhorn { source, target, max_iterations: 60, ..Sinkhorn::balanced(epsilon) };
        let found = match settings.solve_matrix(&a, &b, &cost, None) {
            Ok(found) => found,
            Err(error) => {
                prop_assert!(wide > 0.0 && error.to_string().contains("of the cost scale"), "{error}");
                return Ok(());
            }
        };
        let (p, sums) = (&found.potentials, (&found.row_sums, &found.column_sums));
        for v in p.source.iter().chain(&p.target).chain(sums.0).chain(sums.1).chain([&found.cost, &found.objective]) {
            prop_assert!(v.is_finite(), "{settings:?} {found:?}");
        }
        if found.report.converged() && kind == 0 {
            let error: f64 = sums.1.iter().zip(&b).map(|(c, b)| (c - b).abs()).sum();
            prop_assert!(error <= 1.001e-6);
        }
        prop_assert_eq!(found.report.converged(), found.report.advice.is_none());
    }
}

#[test]
fn costs_that_are_computed_give_the_plan_of_their_matrix_in_little_memory() {
    let (x, y) = (cloud(3, 150, 3, 1.0, 0.0), cloud(4, 170, 3, 1.0, 0.5));
    let (a, b) = (vec![1.0 / 150.0; 150], vec![1.0 / 170.0; 170]);
    let ctx = context(0, 1);
    let elastic = |z: &[f64]| z.iter().map(|v| 0.5 * v * v + 0.7 * v.abs()).sum::<f64>();
    let elastic = Translation::new(&x, &y, elastic).unwrap();
    let cityblock = Metric::Cityblock.between(&x, &y, None).unwrap();
    let weighted = Metric::Minkowski { p: 3.0 }.between(&x, &y, Some(&[1.0, 2.0, 0.5])).unwrap();
    let all: [&dyn PairCosts; 3] = [&elastic, &cityblock, &weighted];
    for costs in all {
        let matrix = costs.matrix(&ctx).unwrap();
        let (scale, mean) = costs.extent(&ctx, &a, &b).unwrap();
        near(scale, matrix.scale(), 0.0);
        near(mean, matrix.values().iter().sum::<f64>() / (150.0 * 170.0), 1e-12);
        for settings in [Sinkhorn::balanced(0.1), Sinkhorn::unbalanced(0.1, 1.0)] {
            let settings = Sinkhorn { tolerance: 1e-10, ..settings };
            let truth = settings.solve_matrix(&a, &b, &matrix, None).unwrap();
            // Below a megabyte the plan is not held.
            for memory in [None, Some(1)] {
                let found = settings.solve_pairs(&ctx.clone().with_memory(memory), &a, &b, costs, None).unwrap();
                assert!(found.report.converged(), "{:?}", found.report);
                near(found.cost, truth.cost, 1e-8);
                near(found.objective, truth.objective, 1e-8);
            }
        }
    }
    let far = |z: &[f64]| if z[0] > 1.0 { f64::INFINITY } else { 0.0 };
    let far = Translation::new(&x, &y, far).unwrap();
    let said = Sinkhorn::balanced(0.1).solve_pairs(&ctx, &a, &b, &far, None).unwrap_err().to_string();
    assert!(said.contains("is inf, but every cost must be a finite number"), "{said}");
}
