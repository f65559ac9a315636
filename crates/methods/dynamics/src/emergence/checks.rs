//! Exact figures of small chains, and theorems on random ones.

use super::{Config, Lens, affinities, alternated, audit, definable_share, with_phase};
use thalweg_core::{Check, Context, Measured, Result, Stream};
use thalweg_measure::Chain;

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "three-cycle",
        claim: "A biased walk on three states produces the entropy that its bias says, and its one cycle has the affinity.",
        source: "closed form: (p - q) ln(p / q) a step, 3 ln(p / q) a cycle",
        run: three_cycle,
    },
    Check {
        name: "protocols",
        claim: "An outside order of reversible kernels makes an arrow of time; a reversible phase that is part of the state makes none.",
        source: "recomputed for the card with dense linear algebra: 0.0833178 and 0.0151621 nats; theory: zero",
        run: protocols,
    },
    Check {
        name: "theorems",
        claim: "The idempotence defect and the shifts of prototypes never exceed the retention error, and looking never adds to the arrow of time.",
        source: "theorems of the paper (machine-checked there) and data processing",
        run: theorems,
    },
    Check {
        name: "lumpable",
        claim: "A chain that is a chain on its blocks has a coarse chain that commutes with looking.",
        source: "Kemeny and Snell: strong lumpability",
        run: lumpable,
    },
    Check {
        name: "counting",
        claim: "A random predicate can be told from three blocks of nine states with probability 1 / 64.",
        source: "closed form: 2^(3 - 9); counted among random predicates",
        run: counting,
    },
];

fn ring(p: f64, q: f64) -> Result<Chain> {
    let stay = 1.0 - p - q;
    Chain::new(3, vec![stay, p, q, q, stay, p, p, q, stay])
}

fn three_cycle(ctx: &Context) -> Result<Vec<Measured>> {
    let found = audit(ctx, &ring(0.6, 0.2)?, &Lens::uniform(vec![0, 1, 1])?, &Config::default())?;
    Ok(vec![
        Measured::near("entropy production, nats a step", found.production, 0.4 * 3f64.ln(), 1e-12),
        Measured::near("affinity of the cycle", found.cycles[0].affinity.abs(), 3.0 * 3f64.ln(), 1e-12),
        Measured::near("arrow over 5 steps, nats", found.arrow, 2.0 * 3f64.ln(), 1e-12),
        Measured::near("arrow over 5 steps seen in two blocks, nats", found.seen_arrow, 0.0, 1e-12),
    ])
}

/// Nine tenths of mixing states `a` and `a + 1`, one tenth of starting anywhere.
fn mixing(a: usize) -> Result<Chain> {
    let rows = (0..9).map(|k| {
        let (i, j) = (k / 3, k % 3);
        let inside = |s: usize| s == a || s == a + 1;
        let own = if inside(i) { 0.6 } else { 1.0 };
        let step = if i == j {
            own
        } else if inside(i) && inside(j) {
            0.4
        } else {
            0.0
        };
        0.9 * step + 0.1 / 3.0
    });
    Chain::new(3, rows.collect())
}

fn protocols(_ctx: &Context) -> Result<Vec<Measured>> {
    let (first, second) = (mixing(0)?, mixing(1)?);
    let flip = Chain::new(2, vec![0.0, 1.0, 1.0, 0.0])?;
    let reversible = with_phase(&flip, &[first.clone(), second.clone()], 0.7)?;
    // A phase that turns one way more than the other produces what it does alone, as often as it moves.
    let kernels = [first.clone(), second.clone(), ring(1.0 / 3.0, 1.0 / 3.0)?];
    let driven = with_phase(&ring(0.6, 0.2)?, &kernels, 0.7)?.entropy_production()?;
    let states: Vec<usize> = (0..6).map(|z| z / 2).collect();
    let law = reversible.stationary()?;
    let largest = affinities(&reversible).iter().map(|c| c.affinity.abs()).fold(0.0, f64::max);
    Ok(vec![
        Measured::near(
            "production of the fixed order, nats",
            alternated(&first, &second, 1.0)?.entropy_production()?,
            0.083_317_8,
            5e-8,
        ),
        Measured::near(
            "production of a clock right in 7 of 10 reads",
            alternated(&first, &second, 0.7)?.entropy_production()?,
            0.015_162_1,
            5e-8,
        ),
        Measured::near(
            "production of a useless clock",
            alternated(&first, &second, 0.5)?.entropy_production()?,
            0.0,
            1e-12,
        ),
        Measured::near("production with the phase as part of the state", reversible.entropy_production()?, 0.0, 1e-12),
        Measured::near("its largest affinity", largest, 0.0, 1e-12),
        Measured::near(
            "arrow over 4 steps seen without the phase",
            reversible.lumped_path_divergence(&law, &states, 4)?,
            0.0,
            1e-12,
        ),
        Measured::near(
            "production of a biased phase that moves in 7 of 10 steps",
            driven,
            0.7 * 0.4 * 3f64.ln(),
            1e-12,
        ),
    ])
}

fn random_chain(states: usize, stream: &mut Stream) -> Result<Chain> {
    let mut rows: Vec<f64> = (0..states * states).map(|_| stream.uniform().powi(3)).collect();
    for row in rows.chunks_exact_mut(states) {
        let sum: f64 = row.iter().sum();
        row.iter_mut().for_each(|p| *p /= sum);
    }
    Chain::new(states, rows)
}

fn theorems(ctx: &Context) -> Result<Vec<Measured>> {
    let (mut defects, mut shifts, mut arrows) = (f64::NEG_INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY);
    for k in 0..1000 {
        let mut stream = Stream::new(ctx.seed(), "emergence random chain", k);
        let states = 3 + stream.below(4);
        let chain = random_chain(states, &mut stream)?;
        // The first states fill the blocks, the others fall anywhere.
        let count = 2 + stream.below(states - 2);
        let blocks = (0..states).map(|z| if z < count { z } else { stream.below(count) }).collect();
        let lens = Lens::uniform(blocks)?;
        let found = audit(ctx, &chain, &lens, &Config { tau: 1 + k % 3, horizon: 2 })?;
        defects = defects.max(found.defect - found.retention);
        shifts = found.shifts.iter().map(|s| s - found.retention).fold(shifts, f64::max);
        let mut law: Vec<f64> = (0..states).map(|_| 0.01 + stream.uniform()).collect();
        let sum: f64 = law.iter().sum();
        law.iter_mut().for_each(|p| *p /= sum);
        let seen = chain.lumped_path_divergence(&law, lens.blocks(), 2)?;
        arrows = arrows.max(seen - chain.path_divergence(&law, 2)?).max(found.seen_arrow - found.arrow);
    }
    Ok(vec![
        Measured::at_most("largest defect beyond the retention error, 1000 chains", defects, 1e-12),
        Measured::at_most("largest shift beyond the retention error", shifts, 1e-12),
        Measured::at_most("most that looking adds to the arrow", arrows, 1e-12),
    ])
}

fn lumpable(ctx: &Context) -> Result<Vec<Measured>> {
    let mut stream = Stream::new(ctx.seed(), "emergence lumpable", 0);
    let (coarse, blocks) = (random_chain(3, &mut stream)?, vec![0, 0, 1, 2, 2, 2]);
    // Each state sends to a block what the coarse chain says, and within it whatever.
    let mut rows = Vec::new();
    for z in 0..6 {
        let shares: Vec<f64> = (0..6).map(|_| 0.1 + stream.uniform()).collect();
        let total = |b: usize| -> f64 { (0..6).filter(|j| blocks[*j] == b).map(|j| shares[j]).sum() };
        rows.extend((0..6).map(|j| coarse.row(blocks[z])[blocks[j]] * shares[j] / total(blocks[j])));
    }
    let (chain, lens) = (Chain::new(6, rows)?, Lens::uniform(blocks)?);
    let apart = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    let law: Vec<f64> = (0..6).map(|z| (1.0 + f64::from(z)) / 21.0).collect();
    let (first, second) = (lens.look(&chain.step(&law)), lens.coarse(&chain)?.step(&lens.look(&law)));
    Ok(vec![
        Measured::near(
            "coarse chain, largest difference",
            apart(lens.coarse(&chain)?.rows(), coarse.rows()),
            0.0,
            1e-14,
        ),
        Measured::near("looking after moving and moving after looking", apart(&first, &second), 0.0, 1e-14),
    ])
}

fn counting(ctx: &Context) -> Result<Vec<Measured>> {
    let mut stream = Stream::new(ctx.seed(), "emergence predicates", 0);
    let (draws, masks) = (100_000_u32, [0b000_000_111_u64, 0b000_111_000, 0b111_000_000]);
    let constant = |predicate: u64| masks.iter().all(|m| predicate & m == 0 || predicate & m == *m);
    let found = (0..draws).filter(|_| constant(stream.bits())).count();
    let share = definable_share(9, 3)?;
    let error = (share * (1.0 - share) / f64::from(draws)).sqrt();
    Ok(vec![
        Measured::near("share by the formula", share, 1.0 / 64.0, 0.0),
        Measured::near("share among 100,000 random predicates", found as f64 / f64::from(draws), share, 4.0 * error),
    ])
}
