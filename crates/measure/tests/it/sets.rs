//! Dimensions, recurrences and divergences of sets.

use crate::data::{ctx, henon, lorenz, noise, rows};
use thalweg_core::{Points, Stream};
use thalweg_measure::{
    Binned, CorrelationDimension, Mixtures, Recurrence, binned_divergence, correlation_dimension, mixture_divergence,
    recurrence,
};

#[test]
fn the_correlation_dimension_of_henon_and_lorenz_is_the_published_one() {
    for seed in 0..3 {
        let found = correlation_dimension(&henon(20_000, seed), &CorrelationDimension::default(), &ctx()).unwrap();
        // 1.21 to 1.25: Grassberger and Procaccia, Physica D 9, 1983, and later.
        assert!((found.dimension - 1.22).abs() < 0.04 && (found.takens - 1.22).abs() < 0.06, "{found:?}");
        let settings = CorrelationDimension { theiler: 50, ..CorrelationDimension::default() };
        let found = correlation_dimension(&lorenz(20_000, 0.05, seed), &settings, &ctx()).unwrap();
        assert!((found.dimension - 2.05).abs() < 0.05 && (found.takens - 2.05).abs() < 0.08, "{found:?}");
    }
}

#[test]
fn points_of_a_cube_have_its_dimension_and_a_window_takes_away_the_path() {
    let mut stream = Stream::new(0, "test/cube", 0);
    let cube = Points::new(2, (0..20_000).map(|_| stream.uniform()).collect()).unwrap();
    let settings = CorrelationDimension { references: 2000, ..CorrelationDimension::default() };
    let found = correlation_dimension(&cube, &settings, &ctx()).unwrap();
    assert!((found.dimension - 2.0).abs() < 0.05, "{}", found.dimension);
    // The sum itself, by all pairs of the reference points.
    let settings = CorrelationDimension { theiler: 3, references: 400, most: 0.5, ..CorrelationDimension::default() };
    let few = cube.select(&(0..400).collect::<Vec<_>>());
    let found = correlation_dimension(&few, &settings, &ctx()).unwrap();
    let far = |i: usize, j: usize| (few.row(i)[0] - few.row(j)[0]).hypot(few.row(i)[1] - few.row(j)[1]);
    let pairs: Vec<f64> = (0..400)
        .flat_map(|i: usize| (0..400).filter(move |j| i.abs_diff(*j) > 3).map(move |j| (i, j)))
        .map(|(i, j)| far(i, j))
        .collect();
    for k in [40, 50, 63] {
        let share = pairs.iter().filter(|f| **f <= found.radii[k]).count() as f64 / pairs.len() as f64;
        assert!((found.sums[k] - share).abs() < 1e-12);
    }
}

#[test]
fn a_period_recurs_in_whole_diagonals() {
    // Period 7: at lag 7 k the whole diagonal of n - 7 k points.
    let n = 100;
    let x = rows(&(0..n).map(|k| f64::from(k % 7)).collect::<Vec<_>>());
    let found = recurrence(&x, &Recurrence { radius: Some(0.5), ..Recurrence::default() }, &ctx()).unwrap();
    let lengths: Vec<f64> = (1..).map(|k| f64::from(n - 7 * k)).take_while(|l| *l > 0.0).collect();
    let total: f64 = lengths.iter().sum();
    let all = f64::from(n) * f64::from(n - 1) / 2.0;
    assert!((found.rate - total / all).abs() < 1e-12 && found.determinism == 1.0);
    assert!((found.mean_diagonal - total / lengths.len() as f64).abs() < 1e-12);
    assert!(found.longest_diagonal == 93.0 && (found.entropy - (lengths.len() as f64).ln()).abs() < 1e-12);
    assert!(found.laminarity == 0.0 && found.trapping_time == 0.0);
}

#[test]
fn coins_recur_in_lines_of_geometric_length() {
    // Neighbours on a line recur with probability p = 1/2 each: a share 1 - (1 - p)^2 of points is on lines of two and
    // more, whose mean length is 2 + p / (1 - p).
    // All columns are one sequence of coins or its opposite, so that vertical lines scatter as some thousand coins do
    // (0.015 and 0.06), not as all pairs.
    for seed in 0..3 {
        let x = rows(&noise(4000, seed).iter().map(|v| v.signum()).collect::<Vec<_>>());
        let found = recurrence(&x, &Recurrence { radius: Some(0.5), ..Recurrence::default() }, &ctx()).unwrap();
        assert!((found.rate - 0.5).abs() < 0.01, "{found:?}");
        assert!((found.determinism - 0.75).abs() < 0.01 && (found.laminarity - 0.75).abs() < 0.05, "{found:?}");
        assert!((found.mean_diagonal - 3.0).abs() < 0.05 && (found.trapping_time - 3.0).abs() < 0.2, "{found:?}");
        assert!((found.entropy - 2.0 * 2_f64.ln()).abs() < 0.05, "of the geometric law 1/2: {found:?}");
    }
}

#[test]
fn a_rate_is_met_by_its_radius() {
    let x = lorenz(3000, 0.05, 0);
    let found = recurrence(&x, &Recurrence { rate: 0.03, theiler: 20, ..Recurrence::default() }, &ctx()).unwrap();
    assert!((found.rate - 0.03).abs() < 0.003, "{found:?}");
    assert!(found.determinism > 0.9 && found.laminarity > 0.5);
    let thinned = recurrence(&x, &Recurrence { most: 300, ..Recurrence::default() }, &ctx()).unwrap();
    assert!(thinned.longest_diagonal < 300.0);
}

fn normals(n: usize, d: usize, shift: f64, seed: u64) -> Points {
    let mut x = noise(n * d, seed);
    x.iter_mut().step_by(d).for_each(|v| *v += shift);
    Points::new(d, x).unwrap()
}

#[test]
fn binned_divergences_of_gaussians_have_their_closed_form() {
    // Equal variances: half the square of the shift. What a grid of 30 and 2 10^5 draws add is below 0.01.
    for seed in 0..3 {
        for shift in [0.5, 1.0] {
            let (p, q) = (normals(200_000, 1, 0.0, seed), normals(200_000, 1, shift, seed + 10));
            let found = binned_divergence(&p, &q, &Binned::default()).unwrap();
            assert!((found.divergence - 0.5 * shift * shift).abs() < 0.01, "{found:?}");
        }
    }
    let p = normals(1000, 3, 0.0, 0);
    // On 10^15 bins what smoothing adds outweighs the points by 10^7, and a law would be like any other.
    let error =
        binned_divergence(&p, &normals(1000, 3, 9.0, 1), &Binned { bins: 100_000, ..Binned::default() }).unwrap_err();
    assert!(
        error.message().contains("1000 points") && error.advice().is_some_and(|a| a.contains("368 bins")),
        "{error:?}"
    );
    assert!(binned_divergence(&p, &p, &Binned::default()).unwrap().divergence.abs() < 1e-12);
    // A fixed point: all of q in one bin, so that each point of p beside it costs ln(p (1 + s 30^3 / n) / s ...).
    let fixed = Points::new(3, vec![0.0; 3000]).unwrap();
    let far = binned_divergence(&p, &fixed, &Binned::default()).unwrap();
    assert!(far.divergence > 10.0 && far.outside == 0.0, "{far:?}");
    let gone = Points::new(3, vec![1e9; 3000]).unwrap();
    assert_eq!(binned_divergence(&p, &gone, &Binned::default()).unwrap().outside, 1.0);
}

#[test]
fn mixtures_of_one_point_are_gaussians_and_far_runs_have_finite_divergence() {
    for seed in 0..3 {
        let ctx = thalweg_core::Context::new(seed, 2).unwrap();
        let at = |v: f64| Points::new(2, vec![v, 0.0, v, 0.0]).unwrap();
        let settings = Mixtures { variance: 0.5, ..Mixtures::default() };
        // |a - b|^2 / (2 sigma^2).
        for shift in [0.3, 2.0, 100.0] {
            let (found, error) = mixture_divergence(&at(0.0), &at(shift), &settings, &ctx).unwrap();
            assert!((found - shift * shift).abs() < 4.0 * error, "{found} +- {error}");
            assert!((error - shift / 0.5_f64.sqrt() / 1000_f64.sqrt()).abs() < 0.1 * error);
        }
    }
}

#[test]
fn floors_of_two_true_runs_are_those_measured_independently() {
    // Lorenz, dt = 0.01, 10^4 points: D_stsp 1.56 by an independent program (10^5: 0.058); the scatter between pairs of
    // orbits is some tenths.
    let (a, b) = (lorenz(10_000, 0.01, 0), lorenz(10_000, 0.01, 1));
    let found = binned_divergence(&a, &b, &Binned::default()).unwrap();
    assert!((0.8..2.6).contains(&found.divergence), "{found:?}");
}
