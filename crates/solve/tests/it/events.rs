//! Events: when rows stop.

use crate::common::{ctx, points};
use proptest::prelude::*;
use thalweg_solve::{Direction, Event, FnField, Hit, Integrate, SaveAt, Scheme, integrate, integrate_until};

/// Free fall: height and speed.
fn fall() -> FnField<'static> {
    FnField::rows(2, |_, x, out| {
        out[0] = x[1];
        out[1] = -9.81;
    })
}

#[test]
fn a_ball_lands_when_newton_says() {
    let x = points(2, vec![10.0, 0.0, 2.0, 3.0, 1e6, 0.0]);
    let ground = [Event::new(Direction::Falling, |_, x| x[0])];
    for options in [Integrate::adaptive(1e-9), Integrate::fixed(Scheme::Rk4, 100), Integrate::fixed(Scheme::Heun, 100)]
    {
        let options = options.saving(SaveAt::Even(11));
        let (path, hits) = integrate_until(&fall(), &x, None, (0.0, 5.0), &options, &ground, &ctx(0)).expect("valid");
        assert!(path.report.converged() && path.times.len() == 11);
        for (row, h, v) in [(0, 10.0, 0.0), (1, 2.0, 3.0_f64)] {
            let exact = (v + (v * v + 2.0 * 9.81 * h).sqrt()) / 9.81;
            let hit = hits[row].expect("landed");
            assert!(hit.event == 0 && (hit.time - exact).abs() < 1e-9, "{} for {exact}", hit.time);
            for (t, state) in path.times.iter().zip(&path.states) {
                let alive = t.min(exact);
                let expected = h + v * alive - 0.5 * 9.81 * alive * alive;
                assert!((state.row(row)[0] - expected).abs() < 1e-7, "row {row} at {t}");
            }
        }
        assert_eq!(hits[2], None);
        assert!((path.last().expect("saved").row(2)[0] - (1e6 - 0.5 * 9.81 * 25.0)).abs() < 1e-6);
    }
}

#[test]
fn the_first_of_several_events_counts_and_backward_in_time_too() {
    let field = FnField::rows(1, |_, _, out| out[0] = 1.0);
    let events = [
        Event::new(Direction::Either, |_, x| x[0] - 0.8),
        Event::new(Direction::Either, |_, x| x[0] - 0.3),
        Event::new(Direction::Falling, |_, x| x[0] - 0.1),
    ];
    let start = points(1, vec![0.0]);
    let (_, hits) =
        integrate_until(&field, &start, None, (0.0, 1.0), &Integrate::default(), &events, &ctx(0)).expect("valid");
    let hit = hits[0].expect("hit");
    assert!(hit.event == 1 && (hit.time - 0.3).abs() < 1e-12);
    let start = points(1, vec![1.0]);
    let (_, hits) =
        integrate_until(&field, &start, None, (1.0, 0.0), &Integrate::default(), &events, &ctx(0)).expect("valid");
    let hit = hits[0].expect("hit");
    assert!(hit.event == 0 && (hit.time - 0.8).abs() < 1e-12);
}

#[test]
fn a_stopped_row_stops_growing() {
    let field = FnField::rows(1, |_, _, out| out[0] = 1.0).with_growth(|_, _| 2.0);
    let events = [Event::new(Direction::Rising, |_, x| x[0] - 0.25)];
    let start = points(1, vec![0.0, -10.0]);
    let (path, _) =
        integrate_until(&field, &start, None, (0.0, 1.0), &Integrate::default(), &events, &ctx(0)).expect("valid");
    assert!(crate::common::distance(&path.log_weights[0], &[0.5, 2.0]) < 1e-12);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Rows of `x' = -k x` reach a threshold at `ln(x0 / c) / k` or not at all; the rest is as without events.
    #[test]
    fn decaying_rows_stop_at_the_threshold(
        x0 in prop::collection::vec(0.1_f64..5.0, 1..40),
        c in 0.05_f64..2.0,
        k in 0.2_f64..3.0,
        steps in 20_usize..80,
        adaptive: bool,
    ) {
        let field = FnField::rows(1, |_, x, out| out[0] = -k * x[0]);
        let event = [Event::new(Direction::Falling, |_, x| x[0] - c)];
        let options = if adaptive { Integrate::adaptive(1e-8) } else { Integrate::fixed(Scheme::Rk4, steps) };
        let start = points(1, x0.clone());
        let (path, hits) = integrate_until(&field, &start, None, (0.0, 2.0), &options, &event, &ctx(0)).unwrap();
        let free = integrate(&field, &start, None, (0.0, 2.0), &options, &ctx(0)).unwrap();
        for (row, x) in x0.iter().enumerate() {
            let exact = (x / c).ln() / k;
            let (end, freely) = (path.last().unwrap().row(row)[0], free.last().unwrap().row(row)[0]);
            match hits[row] {
                Some(Hit { event: 0, time }) => {
                    prop_assert!(exact > -1e-6 && (time - exact).abs() < 1e-3, "{time} for {exact}");
                    prop_assert!((end - c).abs() < 1e-9, "stopped at {end}, not at {c}");
                }
                _ => {
                    prop_assert!(!(1e-6..=2.0 - 1e-3).contains(&exact), "missed {exact}");
                    prop_assert!((end - freely).abs() < 1e-6);
                }
            }
        }
    }

    /// Two-sided exit of straight lines: the exit time is exact for every scheme, whatever the step.
    #[test]
    fn straight_lines_leave_a_slab_on_time(
        v in prop::collection::vec(-4.0_f64..4.0, 1..30),
        steps in 1_usize..30,
        scheme in prop::sample::select(vec![Scheme::Euler, Scheme::Heun, Scheme::Rk4, Scheme::DormandPrince, Scheme::EulerMaruyama]),
    ) {
        // The state carries its own speed.
        let field = FnField::rows(2, |_, x, out| {
            out[0] = x[1];
            out[1] = 0.0;
        });
        let events = [
            Event::new(Direction::Rising, |_, x| x[0] - 1.0),
            Event::new(Direction::Falling, |_, x| x[0] + 1.0),
        ];
        let start = points(2, v.iter().flat_map(|v| [0.0, *v]).collect());
        let options = Integrate { scheme, ..Integrate::fixed(scheme, steps) };
        let (path, hits) = integrate_until(&field, &start, None, (0.0, 1.0), &options, &events, &ctx(0)).unwrap();
        for (row, v) in v.iter().enumerate() {
            let end = path.last().unwrap().row(row)[0];
            if v.abs() > 1.0 + 1e-9 {
                let hit = hits[row].expect("left the slab");
                prop_assert_eq!(hit.event, usize::from(*v < 0.0));
                prop_assert!((hit.time - 1.0 / v.abs()).abs() < 1e-9);
                prop_assert!((end - v.signum()).abs() < 1e-9);
            } else if v.abs() < 1.0 - 1e-9 {
                prop_assert!(hits[row].is_none() && (end - v).abs() < 1e-9);
            }
        }
    }
}
