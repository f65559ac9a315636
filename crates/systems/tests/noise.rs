//! Paths of flows with noise against closed forms.

use thalweg_core::{Context, Points, Status};
use thalweg_systems::{NoisyScheme, Paths, System, read};

fn ctx(seed: u64, threads: usize) -> Context {
    Context::new(seed, threads).unwrap()
}

fn system(line: &str) -> System {
    System::new(&read(line).unwrap()[0]).unwrap()
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, n) = values.fold((0.0, 0.0), |(sum, n), v| (sum + v, n + 1.0));
    sum / n
}

/// `n` states at `start`.
fn starts(n: usize, start: &[f64]) -> Points {
    Points::new(start.len(), start.repeat(n)).unwrap()
}

/// An Ornstein-Uhlenbeck process under both schemes: mean, variance and the covariance of two times.
#[test]
fn a_relaxing_state_has_the_law_of_ornstein_and_uhlenbeck() {
    let (flow, size) =
        (system("flow relax | x y | | -1.5*x; 0 | 1 2 | 1"), system("flow size | x y | | 0.7; 0 | 0 0 | 1"));
    let n = 20_011;
    for (seed, scheme) in [(0, NoisyScheme::EulerMaruyama), (1, NoisyScheme::Heun), (2, NoisyScheme::EulerMaruyama)] {
        let plan = Paths { times: vec![0.0, 0.5, 0.8], step: 0.01, scheme };
        let path = flow.paths(&size, &starts(n, &[1.0, 2.0]), &plan, &ctx(seed, 2)).unwrap();
        assert!(path.report.converged() && path.times == plan.times);
        // What a step multiplies a state with, and the variance that it adds to.
        let h: f64 = 0.01;
        let (factor, added) = match scheme {
            NoisyScheme::EulerMaruyama => (1.0 - 1.5 * h, 0.49 * h),
            NoisyScheme::Heun => (1.0 - 1.5 * h + 1.125 * h * h, 0.49 * h * (1.0 - 0.75 * h).powi(2)),
        };
        let variance = |steps: i32| added * (1.0 - factor.powi(2 * steps)) / (1.0 - factor * factor);
        let x = |k: usize, row: usize| path.states[k].row(row)[0];
        for (k, steps) in [(1, 50), (2, 80)] {
            let (middle, variance) = (factor.powi(steps), variance(steps));
            let found = mean((0..n).map(|row| x(k, row)));
            assert!((found - middle).abs() < 4.0 * (variance / n as f64).sqrt(), "mean {found} for {middle}");
            let found = mean((0..n).map(|row| (x(k, row) - middle).powi(2)));
            assert!((found / variance - 1.0).abs() < 4.0 * (2.0 / n as f64).sqrt(), "variance {found} for {variance}");
            // The scheme is near the process itself.
            let exact = 0.49 * (1.0 - (-3.0 * h * f64::from(steps)).exp()) / 3.0;
            assert!((variance / exact - 1.0).abs() < 0.02);
        }
        let apart = factor.powi(30);
        let found = mean((0..n).map(|row| (x(1, row) - factor.powi(50)) * (x(2, row) - factor.powi(80))));
        let size = (variance(50) * variance(80)).sqrt();
        assert!((found - apart * variance(50)).abs() < 6.0 * size / (n as f64).sqrt(), "covariance {found}");
        assert!(path.states[2].rows().all(|row| row[1] == 2.0), "a state without noise stays");
    }
}

/// `dx = s x dW`: the mean stays 1 in the sense of Itô and is `exp(s^2 t / 2)` in that of Stratonovich.
#[test]
fn the_scheme_is_the_sense() {
    let (flow, size) = (system("flow stay | x | | 0 | 1 | 1"), system("flow size | x | | 0.5*x | 0 | 1"));
    let n = 20_000;
    for seed in 0..3 {
        for (scheme, expected) in [(NoisyScheme::EulerMaruyama, 1.0), (NoisyScheme::Heun, (0.125_f64).exp())] {
            let plan = Paths { times: vec![1.0], step: 0.02, scheme };
            let path = flow.paths(&size, &starts(n, &[1.0]), &plan, &ctx(seed, 1)).unwrap();
            let found = mean(path.states[0].rows().map(|row| row[0]));
            let error = expected * ((0.25_f64).exp_m1() / n as f64).sqrt();
            assert!((found - expected).abs() < 4.0 * error, "{scheme:?}: {found} for {expected}");
        }
    }
}

/// `dx = t dt + t dW` by Euler's scheme, whose sums are known: time is that of the step, across kept times.
#[test]
fn time_goes_on_through_the_legs() {
    let (flow, size) = (system("flow clock | x | | t | 0 | 1"), system("flow size | x | | 0 | 0 | 1"));
    for times in [vec![1.0], vec![0.25, 0.25, 0.5, 1.0]] {
        let plan = Paths { times, step: 0.125, scheme: NoisyScheme::EulerMaruyama };
        let path = flow.paths(&size, &starts(3, &[0.0]), &plan, &ctx(0, 1)).unwrap();
        // The sum of 0, 1/8, ..., 7/8, times 1/8.
        assert!(path.last().unwrap().rows().all(|row| (row[0] - 0.4375).abs() < 1e-15));
    }
}

#[test]
fn a_path_depends_on_seed_and_number_alone() {
    let (flow, size) =
        (system("flow two | x y | | -x+y; -y | 1 1 | 1"), system("flow size | x y | | 0.3; 0.2*x | 0 0 | 1"));
    let end = |n: usize, threads: usize, times: &[f64], seed: u64| {
        let plan = Paths { times: times.to_vec(), step: 1.0 / 128.0, scheme: NoisyScheme::EulerMaruyama };
        flow.paths(&size, &starts(n, &[1.0, 1.0]), &plan, &ctx(seed, threads)).unwrap().last().unwrap().clone()
    };
    let all = end(1000, 1, &[1.0], 5);
    assert_eq!(all, end(1000, 2, &[1.0], 5));
    // Half of the time and the other half are the whole, also within a block of normals.
    assert_eq!(all, end(1000, 2, &[0.125, 0.5, 1.0], 5));
    let few = end(37, 1, &[1.0], 5);
    assert_eq!(few.values(), &all.values()[..few.values().len()]);
    assert_ne!(all, end(1000, 1, &[1.0], 6));
}

#[test]
fn what_cannot_be_followed_is_told() {
    let (flow, size) = (system("flow pole | x | | x^2 | 1 | 1"), system("flow size | x | | 0.01 | 0 | 1"));
    let plan = Paths { times: vec![0.5, 0.9, 5.0], step: 0.001, scheme: NoisyScheme::Heun };
    let path = flow.paths(&size, &starts(20, &[1.0]), &plan, &ctx(0, 1)).unwrap();
    assert!(path.report.status == Status::Diverged && path.times == [0.5, 0.9], "{:?}", path.report);
    for bad in [
        Paths { step: 0.0, ..plan.clone() },
        Paths { times: vec![1.0, 0.5], ..plan.clone() },
        Paths { times: vec![-1.0], ..plan.clone() },
    ] {
        assert!(flow.paths(&size, &starts(2, &[1.0]), &bad, &ctx(0, 1)).is_err());
    }
    assert!(System::named("henon").unwrap().paths(&size, &starts(2, &[1.0]), &plan, &ctx(0, 1)).is_err());
}
