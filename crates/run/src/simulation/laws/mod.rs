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

/// Refuses a field for which the memory budget has no room, before any work.
fn require_room(ctx: &Context, frames: usize, nodes: usize) -> Result<()> {
    let values = (frames as u64).saturating_mul(nodes as u64);
    ctx.require_memory(values.saturating_mul(BYTES), &format!("A field of {nodes} nodes at {frames} times"))
}

/// The relative size of a change.
fn relative(change: f64, of: f64) -> f64 {
    change.abs() / of.abs().max(f64::MIN_POSITIVE)
}

#[cfg(test)]
mod tests {
    use super::*;

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
