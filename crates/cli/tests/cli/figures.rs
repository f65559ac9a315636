//! Figures as files, in the build that users have.

use crate::ask::{done, files, say, short, workplace};

#[test]
fn every_figure_is_written_as_vectors_and_at_twice_the_size_as_pixels() {
    let dir = workplace();
    let dir = dir.path();
    done(dir, &format!("learn grow.csv --time day -o run {}", short("S039", 20)));
    done(dir, "report run --export svg -o vectors");
    let said = say(dir, "report run --export png -o pixels");
    if said.err.contains("no font") {
        assert_eq!(said.code, Some(1));
        return eprintln!("Skipped: {}", said.err);
    }
    assert_eq!(said.code, Some(0), "{said:?}");
    let (vectors, pixels) = (files(&dir.join("vectors")), files(&dir.join("pixels")));
    assert!(!vectors.is_empty() && vectors.len() == pixels.len());
    for (path, svg) in vectors {
        let png = &pixels[&path.with_extension("png")];
        assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"), "{}", path.display());
        let (width, height) = size(&String::from_utf8(svg).unwrap());
        // The header chunk comes first: length, name, width, height.
        let number = |at: usize| f64::from(u32::from_be_bytes(png[at..at + 4].try_into().unwrap()));
        assert_eq!((number(16), number(20)), ((2.0 * width).ceil(), (2.0 * height).ceil()), "{}", path.display());
    }
}

/// Width and height that the root of a drawing states.
fn size(svg: &str) -> (f64, f64) {
    let root = svg.split_once("<svg").unwrap().1.split('>').next().unwrap();
    let stated = |name: &str| {
        let rest = root.split_once(&format!(" {name}=\"")).unwrap().1;
        rest.split('"').next().unwrap().parse().unwrap()
    };
    (stated("width"), stated("height"))
}
