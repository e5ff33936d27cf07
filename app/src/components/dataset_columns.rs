//! What the columns of a table hold, and the form that changes their types and units.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use types::{ColumnKind, ColumnReport, Dataset, Language};

use crate::context::problems_of_form;
use crate::dataset_form::{AUTO, column_control, kind_control, unit_control};
use crate::i18n::{DatasetsText, fill, use_language};
use crate::islands::LiveForm;
use crate::number_format::{metric, whole};
use crate::server_fns::datasets::DescribeDataset;

/// Most frequent values that are shown.
const SHOWN: usize = 5;

/// One row for each column, in a form that works without the front end.
#[component]
pub fn DatasetColumns(
    /// The dataset.
    dataset: Dataset,
    /// What its columns hold, in the same order.
    columns: Vec<ColumnReport>,
) -> impl IntoView {
    let language = use_language();
    let t = DatasetsText::of(language);
    let problems = problems_of_form::<DescribeDataset>(|_| None);
    let edits = dataset.edits;
    let rows: Vec<_> = columns
        .into_iter()
        .enumerate()
        .map(|(place, column)| {
            let kind = edits.kinds.get(&column.name).copied();
            let unit = edits.units.get(&column.name).map(ToString::to_string).unwrap_or_default();
            view! { <ColumnRow place column kind unit/> }
        })
        .collect();
    view! {
        <section class="card dataset-columns" aria-labelledby="columns">
            <h2 id="columns">{t.about_columns}</h2>
            <p class="muted">{t.edit_hint}</p>
            <LiveForm action=DescribeDataset::url().to_owned() class=String::new() checked_by_browser=true problems>
                <input type="hidden" name="digest" value=dataset.digest/>
                <input type="hidden" name="language" value=language.tag()/>
                <div class="table-frame" role="region" aria-labelledby="columns" tabindex="0">
                    <table>
                        <thead>
                            <tr>
                                <th scope="col">{t.column}</th>
                                <th scope="col">{t.kind}</th>
                                <th scope="col">{t.unit}</th>
                                <th scope="col" class="is-number">{t.missing}</th>
                                <th scope="col" class="is-number">{t.distinct}</th>
                                <th scope="col">{t.values}</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
                <div class="field">
                    <label for="description">{t.description}</label>
                    <textarea id="description" name="description" rows="3" maxlength="10000">{dataset.description}</textarea>
                </div>
                <p><button class="button">{t.save}</button></p>
            </LiveForm>
        </section>
    }
    .into_any()
}

#[component]
fn ColumnRow(place: usize, column: ColumnReport, kind: Option<ColumnKind>, unit: String) -> impl IntoView {
    let language = use_language();
    let t = DatasetsText::of(language);
    let name = column.name.clone();
    let kinds = [None, Some(ColumnKind::Integer), Some(ColumnKind::Decimal), Some(ColumnKind::Text)];
    let options: Vec<_> = kinds
        .into_iter()
        .map(|option| {
            let title = match option {
                None if kind.is_none() => format!("{} ({})", t.kind_auto, title(column.kind, language)),
                None => t.kind_auto.to_owned(),
                Some(kind) => title(kind, language).to_owned(),
            };
            let word = option.map_or(AUTO, ColumnKind::as_str);
            view! { <option value=word selected=option == kind>{title}</option> }
        })
        .collect();
    let count = |number: u64| whole(language, i64::try_from(number).unwrap_or(i64::MAX));
    view! {
        <tr>
            <th scope="row">
                {name.clone()}
                <input type="hidden" name=column_control(place) value=name.clone()/>
            </th>
            <td>
                <select name=kind_control(place) aria-label=fill(t.kind_of, &[("column", &name)])>{options}</select>
            </td>
            <td>
                <input class="is-short" name=unit_control(place) value=unit maxlength="40" autocomplete="off" aria-label=fill(t.unit_of, &[("column", &name)])/>
            </td>
            <td class="is-number">{count(column.missing)}</td>
            <td class="is-number">{count(column.distinct)}</td>
            <td>{values(&column, language)}</td>
        </tr>
    }
    .into_any()
}

/// The name of a type.
fn title(kind: ColumnKind, language: Language) -> &'static str {
    let t = DatasetsText::of(language);
    match kind {
        ColumnKind::Integer => t.kind_integer,
        ColumnKind::Decimal => t.kind_decimal,
        ColumnKind::Text => t.kind_text,
    }
}

/// A small picture and a line about numbers; the most frequent texts.
fn values(column: &ColumnReport, language: Language) -> AnyView {
    let t = DatasetsText::of(language);
    let at = |share: f64| {
        let found = column.quantiles.iter().find(|quantile| (quantile.share - share).abs() < 1e-9);
        found.map(|quantile| metric(language, quantile.value)).unwrap_or_default()
    };
    let Some(histogram) = &column.histogram else {
        let listed: Vec<String> =
            column.top.iter().take(SHOWN).map(|(value, count)| format!("{value} ({count})")).collect();
        let more = if column.distinct > SHOWN as u64 { ", …" } else { "" };
        return view! { <span class="dataset-values">{listed.join(", ")}{more}</span> }.into_any();
    };
    let picture = plot::spark_bars(&fill(t.distribution_of, &[("column", &column.name)]), &histogram.counts);
    let mean = column.mean.map(|mean| metric(language, mean)).unwrap_or_default();
    let line =
        fill(t.numbers, &[("low", &at(0.0)), ("high", &at(1.0)), ("median", &at(0.5)), ("mean", &mean)]);
    let svg = picture.map(plot::Svg::into_string).unwrap_or_default();
    view! {
        <span class="dataset-spark" inner_html=svg></span>
        <span class="dataset-values">{line}</span>
    }
    .into_any()
}
