//! Room for long results.

/// An empty vector with room for `n` numbers. A long one is asked to lie on large pages where the system has them: it is
/// then made by tens of page faults in place of thousands, each of which costs as much as hundreds of additions.
pub fn room(n: usize) -> Vec<f64> {
    let mut room = Vec::with_capacity(n);
    #[cfg(target_os = "linux")]
    advise(room.spare_capacity_mut());
    room
}

/// Shorter vectors gain nothing.
#[cfg(target_os = "linux")]
const LONG: usize = 4 << 20;
/// A multiple of the page of every processor.
#[cfg(target_os = "linux")]
const PAGE: usize = 1 << 16;

#[cfg(target_os = "linux")]
fn advise(room: &mut [std::mem::MaybeUninit<f64>]) {
    let (from, bytes) = (room.as_mut_ptr().cast::<u8>(), size_of_val(room));
    let skipped = from.align_offset(PAGE);
    if bytes < LONG || skipped >= bytes {
        return;
    }
    // SAFETY: the range begins and ends on pages and lies within `room`, which is borrowed for writing. The call changes how
    // the memory is laid out, never what is in it; what it answers does not matter, since all works without.
    unsafe {
        libc::madvise(from.add(skipped).cast(), (bytes - skipped) / PAGE * PAGE, libc::MADV_HUGEPAGE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_can_be_written_from_end_to_end() {
        for n in [0, 1, 1000, (4 << 17) - 1, 4 << 17, (4 << 17) + 12_345] {
            let mut room = room(n);
            let place = room.as_ptr();
            room.extend((0..n).map(|k| k as f64));
            assert_eq!(room.as_ptr(), place, "it is not moved while it grows");
            assert!(room.iter().enumerate().all(|(k, v)| *v == k as f64));
        }
    }
}
