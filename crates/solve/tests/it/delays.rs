//! Delay equations against solutions by the method of steps.

use crate::common::{ctx, distance, points, slope};
use thalweg_core::{Points, Trajectory};
use thalweg_solve::{Delayed, Integrate, Law, Motion, SaveAt, Scheme};

/// `x' = -x(t - tau) / tau`, from a past of one value or of none.
struct Late {
    past: f64,
    tau: [f64; 1],
}

fn late(past: f64) -> Late {
    Late { past, tau: [1.0] }
}

impl Delayed for Late {
    fn dim(&self) -> usize {
        1
    }

    fn delays(&self) -> &[f64] {
        &self.tau
    }

    fn velocity(&self, _t: f64, _x: &[f64], past: &[f64], out: &mut [f64]) {
        out.iter_mut().zip(past).for_each(|(o, x)| *o = -x / self.tau[0]);
    }

    fn before(&self, _t: f64, start: &[f64], out: &mut [f64]) {
        out.iter_mut().zip(start).for_each(|(o, x)| *o = self.past * x);
    }
}

/// The solution from 1 with the delay 1: each delay adds a power. With a past of one the first power starts at 0, with none at 1.
fn exact(past: f64, t: f64) -> f64 {
    let lead = if past == 1.0 { 1.0 } else { 0.0 };
    let (mut sum, mut factorial) = (1.0, 1.0);
    for k in 1..40 {
        factorial *= f64::from(k);
        let since = t + lead - f64::from(k);
        if since > 0.0 {
            sum += (-since).powi(k) / factorial;
        }
    }
    sum
}

fn follow(law: &dyn Delayed, start: &Points, end: f64, options: &Integrate) -> Trajectory {
    let (path, _) = Motion::of(Law::Delayed(law)).follow(start, None, (0.0, end), options, &ctx(0)).unwrap();
    assert!(path.report.converged(), "{:?}", path.report);
    path
}

#[test]
fn the_method_of_steps_is_met_with_and_without_a_jump_at_the_start() {
    for past in [1.0, 0.0] {
        let law = late(past);
        for scheme in [Scheme::DormandPrince, Scheme::Tsit5, Scheme::Dop853, Scheme::Rodas5p] {
            // Rows scale, as the law is linear; more of them than one block.
            let start = points(1, (0..300).map(|k| 0.5 + f64::from(k) / 200.0).collect());
            let options = Integrate { scheme, ..Integrate::adaptive(1e-9) }.saving(SaveAt::Even(41));
            let path = follow(&law, &start, 8.0, &options);
            for (t, states) in path.times.iter().zip(&path.states) {
                let truth: Vec<f64> = start.values().iter().map(|x| x * exact(past, *t)).collect();
                let error = distance(states.values(), &truth);
                assert!(error < 3e-7, "{scheme:?}, past {past}: error {error} at {t}");
            }
        }
    }
}

#[test]
fn the_jump_at_the_start_is_on_its_side_whatever_rounding_makes_of_times() {
    // In the last three, start and delay differ from their sum by a step of rounding.
    for (begin, tau) in [(0.1, 0.3), (10.0, 0.1), (1e3, 0.2), (40.8, 15.2), (-7.9, 7.8), (-21.8, 22.7)] {
        let law = Late { past: 0.0, tau: [tau] };
        let motion = Motion::of(Law::Delayed(&law));
        let span = (begin, begin + 2.5 * tau);
        let (path, _) = motion.follow(&points(1, vec![1.0]), None, span, &Integrate::adaptive(1e-9), &ctx(0)).unwrap();
        let found = path.last().unwrap().row(0)[0];
        assert!((found - exact(0.0, 2.5)).abs() < 1e-8, "from {begin}: {found} for {}", exact(0.0, 2.5));
    }
}

#[test]
fn fixed_steps_keep_their_order_across_the_corners() {
    // Over the first delays the solution is a polynomial that the scheme and its cubic have exactly.
    let counts = [30, 60, 120];
    for past in [1.0, 0.0] {
        let errors = counts.map(|n| {
            let path = follow(&late(past), &points(1, vec![1.0]), 7.5, &Integrate::fixed(Scheme::Rk4, n));
            (path.last().unwrap().row(0)[0] - exact(past, 7.5)).abs()
        });
        let order = slope(&counts.map(|n| 1.0 / n as f64), &errors);
        assert!((order - 4.0).abs() < 0.4, "past {past}: order {order} {errors:?}");
    }
}

/// `x' = a x(t - 1) + b x(t - sqrt 2)` with the solution `exp(-0.3 t)`, from its own past.
struct Two;

const RATE: f64 = -0.3;
const B: f64 = 0.7;

impl Delayed for Two {
    fn dim(&self) -> usize {
        1
    }

    fn delays(&self) -> &[f64] {
        &[1.0, std::f64::consts::SQRT_2]
    }

    fn velocity(&self, _t: f64, x: &[f64], past: &[f64], out: &mut [f64]) {
        let a = (RATE - B * (-RATE * std::f64::consts::SQRT_2).exp()) * RATE.exp();
        let (first, second) = past.split_at(x.len());
        for i in 0..x.len() {
            out[i] = a * first[i] + B * second[i];
        }
    }

    fn before(&self, t: f64, start: &[f64], out: &mut [f64]) {
        out.iter_mut().zip(start).for_each(|(o, x)| *o = x * (RATE * t).exp());
    }
}

#[test]
fn a_past_of_its_own_and_two_delays() {
    let options = Integrate { scheme: Scheme::Dop853, ..Integrate::adaptive(1e-10) };
    let path = follow(&Two, &points(1, vec![1.0, 2.0]), 6.0, &options);
    let truth = [(6.0 * RATE).exp(), 2.0 * (6.0 * RATE).exp()];
    assert!(distance(path.last().unwrap().values(), &truth) < 1e-8);
}

#[test]
fn delays_that_cannot_be_followed_are_refused() {
    let law = late(1.0);
    let refused = |span: (f64, f64), options: &Integrate, word: &str| {
        let error = Motion::of(Law::Delayed(&law)).follow(&points(1, vec![1.0]), None, span, options, &ctx(0));
        let error = error.unwrap_err();
        assert!(error.message().contains(word) && error.message().ends_with('.'), "{error}");
    };
    refused((1.0, 0.0), &Integrate::default(), "backward");
    refused((0.0, 10.0), &Integrate::fixed(Scheme::Rk4, 9), "longer than the shortest delay");
    refused((0.0, 1.0), &Integrate::fixed(Scheme::Verlet, 9), "kinetic");
}
