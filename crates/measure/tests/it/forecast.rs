//! Scores of forecasts by hand.

use crate::data::rows;
use thalweg_core::Points;
use thalweg_measure::{drift, mase, smape, valid_time};

#[test]
fn a_forecast_is_valid_until_its_error_passes_the_threshold() {
    let truth = rows(&[1.0, -1.0, 1.0, -1.0]);
    let forecast = rows(&[1.1, -1.3, 1.5, f64::NAN]);
    // The standard deviation is 1; errors are 0.1, 0.3, 0.5.
    assert_eq!(valid_time(&truth, &forecast, 0.5, 0.4, None).unwrap(), 1.0);
    assert_eq!(valid_time(&truth, &forecast, 0.5, 0.4, Some(&[2.0])).unwrap(), 1.5);
    assert_eq!(valid_time(&truth, &forecast, 0.5, 1.0, None).unwrap(), 1.5);
    assert_eq!(valid_time(&truth, &truth, 0.5, 0.1, None).unwrap(), 2.0);
    // Two columns: the root of the mean of squares.
    let truth = Points::new(2, vec![1.0, 0.0, -1.0, 4.0]).unwrap();
    let forecast = Points::new(2, vec![1.0, 0.0, -1.0, 5.2]).unwrap();
    // 1.2 / 2 = 0.6 in one of two columns: 0.6 / sqrt 2 = 0.424.
    assert_eq!(valid_time(&truth, &forecast, 1.0, 0.424, None).unwrap(), 1.0);
    assert_eq!(valid_time(&truth, &forecast, 1.0, 0.425, None).unwrap(), 2.0);
    assert!(valid_time(&truth, &rows(&[1.0]), 1.0, 0.4, None).unwrap_err().to_string().contains("same shape"));
}

#[test]
fn percentages_and_scaled_errors_are_those_by_hand() {
    assert!((smape(&rows(&[1.0, 2.0]), &rows(&[3.0, 2.0])).unwrap() - 50.0).abs() < 1e-12);
    assert_eq!(smape(&rows(&[0.0, 1.0]), &rows(&[0.0, -1.0])).unwrap(), 100.0);
    // The naive error of 0, 2, 4, 6 is 2; that of the forecast 1.
    let history = rows(&[0.0, 2.0, 4.0, 6.0]);
    assert!((mase(&rows(&[8.0, 10.0]), &rows(&[7.0, 11.0]), &history, 1).unwrap() - 0.5).abs() < 1e-12);
    assert!((mase(&rows(&[8.0, 10.0]), &rows(&[7.0, 11.0]), &history, 2).unwrap() - 0.25).abs() < 1e-12);
    assert!(mase(&history, &history, &rows(&[1.0; 5]), 1).unwrap_err().to_string().contains("constant"));
}

#[test]
fn a_drift_is_its_slope_and_an_oscillation_has_none() {
    let found = drift(&[1.0, 1.5, 2.0], 0.5).unwrap();
    assert!(found.largest == 1.0 && found.relative == 0.5 && (found.rate - 1.0).abs() < 1e-12);
    let wave: Vec<f64> = (0..=1000).map(|k| 5.0 + (f64::from(k) * std::f64::consts::TAU / 10.0).cos()).collect();
    assert!(drift(&wave, 0.1).unwrap().rate.abs() < 1e-3);
}
