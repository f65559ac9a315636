fn main() {
    let a: Vec<String> = std::env::args().collect();
    for seed in a[2].split(',').map(|s| s.parse::<u64>().unwrap()) {
        for c in
            thalweg_flow::LEARNERS.iter().flat_map(|l| l.method.checks).filter(|c| a[1].split(',').any(|n| n == c.name))
        {
            let s = std::time::Instant::now();
            let ctx = thalweg_core::Context::new(seed, 2).unwrap();
            match (c.run)(&ctx) {
                Ok(f) => {
                    for m in f {
                        println!(
                            "{} s{seed} {:.1}s {} {} = {:.5} ({})",
                            c.name,
                            s.elapsed().as_secs_f64(),
                            if m.holds() { "ok" } else { "FAIL" },
                            m.what,
                            m.value,
                            m.expected
                        )
                    }
                }
                Err(e) => println!("{} s{seed} ERROR {e}", c.name),
            }
        }
    }
    println!("load {}", std::fs::read_to_string("/proc/loadavg").unwrap().trim());
}
