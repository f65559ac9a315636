//! Chains: the figures of a biased ring in closed form, and inequalities on random chains.

use thalweg_core::Stream;
use thalweg_measure::Chain;

/// A ring on which a step goes ahead with probability `p` and back with `q`.
fn ring(n: usize, p: f64, q: f64) -> Chain {
    let mut rows = vec![0.0; n * n];
    for i in 0..n {
        rows[i * n + i] += 1.0 - p - q;
        rows[i * n + (i + 1) % n] += p;
        rows[i * n + (i + n - 1) % n] += q;
    }
    Chain::new(n, rows).unwrap()
}

fn random(n: usize, stream: &mut Stream) -> Chain {
    let rows = (0..n).flat_map(|_| law(n, stream)).collect();
    Chain::new(n, rows).unwrap()
}

fn law(n: usize, stream: &mut Stream) -> Vec<f64> {
    let raw: Vec<f64> = (0..n).map(|_| 0.02 + stream.uniform()).collect();
    let sum: f64 = raw.iter().sum();
    raw.iter().map(|v| v / sum).collect()
}

#[test]
fn a_biased_ring_produces_entropy_as_its_bias_says() {
    // (p - q) ln(p / q) a step, whatever the length of the ring.
    for n in [3, 8] {
        let chain = ring(n, 0.6, 0.2);
        assert!((chain.entropy_production().unwrap() - 0.4 * 3_f64.ln()).abs() < 1e-12);
        let uniform = vec![1.0 / n as f64; n];
        assert!((chain.path_divergence(&uniform, 5).unwrap() - 2.0 * 3_f64.ln()).abs() < 1e-12);
        assert!(chain.stationary().unwrap().iter().all(|p| (p * n as f64 - 1.0).abs() < 1e-12));
    }
    assert!(ring(5, 0.3, 0.3).entropy_production().unwrap().abs() < 1e-15);
    assert_eq!(ring(4, 0.6, 0.0).entropy_production().unwrap(), f64::INFINITY);
}

#[test]
fn alternating_kernels_have_an_arrow_and_their_mixture_has_none() {
    // Kernels 0.9 (mix two states with 0.4) + 0.1 uniform: each is symmetric, one after the other is not.
    let kernel = |a: usize, b: usize| {
        let mut rows = vec![0.0; 9];
        for i in 0..3 {
            let stay = if i == a || i == b { 0.6 } else { 1.0 };
            for j in 0..3 {
                let mix = if i == j {
                    stay
                } else if (i == a && j == b) || (i == b && j == a) {
                    0.4
                } else {
                    0.0
                };
                rows[i * 3 + j] = 0.9 * mix + 0.1 / 3.0;
            }
        }
        Chain::new(3, rows).unwrap()
    };
    let (first, second) = (kernel(0, 1), kernel(1, 2));
    let both = second.then(&first).unwrap().entropy_production().unwrap();
    assert!((both - 0.083_317_8).abs() < 1e-7, "{both}");
    let mean = first.rows().iter().zip(second.rows()).map(|(a, b)| 0.5 * (a + b)).collect();
    assert!(Chain::new(3, mean).unwrap().entropy_production().unwrap().abs() < 1e-15);
}

#[test]
fn lumping_hides_time_and_never_adds_to_it() {
    let mut stream = Stream::new(0, "test/lump", 0);
    for _ in 0..200 {
        let (chain, start) = (random(5, &mut stream), law(5, &mut stream));
        let full = chain.path_divergence(&start, 3).unwrap();
        let blocks: Vec<usize> = (0..5).map(|_| stream.below(3)).collect();
        let lumped = chain.lumped_path_divergence(&start, &blocks, 3).unwrap();
        assert!(lumped <= full + 1e-12, "{lumped} above {full}");
        // A block a state hides nothing: the sum over words is the sum over paths.
        let all = chain.lumped_path_divergence(&start, &[0, 1, 2, 3, 4], 3).unwrap();
        assert!((all - full).abs() < 1e-12, "{all} and {full}");
    }
}

#[test]
fn the_reversed_chain_has_the_same_law_and_the_same_production() {
    let mut stream = Stream::new(1, "test/reverse", 0);
    for _ in 0..50 {
        let chain = random(6, &mut stream);
        let back = chain.reversed().unwrap();
        let (a, b) = (chain.stationary().unwrap(), back.stationary().unwrap());
        assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-14));
        assert!(chain.step(&a).iter().zip(&a).all(|(x, y)| (x - y).abs() < 1e-15));
        let (forward, backward) = (chain.entropy_production().unwrap(), back.entropy_production().unwrap());
        assert!((forward - backward).abs() < 1e-13);
    }
}

#[test]
fn a_projection_has_no_defect_and_a_swap_has_all() {
    let lens = Chain::new(
        4,
        [[0.3, 0.7, 0.0, 0.0], [0.3, 0.7, 0.0, 0.0], [0.0, 0.0, 0.5, 0.5], [0.0, 0.0, 0.5, 0.5]].concat(),
    );
    assert!(lens.unwrap().idempotence_defect() < 1e-15);
    assert_eq!(ring(2, 1.0, 0.0).idempotence_defect(), 1.0);
    let chain = ring(7, 0.5, 0.2);
    let repeated = chain.then(&chain).unwrap().then(&chain).unwrap();
    assert!(chain.power(3).rows().iter().zip(repeated.rows()).all(|(a, b)| (a - b).abs() < 1e-15));
}

#[test]
fn states_that_are_left_have_no_mass_and_two_ends_are_refused() {
    let absorbed = Chain::new(3, vec![0.5, 0.5, 0.0, 0.0, 0.2, 0.8, 0.0, 0.6, 0.4]).unwrap().stationary().unwrap();
    assert!(absorbed[0] == 0.0 && (absorbed[1] - 3.0 / 7.0).abs() < 1e-15, "{absorbed:?}");
    let split = Chain::new(3, vec![1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.5, 0.5, 0.0]).unwrap();
    assert!(split.stationary().unwrap_err().to_string().contains("more than one stationary law"));
    assert!(Chain::new(2, vec![0.5, 0.4, 0.0, 1.0]).unwrap_err().to_string().contains("0.9"));
}
