//! Observed maps that pull a map towards them, by how far each of their cells is trusted.

use super::Assimilation;
use super::diagnostics::balance;
use crate::sphere::Sphere;
use std::f64::consts::PI;

/// An observed map.
#[derive(Clone, Debug)]
pub struct Observation {
    /// Hours after the start.
    pub hours: f64,
    /// Field in gauss, rows x columns.
    pub values: Vec<f64>,
    /// What its cells are worth.
    pub trust: Trust,
}

/// How far the cells of an observation are trusted.
#[derive(Clone, Debug)]
pub enum Trust {
    /// Weights from 0 to 1, rows x columns.
    Weights(Vec<f64>),
    /// Cosines of the angle between the line of sight and the vertical, rows x columns; negative on the far side.
    Mu(Vec<f64>),
}

impl Trust {
    /// The numbers, whichever they are.
    pub fn values(&self) -> &[f64] {
        let (Self::Weights(values) | Self::Mu(values)) = self;
        values
    }
}

/// Moves `field` towards an observation.
pub(super) fn assimilate(sphere: &Sphere, field: &mut [f64], seen: &Observation, how: &Assimilation) {
    let n = sphere.columns();
    let weight = |i: usize| match &seen.trust {
        Trust::Weights(weights) => weights[i],
        Trust::Mu(mu) if mu[i] > how.mu_limit => mu[i].powf(how.power),
        Trust::Mu(_) => 0.0,
    };
    let edge = how.cap.to_radians();
    let trusted = |theta: f64| edge == 0.0 || (theta > edge && theta < PI - edge);
    let mut change: Vec<f64> = (0..field.len())
        .map(|i| match trusted(sphere.colatitudes()[i / n]) {
            true => weight(i) * (how.factor * seen.values[i] - field[i]),
            false => 0.0,
        })
        .collect();
    if how.balance {
        balance(sphere, &mut change);
    }
    field.iter_mut().zip(&change).for_each(|(b, c)| *b += c);
    sphere.average_poles(field);
}
