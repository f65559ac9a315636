//! Every record: against the collection it follows, its own derivatives, and what its class says.

use thalweg_core::{Stream, VectorField};
use thalweg_systems::{Kind, Record, System, catalogue, find, read};

fn records() -> &'static [Record] {
    catalogue().unwrap()
}

fn close(a: f64, b: f64, relative: f64, scale: f64) -> bool {
    (a - b).abs() <= relative * a.abs().max(b.abs()).max(scale)
}

#[test]
fn every_record_is_whole() {
    let count = |kind| records().iter().filter(|r| r.kind == kind).count();
    assert_eq!((count(Kind::Flow), count(Kind::Map), count(Kind::Delay)), (129, 27, 6));
    for record in records() {
        let (name, d) = (&record.name, record.states.len());
        System::new(record).unwrap_or_else(|e| panic!("{e}"));
        assert!(record.period.is_some() && !record.tags.is_empty(), "{name}");
        let classes = ["chaotic", "weak", "transient", "regular", "torus"];
        assert!(classes.contains(&record.tags[0].as_str()), "{name} is of no class");
        if record.kind == Kind::Flow {
            let spectrum = record.spectrum.as_ref().unwrap();
            assert_eq!(spectrum.exponents.len(), d, "{name}");
            assert!(spectrum.error.is_some() && !record.reference.is_empty(), "{name}");
            assert!(record.step.unwrap() < record.period.unwrap() / 10.0, "{name}");
        }
    }
}

/// The figures of `peer.txt`: name, time, state, values.
fn recorded() -> Vec<(String, f64, Vec<f64>, Vec<f64>)> {
    let numbers = |text: &str| text.split_whitespace().map(|v| v.parse().unwrap()).collect::<Vec<f64>>();
    include_str!("peer.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let fields: Vec<&str> = line.split(" | ").collect();
            (fields[0].to_owned(), fields[1].parse().unwrap(), numbers(fields[2]), numbers(fields[3]))
        })
        .collect()
}

#[test]
fn rates_are_those_that_dysts_computes() {
    let figures = recorded();
    assert_eq!(figures.len(), 144);
    for (name, t, state, expected) in figures {
        let mut system = System::named(&name).unwrap();
        if name == "Lorenz63" {
            system = system.with("beta", 2.667).unwrap();
        }
        let mut values = vec![0.0; state.len()];
        match system.record().kind {
            Kind::Flow => system.flow().unwrap().velocity(t, &state, &mut values),
            _ => system.map().unwrap().next(t, &state, &mut values),
        }
        // Sums are taken in another order there: rounding, measured against the largest rate.
        let scale = expected.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
        for (k, (ours, theirs)) in values.iter().zip(&expected).enumerate() {
            assert!(close(*ours, *theirs, 1e-9, 1e-3 * scale), "{name}, value {k}: {ours} and {theirs}");
        }
    }
}

#[test]
fn jacobians_are_those_of_finite_differences() {
    for record in records().iter().filter(|r| r.kind == Kind::Flow) {
        let flow = System::new(record).unwrap().flow().unwrap();
        let d = flow.dim();
        // Off the corners of functions, where the two differ by right.
        let x: Vec<f64> = record.start.iter().map(|v| 1.01 * v + 0.003).collect();
        let mut exact = vec![0.0; d * d];
        flow.jacobian(0.3, &x, &mut exact);
        let at = |x: &[f64]| {
            let mut out = vec![0.0; d];
            flow.velocity(0.3, x, &mut out);
            out
        };
        let mut trace = 0.0;
        for j in 0..d {
            let moved = |h: f64| {
                let mut moved = x.clone();
                moved[j] += h;
                at(&moved)
            };
            // Differences of fourth order: the error is rounding / h.
            let h = 1e-4 * x[j].abs().clamp(1e-3, 10.0);
            let (a, b, c, e) = (moved(h), moved(-h), moved(2.0 * h), moved(-2.0 * h));
            for i in 0..d {
                let slope = (8.0 * (a[i] - b[i]) - (c[i] - e[i])) / (12.0 * h);
                let rounding = 1e-14 * (a[i].abs() + x[j].abs()) / h;
                let scale = exact.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
                let apart = (slope - exact[i * d + j]).abs();
                assert!(apart <= 1e-6 * scale + rounding, "{} {i} {j}: {} {slope}", record.name, exact[i * d + j]);
            }
            trace += exact[j * d + j];
        }
        let mut divergence = [0.0];
        flow.divergence(0.3, &x, &mut divergence);
        assert!(close(divergence[0], trace, 1e-12, 1.0), "{}", record.name);
    }
}

/// Flows that keep volumes on average only, or in other coordinates (polar ones).
const NOT_POINTWISE: [&str; 6] =
    ["BlinkingRotlet", "BlinkingVortex", "InteriorSquirmer", "NoseHoover", "SprottA", "LidDrivenCavityFlow"];

#[test]
fn conservative_flows_have_no_divergence() {
    let mut count = 0;
    for record in records().iter().filter(|r| r.kind == Kind::Flow && r.has_tag("conservative")) {
        if NOT_POINTWISE.contains(&record.name.as_str()) {
            continue;
        }
        count += 1;
        let flow = System::new(record).unwrap().flow().unwrap();
        let mut stream = Stream::new(0, "conservative", 0);
        let x: Vec<f64> = record.start.iter().map(|v| v + 0.1 * stream.normal()).collect();
        let (mut divergence, mut jacobian) = ([0.0], vec![0.0; x.len() * x.len()]);
        flow.divergence(0.0, &x, &mut divergence);
        flow.jacobian(0.0, &x, &mut jacobian);
        let scale = jacobian.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
        assert!(divergence[0].abs() <= 1e-12 * scale, "{}: {}", record.name, divergence[0]);
    }
    assert!(count >= 8);
}

#[test]
fn a_state_has_the_same_rates_alone_and_among_others() {
    for name in ["lorenz63", "macarthur", "mackey-glass", "henon-heiles"] {
        let system = System::named(name).unwrap();
        let Ok(flow) = system.flow() else { continue };
        let points = system.scattered(21, 0.01, 3).unwrap();
        let d = points.dim();
        let mut together = vec![0.0; 21 * d];
        flow.velocity(0.0, points.values(), &mut together);
        for (row, rates) in points.rows().zip(together.chunks(d)) {
            let mut alone = vec![0.0; d];
            flow.velocity(0.0, row, &mut alone);
            assert_eq!(alone, rates, "{name}");
        }
    }
}

#[test]
fn names_are_found_whatever_their_case_and_missed_ones_get_the_nearest() {
    assert_eq!(System::named("henon-heiles").unwrap().record().name, "HenonHeiles");
    assert_eq!(System::named("lorenz").unwrap().record().name, "Lorenz63");
    assert_eq!(System::named("map duffing").unwrap().record().kind, Kind::Map);
    let error = System::named("lorens63").unwrap_err();
    assert!(error.advice().unwrap().contains("Lorenz63"), "{error}");
    let error = System::named("lorenz63").unwrap().with("rgo", 1.0).unwrap_err();
    assert!(error.advice().unwrap().starts_with("The nearest are rho"), "{error}");
    assert!(System::named("lorenz63").unwrap().with("rho", f64::NAN).is_err());
    assert!(System::named("lorenz63").unwrap().map().is_err());
}

#[test]
fn a_file_of_ones_own_is_read_and_refused_line_by_line() {
    let text = "# mine\nflow pendulum, swing | a v | k=2 |\n  v; -k*sin(a) | 0.1 0 | 6.5\n";
    let records = read(text).unwrap();
    assert_eq!((records.len(), records[0].period), (1, Some(6.5)));
    let system = System::new(find(&records, "Swing").unwrap()).unwrap().with("k", 3.0).unwrap();
    let mut rates = [0.0; 2];
    system.flow().unwrap().velocity(0.0, &[0.5, 0.25], &mut rates);
    assert_eq!(rates, [0.25, -3.0 * 0.5_f64.sin()]);
    for (bad, part) in [
        ("flow a | x | | -x", "at least 5"),
        ("flux a | x | | -x | 1", "flow, map or delay"),
        ("flow a | x | k | -x | 1", "has no value"),
        ("flow a | x | k=two | -x | 1", "not a finite number"),
        ("flow a | x y | | -x; y | 1", "1 initial values for 2 states"),
        ("flow a | sin | | -sin | 1", "cannot be the name"),
        ("flow a | x | x=1 | -x | 1", "are called x"),
        ("flow a | x | | -x | 1 | -3", "must be positive"),
        ("delay a | x | | -xd | 1", "called tau"),
        ("flow a | x | | -x | 1\nflow A | x | | -x | 1", "before this one"),
    ] {
        let error = read(&format!("# mine\n{bad}\n")).unwrap_err();
        assert!(error.message().starts_with("Line ") && error.message().contains(part), "{error}");
    }
}
