//! Dividing the rows of a node.

/// Moves the items that go left to the front, keeps the order within both groups and returns the size of the first.
///
/// Without branches: which way a row goes is as good as random, and mispredicted branches would cost more than all
/// else.
pub(crate) fn partition<T: Copy>(items: &mut [T], spare: &mut [T], goes_left: impl Fn(&T) -> bool) -> usize {
    let (mut left, mut right) = (0, 0);
    for place in 0..items.len() {
        let item = items[place];
        let is_left = usize::from(goes_left(&item));
        items[left] = item;
        spare[right] = item;
        left += is_left;
        right += 1 - is_left;
    }
    items[left..].copy_from_slice(&spare[..right]);
    left
}
