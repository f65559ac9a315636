//! Transport on the circle against the linear programme over the same distances, and its laws.

use thalweg_core::{Context, Stream};
use thalweg_ot::{CostMatrix, circle_power, transport_matrix};

fn numbers(seed: u64, n: usize) -> Vec<f64> {
    let mut stream = Stream::new(seed, "circle tests", 0);
    (0..n).map(|_| stream.uniform()).collect()
}

fn around(x: f64, y: f64) -> f64 {
    let apart = (x - y).rem_euclid(1.0);
    apart.min(1.0 - apart)
}

#[test]
fn the_cut_is_the_best_one() {
    let ctx = Context::new(0, 1).unwrap();
    for seed in 0..20 {
        let (n, m) = (1 + seed as usize % 7, 1 + seed as usize % 5);
        let (x, y) = (numbers(seed, n), numbers(100 + seed, m));
        let a: Vec<f64> = numbers(200 + seed, n).iter().map(|w| w + 0.1).collect();
        // Equal weights on one side let many ends meet.
        let b = if seed % 2 == 0 { vec![1.0; m] } else { numbers(300 + seed, m).iter().map(|w| w + 0.1).collect() };
        let (of_a, of_b): (f64, f64) = (a.iter().sum(), b.iter().sum());
        let scaled: Vec<f64> = b.iter().map(|w| w * of_a / of_b).collect();
        for p in [1.0, 2.0, 3.0] {
            let costs = x.iter().flat_map(|x| y.iter().map(move |y| around(*x, *y).powf(p))).collect();
            let truth = transport_matrix(&ctx, &a, &scaled, &CostMatrix::new(n, m, costs).unwrap()).unwrap();
            let found = circle_power(&x, &a, &y, &b, p).unwrap();
            assert!((found - truth.plan.cost()).abs() < 1e-12, "{seed} {p}: {found} {}", truth.plan.cost());
        }
    }
}

#[test]
fn a_rotation_of_both_sides_changes_nothing_and_whole_turns_do_not_count() {
    let (x, y, a) = (numbers(1, 9), numbers(2, 9), vec![1.0; 9]);
    let before = circle_power(&x, &a, &y, &a, 2.0).unwrap();
    let turned = |z: &[f64], by: f64| z.iter().map(|z| z + by).collect::<Vec<_>>();
    let after = circle_power(&turned(&x, 0.37), &a, &turned(&y, 0.37), &a, 2.0).unwrap();
    let wound = circle_power(&turned(&x, -3.0), &a, &turned(&y, 5.0), &a, 2.0).unwrap();
    assert!((after - before).abs() < 1e-12 && (wound - before).abs() < 1e-12);
    assert!(circle_power(&x, &a, &x, &a, 1.0).unwrap() < 1e-15);
}

#[test]
fn what_is_no_problem_is_refused() {
    let ones = [1.0];
    assert!(circle_power(&[f64::NAN], &ones, &[0.0], &ones, 2.0).is_err());
    assert!(circle_power(&[0.0], &[0.0], &[0.0], &ones, 2.0).is_err());
    assert!(circle_power(&[0.0], &ones, &[0.0], &ones, 0.5).is_err());
}
