//! `thalweg simulate surface-flux`: magnetic flux on the whole Sun, from a map or a test, into NetCDF.

use crate::{args, console};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use thalweg_core::{Context, Error, Result};
use thalweg_field::sphere::Sphere;
use thalweg_field::surface_flux::{
    Config, Evolution, Forcing, Maps, Observation, read_flow, read_maps, read_observation, simulate as carry,
    write_evolution,
};
use thalweg_run::registry;
use thalweg_run::simulation::laws::of_maps;
use thalweg_run::simulation::{Picture, SimulationRecord, keep};

/// Maps in a folder with a page.
const MAPS: &str = "maps.nc";

/// Whether the arguments ask for maps of surface flux; without any of its flags, and with a table or a page for output, it is
/// a law like others.
pub fn is_meant(args: &args::Simulate) -> bool {
    let flux = &args.flux;
    let flagged = flux.map.is_some() || flux.days.is_some() || flux.every.is_some() || flux.flow.is_some();
    let asked = flagged || !flux.observe.is_empty() || !flux.vary.is_empty() || is_netcdf(&args.output);
    asked && args.name.eq_ignore_ascii_case("surface-flux")
}

fn is_netcdf(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("nc"))
}

/// Carries flux and writes maps and history.
pub fn simulate(args: &args::Simulate) -> Result<ExitCode> {
    check_output(args)?;
    let config = settings(args)?;
    let ctx = console::context(args.seed, &args.resources)?;
    let memory = args.resources.memory;
    let start = args.flux.map.as_deref().map(|path| read_maps(path, memory)).transpose()?;
    let sphere = match &start {
        Some(maps) => maps.sphere.clone(),
        None => Sphere::uniform(config.rows, config.columns)?,
    };
    let mut observations: Vec<Observation> =
        args.flux.observe.iter().map(|o| observation(o, &sphere, memory)).collect::<Result<_>>()?;
    observations.sort_by(|a, b| a.hours.total_cmp(&b.hours));
    let frames =
        args.flux.flow.as_deref().map(|path| read_flow(path, &sphere, memory)).transpose()?.unwrap_or_default();
    let start = start.map(|Maps { sphere, maps }| (sphere, maps));
    let run = carry(&ctx, &config, &Forcing { start, observations, frames })?;
    let listed =
        serde_json::to_string(&config).map_err(|e| Error::failed(format!("The settings cannot be listed: {e}.")))?;
    let pages = pages(&run, args, &config)?;
    write_evolution(&if is_folder(args) { args.output.join(MAPS) } else { args.output.clone() }, &run, &listed)?;
    pages.iter().for_each(|page| console::note(&format!("page: {}", page.display())));
    if run.report.converged() {
        return told(&run, args);
    }
    console::note("warning: surface-flux was interrupted; what was done until then is kept.");
    told(&run, args)?;
    Ok(ExitCode::from(Error::interrupted().exit_code()))
}

fn is_folder(args: &args::Simulate) -> bool {
    args.output.extension().is_none()
}

/// The page of the first realisation where one is asked for, and its folder where the output is one.
fn pages(run: &Evolution, args: &args::Simulate, config: &Config) -> Result<Option<PathBuf>> {
    if !is_folder(args) && args.report.is_none() {
        return Ok(None);
    }
    let outcome = of_maps(run);
    let (table, picture) = (outcome.table()?, Picture::of_law(&outcome));
    let method = registry::method("S058")?;
    let object = |config: &Config| serde_json::to_value(config).ok().and_then(|v| v.as_object().cloned());
    let (settings, usual) = (object(config).unwrap_or_default(), object(&Config::default()).unwrap_or_default());
    let mut record = SimulationRecord {
        command: std::env::args().collect(),
        kind: "law".into(),
        summary: method.summary.into(),
        settings: settings
            .into_iter()
            .filter(|(name, value)| usual.get(name) != Some(value))
            .map(|(name, value)| (name, value.to_string()))
            .collect(),
        rows: table.rows(),
        facts: outcome.facts.iter().filter(|(_, value)| value.is_finite()).cloned().collect(),
        citation: Some(method.citation.bibtex.into()),
        trajectories: run.realizations.len(),
        ..SimulationRecord::new("surface-flux", args.seed, &run.report)
    };
    let Some(path) = &args.report else {
        keep(&args.output, &mut record, &picture, &table, outcome.figures()?.as_ref())?;
        return Ok(Some(thalweg_report::write_page(&args.output, &Context::new(0, 1)?)?));
    };
    thalweg_report::write_simulation_page(path, &record, &picture)?;
    Ok(Some(path.clone()))
}

/// Refuses what could not be written before any work.
fn check_output(args: &args::Simulate) -> Result<()> {
    let path: &Path = &args.output;
    if is_folder(args) && args.report.is_none() {
        return Ok(());
    }
    if !is_netcdf(path) {
        return Err(Error::input(format!("The output {} has no extension .nc.", path.display()))
            .advise("Maps of surface flux are written as NetCDF; end the name in .nc, or give a folder."));
    }
    if let Some(page) = args.report.as_deref().filter(|page| page.extension().is_none_or(|e| e != "html")) {
        return Err(Error::input(format!("The page {} has no extension .html.", page.display())));
    }
    match path.parent().filter(|p| !p.as_os_str().is_empty()) {
        Some(folder) if !folder.is_dir() => {
            Err(Error::input(format!("The folder {} of the output does not exist.", folder.display()))
                .advise("Create it first."))
        }
        _ => Ok(()),
    }
}

/// The settings that the flags give.
fn settings(args: &args::Simulate) -> Result<Config> {
    let mut config = Config::default();
    for setting in &args.set {
        let (name, value) = pair(setting, "--set diffusivity=500")?;
        // What it is called where surface flux is a law with a page.
        config = match (name, value.parse::<f64>()) {
            ("days", Ok(days)) => config.set("hours", json!(24.0 * days))?,
            _ => config.set(name, parsed(value))?,
        };
    }
    for varied in &args.flux.vary {
        let (name, values) = pair(varied, "--vary diffusivity=200,300")?;
        config.vary.insert(name.to_owned(), values.split(',').map(parsed).collect());
    }
    if let Some(days) = args.flux.days {
        config.hours = 24.0 * days;
    }
    config.every = args.flux.every.map(|days| 24.0 * days).or(config.every);
    match (args.n, args.flux.every) {
        (Some(_), Some(_)) => {
            return Err(Error::input("Both -n and --every were given, which say the same of the maps that are kept.")
                .advise("Leave one out."));
        }
        (Some(n), None) if n < 2 => {
            return Err(Error::input(format!("{n} maps were asked for, but at least 2 are kept: both ends.")));
        }
        (Some(n), None) => config.every = Some(config.hours / (n - 1) as f64),
        (None, _) => {}
    }
    config.check()?;
    Ok(config)
}

fn pair<'a>(text: &'a str, example: &str) -> Result<(&'a str, &'a str)> {
    text.split_once('=').map(|(name, value)| (name.trim(), value.trim())).ok_or_else(|| {
        Error::input(format!("\"{text}\" does not give a setting a value."))
            .advise(format!("Write for example {example}."))
    })
}

/// A value as JSON, or as the word it is.
fn parsed(text: &str) -> Value {
    serde_json::from_str(text.trim()).unwrap_or_else(|_| Value::String(text.trim().to_owned()))
}

fn observation(text: &str, sphere: &Sphere, memory: Option<u64>) -> Result<Observation> {
    let parts = text.rsplit_once('@').and_then(|(path, hours)| Some((PathBuf::from(path), hours.parse::<f64>().ok()?)));
    let (path, hours) = parts.filter(|p| p.1.is_finite()).ok_or_else(|| {
        Error::input(format!("\"{text}\" does not name a file and hours."))
            .advise("Write for example --observe map.nc@24.")
    })?;
    read_observation(&path, hours, sphere, memory)
}

fn told(run: &Evolution, args: &args::Simulate) -> Result<ExitCode> {
    let last = |r: &thalweg_field::surface_flux::Realization| r.history[r.history.len() - 1];
    if args.resources.json {
        let realizations: Vec<Value> =
            run.realizations.iter().map(|r| json!({ "steps": r.steps, "last": last(r) })).collect();
        return console::print_json(&json!({
            "rows": run.sphere.rows(), "columns": run.sphere.columns(), "hours": run.times, "output": args.output,
            "realizations": realizations,
        }));
    }
    let mut text = format!(
        "{} maps of {} x {} cells in {} realisations: {}\n",
        run.times.len(),
        run.sphere.rows(),
        run.sphere.columns(),
        run.realizations.len(),
        args.output.display()
    );
    for (i, r) in run.realizations.iter().enumerate() {
        let d = last(r);
        text += &format!(
            "  {i}: {} steps, flux {:.4e} and {:.4e} Mx, axial dipole {:.4} G, equatorial {:.4} G\n",
            r.steps, d.positive_flux, d.negative_flux, d.axial_dipole, d.equatorial_dipole
        );
    }
    console::print(&text)
}
