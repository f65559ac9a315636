//! The sections of the page of a match that are text and tables.

use super::{MatchScene, figures};
use crate::escape::text;
use crate::sections::section;
use crate::view::{count, number};
use thalweg_run::matching::{CloudRecord, MatchRecord, Problem};

/// A sentence or two on what the plan is worth.
pub(super) fn verdict(record: &MatchRecord) -> String {
    if !record.report.converged() {
        let advice = record.report.advice.as_deref().unwrap_or("");
        return format!("Not converged ({}). {advice}", record.ended());
    }
    let share = record.cost / record.plan.mass / record.mean_cost;
    let saved = if share.is_finite() {
        format!(" That is {} of what pairing at random costs.", number(share))
    } else {
        String::new()
    };
    let (cost, gap) = (number(record.cost), number(record.gap.unwrap_or(0.0).abs()));
    match record.options.method {
        Problem::Exact => format!(
            "Proven optimal: the plan costs {cost}, and no plan can cost less than that by more than {gap}.{saved}"
        ),
        Problem::Entropic => format!(
            "Converged: both marginals are met to {} of the mass, and the plan costs {cost}.{saved}",
            number(record.source.marginal_error.max(record.target.marginal_error))
        ),
        Problem::Partial => format!(
            "Proven optimal: the plan moves mass {} at a cost of {cost}, and none moves as much for less by more than {gap}.{saved}",
            number(record.plan.mass)
        ),
        Problem::Gromov => format!(
            "Converged to a plan that no small change betters: relations are off by {cost} in the mean of their squares, where independent pairing has {}. The problem has other such plans; no bound says how far the best one is.",
            number(record.mean_cost)
        ),
        Problem::LowRank => format!(
            "Converged: both marginals are met to {} of the mass, and the plan through {} meeting places costs {cost}.{saved} The problem has other such plans; no bound says how far the best one is.",
            number(record.source.marginal_error.max(record.target.marginal_error)),
            record.plan.rank.unwrap_or_default()
        ),
        Problem::SemiDiscrete => format!(
            "Converged: every site has its mass but for {} of the whole, and the plan costs {cost}.{saved}",
            number(record.target.marginal_error)
        ),
        Problem::Unbalanced => format!(
            "Converged: the plan moves mass {} at a cost of {cost}; the source has {} and the target {}.",
            number(record.plan.mass),
            number(record.source.mass),
            number(record.target.mass)
        ),
    }
}

/// The figures that say how good the plan is, and the residual on the way.
pub(super) fn quality(scene: &MatchScene) -> String {
    let record = &scene.record;
    let mut rows = vec![
        ("transport cost", exact(record.cost), "sum of mass times cost over the whole plan"),
        ("mean cost", exact(record.mean_cost), "what pairing at random costs; the unit of relative strengths"),
        ("objective", exact(record.primal), "cost, and entropy and penalties where there are some"),
    ];
    rows.extend(record.dual.map(|dual| ("dual value", exact(dual), "no plan has a lower objective")));
    let meaning =
        "objective minus dual value: how far the plan may be from the best; below zero where marginals are not met";
    rows.extend(record.gap.map(|gap| ("gap", number(gap), meaning)));
    rows.extend(record.epsilon.map(|e| ("epsilon", exact(e), "strength of the entropy, in units of the cost")));
    rows.extend(record.rho.map(|r| ("rho", exact(r), "cost of creating or destroying mass, in units of the cost")));
    let residuals = record.report.residuals.iter();
    let noted: Vec<(String, String)> = residuals.map(|(name, v)| (name.clone(), number(*v))).collect();
    let line = |name: &str, value: &str, meaning: &str| {
        format!("<tr><th scope=\"row\">{}</th><td>{value}</td><td class=\"meaning\">{meaning}</td></tr>", text(name))
    };
    let mut body: String = rows.iter().map(|(name, value, meaning)| line(name, value, meaning)).collect();
    body.extend(noted.iter().map(|(name, value)| line(name, value, "residual at the end")));
    body += &line("iterations", &count(record.report.iterations), "of the solver");
    body.extend(record.storage.map(|storage| line("memory", "", &text(&storage.sentence()))));
    let left = if let (Some(rank), 0) = (record.plan.rank, record.plan.top_k) {
        format!("the whole plan is in its factors of rank {rank} (factors.npz); --top-k also writes entries")
    } else if record.plan.left_out > 0.0 {
        format!("{} of the mass is in entries that were left out of the files", number(record.plan.left_out))
    } else {
        "no mass was left out of the files".to_owned()
    };
    body += &line("entries kept", &count(record.plan.entries), &left);
    let table = table("Figures of the plan", &["", "value", "what it is"], &body);
    let curve = figures::curve(record).map(|d| {
        let name = format!("{} against iterations; the table beside has the last value", figures::residual(record));
        format!("<div>{}<p class=\"note\">{}</p></div>", d.inline(&name), figures::caption(record))
    });
    let title = if record.options.method.is_proven() { "Certificate" } else { "Convergence" };
    let class = if curve.is_some() { "pair" } else { "plain" };
    section("quality", title, &table, |t| format!("<div class=\"{class}\">{t}{}</div>", curve.as_deref().unwrap_or("")))
}

/// Masses of both sides, and moments of the features before, after and aimed at.
pub(super) fn marginals(scene: &MatchScene) -> String {
    let record = &scene.record;
    let side = |name: &str, cloud: &CloudRecord| {
        format!(
            "<tr><th scope=\"row\">{name}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            count(cloud.points),
            number(cloud.mass),
            number(cloud.moved),
            number(cloud.marginal_error),
            count(cloud.unmatched)
        )
    };
    let masses = side("source", &record.source) + &side("target", &record.target);
    let heads = ["", "points", "mass", "mass in the plan", "off (relative L1)", "points without mass in the plan"];
    let masses = table("Marginals", &heads, &masses);
    let pair = |[mean, sd]: [f64; 2]| format!("<td>{}</td><td>{}</td>", number(mean), number(sd));
    let features: String = scene
        .moments
        .iter()
        .zip(&record.features)
        .map(|(m, name)| {
            let cells = [m.source, m.image, m.target].map(pair).concat();
            format!("<tr><th scope=\"row\">{}</th>{cells}</tr>", text(name))
        })
        .collect();
    let heads = ["feature", "source mean", "sd", "image mean", "sd", "target mean", "sd"];
    let shown = if scene.moments.len() < record.features.len() {
        format!(" The first {} of {} features.", scene.moments.len(), record.features.len())
    } else {
        String::new()
    };
    let features = table("Moments of the features", &heads, &features);
    if scene.moments.is_empty() {
        return section("marginals", "Marginals", &masses, str::to_owned);
    }
    section("marginals", "Marginals", &masses, |masses| {
        format!(
            "{masses}<h3>Features</h3><p class=\"note\">Means and standard deviations, weighted by the mass in the plan. The image is where each source goes on average, so that it spreads less than the target where a source is split.{shown}</p>{features}"
        )
    })
}

fn table(name: &str, heads: &[&str], body: &str) -> String {
    let heads: String = heads.iter().map(|h| format!("<th scope=\"col\">{h}</th>")).collect();
    format!(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{name}\"><table><caption>{name}</caption><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )
}

/// Enough digits to compare with another program.
fn exact(value: f64) -> String {
    if value == 0.0 || (1e-3..1e6).contains(&value.abs()) {
        format!("{value:.9}").replace('-', "\u{2212}")
    } else {
        format!("{value:.9e}").replace('-', "\u{2212}")
    }
}
