//! `systems` and `simulate`: known laws, and those of one's own.

use crate::ask::{done, say};
use std::fs;
use thalweg_io::{Request, Selection, read};

#[test]
fn the_catalogue_is_listed_by_tag_and_shown_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let all = done(dir, "systems").out;
    assert_eq!(all.lines().filter(|l| !l.starts_with("law")).count(), 162);
    let some = done(dir, "systems --tag flow --tag conservative").out;
    assert!(some.lines().count() > 10 && some.lines().all(|l| l.starts_with("flow") && l.contains("conservative")));
    let shown = done(dir, "systems lorenz63").out;
    assert!(shown.contains("x' = sigma*(y-x)") && shown.contains("J. Atmos. Sci."), "{shown}");
    let json: serde_json::Value = serde_json::from_str(&done(dir, "systems henon --json").out).unwrap();
    assert_eq!((json["kind"].as_str(), json["parameters"]["b"].as_f64()), (Some("map"), Some(0.3)));
    let missed = say(dir, "systems lorens63");
    assert!(missed.code == Some(2) && missed.err.contains("Lorenz63"), "{missed:?}");
    let missed = say(dir, "systems --tag quiet");
    assert!(missed.code == Some(2) && missed.err.contains("chaotic"), "{missed:?}");
}

#[test]
fn a_trajectory_is_written_and_the_same_twice() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let line = "simulate lorenz63 --n 50 --points-per-period 20 --set rho=30 --ensemble 3 --noise 0.05 --seed 4";
    done(dir, &format!("{line} -o a.csv --threads 1"));
    done(dir, &format!("{line} -o b.csv --threads 2"));
    let text = fs::read_to_string(dir.join("a.csv")).unwrap();
    assert_eq!(text, fs::read_to_string(dir.join("b.csv")).unwrap());
    assert_eq!(text.lines().next(), Some("time,trajectory,x,y,z"));
    assert_eq!(text.lines().count(), 151);
    // The logistic map by hand.
    done(dir, "simulate logistic -n 4 --set r=4 --start 0.25 -o map.csv");
    let request = Request { features: Selection::Columns(vec!["x".into()]), ..Request::default() };
    let orbit = read(&dir.join("map.csv"), &request, None).unwrap().points.into_values();
    assert_eq!(orbit, [0.25, 0.75, 0.75, 0.75]);
}

#[test]
fn what_cannot_be_followed_is_refused_with_the_mend() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    fs::write(
        dir.join("mine.txt"),
        "flow swing | a v | k=2 | v; -k*sin(a)*b | 1 0 | 6.5\nflow burst | x | | x^2 | 1 | 1\n",
    )
    .unwrap();
    fs::write(dir.join("empty.txt"), "# nothing yet\n").unwrap();
    for (line, part) in [
        ("systems --file mine.txt", "swing: "),
        ("systems --file empty.txt", "holds no systems"),
        ("simulate swing --file empty.txt -o a.csv", "holds no systems"),
        ("simulate lorenz63 --tolerance 1e5 -o a.csv", "1e-9"),
        ("simulate lorenz63 -n 18446744073709551615 -o a.csv", "18446744073709551615 points"),
        ("simulate lorenz63 --set rgo=3 -o a.csv", "rho"),
        ("simulate lorenz63 --set rho -o a.csv", "--set rho=28"),
        ("simulate lorens63 -o a.csv", "Lorenz63"),
        ("simulate lorenz63 --sde -1 -o a.csv", "-1"),
        ("simulate lorenz63 --sde x=0.1*q -o a.csv", "^"),
        ("simulate lorenz63 --sde 0.1 --step 1 -o a.csv", "stability limit"),
        ("simulate henon --sde 0.1 -o a.csv", "map"),
        ("simulate lorenz63 --drive y=2* -o a.csv", "^"),
        ("simulate lorenz63 --gaps 1 -o a.csv", "below 1"),
        ("simulate lorenz63 --gaps 0.9 --gap-length 2 -o a.csv", "9.0 points"),
        ("simulate lorenz63 --sweep rho=1:2:1 -o a.csv", "2 to"),
        ("simulate lorenz63 --sweep rho=1,2 --set rho=3 -o a.csv", "both set and swept"),
        ("simulate lorenz63 --sweep rho=1,2 --sweep rho=3,4 -o a.csv", "swept twice"),
        ("simulate lorenz63 --sde 0.1 --exponents -o a.csv", "the noise 0.1"),
        ("simulate lorenz63 --sense stratonovich -o a.csv", "--sde"),
        ("simulate lorenz63 --spread 3 -o a.csv", "--ensemble"),
        ("simulate henon --dt 0.1 -o a.csv", "iterations"),
        ("simulate henon --points-per-period 10 -o a.csv", "iterations"),
        ("simulate lorenz63 -n -5 -o a.csv", "whole number from 0 on"),
        ("simulate lorenz63 --tolerance -1 -o a.csv", "1e-9"),
        ("simulate surface-flux --days -3 -o a.nc", "hours"),
        ("simulate lorenz63 -o -", "terminal"),
        ("simulate lorenz63 -o a.csv --report a.txt", ".html"),
        ("simulate lorenz63 -n 0 -o a.csv", "at least 1"),
        ("simulate lorenz63 --dt -1 -o a.csv", "positive"),
        ("simulate lorenz63 --noise -1 -o a.csv", "not negative"),
        ("simulate lorenz63 --start 1,2 -o a.csv", "which has 3"),
        ("simulate lorenz63 -n 100000000 --memory 1GiB -o a.csv", "memory budget"),
        ("simulate lorenz63 -o a.h5ad", "only read"),
        ("simulate swing --file mine.txt -o a.csv", "^"),
    ] {
        let said = say(dir, line);
        assert!(said.code == Some(2) && said.err.contains(part) && !said.err.contains("'-- -"), "{line}: {said:?}");
        assert!(!dir.join("a.csv").exists() && !dir.join("-").exists());
    }
    // 1 / (1 - t) leaves the finite range: what was seen is kept, and the exit code says so.
    let said = say(dir, "simulate burst --file mine.txt --points-per-period 10 -n 20 -o burst.csv");
    assert!(said.code == Some(1) && said.err.contains("finite range"), "{said:?}");
    let kept = fs::read_to_string(dir.join("burst.csv")).unwrap().lines().count();
    assert!((9..=13).contains(&kept), "{kept} lines");
}

#[test]
fn noise_drives_sweeps_and_gaps_leave_their_columns_and_a_page() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let line = "simulate lorenz63 -n 200 --sweep rho=20:28:2 --sde 0.1 --drive x=cos(t) --gaps 0.5 --ensemble 2";
    done(dir, &format!("{line} -o a.csv --report page.html --threads 1"));
    done(dir, &format!("{line} -o b.csv --threads 2"));
    let text = fs::read_to_string(dir.join("a.csv")).unwrap();
    assert_eq!(text, fs::read_to_string(dir.join("b.csv")).unwrap());
    assert_eq!(text.lines().next(), Some("time,rho,trajectory,x,y,z"));
    // 800 points, half of them missed: within five standard errors.
    assert!((330..470).contains(&text.lines().count()), "{}", text.lines().count());
    let page = fs::read_to_string(dir.join("page.html")).unwrap();
    assert!(page.contains("Phase portraits") && !page.contains("{{"));
}

#[test]
fn a_folder_has_the_table_the_record_and_the_page_and_its_figures_are_exported() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let said = done(dir, "simulate rossler -n 4000 --exponents -o run").out;
    assert!(said.contains("exponent 1"), "{said}");
    let record: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(dir.join("run/simulation.json")).unwrap()).unwrap();
    let table = record["files"][0].as_str().unwrap();
    assert!(dir.join("run").join(table).is_file() && record["rows"] == 4000);
    let page = fs::read(dir.join("run/report.html")).unwrap();
    done(dir, "report run");
    assert_eq!(page, fs::read(dir.join("run/report.html")).unwrap());
    let figures = done(dir, "report run --export svg").out;
    for name in ["portraits", "courses", "spectra", "returns", "exponents"] {
        assert!(figures.contains(&format!("{name}.svg")), "{figures}");
    }
    let again = say(dir, "simulate rossler -n 10 -o run");
    assert!(again.code == Some(2) && again.err.contains("already holds"), "{again:?}");
}

#[test]
fn every_law_is_listed_followed_and_drawn() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let listed = done(dir, "systems --tag law").out;
    for (name, settings, header) in [
        ("acceleration", "--set variables=3", "time,log10 of the distance,objective,distance,x1,x3"),
        ("ginzburg-landau", "--set points=8 --set every=1", "time,y,x,u"),
        ("klein-gordon", "--set points=32 --set time=2", "time,x,u"),
        ("random-advection-diffusion", "--set sites=8 --set every=1", "time,x,u"),
        ("state-dependent-diffusion", "--set walkers=20 --set bins=4 --set time=0.1", "time,x,density"),
        ("surface-flux", "--set rows=7 --set columns=8 --set days=1", "time,colatitude,longitude,br"),
    ] {
        assert!(listed.contains(&format!("law    {name} ")), "{listed}");
        assert!(done(dir, &format!("systems {name}")).out.contains("Settings"));
        let line = format!("simulate {name} -n 4 {settings} --seed 3");
        done(dir, &format!("{line} -o {name}.csv --threads 2"));
        let table = fs::read_to_string(dir.join(format!("{name}.csv"))).unwrap();
        assert_eq!(table.lines().next(), Some(header));
        let finite = |cell: &str| cell.parse::<f64>().is_ok_and(f64::is_finite);
        assert!(table.lines().count() > 4 && table.lines().skip(1).flat_map(|l| l.split(',')).all(finite), "{table}");
        done(dir, &format!("{line} -o again.csv --threads 1"));
        assert_eq!(table, fs::read_to_string(dir.join("again.csv")).unwrap());
        done(dir, &format!("{line} -o {name}"));
        assert!(dir.join(name).join("report.html").is_file());
        let figures = done(dir, &format!("report {name} --export svg")).out;
        assert!(figures.contains(".svg"), "{name}: {figures}");
    }
}

#[test]
fn exponents_are_those_of_each_choice_and_trajectories_are_numbered_through() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    // The logistic map: ln |2 - r| in its fixed point, ln 2 at r = 4.
    let found = facts(dir, "simulate logistic -n 10 --sweep r=2.5,4 --ensemble 2 --exponents");
    let of = |name: &str| found[name].as_f64().unwrap();
    assert!((of("exponent 1 at r=2.5") + 2.0_f64.ln()).abs() < 1e-3, "{found}");
    assert!((of("exponent 1 at r=4") - 2.0_f64.ln()).abs() < 5e-3, "{found}");
    let text = fs::read_to_string(dir.join("facts.csv")).unwrap();
    let mut numbers: Vec<String> =
        text.lines().skip(1).map(|l| l.split(',').take(3).collect::<Vec<_>>()[1..].join(" ")).collect();
    numbers.sort();
    numbers.dedup();
    assert_eq!(numbers, ["2.5 0", "2.5 1", "4 2", "4 3"]);
    // Each is measured by itself, and the parameter is no state.
    let shown = done(dir, "measure facts.csv --what entropy").out;
    assert!(shown.contains("4 trajectories, each 10 rows of x,") && shown.contains("trajectory 3, r=4"), "{shown}");
}

#[test]
fn a_simulation_is_cited() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    done(dir, "simulate lorenz63 -n 10 -o run");
    assert!(done(dir, "cite run").out.contains("J. Atmos. Sci."));
    done(dir, "simulate klein-gordon -n 3 --set points=32 --set time=2 -o law");
    assert!(done(dir, "cite law").out.starts_with('@'));
}

/// What a run says of itself, by the names of its facts.
fn facts(dir: &std::path::Path, line: &str) -> serde_json::Value {
    let said: serde_json::Value = serde_json::from_str(&done(dir, &format!("{line} -o facts.csv --json")).out).unwrap();
    let list = said["facts"].as_array().unwrap().iter();
    list.map(|fact| (fact[0].as_str().unwrap().to_owned(), fact[1].clone())).collect::<serde_json::Map<_, _>>().into()
}

#[test]
fn laws_do_what_theory_says() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let of = |facts: &serde_json::Value, name: &str| facts[name].as_f64().unwrap();
    // Lessard, Recht and Packard, 2016: the heavy ball cycles, between -2.2 and 2.2, where triple momentum arrives.
    let line = "simulate acceleration -n 201 --set objective=kinked --set scheme";
    let end = |scheme: &str| of(&facts(dir, &format!("{line}={scheme}")), "distance from the minimum at the end");
    assert!(
        end("heavy-ball") > 0.5 && end("triple-momentum") < 1e-9,
        "{} {}",
        end("heavy-ball"),
        end("triple-momentum")
    );
    // Gradient descent at condition 9: 8/10 a step.
    let descent = facts(dir, "simulate acceleration --set scheme=gradient-descent --set condition=9");
    assert!((of(&descent, "factor a step, second half") - 0.8).abs() < 1e-3, "{descent}");
    // A disc shrinks by curvature: R^2 falls by twice the interface times time, and by 0.04 a unit of time as usual, here
    // over half of one. As the volume of the phase, (1 + u) / 2, it does so within 3 %.
    done(dir, "simulate ginzburg-landau -n 2 --set start=disc --set every=500 -o disc.csv");
    let text = fs::read_to_string(dir.join("disc.csv")).unwrap();
    let u: Vec<f64> = text.lines().skip(1).map(|l| l.rsplit(',').next().unwrap().parse().unwrap()).collect();
    let volume = |u: &[f64]| u.iter().map(|u| 0.5 * (1.0 + u)).sum::<f64>() / (96.0 * 96.0);
    let rate = (volume(&u[96 * 96..]) - volume(&u[..96 * 96])) / std::f64::consts::PI / 0.5;
    assert!((rate / -0.04 - 1.0).abs() < 0.03, "{rate}");
    // The mass of a ring is kept; a sine-Gordon breather keeps its energy.
    let ring = facts(dir, "simulate random-advection-diffusion -n 400 --set exchange=uniform-share");
    assert!(of(&ring, "change of the mass, relative") < 1e-12, "{ring}");
    let theory = of(&ring, "mean of u^2 in the steady state, by theory");
    assert!((of(&ring, "mean of u^2, second half") / theory - 1.0).abs() < 0.1, "{ring}");
    let wave = facts(dir, "simulate klein-gordon --set time=10 --set points=256");
    assert!(of(&wave, "largest change of the energy, relative") < 1e-3, "{wave}");
    // Without the drift that noise induces, walkers stay where they are slow.
    for drift in ["boltzmann", "force-only"] {
        let walk = facts(dir, &format!("simulate state-dependent-diffusion --set drift={drift}"));
        let theory = of(&walk, "mean square of the stationary law");
        assert!((of(&walk, "mean square, second half") / theory - 1.0).abs() < 0.05, "{drift}: {walk}");
        assert!(if drift == "boltzmann" { (theory - 1.0).abs() < 1e-3 } else { theory < 0.9 }, "{walk}");
    }
}

#[test]
fn settings_that_a_law_cannot_have_are_refused_with_a_sentence() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    for (line, part) in [
        ("klein-gordon --set speed=2", "between -1 and 1"),
        ("klein-gordon --set points=7", "7"),
        ("klein-gordon --set velocity=1", "nearest"),
        ("klein-gordon --dt 0.1", "is a law"),
        ("klein-gordn", "klein-gordon"),
        ("ginzburg-landau --set interface=0", "positive"),
        ("ginzburg-landau --set points=5000", "4096"),
        ("ginzburg-landau --set step=100", "stability limit"),
        ("klein-gordon --set points=1000000000", "at most 1000000000 are kept"),
        ("klein-gordon --set time=1e12", "steps"),
        ("ginzburg-landau --set points=512 --memory 1MiB", "memory budget"),
        ("random-advection-diffusion --set kept=2", "between 0 and 1"),
        ("random-advection-diffusion --set sites=2", "at least 3"),
        ("state-dependent-diffusion --set width=0", "more than 0"),
        ("state-dependent-diffusion --set bins=1", "2 to 10000"),
        ("state-dependent-diffusion --set time=1e300", "steps"),
        ("acceleration --set condition=0.5", "at least 1"),
        ("acceleration --set start=0", "the minimum"),
        ("acceleration --set scheme=adam", "heavy-ball"),
        ("acceleration -n 1", "at least 2"),
    ] {
        let said = say(dir, &format!("simulate {line} -o a.csv"));
        assert!(said.code == Some(2) && said.err.contains(part), "{line}: {said:?}");
    }
}

#[test]
fn a_map_of_exponents_is_a_table_and_a_page() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let line = "simulate doublegyre --set eps=0.25 --start 0,0,0 --ftle 15 --plane x=0:2:21 --plane y=0:1:11 -n 3";
    let said = done(dir, &format!("{line} -o gyre")).out;
    assert!(said.contains("largest exponent") && said.contains("693 points"), "{said}");
    let page = fs::read_to_string(dir.join("gyre/report.html")).unwrap();
    assert!(page.contains("Finite-time Lyapunov exponents of DoubleGyre, forward") && page.contains("\"plane\""));
    assert!(done(dir, "report gyre --export svg").out.contains("fields.svg"));
    done(dir, &format!("{line} -o a.csv --threads 1"));
    done(dir, &format!("{line} -o b.csv --threads 2"));
    let table = fs::read_to_string(dir.join("a.csv")).unwrap();
    assert_eq!(table, fs::read_to_string(dir.join("b.csv")).unwrap());
    assert_eq!(table.lines().next(), Some("time,y,x,ftle"));
    for (line, part) in [
        ("simulate henon --ftle 3 -o c.csv", "map"),
        ("simulate doublegyre --ftle 0 -o c.csv", "not 0"),
        ("simulate doublegyre --ftle 3 --ensemble 4 -o c.csv", "--ensemble"),
        ("simulate doublegyre --ftle 3 --plane x=0:1:9 -o c.csv", "it has two"),
        ("simulate doublegyre --ftle 3 --plane x=0:1 --plane y=0:1:9 -o c.csv", "how many places"),
        ("simulate klein-gordon --ftle 3 -o c.csv", "--ftle"),
    ] {
        let said = say(dir, line);
        assert!(said.code == Some(2) && said.err.contains(part), "{line}: {said:?}");
    }
}
