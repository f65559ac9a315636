//! Spectral and finite-volume operators against derivatives that are known.

use crate::common::{distance, slope};
use num_complex::Complex64;
use std::f64::consts::{PI, TAU};
use thalweg_solve::{Cells, Edge, Spectral, Wall};

#[test]
fn derivatives_of_waves_are_exact() {
    // Odd, even and prime numbers of points.
    for n in [16, 31, 45, 64] {
        let length = 3.0;
        let line = Spectral::periodic(&[n], &[length]).unwrap();
        let w = TAU / length;
        let at = |f: &dyn Fn(f64) -> f64| (0..n).map(|j| f(j as f64 * length / n as f64)).collect::<Vec<_>>();
        let u = at(&|x| (3.0 * w * x).sin() + 0.5 * (5.0 * w * x).cos() + 2.0);
        let mut out = vec![0.0; n];
        line.derivative(&u, 0, 1, &mut out);
        let exact = at(&|x| 3.0 * w * (3.0 * w * x).cos() - 2.5 * w * (5.0 * w * x).sin());
        assert!(distance(&out, &exact) < 1e-11);
        line.derivative(&u, 0, 3, &mut out);
        let exact = at(&|x| -(3.0 * w).powi(3) * (3.0 * w * x).cos() + 0.5 * (5.0 * w).powi(3) * (5.0 * w * x).sin());
        assert!(distance(&out, &exact) < 1e-8);
    }
}

#[test]
fn a_highest_mode_has_no_odd_derivative() {
    let line = Spectral::periodic(&[8], &[1.0]).unwrap();
    let u: Vec<f64> = (0..8).map(|j| if j % 2 == 0 { 1.0 } else { -1.0 }).collect();
    let mut out = vec![1.0; 8];
    line.derivative(&u, 0, 1, &mut out);
    assert!(distance(&out, &[0.0; 8]) < 1e-12);
    line.derivative(&u, 0, 2, &mut out);
    let exact: Vec<f64> = u.iter().map(|u| -(8.0 * PI).powi(2) * u).collect();
    assert!(distance(&out, &exact) < 1e-10);
}

/// `cos`, `sin` or a whole wave along each axis, whichever its wall admits, with its second derivative's factor.
fn product(walls: [Wall; 3], shape: [usize; 3], lengths: [f64; 3]) -> (Vec<f64>, f64) {
    let factor = |axis: usize, j: usize| {
        let x = (j as f64 + if walls[axis] == Wall::Periodic { 0.0 } else { 0.5 }) / shape[axis] as f64;
        match walls[axis] {
            Wall::Periodic => ((TAU * x).sin(), (TAU / lengths[axis]).powi(2)),
            Wall::Neumann => ((2.0 * PI * x).cos(), (2.0 * PI / lengths[axis]).powi(2)),
            Wall::Dirichlet => ((3.0 * PI * x).sin(), (3.0 * PI / lengths[axis]).powi(2)),
        }
    };
    let mut values = Vec::new();
    for i in 0..shape[0] {
        for j in 0..shape[1] {
            for k in 0..shape[2] {
                values.push(factor(0, i).0 * factor(1, j).0 * factor(2, k).0);
            }
        }
    }
    (values, -(factor(0, 0).1 + factor(1, 0).1 + factor(2, 0).1))
}

#[test]
fn laplacians_and_poisson_equations_are_exact_under_every_wall() {
    use Wall::{Dirichlet, Neumann, Periodic};
    let (shape, lengths) = ([8, 10, 9], [1.0, 2.5, 0.7]);
    for walls in [[Periodic, Neumann, Dirichlet], [Dirichlet, Periodic, Neumann], [Neumann, Dirichlet, Periodic]] {
        let grid = Spectral::new(&shape, &lengths, &walls).unwrap();
        let (u, factor) = product(walls, shape, lengths);
        let (mut out, mut back) = (vec![0.0; u.len()], vec![0.0; u.len()]);
        grid.laplacian(&u, &mut out);
        let exact: Vec<f64> = u.iter().map(|u| factor * u).collect();
        assert!(distance(&out, &exact) < 1e-10 * factor.abs(), "{walls:?}: {}", distance(&out, &exact));
        grid.poisson(&exact, &mut back);
        assert!(distance(&back, &u) < 1e-12, "{walls:?}");
    }
}

#[test]
fn transforms_invert_and_products_without_the_highest_third_have_no_aliases() {
    let n = 24;
    let line = Spectral::periodic(&[n], &[TAU]).unwrap();
    let u: Vec<f64> = (0..n).map(|j| (7.0 * TAU * j as f64 / n as f64).cos()).collect();
    let mut modes = vec![Complex64::default(); line.modes()];
    let mut square = vec![0.0; n];
    line.forward(&u, &mut modes);
    line.inverse(&modes, &mut square);
    assert!(distance(&u, &square) < 1e-14);
    // The square of wave 7 has waves 0 and 14, and 14 looks like 10 on 24 points.
    square.iter_mut().for_each(|v| *v *= *v);
    line.forward(&square, &mut modes);
    assert!(modes[10].norm() > 1.0);
    line.dealias(&mut modes);
    assert!((modes[0].re - 12.0).abs() < 1e-12);
    assert!(modes[1..].iter().all(|m| m.norm() < 1e-12));
    assert_eq!(line.wavenumbers()[7], [7.0, 0.0, 0.0]);
}

#[test]
fn grids_that_make_no_sense_are_refused() {
    for refused in [
        Spectral::periodic(&[], &[]),
        Spectral::periodic(&[4, 4], &[1.0]),
        Spectral::periodic(&[4, 0], &[1.0, 1.0]),
        Spectral::periodic(&[4], &[f64::NAN]),
    ] {
        assert!(refused.err().unwrap().message().ends_with('.'));
    }
    assert!(Cells::new(&[3], &[0.0], &[Edge::Closed]).is_err());
    assert!(Cells::new(&[3], &[1.0, 1.0], &[Edge::Closed]).is_err());
}

#[test]
fn finite_volumes_converge_at_second_order() {
    // On (0, 1) with u = 2 + sin(2 pi x): diffusion, advection at speed 1, drift and diffusion in cos(2 pi x).
    let counts = [32, 64, 128];
    let h = counts.map(|n| 1.0 / n as f64);
    let errors = |which: usize| {
        counts.map(|n| {
            let cells = Cells::new(&[n], &[1.0], &[Edge::Periodic]).unwrap();
            let x: Vec<f64> = (0..n).map(|i| cells.centre(i)[0]).collect();
            let u: Vec<f64> = x.iter().map(|x| 2.0 + (TAU * x).sin()).collect();
            let potential: Vec<f64> = x.iter().map(|x| (TAU * x).cos()).collect();
            let mut out = vec![0.0; n];
            match which {
                0 => cells.diffuse(&u, 0.3, &mut out),
                1 => cells.advect(&u, |face| if face.axis == 0 { -1.0 } else { 0.0 }, 0.0, &mut out),
                _ => cells.drift_diffuse(&u, &potential, 0.3, &mut out),
            }
            let exact: Vec<f64> = x
                .iter()
                .map(|x| {
                    let (s, c) = (TAU * x).sin_cos();
                    match which {
                        0 => -0.3 * TAU * TAU * s,
                        1 => TAU * c,
                        // (u' + u V')' = u'' + u' V' + u V''
                        _ => 0.3 * TAU * TAU * (-s - c * s - (2.0 + s) * c),
                    }
                })
                .collect();
            // In the mean: limiters are of first order at extremes.
            out.iter().zip(&exact).map(|(a, b)| (a - b).abs()).sum::<f64>() / n as f64
        })
    };
    for (which, least) in [(0, 1.9), (1, 1.6), (2, 1.9)] {
        let order = slope(&h, &errors(which));
        assert!(order > least, "operator {which}: order {order}");
    }
}

#[test]
fn what_is_inside_is_conserved_to_rounding_whatever_the_flux() {
    let cells = Cells::new(&[7, 5], &[2.0, 3.0], &[Edge::Periodic, Edge::Closed]).unwrap();
    let mut out = vec![0.0; 35];
    let mut faces = 0;
    cells.conserve(&mut out, |face| {
        faces += 1;
        (face.low.unwrap() as f64 * 1.7).sin() * 1e3 + face.high.unwrap() as f64
    });
    assert_eq!(faces, 7 * 5 + 7 * 4);
    assert!(out.iter().sum::<f64>().abs() < 1e-10);
    assert!(out.iter().any(|v| v.abs() > 1.0));
}

#[test]
fn what_passes_open_edges_is_what_is_missing() {
    let cells = Cells::new(&[10], &[1.0], &[Edge::Open]).unwrap();
    let u: Vec<f64> = (0..10).map(|i| 1.0 + i as f64).collect();
    let mut out = vec![0.0; 10];
    cells.advect(&u, |_| 2.0, 5.0, &mut out);
    // 2 x 5 enters, 2 x 10 leaves (no slope in the last cell, which has no neighbour beyond).
    assert!((out.iter().sum::<f64>() * cells.volume() - (10.0 - 20.0)).abs() < 1e-12);
}

#[test]
fn the_law_of_boltzmann_is_stationary_to_rounding() {
    let cells = Cells::new(&[12, 9], &[1.0, 1.0], &[Edge::Closed, Edge::Periodic]).unwrap();
    let potential: Vec<f64> = (0..cells.len()).map(|i| 9.0 * (i as f64).sin()).collect();
    let u: Vec<f64> = potential.iter().map(|v| (-v).exp()).collect();
    let mut out = vec![0.0; u.len()];
    cells.drift_diffuse(&u, &potential, 1.0, &mut out);
    let scale = u.iter().fold(0.0_f64, |a, b| a.max(*b)) * 144.0 * 18.0;
    assert!(out.iter().all(|v| v.abs() < 1e-14 * scale));
}

#[test]
fn advection_makes_no_new_extremes() {
    let n = 50;
    let cells = Cells::new(&[n], &[1.0], &[Edge::Periodic]).unwrap();
    let mut u: Vec<f64> = (0..n).map(|i| f64::from((10..25).contains(&i))).collect();
    let mut rate = vec![0.0; n];
    for _ in 0..200 {
        cells.advect(&u, |_| 1.0, 0.0, &mut rate);
        u.iter_mut().zip(&rate).for_each(|(u, r)| *u += 0.4 / n as f64 * r);
    }
    assert!(u.iter().all(|v| (-1e-14..=1.0 + 1e-14).contains(v)));
    assert!((u.iter().sum::<f64>() - 15.0).abs() < 1e-12);
}
