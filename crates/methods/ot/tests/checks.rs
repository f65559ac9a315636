//! The claims of every method, as `verify` runs them, at three seeds.

use thalweg_core::{Check, Context};
use thalweg_match::METHODS;

#[allow(clippy::print_stderr)] // A failing claim is judged beside the figures that hold.
fn hold(check: &Check, seed: u64) {
    let start = std::time::Instant::now();
    let ctx = Context::new(seed, 2).unwrap();
    let figures = (check.run)(&ctx).unwrap_or_else(|e| panic!("{} at seed {seed}: {e}", check.name));
    assert!(!figures.is_empty(), "{} measures nothing", check.name);
    for figure in &figures {
        eprintln!(
            "{} seed {seed} ({:.1} s): {} = {:.6}, expected {}",
            check.name,
            start.elapsed().as_secs_f64(),
            figure.what,
            figure.value,
            figure.expected
        );
    }
    for figure in figures {
        assert!(
            figure.holds(),
            "{} at seed {seed}: {} is {}, expected {}",
            check.name,
            figure.what,
            figure.value,
            figure.expected
        );
    }
}

fn hold_all(name: &str) {
    let method = METHODS.iter().find(|m| m.name == name).unwrap();
    for check in method.checks {
        (0..3).for_each(|seed| hold(check, seed));
    }
}

#[test]
fn conditional_transport_holds_its_claims() {
    hold_all("conditional-transport");
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
