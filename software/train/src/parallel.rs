//! Work in fixed chunks on several threads.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Samples a thread takes at a time. Sums are formed over chunks in their order, so this number,
/// and not the number of threads, decides about rounding.
pub(crate) const CHUNK: usize = 16;

/// Runs `work` on 0..`count` and returns the results in order, whichever thread made them.
pub(crate) fn map<T: Send>(
    threads: usize,
    count: usize,
    work: impl Fn(usize) -> T + Sync,
) -> Vec<T> {
    let threads = threads.min(count);
    if threads <= 1 {
        return (0..count).map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let take = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                return done;
            }
            done.push((index, work(index)));
        }
    };
    let mut results: Vec<(usize, T)> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(take)).collect();
        let mut results = take();
        for other in others {
            results.extend(other.join().expect("a worker only panics on a bug"));
        }
        results
    });
    results.sort_unstable_by_key(|&(index, _)| index);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::map;

    #[test]
    fn results_come_in_order_for_any_number_of_threads() {
        for threads in [1, 2, 7, 100] {
            // Later work is shorter, so that threads finish out of order.
            let work = |index: usize| (0..(20 - index) * 1000).fold(index, |value, _| value);
            assert_eq!(map(threads, 20, work), (0..20).collect::<Vec<_>>());
        }
        assert!(map(3, 0, |index| index).is_empty());
    }
}
