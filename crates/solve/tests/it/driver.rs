//! The driver: threads, budgets, failures, bad input.

use crate::common::{ctx, normals, points};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use thalweg_core::{Budget, Class, Context, Points, Status, Trajectory};
use thalweg_solve::{FnField, Integrate, SaveAt, Scheme, integrate};

/// A pendulum with friction and growth: rows differ in what they cost.
fn pendulum() -> FnField<'static> {
    FnField::rows(2, |t, x, out| {
        out[0] = x[1];
        out[1] = -4.0 * x[0].sin() - 0.1 * x[1] + t.cos();
    })
    .with_growth(|_, x| x[0].tanh())
}

fn bytes(path: &Trajectory) -> Vec<u64> {
    let states = path.states.iter().flat_map(|s| s.values().iter());
    let weights = path.log_weights.iter().flatten();
    path.times.iter().chain(states).chain(weights).map(|v| v.to_bits()).collect()
}

#[test]
fn threads_do_not_change_a_byte() {
    let quiet = pendulum();
    let noisy = pendulum().with_diffusion(|t| 0.2 + 0.1 * t);
    for seed in 0..3 {
        let x = normals(1111, 2, seed);
        for (field, options) in [
            (&quiet, Integrate::adaptive(1e-6).saving(SaveAt::Even(5))),
            (&quiet, Integrate::fixed(Scheme::Rk4, 77)),
            (&noisy, Integrate::fixed(Scheme::EulerMaruyama, 77).saving(SaveAt::Even(4))),
            (&noisy, Integrate::fixed(Scheme::StochasticHeun, 77).saving(SaveAt::Steps)),
        ] {
            let run = |threads| {
                let ctx = Context::new(seed, threads).expect("threads");
                integrate(field, &x, None, (0.0, 3.0), &options, &ctx).expect("valid")
            };
            let (one, two, four) = (run(1), run(2), run(4));
            assert_eq!(bytes(&one), bytes(&two));
            assert_eq!(bytes(&one), bytes(&four));
            assert_eq!(one.report.residuals, two.report.residuals);
        }
    }
}

#[test]
fn noise_depends_on_the_seed() {
    let field = pendulum().with_diffusion(|_| 0.3);
    let run = |seed| {
        let options = Integrate::fixed(Scheme::EulerMaruyama, 10);
        integrate(&field, &normals(10, 2, 0), None, (0.0, 1.0), &options, &ctx(seed)).expect("valid")
    };
    assert_ne!(bytes(&run(0)), bytes(&run(1)));
    assert_eq!(run(1).report.seed, Some(1));
}

#[test]
fn a_blow_up_is_a_report() {
    // x' = x^2 from 1 leaves every bound at time 1.
    let field = FnField::rows(1, |_, x, out| out[0] = x[0] * x[0]);
    let x = points(1, vec![1.0, 0.2]);
    let path = integrate(&field, &x, None, (0.0, 2.0), &Integrate::default().saving(SaveAt::Even(9)), &ctx(0));
    let path = path.expect("data");
    assert!(matches!(path.report.status, Status::Diverged | Status::Exhausted { budget: Budget::Precision }));
    assert_eq!(path.times[..4], [0.0, 0.25, 0.5, 0.75]);
    assert!((path.states[3].row(0)[0] - 4.0).abs() < 1e-4);
    assert!(path.report.advice.as_deref().expect("advice").contains("end the span"));

    let path = integrate(&field, &x, None, (0.0, 2.0), &Integrate::fixed(Scheme::Euler, 2000), &ctx(0)).expect("data");
    assert_eq!(path.report.status, Status::Diverged);
    let kept = path.last().expect("kept");
    assert!(kept.check_finite().is_ok() && *path.times.last().expect("kept") >= 0.9);
    assert!(path.report.advice.as_deref().expect("advice").contains("Row 0"));
}

#[test]
fn a_field_of_nan_is_a_report() {
    let field = FnField::rows(2, |t, x, out| {
        out[0] = x[1];
        out[1] = if t > 0.5 { f64::NAN } else { 0.0 };
    });
    let x = normals(600, 2, 0);
    for options in
        [Integrate::default(), Integrate::fixed(Scheme::Rk4, 200), Integrate::fixed(Scheme::EulerMaruyama, 200)]
    {
        let path = integrate(&field, &x, None, (0.0, 1.0), &options, &ctx(0)).expect("data");
        assert_eq!(path.report.status, Status::Diverged, "{:?}", options.scheme);
        assert!(path.last().expect("kept").check_finite().is_ok());
        assert!((0.3..=0.51).contains(path.times.last().expect("kept")), "{:?}", path.times);
    }
    let always = FnField::rows(1, |_, _, out| out[0] = f64::NAN);
    let path = integrate(&always, &points(1, vec![0.0]), None, (0.0, 1.0), &Integrate::default(), &ctx(0));
    let path = path.expect("data");
    assert_eq!((path.report.status, &path.times), (Status::Diverged, &vec![0.0]));
}

#[test]
fn a_step_budget_keeps_what_was_done_and_says_what_would_do() {
    let field = pendulum();
    let x = normals(600, 2, 0);
    for options in [Integrate::adaptive(1e-10), Integrate::fixed(Scheme::Rk4, 1000)] {
        let short = Integrate { max_steps: 150, ..options };
        let path = integrate(&field, &x, None, (0.0, 10.0), &short, &ctx(0)).expect("data");
        assert_eq!(path.report.status, Status::Exhausted { budget: Budget::Iterations });
        let reached = *path.times.last().expect("kept");
        assert!(reached > 0.0 && reached < 10.0);
        let exact = integrate(&field, &x, None, (0.0, reached), &Integrate::adaptive(1e-10), &ctx(0)).expect("valid");
        let (a, b) = (path.last().expect("kept"), exact.last().expect("saved"));
        assert!(crate::common::distance(a.values(), b.values()) < 1e-6);
        let advice = path.report.advice.expect("advice");
        let steps = advice.split("max_steps to ").nth(1).and_then(|s| s.split('.').next()).expect("a number");
        let enough = Integrate { max_steps: 2 * steps.parse::<usize>().expect("a number"), ..short };
        assert!(integrate(&field, &x, None, (0.0, 10.0), &enough, &ctx(0)).expect("valid").report.converged());
    }
}

#[test]
fn a_time_budget_ends_the_work() {
    let field = FnField::rows(1, |_, x, out| {
        std::thread::sleep(std::time::Duration::from_millis(2));
        out[0] = -x[0];
    });
    let options = Integrate { max_seconds: Some(0.02), ..Integrate::fixed(Scheme::Euler, 10_000) };
    let path = integrate(&field, &points(1, vec![1.0]), None, (0.0, 1.0), &options, &ctx(0)).expect("data");
    assert_eq!(path.report.status, Status::Exhausted { budget: Budget::Time });
    assert!(path.report.advice.expect("advice").contains("max_seconds"));
}

#[test]
fn interruption_is_honoured_within_a_leg() {
    let stop = Arc::new(AtomicBool::new(false));
    let ctx = ctx(0).with_stop(stop.clone());
    let field = FnField::rows(1, move |t, _, out| {
        if t > 0.1 {
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
        }
        assert!(t < 0.2, "the work went on");
        out[0] = 1.0;
    });
    let error =
        integrate(&field, &points(1, vec![0.0]), None, (0.0, 1.0), &Integrate::fixed(Scheme::Euler, 1000), &ctx);
    assert_eq!(error.expect_err("interrupted").class(), Class::Interrupted);
}

#[test]
fn a_span_of_length_zero_is_the_start() {
    let x = normals(5, 2, 0);
    for save in [SaveAt::End, SaveAt::Steps, SaveAt::Even(3), SaveAt::Times(vec![1.0])] {
        for options in [Integrate::default(), Integrate::fixed(Scheme::Rk4, 3)] {
            let path = integrate(&pendulum(), &x, None, (1.0, 1.0), &options.saving(save.clone()), &ctx(0));
            let path = path.expect("valid");
            assert!(path.report.converged());
            assert_eq!((path.times.as_slice(), path.last()), ([1.0].as_slice(), Some(&x)));
            assert_eq!(path.log_weights, [vec![0.0; 5]]);
        }
    }
}

#[test]
fn no_points_are_moved_without_complaint() {
    let path = integrate(&pendulum(), &Points::zeros(0, 2), None, (0.0, 1.0), &Integrate::default(), &ctx(0));
    let path = path.expect("valid");
    assert!(path.report.converged() && path.last().expect("saved").is_empty());
}

#[test]
fn bad_input_is_refused_with_a_sentence() {
    let field = pendulum();
    let noisy = pendulum().with_diffusion(|_| 1.0);
    let x = normals(3, 2, 0);
    let (span, good) = ((0.0, 1.0), Integrate::default());
    let refused = |field: &FnField<'_>, x: &Points, w: Option<&[f64]>, span, options: &Integrate, word: &str| {
        let error = integrate(field, x, w, span, options, &ctx(0)).expect_err(word);
        assert_eq!(error.class(), Class::Input);
        assert!(error.message().contains(word) && error.message().ends_with('.'), "{error}");
    };
    refused(&field, &normals(3, 3, 0), None, span, &good, "3 coordinates");
    refused(&field, &points(2, vec![0.0, f64::NAN]), None, span, &good, "NaN");
    refused(&field, &x, Some(&[0.0]), span, &good, "1 log-weights");
    refused(&field, &x, Some(&[0.0, f64::NEG_INFINITY, 0.0]), span, &good, "-inf");
    refused(&field, &x, None, (0.0, f64::INFINITY), &good, "inf");
    refused(&noisy, &x, None, span, &good, "noise");
    refused(&field, &x, None, span, &Integrate::fixed(Scheme::Rk4, 0), "number of steps is 0");
    refused(&field, &x, None, span, &Integrate::adaptive(0.0), "tolerances");
    refused(&field, &x, None, span, &Integrate::adaptive(f64::NAN), "tolerances");
    refused(&field, &x, None, span, &Integrate { max_steps: 0, ..good.clone() }, "max_steps is 0");
    refused(&field, &x, None, span, &Integrate { max_seconds: Some(-1.0), ..good.clone() }, "max_seconds is -1");
    let times = |times: &[f64]| good.clone().saving(SaveAt::Times(times.to_vec()));
    refused(&field, &x, None, span, &times(&[0.5, 1.5]), "1.5");
    refused(&field, &x, None, span, &times(&[0.5, 0.4]), "0.4");
    refused(&field, &x, None, span, &times(&[f64::NAN]), "NaN");
    refused(&field, &x, None, span, &times(&[]), "empty");
    refused(&field, &x, None, span, &good.clone().saving(SaveAt::Even(1)), "1 equally spaced");
    let tight = ctx(0).with_memory(Some(100));
    assert!(integrate(&field, &x, None, span, &good, &tight).expect_err("memory").message().contains("budget"));
}

#[test]
fn settings_survive_json() {
    for options in [
        Integrate::default(),
        Integrate::fixed(Scheme::StochasticHeun, 7).saving(SaveAt::Times(vec![0.1, 0.7])),
        Integrate::adaptive(1e-3).saving(SaveAt::Even(4)),
    ] {
        let text = serde_json::to_string(&options).expect("plain data");
        assert_eq!(serde_json::from_str::<Integrate>(&text).expect("the same"), options);
    }
    let partial: Integrate = serde_json::from_str(r#"{"scheme": "dormand-prince", "rtol": 1e-3}"#).expect("defaults");
    assert_eq!(partial, Integrate { rtol: 1e-3, ..Integrate::default() });
    assert!(serde_json::from_str::<Integrate>(r#"{"rtoll": 1e-3}"#).is_err());
}
