//! The laws that `simulate` knows by name, beside the systems of the catalogue.
//!
//! A law is a file here, which turns settings into a call of its crate and the result into an
//! [`Outcome`](super::law::Outcome), and a line in [`LAWS`].

mod acceleration;
mod ginzburg_landau;
mod klein_gordon;
mod random_advection_diffusion;
mod state_dependent_diffusion;
mod surface_flux;

pub use surface_flux::of_maps;

use super::law::{Law, nearest};
use thalweg_core::{Context, Error, Result};

/// The table, by name.
pub const LAWS: &[&Law] = &[
    &acceleration::LAW,
    &ginzburg_landau::LAW,
    &klein_gordon::LAW,
    &random_advection_diffusion::LAW,
    &state_dependent_diffusion::LAW,
    &surface_flux::LAW,
];

/// The law called `name`, or none.
pub fn law(name: &str) -> Option<&'static Law> {
    LAWS.iter().find(|law| law.name.eq_ignore_ascii_case(name)).copied()
}

/// The refusal of a name that neither a system nor a law has; `system` is what the catalogue says of it.
pub fn with_laws(name: &str, system: Error) -> Error {
    let near = nearest(name, LAWS.iter().map(|law| law.name), 2);
    let Some(advice) = system.advice().filter(|_| !near.is_empty()).map(str::to_owned) else { return system };
    system.advise(format!("{advice} Among laws: {}.", near.join(", ")))
}

/// Bytes that a kept value of a field takes, with its coordinates in the table and on the page.
const BYTES: u64 = 64;

/// Values that a field may have, whatever the budget.
const MOST_VALUES: u64 = 1_000_000_000;

/// Refuses a field for which the memory budget has no room, before any work.
pub(super) fn require_room(ctx: &Context, frames: usize, nodes: usize) -> Result<()> {
    let values = (frames as u64).saturating_mul(nodes as u64);
    if values > MOST_VALUES {
        return Err(Error::input(format!(
            "A field of {nodes} nodes at {frames} times has {values} values, but at most {MOST_VALUES} are kept."
        ))
        .advise(format!(
            "Keep fewer times (-n {}), or take fewer nodes.",
            (MOST_VALUES / nodes.max(1) as u64).max(2)
        )));
    }
    ctx.require_memory(values.saturating_mul(BYTES), &format!("A field of {nodes} nodes at {frames} times"))
}

/// The relative size of a change.
fn relative(change: f64, of: f64) -> f64 {
    change.abs() / of.abs().max(f64::MIN_POSITIVE)
}

#[cfg(test)]
mod tests {
    use super::super::law::Outcome;
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
    use thalweg_core::{Progress, Status};

    /// Asks to stop once progress has been told so often.
    struct Stopping {
        left: AtomicU32,
        stop: Arc<AtomicBool>,
    }

    impl Progress for Stopping {
        fn update(&self, _: &str, _: u64, _: u64, _: &str) {
            if self.left.fetch_sub(1, Ordering::Relaxed) == 1 {
                self.stop.store(true, Ordering::Relaxed);
            }
        }
    }

    /// Every law that is stopped on its way has the beginning of what it would have done.
    #[test]
    fn what_is_stopped_keeps_what_was_done() {
        for (name, set, frames, after) in [
            ("acceleration", vec![("objective", "kinked"), ("scheme", "heavy-ball")], 3000, 2),
            ("ginzburg-landau", vec![("points", "16"), ("every", "1")], 9, 4),
            ("klein-gordon", vec![("points", "64"), ("time", "400")], 60, 3),
            ("random-advection-diffusion", vec![("sites", "8")], 9, 4),
            ("state-dependent-diffusion", vec![("walkers", "20"), ("time", "0.5")], 9, 4),
            ("surface-flux", vec![("rows", "11"), ("columns", "16"), ("days", "20")], 9, 3),
        ] {
            let law = law(name).unwrap();
            let set: Vec<(String, String)> = set.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
            let settings = law.settings(&set, Some(frames)).unwrap();
            let whole = law.follow(&settings, &Context::new(0, 1).unwrap()).unwrap();
            let stop = Arc::new(AtomicBool::new(false));
            let progress = Stopping { left: AtomicU32::new(after), stop: Arc::clone(&stop) };
            let ctx = Context::new(0, 1).unwrap().with_stop(stop).with_progress(Arc::new(progress));
            let cut = law.follow(&settings, &ctx).unwrap();
            assert_eq!(cut.report.status, Status::Interrupted, "{name}");
            let numbers = |o: &Outcome| match (&o.fields, &o.series) {
                (Some(f), _) => f.fields[0].values.clone(),
                (None, Some(s)) => s.columns[0].1.clone(),
                (None, None) => Vec::new(),
            };
            let (have, all) = (numbers(&cut), numbers(&whole));
            assert!(!have.is_empty() && have.len() < all.len(), "{name}: {} of {}", have.len(), all.len());
            assert!(have.iter().zip(&all).all(|(a, b)| a == b), "{name}");
            assert!(cut.table().unwrap().rows() < whole.table().unwrap().rows(), "{name}");
        }
    }

    #[test]
    fn the_table_is_by_name_and_names_no_system() {
        assert!(LAWS.windows(2).all(|pair| pair[0].name < pair[1].name));
        for law in LAWS {
            assert!(thalweg_systems::System::named(law.name).is_err(), "{} is a system", law.name);
            assert!(crate::registry::method(law.method).is_ok(), "{}", law.method);
            assert!(law.settings(&[], None).is_ok());
        }
    }
}
