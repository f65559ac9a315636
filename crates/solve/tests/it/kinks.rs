//! Laws that jump at known times: no step crosses a jump, and each side is evaluated as itself.

use crate::common::{ctx, points};
use thalweg_core::VectorField;
use thalweg_solve::{Integrate, Reversed, SaveAt, Scheme, integrate};

/// Rates 1, 16 and 0.01 before time 1, before time 1.25 and after: `dx/dt = r(t) x`, growth `r(t)`, so that the
/// logarithm of the state and the log-weight are the integral of the rate.
struct Gears;

const KINKS: [f64; 2] = [1.0, 1.25];

fn rate(t: f64) -> f64 {
    if t < KINKS[0] {
        1.0
    } else if t < KINKS[1] {
        16.0
    } else {
        0.01
    }
}

impl VectorField for Gears {
    fn dim(&self) -> usize {
        1
    }

    fn velocity(&self, t: f64, x: &[f64], out: &mut [f64]) {
        out.iter_mut().zip(x).for_each(|(o, x)| *o = rate(t) * x);
    }

    fn growth(&self, t: f64, _x: &[f64], out: &mut [f64]) {
        out.fill(rate(t));
    }

    fn has_growth(&self) -> bool {
        true
    }

    fn kinks(&self) -> Vec<f64> {
        // In any order, repeated, and some out of every span.
        vec![KINKS[1], KINKS[0], 50.0, KINKS[1], -7.0]
    }
}

/// Integral of the rate from 0 to `t`.
fn turned(t: f64) -> f64 {
    t.min(1.0) + 16.0 * (t - 1.0).clamp(0.0, 0.25) + 0.01 * (t - 1.25).max(0.0)
}

#[test]
fn the_order_of_a_scheme_holds_across_jumps() {
    let start = points(1, vec![1.0]);
    for (scheme, order) in [(Scheme::Heun, 2.0), (Scheme::Rk4, 4.0)] {
        let errors = [64, 128].map(|steps| {
            let path = integrate(&Gears, &start, None, (0.0, 2.0), &Integrate::fixed(scheme, steps), &ctx(0)).unwrap();
            let last = path.states.len() - 1;
            // The growth is constant on each piece, so every scheme has it exactly.
            assert!((path.log_weights[last][0] - turned(2.0)).abs() < 1e-12);
            (path.states[last].values()[0].ln() - turned(2.0)).abs()
        });
        let slope = (errors[0] / errors[1]).log2();
        assert!((slope - order).abs() < 0.4, "{scheme:?}: {errors:?} fall as order {slope}");
    }
}

#[test]
fn adaptive_steps_do_not_stumble_over_a_jump() {
    let start = points(1, vec![1.0, -2.0]);
    let saves = SaveAt::Times(vec![0.5, 1.0, 1.1, 1.25, 2.0]);
    let options = Integrate::adaptive(1e-9).saving(saves);
    let path = integrate(&Gears, &start, None, (0.0, 2.0), &options, &ctx(0)).unwrap();
    for ((t, x), w) in path.times.iter().zip(&path.states).zip(&path.log_weights) {
        assert!((x.values()[0].ln() - turned(*t)).abs() < 1e-7, "{t}: {:?}", x.values());
        assert!((x.values()[1] + 2.0 * x.values()[0]).abs() < 1e-6 * x.values()[0]);
        assert!((w[0] - turned(*t)).abs() < 1e-9);
    }
    let rejected = path.report.residuals.iter().find(|(name, _)| name == "rejected steps").map(|(_, v)| *v);
    assert!(rejected <= Some(2.0), "{:?} steps were rejected", rejected);
}

#[test]
fn backwards_undoes_forwards() {
    let start = points(1, vec![1.0]);
    for options in [Integrate::adaptive(1e-10), Integrate::adaptive(1e-10).saving(SaveAt::Steps)] {
        let there = integrate(&Gears, &start, None, (0.0, 2.0), &options, &ctx(0)).unwrap();
        let end = there.states.last().unwrap();
        let direct = integrate(&Gears, end, None, (2.0, 0.0), &options, &ctx(0)).unwrap();
        let mirrored = Reversed::new(&Gears, 2.0);
        let undone = integrate(&mirrored, end, None, (0.0, 2.0), &options, &ctx(0)).unwrap();
        for back in [direct, undone] {
            assert!((back.states.last().unwrap().values()[0] - 1.0).abs() < 1e-7);
        }
        assert!(there.times.windows(2).all(|w| w[0] < w[1]));
    }
}
