//! Assignment without a matrix against brute force, the dense solver, recorded optima and all pairs.

mod support;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use support::{brute_force, context};
use thalweg_core::{Measure, Points, Stream};
use thalweg_ot::{Exact, GroundCost, Plan, assign, transport, transport_matrix};

const GROUNDS: [GroundCost; 2] = [GroundCost::SquaredEuclidean, GroundCost::Euclidean];

/// Pairs of clouds that are hard in different ways.
const SETS: [&str; 9] = [
    "uniform",
    "gauss to uniform",
    "shifted",
    "heavy tails",
    "lattice",
    "repeated",
    "crossing",
    "clusters",
    "identical",
];

fn pair(set: &str, seed: u64, n: usize, dim: usize) -> (Points, Points) {
    let mut stream = Stream::new(seed, "hard-clouds", n as u64);
    let side = (n as f64).sqrt().ceil() as usize;
    let mut cloud = |target: bool| {
        let mut values = Vec::with_capacity(n * dim);
        for i in 0..n {
            let tail = 1.0 / (1e-3 + stream.uniform());
            let cluster = (stream.uniform().powi(1 + i32::from(target)) * 6.0).floor();
            for d in 0..dim {
                values.push(match set {
                    "gauss to uniform" if !target => stream.normal(),
                    "shifted" => stream.uniform() + if target { 10.0 } else { 0.0 },
                    "heavy tails" => tail * stream.normal(),
                    "lattice" => ((if d == 0 { i % side } else { i / side }) + usize::from(target)) as f64,
                    "repeated" => (stream.uniform() * 6.0).floor(),
                    "crossing" if target == (d == 0) => 0.0,
                    "clusters" => (cluster * (2.0 + d as f64)).sin() * 5.0 + 1e-2 * stream.normal(),
                    "identical" => 1.5,
                    _ => stream.uniform(),
                });
            }
        }
        Points::new(dim, values).unwrap()
    };
    (cloud(false), cloud(true))
}

fn solve(x: &Points, y: &Points, ground: GroundCost, threads: usize) -> Exact {
    let (source, target) = (Measure::counted(x.clone()).unwrap(), Measure::counted(y.clone()).unwrap());
    transport(&context(0, threads), &source, &target, ground).unwrap()
}

fn targets(exact: &Exact, n: usize) -> Vec<usize> {
    let Plan::Sparse(plan) = &exact.plan else { panic!("an exact plan is sparse") };
    let mut taken = vec![false; n];
    (0..n)
        .map(|i| {
            let (columns, masses) = plan.row(i);
            assert_eq!((columns.len(), masses), (1, &[1.0 / n as f64][..]));
            assert!(!std::mem::replace(&mut taken[columns[0]], true), "column {} is taken twice", columns[0]);
            columns[0]
        })
        .collect()
}

/// A permutation, feasible duals and a closed gap, all recomputed by plain loops; returns the mean cost.
fn assert_optimal(exact: &Exact, x: &Points, y: &Points, ground: GroundCost) -> f64 {
    let n = x.len();
    let chosen = targets(exact, n);
    let cost = |i: usize, j: usize| ground.between(x.row(i), y.row(j));
    let (mut scale, mut slack) = (0.0_f64, f64::INFINITY);
    for i in 0..n {
        for j in 0..n {
            scale = scale.max(cost(i, j));
            slack = slack.min(cost(i, j) - exact.source_potential[i] - exact.target_potential[j]);
        }
    }
    let primal = (0..n).map(|i| cost(i, chosen[i])).sum::<f64>() / n as f64;
    let dual = (exact.source_potential.iter().sum::<f64>() + exact.target_potential.iter().sum::<f64>()) / n as f64;
    assert!(slack >= -1e-14 * scale, "dual infeasible by {slack} at scale {scale}");
    assert!((primal - dual).abs() <= 1e-14 * scale, "gap {} at scale {scale}", primal - dual);
    assert!((exact.certificate.primal - primal).abs() <= 1e-14 * scale);
    assert!((exact.certificate.dual - dual).abs() <= 1e-14 * scale);
    assert!(exact.certificate.scale >= scale && exact.certificate.scale <= 1e3 * scale);
    primal
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, rng_seed: RngSeed::Fixed(0), ..ProptestConfig::default() })]

    #[test]
    fn small_clouds_agree_with_brute_force(seed in 0_u64..1000, set in 0..SETS.len(), n in 1_usize..=7, dim in 1_usize..=4) {
        let (x, y) = pair(SETS[set], seed, n, dim);
        for ground in GROUNDS {
            let cost: Vec<Vec<f64>> = x.rows().map(|x| y.rows().map(|y| ground.between(x, y)).collect()).collect();
            let truth = brute_force(&cost) / n as f64;
            let found = assert_optimal(&solve(&x, &y, ground, 1), &x, &y, ground);
            prop_assert!((found - truth).abs() <= 1e-13 * truth.max(1e-3), "{found} and {truth}");
        }
    }

    #[test]
    fn clouds_of_every_scale_carry_a_proof(
        seed in 0_u64..1000, set in 0..SETS.len(), n in 8_usize..200, dim in 1_usize..=4, exponent in -150_i32..=148
    ) {
        let (mut x, mut y) = pair(SETS[set], seed, n, dim);
        let unit = 10_f64.powi(exponent);
        x.values_mut().iter_mut().chain(y.values_mut()).for_each(|v| *v *= unit);
        for ground in GROUNDS {
            let exact = solve(&x, &y, ground, 1);
            let primal = assert_optimal(&exact, &x, &y, ground);
            let dense = assign(&ground.matrix(&x, &y).unwrap()).unwrap().cost / n as f64;
            prop_assert!((primal - dense).abs() <= 1e-13 * exact.certificate.scale);
        }
    }
}

#[test]
fn hard_sets_carry_a_proof_and_threads_change_nothing() {
    for (seed, n) in [(0, 300), (1, 600), (2, 1000)] {
        for set in SETS {
            let (x, y) = pair(set, seed, n, 2);
            for ground in GROUNDS {
                let one = solve(&x, &y, ground, 1);
                assert_optimal(&one, &x, &y, ground);
                let two = solve(&x, &y, ground, 2);
                assert_eq!(targets(&one, n), targets(&two, n), "{set}");
                assert_eq!(one.source_potential, two.source_potential, "{set}");
                assert_eq!(one.target_potential, two.target_potential, "{set}");
            }
        }
    }
}

/// Fractional parts of `k sqrt(r)`: points that any language makes to the same bits.
fn sequence(n: usize, roots: &[f64], power: i32) -> Points {
    let values = (1..=n).flat_map(|k| roots.iter().map(move |r| (k as f64 * r.sqrt()).fract().powi(power))).collect();
    Points::new(roots.len(), values).unwrap()
}

#[test]
fn optima_are_those_of_scipy() {
    // scipy 1.17.1, linear_sum_assignment of cdist(x, y, "sqeuclidean" or "euclidean"), divided by 500.
    let recorded = [
        (2, GroundCost::SquaredEuclidean, 0.069_474_022_856_759_83),
        (2, GroundCost::Euclidean, 0.239_475_123_971_560_23),
        (3, GroundCost::SquaredEuclidean, 0.107_553_653_439_363_49),
        (3, GroundCost::Euclidean, 0.304_653_560_013_163_2),
    ];
    for (dim, ground, optimum) in recorded {
        let (x, y) = (sequence(500, &[2.0, 3.0, 5.0][..dim], 1), sequence(500, &[7.0, 11.0, 13.0][..dim], 2));
        let found = solve(&x, &y, ground, 1).certificate.primal;
        assert!((found - optimum).abs() < 1e-13, "{found} and {optimum}");
    }
}

#[test]
fn memory_is_asked_for_points_and_not_for_pairs() {
    // A matrix of 4,000 x 4,000 would take 122 MiB.
    let (x, y) = pair("uniform", 0, 4000, 2);
    let (source, target) = (Measure::counted(x).unwrap(), Measure::counted(y).unwrap());
    let within = |bytes: u64| {
        let ctx = context(0, 1).with_memory(Some(bytes));
        transport(&ctx, &source, &target, GroundCost::SquaredEuclidean)
    };
    assert!(within(4 << 20).is_ok());
    let error = within(1 << 20).unwrap_err().to_string();
    assert!(error.contains("without a matrix") && error.contains("MiB"), "{error}");
}

#[test]
fn matrices_of_hard_sets_are_assigned_as_the_simplex_would() {
    let n = 400;
    for (seed, dim) in [(0, 2), (1, 3), (2, 10)] {
        for set in SETS {
            let (x, y) = pair(set, seed, n, dim);
            for ground in GROUNDS {
                let cost = ground.matrix(&x, &y).unwrap();
                let found = assign(&cost).unwrap();
                let mut taken = vec![false; n];
                found.target.iter().for_each(|j| assert!(!std::mem::replace(&mut taken[*j], true)));
                let (u, v) = (&found.source_potential, &found.target_potential);
                let slack = (0..n).flat_map(|i| cost.row(i).iter().zip(v).map(move |(c, v)| c - u[i] - v));
                assert!(slack.fold(f64::INFINITY, f64::min) >= -1e-14 * cost.scale(), "{set}");
                let dual: f64 = u.iter().sum::<f64>() + v.iter().sum::<f64>();
                assert!((found.cost - dual).abs() <= 1e-14 * cost.scale() * n as f64, "{set}: {} {dual}", found.cost);
                // Unequal weights go to the network simplex, which shares no code with lists and bids.
                let mut nearly = vec![1.0; n];
                nearly[0] += f64::EPSILON;
                let simplex = transport_matrix(&context(0, 1), &nearly, &vec![1.0; n], &cost).unwrap().certificate;
                assert!((found.cost / n as f64 - simplex.primal).abs() <= 1e-12 * cost.scale(), "{set}");
            }
        }
    }
}
