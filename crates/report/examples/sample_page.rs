//! Writes the page and figures of a made-up run: a population that branches in two, one branch growing. And those of a
//! match between two clouds, and of two simulations: knots on a torus, fields on a sphere and a line.
//!
//! `cargo run -p thalweg-report --example sample_page -- FOLDER [PARTICLES] [FRAMES]`
//!
//! The flow is in closed form, so the "model" here is exact and the scores below are invented: the page is a
//! sample of the looks, not of a result. Some names are hostile on purpose.

use std::f64::consts::{PI, TAU};
use std::path::PathBuf;
use thalweg_core::{Context, Error, Points, Report, Result, Status, Stream};
use thalweg_report::scene::*;
use thalweg_report::{
    MatchScene, Scene, figures, html, match_figures, match_html, simulation_figures, simulation_html,
};
use thalweg_run::matching::{Cloud, Options, Problem, Strength, run};
use thalweg_run::simulation::{Convergence, Extremes, Orbit, Picture, Shown, SimulationRecord, Spectrum};

const DAYS: [f64; 5] = [0.0, 1.0, 2.0, 3.0, 4.0];
const HELD_OUT: f64 = 2.0;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let folder = PathBuf::from(arguments.first().map_or("sample", String::as_str));
    let size = |k: usize, otherwise: usize| arguments.get(k).and_then(|a| a.parse().ok()).unwrap_or(otherwise);
    let scene = sample(size(1, 1500), size(2, 41));
    std::fs::create_dir_all(&folder).map_err(|e| Error::system("make the folder", e))?;
    let write = |name: &str, bytes: &[u8]| {
        std::fs::write(folder.join(name), bytes).map_err(|e| Error::system(format!("write {name}"), e))
    };
    write("report.html", html(&scene)?.as_bytes())?;
    let scene_of_match = matched()?;
    write("match.html", match_html(&scene_of_match)?.as_bytes())?;
    let report = Report { seconds: 0.4, ..Report::new(Status::Converged, 1000) };
    let named = |name: &str| SimulationRecord {
        kind: "flow".into(),
        summary: "<i>knots</i>".into(),
        command: vec!["thalweg".into(), "simulate".into(), "<script>hostile()</script>".into()],
        ..SimulationRecord::new(name, 7, &report)
    };
    let (motion, fields) = (named("<script>hostile()<script>"), named("fields"));
    write("motion.html", simulation_html(&motion, &knots())?.as_bytes())?;
    write("fields.html", simulation_html(&fields, &waves())?.as_bytes())?;
    let simulated = simulation_figures(&motion, &knots()).into_iter().chain(simulation_figures(&fields, &waves()));
    for figure in figures(&scene)?.into_iter().chain(match_figures(&scene_of_match)).chain(simulated) {
        write(&format!("{}.svg", figure.name), figure.svg.as_bytes())?;
        #[cfg(feature = "png")]
        write(&format!("{}.png", figure.name), &thalweg_report::png(&figure, 2.0)?)?;
    }
    Ok(())
}

/// An entropic match of a disc to two discs beside it.
fn matched() -> Result<MatchScene> {
    let disc = |count: usize, index: u64, at: &dyn Fn(usize) -> [f64; 2]| {
        let mut stream = Stream::new(7, "sample match", index);
        let values = (0..count).flat_map(|i| at(i).map(|c| c + 0.35 * stream.normal())).collect();
        Points::new(2, values)
    };
    let names = Some(vec!["g1".to_owned(), "<b>g2</b>".to_owned()]);
    let source = Cloud::of("before<script>hostile()<script>.csv", disc(500, 0, &|_| [0.0, 0.0])?, None, names.clone());
    let target = disc(600, 1, &|i| [3.0, if i % 3 == 0 { -1.2 } else { 1.0 }])?;
    let target = Cloud::of("after.csv", target, None, names);
    let options = Options { method: Problem::Entropic, epsilon: Some(Strength::Relative(0.01)), ..Options::default() };
    let command = ["thalweg", "match", "before.csv", "after.csv", "--method", "entropic", "-o", "runs/'<i>match</i>'"];
    let found = run(&source, target, &options, &command.map(str::to_owned), None, &Context::new(7, 1)?)?;
    MatchScene::new(found.record, found.picture)
}

/// Two knots on a torus, one with missed points, and made-up figures of their motion.
fn knots() -> Picture {
    let orbit = |k: usize| {
        let times: Vec<f64> = (0..3000).map(|n| f64::from(n) * 0.01).collect();
        let at = |t: &f64| {
            let (turn, ring) = (t + k as f64, 2.0 + (1.618 * t).cos());
            [ring * turn.cos(), ring * turn.sin(), (1.618 * t).sin()].map(|v| v as f32)
        };
        let values = times.iter().flat_map(at).collect();
        let missed = if k == 0 { Vec::new() } else { (0..3000).map(|n| n % 500 < 100).collect() };
        Orbit { name: format!("<b>knot {k}</b>"), times, values, missed }
    };
    let frequencies: Vec<f64> = (1..200).map(|k| f64::from(k) * 0.01).collect();
    let density = frequencies.iter().map(|f| 1.0 / (1.0 + 1e4 * (f - 0.16).powi(2))).collect();
    let converged = |k: i32| {
        let time = 6.3 * 2f64.powi(k);
        Convergence { time, values: vec![0.9 + 1.0 / time, 0.0, -14.6], errors: vec![0.8 / time.sqrt(); 3] }
    };
    Picture {
        states: vec!["x".into(), "<u>y</u>".into(), "z".into()],
        period: Some(TAU),
        exponent: Some(0.906),
        orbits: (0..2).map(orbit).collect(),
        spectra: vec![Spectrum { state: "x".into(), frequencies, density }],
        extremes: Some(Extremes {
            what: "maximum of z".into(),
            pairs: (0..500).map(|k| f64::from(k) / 500.0).map(|x| [x, 4.0 * x * (1.0 - x)]).collect(),
        }),
        convergence: (0..6).map(converged).collect(),
        ..Picture::default()
    }
}

/// A wave around a sphere with both poles cold, and one along a line.
fn waves() -> Picture {
    let times: Vec<f64> = (0..21).map(f64::from).collect();
    let colatitude: Vec<f64> = (0..=30).map(|i| f64::from(i) * PI / 30.0).collect();
    let longitude: Vec<f64> = (0..60).map(|j| f64::from(j) * TAU / 60.0).collect();
    let wave = |t: f64, c: f64, l: f64| (c.sin().powi(3) * (3.0 * l - 0.3 * t).cos() - c.cos().powi(8)) as f32;
    let all = times.iter().flat_map(|t| colatitude.iter().map(move |c| (t, c)));
    let values = all.flat_map(|(t, c)| longitude.iter().map(move |l| wave(*t, *c, *l))).collect();
    let sphere = Shown {
        span: None,
        name: "B<sub>r</sub>".into(),
        unit: "G".into(),
        surface: "sphere".into(),
        times: times.clone(),
        axes: vec![("colatitude".into(), colatitude), ("longitude".into(), longitude)],
        values,
    };
    let x: Vec<f64> = (0..120).map(|i| -30.0 + 0.5 * f64::from(i)).collect();
    let values = times.iter().flat_map(|t| x.iter().map(move |x| (-0.02 * (x + 20.0 - 2.0 * t).powi(2)).exp() as f32));
    let line = Shown {
        span: None,
        name: "phi".into(),
        unit: String::new(),
        surface: "line".into(),
        values: values.collect(),
        axes: vec![("x".into(), x)],
        times: times.clone(),
    };
    let series = vec![("energy".to_owned(), times.iter().map(|t| [*t, 8.0 + 1e-6 * t.sin()]).collect())];
    Picture { fields: vec![sphere, line], series, time_unit: "h".into(), ..Picture::default() }
}

/// A point of the population: where it started and which way it turns.
struct Cell {
    start: [f64; 2],
    branch: f64,
    wobble: f64,
}

impl Cell {
    fn at(&self, t: f64) -> [f64; 2] {
        let lift = smooth((t - 1.0) / 3.0) * (1.6 + 0.35 * self.wobble) * self.branch;
        let along = 1.15 * t + 0.25 * (1.3 * t).sin();
        let spread = 1.0 + 0.12 * t;
        [self.start[0] * spread + along - 2.2, self.start[1] * spread + lift]
    }

    /// Only the upper branch grows, and the lower one shrinks a little.
    fn log_weight(&self, t: f64) -> f32 {
        (smooth((t - 1.0) / 3.0) * if self.branch > 0.0 { 0.9 } else { -0.35 } * (t - 1.0).max(0.0) / 2.0) as f32
    }

    fn growth(&self, t: f64) -> f32 {
        ((f64::from(self.log_weight(t + 0.01)) - f64::from(self.log_weight(t - 0.01))) / 0.02) as f32
    }
}

fn smooth(s: f64) -> f64 {
    let s = s.clamp(0.0, 1.0);
    s * s * (3.0 - 2.0 * s)
}

fn cells(count: usize, index: u64) -> Vec<Cell> {
    let mut stream = Stream::new(7, "sample page", index);
    (0..count)
        .map(|i| {
            let start = [0.34 * stream.normal(), 0.3 * stream.normal()];
            Cell { start, branch: if i % 2 == 0 { 1.0 } else { -1.0 }, wobble: stream.normal() }
        })
        .collect()
}

fn sample(particles: usize, frames: usize) -> Scene {
    Scene {
        title: "A branching population & its </script><script>hostile()</script> name".to_owned(),
        method: MethodCard {
            id: "velocity-growth".to_owned(),
            name: "Velocity-growth matching".to_owned(),
            summary: "Learns a velocity and a growth rate whose flow carries each snapshot to the next.".to_owned(),
        },
        command: "thalweg learn cells.csv --time day --features 'g1,g2,<b>g3</b>' --hold-out 2 --seed 7 -o runs/day"
            .to_owned(),
        seed: 7,
        versions: vec![("thalweg".to_owned(), env!("CARGO_PKG_VERSION").to_owned())],
        outcome: Outcome {
            status: "converged".to_owned(),
            sentence: "Stopped after 6000 steps when the validation loss no longer fell.".to_owned(),
            seconds: 41.327,
        },
        warnings: vec!["The snapshot at 3 has only 400 points; its scores are noisy.".to_owned()],
        citations: vec![Citation {
            text: "Author, A. (2020). A made-up reference for a sample page. Journal of Samples 1, 1\u{2013}2."
                .to_owned(),
            bibtex:
                "@article{sample2020,\n  title = {A made-up reference},\n  author = {Author, A.},\n  year = {2020}\n}"
                    .to_owned(),
        }],
        time: Axis::new("day", "d"),
        features: (1..=5).map(|k| format!("PC{k}")).collect(),
        axes: [Axis::new("PC1", ""), Axis::new("PC2", "")],
        snapshots: DAYS.iter().enumerate().map(|(k, t)| snapshot(k as u64, *t)).collect(),
        particles: Some(moved(particles, frames)),
        velocity: (0..=8).map(|k| velocity(0.5 * f64::from(k))).collect(),
        evaluation: scores(),
        training: vec![training("regression", 600, 2.2), training("fine-tuning", 24, 0.4)],
    }
}

fn snapshot(index: u64, time: f64) -> SnapshotView {
    // Cells of a growing branch are met more often.
    let mut stream = Stream::new(7, "sample page, kept cells", index);
    let all = cells(1400, index + 1);
    let kept: Vec<&Cell> =
        all.iter().filter(|c| stream.uniform() < 0.4 * f64::from(c.log_weight(time)).exp()).collect();
    SnapshotView {
        time,
        held_out: time == HELD_OUT,
        xy: kept.iter().map(|c| c.at(time)).collect(),
        weights: None,
        growth: Some(kept.iter().map(|c| c.growth(time)).collect()),
    }
}

fn moved(count: usize, frames: usize) -> Particles {
    let cells = cells(count, 0);
    let times: Vec<f64> = (0..frames).map(|k| 4.0 * k as f64 / (frames.max(2) - 1) as f64).collect();
    Particles {
        xy: times.iter().map(|t| cells.iter().map(|c| c.at(*t)).collect()).collect(),
        log_weight: Some(times.iter().map(|t| cells.iter().map(|c| c.log_weight(*t)).collect()).collect()),
        times,
    }
}

/// Velocity of the cells near each node, by a kernel average; nodes far from all cells have no data.
fn velocity(time: f64) -> VelocityGrid {
    const NX: usize = 48;
    const NY: usize = 40;
    let (x, y) = ([-3.4, 4.0], [-3.6, 3.6]);
    let cells = cells(400, 99);
    let near: Vec<([f64; 2], [f64; 2])> = cells
        .iter()
        .map(|c| {
            let (a, b) = (c.at(time - 0.01), c.at(time + 0.01));
            (c.at(time), [(b[0] - a[0]) / 0.02, (b[1] - a[1]) / 0.02])
        })
        .collect();
    let (mut uv, mut data) = (Vec::new(), Vec::new());
    for k in 0..NX * NY {
        let at = [
            x[0] + (x[1] - x[0]) * (k % NX) as f64 / (NX - 1) as f64,
            y[0] + (y[1] - y[0]) * (k / NX) as f64 / (NY - 1) as f64,
        ];
        let mut sum = [0.0_f64; 3];
        for (p, v) in &near {
            let w = (-((p[0] - at[0]).powi(2) + (p[1] - at[1]).powi(2)) / 0.08).exp();
            sum = [sum[0] + w * v[0], sum[1] + w * v[1], sum[2] + w];
        }
        uv.push([sum[0] / sum[2].max(1e-20), sum[1] / sum[2].max(1e-20)]);
        data.push(sum[2] > 0.6);
    }
    VelocityGrid { time, x, y, nx: NX, ny: NY, uv, data }
}

fn scores() -> Vec<Score> {
    let row = |time: f64, protocol, metric, [model, unchanged, straight, floor]: [f64; 4]| Score {
        time,
        protocol,
        metric,
        model,
        unchanged: Some(unchanged),
        straight: (metric != Metric::MassError).then_some(straight),
        floor: Some(floor),
    };
    let base =
        [(1.0, [0.212, 1.18, 0.264, 0.131]), (2.0, [0.297, 1.31, 0.412, 0.142]), (3.0, [0.431, 1.36, 0.402, 0.158])];
    let size = |metric| match metric {
        Metric::W1 => 1.0,
        Metric::W2 => 1.24,
        Metric::Mmd => 0.11,
        Metric::MassError => 0.09,
    };
    let mut all = Vec::new();
    for metric in Metric::ALL {
        for (time, values) in base {
            all.push(row(time, Protocol::LeftOut, metric, values.map(|v| v * size(metric))));
            all.push(row(time, Protocol::OneStepAhead, metric, values.map(|v| 0.86 * v * size(metric))));
        }
        all.push(row(4.0, Protocol::OneStepAhead, metric, [0.31, 1.22, 0.38, 0.15].map(|v| v * size(metric))));
    }
    all
}

fn training(name: &str, steps: u32, level: f64) -> Training {
    let mut stream = Stream::new(7, "sample page, loss", u64::from(steps));
    let losses = (0..=steps)
        .map(|k| {
            let mean = level * (0.05 + (-f64::from(k) / 60.0).exp());
            LossPoint { step: 10 * u64::from(k), loss: mean * (0.28 * stream.normal()).exp() }
        })
        .collect();
    Training { name: name.to_owned(), losses }
}
