//! Where the field starts: exact solutions, and what is made of them.

use super::{Potential, State};
use crate::demand;
use crate::line::Seam;
use serde::{Deserialize, Serialize};
use thalweg_core::{Error, Result};

/// An initial field: the four regimes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Start {
    /// A Gaussian packet at rest, around the vacuum.
    Packet {
        /// Height above the vacuum, finite.
        height: f64,
        /// Standard deviation, positive.
        width: f64,
    },
    /// One kink.
    Kink {
        /// Speed, below 1 in size.
        speed: f64,
    },
    /// A breather of sine-Gordon at its largest.
    Breather {
        /// Angular frequency at rest, between 0 and 1.
        frequency: f64,
        /// Speed, below 1 in size.
        speed: f64,
    },
    /// A kink and an antikink that run into each other.
    Collision {
        /// Speed of each, below 1 in size.
        speed: f64,
        /// Distance between them, positive.
        distance: f64,
    },
}

impl Start {
    /// What the field does across the seam.
    ///
    /// # Errors
    /// The potential has no kink.
    pub fn seam(&self, potential: &Potential) -> Result<Seam> {
        match (self, potential) {
            (Self::Packet { .. } | Self::Breather { .. } | Self::Collision { .. }, _) => Ok(Seam::Periodic {}),
            (Self::Kink { .. }, Potential::Quartic { .. }) => Ok(Seam::Antiperiodic {}),
            (Self::Kink { .. }, Potential::SineGordon {}) => Ok(Seam::Winding { rise: 2.0 * std::f64::consts::PI }),
            (Self::Kink { .. }, Potential::Linear { .. }) => Err(no_kink()),
        }
    }

    pub(super) fn check(&self) -> Result<()> {
        let slow = |speed: f64| demand(speed.abs() < 1.0, super::NAME, "start.speed", speed, "between -1 and 1");
        let positive =
            |name: &str, v: f64| demand(v > 0.0 && v.is_finite(), super::NAME, name, v, "positive and finite");
        match *self {
            Self::Packet { height, width } => {
                demand(height.is_finite(), super::NAME, "start.height", height, "finite")?;
                positive("start.width", width)
            }
            Self::Kink { speed } => slow(speed),
            Self::Breather { frequency, speed } => {
                let inside = frequency > 0.0 && frequency < 1.0;
                demand(inside, super::NAME, "start.frequency", frequency, "between 0 and 1")?;
                slow(speed)
            }
            Self::Collision { speed, distance } => {
                positive("start.distance", distance)?;
                slow(speed)
            }
        }
    }

    /// The field and its rate at each of `x`, centred at `centre`.
    ///
    /// # Errors
    /// A setting out of range, or a start that the potential does not have.
    pub fn state(&self, potential: &Potential, x: &[f64], centre: f64) -> Result<State> {
        self.check()?;
        potential.check()?;
        let at = |f: &dyn Fn(f64) -> (f64, f64)| {
            let (u, v) = x.iter().map(|x| f(x - centre)).unzip();
            State { u, v }
        };
        match (*self, potential) {
            (Self::Packet { height, width }, _) => {
                let vacuum = if let Potential::Quartic { vacuum, .. } = potential { *vacuum } else { 0.0 };
                Ok(at(&|x| (vacuum + height * (-0.5 * (x / width).powi(2)).exp(), 0.0)))
            }
            (Self::Kink { .. } | Self::Collision { .. }, Potential::Linear { .. }) => Err(no_kink()),
            (Self::Kink { speed }, _) => Ok(at(&|x| kink(potential, x, 0.0, speed))),
            (Self::Breather { frequency, speed }, Potential::SineGordon {}) => {
                Ok(at(&|x| breather(frequency, x, 0.0, speed)))
            }
            (Self::Breather { .. }, _) => {
                Err(Error::input("Only sine-Gordon has breathers in closed form.").advise("Choose that potential."))
            }
            (Self::Collision { speed, distance }, _) => Ok(at(&|x| {
                let (left, right) =
                    (kink(potential, x + 0.5 * distance, 0.0, speed), kink(potential, x - 0.5 * distance, 0.0, -speed));
                // The vacuum between them is counted twice.
                let twice = if let Potential::Quartic { vacuum, .. } = potential { *vacuum } else { 0.0 };
                (left.0 - right.0 - twice, left.1 - right.1)
            })),
        }
    }
}

fn no_kink() -> Error {
    Error::input("A linear potential has no kinks.").advise("Choose the quartic potential or sine-Gordon.")
}

/// A kink through the origin at time 0 with `speed`, and its rate: `vacuum tanh(vacuum sqrt(coupling / 2) g (x - speed t))` of
/// the quartic potential, `4 atan exp(g (x - speed t))` of sine-Gordon, with `g` the Lorentz factor; zero for a linear one.
pub fn kink(potential: &Potential, x: f64, t: f64, speed: f64) -> (f64, f64) {
    let gamma = (1.0 - speed * speed).sqrt().recip();
    let s = gamma * (x - speed * t);
    match *potential {
        Potential::Linear { .. } => (0.0, 0.0),
        Potential::Quartic { coupling, vacuum } => {
            let steep = vacuum * (0.5 * coupling).sqrt();
            let u = vacuum * (steep * s).tanh();
            (u, -speed * gamma * vacuum * steep / (steep * s).cosh().powi(2))
        }
        Potential::SineGordon {} => (4.0 * s.exp().atan(), -2.0 * speed * gamma / s.cosh()),
    }
}

/// A breather of sine-Gordon around the origin that is largest at time 0, and its rate:
/// `4 atan(r cos(w t') / cosh(e x'))`, `e = sqrt(1 - w^2)`, `r = e / w`, at rest in the frame `(t', x')` that moves with `speed`.
pub fn breather(frequency: f64, x: f64, t: f64, speed: f64) -> (f64, f64) {
    let gamma = (1.0 - speed * speed).sqrt().recip();
    let (rest_t, rest_x) = (gamma * (t - speed * x), gamma * (x - speed * t));
    let e = (1.0 - frequency * frequency).sqrt();
    let (cosine, sine) = ((frequency * rest_t).cos(), (frequency * rest_t).sin());
    let bell = (e * rest_x).cosh().recip();
    let q = e / frequency * cosine * bell;
    // d/dt = gamma (d/dt' - speed d/dx').
    let along_t = -e * sine * bell;
    let along_x = -e * q * (e * rest_x).tanh();
    (4.0 * q.atan(), 4.0 / (1.0 + q * q) * gamma * (along_t - speed * along_x))
}
