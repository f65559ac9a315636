//! `thalweg route` on small networks with known answers.

use crate::ask::{done, say};
use serde_json::Value;
use std::fs;
use std::path::Path;
use thalweg_io::{Request, Selection};

/// Braess's network: times `10 x`, `50 + x`, `50 + x`, `10 x` and, on the bridge, `10 + x`. Six go from a to d.
fn braess() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let roads = "from,to,time,capacity,b,power\na,b,1e-9,1,1e10,1\na,c,50,50,1,1\nb,d,50,50,1,1\nc,d,1e-9,1,1e10,1\nb,c,10,10,1,1\n";
    fs::write(dir.path().join("roads.csv"), roads).unwrap();
    fs::write(dir.path().join("trips.csv"), "from,to,amount\na,d,4\nb,b,7\na,d,2\n").unwrap();
    dir
}

fn numbers(path: &Path, columns: &[&str]) -> Vec<Vec<f64>> {
    let features = Selection::Columns(columns.iter().map(|c| (*c).to_owned()).collect());
    let table = thalweg_io::read(path, &Request { features, ..Request::default() }, None).unwrap();
    table.points.rows().map(<[f64]>::to_vec).collect()
}

#[test]
fn a_road_more_makes_all_slower() {
    let dir = braess();
    let dir = dir.path();
    let said = done(dir, "route --network roads.csv --trips trips.csv --paths paths.csv -o flows.parquet --json");
    let record: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((record["trips"].as_u64(), record["demand"].as_f64()), (Some(2), Some(6.0)));
    assert!((record["total_time"].as_f64().unwrap() / 6.0 - 92.0).abs() < 1e-6, "{said:?}");
    let flows = numbers(&dir.join("flows.parquet"), &["flow", "time", "load"]);
    for (row, truth) in flows.iter().zip([4.0, 2.0, 2.0, 4.0, 2.0]) {
        assert!((row[0] - truth).abs() < 1e-6, "{flows:?}");
    }
    // Three ways, all as long.
    let paths = fs::read_to_string(dir.join("paths.csv")).unwrap();
    assert_eq!(paths.lines().count(), 4);
    assert!(["a b d", "a c d", "a b c d"].iter().all(|way| paths.contains(way)), "{paths}");
    assert!(numbers(&dir.join("paths.csv"), &["time"]).iter().all(|t| (t[0] - 92.0).abs() < 1e-6));
    let best = done(dir, "route --network roads.csv --trips trips.csv --method optimum -o best.csv");
    assert!(best.out.contains("System optimum") && best.out.contains("83.000000 each"), "{best:?}");
}

#[test]
fn a_network_of_the_collection_is_read_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    // Zone 1 is not passed, so that all go 2 -> 3 -> 4 although 2 -> 1 -> 4 is shorter.
    let net = "<FIRST THRU NODE> 2\n<END OF METADATA>\n~ comment ;\n2 1 9 0 1 0.15 4 0 0 1 ;\n1 4 9 0 1 0.15 4 0 0 1 ;\n\
        2 3 9 0 2 0.15 4 0 0 1 ;\n3 4 9 0 2 0.15 4 0 0 1 ;\n";
    fs::write(dir.join("net.tntp"), net).unwrap();
    fs::write(dir.join("trips.tntp"), "<END OF METADATA>\nOrigin 2\n2 : 0.0; 4 : 9.0;\n").unwrap();
    for method in ["equilibrium", "shortest", "min-congestion"] {
        done(dir, &format!("route --network net.tntp --trips trips.tntp --method {method} -o {method}.csv"));
        let flows = numbers(&dir.join(format!("{method}.csv")), &["from", "to", "flow"]);
        assert_eq!(flows, [[2.0, 1.0, 0.0], [1.0, 4.0, 0.0], [2.0, 3.0, 9.0], [3.0, 4.0, 9.0]]);
    }
    // Goods that are alike may pass anywhere.
    done(dir, "route --network net.tntp --trips trips.tntp --method min-cost -o goods.csv");
    assert_eq!(numbers(&dir.join("goods.csv"), &["flow"]), [[9.0], [9.0], [0.0], [0.0]]);
}

#[test]
fn what_cannot_be_routed_is_said_with_its_row() {
    let dir = braess();
    let dir = dir.path();
    let refused = |roads: &str, trips: &str, flags: &str, part: &str| {
        fs::write(dir.join("r.csv"), roads).unwrap();
        fs::write(dir.join("t.csv"), trips).unwrap();
        let said = say(dir, &format!("route --network r.csv --trips t.csv -o o.csv {flags}"));
        assert!(said.code == Some(2) && said.err.contains(part) && !dir.join("o.csv").exists(), "{said:?}");
    };
    let (roads, trips) = ("from,to,time,capacity\na,b,1,1\nb,a,1,1\nc,a,1,1\n", "from,to,amount\na,b,1\n");
    refused(
        roads,
        "from,to,amount\na,c,3\nb,c,1\n",
        "",
        "3 go from a to c, but no path does; the same holds for 1 trips",
    );
    refused(
        roads,
        "from,to,amount\na,z,3\n",
        "",
        "row 0 (counted from 0): No edge of the network begins or ends at node z",
    );
    refused(roads, "from,to,amount\na,b,-3\n", "", "amount -3");
    refused(roads, "from,to\na,b\n", "", "no column `amount`");
    refused("from,to,time,capacity\na,b,1,-1\n", trips, "", "row 0 (counted from 0), from a to b, has the capacity -1");
    refused("from,to,time,power\na,b,1,0.5\n", trips, "--method min-congestion", "no capacities");
    refused("from,to,time,capacity,power\na,b,1,1,0.5\n", trips, "", "power 0.5");
    refused(roads, "from,to,amount\na,b,2\n", "--method min-cost", "Capacities");
    refused(roads, trips, "--method min-cost --paths p.csv", "no paths");
    refused(roads, trips, "--tolerance 2", "tolerance is 2");
    refused("from;to\n", trips, "", "no column `from`");
}

#[test]
fn iterations_that_ran_out_are_told() {
    let dir = braess();
    let said = say(dir.path(), "route --network roads.csv --trips trips.csv --max-iterations 2 -o flows.csv");
    assert!(said.code == Some(1) && said.err.contains("Allow 8 iterations"), "{said:?}");
    assert!(dir.path().join("flows.csv").exists());
}
