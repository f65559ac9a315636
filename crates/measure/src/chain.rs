//! Finite Markov chains: what their arrow of time costs, and how far a coarse-graining is from being one.

use thalweg_core::{Error, Result};

/// Most a row may miss the sum 1 by.
const SLACK: f64 = 1e-9;
/// Most words that are enumerated of a lumped chain.
const MOST_WORDS: f64 = 1e8;

/// A Markov chain on `0..n`: `rows[i * n + j]` is the probability to go from `i` to `j` in a step.
#[derive(Clone, Debug, PartialEq)]
pub struct Chain {
    states: usize,
    rows: Vec<f64>,
}

impl Chain {
    /// A chain from its row-stochastic matrix (`states x states`, row-major).
    ///
    /// # Errors
    /// Another number of entries; an entry that is negative or not finite; a row whose sum misses 1 by more than 1e-9.
    pub fn new(states: usize, rows: Vec<f64>) -> Result<Self> {
        if states == 0 || states.checked_mul(states) != Some(rows.len()) {
            return Err(Error::input(format!(
                "{} entries cannot be the matrix of a chain of {states} states.",
                rows.len()
            )));
        }
        if let Some(k) = rows.iter().position(|p| !(p.is_finite() && *p >= 0.0)) {
            return Err(Error::input(format!(
                "The probability of the step from {} to {} is {}, but it must be finite and not negative.",
                k / states,
                k % states,
                rows[k]
            )));
        }
        for (i, row) in rows.chunks_exact(states).enumerate() {
            let sum: f64 = row.iter().sum();
            if (sum - 1.0).abs() > SLACK {
                return Err(Error::input(format!("Row {i} of the chain sums to {sum}, but it must sum to 1."))
                    .advise("Divide the row by its sum."));
            }
        }
        Ok(Self { states, rows })
    }

    /// Number of states.
    pub fn states(&self) -> usize {
        self.states
    }

    /// Probabilities of the step from state `i`.
    pub fn row(&self, i: usize) -> &[f64] {
        &self.rows[i * self.states..(i + 1) * self.states]
    }

    /// The matrix, row-major.
    pub fn rows(&self) -> &[f64] {
        &self.rows
    }

    /// The law after a step from the law `law` (`n`).
    pub fn step(&self, law: &[f64]) -> Vec<f64> {
        let mut next = vec![0.0; self.states];
        for (mass, row) in law.iter().zip(self.rows.chunks_exact(self.states)) {
            next.iter_mut().zip(row).for_each(|(n, p)| *n += mass * p);
        }
        next
    }

    /// The chain that makes a step of this one and then a step of `other`.
    ///
    /// # Errors
    /// Chains on other numbers of states.
    pub fn then(&self, other: &Self) -> Result<Self> {
        if self.states != other.states {
            return Err(Error::input(format!(
                "A chain on {} states cannot follow one on {}.",
                other.states, self.states
            )));
        }
        let rows = self.rows.chunks_exact(self.states).flat_map(|row| other.step(row)).collect();
        Ok(Self { states: self.states, rows })
    }

    /// The chain of `steps` steps at a time.
    pub fn power(&self, steps: u64) -> Self {
        let n = self.states;
        let mut power = Self { states: n, rows: (0..n * n).map(|k| f64::from(u8::from(k / n == k % n))).collect() };
        let (mut base, mut left) = (self.clone(), steps);
        let product =
            |a: &Self, b: &Self| Self { states: n, rows: a.rows.chunks_exact(n).flat_map(|r| b.step(r)).collect() };
        while left > 0 {
            if left & 1 == 1 {
                power = product(&power, &base);
            }
            left >>= 1;
            if left > 0 {
                base = product(&base, &base);
            }
        }
        power
    }

    /// The stationary law (`n`), zero on states that are left for good.
    ///
    /// Elimination without subtractions (Grassmann, Taksar and Heyman, Oper. Res. 33, 1985), accurate to rounding for
    /// nearly decoupled chains too; O(n^3).
    ///
    /// # Errors
    /// There is more than one, because the states fall into sets that are never left.
    pub fn stationary(&self) -> Result<Vec<f64>> {
        let class = self.closed_class()?;
        let m = class.len();
        let mut a: Vec<f64> = class.iter().flat_map(|&i| class.iter().map(move |&j| self.row(i)[j])).collect();
        for k in (1..m).rev() {
            let leaving: f64 = a[k * m..k * m + k].iter().sum();
            (0..k).for_each(|i| a[i * m + k] /= leaving);
            for i in 0..k {
                let share = a[i * m + k];
                (0..k).for_each(|j| a[i * m + j] += share * a[k * m + j]);
            }
        }
        let mut law = vec![1.0; m];
        for k in 1..m {
            law[k] = (0..k).map(|i| law[i] * a[i * m + k]).sum();
        }
        let total: f64 = law.iter().sum();
        let mut all = vec![0.0; self.states];
        class.iter().zip(&law).for_each(|(&i, p)| all[i] = p / total);
        Ok(all)
    }

    /// The one set of states that is never left, increasing.
    fn closed_class(&self) -> Result<Vec<usize>> {
        let n = self.states;
        let forward = |i: usize, j: usize| self.rows[i * n + j] > 0.0;
        let backward = |i: usize, j: usize| self.rows[j * n + i] > 0.0;
        // Every state leads to the last root of a search through the steps reversed, if there is such a state at all.
        let mut seen = vec![false; n];
        let mut root = 0;
        for i in 0..n {
            if !seen[i] {
                root = i;
                reach(n, i, &mut seen, backward);
            }
        }
        let mut leads = vec![false; n];
        reach(n, root, &mut leads, backward);
        if let Some(other) = leads.iter().position(|l| !l) {
            return Err(Error::input(format!(
                "The chain has more than one stationary law: state {other} never leads to state {root}, nor all others to one that both reach."
            ))
            .advise("Give a chain whose states all lead to one set, or measure its parts one by one."));
        }
        let mut class = vec![false; n];
        reach(n, root, &mut class, forward);
        Ok((0..n).filter(|&i| class[i]).collect())
    }

    /// The chain as it is seen backward in time from its stationary law: `pi_j P_ji / pi_i`. States of no mass stay.
    ///
    /// # Errors
    /// As [`Chain::stationary`].
    pub fn reversed(&self) -> Result<Self> {
        let (n, law) = (self.states, self.stationary()?);
        let entry = |i: usize, j: usize| match law[i] > 0.0 {
            true => law[j] * self.rows[j * n + i] / law[i],
            false => f64::from(u8::from(i == j)),
        };
        Ok(Self { states: n, rows: (0..n * n).map(|k| entry(k / n, k % n)).collect() })
    }

    /// Entropy production of the stationary chain, in nats a step: `sum pi_i P_ij log(pi_i P_ij / (pi_j P_ji))`.
    ///
    /// Zero if and only if the chain is reversible, infinite where a step can be made and its reverse cannot.
    ///
    /// # Errors
    /// As [`Chain::stationary`].
    pub fn entropy_production(&self) -> Result<f64> {
        let (n, law) = (self.states, self.stationary()?);
        let mut sum = 0.0;
        for i in 0..n {
            for j in 0..i {
                let (there, back) = (law[i] * self.rows[i * n + j], law[j] * self.rows[j * n + i]);
                if there > 0.0 || back > 0.0 {
                    // Both directions together: no term is negative, so that nothing cancels.
                    sum += if there > 0.0 && back > 0.0 { (there - back) * (there / back).ln() } else { f64::INFINITY };
                }
            }
        }
        Ok(sum)
    }

    /// The arrow of time over `steps` steps from the law `start` (`n`), in nats: the Kullback-Leibler divergence of the
    /// law of paths from that of the same paths run backward. Infinite where a path cannot be run backward.
    ///
    /// From the stationary law it is `steps` times the [entropy production](Chain::entropy_production). O(steps n^2).
    ///
    /// # Errors
    /// `start` is not a law on the states.
    pub fn path_divergence(&self, start: &[f64], steps: usize) -> Result<f64> {
        self.check_law(start)?;
        let n = self.states;
        let mut law = start.to_vec();
        let mut sum: f64 = start.iter().filter(|p| **p > 0.0).map(|p| p * p.ln()).sum();
        for _ in 0..steps {
            for (k, &there) in self.rows.iter().enumerate() {
                let mass = law[k / n] * there;
                if mass > 0.0 {
                    sum += mass * (there / self.rows[(k % n) * n + k / n]).ln();
                }
            }
            law = self.step(&law);
        }
        let end = law.iter().zip(start).filter(|(p, _)| **p > 0.0);
        Ok((sum - end.map(|(p, s)| p * s.ln()).sum::<f64>()).max(0.0))
    }

    /// As [`Chain::path_divergence`] for who sees only the block `blocks[i]` of each state `i`. Never larger.
    ///
    /// What is seen is no chain: all words of `steps + 1` blocks are gone through, O(blocks^(steps + 1) n^2).
    ///
    /// # Errors
    /// `start` is not a law; another number of blocks than of states; more than 10^8 words.
    pub fn lumped_path_divergence(&self, start: &[f64], blocks: &[usize], steps: usize) -> Result<f64> {
        self.check_law(start)?;
        if blocks.len() != self.states {
            return Err(Error::input(format!("{} blocks were given for {} states.", blocks.len(), self.states)));
        }
        let count = blocks.iter().max().map_or(0, |most| most + 1);
        let words = (count as f64).powf(steps as f64 + 1.0);
        if words > MOST_WORDS {
            return Err(Error::input(format!(
                "{count} blocks have {words:.1e} words of {} letters, but at most {MOST_WORDS:.0e} are gone through.",
                steps as f64 + 1.0
            ))
            .advise("Take fewer steps or fewer blocks."));
        }
        let words = Words { chain: self, start, blocks, count };
        let mut sum = 0.0;
        for block in 0..count {
            let keep = |value: f64, i: usize| if blocks[i] == block { value } else { 0.0 };
            let ahead: Vec<f64> = start.iter().enumerate().map(|(i, p)| keep(*p, i)).collect();
            let behind: Vec<f64> = (0..self.states).map(|i| keep(1.0, i)).collect();
            sum += words.below(&ahead, &behind, steps);
        }
        Ok(sum.max(0.0))
    }

    /// How far doing it twice is from doing it once, in total variation: `max_i 1/2 sum_j |P^2 - P|_ij`, from 0 for a
    /// projection to 1.
    pub fn idempotence_defect(&self) -> f64 {
        let twice = |row: &[f64]| self.step(row).iter().zip(row).map(|(a, b)| (a - b).abs()).sum::<f64>();
        self.rows.chunks_exact(self.states).map(|row| 0.5 * twice(row)).fold(0.0, f64::max)
    }

    fn check_law(&self, law: &[f64]) -> Result<()> {
        let sum: f64 = law.iter().sum();
        if law.len() == self.states && law.iter().all(|p| p.is_finite() && *p >= 0.0) && (sum - 1.0).abs() <= SLACK {
            return Ok(());
        }
        Err(Error::input(format!(
            "{} numbers of sum {sum} are no law on {} states: there must be one each, none negative, of sum 1.",
            law.len(),
            self.states
        )))
    }
}

/// Marks everything that `from` leads to.
fn reach(n: usize, from: usize, seen: &mut [bool], leads: impl Fn(usize, usize) -> bool) {
    let mut open = vec![from];
    seen[from] = true;
    while let Some(i) = open.pop() {
        for j in 0..n {
            if !seen[j] && leads(i, j) {
                seen[j] = true;
                open.push(j);
            }
        }
    }
}

/// The words of blocks that a chain can write.
struct Words<'a> {
    chain: &'a Chain,
    start: &'a [f64],
    blocks: &'a [usize],
    count: usize,
}

impl Words<'_> {
    /// Their part of the divergence, where `ahead[i]` is the probability of the word so far that ends in state `i`, and
    /// `behind[i]` that of the same word backward from state `i`.
    fn below(&self, ahead: &[f64], behind: &[f64], left: usize) -> f64 {
        let seen: f64 = ahead.iter().sum();
        if seen == 0.0 {
            return 0.0;
        }
        if left == 0 {
            let reverse: f64 = self.start.iter().zip(behind).map(|(s, b)| s * b).sum();
            return seen * (seen / reverse).ln();
        }
        let next = self.chain.step(ahead);
        let before = |i: usize| self.chain.row(i).iter().zip(behind).map(|(p, b)| p * b).sum::<f64>();
        let before: Vec<f64> = (0..self.chain.states).map(before).collect();
        let only = |all: &[f64], block: usize| -> Vec<f64> {
            all.iter().zip(self.blocks).map(|(v, b)| if *b == block { *v } else { 0.0 }).collect()
        };
        (0..self.count).map(|block| self.below(&only(&next, block), &only(&before, block), left - 1)).sum()
    }
}
