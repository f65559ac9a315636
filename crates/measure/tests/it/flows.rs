//! Flow maps of planar fields with closed forms.

use crate::data::ctx;
use std::f64::consts::PI;
use thalweg_core::{Points, VectorField};
use thalweg_measure::{Averaging, Axis, FlowMap, Gridded, Viscous, flow_gradient, ftle, lavd, momentum_barriers};
use thalweg_solve::FnField;

/// A planar field from its components.
fn planar<'a>(f: impl Fn(f64, f64, f64) -> [f64; 2] + Send + Sync + 'a) -> FnField<'a> {
    FnField::batch(2, move |t, x, out| {
        for (x, out) in x.chunks_exact(2).zip(out.chunks_exact_mut(2)) {
            out.copy_from_slice(&f(t, x[0], x[1]));
        }
    })
}

/// The points of a lattice, column by column fastest.
fn lattice(x: (f64, f64, usize), y: (f64, f64, usize)) -> Points {
    let at = |(a, b, n): (f64, f64, usize), k: usize| a + (b - a) * k as f64 / (n - 1) as f64;
    let values = (0..y.2).flat_map(|j| (0..x.2).flat_map(move |i| [at(x, i), at(y, j)])).collect();
    Points::new(2, values).unwrap()
}

fn sampled(x: Axis, y: Axis, times: &[f64], f: impl Fn(f64, f64, f64) -> [f64; 2]) -> Gridded {
    let mut values = Vec::new();
    for t in times {
        for j in 0..y.count {
            (0..x.count).for_each(|i| values.extend(f(*t, x.place(i), y.place(j))));
        }
    }
    Gridded::new(x, y, times.to_vec(), values).unwrap()
}

#[test]
fn a_saddle_stretches_at_its_rate_and_a_shear_by_its_closed_form() {
    let points = lattice((-1.0, 1.0, 5), (-1.0, 1.0, 4));
    for length in [3.0, -3.0] {
        let settings = FlowMap { length, tolerance: 1e-10, ..FlowMap::default() };
        let saddle = ftle(&planar(|_, x, y| [0.7 * x, -0.7 * y]), &points, &settings, &ctx()).unwrap();
        assert!(saddle.iter().all(|v| (v - 0.7).abs() < 1e-6), "{saddle:?}");
        let shear = ftle(&planar(|_, _, y| [1.3 * y, 0.0]), &points, &settings, &ctx()).unwrap();
        let truth = (1.3 * 3.0 / 2.0_f64).asinh() / 3.0;
        assert!(shear.iter().all(|v| (v - truth).abs() < 1e-6), "{shear:?} {truth}");
    }
    // A rotation: its gradient turns and does not stretch.
    let settings = FlowMap { length: 2.0, tolerance: 1e-10, ..FlowMap::default() };
    let turned = flow_gradient(&planar(|_, x, y| [-y, x]), &points, &settings, &ctx()).unwrap();
    let (c, s) = (2.0_f64.cos(), 2.0_f64.sin());
    assert!(turned.chunks_exact(4).all(|g| g.iter().zip([c, -s, s, c]).all(|(a, b)| (a - b).abs() < 1e-6)));
}

/// The double gyre of Shadden, Lekien and Marsden.
fn gyre(t: f64, x: f64, y: f64) -> [f64; 2] {
    let (a, omega, epsilon) = (0.1, 2.0 * PI / 10.0, 0.25);
    let p = epsilon * (omega * t).sin();
    let f = p * x * x + (1.0 - 2.0 * p) * x;
    let slope = 2.0 * p * x + 1.0 - 2.0 * p;
    [-PI * a * (PI * f).sin() * (PI * y).cos(), PI * a * (PI * f).cos() * (PI * y).sin() * slope]
}

/// Where the largest exponent lies on the middle line.
fn ridge(field: &dyn VectorField, n: usize) -> (f64, f64) {
    let line = lattice((0.0, 2.0, n), (0.5, 0.6, 2)).select(&(0..n).collect::<Vec<_>>());
    let settings = FlowMap { length: 15.0, offset: 1e-5, tolerance: 1e-8, ..FlowMap::default() };
    let found = ftle(field, &line, &settings, &ctx()).unwrap();
    let best = (0..n).filter(|&k| (0.7..1.3).contains(&line.row(k)[0])).max_by(|&a, &b| found[a].total_cmp(&found[b]));
    (line.row(best.unwrap())[0], found[best.unwrap()])
}

#[test]
fn the_ridge_of_the_double_gyre_is_near_its_middle_and_stays_when_the_grid_is_refined() {
    let field = planar(gyre);
    let ((coarse, _), (fine, value)) = (ridge(&field, 201), ridge(&field, 401));
    assert!((coarse - fine).abs() < 0.02 && (fine - 1.0).abs() < 0.15, "{coarse} {fine}");
    assert!((0.3..0.6).contains(&value), "{value}");
    // The same from frames on a grid.
    let times: Vec<f64> = (0..=150).map(|k| 0.1 * f64::from(k)).collect();
    let frames = sampled(Axis::between(0.0, 2.0, 81), Axis::between(0.0, 1.0, 41), &times, gyre);
    let (seen, _) = ridge(&frames, 201);
    assert!((seen - coarse).abs() < 0.02, "{seen} {coarse}");
}

#[test]
fn the_interpolation_is_exact_for_parabolas_and_of_third_order() {
    let f = |t: f64, x: f64, y: f64| [x * x - 3.0 * x * y + t * y * y, (1.0 + 2.0 * t) * (x - y * y)];
    let field = sampled(Axis::between(-1.0, 2.0, 7), Axis::between(0.0, 1.0, 5), &[0.0, 1.0], f);
    let points = lattice((-1.0, 2.0, 23), (0.0, 1.0, 17));
    let mut out = vec![0.0; points.values().len()];
    field.velocity(0.3, points.values(), &mut out);
    for (row, out) in points.rows().zip(out.chunks_exact(2)) {
        let truth = f(0.3, row[0], row[1]);
        assert!((out[0] - truth[0]).abs() < 1e-12 && (out[1] - truth[1]).abs() < 1e-12, "{row:?}");
    }
    let error = |n: usize| {
        let axis = Axis::over_period(0.0, 2.0 * PI, n);
        let field = sampled(axis, axis, &[0.0], |_, x, y| [x.sin() * y.cos(), 0.0]);
        let mut out = [0.0; 2];
        let places = (0..400).map(|k| [0.0157 * f64::from(k), 7.0 - 0.031 * f64::from(k)]);
        places.fold(0.0, |most: f64, p| {
            field.velocity(0.0, &p, &mut out);
            most.max((out[0] - p[0].sin() * p[1].cos()).abs())
        })
    };
    let order = (error(16) / error(32)).log2();
    assert!(order > 2.7, "{order}");
}

#[test]
fn the_force_of_viscosity_in_a_taylor_green_flow_is_along_it() {
    // Laplacian u = -2 k^2 u.
    let (k, nu) = (2.0, 0.01);
    let green = move |_: f64, x: f64, y: f64| [(k * x).sin() * (k * y).cos(), -(k * x).cos() * (k * y).sin()];
    let (field, points) = (planar(green), lattice((0.1, 3.0, 7), (0.2, 3.0, 6)));
    let force = Viscous { field: &field, viscosity: nu, step: 1e-3 };
    let axis = Axis::over_period(0.0, 2.0 * PI, 128);
    let frames = sampled(axis, axis, &[0.0], green);
    let seen = frames.laplacian(nu);
    let (mut u, mut f, mut g) = (vec![0.0; 84], vec![0.0; 84], vec![0.0; 84]);
    field.velocity(0.0, points.values(), &mut u);
    force.velocity(0.0, points.values(), &mut f);
    seen.velocity(0.0, points.values(), &mut g);
    for k in 0..84 {
        assert!((f[k] + 8.0 * nu * u[k]).abs() < 1e-6);
        // Second order: a relative error of (k dx)^2 / 12.
        assert!((g[k] + 8.0 * nu * u[k]).abs() < 8.0 * nu * (2.0_f64 * PI / 64.0).powi(2) / 12.0 + 1e-6);
    }
    // Carried back, the velocity of a steady flow is what it was: the barrier field is along the flow.
    let settings = FlowMap { length: 1.5, tolerance: 1e-9, offset: 1e-5, ..FlowMap::default() };
    let barriers = momentum_barriers(&field, &force, &points, &settings, 8, Averaging::PulledBack, &ctx()).unwrap();
    for k in 0..84 {
        assert!((barriers.values()[k] + 8.0 * nu * u[k]).abs() < 1e-5, "{k}");
    }
}

#[test]
fn averages_of_the_force_follow_its_decay() {
    // The same flow decaying as exp(-2 nu k^2 t): the mean over a time T is (1 - e) / (2 nu k^2 T) of it along a still point's
    // path; the corner of a cell rests, and the force there is zero, so take the whole field of a shear that decays.
    let (nu, k, length) = (0.1, 1.5, 2.0);
    let rate = nu * k * k;
    let field = planar(move |t, _, y| [(k * y).sin() * (-rate * t).exp(), 0.0]);
    let force = Viscous { field: &field, viscosity: nu, step: 1e-3 };
    let points = lattice((0.0, 1.0, 2), (0.1, 1.0, 5));
    let settings = FlowMap { length, tolerance: 1e-9, ..FlowMap::default() };
    let mean = (1.0 - (-rate * length).exp()) / (rate * length);
    for averaging in [Averaging::Plain, Averaging::PulledBack] {
        let found = momentum_barriers(&field, &force, &points, &settings, 64, averaging, &ctx()).unwrap();
        for (found, at) in found.rows().zip(points.rows()) {
            // The shear moves along x alone, which its gradient leaves as it is.
            let truth = -nu * k * k * (k * at[1]).sin() * mean;
            assert!((found[0] - truth).abs() < 1e-5 && found[1].abs() < 1e-9, "{found:?} {truth}");
        }
    }
}

#[test]
fn stretching_and_barriers_are_the_same_in_a_moving_frame() {
    let (v, w) = (0.3, -0.2);
    let still = planar(gyre);
    let moving = planar(move |t, x, y| {
        let [a, b] = gyre(t, x - v * t, y - w * t);
        [a + v, b + w]
    });
    let points = lattice((0.3, 1.7, 6), (0.2, 0.8, 4));
    let settings = FlowMap { length: 5.0, tolerance: 1e-9, ..FlowMap::default() };
    let (a, b) =
        (ftle(&still, &points, &settings, &ctx()).unwrap(), ftle(&moving, &points, &settings, &ctx()).unwrap());
    assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-5));
    let barriers = |field: &dyn VectorField| {
        let force = Viscous { field, viscosity: 1.0, step: 1e-3 };
        momentum_barriers(field, &force, &points, &settings, 20, Averaging::PulledBack, &ctx()).unwrap()
    };
    let (a, b) = (barriers(&still), barriers(&moving));
    assert!(a.values().iter().zip(b.values()).all(|(a, b)| (a - b).abs() < 1e-3 * a.abs().max(1.0)));
}

#[test]
fn a_vortex_deviates_by_its_vorticity_and_a_rotation_not_at_all() {
    let points = lattice((-2.0, 2.0, 21), (-2.0, 2.0, 21));
    let settings = FlowMap { length: 3.0, ..FlowMap::default() };
    let rigid = lavd(&planar(|_, x, y| [-y, x]), &points, &settings, 10, &ctx()).unwrap();
    assert!(rigid.iter().all(|v| v.abs() < 1e-6));
    // w = (2 - 2 r^2) exp(-r^2) is kept along circles: T |w - mean w| exactly.
    let swirl = |_: f64, x: f64, y: f64| {
        let g = (-x * x - y * y).exp();
        [-y * g, x * g]
    };
    let found = lavd(&planar(swirl), &points, &settings, 10, &ctx()).unwrap();
    let turning = |p: &[f64]| {
        let r = p[0] * p[0] + p[1] * p[1];
        (2.0 - 2.0 * r) * (-r).exp()
    };
    let mean = points.rows().map(turning).sum::<f64>() / points.len() as f64;
    for (found, at) in found.iter().zip(points.rows()) {
        assert!((found - 3.0 * (turning(at) - mean).abs()).abs() < 1e-5, "{at:?} {found}");
    }
}

#[test]
fn what_is_no_grid_is_refused() {
    let axis = Axis::between(0.0, 1.0, 4);
    let refused =
        |times: &[f64], n: usize| Gridded::new(axis, axis, times.to_vec(), vec![0.0; n]).unwrap_err().to_string();
    assert!(refused(&[0.0], 31).contains("31 values"));
    assert!(refused(&[1.0, 0.0], 64).contains("increase"));
    let thin = Axis::between(0.0, 1.0, 3);
    assert!(Gridded::steady(thin, axis, vec![0.0; 24]).unwrap_err().to_string().contains("3 places"));
    let field = planar(|_, x, y| [x, y]);
    let zero = FlowMap { length: 0.0, ..FlowMap::default() };
    assert!(ftle(&field, &Points::zeros(1, 2), &zero, &ctx()).unwrap_err().to_string().contains("not 0"));
}
