//! Published systems: one module a system, one line a system in [`METHODS`].

use thalweg_core::Method;

/// The systems of this family, by number.
pub static METHODS: &[Method] = &[];
