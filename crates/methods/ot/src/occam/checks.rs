//! Claims of elastic maps.

use super::{Config, ElasticMap, KOverlap, L1, Prox, Quadratic, Stvs, Zero, fit, sweep};
use crate::claims::normal_points;
use std::sync::Arc;
use thalweg_core::{Check, Context, Measure, Measured, Points, Result, Stream};

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "one-target",
        claim: "With a single target every point is mapped onto it, whatever the regulariser",
        source: "closed form: Moreau's identity, prox(z + grad tau(z)) = z",
        run: one_target,
    },
    Check {
        name: "by-hand",
        claim: "Three targets, l1 of strength 0.3 and epsilon 0.1 send the origin to (1.802048, 0.050442); STVS of strength 0.3 \
                shrinks (0.1, 0.5, -2) to (0, 0.32, -1.955)",
        source: "worked by an independent program",
        run: by_hand,
    },
    Check {
        name: "sparse-shift",
        claim: "A shift along two of 20 coordinates is found on all points, and the number of coordinates that move falls \
                from 20 to 12.5, 9.0 and 6.1 as the l1 strength goes to 0.5, 1 and 2",
        source: "figures of an independent program on the same law, within 1",
        run: sparse_shift,
    },
    Check {
        name: "held-out-choice",
        claim: "On held-out points of the same shift a strength of 2 maps closer to the target than none",
        source: "construction: 18 of the 20 coordinates do not move",
        run: held_out,
    },
    Check {
        name: "subspace",
        claim: "Where points move far and at random within a plane and not at all off it, a strong quadratic penalty off the plane \
                finds so: the squared displacement off it is below 1 % of that in it, and without the penalty ten times as much",
        source: "construction",
        run: subspace,
    },
];

fn one_target(ctx: &Context) -> Result<Vec<Measured>> {
    let mut stream = Stream::new(ctx.seed(), "occam-one", 0);
    let y = normal_points(1, 5, &mut stream);
    let x = normal_points(20, 5, &mut stream);
    let taus: [(&str, Arc<dyn Prox>); 5] = [
        ("none", Arc::new(Zero)),
        ("l1", Arc::new(L1::new(0.5)?)),
        ("STVS", Arc::new(Stvs::new(0.5)?)),
        ("k-overlap", Arc::new(KOverlap::new(2, 0.5)?)),
        ("quadratic", Arc::new(Quadratic::off_subspace(&normal_points(2, 5, &mut stream), 2.0)?)),
    ];
    taus.into_iter()
        .map(|(name, tau)| {
            let map = ElasticMap::new(&Measure::uniform(y.clone())?, &[0.0], 0.1, &tau)?;
            let images = map.apply(ctx, &x)?;
            let error = |t: &[f64]| t.iter().zip(y.row(0)).fold(0.0_f64, |e, (a, b)| e.max((a - b).abs()));
            Ok(Measured::at_most(format!("largest error, {name}"), images.rows().map(error).fold(0.0, f64::max), 1e-9))
        })
        .collect()
}

fn by_hand(ctx: &Context) -> Result<Vec<Measured>> {
    let target = Measure::uniform(Points::new(2, vec![2.0, 0.1, 2.2, -0.1, 1.8, 0.05])?)?;
    let tau: Arc<dyn Prox> = Arc::new(L1::new(0.3)?);
    let image = ElasticMap::new(&target, &[0.0; 3], 0.1, &tau)?.apply(ctx, &Points::zeros(1, 2))?;
    let mut shrunk = [0.1, 0.5, -2.0];
    Stvs::new(0.3)?.prox(&mut shrunk);
    Ok(vec![
        Measured::near("first coordinate of the image", image.values()[0], 1.802_048, 1e-6),
        Measured::near("second coordinate of the image", image.values()[1], 0.050_442, 1e-6),
        Measured::near("STVS of 0.1", shrunk[0], 0.0, 1e-12),
        Measured::near("STVS of 0.5", shrunk[1], 0.32, 1e-12),
        Measured::near("STVS of -2", shrunk[2], -1.955, 1e-12),
    ])
}

/// `n` standard normal points in 20 dimensions and as many, shifted by 5 along the first two.
fn shift(ctx: &Context, n: usize, part: u64) -> Result<(Measure, Measure)> {
    let mut stream = Stream::new(ctx.seed(), "occam-shift", part);
    let source = normal_points(n, 20, &mut stream);
    let mut target = normal_points(n, 20, &mut stream);
    (0..n).for_each(|i| target.row_mut(i)[..2].iter_mut().for_each(|v| *v += 5.0));
    Ok((Measure::uniform(source)?, Measure::uniform(target)?))
}

fn l1(gamma: f64) -> Result<Arc<dyn Prox>> {
    Ok(Arc::new(L1::new(gamma)?))
}

fn sparse_shift(ctx: &Context) -> Result<Vec<Measured>> {
    let (source, target) = shift(ctx, 300, 0)?;
    let mut figures = Vec::new();
    for (gamma, count) in [(0.0, 20.0), (0.5, 12.5), (1.0, 9.0), (2.0, 6.1)] {
        let map = fit(ctx, &source, &target, &l1(gamma)?, &Config::default())?.map;
        let share = map.active(ctx, source.points())?;
        let active = format!("active coordinates at strength {gamma}");
        figures.push(Measured::near(active, share.iter().sum(), count, 1.0));
        let both = format!("share of points moved along both shifted coordinates at strength {gamma}");
        figures.push(Measured::at_least(both, share[0].min(share[1]), 1.0));
    }
    Ok(figures)
}

fn held_out(ctx: &Context) -> Result<Vec<Measured>> {
    let (train, test) = (shift(ctx, 300, 0)?, shift(ctx, 300, 1)?);
    let trials = sweep(ctx, (&train.0, &train.1), (&test.0, &test.1), &[0.0, 2.0], &l1, &Config::default())?;
    let ratio = trials[1].divergence / trials[0].divergence;
    Ok(vec![Measured::at_most("divergence at strength 2, of that at 0", ratio, 1.0)])
}

fn subspace(ctx: &Context) -> Result<Vec<Measured>> {
    let mut stream = Stream::new(ctx.seed(), "occam-plane", 0);
    let source = normal_points(200, 20, &mut stream);
    let mut target = source.clone();
    (0..200).for_each(|i| target.row_mut(i)[..2].iter_mut().for_each(|v| *v = 5.0 * stream.normal()));
    let (source, target) = (Measure::uniform(source)?, Measure::uniform(target)?);
    let mut plane = Points::zeros(2, 20);
    (plane.row_mut(0)[0], plane.row_mut(1)[1]) = (1.0, 1.0);
    let off_plane = |tau: Arc<dyn Prox>| -> Result<f64> {
        let map = fit(ctx, &source, &target, &tau, &Config::default())?.map;
        let moves = map.displacement(ctx, source.points())?;
        let square = |range: std::ops::Range<usize>| -> f64 {
            moves.rows().map(|z| z[range.clone()].iter().map(|v| v * v).sum::<f64>()).sum()
        };
        Ok(square(2..20) / square(0..2))
    };
    let (with, without) = (off_plane(Arc::new(Quadratic::off_subspace(&plane, 1e4)?))?, off_plane(Arc::new(Zero))?);
    Ok(vec![
        Measured::at_most("squared displacement off the plane, of that in it", with, 0.01),
        Measured::at_least("the same without a penalty, of that with it", without / with, 10.0),
    ])
}
