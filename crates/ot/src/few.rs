//! Transport between many points and a few: shortest augmenting paths on the graph of the few alone.
//!
//! The many enter one after another. Where one goes and whom it moves on is a shortest path between sinks, and the length of an arc
//! between two sinks is the least that a point at the first costs more at the second, which a heap for each pair of sinks tells.
//! A path is found in the square of the number of sinks.
//!
//! Reference: successive shortest paths with potentials, Ahuja, Magnanti, Orlin, Network Flows, ch. 9 (1993); the graph of sinks
//! is that of T. Tokuyama, J. Nakano, SIAM J. Comput. 24 (1995).

use crate::CostMatrix;
use crate::flow::Solved;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use thalweg_core::Result;

/// Most sinks, and how many times as many points there must be on the other side.
const SINKS: usize = 12;
const TIMES: usize = 8;
/// Paths for each point and sink after which another solver takes over.
const PATHS: usize = 4;
/// Points between two questions whether to go on.
const ASKED: usize = 256;
const NONE: usize = usize::MAX;

/// The cheapest way from `supply` to `demand` (positive, of equal sums) where one side has a few points only; `None` elsewhere, and
/// where ties lead in cycles or paths are many.
///
/// # Errors
/// What `stop` says.
pub(crate) fn ship(
    cost: &CostMatrix,
    supply: &[i64],
    demand: &[i64],
    stop: &dyn Fn() -> Result<()>,
) -> Result<Option<Solved>> {
    let (n, m) = (cost.rows(), cost.cols());
    let (few, many) = (n.min(m), n.max(m));
    if few > SINKS || many < TIMES * few {
        return Ok(None);
    }
    let turned = m > n;
    let values = if turned {
        (0..m).flat_map(|j| (0..n).map(move |i| (i, j))).map(|(i, j)| cost.at(i, j)).collect()
    } else {
        cost.values().to_vec()
    };
    let (amounts, room) = if turned { (demand, supply) } else { (supply, demand) };
    let mut sinks = Sinks::new(few, values, room);
    let mut paths = PATHS * many * few;
    for (i, amount) in amounts.iter().enumerate() {
        if i.is_multiple_of(ASKED) {
            stop()?;
        }
        let mut left = *amount;
        while left > 0 {
            if paths == 0 {
                return Ok(None);
            }
            paths -= 1;
            left -= sinks.enter(i, left);
        }
    }
    let entries = sinks.at.iter().filter(|a| **a > 0).count();
    if entries > many + few - 1 {
        return Ok(None);
    }
    let v = sinks.settled();
    let u: Vec<f64> =
        (0..many).map(|i| sinks.row(i).iter().zip(&v).fold(f64::INFINITY, |s, (c, v)| s.min(c - v))).collect();
    let flow = |k: usize| if turned { (k % few, k / few, sinks.at[k]) } else { (k / few, k % few, sinks.at[k]) };
    let shipments = (0..sinks.at.len()).filter(|k| sinks.at[*k] > 0).map(flow).collect();
    let (source_potential, target_potential) = if turned { (v, u) } else { (u, v) };
    Ok(Some(Solved { shipments, source_potential, target_potential }))
}

/// A cost difference as a key of a heap.
#[derive(Clone, Copy, PartialEq)]
struct Key(f64);

impl Eq for Key {}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// The sinks with who is where.
struct Sinks {
    count: usize,
    /// Row-major, a row for each point.
    costs: Vec<f64>,
    /// Amount of each point at each sink.
    at: Vec<i64>,
    room: Vec<i64>,
    /// For sinks `j` and `l`, points that were at `j` when they came, by what more they cost at `l`.
    movable: Vec<BinaryHeap<Reverse<(Key, u32)>>>,
    potential: Vec<f64>,
}

impl Sinks {
    fn new(count: usize, costs: Vec<f64>, room: &[i64]) -> Self {
        let movable = vec![BinaryHeap::new(); count * count];
        let at = vec![0; costs.len()];
        Self { count, costs, at, room: room.to_vec(), movable, potential: vec![0.0; count] }
    }

    fn row(&self, i: usize) -> &[f64] {
        &self.costs[i * self.count..][..self.count]
    }

    /// The point at `j` that is moved to `l` at the least cost, and that cost.
    fn mover(&mut self, j: usize, l: usize) -> Option<(f64, usize)> {
        let heap = &mut self.movable[j * self.count + l];
        while let Some(Reverse((Key(more), i))) = heap.peek() {
            if self.at[*i as usize * self.count + j] > 0 {
                return Some((*more, *i as usize));
            }
            heap.pop();
        }
        None
    }

    /// Lets a part of `most` of point `i` in along a shortest path, and says how much.
    fn enter(&mut self, i: usize, most: i64) -> i64 {
        let k = self.count;
        // Over the potentials, under which no arc is shorter than nothing.
        let mut distance: Vec<f64> = self.row(i).iter().zip(&self.potential).map(|(c, v)| c - v).collect();
        let mut before = [(NONE, NONE); SINKS];
        let mut closed = [false; SINKS];
        let end = loop {
            let open = (0..k).filter(|j| !closed[*j]);
            // There is room as long as anything is left.
            let Some(j) = open.min_by(|j, l| distance[*j].total_cmp(&distance[*l])) else { return 0 };
            if self.room[j] > 0 {
                break j;
            }
            closed[j] = true;
            for l in 0..k {
                if closed[l] {
                    continue;
                }
                if let Some((more, mover)) = self.mover(j, l) {
                    let arc = (more + self.potential[j] - self.potential[l]).max(0.0);
                    if distance[j] + arc < distance[l] {
                        (distance[l], before[l]) = (distance[j] + arc, (j, mover));
                    }
                }
            }
        };
        let mut amount = most.min(self.room[end]);
        let mut j = end;
        while before[j].0 != NONE {
            let (from, mover) = before[j];
            amount = amount.min(self.at[mover * k + from]);
            j = from;
        }
        self.room[end] -= amount;
        let mut j = end;
        while before[j].0 != NONE {
            let (from, mover) = before[j];
            self.at[mover * k + from] -= amount;
            self.put(mover, j, amount);
            j = from;
        }
        self.put(i, j, amount);
        for j in (0..k).filter(|j| closed[*j]) {
            self.potential[j] -= distance[end] - distance[j];
        }
        amount
    }

    fn put(&mut self, i: usize, j: usize, amount: i64) {
        let k = self.count;
        if self.at[i * k + j] == 0 {
            for l in (0..k).filter(|l| *l != j) {
                let more = self.costs[i * k + l] - self.costs[i * k + j];
                self.movable[j * k + l].push(Reverse((Key(more), i as u32)));
            }
        }
        self.at[i * k + j] += amount;
    }

    /// The largest potentials of the sinks, none above zero, under which nobody would rather be elsewhere: from the costs alone,
    /// without what rounding has left on the way.
    fn settled(&mut self) -> Vec<f64> {
        let k = self.count;
        let mut v = vec![0.0_f64; k];
        for _ in 0..k {
            for j in 0..k {
                for l in (0..k).filter(|l| *l != j) {
                    if let Some((more, _)) = self.mover(j, l) {
                        v[l] = v[l].min(v[j] + more);
                    }
                }
            }
        }
        v
    }
}
