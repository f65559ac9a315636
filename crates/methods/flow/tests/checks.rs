//! The claims of every method, as `verify` runs them, at three seeds.

#[path = "../../hold.rs"]
mod hold;

use thalweg_flow::LEARNERS;

fn hold_all(name: &str) {
    hold::hold_all(&LEARNERS.iter().find(|l| l.method.name == name).unwrap().method);
}

#[test]
fn flow_matching_holds_its_claims() {
    hold_all("flow-matching");
}

#[test]
fn rectified_flow_holds_its_claims() {
    hold_all("rectified-flow");
}

#[test]
fn stochastic_interpolants_hold_their_claims() {
    hold_all("stochastic-interpolants");
}
