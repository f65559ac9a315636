//! Moves of flow from one path to another.

use super::latency::Latency;

/// A search for the flow to move ends when what is left of the difference in time is this part of it.
const NEAR: f64 = 0.05;
/// Steps of that search: Newton's, held between bounds that halve at worst.
const STEPS: usize = 60;

/// The edges in which two paths differ.
#[derive(Default)]
pub(super) struct Scratch {
    mark: Vec<u32>,
    stamp: u32,
    /// Edges that a move leaves.
    pub(super) left: Vec<u32>,
    /// Edges that it joins.
    pub(super) joined: Vec<u32>,
}

impl Scratch {
    pub(super) fn new(edges: usize) -> Self {
        Self { mark: vec![0; edges], ..Self::default() }
    }

    /// Which edges a move from the path `from` to the path `to` leaves, and which it joins.
    pub(super) fn differ(&mut self, from: &[u32], to: &[u32]) {
        self.left.clear();
        self.joined.clear();
        if self.stamp >= u32::MAX - 2 {
            self.mark.fill(0);
            self.stamp = 0;
        }
        let (new, both) = (self.stamp + 1, self.stamp + 2);
        self.stamp = both;
        to.iter().for_each(|e| self.mark[*e as usize] = new);
        for &e in from {
            if self.mark[e as usize] == new {
                self.mark[e as usize] = both;
            } else {
                self.left.push(e);
            }
        }
        self.joined.extend(to.iter().filter(|e| self.mark[**e as usize] == new));
    }
}

/// How much of `flow` to move so that both paths take as long, or all of it where the other stays faster.
pub(super) fn amount<L: Latency + ?Sized>(latency: &L, on: &[f64], scratch: &Scratch, flow: f64, gain: f64) -> f64 {
    // The difference in time after `x` moved, and how fast it falls.
    let after = |x: f64| {
        let (mut difference, mut slope) = (0.0, 0.0);
        for (edges, sign) in [(&scratch.left, 1.0), (&scratch.joined, -1.0)] {
            for e in edges.iter().map(|e| *e as usize) {
                let at = (on[e] - sign * x).max(0.0);
                difference += sign * latency.time(e, at);
                slope += latency.slope(e, at);
            }
        }
        (difference, slope)
    };
    let (mut low, mut high) = (0.0, flow);
    let (mut x, mut difference, mut slope) = (0.0, gain, after(0.0).1);
    for _ in 0..STEPS {
        let newton = x + difference / slope;
        x = if newton >= high && high == flow {
            flow
        } else if newton > low && newton < high {
            newton
        } else {
            0.5 * (low + high)
        };
        (difference, slope) = after(x);
        if difference >= 0.0 {
            if x == flow {
                return flow;
            }
            low = x;
        } else {
            high = x;
        }
        if difference.abs() <= NEAR * gain {
            break;
        }
    }
    x
}
