//! `thalweg simulate`: the trajectory of a known law, as a table with a `time` column.

use crate::{args, console, systems};
use std::process::ExitCode;
use thalweg_core::{Error, Points, Result, Trajectory};
use thalweg_io::{OutColumn, OutTable};
use thalweg_systems::{Noise, Sampling, Spacing, System, find, observe};

/// Follows a system and writes what was seen of it; an orbit that ends early is written as far as it came.
pub fn simulate(args: args::Simulate) -> Result<ExitCode> {
    thalweg_io::check_output(&args.output)?;
    let system = chosen(&args)?;
    let ctx = console::context(args.seed, &args.resources)?;
    let starts = match args.ensemble {
        1 => system.start(),
        n => system.scattered(n, args.spread, args.seed)?,
    };
    let spacing = args.dt.map_or(Spacing::PerPeriod(args.points_per_period), Spacing::Time);
    let sampling = Sampling { points: args.n, spacing, discard: args.discard, tolerance: args.tolerance };
    let mut path = system.trajectory(Some(&starts), &sampling, &ctx)?;
    if args.noise != 0.0 {
        path = observe(&path, Noise::Relative(args.noise), args.seed)?;
    }
    thalweg_io::write(&args.output, &table(&path, &system)?)?;
    let (points, whole) = (path.states.len(), path.report.converged());
    let name = &system.record().name;
    if !whole {
        console::note(&format!(
            "warning: The motion of {name} left the finite range, or ran out of steps; {points} of {} points were kept.",
            args.n
        ));
    }
    if args.resources.json {
        console::print_json(&serde_json::json!({
            "system": name, "points": points, "trajectories": starts.len(), "output": args.output, "whole": whole,
        }))?;
    } else {
        console::print(&format!("{points} points of {name}: {}\n", args.output.display()))?;
    }
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The system that was named, with the values and the initial state that were set.
fn chosen(args: &args::Simulate) -> Result<System> {
    let records = systems::records(args.file.as_deref())?;
    let mut system = System::new(find(&records, &args.name)?)?;
    if !args.start.is_empty() {
        system = system.starting_at(&args.start)?;
    }
    args.set.iter().try_fold(system, |system, setting| {
        let value = setting.split_once('=').and_then(|(name, value)| Some((name.trim(), value.trim().parse().ok()?)));
        let (name, value) = value.ok_or_else(|| {
            Error::input(format!("The setting \"{setting}\" does not give a parameter a number."))
                .advise("Write for example --set rho=28.")
        })?;
        system.with(name, value)
    })
}

/// A row a time and trajectory: `time`, `trajectory` where there are several, the states.
fn table(path: &Trajectory, system: &System) -> Result<OutTable> {
    let count = path.states.first().map_or(0, Points::len);
    let times: Vec<f64> = path.times.iter().flat_map(|t| std::iter::repeat_n(*t, count)).collect();
    let mut table = OutTable::new().numbers("time", times)?;
    if count > 1 {
        let numbers = (0..path.times.len()).flat_map(|_| (0..count).map(|k| Some(k as i64))).collect();
        table = table.column("trajectory", OutColumn::Integers(numbers))?;
    }
    let values: Vec<f64> = path.states.iter().flat_map(|s| s.values().iter().copied()).collect();
    table.points("X", Points::new(system.dim(), values)?, &system.record().states)
}
