//! What the tests of all families share: every check of a method, held to its claim at seeds 0, 1 and 2.
//!
//! Included by path from `tests/checks.rs` of each family, since tests of different crates share no module.

use std::time::Instant;
use thalweg_core::{Context, Method};

/// Runs all checks of `method` and fails with every figure that does not hold.
#[allow(clippy::print_stderr)] // A failing claim is judged beside the figures that hold.
pub fn hold_all(method: &Method) {
    let mut failed = Vec::new();
    for check in method.checks {
        for seed in 0..3 {
            let start = Instant::now();
            let ctx = Context::new(seed, 2).unwrap();
            let figures = (check.run)(&ctx).unwrap_or_else(|e| panic!("{} at seed {seed}: {e}", check.name));
            assert!(!figures.is_empty(), "{} measures nothing", check.name);
            let seconds = start.elapsed().as_secs_f64();
            for f in &figures {
                let said = format!("{} seed {seed}: {f}", check.name);
                eprintln!("{said} ({seconds:.1} s)");
                if !f.holds() {
                    failed.push(said);
                }
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
