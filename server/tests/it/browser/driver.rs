//! A headless Chromium of its own for one test.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use reqwest::Url;
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long an element may take to appear; machines that test are busy.
const PATIENCE: Duration = Duration::from_secs(30);

/// A browser window. [`close`](Self::close) checks that the console stayed silent.
pub(crate) struct Browser {
    client: Client,
    driver: Child,
    _profile: TempDir,
    messages: Vec<String>,
}

impl Browser {
    /// Starts driver and browser; `None`, with a word about it, where they are not installed.
    pub(crate) async fn start() -> Option<Self> {
        let driver = program("CHROMEDRIVER", &["/usr/bin/chromedriver"]);
        let chromium = program("CHROMIUM", &["/usr/bin/chromium", "/usr/bin/chromium-browser"]);
        let (Some(driver), Some(chromium)) = (driver, chromium) else {
            println!("skipped: Chromium and its driver are not installed (`cargo xtask test` installs them)");
            return None;
        };
        let mut driver = Command::new(driver)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let port = BufReader::new(driver.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok)
            .find_map(|line| {
                line.split("successfully on port ").nth(1)?.trim_end_matches('.').parse::<u16>().ok()
            })
            .expect("the driver tells its port");

        let profile = TempDir::new().unwrap();
        let arguments = [
            "--headless".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--disable-quic".to_owned(),
            "--no-first-run".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            "--window-size=1280,1000".to_owned(),
            format!("--user-data-dir={}", profile.path().display()),
        ];
        let capabilities = json!({
            "goog:chromeOptions": { "binary": chromium, "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let Value::Object(capabilities) = capabilities else { unreachable!("it is an object") };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .unwrap();
        Some(Self { client, driver, _profile: profile, messages: Vec::new() })
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Opens an address and waits for its document.
    pub(crate) async fn go(&mut self, url: &str) {
        self.collect_messages().await;
        self.client.goto(url).await.unwrap();
    }

    /// Opens a page of ours and waits until it is interactive.
    pub(crate) async fn open(&mut self, url: &str) {
        self.go(url).await;
        self.wait_for("html[data-hydrated=true]").await;
    }

    pub(crate) async fn wait_for(&self, selector: &str) -> fantoccini::elements::Element {
        match self.client.wait().at_most(PATIENCE).for_element(Locator::Css(selector)).await {
            Ok(element) => element,
            Err(error) => {
                let url = self.client.current_url().await.unwrap();
                let text =
                    self.client.find(Locator::Css("body")).await.unwrap().text().await.unwrap_or_default();
                panic!("{selector} did not appear on {url}: {error}\n{text}");
            }
        }
    }

    pub(crate) async fn click(&self, selector: &str) {
        self.wait_for(selector).await;
        // Elements are redrawn while data arrives: find and click in one step.
        let script = "const element = document.querySelector(arguments[0]);
            element.scrollIntoView({block: 'center'}); element.click();";
        self.client.execute(script, vec![json!(selector)]).await.unwrap();
    }

    pub(crate) async fn fill(&self, selector: &str, value: &str) {
        let element = self.wait_for(selector).await;
        element.clear().await.unwrap();
        element.send_keys(value).await.unwrap();
    }

    pub(crate) async fn text_of(&self, selector: &str) -> String {
        self.wait_for(selector).await.text().await.unwrap()
    }

    pub(crate) async fn run(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    /// Ends the browser; nothing may have been said on the console.
    pub(crate) async fn close(self) {
        self.close_ignoring("\0").await;
    }

    /// The same, but messages with this text are expected.
    pub(crate) async fn close_ignoring(mut self, expected: &str) {
        self.collect_messages().await;
        self.messages.retain(|message| !message.contains(expected));
        assert!(self.messages.is_empty(), "the console said {:#?}", self.messages);
        self.client.clone().close().await.unwrap();
    }

    async fn collect_messages(&mut self) {
        let entries = self.client.issue_cmd(ConsoleLog).await.unwrap();
        let entries = entries.as_array().cloned().unwrap_or_default();
        self.messages.extend(
            entries
                .iter()
                .filter(|entry| matches!(entry["level"].as_str(), Some("SEVERE" | "WARNING")))
                .map(ToString::to_string),
        );
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

fn program(variable: &str, usual: &[&str]) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "told by `cargo xtask test`, not a setting of the program")]
    let told = std::env::var(variable).ok();
    told.into_iter().chain(usual.iter().map(|path| (*path).to_owned())).find(|path| Path::new(path).exists())
}

/// What the console said since the last time; an extension of Chromium's driver.
#[derive(Debug)]
struct ConsoleLog;

impl WebDriverCompatibleCommand for ConsoleLog {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, <Url as std::str::FromStr>::Err> {
        base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(json!({ "type": "browser" }).to_string()))
    }
}
