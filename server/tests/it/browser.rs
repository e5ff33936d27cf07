//! What only a browser can show: that pages come alive, that clicks do what they say, that the console stays
//! silent. Needs Chromium and its driver; says so where they are absent.

mod driver;

use std::time::{Duration, Instant};

use driver::Browser;
use fantoccini::Locator;
use serde_json::json;

use crate::harness::{TestApp, car, run_ids, shared, train, write_sample};

/// Starts a browser, or returns from the test where there is none.
macro_rules! browser {
    () => {
        match Browser::start().await {
            Some(browser) => browser,
            None => return,
        }
    };
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_comes_alive_in_both_languages_without_a_word_on_the_console() {
    let mut browser = browser!();
    let app = shared().await;
    let run = &run_ids(app)[0];
    let pages = [
        "/".to_owned(),
        "/experiments".to_owned(),
        "/experiments/1".to_owned(),
        format!("/runs/{run}"),
        format!("/compare?run={run}"),
        "/models".to_owned(),
        "/train".to_owned(),
    ];
    for path in &pages {
        browser.open(&app.url(path)).await;
        browser.open(&app.url(&format!("/es{}", path.trim_end_matches('/')))).await;
    }
    browser.open(&app.url("/value")).await;
    browser.open(&app.url("/es/valorar")).await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_car_is_valued_in_the_form_with_errors_at_the_field() {
    let mut browser = browser!();
    let app = shared().await;
    browser.open(&app.url("/es/valorar")).await;
    // Survives only as long as the document does.
    browser.run("window.sameDocument = true").await;
    browser.fill("#field-potencia", "5").await;
    browser.click("form.car-form button").await;
    browser.wait_for("#field-potencia[aria-invalid=true]").await;

    browser.fill("#field-potencia", "150").await;
    browser.click("form.car-form button").await;
    let price = browser.text_of(".valuation-result .price").await;
    assert!(price.chars().any(|c| c.is_ascii_digit()), "{price}");
    let range = browser.text_of(".valuation-result .price-range").await;
    assert!(range.contains("entre") && range.matches("US$").count() == 2, "{range}");
    let reasons = browser.text_of(".valuation-result .reasons").await;
    assert!(reasons.contains("precio habitual") && reasons.contains('+'), "{reasons}");
    assert_eq!(browser.text_of(".model-used").await, "RandomForestRegressor");
    // The price follows the form, and the address holds the car.
    browser.fill("#field-potencia", "300").await;
    browser.click("#field-peso").await;
    browser.run("document.getElementById('field-potencia').blur()").await;
    let before = price;
    browser
        .until(|browser| {
            let before = &before;
            async move { browser.text_of(".valuation-result .price").await != *before }
        })
        .await;
    let address = browser.run("return location.search").await.to_string();
    assert!(address.contains("potencia=300"), "{address}");
    assert_eq!(browser.run("return window.sameDocument").await, json!(true), "the page was loaded anew");
    browser.close_ignoring("the server responded with a status of").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_are_sorted_filtered_selected_and_compared() {
    let mut browser = browser!();
    let app = shared().await;
    browser.open(&app.url("/experiments/1")).await;
    assert_eq!(browser.count(".runs-table tbody tr").await, 3);
    let best = browser.text_of("tr.is-best th a").await;
    assert_eq!(best, "random_forest_100");

    browser.click("th.is-goal a.column-sort").await;
    browser.wait_for("th.is-goal[aria-sort=ascending]").await;
    assert_eq!(browser.text_of(".runs-table tbody tr:first-child th a").await, best);
    browser.click("th.is-goal a.column-sort").await;
    browser.wait_for("th.is-goal[aria-sort=descending]").await;
    assert_eq!(browser.text_of(".runs-table tbody tr:last-child th a").await, best);

    browser.fill("#run-filter", "params.model = 'random_forest'").await;
    browser.click(".run-filter button").await;
    browser.until(|browser| async move { browser.count(".runs-table tbody tr").await == 2 }).await;

    browser.wait_for("html[data-hydrated=true]").await;
    browser.click(".runs-table tbody tr:nth-child(1) input[type=checkbox]").await;
    browser.click(".runs-table tbody tr:nth-child(2) input[type=checkbox]").await;
    let note = browser.text_of(".run-selection-note").await;
    assert!(note.starts_with("2 "), "{note}");
    // Sorting is another page, and so is another filter; the selection comes along, seen or not.
    browser.click("th.is-goal a.column-sort").await;
    browser.wait_for("th.is-goal[aria-sort=ascending]").await;
    assert_eq!(browser.count(".runs-table tbody input:checked").await, 2);
    browser.wait_for("html[data-hydrated=true]").await;
    browser.click(".runs-table tbody tr:nth-child(1) input[type=checkbox]").await;
    browser.fill("#run-filter", "params.model = 'linear'").await;
    browser.click(".run-filter button").await;
    browser.until(|browser| async move { browser.count(".runs-table tbody tr").await == 1 }).await;
    assert_eq!(browser.count(".run-selection input[type=hidden][name=run]").await, 1);
    browser.click(".runs-table tbody tr:nth-child(1) input[type=checkbox]").await;
    browser.click(".run-selection button").await;
    browser.wait_for(".comparison-table").await;
    browser.wait_for(".metric-chart svg, .metric-bars svg").await;
    assert_eq!(browser.count(".comparison-remove").await, 2);
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_is_trained_promoted_and_answers() {
    let mut browser = browser!();
    let app = TestApp::start();
    write_sample(app.folder(), 400);
    let linear = train(app.folder(), &["--model", "linear", "--experiment", "prices"]);
    let linear = linear[0]["run_id"].as_str().unwrap();
    app.cli(&["models", "promote", linear, "--name", "automoviles"]).succeeded();
    app.until_model_loaded(Duration::from_secs(5)).await;
    assert_eq!(app.post("/predict", &car()).await.json()["modelo_usado"], "LinearRegression");

    browser.open(&app.url("/train")).await;
    browser.fill("#field-random_forest-n_estimators", "20").await;
    browser.click("form.train-form button:not([type=button])").await;
    browser.wait_for(".live-job").await;
    browser.wait_for(".live-job.is-over").await;
    browser.click(".live-job a.button:not(.is-quiet)").await;
    browser.wait_for(".promote-form").await;
    browser.click(".promote-form button").await;
    browser.wait_for(".promote-note.is-champion").await;

    assert_eq!(app.post("/predict", &car()).await.json()["modelo_usado"], "RandomForestRegressor");
    browser.open(&app.url("/models")).await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documentation_works_without_another_server() {
    let mut browser = browser!();
    let app = shared().await;
    browser.go(&app.url("/docs")).await;
    browser.click(".opblock:has([data-path='/predict']) .opblock-summary-control").await;
    browser.click(".execute").await;
    browser.wait_for(".live-responses-table .response-col_status").await;
    let status = browser.text_of(".live-responses-table tbody .response-col_status").await;
    assert!(status.starts_with("200"), "{status}");

    browser.go(&app.url("/redoc")).await;
    browser.wait_for("[data-section-id]").await;
    browser.close().await;
}

impl Browser {
    /// Waits until `condition` holds; fails after twenty seconds.
    async fn until<'a, F: Future<Output = bool>>(&'a self, condition: impl Fn(&'a Self) -> F) {
        let began = Instant::now();
        while !condition(self).await {
            assert!(began.elapsed() < Duration::from_secs(20), "the page never got there");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn count(&self, selector: &str) -> usize {
        self.client().find_all(Locator::Css(selector)).await.unwrap().len()
    }
}
