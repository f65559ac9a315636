//! The traffic of collective operations.

use super::NAME;
use serde::{Deserialize, Serialize};
use thalweg_core::{Error, Result};

/// Data that one server sends another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flow {
    /// The server that sends.
    pub source: usize,
    /// The server that receives.
    pub destination: usize,
    /// How much.
    pub size: u64,
}

/// Flows that are sent at the same time, several times one after another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The flows.
    pub flows: Vec<Flow>,
    /// How often.
    pub times: usize,
}

/// A collective operation among all servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Collective {
    /// Every server sends every other a flow, all at once.
    AllToAll,
    /// N - 1 steps in which every server sends the next a flow.
    AllGather,
    /// 2 (N - 1) such steps.
    RingAllReduce,
    /// Exchanges with servers at distances N/2, ..., 1 of N/2, ..., 1 flows, and back. N must be a power of two.
    HalvingDoubling,
}

/// More flows in a step are more than a fabric of one machine's memory.
const MOST: usize = 1 << 26;

impl Collective {
    /// The steps among `n` servers with flows of `size`.
    ///
    /// # Errors
    /// Fewer than two servers, or more than 2^26; data of 2^64 together; halving-doubling among a number that is no
    /// power of two; more than 2^26 flows in a step.
    pub fn steps(self, n: usize, size: u64) -> Result<Vec<Step>> {
        if !(2..=MOST).contains(&n) || size.checked_mul(n as u64).is_none() {
            return Err(Error::input(format!(
                "{NAME} needs from two to 2^26 servers whose data together stay below 2^64, and got {n} with {size} each."
            )));
        }
        let ring = |times| {
            let flows = (0..n).map(|k| Flow { source: k, destination: (k + 1) % n, size }).collect();
            vec![Step { flows, times }]
        };
        match self {
            Self::AllToAll => {
                if n.saturating_mul(n) > MOST {
                    return Err(Error::input(format!("All-to-all among {n} servers has more than 2^26 flows.")));
                }
                let pairs = (0..n * n).map(|k| (k / n, k % n)).filter(|(a, b)| a != b);
                let flows = pairs.map(|(source, destination)| Flow { source, destination, size }).collect();
                Ok(vec![Step { flows, times: 1 }])
            }
            Self::AllGather => Ok(ring(n - 1)),
            Self::RingAllReduce => Ok(ring(2 * (n - 1))),
            Self::HalvingDoubling => {
                if !n.is_power_of_two() {
                    return Err(Error::input(format!(
                        "Halving-doubling needs a power of two of servers, and there are {n}."
                    ))
                    .advise("Use ring-all-reduce."));
                }
                // Twice each: on the way down and on the way up.
                let distances = (0..n.ilog2()).rev().map(|k| 1_usize << k);
                let step = |d: usize| Step {
                    flows: (0..n).map(|k| Flow { source: k, destination: k ^ d, size: size * d as u64 }).collect(),
                    times: 2,
                };
                Ok(distances.map(step).collect())
            }
        }
    }
}
