//! What plans do: as linear maps against their entries, beyond their points, and the Sinkhorn divergence.

mod support;

use std::sync::Arc;
use support::{cloud, context};
use thalweg_core::{Measure, Points, Stream};
use thalweg_ot::{GroundCost, MarginalPenalty, Plan, Sinkhorn, transport};

fn ends(seed: u64) -> (Arc<Measure>, Arc<Measure>) {
    let mut stream = Stream::new(seed, "weights", 0);
    let mut side = |points: Points| {
        let weights: Vec<f64> = (0..points.len()).map(|k| if k == 1 { 0.0 } else { 0.1 + stream.uniform() }).collect();
        let mass: f64 = weights.iter().sum();
        Arc::new(Measure::new(points, weights.iter().map(|w| w / mass).collect()).unwrap())
    };
    (side(cloud(seed, 150, 3, 1.0, 0.0)), side(cloud(seed + 5, 90, 3, 0.8, 0.4)))
}

fn plans(seed: u64) -> [Plan; 2] {
    let (a, b) = ends(seed);
    let exact = transport(&context(0, 1), &a, &b, GroundCost::SquaredEuclidean).unwrap().plan;
    let settings = Sinkhorn { tolerance: 1e-10, ..Sinkhorn::balanced(0.3) };
    [exact, settings.solve(&context(0, 2), &a, &b, GroundCost::SquaredEuclidean, None).unwrap().1]
}

fn near(found: &[f64], truth: &[f64], tolerance: f64) {
    assert_eq!(found.len(), truth.len());
    found.iter().zip(truth).for_each(|(f, t)| assert!((f - t).abs() <= tolerance, "{f} is not {t}"));
}

#[test]
fn a_plan_carries_values_and_masses_as_its_entries_do() {
    for plan in (0..3).flat_map(plans) {
        let (n, m) = (plan.rows(), plan.cols());
        let (values, back) = (cloud(7, m, 2, 1.0, 0.0), cloud(8, n, 2, 1.0, 0.0));
        let (mut applied, mut transposed) = (Points::zeros(n, 2), Points::zeros(m, 2));
        let (mut pushed, mut pulled) = (vec![0.0; m], vec![0.0; n]);
        let (rows, columns) = (plan.row_sums(), plan.column_sums());
        let masses: Vec<f64> = (0..n).map(|i| if i == 1 { 0.0 } else { i as f64 }).collect();
        let others: Vec<f64> = (0..m).map(|j| if j == 1 { 0.0 } else { 1.0 + j as f64 }).collect();
        plan.for_each(|i, j, mass| {
            for k in 0..2 {
                applied.row_mut(i)[k] += mass * values.row(j)[k];
                transposed.row_mut(j)[k] += mass * back.row(i)[k];
            }
            pushed[j] += if rows[i] > 0.0 { masses[i] * mass / rows[i] } else { 0.0 };
            pulled[i] += if columns[j] > 0.0 { others[j] * mass / columns[j] } else { 0.0 };
        });
        near(plan.apply(&values).unwrap().values(), applied.values(), 1e-13);
        near(plan.apply_transposed(&back).unwrap().values(), transposed.values(), 1e-13);
        near(&plan.push(&masses).unwrap(), &pushed, 1e-10);
        near(&plan.pull(&others).unwrap(), &pulled, 1e-10);
        // Mass is neither made nor lost.
        let sum = |v: &[f64]| v.iter().sum::<f64>();
        assert!((sum(&plan.push(&masses).unwrap()) / sum(&masses) - 1.0).abs() < 1e-12);
        assert!((sum(&plan.pull(&others).unwrap()) / sum(&others) - 1.0).abs() < 1e-6);
        assert!(plan.push(&[1.0]).unwrap_err().to_string().contains("150 sources"));
    }
}

#[test]
fn the_largest_entries_of_a_row_are_kept() {
    for plan in (0..3).flat_map(plans) {
        let mut rows = vec![Vec::new(); plan.rows()];
        plan.for_each(|i, j, mass| {
            if mass > 0.0 {
                rows[i].push((j, mass));
            }
        });
        for k in [1, 3, 1000] {
            let Plan::Sparse(top) = plan.top_k(k).unwrap() else { panic!("the largest entries are a sparse plan") };
            for (i, row) in rows.iter().enumerate() {
                let mut masses: Vec<f64> = row.iter().map(|e| e.1).collect();
                masses.sort_by(|a, b| b.total_cmp(a));
                masses.truncate(k);
                let mut found = top.row(i).1.to_vec();
                found.sort_by(|a, b| b.total_cmp(a));
                near(&found, &masses, 1e-15);
            }
        }
        assert!((plan.top_k(1000).unwrap().cost() / plan.cost() - 1.0).abs() < 1e-9);
        assert!(plan.top_k(0).is_err());
    }
}

#[test]
fn the_entropic_map_is_the_barycentric_projection_and_goes_on_beyond_it() {
    for seed in 0..3 {
        let (a, b) = ends(seed);
        let settings = Sinkhorn { tolerance: 1e-12, ..Sinkhorn::balanced(0.3) };
        let (found, plan) = settings.solve(&context(0, 2), &a, &b, GroundCost::SquaredEuclidean, None).unwrap();
        let Plan::Lazy(lazy) = &plan else { panic!("an entropic plan is lazy") };
        near(lazy.map(a.points()).unwrap().values(), plan.barycentric(b.points()).unwrap().values(), 1e-13);
        near(&lazy.potential(a.points()).unwrap(), &found.potentials.source, 1e-10);
        // The gradient of the potential is twice the displacement, by the envelope theorem.
        let x = Points::new(3, vec![0.3, -0.2, 0.5]).unwrap();
        let image = lazy.map(&x).unwrap();
        for k in 0..3 {
            let at = |step: f64| {
                let mut moved = x.clone();
                moved.row_mut(0)[k] += step;
                lazy.potential(&moved).unwrap()[0]
            };
            let slope = (at(1e-5) - at(-1e-5)) / 2e-5;
            assert!((slope - 2.0 * (x.row(0)[k] - image.row(0)[k])).abs() < 1e-7);
        }
        assert!(lazy.map(&Points::zeros(1, 2)).unwrap_err().to_string().contains("3 coordinates"));
    }
}

#[test]
fn the_divergence_is_zero_between_equals_and_the_square_of_a_translation() {
    for (epsilon, penalty) in [(0.5, None), (0.1, None), (0.5, Some(2.0))] {
        let settings = Sinkhorn {
            tolerance: 1e-11,
            ..penalty.map_or(Sinkhorn::balanced(epsilon), |rho| Sinkhorn::unbalanced(epsilon, rho))
        };
        let a = Arc::new(Measure::uniform(cloud(0, 80, 2, 1.0, 0.0)).unwrap());
        let none = settings.divergence(&context(0, 1), &a, &a).unwrap();
        assert!(none.report.converged() && none.value.abs() < 1e-9, "{none:?}");
        assert!(none.gradient.values().iter().all(|g| g.abs() < 1e-9));
        if penalty.is_none() {
            // Transport under |x - y|^2 splits into that of the centred measures and the square of the shift.
            let moved: Vec<f64> = a.points().rows().flat_map(|x| [x[0] + 0.3, x[1] - 0.4]).collect();
            let b = Arc::new(Measure::uniform(Points::new(2, moved).unwrap()).unwrap());
            let found = settings.divergence(&context(0, 1), &a, &b).unwrap();
            near(&[found.value], &[0.25], 1e-8);
            for g in found.gradient.rows() {
                near(g, &[-0.6 / 80.0, 0.8 / 80.0], 1e-8);
            }
        }
    }
}

#[test]
fn the_gradient_of_the_divergence_is_that_of_its_value() {
    let b = Arc::new(Measure::uniform(cloud(3, 25, 2, 0.7, 0.4)).unwrap());
    let points = cloud(2, 20, 2, 1.0, 0.0);
    let weights: Vec<f64> = (0..20).map(|i| f64::from(i + 1) / 210.0).collect();
    for kind in [MarginalPenalty::Exact, MarginalPenalty::Kl { rho: 1.5 }] {
        let settings = Sinkhorn { source: kind, target: kind, tolerance: 1e-12, ..Sinkhorn::balanced(0.4) };
        let at = |points: &Points| {
            let a = Arc::new(Measure::new(points.clone(), weights.clone()).unwrap());
            settings.divergence(&context(0, 1), &a, &b).unwrap()
        };
        let gradient = at(&points).gradient;
        for (i, k) in [(0, 0), (7, 1), (19, 0)] {
            let step = |h: f64| {
                let mut moved = points.clone();
                moved.row_mut(i)[k] += h;
                at(&moved).value
            };
            let slope = (step(1e-4) - step(-1e-4)) / 2e-4;
            assert!((slope - gradient.row(i)[k]).abs() < 1e-6, "{slope} against {}", gradient.row(i)[k]);
        }
    }
    let mixed = Sinkhorn::semi_relaxed(0.4, 1.0).divergence(&context(0, 1), &b, &b);
    assert!(mixed.unwrap_err().to_string().contains("one penalty"));
}
