//! `thalweg push`: new points through a learned law.

use crate::{args, console};
use std::process::ExitCode;
use thalweg_core::{Error, Result};
use thalweg_io::{OutTable, Request, Selection};
use thalweg_nn::Model;

/// Moves the points of a table and writes them in the same order, with a `weight` where the law has growth.
pub fn push(args: args::Push) -> Result<ExitCode> {
    let ctx = console::context(args.seed, &args.resources)?;
    let model = Model::load(args.run.join("model.safetensors"))?;
    let features = match &args.features {
        Some(text) => text.parse()?,
        None => Selection::Columns(model.law().features.clone()),
    };
    let request = Request { features, ..Request::default() };
    let table = thalweg_io::read(&args.points, &request, ctx.memory())?;
    let (moved, weights) = thalweg_run::push(&model, &table.points, (args.from, args.to), &ctx)?;
    if let Some(i) = moved.values().iter().position(|v| !v.is_finite()) {
        return Err(Error::failed(format!("Row {} left the finite range on its way.", i / moved.dim())));
    }
    let rows = moved.len();
    let mut out = OutTable::new().points("points", moved, &table.features)?;
    if let Some(weights) = weights {
        out = out.numbers("weight", weights)?;
    }
    thalweg_io::write(&args.output, &out)?;
    if args.resources.json {
        console::print_json(&serde_json::json!({"rows": rows, "output": args.output, "from": args.from, "to": args.to}))
    } else {
        console::print(&format!("{rows} points moved from {} to {}: {}\n", args.from, args.to, args.output.display()))
    }
}
