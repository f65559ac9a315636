//! A ring of masses and its meetings.

use super::{Exchange, Partners};
use thalweg_core::{Error, Result, Stream};

/// Masses on a ring, with a stream of meetings of their own.
///
/// Two rings of the same seed and number meet in the same way: their distance tells whether common noise makes them alike.
#[derive(Clone, Debug)]
pub struct Ring {
    masses: Vec<f64>,
    stream: Stream,
}

impl Ring {
    /// A ring of these masses, number `index` under `seed`.
    ///
    /// # Errors
    /// Fewer than 3 or more than 2^31 sites, or a mass that is negative or not finite.
    pub fn new(seed: u64, index: u64, masses: Vec<f64>) -> Result<Self> {
        if masses.len() < 3 || masses.len() > 1 << 31 {
            return Err(Error::input(format!("A ring of {} sites was asked for; it needs 3 to 2^31.", masses.len())));
        }
        if let Some(u) = masses.iter().find(|u| !(**u >= 0.0 && u.is_finite())) {
            return Err(Error::input(format!("A site holds the mass {u}, which must be finite and not negative.")));
        }
        Ok(Self { masses, stream: Stream::new(seed, "mass exchange", index) })
    }

    /// A ring of `sites` equal masses.
    ///
    /// # Errors
    /// As [`Ring::new`].
    pub fn flat(seed: u64, index: u64, sites: usize, mass: f64) -> Result<Self> {
        Self::new(seed, index, vec![mass; sites])
    }

    /// The masses.
    pub fn masses(&self) -> &[f64] {
        &self.masses
    }

    /// As many meetings as there are sites: a unit of time in which each bond (or pair of partners) rings once on average.
    pub fn sweep(&mut self, exchange: &Exchange, partners: Partners) {
        let n = self.masses.len() as u64;
        for _ in 0..n {
            let bits = self.stream.bits();
            // A site from the high half, an orientation from the lowest bit; the bias of the product is below 2^-31.
            let i = (((bits >> 32) * n) >> 32) as usize;
            let j = match partners {
                Partners::Neighbours if i + 1 == n as usize => 0,
                Partners::Neighbours => i + 1,
                Partners::Anyone => {
                    let other = self.stream.below(n as usize - 1);
                    other + usize::from(other >= i)
                }
            };
            let (i, j) = if bits & 1 == 0 { (i, j) } else { (j, i) };
            let (p, q) = exchange.draw(&mut self.stream);
            let (u, v) = (self.masses[i], self.masses[j]);
            let first = p * u + q * v;
            // What one site has not, the other has: mass is kept but for rounding.
            (self.masses[i], self.masses[j]) = (first, (1.0 - p) * u + (1.0 - q) * v);
        }
    }
}
