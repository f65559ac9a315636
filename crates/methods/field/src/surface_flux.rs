#![doc = include_str!("surface_flux.md")]

mod assimilation;
mod checks;
mod diagnostics;
mod emergence;
mod exact;
mod file;
mod flow;
mod flow_file;
mod picture;
mod run;

pub use assimilation::{Observation, Trust};
pub use diagnostics::{Diagnostics, balance};
pub use emergence::Spread;
pub use exact::{SOCCER_BALL_RATE, gaussians, hanna_heinold, soccer_ball};
pub use file::{Maps, read_maps, read_observation, write_evolution};
pub use flow::Frame;
pub use flow_file::{on_faces, read_flow};
pub use picture::{Picture, picture};
pub use run::{Evolution, Forcing, Realization, simulate};

use crate::sphere::{EULER, SSPRK33, SSPRK43, Stages, SuperTime};
use crate::{demand, to_value};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use thalweg_core::{Citation, Error, Family, Maturity, Method, Result};

const NAME: &str = "surface-flux";

/// A kilometre a second in solar radii (6.96e5 km) an hour.
pub const KM_PER_SECOND: f64 = 3600.0 / 6.96e5;
const M_PER_SECOND: f64 = 1e-3 * KM_PER_SECOND;
/// A square kilometre a second in squared solar radii an hour.
pub const KM2_PER_SECOND: f64 = 3600.0 / (6.96e5 * 6.96e5);

/// The line of the table.
pub const METHOD: Method = Method {
    id: "S058",
    name: NAME,
    family: Family::Field,
    summary: "Magnetic flux on the whole surface of the Sun, carried by flows, spread by diffusion, with observed maps and ensembles",
    docs: include_str!("surface_flux.md"),
    maturity: Maturity::Stable,
    defaults: || to_value(&Config::default()),
    checks: checks::CHECKS,
    citation: Citation {
        key: "caplan2025hipft",
        bibtex: "@article{caplan2025hipft,\n  title = {Open-source Flux Transport ({OFT}). I. {HipFT} - High-performance Flux Transport},\n  author = {Caplan, Ronald M. and Stulajter, Miko M. and Linker, Jon A. and Downs, Cooper and Upton, Lisa A. and Jha, Bibhuti Kumar and Attie, Raphael and Arge, Charles N. and Henney, Carl J.},\n  journal = {The Astrophysical Journal Supplement Series},\n  year = {2025},\n  eprint = {2501.06377},\n  archivePrefix = {arXiv}\n}",
    },
};

/// What a run starts from where no map is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// A mode of degree 6, which diffusion only shrinks.
    SoccerBall,
    /// Two opposite Gaussians.
    Gaussians,
    /// No field.
    Empty,
}

/// How advection is seen and stepped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    /// First order in space and time.
    UpwindEuler,
    /// First order in space.
    UpwindSsprk33,
    /// Third order in smooth regions.
    Weno3Ssprk33,
    /// The same with four stages and twice the step.
    Weno3Ssprk43,
}

impl Scheme {
    fn stages(self) -> Stages {
        match self {
            Self::UpwindEuler => EULER,
            Self::UpwindSsprk33 | Self::Weno3Ssprk33 => SSPRK33,
            Self::Weno3Ssprk43 => SSPRK43,
        }
    }

    /// Steps of forward Euler that one step may be long.
    fn reach(self) -> f64 {
        if self == Self::Weno3Ssprk43 { 2.0 } else { 1.0 }
    }
}

/// In which order a step advects, diffuses and lets flux emerge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Splitting {
    /// Flow, diffusion, emergence.
    Sequential,
    /// Half of emergence and flow, diffusion, half of flow and emergence.
    Strang,
}

/// Flux that emerges at random.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Emergence {
    /// Unsigned flux in 1e21 maxwell an hour, at least 0; 0 for none.
    pub flux: f64,
    /// Hours between frames of noise, from 0.001 to 1e6.
    pub lifetime: f64,
    /// How it is spread.
    pub spread: Spread,
}

impl Default for Emergence {
    fn default() -> Self {
        Self { flux: 0.0, lifetime: 0.3, spread: Spread::Area }
    }
}

/// How observed maps enter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Assimilation {
    /// Power of mu that weighs a cell where an observation comes with mu, at least 0.
    pub power: f64,
    /// Mu up to which a cell is not used, from 0 to 1.
    pub mu_limit: f64,
    /// Degrees from the poles within which a cell is not used, from 0 to 90; 0 uses all.
    pub cap: f64,
    /// What the observed field is multiplied by.
    pub factor: f64,
    /// Whether what is added is balanced between the signs.
    pub balance: bool,
}

impl Default for Assimilation {
    fn default() -> Self {
        Self { power: 4.0, mu_limit: 0.1, cap: 0.0, factor: 1.0, balance: false }
    }
}

/// Settings of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Duration in hours, more than 0 and at most 1e7.
    pub hours: f64,
    /// Hours between the maps that are kept, more than 0; null keeps the first and the last.
    pub every: Option<f64>,
    /// Hours between lines of the history, at least 0; 0 for a line a step.
    pub history_every: f64,
    /// What a run without a map starts from.
    pub start: Start,
    /// Rows of the mesh where no map gives it, from pole to pole, at least 6.
    pub rows: usize,
    /// Columns of the mesh where no map gives it, at least 6.
    pub columns: usize,
    /// Whether the flux of the first map is balanced between the signs.
    pub balance: bool,
    /// Longest step in hours, more than 0; null for what the flow allows.
    pub step_max: Option<f64>,
    /// Diffusivity in square kilometres a second, at least 0.
    pub diffusivity: f64,
    /// The super-time-stepping of diffusion.
    pub diffusion: SuperTime,
    /// Differential rotation in metres a second: coefficients of 1, cos^2 and cos^4 of the colatitude, times its sine.
    pub rotation: [f64; 3],
    /// Meridional flow in metres a second towards the poles: coefficients of cos, cos^3 and cos^5, times the sine.
    pub meridional: [f64; 3],
    /// Rotation as of a rigid body, in kilometres a second at the equator.
    pub rigid: f64,
    /// Constant southward velocity in kilometres a second, for tests.
    pub southward: f64,
    /// Field in gauss at which flows slow to a quarter, more than 0; null for no effect.
    pub attenuation: Option<f64>,
    /// The scheme of advection.
    pub scheme: Scheme,
    /// The order of a step.
    pub splitting: Splitting,
    /// Random emergence.
    pub emergence: Emergence,
    /// Use of observed maps.
    pub assimilation: Assimilation,
    /// Degrees from the poles that count as polar in the history, from 0 to 90.
    pub cap: f64,
    /// Settings that differ between realisations: for a name, one value each; all lists are of one length.
    pub vary: BTreeMap<String, Vec<Value>>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            hours: 672.0,
            every: None,
            history_every: 24.0,
            start: Start::Gaussians,
            rows: 181,
            columns: 360,
            balance: false,
            step_max: None,
            diffusivity: 300.0,
            diffusion: SuperTime::Rkg2,
            rotation: [46.0, -262.0, -379.0],
            meridional: [22.0, 11.0, -28.0],
            rigid: 0.0,
            southward: 0.0,
            attenuation: None,
            scheme: Scheme::Weno3Ssprk43,
            splitting: Splitting::Strang,
            emergence: Emergence::default(),
            assimilation: Assimilation::default(),
            cap: 30.0,
            vary: BTreeMap::new(),
        }
    }
}

/// Cells of a mesh that no map gives.
const MOST_CELLS: usize = 1 << 26;
/// Velocities and diffusivities beyond this are a slip of units.
const FASTEST: f64 = 1e9;

impl Config {
    /// Refuses settings out of range.
    ///
    /// # Errors
    /// A setting is outside the range that its documentation states.
    pub fn check(&self) -> Result<()> {
        let positive = |name: &str, value: f64, most: f64| {
            demand(value > 0.0 && value <= most, NAME, name, value, &format!("more than 0 and at most {most}"))
        };
        let within = |name: &str, value: f64, least: f64, most: f64| {
            demand((least..=most).contains(&value), NAME, name, value, &format!("from {least} to {most}"))
        };
        positive("hours", self.hours, 1e7)?;
        let cells = self.rows.saturating_mul(self.columns);
        demand(
            cells <= MOST_CELLS,
            NAME,
            "rows",
            format!("{} with {} columns", self.rows, self.columns),
            &format!("at most {MOST_CELLS} cells"),
        )?;
        self.every.map_or(Ok(()), |every| positive("every", every, f64::INFINITY))?;
        within("history_every", self.history_every, 0.0, f64::INFINITY)?;
        self.step_max.map_or(Ok(()), |step| positive("step_max", step, f64::INFINITY))?;
        self.attenuation.map_or(Ok(()), |scale| positive("attenuation", scale, f64::MAX))?;
        within("diffusivity", self.diffusivity, 0.0, FASTEST)?;
        let speeds =
            self.rotation.iter().map(|v| ("rotation", v)).chain(self.meridional.iter().map(|v| ("meridional", v)));
        for (name, value) in speeds.chain([("rigid", &self.rigid), ("southward", &self.southward)]) {
            within(name, *value, -FASTEST, FASTEST)?;
        }
        within("emergence.flux", self.emergence.flux, 0.0, FASTEST)?;
        within("emergence.lifetime", self.emergence.lifetime, 1e-3, 1e6)?;
        within("assimilation.power", self.assimilation.power, 0.0, 100.0)?;
        within("assimilation.mu_limit", self.assimilation.mu_limit, 0.0, 1.0)?;
        within("assimilation.cap", self.assimilation.cap, 0.0, 90.0)?;
        within("assimilation.factor", self.assimilation.factor, -FASTEST, FASTEST)?;
        within("cap", self.cap, 0.0, 90.0)
    }

    /// The settings of every realisation.
    ///
    /// # Errors
    /// `vary` names no setting, or one of a mesh or of time, its lists differ in length, or a setting is out of range.
    pub fn realizations(&self) -> Result<Vec<Self>> {
        let count = self.vary.values().map(Vec::len).next().unwrap_or(1);
        demand((1..=2000).contains(&count), NAME, "vary", count, "lists of 1 to 2000 values")?;
        for (name, values) in &self.vary {
            if values.len() != count {
                return Err(Error::input(format!(
                    "The setting vary lists {} values of {name}, but {count} of others.",
                    values.len()
                ))
                .advise("Give every varied setting one value for each realisation."));
            }
            if ["rows", "columns", "hours", "every", "vary"].contains(&name.as_str()) {
                return Err(Error::input(format!("The setting {name} cannot vary between realisations.")));
            }
        }
        (0..count).map(|i| self.realization(i)).collect()
    }

    /// The settings with the one called `name` (parts joined by dots) replaced.
    ///
    /// # Errors
    /// No setting has this name, or not this form.
    pub fn set(&self, name: &str, value: Value) -> Result<Self> {
        let mut settings = to_value(self);
        let mut place = &mut settings;
        for part in name.split('.') {
            place = place.get_mut(part).ok_or_else(|| {
                Error::input(format!("{NAME} has no setting called {name}."))
                    .advise(format!("`thalweg methods {NAME}` lists the settings."))
            })?;
        }
        *place = value;
        serde_json::from_value(settings).map_err(|e| {
            Error::input(format!("The setting {name} of {NAME} does not have the form it must have: {e}."))
        })
    }

    fn realization(&self, index: usize) -> Result<Self> {
        let start = Self { vary: BTreeMap::new(), ..self.clone() };
        let config = self.vary.iter().try_fold(start, |c, (name, values)| c.set(name, values[index].clone()))?;
        config.check()?;
        Ok(config)
    }
}
