//! Sorting by a key. The standard library makes a sort of its own, some kilobytes of code, for every type and every key; this one serves all,
//! beside that of plain integers.

/// Sorts by a key; items of the same key stay as they stand. Cost: O(n log n).
pub(crate) fn sort_by_key<T>(items: &mut [T], key: impl Fn(&T) -> u64) {
    let mut order: Vec<(u64, usize)> = items.iter().enumerate().map(|(ix, item)| (key(item), ix)).collect();
    order.sort_unstable();
    for ix in 0..order.len() {
        // An item from before `ix` has been swapped away, to where the item now there came from.
        let mut from = order[ix].1;
        while from < ix {
            from = order[from].1;
        }
        order[ix].1 = from;
        items.swap(ix, from);
    }
}
