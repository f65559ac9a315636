//! What is told of a map: extremes, fluxes, polar caps, dipoles.

use crate::sphere::Sphere;
use serde::Serialize;
use std::f64::consts::PI;

/// Square of the solar radius in square centimetres, which makes gauss on the unit sphere maxwell.
const RADIUS_SQUARED: f64 = 6.96e10 * 6.96e10;

/// One line of the history of a realisation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Diagnostics {
    /// Hours after the start.
    pub hours: f64,
    /// Least and largest field, and least strength, in gauss.
    pub least: f64,
    /// Largest field.
    pub largest: f64,
    /// Least strength.
    pub weakest: f64,
    /// Flux of either sign, in maxwell.
    pub positive_flux: f64,
    /// Negative flux.
    pub negative_flux: f64,
    /// Flux of either sign within the northern cap, in maxwell.
    pub north_positive: f64,
    /// Negative flux of the northern cap.
    pub north_negative: f64,
    /// Flux of either sign within the southern cap, in maxwell.
    pub south_positive: f64,
    /// Negative flux of the southern cap.
    pub south_negative: f64,
    /// Strength of the dipole in the plane of the equator, in gauss.
    pub equatorial_dipole: f64,
    /// Strength of the dipole along the axis, in gauss.
    pub axial_dipole: f64,
}

impl Diagnostics {
    /// Of a map in gauss, with caps that reach `cap` degrees from the poles.
    pub fn of(sphere: &Sphere, field: &[f64], hours: f64, cap: f64) -> Self {
        let n = sphere.columns();
        let (cosines, sines): (Vec<f64>, Vec<f64>) =
            (0..n).map(|k| sphere.longitude(k)).map(|p| (p.cos(), p.sin())).unzip();
        let mut out = Self { hours, least: f64::INFINITY, largest: f64::NEG_INFINITY, ..Self::default() };
        out.weakest = f64::INFINITY;
        let (mut x, mut y, mut z) = (0.0, 0.0, 0.0);
        for (j, row) in field.chunks(n).enumerate() {
            let area = sphere.area(j);
            let (mut positive, mut negative, mut along, mut aside) = (0.0, 0.0, 0.0, 0.0);
            for (b, (c, s)) in row.iter().zip(cosines.iter().zip(&sines)) {
                positive += b.max(0.0);
                negative += b.min(0.0);
                along += b * c;
                aside += b * s;
                out.least = out.least.min(*b);
                out.largest = out.largest.max(*b);
                out.weakest = out.weakest.min(b.abs());
            }
            // A pole's cap has its weight half a cell away from it.
            let place = if j == 0 {
                sphere.face(1)
            } else if j + 1 == sphere.rows() {
                sphere.face(j)
            } else {
                sphere.colatitudes()[j]
            };
            x += area * place.sin() * along;
            y += area * place.sin() * aside;
            z += area * place.cos() * (positive + negative);
            let (positive, negative) = (RADIUS_SQUARED * area * positive, RADIUS_SQUARED * area * negative);
            out.positive_flux += positive;
            out.negative_flux += negative;
            if sphere.colatitudes()[j] <= cap.to_radians() {
                out.north_positive += positive;
                out.north_negative += negative;
            }
            if sphere.colatitudes()[j] >= PI - cap.to_radians() {
                out.south_positive += positive;
                out.south_negative += negative;
            }
        }
        out.equatorial_dipole = 0.75 / PI * x.hypot(y);
        out.axial_dipole = 0.75 / PI * z;
        out
    }
}

/// A column of the history: name, units and value.
pub(super) type Column = (&'static str, &'static str, fn(&Diagnostics) -> f64);

/// The columns of a history.
pub(super) const HISTORY: [Column; 12] = [
    ("history_time", "hours", |d| d.hours),
    ("br_min", "gauss", |d| d.least),
    ("br_max", "gauss", |d| d.largest),
    ("br_weakest", "gauss", |d| d.weakest),
    ("flux_positive", "Mx", |d| d.positive_flux),
    ("flux_negative", "Mx", |d| d.negative_flux),
    ("north_flux_positive", "Mx", |d| d.north_positive),
    ("north_flux_negative", "Mx", |d| d.north_negative),
    ("south_flux_positive", "Mx", |d| d.south_positive),
    ("south_flux_negative", "Mx", |d| d.south_negative),
    ("equatorial_dipole", "gauss", |d| d.equatorial_dipole),
    ("axial_dipole", "gauss", |d| d.axial_dipole),
];

/// Makes the positive and the negative flux of a map equal, by a factor to either, which leaves their product.
///
/// A map of one sign stays as it is.
pub fn balance(sphere: &Sphere, field: &mut [f64]) {
    let (mut positive, mut negative) = (0.0, 0.0);
    for (j, row) in field.chunks(sphere.columns()).enumerate() {
        positive += sphere.area(j) * row.iter().map(|b| b.max(0.0)).sum::<f64>();
        negative += sphere.area(j) * row.iter().map(|b| b.min(0.0)).sum::<f64>();
    }
    if positive == 0.0 || negative == 0.0 {
        return;
    }
    let ratio = (positive / -negative).sqrt();
    field.iter_mut().for_each(|b| *b *= if *b > 0.0 { 1.0 / ratio } else { ratio });
}
