//! Exact transport against brute force, an independent min-cost flow, closed forms and its own certificate.

mod support;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use support::{brute_force, cloud, context, min_cost_flow};
use thalweg_core::{Measure, Points, Stream};
use thalweg_ot::{
    CostMatrix, Exact, GroundCost, Metric, Plan, assign, assign_many, line, transport, transport_matrix,
    transport_matrix_from, transport_on_grid,
};

fn rows(cost: &CostMatrix) -> Vec<Vec<f64>> {
    (0..cost.rows()).map(|i| cost.row(i).to_vec()).collect()
}

/// Marginals, feasibility of the duals and the gap.
fn assert_optimal(exact: &Exact, a: &[f64], b: &[f64], cost: &CostMatrix) {
    let scale = cost.scale();
    let probabilities = |w: &[f64]| w.iter().map(|v| v / w.iter().sum::<f64>()).collect::<Vec<_>>();
    for (sums, wanted) in [(exact.plan.row_sums(), probabilities(a)), (exact.plan.column_sums(), probabilities(b))] {
        let error: f64 = sums.iter().zip(&wanted).map(|(s, w)| (s - w).abs()).sum();
        assert!(error < 1e-14 * wanted.len() as f64, "marginal error {error}");
    }
    for i in 0..cost.rows() {
        for j in 0..cost.cols() {
            let slack = cost.at(i, j) - exact.source_potential[i] - exact.target_potential[j];
            assert!(slack >= -1e-14 * scale, "dual infeasible by {slack} at ({i}, {j})");
        }
    }
    // Both sides of the certificate, from the costs and not from what was said of them.
    let dot = |w: &[f64], p: &[f64]| probabilities(w).iter().zip(p).map(|(w, p)| w * p).sum::<f64>();
    let dual = dot(a, &exact.source_potential) + dot(b, &exact.target_potential);
    let mut primal = 0.0;
    exact.plan.for_each(|i, j, mass| primal += mass * cost.at(i, j));
    let tolerance = 1e-13 * scale;
    assert!((primal - dual).abs() <= tolerance, "primal {primal}, dual {dual} at scale {scale}");
    assert!(
        (exact.certificate.primal - primal).abs() <= tolerance && (exact.certificate.dual - dual).abs() <= tolerance
    );
    let gap = exact.certificate.gap;
    assert!(gap.abs() <= 1e-13 * scale, "gap {gap} at scale {scale}");
    let Plan::Sparse(sparse) = &exact.plan else { panic!("an exact plan is sparse") };
    assert!(sparse.entries() < cost.rows() + cost.cols());
}

fn integer_costs(n: usize, m: usize, top: u64) -> impl Strategy<Value = CostMatrix> {
    prop::collection::vec(0..=top, n * m)
        .prop_map(move |v| CostMatrix::new(n, m, v.into_iter().map(|c| c as f64).collect()).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, rng_seed: RngSeed::Fixed(0), ..ProptestConfig::default() })]

    #[test]
    fn assignment_is_the_best_permutation((n, cost) in (1_usize..=7).prop_flat_map(|n| (Just(n), integer_costs(n, n, 6)))) {
        let found = assign(&cost).unwrap();
        let mut seen = vec![false; n];
        found.target.iter().for_each(|j| seen[*j] = true);
        prop_assert!(seen.iter().all(|s| *s));
        prop_assert_eq!(found.cost, brute_force(&rows(&cost)));
        for i in 0..n {
            for j in 0..n {
                prop_assert!(found.source_potential[i] + found.target_potential[j] <= cost.at(i, j) + 1e-13);
            }
        }
    }

    #[test]
    fn simplex_agrees_with_an_independent_flow(
        (a, b, cost) in (1_usize..=9, 1_usize..=9).prop_flat_map(|(n, m)| (
            prop::collection::vec(0_i64..4, n), prop::collection::vec(0_i64..4, m), integer_costs(n, m, 5)))
    ) {
        let (sa, sb) = (a.iter().sum::<i64>(), b.iter().sum::<i64>());
        prop_assume!(sa > 0 && sb > 0);
        let float = |w: &[i64]| w.iter().map(|v| *v as f64).collect::<Vec<_>>();
        let exact = transport_matrix(&context(0, 1), &float(&a), &float(&b), &cost).unwrap();
        assert_optimal(&exact, &float(&a), &float(&b), &cost);
        let supply: Vec<i64> = a.iter().map(|v| v * sb).collect();
        let demand: Vec<i64> = b.iter().map(|v| v * sa).collect();
        let truth = min_cost_flow(&supply, &demand, &rows(&cost)) / (sa * sb) as f64;
        prop_assert!((exact.certificate.primal - truth).abs() < 1e-12 * truth.max(1.0));
    }

    #[test]
    fn real_weights_duplicates_and_scales(
        seed in 0_u64..1000, n in 1_usize..40, m in 1_usize..40, exponent in -150_i32..=150, distinct in 1_u64..10
    ) {
        let mut stream = Stream::new(seed, "scales", 0);
        let mut draw = |k: usize| -> Vec<f64> {
            let mut w: Vec<f64> = (0..k).map(|_| (stream.uniform() * 3.0 - 0.5).max(0.0).powi(8)).collect();
            w[0] = w[0].max(1e-9);
            w
        };
        let (a, b) = (draw(n), draw(m));
        let unit = 10_f64.powi(exponent);
        let costs = (0..n * m).map(|_| unit * (stream.bits() % distinct) as f64 * 0.1).collect();
        let cost = CostMatrix::new(n, m, costs).unwrap();
        let exact = transport_matrix(&context(0, 1), &a, &b, &cost).unwrap();
        assert_optimal(&exact, &a, &b, &cost);
        if n == m {
            let equal = vec![0.3; n];
            assert_optimal(&transport_matrix(&context(0, 1), &equal, &equal, &cost).unwrap(), &equal, &equal, &cost);
        }
    }

    #[test]
    fn the_line_agrees_with_the_simplex(seed in 0_u64..1000, n in 1_usize..12, m in 1_usize..12) {
        let mut stream = Stream::new(seed, "line", 0);
        let mut draw = |k: usize| (0..k).map(|_| (stream.uniform() * 6.0).floor()).collect::<Vec<_>>();
        let (x, y, mut a, mut b) = (draw(n), draw(m), draw(n), draw(m));
        (a[0], b[0]) = (a[0] + 1.0, b[0] + 1.0);
        let costs = x.iter().flat_map(|x| y.iter().map(move |y| (x - y) * (x - y))).collect();
        let cost = CostMatrix::new(n, m, costs).unwrap();
        let exact = transport_matrix(&context(0, 1), &a, &b, &cost).unwrap();
        let sorted = line(&x, &a, &y, &b, |x, y| (x - y) * (x - y)).unwrap();
        prop_assert!((exact.certificate.primal - sorted.cost()).abs() < 1e-13 * cost.scale().max(1.0));
    }
}

#[test]
fn clouds_of_every_shape_carry_a_proof() {
    for seed in 0..3 {
        for (n, m, dim) in
            [(1, 1, 2), (1, 50, 2), (50, 1, 3), (200, 200, 2), (256, 256, 50), (300, 200, 2), (150, 400, 10)]
        {
            let (x, y) = (cloud(seed, n, dim, 1.0, 0.0), cloud(seed + 100, m, dim, 1.0, 0.5));
            for ground in [GroundCost::SquaredEuclidean, GroundCost::Euclidean] {
                let cost = ground.matrix(&x, &y).unwrap();
                let (source, target) = (Measure::counted(x.clone()).unwrap(), Measure::counted(y.clone()).unwrap());
                let exact = transport(&context(seed, 2), &source, &target, ground).unwrap();
                assert_optimal(&exact, source.weights(), target.weights(), &cost);
                if n == m {
                    // The simplex and the assignment solver are two codes for one optimum.
                    let mut nearly = source.weights().to_vec();
                    nearly[0] = 1.0 + f64::EPSILON;
                    let simplex = transport_matrix(&context(seed, 1), &nearly, target.weights(), &cost).unwrap();
                    let difference = simplex.certificate.primal - exact.certificate.primal;
                    assert!(difference.abs() < 1e-12 * exact.certificate.primal, "{difference}");
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, rng_seed: RngSeed::Fixed(0), ..ProptestConfig::default() })]

    #[test]
    fn unequal_weights_carry_a_proof(
        seed in 0_u64..1000, n in 64_usize..200, m in 64_usize..200, dim in 1_usize..=4, exponent in -70_i32..=70,
        places in prop::sample::select(vec![3_u64, 12, u64::MAX]), kind in 0..4,
    ) {
        let mut stream = Stream::new(seed, "unequal", 0);
        let unit = 10_f64.powi(exponent);
        // Few places: copies and ties. Else points of their own, some far away.
        let mut draw = |k: usize| -> Points {
            let mut coordinate = || match places {
                u64::MAX => stream.normal() / stream.uniform().max(1e-3),
                _ => (stream.bits() % places) as f64,
            };
            Points::new(dim, (0..k * dim).map(|_| unit * coordinate()).collect()).unwrap()
        };
        let (x, y) = (draw(n), draw(m));
        let mut weigh = |k: usize| -> Vec<f64> {
            let mut w: Vec<f64> = (0..k).map(|_| match kind {
                0 => 1.0,
                1 => stream.uniform(),
                2 => (stream.bits() % 3) as f64,
                _ => (stream.uniform() * 3.0 - 0.5).max(0.0).powi(8),
            }).collect();
            w[0] = w[0].max(1e-9);
            w
        };
        let (a, b) = (weigh(n), weigh(m));
        let (source, target) = (Measure::new(x.clone(), a.clone()).unwrap(), Measure::new(y.clone(), b.clone()).unwrap());
        for ground in [GroundCost::SquaredEuclidean, GroundCost::Euclidean] {
            let cost = ground.matrix(&x, &y).unwrap();
            assert_optimal(&transport(&context(0, 1), &source, &target, ground).unwrap(), &a, &b, &cost);
            assert_optimal(&transport_matrix(&context(0, 1), &a, &b, &cost).unwrap(), &a, &b, &cost);
        }
    }
}

#[test]
fn one_thread_and_two_give_the_same_bytes() {
    for seed in 0..3 {
        let (x, y) = (cloud(seed, 900, 2, 1.0, 0.0), cloud(seed + 100, 1100, 2, 1.0, 0.5));
        let weights = |k: usize| (0..k).map(|i| 1.0 + (i % 7) as f64 / 3.0).collect::<Vec<_>>();
        let (source, target) = (Measure::new(x, weights(900)).unwrap(), Measure::new(y, weights(1100)).unwrap());
        let [one, two] = [1, 2].map(|threads| {
            let exact = transport(&context(0, threads), &source, &target, GroundCost::SquaredEuclidean).unwrap();
            let mut entries = Vec::new();
            exact.plan.for_each(|i, j, mass| entries.push((i, j, mass.to_bits())));
            let bits = |p: &[f64]| p.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
            (entries, bits(&exact.source_potential), bits(&exact.target_potential))
        });
        assert_eq!(one, two);
    }
}

#[test]
fn clusters_of_unequal_mass_and_heavy_tails_stay_exact() {
    for seed in 0..3 {
        let mut stream = Stream::new(seed, "hard", 0);
        let mut clusters = |skew: i32| {
            let mut points = Vec::new();
            for _ in 0..400 {
                let c = (8.0 * stream.uniform().powi(skew)).floor();
                points.extend([c * c + 0.01 * stream.normal(), c + 0.01 * stream.normal()]);
            }
            Points::new(2, points).unwrap()
        };
        let (even, skewed) = (clusters(1), clusters(2));
        let mut heavy = || {
            let draw = |_| stream.normal() / stream.uniform().max(1e-4);
            Points::new(2, (0..800).map(draw).collect()).unwrap()
        };
        for (x, y) in [(even, skewed), (heavy(), heavy())] {
            let cost = GroundCost::SquaredEuclidean.matrix(&x, &y).unwrap();
            let (source, target) = (Measure::counted(x).unwrap(), Measure::counted(y).unwrap());
            let exact = transport(&context(0, 1), &source, &target, GroundCost::SquaredEuclidean).unwrap();
            assert_optimal(&exact, source.weights(), target.weights(), &cost);
        }
    }
}

#[test]
fn a_translation_moves_every_point_by_the_same_step() {
    for seed in 0..3 {
        let x = cloud(seed, 120, 3, 1.0, 0.0);
        let y = Points::new(3, x.values().iter().map(|v| v + 2.0).collect()).unwrap();
        let cost = GroundCost::SquaredEuclidean.matrix(&x, &y).unwrap();
        let found = assign(&cost).unwrap();
        assert_eq!(found.target, (0..120).collect::<Vec<_>>());
        assert!((found.cost / 120.0 - 12.0).abs() < 1e-12);
    }
}

#[test]
fn hard_inputs_stay_exact() {
    // Two crossing segments: every assignment is optimal. A lattice: many ties. Identical points: cost zero.
    let n = 120;
    let grid = |k: usize| k as f64 / n as f64;
    let horizontal = Points::new(2, (0..n).flat_map(|k| [grid(k) - 0.5, 0.0]).collect()).unwrap();
    let vertical = Points::new(2, (0..n).flat_map(|k| [0.0, grid(k) - 0.5]).collect()).unwrap();
    let lattice = Points::new(2, (0..n).flat_map(|k| [(k % 12) as f64, (k / 12) as f64]).collect()).unwrap();
    let shifted = Points::new(2, (0..n).flat_map(|k| [(k % 10) as f64, (k / 10) as f64]).collect()).unwrap();
    let same = Points::new(2, vec![1.5; 2 * n]).unwrap();
    let weights: Vec<f64> = (0..n).map(|k| 1.0 + (k % 3) as f64).collect();
    let equal = vec![1.0; n];
    for (x, y) in [(&horizontal, &vertical), (&lattice, &shifted), (&same, &same), (&same, &lattice)] {
        let cost = GroundCost::SquaredEuclidean.matrix(x, y).unwrap();
        for (a, b) in [(&equal, &equal), (&weights, &equal), (&weights, &weights)] {
            assert_optimal(&transport_matrix(&context(0, 1), a, b, &cost).unwrap(), a, b, &cost);
        }
    }
}

#[test]
fn any_potentials_to_begin_with_lead_to_the_optimum() {
    for seed in 0..3 {
        let (x, y) = (cloud(seed, 400, 2, 1.0, 0.0), cloud(seed + 100, 400, 2, 1.0, 0.5));
        let cost = GroundCost::SquaredEuclidean.matrix(&x, &y).unwrap();
        let skewed: Vec<f64> = (0..400).map(|k| (k % 5) as f64).collect();
        for a in [vec![1.0; 400], skewed] {
            let (ctx, b) = (context(0, 1), vec![1.0; 400]);
            let cold = transport_matrix(&ctx, &a, &b, &cost).unwrap();
            let far = (0..400).map(|j| 3.0 * (j as f64).sin()).collect();
            let huge = (0..400).map(|j| if j % 2 == 0 { 1e308 } else { -1e308 }).collect();
            for start in [cold.target_potential.clone(), vec![0.0; 400], far, huge] {
                let warm = transport_matrix_from(&ctx, &a, &b, &cost, &start).unwrap();
                assert_optimal(&warm, &a, &b, &cost);
                let difference = warm.certificate.primal - cold.certificate.primal;
                assert!(difference.abs() <= 1e-13 * cost.scale(), "{difference}");
            }
            let error = transport_matrix_from(&ctx, &a, &b, &cost, &[f64::NAN; 400]).unwrap_err().to_string();
            assert!(error.contains("0 are finite"), "{error}");
        }
    }
}

#[test]
fn many_small_assignments_are_those_of_each() {
    let pairs: Vec<_> = (0..12)
        .map(|k| {
            let n = [1, 5, 40, 256][k as usize % 4];
            (cloud(k, n, 3, 1.0, 0.0), cloud(k + 100, n, 3, 1.0, 0.5))
        })
        .collect();
    let [one, two] = [1, 2].map(|t| assign_many(&context(0, t), &pairs, GroundCost::SquaredEuclidean).unwrap());
    assert_eq!(one, two);
    for ((x, y), found) in pairs.iter().zip(&one) {
        assert_eq!(*found, assign(&GroundCost::SquaredEuclidean.matrix(x, y).unwrap()).unwrap());
    }
    let uneven =
        [(cloud(0, 3, 2, 1.0, 0.0), cloud(0, 3, 2, 1.0, 0.0)), (cloud(0, 3, 2, 1.0, 0.0), cloud(0, 4, 2, 1.0, 0.0))];
    let error = assign_many(&context(0, 1), &uneven, GroundCost::Euclidean).unwrap_err().to_string();
    assert!(error.contains("pair 1") && error.contains("3 and 4"), "{error}");
}

#[test]
fn bad_input_is_refused_with_the_value() {
    let cost = CostMatrix::new(2, 1, vec![1.0, 2.0]).unwrap();
    let ctx = context(0, 1);
    let refused = |a: &[f64], b: &[f64]| transport_matrix(&ctx, a, b, &cost).unwrap_err().to_string();
    assert!(refused(&[1.0], &[1.0]).contains("2 rows"));
    assert!(refused(&[1.0, -3.0], &[1.0]).contains("-3"));
    assert!(refused(&[0.0, 0.0], &[1.0]).contains("sum to 0"));
    assert!(CostMatrix::new(1, 1, vec![f64::NAN]).unwrap_err().to_string().contains("NaN"));
    let measure = Measure::counted(cloud(0, 100, 5, 1.0, 0.0)).unwrap();
    let tight = ctx.with_memory(Some(1000));
    let error = transport(&tight, &measure, &measure, GroundCost::Euclidean).unwrap_err();
    assert!(error.to_string().contains("78.2 KiB"), "{error}");
}

#[test]
fn a_few_points_against_many_cost_what_an_independent_flow_does() {
    for seed in 0..3 {
        let mut stream = Stream::new(seed, "oblong", 0);
        for (n, m) in [(80, 5), (3, 60), (1, 20), (2, 40), (90, 11), (12, 100)] {
            for whole in [true, false] {
                let one = |s: &mut Stream| if whole { (9.0 * s.uniform()).floor() } else { s.normal() };
                let values: Vec<f64> = (0..n * m).map(|_| one(&mut stream)).collect();
                let cost = CostMatrix::new(n, m, values).unwrap();
                let mut amounts = |k: usize| (0..k).map(|_| stream.below(7) as i64).collect::<Vec<i64>>();
                let (mut supply, mut demand) = (amounts(n), amounts(m));
                let excess = supply.iter().sum::<i64>() - demand.iter().sum::<i64>();
                demand[0] += excess.max(0);
                supply[0] += (-excess).max(0);
                if n * m > 500 {
                    // The reference takes seconds where amounts are large.
                    supply.iter_mut().chain(&mut demand).for_each(|v| *v = 1);
                    let (n, m) = (n as i64, m as i64);
                    supply.iter_mut().for_each(|v| *v = m);
                    demand.iter_mut().for_each(|v| *v = n);
                }
                let total = supply.iter().sum::<i64>() as f64;
                let weights = |w: &[i64]| w.iter().map(|v| *v as f64).collect::<Vec<_>>();
                let (a, b) = (weights(&supply), weights(&demand));
                let exact = transport_matrix(&context(seed, 1), &a, &b, &cost).unwrap();
                assert_optimal(&exact, &a, &b, &cost);
                let Plan::Sparse(plan) = &exact.plan else { panic!("not sparse") };
                assert!(plan.entries() < n + m);
                if n * m <= 500 {
                    let truth = min_cost_flow(&supply, &demand, &rows(&cost)) / total;
                    assert!((exact.certificate.primal - truth).abs() < 1e-9, "{n} by {m}");
                }
            }
        }
    }
}

#[test]
fn on_a_grid_the_city_block_is_a_flow() {
    for seed in 0..3 {
        let mut stream = Stream::new(seed, "grid", 0);
        for (side, dim, stretched) in [(12_usize, 2, false), (9, 2, true), (5, 3, false), (60, 1, false)] {
            let count = side.pow(dim);
            let place = |v: usize| if stretched { (v * v) as f64 } else { 0.1 * v as f64 };
            let at = |i: usize| (0..dim).map(|k| place(i / side.pow(k) % side)).collect::<Vec<f64>>();
            let values: Vec<f64> = (0..count).flat_map(at).collect();
            let points = Points::new(dim as usize, values).unwrap();
            let mut weights = || (0..count).map(|_| (5.0 * stream.uniform()).floor()).collect::<Vec<f64>>();
            let (a, b) = (weights(), weights());
            let measure = |w: &[f64]| Measure::new(points.clone(), w.to_vec()).unwrap();
            let exact = transport_on_grid(&context(seed, 1), &measure(&a), &measure(&b)).unwrap().unwrap();
            let cost = Metric::Cityblock.matrix(&context(seed, 1), &points, &points, None).unwrap();
            assert_optimal(&exact, &a, &b, &CostMatrix::new(count, count, cost).unwrap());
        }
        // Clouds in general position span a grid with far more edges than there are pairs.
        let loose = |seed: u64| Measure::uniform(cloud(seed, 50, 2, 1.0, 0.0)).unwrap();
        assert!(transport_on_grid(&context(0, 1), &loose(seed), &loose(seed + 9)).unwrap().is_none());
    }
}

/// Products of row and column with integers that look random on top: bids rise for long, and no order solves them.
fn products(n: usize) -> CostMatrix {
    let cost = |k: usize| {
        let (i, j) = (k / n, k % n);
        ((i + 1) * (j + 1) * 40 + (7919 * i * i + 104_729 * i * j + 31 * j * j + 17 * i) % 1009) as f64
    };
    CostMatrix::new(n, n, (0..n * n).map(cost).collect()).unwrap()
}

#[test]
fn products_with_noise_cost_what_a_linear_programme_says() {
    // scipy 1.17.1: linear_sum_assignment, and for the weights linprog by HiGHS.
    for (n, optimum) in [(200, 54_185_938.0), (700, 2_296_645_809.0)] {
        let found = assign(&products(n)).unwrap();
        assert_eq!(found.cost, optimum);
    }
    let (n, cost) = (150, products(150));
    let a: Vec<f64> = (0..n).map(|i| (1 + (37 * i) % 11) as f64).collect();
    let b: Vec<f64> = (0..n).map(|j| (1 + (53 * j) % 13) as f64).collect();
    let exact = transport_matrix(&context(0, 1), &a, &b, &cost).unwrap();
    assert_optimal(&exact, &a, &b, &cost);
    let optimum = 157_421.867_969_814_98;
    assert!((exact.plan.cost() - optimum).abs() < 1e-11 * optimum, "{}", exact.plan.cost());
}
