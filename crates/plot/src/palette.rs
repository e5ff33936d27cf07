//! The colours in which charts are drawn, and the CSS classes that they become.
//!
//! The values are sentinels: no reader ever sees them.

use plotters::style::RGBColor;

/// Colours of series; beyond this many they come round again, dashed.
const SERIES_COUNT: u8 = 8;

/// Lines behind the data.
pub(crate) const GRID: RGBColor = RGBColor(2, 0, 1);
/// Lines of the axes.
pub(crate) const AXIS: RGBColor = RGBColor(2, 0, 2);
/// The line that data is compared with: the diagonal, or zero.
pub(crate) const GUIDE: RGBColor = RGBColor(2, 0, 3);
/// Labels.
pub(crate) const TEXT: RGBColor = RGBColor(2, 0, 4);
/// The title.
pub(crate) const STRONG: RGBColor = RGBColor(2, 0, 5);

/// The colour of the series at `index`.
pub(crate) fn series(index: usize) -> RGBColor {
    let turn = u8::try_from(index % (2 * usize::from(SERIES_COUNT))).unwrap_or_default();
    RGBColor(1, turn / SERIES_COUNT, turn % SERIES_COUNT + 1)
}

/// Every attribute that plotters may write for a sentinel, with the attribute that replaces it.
pub(crate) fn replacements() -> Vec<(String, String)> {
    let mut all = Vec::new();
    for index in 0..2 * usize::from(SERIES_COUNT) {
        let RGBColor(_, dashed, number) = series(index);
        let suffix = if dashed == 1 { " dashed" } else { "" };
        all.push((attribute("stroke", series(index)), format!(r#"class="stroke-{number}{suffix}""#)));
        all.push((attribute("fill", series(index)), format!(r#"class="fill-{number}""#)));
    }
    for (colour, name) in [(GRID, "grid"), (AXIS, "axis"), (GUIDE, "guide")] {
        all.push((attribute("stroke", colour), format!(r#"class="stroke-{name}""#)));
    }
    for (colour, name) in [(TEXT, "text"), (STRONG, "strong")] {
        all.push((attribute("fill", colour), format!(r#"class="fill-{name}""#)));
    }
    all
}

fn attribute(name: &str, RGBColor(red, green, blue): RGBColor) -> String {
    format!("{name}=\"#{red:02X}{green:02X}{blue:02X}\"")
}

/// Colours of a chart that is a file of its own. A page has the same in its stylesheet, from its tokens.
///
/// The eight series keep apart for people with colour-blindness, on both grounds.
pub(crate) const FILE_STYLE: &str = "\
:root{--ground:#ffffff;--text:#5b6470;--strong:#1d232b;--grid:#e4e7eb;--axis:#9aa3ad;--guide:#5b6470;\
--series-1:#1f6f8b;--series-2:#c8553d;--series-3:#4f7a28;--series-4:#8a4f9e;\
--series-5:#b7791f;--series-6:#3d5a9e;--series-7:#a83262;--series-8:#4a5560}\
@media(prefers-color-scheme: dark){:root{--ground:#14181d;--text:#a5afba;--strong:#eef1f4;--grid:#2a3038;--axis:#5d6772;--guide:#a5afba;\
--series-1:#5fb6d3;--series-2:#f08a72;--series-3:#93c464;--series-4:#c793da;\
--series-5:#e3b45c;--series-6:#8ea9ee;--series-7:#ee82ae;--series-8:#aab4be}}\
svg{background:var(--ground);font-family:system-ui,sans-serif}\
text{font-family:inherit}\
.fill-text{fill:var(--text)}.fill-strong{fill:var(--strong);font-weight:600}\
.stroke-grid{stroke:var(--grid)}.stroke-axis{stroke:var(--axis)}.stroke-guide{stroke:var(--guide);stroke-dasharray:4 4}\
.stroke-1{stroke:var(--series-1)}.stroke-2{stroke:var(--series-2)}.stroke-3{stroke:var(--series-3)}.stroke-4{stroke:var(--series-4)}\
.stroke-5{stroke:var(--series-5)}.stroke-6{stroke:var(--series-6)}.stroke-7{stroke:var(--series-7)}.stroke-8{stroke:var(--series-8)}\
.fill-1{fill:var(--series-1)}.fill-2{fill:var(--series-2)}.fill-3{fill:var(--series-3)}.fill-4{fill:var(--series-4)}\
.fill-5{fill:var(--series-5)}.fill-6{fill:var(--series-6)}.fill-7{fill:var(--series-7)}.fill-8{fill:var(--series-8)}\
.dashed{stroke-dasharray:7 4}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_come_round_again_dashed() {
        assert_eq!(series(0), series(16));
        assert_ne!(series(0), series(8));
        assert!(
            replacements()
                .contains(&("stroke=\"#010101\"".to_owned(), "class=\"stroke-1 dashed\"".to_owned()))
        );
    }
}
