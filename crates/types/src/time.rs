//! Points in time.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Milliseconds since the Unix epoch, in UTC; MLflow's wire format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct Millis(pub i64);

impl Millis {
    /// Milliseconds from `earlier` to `self`; negative if `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The calendar year, in UTC.
    #[must_use]
    pub fn year(self) -> i64 {
        civil_date(self.0.div_euclid(86_400_000)).0
    }
}

/// ISO 8601 in UTC to the second, `2026-11-23 14:05:09`.
impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.div_euclid(1000);
        let (days, second_of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let (year, month, day) = civil_date(days);
        let (hour, minute, second) = (second_of_day / 3600, second_of_day / 60 % 60, second_of_day % 60);
        write!(f, "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
    }
}

/// Gregorian year, month and day of a day number counted from 1970-01-01.
///
/// Days are counted from 1 March so that the leap day is the last of its year (Howard Hinnant,
/// "chrono-Compatible Low-Level Date Algorithms").
fn civil_date(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_utc_dates() {
        assert_eq!(Millis(0).to_string(), "1970-01-01 00:00:00");
        assert_eq!(Millis(951_782_400_000).to_string(), "2000-02-29 00:00:00");
        assert_eq!(Millis(1_795_436_709_999).to_string(), "2026-11-23 12:25:09");
        assert_eq!(Millis(-1).to_string(), "1969-12-31 23:59:59");
        assert_eq!((Millis(-1).year(), Millis(0).year()), (1969, 1970));
    }
}
