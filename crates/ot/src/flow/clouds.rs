//! Unequal weights between two clouds of few dimensions, without a matrix.

use super::{Priced, solve};
use crate::GroundCost;
use crate::exact::{Certificate, Exact};
use crate::market::{self, Bidding, Lists, Market, Opened, Ordered, Tree, group, open};
use crate::plan::{Plan, Sparse};
use crate::simplex::Masses;
use thalweg_core::{Measure, Points, Result};

/// First epsilon in steps of a row: prices from a coarser level are nearly right.
const FIRST: f64 = 1.0;

type Stop<'a> = &'a (dyn Fn() -> Result<()> + Sync);

/// Bytes that [`between`] takes: those of lists and trees, the arcs of the pivots, lots and basis.
pub(crate) fn bytes(source: &Points, target: &Points) -> u64 {
    market::bytes_of_levels(source.len(), target.len(), source.dim(), 560)
}

/// An optimal plan between clouds that [`market::suits`]; `None` where costs come near overflow.
///
/// # Errors
/// What `stop` says.
pub(crate) fn between(ground: GroundCost, source: &Measure, target: &Measure, stop: Stop<'_>) -> Result<Option<Exact>> {
    match source.points().dim() {
        1 => clouds::<1>(ground, source, target, stop),
        2 => clouds::<2>(ground, source, target, stop),
        3 => clouds::<3>(ground, source, target, stop),
        _ => clouds::<4>(ground, source, target, stop),
    }
}

impl<const D: usize> Priced for Tree<'_, D> {
    fn set_prices(&mut self, prices: &[f64]) {
        Tree::set_prices(self, prices);
    }

    fn least(&self, known: &[f64], stop: Stop<'_>) -> Result<Vec<f64>> {
        Ok(self.nearest(&known[..self.rows()], stop)?.into_iter().map(|b| b.0).collect())
    }
}

impl Bidding for Masses {
    fn coarser(&self) -> Self {
        let sums = |w: &[i64]| w.chunks(group(w.len())).map(|g| g.iter().sum()).collect();
        Self { supply: sums(&self.supply), demand: sums(&self.demand), total: self.total }
    }

    fn bid<const D: usize>(&self, opened: &mut Opened<'_, D>, stop: Stop<'_>) -> Result<bool> {
        let Opened { tree, lists, steps } = opened;
        let lists = std::mem::replace(lists, Lists::new(0));
        solve(tree, lists, steps, FIRST, self, stop)?;
        Ok(true)
    }
}

/// Points in tree order, copies merged.
struct Atoms<const D: usize> {
    points: Vec<[f64; D]>,
    masses: Vec<i64>,
    /// Where the members of each atom begin in `place` and `each`, and where the last end.
    start: Vec<usize>,
    place: Vec<u32>,
    /// Mass of each member.
    each: Vec<i64>,
}

impl<const D: usize> Atoms<D> {
    /// Of the points at `places`, which have `masses`.
    fn new(points: &Points, places: &[usize], masses: &[i64]) -> Self {
        let mut mass_of = vec![0; points.len()];
        for (i, mass) in places.iter().zip(masses) {
            mass_of[*i] = *mass;
        }
        let ordered = Ordered::<D>::new(points, places.iter().copied());
        let each: Vec<i64> = ordered.place.iter().map(|i| mass_of[*i as usize]).collect();
        let mut atoms = Self { points: Vec::new(), masses: Vec::new(), start: Vec::new(), place: ordered.place, each };
        for (k, point) in ordered.points.iter().enumerate() {
            if atoms.points.last() != Some(point) {
                atoms.points.push(*point);
                atoms.masses.push(0);
                atoms.start.push(k);
            }
            if let Some(mass) = atoms.masses.last_mut() {
                *mass += atoms.each[k];
            }
        }
        atoms.start.push(places.len());
        atoms
    }

    /// Potentials of atoms, given to their members.
    fn spread(&self, potential: &[f64], out: &mut [f64]) {
        for (members, p) in self.start.windows(2).zip(potential) {
            for i in &self.place[members[0]..members[1]] {
                out[*i as usize] = *p;
            }
        }
    }

    /// The member of `atom` that is next to ship; `next` tells where each atom's members go on.
    fn member(&self, next: &mut [usize], atom: usize) -> usize {
        while self.each[next[atom]] == 0 {
            next[atom] += 1;
        }
        next[atom]
    }
}

fn positive(weights: &[f64]) -> (Vec<usize>, Vec<f64>) {
    weights.iter().enumerate().filter(|(_, w)| **w > 0.0).map(|(i, w)| (i, *w)).unzip()
}

fn clouds<const D: usize>(
    ground: GroundCost,
    source: &Measure,
    target: &Measure,
    stop: Stop<'_>,
) -> Result<Option<Exact>> {
    let ((rows, a), (cols, b)) = (positive(source.weights()), positive(target.weights()));
    let masses = Masses::new(&a, &b)?;
    let (x, y) = rayon::join(
        || Atoms::<D>::new(source.points(), &rows, &masses.supply),
        || Atoms::<D>::new(target.points(), &cols, &masses.demand),
    );
    let merged = Masses { supply: x.masses.clone(), demand: y.masses.clone(), total: masses.total };
    let Some(Opened { mut tree, lists, steps }) = open(ground, &x.points, &y.points, &merged, stop)? else {
        return Ok(None);
    };
    let solved = solve(&mut tree, lists, &steps, FIRST, &merged, stop)?;
    let scale = tree.scale();
    let mut u = vec![f64::INFINITY; source.len()];
    let mut v = vec![f64::INFINITY; target.len()];
    x.spread(&solved.source_potential, &mut u);
    y.spread(&solved.target_potential, &mut v);
    if cols.len() < v.len() {
        v = completed::<D>(ground, target.points(), &v, source.points(), &u, &rows, stop)?;
    }
    if rows.len() < u.len() {
        let all: Vec<usize> = (0..v.len()).collect();
        u = completed::<D>(ground, source.points(), &u, target.points(), &v, &all, stop)?;
    }
    let entries = shared_out(x, y, &solved.shipments, |i, j, units| {
        let cost = ground.between(source.points().row(i), target.points().row(j));
        (i, j, units as f64 / masses.total as f64, cost)
    });
    let plan = Plan::Sparse(Sparse::new(source.len(), target.len(), entries));
    let dot = |w: &[f64], p: &[f64]| w.iter().zip(p).map(|(w, p)| w * p).sum::<f64>() / w.iter().sum::<f64>();
    let (primal, dual) = (plan.cost(), dot(source.weights(), &u) + dot(target.weights(), &v));
    let certificate = Certificate { primal, dual, gap: primal - dual, scale };
    Ok(Some(Exact { plan, source_potential: u, target_potential: v, certificate }))
}

/// Shipments between atoms as entries between their members.
fn shared_out<const D: usize, E>(
    mut x: Atoms<D>,
    mut y: Atoms<D>,
    shipments: &[(usize, usize, i64)],
    entry: impl Fn(usize, usize, i64) -> E,
) -> Vec<E> {
    let (mut next_x, mut next_y) = (x.start.clone(), y.start.clone());
    let mut entries = Vec::with_capacity(x.place.len() + y.place.len());
    for &(i, j, amount) in shipments {
        let mut left = amount;
        while left > 0 {
            let (from, to) = (x.member(&mut next_x, i), y.member(&mut next_y, j));
            let units = left.min(x.each[from]).min(y.each[to]);
            x.each[from] -= units;
            y.each[to] -= units;
            left -= units;
            entries.push(entry(x.place[from] as usize, y.place[to] as usize, units));
        }
    }
    entries
}

/// `potential` with the largest feasible values where it is infinite: `min c - other` over the others at `places`.
fn completed<const D: usize>(
    ground: GroundCost,
    points: &Points,
    potential: &[f64],
    others: &Points,
    other: &[f64],
    places: &[usize],
    stop: Stop<'_>,
) -> Result<Vec<f64>> {
    let open = |i: &usize| potential[*i] == f64::INFINITY;
    let askers = Ordered::<D>::new(points, (0..points.len()).filter(open));
    let answers = Ordered::<D>::new(others, places.iter().copied());
    let mut tree = Tree::new(ground, &askers.points, &answers.points);
    let prices: Vec<f64> = answers.place.iter().map(|j| -other[*j as usize]).collect();
    Tree::set_prices(&mut tree, &prices);
    let mut all = potential.to_vec();
    for (i, best) in askers.place.iter().zip(tree.nearest(&[], stop)?) {
        all[*i as usize] = best.0;
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use thalweg_core::{Error, Stream};

    #[test]
    fn a_stop_is_heard_wherever_it_comes() {
        let mut stream = Stream::new(0, "stop", 0);
        let mut cloud = |n: usize| {
            let points = Points::new(2, (0..2 * n).map(|_| stream.uniform()).collect()).unwrap();
            Measure::new(points, (0..n).map(|_| stream.uniform()).collect()).unwrap()
        };
        let (x, y) = (cloud(1500), cloud(1300));
        let asked = AtomicUsize::new(0);
        let run = |most: usize| {
            asked.store(0, Ordering::Relaxed);
            let stop = || if asked.fetch_add(1, Ordering::Relaxed) < most { Ok(()) } else { Err(Error::interrupted()) };
            between(GroundCost::SquaredEuclidean, &x, &y, &stop)
        };
        assert!(run(usize::MAX).unwrap().is_some());
        let total = asked.load(Ordering::Relaxed);
        assert!(total > 20, "asked {total} times");
        for most in (0..total).step_by(3) {
            assert!(run(most).is_err(), "not heard at question {most} of {total}");
        }
    }
}
