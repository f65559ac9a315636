//! Entropies: closed forms, brute force, and what is known of noise.

use crate::data::{ctx, logistic, noise};
use thalweg_core::Points;
use thalweg_measure::{
    Series, histogram_entropy, most_permutation_entropy, multiscale_entropy, permutation_entropy, quantity, renyi,
    sample_entropy, shannon, tsallis,
};

#[test]
fn entropies_of_laws_have_their_closed_forms() {
    let half = [1.0, 1.0];
    assert!((shannon(&half).unwrap() - 2_f64.ln()).abs() < 1e-15);
    let p = [0.5, 0.25, 0.25];
    assert!((shannon(&p).unwrap() - 1.5 * 2_f64.ln()).abs() < 1e-15);
    assert!((renyi(&p, 2.0).unwrap() - (8.0_f64 / 3.0).ln()).abs() < 1e-15);
    assert!((renyi(&p, 0.0).unwrap() - 3_f64.ln()).abs() < 1e-15);
    assert!((renyi(&p, f64::INFINITY).unwrap() - 2_f64.ln()).abs() < 1e-15);
    assert!((tsallis(&p, 2.0).unwrap() - 0.625).abs() < 1e-15);
    // Both meet Shannon's at order 1, from either side.
    for q in [1.0 - 1e-6, 1.0, 1.0 + 1e-6] {
        assert!((renyi(&p, q).unwrap() - shannon(&p).unwrap()).abs() < 1e-6);
        assert!((tsallis(&p, q).unwrap() - shannon(&p).unwrap()).abs() < 1e-6);
    }
    assert_eq!(shannon(&[3.0, 0.0]).unwrap(), 0.0);
    assert!(shannon(&[0.0]).unwrap_err().to_string().contains("sum to 0"));
    assert!(renyi(&p, -1.0).unwrap_err().to_string().contains("-1"));
    assert!((histogram_entropy(&[0.0, 1.0, 2.0, 3.0], 2).unwrap() - 2_f64.ln()).abs() < 1e-15);
}

#[test]
fn permutation_entropy_is_that_of_bandt_and_pompe() {
    // Their example: 4, 7, 9, 10, 6, 11, 3 has four rises and two falls; in threes 2, 2 and 1 of 5.
    let x = [4.0, 7.0, 9.0, 10.0, 6.0, 11.0, 3.0];
    let bits = |h: f64| h / 2_f64.ln();
    assert!((bits(permutation_entropy(&x, 2, 1).unwrap()) - 0.918_295_834).abs() < 1e-9);
    assert!((bits(permutation_entropy(&x, 3, 1).unwrap()) - 1.521_928_095).abs() < 1e-9);
    let rise: Vec<f64> = (0..50).map(f64::from).collect();
    assert_eq!(permutation_entropy(&rise, 5, 2).unwrap(), 0.0);
    // The logistic map at 4 never falls twice: of the six orders of three, "3 2 1" is missing, and the others have the
    // shares of intervals of the invariant law between the fixed points 1/4, (5 - sqrt 5)/8, 3/4 and (5 + sqrt 5)/8.
    let share = |x: f64| 2.0 / std::f64::consts::PI * x.sqrt().asin();
    let root = 5_f64.sqrt();
    let ends = [0.0, 0.25, (5.0 - root) / 8.0, 0.75, (5.0 + root) / 8.0, 1.0].map(share);
    let truth = shannon(&ends.windows(2).map(|w| w[1] - w[0]).collect::<Vec<_>>()).unwrap();
    for seed in 0..3 {
        let found = permutation_entropy(&logistic(100_000, seed), 3, 1).unwrap();
        assert!((found - truth).abs() < 0.005, "{found} and {truth}");
        let white = permutation_entropy(&noise(100_000, seed), 4, 1).unwrap();
        assert!((white - most_permutation_entropy(4)).abs() < 0.001);
    }
}

fn by_force(x: &[f64], order: usize, r: f64) -> f64 {
    let n = x.len() - order;
    let (mut a, mut b) = (0.0, 0.0);
    for i in 0..n {
        for j in (0..n).filter(|j| *j != i) {
            if (0..order).all(|k| (x[i + k] - x[j + k]).abs() <= r) {
                b += 1.0;
                a += f64::from(u8::from((x[i + order] - x[j + order]).abs() <= r));
            }
        }
    }
    f64::ln(b / a)
}

#[test]
fn sample_entropy_is_that_of_counting_all_pairs() {
    for seed in 0..3 {
        let x = noise(400, seed);
        for (order, r) in [(1, 0.3), (2, 0.2), (3, 0.5)] {
            let found = sample_entropy(&x, order, r, &ctx()).unwrap();
            assert!((found - by_force(&x, order, r)).abs() < 1e-12);
        }
    }
    assert_eq!(sample_entropy(&[0.0; 100], 2, 0.1, &ctx()).unwrap(), 0.0);
}

#[test]
fn white_noise_loses_entropy_with_scale_as_its_closed_form_says() {
    // -ln P(|X - Y| <= 0.2) for the difference of two means of s normals: erf(0.2 sqrt(s) / 2).
    let truth = |s: f64| {
        // The integral of the density of a normal of variance 2 / s, by Simpson's rule.
        let f = |u: f64| (-u * u * s / 4.0).exp() * (s / (4.0 * std::f64::consts::PI)).sqrt();
        let h = 0.4 / 200.0;
        let weight = |k: i32| {
            if k == 0 || k == 200 {
                1.0
            } else if k % 2 == 1 {
                4.0
            } else {
                2.0
            }
        };
        -(0..=200).map(|k| weight(k) * f(-0.2 + h * f64::from(k))).sum::<f64>().ln() - (h / 3.0).ln()
    };
    for seed in 0..3 {
        let found = multiscale_entropy(&noise(10_000, seed), 5, 2, 0.2, &ctx()).unwrap();
        for (k, value) in found.iter().enumerate() {
            assert!((value - truth(k as f64 + 1.0)).abs() < 0.06, "{found:?}");
        }
    }
}

#[test]
fn what_says_nothing_is_refused() {
    let series = |x: &[f64]| Series::new(Points::new(1, x.to_vec()).unwrap(), vec!["x".into()], 1.0, None);
    let five = series(&[0.0, 1.0, 2.0, 3.0, 4.0]).unwrap();
    let refused = quantity("sample-entropy").unwrap().measure(&five, serde_json::Value::Null, &ctx()).unwrap_err();
    assert!(refused.message().contains("No two patterns"), "{}", refused.message());
    for size in [1e308, 1e-310] {
        let Err(error) = series(&[size, -0.3 * size, 0.0, 0.1 * size]) else { panic!("{size} was taken") };
        assert!(error.message().contains("1e60"), "{}", error.message());
    }
    assert!(series(&[0.0; 8]).is_ok() && series(&[1e-50, 1e50]).is_ok());
}
