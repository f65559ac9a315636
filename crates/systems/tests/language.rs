//! The expression language: what it computes, what it refuses, and that it never panics.

use proptest::prelude::*;
use thalweg_core::{Result, VectorField};
use thalweg_systems::{Flow, System, read};

fn system(states: &str, parameters: &str, equations: &str) -> Result<System> {
    let start = vec!["1"; states.split_whitespace().count()].join(" ");
    let records = read(&format!("flow mine | {states} | {parameters} | {equations} | {start}"))?;
    System::new(&records[0])
}

fn flow(states: &str, parameters: &str, equations: &str) -> Flow {
    system(states, parameters, equations).unwrap_or_else(|e| panic!("{e}")).flow().unwrap()
}

/// The value of an expression in `x`, and its derivative.
fn value(expression: &str, x: f64) -> (f64, f64) {
    let flow = flow("x", "a=2 b=3 c_1=10 c_2=20 c_3=30", expression);
    let (mut rate, mut slope) = ([0.0], [0.0]);
    flow.velocity(0.5, &[x], &mut rate);
    flow.jacobian(0.5, &[x], &mut slope);
    (rate[0], slope[0])
}

#[test]
fn operators_bind_as_in_mathematics() {
    for (expression, expected) in [
        ("-x^2", -9.0),
        ("2^3^2", 512.0),
        ("2^-1*x", 1.5),
        ("1-2-x", -4.0),
        ("12/2/x", 2.0),
        ("1+2*x", 7.0),
        ("-x*-x", 9.0),
        ("(1+2)*x", 9.0),
        ("7.5%x", 1.5),
        ("(-7.5)%x", 1.5),
        (".5e1*x", 15.0),
        ("let q=x*x; q+q*0+t", 9.5),
        ("let a=5; a*x", 15.0),
        ("sum(i,1,3,c_i*i)+x", 143.0),
        ("sum(i,1,2,c_{i+1}-c_i)+x", 23.0),
        ("sum(i,1,2,sum(j,1,2,i*c_j))", 90.0),
        ("min(x,a,5)+max(x,a)", 5.0),
        ("step(x)+step(0)+step(-x)+sign(-x)+abs(-x)+floor(x+0.5)", 6.0),
    ] {
        assert_eq!(value(expression, 3.0).0, expected, "{expression}");
    }
}

#[test]
fn derivatives_are_those_of_the_textbook() {
    let x: f64 = 0.7;
    for (expression, expected) in [
        ("x^5", 5.0 * x.powi(4)),
        ("x^-2", -2.0 * x.powi(-3)),
        ("x^0.3", 0.3 * x.powf(-0.7)),
        ("a^x", 2.0_f64.powf(x) * 2.0_f64.ln()),
        ("x^x", x.powf(x) * (x.ln() + 1.0)),
        ("sin(b*x)", 3.0 * (3.0 * x).cos()),
        ("cos(x)", -x.sin()),
        ("tan(x)", 1.0 / x.cos().powi(2)),
        ("asin(x)", 1.0 / (1.0 - x * x).sqrt()),
        ("acos(x)", -1.0 / (1.0 - x * x).sqrt()),
        ("atan(x)", 1.0 / (1.0 + x * x)),
        ("exp(-x^2)", -2.0 * x * (-x * x).exp()),
        ("log(x)", 1.0 / x),
        ("sqrt(x)", 0.5 / x.sqrt()),
        ("sinh(x)+cosh(x)", x.exp()),
        ("tanh(x)", 1.0 / x.cosh().powi(2)),
        ("abs(x-1)", -1.0),
        ("x/(1+x)", 1.0 / (1.0 + x).powi(2)),
        ("min(x, 2*x^2)", 1.0),
        ("max(x, 2*x^2)", 4.0 * x),
        ("(3*x)%1", 3.0),
        ("x%(x/2+0.1)", 0.5),
        ("floor(x)+step(x)+sign(x)", 0.0),
    ] {
        let found = value(expression, x).1;
        assert!((found - expected).abs() <= 4e-15 * expected.abs().max(1.0), "{expression}: {found} for {expected}");
    }
}

#[test]
fn a_refusal_is_a_sentence_with_a_caret_under_the_place() {
    let error = system("x y", "rho=28", "rho*(y-x); (rh-x)*y").unwrap_err();
    let lines: Vec<&str> = error.message().lines().collect();
    assert!(lines[0].ends_with("rh is neither a state nor a parameter nor a let before it."), "{error}");
    assert_eq!(lines[1].trim_start(), "rho*(y-x); (rh-x)*y");
    assert_eq!(lines[2].find('^'), lines[1].find("rh-x"));
    assert_eq!(lines[2].matches('^').count(), 2);
    assert!(error.advice().unwrap().contains("rho"), "{error}");
    for (equations, part) in [
        ("x+", "ends where an expression is missing"),
        ("x)", "closes none"),
        ("(x", "\")\" is missing"),
        ("2x", "An operator or a semicolon is missing"),
        ("x*/2", "An expression is missing before"),
        ("x&y", "'&' has no meaning"),
        ("é", "has no meaning"),
        ("sine(x)", "no function called sine"),
        ("sin(x, 1)", "takes one argument"),
        ("min(x)", "at least two"),
        ("sum(i,1,1e5,i)", "terms"),
        ("sum(i,1.5,3,i)", "whole numbers"),
        ("c_{i+1}", "not the variable of a sum"),
        ("c_{i", "index cannot be read"),
        ("let x=1; x", "is that of a state"),
        ("let =1; x", "A name is missing"),
        ("x; x", "has 2 equations for 1 states"),
        ("let q=x", "has 0 equations"),
        ("1e999*x", "not a number"),
        ("", "expression is missing"),
        ("sum(i,1,1000,sum(j,1,1000,sin(i*j*x)))", "too many"),
    ] {
        let error = system("x", "", equations).unwrap_err();
        assert!(error.message().contains(part), "{equations}: {error}");
    }
    let deep = format!("{}x{}", "(".repeat(5000), ")".repeat(5000));
    assert!(system("x", "", &deep).unwrap_err().message().contains("deep"));
    assert!(system("x", "", &"-".repeat(60_000)).unwrap_err().message().contains("deep"));
    assert!(system("x", "", &"x^".repeat(30_000)).unwrap_err().message().contains("deep"));
    // Long but flat is fine, and takes no depth of the stack.
    let flat = format!("{}x", "x+".repeat(9_000));
    assert_eq!(value(&flat, 1.0), (9001.0, 9001.0));
}

const SOUND: &str = "let q=sum(i,1,3,c_i*x^i)/(1+abs(y)); a*(y-x)%2.5e0; min(q,-x^2,step(y)) + sin(pi*t)^-3";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_change_of_bytes_makes_it_panic(changes in prop::collection::vec((0..SOUND.len(), any::<u8>()), 1..6)) {
        let mut bytes = SOUND.as_bytes().to_vec();
        for (at, byte) in changes {
            bytes[at] = byte;
        }
        let text = String::from_utf8_lossy(&bytes).replace(['|', '\n'], " ");
        if let Ok(system) = system("x y", "a=1 c_1=1 c_2=2 c_3=3", &text) {
            let mut out = [0.0; 4];
            system.flow().unwrap().jacobian(0.0, &[0.5, 0.25], &mut out);
        }
    }

    #[test]
    fn no_pieces_in_any_order_make_it_panic(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "x", "y", "a", "c_i", "c_{i+1}", "let", "sum", "sin", "min", "t", "pi", "(", ")", ",", ";", "=", "+", "-", "*",
                "/", "%", "^", "2", "1e3", "0", ".", " ",
            ]),
            0..30,
        )
    ) {
        let _ = system("x y", "a=1", &pieces.concat());
    }

    #[test]
    fn no_record_makes_the_reader_panic(text in "(flow|map|delay)?[ a-z0-9=|;,.*+#\n-]{0,120}") {
        if let Ok(records) = read(&text) {
            for record in &records {
                let _ = System::new(record);
            }
        }
    }

    #[test]
    fn polynomials_are_computed_as_by_horner(coefficients in prop::collection::vec(-9.0..9.0_f64, 1..7), x in -2.0..2.0_f64) {
        let terms: Vec<String> = coefficients.iter().enumerate().map(|(k, c)| format!("({c})*x^{k}")).collect();
        let (found, slope) = value(&terms.join("+"), x);
        let horner = coefficients.iter().rev().fold((0.0, 0.0), |(v, d), c| (v * x + c, d * x + v));
        prop_assert!((found - horner.0).abs() < 1e-11 && (slope - horner.1).abs() < 1e-10);
    }
}
