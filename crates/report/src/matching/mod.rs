//! The page of a match, and its figures: the same stage as that of a run, with the plan in place of streamlines.

mod figures;
mod sections;
mod stage;

pub use figures::figures as match_figures;

use crate::check::{check, finite};
use crate::page::{Parts, SCRIPTS, assembled, stage as stage_of};
use crate::scene::{Axis, Citation, MethodCard, Outcome, Particles, Scene, SnapshotView};
use crate::view::{count, number};
use crate::{pack, payload, words};
use serde_json::json;
use stage::Stage;
use std::path::Path;
use thalweg_core::Result;
use thalweg_run::matching::{MatchRecord, Moments, Picture, Problem, RECORD};
use thalweg_run::read_json;

/// Points of the source that move in the animation; the page stays a few megabytes.
const PARTICLES: usize = 4000;

/// Everything the page of a match shows.
#[derive(Clone, Debug)]
pub struct MatchScene {
    /// Both clouds, the source at 0 and the target at 1, and the source on its way to its image.
    pub stage: Scene,
    /// Entries of the plan.
    pub lines: Vec<PlanLine>,
    /// What was asked, and what became of it.
    pub record: MatchRecord,
    /// Moments of the first features.
    pub moments: Vec<Moments>,
}

/// An entry of the plan in the view.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlanLine {
    /// The source.
    pub from: [f64; 2],
    /// The target.
    pub to: [f64; 2],
    /// Its mass over the largest that is drawn.
    pub mass: f32,
}

impl MatchScene {
    /// The scene of the match in the folder `root`.
    ///
    /// # Errors
    /// A file of the match is missing or damaged.
    pub fn of(root: &Path) -> Result<Self> {
        let record: MatchRecord = read_json(&root.join(RECORD))?;
        Self::new(record, Picture::load(root)?)
    }

    /// The scene of a match.
    ///
    /// # Errors
    /// Samples that do not fit the record, or that cannot be drawn.
    pub fn new(record: MatchRecord, picture: Picture) -> Result<Self> {
        let stage = Stage::of(&record, &picture)?;
        let particles: Vec<usize> = (0..picture.source.len().min(PARTICLES)).collect();
        let frames =
            vec![stage.source(&picture.source.select(&particles)), stage.target(&picture.image.select(&particles))];
        let snapshot = |time: f64, xy: Vec<[f64; 2]>| SnapshotView { time, xy, ..SnapshotView::default() };
        let (from, to) = (stage.source(&picture.lines.from), stage.target(&picture.lines.to));
        let ends = from.into_iter().zip(to).zip(&picture.lines.mass);
        let scene = Self {
            lines: ends.map(|((from, to), mass)| PlanLine { from, to, mass: *mass as f32 }).collect(),
            stage: Scene {
                snapshots: vec![
                    snapshot(0.0, stage.source(&picture.source)),
                    snapshot(1.0, stage.target(&picture.target)),
                ],
                particles: Some(Particles { times: vec![0.0, 1.0], xy: frames, log_weight: None }),
                axes: stage.axes(),
                ..about(&record)
            },
            record,
            moments: picture.moments,
        };
        check(&scene.stage)?;
        let drawn = scene.lines.iter().flat_map(|l| [l.from[0], l.from[1], l.to[0], l.to[1], f64::from(l.mass)]);
        finite("the lines of the plan", drawn)?;
        Ok(scene)
    }
}

/// The parts of the scene that are words.
fn about(record: &MatchRecord) -> Scene {
    let name = |path: &str| Path::new(path).file_name().map_or(path.to_owned(), |n| n.to_string_lossy().into_owned());
    let (method, summary) = match record.options.method {
        Problem::Exact => ("Exact transport", "the cheapest way to carry one cloud into the other, with a proof"),
        Problem::Entropic => ("Entropic transport", "the cheapest plan under an entropy that spreads it"),
        Problem::Partial => {
            ("Partial transport", "the cheapest way to carry a given mass, with a proof; the rest stays")
        }
        Problem::Unbalanced => {
            ("Unbalanced entropic transport", "a spread plan that may create and destroy mass at a price")
        }
        Problem::Gromov => (
            "Gromov-Wasserstein transport",
            "a plan that keeps relations within each cloud; each is drawn in its own plane",
        ),
        Problem::SemiDiscrete => {
            ("Semi-discrete transport", "a law carried to finitely many sites; each takes the mass of its cell")
        }
        Problem::LowRank => {
            ("Low-rank transport", "a plan through a few meeting places, in time and memory linear in the points")
        }
    };
    Scene {
        title: format!("{} to {}", name(&record.source.name), name(&record.target.name)),
        method: MethodCard {
            id: record.options.method.name().into(),
            name: method.into(),
            summary: format!("{}, {}.", words::capitalised(summary), record.options.cost.words()),
        },
        command: record.command.join(" "),
        seed: record.options.seed,
        versions: vec![("thalweg".into(), record.thalweg.clone())],
        outcome: Outcome {
            status: record.ended().into(),
            sentence: record.report.advice.clone().unwrap_or_default(),
            seconds: record.seconds,
        },
        warnings: record.warnings.clone(),
        citations: record
            .citations
            .iter()
            .map(|bibtex| Citation { text: words::citation_text(bibtex), bibtex: bibtex.clone() })
            .collect(),
        features: record.features.clone(),
        time: Axis::new("moved", ""),
        ..Scene::default()
    }
}

/// The page of a match: one HTML file that loads nothing.
///
/// # Errors
/// None for a scene that was made by [`MatchScene::new`].
pub fn match_html(scene: &MatchScene) -> Result<String> {
    let (x, y) = payload::spans(&scene.stage);
    let mut data = payload::payload(&scene.stage);
    for (snapshot, name) in data["snapshots"].as_array_mut().into_iter().flatten().zip(["source", "target"]) {
        snapshot["name"] = name.into();
    }
    data["plan"] = json!({
        "count": scene.lines.len(),
        "xy": pack::positions(scene.lines.iter().flat_map(|l| [&l.from, &l.to]), x, y),
        "mass": pack::fractions(scene.lines.iter().map(|l| &l.mass)),
    });
    Ok(assembled(&Parts {
        scene: &scene.stage,
        verdict: sections::verdict(&scene.record),
        facts: facts(&scene.record),
        motion: "The source on its way",
        stage: stage_of(
            &scene.stage,
            &[
                (
                    "picture",
                    "Both clouds, lines of the plan, and the source on its way to its image, in the plane of the two drawn axes",
                ),
                ("sets", "Clouds"),
                ("lines", "lines of the plan"),
                ("nearest", "only the nearest cloud"),
                ("points", "Points by"),
                ("apart", "cloud"),
                ("stop", "cloud"),
            ],
        ),
        scripts: SCRIPTS,
        sections: sections::quality(scene) + &sections::marginals(scene),
        data,
    }))
}

fn facts(record: &MatchRecord) -> Vec<(&'static str, String)> {
    let memory =
        record.peak_memory.map(|bytes| ("peak memory", format!("{} MiB", number(bytes as f64 / (1 << 20) as f64))));
    let mut facts = vec![
        ("status", record.ended().to_owned()),
        ("source points", count(record.source.points)),
        ("target points", count(record.target.points)),
        ("features", count(record.features.len())),
        ("cost", number(record.cost)),
        ("entries kept", count(record.plan.entries)),
        ("seed", record.options.seed.to_string()),
        ("took", format!("{} s", number(record.seconds))),
    ];
    facts.extend(memory);
    facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_core::{Context, Points, Stream};
    use thalweg_run::matching::{Cloud, Options, run};

    fn scene(dim: usize, method: Problem) -> MatchScene {
        let cloud = |name: &str, n: usize| {
            let mut points = Points::zeros(n, dim);
            Stream::new(0, name, dim as u64).fill_normal(points.values_mut());
            let features = (0..dim).map(|k| format!("<img src={k}>")).collect();
            Cloud::of(name, points, None, Some(features))
        };
        let mass = (method == Problem::Partial).then_some(0.5);
        let options = Options { method, mass, ..Options::default() };
        let command = ["thalweg".to_owned(), "</pre><script>hostile()</script>".to_owned()];
        let (source, target) = (cloud("<script>a.csv", 30), cloud("b.csv", 40));
        let found = run(&source, target, &options, &command, None, &Context::new(0, 1).unwrap()).unwrap();
        MatchScene::new(found.record, found.picture).unwrap()
    }

    #[test]
    fn a_page_in_every_dimension_has_no_markup_of_the_data() {
        for dim in [1, 2, 5] {
            for method in [
                Problem::Exact,
                Problem::Entropic,
                Problem::Unbalanced,
                Problem::Partial,
                Problem::Gromov,
                Problem::SemiDiscrete,
                Problem::LowRank,
            ] {
                let scene = scene(dim, method);
                let page = match_html(&scene).unwrap();
                assert!(!page.contains("<img") && !page.contains("<script>hostile") && !page.contains("<script>a.csv"));
                assert!(!page.contains("{{"), "a place of the template is left open");
                let names: Vec<&str> = match_figures(&scene).iter().map(|f| f.name).collect();
                assert_eq!(names.len(), if method.is_proven() { 2 } else { 3 }, "{names:?}");
            }
        }
    }

    #[test]
    fn lines_join_a_source_to_a_target() {
        let scene = scene(2, Problem::Exact);
        let [source, target] = &scene.stage.snapshots[..] else { panic!("two clouds") };
        assert!(scene.lines.iter().all(|l| source.xy.contains(&l.from) && target.xy.contains(&l.to)));
        // Every source is drawn with all it sends.
        let sent: f32 = scene.lines.iter().map(|l| l.mass).sum();
        let largest = scene.lines.iter().map(|l| l.mass).fold(0.0, f32::max);
        assert!((sent / largest - sent).abs() < 1e-4 && scene.lines.len() >= 40, "{}", scene.lines.len());
        assert!(verdict_of(&scene).starts_with("Proven optimal"));
    }

    fn verdict_of(scene: &MatchScene) -> String {
        sections::verdict(&scene.record)
    }
}
