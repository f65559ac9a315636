//! Measures against closed forms, brute force and published figures.

mod chain;
mod complexity;
mod data;
mod exponents;
mod flows;
mod forecast;
mod sets;
mod spectra;
mod surrogates;
