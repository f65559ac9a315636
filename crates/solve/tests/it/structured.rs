//! Schemes that use the structure of a law: symplectic, exponential, super-time-stepping.

use crate::common::{ctx, distance, points, slope};
use num_complex::Complex64;
use std::f64::consts::PI;
use thalweg_core::{Points, VectorField};
use thalweg_solve::{
    Diagonal, Extra, FnField, Integrate, Law, Motion, Noise, Parabolic, Polynomials, SaveAt, Scheme, Semilinear,
    Separable, Spectral, System, integrate,
};

struct Silent;

impl Noise for Silent {
    fn normals(&mut self, out: &mut [f64]) {
        out.fill(0.0);
    }
}

/// `steps` equal steps of a scheme from `y` over `span`.
fn walk(scheme: Scheme, law: Law<'_>, span: (f64, f64), steps: usize, y: &[f64]) -> Vec<f64> {
    let system = System::new(law, y.len() / law.dim(), Extra::Nothing);
    let mut stepper = scheme.stepper();
    let (mut y, mut next, mut error) = (y.to_vec(), y.to_vec(), y.to_vec());
    let h = (span.1 - span.0) / steps as f64;
    for k in 0..steps {
        stepper.step(&system, span.0 + k as f64 * h, h, &y, &mut Silent, &mut next, &mut error);
        stepper.accept(false);
        std::mem::swap(&mut y, &mut next);
    }
    y
}

/// The planar two-body problem with `T = p^2 / 2` and `V = -1 / |q|`.
struct Kepler;

impl Separable for Kepler {
    fn freedom(&self) -> usize {
        2
    }

    fn velocity(&self, p: &[f64], out: &mut [f64]) {
        out.copy_from_slice(p);
    }

    fn force(&self, _t: f64, q: &[f64], out: &mut [f64]) {
        for (q, out) in q.chunks_exact(2).zip(out.chunks_exact_mut(2)) {
            let r3 = (q[0] * q[0] + q[1] * q[1]).powf(1.5);
            (out[0], out[1]) = (-q[0] / r3, -q[1] / r3);
        }
    }
}

/// State at time `t` of the orbit of eccentricity `e` and major axis 2 that is nearest at time 0.
fn orbit(e: f64, t: f64) -> Vec<f64> {
    let mut u = t;
    for _ in 0..60 {
        u -= (u - e * u.sin() - t) / (1.0 - e * u.cos());
    }
    let (root, rate) = ((1.0 - e * e).sqrt(), 1.0 / (1.0 - e * u.cos()));
    vec![u.cos() - e, root * u.sin(), -u.sin() * rate, root * u.cos() * rate]
}

fn energy(x: &[f64]) -> f64 {
    0.5 * (x[2] * x[2] + x[3] * x[3]) - 1.0 / (x[0] * x[0] + x[1] * x[1]).sqrt()
}

/// `q'' = -q + cos 2 t`: a force that depends on time.
struct Driven;

impl Separable for Driven {
    fn freedom(&self) -> usize {
        1
    }

    fn velocity(&self, p: &[f64], out: &mut [f64]) {
        out.copy_from_slice(p);
    }

    fn force(&self, t: f64, q: &[f64], out: &mut [f64]) {
        out.iter_mut().zip(q).for_each(|(o, q)| *o = (2.0 * t).cos() - q);
    }
}

const SYMPLECTIC: [(Scheme, f64, [usize; 3]); 6] = [
    (Scheme::Verlet, 2.0, [200, 400, 800]),
    (Scheme::Yoshida4, 4.0, [200, 300, 400]),
    (Scheme::BlanesMoan4, 4.0, [60, 90, 120]),
    (Scheme::BlanesMoan6, 6.0, [60, 80, 110]),
    (Scheme::KahanLi6, 6.0, [60, 80, 110]),
    (Scheme::KahanLi8, 8.0, [40, 55, 70]),
];

#[test]
fn splittings_have_their_order_on_an_orbit_and_under_a_force_that_depends_on_time() {
    for (scheme, expected, counts) in SYMPLECTIC {
        let h = counts.map(|n| 1.0 / n as f64);
        let exact = orbit(0.3, 5.0);
        let order = slope(
            &h,
            &counts.map(|n| distance(&walk(scheme, Law::Separable(&Kepler), (0.0, 5.0), n, &orbit(0.3, 0.0)), &exact)),
        );
        assert!((order - expected).abs() < 0.4, "{scheme:?} on an orbit: order {order}");
        // q = cos t / 3 - cos 2t / 3 + sin t from (0, 1).
        let t = 5.0_f64;
        let exact = [(t.cos() - (2.0 * t).cos()) / 3.0 + t.sin(), (-t.sin() + 2.0 * (2.0 * t).sin()) / 3.0 + t.cos()];
        let counts = counts.map(|n| n / 4);
        let errors = counts.map(|n| distance(&walk(scheme, Law::Separable(&Driven), (0.0, t), n, &[0.0, 1.0]), &exact));
        let order = slope(&counts.map(|n| 1.0 / n as f64), &errors);
        assert!((order - expected).abs() < 0.4, "{scheme:?} under a force in time: order {order} {errors:?}");
    }
}

#[test]
fn energy_stays_near_for_a_thousand_orbits() {
    let start = orbit(0.6, 0.0);
    let drift = |scheme: Scheme, steps: usize| {
        let motion = Motion::of(Law::Separable(&Kepler));
        let options = Integrate { max_steps: 10_000_000, ..Integrate::fixed(scheme, 1000 * steps) };
        // Not whole periods, so that all phases are seen.
        let span = (0.0, 1000.0 * 6.1);
        let path = motion.follow(&points(4, start.clone()), None, span, &options.saving(SaveAt::Even(1001)), &ctx(0));
        let (path, _) = path.unwrap();
        assert!(path.report.converged());
        let errors: Vec<f64> = path.states.iter().map(|s| (energy(s.row(0)) - energy(&start)).abs()).collect();
        let worst = |part: &[f64]| part.iter().fold(0.0_f64, |a, b| a.max(*b));
        (worst(&errors[..100]), worst(&errors))
    };
    for (scheme, steps, bound) in
        [(Scheme::Verlet, 200, 1e-2), (Scheme::BlanesMoan4, 60, 1e-3), (Scheme::KahanLi8, 60, 1e-4)]
    {
        let (early, all) = drift(scheme, steps);
        assert!(all < bound && all < 2.0 * early + 1e-12, "{scheme:?}: {early} in 100 orbits, {all} in 1000");
    }
    // The classical method, at the same cost, spirals.
    let (early, all) = drift(Scheme::Rk4, 100);
    assert!(all > 4.0 * early, "RK4: {early} in 100 orbits, {all} in 1000");
}

#[test]
fn splittings_are_reversible_and_preserve_area() {
    for (scheme, _, _) in SYMPLECTIC {
        let there = walk(scheme, Law::Separable(&Kepler), (0.0, 4.0), 60, &orbit(0.5, 0.0));
        let back = walk(scheme, Law::Separable(&Kepler), (4.0, 0.0), 60, &there);
        assert!(distance(&back, &orbit(0.5, 0.0)) < 1e-11, "{scheme:?}");
        // d(q, p)/d(q0, p0) of the driven oscillator by exact differences, as it is linear.
        let end = |q, p| walk(scheme, Law::Separable(&Driven), (0.0, 3.0), 7, &[q, p]);
        let (o, a, b) = (end(0.0, 0.0), end(1.0, 0.0), end(0.0, 1.0));
        let det = (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0]);
        assert!((det - 1.0).abs() < 1e-12, "{scheme:?}: {det}");
    }
}

#[test]
fn many_rows_of_a_separable_law_go_as_each_alone() {
    let starts: Vec<Vec<f64>> = (0..5).map(|k| orbit(0.1 * k as f64, 0.3)).collect();
    let all = walk(Scheme::KahanLi6, Law::Separable(&Kepler), (0.0, 1.0), 10, &starts.concat());
    for (k, start) in starts.iter().enumerate() {
        assert_eq!(all[4 * k..4 * k + 4], walk(Scheme::KahanLi6, Law::Separable(&Kepler), (0.0, 1.0), 10, start));
    }
    // And any scheme can follow its drift.
    let motion = Motion::of(Law::Separable(&Kepler));
    let options = Integrate { scheme: Scheme::Dop853, ..Integrate::adaptive(1e-11) };
    let (path, _) = motion.follow(&points(4, orbit(0.3, 0.0)), None, (0.0, 5.0), &options, &ctx(0)).unwrap();
    assert!(distance(path.last().unwrap().row(0), &orbit(0.3, 5.0)) < 1e-8);
}

/// `z' = (lambda + i omega) z + (1 - |z|^2) z - lambda z`, the linear part split off.
struct Limit {
    rates: Vec<Complex64>,
}

impl Semilinear for Limit {
    fn dim(&self) -> usize {
        2
    }

    fn linear(&self) -> Diagonal<'_> {
        Diagonal::Complex(&self.rates)
    }

    fn nonlinear(&self, _t: f64, x: &[f64], out: &mut [f64]) {
        for (x, out) in x.chunks_exact(2).zip(out.chunks_exact_mut(2)) {
            let shift = 1.0 - x[0] * x[0] - x[1] * x[1] - self.rates[0].re;
            (out[0], out[1]) = (shift * x[0], shift * x[1]);
        }
    }
}

/// `x' = -c x + c cos t`, `c = 10` for one coordinate and 0.01 for the other.
struct Relaxing;

const RATES: [f64; 2] = [-10.0, -0.01];

impl Semilinear for Relaxing {
    fn dim(&self) -> usize {
        2
    }

    fn linear(&self) -> Diagonal<'_> {
        Diagonal::Real(&RATES)
    }

    fn nonlinear(&self, t: f64, _x: &[f64], out: &mut [f64]) {
        out.chunks_exact_mut(2).for_each(|out| {
            out[0] = 10.0 * t.cos();
            out[1] = 0.01 * t.cos();
        });
    }
}

#[test]
fn etdrk4_has_order_four_for_real_and_complex_rates_large_and_small() {
    // Within the step of a stiff rate the order is that of the stages (Hochbruck and Ostermann, SIAM J. Numer. Anal. 43,
    // 2005), so the steps are short enough for the larger rate.
    let counts = [40, 80, 160];
    let h = counts.map(|n| 1.0 / n as f64);
    // x = c (c cos t + sin t) / (1 + c^2) + (x0 - c^2 / (1 + c^2)) exp(-c t).
    let exact = |c: f64, t: f64| {
        let share = c / (1.0 + c * c);
        share * (c * t.cos() + t.sin()) + (0.5 - share * c) * (-c * t).exp()
    };
    for component in 0..2 {
        let errors = counts.map(|n| {
            let end = walk(Scheme::Etdrk4, Law::Semilinear(&Relaxing), (0.0, 2.0), n, &[0.5, 0.5]);
            (end[component] - exact(-RATES[component], 2.0)).abs()
        });
        let order = slope(&h, &errors);
        assert!((order - 4.0).abs() < 0.4, "component {component}: order {order} {errors:?}");
    }
    for lambda in [0.0, -30.0] {
        let law = Limit { rates: vec![Complex64::new(lambda, 20.0)] };
        let r = 1.0 / (1.0 + (1.0 / 0.09 - 1.0) * (-4.0_f64).exp()).sqrt();
        let exact = [r * 40.0_f64.cos(), r * 40.0_f64.sin()];
        let counts = [100, 200, 400];
        let errors =
            counts.map(|n| distance(&walk(Scheme::Etdrk4, Law::Semilinear(&law), (0.0, 2.0), n, &[0.3, 0.0]), &exact));
        let order = slope(&counts.map(|n| 1.0 / n as f64), &errors);
        assert!((order - 4.0).abs() < 0.4, "lambda {lambda}: order {order} {errors:?}");
    }
}

/// `x' = 0 x + N`: no linear part.
struct Plain([f64; 1]);

impl Semilinear for Plain {
    fn dim(&self) -> usize {
        1
    }

    fn linear(&self) -> Diagonal<'_> {
        Diagonal::Real(&self.0)
    }

    fn nonlinear(&self, t: f64, x: &[f64], out: &mut [f64]) {
        out.iter_mut().zip(x).for_each(|(o, x)| *o = t.cos() * x * (1.0 - x));
    }
}

#[test]
fn etdrk4_without_a_linear_part_is_the_classical_method() {
    for rate in [0.0, 1e-13] {
        let law = Plain([rate]);
        let (exponential, classical) = (
            walk(Scheme::Etdrk4, Law::Semilinear(&law), (0.0, 3.0), 20, &[0.2]),
            walk(Scheme::Rk4, Law::Semilinear(&law), (0.0, 3.0), 20, &[0.2]),
        );
        assert!(distance(&exponential, &classical) < 1e-12);
    }
}

/// Korteweg and de Vries: `u_t + u u_x + u_xxx = 0` in Fourier space.
struct Kdv {
    grid: Spectral,
    rates: Vec<Complex64>,
}

impl Semilinear for Kdv {
    fn dim(&self) -> usize {
        2 * self.rates.len()
    }

    fn linear(&self) -> Diagonal<'_> {
        Diagonal::Complex(&self.rates)
    }

    fn nonlinear(&self, _t: f64, x: &[f64], out: &mut [f64]) {
        let mut modes: Vec<Complex64> = x.chunks_exact(2).map(|z| Complex64::new(z[0], z[1])).collect();
        let mut u = vec![0.0; self.grid.len()];
        self.grid.inverse(&modes, &mut u);
        u.iter_mut().for_each(|u| *u = 0.5 * *u * *u);
        self.grid.forward(&u, &mut modes);
        self.grid.dealias(&mut modes);
        for ((mode, k), out) in modes.iter().zip(self.grid.wavenumbers()).zip(out.chunks_exact_mut(2)) {
            let flux = -Complex64::i() * k[0] * mode;
            (out[0], out[1]) = (flux.re, flux.im);
        }
    }
}

#[test]
fn a_soliton_goes_round_and_keeps_its_shape() {
    let (n, length, c) = (128, 40.0, 1.0_f64);
    let grid = Spectral::periodic(&[n], &[length]).unwrap();
    let rates = grid.wavenumbers().iter().map(|k| Complex64::new(0.0, k[0].powi(3))).collect();
    let shape = |x: f64| 3.0 * c / (0.5 * c.sqrt() * x).cosh().powi(2);
    let u: Vec<f64> = (0..n).map(|j| shape(j as f64 * length / n as f64 - 20.0)).collect();
    let mut modes = vec![Complex64::default(); grid.modes()];
    grid.forward(&u, &mut modes);
    let start: Vec<f64> = modes.iter().flat_map(|m| [m.re, m.im]).collect();
    let law = Kdv { grid: grid.clone(), rates };
    // Once round. The tails of the soliton, 12 exp(-20) or 2.5e-8, meet half way.
    let error = |steps: usize| {
        let end = walk(Scheme::Etdrk4, Law::Semilinear(&law), (0.0, 40.0), steps, &start);
        let modes: Vec<Complex64> = end.chunks_exact(2).map(|z| Complex64::new(z[0], z[1])).collect();
        let mut v = vec![0.0; n];
        grid.inverse(&modes, &mut v);
        distance(&u, &v)
    };
    let errors = [600, 1200].map(error);
    assert!(errors[1] < 1e-4 && errors[0] / errors[1] > 12.0, "{errors:?}");
}

/// `u_t = u_xx` between walls at zero on `n` points, stiff: the highest rate is nearly `4 (n + 1)^2`.
struct Heat(usize);

impl Heat {
    /// The slowest mode, of the rate `4 (n + 1)^2 sin^2(pi / (2 (n + 1)))` and value 1 in the middle.
    fn slowest(&self) -> (Vec<f64>, f64) {
        let m = (self.0 + 1) as f64;
        let mode = (1..=self.0).map(|j| (PI * j as f64 / m).sin()).collect();
        (mode, 4.0 * m * m * (0.5 * PI / m).sin().powi(2))
    }
}

impl VectorField for Heat {
    fn dim(&self) -> usize {
        self.0
    }

    fn velocity(&self, t: f64, x: &[f64], out: &mut [f64]) {
        let m2 = ((self.0 + 1) as f64).powi(2);
        for (x, out) in x.chunks_exact(self.0).zip(out.chunks_exact_mut(self.0)) {
            for j in 0..self.0 {
                let left = if j > 0 { x[j - 1] } else { 0.0 };
                let right = x.get(j + 1).copied().unwrap_or(0.0);
                // A common factor in time makes the law non-autonomous, with a closed form still.
                out[j] = (1.0 + 0.5 * t.cos()) * m2 * (left - 2.0 * x[j] + right);
            }
        }
    }
}

impl Parabolic for Heat {
    fn spectral_radius(&self, t: f64, _x: &[f64]) -> f64 {
        4.0 * ((self.0 + 1) as f64).powi(2) * (1.0 + 0.5 * t.cos()).max(1.25)
    }
}

const SUPER: [(Scheme, Polynomials); 2] =
    [(Scheme::Rkl2, Polynomials::Legendre), (Scheme::Rkg2, Polynomials::Gegenbauer)];

#[test]
fn super_time_steps_have_order_two() {
    let heat = Heat(40);
    let (mode, rate) = heat.slowest();
    let factor = |t: f64| (-rate * (t + 0.5 * t.sin())).exp();
    for (scheme, _) in SUPER {
        let counts = [16, 32, 64];
        let errors = counts.map(|n| {
            let end = walk(scheme, Law::Parabolic(&heat), (0.0, 0.2), n, &mode);
            let exact: Vec<f64> = mode.iter().map(|v| factor(0.2) * v).collect();
            distance(&end, &exact)
        });
        let order = slope(&counts.map(|n| 1.0 / n as f64), &errors);
        assert!((order - 2.0).abs() < 0.25, "{scheme:?}: order {order} {errors:?}");
        // And on problems that are not stiff.
        for problem in crate::common::problems() {
            let errors = [40, 80, 160].map(|n| {
                let end = walk(scheme, Law::Field(&problem.field), (0.0, 2.0), n, &problem.start);
                distance(&end, &(problem.exact)(2.0, &problem.start))
            });
            let order = slope(&[4.0, 2.0, 1.0], &errors);
            assert!((order - 2.0).abs() < 0.3, "{scheme:?} on {}: order {order}", problem.name);
        }
    }
}

/// The factor by which one step of `s` stages multiplies the solution of `x' = -z x`.
struct Rate {
    z: f64,
    claimed: f64,
}

impl VectorField for Rate {
    fn dim(&self) -> usize {
        1
    }

    fn velocity(&self, _t: f64, x: &[f64], out: &mut [f64]) {
        out.iter_mut().zip(x).for_each(|(o, x)| *o = -self.z * x);
    }
}

impl Parabolic for Rate {
    fn spectral_radius(&self, _t: f64, _x: &[f64]) -> f64 {
        self.claimed
    }
}

#[test]
fn super_time_steps_are_stable_exactly_on_their_interval() {
    for (scheme, polynomials) in SUPER {
        for s in [3, 7, 15, 51] {
            let interval = polynomials.interval(s);
            // Claimed so that exactly `s` stages are taken.
            let claimed = interval * (1.0 - 1e-12);
            let factor = |z: f64| walk(scheme, Law::Parabolic(&Rate { z, claimed }), (0.0, 1.0), 1, &[1.0])[0];
            for k in 0..=400 {
                let value = factor(interval * f64::from(k) / 400.0);
                assert!(value.abs() <= 1.0 + 1e-12, "{scheme:?}, {s} stages: {value} at {k}/400");
            }
            assert!(factor(1.2 * interval).abs() > 1.0, "{scheme:?}: {s} stages are stable beyond their interval");
            // Order 2 at zero: exp(-z) to z^3.
            assert!((factor(1e-3) - (-1e-3_f64).exp()).abs() < 1e-9);
        }
    }
}

#[test]
fn diffusion_takes_few_evaluations_and_keeps_its_tolerance() {
    let heat = Heat(200);
    let (mode, rate) = heat.slowest();
    let x = points(200, mode.clone());
    let exact: Vec<f64> = mode.iter().map(|v| v * (-rate * (0.2 + 0.5 * 0.2_f64.sin())).exp()).collect();
    for (scheme, _) in SUPER {
        for known in [true, false] {
            let law = if known { Law::Parabolic(&heat) } else { Law::Field(&heat) };
            let options = Integrate { scheme, ..Integrate::adaptive(1e-4) };
            let (path, _) = Motion::of(law).follow(&x, None, (0.0, 0.2), &options, &ctx(0)).unwrap();
            assert!(path.report.converged(), "{:?}", path.report);
            let error = distance(path.last().unwrap().row(0), &exact);
            // Euler's method is unstable in fewer than h rho / 2 = 0.2 * 242,000 / 2 steps.
            let evaluations = path.report.residuals[0].1;
            assert!(error < 1e-3, "{scheme:?}: error {error}");
            assert!(evaluations < 3000.0, "{scheme:?}: {evaluations} evaluations");
        }
    }
}

#[test]
fn schemes_are_refused_by_laws_without_their_structure() {
    let field = FnField::rows(2, |_, x, out| out.copy_from_slice(x));
    for (scheme, word) in [(Scheme::Verlet, "kinetic"), (Scheme::Etdrk4, "linear")] {
        let options = Integrate::fixed(scheme, 3);
        let error = integrate(&field, &Points::zeros(1, 2), None, (0.0, 1.0), &options, &ctx(0)).unwrap_err();
        assert!(error.message().contains(word), "{error}");
    }
    let weighted = Motion::of(Law::Separable(&Kepler)).follow(
        &points(4, orbit(0.3, 0.0)),
        Some(&[0.0]),
        (0.0, 1.0),
        &Integrate::default(),
        &ctx(0),
    );
    assert!(weighted.unwrap_err().message().contains("Log-weights"));
}
