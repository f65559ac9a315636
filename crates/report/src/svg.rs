//! A small SVG writer: shapes with a style that is both a colour for the file and a class for the page.
//!
//! A standalone file shows the light colours written as attributes. Inside the page the classes win, because
//! a style sheet overrides presentation attributes, so the same drawing follows the page's theme.

use crate::colour::{self, Ground};
use crate::escape;
use std::fmt::Write;

/// A colour with the class by which the page may override it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Style {
    class: String,
    colour: String,
}

/// The named colours: class and value on white. The page's style sheet defines the same names.
const NAMED: [(&str, &str); 8] = [
    ("ink", "#1b2330"),
    ("muted", "#586474"),
    ("grid", "#e4e8ed"),
    ("paper", "#ffffff"),
    ("observed", "#b9c2cd"),
    ("model", "#0b6bb5"),
    ("straight", "#cf5a0e"),
    ("unchanged", "#8b95a3"),
];

/// A named colour; an unknown name is ink.
pub fn named(name: &str) -> Style {
    let (class, colour) = NAMED.into_iter().find(|(known, _)| *known == name).unwrap_or(NAMED[0]);
    Style { class: class.to_owned(), colour: colour.to_owned() }
}

/// A colour of the sequential map.
pub fn sequential(fraction: f64) -> Style {
    let step = colour::step(fraction);
    let colour = colour::sequential(step as f64 / (colour::STEPS - 1) as f64, Ground::Light);
    Style { class: format!("q{step}"), colour }
}

/// A colour of the diverging map.
pub fn diverging(fraction: f64) -> Style {
    Style { class: String::from("d"), colour: colour::diverging(fraction, Ground::Light) }
}

/// Where a text sits relative to its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// The text begins there.
    Start,
    /// The text is centred there.
    Middle,
    /// The text ends there.
    End,
}

/// Fonts in the order of preference; the page uses the same.
const FONTS: &str = "system-ui, 'Segoe UI', 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif";

/// A drawing of a given size in CSS pixels.
#[derive(Clone, Debug)]
pub struct Drawing {
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    body: String,
}

impl Drawing {
    /// An empty drawing.
    pub fn new(width: f64, height: f64) -> Self {
        Self { width, height, body: String::new() }
    }

    /// A filled rectangle.
    pub fn rect(&mut self, [x, y, w, h]: [f64; 4], fill: &Style) {
        let paint = paint("fill", "f", fill);
        self.push(format_args!("<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{w:.1}\" height=\"{h:.1}\" {paint}/>"));
    }

    /// A straight line.
    pub fn line(&mut self, from: [f64; 2], to: [f64; 2], stroke: &Style, width: f64) {
        self.polyline(&[from, to], stroke, width, "");
    }

    /// A polyline; `extra` holds further attributes, for example an opacity.
    pub fn polyline(&mut self, points: &[[f64; 2]], stroke: &Style, width: f64, extra: &str) {
        if points.len() < 2 {
            return;
        }
        let (path, paint) = (path(points), paint("stroke", "s", stroke));
        self.push(format_args!(
            "<path d=\"{path}\" fill=\"none\" {paint} stroke-width=\"{width:.2}\" stroke-linejoin=\"round\" stroke-linecap=\"round\" {extra}/>"
        ));
    }

    /// A filled polygon.
    pub fn polygon(&mut self, points: &[[f64; 2]], fill: &Style, extra: &str) {
        let (path, paint) = (path(points), paint("fill", "f", fill));
        self.push(format_args!("<path d=\"{path}Z\" {paint} {extra}/>"));
    }

    /// Many segments of one width, colour and opacity, as one path so that the file stays small.
    pub fn segments(&mut self, ends: &[[[f64; 2]; 2]], stroke: &Style, width: f64, opacity: f64) {
        if ends.is_empty() {
            return;
        }
        let path: String = ends.iter().map(|ends| path(ends)).collect();
        let paint = paint("stroke", "s", stroke);
        self.push(format_args!(
            "<path d=\"{path}\" fill=\"none\" {paint} stroke-width=\"{width:.2}\" stroke-opacity=\"{opacity:.3}\"/>"
        ));
    }

    /// Many dots of one radius and colour, as one path so that the file stays small.
    pub fn dots(&mut self, centres: impl IntoIterator<Item = [f64; 2]>, radius: f64, stroke: &Style, opacity: f64) {
        let mut path = String::new();
        for [x, y] in centres {
            // A line of no length with round caps is a disc.
            let _ = write!(path, "M{x:.1} {y:.1}h0");
        }
        if path.is_empty() {
            return;
        }
        let (paint, width) = (paint("stroke", "s", stroke), 2.0 * radius);
        self.push(format_args!(
            "<path d=\"{path}\" fill=\"none\" {paint} stroke-width=\"{width:.2}\" stroke-linecap=\"round\" stroke-opacity=\"{opacity}\"/>"
        ));
    }

    /// A picture of `columns x rows` cells, the first row at the top: `step(row, column)` is a step of the colour map
    /// (0..[`colour::STEPS`]), or none where the paper shows. Neighbours of one colour are one rectangle, and those of one
    /// colour one path, so that the file stays small.
    pub fn cells(
        &mut self,
        [x, y, w, h]: [f64; 4],
        (columns, rows): (usize, usize),
        step: impl Fn(usize, usize) -> Option<usize>,
        map: fn(f64) -> Style,
    ) {
        // As they are written, so that neighbours share an edge and nothing shines through between them.
        let edge = |from: f64, whole: f64, k: usize, of: usize| {
            (100.0 * (from + whole * k as f64 / of as f64)).round() / 100.0
        };
        let mut paths = vec![String::new(); colour::STEPS];
        for row in 0..rows {
            let mut column = 0;
            while column < columns {
                let first = column;
                let now = step(row, column);
                while column < columns && step(row, column) == now {
                    column += 1;
                }
                let Some(path) = now.and_then(|now| paths.get_mut(now)) else { continue };
                let (left, right) = (edge(x, w, first, columns), edge(x, w, column, columns));
                let (top, bottom) = (edge(y, h, row, rows), edge(y, h, row + 1, rows));
                let (length, tall) = (right - left, bottom - top);
                // Writing to a string cannot fail.
                let _ = write!(path, "M{left:.2} {top:.2}h{length:.2}v{tall:.2}h-{length:.2}z");
            }
        }
        for (step, path) in paths.iter().enumerate().filter(|(_, path)| !path.is_empty()) {
            let paint = paint("fill", "f", &map(step as f64 / (colour::STEPS - 1) as f64));
            self.push(format_args!("<path d=\"{path}\" {paint} shape-rendering=\"crispEdges\"/>"));
        }
    }

    /// A text of a given size.
    pub fn text(&mut self, [x, y]: [f64; 2], size: f64, anchor: Anchor, fill: &Style, text: &str) {
        self.label([x, y], size, anchor, fill, text, "");
    }

    /// A text in a heavier weight.
    pub fn strong(&mut self, at: [f64; 2], size: f64, anchor: Anchor, fill: &Style, text: &str) {
        self.label(at, size, anchor, fill, text, "font-weight=\"600\"");
    }

    /// A text that reads upwards, for the second axis.
    pub fn upwards(&mut self, [x, y]: [f64; 2], size: f64, fill: &Style, text: &str) {
        self.label([x, y], size, Anchor::Middle, fill, text, &format!("transform=\"rotate(-90 {x:.1} {y:.1})\""));
    }

    fn label(&mut self, [x, y]: [f64; 2], size: f64, anchor: Anchor, fill: &Style, text: &str, extra: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let (paint, text) = (paint("fill", "f", fill), escape::text(text));
        self.push(format_args!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size}\" text-anchor=\"{anchor}\" {paint} {extra}>{text}</text>"
        ));
    }

    /// Puts another drawing at an offset.
    pub fn place(&mut self, [x, y]: [f64; 2], drawing: &Self) {
        self.push(format_args!("<g transform=\"translate({x:.1} {y:.1})\">{}</g>", drawing.body));
    }

    /// Draws inside a rectangle only; `name` is unique within the document.
    pub fn clipped(&mut self, name: &str, [x, y, w, h]: [f64; 4], draw: impl FnOnce(&mut Self)) {
        self.push(format_args!(
            "<clipPath id=\"{name}\"><rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{w:.1}\" height=\"{h:.1}\"/></clipPath><g clip-path=\"url(#{name})\">"
        ));
        draw(self);
        self.body.push_str("</g>");
    }

    /// Drawings side by side in rows, each row as high as its highest.
    pub fn tiled(drawings: &[Self], columns: usize, gap: f64) -> Self {
        let rows: Vec<&[Self]> = drawings.chunks(columns.max(1)).collect();
        let width = rows
            .iter()
            .map(|r| r.iter().map(|d| d.width).sum::<f64>() + gap * (r.len() - 1) as f64)
            .fold(0.0, f64::max);
        let height_of = |row: &[Self]| row.iter().map(|d| d.height).fold(0.0, f64::max);
        let height = rows.iter().map(|r| height_of(r)).sum::<f64>() + gap * rows.len().saturating_sub(1) as f64;
        let mut sheet = Self::new(width, height);
        let mut y = 0.0;
        for row in rows {
            let mut x = 0.0;
            for drawing in row {
                sheet.place([x, y], drawing);
                x += drawing.width + gap;
            }
            y += height_of(row) + gap;
        }
        sheet
    }

    /// The drawing under a title and above a caption, with a margin.
    pub fn captioned(&self, title: &str, caption: &str) -> Self {
        const MARGIN: f64 = 18.0;
        let room = ((self.width / 5.7) as usize).max(30);
        let lines = wrapped(caption, room);
        let mut sheet = Self::new(self.width + 2.0 * MARGIN, self.height + 56.0 + 16.0 * lines.len() as f64 + MARGIN);
        sheet.rect([0.0, 0.0, sheet.width, sheet.height], &named("paper"));
        sheet.strong([MARGIN, 28.0], 15.0, Anchor::Start, &named("ink"), title);
        sheet.place([MARGIN, 42.0], self);
        for (i, line) in lines.iter().enumerate() {
            let y = self.height + 64.0 + 16.0 * i as f64;
            sheet.text([MARGIN, y], 11.0, Anchor::Start, &named("muted"), line);
        }
        sheet
    }

    /// A standalone SVG document.
    pub fn document(&self) -> String {
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}\n", self.element("", ""))
    }

    /// An `<svg>` element for the page, with a description for readers that do not see it.
    pub fn inline(&self, description: &str) -> String {
        self.element(&format!("role=\"img\" aria-label=\"{}\"", escape::text(description)), "figure")
    }

    fn element(&self, extra: &str, class: &str) -> String {
        let (w, h) = (self.width.ceil(), self.height.ceil());
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w} {h}\" width=\"{w}\" height=\"{h}\" class=\"{class}\" font-family=\"{FONTS}\" {extra}>{}</svg>",
            self.body
        )
    }

    fn push(&mut self, what: std::fmt::Arguments) {
        // Writing to a string cannot fail.
        let _ = self.body.write_fmt(what);
    }
}

fn paint(attribute: &str, prefix: &str, style: &Style) -> String {
    format!("class=\"{prefix}-{}\" {attribute}=\"{}\"", style.class, style.colour)
}

fn path(points: &[[f64; 2]]) -> String {
    let mut out = String::with_capacity(12 * points.len());
    for (i, [x, y]) in points.iter().enumerate() {
        let _ = write!(out, "{}{x:.1} {y:.1}", if i == 0 { 'M' } else { 'L' });
    }
    out
}

/// Breaks a text into lines of at most `room` characters, at spaces.
fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_in_a_document() {
        let mut drawing = Drawing::new(10.0, 10.0);
        drawing.text([0.0, 0.0], 10.0, Anchor::Start, &named("ink"), "<script>&");
        assert!(drawing.document().contains("&lt;script&gt;&amp;</text>"));
    }

    #[test]
    fn captions_break_at_spaces_and_keep_every_word() {
        let lines = wrapped("one two three fourfivesix seven", 9);
        assert_eq!(lines, ["one two", "three", "fourfivesix", "seven"]);
    }

    #[test]
    fn tiles_do_not_overlap() {
        let tile = Drawing::new(10.0, 5.0);
        let sheet = Drawing::tiled(&[tile.clone(), tile.clone(), tile], 2, 2.0);
        assert_eq!((sheet.width, sheet.height), (22.0, 12.0));
    }
}
