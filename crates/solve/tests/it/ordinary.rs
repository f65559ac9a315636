//! ODE steppers against known solutions.

use crate::common::{ctx, distance, points, problems, slope};
use thalweg_core::VectorField;
use thalweg_solve::{
    DOP853, DORMAND_PRINCE, EULER, Extra, HEUN, Integrate, Law, MIDPOINT, Noise, RK4, Reversed, RungeKutta, SaveAt,
    Scheme, Share, Step, Stepper, System, TSIT5, Tableau, integrate,
};

struct Quiet;

impl Noise for Quiet {
    fn normals(&mut self, out: &mut [f64]) {
        out.fill(0.0);
    }
}

/// Largest error up to time 2 with equal steps: over all steps, since at a single time the leading error of a
/// method may cancel.
fn error_of(tableau: &'static Tableau, problem: &crate::common::Problem, steps: usize) -> f64 {
    let system = System::new(Law::Field(&problem.field), 1, Extra::Nothing);
    let mut stepper = RungeKutta::new(tableau);
    let (mut y, mut next) = (problem.start.clone(), problem.start.clone());
    let mut error = y.clone();
    let h = 2.0 / steps as f64;
    let mut worst: f64 = 0.0;
    for k in 0..steps {
        stepper.step(&system, k as f64 * h, h, &y, &mut Quiet, &mut next, &mut error);
        stepper.accept(false);
        std::mem::swap(&mut y, &mut next);
        worst = worst.max(distance(&y, &(problem.exact)((k + 1) as f64 * h, &problem.start)));
    }
    worst
}

#[test]
fn steppers_converge_at_their_order() {
    for (tableau, counts) in [
        (&EULER, [160, 320, 640]),
        (&MIDPOINT, [80, 160, 320]),
        (&HEUN, [80, 160, 320]),
        (&RK4, [40, 80, 160]),
        (&DORMAND_PRINCE, [40, 60, 80]),
        (&TSIT5, [80, 120, 160]),
        (&DOP853, [10, 13, 16]),
    ] {
        let expected = tableau.order as f64;
        let h: Vec<f64> = counts.iter().map(|n| 2.0 / *n as f64).collect();
        let orders = problems().into_iter().map(|problem| {
            let errors: Vec<f64> = counts.iter().map(|n| error_of(tableau, &problem, *n)).collect();
            let order = slope(&h, &errors);
            assert!(order > expected - 0.25, "{} on {}: order {order}", tableau.name, problem.name);
            order
        });
        // A method may do better where leading terms cancel, but not everywhere.
        let least = orders.into_iter().fold(f64::INFINITY, f64::min);
        assert!(least < expected + 0.25, "{}: order {least} everywhere", tableau.name);
    }
}

/// Largest error of the interpolant within one step from an exact start.
fn dense_error(tableau: &'static Tableau, problem: &crate::common::Problem, h: f64) -> f64 {
    let system = System::new(Law::Field(&problem.field), 1, Extra::Nothing);
    let mut stepper = RungeKutta::new(tableau);
    let y = problem.start.clone();
    let (mut next, mut error, mut at) = (y.clone(), y.clone(), y.clone());
    stepper.step(&system, 0.0, h, &y, &mut Quiet, &mut next, &mut error);
    stepper.accept(false);
    let mut worst: f64 = 0.0;
    for k in 1..10 {
        let theta = k as f64 / 10.0;
        let step = Step { t: 0.0, h, y: &y, next: &next };
        stepper.interpolate(&system, step, theta, 0..y.len(), &mut at);
        worst = worst.max(distance(&at, &(problem.exact)(theta * h, &problem.start)));
    }
    worst
}

#[test]
fn dense_output_has_the_local_order_it_should() {
    // An interpolant of order p has the local error h^(p + 1), the cubic of Hermite h^4.
    for (tableau, expected, h) in [
        (&DORMAND_PRINCE, 5.0, [0.1, 0.05, 0.025]),
        (&TSIT5, 5.0, [0.1, 0.05, 0.025]),
        (&DOP853, 8.0, [0.3, 0.21, 0.15]),
        (&RK4, 4.0, [0.1, 0.05, 0.025]),
    ] {
        for problem in problems() {
            let errors = h.map(|h| dense_error(tableau, &problem, h));
            let order = slope(&h, &errors);
            assert!(order > expected - 0.3, "{} on {}: order {order}", tableau.name, problem.name);
        }
    }
}

#[test]
fn interpolants_meet_the_ends_of_the_step() {
    for tableau in [&EULER, &RK4, &DORMAND_PRINCE, &TSIT5, &DOP853] {
        let problem = &problems()[0];
        let system = System::new(Law::Field(&problem.field), 1, Extra::Nothing);
        let mut stepper = RungeKutta::new(tableau);
        let y = problem.start.clone();
        let (mut next, mut error, mut at) = (y.clone(), y.clone(), y.clone());
        stepper.step(&system, 0.0, 0.3, &y, &mut Quiet, &mut next, &mut error);
        for (theta, end) in [(0.0, &y), (1.0, &next)] {
            stepper.interpolate(&system, Step { t: 0.0, h: 0.3, y: &y, next: &next }, theta, 0..2, &mut at);
            assert!(distance(&at, end) < 1e-14);
        }
    }
}

#[test]
fn adaptive_error_follows_the_tolerance() {
    for (scheme, problem) in [Scheme::DormandPrince, Scheme::Tsit5, Scheme::Dop853]
        .into_iter()
        .flat_map(|scheme| problems().into_iter().map(move |problem| (scheme, problem)))
    {
        let x = points(problem.start.len(), problem.start.clone());
        let tolerances = [1e-4, 1e-6, 1e-8, 1e-10];
        let errors = tolerances.map(|tolerance| {
            let options = Integrate { scheme, ..Integrate::adaptive(tolerance) };
            let path = integrate(&problem.field, &x, None, (0.0, 2.0), &options, &ctx(0));
            let path = path.expect("valid");
            assert!(path.report.converged());
            distance(path.last().expect("saved").row(0), &(problem.exact)(2.0, &problem.start))
        });
        for (error, tolerance) in errors.iter().zip(tolerances) {
            assert!(*error < 10.0 * tolerance, "{scheme:?}, {}: error {error} at {tolerance}", problem.name);
        }
        // A method of order 8 has few steps here, and their lengths are far from all alike.
        let (least, most) = if scheme == Scheme::Dop853 { (0.6, 1.6) } else { (0.7, 1.3) };
        let order = slope(&tolerances, &errors);
        assert!((least..most).contains(&order), "{scheme:?}, {}: error ~ tolerance^{order}", problem.name);
    }
}

#[test]
fn dop853_is_as_good_as_that_of_a_peer() {
    // Largest errors at 101 equal times and evaluations of SciPy 1.17.1: solve_ivp(method="DOP853", rtol=1e-10,
    // atol=1e-10, dense_output=True). SciPy counts the stages of the interpolant only where it is made, in every step.
    let peer = [(3.34e-10, 107.0), (2.25e-10, 176.0), (1.00e-9, 320.0)];
    for (problem, (peer_error, peer_evaluations)) in problems().iter().zip(peer) {
        let x = points(problem.start.len(), problem.start.clone());
        let base = Integrate { scheme: Scheme::Dop853, ..Integrate::adaptive(1e-10) };
        let path = integrate(&problem.field, &x, None, (0.0, 2.0), &base.saving(SaveAt::Even(101)), &ctx(0)).unwrap();
        let states = path.times.iter().zip(&path.states);
        let worst = states.map(|(t, s)| distance(s.row(0), &(problem.exact)(*t, &problem.start))).fold(0.0, f64::max);
        assert!(worst < 2.0 * peer_error, "{}: error {worst}", problem.name);
        let evaluations = path.report.residuals[0].1;
        assert!(evaluations < 1.25 * peer_evaluations, "{}: {evaluations} evaluations", problem.name);
    }
}

#[test]
fn rows_alone_do_not_depend_on_the_rows_beside_them() {
    // Rates from 1 to 100: in company all rows take the steps of the fastest.
    let field = thalweg_solve::FnField::rows(2, |t, x, out| {
        out[0] = -x[1] * (x[0] - t.cos());
        out[1] = 0.0;
    });
    let rows: Vec<f64> = (0..300).flat_map(|k| [1.0, 1.0 + 99.0 * f64::from(k) / 299.0]).collect();
    let x = points(2, rows);
    let run = |share, x: &thalweg_core::Points| {
        let options = Integrate { share, ..Integrate::adaptive(1e-6).saving(SaveAt::Even(4)) };
        integrate(&field, x, None, (0.0, 2.0), &options, &ctx(0)).expect("valid")
    };
    let (alone, company) = (run(Share::Row, &x), run(Share::Block, &x));
    let few = run(Share::Row, &x.select(&[0, 17]));
    for (all, part) in alone.states.iter().zip(&few.states) {
        assert_eq!((all.row(0), all.row(17)), (part.row(0), part.row(1)));
    }
    let difference = distance(alone.last().unwrap().values(), company.last().unwrap().values());
    assert!(difference > 0.0 && difference < 1e-5);
    assert!(few.report.iterations * 3 < company.report.iterations);
}

#[test]
fn dense_output_is_as_good_as_that_of_a_peer() {
    // Largest errors at 101 equal times and evaluations of the same pair with the same interpolant in SciPy
    // 1.17.1: solve_ivp(method="RK45", rtol=1e-8, atol=1e-8, dense_output=True). The controllers differ.
    let peer = [(8.44e-9, 122.0), (4.61e-8, 134.0), (1.11e-7, 224.0)];
    for (problem, (peer_error, peer_evaluations)) in problems().iter().zip(peer) {
        let x = points(problem.start.len(), problem.start.clone());
        let options = Integrate::adaptive(1e-8).saving(SaveAt::Even(101));
        let path = integrate(&problem.field, &x, None, (0.0, 2.0), &options, &ctx(0)).expect("valid");
        assert_eq!((path.times.len(), path.times[0], path.times[100]), (101, 0.0, 2.0));
        let states = path.times.iter().zip(&path.states);
        let worst = states.map(|(t, s)| distance(s.row(0), &(problem.exact)(*t, &problem.start))).fold(0.0, f64::max);
        assert!(worst < 2.0 * peer_error, "{}: error {worst}", problem.name);
        let evaluations = path.report.residuals[0].1;
        assert!(evaluations < 1.25 * peer_evaluations, "{}: {evaluations} evaluations", problem.name);
    }
}

#[test]
fn saved_times_do_not_change_the_steps_of_an_adaptive_scheme() {
    let problem = &problems()[0];
    let x = points(2, problem.start.clone());
    let run = |save| {
        let path = integrate(&problem.field, &x, None, (0.0, 2.0), &Integrate::adaptive(1e-6).saving(save), &ctx(0));
        path.expect("valid")
    };
    let (end, many) = (run(SaveAt::End), run(SaveAt::Even(37)));
    assert_eq!(end.last(), many.last());
    assert_eq!(end.report.residuals, many.report.residuals);
}

#[test]
fn backward_after_forward_is_the_identity() {
    for seed in 0..3 {
        let field = &problems()[0].field;
        let x = crate::common::normals(600, 2, seed);
        for (options, tolerance) in [(Integrate::adaptive(1e-10), 1e-8), (Integrate::fixed(Scheme::Rk4, 400), 1e-8)] {
            let there = integrate(field, &x, None, (0.3, 2.0), &options, &ctx(seed)).expect("valid");
            let there = there.last().expect("saved");
            let back = integrate(field, there, None, (2.0, 0.3), &options, &ctx(seed)).expect("valid");
            assert!(distance(back.last().expect("saved").values(), x.values()) < tolerance);
            let reversed = Reversed::new(field, 2.3);
            let again = integrate(&reversed, there, None, (0.3, 2.0), &options, &ctx(seed)).expect("valid");
            assert!(distance(again.last().expect("saved").values(), x.values()) < tolerance);
        }
    }
}

#[test]
fn every_step_is_saved_at_common_times() {
    let field = &problems()[0].field;
    let x = crate::common::normals(300, 2, 0);
    for options in [Integrate::adaptive(1e-6), Integrate::fixed(Scheme::Rk4, 50)] {
        for span in [(0.0, 2.0), (2.0, 0.0)] {
            let path = integrate(field, &x, None, span, &options.clone().saving(SaveAt::Steps), &ctx(0));
            let path = path.expect("valid");
            assert_eq!(path.times.len(), path.report.iterations + 1);
            assert_eq!((path.times[0], path.times[path.times.len() - 1]), span);
            assert!(path.states.iter().all(|s| s.len() == 300));
        }
    }
}

#[test]
fn fixed_steps_land_on_saved_times() {
    let problem = &problems()[2];
    let x = points(1, problem.start.clone());
    for (span, times) in [((0.0, 2.0), vec![0.0, 0.1, 1.23, 2.0]), ((2.0, 0.0), vec![1.9, 0.7])] {
        let start = points(1, (problem.exact)(span.0, x.row(0)));
        let options = Integrate::fixed(Scheme::Rk4, 200).saving(SaveAt::Times(times.clone()));
        let path = integrate(&problem.field, &start, None, span, &options, &ctx(0)).expect("valid");
        assert_eq!(path.times, times);
        for (t, state) in times.iter().zip(&path.states) {
            assert!(distance(state.row(0), &(problem.exact)(*t, x.row(0))) < 1e-7);
        }
    }
}

#[test]
fn evaluations_are_counted() {
    let field = &problems()[0].field;
    let x = points(2, vec![1.0, 0.0]);
    for (scheme, each) in [(Scheme::Euler, 1.0), (Scheme::Heun, 2.0), (Scheme::Rk4, 4.0)] {
        let path = integrate(field, &x, None, (0.0, 1.0), &Integrate::fixed(scheme, 10), &ctx(0)).expect("valid");
        assert_eq!(path.report.residuals[0], ("field evaluations".to_owned(), 10.0 * each));
    }
    let path = integrate(field, &x, None, (0.0, 1.0), &Integrate::default(), &ctx(0)).expect("valid");
    let tries = path.report.iterations as f64 + path.report.residuals[1].1;
    // Six a step by reuse of the last stage, one at the start, two to choose the first length.
    assert_eq!(path.report.residuals[0].1, 6.0 * tries + 3.0);
    assert_eq!(field.dim(), 2);
}
