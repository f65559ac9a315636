//! The affine algebra: derivatives by finite differences, conversions that invert each other.

use proptest::prelude::*;
use thalweg_path::{AffinePath, Gamma, Path, Prediction, Schedule};

fn schedules() -> impl Strategy<Value = Schedule> {
    prop_oneof![
        (0.0..0.5).prop_map(|sigma_min| Schedule::Linear { sigma_min }),
        Just(Schedule::Trigonometric {}),
        (0.05..1.0, 1.0..20.0).prop_map(|(b0, b1)| Schedule::VariancePreserving { b0, b1 }),
        (0.01..0.1, 1.0..50.0).prop_map(|(sigma_min, sigma_max)| Schedule::VarianceExploding { sigma_min, sigma_max }),
        Just(Schedule::EncodingDecoding {}),
        Just(Schedule::Mirror {}),
    ]
}

fn gammas() -> impl Strategy<Value = Gamma> {
    prop_oneof![
        Just(Gamma::Zero),
        (0.1..3.5).prop_map(|a| Gamma::Bridge { a }),
        Just(Gamma::Parabola),
        (0.01..0.9).prop_map(|sigma| Gamma::Constant { sigma }),
    ]
}

/// Away from the ends and from the corner of encoding-decoding, so that a central difference is defined.
fn times() -> impl Strategy<Value = f64> {
    prop_oneof![0.02..0.48, 0.52..0.98]
}

proptest! {
    #[test]
    fn derivatives_match_central_differences(schedule in schedules(), gamma in gammas(), t in times()) {
        let path = AffinePath { schedule, gamma };
        let h = 1e-6;
        let (before, here, after) = (path.at(t - h), path.at(t), path.at(t + h));
        let pairs = [
            (here.d_alpha, after.alpha - before.alpha, "alpha"),
            (here.d_beta, after.beta - before.beta, "beta"),
            (here.d_gamma, after.gamma - before.gamma, "gamma"),
            (2.0 * here.beta_d_beta, after.beta.powi(2) - before.beta.powi(2), "beta squared"),
            (2.0 * here.gamma_d_gamma, after.gamma.powi(2) - before.gamma.powi(2), "gamma squared"),
        ];
        for (exact, difference, what) in pairs {
            let numeric = difference / (2.0 * h);
            // Roundoff of the difference is 1e-16 / h times the size of the coefficient squared.
            let size = 1.0 + exact.abs() + before.beta.powi(2);
            prop_assert!((exact - numeric).abs() < 1e-6 * size, "{what}: {exact} against {numeric}");
        }
    }

    #[test]
    fn conversions_agree_with_the_draws_they_came_from(
        schedule in schedules(), t in times(), data in -3.0..3.0_f64, noise in -3.0..3.0_f64,
    ) {
        // With one datum, D is the datum and E the noise, so that all four predictions are known.
        let c = AffinePath::new(schedule).at(t);
        prop_assume!(c.alpha > 1e-3 && c.beta > 1e-3);
        let x = c.alpha * data + c.beta * noise;
        let known = [
            (Prediction::Velocity, c.d_alpha * data + c.d_beta * noise),
            (Prediction::Score, -noise / c.beta),
            (Prediction::Denoiser, data),
            (Prediction::Noise, noise),
        ];
        let amplification = 1.0 / (c.alpha.min(1.0) * c.beta.min(1.0));
        for (from, given) in known {
            for (to, wanted) in known {
                let got = c.convert(from, to).unwrap().apply(x, given);
                let scale = (1.0 + wanted.abs() + x.abs() + given.abs()) * amplification * (1.0 + c.d_alpha.abs() + c.d_beta.abs());
                prop_assert!((got - wanted).abs() < 1e-11 * scale * amplification, "{from:?} to {to:?}: {got}, not {wanted}");
            }
        }
    }

    #[test]
    fn configurations_survive_json(schedule in schedules(), gamma in gammas()) {
        let path = AffinePath { schedule, gamma };
        let text = serde_json::to_string(&path).unwrap();
        prop_assert_eq!(serde_json::from_str::<AffinePath>(&text).unwrap(), path);
    }
}

#[test]
fn ends_meet_source_and_target() {
    let exact = [Schedule::Linear { sigma_min: 0.0 }, Schedule::Trigonometric {}, Schedule::EncodingDecoding {}];
    for schedule in exact {
        for gamma in [Gamma::Zero, Gamma::Bridge { a: 1.0 }, Gamma::Parabola, Gamma::SineSquared] {
            let path = AffinePath { schedule, gamma };
            let (start, end) = (path.at(0.0), path.at(1.0));
            assert!((start.beta - 1.0).abs() + start.alpha.abs() + start.gamma.abs() < 1e-12, "{path:?} {start:?}");
            assert!((end.alpha - 1.0).abs() + end.beta.abs() + end.gamma.abs() < 1e-12, "{path:?} {end:?}");
            assert!(start.gamma_d_gamma.is_finite() && end.gamma_d_gamma.is_finite());
        }
    }
    let vp = AffinePath::new(Schedule::VariancePreserving { b0: 0.1, b1: 20.0 });
    assert_eq!(vp.at(1.0).beta, 0.0);
    // Closed form: alpha(0) = exp(-(20 - 0.1)/4 - 0.1/2).
    assert!((vp.at(0.0).alpha - (-5.025_f64).exp()).abs() < 1e-15);
    assert!((vp.at(1.0).beta_d_beta + 0.05).abs() < 1e-15);
    let ve = AffinePath::new(Schedule::VarianceExploding { sigma_min: 0.01, sigma_max: 10.0 });
    assert!((ve.at(0.0).beta.powi(2) - (100.0 - 1e-4)).abs() < 1e-9);
    assert_eq!(ve.at(1.0).beta, 0.0);
}

#[test]
fn meaningless_paths_are_refused_with_the_value() {
    let refused = |schedule, gamma| AffinePath { schedule, gamma }.validate().unwrap_err().to_string();
    assert!(refused(Schedule::Linear { sigma_min: 1.5 }, Gamma::Zero).contains("1.5"));
    assert!(refused(Schedule::Linear { sigma_min: f64::NAN }, Gamma::Zero).contains("NaN"));
    assert!(refused(Schedule::VariancePreserving { b0: 2.0, b1: 1.0 }, Gamma::Zero).contains("2 and 1"));
    assert!(refused(Schedule::VarianceExploding { sigma_min: 0.0, sigma_max: 1.0 }, Gamma::Zero).contains("0 and 1"));
    assert!(refused(Schedule::default(), Gamma::Bridge { a: -1.0 }).contains("-1"));
    assert!(refused(Schedule::Trigonometric {}, Gamma::SineSquared).contains("below 1"));
    assert!(refused(Schedule::EncodingDecoding {}, Gamma::Zero).contains("one point"));
    let unknown = serde_json::from_str::<AffinePath>(r#"{"schedule": {"kind": "linear", "sigma": 1}}"#);
    assert!(unknown.is_err());
    assert!(serde_json::from_str::<AffinePath>(r#"{"schedule": {"kind": "mirror", "x": 1}}"#).is_err());
}

#[test]
fn singular_conversions_are_refused_and_safe_ones_are_not() {
    let path = AffinePath::linear();
    let (start, end) = (path.at(0.0), path.at(1.0));
    assert!(end.convert(Prediction::Velocity, Prediction::Score).is_err());
    assert!(start.convert(Prediction::Noise, Prediction::Denoiser).is_err());
    // v = x1 - x0, and x is one of the two at each end.
    assert_eq!(end.convert(Prediction::Velocity, Prediction::Noise).unwrap().apply(5.0, 3.0), 2.0);
    assert_eq!(start.convert(Prediction::Velocity, Prediction::Denoiser).unwrap().apply(5.0, 3.0), 8.0);
    let noisy = AffinePath::linear().with_gamma(Gamma::Parabola).at(0.5);
    assert!(noisy.convert(Prediction::Velocity, Prediction::Score).is_err());
}
