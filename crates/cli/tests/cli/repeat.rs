//! Equal data, settings and seed give equal bytes, whatever the number of threads.

use crate::ask::{done, short, workplace};
use std::fs;

#[test]
fn one_and_two_threads_learn_the_same_bytes() {
    let dir = workplace();
    let dir = dir.path();
    for id in ["S004", "S039", "S043", "S083", "S086"] {
        for seed in 0..3 {
            let line = format!("learn grow.csv --time day --seed {seed} {}", short(id, 30));
            let (one, two) = (format!("{id}-{seed}-1"), format!("{id}-{seed}-2"));
            done(dir, &format!("{line} -o {one}"));
            done(dir, &format!("{} -o {two}", line.replace("--threads 1", "--threads 2")));
            for name in ["model.safetensors", "metrics.json", "points.npz"] {
                let read = |run: &str| fs::read(dir.join(run).join(name)).unwrap();
                assert!(read(&one) == read(&two), "{name} of {id} at seed {seed} depends on the threads");
            }
        }
        let model = |seed: u64| fs::read(dir.join(format!("{id}-{seed}-1/model.safetensors"))).unwrap();
        assert!(model(0) != model(1), "{id} does not use its seed");
    }
}
