//! Sizes as people write them.

/// Bytes from `4GiB`, `800MB`, `1.5G` or a plain number; `G` alone means `GiB`.
///
/// # Errors
/// An unknown unit, or a number that is not positive and finite; the text is the end of a sentence.
pub fn parse_bytes(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let factor: f64 = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "kb" => 1e3,
        "mb" => 1e6,
        "gb" => 1e9,
        "tb" => 1e12,
        "k" | "kib" => 1024.0,
        "m" | "mib" => 1024_f64.powi(2),
        "g" | "gib" => 1024_f64.powi(3),
        "t" | "tib" => 1024_f64.powi(4),
        _ => return Err(format!("\"{unit}\" is not a unit; use for example 4GiB or 800MB")),
    };
    match number.trim().parse::<f64>() {
        Ok(value) if value > 0.0 && (value * factor).is_finite() => Ok((value * factor) as u64),
        _ => Err(format!("\"{text}\" is not a positive size; use for example 4GiB or 800MB")),
    }
}

#[cfg(test)]
mod tests {
    use super::parse_bytes as parse;

    #[test]
    fn sizes_are_read_as_written() {
        assert_eq!(parse("4GiB"), Ok(4 << 30));
        assert_eq!(parse("1.5k"), Ok(1536));
        assert_eq!(parse("800MB"), Ok(800_000_000));
        for bad in ["", "-1G", "4 parsecs", "nan", "GiB", "0"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
