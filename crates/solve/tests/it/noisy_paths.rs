//! What the driver promises of paths with noise, and what it refuses.

use crate::noisy_laws::{Given, linear};
use thalweg_core::{Context, Points};
use thalweg_solve::{Diffusion, Integrate, Law, Motion, NoiseKind, Reflection, Region, SaveAt, Scheme, Sense, Walls};

#[test]
fn laws_that_a_scheme_cannot_follow_are_refused() {
    let refused = |law: &dyn Diffusion, scheme: Scheme, span: (f64, f64), word: &str| {
        let motion = Motion::of(Law::Diffusion(law));
        let x = Points::zeros(3, law.dim());
        let error = motion.follow(&x, None, span, &Integrate::fixed(scheme, 4), &crate::common::ctx(0)).unwrap_err();
        assert!(error.message().contains(word) && error.message().ends_with('.'), "{error}");
    };
    let general = linear(Sense::Ito);
    refused(&general, Scheme::Milstein, (0.0, 1.0), "commutes");
    refused(&general, Scheme::Sri1, (0.0, 1.0), "diagonal");
    refused(&general, Scheme::Sra1, (0.0, 1.0), "does not depend on the state");
    refused(&general, Scheme::Rk4, (0.0, 1.0), "a drift");
    refused(&general, Scheme::EulerMaruyama, (1.0, 0.0), "backward");
    let none = Given { kind: NoiseKind::Additive(0), ..linear(Sense::Ito) };
    refused(&none, Scheme::EulerMaruyama, (0.0, 1.0), "0 columns");
}

#[test]
fn paths_do_not_depend_on_threads_or_on_the_rows_beside() {
    let walls = Walls::new(Region::Box { low: vec![-1.0; 2], high: vec![1.5; 2] }, Reflection::Bridge).unwrap();
    let general = linear(Sense::AntiIto);
    let additive = Given {
        kind: NoiseKind::Additive(2),
        spread: Box::new(|t, _, out| out.copy_from_slice(&[0.3, 0.1, -0.2 * t, 0.4])),
        ..linear(Sense::Ito)
    };
    let diagonal = Given {
        kind: NoiseKind::Diagonal,
        spread: Box::new(|_, x, out| (out[0], out[1]) = (0.3 * x[0], 0.2 + x[1] * x[1])),
        ..linear(Sense::Stratonovich)
    };
    let start = Points::new(2, [1.0, 0.5].repeat(600)).unwrap();
    for (law, scheme) in [
        (&general, Scheme::EulerMaruyama),
        (&general, Scheme::Platen),
        (&additive, Scheme::Sra1),
        (&additive, Scheme::Milstein),
        (&diagonal, Scheme::Sri1),
        (&diagonal, Scheme::Milstein),
        (&diagonal, Scheme::Platen),
    ] {
        let motion = Motion::of(Law::Diffusion(law)).within(&walls);
        let run = |start: &Points, threads: usize| {
            let options = Integrate::fixed(scheme, 20).saving(SaveAt::Even(3));
            let ctx = Context::new(1, threads).unwrap();
            motion.follow(start, None, (0.0, 1.0), &options, &ctx).unwrap().0.states
        };
        let (one, two) = (run(&start, 1), run(&start, 2));
        assert_eq!(one, two, "{scheme:?}");
        let few = run(&start.select(&[0, 1, 2]), 2);
        for (all, few) in one.iter().zip(&few) {
            assert_eq!(&all.values()[..6], few.values(), "{scheme:?}");
        }
        assert_ne!(one[2].row(0), one[2].row(1));
    }
}
