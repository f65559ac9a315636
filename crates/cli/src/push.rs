//! `thalweg push`: new points through a learned law.
//!
//! The table that comes out has the columns of the one that went in, in their order and row by row: the coordinates
//! moved, the time column of the run at the new time, `weight` grown where the law has growth, everything else as it was.

use crate::{args, console};
use std::path::Path;
use std::process::ExitCode;
use thalweg_core::{Context, Error, Points, Result, decimals};
use thalweg_io::{Format, OutColumn, OutTable, Request, Rest, Selection, Table};
use thalweg_nn::Model;
use thalweg_run::{Beside, Record, read_json};

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
    if !rest.left_out.is_empty() {
        console::note(&format!(
            "warning: What holds dates, lists or anything else but one number, truth value or text a row is left out: {}.",
            rest.left_out.join(", ")
        ));
    }
    let before = weights_of(&rest)?;
    if let Some(sentence) = elsewhen(&rest, record.config.time.as_deref(), args.from) {
        console::note(&format!("warning: {sentence}"));
    }
    let (moved, growth) = thalweg_run::push(&model, &table.points, (args.from, args.to), args.epsilon, &ctx)?;
    if let Some(sentence) = thalweg_run::beyond(&model, &[args.from, args.to]) {
        console::note(&format!("warning: {sentence}"));
    }
    let rows = moved.len();
    let weights = growth.map(|growth| match before {
        Some(before) => before.iter().zip(&growth).map(|(w, g)| w * g).collect(),
        None => growth,
    });
    let pushed = Pushed { moved, features: &table.features, weights, time: record.config.time, to: args.to };
    // An NPZ file keeps its arrays; coordinates that were columns of a table become one array in it.
    let joined = Format::of(&args.output)? == Format::Npz && Format::of(&args.points)? != Format::Npz;
    thalweg_io::write(&args.output, &pushed.beside(rest, joined)?)?;
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
    let Some(column) = rest.column(WEIGHT) else { return Ok(None) };
    column.to_numbers().map(Some).ok_or_else(|| {
        Error::input(format!("The column `{WEIGHT}` of the points holds text, where numbers belong."))
            .advise("Rename it, or give the weight of each row as a number.")
    })
}

/// What to say of rows whose own time is not the one from which all rows are moved.
fn elsewhen(rest: &Rest, time: Option<&str>, from: f64) -> Option<String> {
    let (name, times) = time.and_then(|name| Some((name, rest.column(name)?.to_numbers()?)))?;
    let other = decimals(&times).iter().filter(|t| !t.is_nan() && **t != from).count();
    (other > 0).then(|| {
        format!(
            "{other} of {} rows have another {name} than {from}, and were moved from {from} like all others. Push a table of those at {from} alone.",
            times.len()
        )
    })
}

/// What the law says of the points.
struct Pushed<'a> {
    moved: Points,
    /// Names of the coordinates.
    features: &'a [String],
    weights: Option<Vec<f64>>,
    /// The time column of the run, and what it holds now.
    time: Option<String>,
    to: f64,
}

impl Pushed<'_> {
    /// The table with the coordinates in their own places, or `joined` in that of the first.
    fn beside(&self, rest: Rest, joined: bool) -> Result<OutTable> {
        let weighted = rest.column(WEIGHT).is_some();
        let beside = Beside { points: &self.moved, features: self.features, joined };
        let table = beside.table(rest, |name, column| self.changed(name, column))?;
        match &self.weights {
            Some(weights) if !weighted => table.numbers(WEIGHT, weights.clone()),
            _ => Ok(table),
        }
    }

    /// The column `name` after the move.
    fn changed(&self, name: &str, column: OutColumn) -> OutColumn {
        if let Some(weights) = self.weights.as_ref().filter(|_| name == WEIGHT) {
            return OutColumn::Numbers(weights.clone());
        }
        if self.time.as_deref() != Some(name) {
            return column;
        }
        let rows = self.moved.len();
        // Integers are exact up to here.
        let whole = self.to.fract() == 0.0 && self.to.abs() < 9e15;
        match column {
            OutColumn::Integers(_) if whole => OutColumn::Integers(vec![Some(self.to as i64); rows]),
            OutColumn::Texts(_) => OutColumn::Texts(vec![Some(self.to.to_string()); rows]),
            _ => OutColumn::Numbers(vec![self.to; rows]),
        }
    }
}
