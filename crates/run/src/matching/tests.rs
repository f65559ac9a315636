//! Matches with known answers: shifts, sorting, brute force over permutations, closed forms of one and two points.

use super::*;
use std::fs;
use thalweg_core::Stream;
use thalweg_io::{Request, Selection, read_npz};
use thalweg_ot::CostMatrix;

fn ctx() -> Context {
    Context::new(0, 1).unwrap()
}

fn cloud(n: usize, dim: usize, seed: u64, purpose: &str) -> Cloud {
    let mut points = Points::zeros(n, dim);
    Stream::new(seed, purpose, 0).fill_normal(points.values_mut());
    Cloud::of(purpose, points, None, None)
}

fn on_line(values: &[f64], weights: Option<&[f64]>) -> Cloud {
    Cloud::of("line", Points::new(1, values.to_vec()).unwrap(), weights.map(<[f64]>::to_vec), None)
}

fn matched(source: &Cloud, target: &Cloud, options: &Options) -> Matched {
    run(source, target.clone(), options, &[], None, &ctx()).unwrap()
}

fn entropic(epsilon: Strength) -> Options {
    Options { method: Problem::Entropic, epsilon: Some(epsilon), tolerance: Some(1e-10), ..Options::default() }
}

fn gap(found: &Matched) -> f64 {
    found.record.gap.unwrap()
}

/// `n x m`, from the entries.
fn dense(matched: &Matched, n: usize, m: usize) -> Vec<f64> {
    let mut out = vec![0.0; n * m];
    let entries = &matched.entries;
    for e in 0..entries.len() {
        out[entries.source[e] as usize * m + entries.target[e] as usize] = entries.mass[e];
    }
    out
}

#[test]
fn a_shifted_cloud_is_matched_to_itself() {
    for seed in 0..3 {
        let source = cloud(60, 3, seed, "shift");
        let mut target = source.clone();
        let shift = [0.3, -2.0, 0.7];
        for i in 0..60 {
            target.points.row_mut(i).iter_mut().zip(shift).for_each(|(x, s)| *x += s);
        }
        let found = matched(&source, &target, &Options::default());
        let identity: Vec<u32> = (0..60).collect();
        assert_eq!((&found.entries.source, &found.entries.target), (&identity, &identity));
        assert!(found.image.values().iter().zip(target.points.values()).all(|(a, b)| (a - b).abs() < 1e-12));
        let squared: f64 = shift.iter().map(|s| s * s).sum();
        let record = &found.record;
        assert!((record.cost - squared).abs() < 1e-12 && gap(&found).abs() < 1e-12, "{record:?}");
        assert!(record.report.converged() && record.source.marginal_error < 1e-14);
    }
}

#[test]
fn on_the_line_the_order_is_kept() {
    for seed in 0..3 {
        let (source, target) = (cloud(80, 1, seed, "one"), cloud(80, 1, seed, "other"));
        let found = matched(&source, &target, &Options::default());
        let ranks = |points: &Points| {
            let mut order: Vec<usize> = (0..points.len()).collect();
            order.sort_by(|&i, &j| points.values()[i].total_cmp(&points.values()[j]));
            let mut rank = vec![0; order.len()];
            order.iter().enumerate().for_each(|(r, &i)| rank[i] = r);
            rank
        };
        let (from, to) = (ranks(&source.points), ranks(&target.points));
        assert_eq!(found.entries.len(), 80);
        for e in 0..80 {
            assert_eq!(from[found.entries.source[e] as usize], to[found.entries.target[e] as usize]);
        }
    }
}

/// Every order of `0..n`.
fn permutations(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![Vec::new()];
    }
    let shorter = permutations(n - 1);
    shorter.iter().flat_map(|p| (0..n).map(move |at| [&p[..at], &[n - 1], &p[at..]].concat())).collect()
}

#[test]
fn no_permutation_is_cheaper_than_the_exact_plan() {
    for seed in 0..3 {
        let (source, target) = (cloud(6, 2, seed, "brute-a"), cloud(6, 2, seed, "brute-b"));
        let (x, y) = (&source.points, &target.points);
        let norm = |v: &[f64]| v.iter().map(|v| v * v).sum::<f64>().sqrt();
        let pair = |cost: Cost, i: usize, j: usize| -> f64 {
            let (x, y) = (x.row(i), y.row(j));
            let apart: Vec<f64> = x.iter().zip(y).map(|(a, b)| a - b).collect();
            match cost {
                Cost::SqEuclidean => norm(&apart).powi(2),
                Cost::Euclidean => norm(&apart),
                Cost::Cityblock => apart.iter().map(|v| v.abs()).sum(),
                Cost::Elastic => apart.iter().map(|v| 0.5 * v * v + 0.3 * v.abs()).sum(),
                Cost::Graph => panic!("needs a network"),
                Cost::Cosine => 1.0 - x.iter().zip(y).map(|(a, b)| a * b).sum::<f64>() / norm(x) / norm(y),
            }
        };
        for cost in [Cost::SqEuclidean, Cost::Euclidean, Cost::Cosine, Cost::Cityblock, Cost::Elastic] {
            let gamma = (cost == Cost::Elastic).then_some(0.3);
            let found = matched(&source, &target, &Options { cost, gamma, ..Options::default() });
            let total = |p: &Vec<usize>| p.iter().enumerate().map(|(i, &j)| pair(cost, i, j)).sum::<f64>() / 6.0;
            let best = permutations(6).iter().map(total).fold(f64::INFINITY, f64::min);
            assert!((found.record.cost - best).abs() < 1e-12, "{cost:?}: {} and {best}", found.record.cost);
            assert!((found.record.dual.unwrap() - best).abs() < 1e-12);
            let entries = &found.entries;
            for e in 0..entries.len() {
                let truth = pair(cost, entries.source[e] as usize, entries.target[e] as usize);
                assert!((entries.cost[e] - truth).abs() < 1e-14);
            }
        }
    }
}

#[test]
fn two_points_split_as_the_closed_form_says() {
    // Costs (0, 1; 1, 0) between equal weights: the diagonal holds 1 / (1 + exp(-1 / epsilon)) of the mass.
    let ends = on_line(&[0.0, 1.0], None);
    for epsilon in [0.1, 0.5, 3.0] {
        let found = matched(&ends, &ends, &entropic(Strength::Absolute(epsilon)));
        let diagonal = 0.5 / (1.0 + (-1.0 / epsilon).exp());
        let held = dense(&found, 2, 2)[0];
        assert!((held - diagonal).abs() < 1e-9, "epsilon {epsilon}: {held} is not {diagonal}");
        // The image of 0 is the conditional mean.
        assert!((found.image.values()[0] - (1.0 - 2.0 * diagonal)).abs() < 1e-9);
        assert!(gap(&found).abs() < 1e-9);
        // The mean cost is one half.
        let relative = matched(&ends, &ends, &entropic(Strength::Relative(2.0 * epsilon)));
        assert_eq!(relative.entries, found.entries);
    }
}

#[test]
fn one_point_keeps_the_mass_that_the_closed_form_says() {
    // min over p of p c + epsilon (p log p - p + 1) + 2 rho (p log p - p + 1) is at p = exp(-c / (epsilon + 2 rho)).
    let (x, y) = (on_line(&[0.0], None), on_line(&[1.5], None));
    let options = Options {
        method: Problem::Unbalanced,
        rho: Some(Strength::Absolute(0.7)),
        ..entropic(Strength::Absolute(0.2))
    };
    let found = matched(&x, &y, &options);
    let kept = (-2.25_f64 / 1.6).exp();
    assert!((found.record.plan.mass - kept).abs() < 1e-9, "{}", found.record.plan.mass);
    assert!((found.record.source.marginal_error - (1.0 - kept)).abs() < 1e-9);
    assert!(gap(&found).abs() < 1e-8, "{}", gap(&found));
}

#[test]
fn a_partial_plan_moves_what_is_cheapest() {
    // Five points of mass 1/5 a side on the line; three pairs lie side by side, two points a side are far from all.
    let source = on_line(&[0.0, 10.0, 20.0, 70.0, 80.0], None);
    let target = on_line(&[20.3, 0.1, 10.2, -70.0, -80.0], None);
    let options = Options { method: Problem::Partial, mass: Some(0.6), ..Options::default() };
    let found = matched(&source, &target, &options);
    assert_eq!((&found.entries.source[..], &found.entries.target[..]), (&[0, 1, 2][..], &[1, 2, 0][..]));
    let truth = 0.2 * (0.01 + 0.04 + 0.09);
    assert!((found.record.cost - truth).abs() < 1e-12 && gap(&found).abs() < 1e-10, "{:?}", found.record);
    assert!((found.record.plan.mass - 0.6).abs() < 1e-12);
    assert_eq!((found.record.source.unmatched, found.record.target.unmatched), (2, 2));
    // Half of a pair less: the dearest gives way.
    let found = matched(&source, &target, &Options { mass: Some(0.5), ..options.clone() });
    assert!((found.record.cost - 0.2 * (0.01 + 0.04 + 0.045)).abs() < 1e-12);
    // All of it is exact transport.
    let whole = matched(&source, &target, &Options { mass: Some(1.0), ..options.clone() });
    assert!((whole.record.cost - matched(&source, &target, &Options::default()).record.cost).abs() < 1e-9);
    let said = run(&source, target, &Options { mass: Some(1.1), ..options }, &[], None, &ctx()).err().unwrap();
    assert!(said.to_string().contains("no more can move"), "{said}");
}

#[test]
fn marginals_are_met_and_values_carried() {
    let (mut source, mut target) = (cloud(40, 2, 1, "carry-a"), cloud(70, 2, 1, "carry-b"));
    let mut stream = Stream::new(1, "carry", 0);
    source.weights = Some((0..40).map(|i| if i == 3 { 0.0 } else { stream.uniform() }).collect());
    target.weights = Some((0..70).map(|_| stream.uniform()).collect());
    let probabilities = |cloud: &Cloud| {
        let w = cloud.weights.clone().unwrap();
        let mass: f64 = w.iter().sum();
        w.iter().map(|w| w / mass).collect::<Vec<f64>>()
    };
    let (a, b) = (probabilities(&source), probabilities(&target));
    for cost in [Cost::SqEuclidean, Cost::Cityblock, Cost::Cosine] {
        for options in [Options { cost, ..Options::default() }, Options { cost, ..entropic(Strength::Relative(0.1)) }] {
            let found = matched(&source, &target, &options);
            let close = |x: &[f64], y: &[f64]| x.iter().zip(y).all(|(x, y)| (x - y).abs() < 1e-9);
            assert!(close(&found.sent, &a) && close(&found.received, &b), "{options:?}");
            assert!(gap(&found).abs() < 1e-8 * found.record.primal.abs().max(1.0), "{}", gap(&found));
            assert_eq!(found.record.source.unmatched, 1);
            assert_eq!(found.image.row(3), source.points.row(3));
            let ones = |n: usize| Points::new(1, vec![1.0; n]).unwrap();
            assert!(close(found.push(&ones(40), &ctx()).unwrap().values(), &b));
            assert!(close(found.pull(&ones(70), &ctx()).unwrap().values(), &a));
            let carried = found.pull(&target.points, &ctx()).unwrap();
            for i in (0..40).filter(|i| *i != 3) {
                assert!(
                    carried.row(i).iter().zip(found.image.row(i)).all(|(c, m)| (c / found.sent[i] - m).abs() < 1e-12)
                );
            }
        }
    }
    assert!(matched(&source, &target, &Options::default()).push(&Points::zeros(7, 1), &ctx()).is_err());
}

#[test]
fn a_cosine_forgets_lengths() {
    let (source, target) = (cloud(30, 3, 2, "long-a"), cloud(30, 3, 2, "long-b"));
    let mut longer = source.clone();
    (0..30).for_each(|i| longer.points.row_mut(i).iter_mut().for_each(|v| *v *= 1.0 + i as f64));
    let options = Options { cost: Cost::Cosine, ..Options::default() };
    let (one, other) = (matched(&source, &target, &options), matched(&longer, &target, &options));
    assert_eq!(one.entries.target, other.entries.target);
    assert!((one.record.cost - other.record.cost).abs() < 1e-13);
}

#[test]
fn what_is_left_out_is_said() {
    let (source, target) = (cloud(50, 2, 0, "top-a"), cloud(60, 2, 0, "top-b"));
    let whole = matched(&source, &target, &entropic(Strength::Relative(0.2)));
    let options = Options { top_k: Some(4), ..entropic(Strength::Relative(0.2)) };
    let few = matched(&source, &target, &options);
    assert_eq!((few.record.plan.entries, whole.record.plan.left_out), (200, 0.0));
    let masses = dense(&whole, 50, 60);
    let kept: f64 = masses
        .chunks(60)
        .map(|row| {
            let mut row = row.to_vec();
            row.sort_by(|a, b| b.total_cmp(a));
            row[..4].iter().sum::<f64>()
        })
        .sum();
    assert!((few.record.plan.left_out - (1.0 - kept)).abs() < 1e-12);
    // The projection is that of the whole plan.
    assert_eq!(few.image, whole.image);
}

#[test]
fn a_budget_that_runs_out_is_named_with_advice_that_works() {
    let (source, target) = (cloud(80, 2, 0, "short-a"), cloud(80, 2, 0, "short-b"));
    let options = Options {
        method: Problem::Entropic,
        epsilon: Some(Strength::Relative(1e-3)),
        max_iterations: Some(5),
        ..Options::default()
    };
    let short = matched(&source, &target, &options);
    assert_eq!((short.record.ended(), short.record.report.iterations), ("out of iterations", 5));
    let advice = short.record.report.advice.unwrap();
    let raised = advice.split_once("to about ").and_then(|(_, rest)| rest.split(' ').next()?.parse().ok()).unwrap();
    let options = Options { epsilon: Some(Strength::Absolute(raised)), ..options };
    assert!(matched(&source, &target, &options).record.report.residuals[0].1 < short.record.report.residuals[0].1);
}

#[test]
fn a_folder_holds_the_plan_whatever_the_threads() {
    let dir = tempfile::tempdir().unwrap();
    let (source, target) = (cloud(300, 4, 0, "keep-a"), cloud(200, 4, 0, "keep-b"));
    let options = Options { top_k: Some(30), ..entropic(Strength::Relative(0.05)) };
    let keep = |threads: usize| {
        let root = dir.path().join(threads.to_string());
        let ctx = Context::new(0, threads).unwrap();
        (run(&source, target.clone(), &options, &[], Some(&root), &ctx).unwrap(), root)
    };
    let ((kept, first), (_, second)) = (keep(1), keep(2));
    let one = matched(&source, &target, &options);
    assert!(kept.entries.is_empty() && kept.image == one.image);
    assert_eq!(Entries::load(&first, (300, 200), None).unwrap(), one.entries);
    let wrong = Entries::load(&first, (300, 199), None).unwrap_err().to_string();
    assert!(wrong.contains("names row 199 of a target of 199"), "{wrong}");
    for name in ["plan.npz", "potentials.npz", "projection.npz", "picture.npz"] {
        assert_eq!(fs::read(first.join(name)).unwrap(), fs::read(second.join(name)).unwrap(), "{name}");
    }
    let mut plan = read_npz(&first.join("plan.npz"), None).unwrap();
    assert_eq!(plan.take("mass").unwrap().numbers().unwrap(), one.entries.mass);
    assert_eq!(plan.take("cost").unwrap().numbers().unwrap(), one.entries.cost);
    let targets = plan.take("target").unwrap().numbers().unwrap();
    assert!(targets.iter().zip(&one.entries.target).all(|(a, b)| *a == f64::from(*b)));
    let request = Request { features: Selection::Columns(vec!["points".into()]), ..Request::default() };
    assert_eq!(thalweg_io::read(&first.join("projection.npz"), &request, None).unwrap().points, one.image);
    assert_eq!(Picture::load(&first).unwrap(), one.picture);
    let record: MatchRecord = crate::read_json(&first.join(RECORD)).unwrap();
    assert_eq!(record, kept.record);
    let said = run(&source, target.clone(), &options, &[], Some(&first), &ctx()).err().unwrap();
    assert!(said.exit_code() == 2 && said.to_string().contains("holds a match"), "{said}");
}

#[test]
fn what_is_refused_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("out");
    let (source, target) = (cloud(4000, 2, 0, "large-a"), cloud(4000, 2, 0, "large-b"));
    for (memory, cost) in [(8 << 20, Cost::SqEuclidean), (100 << 20, Cost::Cityblock)] {
        let small = ctx().with_memory(Some(memory));
        let options = Options { cost, top_k: Some(1), ..Options::default() };
        let said = run(&source, target.clone(), &options, &[], Some(&root), &small).err().unwrap();
        assert!(said.exit_code() == 2 && said.to_string().contains("Raise --memory to at least"), "{said}");
        assert!(!root.exists());
    }
    let heavy = Cloud { weights: Some(vec![0.0; 4000]), ..target };
    let said = run(&source, heavy, &Options::default(), &[], Some(&root), &ctx()).err().unwrap().to_string();
    assert!(said.starts_with("large-b: The weights sum to 0"), "{said}");
}

/// Three coordinates in place of two, and every distance as it was.
fn lifted(cloud: &Cloud) -> Cloud {
    let (cos, sin) = (0.6, 0.8);
    let values =
        cloud.points.rows().flat_map(|x| [5.0 + cos * x[0] - sin * x[1], sin * x[0] + cos * x[1], -2.0]).collect();
    let names = ["u", "v", "w"].map(str::to_owned).to_vec();
    Cloud::of("lifted", Points::new(3, values).unwrap(), None, Some(names))
}

#[test]
fn relations_alone_find_a_cloud_in_another_space() {
    for seed in 0..3 {
        // Radii that grow tell every point from every other.
        let mut source = cloud(12, 2, seed, "spiral");
        (0..12).for_each(|i| source.points.row_mut(i).iter_mut().for_each(|v| *v *= 1.3_f64.powi(i as i32)));
        let options = Options { method: Problem::Gromov, cost: Cost::Euclidean, ..Options::default() };
        let found = matched(&source, &lifted(&source), &options);
        assert!(found.record.dual.is_none() && found.record.gap.is_none());
        let weighed: f64 = found.entries.mass.iter().zip(&found.entries.cost).map(|(p, c)| p * c).sum();
        assert!((weighed - found.record.primal).abs() < 1e-9 * found.record.mean_cost, "{weighed}");
        assert!(found.record.primal <= found.record.mean_cost);
        assert!(found.record.source.marginal_error < 1e-12 && found.record.target.marginal_error < 1e-12);
        assert_eq!((found.image.dim(), found.picture.source.dim()), (3, 2));
        // The objective by its definition.
        let (x, y) = (&source.points, &lifted(&source).points);
        let apart = |p: &Points, i: usize, j: usize| {
            p.row(i).iter().zip(p.row(j)).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
        };
        let plan = dense(&found, 12, 12);
        let mut truth = 0.0;
        for (e, p) in plan.iter().enumerate().filter(|(_, p)| **p > 0.0) {
            for (g, q) in plan.iter().enumerate().filter(|(_, q)| **q > 0.0) {
                truth += p * q * (apart(x, e / 12, g / 12) - apart(y, e % 12, g % 12)).powi(2);
            }
        }
        assert!((truth - found.record.primal).abs() < 1e-9 * found.record.mean_cost, "{truth}");
    }
}

#[test]
fn a_common_column_tells_what_relations_cannot() {
    // A square looks the same from every corner; a label in both tables does not.
    let corners = vec![0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0, 2.0, 0.0, 1.0, 3.0];
    let named = |values: Vec<f64>, names: [&str; 3]| {
        Cloud::of("square", Points::new(3, values).unwrap(), None, Some(names.map(str::to_owned).to_vec()))
    };
    let source = named(corners.clone(), ["x", "y", "label"]);
    let turned: Vec<f64> = [2, 3, 0, 1].iter().flat_map(|i| corners[3 * i..3 * i + 3].to_vec()).collect();
    let target = named(turned, ["p", "q", "label"]);
    let options = Options { method: Problem::Gromov, cost: Cost::Euclidean, alpha: Some(0.5), ..Options::default() };
    let found = matched(&source, &target, &options);
    assert_eq!((&found.entries.source[..], &found.entries.target[..]), (&[0, 1, 2, 3][..], &[2, 3, 0, 1][..]));
    assert!(found.record.cost.abs() < 1e-12, "{}", found.record.cost);
    let strange = named(corners, ["p", "q", "r"]);
    let said = run(&source, strange, &options, &[], None, &ctx()).err().unwrap().to_string();
    assert!(said.contains("no column in common"), "{said}");
}

#[test]
fn draws_go_to_their_sites_as_entropic_transport_sends_them() {
    let (source, target) = (cloud(3000, 2, 3, "draws"), cloud(15, 2, 3, "sites"));
    let options =
        Options { method: Problem::SemiDiscrete, epsilon: Some(Strength::Relative(0.05)), ..Options::default() };
    let found = matched(&source, &target, &options);
    let truth = matched(&source, &target, &entropic(Strength::Relative(0.05)));
    assert!(found.record.report.converged() && found.record.target.marginal_error <= 0.02);
    assert!(found.record.source.marginal_error < 1e-9);
    let short = truth.record.primal - found.record.dual.unwrap();
    assert!(short > -1e-9 && short < 2e-3 * truth.record.mean_cost, "{short}");
}

#[test]
fn pixels_are_cut_at_the_borders_of_the_cells() {
    // A strip of four pixels of side 1 and two sites: the border of equal weights is in the middle.
    let strip = Points::new(2, vec![0.0, 0.0, 1.0, 0.0, 2.0, 0.0, 3.0, 0.0]).unwrap();
    let source = Cloud::of("strip", strip, None, None);
    let target = Cloud::of("sites", Points::new(2, vec![0.0, 0.0, 3.0, 0.0]).unwrap(), Some(vec![3.0, 5.0]), None);
    let options = Options { method: Problem::SemiDiscrete, rows: Rows::Pixels, ..Options::default() };
    let found = matched(&source, &target, &options);
    assert_eq!((&found.entries.source[..], &found.entries.target[..]), (&[0, 1, 1, 2, 3][..], &[0, 0, 1, 1, 1][..]));
    assert!((found.entries.mass[1] - 0.125).abs() < 1e-9 && gap(&found).abs() < 1e-9);
    assert!(
        run(&cloud(9, 2, 0, "off"), target, &options, &[], None, &ctx()).err().unwrap().to_string().starts_with("off:")
    );
}

#[test]
fn costs_of_the_caller_are_those_that_are_paid() {
    let (source, target) = (cloud(20, 2, 0, "own-a"), cloud(30, 2, 0, "own-b"));
    let costs = thalweg_ot::GroundCost::Euclidean.matrix(&source.points, &target.points).unwrap();
    let options = [
        Options::default(),
        entropic(Strength::Relative(0.1)),
        Options { method: Problem::Partial, mass: Some(0.5), ..Options::default() },
    ];
    for options in options {
        let named = matched(&source, &target, &Options { cost: Cost::Euclidean, ..options.clone() });
        let given = run_with(&source, target.clone(), costs.clone(), &options, &[], None, &ctx()).unwrap();
        assert!((named.record.cost - given.record.cost).abs() < 1e-9 && (gap(&named) - gap(&given)).abs() < 1e-9);
        assert!((named.record.mean_cost - given.record.mean_cost).abs() < 1e-12);
    }
    for method in [Problem::Gromov, Problem::SemiDiscrete] {
        let options = Options { method, ..Options::default() };
        assert_eq!(
            run_with(&source, target.clone(), costs.clone(), &options, &[], None, &ctx()).err().unwrap().exit_code(),
            2
        );
    }
    let narrow = CostMatrix::new(2, 2, vec![1.0; 4]).unwrap();
    assert!(run_with(&source, target, narrow, &Options::default(), &[], None, &ctx()).is_err());
}

#[test]
fn a_plan_maps_draws_and_thins_without_being_made() {
    let (source, target) = (cloud(40, 2, 5, "object-a"), cloud(25, 2, 5, "object-b"));
    for cost in [Cost::SqEuclidean, Cost::Cosine, Cost::Cityblock] {
        let found = matched(&source, &target, &Options { cost, ..entropic(Strength::Relative(0.1)) });
        // At its own sources the map is the projection.
        let mapped = found.map(&source.points, &ctx()).unwrap();
        assert!(mapped.values().iter().zip(found.image.values()).all(|(a, b)| (a - b).abs() < 1e-9));
        let thin = matched(&source, &target, &Options { cost, top_k: Some(3), ..entropic(Strength::Relative(0.1)) });
        assert_eq!(found.top_k(3, &ctx()).unwrap(), thin.entries);
        assert!(found.map(&Points::zeros(1, 3), &ctx()).is_err() && found.top_k(0, &ctx()).is_err());
        // Four thousand draws of a row: frequencies within five standard deviations.
        let drawn = found.sample(&[7; 4000], &ctx()).unwrap();
        let row = &dense(&found, 40, 25)[7 * 25..8 * 25];
        for (j, mass) in row.iter().enumerate() {
            let share = mass / found.sent[7];
            let seen = drawn.iter().filter(|d| **d == j).count() as f64 / 4000.0;
            assert!((seen - share).abs() < 5.0 * (share * (1.0 - share) / 4000.0).sqrt() + 1e-3, "{seen} {share}");
        }
        assert_eq!(drawn, found.sample(&[7; 4000], &Context::new(0, 2).unwrap()).unwrap());
        assert!(found.sample(&[40], &ctx()).is_err() && found.sample(&[-1], &ctx()).is_err());
    }
    let exact = matched(&source, &target, &Options::default());
    assert!(exact.map(&source.points, &ctx()).unwrap_err().to_string().contains("without an entropy"));
    assert_eq!(exact.top_k(25, &ctx()).unwrap(), exact.entries);
}

#[test]
fn a_plan_through_as_many_places_as_clusters_is_the_best_of_all() {
    // Four clusters on each side, each to its own shift: the best plan has rank four but for what happens within clusters,
    // which are small.
    for seed in 0..3 {
        let corner = |k: usize| [10.0 * (k % 2) as f64, 10.0 * (k / 2) as f64];
        let (mut source, mut target) = (cloud(80, 2, seed, "places-a"), cloud(100, 2, seed, "places-b"));
        for (cloud, shift) in [(&mut source, 0.0), (&mut target, 1.0)] {
            for i in 0..cloud.points.len() {
                let row = cloud.points.row_mut(i);
                row.iter_mut().zip(corner(i % 4)).for_each(|(v, c)| *v = 0.01 * *v + c + shift);
            }
        }
        let options = Options { method: Problem::LowRank, rank: Some(4), tolerance: Some(1e-8), ..Options::default() };
        let found = matched(&source, &target, &options);
        // The shift costs 2, and clusters of variance 1e-4 in two coordinates on both sides 4e-4 at most.
        assert!((found.record.cost - 2.0).abs() < 0.02, "{}", found.record.cost);
        assert!(found.record.source.marginal_error < 1e-12 && found.record.target.marginal_error < 1e-12);
        assert_eq!((found.record.plan.rank, found.record.dual), (Some(4), None));
        // What the factors carry is what the entries carry.
        let (plan, factors) = (dense(&found, 80, 100), found.factors().unwrap());
        for (k, mass) in plan.iter().enumerate() {
            let (left, right) = (&factors.left()[k / 100 * 4..][..4], &factors.right()[k % 100 * 4..][..4]);
            let truth: f64 = (0..4).map(|r| left[r] * right[r] / factors.inner()[r]).sum();
            assert!((mass - truth).abs() < 1e-15, "{mass} for {truth}");
        }
        let ones = Points::new(1, vec![1.0; 100]).unwrap();
        let sent = found.pull(&ones, &ctx()).unwrap();
        assert!(sent.values().iter().all(|v| (v - 1.0 / 80.0).abs() < 1e-13));
        // Without entries all figures are the same.
        let space = Space::new(&source, &target, (Cost::SqEuclidean, None), Problem::LowRank).unwrap();
        let wanted = Wanted { kept: 0, watched: (&[3], 2), idle: Idle::Stays(&source.points) };
        let Coupled::LowRank(plan) = &found.coupled else { panic!("no plan of low rank") };
        let read = factors::read(plan, &space, &target.points, &wanted, &ctx()).unwrap();
        assert!((read.cost - found.record.cost).abs() < 1e-9 && read.watched.len() == 2);
        assert!(read.image.values().iter().zip(found.image.values()).all(|(a, b)| (a - b).abs() < 1e-9));
    }
    let refused = |options: Options| options.check().unwrap_err().to_string();
    let low = Options { method: Problem::LowRank, ..Options::default() };
    assert!(refused(Options { cost: Cost::Euclidean, ..low.clone() }).contains("--cost is euclidean"));
    assert!(refused(Options { rank: Some(3), ..Options::default() }).contains("--rank means nothing"));
    assert!(refused(Options { rank: Some(0), ..low.clone() }).contains("--rank is 0"));
    let small = (cloud(5, 2, 0, "few-a"), cloud(9, 2, 0, "few-b"));
    let said = run(&small.0, small.1, &Options { rank: Some(6), ..low }, &[], None, &ctx()).err().unwrap().to_string();
    assert!(said.contains("The rank is 6, but it must be 1 to 5"), "{said}");
}

#[test]
fn the_budget_decides_how_a_plan_is_held_and_the_record_says_so() {
    let (source, target) = (cloud(2000, 2, 0, "held-a"), cloud(2000, 2, 0, "held-b"));
    let options = Options { top_k: Some(1), ..entropic(Strength::Relative(1.0)) };
    let solve = |memory: u64| {
        let ctx = ctx().with_memory(Some(memory));
        run(&source, target.clone(), &options, &[], None, &ctx).unwrap().record
    };
    let (lazy, held) = (solve(100_000_000), solve(400_000_000));
    // Two bytes for each of four million pairs.
    assert!(matches!(held.storage, Some(Storage::Held { bytes: 8_000_000 })), "{:?}", held.storage);
    assert!((lazy.cost - held.cost).abs() < 1e-6 * held.cost);
    if let Some(Storage::Lazy { needed, allowed }) = lazy.storage {
        assert!(needed == 8_000_000 && allowed < needed);
    }
    let tight = Storage::Lazy { needed: 8_000_000, allowed: 4 << 20 }.sentence();
    assert!(tight.contains("kept lazy because held it needs 7.7 MiB, and 4.0 MiB may be taken"), "{tight}");
    let said = run(
        &cloud(3000, 9, 0, "wide"),
        cloud(3000, 9, 1, "wide"),
        &Options::default(),
        &[],
        None,
        &ctx().with_memory(Some(90 << 20)),
    );
    let said = said.err().unwrap().to_string();
    assert!(said.contains("Raise --memory to at least") && said.contains("--method low-rank"), "{said}");
}

#[test]
fn a_forbidden_pair_is_not_used() {
    let (source, target) = (cloud(6, 2, 0, "never-a"), cloud(6, 2, 0, "never-b"));
    // Only the next may be reached, and of no source its own.
    let allowed = |i: usize, j: usize| j == (i + 1) % 6 || j == (i + 2) % 6;
    let values = (0..36).map(|k| if allowed(k / 6, k % 6) { 1.0 + (k % 6) as f64 } else { f64::INFINITY }).collect();
    let costs = RestrictedCosts::new(6, 6, values).unwrap();
    for options in [Options::default(), entropic(Strength::Relative(0.1))] {
        let found = run_with(&source, target.clone(), costs.clone(), &options, &[], None, &ctx()).unwrap();
        let plan = dense(&found, 6, 6);
        assert!((0..36).all(|k| allowed(k / 6, k % 6) || plan[k] == 0.0));
        // Every target is reached once, whatever the way.
        let record = &found.record;
        assert!((record.cost - 3.5).abs() < 1e-9 && record.target.marginal_error < 1e-9, "{record:?}");
        assert!((found.record.mean_cost - 3.5).abs() < 1e-12);
    }
    let partial = Options { method: Problem::Partial, mass: Some(0.5), ..Options::default() };
    let said = run_with(&source, target.clone(), costs, &partial, &[], None, &ctx()).err().unwrap().to_string();
    assert!(said.contains("24 costs are infinite"), "{said}");
    let column = (0..36).map(|k| if k % 6 == 0 { f64::INFINITY } else { 1.0 }).collect();
    let column = RestrictedCosts::new(6, 6, column).unwrap();
    let said = run_with(&source, target, column, &Options::default(), &[], None, &ctx()).err().unwrap().to_string();
    assert!(said.contains("No plan avoids the forbidden pairs") && said.contains("16.666667 % is left over"), "{said}");
}

#[test]
fn elastic_and_city_block_costs_need_no_matrix_where_the_plan_is_spread() {
    let (source, target) = (cloud(40, 2, 7, "apart-a"), cloud(50, 2, 7, "apart-b"));
    let entropic = entropic(Strength::Relative(0.1));
    for (cost, gamma) in [(Cost::Cityblock, None), (Cost::Elastic, Some(0.5))] {
        let of = |z: f64| if cost == Cost::Elastic { 0.5 * z * z + 0.5 * z.abs() } else { z.abs() };
        let pair = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(a, b)| of(a - b)).sum::<f64>();
        let values = source.points.rows().flat_map(|x| target.points.rows().map(move |y| (x, y)));
        let costs = CostMatrix::new(40, 50, values.map(|(x, y)| pair(x, y)).collect()).unwrap();
        for options in [Options::default(), entropic.clone()] {
            let given = run_with(&source, target.clone(), costs.clone(), &options, &[], None, &ctx()).unwrap();
            let named = matched(&source, &target, &Options { cost, gamma, ..options });
            assert!((named.record.cost - given.record.cost).abs() < 1e-8);
            assert!((named.record.mean_cost - given.record.mean_cost).abs() < 1e-12);
        }
    }
    // On a grid of 20 by 20 the exact plan is a flow along its edges: it costs what the matrix says.
    let grid = Points::new(2, (0..400).flat_map(|i| [(i % 20) as f64, (i / 20) as f64]).collect()).unwrap();
    let weights = |seed: u64| {
        let mut stream = Stream::new(seed, "grid-weights", 0);
        Some((0..400).map(|_| (4.0 * stream.uniform()).floor()).collect::<Vec<f64>>())
    };
    let side = |seed: u64| Cloud { weights: weights(seed), ..Cloud::of("grid", grid.clone(), None, None) };
    let (source, target) = (side(0), side(1));
    let found = matched(&source, &target, &Options { cost: Cost::Cityblock, ..Options::default() });
    let matrix = apart::Apart::Cityblock.matrix(&grid, &grid).unwrap();
    let given = run_with(&source, target, matrix, &Options::default(), &[], None, &ctx()).unwrap();
    assert!((found.record.cost - given.record.cost).abs() < 1e-12 && gap(&found).abs() < 1e-11);
    let refused = |options: Options| options.check().unwrap_err().to_string();
    assert!(refused(Options { gamma: Some(1.0), ..Options::default() }).contains("--gamma means nothing"));
    assert!(refused(Options { cost: Cost::Elastic, ..Options::default() }).contains("needs the weight"));
}

mod damaged {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn a_plan_or_picture_of_any_bytes_is_read_or_refused(
            file in 0_usize..2,
            cut in any::<prop::sample::Index>(),
            flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
            whole in any::<bool>(),
        ) {
            let dir = tempfile::tempdir().unwrap();
            let root = dir.path().join("out");
            let (source, target) = (cloud(6, 2, 0, "bytes-a"), cloud(5, 2, 0, "bytes-b"));
            run(&source, target, &entropic(Strength::Relative(0.2)), &[], Some(&root), &ctx()).unwrap();
            let path = root.join(["plan.npz", "picture.npz"][file]);
            let mut bytes = fs::read(&path).unwrap();
            if !whole {
                bytes.truncate(cut.index(bytes.len()));
            }
            if !bytes.is_empty() {
                for (place, value) in flips {
                    let at = place.index(bytes.len());
                    bytes[at] = value;
                }
            }
            fs::write(&path, bytes).unwrap();
            // Whatever comes back is sound.
            if let Ok(entries) = Entries::load(&root, (6, 5), Some(1 << 24)) {
                prop_assert!(entries.source.iter().all(|i| *i < 6) && entries.target.iter().all(|j| *j < 5));
                prop_assert!(entries.mass.len() == entries.source.len());
            }
            if let Ok(picture) = Picture::load(&root) {
                prop_assert!(picture.lines.from.len() == picture.lines.mass.len());
            }
        }
    }
}

#[test]
fn the_budget_chooses_a_plan_of_low_rank_and_says_so_or_names_every_way_out() {
    let (source, target) = (cloud(1500, 2, 0, "tight-a"), cloud(1500, 2, 0, "tight-b"));
    let solve = |options: &Options, memory: u64| {
        run(&source, target.clone(), options, &[], None, &ctx().with_memory(Some(memory)))
    };
    let asked = Options { method: Problem::Entropic, ..Options::default() };
    let found = solve(&asked, 25_000_000).unwrap();
    let record = &found.record;
    assert_eq!((record.options.method, record.plan.rank, record.plan.entries), (Problem::LowRank, Some(16), 0));
    let Some(Storage::Factors { rank: 16, bytes: 384_128, dense: 18_000_000, instead: Some(needed) }) = record.storage
    else {
        panic!("{:?}", record.storage)
    };
    let said = record.warnings.join(" ");
    assert!(said.contains("another problem was solved") && said.contains("16 meeting places"), "{said}");
    assert!(record.storage.unwrap().sentence().contains("in place of the entropic plan"));
    assert!(record.source.marginal_error < 1e-6 && record.target.marginal_error < 1e-6);
    // With what was said to be needed the entropic plan is there; with a byte less it is not.
    assert_eq!(solve(&asked, needed).unwrap().record.options.method, Problem::Entropic);
    assert_eq!(solve(&asked, needed - 1).unwrap().record.options.method, Problem::LowRank);
    // What it could not keep is refused, with figures that do.
    let spread = Options { epsilon: Some(Strength::Relative(0.1)), ..asked.clone() };
    let said = solve(&spread, 25_000_000).err().unwrap().to_string();
    assert!(said.contains("Raise --memory to at least") && said.contains("--method low-rank --rank 16"), "{said}");
    let said = solve(&spread, needed - 1).err().unwrap().to_string();
    let fewer = said.split("--top-k ").nth(1).and_then(|s| s.split(',').next()).and_then(|k| k.parse().ok()).unwrap();
    let kept = solve(&Options { top_k: Some(fewer), ..spread.clone() }, needed - 1).unwrap();
    assert_eq!((kept.record.options.method, kept.record.plan.top_k), (Problem::Entropic, fewer));
    // No plan of low rank for marginals that are relaxed.
    let relaxed = Options { method: Problem::Unbalanced, ..Options::default() };
    let said = solve(&relaxed, 25_000_000).err().unwrap().to_string();
    assert!(!said.contains("low-rank"), "{said}");
}

#[test]
fn extremes_are_refused_for_what_they_are() {
    let weighed = |weights: [f64; 2], name: &str| Cloud { weights: Some(weights.to_vec()), ..cloud(2, 2, 0, name) };
    let said = |source: Cloud, target: Cloud, method: Problem| {
        let mass = (method == Problem::Partial).then_some(0.5);
        let options = Options { method, mass, ..Options::default() };
        run(&source, target, &options, &[], None, &ctx()).err().unwrap().to_string()
    };
    let heavy = said(weighed([1e308, 1e308], "heavy"), cloud(2, 2, 1, "b"), Problem::Exact);
    assert!(heavy.starts_with("heavy: The weights sum to inf"), "{heavy}");
    for method in [Problem::Unbalanced, Problem::Partial] {
        let light = said(weighed([5e-324, 5e-324], "light"), weighed([1.0, 1.0], "b"), method);
        assert!(light.contains("light sum to 1e-323 and those of b to 2e0"), "{light}");
        let apart = said(weighed([1e-300, 1e-300], "few"), weighed([1e300, 1e300], "many"), method);
        assert!(apart.contains("few sum to 2e-300 and those of many to 2e300"), "{apart}");
    }
    let scaled = |factor: f64| {
        let values = cloud(6, 2, 0, "scaled").points.values().iter().map(|v| factor * v).collect();
        Cloud::of("scaled", Points::new(2, values).unwrap(), None, None)
    };
    for factor in [1e80, 1e-320] {
        let relations = said(scaled(factor), scaled(factor), Problem::Gromov);
        assert!(relations.contains("The largest relation within the clouds"), "{relations}");
        assert!(relations.contains("from about 1e-75 to 1e75"), "{relations}");
    }
}
