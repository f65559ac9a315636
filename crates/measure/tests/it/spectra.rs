//! Spectra, correlations, and embedding.

use crate::data::{column, ctx, henon, logistic, lorenz, noise, rows};
use std::f64::consts::TAU;
use thalweg_measure::{
    DelayRule, autocorrelation, cao, delay, embed, embedding_dimension, false_neighbours, mean_period,
    mutual_information, power_spectrum, spectral_distance,
};

#[test]
fn power_sums_to_the_variance_and_peaks_where_the_wave_is() {
    for n in [1000, 1024, 777] {
        let x: Vec<f64> = (0..n).map(|k| 3.0 + 2.0 * (TAU * 0.5 * k as f64 * 0.1).sin()).collect();
        let found = power_spectrum(&x, 0.1).unwrap();
        let step = found.frequencies[1];
        let middle = x.iter().sum::<f64>() / n as f64;
        let variance = x.iter().map(|v| (v - middle).powi(2)).sum::<f64>() / n as f64;
        assert!((found.density.iter().sum::<f64>() * step - variance).abs() < 1e-9);
        assert!((found.peak() - 0.5).abs() <= 0.6 * step, "{}", found.peak());
        assert!(mean_period(&x).unwrap().abs_diff(20) <= 1);
    }
}

#[test]
fn spectra_that_do_not_meet_are_one_apart() {
    let wave = |turns: f64| rows(&(0..4096).map(|k| (TAU * turns * k as f64 / 4096.0).sin()).collect::<Vec<_>>());
    assert!(spectral_distance(&wave(205.0), &wave(205.0), 20.0).unwrap() < 1e-7);
    assert!(spectral_distance(&wave(205.0), &wave(1434.0), 20.0).unwrap() > 0.9999);
    assert_eq!(spectral_distance(&wave(205.0), &rows(&[1.0; 4096]), 20.0).unwrap(), 1.0);
    // Two Gaussians of width s, a apart: sqrt(1 - exp(-a^2 / (8 s^2))). Peaks of one frequency are smoothed to Gaussians.
    let apart = 30.0;
    let found = spectral_distance(&wave(500.0), &wave(500.0 + apart), 20.0).unwrap();
    let truth = (1.0 - (-apart * apart / (8.0 * 400.0)).exp()).sqrt();
    assert!((found - truth).abs() < 1e-3, "{found} and {truth}");
}

#[test]
fn an_autoregression_forgets_as_its_coefficient_says() {
    for seed in 0..3 {
        let mut state = 0.0;
        let x: Vec<f64> = noise(100_000, seed)
            .into_iter()
            .map(|e| {
                state = 0.9 * state + e;
                state
            })
            .collect();
        let found = autocorrelation(&x, 20).unwrap();
        for (lag, value) in found.iter().enumerate() {
            assert!((value - 0.9_f64.powi(lag as i32)).abs() < 0.03, "{found:?}");
        }
        // 0.9^k < 1/e first at 10.
        assert!(delay(&x, DelayRule::Autocorrelation, 50).unwrap().abs_diff(10) <= 1);
        // Gaussian: -1/2 ln(1 - rho^2), of which 16 bins see most.
        let shared = mutual_information(&x, 8, 16).unwrap();
        for lag in [2, 4, 8] {
            let truth = -0.5 * (1.0 - 0.81_f64.powi(lag)).ln();
            assert!((shared[lag as usize] - truth).abs() < 0.05 * truth + 0.01, "{lag}: {shared:?} {truth}");
        }
    }
}

#[test]
fn a_wave_is_embedded_by_a_quarter_of_its_period() {
    let x: Vec<f64> = noise(5000, 0).iter().enumerate().map(|(k, e)| (TAU * k as f64 / 97.3).sin() + 0.2 * e).collect();
    let lag = delay(&x, DelayRule::MutualInformation, 60).unwrap();
    assert!((20..=29).contains(&lag), "{lag}");
    assert_eq!(embed(&[1.0, 2.0, 3.0, 4.0, 5.0], 2, 3).unwrap().values(), [1.0, 4.0, 2.0, 5.0]);
    assert!(embed(&[1.0, 2.0], 2, 3).unwrap_err().to_string().contains("2 points"));
}

#[test]
fn the_dimension_of_an_embedding_is_found() {
    let x = column(&henon(3000, 0), 0);
    assert_eq!(embedding_dimension(&x, 1, 6, 5, 0.01, &ctx()).unwrap(), 2);
    let found = cao(&x, 1, 5, 5, &ctx()).unwrap();
    assert!(found.e1[0] < 0.5 && found.e1[2..].iter().all(|e| *e > 0.9), "{found:?}");
    let x = column(&lorenz(5000, 0.03, 0), 0);
    let lag = delay(&x, DelayRule::MutualInformation, 50).unwrap();
    // Published for x of Lorenz: 0.16 to 0.18 of time.
    assert!((4..=7).contains(&lag), "{lag}");
    assert_eq!(embedding_dimension(&x, lag, 6, 30, 0.01, &ctx()).unwrap(), 3);
    // Noise never has few enough false neighbours, and Cao's second measure near 1.
    let white = noise(3000, 0);
    assert!(false_neighbours(&white, 1, 5, 5, &ctx()).unwrap().iter().all(|share| *share > 0.01));
    assert!(cao(&white, 1, 4, 5, &ctx()).unwrap().e2.iter().all(|e| (e - 1.0).abs() < 0.1));
    assert!(cao(&logistic(3000, 0), 1, 4, 5, &ctx()).unwrap().e2.iter().any(|e| (e - 1.0).abs() > 0.3));
}
