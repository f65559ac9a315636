//! Every claim of the family, at three seeds.

use thalweg_bridge::LEARNERS;
use thalweg_core::{Context, Measured};

/// Runs the checks of the method `id` at seeds 0, 1, 2.
fn hold(id: &str) {
    let mut failed = Vec::new();
    let learner = LEARNERS.iter().find(|l| l.method.id == id).unwrap();
    for seed in 0..3 {
        let ctx = Context::new(seed, 2).unwrap();
        for check in learner.method.checks {
            let figures = (check.run)(&ctx).unwrap();
            for f in figures.iter().filter(|f| !Measured::holds(f)) {
                failed.push(format!("{} seed {seed}: {} is {}, expected {}", check.name, f.what, f.value, f.expected));
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn action_matching_holds() {
    hold("S004");
}

#[test]
fn velocity_growth_matching_holds() {
    hold("S039");
}
