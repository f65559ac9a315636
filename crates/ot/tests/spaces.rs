//! Transport between spaces, of a part of the mass, and barycentres, against sums written out and laws.

use thalweg_core::{Context, Points, Stream};
use thalweg_ot::gromov::{EntropicGromov, Gromov, QuadraticLoss, Scheme, Spaces};
use thalweg_ot::{Barycentre, Capped, CostMatrix, GroundCost, Sinkhorn};

fn cloud(seed: u64, purpose: &str, n: usize) -> Points {
    let mut stream = Stream::new(seed, purpose, 0);
    Points::new(2, (0..2 * n).map(|_| stream.normal()).collect()).unwrap()
}

fn weights(seed: u64, purpose: &str, n: usize) -> Vec<f64> {
    let mut stream = Stream::new(seed, purpose, 1);
    let draws: Vec<f64> = (0..n).map(|_| stream.uniform() + 0.1).collect();
    let mass: f64 = draws.iter().sum();
    draws.iter().map(|w| w / mass).collect()
}

fn relations(seed: u64, purpose: &str, n: usize, skew: f64) -> CostMatrix {
    let points = cloud(seed, purpose, n);
    let distances = GroundCost::Euclidean.matrix(&points, &points).unwrap();
    let tilted = distances.values().iter().enumerate().map(|(k, v)| v * (1.0 + skew * (k % n) as f64));
    CostMatrix::new(n, n, tilted.collect()).unwrap()
}

#[test]
fn the_objective_is_the_sum_over_all_quadruples_and_never_rises() {
    let ctx = Context::new(0, 2).unwrap();
    let (n, m) = (5, 6);
    for seed in 0..3 {
        for (loss, skew) in
            [(QuadraticLoss::Square, 0.0), (QuadraticLoss::Square, 0.2), (QuadraticLoss::KullbackLeibler, 0.2)]
        {
            let (p, q) = (weights(seed, "p", n), weights(seed, "q", m));
            let (first, second) = (relations(seed, "first", n, skew), relations(seed, "second", m, 0.0));
            let spaces = Spaces { p: &p, q: &q, first: &first, second: &second, between: None, alpha: 1.0 };
            let solver = Gromov { loss, relative: 1e-9, absolute: 1e-9, max_iterations: 1000 };
            let found = solver.solve(&ctx, &spaces, None).unwrap();
            assert!(found.report.converged());
            assert!(found.course.windows(2).all(|w| w[1] <= w[0] + 1e-12));
            let compare = |a: f64, b: f64| match loss {
                QuadraticLoss::Square => (a - b) * (a - b),
                QuadraticLoss::KullbackLeibler => a * (a + 1e-18).ln() - a - a * (b + 1e-18).ln() + b,
            };
            let mut value = 0.0;
            for (i, j, k, l) in (0..n * m * n * m).map(|e| (e % n, e / n % m, e / n / m % n, e / n / m / n)) {
                value += compare(first.at(i, k), second.at(j, l)) * found.plan[i * m + j] * found.plan[k * m + l];
            }
            assert!((value - found.value).abs() < 1e-11 * value.abs().max(1.0), "{value} and not {}", found.value);
            for (i, p) in p.iter().enumerate() {
                assert!((found.plan[i * m..(i + 1) * m].iter().sum::<f64>() - p).abs() < 1e-12);
            }
        }
    }
}

#[test]
fn one_and_two_threads_give_the_same_bytes() {
    let n = 300;
    let (p, q) = (weights(0, "p", n), weights(0, "q", n));
    let (first, second) = (relations(0, "first", n, 0.0), relations(0, "second", n, 0.0));
    let between = GroundCost::SquaredEuclidean.matrix(&cloud(0, "first", n), &cloud(0, "second", n)).unwrap();
    let spaces = Spaces { p: &p, q: &q, first: &first, second: &second, between: Some(&between), alpha: 0.5 };
    let exact = Gromov { loss: QuadraticLoss::Square, relative: 1e-9, absolute: 1e-9, max_iterations: 5 };
    let entropic = EntropicGromov {
        loss: QuadraticLoss::Square,
        scheme: Scheme::ProjectedGradient,
        inner: Sinkhorn::balanced(0.1),
        tolerance: 1e-9,
        max_iterations: 3,
    };
    let solve = |threads: usize| {
        let ctx = Context::new(0, threads).unwrap();
        (exact.solve(&ctx, &spaces, None).unwrap(), entropic.solve(&ctx, &spaces, None).unwrap())
    };
    let (one, two) = (solve(1), solve(2));
    assert!(one.0.plan == two.0.plan && one.0.course == two.0.course && one.0.potentials == two.0.potentials);
    assert!(one.1.plan == two.1.plan && one.1.course == two.1.course);
    // The plan that nothing is known of has the image that its products give.
    let product: Vec<f64> = p.iter().flat_map(|p| q.iter().map(move |q| p * q)).collect();
    let given = exact.solve(&Context::new(0, 2).unwrap(), &spaces, Some(&product)).unwrap();
    assert!(given.course.iter().zip(&one.0.course).all(|(a, b)| (a - b).abs() < 1e-12 * b.abs()));
}

#[test]
fn a_capped_plan_meets_its_optimality_conditions() {
    let ctx = Context::new(0, 2).unwrap();
    let (n, m, epsilon, mass) = (5, 7, 0.3, 0.6);
    for seed in 0..3 {
        let (a, b) = (weights(seed, "p", n), weights(seed, "q", m));
        let cost = GroundCost::SquaredEuclidean.matrix(&cloud(seed, "first", n), &cloud(seed, "second", m)).unwrap();
        let solver = Capped { epsilon, mass, tolerance: 1e-12, max_iterations: 100_000 };
        let (plan, report) = solver.solve(&ctx, &a, &b, &cost).unwrap();
        assert!(report.converged());
        assert!((plan.iter().sum::<f64>() - mass).abs() < 1e-10);
        let rows: Vec<f64> = plan.chunks(m).map(|row| row.iter().sum()).collect();
        assert!(rows.iter().zip(&a).all(|(r, a)| *r <= a + 1e-10));
        // Where neither side is full, all entries of exp(-C / epsilon) are scaled alike; a full side only shrinks them.
        let scale = |i: usize, j: usize| plan[i * m + j].ln() + cost.at(i, j) / epsilon;
        let most = (0..n * m).map(|e| scale(e / m, e % m)).fold(f64::NEG_INFINITY, f64::max);
        let open = |i: usize| rows[i] < a[i] - 1e-9;
        for j in 0..m {
            let column: f64 = (0..n).map(|i| plan[i * m + j]).sum();
            assert!(column <= b[j] + 1e-10);
            for i in (0..n).filter(|i| open(*i) && column < b[j] - 1e-9) {
                assert!((scale(i, j) - most).abs() < 1e-8);
            }
        }
    }
}

#[test]
fn the_barycentre_of_one_histogram_is_that_histogram_blurred_to_itself() {
    let ctx = Context::new(0, 1).unwrap();
    let n = 6;
    let a = weights(0, "p", n);
    let bins = (0..n * n).map(|e| ((e / n) as f64 - (e % n) as f64).powi(2)).collect();
    let cost = CostMatrix::new(n, n, bins).unwrap();
    let solver = Barycentre { epsilon: 0.01, tolerance: 1e-12, max_iterations: 1000 };
    let (found, report) = solver.solve(&ctx, &[&a, &a], &[0.4, 0.6], &cost).unwrap();
    assert!(report.converged());
    assert!(found.iter().zip(&a).all(|(b, a)| (b - a).abs() < 1e-12));
    assert!(solver.solve(&ctx, &[], &[], &cost).is_err());
}
