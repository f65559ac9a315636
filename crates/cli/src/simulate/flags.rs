//! Flags that would do nothing: refused, not ignored.

use crate::args;
use thalweg_core::{Error, Result};
use thalweg_run::simulation::Law;
use thalweg_systems::{Kind, Record};
/// Flags that only mean something for trajectories, and whether they were given.
pub(super) fn flags_of_trajectories(args: &args::Simulate) -> [(&'static str, bool); 10] {
    [
        ("--points-per-period", args.points_per_period.is_some()),
        ("--dt", args.dt.is_some()),
        ("--discard", args.discard.is_some()),
        ("--sweep", !args.sweep.is_empty()),
        ("--ensemble", args.ensemble.is_some()),
        ("--spread", args.spread.is_some()),
        ("--sde", !args.sde.is_empty()),
        ("--step", args.step.is_some()),
        ("--noise", args.noise.is_some()),
        ("--gaps", args.gaps.is_some()),
    ]
}

pub(super) fn refuse(why: &str, args: &args::Simulate, flags: &[(&str, bool)]) -> Result<()> {
    let exponents = ("--exponents", args.exponents);
    match flags.iter().chain([&exponents]).find(|(_, given)| *given) {
        None => Ok(()),
        Some((flag, _)) => {
            Err(Error::input(format!("{why}, and {flag} is for trajectories.")).advise("Leave one of both out."))
        }
    }
}

/// A law has settings and no trajectories; what only means something for those is refused, not ignored.
pub(super) fn refuse_flags_of_systems(law: &Law, args: &args::Simulate) -> Result<()> {
    let others = [
        ("--start", !args.start.is_empty()),
        ("--drive", !args.drive.is_empty()),
        ("--exponents", args.exponents),
        ("--ftle", args.ftle.is_some()),
        ("--tolerance", args.tolerance.is_some()),
    ];
    let given = flags_of_trajectories(args).into_iter().chain(others).collect::<Vec<_>>();
    match given.iter().find(|(_, given)| *given) {
        None => Ok(()),
        Some((flag, _)) => {
            Err(Error::input(format!("{flag} is for systems of the catalogue, and {} is a law.", law.name))
                .advise(format!("Its settings are (--set name=value):\n{}", law.described())))
        }
    }
}

/// The time of a map is its iteration; what spaces points in time is refused, not ignored. So are other flags that would do
/// nothing.
pub(super) fn refuse_flags_of_flows(record: &Record, args: &args::Simulate) -> Result<()> {
    let spacing = [("--dt", args.dt.is_some()), ("--points-per-period", args.points_per_period.is_some())];
    if let Some((flag, _)) = spacing.iter().find(|(_, given)| *given && record.kind == Kind::Map) {
        return Err(Error::input(format!(
            "{flag} spaces points in time, but {} is a map, whose time is the number of iterations.",
            record.name
        ))
        .advise(format!("Leave {flag} out; -n is the number of iterations that are kept.")));
    }
    let idle = [
        ("--sense", args.sense.is_some() && args.sde.is_empty(), "noise of the motion (--sde)"),
        ("--spread", args.spread.is_some() && args.ensemble.is_none(), "an ensemble (--ensemble)"),
    ];
    match idle.iter().find(|(_, given, _)| *given) {
        None => Ok(()),
        Some((flag, _, needs)) => Err(Error::input(format!("{flag} was given, but does nothing without {needs}."))
            .advise(format!("Give {needs} too, or leave {flag} out."))),
    }
}
