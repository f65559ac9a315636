//! The claims of every method, as `verify` runs them, at three seeds.

#[path = "../../hold.rs"]
mod hold;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use thalweg_core::{Check, Class, Context};
use thalweg_field::METHODS;

fn hold_all(name: &str) {
    hold::hold_all(METHODS.iter().find(|m| m.name == name).unwrap());
}

#[test]
fn klein_gordon_holds_its_claims() {
    hold_all("klein-gordon");
}

#[test]
fn surface_flux_transport_holds_its_claims() {
    hold_all("surface-flux");
}

#[test]
fn interface_structures_hold_their_claims() {
    hold_all("interface-structures");
}

#[test]
fn ginzburg_landau_holds_its_claims() {
    hold_all("ginzburg-landau");
}

#[test]
fn random_advection_diffusion_holds_its_claims() {
    hold_all("random-advection-diffusion");
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
fn threads_do_not_change_a_ring() {
    use thalweg_field::mass_exchange::{Config, simulate};
    let config = Config { replicas: 5, relax: 10, sweeps: 10, ..Config::default() };
    let of = |threads| simulate(&Context::new(0, threads).unwrap(), &config).unwrap();
    let (one, two) = (of(1), of(2));
    assert_eq!(one.second, two.second);
    assert!(one.rings.iter().zip(&two.rings).all(|(a, b)| a.masses() == b.masses()));
}
