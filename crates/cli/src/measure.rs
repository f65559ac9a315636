//! `thalweg measure`: what a series does.

use crate::series::{Tracks, heading, tracks};
use crate::{args, console};
use serde_json::{Map, Value, json};
use std::fmt::Write;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use thalweg_core::{Error, Result};
use thalweg_io::{OutColumn, OutTable};
use thalweg_measure::{Figure, Found, QUANTITIES, Quantity, near, quantity};

/// Measures a table, or lists what can be measured.
pub fn measure(args: args::Measure) -> Result<ExitCode> {
    if args.list {
        return if args.resources.json { console::print_json(&described()) } else { console::print(&list()) };
    }
    let chosen: Vec<&Quantity> = args.what.iter().map(|word| quantity(word.trim())).collect::<Result<_>>()?;
    let settings = settings(&args.set, &chosen)?;
    if let Some(output) = args.output.as_deref().filter(|path| !is_json(path)) {
        thalweg_io::check_output(output)?;
    }
    let ctx = console::context(args.seed, &args.resources)?;
    let Tracks { time, tracks } = tracks(&args, ctx.memory())?;
    let mut all = Vec::new();
    for (quantity, settings) in chosen.iter().zip(settings) {
        let mut found = Found::default();
        for track in &tracks {
            let one = quantity.measure(&track.series, Value::Object(settings.clone()), &ctx);
            found = track.joined(found, one.map_err(|e| track.within(e))?);
        }
        all.push((quantity.name, found));
    }
    if let Some(output) = &args.output {
        write(output, &all)?;
    }
    if args.resources.json {
        return console::print_json(&found(&all, false));
    }
    let mut out = heading(&tracks, time.as_deref());
    for (_, found) in &all {
        found.figures.iter().for_each(|figure| line(&mut out, figure));
    }
    console::print(&out)
}

fn is_json(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("json"))
}

/// The settings of each measure: those under its name, and those that it shares.
fn settings(given: &[String], chosen: &[&Quantity]) -> Result<Vec<Map<String, Value>>> {
    let mut all = vec![Map::new(); chosen.len()];
    for setting in given {
        let (key, text) = setting.split_once('=').ok_or_else(|| {
            Error::input(format!("The setting \"{setting}\" has no value."))
                .advise("Write for example --set theiler=50.")
        })?;
        let value = serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
        let (name, key) = key.trim().split_once('.').map_or((None, key.trim()), |(name, key)| (Some(name), key));
        let takes = |q: &Quantity| name.is_none_or(|name| name.eq_ignore_ascii_case(q.name)) && q.has(key);
        let takers: Vec<usize> = (0..chosen.len()).filter(|&k| takes(chosen[k])).collect();
        if takers.is_empty() {
            return Err(Error::input(format!(
                "None of the measures that were asked for has the setting \"{setting}\"."
            ))
            .advise(near(key, &known(chosen))));
        }
        takers.into_iter().for_each(|k| {
            all[k].insert(key.to_owned(), value.clone());
        });
    }
    Ok(all)
}

/// The settings that the chosen measures have, each once.
fn known(chosen: &[&Quantity]) -> Vec<String> {
    let of = |q: &&Quantity| (q.defaults)().as_object().map_or(Vec::new(), |map| map.keys().cloned().collect());
    let mut names: Vec<String> = chosen.iter().flat_map(of).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn line(out: &mut String, figure: &Figure) {
    let error = figure.error.map_or(String::new(), |e| format!(" +- {e:.2}"));
    let size = figure.value.abs();
    let value = if size != 0.0 && !(1e-4..1e7).contains(&size) {
        format!("{:.4e}", figure.value)
    } else {
        format!("{:.5}", figure.value)
    };
    let error = if figure.error.is_some_and(|e| e < 0.01) {
        figure.error.map_or(String::new(), |e| format!(" +- {e:.1e}"))
    } else {
        error
    };
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{:<34} {value}{error} {}", figure.name, figure.unit);
}

fn found(all: &[(&str, Found)], curves: bool) -> Value {
    let one = |(name, found): &(&str, Found)| {
        let value = if curves { json!(found) } else { json!(found.figures) };
        ((*name).to_owned(), value)
    };
    Value::Object(all.iter().map(one).collect())
}

/// A row a figure, or everything as JSON.
fn write(output: &Path, all: &[(&str, Found)]) -> Result<()> {
    if is_json(output) {
        let text = serde_json::to_vec_pretty(&found(all, true))
            .map_err(|e| Error::failed(format!("The figures could not be written as JSON: {e}.")))?;
        return thalweg_io::write_atomically(output, |file| {
            file.write_all(&text).map_err(|e| Error::system(format_args!("write {}", output.display()), e))
        });
    }
    let rows: Vec<(&str, &Figure)> =
        all.iter().flat_map(|(name, found)| found.figures.iter().map(move |figure| (*name, figure))).collect();
    let texts =
        |one: &dyn Fn(&(&str, &Figure)) -> String| OutColumn::Texts(rows.iter().map(|r| Some(one(r))).collect());
    let table = OutTable::new()
        .column("measure", texts(&|r| r.0.to_owned()))?
        .column("figure", texts(&|r| r.1.name.clone()))?
        .numbers("value", rows.iter().map(|r| r.1.value).collect())?
        .numbers("error", rows.iter().map(|r| r.1.error.unwrap_or(f64::NAN)).collect())?
        .column("unit", texts(&|r| r.1.unit.clone()))?;
    thalweg_io::write(output, &table)
}

fn described() -> Value {
    let one = |q: &Quantity| {
        json!({
            "name": q.name, "what": q.what, "source": q.source, "claim": q.claim, "compares": q.compares,
            "settings": (q.defaults)(),
        })
    };
    QUANTITIES.iter().map(one).collect()
}

fn list() -> String {
    let mut out = String::new();
    for q in QUANTITIES {
        let needs = if q.compares { " (needs --against)" } else { "" };
        let settings = (q.defaults)().as_object().map_or(String::new(), |map| {
            map.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(" ")
        });
        let _ = writeln!(out, "{:<20} {}{needs}\n{:<20} {}; tested on {}", q.name, q.what, "", q.source, q.claim);
        if !settings.is_empty() {
            let _ = writeln!(out, "{:<20} {settings}", "");
        }
    }
    out
}
