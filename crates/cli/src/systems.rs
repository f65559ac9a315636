//! `thalweg systems`: what is known of the known laws.

use crate::{args, console};
use std::borrow::Cow;
use std::fmt::Write;
use std::path::Path;
use std::process::ExitCode;
use thalweg_core::{Error, Result};
use thalweg_run::registry;
use thalweg_run::simulation::laws::{LAWS, law, with_laws};
use thalweg_run::simulation::{Law, described, described_law};
use thalweg_systems::{Kind, Record, System, catalogue, find};

/// Lists the systems and laws, or shows one.
pub fn systems(args: args::Systems) -> Result<ExitCode> {
    let records = records(args.file.as_deref())?;
    let laws: &[&Law] = if args.file.is_none() { LAWS } else { &[] };
    if let Some(name) = args.name {
        if let Some(law) = law(&name).filter(|_| args.file.is_none()) {
            return if args.json { console::print_json(&described_law(law)) } else { console::print(&law_page(law)?) };
        }
        let found = find(&records, &name);
        let record = found.map_err(|e| if args.file.is_none() { with_laws(&name, e) } else { e })?;
        // Equations that cannot be read are refused here and not only when they are followed.
        System::new(record)?;
        return if args.json { console::print_json(&described(record)) } else { console::print(&page(record)) };
    }
    if args.file.is_some() {
        // Whoever lists a file of his own wants to know whether it can be followed.
        records.iter().try_for_each(|r| System::new(r).map(drop).map_err(|e| e.within(&r.name)))?;
    }
    let has = |record: &Record, tag: &String| record.kind.name() == tag || record.has_tag(tag);
    let word = args.search.as_deref().map(str::to_lowercase);
    let speaks =
        |texts: &[&str]| word.as_ref().is_none_or(|word| texts.iter().any(|t| t.to_lowercase().contains(word)));
    let of = |r: &&Record| {
        let aliases = r.aliases.join(" ");
        args.tag.iter().all(|tag| has(r, tag)) && speaks(&[&r.name, &aliases, &r.equations, &r.reference, &r.note])
    };
    let chosen: Vec<&Record> = records.iter().filter(of).collect();
    let laws: Vec<&Law> = laws
        .iter()
        .copied()
        .filter(|law| args.tag.iter().all(|tag| tag == "law") && speaks(&[law.name, law.summary]))
        .collect();
    if chosen.is_empty() && laws.is_empty() {
        return Err(match &args.search {
            Some(word) => Error::input(format!("No system of those chosen speaks of \"{word}\".")),
            None => none_with(&args.tag, &records),
        });
    }
    if args.json {
        let all = chosen.into_iter().map(described).chain(laws.into_iter().map(described_law));
        return console::print_json(&all.collect::<Vec<_>>());
    }
    let mut out = String::new();
    for r in chosen {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{:<5}  {:<25} {:>2}  {}", r.kind.name(), r.name, r.states.len(), r.tags.join(" "));
    }
    for law in laws {
        let _ = writeln!(out, "law    {:<25}     {}", law.name, law.summary);
    }
    console::print(&out)
}

fn law_page(law: &Law) -> Result<String> {
    let method = registry::method(law.method)?;
    Ok(format!(
        "{} (law; {} {}): {}\n\nSettings, --set name=value:\n{}",
        law.name,
        method.id,
        method.name,
        law.summary,
        law.described()
    ))
}

/// The records of a file, or the catalogue.
pub fn records(file: Option<&Path>) -> Result<Cow<'static, [Record]>> {
    let Some(path) = file else { return catalogue().map(Cow::Borrowed) };
    let text = std::fs::read_to_string(path)
        .map_err(|e| Error::system(format_args!("read the systems in {}", path.display()), e))?;
    let records = thalweg_systems::read(&text).map_err(|e| e.within(path.display()))?;
    if records.is_empty() {
        return Err(Error::input(format!("{} holds no systems.", path.display()))
            .advise("A system is a line such as: flow decay | x | k=0.5 | -k*x | 1 | 1"));
    }
    Ok(Cow::Owned(records))
}

fn none_with(tags: &[String], records: &[Record]) -> Error {
    let kinds = [Kind::Flow.name(), Kind::Map.name(), Kind::Delay.name(), "law"];
    let mut known: Vec<&str> = records.iter().flat_map(|r| &r.tags).map(String::as_str).chain(kinds).collect();
    known.sort_unstable();
    known.dedup();
    Error::input(format!("No system has the tags {}.", tags.join(", ")))
        .advise(format!("The tags are {}.", known.join(", ")))
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
