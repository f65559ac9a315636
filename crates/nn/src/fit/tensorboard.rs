//! Scalars as TensorBoard reads them: protocol-buffer events in TFRecord frames.
//!
//! Only the few fields that a scalar needs are encoded. Field numbers are those of TensorFlow's `event.proto`
//! (`wall_time` 1, `step` 2, `file_version` 3, `summary` 5) and `summary.proto` (`value` 1, of which `tag` 1
//! and `simple_value` 2).

use super::event::Appender;
use super::{Event, EventLog};
use crate::crc32c::crc32c;
use std::path::Path;
use thalweg_core::Result;

/// Events as a TensorBoard event file.
pub struct TensorBoard {
    file: Appender,
    prefix: String,
}

impl TensorBoard {
    /// A log in `folder`, which must exist; tags are `prefix/loss`, `prefix/learning_rate` and so on.
    pub fn new(folder: impl AsRef<Path>, prefix: impl Into<String>) -> Self {
        let prefix = prefix.into();
        let word: String = prefix.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        // TensorBoard looks for "tfevents" in the name; the time it usually carries would break reproducibility.
        let path = folder.as_ref().join(format!("events.out.tfevents.0000000000.{word}"));
        Self { file: Appender::new(path), prefix }
    }

    fn encode(&self, event: &Event) -> Vec<u8> {
        let scalars = [
            ("loss", Some(event.loss)),
            ("learning_rate", Some(event.learning_rate)),
            ("gradient_norm", Some(event.gradient_norm)),
            ("validation", event.validation),
        ];
        let mut summary = Vec::new();
        for (name, value) in scalars {
            let Some(value) = value else { continue };
            let mut scalar = Vec::new();
            put_bytes(&mut scalar, 1, format!("{}/{name}", self.prefix).as_bytes());
            put_tag(&mut scalar, 2, Wire::Fixed32);
            scalar.extend((value as f32).to_le_bytes());
            put_bytes(&mut summary, 1, &scalar);
        }
        let mut message = time(event.wall);
        put_tag(&mut message, 2, Wire::Varint);
        put_varint(&mut message, event.step);
        put_bytes(&mut message, 5, &summary);
        frame(&message)
    }
}

impl EventLog for TensorBoard {
    fn restart(&mut self, events: &[Event]) -> Result<()> {
        let mut header = time(events.first().map_or(0.0, |e| e.wall));
        put_bytes(&mut header, 3, b"brain.Event:2");
        let mut bytes = frame(&header);
        bytes.extend(events.iter().flat_map(|e| self.encode(e)));
        self.file.restart(&bytes)
    }

    fn record(&mut self, event: &Event) -> Result<()> {
        self.file.append(&self.encode(event))
    }

    fn flush(&mut self) -> Result<()> {
        self.file.flush()
    }
}

/// Wire types of protocol buffers.
#[derive(Clone, Copy)]
enum Wire {
    Varint = 0,
    Fixed64 = 1,
    Bytes = 2,
    Fixed32 = 5,
}

fn put_tag(out: &mut Vec<u8>, field: u64, wire: Wire) {
    put_varint(out, field << 3 | wire as u64);
}

fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn put_bytes(out: &mut Vec<u8>, field: u64, bytes: &[u8]) {
    put_tag(out, field, Wire::Bytes);
    put_varint(out, bytes.len() as u64);
    out.extend(bytes);
}

/// The start of an event: its wall time.
fn time(wall: f64) -> Vec<u8> {
    let mut message = Vec::new();
    put_tag(&mut message, 1, Wire::Fixed64);
    message.extend(wall.to_le_bytes());
    message
}

/// A TFRecord: length, its masked checksum, content, its masked checksum.
fn frame(content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u64).to_le_bytes();
    let mut out = length.to_vec();
    out.extend(masked(&length).to_le_bytes());
    out.extend(content);
    out.extend(masked(content).to_le_bytes());
    out
}

/// The checksum as TFRecords store it, so that a checksum of data that holds checksums stays sound.
fn masked(bytes: &[u8]) -> u32 {
    crc32c(0, bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same two records written by `RecordWriter` of the Python package `tensorboard` 2.21.
    const RECORDED: &str = "1800000000000000a37f4b2209000000000000f83f1a0d627261696e2e4576656e743a322a28646c62000000000000\
        0079fd606f09000000000000f83f10ac022a540a0d0a06612f6c6f7373150000803e0a160a0f612f6c6561726e696e675f72617465156f\
        12833a0a160a0f612f6772616469656e745f6e6f726d15000000400a130a0c612f76616c69646174696f6e150000003fb9e65be4";

    fn event() -> Event {
        let (learning_rate, gradient_norm, validation) = (0.001, 2.0, Some(0.5));
        Event { step: 300, loss: 0.25, learning_rate, gradient_norm, validation, seconds: 1.0, wall: 1.5 }
    }

    fn written(folder: &Path) -> String {
        let file = std::fs::read(folder.join("events.out.tfevents.0000000000.a")).unwrap();
        file.iter().map(|b| format!("{b:02x}")).collect()
    }

    #[test]
    fn a_file_is_what_a_peer_writes() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = TensorBoard::new(folder.path(), "a");
        log.restart(&[event()]).unwrap();
        assert_eq!(written(folder.path()), RECORDED);
        log.record(&event()).unwrap();
        log.flush().unwrap();
        assert!(written(folder.path()).len() > RECORDED.len());
        log.restart(&[event()]).unwrap();
        assert_eq!(written(folder.path()), RECORDED);
    }
}
