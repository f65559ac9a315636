//! Stochastic ascent against the potentials of the scaling solver.

use thalweg_core::{Context, Stream};
use thalweg_ot::{Averaging, CostMatrix, Sinkhorn, semi_dual};

#[test]
fn both_ascents_approach_the_potential() {
    let ctx = Context::new(0, 1).unwrap();
    let (n, m, epsilon) = (6, 4, 0.5);
    let mut stream = Stream::new(0, "stochastic tests", 0);
    let mut drawn = |k: usize| (0..k).map(|_| stream.uniform()).collect::<Vec<f64>>();
    let cost = CostMatrix::new(n, m, drawn(n * m)).unwrap();
    let (a, b) = (vec![1.0 / n as f64; n], vec![0.25; m]);
    let truth = Sinkhorn { tolerance: 1e-12, ..Sinkhorn::balanced(epsilon) }
        .solve_matrix_with(&ctx, &a, &b, &cost, None)
        .unwrap()
        .potentials
        .target;
    let draws: Vec<usize> = drawn(40_000).iter().map(|u| ((u * n as f64) as usize).min(n - 1)).collect();
    // Potentials are free by a constant.
    let centred = |v: &[f64]| v.iter().map(|x| x - v.iter().sum::<f64>() / m as f64).collect::<Vec<_>>();
    for (ascent, rate, tolerance) in [(Averaging::Gradients, 3.0, 1e-6), (Averaging::Iterates, 3.0, 0.02)] {
        let found = semi_dual(&ctx, &a, &b, &cost, epsilon, rate, ascent, &draws).unwrap();
        let worst = centred(&found).iter().zip(centred(&truth)).map(|(x, y)| (x - y).abs()).fold(0.0, f64::max);
        assert!(worst < tolerance, "{ascent:?}: {worst}");
    }
    let refused = semi_dual(&ctx, &a, &b, &cost, epsilon, 1.0, Averaging::Gradients, &[n]);
    assert!(refused.is_err());
}
