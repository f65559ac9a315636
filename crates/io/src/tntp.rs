//! Road networks and trips in the text format of the TransportationNetworks collection.
//!
//! A file begins with tags (`<NUMBER OF NODES> 24`) up to `<END OF METADATA>`. Links follow one a line, ten numbers and
//! a semicolon; `~` begins a comment. Trips follow as `Origin 1`, then `destination : amount;` any number a line.

use std::fs;
use std::path::Path;

use thalweg_core::{Error, Result};

use crate::budget::Budget;
use crate::format::length;

/// Text, and what is made of it, take at most this many times the length of the file.
const SPREAD: u64 = 8;

/// A link as the file has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TntpLink {
    /// Number of the node it leaves.
    pub from: u32,
    /// Number of the node it enters.
    pub to: u32,
    /// Flow at which the time has risen by `b` of the free-flow time.
    pub capacity: f64,
    /// In units of the collection.
    pub length: f64,
    /// Time of the empty link.
    pub free_flow_time: f64,
    /// Part of the free-flow time.
    pub b: f64,
    /// Power of flow over capacity.
    pub power: f64,
    /// In units of the collection.
    pub toll: f64,
}

/// A network.
#[derive(Clone, Debug, PartialEq)]
pub struct TntpNetwork {
    /// The first node that paths may pass through; smaller numbers are zones where they begin and end.
    pub first_through: u32,
    /// The links, in the order of the file.
    pub links: Vec<TntpLink>,
}

/// Reads the links of a network, within `memory` bytes (8 GiB where `None`).
///
/// # Errors
/// A file that is missing, empty, too large or not UTF-8; lines that are no links, with their number and content.
pub fn read_tntp_network(path: &Path, memory: Option<u64>) -> Result<TntpNetwork> {
    text(path, memory).and_then(|text| network(&text).map_err(|e| e.within(path.display())))
}

/// Reads trips as `(origin, destination, amount)`, within `memory` bytes (8 GiB where `None`).
///
/// # Errors
/// As [`read_tntp_network`].
pub fn read_tntp_trips(path: &Path, memory: Option<u64>) -> Result<Vec<(u32, u32, f64)>> {
    text(path, memory).and_then(|text| trips(&text).map_err(|e| e.within(path.display())))
}

fn text(path: &Path, memory: Option<u64>) -> Result<String> {
    let bytes = length(path)?;
    Budget::new(memory, bytes).check(bytes, SPREAD, "the file")?;
    fs::read_to_string(path).map_err(|e| Error::system(format_args!("read {} as text", path.display()), e))
}

/// The lines after the tags, numbered from 1, without comments; and the value of the tag `wanted`.
fn body<'a>(text: &'a str, wanted: &str) -> Result<(Option<&'a str>, impl Iterator<Item = (usize, &'a str)>)> {
    let mut lines = text.lines().enumerate().map(|(k, line)| (k + 1, line.trim()));
    let mut value = None;
    for (_, line) in lines.by_ref() {
        let tag = line.strip_prefix('<').and_then(|rest| rest.split_once('>'));
        match tag {
            Some(("END OF METADATA", _)) => {
                let kept = |(k, line): (usize, &'a str)| (k, line.split('~').next().unwrap_or_default().trim());
                return Ok((value, lines.map(kept).filter(|(_, line)| !line.is_empty())));
            }
            Some((name, rest)) if name == wanted => value = rest.split_whitespace().next(),
            _ => {}
        }
    }
    Err(Error::input("The file has no line <END OF METADATA>, so that it is no TNTP file.")
        .advise("Give a table with named columns as .csv or .parquet otherwise."))
}

fn network(text: &str) -> Result<TntpNetwork> {
    let (first, lines) = body(text, "FIRST THRU NODE")?;
    let first_through = match first {
        None => 1,
        Some(tag) => {
            tag.parse().map_err(|_| Error::input(format!("The first node to pass through is \"{}\".", short(tag))))?
        }
    };
    let links =
        lines.map(|(k, line)| link(line).ok_or_else(|| wrong(k, line, "ten numbers of a link and a semicolon")));
    Ok(TntpNetwork { first_through, links: links.collect::<Result<_>>()? })
}

fn link(line: &str) -> Option<TntpLink> {
    let mut words = line.trim_end_matches(';').split_whitespace();
    let (from, to) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let mut number = || words.next()?.parse::<f64>().ok().filter(|v| v.is_finite());
    let (capacity, length, free_flow_time, b, power) = (number()?, number()?, number()?, number()?, number()?);
    let (_speed, toll) = (number()?, number()?);
    Some(TntpLink { from, to, capacity, length, free_flow_time, b, power, toll })
}

fn trips(text: &str) -> Result<Vec<(u32, u32, f64)>> {
    let (_, lines) = body(text, "")?;
    let (mut origin, mut trips) = (None, Vec::new());
    for (k, line) in lines {
        if let Some(word) = line.strip_prefix("Origin") {
            let number = word.trim().parse().map_err(|_| wrong(k, line, "the number of an origin"))?;
            origin = Some(number);
            continue;
        }
        let from = origin.ok_or_else(|| wrong(k, line, "an origin before the first destination"))?;
        for part in line.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let (to, amount) = entry(part).ok_or_else(|| wrong(k, part, "a destination, a colon and an amount"))?;
            trips.push((from, to, amount));
        }
    }
    Ok(trips)
}

fn entry(part: &str) -> Option<(u32, f64)> {
    let (to, amount) = part.split_once(':')?;
    Some((to.trim().parse().ok()?, amount.trim().parse().ok().filter(|v: &f64| v.is_finite())?))
}

fn wrong(line: usize, found: &str, expected: &str) -> Error {
    Error::input(format!("Line {line} holds \"{}\" where {expected} belong.", short(found)))
}

fn short(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NET: &str = "<NUMBER OF NODES> 3\n<FIRST THRU NODE> 2\n<END OF METADATA>\n\n~ from to ... ;\n\
        \t1\t2\t100.5\t6\t6\t0.15\t4\t0\t2.5\t1\t;\n  2 3 7 1 1 0 1 0 0 1;\r\n";

    #[test]
    fn a_network_is_read_as_it_is_written() {
        let read = network(NET).unwrap();
        assert_eq!((read.first_through, read.links.len()), (2, 2));
        let first = read.links[0];
        assert_eq!((first.from, first.to, first.capacity, first.toll), (1, 2, 100.5, 2.5));
        assert_eq!((read.links[1].b, read.links[1].power), (0.0, 1.0));
    }

    #[test]
    fn trips_are_read_as_they_are_written() {
        let text = "<TOTAL OD FLOW> 3\n<END OF METADATA>\nOrigin  1 \n 1 : 0.0; 2 : 1.5;\n 3:1;\nOrigin 2\n1 : 0.5;";
        assert_eq!(trips(text).unwrap(), [(1, 1, 0.0), (1, 2, 1.5), (1, 3, 1.0), (2, 1, 0.5)]);
    }

    #[test]
    fn what_is_none_is_refused_with_its_line() {
        for (text, part) in [
            ("a,b\n1,2\n", "END OF METADATA"),
            ("<FIRST THRU NODE> x\n<END OF METADATA>\n", "\"x\""),
            ("<END OF METADATA>\n1 2 3 ;\n", "Line 2 holds \"1 2 3 ;\""),
            ("<END OF METADATA>\n1 2 inf 1 1 1 1 1 1 1;\n", "Line 2"),
            ("<END OF METADATA>\n-1 2 1 1 1 1 1 1 1 1;\n", "Line 2"),
        ] {
            assert!(network(text).unwrap_err().to_string().contains(part));
        }
        for (text, part) in [
            ("<END OF METADATA>\n1 : 2;\n", "an origin"),
            ("<END OF METADATA>\nOrigin one\n", "Line 2"),
            ("<END OF METADATA>\nOrigin 1\n2 : many;\n", "\"2 : many\""),
        ] {
            assert!(trips(text).unwrap_err().to_string().contains(part));
        }
    }

    /// Every prefix, and every byte replaced: answered, not a panic.
    #[test]
    fn damaged_text_is_answered() {
        let whole = format!("{NET}Origin 1\n2 : 3.0;");
        for k in 0..whole.len() {
            for by in ["", "<", ";", ":", "-", "9e999", "\u{e9}"] {
                let text = format!("{}{by}{}", &whole[..k], &whole[k + usize::from(!by.is_empty())..]);
                let _ = (network(&text), trips(&text), trips(&whole[..k]));
            }
        }
    }
}
