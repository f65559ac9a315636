//! `thalweg systems`: what is known of the known laws.

use crate::{args, console};
use serde_json::{Value, json};
use std::borrow::Cow;
use std::fmt::Write;
use std::path::Path;
use std::process::ExitCode;
use thalweg_core::{Error, Result};
use thalweg_systems::{Kind, Record, System, catalogue, find};

/// Lists the systems, or shows one.
pub fn systems(args: args::Systems) -> Result<ExitCode> {
    let records = records(args.file.as_deref())?;
    if let Some(name) = args.name {
        let record = find(&records, &name)?;
        // Equations that cannot be read are refused here and not only when they are followed.
        System::new(record)?;
        return if args.json { console::print_json(&described(record)) } else { console::print(&page(record)) };
    }
    let has = |record: &Record, tag: &String| record.kind.name() == tag || record.has_tag(tag);
    let chosen: Vec<&Record> = records.iter().filter(|r| args.tag.iter().all(|tag| has(r, tag))).collect();
    if chosen.is_empty() {
        return Err(none_with(&args.tag, &records));
    }
    if args.json {
        return console::print_json(&chosen.into_iter().map(described).collect::<Vec<_>>());
    }
    let mut out = String::new();
    for r in chosen {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{:<5}  {:<25} {:>2}  {}", r.kind.name(), r.name, r.states.len(), r.tags.join(" "));
    }
    console::print(&out)
}

/// The records of a file, or the catalogue.
pub fn records(file: Option<&Path>) -> Result<Cow<'static, [Record]>> {
    let Some(path) = file else { return catalogue().map(Cow::Borrowed) };
    let text = std::fs::read_to_string(path)
        .map_err(|e| Error::system(format_args!("read the systems in {}", path.display()), e))?;
    thalweg_systems::read(&text).map(Cow::Owned).map_err(|e| e.within(path.display()))
}

fn none_with(tags: &[String], records: &[Record]) -> Error {
    let kinds = [Kind::Flow, Kind::Map, Kind::Delay].map(Kind::name);
    let mut known: Vec<&str> = records.iter().flat_map(|r| &r.tags).map(String::as_str).chain(kinds).collect();
    known.sort_unstable();
    known.dedup();
    Error::input(format!("No system has the tags {}.", tags.join(", ")))
        .advise(format!("The tags are {}.", known.join(", ")))
}

fn described(record: &Record) -> Value {
    let spectrum = record.spectrum.as_ref();
    json!({
        "name": record.name,
        "aliases": record.aliases,
        "kind": record.kind.name(),
        "states": record.states,
        "parameters": record.parameters.iter().map(|(k, v)| (k.clone(), json!(v))).collect::<serde_json::Map<_, _>>(),
        "equations": record.equations,
        "start": record.start,
        "period": record.period,
        "step": record.step,
        "lyapunov": spectrum.map(|s| &s.exponents),
        "lyapunov_error": spectrum.and_then(|s| s.error),
        "kaplan_yorke": record.kaplan_yorke,
        "tags": record.tags,
        "reference": record.reference,
        "note": record.note,
    })
}

fn page(record: &Record) -> String {
    let mut out = format!("{} ({}; {})\n", record.name, record.kind.name(), record.tags.join(", "));
    let mut rates = record.states.iter();
    for statement in record.equations.split(';').map(str::trim).filter(|s| !s.is_empty()) {
        let left = match (statement.starts_with("let "), record.kind) {
            (true, _) => String::new(),
            (false, Kind::Map) => format!("{} <- ", rates.next().map_or("", String::as_str)),
            (false, _) => format!("{}' = ", rates.next().map_or("", String::as_str)),
        };
        let _ = writeln!(out, "  {left}{statement}");
    }
    let list = |values: &[f64]| values.iter().map(f64::to_string).collect::<Vec<_>>().join(", ");
    let mut line = |name: &str, text: String| {
        if !text.is_empty() {
            let _ = writeln!(out, "{name:<20} {text}");
        }
    };
    line("parameters", record.parameters.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join(" "));
    line("start", list(&record.start));
    line("period", record.period.map_or(String::new(), |v| v.to_string()));
    if let Some(spectrum) = &record.spectrum {
        let error = spectrum.error.map_or(String::new(), |e| format!(" (the first +- {e})"));
        line("Lyapunov exponents", format!("{}{error}", list(&spectrum.exponents)));
    }
    line("Kaplan-Yorke", record.kaplan_yorke.map_or(String::new(), |v| v.to_string()));
    line("other names", record.aliases.join(", "));
    line("published", record.reference.clone());
    line("note", record.note.clone());
    out
}
