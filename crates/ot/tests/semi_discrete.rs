//! Semi-discrete transport against closed forms, linear programmes and the entropic solver.

use std::sync::Arc;
use thalweg_core::{Context, Measure, Points, Stream};
use thalweg_ot::semi_discrete::{Ascent, Newton, Pixels};
use thalweg_ot::{GroundCost, Plan, Sinkhorn, transport};

fn ctx(threads: usize) -> Context {
    Context::new(0, threads).unwrap()
}

/// Pixels of the unit square with the given masses, the first coordinate running fastest.
fn square(nx: usize, ny: usize, mass: impl Fn(f64, f64) -> f64) -> Measure {
    let (mut centres, mut masses) = (Vec::new(), Vec::new());
    for k in 0..nx * ny {
        let (x, y) = (((k % nx) as f64 + 0.5) / nx as f64, ((k / nx) as f64 + 0.5) / ny as f64);
        centres.extend([x, y]);
        masses.push(mass(x, y));
    }
    Measure::new(Points::new(2, centres).unwrap(), masses).unwrap()
}

fn sites(points: Vec<f64>, weights: Vec<f64>) -> Measure {
    Measure::new(Points::new(2, points).unwrap(), weights).unwrap()
}

fn random_sites(count: usize, seed: u64) -> Measure {
    let mut stream = Stream::new(seed, "sites", 0);
    let points = (0..2 * count).map(|_| stream.uniform()).collect();
    sites(points, (0..count).map(|_| 0.2 + stream.uniform()).collect())
}

fn bumpy(x: f64, y: f64) -> f64 {
    0.3 + (6.0 * x).sin().powi(2) * (1.0 + y)
}

#[test]
fn two_sites_split_the_square_where_their_weights_say() {
    // The border is at x = 0.3, which is inside a pixel; x^2 - g_0 = (1 - x)^2 - g_1 there.
    let found = Newton::default()
        .solve(
            &ctx(1),
            &Pixels::of(&square(7, 4, |_, _| 1.0)).unwrap(),
            &sites(vec![0.0, 0.5, 1.0, 0.5], vec![3.0, 7.0]),
        )
        .unwrap();
    assert!(found.report.converged());
    assert!((found.potential[0] - found.potential[1] + 0.4).abs() < 1e-9);
    let truth = (0.3_f64.powi(3) + 0.7_f64.powi(3)) / 3.0 + 1.0 / 12.0;
    assert!((found.plan.cost() - truth).abs() < 1e-9 && (found.dual - truth).abs() < 1e-9, "{}", found.plan.cost());
    let Plan::Sparse(plan) = &found.plan else { panic!("a sparse plan") };
    // The third pixel of a row, from 2/7 to 3/7, is cut at 0.3: a tenth of it belongs to the first site.
    let (columns, masses) = plan.row(2);
    assert_eq!(columns, [0, 1]);
    assert!((masses[0] - 0.1 / 28.0).abs() < 1e-9 && (masses[1] - 0.9 / 28.0).abs() < 1e-9);
}

#[test]
fn marginals_are_met_and_moving_the_sites_moves_the_cost_as_it_must() {
    for seed in 0..3 {
        let source = square(24, 18, bumpy);
        let density = Pixels::of(&source).unwrap();
        let near = random_sites(40, seed);
        let found = Newton::default().solve(&ctx(2), &density, &near).unwrap();
        assert!(found.report.converged(), "{:?}", found.report);
        let close = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-9);
        assert!(close(&found.plan.row_sums(), &source.probabilities()));
        assert!(close(&found.plan.column_sums(), &near.probabilities()));
        assert!((found.plan.cost() - found.dual).abs() < 1e-9);
        let paid: f64 = (0..source.len()).map(|i| source.probabilities()[i] * found.source_potential[i]).sum::<f64>()
            + near.probabilities().iter().zip(&found.potential).map(|(b, g)| b * g).sum::<f64>();
        assert!((paid - found.dual).abs() < 1e-9);
        // |x - y - v|^2 = |x - y|^2 - 2 v.(x - y) + |v|^2: far sites have the same cells.
        let shift = [40.0, -7.0];
        let far: Vec<f64> = near.points().rows().flat_map(|y| [y[0] + shift[0], y[1] + shift[1]]).collect();
        let there = Newton::default().solve(&ctx(2), &density, &sites(far, near.weights().to_vec())).unwrap();
        let mean = |measure: &Measure, k: usize| -> f64 {
            measure.points().rows().zip(measure.probabilities()).map(|(x, w)| w * x[k]).sum()
        };
        let along: f64 = (0..2).map(|k| shift[k] * (mean(&near, k) - mean(&source, k))).sum();
        let truth = found.plan.cost() + 2.0 * along + shift[0] * shift[0] + shift[1] * shift[1];
        assert!((there.plan.cost() - truth).abs() < 1e-7, "{} {truth}", there.plan.cost());
    }
}

#[test]
fn it_is_as_far_from_transport_between_centres_as_pixels_are_from_their_centres() {
    let source = square(20, 20, bumpy);
    for seed in 0..3 {
        let target = random_sites(25, seed);
        let found = Newton::default().solve(&ctx(1), &Pixels::of(&source).unwrap(), &target).unwrap();
        let exact = transport(&ctx(1), &source, &target, GroundCost::SquaredEuclidean).unwrap();
        // The triangle inequality of W2, with the spread of a pixel of side 1/20.
        let spread = (2.0_f64 / 12.0).sqrt() / 20.0;
        let (one, other) = (found.plan.cost().sqrt(), exact.plan.cost().sqrt());
        assert!((one - other).abs() <= spread, "{one} {other}");
    }
}

#[test]
fn islands_and_holes_are_crossed() {
    // Two strips with nothing between, and sites of which one lies in the gap.
    let source = square(30, 10, |x, _| if (0.4..0.7).contains(&x) { 0.0 } else { 1.0 });
    let target = sites(vec![0.1, 0.5, 0.5, 0.2, 0.55, 0.8, 0.9, 0.5], vec![1.0, 1.0, 1.0, 1.5]);
    let found =
        Newton { tolerance: 1e-8, ..Newton::default() }.solve(&ctx(1), &Pixels::of(&source).unwrap(), &target).unwrap();
    let off: f64 = found.plan.column_sums().iter().zip(target.probabilities()).map(|(p, b)| (p - b).abs()).sum();
    assert!(off < 1e-7, "{off}, {:?}", found.report);
    assert!((found.plan.cost() - found.dual).abs() < 1e-7);
    // The same with the empty pixels left out of the table.
    let kept: Vec<usize> = (0..source.len()).filter(|i| source.weights()[*i] > 0.0).collect();
    let fewer = Measure::uniform(source.points().select(&kept)).unwrap();
    let again =
        Newton { tolerance: 1e-8, ..Newton::default() }.solve(&ctx(2), &Pixels::of(&fewer).unwrap(), &target).unwrap();
    assert!((again.plan.cost() - found.plan.cost()).abs() < 1e-9);
}

#[test]
fn what_has_no_cells_is_refused() {
    let refused = |points: Vec<f64>| {
        let count = points.len() / 2;
        Pixels::of(&sites(points, vec![1.0; count])).unwrap_err().to_string()
    };
    assert!(refused(vec![0.0, 0.0, 1.0, 0.0, 1.4, 0.0]).contains("pixels"));
    assert!(refused(vec![0.0, 0.0, 1.0, 1.0, 0.0, 0.0]).contains("rows 0 and 2"));
    let line = Measure::uniform(Points::new(1, vec![0.0, 1.0]).unwrap()).unwrap();
    assert!(Pixels::of(&line).unwrap_err().to_string().contains("1 coordinates"));
    let density = Pixels::of(&square(4, 4, |_, _| 1.0)).unwrap();
    let said = |target: &Measure| Newton::default().solve(&ctx(1), &density, target).unwrap_err().to_string();
    assert!(said(&sites(vec![0.1, 0.1, 0.1, 0.1], vec![1.0; 2])).contains("Sites 0 and 1"));
    assert!(said(&sites(vec![0.1, 0.1, 0.2, 0.1], vec![1.0, 0.0])).contains("Site 1"));
    assert!(said(&line).contains("1 coordinates"));
}

#[test]
fn ascent_climbs_to_the_value_of_the_entropic_solver() {
    for seed in 0..3 {
        let mut stream = Stream::new(seed, "ascent-test", 0);
        let source = Measure::uniform(Points::new(3, (0..6000).map(|_| stream.normal()).collect()).unwrap()).unwrap();
        let target = Points::new(3, (0..60).map(|_| 1.0 + stream.normal()).collect()).unwrap();
        let target = Measure::new(target, (0..20).map(|_| 0.5 + stream.uniform()).collect()).unwrap();
        let target = Measure::new(target.points().clone(), target.probabilities()).unwrap();
        let source = Measure::new(source.points().clone(), source.probabilities()).unwrap();
        for ground in [GroundCost::SquaredEuclidean, GroundCost::Euclidean] {
            let mean = ground.mean(source.points(), source.weights(), target.points(), target.weights()).unwrap();
            let epsilon = 0.05 * mean;
            let ascent = Ascent { tolerance: 0.03, ..Ascent::new(epsilon) };
            let found = ascent.solve(&ctx(1), &source, &target, ground).unwrap();
            assert!(found.report.converged(), "{:?}", found.report);
            let solver = Sinkhorn { tolerance: 1e-9, ..Sinkhorn::balanced(epsilon) };
            let (truth, _) =
                solver.solve(&ctx(1), &Arc::new(source.clone()), &Arc::new(target.clone()), ground, None).unwrap();
            // No dual is above the optimum, and the ascent's is below it by little.
            let short = truth.objective - found.dual;
            assert!(short > -1e-9 * mean && short < 2e-3 * mean, "{short} of {mean}");
            let off: f64 = found.column_sums.iter().zip(target.weights()).map(|(c, b)| (c - b).abs()).sum();
            assert!(off <= 0.03 && (off - found.report.residuals[0].1).abs() < 1e-12);
            let twice = ascent.solve(&ctx(2), &source, &target, ground).unwrap();
            assert_eq!(found.potentials, twice.potentials);
        }
    }
}
