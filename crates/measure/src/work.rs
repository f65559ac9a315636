//! Work cut by its own size, on the threads of the call.

use rayon::prelude::*;
use std::ops::Range;
use thalweg_core::{Context, Result};

/// Items of a block.
const BLOCK: usize = 256;

/// What `work` makes of each block of `0..n`, in their order, whatever the number of threads.
///
/// # Errors
/// Those of `work`; interruption.
pub(crate) fn in_blocks<R: Send>(
    n: usize,
    ctx: &Context,
    work: impl Fn(Range<usize>) -> Result<R> + Sync + Send,
) -> Result<Vec<R>> {
    let one = |k: usize| {
        ctx.check_stop()?;
        work(k * BLOCK..((k + 1) * BLOCK).min(n))
    };
    ctx.install(|| (0..n.div_ceil(BLOCK)).into_par_iter().map(one).collect())
}
