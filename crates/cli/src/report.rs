//! `thalweg report`: the page again, or its figures as files.

use crate::{args, console};
use std::process::ExitCode;
use thalweg_core::{Context, Result};
use thalweg_report::Format;

/// Writes the page of a run, or exports its figures.
pub fn report(args: args::Report) -> Result<ExitCode> {
    let ctx = Context::new(0, 0)?;
    let Some(format) = args.export else {
        let page = thalweg_report::write_page(&args.run, &ctx)?;
        return console::print(&format!("{}\n", page.display()));
    };
    let folder = args.output.unwrap_or_else(|| args.run.join("figures"));
    let format = match format {
        args::Picture::Svg => Format::Svg,
        args::Picture::Png => Format::Png,
    };
    let written = thalweg_report::write_figures(&args.run, &folder, format, &ctx)?;
    let list: String = written.iter().map(|p| format!("{}\n", p.display())).collect();
    console::print(&list)
}
