//! Leaving out points that no screen can show.

/// Keeps what a line chart of `columns` columns can show: of each column the first, the lowest, the highest
/// and the last point, in order.
///
/// `points` are in order of x. Points that are not finite are kept, up to one in a row, since a line breaks
/// there. With at most four points a column nothing is left out.
#[must_use]
pub fn thin(points: &[(f64, f64)], columns: usize) -> Vec<(f64, f64)> {
    let columns = columns.max(1);
    if points.len() <= 4 * columns {
        return points.to_vec();
    }
    let finite = || points.iter().filter(|(x, y)| x.is_finite() && y.is_finite());
    let low = finite().map(|(x, _)| *x).fold(f64::INFINITY, f64::min);
    let high = finite().map(|(x, _)| *x).fold(f64::NEG_INFINITY, f64::max);
    let column_of = |x: f64| column(x, low, high, columns);

    let mut kept = Vec::new();
    let mut rest = points;
    while let Some(&(x, y)) = rest.first() {
        let is_gap = !(x.is_finite() && y.is_finite());
        let length = rest
            .iter()
            .position(|(other_x, other_y)| {
                let other_is_gap = !(other_x.is_finite() && other_y.is_finite());
                other_is_gap != is_gap || (!is_gap && column_of(*other_x) != column_of(x))
            })
            .unwrap_or(rest.len());
        let (group, after) = rest.split_at(length);
        if is_gap {
            kept.push((x, y));
        } else {
            keep_extremes(group, &mut kept);
        }
        rest = after;
    }
    kept
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share of a few thousand columns"
)]
fn column(x: f64, low: f64, high: f64, columns: usize) -> usize {
    // Halves first, so that the width of the range does not overflow.
    let share = (x / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0).max(f64::MIN_POSITIVE);
    (share * columns as f64) as usize
}

/// Adds the first, lowest, highest and last point of `group`, each once and in order.
fn keep_extremes(group: &[(f64, f64)], kept: &mut Vec<(f64, f64)>) {
    let by_value = |a: &usize, b: &usize| group[*a].1.total_cmp(&group[*b].1);
    let lowest = (0..group.len()).min_by(by_value).unwrap_or_default();
    let highest = (0..group.len()).max_by(by_value).unwrap_or_default();
    let mut chosen = [0, lowest, highest, group.len() - 1];
    chosen.sort_unstable();
    let mut last = None;
    for index in chosen {
        if last != Some(index) {
            kept.push(group[index]);
            last = Some(index);
        }
    }
}

/// At most `most` of `items`, evenly spread over their order.
pub(crate) fn spread<T: Copy>(items: &[T], most: usize) -> Vec<T> {
    if items.len() <= most {
        return items.to_vec();
    }
    (0..most).map(|nth| items[nth * items.len() / most]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(count: u32) -> Vec<(f64, f64)> {
        (0..count).map(|x| (f64::from(x), (f64::from(x) / 50.0).sin())).collect()
    }

    #[test]
    fn short_lines_are_kept_whole() {
        assert_eq!(thin(&wave(100), 50), wave(100));
        assert_eq!(thin(&[], 50), Vec::new());
    }

    #[test]
    fn a_single_peak_survives() {
        let mut points = wave(100_000);
        points[54_321].1 = 99.0;
        points[77_777].1 = -99.0;
        let kept = thin(&points, 700);
        assert!(kept.len() <= 4 * 701);
        assert!(kept.contains(&(54_321.0, 99.0)) && kept.contains(&(77_777.0, -99.0)));
        assert_eq!((kept.first(), kept.last()), (points.first(), points.last()));
        assert!(kept.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn gaps_stay_gaps() {
        let mut points = wave(10_000);
        for point in &mut points[5_000..6_000] {
            point.1 = f64::NAN;
        }
        let kept = thin(&points, 100);
        assert_eq!(kept.iter().filter(|(_, y)| y.is_nan()).count(), 1);
    }

    #[test]
    fn equal_and_extreme_places_do_not_matter() {
        assert!(thin(&vec![(3.0, 1.0); 50_000], 100).len() <= 4);
        let far: Vec<_> = (0..1000).map(|i| (if i < 500 { f64::MIN } else { f64::MAX }, 0.0)).collect();
        assert!(thin(&far, 10).len() <= 8);
    }
}
