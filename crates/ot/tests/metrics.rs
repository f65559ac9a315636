//! Distances against closed forms and naive sums.

mod support;

use support::{cloud, context};
use thalweg_core::{Measure, Points, Stream};
use thalweg_ot::metrics::{Bandwidth, energy_distance, max_sliced_w2, mmd, relative_mass_error, sliced_w2, w1, w2};
use thalweg_ot::{MaxSliced, sliced_costs};

fn dirac(x: &[f64]) -> Measure {
    Measure::new(Points::new(x.len(), x.to_vec()).unwrap(), vec![3.0]).unwrap()
}

fn near(found: f64, truth: f64, tolerance: f64) {
    assert!((found - truth).abs() <= tolerance, "{found} is not within {tolerance} of {truth}");
}

#[test]
fn point_masses_are_as_far_apart_as_their_points() {
    let (x, y) = (dirac(&[1.0, 2.0, 3.0]), dirac(&[1.0, 5.0, 7.0]));
    let ctx = context(0, 1);
    near(w1(&ctx, &x, &y).unwrap(), 5.0, 1e-15);
    near(w2(&ctx, &x, &y).unwrap(), 5.0, 1e-15);
    near(energy_distance(&ctx, &x, &y).unwrap(), 10.0, 1e-14);
    let truth = (2.0 - 2.0 * (-25.0_f64 / 8.0).exp()).sqrt();
    near(mmd(&ctx, &x, &y, &Bandwidth::Fixed(2.0)).unwrap(), truth, 1e-14);
    // The median distance of the pooled sample is the only one, 5.
    near(mmd(&ctx, &x, &y, &Bandwidth::Median).unwrap(), (2.0 - 2.0 * (-0.5_f64).exp()).sqrt(), 1e-14);
}

#[test]
fn distances_are_found_wherever_they_are_numbers() {
    // Two points each, translated by half their gap: 1-D and along the first of two axes. W1 = W2 = 1/2 in units of the
    // gap; the energy distance on the line is 2 ∫ (F - G)² = 2 (¼ ½ + 0 + ¼ ½) = 1/2, whatever else is constant.
    let ctx = context(0, 1);
    for unit in [1.0, 1e200, 1e-200, 1e300, 1e-300] {
        for dim in [1, 2] {
            let cloud = |xs: [f64; 2]| {
                let values = xs.iter().flat_map(|x| [x * unit, 0.25 * unit].into_iter().take(dim)).collect();
                Measure::counted(Points::new(dim, values).unwrap()).unwrap()
            };
            let (x, y) = (cloud([0.0, 1.0]), cloud([0.5, 1.5]));
            let relative = |found: f64, truth: f64| near(found / unit, truth, 1e-14);
            relative(w1(&ctx, &x, &y).unwrap(), 0.5);
            relative(w2(&ctx, &x, &y).unwrap(), 0.5);
            relative(energy_distance(&ctx, &x, &y).unwrap(), 0.5);
            if dim == 1 {
                relative(sliced_w2(&ctx, &x, &y, 3, &mut Stream::new(0, "slices", 0)).unwrap(), 0.5);
            } else {
                // (u·t)² has the mean |t|²/2 in the plane; four standard errors of 2,000 directions.
                let found = sliced_w2(&ctx, &x, &y, 2000, &mut Stream::new(0, "slices", 0)).unwrap() / unit;
                near(found * found, 0.125, 4.0 * 0.125 / (2.0_f64 * 2000.0).sqrt());
            }
        }
    }
    // A far point that stays does not hide what the near ones do.
    let line = |xs: [f64; 2]| Measure::counted(Points::new(1, xs.to_vec()).unwrap()).unwrap();
    near(w2(&ctx, &line([0.0, 1e100]), &line([1.0, 1e100])).unwrap(), 0.5_f64.sqrt(), 1e-15);
    let (low, high) = (dirac(&[-1.7e308]), dirac(&[1.7e308]));
    assert!(w2(&ctx, &low, &high).unwrap_err().to_string().contains("too far apart"));
}

#[test]
fn a_symmetric_positive_map_is_optimal() {
    // Brenier: the gradient of a convex function is the optimal map, so W2^2 is the mean of |x - Ax|^2 at any size. For
    // Gaussian clouds this is the Bures distance of the empirical covariances.
    for seed in 0..3 {
        let x = cloud(seed, 300, 2, 1.0, 0.0);
        let (map, shift) = ([[1.5, 0.4], [0.4, 0.8]], [3.0, -1.0]);
        let image = |r: &[f64]| [0, 1].map(|k| map[k][0] * r[0] + map[k][1] * r[1] + shift[k]);
        let y = Points::new(2, x.rows().flat_map(image).collect()).unwrap();
        let truth =
            x.rows().zip(y.rows()).map(|(x, y)| (x[0] - y[0]).powi(2) + (x[1] - y[1]).powi(2)).sum::<f64>() / 300.0;
        let (x, y) = (Measure::counted(x).unwrap(), Measure::counted(y).unwrap());
        near(w2(&context(seed, 2), &x, &y).unwrap(), truth.sqrt(), 1e-12);
    }
}

#[test]
fn quantiles_of_gaussians_on_the_line_have_the_closed_distance() {
    for seed in 0..3 {
        let x = cloud(seed, 400, 1, 1.0, 0.0);
        let mean = x.values().iter().sum::<f64>() / 400.0;
        let var = x.values().iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 400.0;
        let y = Points::new(1, x.values().iter().map(|v| 2.5 * v + 4.0).collect()).unwrap();
        let truth = ((1.5 * mean + 4.0).powi(2) + 2.25 * var).sqrt();
        let (x, y) = (Measure::counted(x).unwrap(), Measure::counted(y).unwrap());
        near(w2(&context(seed, 1), &x, &y).unwrap(), truth, 1e-12);
        let mut stream = Stream::new(seed, "slices", 0);
        near(sliced_w2(&context(seed, 2), &x, &y, 5, &mut stream).unwrap(), truth, 1e-12);
    }
}

#[test]
fn the_farthest_direction_of_a_translate_is_that_of_its_shift() {
    // W2 along u is |u . t|, largest along t, in any dimension and at any scale.
    for seed in 0..3 {
        for (dim, unit) in [(1, 1.0), (7, 1.0), (3, 1e-180), (3, 1e180)] {
            let x = cloud(seed, 700, dim, unit, 0.0);
            let shift: Vec<f64> = (0..dim).map(|k| unit * (2.0 - k as f64)).collect();
            let y = Points::new(
                dim,
                x.rows().flat_map(|r| r.iter().zip(&shift).map(|(a, b)| a + b).collect::<Vec<_>>()).collect(),
            );
            let (x, y) = (Measure::counted(x).unwrap(), Measure::counted(y.unwrap()).unwrap());
            let length = shift.iter().map(|t| (t / unit).powi(2)).sum::<f64>().sqrt();
            let found =
                MaxSliced::default().solve(&context(seed, 2), &x, &y, &mut Stream::new(seed, "starts", 0)).unwrap();
            assert!(found.report.converged());
            near(found.distance / unit, length, 1e-9);
            let along: f64 = found.direction.iter().zip(&shift).map(|(u, t)| u * t / unit).sum();
            near(along.abs(), length, 1e-7);
        }
    }
}

#[test]
fn no_direction_near_the_farthest_is_farther() {
    for seed in 0..3 {
        let ctx = context(seed, 2);
        let x = Measure::counted(cloud(seed, 120, 2, 1.0, 0.0)).unwrap();
        let weights = (0..90).map(|i| f64::from(i % 4)).collect();
        let y = Measure::new(cloud(seed + 4, 90, 2, 1.7, 0.1), weights).unwrap();
        let stream = || Stream::new(seed, "starts", 0);
        let found = MaxSliced::default().solve(&ctx, &x, &y, &mut stream()).unwrap();
        assert_eq!(max_sliced_w2(&ctx, &x, &y, 64, &mut stream()).unwrap(), found.distance);
        let greatest = |angles: &mut dyn Iterator<Item = f64>| {
            let directions = Points::new(2, angles.flat_map(|a| [a.cos(), a.sin()]).collect()).unwrap();
            sliced_costs(&ctx, &x, &y, &directions, 2.0).unwrap().into_iter().fold(0.0, f64::max).sqrt()
        };
        let here = found.direction[1].atan2(found.direction[0]);
        let beside = greatest(&mut (-5000..5000).map(|k| here + 1e-6 * f64::from(k)));
        assert!(found.distance >= beside * (1.0 - 1e-9), "{} and beside it {beside}", found.distance);
        // Between two angles W2 changes by at most the step times the largest norms of both sides.
        let norm = |m: &Measure| m.points().rows().map(|r| r[0].hypot(r[1])).fold(0.0, f64::max);
        let all = greatest(&mut (0..20_000).map(|k| 1e-3 * 0.16 * f64::from(k)));
        assert!(found.distance <= all + 1e-3 * 0.16 * (norm(&x) + norm(&y)));
        // An ascent may end beside the highest top: by 3e-5 where it was seen.
        assert!(found.distance >= 0.999 * all, "{} of {all}", found.distance);
    }
}

#[test]
fn weights_stand_for_repeated_points_and_mass_does_not_matter() {
    for seed in 0..3 {
        let ctx = context(seed, 2);
        let (x, y) = (cloud(seed, 20, 3, 1.0, 0.0), cloud(seed + 4, 30, 3, 1.0, 0.5));
        let times: Vec<usize> = (0..20).map(|i| i % 3).collect();
        let repeated: Vec<usize> = (0..20).flat_map(|i| vec![i; times[i]]).collect();
        let weighted = Measure::new(x.clone(), times.iter().map(|t| 0.7 * *t as f64).collect()).unwrap();
        let expanded = Measure::counted(x.select(&repeated)).unwrap();
        let y = Measure::counted(y).unwrap();
        let slices = || Stream::new(seed, "slices", 0);
        near(w1(&ctx, &weighted, &y).unwrap(), w1(&ctx, &expanded, &y).unwrap(), 1e-13);
        near(w2(&ctx, &weighted, &y).unwrap(), w2(&ctx, &expanded, &y).unwrap(), 1e-13);
        near(energy_distance(&ctx, &weighted, &y).unwrap(), energy_distance(&ctx, &expanded, &y).unwrap(), 1e-13);
        let fixed = Bandwidth::Fixed(1.3);
        near(mmd(&ctx, &weighted, &y, &fixed).unwrap(), mmd(&ctx, &expanded, &y, &fixed).unwrap(), 1e-13);
        let sliced = |m: &Measure| sliced_w2(&ctx, m, &y, 20, &mut slices()).unwrap();
        near(sliced(&weighted), sliced(&expanded), 1e-13);
    }
}

#[test]
fn energy_distance_on_the_line_is_the_area_between_squared_distribution_functions() {
    // E = 2 ∫ (F - G)² (Székely and Rizzo 2013): no pair of points is looked at.
    for seed in 0..3 {
        let (x, y) = (cloud(seed, 90, 1, 1.0, 0.0), cloud(seed + 4, 60, 1, 1.5, 0.7));
        let weights: Vec<f64> = (0..90).map(|i| f64::from(i % 4)).collect();
        let total: f64 = weights.iter().sum();
        let steps = x.values().iter().zip(&weights).map(|(x, w)| (*x, w / total));
        let mut jumps: Vec<(f64, f64)> = steps.chain(y.values().iter().map(|y| (*y, -1.0 / 60.0))).collect();
        jumps.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (mut gap, mut area) = (0.0, 0.0);
        for two in jumps.windows(2) {
            gap += two[0].1;
            area += gap * gap * (two[1].0 - two[0].0);
        }
        let (x, y) = (Measure::new(x, weights).unwrap(), Measure::counted(y).unwrap());
        near(energy_distance(&context(seed, 2), &x, &y).unwrap(), 2.0 * area, 1e-12);
    }
}

#[test]
fn mmd_is_the_distance_of_mean_kernels() {
    // |mean_k phi(x_k) - mean_k phi(y_k)|² by the double sum, kernel by kernel, each width a multiple of the median.
    let kernel = |a: &[f64], b: &[f64], s: f64| {
        let square: f64 = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum();
        (-square / (2.0 * s * s)).exp()
    };
    for seed in 0..3 {
        let (x, y) = (cloud(seed, 40, 3, 1.0, 0.0), cloud(seed + 4, 31, 3, 1.0, 0.5));
        let signed: Vec<(&[f64], f64)> =
            x.rows().map(|r| (r, 1.0 / 40.0)).chain(y.rows().map(|r| (r, -1.0 / 31.0))).collect();
        let square = |s: f64| -> f64 {
            signed.iter().flat_map(|a| signed.iter().map(move |b| a.1 * b.1 * kernel(a.0, b.0, s))).sum()
        };
        let mut distances: Vec<f64> = (0..71)
            .flat_map(|i| (0..i).map(move |j| (i, j)))
            .map(|(i, j)| signed[i].0.iter().zip(signed[j].0).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt())
            .collect();
        distances.sort_by(f64::total_cmp);
        let median = distances[distances.len() / 2];
        let (x, y) = (Measure::counted(x.clone()).unwrap(), Measure::counted(y.clone()).unwrap());
        let ctx = context(seed, 2);
        near(mmd(&ctx, &x, &y, &Bandwidth::Fixed(0.9)).unwrap(), square(0.9).sqrt(), 1e-12);
        let scales = [0.25, 0.5, 1.0, 2.0, 4.0];
        let mean = scales.iter().map(|f| square(f * median)).sum::<f64>() / 5.0;
        // Either neighbour of the middle may be called the median: one rank of 2,485 moves it by far less than 1e-2.
        near(mmd(&ctx, &x, &y, &Bandwidth::five_scales()).unwrap() / mean.sqrt(), 1.0, 1e-2);
    }
}

#[test]
fn distances_vanish_between_equals_and_ignore_threads() {
    let x = Measure::counted(cloud(0, 200, 4, 1.0, 0.0)).unwrap();
    let y = Measure::counted(cloud(1, 150, 4, 1.0, 0.2)).unwrap();
    let all = |threads, x: &Measure, y: &Measure| {
        let ctx = context(0, threads);
        let mut stream = Stream::new(0, "slices", 0);
        [
            w1(&ctx, x, y).unwrap(),
            w2(&ctx, x, y).unwrap(),
            energy_distance(&ctx, x, y).unwrap(),
            mmd(&ctx, x, y, &Bandwidth::five_scales()).unwrap(),
            sliced_w2(&ctx, x, y, 30, &mut stream).unwrap(),
        ]
    };
    assert_eq!(all(1, &x, &y).map(f64::to_bits), all(2, &x, &y).map(f64::to_bits));
    // The root of a rounding error of 1e-16 is 1e-8.
    assert!(all(2, &x, &x).iter().all(|d| d.abs() < 1e-7), "{:?}", all(2, &x, &x));
}

#[test]
fn a_translation_shows_in_slices_by_its_share_of_a_direction() {
    // E (u . t)^2 = |t|^2 / d for u uniform on the sphere; the spread of (u . t)^2 is below |t|^2 / d * sqrt(2).
    for seed in 0..3 {
        let x = cloud(seed, 50, 5, 1.0, 0.0);
        let y = Points::new(5, x.values().iter().map(|v| v + 1.0).collect()).unwrap();
        let (x, y) = (Measure::counted(x).unwrap(), Measure::counted(y).unwrap());
        let found = sliced_w2(&context(seed, 2), &x, &y, 4000, &mut Stream::new(seed, "slices", 0)).unwrap();
        near(found * found, 1.0, 4.0 * 2.0_f64.sqrt() / 4000.0_f64.sqrt());
    }
}

#[test]
fn mass_errors_are_relative_and_bad_input_is_refused() {
    near(relative_mass_error(1.1, 1.0).unwrap(), 0.1, 1e-15);
    near(relative_mass_error(3.0, 4.0).unwrap(), 0.25, 1e-15);
    assert!(relative_mass_error(1.0, 0.0).unwrap_err().to_string().contains('0'));
    let (x, y) = (dirac(&[0.0, 1.0]), dirac(&[0.0]));
    let ctx = context(0, 1);
    assert!(w1(&ctx, &x, &y).unwrap_err().to_string().contains("2 coordinates"));
    assert!(energy_distance(&ctx, &x, &y).is_err() && mmd(&ctx, &x, &y, &Bandwidth::Median).is_err());
    assert!(mmd(&ctx, &x, &x, &Bandwidth::Fixed(0.0)).unwrap_err().to_string().contains("is 0"));
    assert!(sliced_w2(&ctx, &x, &x, 0, &mut Stream::new(0, "s", 0)).is_err());
}
