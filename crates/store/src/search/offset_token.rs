//! Tokens of searches that find thousands of things at most: they count the rows before the page.

use std::fmt::Debug;

use crate::files::sha256_hex;
use crate::{Error, Result};

/// Digits that tell one query from another.
const FINGERPRINT: usize = 32;

/// Where a page begins, and which query it belongs to.
pub(super) struct OffsetToken {
    fingerprint: String,
    before: i64,
}

impl OffsetToken {
    /// Reads the token of a query, which is everything that `query` says; without one the first page is meant.
    ///
    /// # Errors
    ///
    /// `PageToken` if the token is damaged or belongs to another query.
    pub(super) fn read(token: Option<&str>, query: &impl Debug) -> Result<Self> {
        let mut fingerprint = sha256_hex(format!("{query:?}").as_bytes());
        fingerprint.truncate(FINGERPRINT);
        let before = token.map_or(Some(0), |token| rows_before(token, &fingerprint));
        Ok(Self { before: before.ok_or(Error::PageToken)?, fingerprint })
    }

    /// Rows before the page.
    pub(super) fn before(&self) -> i64 {
        self.before
    }

    /// Cuts what was found to the size of the page; one row more says that there is another page, whose token is
    /// answered.
    pub(super) fn cut<T>(self, rows: &mut Vec<T>, max_results: u32) -> Option<String> {
        let has_more = rows.len() > max_results as usize;
        rows.truncate(max_results as usize);
        has_more.then(|| format!("{}{}", self.fingerprint, self.before + i64::from(max_results)))
    }
}

fn rows_before(token: &str, fingerprint: &str) -> Option<i64> {
    let digits = token.strip_prefix(fingerprint)?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}
