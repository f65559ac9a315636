//! Lyapunov exponents against published and exact ones.

use thalweg_core::Context;
use thalweg_systems::{Exponents, Lyapunov, System};

fn exponents(system: &System, options: &Lyapunov) -> Exponents {
    system.exponents(options, &Context::new(0, 1).unwrap()).unwrap()
}

fn short() -> Lyapunov {
    Lyapunov { orbits: 8, stretches: 60, settle: 20, ..Lyapunov::default() }
}

#[test]
fn lorenz_has_the_published_spectrum() {
    // Sprott, Chaos and Time-Series Analysis (2003): 0.906, 0, -14.572; the Kaplan-Yorke dimension is 2.062.
    let found = exponents(&System::named("lorenz63").unwrap(), &short());
    for (k, expected) in [0.906, 0.0, -14.572].into_iter().enumerate() {
        let (value, error) = (found.values[k], found.errors[k]);
        assert!((value - expected).abs() < 4.0 * error.max(1e-3), "{k}: {value} +- {error}");
    }
    assert!(found.errors[0] < 0.02, "{:?}", found.errors);
    assert!((found.kaplan_yorke() - 2.062).abs() < 0.004);
    // The divergence of this flow is -(sigma + 1 + beta) everywhere.
    let sum: f64 = found.values.iter().sum();
    assert!((found.divergence.unwrap() + 41.0 / 3.0).abs() < 1e-9);
    assert!((sum + 41.0 / 3.0).abs() < 1e-6, "{sum}");
}

#[test]
fn sums_of_exponents_are_mean_divergences() {
    for name in ["rossler", "rabinovich-fabrikant", "hyper-rossler", "duffing"] {
        let found =
            exponents(&System::named(name).unwrap(), &Lyapunov { orbits: 4, stretches: 8, settle: 4, ..short() });
        let (sum, divergence) = (found.values.iter().sum::<f64>(), found.divergence.unwrap());
        assert!((sum - divergence).abs() < 1e-6 * divergence.abs().max(1.0), "{name}: {sum} for {divergence}");
    }
}

#[test]
fn a_linear_flow_has_the_real_parts_of_its_eigenvalues() {
    // A spiral (-0.1 +- i) and a decay (-0.5), turned into each other.
    let records = thalweg_systems::read("flow linear | x y z | | -0.1*x-y; x-0.1*y+z; -0.5*z | 1 1 1 | 6.28").unwrap();
    let found = exponents(&System::new(&records[0]).unwrap(), &short());
    for (value, expected) in found.values.iter().zip([-0.1, -0.1, -0.5]) {
        assert!((value - expected).abs() < 1e-4, "{:?}", found.values);
    }
}

#[test]
fn henon_has_the_published_spectrum_and_the_exact_sum() {
    // Sprott (2003): 0.4192, -1.6232; the sum is the logarithm of b.
    let found = exponents(&System::named("henon").unwrap(), &Lyapunov::default());
    assert!((found.values[0] - 0.4192).abs() < 4.0 * found.errors[0], "{found:?}");
    assert!((found.values[1] + 1.6232).abs() < 4.0 * found.errors[1], "{found:?}");
    assert!((found.values[0] + found.values[1] - 0.3_f64.ln()).abs() < 1e-12);
    assert!((found.kaplan_yorke() - 1.258).abs() < 0.003);
}

#[test]
fn another_start_may_be_on_another_motion() {
    // A regular torus at the state of the record; Sprott (1994): 0.014 from (0, 5, 0). Its volume is kept on average.
    let system = System::named("sprott-a").unwrap().starting_at(&[0.0, 5.0, 0.0]).unwrap();
    let found = exponents(&system, &Lyapunov { stretches: 200, ..short() });
    assert!((found.values[0] - 0.014).abs() < 4.0 * found.errors[0] && found.errors[0] < 0.003, "{found:?}");
    assert!(found.values.iter().sum::<f64>().abs() < 1e-3, "{found:?}");
    assert!(system.starting_at(&[1.0]).is_err());
}

#[test]
fn maps_with_exact_exponents_have_them() {
    for name in ["arnold-cat", "baker", "doubling", "kaplan-yorke", "tent"] {
        let system = System::named(name).unwrap();
        let expected = system.record().spectrum.clone().unwrap().exponents;
        let found = exponents(&system, &short());
        for (value, expected) in found.values.iter().zip(expected) {
            assert!((value - expected).abs() < 1e-12, "{name}: {:?}", found.values);
        }
    }
    let ulam = System::named("logistic").unwrap().with("r", 4.0).unwrap();
    let found = exponents(&ulam, &Lyapunov::default());
    assert!((found.values[0] - 2.0_f64.ln()).abs() < 4.0 * found.errors[0], "{found:?}");
}

#[test]
fn mackey_glass_is_chaotic_at_17_and_not_at_16() {
    let options = Lyapunov { orbits: 1, stretches: 600, settle: 100, leading: 1, ..Lyapunov::default() };
    let at =
        |tau: f64| exponents(&System::named("mackey-glass").unwrap().with("tau", tau).unwrap(), &options).values[0];
    // Published: 0.005 to 0.007 at 17; none below the onset near 16.8.
    let chaotic = at(17.0);
    assert!((0.004..0.0085).contains(&chaotic), "{chaotic}");
    assert!(at(14.0).abs() < 0.0015);
}

#[test]
fn maps_have_the_exponents_of_their_records() {
    for record in thalweg_systems::catalogue().unwrap().iter().filter(|r| r.kind == thalweg_systems::Kind::Map) {
        // Exponents of the standard map depend on the orbit.
        let Some(spectrum) = record.spectrum.as_ref().filter(|_| record.name != "Chirikov") else { continue };
        let found = exponents(&System::new(record).unwrap(), &Lyapunov::default());
        for (k, expected) in spectrum.exponents.iter().enumerate() {
            // Records have four digits and are means over 2,000,000 iterations, these over 160,000.
            let apart = (found.values[k] - expected).abs();
            assert!(apart <= 4.0 * found.errors[k] + 1e-4, "{}: {:?} {:?}", record.name, found.values, found.errors);
        }
    }
}
