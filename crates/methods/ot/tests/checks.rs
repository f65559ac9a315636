//! The claims of every method, as `verify` runs them, at three seeds.

#[path = "../../hold.rs"]
mod hold;

use thalweg_match::METHODS;

fn hold_all(name: &str) {
    hold::hold_all(METHODS.iter().find(|m| m.name == name).unwrap());
}

#[test]
fn contextual_transport_by_a_circuit_holds_its_claims() {
    hold_all("qontot");
}

#[test]
fn conditional_transport_holds_its_claims() {
    hold_all("conditional-transport");
}

#[test]
fn imitation_on_networks_holds_its_claims() {
    hold_all("imitation-transport");
}

#[test]
fn single_paths_hold_their_claims() {
    hold_all("ethereal");
}

#[test]
fn mirror_sinkhorn_holds_its_claims() {
    hold_all("mirror-sinkhorn");
}

#[test]
fn linear_partial_transport_holds_its_claims() {
    hold_all("linear-partial-transport");
}

#[test]
fn elastic_maps_hold_their_claims() {
    hold_all("monge-bregman-occam");
}

#[test]
fn the_semi_discrete_map_holds_its_claims() {
    hold_all("semi-discrete-map");
}

#[test]
fn couplings_of_most_information_hold_their_claims() {
    hold_all("info-ot");
}

#[test]
fn co_transport_holds_its_claims() {
    hold_all("coil");
}

#[test]
fn sparse_inverse_transport_holds_its_claims() {
    hold_all("sparse-inverse-transport");
}

#[test]
fn adaptive_annealing_holds_its_claims() {
    hold_all("adaptive-annealing");
}

#[test]
fn mini_batches_hold_their_claims() {
    hold_all("bomb-ot");
}

#[test]
fn shift_explanations_hold_their_claims() {
    hold_all("shift-explanations");
}

#[test]
fn unbalanced_co_optimal_transport_holds_its_claims() {
    hold_all("unbalanced-coot");
}
