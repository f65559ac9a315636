//! `thalweg push`: new points through a learned law.
//!
//! The table that comes out has the columns of the one that went in, row by row: the coordinates moved, the time column
//! of the run at the new time, `weight` grown where the law has growth, everything else as it was.

use crate::{args, console};
use std::path::Path;
use std::process::ExitCode;
use thalweg_core::{Context, Error, Points, Result};
use thalweg_io::{Format, OutColumn, OutTable, Request, Rest, Selection, Table};
use thalweg_nn::Model;
use thalweg_run::{Record, read_json};

/// The column that growth multiplies; it is added at 1 where the points have none.
const WEIGHT: &str = "weight";

/// Moves the points of a table and writes them in the same order, with a `weight` where the law has growth.
pub fn push(args: args::Push) -> Result<ExitCode> {
    check_output(&args)?;
    let ctx = console::context(args.seed, &args.resources)?;
    let record: Record = read_json(&args.run.join("run.json"))?;
    let model = Model::load(args.run.join("model.safetensors"))?;
    let table = points(&args, &record, &model, &ctx)?;
    let rest = match Format::of(&args.output)? {
        // It holds numbers without names.
        Format::Npy => Rest::default(),
        _ => thalweg_io::read_rest(&args.points, &table.features, table.points.len(), ctx.memory())?,
    };
    let before = weights_of(&rest)?;
    let (moved, growth) = thalweg_run::push(&model, &table.points, (args.from, args.to), &ctx)?;
    let rows = moved.len();
    let weights = growth.map(|growth| match before {
        Some(before) => before.iter().zip(&growth).map(|(w, g)| w * g).collect(),
        None => growth,
    });
    thalweg_io::write(&args.output, &beside(moved, &table.features, rest, weights, record.config.time, args.to)?)?;
    if args.resources.json {
        console::print_json(&serde_json::json!({"rows": rows, "output": args.output, "from": args.from, "to": args.to}))
    } else {
        console::print(&format!("{rows} points moved from {} to {}: {}\n", args.from, args.to, args.output.display()))
    }
}

/// Refuses an output before any work is done for it.
fn check_output(args: &args::Push) -> Result<()> {
    thalweg_io::check_output(&args.output)?;
    let same = |a: &Path, b: &Path| Some(a.canonicalize().ok()? == b.canonicalize().ok()?);
    if same(&args.output, &args.points) == Some(true) {
        return Err(Error::input(format!("The output {} is the file with the points.", args.output.display()))
            .advise("Name another file with -o, so that the points are kept."));
    }
    Ok(())
}

/// The points: as `--features` says, else by the names the run knows, else as the run found its own.
fn points(args: &args::Push, record: &Record, model: &Model, ctx: &Context) -> Result<Table> {
    let read = |features| thalweg_io::read(&args.points, &Request { features, ..Request::default() }, ctx.memory());
    if let Some(text) = &args.features {
        return read(text.parse()?);
    }
    let known = &model.law().features;
    let named = read(Selection::Columns(known.clone()));
    match Format::of(&args.points)? {
        // The columns of their matrices have no names of their own.
        // Its columns have no names at all, so that they are the run's by their order.
        Format::Npy if named.is_err() => {
            let table = read(Selection::All)?;
            Ok(if table.features.len() == known.len() { Table { features: known.clone(), ..table } } else { table })
        }
        Format::Npz | Format::H5ad if named.is_err() => {
            let chosen = record.config.features.as_deref().map(str::parse).transpose()?;
            chosen.map(read).and_then(Result::ok).map_or_else(|| read(Selection::All), Ok).or(named)
        }
        _ => named,
    }
}

/// The weights that the points come with.
fn weights_of(rest: &Rest) -> Result<Option<Vec<f64>>> {
    match rest.before.iter().chain(&rest.after).find(|(name, _)| name == WEIGHT) {
        None => Ok(None),
        Some((_, OutColumn::Numbers(weights))) => Ok(Some(weights.clone())),
        Some(_) => Err(Error::input(format!("The column `{WEIGHT}` of the points holds text, where numbers belong."))
            .advise("Rename it, or give the weight of each row as a number.")),
    }
}

/// The moved coordinates in the place of the old ones.
fn beside(
    moved: Points,
    features: &[String],
    rest: Rest,
    weights: Option<Vec<f64>>,
    time: Option<String>,
    to: f64,
) -> Result<OutTable> {
    let rows = moved.len();
    let add = |mut table: OutTable, columns: Vec<(String, OutColumn)>| {
        for (name, column) in columns {
            let column = match column {
                OutColumn::Numbers(_) if Some(&name) == time.as_ref() => OutColumn::Numbers(vec![to; rows]),
                _ if name == WEIGHT && weights.is_some() => continue,
                other => other,
            };
            table = table.column(name, column)?;
        }
        Ok::<_, Error>(table)
    };
    let table = add(OutTable::new(), rest.before)?.points("points", moved, features)?;
    let table = add(table, rest.after)?;
    match &weights {
        Some(weights) => table.numbers(WEIGHT, weights.clone()),
        None => Ok(table),
    }
}
