//! Starts whose evolution is known, and the error against it.

use crate::sphere::Sphere;
use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI};

/// Decay rate of [`soccer_ball`] in units of the diffusivity: degree 6 times 7.
pub const SOCCER_BALL_RATE: f64 = 42.0;

/// `Y_6^0 + sqrt(14/11) Y_6^5`, real and orthonormal, a single mode of diffusion with the symmetry of a soccer ball.
pub fn soccer_ball(sphere: &Sphere) -> Vec<f64> {
    // (2 l + 1) / 4 pi, and for order 5 twice that times 1! / 11!.
    let zonal = (13.0 / (4.0 * PI)).sqrt() / 16.0;
    let tesseral = (14.0 / 11.0_f64).sqrt() * (2.0 * 13.0 / (4.0 * PI) / 39_916_800.0).sqrt() * 10_395.0;
    let value = |theta: f64, phi: f64| {
        let (sine, x2) = (theta.sin(), theta.cos().powi(2));
        let degree = ((231.0 * x2 - 315.0) * x2 + 105.0) * x2 - 5.0;
        zonal * degree + tesseral * theta.cos() * sine.powi(5) * (5.0 * phi).cos()
    };
    on(sphere, value)
}

/// Two opposite Gaussians at 45 degrees north, 180 degrees apart, moved south and east by the given angles.
///
/// Divided by the sine of the colatitude, so that a constant southward velocity moves them without change of shape.
/// `width` is twice the variance, in squared radians; the published tests use 0.03.
pub fn gaussians(sphere: &Sphere, width: f64, south: f64, east: f64) -> Vec<f64> {
    on(sphere, |theta, phi| {
        if theta.sin() < 1e-9 {
            return 0.0;
        }
        let blob = |place: f64| {
            let aside = (phi - place - east + PI).rem_euclid(2.0 * PI) - PI;
            (-((theta - FRAC_PI_4 - south).powi(2) + aside * aside) / width).exp()
        };
        (blob(3.0 * FRAC_PI_2) - blob(FRAC_PI_2)) / theta.sin()
    })
}

fn on(sphere: &Sphere, value: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    let columns = 0..sphere.columns();
    let rows = sphere.colatitudes().iter();
    rows.flat_map(|theta| columns.clone().map(|k| value(*theta, sphere.longitude(k))).collect::<Vec<_>>()).collect()
}

/// `sqrt(sum (f - g)^2 / sum |f| |g|)`, the measure of Hanna and Heinold that the published tests use.
pub fn hanna_heinold(f: &[f64], g: &[f64]) -> f64 {
    let (mut apart, mut size) = (0.0, 0.0);
    for (f, g) in f.iter().zip(g) {
        apart += (f - g) * (f - g);
        size += f.abs() * g.abs();
    }
    (apart / size).sqrt()
}
