//! Exact second moments, coalescing walkers, and the law of a site.

use super::{Choice, Config, Exchange, Partners, Ring, correlation, shape, simulate};
use std::f64::consts::PI;
use thalweg_core::{Check, Context, Measured, Result};

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "second-moments",
        claim: "The second moment is the one that conservation and flat correlations give, on rings and in mean field.",
        source: "closed form: kappa L / (L - 1 + kappa); kappa of pair sums, of uniform shares (2) and of one-way gifts (1 / kept)",
        run: second_moments,
    },
    Check {
        name: "flat-correlations",
        claim: "In the steady state all pairs of different sites have the same mean product.",
        source: "closed form: L / (L - 1 + kappa) at every distance",
        run: flat,
    },
    Check {
        name: "conservation",
        claim: "Mass is kept to rounding, whatever is exchanged.",
        source: "theory: columns of the matrices sum to one",
        run: conservation,
    },
    Check {
        name: "coalescence",
        claim: "Without diffusion masses merge like random walkers: the occupied share falls as one over the root of pi t.",
        source: "closed form: coalescing walkers with rate 1/2 a side from a full ring",
        run: coalescence,
    },
    Check {
        name: "uniform-shares",
        claim: "Uniform shares leave the masses of a ring uniform on the simplex, whose single site is nearly exponential.",
        source: "closed form (Kipnis, Marchioro and Presutti): 1 - (1 - u / L)^(L - 1); Kolmogorov-Smirnov",
        run: uniform_shares,
    },
];

fn second_moments(ctx: &Context) -> Result<Vec<Measured>> {
    let mixed = Exchange::Any {
        choices: vec![Choice { probability: 0.3, p: 0.1, q: 0.1 }, Choice { probability: 0.7, p: 0.6, q: 0.2 }],
    };
    let pair = |kept: f64| (1.0 - 2.0 * kept + 2.0 * kept * kept) / (2.0 * kept * (1.0 - kept));
    let cases = [
        ("pair sums, 0.3", Exchange::PairSum { kept: 0.3 }, pair(0.3), 0.02),
        ("pair sums, 0.05", Exchange::PairSum { kept: 0.05 }, pair(0.05), 0.02),
        ("one way, 0.3", Exchange::OneWay { kept: 0.3 }, 1.0 / 0.3, 0.02),
        ("one way, 0.05", Exchange::OneWay { kept: 0.05 }, 20.0, 0.02),
        ("uniform shares", Exchange::UniformShare {}, 2.0, 0.02),
        // By hand: 2 (0.087 + 0.467) / (2 - 0.255 - 0.031 - 0.355 - 0.691).
        ("any two matrices", mixed, 1.108 / 0.668, 0.02),
    ];
    let mut figures = Vec::new();
    for (name, exchange, kappa, share) in cases {
        figures.push(Measured::near(format!("kappa, {name}"), exchange.kappa(), kappa, 1e-12 * kappa));
        let truth = kappa * 32.0 / (31.0 + kappa);
        let config = Config { exchange, relax: 500, sweeps: 2500, ..Config::default() };
        let found = simulate(ctx, &config)?;
        figures.push(Measured::near(format!("second moment, {name}"), found.mean, truth, share * truth));
    }
    let config = Config { partners: Partners::Anyone, relax: 100, sweeps: 1000, ..Config::default() };
    let (found, truth) = (simulate(ctx, &config)?, config.exchange.second_moment(config.sites));
    figures.push(Measured::near("second moment in mean field, pair sums, 0.05", found.mean, truth, 0.02 * truth));
    Ok(figures)
}

fn flat(ctx: &Context) -> Result<Vec<Measured>> {
    let exchange = Exchange::PairSum { kept: 0.3 };
    let (sites, replicas) = (16, 32);
    let mut means = vec![0.0; sites / 2];
    let sweeps = 4000;
    for replica in 0..replicas {
        ctx.check_stop()?;
        let mut ring = Ring::flat(ctx.seed(), 1000 + replica, sites, 1.0)?;
        (0..200).for_each(|_| ring.sweep(&exchange, Partners::Neighbours));
        for _ in 0..sweeps {
            ring.sweep(&exchange, Partners::Neighbours);
            for (r, mean) in means.iter_mut().enumerate() {
                *mean += correlation(ring.masses(), r + 1) / (sweeps * replicas) as f64;
            }
        }
    }
    let truth = sites as f64 / (sites as f64 - 1.0 + exchange.kappa());
    let figure = |r: usize| Measured::near(format!("mean product at distance {r}"), means[r - 1], truth, 0.02 * truth);
    Ok([1, 2, 8].into_iter().map(figure).collect())
}

fn conservation(ctx: &Context) -> Result<Vec<Measured>> {
    let laws = [
        Exchange::PairSum { kept: 0.05 },
        Exchange::OneWay { kept: 0.3 },
        Exchange::UniformShare {},
        Exchange::UniformGift {},
        Exchange::Aggregation {},
    ];
    let mut worst = 0.0_f64;
    for exchange in laws {
        ctx.check_stop()?;
        let mut ring = Ring::flat(ctx.seed(), 0, 64, 1.0)?;
        (0..2000).for_each(|_| ring.sweep(&exchange, Partners::Neighbours));
        worst = worst.max((ring.masses().iter().sum::<f64>() / 64.0 - 1.0).abs());
    }
    Ok(vec![Measured::at_most("largest relative change of the mass after 2000 sweeps", worst, 1e-12)])
}

fn coalescence(ctx: &Context) -> Result<Vec<Measured>> {
    let (sites, replicas) = (10_000, 12);
    let mut occupied = 0.0;
    for replica in 0..replicas {
        ctx.check_stop()?;
        let mut ring = Ring::flat(ctx.seed(), replica, sites, 1.0)?;
        (0..50).for_each(|_| ring.sweep(&Exchange::PairSum { kept: 0.0 }, Partners::Neighbours));
        occupied += shape(ring.masses(), 0.5).occupied as f64 / (sites * replicas as usize) as f64;
    }
    let truth = 1.0 / (50.0 * PI).sqrt();
    Ok(vec![Measured::near("occupied share at time 50", occupied, truth, 0.03 * truth)])
}

fn uniform_shares(ctx: &Context) -> Result<Vec<Measured>> {
    let config = Config { exchange: Exchange::UniformShare {}, relax: 999, sweeps: 1, ..Config::default() };
    let found = simulate(ctx, &config)?;
    let mut masses: Vec<f64> = found.rings.iter().flat_map(|r| r.masses().to_vec()).collect();
    masses.sort_by(f64::total_cmp);
    let (n, sites) = (masses.len() as f64, config.sites as f64);
    let law = |u: f64| 1.0 - (1.0 - u / sites).max(0.0).powf(sites - 1.0);
    let gap = |(i, u): (usize, &f64)| (law(*u) - i as f64 / n).abs().max((law(*u) - (i as f64 + 1.0) / n).abs());
    let distance = masses.iter().enumerate().map(gap).fold(0.0, f64::max);
    // Exceeded by chance once in a thousand.
    Ok(vec![Measured::at_most("Kolmogorov-Smirnov distance times the root of the sample", distance * n.sqrt(), 1.95)])
}
