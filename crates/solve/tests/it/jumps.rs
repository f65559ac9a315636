//! Events that change a row, kicks, and random jumps.

use crate::common::{ctx, distance, points};
use thalweg_core::{Context, Points, Status};
use thalweg_solve::{
    Direction, Event, FnField, Integrate, Kick, Law, Motion, Poisson, SaveAt, Scheme, Share, integrate,
};

const G: f64 = 9.81;

/// Height and speed at `t` of a ball from rest at `height`, which keeps 0.9 of its speed at the ground.
fn ball(height: f64, t: f64) -> [f64; 2] {
    let (mut now, mut speed) = ((2.0 * height / G).sqrt(), 0.9 * (2.0 * height * G).sqrt());
    if t < now {
        return [height - 0.5 * G * t * t, -G * t];
    }
    while now + 2.0 * speed / G < t {
        now += 2.0 * speed / G;
        speed *= 0.9;
    }
    let since = t - now;
    [speed * since - 0.5 * G * since * since, speed - G * since]
}

#[test]
fn balls_bounce_when_they_should() {
    let fall = FnField::rows(2, |_, x, out| (out[0], out[1]) = (x[1], -G));
    let bounce = [Event::new(Direction::Falling, |_, x| x[0]).then(|_, x| (x[0], x[1]) = (0.0, -0.9 * x[1]))];
    let heights: Vec<f64> = (0..40).map(|k| 0.5 + 0.05 * f64::from(k)).collect();
    let start = points(2, heights.iter().flat_map(|h| [*h, 0.0]).collect());
    let motion = Motion::of(Law::Field(&fall)).until(&bounce);
    for options in [
        Integrate::adaptive(1e-9),
        Integrate { share: Share::Row, ..Integrate::adaptive(1e-9) },
        Integrate { scheme: Scheme::Dop853, share: Share::Row, ..Integrate::adaptive(1e-9) },
        Integrate::fixed(Scheme::Rk4, 60),
    ] {
        let (path, hits) =
            motion.follow(&start, None, (0.0, 2.0), &options.clone().saving(SaveAt::Even(9)), &ctx(0)).unwrap();
        assert!(path.report.converged() && hits.iter().all(Option::is_none));
        for (t, states) in path.times.iter().zip(&path.states) {
            let exact: Vec<f64> = heights.iter().flat_map(|h| ball(*h, *t)).collect();
            assert!(distance(states.values(), &exact) < 1e-7, "{:?} at {t}", options.scheme);
        }
    }
}

#[test]
fn kicks_come_when_they_should_and_not_to_rows_that_stopped() {
    // x' = -x, and one is added at times 1, 2, 3: saved states are those after.
    let decay = FnField::rows(1, |_, x, out| out[0] = -x[0]);
    let kicks = [Kick::new(vec![0.0, 1.0, 2.0, 3.0, 7.0], |t, x| x[0] += if t < 2.5 { 1.0 } else { 2.0 })];
    let low = [Event::new(Direction::Falling, |_, x| x[0] - 0.2)];
    let motion = Motion::of(Law::Field(&decay)).kicked(&kicks).until(&low);
    let e = (-1.0_f64).exp();
    let exact = [1.0, e + 1.0, (e + 1.0) * e + 1.0, ((e + 1.0) * e + 1.0) * e + 2.0];
    for options in [Integrate::adaptive(1e-10), Integrate::fixed(Scheme::Rk4, 3000)] {
        let start = points(1, vec![1.0, 0.3]);
        let (path, hits) = motion.follow(&start, None, (0.0, 3.0), &options.saving(SaveAt::Even(4)), &ctx(0)).unwrap();
        for (states, exact) in path.states.iter().zip(exact) {
            assert!((states.row(0)[0] - exact).abs() < 1e-8);
        }
        assert!((hits[1].unwrap().time - 1.5_f64.ln()).abs() < 1e-8);
        assert!((path.last().unwrap().row(1)[0] - 0.2).abs() < 1e-8);
    }
    let steps = Integrate::fixed(Scheme::Rk4, 3).saving(SaveAt::Steps);
    let refused = motion.follow(&points(1, vec![1.0]), None, (0.0, 3.0), &steps, &ctx(0)).unwrap_err();
    assert!(refused.message().contains("kicks"), "{refused}");
}

fn mean_and_variance(x: &Points) -> (f64, f64) {
    let n = x.len() as f64;
    let mean = x.values().iter().sum::<f64>() / n;
    (mean, x.values().iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0))
}

#[test]
fn counts_of_a_poisson_process_have_its_moments_on_any_number_of_threads() {
    let still = FnField::rows(1, |_, _, out| out[0] = 0.0);
    // The rate 3 t on (0, 2) makes a Poisson number of mean and variance 6.
    let jumps = [Poisson::new(6.0, |t, _| 3.0 * t, |_, x, _| x[0] += 1.0).unwrap()];
    let motion = Motion::of(Law::Field(&still)).jumping(&jumps);
    let n = 4000;
    for seed in 0..3 {
        let options = Integrate { share: Share::Row, ..Integrate::default() };
        let run = |threads: usize, options: &Integrate| {
            let ctx = Context::new(seed, threads).unwrap();
            motion.follow(&Points::zeros(n, 1), None, (0.0, 2.0), options, &ctx).unwrap().0
        };
        let path = run(1, &options);
        let (mean, variance) = mean_and_variance(path.last().unwrap());
        // Four standard errors: 4 sqrt(6 / n), and 4 sqrt((6 + 2 * 36) / n).
        assert!((mean - 6.0).abs() < 0.155, "seed {seed}: mean {mean}");
        assert!((variance - 6.0).abs() < 0.56, "seed {seed}: variance {variance}");
        assert_eq!(path.last(), run(2, &options).last());
    }
}

#[test]
fn a_birth_process_grows_as_it_should() {
    let still = FnField::rows(1, |_, _, out| out[0] = 0.0);
    let births = [Poisson::new(60.0, |_, x| x[0], |_, x, _| x[0] += 1.0).unwrap()];
    let motion = Motion::of(Law::Field(&still)).jumping(&births);
    let (n, e) = (2000, 1.0_f64.exp());
    for seed in 0..3 {
        let options = Integrate { share: Share::Row, ..Integrate::default() };
        let (path, _) = motion.follow(&points(1, vec![2.0; n]), None, (0.0, 1.0), &options, &ctx(seed)).unwrap();
        // Yule's process from 2: mean 2 e, variance 2 e (e - 1).
        let (mean, variance) = mean_and_variance(path.last().unwrap());
        let exact = 2.0 * e * (e - 1.0);
        assert!((mean - 2.0 * e).abs() < 4.0 * (exact / n as f64).sqrt(), "seed {seed}: mean {mean}");
        assert!((variance / exact - 1.0).abs() < 0.2, "seed {seed}: variance {variance}");
    }
}

#[test]
fn a_rate_above_its_bound_is_a_report_that_says_so() {
    let grow = FnField::rows(1, |_, _, out| out[0] = 1.0);
    let jumps = [Poisson::new(2.0, |_, x| x[0], |_, _, _| ()).unwrap()];
    let motion = Motion::of(Law::Field(&grow)).jumping(&jumps);
    let (path, _) = motion.follow(&points(1, vec![0.0]), None, (0.0, 50.0), &Integrate::default(), &ctx(0)).unwrap();
    assert_eq!(path.report.status, Status::Diverged);
    assert!(path.report.advice.unwrap().contains("raise the bound"));
    assert!(Poisson::new(-1.0, |_, _| 0.0, |_, _, _| ()).is_err());
    let back = motion.follow(&points(1, vec![0.0]), None, (1.0, 0.0), &Integrate::default(), &ctx(0));
    assert!(back.unwrap_err().message().contains("random jumps"));
}

#[test]
fn without_jumps_nothing_changes() {
    let field = FnField::rows(2, |t, x, out| (out[0], out[1]) = (x[1], -x[0] + t.sin()));
    let x = crate::common::normals(300, 2, 0);
    let plain = integrate(&field, &x, None, (0.0, 2.0), &Integrate::default(), &ctx(0)).unwrap();
    let never = [Poisson::new(0.0, |_, _| 0.0, |_, _, _| ()).unwrap()];
    let motion = Motion::of(Law::Field(&field)).jumping(&never);
    let (same, _) = motion.follow(&x, None, (0.0, 2.0), &Integrate::default(), &ctx(0)).unwrap();
    assert_eq!(plain.last(), same.last());
}
