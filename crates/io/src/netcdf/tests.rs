use super::{Attribute, Grids, classic, output, read_grids, write_grids};
use crate::budget::Budget;

/// A file after the specification of CDF-1, which SciPy reads as the numbers below: a record dimension `time` of two, `x` of three,
/// `v(time, x)` of 16-bit integers with a scale of 0.5 and a fill value of -1, `t(time)` of floats and a title.
fn of_records() -> Vec<u8> {
    let mut bytes = b"CDF\x01".to_vec();
    let words = |bytes: &mut Vec<u8>, words: &[u32]| words.iter().for_each(|w| bytes.extend(w.to_be_bytes()));
    let name = |bytes: &mut Vec<u8>, text: &str| {
        bytes.extend((text.len() as u32).to_be_bytes());
        bytes.extend(text.as_bytes());
        bytes.resize(bytes.len().next_multiple_of(4), 0);
    };
    words(&mut bytes, &[2, 10, 2]);
    name(&mut bytes, "time");
    words(&mut bytes, &[0]);
    name(&mut bytes, "x");
    words(&mut bytes, &[3, 12, 1]);
    name(&mut bytes, "title");
    words(&mut bytes, &[2]);
    name(&mut bytes, "two records");
    words(&mut bytes, &[11, 2]);
    name(&mut bytes, "v");
    words(&mut bytes, &[2, 0, 1, 12, 2]);
    name(&mut bytes, "scale_factor");
    words(&mut bytes, &[6, 1]);
    bytes.extend(0.5_f64.to_be_bytes());
    name(&mut bytes, "_FillValue");
    words(&mut bytes, &[3, 1]);
    bytes.extend([0xff, 0xff, 0, 0]);
    let place = bytes.len();
    // Type, size of a record and start of `v`; the same of `t`, eight bytes on.
    words(&mut bytes, &[3, 8, 0]);
    name(&mut bytes, "t");
    words(&mut bytes, &[1, 0, 0, 0, 5, 4, 0]);
    let start = bytes.len() as u32;
    bytes[place + 8..place + 12].copy_from_slice(&start.to_be_bytes());
    let end = bytes.len();
    bytes[end - 4..].copy_from_slice(&(start + 8).to_be_bytes());
    for (v, t) in [([1_i16, -1, 3], 0.25_f32), ([4, 5, 6], 0.5)] {
        v.iter().for_each(|v| bytes.extend(v.to_be_bytes()));
        bytes.extend([0, 0]);
        bytes.extend(t.to_be_bytes());
    }
    bytes
}

#[test]
fn records_scales_and_fill_values_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("records.nc");
    std::fs::write(&path, of_records()).unwrap();
    let grids = read_grids(&path, None).unwrap();
    assert_eq!(grids.dimensions, [("time".to_owned(), 2), ("x".to_owned(), 3)]);
    assert_eq!(grids.attributes, [("title".to_owned(), Attribute::Text("two records".to_owned()))]);
    let v = grids.find("v").unwrap();
    assert_eq!(grids.shape(v), [2, 3]);
    assert!(v.values[1].is_nan());
    assert_eq!([v.values[0], v.values[2], v.values[3], v.values[5]], [0.5, 1.5, 2.0, 3.0]);
    assert_eq!(grids.find("t").unwrap().values, [0.25, 0.5]);
}

fn sample() -> Grids {
    let mut grids = Grids::default();
    grids.attributes.push(("title".to_owned(), Attribute::Text("sample".to_owned())));
    let x = grids.axis("x", vec![0.0, 0.5, 1.0], &[("units", "m")]);
    let y = grids.axis("y", vec![1.0, 2.0], &[]);
    grids.variable("odd name", vec![y, x], vec![1.0, -2.0, f64::NAN, 4e300, 5.0, 6.0], &[("units", "gauss")]);
    grids
}

#[test]
fn what_is_written_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sample.nc");
    write_grids(&path, &sample()).unwrap();
    let back = read_grids(&path, None).unwrap();
    assert_eq!(back.dimensions, sample().dimensions);
    let (was, is) = (&sample().variables[2], &back.variables[2]);
    assert_eq!((&was.name, &was.dimensions, &was.attributes), (&is.name, &is.dimensions, &is.attributes));
    assert!(was.values.iter().zip(&is.values).all(|(a, b)| a.to_bits() == b.to_bits()));
}

#[test]
fn what_the_format_cannot_hold_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("wrong.nc");
    let mut wrong = sample();
    wrong.variables[2].values.pop();
    assert!(write_grids(&path, &wrong).unwrap_err().to_string().contains("its shape is [2, 3]"));
    assert!(!path.exists());
}

/// Every cut and every changed byte is answered with grids or a sentence, within the budget.
#[test]
fn damage_is_answered() {
    let mut written = Vec::new();
    output::write(&mut written, &sample()).unwrap();
    let read = |bytes: &[u8]| classic::read(bytes, &mut Budget::new(Some(1 << 20), bytes.len() as u64));
    for whole in [written, of_records()] {
        assert!(read(&whole).is_ok());
        for place in 4..whole.len() {
            assert!(read(&whole[..place]).is_err(), "cut at {place}");
            for flip in [0xff, 0x80, 1] {
                let mut bytes = whole.clone();
                bytes[place] ^= flip;
                let _ = read(&bytes);
            }
        }
    }
}
