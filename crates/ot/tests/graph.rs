//! Transport on graphs against closed forms, brute force and its own proofs.

use thalweg_core::{Class, Context, Stream};
use thalweg_ot::graph::{
    Bpr, Congestion, Equilibrium, Graph, Stopping, Trip, distances, equilibrium, max_flow, min_congestion,
    min_cost_flow, shortest,
};
use thalweg_ot::{CostMatrix, transport_matrix};

fn context(threads: usize) -> Context {
    Context::new(0, threads).unwrap()
}

fn trip(origin: usize, destination: usize, amount: f64) -> Trip {
    Trip { origin, destination, amount }
}

/// `m` random edges between `n` nodes, after a cycle through all of them.
fn random_graph(n: usize, m: usize, stream: &mut Stream) -> Graph {
    let mut edges: Vec<(usize, usize)> = (0..n).map(|v| (v, (v + 1) % n)).collect();
    edges.extend((0..m).map(|_| (stream.below(n), stream.below(n))));
    Graph::new(n, &edges).unwrap()
}

fn times(equilibrium: &Equilibrium, edges: &[u32]) -> f64 {
    edges.iter().map(|e| equilibrium.time[*e as usize]).sum()
}

#[test]
fn shortest_paths_are_those_of_floyd_and_warshall() {
    for seed in 0..20 {
        let mut stream = Stream::new(seed, "graph-test", 0);
        let (n, m) = (12, 20);
        let edges: Vec<(usize, usize)> = (0..m).map(|_| (stream.below(n), stream.below(n))).collect();
        let graph = Graph::new(n, &edges).unwrap();
        let lengths: Vec<f64> = (0..m).map(|_| stream.below(5) as f64).collect();
        let mut truth = vec![vec![f64::INFINITY; n]; n];
        (0..n).for_each(|v| truth[v][v] = 0.0);
        edges.iter().zip(&lengths).for_each(|((a, b), l)| truth[*a][*b] = truth[*a][*b].min(*l));
        for k in 0..n {
            for i in 0..n {
                for j in 0..n {
                    truth[i][j] = truth[i][j].min(truth[i][k] + truth[k][j]);
                }
            }
        }
        for (s, row) in truth.iter().enumerate() {
            let tree = shortest(&graph, &lengths, s).unwrap();
            assert_eq!(&tree.distance, row);
            for t in 0..n {
                let Some(path) = tree.path(&graph, t) else { continue };
                assert_eq!(path.iter().map(|e| lengths[*e as usize]).sum::<f64>(), row[t]);
                let mut at = s;
                for e in path {
                    assert_eq!(graph.ends(e as usize).0, at);
                    at = graph.ends(e as usize).1;
                }
                assert_eq!(at, t);
            }
        }
        let reached: Vec<usize> = (0..n).filter(|t| truth[0][*t].is_finite()).collect();
        let matrix = distances(&context(2), &graph, &lengths, &[0], &reached).unwrap();
        assert!(reached.iter().enumerate().all(|(k, t)| matrix.at(0, k) == truth[0][*t]));
        if let Some(t) = (0..n).find(|t| truth[0][*t].is_infinite()) {
            let said = distances(&context(1), &graph, &lengths, &[0], &[t]).unwrap_err().to_string();
            assert!(said.contains(&format!("from node 0 to node {t}")), "{said}");
        }
    }
}

#[test]
fn zones_are_not_passed() {
    let graph = Graph::new(3, &[(0, 1), (1, 2), (0, 2)]).unwrap();
    let lengths = [1.0, 1.0, 5.0];
    assert_eq!(shortest(&graph, &lengths, 0).unwrap().distance, [0.0, 1.0, 2.0]);
    let closed = graph.closed_to_through_traffic([1]).unwrap();
    assert_eq!(shortest(&closed, &lengths, 0).unwrap().distance, [0.0, 1.0, 5.0]);
    assert_eq!(shortest(&closed, &lengths, 1).unwrap().distance[2], 1.0);
}

/// Nodes 0 to 3; 6 travellers from 0 to 3. With the bridge from 1 to 2 each takes 92, without it 83 (Braess, 1968).
#[test]
fn a_road_more_makes_all_slower_as_braess_found() {
    let road = |free: f64, rise: f64| Bpr { free, fixed: 0.0, rise, capacity: 1.0, power: 1.0 };
    let roads = [road(0.0, 10.0), road(50.0, 1.0), road(50.0, 1.0), road(0.0, 10.0), road(10.0, 1.0)];
    let edges = [(0, 1), (0, 2), (1, 3), (2, 3), (1, 2)];
    for (count, truth) in [(5, 92.0), (4, 83.0)] {
        let graph = Graph::new(4, &edges[..count]).unwrap();
        let found =
            equilibrium(&context(1), &graph, &roads[..count], &[trip(0, 3, 6.0)], &Stopping::default()).unwrap();
        assert!(found.report.converged());
        assert!((found.total / 6.0 - truth).abs() < 1e-7, "{}", found.total / 6.0);
        // The optimum leaves the bridge empty: 83 with or without it.
        let marginal: Vec<Bpr> = roads[..count].iter().map(|r| r.marginal()).collect();
        let best =
            equilibrium(&context(1), &graph, marginal.as_slice(), &[trip(0, 3, 6.0)], &Stopping::default()).unwrap();
        assert!((best.certificate.primal / 6.0 - 83.0).abs() < 1e-7);
    }
}

/// One road of time 1, one of time `x^p`: all take the second at equilibrium; at the optimum `(p + 1)^(-1/p)` do.
#[test]
fn pigou_s_roads_have_the_price_of_anarchy_of_the_closed_form() {
    let graph = Graph::new(2, &[(0, 1), (0, 1)]).unwrap();
    for power in [1.0, 2.0, 4.0, 7.5] {
        let roads = [Bpr::constant(1.0), Bpr { free: 0.0, fixed: 0.0, rise: 1.0, capacity: 1.0, power }];
        let solve =
            |roads: &[Bpr]| equilibrium(&context(1), &graph, roads, &[trip(0, 1, 1.0)], &Stopping::default()).unwrap();
        assert!((solve(&roads).total - 1.0).abs() < 1e-9);
        let best = solve(&roads.map(Bpr::marginal));
        let share = (power + 1.0_f64).powf(-1.0 / power);
        assert!((best.flow[1] - share).abs() < 1e-5, "{} {share}", best.flow[1]);
        let total = 1.0 - share + share.powf(power + 1.0);
        assert!((best.certificate.primal - total).abs() < 1e-9);
    }
}

fn random_roads(m: usize, stream: &mut Stream) -> Vec<Bpr> {
    (0..m)
        .map(|_| {
            let free = 1.0 + 4.0 * stream.uniform();
            Bpr { free, fixed: 0.0, rise: 0.15 * free, capacity: 2.0 + 4.0 * stream.uniform(), power: 4.0 }
        })
        .collect()
}

fn random_trips(n: usize, count: usize, stream: &mut Stream) -> Vec<Trip> {
    let mut node = || stream.below(n);
    let pairs: Vec<(usize, usize)> = (0..count).map(|_| (node(), node())).collect();
    pairs.into_iter().map(|(a, b)| trip(a, b, 1.0 + 2.0 * stream.uniform())).collect()
}

#[test]
fn nobody_gains_by_another_path_and_nothing_is_lost_on_the_way() {
    for seed in 0..3 {
        let mut stream = Stream::new(seed, "graph-test", 1);
        let graph = random_graph(40, 120, &mut stream);
        let roads = random_roads(160, &mut stream);
        let trips = random_trips(40, 200, &mut stream);
        let found = equilibrium(&context(2), &graph, roads.as_slice(), &trips, &Stopping::default()).unwrap();
        assert!(found.report.converged(), "{:?}", found.report);
        let mut net = graph.divergence(&found.flow);
        for t in &trips {
            net[t.origin] += t.amount;
            net[t.destination] -= t.amount;
        }
        assert!(net.iter().all(|v| v.abs() < 1e-9), "{net:?}");
        for (trip, routes) in &found.routes {
            let tree = shortest(&graph, &found.time, trip.origin).unwrap();
            let least = tree.distance[trip.destination];
            let amount: f64 = routes.iter().map(|r| r.flow).sum();
            assert!((amount - trip.amount).abs() < 1e-12 * trip.amount * 40.0);
            // Lost time is at most the gap of all: 1e-10 of the total.
            for route in routes {
                let lost = route.flow * (times(&found, &route.edges) - least);
                assert!(lost <= 1.1e-10 * found.total, "{lost}");
            }
        }
        // Weak duality: no other flow has a lower objective than the bound; another is that of free-flow paths.
        assert!(found.certificate.gap <= 1e-10 * found.total);
        let bytes = |e: &Equilibrium| e.flow.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        let alone = equilibrium(&context(1), &graph, roads.as_slice(), &trips, &Stopping::default()).unwrap();
        assert_eq!(bytes(&found), bytes(&alone));
    }
}

#[test]
fn the_system_optimum_takes_least_time_in_total() {
    let mut stream = Stream::new(0, "graph-test", 2);
    let graph = random_graph(20, 60, &mut stream);
    let roads = random_roads(80, &mut stream);
    let trips = random_trips(20, 60, &mut stream);
    let marginal: Vec<Bpr> = roads.iter().map(|r| r.marginal()).collect();
    let user = equilibrium(&context(1), &graph, roads.as_slice(), &trips, &Stopping::default()).unwrap();
    let best = equilibrium(&context(1), &graph, marginal.as_slice(), &trips, &Stopping::default()).unwrap();
    assert!(best.certificate.primal < user.total);
    // For powers of four the price of anarchy is at most 2.151 (Roughgarden, 2003).
    assert!(user.total < 2.151 * best.certificate.primal);
}

#[test]
fn what_cannot_be_is_refused_in_a_sentence() {
    let graph = Graph::new(3, &[(0, 1), (1, 0)]).unwrap();
    let roads = [Bpr::constant(1.0); 2];
    let said = |trips: &[Trip], roads: &[Bpr]| {
        let refused = equilibrium(&context(1), &graph, roads, trips, &Stopping::default()).unwrap_err();
        assert_eq!(refused.class(), Class::Input);
        refused.to_string()
    };
    assert!(said(&[trip(0, 2, 4.0)], &roads).contains("4 go from node 0 to node 2, but no path does"));
    assert!(said(&[trip(0, 9, 4.0)], &roads).contains("no node 9"));
    assert!(said(&[trip(0, 1, -4.0)], &roads).contains("-4"));
    assert!(said(&[trip(1, 1, 4.0)], &roads).contains("No trip"));
    assert!(said(&[trip(0, 1, 4.0)], &roads[..1]).contains("1 edges"));
    assert!(Graph::new(2, &[(0, 2)]).unwrap_err().to_string().contains("node 2"));
    let never = Stopping { tolerance: f64::NAN, iterations: 5 };
    assert!(min_congestion(&context(1), &graph, &[1.0; 2], &[trip(0, 1, 1.0)], &never).is_err());
    let steep = [Bpr { free: 1.0, fixed: 0.0, rise: 1.0, capacity: 1e-30, power: 12.0 }; 2];
    let trips = [trip(0, 1, 4.0)];
    let refused = equilibrium(&context(1), &graph, steep.as_slice(), &trips, &Stopping::default()).unwrap_err();
    assert!(refused.class() == Class::Failed && refused.to_string().contains("takes inf at the flow 4"), "{refused}");
    let negative = Bpr { rise: 1.0, capacity: -1.0, ..roads[0] };
    assert!(Bpr::check(&[roads[0], negative], &graph).unwrap_err().to_string().contains("capacity -1"));
    assert!(
        min_cost_flow(&context(1), &graph, &[1.0; 2], &[1.0; 2], &[3.0, -3.0, 0.0])
            .unwrap_err()
            .to_string()
            .contains("2 short")
    );
    assert!(
        min_cost_flow(&context(1), &graph, &[1.0; 2], &[1.0; 2], &[3.0, -2.0, 0.0])
            .unwrap_err()
            .to_string()
            .contains("exceed")
    );
    assert!(
        min_cost_flow(&context(1), &graph, &[-1.0; 2], &[f64::INFINITY; 2], &[0.0; 3])
            .unwrap_err()
            .to_string()
            .contains("no capacity")
    );
    assert!(max_flow(&context(1), &graph, &[f64::INFINITY; 2], 0, 1).unwrap_err().to_string().contains("no limit"));
}

/// All flows of whole numbers, one after another: with whole data one of them is optimal.
#[test]
fn the_cheapest_flow_is_that_of_brute_force() {
    let mut feasible = 0;
    for seed in 0..300 {
        let mut stream = Stream::new(seed, "graph-test", 3);
        let (n, m) = (4, 7);
        let edges: Vec<(usize, usize)> = (0..m).map(|_| (stream.below(n), stream.below(n))).collect();
        let graph = Graph::new(n, &edges).unwrap();
        let costs: Vec<f64> = (0..m).map(|_| stream.below(7) as f64 - 2.0).collect();
        let capacities: Vec<f64> = (0..m).map(|_| stream.below(4) as f64).collect();
        let mut supply = vec![0.0; n];
        for _ in 0..2 {
            let (a, b) = (stream.below(n), stream.below(n));
            supply[a] += 1.0;
            supply[b] -= 1.0;
        }
        let mut truth = f64::INFINITY;
        let mut flow = vec![0.0; m];
        'all: loop {
            if graph.divergence(&flow).iter().zip(&supply).all(|(net, b)| -net == *b) {
                truth = truth.min(flow.iter().zip(&costs).map(|(x, c)| x * c).sum());
            }
            for e in 0..m {
                if flow[e] < capacities[e] {
                    flow[e] += 1.0;
                    continue 'all;
                }
                flow[e] = 0.0;
            }
            break;
        }
        match min_cost_flow(&context(1), &graph, &costs, &capacities, &supply) {
            Ok(found) => {
                assert_eq!(found.certificate.primal, truth, "seed {seed}");
                assert!(found.certificate.gap.abs() < 1e-9);
                feasible += 1;
            }
            Err(e) => assert!(truth.is_infinite() && e.class() == Class::Input, "seed {seed}: {e}"),
        }
    }
    assert!(feasible > 100);
}

#[test]
fn between_two_sides_the_cheapest_flow_is_the_optimal_plan() {
    let mut stream = Stream::new(0, "graph-test", 4);
    let (n, m) = (30, 40);
    let values: Vec<f64> = (0..n * m).map(|_| stream.uniform()).collect();
    let edges: Vec<(usize, usize)> = (0..n * m).map(|e| (e / m, n + e % m)).collect();
    let weights = |k: usize, stream: &mut Stream| {
        let w: Vec<f64> = (0..k).map(|_| 0.1 + stream.uniform()).collect();
        let sum: f64 = w.iter().sum();
        w.into_iter().map(|v| v / sum).collect::<Vec<_>>()
    };
    let (a, b) = (weights(n, &mut stream), weights(m, &mut stream));
    let supply: Vec<f64> = a.iter().copied().chain(b.iter().map(|v| -v)).collect();
    let graph = Graph::new(n + m, &edges).unwrap();
    let found = min_cost_flow(&context(1), &graph, &values, &vec![f64::INFINITY; n * m], &supply).unwrap();
    let exact = transport_matrix(&context(1), &a, &b, &CostMatrix::new(n, m, values).unwrap()).unwrap();
    assert!((found.certificate.primal - exact.certificate.primal).abs() < 1e-12);
    assert!(found.certificate.gap.abs() < 1e-10);
}

#[test]
fn prices_say_which_edges_are_full() {
    for seed in 0..5 {
        let mut stream = Stream::new(seed, "graph-test", 5);
        let graph = random_graph(50, 200, &mut stream);
        let costs: Vec<f64> = (0..250).map(|_| stream.uniform()).collect();
        // The cycle carries everything if need be.
        let capacities: Vec<f64> = (0..250).map(|e| if e < 50 { 100.0 } else { stream.uniform() }).collect();
        let mut supply: Vec<f64> = (0..50).map(|_| stream.uniform() - 0.5).collect();
        let excess: f64 = supply.iter().sum();
        supply[0] -= excess;
        let found = min_cost_flow(&context(1), &graph, &costs, &capacities, &supply).unwrap();
        let net = graph.divergence(&found.flow);
        assert!(net.iter().zip(&supply).all(|(v, b)| (v + b).abs() < 1e-12));
        for e in 0..250 {
            let (tail, head) = graph.ends(e);
            let reduced = costs[e] - found.potential[tail] + found.potential[head];
            assert!(found.flow[e] < 1e-12 || reduced < 1e-9, "empty where it costs more");
            assert!(found.flow[e] > capacities[e] - 1e-12 || reduced > -1e-9, "full where it costs less");
        }
        assert!(found.certificate.gap.abs() < 1e-9 * found.certificate.primal);
    }
}

#[test]
fn the_largest_flow_is_the_smallest_cut() {
    for seed in 0..100 {
        let mut stream = Stream::new(seed, "graph-test", 6);
        let (n, m) = (7, 16);
        let edges: Vec<(usize, usize)> = (0..m).map(|_| (stream.below(n), stream.below(n))).collect();
        let graph = Graph::new(n, &edges).unwrap();
        let capacities: Vec<f64> = (0..m).map(|_| stream.below(6) as f64).collect();
        let truth = (0..1_usize << n)
            .filter(|side| side & 1 == 1 && side >> (n - 1) & 1 == 0)
            .map(|side| {
                let crosses = |(a, b): &(usize, usize)| side >> a & 1 == 1 && side >> b & 1 == 0;
                edges.iter().zip(&capacities).filter(|(e, _)| crosses(e)).map(|(_, c)| c).sum::<f64>()
            })
            .fold(f64::INFINITY, f64::min);
        let found = max_flow(&context(1), &graph, &capacities, 0, n - 1).unwrap();
        assert_eq!((found.certificate.primal, found.certificate.dual), (truth, truth));
        let net = graph.divergence(&found.flow);
        assert!((1..n - 1).all(|v| net[v] == 0.0) && found.flow.iter().zip(&capacities).all(|(x, c)| x <= c));
    }
}

#[test]
fn the_least_congestion_of_one_pair_is_its_demand_over_the_largest_flow() {
    for seed in 0..10 {
        let mut stream = Stream::new(seed, "graph-test", 7);
        let graph = random_graph(12, 40, &mut stream);
        let capacities: Vec<f64> = (0..52).map(|_| 0.5 + stream.uniform()).collect();
        let most = max_flow(&context(1), &graph, &capacities, 0, 6).unwrap().certificate.primal;
        let stopping = Stopping { tolerance: 1e-9, iterations: 500 };
        let found = min_congestion(&context(1), &graph, &capacities, &[trip(0, 6, 3.0)], &stopping).unwrap();
        assert!(found.report.converged(), "seed {seed}: {:?}", found.report);
        assert!((found.certificate.primal * most / 3.0 - 1.0).abs() < 1e-8);
    }
}

#[test]
fn many_pairs_come_with_a_bound_that_lengths_prove() {
    for seed in 0..3 {
        let mut stream = Stream::new(seed, "graph-test", 8);
        let graph = random_graph(15, 45, &mut stream);
        let capacities: Vec<f64> = (0..60).map(|_| 0.5 + stream.uniform()).collect();
        let trips = random_trips(15, 40, &mut stream);
        let stopping = Stopping { tolerance: 1e-8, iterations: 500 };
        let found = min_congestion(&context(2), &graph, &capacities, &trips, &stopping).unwrap();
        assert!(found.report.converged(), "seed {seed}: {:?}", found.report);
        let apart = |t: &Trip| t.amount * shortest(&graph, &found.lengths, t.origin).unwrap().distance[t.destination];
        let size: f64 = found.lengths.iter().zip(&capacities).map(|(l, c)| l * c).sum();
        let bound = trips.iter().map(apart).sum::<f64>() / size;
        assert!((bound / found.certificate.dual - 1.0).abs() < 1e-12);
        let largest = found.flow.iter().zip(&capacities).map(|(x, c)| x / c).fold(0.0, f64::max);
        assert!((largest / bound - 1.0).abs() < 2e-8);
        let bytes = |c: &Congestion| c.flow.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        let alone = min_congestion(&context(1), &graph, &capacities, &trips, &stopping).unwrap();
        assert_eq!(bytes(&found), bytes(&alone));
    }
}
