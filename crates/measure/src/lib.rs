//! What a series, a law or a chain does: exponents, dimensions, entropies, spectra, barriers and irreversibility.

mod chain;

pub use chain::Chain;
