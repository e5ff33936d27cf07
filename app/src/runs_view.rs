//! What the runs table of an experiment shows. All of it stands in the address, so that it can be kept, sent
//! on and gone back to.

use leptos_router::params::ParamsMap;
use types::{ExperimentId, MetricKey, ParamKey, RunId};

use crate::address::{Page, href};
use crate::i18n::Language;
use crate::query::with_query;

/// Filter, order, page, columns and selection of a runs table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunsView {
    /// Filter in MLflow's search language; may be empty.
    pub filter: String,
    /// Column to sort by, as `search_runs` names it; newest first if empty.
    pub sort: String,
    /// Whether the largest value comes first.
    pub descending: bool,
    /// Token of the page before; empty on the first page.
    pub page: String,
    /// Whether all metrics and params have a column.
    pub all_columns: bool,
    /// Selected runs.
    pub selected: Vec<RunId>,
}

impl RunsView {
    /// Reads the query of an address. What is not understood is as if it were not there.
    #[must_use]
    pub fn from_query(query: &ParamsMap) -> Self {
        let text = |key| query.get(key).unwrap_or_default();
        Self {
            filter: text("q").trim().to_owned(),
            sort: text("sort"),
            descending: text("dir") == "desc",
            page: text("page"),
            all_columns: text("cols") == "all",
            selected: text("sel").split(',').filter_map(|id| RunId::parse(id).ok()).collect(),
        }
    }

    /// The pairs of the query, empty ones included.
    #[must_use]
    pub fn pairs(&self) -> [(&'static str, String); 6] {
        let ids: Vec<_> = self.selected.iter().map(RunId::as_str).collect();
        [
            ("q", self.filter.clone()),
            ("sort", self.sort.clone()),
            ("dir", if self.descending { "desc" } else { "" }.to_owned()),
            ("cols", if self.all_columns { "all" } else { "" }.to_owned()),
            ("page", self.page.clone()),
            ("sel", ids.join(",")),
        ]
    }

    /// The address of this view.
    #[must_use]
    pub fn address(&self, language: Language, experiment: ExperimentId) -> String {
        with_query(&href(language, Page::Experiment(experiment)), self.pairs())
    }

    /// This view, sorted by a column; if it is already, the other way round.
    #[must_use]
    pub fn sorted_by(&self, column: &str, descending_first: bool) -> Self {
        let descending = if self.sort == column { !self.descending } else { descending_first };
        Self { sort: column.to_owned(), descending, page: String::new(), ..self.clone() }
    }

    /// This view on another page.
    #[must_use]
    pub fn on_page(&self, token: &str) -> Self {
        Self { page: token.to_owned(), ..self.clone() }
    }

    /// This view with another selection.
    #[must_use]
    pub fn selecting(&self, selected: Vec<RunId>) -> Self {
        Self { selected, ..self.clone() }
    }

    /// This view without a filter.
    #[must_use]
    pub fn without_filter(&self) -> Self {
        Self { filter: String::new(), page: String::new(), ..self.clone() }
    }

    /// This view with all columns, or with the first ones.
    #[must_use]
    pub fn with_columns(&self, all_columns: bool) -> Self {
        Self { all_columns, ..self.clone() }
    }
}

/// A column that an experiment brings along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Column {
    /// Last value of a metric.
    Metric(MetricKey),
    /// Value of a param.
    Param(ParamKey),
}

impl Column {
    /// What stands in the head.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Metric(key) => key.as_str(),
            Self::Param(key) => key.as_str(),
        }
    }

    /// How `search_runs` names it.
    #[must_use]
    pub fn sort(&self) -> String {
        match self {
            Self::Metric(key) => format!("metrics.{key}"),
            Self::Param(key) => format!("params.{key}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view() -> RunsView {
        RunsView {
            filter: "metrics.test_rmse < 900 and params.model = 'árbol'".to_owned(),
            sort: "metrics.a b/c".to_owned(),
            descending: true,
            page: "dG9rZW4=".to_owned(),
            all_columns: true,
            selected: vec![RunId::from_bits(1), RunId::from_bits(2)],
        }
    }

    fn read_back(address: &str) -> RunsView {
        let (_, query) = address.split_once('?').unwrap_or_default();
        let mut map = ParamsMap::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap();
            map.insert(key.to_owned(), decoded(value));
        }
        RunsView::from_query(&map)
    }

    fn decoded(text: &str) -> String {
        let mut bytes = Vec::new();
        let mut rest = text.as_bytes();
        while let [first, after @ ..] = rest {
            if *first == b'%' {
                let digits = std::str::from_utf8(&after[..2]).unwrap();
                bytes.push(u8::from_str_radix(digits, 16).unwrap());
                rest = &after[2..];
            } else {
                bytes.push(*first);
                rest = after;
            }
        }
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_view_survives_its_address() {
        for view in [view(), RunsView::default()] {
            assert_eq!(read_back(&view.address(Language::Es, ExperimentId(3))), view);
        }
    }

    #[test]
    fn sorting_twice_turns_the_order_round_and_goes_to_the_first_page() {
        let once = view().sorted_by("name", false);
        assert_eq!((once.sort.as_str(), once.descending, once.page.as_str()), ("name", false, ""));
        assert!(once.sorted_by("name", false).descending);
        assert_eq!(once.selected, view().selected);
    }

    #[test]
    fn nonsense_in_an_address_is_left_out() {
        let mut query = ParamsMap::new();
        query.insert("sel", "x,,00000000000000000000000000000001".to_owned());
        query.insert("dir", "sideways".to_owned());
        let view = RunsView::from_query(&query);
        assert_eq!(view.selected, [RunId::from_bits(1)]);
        assert!(!view.descending);
    }
}
