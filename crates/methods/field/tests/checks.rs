//! The claims of every method, as `verify` runs them, at three seeds.

#[path = "../../hold.rs"]
mod hold;

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
