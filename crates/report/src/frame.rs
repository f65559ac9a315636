//! A plotting box: where data lands on the paper, with ticks and labels along its edges.

use crate::svg::{Anchor, Drawing, named};
use crate::view::{Span, number};

/// A box on the paper with the spans it shows.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    /// Left, top, width and height on the paper.
    pub place: [f64; 4],
    /// First axis.
    pub x: Span,
    /// Second axis.
    pub y: Span,
}

impl Frame {
    /// Where a point of the data lands.
    pub fn at(&self, x: f64, y: f64) -> [f64; 2] {
        let [left, top, width, height] = self.place;
        [left + width * (x - self.x.low) / self.x.width(), top + height * (1.0 - (y - self.y.low) / self.y.width())]
    }

    /// Where a point of the view lands.
    pub fn point(&self, p: &[f64; 2]) -> [f64; 2] {
        self.at(p[0], p[1])
    }

    /// Ticks and a label along the lower edge; `write` writes a tick.
    pub fn axis_x(&self, drawing: &mut Drawing, ticks: &[f64], write: impl Fn(f64) -> String, label: &str) {
        let [left, top, width, height] = self.place;
        let bottom = top + height;
        drawing.line([left, bottom], [left + width, bottom], &named("muted"), 0.8);
        for tick in ticks {
            let [x, _] = self.at(*tick, self.y.low);
            drawing.line([x, bottom], [x, bottom + 4.0], &named("muted"), 0.8);
            drawing.text([x, bottom + 16.0], 11.0, Anchor::Middle, &named("muted"), &write(*tick));
        }
        drawing.text([left + 0.5 * width, bottom + 33.0], 12.0, Anchor::Middle, &named("ink"), label);
    }

    /// Ticks with faint lines across, and a label along the left edge.
    pub fn axis_y(&self, drawing: &mut Drawing, ticks: &[f64], write: impl Fn(f64) -> String, label: &str) {
        let [left, top, width, height] = self.place;
        for tick in ticks {
            let [_, y] = self.at(self.x.low, *tick);
            drawing.line([left, y], [left + width, y], &named("grid"), 0.8);
            drawing.text([left - 6.0, y + 4.0], 11.0, Anchor::End, &named("muted"), &write(*tick));
        }
        if !label.is_empty() {
            drawing.upwards([left - 40.0, top + 0.5 * height], 12.0, &named("ink"), label);
        }
    }

    /// Both axes of a map of the plane, with round ticks.
    pub fn axes(&self, drawing: &mut Drawing, labels: [&str; 2]) {
        self.axis_y(drawing, &self.y.ticks(5), number, labels[1]);
        self.axis_x(drawing, &self.x.ticks(6), number, labels[0]);
    }
}
