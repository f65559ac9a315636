//! The claims of every method, as `verify` runs them, at three seeds.

#[path = "../../hold.rs"]
mod hold;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use thalweg_core::{Check, Class, Context, Points};
use thalweg_dynamics::METHODS;

fn hold_all(name: &str) {
    hold::hold_all(METHODS.iter().find(|m| m.name == name).unwrap());
}

#[test]
fn emergence_holds_its_claims() {
    hold_all("emergence-calculus");
}

#[test]
fn state_dependent_diffusion_holds_its_claims() {
    hold_all("state-dependent-diffusion");
}

#[test]
fn acceleration_holds_its_claims() {
    hold_all("acceleration");
}

#[test]
fn a_call_to_stop_is_heard() {
    let ctx = Context::new(0, 1).unwrap().with_stop(Arc::new(AtomicBool::new(true)));
    for method in METHODS {
        let stops = |c: &Check| (c.run)(&ctx).is_err_and(|e| e.class() == Class::Interrupted);
        assert!(method.checks.iter().any(stops), "{} goes on", method.name);
        assert!((method.defaults)().as_object().is_some_and(|o| !o.is_empty()), "{} has no settings", method.name);
    }
}

#[test]
fn threads_do_not_change_a_walk() {
    use thalweg_dynamics::state_diffusion::{Config, Profile, walk};
    let medium = Profile { slope: |x: f64| x, diffusivity: |x: f64| 1.0 + x * x, divergence: |x: f64| 2.0 * x };
    let (start, config) = (Points::zeros(300, 1), Config { every: 20, saves: 2, ..Config::default() });
    let of = |threads| walk(&Context::new(0, threads).unwrap(), &medium, &start, &config).unwrap();
    let (one, two) = (of(1), of(2));
    assert!(one.states.iter().zip(&two.states).all(|(a, b)| a.values() == b.values()));
}

/// All but the last, which recomputes all spectra and takes a minute: `thalweg verify S057` runs it.
#[test]
fn the_catalogue_holds_its_claims() {
    let method = thalweg_dynamics::catalogue::METHOD;
    let cheap = &method.checks[..method.checks.len() - 1];
    hold::hold_all(&thalweg_core::Method { checks: cheap, ..method });
}
