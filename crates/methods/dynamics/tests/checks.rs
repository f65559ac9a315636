//! The claims of every method, as `verify` runs them, at three seeds.

#[path = "../../hold.rs"]
mod hold;

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
