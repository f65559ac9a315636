//! Matches with known answers: shifts, sorting, brute force over permutations, closed forms of one and two points.

use super::*;
use std::fs;
use thalweg_core::Stream;
use thalweg_io::{Request, Selection, read_npz};

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
    Options { method: Problem::Entropic, epsilon: Some(epsilon), tolerance: 1e-10, ..Options::default() }
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
        assert!((record.cost - squared).abs() < 1e-12 && record.gap.abs() < 1e-12, "{record:?}");
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
                Cost::Cosine => 1.0 - x.iter().zip(y).map(|(a, b)| a * b).sum::<f64>() / norm(x) / norm(y),
            }
        };
        for cost in [Cost::SqEuclidean, Cost::Euclidean, Cost::Cosine, Cost::Cityblock] {
            let found = matched(&source, &target, &Options { cost, ..Options::default() });
            let total = |p: &Vec<usize>| p.iter().enumerate().map(|(i, &j)| pair(cost, i, j)).sum::<f64>() / 6.0;
            let best = permutations(6).iter().map(total).fold(f64::INFINITY, f64::min);
            assert!((found.record.cost - best).abs() < 1e-12, "{cost:?}: {} and {best}", found.record.cost);
            assert!((found.record.dual - best).abs() < 1e-12);
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
        assert!(found.record.gap.abs() < 1e-9);
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
    assert!(found.record.gap.abs() < 1e-8, "{}", found.record.gap);
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
    assert!((found.record.cost - truth).abs() < 1e-12 && found.record.gap.abs() < 1e-10, "{:?}", found.record);
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
            assert!(found.record.gap.abs() < 1e-8 * found.record.primal.abs().max(1.0), "{}", found.record.gap);
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
        max_iterations: 5,
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
    let ((one, first), (_, second)) = (keep(1), keep(2));
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
    assert_eq!(record, one.record);
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
