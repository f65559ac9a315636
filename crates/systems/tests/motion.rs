//! Trajectories and exponents with known answers.

use thalweg_core::{Context, Points, VectorField};
use thalweg_solve::{Integrate, Scheme, integrate};
use thalweg_systems::{Lyapunov, March, Noise, Sampling, Spacing, System, observe, read};

fn ctx() -> Context {
    Context::new(0, 1).unwrap()
}

fn system(name: &str) -> System {
    System::named(name).unwrap()
}

#[test]
fn lorenz_has_the_jacobian_and_the_fixed_points_of_the_book() {
    let flow = system("lorenz63").flow().unwrap();
    let (x, y, z) = (1.5, -2.0, 20.0);
    let mut jacobian = [0.0; 9];
    flow.jacobian(0.0, &[x, y, z], &mut jacobian);
    assert_eq!(jacobian, [-10.0, 10.0, 0.0, 28.0 - z, -1.0, -x, y, x, -8.0 / 3.0]);
    // At (+-sqrt(beta (rho - 1)), same, rho - 1) and at the origin nothing moves.
    let c = (8.0_f64 / 3.0 * 27.0).sqrt();
    let points = [c, c, 27.0, -c, -c, 27.0, 0.0, 0.0, 0.0];
    let mut rates = [1.0; 9];
    flow.velocity(0.0, &points, &mut rates);
    assert!(rates.iter().all(|v| v.abs() < 1e-13), "{rates:?}");
}

#[test]
fn henon_shrinks_areas_by_b_everywhere() {
    let map = system("henon").map().unwrap();
    for k in 0..20 {
        let x = [-1.0 + 0.1 * f64::from(k), 0.3];
        let mut j = [0.0; 4];
        map.jacobian(0.0, &x, &mut j);
        assert_eq!(j[0] * j[3] - j[1] * j[2], -0.3);
    }
}

type Energy = fn(&[f64]) -> f64;

/// Energies by hand, at the parameters of the records.
const ENERGIES: [(&str, Energy); 4] = [
    ("henon-heiles", |s| {
        let (x, y, p, q) = (s[0], s[1], s[2], s[3]);
        0.5 * (p * p + q * q + x * x + y * y) + x * x * y - y * y * y / 3.0
    }),
    ("nuclear-quadrupole", |s| {
        let (x, y, p, q) = (s[0], s[1], s[2], s[3]);
        let (r2, b) = (x * x + y * y, 0.55);
        0.5 * (p * p + q * q) + 0.5 * r2 + b / 2.0_f64.sqrt() * (3.0 * x * y * y - x * x * x) + 0.1 * r2 * r2
    }),
    ("double-pendulum", |s| {
        let (a, b, p, q) = (s[0], s[1], s[2], s[3]);
        let (c, sine) = ((a - b).cos(), (a - b).sin());
        let kinetic = (p * p + 2.0 * q * q - 2.0 * p * q * c) / (2.0 * (1.0 + sine * sine));
        kinetic - 9.81 * (2.0 * a.cos() + b.cos())
    }),
    ("swinging-atwood", |s| {
        let (r, th, p, l) = (s[0], s[1], s[2], s[3]);
        p * p / 11.0 + l * l / (2.0 * r * r) + 9.82 * r * (4.5 - th.cos())
    }),
];

#[test]
fn hamiltonian_systems_keep_their_energy() {
    for (name, energy) in ENERGIES {
        let system = system(name);
        let sampling = Sampling { points: 200, spacing: Spacing::PerPeriod(20.0), discard: 0, tolerance: 1e-11 };
        let path = system.trajectory(None, &sampling, &ctx()).unwrap();
        let first = energy(path.states[0].row(0));
        let drift = path.states.iter().map(|s| (energy(s.row(0)) - first).abs()).fold(0.0, f64::max);
        assert!(path.report.converged() && drift < 1e-7 * first.abs().max(1.0), "{name} drifts by {drift}");
    }
}

#[test]
fn rossler_turns_once_in_its_period() {
    let sampling = Sampling { points: 20_000, spacing: Spacing::PerPeriod(100.0), discard: 2000, tolerance: 1e-8 };
    let path = system("rossler").trajectory(None, &sampling, &ctx()).unwrap();
    let x: Vec<f64> = path.states.iter().map(|s| s.row(0)[0]).collect();
    // Times at which x rises through zero, between 200 periods of points.
    let rises: Vec<f64> =
        (1..x.len()).filter(|k| x[k - 1] < 0.0 && x[*k] >= 0.0).map(|k| k as f64 - x[k] / (x[k] - x[k - 1])).collect();
    let turn = (rises[rises.len() - 1] - rises[0]) / (rises.len() - 1) as f64 / 100.0;
    // The period of the record is the place of the peak of a spectrum: within 2 % of the mean turn.
    assert!((turn - 1.0).abs() < 0.02, "a turn takes {turn} periods");
}

#[test]
fn a_trajectory_is_what_the_integrator_gives() {
    let system = system("lorenz63");
    let sampling = Sampling { points: 3, spacing: Spacing::Time(0.25), discard: 2, tolerance: 1e-10 };
    let path = system.trajectory(None, &sampling, &ctx()).unwrap();
    assert_eq!(path.times, [0.5, 0.75, 1.0]);
    let whole =
        integrate(&system.flow().unwrap(), &system.start(), None, (0.0, 1.0), &Integrate::adaptive(1e-12), &ctx())
            .unwrap();
    let (a, b) = (path.states[2].row(0), whole.states[0].row(0));
    assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-7), "{a:?} {b:?}");
}

#[test]
fn many_starts_move_as_one_by_one() {
    let system = system("henon");
    let starts = system.scattered(11, 1e-3, 1).unwrap();
    let sampling = Sampling { points: 30, ..Sampling::default() };
    let together = system.trajectory(Some(&starts), &sampling, &ctx()).unwrap();
    for row in 0..11 {
        let alone = system.trajectory(Some(&starts.select(&[row])), &sampling, &ctx()).unwrap();
        for (a, b) in alone.states.iter().zip(&together.states) {
            assert_eq!(a.row(0), b.row(row));
        }
    }
}

#[test]
fn a_linear_delay_equation_follows_its_closed_form() {
    // x' = -x(t - 1) after x = 1: 1 - t, then 1 - t + (t - 1)^2/2, then that - (t - 2)^3/6.
    let records = read("delay steps | x | tau=1 | -xd | 1").unwrap();
    let system = System::new(&records[0]).unwrap();
    let sampling = Sampling { points: 31, spacing: Spacing::Time(0.1), discard: 0, tolerance: 1e-9 };
    let path = system.trajectory(None, &sampling, &ctx()).unwrap();
    for (t, state) in path.times.iter().zip(&path.states) {
        let mut expected = 1.0 - t;
        expected += (t - 1.0).max(0.0).powi(2) / 2.0 - (t - 2.0).max(0.0).powi(3) / 6.0;
        assert!((state.row(0)[0] - expected).abs() < 1e-12, "at {t}: {} for {expected}", state.row(0)[0]);
    }
    // Its exponents are the real parts of the roots of s + exp(-s) = 0: -0.318131505, twice, then -2.062277730.
    let found = system.exponents(&Lyapunov { orbits: 1, stretches: 400, ..Lyapunov::default() }, &ctx()).unwrap();
    for (value, expected) in found.values.iter().zip([-0.318_131_505, -0.318_131_505, -2.062_277_73]) {
        assert!((value - expected).abs() < 0.01, "{:?}", found.values);
    }
}

#[test]
fn noise_of_an_observation_has_the_size_asked_for() {
    let path = system("lorenz63").trajectory(None, &Sampling { points: 2000, ..Sampling::default() }, &ctx()).unwrap();
    let column = |states: &[Points], k: usize| states.iter().map(|s| s.row(0)[k]).collect::<Vec<f64>>();
    let sd = |v: &[f64]| {
        let mean = v.iter().sum::<f64>() / v.len() as f64;
        (v.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / v.len() as f64).sqrt()
    };
    for seed in 0..3 {
        let seen = observe(&path, Noise::Relative(0.1), seed).unwrap();
        for k in 0..3 {
            let (clean, noisy) = (column(&path.states, k), column(&seen.states, k));
            let noise: Vec<f64> = noisy.iter().zip(&clean).map(|(a, b)| a - b).collect();
            // The standard error of a standard deviation of n normals is sd / sqrt(2 n): four of them are 0.064.
            assert!((sd(&noise) / sd(&clean) / 0.1 - 1.0).abs() < 0.064);
        }
    }
    assert!(observe(&path, Noise::Absolute(-1.0), 0).is_err());
}

#[test]
fn what_cannot_be_sampled_is_refused() {
    let lorenz = system("lorenz63");
    let asks = |sampling: Sampling| lorenz.trajectory(None, &sampling, &ctx()).unwrap_err();
    assert!(asks(Sampling { points: 0, ..Sampling::default() }).message().contains("0 points"));
    assert!(asks(Sampling { spacing: Spacing::PerPeriod(0.0), ..Sampling::default() }).message().contains("spacing"));
    assert!(asks(Sampling { spacing: Spacing::Time(-1.0), ..Sampling::default() }).message().contains("spacing"));
    assert!(asks(Sampling { points: usize::MAX, ..Sampling::default() }).message().contains("at most"));
    assert!(asks(Sampling { tolerance: 1e5, ..Sampling::default() }).message().contains("1e5"));
    assert!(asks(Sampling { discard: usize::MAX, ..Sampling::default() }).message().contains("at most"));
    assert!(lorenz.scattered(usize::MAX, 1.0, 0).unwrap_err().message().contains("at most"));
    assert!(lorenz.exponents(&Lyapunov { stretches: usize::MAX, ..Lyapunov::default() }, &ctx()).is_err());
    assert!(lorenz.exponents(&Lyapunov { restarts: 0, ..Lyapunov::default() }, &ctx()).is_err());
    let flat = Points::zeros(1, 2);
    assert!(lorenz.trajectory(Some(&flat), &Sampling::default(), &ctx()).is_err());
    assert!(lorenz.scattered(0, 1.0, 0).is_err() && lorenz.scattered(1, -1.0, 0).is_err());
}

#[test]
fn many_flows_move_as_one_by_one_on_any_number_of_threads() {
    let system = system("lorenz63");
    let starts = system.scattered(300, 0.5, 2).unwrap();
    let sampling = Sampling { points: 40, spacing: Spacing::Time(0.037), discard: 3, tolerance: 1e-9 };
    let together = system.trajectory(Some(&starts), &sampling, &ctx()).unwrap();
    let threads = system.trajectory(Some(&starts), &sampling, &Context::new(0, 2).unwrap()).unwrap();
    assert_eq!((together.times.len(), &together.states), (40, &threads.states));
    for row in [0, 7, 130, 299] {
        let alone = system.trajectory(Some(&starts.select(&[row])), &sampling, &ctx()).unwrap();
        for (a, b) in alone.states.iter().zip(&together.states) {
            assert_eq!(a.row(0), b.row(row));
        }
    }
}

#[test]
fn points_between_steps_are_on_the_solution() {
    // x = cos(t^2 / 2), which turns faster and faster: some 300 steps of an error of 1e-9 at most.
    let system = System::new(&read("flow chirp | x y | | -t*y; t*x | 1 0 | 1").unwrap()[0]).unwrap();
    let sampling = Sampling { points: 1501, ..Sampling::default() };
    let path = system.trajectory(None, &sampling, &ctx()).unwrap();
    let steps = path.report.iterations;
    assert!(steps < 500, "{steps} steps");
    for (t, state) in path.times.iter().zip(&path.states) {
        let (apart, phase) = (state.row(0), 0.5 * t * t);
        let apart = (apart[0] - phase.cos()).hypot(apart[1] - phase.sin());
        assert!(apart < 3e-7, "{apart} at {t}");
    }
}

#[test]
fn what_leaves_the_finite_range_is_kept_until_then() {
    // x' = x^2 from 1 is 1 / (1 - t).
    let system = System::new(&read("flow pole | x | | x^2 | 1 | 1").unwrap()[0]).unwrap();
    let sampling = Sampling { points: 30, spacing: Spacing::Time(0.06), discard: 0, tolerance: 1e-9 };
    let path = system.trajectory(None, &sampling, &ctx()).unwrap();
    assert!(!path.report.converged() && path.report.advice.is_some(), "{:?}", path.report);
    assert_eq!(path.times.len(), 17);
    assert!((path.states[15].row(0)[0] - 10.0).abs() < 1e-5, "{:?}", path.states[15]);
}

#[test]
fn steps_of_one_length_are_those_of_the_integrator() {
    for (name, step) in [("lorenz63", 0.01), ("double-pendulum", 0.002), ("torus", 0.003)] {
        let system = system(name);
        let starts = system.scattered(11, 1e-3, 4).unwrap();
        let plan = March { step, steps: 100, every: 25 };
        let options = Integrate::fixed(Scheme::Rk4, 100);
        let flow = system.flow().unwrap();
        let end = integrate(&flow, &starts, None, (0.0, 100.0 * step), &options, &ctx()).unwrap();
        let together = system.march(Some(&starts), &plan, &ctx()).unwrap();
        assert_eq!(together.len(), 5 * starts.values().len());
        let last = &together[4 * starts.values().len()..];
        for (a, b) in last.iter().zip(end.states[end.states.len() - 1].values()) {
            assert!((a - b).abs() < 1e-9 * b.abs().max(1.0), "{name}: {a} for {b}");
        }
        let alone = system.march(Some(&starts.select(&[3])), &plan, &ctx()).unwrap();
        for (k, state) in alone.chunks_exact(starts.dim()).enumerate() {
            let among = &together[k * starts.values().len() + 3 * starts.dim()..][..starts.dim()];
            assert_eq!(state, among, "{name}");
        }
    }
    // Every other number of steps, and every one, leave the same states.
    let lorenz = system("lorenz63");
    let states = |every: usize| lorenz.march(None, &March { step: 0.01, steps: 105, every }, &ctx()).unwrap();
    let (all, some) = (states(1), states(7));
    for (k, state) in some.chunks_exact(3).enumerate() {
        assert_eq!(state, &all[21 * k..21 * k + 3]);
    }
    assert!(system("henon").march(None, &March { step: 0.1, steps: 1, every: 1 }, &ctx()).is_err());
    assert!(system("lorenz63").march(None, &March { step: 0.1, steps: 1, every: 0 }, &ctx()).is_err());
}

#[test]
fn a_state_at_rest_stays_where_it_is() {
    let system = System::new(&read("flow rest | x y z | | (x-3)*y; x*y-3*y; 0 | 3 0.1 0.7 | 1").unwrap()[0]).unwrap();
    let end = system.march(None, &March { step: 0.1, steps: 1000, every: 1000 }, &ctx()).unwrap();
    // A rounding a step at most where rates are differences; nothing where they are zero.
    assert!((end[3] - 3.0).abs() < 1e-12 && (end[4] - 0.1).abs() < 1e-13, "{end:?}");
    assert_eq!(end[5], 0.7);
}
