//! Forbidden pairs against brute force, Gale's condition, an independent flow and a plain scaling iteration; and costs made to
//! break solvers.

use crate::support::{brute_force, context, min_cost_flow};
use std::time::Instant;
use thalweg_core::{Class, Stream};
use thalweg_ot::{CostMatrix, Exact, RestrictedCosts, Sinkhorn, transport_matrix, transport_restricted};

const NEVER: f64 = f64::INFINITY;

/// Whole costs below 20, of which some are forbidden.
fn drawn(stream: &mut Stream, n: usize, m: usize, forbidden: f64) -> Vec<Vec<f64>> {
    let mut one = || if stream.uniform() < forbidden { NEVER } else { (20.0 * stream.uniform()).floor() };
    (0..n).map(|_| (0..m).map(|_| one()).collect()).collect()
}

fn restricted(rows: &[Vec<f64>]) -> RestrictedCosts {
    RestrictedCosts::new(rows.len(), rows[0].len(), rows.concat()).unwrap()
}

/// Marginals, the costs used, duals that are feasible on permitted pairs, and the gap.
fn assert_optimal(exact: &Exact, (a, b): (&[f64], &[f64]), costs: &RestrictedCosts) {
    let shares = |w: &[f64]| w.iter().map(|v| v / w.iter().sum::<f64>()).collect::<Vec<_>>();
    let (a, b) = (shares(a), shares(b));
    let off = |found: Vec<f64>, wanted: &[f64]| found.iter().zip(wanted).map(|(f, w)| (f - w).abs()).sum::<f64>();
    assert!(off(exact.plan.row_sums(), &a) < 1e-12 && off(exact.plan.column_sums(), &b) < 1e-12);
    let (m, scale) = (costs.cols(), costs.scale());
    let mut primal = 0.0;
    exact.plan.for_each(|i, j, mass| primal += mass * costs.values()[i * m + j]);
    for (k, c) in costs.values().iter().enumerate() {
        let slack = c - exact.source_potential[k / m] - exact.target_potential[k % m];
        assert!(slack >= -1e-12 * scale, "dual infeasible by {slack} at {k}");
    }
    let dot = |w: &[f64], p: &[f64]| w.iter().zip(p).map(|(w, p)| w * p).sum::<f64>();
    let dual = dot(&a, &exact.source_potential) + dot(&b, &exact.target_potential);
    assert!((primal - dual).abs() <= 1e-12 * scale, "primal {primal}, dual {dual} at scale {scale}");
    assert!((exact.certificate.primal - primal).abs() <= 1e-12 * scale);
}

#[test]
fn assignments_avoid_forbidden_pairs_or_say_that_none_can() {
    let (mut possible, mut impossible) = (0, 0);
    for seed in 0..3 {
        let mut stream = Stream::new(seed, "forbidden", 0);
        for k in 0..60 {
            let n = 2 + k % 6;
            let rows = drawn(&mut stream, n, n, 0.2 + 0.15 * (k % 4) as f64);
            if rows.iter().flatten().all(|c| c.is_infinite()) {
                continue;
            }
            let (truth, costs, w) = (brute_force(&rows), restricted(&rows), vec![1.0; n]);
            match transport_restricted(&context(seed, 1), &w, &w, &costs) {
                Ok(exact) => {
                    assert!((exact.certificate.primal * n as f64 - truth).abs() < 1e-9);
                    assert_optimal(&exact, (&w, &w), &costs);
                    possible += 1;
                }
                Err(e) => {
                    assert!(truth.is_infinite() && e.class() == Class::Input, "{e} but {truth}");
                    assert!(e.to_string().contains("No plan avoids the forbidden pairs"), "{e}");
                    impossible += 1;
                }
            }
        }
    }
    assert!(possible > 40 && impossible > 40, "{possible} and {impossible}");
}

/// Whether every set of sources has enough targets that it may send to (Gale 1957).
fn gale(supply: &[i64], demand: &[i64], rows: &[Vec<f64>]) -> bool {
    (0_usize..1 << supply.len()).all(|set| {
        let within = |i: &usize| set >> i & 1 == 1;
        let has: i64 = (0..supply.len()).filter(within).map(|i| supply[i]).sum();
        let open = |j: &usize| (0..supply.len()).filter(within).any(|i| rows[i][*j].is_finite());
        has <= (0..demand.len()).filter(open).map(|j| demand[j]).sum()
    })
}

#[test]
fn weighted_plans_avoid_forbidden_pairs_or_say_that_none_can() {
    let (mut possible, mut impossible) = (0, 0);
    for seed in 0..3 {
        let mut stream = Stream::new(seed, "forbidden-weighted", 0);
        for k in 0..60 {
            let (n, m) = (2 + k % 6, 2 + k % 7);
            let rows = drawn(&mut stream, n, m, 0.1 + 0.12 * (k % 4) as f64);
            let mut supply: Vec<i64> = (0..n).map(|_| stream.below(5) as i64).collect();
            let mut demand: Vec<i64> = (0..m).map(|_| stream.below(5) as i64).collect();
            let excess = supply.iter().sum::<i64>() - demand.iter().sum::<i64>();
            demand[0] += excess.max(0);
            supply[0] += (-excess).max(0);
            if supply.iter().sum::<i64>() == 0 || rows.iter().flatten().all(|c| c.is_infinite()) {
                continue;
            }
            let total = supply.iter().sum::<i64>() as f64;
            let weights = |w: &[i64]| w.iter().map(|v| *v as f64).collect::<Vec<_>>();
            let (a, b, costs) = (weights(&supply), weights(&demand), restricted(&rows));
            match transport_restricted(&context(seed, 1), &a, &b, &costs) {
                Ok(exact) => {
                    assert!(gale(&supply, &demand, &rows));
                    let truth = min_cost_flow(&supply, &demand, &rows) / total;
                    assert!((exact.certificate.primal - truth).abs() < 1e-9, "{} {truth}", exact.certificate.primal);
                    assert_optimal(&exact, (&a, &b), &costs);
                    possible += 1;
                }
                Err(e) => {
                    assert!(!gale(&supply, &demand, &rows), "{e}");
                    impossible += 1;
                }
            }
        }
    }
    assert!(possible > 40 && impossible > 20, "{possible} and {impossible}");
}

#[test]
fn a_detour_over_all_points_is_taken() {
    // Everyone stays for nothing but source 0, which may not, so that all must move on at 1 each.
    for n in [3, 60, 500] {
        let mut rows = vec![vec![NEVER; n]; n];
        for i in 0..n {
            (rows[i][i], rows[i][(i + 1) % n]) = (0.0, 1.0);
        }
        rows[0][0] = NEVER;
        let (costs, w) = (restricted(&rows), vec![1.0; n]);
        let exact = transport_restricted(&context(0, 1), &w, &w, &costs).unwrap();
        assert!((exact.certificate.primal - 1.0).abs() < 1e-12);
        assert_optimal(&exact, (&w, &w), &costs);
        let weights: Vec<f64> = (0..n).map(|_| 0.1).collect();
        let other: Vec<f64> = (0..n).map(|i| if i == 1 { 0.1 + 1e-12 } else { 0.1 }).collect();
        let exact = transport_restricted(&context(0, 1), &weights, &other, &costs).unwrap();
        assert!((exact.certificate.primal - 1.0).abs() < 1e-9, "{:?}", exact.certificate);
    }
}

#[test]
fn bands_are_optimal_and_shortages_are_named() {
    for seed in 0..3 {
        let mut stream = Stream::new(seed, "band", 0);
        for (n, m) in [(150, 150), (420, 420), (140, 200)] {
            let row = |i: usize, s: &mut Stream| -> Vec<f64> {
                let near = |j: usize| (i * m / n).abs_diff(j) <= m / 10;
                (0..m).map(|j| if near(j) { s.uniform() } else { NEVER }).collect()
            };
            let rows: Vec<Vec<f64>> = (0..n).map(|i| row(i, &mut stream)).collect();
            let (a, b, costs) = (vec![1.0; n], vec![1.0; m], restricted(&rows));
            let exact = transport_restricted(&context(seed, 1), &a, &b, &costs).unwrap();
            assert_optimal(&exact, (&a, &b), &costs);
        }
    }
    // Sources 0 and 1 have 0.7 and may send to target 0 alone, which takes 0.25.
    let rows = [vec![1.0, NEVER, NEVER], vec![2.0, NEVER, NEVER], vec![0.0, 1.0, 2.0]];
    let (a, b, costs) = ([0.3, 0.4, 0.3], [0.25, 0.25, 0.5], restricted(&rows));
    let exact = transport_restricted(&context(0, 1), &a, &b, &costs).unwrap_err();
    let entropic = Sinkhorn::balanced(0.1).solve_restricted(&context(0, 1), &a, &b, &costs, None).unwrap_err();
    for said in [exact.to_string(), entropic.to_string()] {
        let parts = ["2 sources", "70.000000 %", "1 targets that take 25.000000 %", "45.000000 % is left over"];
        assert!(parts.iter().all(|part| said.contains(part)), "{said}");
    }
    let said = RestrictedCosts::new(1, 2, vec![NEVER, NEVER]).unwrap_err().to_string();
    assert!(said.contains("All 2 pairs are forbidden"), "{said}");
    let said = RestrictedCosts::new(1, 2, vec![0.0, f64::NAN]).unwrap_err().to_string();
    assert!(said.contains("row 0 and column 1"), "{said}");
}

/// The plan by plain scaling of the kernel, in which forbidden pairs are zero.
fn scaled(a: &[f64], b: &[f64], costs: &RestrictedCosts, epsilon: f64) -> Vec<f64> {
    let m = b.len();
    let kernel: Vec<f64> = costs.values().iter().map(|c| (-c / epsilon).exp()).collect();
    let (mut u, mut v) = (vec![1.0; a.len()], vec![1.0; m]);
    for _ in 0..5000 {
        for i in 0..a.len() {
            u[i] = a[i] / (0..m).map(|j| kernel[i * m + j] * v[j]).sum::<f64>();
        }
        for j in 0..m {
            v[j] = b[j] / (0..a.len()).map(|i| kernel[i * m + j] * u[i]).sum::<f64>();
        }
    }
    kernel.iter().enumerate().map(|(k, e)| u[k / m] * e * v[k % m]).collect()
}

#[test]
fn entropic_plans_are_zero_on_forbidden_pairs() {
    for seed in 0..3 {
        let mut stream = Stream::new(seed, "forbidden-entropic", 0);
        for epsilon in [0.5, 5.0, 1e8] {
            let (n, m) = (12, 17);
            let mut rows = drawn(&mut stream, n, m, 0.3);
            // One way for all, so that a plan exists that is positive on every permitted pair.
            rows.iter_mut().for_each(|row| row[0] = row[0].min(19.0));
            rows[0].iter_mut().for_each(|c| *c = c.min(19.0));
            let mut weights = |k: usize| -> Vec<f64> {
                let w: Vec<f64> = (0..k).map(|i| if i == 0 { k as f64 } else { 0.5 + stream.uniform() }).collect();
                let mass: f64 = w.iter().sum();
                w.iter().map(|v| v / mass).collect()
            };
            let (a, b, costs) = (weights(n), weights(m), restricted(&rows));
            let settings = Sinkhorn { tolerance: 1e-10, ..Sinkhorn::balanced(epsilon) };
            let found = settings.solve_restricted(&context(seed, 1), &a, &b, &costs, None).unwrap();
            assert!(found.report.converged(), "{:?}", found.report);
            let (plan, truth) = (costs.plan(&a, &b, &found), scaled(&a, &b, &costs, epsilon));
            let (mut cost, mut entropy) = (0.0, 0.0);
            for (k, (p, t)) in plan.iter().zip(&truth).enumerate() {
                assert!((p - t).abs() < 1e-9, "seed {seed}, epsilon {epsilon}: {p} for {t}");
                let product = a[k / m] * b[k % m];
                entropy += if *t > 0.0 { t * (t / product).ln() - t + product } else { product };
                if costs.values()[k].is_finite() {
                    cost += t * costs.values()[k];
                } else {
                    assert_eq!(*p, 0.0);
                }
            }
            assert!((found.cost - cost).abs() < 1e-7, "{} for {cost}", found.cost);
            let objective = cost + epsilon * entropy;
            assert!((found.objective / objective - 1.0).abs() < 1e-7, "{} for {objective}", found.objective);
            assert!(found.dual <= found.objective * (1.0 + 1e-9) && found.dual >= found.objective * (1.0 - 1e-6));
        }
    }
}

#[test]
fn entropic_plans_come_near_the_exact_one_and_let_go_of_what_cannot_move() {
    let rows = [vec![1.0, NEVER, 3.0], vec![2.0, 5.0, NEVER], vec![NEVER, 1.0, 2.0]];
    let (w, costs, ctx) = ([1.0 / 3.0; 3], restricted(&rows), context(0, 1));
    let optimum = transport_restricted(&ctx, &w, &w, &costs).unwrap().certificate.primal;
    let found = Sinkhorn::balanced(0.01).solve_restricted(&ctx, &w, &w, &costs, None).unwrap();
    assert!((found.cost - optimum).abs() < 1e-3, "{} for {optimum}", found.cost);
    // Source 1 and target 2 have no partner.
    let rows = [vec![1.0, 2.0, NEVER], vec![NEVER, NEVER, NEVER], vec![3.0, 0.5, NEVER]];
    let costs = restricted(&rows);
    for epsilon in [1e-3, 0.1, 1e9] {
        let found = Sinkhorn::unbalanced(epsilon, 1.0).solve_restricted(&ctx, &w, &w, &costs, None).unwrap();
        assert!(found.report.converged(), "{:?}", found.report);
        assert_eq!((found.row_sums[1], found.column_sums[2]), (0.0, 0.0));
        assert!(found.cost.is_finite() && found.objective.is_finite() && found.row_sums[0] > 0.0);
    }
    let said = Sinkhorn::semi_relaxed(0.1, 1.0).solve_restricted(&ctx, &w, &w, &costs, None).unwrap_err().to_string();
    assert!(said.contains("The target 2") && said.contains("forbidden"), "{said}");
}

#[test]
fn a_cycle_of_ways_is_solved_though_it_takes_long() {
    // Each source reaches the next two targets; costs are of targets alone, so that all ways carry the same.
    for n in [4, 6, 12] {
        let value = |k: usize| match (k % n + n - k / n) % n {
            1 | 2 => 1.0 + (k % n) as f64,
            _ => NEVER,
        };
        let costs = RestrictedCosts::new(n, n, (0..n * n).map(value).collect()).unwrap();
        let (w, mean) = (vec![1.0 / n as f64; n], 0.5 * (n as f64 + 1.0));
        for share in [1.0, 0.1] {
            let settings = Sinkhorn { tolerance: 1e-10, ..Sinkhorn::balanced(share * mean) };
            let found = settings.solve_restricted(&context(0, 1), &w, &w, &costs, None).unwrap();
            assert!(found.report.converged() && (found.cost - mean).abs() < 1e-8, "{n}, {share}: {:?}", found.report);
            let plan = costs.plan(&w, &w, &found);
            assert!(plan.iter().all(|p| *p == 0.0 || (p - 0.5 / n as f64).abs() < 1e-7), "{n}, {share}: {plan:?}");
        }
    }
}

/// Costs made to break a solver.
fn adversaries(n: usize, m: usize, stream: &mut Stream) -> Vec<(&'static str, Vec<f64>)> {
    let of = |f: &dyn Fn(usize, usize) -> f64| -> Vec<f64> { (0..n * m).map(|k| f(k / m, k % m)).collect() };
    let draws: Vec<f64> = (0..n * m).map(|_| stream.uniform()).collect();
    let at = |i: usize, j: usize| draws[i * m + j];
    vec![
        ("equal", of(&|_, _| 7.5)),
        ("zero", of(&|_, _| 0.0)),
        ("products", of(&|i, j| (i * j) as f64)),
        ("from 1e-300 to 1e300", of(&|i, j| 10_f64.powf(600.0 * at(i, j) - 300.0))),
        ("of both signs to 1e300", of(&|i, j| 1e300 * (2.0 * at(i, j) - 1.0))),
        ("subnormal", of(&|i, j| 1e-310 * at(i, j))),
        ("one that is huge", of(&|i, j| if (i, j) == (0, 0) { 1e300 } else { at(i, j) })),
        ("large with small differences", of(&|i, j| 1e12 + at(i, j))),
        ("two values", of(&|i, j| if at(i, j) < 0.5 { 0.0 } else { 1.0 })),
    ]
}

#[test]
fn costs_made_to_break_solvers_end_in_a_proof() {
    for seed in 0..3 {
        let mut stream = Stream::new(seed, "adversary", 0);
        for (n, m, weighted) in
            [(1, 1, false), (7, 7, false), (7, 9, true), (40, 40, false), (390, 390, false), (130, 140, true)]
        {
            for (name, values) in adversaries(n, m, &mut stream) {
                let mut weights = |k: usize| -> Vec<f64> {
                    (0..k).map(|_| if weighted { 0.1 + stream.uniform() } else { 1.0 }).collect()
                };
                let (a, b) = (weights(n), weights(m));
                let cost = CostMatrix::new(n, m, values.clone()).unwrap();
                let start = Instant::now();
                let exact = transport_matrix(&context(seed, 1), &a, &b, &cost).unwrap();
                assert!(start.elapsed().as_secs() < 20, "{name}, {n} by {m}: {:?}", start.elapsed());
                let gap = exact.certificate.gap.abs();
                assert!(gap <= 1e-11 * exact.certificate.scale, "{name}, {n} by {m}: gap {gap}");
                // The same with every pair but those of one diagonal band forbidden now and then.
                let band = |k: usize| (k / m * m / n).abs_diff(k % m) > m / 4;
                let values = values.iter().enumerate().map(|(k, v)| if band(k) { NEVER } else { *v }).collect();
                let costs = RestrictedCosts::new(n, m, values).unwrap();
                match transport_restricted(&context(seed, 1), &a, &b, &costs) {
                    Ok(exact) => {
                        let certificate = exact.certificate;
                        assert!(
                            certificate.gap.abs() <= 1e-9 * certificate.scale,
                            "{name}, {n} by {m}: {certificate:?}"
                        );
                    }
                    Err(e) => {
                        assert!(e.to_string().contains("is left over") || e.to_string().contains("Rescale"), "{e}")
                    }
                }
                let epsilon = 0.01 * cost.scale();
                if epsilon > 0.0 && n < 100 {
                    let shares = |w: &[f64]| w.iter().map(|v| v / w.iter().sum::<f64>()).collect::<Vec<_>>();
                    let settings = Sinkhorn { max_iterations: 200, ..Sinkhorn::balanced(epsilon) };
                    let found = settings.solve_restricted(&context(seed, 1), &shares(&a), &shares(&b), &costs, None);
                    assert!(found.is_err() || found.unwrap().cost.is_finite(), "{name}, {n} by {m}");
                }
            }
        }
    }
}
