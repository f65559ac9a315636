//! `thalweg simulate surface-flux`: magnetic flux on the whole Sun, from a map or a test, into NetCDF.

use crate::{args, console};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use thalweg_core::{Error, Result};
use thalweg_field::sphere::Sphere;
use thalweg_field::surface_flux::{
    Config, Evolution, Forcing, Maps, Observation, read_maps, read_observation, simulate as carry, write_evolution,
};

/// Whether the arguments ask for maps of surface flux; without any of its flags, and with a table or a page for output, it is
/// a law like others.
pub fn is_meant(args: &args::Simulate) -> bool {
    let flux = &args.flux;
    let flagged = flux.map.is_some() || flux.days.is_some() || flux.every.is_some();
    let asked = flagged || !flux.observe.is_empty() || !flux.vary.is_empty() || is_netcdf(&args.output);
    asked && args.name.eq_ignore_ascii_case("surface-flux")
}

fn is_netcdf(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("nc"))
}

/// Carries flux and writes maps and history.
pub fn simulate(args: &args::Simulate) -> Result<ExitCode> {
    check_output(&args.output)?;
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
    let start = start.map(|Maps { sphere, maps }| (sphere, maps));
    let run = carry(&ctx, &config, &Forcing { start, observations, frames: Vec::new() })?;
    let listed =
        serde_json::to_string(&config).map_err(|e| Error::failed(format!("The settings cannot be listed: {e}.")))?;
    write_evolution(&args.output, &run, &listed)?;
    told(&run, args)
}

/// Refuses what could not be written before any work.
fn check_output(path: &Path) -> Result<()> {
    if !is_netcdf(path) {
        return Err(Error::input(format!("The output {} has no extension .nc.", path.display()))
            .advise("Maps of surface flux are written as NetCDF; end the name in .nc."));
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
        config = config.set(name, parsed(value))?;
    }
    for varied in &args.flux.vary {
        let (name, values) = pair(varied, "--vary diffusivity=200,300")?;
        config.vary.insert(name.to_owned(), values.split(',').map(parsed).collect());
    }
    if let Some(days) = args.flux.days {
        config.hours = 24.0 * days;
    }
    config.every = args.flux.every.map(|days| 24.0 * days).or(config.every);
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
