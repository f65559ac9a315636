//! What the machine gives a process.

use std::fs;
use std::sync::LazyLock;

/// Bytes of memory that this process may take: those of the machine, or of its container where that has fewer. `None` where
/// the operating system does not tell them in a file (all but Linux).
pub fn memory() -> Option<u64> {
    static BYTES: LazyLock<Option<u64>> = LazyLock::new(|| {
        let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| total(&text));
        let container = fs::read_to_string("/sys/fs/cgroup/memory.max").ok().and_then(|text| text.trim().parse().ok());
        machine.into_iter().chain(container).min()
    });
    *BYTES
}

/// The line `MemTotal:  1234 kB`, in bytes.
fn total(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_read_in_kilobytes() {
        assert_eq!(total("MemTotal:       24576 kB\nMemFree:  1 kB\n"), Some(24576 * 1024));
        for text in ["", "MemFree: 1 kB", "MemTotal: many kB", "MemTotal: 3 MB", "MemTotal: 18446744073709551615 kB"] {
            assert_eq!(total(text), None, "{text}");
        }
    }
}
