//! Puts the page together: the template, the style, the script, the data and the sections made of text.

use crate::check::check;
use crate::colour::{self, Ground};
use crate::escape::{json, text};
use crate::evaluation::verdict;
use crate::figures::{marginals, time_text, training};
use crate::payload::payload;
use crate::scene::Scene;
use crate::sections;
use crate::view::{count, number};
use serde_json::Value;
use thalweg_core::Result;

const TEMPLATE: &str = include_str!("../assets/page.html");
const STYLE: &str = include_str!("../assets/style.css");
/// In the order in which they build on each other.
pub(crate) const SCRIPTS: &[&str] = &[
    include_str!("../assets/chrome.js"),
    include_str!("../assets/data.js"),
    include_str!("../assets/plane.js"),
    include_str!("../assets/backdrop.js"),
    include_str!("../assets/swarm_webgl.js"),
    include_str!("../assets/swarm_canvas.js"),
    include_str!("../assets/stage.js"),
    include_str!("../assets/player.js"),
    include_str!("../assets/page.js"),
];

/// The page of a run: one HTML file that loads nothing.
///
/// Its size is about 5.4 bytes times particles times frames (6.7 with growth), next to 6 bytes an observed
/// point. The script is silent about a missing WebGL 2 and draws on a plain canvas then.
///
/// # Errors
/// [`thalweg_core::Class::Input`] when arrays of the scene disagree in length or hold a number that is not finite.
pub fn html(scene: &Scene) -> Result<String> {
    check(scene)?;
    Ok(assembled(&Parts {
        scene,
        verdict: verdict(&scene.evaluation),
        facts: facts(scene),
        motion: "The population in motion",
        stage: stage(
            scene,
            &[
                (
                    "picture",
                    "Observed points, velocity streamlines and moving particles in the plane of the two drawn axes",
                ),
                ("sets", "Snapshots"),
                ("lines", "streamlines"),
                ("nearest", "only the nearest snapshot"),
                ("points", "Observed by"),
                ("apart", "time"),
                ("stop", "snapshot"),
            ],
        ),
        scripts: SCRIPTS,
        sections: sections::evaluation(scene) + &marginals_section(scene) + &training_section(scene),
        data: payload(scene),
    }))
}

/// What differs between the pages of a run, a match and a simulation.
pub(crate) struct Parts<'a> {
    pub(crate) scene: &'a Scene,
    pub(crate) verdict: String,
    /// Name and value.
    pub(crate) facts: Vec<(&'static str, String)>,
    /// Title of the stage.
    pub(crate) motion: &'static str,
    /// The stage, as HTML; empty where nothing moves.
    pub(crate) stage: String,
    /// The scripts, in the order in which they build on each other.
    pub(crate) scripts: &'static [&'static str],
    /// The sections between the stage and the command, as HTML.
    pub(crate) sections: String,
    pub(crate) data: Value,
}

/// The page of these parts.
pub(crate) fn assembled(parts: &Parts<'_>) -> String {
    let scene = parts.scene;
    let fact = |(name, value): &(&str, String)| format!("<div><dt>{name}</dt><dd>{}</dd></div>", text(value));
    let fields: Vec<(&str, String)> = vec![
        ("title", text(&scene.title)),
        ("method", text(&scene.method.name)),
        ("summary", text(&scene.method.summary)),
        ("verdict", text(&parts.verdict)),
        ("facts", parts.facts.iter().map(fact).collect()),
        ("warnings", sections::warnings(scene)),
        ("motion", motion(parts)),
        ("sections", parts.sections.clone()),
        ("reproduce", sections::reproduce(scene)),
        ("style", format!("{STYLE}{}", dark_classes())),
        ("data", json(&parts.data)),
        ("script", parts.scripts.concat()),
    ];
    filled(TEMPLATE, &fields)
}

/// The stage under its title, or nothing.
fn motion(parts: &Parts<'_>) -> String {
    if parts.stage.is_empty() {
        return String::new();
    }
    let (title, stage) = (parts.motion, &parts.stage);
    format!(
        "<section id=\"motion\" aria-labelledby=\"motion-title\">\n    <h2 id=\"motion-title\">{title}</h2>\n    {stage}\n  </section>"
    )
}

/// Replaces each `{{name}}` once, from left to right, so that what is put in is never searched again.
pub(crate) fn filled(template: &str, fields: &[(&str, String)]) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let (name, tail) = after.split_once("}}").unwrap_or((after, ""));
        out.push_str(fields.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value));
        rest = tail;
    }
    out + rest
}

fn facts(scene: &Scene) -> Vec<(&'static str, String)> {
    let observed: usize = scene.snapshots.iter().map(|s| s.xy.len()).sum();
    let particles = scene.particles.as_ref().map_or(0, |p| p.count());
    vec![
        ("status", scene.outcome.status.clone()),
        ("snapshots", count(scene.snapshots.len())),
        ("observed points", count(observed)),
        ("features", count(scene.features.len())),
        ("particles", count(particles)),
        ("seed", scene.seed.to_string()),
        ("took", format!("{} s", number(scene.outcome.seconds))),
    ]
}

/// The motion section, its words by their place in the template, or a sentence where there is nothing to draw.
pub(crate) fn stage(scene: &Scene, words: &[(&str, &str)]) -> String {
    let empty = scene.particles.is_none() && scene.snapshots.is_empty() && scene.velocity.is_empty();
    if empty {
        "<p>This run left nothing to draw in the plane.</p>".to_owned()
    } else {
        let words: Vec<(&str, String)> = words.iter().map(|(place, word)| (*place, (*word).to_owned())).collect();
        filled(include_str!("../assets/stage.html"), &words)
    }
}

fn marginals_section(scene: &Scene) -> String {
    let columns: String = marginals::columns(scene)
        .iter()
        .zip(&scene.snapshots)
        .map(|(d, s)| d.inline(&format!("Densities near {} {}", scene.time.label, time_text(scene, s.time))))
        .collect();
    let note = marginals::CAPTION;
    sections::section("marginals", "Observed and generated marginals", &columns, |body| {
        format!("<p class=\"note\">{note}</p><div class=\"tiles\">{body}</div>")
    })
}

fn training_section(scene: &Scene) -> String {
    let curves: String = training::curves(scene).iter().map(|d| d.inline("Training loss against step")).collect();
    sections::section("training", "Training", &curves, |body| {
        let (caption, sentence) = (training::CAPTION, text(&scene.outcome.sentence));
        format!("<p class=\"note\">{sentence} {caption}</p><div class=\"curves\">{body}</div>")
    })
}

/// The sequential colours of drawings on the dark theme; named colours are variables of the style sheet.
fn dark_classes() -> String {
    colour::table(colour::sequential, Ground::Dark)
        .iter()
        .enumerate()
        .map(|(k, c)| format!("[data-theme=dark] .f-q{k}{{fill:{c}}}[data-theme=dark] .s-q{k}{{stroke:{c}}}\n"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_in_is_not_searched_again() {
        let fields = [("a", "{{b}}".to_owned()), ("b", "!".to_owned())];
        assert_eq!(filled("<{{a}}{{b}}{{c}}>", &fields), "<{{b}}!>");
    }
}
