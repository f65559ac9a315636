//! Every claim of the family, at three seeds.

#[path = "../../hold.rs"]
mod hold;

use thalweg_bridge::LEARNERS;

fn hold_all(id: &str) {
    hold::hold_all(&LEARNERS.iter().find(|l| l.method.id == id).unwrap().method);
}

#[test]
fn action_matching_holds() {
    hold_all("S004");
}

#[test]
fn velocity_growth_matching_holds() {
    hold_all("S039");
}
