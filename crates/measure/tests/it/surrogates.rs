//! Surrogates: what they keep, and what their tests decide.

use crate::data::{ctx, logistic, noise};
use thalweg_core::Context;
use thalweg_measure::{Statistic, Surrogate, SurrogateTest, power_spectrum, surrogate, surrogate_test};

fn sorted(x: &[f64]) -> Vec<f64> {
    let mut values = x.to_vec();
    values.sort_by(f64::total_cmp);
    values
}

/// A linear Gaussian process.
fn autoregression(n: usize, seed: u64) -> Vec<f64> {
    let mut state = 0.0;
    let step = |e: f64| {
        state = 0.7 * state + e;
        state
    };
    noise(n + 100, seed).into_iter().map(step).skip(100).collect()
}

#[test]
fn surrogates_keep_what_they_promise() {
    for n in [512, 501] {
        let x: Vec<f64> = autoregression(n, 0).iter().map(|v| v.exp()).collect();
        let power = power_spectrum(&x, 1.0).unwrap().density;
        let apart = |kind| {
            let y = surrogate(&x, kind, 3, 1).unwrap();
            assert_ne!(x, y);
            let other = power_spectrum(&y, 1.0).unwrap().density;
            let total: f64 = power.iter().sum();
            (sorted(&y) == sorted(&x), power.iter().zip(&other).map(|(a, b)| (a - b).abs()).sum::<f64>() / total)
        };
        let phases = apart(Surrogate::Phases);
        assert!(!phases.0 && phases.1 < 1e-9, "{phases:?}");
        let (shuffled, aaft, iaaft) = (apart(Surrogate::Shuffled), apart(Surrogate::Aaft), apart(Surrogate::Iaaft));
        assert!(shuffled.0 && aaft.0 && iaaft.0);
        // Each nearer to the spectrum than the one before.
        assert!(iaaft.1 < 0.5 * aaft.1 && aaft.1 < shuffled.1, "{iaaft:?} {aaft:?} {shuffled:?}");
    }
    let x = autoregression(100, 0);
    assert_eq!(surrogate(&x, Surrogate::Iaaft, 3, 1).unwrap(), surrogate(&x, Surrogate::Iaaft, 3, 1).unwrap());
    assert_ne!(surrogate(&x, Surrogate::Iaaft, 3, 1).unwrap(), surrogate(&x, Surrogate::Iaaft, 3, 2).unwrap());
}

/// A series beyond all of its surrogates has the least rank there is: 1 of 20, and both sides count.
#[test]
fn so_few_surrogates_cannot_reject_and_the_least_p_says_so() {
    let x = logistic(500, 0);
    let test = |statistic| SurrogateTest { statistic, count: 19, ..SurrogateTest::default() };
    assert_eq!(test(Statistic::Prediction).least_p(), 0.05);
    assert_eq!(surrogate_test(&x, &test(Statistic::Prediction), &ctx()).unwrap().p, 0.05);
    let both = test(Statistic::TimeReversal);
    assert_eq!((both.least_p(), surrogate_test(&x, &both, &ctx()).unwrap().p), (0.1, 0.1));
    let series =
        thalweg_measure::Series::new(thalweg_core::Points::new(1, x).unwrap(), vec!["x".into()], 1.0, None).unwrap();
    let settings = serde_json::json!({"count": 19});
    let found = thalweg_measure::quantity("surrogates").unwrap().measure(&series, settings, &ctx()).unwrap();
    let told = found.figures.iter().find(|f| f.name == "least p-value that 19 surrogates can give");
    assert_eq!(told.map(|f| f.value), Some(0.1), "{found:?}");
}

#[test]
fn linear_series_are_rejected_as_often_as_the_level_says() {
    let settings = SurrogateTest { surrogate: Surrogate::Phases, count: 19, ..SurrogateTest::default() };
    let rejected = (0..60).filter(|&seed| {
        let ctx = Context::new(seed, 1).unwrap();
        surrogate_test(&autoregression(256, seed), &settings, &ctx).unwrap().p <= 0.1
    });
    // Two-sided at 0.1: 6 of 60 expected, and more than 15 with probability 0.0003.
    let count = rejected.count();
    assert!((1..=15).contains(&count), "{count} of 60");
}

#[test]
fn a_chaotic_map_is_told_from_its_surrogates() {
    for seed in 0..3 {
        let ctx = Context::new(seed, 2).unwrap();
        let x = logistic(500, seed);
        for statistic in [Statistic::Prediction, Statistic::TimeReversal] {
            let settings = SurrogateTest { statistic, count: 39, ..SurrogateTest::default() };
            let found = surrogate_test(&x, &settings, &ctx).unwrap();
            let least = if statistic == Statistic::Prediction { 1.0 } else { 2.0 } / 40.0;
            assert!((found.p - least).abs() < 1e-12, "{statistic:?} {found:?}");
        }
    }
    assert!(
        surrogate_test(&[1.0; 100], &SurrogateTest::default(), &ctx()).unwrap_err().to_string().contains("constant")
    );
}
