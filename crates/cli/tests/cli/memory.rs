//! What a run takes in memory, beside what the program says that it will take.
#![cfg(target_os = "linux")]

use crate::ask::{program, say, short, table, workplace};
use std::fs;
use std::path::Path;
use std::process::Stdio;

/// The figure of the refusal of `line` under a budget that reading needs and learning exceeds.
fn estimate(dir: &Path, line: &str) -> String {
    let said = say(dir, &format!("{line} -o refused --memory 10MB"));
    assert!(said.code == Some(2) && !dir.join("refused").exists(), "{line}: {said:?}");
    let figure = said.err.split_once("--memory to at least ").expect("an advised figure").1;
    figure.split(',').next().unwrap().replace(' ', "")
}

/// The largest resident size of `line`.
fn peak(dir: &Path, line: &str) -> u64 {
    let mut child = program(dir).args(line.split_whitespace()).stdout(Stdio::null()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        // The high-water mark is the kernel's, so that looking seldom misses the last moments only.
        let text = fs::read_to_string(&status).unwrap_or_default();
        let mark = text.lines().find_map(|l| l.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        peak = peak.max(mark.unwrap_or(0) << 10);
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{line}");
            return peak;
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}

#[test]
fn the_resident_size_stays_under_the_estimate_and_near_it() {
    let dir = workplace();
    let dir = dir.path();
    table(dir, "many.csv", &[20_000, 20_000, 20_000]);
    // Exact distances of many points would take most of the time and say nothing about the points.
    fs::write(dir.join("few.toml"), "[evaluation]\npoints = 200\ndraws = 2\n").unwrap();
    let wide = |id: &str| short(id, 2).replace("[16,16]", "[768,768,768]") + " --set fit.checkpoint_every=1";
    let batch = |rows: usize, kind: &str| {
        short("S086", 2).replace("batch=64", &format!("batch={rows} --set coupling.kind={kind}"))
    };
    for (data, threads, options) in [
        ("ok.csv", 1, short("S086", 20)),
        ("ok.csv", 1, batch(1024, "exact")),
        ("ok.csv", 2, batch(4096, "entropic --set coupling.epsilon=1")),
        ("ok.csv", 2, batch(200_000, "independent")),
        ("ok.csv", 1, wide("S086")),
        ("ok.csv", 2, wide("S086")),
        ("ok.csv", 2, wide("S083") + " --set tolerance=0.1"),
        ("ok.csv", 2, wide("S043")),
        ("ok.csv", 2, wide("S004")),
        ("grow.csv", 2, wide("S039") + " --set fine_tune.fit.steps=2 --set fine_tune.rollout=2"),
        ("many.csv", 2, short("S086", 20)),
    ] {
        let line = format!("learn {data} --config few.toml --time day {options}");
        let line = line.replace("--threads 1", &format!("--threads {threads}"));
        let figure = estimate(dir, &line);
        // With exactly what is advised it runs.
        let peak = peak(dir, &format!("{line} --memory {figure} -o run"));
        let told = thalweg_core::parse_bytes(&figure).unwrap();
        eprintln!("{:.1} MiB of {figure}: {line}", peak as f64 / f64::from(1 << 20));
        assert!(peak <= told, "{peak} bytes of {figure}: {line}");
        assert!(peak < 64 << 20 || told <= 3 * peak, "{peak} bytes of {figure}: {line}");
        fs::remove_dir_all(dir.join("run")).unwrap();
    }
}
