//! The laws that `simulate` knows by name, beside the systems of the catalogue.
//!
//! A law is a file here, which turns settings into a call of its crate and the result into an
//! [`Outcome`](super::law::Outcome), and a line in [`LAWS`].

mod surface_flux;

use super::law::{Law, nearest};
use thalweg_core::Error;

/// The table, by name.
pub const LAWS: &[&Law] = &[&surface_flux::LAW];

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
