//! `thalweg match`: which mass of one cloud goes where in another.

use crate::{args, console};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;
use thalweg_core::{Error, Result};
use thalweg_io::Selection;
use thalweg_run::matching::{Cloud, Cost, MatchRecord, Options, Problem, Rows, Strength, along_files, run, run_with};

/// Matches two tables.
pub fn matched(args: args::Match) -> Result<ExitCode> {
    let start = Instant::now();
    let options = options(&args);
    options.check()?;
    let ctx = console::context(args.seed, &args.resources)?;
    let (source, target) = clouds(&args, ctx.memory())?;
    for cloud in [&source, &target] {
        cloud.warnings.iter().for_each(|w| console::note(&format!("warning: {}: {w}", cloud.name)));
    }
    let command: Vec<String> = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    let output = Some(args.output.as_path());
    let matched = match (&args.graph, &args.node, options.cost) {
        (Some(graph), Some(node), Cost::Graph) => {
            let costs = along_files(graph, node, [&args.source, &args.target], &ctx)?;
            run_with(&source, target, costs, &options, &command, output, &ctx)?
        }
        (Some(_), _, cost) if cost != Cost::Graph => {
            return Err(Error::input(format!("--graph means nothing to the cost {}.", cost.name()))
                .advise("Leave it out, or choose --cost graph."));
        }
        _ => run(&source, target, &options, &command, output, &ctx)?,
    };
    let page = thalweg_report::write_page(&args.output, &ctx)?;
    let seconds = start.elapsed().as_secs_f64();
    if args.resources.json {
        let mut value = serde_json::to_value(&matched.record)
            .map_err(|e| Error::failed(format!("The result could not be written as JSON: {e}.")))?;
        value["output"] = args.output.display().to_string().into();
        value["page"] = page.display().to_string().into();
        value["wall_seconds"] = seconds.into();
        console::print_json(&value)?;
    } else {
        console::print(&summary(&matched.record, (&args.output, &page), seconds))?;
    }
    if matched.record.report.converged() {
        return Ok(ExitCode::SUCCESS);
    }
    let why = matched.record.report.advice.clone().unwrap_or_default();
    console::complain(&Error::failed(format!("Not converged ({}): {why}", matched.record.ended())));
    Ok(ExitCode::FAILURE)
}

fn clouds(args: &args::Match, memory: Option<u64>) -> Result<(Cloud, Cloud)> {
    let features = match &args.features {
        Some(text) => text.parse()?,
        None => Selection::default(),
    };
    let others = match &args.target_features {
        Some(text) => text.parse()?,
        None => features.clone(),
    };
    let read = |path: &PathBuf, chosen: &Selection| Cloud::read(path, chosen, args.weights.as_deref(), memory);
    Ok((read(&args.source, &features)?.with_rest(&args.source, memory)?, read(&args.target, &others)?))
}

fn options(args: &args::Match) -> Options {
    let strength = |relative: Option<f64>, absolute: Option<f64>| {
        relative.map(Strength::Relative).or(absolute.map(Strength::Absolute))
    };
    Options {
        cost: match args.cost {
            args::Cost::Sqeuclidean => Cost::SqEuclidean,
            args::Cost::Euclidean => Cost::Euclidean,
            args::Cost::Cosine => Cost::Cosine,
            args::Cost::Cityblock => Cost::Cityblock,
            args::Cost::Elastic => Cost::Elastic,
            args::Cost::Graph => Cost::Graph,
        },
        gamma: args.gamma,
        method: match args.method {
            args::Problem::Exact => Problem::Exact,
            args::Problem::Entropic => Problem::Entropic,
            args::Problem::Unbalanced => Problem::Unbalanced,
            args::Problem::Partial => Problem::Partial,
            args::Problem::Gromov => Problem::Gromov,
            args::Problem::SemiDiscrete => Problem::SemiDiscrete,
            args::Problem::LowRank => Problem::LowRank,
        },
        epsilon: strength(args.epsilon, args.epsilon_absolute),
        rho: strength(args.rho, args.rho_absolute),
        alpha: args.alpha,
        rows: match args.rows {
            args::Rows::Draws => Rows::Draws,
            args::Rows::Pixels => Rows::Pixels,
        },
        rank: args.rank,
        mass: args.mass,
        top_k: args.top_k,
        tolerance: args.tolerance,
        max_iterations: args.max_iterations,
        seed: args.seed,
    }
}

fn summary(record: &MatchRecord, (output, page): (&Path, &Path), seconds: f64) -> String {
    let (a, b, plan) = (&record.source, &record.target, &record.plan);
    let there = record.target_features.as_ref().map_or(String::new(), |names| format!(" and {}", names.len()));
    let mut out = format!(
        "{} transport, {}, {} points to {} in {}{there} dimensions\n\n",
        record.options.method.name(),
        record.options.cost.words(),
        a.points,
        b.points,
        record.features.len()
    );
    let mut line = |name: &str, text: String| out.push_str(&format!("{name:<10} {text}\n"));
    let root = match record.options.cost {
        Cost::SqEuclidean if plan.mass > 0.0 && record.options.method != Problem::Gromov => {
            format!(", {:.6} as a root mean square distance", (record.cost / plan.mass).max(0.0).sqrt())
        }
        _ => String::new(),
    };
    line(
        "cost",
        format!("{:.9e}{root}; {:.3} of the mean cost", record.cost, record.cost / plan.mass / record.mean_cost),
    );
    if let Some(epsilon) = record.epsilon {
        line("epsilon", format!("{epsilon:.6e}"));
    }
    if let Some(rho) = record.rho {
        line("rho", format!("{rho:.6e}"));
    }
    let bound = match (record.dual, record.gap) {
        (Some(dual), Some(gap)) => format!(", dual {dual:.9e}, gap {gap:.1e}"),
        _ => ", a local optimum".to_owned(),
    };
    line("objective", format!("{:.9e}{bound}", record.primal));
    line("marginals", format!("{:.1e} and {:.1e} off (relative L1)", a.marginal_error, b.marginal_error));
    let left = if let (Some(rank), 0) = (plan.rank, plan.top_k) {
        format!(" beside the whole plan in its factors of rank {rank}; --top-k K writes K of each row")
    } else if plan.left_out > 0.0 {
        format!("; the {} largest of each row, {:.3e} of the mass left out", plan.top_k, plan.left_out)
    } else {
        ", no mass left out".to_owned()
    };
    line("plan", format!("{} entries of mass {:.6}{left}", plan.entries, plan.mass));
    if let Some(storage) = record.storage {
        line("memory", storage.sentence());
    }
    line("ended", format!("{} after {} iterations", record.ended(), record.report.iterations));
    out.push_str(&format!("\n{seconds:.1} s. Match: {}  Open: {}\n", output.display(), page.display()));
    out
}
