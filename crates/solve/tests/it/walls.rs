//! Reflected diffusions against their stationary laws.

use crate::common::{ctx, points};
use thalweg_core::{Points, Stream};
use thalweg_solve::{FnField, Integrate, Law, Motion, Reflection, Region, Scheme, Walls};

const H: f64 = 0.05;

/// Mean at time 10 of Brownian motion with drift -1 above zero, from its stationary law, exponential with mean 1/2.
fn mean(rule: Reflection, seed: u64, turned: bool) -> f64 {
    let n = 20_000;
    let mut stream = Stream::new(seed, "test-walls", 0);
    let depths: Vec<f64> = (0..n).map(|_| -0.5 * (1.0 - stream.uniform()).ln()).collect();
    let options = Integrate::fixed(Scheme::EulerMaruyama, (10.0 / H) as usize);
    if !turned {
        let field = FnField::batch(1, |_, _, out| out.fill(-1.0)).with_diffusion(|_| 1.0);
        let walls = Walls::new(Region::Box { low: vec![0.0], high: vec![f64::INFINITY] }, rule).unwrap();
        let motion = Motion::of(Law::Field(&field)).within(&walls);
        let (path, _) = motion.follow(&points(1, depths), None, (0.0, 10.0), &options, &ctx(seed)).unwrap();
        let end = path.last().unwrap();
        assert!(end.values().iter().all(|x| *x >= 0.0));
        return end.values().iter().sum::<f64>() / n as f64;
    }
    // The same towards the plane 3 x + 4 y = 10, and free along it.
    let field = FnField::rows(2, |_, _, out| (out[0], out[1]) = (-0.6, -0.8)).with_diffusion(|_| 1.0);
    let walls = Walls::new(Region::HalfSpace { normal: vec![3.0, 4.0], offset: 10.0 }, rule).unwrap();
    let motion = Motion::of(Law::Field(&field)).within(&walls);
    let start = points(2, depths.iter().flat_map(|d| [0.6 * (2.0 + d), 0.8 * (2.0 + d)]).collect());
    let (path, _) = motion.follow(&start, None, (0.0, 10.0), &options, &ctx(seed)).unwrap();
    path.last().unwrap().rows().map(|x| 0.6 * x[0] + 0.8 * x[1] - 2.0).sum::<f64>() / n as f64
}

#[test]
fn the_stationary_mean_is_as_far_off_as_each_rule_makes_it() {
    // Four standard errors of the mean of 20,000 exponential numbers of deviation 1/2.
    let band = 0.0142;
    for seed in 0..3 {
        // Turned, once is enough: the arithmetic of one wall is that of another.
        for turned in if seed == 0 { vec![false, true] } else { vec![false] } {
            let found = mean(Reflection::Bridge, seed, turned);
            assert!((found - 0.5).abs() < band, "seed {seed}: bridge {found}");
            // Asmussen, Glynn and Pitman, "Discretization error in simulation of one-dimensional reflecting Brownian motion"
            // (Ann. Appl. Probab. 5, 1995): projection loses 0.5826 sigma sqrt(h), up to the order of h.
            let found = mean(Reflection::Projection, seed, turned);
            let lost = 0.5826 * H.sqrt();
            assert!((0.5 - lost - found).abs() < band + 0.5 * H, "seed {seed}: projection {found}");
            let found = mean(Reflection::Mirror, seed, turned);
            assert!((found - 0.5).abs() < band + 0.5 * H, "seed {seed}: mirror {found}");
        }
    }
}

#[test]
fn brownian_motion_fills_a_box_evenly() {
    let field = FnField::batch(2, |_, _, out| out.fill(0.0)).with_diffusion(|_| 1.0);
    let walls = Walls::new(Region::Box { low: vec![0.0, -1.0], high: vec![1.0, 0.5] }, Reflection::Bridge).unwrap();
    let n = 2000;
    let start = points(2, [0.0, 0.5].repeat(n));
    for seed in 0..3 {
        let motion = Motion::of(Law::Field(&field)).within(&walls);
        let options = Integrate::fixed(Scheme::EulerMaruyama, 500);
        let (path, _) = motion.follow(&start, None, (0.0, 5.0), &options, &ctx(seed)).unwrap();
        let end = path.last().unwrap();
        for (axis, low, width) in [(0, 0.0, 1.0), (1, -1.0, 1.5)] {
            let shares: Vec<f64> = end.rows().map(|x| (x[axis] - low) / width).collect();
            assert!(shares.iter().all(|s| (0.0..=1.0).contains(s)));
            // Five standard errors of the first two moments of the uniform law.
            let moment = |p: i32| shares.iter().map(|s| s.powi(p)).sum::<f64>() / n as f64;
            assert!((moment(1) - 0.5).abs() < 0.0323, "seed {seed}, axis {axis}: {}", moment(1));
            assert!((moment(2) - 1.0 / 3.0).abs() < 0.0334, "seed {seed}, axis {axis}: {}", moment(2));
        }
    }
}

#[test]
fn walls_that_make_no_sense_are_refused() {
    assert!(Walls::new(Region::Box { low: vec![1.0], high: vec![1.0] }, Reflection::Mirror).is_err());
    assert!(Walls::new(Region::HalfSpace { normal: vec![0.0, 0.0], offset: 0.0 }, Reflection::Mirror).is_err());
    let walls = Walls::new(Region::Box { low: vec![0.0], high: vec![1.0] }, Reflection::Mirror).unwrap();
    let field = FnField::batch(1, |_, _, out| out.fill(0.0)).with_diffusion(|_| 1.0);
    let motion = Motion::of(Law::Field(&field)).within(&walls);
    let options = Integrate::fixed(Scheme::EulerMaruyama, 3);
    for (x, word) in [(points(1, vec![2.0]), "outside the walls"), (Points::zeros(1, 2), "coordinates")] {
        let error = motion.follow(&x, None, (0.0, 1.0), &options, &ctx(0)).unwrap_err();
        assert!(error.message().contains(word), "{error}");
    }
}
