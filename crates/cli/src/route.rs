//! `thalweg route`: demand on a network.

use crate::{args, console};
use std::path::Path;
use std::process::ExitCode;
use thalweg_core::{Error, Result};
use thalweg_run::routing::{Demand, Network, Options, RouteRecord, Rule, run};

/// Finds the flows, writes them, and says how far to believe them.
pub fn route(args: args::Route) -> Result<ExitCode> {
    check_outputs(&args)?;
    let ctx = console::context(0, &args.resources)?;
    let network = Network::read(&args.network, ctx.memory())?;
    let demand = Demand::read(&args.trips, &network, ctx.memory())?;
    let options = Options {
        method: match args.method {
            args::Rule::Equilibrium => Rule::Equilibrium,
            args::Rule::Optimum => Rule::Optimum,
            args::Rule::Shortest => Rule::Shortest,
            args::Rule::MinCongestion => Rule::MinCongestion,
            args::Rule::MinCost => Rule::MinCost,
        },
        tolerance: args.tolerance,
        max_iterations: args.max_iterations,
    };
    let routed = run(&network, &demand, &options, &ctx)?;
    thalweg_io::write(&args.output, &routed.edges(&network)?)?;
    if let Some(paths) = &args.paths {
        thalweg_io::write(paths, &routed.paths(&network)?)?;
    }
    let record = &routed.record;
    let said =
        if args.resources.json { console::print_json(record) } else { console::print(&summary(record, &args.output)) }?;
    if record.report.converged() {
        return Ok(said);
    }
    console::note(&format!(
        "warning: The gap is above the tolerance after {} iterations. {}",
        record.report.iterations,
        record.report.advice.as_deref().unwrap_or_default()
    ));
    Ok(ExitCode::FAILURE)
}

fn check_outputs(args: &args::Route) -> Result<()> {
    thalweg_io::check_output(&args.output)?;
    let Some(paths) = &args.paths else { return Ok(()) };
    thalweg_io::check_output(paths)?;
    if args.method == args::Rule::MinCost {
        return Err(Error::input("Goods that are alike have flows on edges, but no paths of their own.")
            .advise("Leave --paths out, or choose another --method."));
    }
    if paths == &args.output {
        return Err(Error::input("The flows and the paths cannot go into one file.").advise("Name two files."));
    }
    Ok(())
}

fn summary(record: &RouteRecord, output: &Path) -> String {
    let name = match record.method {
        Rule::Equilibrium => "User equilibrium",
        Rule::Optimum => "System optimum",
        Rule::Shortest => "Shortest paths of the empty network",
        Rule::MinCongestion => "Least congestion",
        Rule::MinCost => "Least cost",
    };
    let mut out = format!(
        "{name}: {} in {} trips over {} nodes and {} edges\n\n",
        record.demand, record.trips, record.nodes, record.edges
    );
    let mut line = |name: &str, text: String| out.push_str(&format!("{name:<11} {text}\n"));
    line("objective", format!("{:.12e}, at least {:.12e}, gap {:.1e}", record.objective, record.bound, record.gap));
    line("total time", format!("{:.12e}, {:.6} each", record.total_time, record.total_time / record.demand));
    if let Some(congestion) = record.congestion {
        line("congestion", format!("{congestion:.6}, the largest flow over capacity"));
    }
    for (what, value) in &record.report.residuals {
        line("residual", format!("{value:.1e} ({what})"));
    }
    line("ended", format!("after {} iterations", record.report.iterations));
    out.push_str(&format!("\n{:.3} s. Flows: {}\n", record.report.seconds, output.display()));
    out
}
