//! The closed forms against derivatives, the continuity equation, and Monte Carlo.

use thalweg_core::{Measure, Points, Stream, VectorField};
use thalweg_path::{
    AffinePath, EmpiricalFlow, Gamma, Gaussian, GaussianFlow, Mixture, MixtureFlow, Path, Prediction, Schedule,
};

fn paths() -> Vec<AffinePath> {
    vec![
        AffinePath::linear(),
        AffinePath::linear().with_gamma(Gamma::Bridge { a: 0.7 }),
        AffinePath::new(Schedule::Trigonometric {}).with_gamma(Gamma::Parabola),
        AffinePath::new(Schedule::VariancePreserving { b0: 0.1, b1: 8.0 }),
        AffinePath::new(Schedule::EncodingDecoding {}).with_gamma(Gamma::SineSquared),
        AffinePath::new(Schedule::Mirror {}).with_gamma(Gamma::Bridge { a: 1.0 }),
    ]
}

fn mixtures() -> (Mixture, Mixture) {
    let tilted = Gaussian::new(vec![1.0, -0.5], vec![0.8, 0.3, 0.3, 0.5]).unwrap();
    let narrow = Gaussian::new(vec![-1.5, 0.7], vec![0.2, -0.05, -0.05, 0.4]).unwrap();
    let round = Gaussian::isotropic(vec![0.3, 2.0], 0.6).unwrap();
    let source = Mixture::new(vec![1.0, 2.0], vec![tilted.clone(), round]).unwrap();
    let target = Mixture::new(vec![3.0, 1.0], vec![narrow, tilted]).unwrap();
    (source, target)
}

/// `∂_t log p + b · s + div b = 0` at random points: the velocity moves the density.
#[test]
fn continuity_equation_holds() {
    let (source, target) = mixtures();
    for path in paths() {
        let flow = MixtureFlow::new(source.clone(), target.clone(), path).unwrap();
        for seed in 0..3 {
            let mut stream = Stream::new(seed, "continuity", 0);
            for t in [0.13, 0.41, 0.77] {
                let x: Vec<f64> = (0..20).map(|_| 2.0 * stream.normal()).collect();
                let at = |t: f64| {
                    let mut out = vec![0.0; 10];
                    flow.log_density(t, &x, &mut out);
                    out
                };
                let h = 1e-5;
                let (before, after) = (at(t - h), at(t + h));
                let (mut b, mut s, mut div) = (vec![0.0; 20], vec![0.0; 20], vec![0.0; 10]);
                flow.velocity(t, &x, &mut b);
                flow.score(t, &x, &mut s);
                flow.divergence(t, &x, &mut div);
                for i in 0..10 {
                    let transported = b[2 * i] * s[2 * i] + b[2 * i + 1] * s[2 * i + 1];
                    let rate = (after[i] - before[i]) / (2.0 * h);
                    let scale = 1.0 + rate.abs() + transported.abs() + div[i].abs();
                    assert!((rate + transported + div[i]).abs() < 1e-6 * scale, "{path:?} at t = {t}");
                }
            }
        }
    }
}

#[test]
fn divergence_is_that_of_differences() {
    struct Plain<'a>(&'a dyn VectorField);
    impl VectorField for Plain<'_> {
        fn dim(&self) -> usize {
            self.0.dim()
        }
        fn velocity(&self, t: f64, x: &[f64], out: &mut [f64]) {
            self.0.velocity(t, x, out);
        }
    }
    let (source, target) = mixtures();
    for path in paths() {
        let mixed = MixtureFlow::new(source.clone(), target.clone(), path).unwrap();
        let (a, b) = (source.components()[0].clone(), target.components()[0].clone());
        let single = GaussianFlow::new(a, b, path).unwrap();
        let x = [0.4, -0.9, 1.5, 0.2, -2.0, 1.0];
        for field in [&mixed as &dyn VectorField, &single] {
            let (mut exact, mut differences) = ([0.0; 3], [0.0; 3]);
            field.divergence(0.3, &x, &mut exact);
            Plain(field).divergence(0.3, &x, &mut differences);
            for (e, d) in exact.iter().zip(differences) {
                assert!((e - d).abs() < 1e-7 * (1.0 + e.abs()), "{path:?}: {e} against {d}");
            }
        }
    }
}

#[test]
fn score_is_the_gradient_of_the_log_density() {
    let (source, target) = mixtures();
    let flow = MixtureFlow::new(source, target, AffinePath::linear().with_gamma(Gamma::Parabola)).unwrap();
    let x = [0.4, -0.9];
    let mut s = [0.0; 2];
    flow.score(0.3, &x, &mut s);
    for k in 0..2 {
        let shifted = |h: f64| {
            let mut y = x;
            y[k] += h;
            let mut out = [0.0];
            flow.log_density(0.3, &y, &mut out);
            out[0]
        };
        let numeric = (shifted(1e-5) - shifted(-1e-5)) / 2e-5;
        assert!((s[k] - numeric).abs() < 1e-8, "{} against {numeric}", s[k]);
    }
}

/// The velocity is the regression of `dx_t/dt` on `x_t`, so their residual is orthogonal to any function of `x_t`.
#[test]
fn velocity_is_the_regression_of_the_path_velocity() {
    let (source, target) = mixtures();
    let n = 40_000;
    for path in paths() {
        let flow = MixtureFlow::new(source.clone(), target.clone(), path).unwrap();
        for seed in 0..3 {
            let mut stream = Stream::new(seed, "regression", 0);
            let (x0, x1) = (source.sample(n, &mut stream), target.sample(n, &mut stream));
            let t = 0.37;
            let c = path.at(t);
            let (mut x, mut v, mut z) = (vec![0.0; 2 * n], vec![0.0; 2 * n], [0.0; 2]);
            for i in 0..n {
                stream.fill_normal(&mut z);
                let rows = 2 * i..2 * i + 2;
                c.point(x0.row(i), x1.row(i), &z, &mut x[rows.clone()]);
                c.velocity(x0.row(i), x1.row(i), &z, &mut v[rows]);
            }
            let mut b = vec![0.0; 2 * n];
            flow.velocity(t, &x, &mut b);
            let tests: [fn(&[f64]) -> f64; 4] = [|_| 1.0, |x| x[0], |x| (x[0] * x[1]).sin(), |x| (-x[1] * x[1]).exp()];
            for test in tests {
                for k in 0..2 {
                    let terms: Vec<f64> =
                        (0..n).map(|i| (v[2 * i + k] - b[2 * i + k]) * test(&x[2 * i..2 * i + 2])).collect();
                    let mean = terms.iter().sum::<f64>() / n as f64;
                    let sd = (terms.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n as f64).sqrt();
                    // 144 comparisons: 4.5 standard errors are exceeded by chance once in a thousand runs.
                    assert!(mean.abs() < 4.5 * sd / (n as f64).sqrt() + 1e-12, "{path:?} seed {seed}: {mean} of {sd}");
                }
            }
        }
    }
}

#[test]
fn one_component_is_the_gaussian_law() {
    let a = Gaussian::new(vec![1.0, 2.0], vec![0.8, 0.3, 0.3, 0.5]).unwrap();
    let b = Gaussian::new(vec![-1.0, 0.0], vec![0.4, -0.1, -0.1, 0.9]).unwrap();
    let x = [0.5, 0.3, -1.0, 2.0];
    for path in paths() {
        let single = GaussianFlow::new(a.clone(), b.clone(), path).unwrap();
        let mixed = MixtureFlow::new(a.clone(), b.clone(), path).unwrap();
        let (mut v, mut w) = ([0.0; 4], [0.0; 4]);
        single.velocity(0.6, &x, &mut v);
        mixed.velocity(0.6, &x, &mut w);
        assert!(v.iter().zip(&w).all(|(v, w)| (v - w).abs() < 1e-12));
        single.score(0.6, &x, &mut v);
        mixed.score(0.6, &x, &mut w);
        assert!(v.iter().zip(&w).all(|(v, w)| (v - w).abs() < 1e-12));
        let (mut p, mut q) = ([0.0; 2], [0.0; 2]);
        single.log_density(0.6, &x, &mut p);
        mixed.log_density(0.6, &x, &mut q);
        assert!(p.iter().zip(&q).all(|(p, q)| (p - q).abs() < 1e-12));
    }
}

#[test]
fn flow_map_solves_the_flow() {
    // Covariances that commute: the same rotation of two diagonals.
    let a = Gaussian::new(vec![1.0, 2.0], vec![1.5, 0.5, 0.5, 1.5]).unwrap();
    let b = Gaussian::new(vec![-1.0, 0.0], vec![0.6, -0.4, -0.4, 0.6]).unwrap();
    for path in paths().into_iter().filter(|p| p.validate().is_ok()) {
        let flow = GaussianFlow::new(a.clone(), b.clone(), path).unwrap();
        let x = [0.5, -0.3];
        let at = |t: f64| {
            let mut out = [0.0; 2];
            flow.flow_map(0.2, t, &x, &mut out).unwrap();
            out
        };
        let (h, t) = (1e-5, 0.7);
        let (before, here, after) = (at(t - h), at(t), at(t + h));
        let mut v = [0.0; 2];
        flow.velocity(t, &here, &mut v);
        for k in 0..2 {
            let numeric = (after[k] - before[k]) / (2.0 * h);
            assert!((v[k] - numeric).abs() < 1e-7 * (1.0 + v[k].abs()), "{path:?}: {} against {numeric}", v[k]);
        }
    }
    let c = Gaussian::new(vec![0.0, 0.0], vec![2.0, 0.0, 0.0, 1.0]).unwrap();
    let tilted = GaussianFlow::new(a, c, AffinePath::linear()).unwrap();
    assert!(tilted.flow_map(0.0, 1.0, &[0.0, 0.0], &mut [0.0, 0.0]).is_err());
}

/// One dimension, standard to standard along straight lines: `v = (2t - 1) x / (t² + (1-t)²)`.
#[test]
fn standard_to_standard_has_the_known_velocity() {
    let flow = GaussianFlow::new(Gaussian::standard(1), Gaussian::standard(1), AffinePath::linear()).unwrap();
    for t in [0.0, 0.2, 0.5, 0.9, 1.0] {
        let mut v = [0.0];
        flow.velocity(t, &[1.7], &mut v);
        assert!((v[0] - (2.0 * t - 1.0) * 1.7 / (t * t + (1.0 - t) * (1.0 - t))).abs() < 1e-12);
    }
}

#[test]
fn empirical_law_agrees_with_conversions_and_derivatives() {
    for seed in 0..3 {
        let mut stream = Stream::new(seed, "data", 0);
        let mut values = vec![0.0; 24];
        stream.fill_normal(&mut values);
        let weights = (0..12).map(|k| 1.0 + f64::from(k % 3)).collect();
        let data = Measure::new(Points::new(2, values).unwrap(), weights).unwrap();
        for path in [AffinePath::linear(), AffinePath::new(Schedule::VariancePreserving { b0: 0.1, b1: 8.0 })] {
            let flow = EmpiricalFlow::new(data.clone(), path).unwrap();
            let (t, x) = (0.6, [0.3, -0.4]);
            let (mut d, mut v, mut s) = ([0.0; 2], [0.0; 2], [0.0; 2]);
            flow.denoiser(t, &x, &mut d);
            flow.velocity(t, &x, &mut v);
            flow.score(t, &x, &mut s);
            let c = path.at(t);
            let to_v = c.convert(Prediction::Denoiser, Prediction::Velocity).unwrap();
            let to_s = c.convert(Prediction::Denoiser, Prediction::Score).unwrap();
            for k in 0..2 {
                assert!((to_v.apply(x[k], d[k]) - v[k]).abs() < 1e-10);
                assert!((to_s.apply(x[k], d[k]) - s[k]).abs() < 1e-10);
                let density = |h: f64| {
                    let mut y = x;
                    y[k] += h;
                    let mut out = [0.0];
                    flow.log_density(t, &y, &mut out);
                    out[0]
                };
                assert!(((density(1e-5) - density(-1e-5)) / 2e-5 - s[k]).abs() < 1e-7 * (1.0 + s[k].abs()));
            }
        }
    }
}

/// A point is a Gaussian without spread: the law of a data set is that of a mixture of very narrow components.
#[test]
fn empirical_law_is_the_limit_of_narrow_mixtures() {
    for seed in 0..3 {
        let mut values = vec![0.0; 24];
        Stream::new(seed, "data", 0).fill_normal(&mut values);
        let weights: Vec<f64> = (0..12).map(|k| 1.0 + f64::from(k % 3)).collect();
        let narrow = values.chunks(2).map(|y| Gaussian::isotropic(y.to_vec(), 1e-12).unwrap()).collect();
        let mixture = Mixture::new(weights.clone(), narrow).unwrap();
        let data = Measure::new(Points::new(2, values).unwrap(), weights).unwrap();
        for path in [
            AffinePath::linear(),
            AffinePath::linear().with_gamma(Gamma::Bridge { a: 0.7 }),
            AffinePath::new(Schedule::VariancePreserving { b0: 0.1, b1: 8.0 }),
        ] {
            let empirical = EmpiricalFlow::new(data.clone(), path).unwrap();
            let smooth = MixtureFlow::new(Gaussian::standard(2), mixture.clone(), path).unwrap();
            let x = [0.3, -0.4, 1.2, 0.9];
            for t in [0.1, 0.5, 0.8] {
                let (mut a, mut b) = ([0.0; 4], [0.0; 4]);
                empirical.velocity(t, &x, &mut a);
                smooth.velocity(t, &x, &mut b);
                assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-8 * (1.0 + b.abs())), "{path:?} at {t}");
                empirical.score(t, &x, &mut a);
                smooth.score(t, &x, &mut b);
                assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-8 * (1.0 + b.abs())), "{path:?} at {t}");
                let (mut p, mut q) = ([0.0; 2], [0.0; 2]);
                empirical.log_density(t, &x, &mut p);
                smooth.log_density(t, &x, &mut q);
                assert!(p.iter().zip(&q).all(|(p, q)| (p - q).abs() < 1e-8 * (1.0 + q.abs())), "{path:?} at {t}");
            }
        }
    }
}

#[test]
fn mixture_moments_match_its_draws() {
    let (source, _) = mixtures();
    for seed in 0..3 {
        let points = source.sample(50_000, &mut Stream::new(seed, "moments", 0));
        let (mean, covariance) = (source.mean(), source.covariance());
        for k in 0..2 {
            let got = points.rows().map(|x| x[k]).sum::<f64>() / 50_000.0;
            let sd = covariance[k * 3].sqrt();
            assert!((got - mean[k]).abs() < 4.5 * sd / 50_000_f64.sqrt());
            let variance = points.rows().map(|x| (x[k] - mean[k]).powi(2)).sum::<f64>() / 50_000.0;
            // The kurtosis of these mixtures is below 3, so the variance is at least as well known as a normal's.
            assert!((variance / covariance[k * 3] - 1.0).abs() < 4.5 * (2.0_f64 / 50_000.0).sqrt());
        }
    }
}
