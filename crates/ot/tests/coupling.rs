//! Couplings: the law of the pairs, the weights, and the optimality of a batch.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use support::{cloud, context};
use thalweg_core::{Class, Coupling, Measure, Points, Stream};
use thalweg_ot::coupling::{EntropicBatch, ExactBatch, Independent, PlanCoupling, RowDraw};
use thalweg_ot::{GroundCost, Plan, Sinkhorn, transport};

fn ends(seed: u64) -> (Arc<Measure>, Arc<Measure>) {
    let a = Measure::new(cloud(seed, 6, 2, 1.0, 0.0), vec![1.0, 0.0, 2.0, 3.0, 1.0, 1.0]).unwrap();
    let b = Measure::new(cloud(seed + 50, 4, 2, 1.0, 0.5), vec![4.0, 1.0, 0.0, 3.0]).unwrap();
    (Arc::new(a), Arc::new(b))
}

/// Weighted frequencies of the pairs of many draws against a law, each within 4.5 standard errors (36 cells or fewer at
/// three seeds: a false alarm in about 1,500 runs).
fn assert_law(coupling: &dyn Coupling, law: &dyn Fn(usize, usize) -> f64, n: usize, m: usize, seed: u64, spread: f64) {
    let (draws, batch) = (400, 100);
    let mut counts = vec![0.0; n * m];
    for k in 0..draws {
        let pairs = coupling.draw(batch, &mut Stream::new(seed, "law", k)).unwrap();
        assert_eq!(pairs.len(), batch);
        for p in 0..batch {
            counts[pairs.source[p] * m + pairs.target[p]] += pairs.weight[p];
        }
    }
    let total = (draws as usize * batch) as f64;
    for i in 0..n {
        for j in 0..m {
            let (found, truth) = (counts[i * m + j] / total, law(i, j));
            let bound = 4.5 * spread * (truth.max(1e-12) / total).sqrt();
            assert!((found - truth).abs() <= bound, "({i}, {j}): {found} against {truth}, bound {bound}");
        }
    }
}

#[test]
fn independent_pairs_have_the_product_law() {
    for seed in 0..3 {
        let (a, b) = ends(seed);
        let coupling = Independent::new(a.clone(), b.clone()).unwrap();
        assert_law(&coupling, &|i, j| a.weights()[i] / 8.0 * b.weights()[j] / 8.0, 6, 4, seed, 1.0);
    }
}

#[test]
fn an_exact_batch_is_optimal_and_keeps_what_was_drawn() {
    for seed in 0..3 {
        let (a, b) = (cloud(seed, 500, 3, 1.0, 0.0), cloud(seed + 9, 300, 3, 2.0, 1.0));
        let (a, b) = (Arc::new(Measure::counted(a).unwrap()), Arc::new(Measure::counted(b).unwrap()));
        let stream = || Stream::new(seed, "batch", 4);
        let pairs = ExactBatch::new(a.clone(), b.clone()).unwrap().draw(64, &mut stream()).unwrap();
        let loose = Independent::new(a.clone(), b.clone()).unwrap().draw(64, &mut stream()).unwrap();
        assert_eq!(pairs.source, loose.source);
        let sorted = |mut v: Vec<usize>| {
            v.sort_unstable();
            v
        };
        assert_eq!(sorted(pairs.target.clone()), sorted(loose.target));
        assert_eq!(pairs.weight, vec![1.0; 64]);
        let side = |m: &Measure, at: &[usize]| Measure::counted(m.points().select(at)).unwrap();
        let (x, y) = (side(&a, &pairs.source), side(&b, &pairs.target));
        let paired: f64 =
            x.points().rows().zip(y.points().rows()).map(|(x, y)| GroundCost::SquaredEuclidean.between(x, y)).sum();
        // The dual of the batch bounds every pairing from below.
        let dual = transport(&context(0, 1), &x, &y, GroundCost::SquaredEuclidean).unwrap().certificate.dual;
        assert!((paired / 64.0 - dual).abs() < 1e-12 * dual);
    }
}

#[test]
fn small_and_degenerate_batches_work() {
    let one = Arc::new(Measure::counted(Points::new(2, vec![1.0, 2.0]).unwrap()).unwrap());
    let couplings: [Box<dyn Coupling>; 3] = [
        Box::new(Independent::new(one.clone(), one.clone()).unwrap()),
        Box::new(ExactBatch::new(one.clone(), one.clone()).unwrap()),
        Box::new(EntropicBatch::new(one.clone(), one.clone(), 0.05).unwrap()),
    ];
    for coupling in couplings {
        for batch in [0, 1, 7] {
            let pairs = coupling.draw(batch, &mut Stream::new(0, "b", 0)).unwrap();
            assert_eq!((pairs.source, pairs.target), (vec![0; batch], vec![0; batch]));
        }
    }
    assert!(EntropicBatch::new(one.clone(), one, f64::NAN).is_err());
}

#[test]
fn an_entropic_batch_lies_between_exact_and_independent() {
    for seed in 0..3 {
        let a = Arc::new(Measure::counted(cloud(seed, 400, 2, 1.0, 0.0)).unwrap());
        let b = Arc::new(Measure::counted(cloud(seed + 7, 400, 2, 1.0, 0.5)).unwrap());
        let cost = |coupling: &dyn Coupling| {
            let pairs = coupling.draw(256, &mut Stream::new(seed, "batch", 0)).unwrap();
            let pair =
                |(i, j): (&usize, &usize)| GroundCost::SquaredEuclidean.between(a.points().row(*i), b.points().row(*j));
            pairs.source.iter().zip(&pairs.target).map(pair).sum::<f64>() / 256.0
        };
        let exact = cost(&ExactBatch::new(a.clone(), b.clone()).unwrap());
        let sharp = cost(&EntropicBatch::new(a.clone(), b.clone(), 0.02).unwrap());
        let blurred = cost(&EntropicBatch::new(a.clone(), b.clone(), 0.5).unwrap());
        let independent = cost(&Independent::new(a.clone(), b.clone()).unwrap());
        assert!(exact < sharp && sharp < blurred && blurred < independent, "{exact} {sharp} {blurred} {independent}");
    }
}

#[test]
fn plans_are_drawn_by_their_law_however_rows_are_chosen() {
    for seed in 0..3 {
        let (a, b) = ends(seed);
        let (entropic, lazy) = Sinkhorn::semi_relaxed(0.5, 1.0)
            .solve(&context(seed, 2), &a, &b, GroundCost::SquaredEuclidean, None)
            .unwrap();
        let cost = GroundCost::SquaredEuclidean.matrix(a.points(), b.points()).unwrap();
        let (f, g) = (&entropic.potentials.source, &entropic.potentials.target);
        let total: f64 = entropic.row_sums.iter().sum();
        let law = |i: usize, j: usize| {
            a.weights()[i] * b.weights()[j] * ((f[i] + g[j] - cost.at(i, j)) / entropic.epsilon).exp() / total
        };
        let by_mass = PlanCoupling::new(lazy.clone(), RowDraw::ByMass).unwrap();
        assert_law(&by_mass, &law, 6, 4, seed, 1.0);
        // Importance weights multiply the variance of a cell by at most the largest weight.
        let uniform = PlanCoupling::new(lazy.clone(), RowDraw::Uniform).unwrap();
        let largest = entropic.row_sums.iter().fold(0.0_f64, |s, r| s.max(r / total * 5.0));
        assert_law(&uniform, &law, 6, 4, seed, largest.sqrt());
        // A pool of 20,000 adds its own error, no larger than that of 40,000 draws spread over the rows.
        let pooled = PlanCoupling::new(lazy, RowDraw::ByMass).unwrap().pooled(20_000, seed).unwrap();
        assert_law(&pooled, &law, 6, 4, seed, 2.0_f64.sqrt());
    }
}

#[test]
fn sparse_plans_refuse_empty_rows_and_draw_from_the_others() {
    for seed in 0..3 {
        let (a, b) = ends(seed);
        let plan = transport(&context(seed, 1), &a, &b, GroundCost::SquaredEuclidean).unwrap().plan;
        let Plan::Sparse(sparse) = &plan else { panic!("an exact plan is sparse") };
        assert_eq!(sparse.row(1).0.len(), 0);
        let refused = plan.barycentric(b.points()).unwrap_err().to_string();
        assert!(refused.contains("Row 1"), "{refused}");
        assert!(plan.sample_row(1, &mut Stream::new(seed, "row", 0)).is_err());
        assert!(plan.sample_row(6, &mut Stream::new(seed, "row", 0)).unwrap_err().to_string().contains("6 rows"));
        for i in [0, 2, 3, 4, 5] {
            assert!(sparse.row(i).0.contains(&plan.sample_row(i, &mut Stream::new(seed, "row", i as u64)).unwrap()));
        }
        let coupling = PlanCoupling::new(plan.clone(), RowDraw::ByMass).unwrap();
        let law = |i: usize, j: usize| {
            let (columns, masses) = sparse.row(i);
            columns.iter().position(|c| *c == j).map_or(0.0, |k| masses[k])
        };
        assert_law(&coupling, &law, 6, 4, seed, 1.0);
    }
}

#[test]
fn a_lazy_plan_costs_at_most_its_entropy_above_the_optimum_and_averages_its_rows() {
    for seed in 0..3 {
        let (a, b) = ends(seed);
        let normal = |m: &Measure| Arc::new(Measure::new(m.points().clone(), m.probabilities()).unwrap());
        let (a, b) = (normal(&a), normal(&b));
        let exact = transport(&context(seed, 1), &a, &b, GroundCost::SquaredEuclidean).unwrap().plan;
        let mut entropy = 0.0;
        exact.for_each(|i, j, mass| entropy += mass * (mass / a.weights()[i] / b.weights()[j]).ln());
        let settings = Sinkhorn { tolerance: 1e-9, ..Sinkhorn::balanced(0.1) };
        let (entropic, lazy) = settings.solve(&context(seed, 2), &a, &b, GroundCost::SquaredEuclidean, None).unwrap();
        assert!(entropic.report.converged());
        assert!(exact.cost() <= lazy.cost() + 1e-8 && lazy.cost() <= exact.cost() + 0.1 * entropy + 1e-8);
        let (mut mass, mut sums) = (0.0, Points::zeros(6, 2));
        lazy.for_each(|i, j, entry| {
            mass += entry;
            (0..2).for_each(|k| sums.row_mut(i)[k] += entry * b.points().row(j)[k]);
        });
        assert!((mass - 1.0).abs() < 1e-8);
        let means = lazy.barycentric(b.points()).unwrap();
        for i in [0, 2, 3, 4, 5] {
            for k in 0..2 {
                assert!((means.row(i)[k] - sums.row(i)[k] / entropic.row_sums[i]).abs() < 1e-12);
            }
        }
    }
}

#[test]
fn a_pairing_stops_in_the_middle_when_asked_to() {
    let (a, b) = (cloud(0, 3000, 10, 1.0, 0.0), cloud(1, 3000, 10, 1.0, 0.0));
    let (a, b) = (Arc::new(Measure::uniform(a).unwrap()), Arc::new(Measure::uniform(b).unwrap()));
    let stop = Arc::new(AtomicBool::new(false));
    let ctx = context(0, 1).with_stop(Arc::clone(&stop));
    let couplings: [Box<dyn Coupling>; 2] = [
        Box::new(ExactBatch::new(a.clone(), b.clone()).unwrap().within(&ctx)),
        Box::new(EntropicBatch::new(a, b, 1e-3).unwrap().within(&ctx)),
    ];
    for coupling in couplings {
        stop.store(false, Ordering::Relaxed);
        assert_eq!(coupling.draw(100, &mut Stream::new(0, "batch", 0)).unwrap().len(), 100);
        stop.store(true, Ordering::Relaxed);
        let asked = Instant::now();
        let error = coupling.draw(3000, &mut Stream::new(0, "batch", 0)).unwrap_err();
        assert_eq!(error.class(), Class::Interrupted);
        assert!(asked.elapsed().as_secs_f64() < 1.0, "{:?}", asked.elapsed());
    }
}
