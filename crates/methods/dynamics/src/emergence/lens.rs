//! A partition of states, and how a block is turned back into a law on states.

use thalweg_core::{Error, Result};
use thalweg_measure::Chain;

/// Which block each state is seen as, and a law on the states of each block that stands for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Lens {
    blocks: Vec<usize>,
    prototypes: Vec<Vec<f64>>,
}

impl Lens {
    /// A lens with prototypes of one's own: `blocks[z]` is the block of state `z`, `prototypes[x]` a law on all states that is
    /// zero outside block `x`.
    ///
    /// # Errors
    /// No states, an empty block, or a prototype that is not a law on its block.
    pub fn new(blocks: Vec<usize>, prototypes: Vec<Vec<f64>>) -> Result<Self> {
        let count = check_blocks(&blocks)?;
        if prototypes.len() != count {
            return Err(Error::input(format!("There are {} prototypes for {count} blocks.", prototypes.len())));
        }
        for (x, prototype) in prototypes.iter().enumerate() {
            let inside = prototype.len() == blocks.len()
                && prototype.iter().zip(&blocks).all(|(p, b)| p.is_finite() && *p >= 0.0 && (*b == x || *p == 0.0));
            let sum: f64 = prototype.iter().sum();
            if !inside || (sum - 1.0).abs() > 1e-9 {
                return Err(Error::input(format!(
                    "Prototype {x} is no law on the states of its block: it has {} numbers of sum {sum}.",
                    prototype.len()
                ))
                .advise("Give one number a state, none negative, zero outside the block, of sum 1."));
            }
        }
        Ok(Self { blocks, prototypes })
    }

    /// The lens whose prototypes are uniform on their blocks.
    ///
    /// # Errors
    /// No states or an empty block.
    pub fn uniform(blocks: Vec<usize>) -> Result<Self> {
        let weights = vec![1.0; blocks.len()];
        Self::weighted(blocks, &weights)
    }

    /// The lens whose prototypes are the stationary law of `chain` given the block.
    ///
    /// # Errors
    /// No states, an empty block or one without stationary mass; another number of states than the chain has; a chain with
    /// more than one stationary law.
    pub fn stationary(blocks: Vec<usize>, chain: &Chain) -> Result<Self> {
        if blocks.len() != chain.states() {
            return Err(Error::input(format!("{} blocks came for {} states.", blocks.len(), chain.states())));
        }
        let law = chain.stationary()?;
        Self::weighted(blocks, &law)
    }

    fn weighted(blocks: Vec<usize>, weights: &[f64]) -> Result<Self> {
        let mut prototypes = vec![vec![0.0; blocks.len()]; check_blocks(&blocks)?];
        for (z, (block, weight)) in blocks.iter().zip(weights).enumerate() {
            prototypes[*block][z] = *weight;
        }
        for (x, prototype) in prototypes.iter_mut().enumerate() {
            let sum: f64 = prototype.iter().sum();
            if sum <= 0.0 {
                return Err(Error::input(format!("Block {x} has no stationary mass, so that nothing stands for it."))
                    .advise("Use uniform prototypes, or drop the states that are left for good."));
            }
            prototype.iter_mut().for_each(|p| *p /= sum);
        }
        Ok(Self { blocks, prototypes })
    }

    /// The block of each state.
    pub fn blocks(&self) -> &[usize] {
        &self.blocks
    }

    /// The law that stands for each block.
    pub fn prototypes(&self) -> &[Vec<f64>] {
        &self.prototypes
    }

    /// What is seen of a law on states: the mass of each block.
    pub fn look(&self, law: &[f64]) -> Vec<f64> {
        let mut seen = vec![0.0; self.prototypes.len()];
        self.blocks.iter().zip(law).for_each(|(block, mass)| seen[*block] += mass);
        seen
    }

    /// The law on states that stands for masses of blocks.
    pub fn lift(&self, seen: &[f64]) -> Vec<f64> {
        let mut law = vec![0.0; self.blocks.len()];
        for (mass, prototype) in seen.iter().zip(&self.prototypes) {
            law.iter_mut().zip(prototype).for_each(|(l, p)| *l += mass * p);
        }
        law
    }

    /// The chain `E` on states that moves, looks and lifts.
    ///
    /// # Errors
    /// A chain on another number of states.
    pub fn closure(&self, moved: &Chain) -> Result<Chain> {
        let n = self.blocks.len();
        if moved.states() != n {
            return Err(Error::input(format!("The lens is for {n} states, but the chain has {}.", moved.states())));
        }
        Chain::new(n, (0..n).flat_map(|z| self.lift(&self.look(moved.row(z)))).collect())
    }

    /// The chain between blocks that starts each step from the prototypes.
    ///
    /// What is seen of the chain itself is in general no chain; this is the one that the lens believes in.
    ///
    /// # Errors
    /// A chain on another number of states.
    pub fn coarse(&self, chain: &Chain) -> Result<Chain> {
        self.closure(chain)?;
        let rows = self.prototypes.iter().flat_map(|u| self.look(&chain.step(u))).collect();
        Chain::new(self.prototypes.len(), rows)
    }
}

/// The number of blocks, none of which may be empty.
fn check_blocks(blocks: &[usize]) -> Result<usize> {
    let count = blocks.iter().max().map_or(0, |most| most.saturating_add(1));
    if count == 0 {
        return Err(Error::input("A lens needs at least one state."));
    }
    if count > blocks.len() {
        return Err(Error::input(format!(
            "Block {} is named, but {} states cannot fill {count} blocks.",
            count - 1,
            blocks.len()
        ))
        .advise("Number the blocks from 0 without gaps."));
    }
    let mut used = vec![false; count];
    blocks.iter().for_each(|b| used[*b] = true);
    match used.iter().position(|u| !u) {
        Some(x) => {
            Err(Error::input(format!("Block {x} has no states.")).advise("Number the blocks from 0 without gaps."))
        }
        None => Ok(count),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looking_undoes_lifting() {
        let lens = Lens::uniform(vec![0, 1, 0, 1, 1]).unwrap();
        let seen = lens.look(&lens.lift(&[0.3, 0.7]));
        assert!((seen[0] - 0.3).abs() < 1e-15 && (seen[1] - 0.7).abs() < 1e-15);
        assert_eq!(lens.lift(&[1.0, 0.0]), [0.5, 0.0, 0.5, 0.0, 0.0]);
    }

    #[test]
    fn bad_lenses_are_refused() {
        assert!(Lens::uniform(vec![]).is_err() && Lens::uniform(vec![0, 2]).is_err());
        assert!(Lens::uniform(vec![0, usize::MAX]).is_err());
        assert!(Lens::new(vec![0, 1], vec![vec![0.5, 0.5], vec![0.0, 1.0]]).is_err());
        let absorbing = Chain::new(2, vec![0.5, 0.5, 0.0, 1.0]).unwrap();
        assert!(Lens::stationary(vec![0, 1], &absorbing).unwrap_err().to_string().contains("Block 0"));
        assert!(Lens::stationary(vec![0], &absorbing).is_err());
    }
}
