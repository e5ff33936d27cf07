//! How large a chart is.

/// Size of a chart in CSS pixels; pages scale it to the room they have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

/// Height of one bar with its gap where there is room.
const BAR: u32 = 26;

/// Height of one bar with its gap where there are many.
const NARROW_BAR: u32 = 16;

/// Height of what stands above and below bars.
const AROUND_BARS: u32 = 84;

/// Smallest side in which a chart still has room for title, labels and data.
const SMALLEST: u32 = 160;

/// Largest side; beyond it coordinates cost more text than they show.
const LARGEST: u32 = 4000;

impl Frame {
    /// For a chart across a page.
    #[must_use]
    pub fn wide() -> Self {
        Self { width: 760, height: 320 }
    }

    /// For axes with the same unit.
    #[must_use]
    pub fn square() -> Self {
        Self { width: 480, height: 480 }
    }

    /// For one of several charts in a grid.
    #[must_use]
    pub fn small() -> Self {
        Self { width: 400, height: 260 }
    }

    /// As wide as [`Frame::wide`] and high enough for `count` bars.
    #[must_use]
    pub fn for_bars(count: usize) -> Self {
        let rows = u32::try_from(count).unwrap_or(LARGEST).clamp(1, LARGEST / BAR);
        Self { width: Self::wide().width, height: (rows * BAR + AROUND_BARS).min(LARGEST) }
    }

    /// The size in which the chart is drawn: neither side degenerate.
    pub(crate) fn size(self) -> (u32, u32) {
        (self.width.clamp(SMALLEST, LARGEST), self.height.clamp(SMALLEST, LARGEST))
    }

    /// How many bars fit below each other.
    pub(crate) fn bar_count(self) -> usize {
        let rows = self.size().1.saturating_sub(AROUND_BARS) / NARROW_BAR;
        usize::try_from(rows).unwrap_or(1).max(1)
    }
}
