//! The stiff scheme against published solutions, and tangents.

use crate::common::{ctx, distance, points, problems, slope};
use thalweg_core::VectorField;
use thalweg_solve::{
    Differences, Differentiable, Extra, FnField, Integrate, Law, Motion, Noise, SaveAt, Scheme, Step, System, Tangents,
    integrate,
};

struct Silent;

impl Noise for Silent {
    fn normals(&mut self, out: &mut [f64]) {
        out.fill(0.0);
    }
}

/// Robertson's reactions.
struct Robertson;

impl VectorField for Robertson {
    fn dim(&self) -> usize {
        3
    }

    fn velocity(&self, _t: f64, x: &[f64], out: &mut [f64]) {
        for (x, out) in x.chunks_exact(3).zip(out.chunks_exact_mut(3)) {
            let (slow, fast, quick) = (0.04 * x[0], 1e4 * x[1] * x[2], 3e7 * x[1] * x[1]);
            out.copy_from_slice(&[fast - slow, slow - fast - quick, quick]);
        }
    }
}

impl Differentiable for Robertson {
    fn jacobian(&self, _t: f64, x: &[f64], out: &mut [f64]) {
        for (x, out) in x.chunks_exact(3).zip(out.chunks_exact_mut(9)) {
            let (a, b, c) = (1e4 * x[2], 1e4 * x[1], 6e7 * x[1]);
            out.copy_from_slice(&[-0.04, a, b, 0.04, -a - c, -b, 0.0, c, 0.0]);
        }
    }
}

fn stiff(tolerance: f64, atol: f64) -> Integrate {
    Integrate { scheme: Scheme::Rodas5p, rtol: tolerance, atol, ..Integrate::default() }
}

#[test]
fn robertsons_reactions_end_where_the_test_set_says() {
    // Mazzia and Magherini, "Test Set for Initial Value Problem Solvers", problem ROBER, at time 1e11.
    let exact = [0.2083340149701255e-7, 0.8333360770334713e-13, 0.999_999_979_166_505];
    let start = points(3, [1.0, 0.0, 0.0].repeat(2));
    let motion = Motion::of(Law::Differentiable(&Robertson));
    let (path, _) = motion.follow(&start, None, (0.0, 1e11), &stiff(1e-8, 1e-18), &ctx(0)).unwrap();
    assert!(path.report.converged(), "{:?}", path.report);
    for row in path.last().unwrap().rows() {
        for (found, exact) in row.iter().zip(exact) {
            assert!((found / exact - 1.0).abs() < 1e-5, "{found} for {exact}");
        }
    }
    assert!(path.report.iterations < 1000, "{} steps", path.report.iterations);
    // And without the Jacobian, at time 40: figures of the first example of CVODE (SUNDIALS).
    let exact = [7.158271e-1, 9.185535e-6, 2.841637e-1];
    let path = integrate(&Robertson, &start, None, (0.0, 40.0), &stiff(1e-8, 1e-14), &ctx(0)).unwrap();
    for (found, exact) in path.last().unwrap().row(1).iter().zip(exact) {
        assert!((found / exact - 1.0).abs() < 1e-6, "{found} for {exact}");
    }
}

#[test]
fn van_der_pols_relaxation_ends_where_hairer_and_wanner_say() {
    // "Solving Ordinary Differential Equations II", the reference of problem VDPOL with epsilon 1e-6 at time 2.
    let exact = [1.706167732170483, -0.892809701024797];
    let field = FnField::rows(2, |_, x, out| {
        (out[0], out[1]) = (x[1], 1e6 * ((1.0 - x[0] * x[0]) * x[1] - x[0]));
    });
    let start = points(2, vec![2.0, -0.66]);
    let path = integrate(&field, &start, None, (0.0, 2.0), &stiff(1e-8, 1e-8), &ctx(0)).unwrap();
    assert!(path.report.converged());
    assert!(distance(path.last().unwrap().row(0), &exact) < 1e-5);
    // Stability lets an explicit scheme take no fewer than 1e6 * 3 / 3.3 steps; this takes less than a hundredth.
    assert!(path.report.iterations < 9000, "{} steps", path.report.iterations);
}

fn walk(law: Law<'_>, span: (f64, f64), steps: usize, y: &[f64]) -> Vec<f64> {
    let system = System::new(law, 1, Extra::Nothing);
    let mut stepper = Scheme::Rodas5p.stepper();
    let (mut y, mut next, mut error) = (y.to_vec(), y.to_vec(), y.to_vec());
    let h = (span.1 - span.0) / steps as f64;
    for k in 0..steps {
        stepper.step(&system, span.0 + k as f64 * h, h, &y, &mut Silent, &mut next, &mut error);
        stepper.accept(false);
        std::mem::swap(&mut y, &mut next);
    }
    y
}

#[test]
fn rodas5p_has_order_five_and_an_interpolant_of_order_four() {
    let mut least = f64::INFINITY;
    for problem in problems() {
        let known = Differences(&problem.field);
        let law = Law::Differentiable(&known);
        let counts = [30, 42, 60];
        let h = counts.map(|n| 2.0 / n as f64);
        let errors =
            counts.map(|n| distance(&walk(law, (0.0, 2.0), n, &problem.start), &(problem.exact)(2.0, &problem.start)));
        let order = slope(&h, &errors);
        assert!(order > 4.6, "{}: order {order} {errors:?}", problem.name);
        least = least.min(order);
        let h = [0.2, 0.14, 0.1];
        let errors = h.map(|h| {
            let system = System::new(law, 1, Extra::Nothing);
            let mut stepper = Scheme::Rodas5p.stepper();
            let y = problem.start.clone();
            let (mut next, mut error, mut at) = (y.clone(), y.clone(), y.clone());
            stepper.step(&system, 0.0, h, &y, &mut Silent, &mut next, &mut error);
            let mut worst: f64 = 0.0;
            for theta in [0.2, 0.5, 0.8] {
                let step = Step { t: 0.0, h, y: &y, next: &next };
                stepper.interpolate(&system, step, theta, 0..y.len(), &mut at);
                worst = worst.max(distance(&at, &(problem.exact)(theta * h, &problem.start)));
            }
            worst
        });
        let order = slope(&h, &errors);
        assert!(order > 4.6, "{}: local order of the interpolant {order} {errors:?}", problem.name);
    }
    assert!(least < 5.4, "order {least} everywhere");
}

#[test]
fn what_is_fast_is_gone_after_one_step() {
    for rate in [1e6, 1e12] {
        let field = FnField::rows(1, move |_, x, out| out[0] = -rate * x[0]);
        let end = walk(Law::Field(&field), (0.0, 1.0), 1, &[1.0]);
        assert!(end[0].abs() < 100.0 / rate, "rate {rate}: {}", end[0]);
    }
}

#[test]
fn growth_is_carried_along_a_stiff_law() {
    // x' = -1000 (x - cos t) - sin t from 1 is cos t, and grows at x: log w = sin t.
    let field = FnField::rows(1, |t, x, out| out[0] = -1000.0 * (x[0] - t.cos()) - t.sin()).with_growth(|_, x| x[0]);
    let options = stiff(1e-9, 1e-9).saving(SaveAt::Even(5));
    let path = integrate(&field, &points(1, vec![1.0]), None, (0.0, 3.0), &options, &ctx(0)).unwrap();
    for ((t, states), weights) in path.times.iter().zip(&path.states).zip(&path.log_weights) {
        assert!((states.row(0)[0] - t.cos()).abs() < 1e-7);
        assert!((weights[0] - t.sin()).abs() < 1e-7);
    }
}

#[test]
fn tangents_are_the_derivative_of_the_flow() {
    // x' = 2 x (1 - x), y' = -x y: x and its derivative in closed form, y = y0 sqrt(x0 / x) exp(-t)... by the flow of both.
    let field = FnField::rows(2, |_, x, out| (out[0], out[1]) = (2.0 * x[0] * (1.0 - x[0]), (1.0 - 2.0 * x[0]) * x[1]));
    let law = Differences(&field);
    let tangents = Tangents::new(&law, 2);
    let (x0, y0, t) = (0.2_f64, 1.5_f64, 1.3_f64);
    let start = points(6, [tangents.start(&[x0, y0]), tangents.start(&[0.5, 1.0])].concat());
    let path = integrate(&tangents, &start, None, (0.0, t), &Integrate::adaptive(1e-10), &ctx(0)).unwrap();
    let found = path.last().unwrap().row(0);
    // With g = 1 + x0 (exp(2 t) - 1): x = x0 exp(2 t) / g, dx/dx0 = exp(2 t) / g^2, and y = y0 exp(t) / g.
    let (e, g) = ((2.0 * t).exp(), 1.0 + x0 * ((2.0 * t).exp() - 1.0));
    let exact = [x0 * e / g, y0 * t.exp() / g, e / (g * g), -y0 * t.exp() * (e - 1.0) / (g * g), 0.0, t.exp() / g];
    assert!(distance(found, &exact) < 1e-7, "{found:?} for {exact:?}");
}

#[test]
fn differences_agree_with_the_jacobian() {
    let x = [0.7, 1e-5, 0.3, 0.1, 2e-5, 0.9];
    let (mut exact, mut found) = ([0.0; 18], [0.0; 18]);
    Robertson.jacobian(0.0, &x, &mut exact);
    Differences(&Robertson).jacobian(0.0, &x, &mut found);
    for (a, b) in found.iter().zip(exact) {
        assert!((a - b).abs() < 1e-6 * (1.0 + b.abs()), "{a} for {b}");
    }
}
