//! Where the results of `thalweg simulate` go, and what is said of them.

use super::Done;
use crate::{args, console};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use thalweg_core::{Context, Error, Result, Status};
use thalweg_run::simulation::{SimulationRecord, keep};
/// Whether the output is a folder: a path without an extension.
fn is_folder(output: &Path) -> bool {
    output.extension().is_none()
}

pub(super) fn check_outputs(args: &args::Simulate) -> Result<()> {
    if args.output == Path::new("-") {
        return Err(Error::input("The output is -, but tables and folders are not written to the terminal.")
            .advise("Name a file such as orbit.csv, or a folder."));
    } else if !is_folder(&args.output) {
        thalweg_io::check_output(&args.output)?;
    } else if args.output.is_file() {
        return Err(Error::input(format!(
            "{} is a file, but without an extension it is a folder.",
            args.output.display()
        ))
        .advise("Choose another -o."));
    } else if args.report.is_some() {
        return Err(Error::input("A page was asked for beside a folder, which has one of its own.")
            .advise("Leave --report out, or give -o an extension such as .parquet."));
    }
    match &args.report {
        Some(page) if page.extension().is_none_or(|e| e != "html") => {
            Err(Error::input(format!("The page {} has no extension .html.", page.display())))
        }
        _ => Ok(()),
    }
}

/// Whether anybody will look at a page.
pub(super) fn pictured(args: &args::Simulate) -> bool {
    is_folder(&args.output) || args.report.is_some()
}

/// Writes the table, or the folder, and the page; says what became of it.
pub(super) fn deliver(mut done: Done, args: &args::Simulate) -> Result<ExitCode> {
    let mut written: Vec<PathBuf> = vec![args.output.clone()];
    if is_folder(&args.output) {
        let picture = done.picture.take().unwrap_or_default();
        keep(&args.output, &mut done.record, &picture, &done.table, done.figures.as_ref())?;
        written.push(thalweg_report::write_page(&args.output, &Context::new(0, 1)?)?);
    } else {
        thalweg_io::write(&args.output, &done.table)?;
        if let (Some(path), Some(picture)) = (&args.report, done.picture.take()) {
            thalweg_report::write_simulation_page(path, &done.record, &picture)?;
            written.push(path.clone());
        }
    }
    say(&done.record, &written, args)
}

fn say(record: &SimulationRecord, written: &[PathBuf], args: &args::Simulate) -> Result<ExitCode> {
    let SimulationRecord { name, rows, report, .. } = record;
    if report.status == Status::Interrupted {
        console::note(&format!("warning: {name} was interrupted; what was done until then is kept."));
    } else if !report.converged() {
        console::note(&format!(
            "warning: The motion of {name} left the finite range, or ran out of steps; {rows} rows were kept. {}",
            report.advice.as_deref().unwrap_or_default()
        ));
    }
    if args.resources.json {
        let mut value = serde_json::json!(record);
        value["output"] = serde_json::json!(args.output);
        value["points"] = serde_json::json!(rows);
        value["whole"] = serde_json::json!(report.converged());
        console::print_json(&value)?;
    } else {
        let facts: String = record.facts.iter().map(|(fact, value)| format!("{fact:<28} {value:.6e}\n")).collect();
        let paths: Vec<String> = written.iter().map(|path| path.display().to_string()).collect();
        console::print(&format!("{facts}{rows} points of {name}: {}\n", paths.join(", ")))?;
    }
    Ok(match report.status {
        Status::Converged => ExitCode::SUCCESS,
        Status::Interrupted => ExitCode::from(Error::interrupted().exit_code()),
        _ => ExitCode::FAILURE,
    })
}
