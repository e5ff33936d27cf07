//! Starts the real program in a folder of its own.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// The program under test.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_cuaderno");

/// A command of the program in `folder`, without settings from this environment.
pub(crate) fn command(program: impl AsRef<std::ffi::OsStr>, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CUADERNO_") {
            command.env_remove(name);
        }
    }
    command
}

/// What a command left behind.
pub(crate) struct Output {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Output {
    /// Standard output as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}\n{}\n{}", self.stdout, self.stderr))
    }

    /// The same, after making sure that all went well.
    pub(crate) fn succeeded(self) -> Self {
        assert_eq!(self.code, 0, "{}\n{}", self.stdout, self.stderr);
        self
    }

    /// The same, after making sure of the exit code and of a message.
    pub(crate) fn failed(self, code: i32, message: &str) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.stdout, self.stderr);
        assert!(self.stderr.contains(message), "{message:?} is not in {}", self.stderr);
        self
    }
}

/// Runs the program in `folder` with `input` on its standard input.
pub(crate) fn run_with_input(folder: &Path, args: &[&str], input: &[u8]) -> Output {
    let mut child = command(BINARY, folder)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // The program may have ended without reading.
    let _ = stdin.write_all(input);
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    Output {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs the program in `folder`.
pub(crate) fn run(folder: &Path, args: &[&str]) -> Output {
    run_with_input(folder, args, b"")
}

/// A running server.
pub(crate) struct TestApp {
    child: Child,
    /// Ends the server of [`shared`] together with this process.
    _leash: Option<std::process::ChildStdin>,
    folder: PathBuf,
    /// Removed with the server.
    own_folder: Option<TempDir>,
    /// `127.0.0.1:port` of the first address.
    pub(crate) address: String,
    /// All lines of the form `Cuaderno is ready: …`.
    pub(crate) addresses: Vec<String>,
}

impl TestApp {
    /// A server with an empty store on a free port.
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// The same with more options.
    pub(crate) fn start_with(options: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        let mut app = Self::start_in(folder.path(), options);
        app.own_folder = Some(folder);
        app
    }

    /// A server on what `folder` already has.
    pub(crate) fn start_in(folder: &Path, options: &[&str]) -> Self {
        let mut command = command(BINARY, folder);
        command.args(["serve", "--listen", "127.0.0.1:0"]).args(options).stdin(Stdio::null());
        Self::spawn(command, folder, 1)
    }

    /// Waits until `count` addresses are told.
    pub(crate) fn spawn(mut command: Command, folder: &Path, count: usize) -> Self {
        let log = fs::File::create(folder.join("server.log")).unwrap();
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let leash = child.stdin.take();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let addresses: Vec<String> = (0..count)
            .map(|_| {
                let line = lines.next().and_then(Result::ok).unwrap_or_else(|| {
                    panic!(
                        "the server did not start:\n{}",
                        fs::read_to_string(folder.join("server.log")).unwrap()
                    )
                });
                line.strip_prefix("Cuaderno is ready: http://")
                    .expect("the line that tells the address")
                    .to_owned()
            })
            .collect();
        let address = addresses[0].clone();
        Self { child, _leash: leash, folder: folder.to_owned(), own_folder: None, address, addresses }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What the server wrote to standard error.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.join("server.log")).unwrap()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Runs another process on the same store.
    pub(crate) fn cli(&self, args: &[&str]) -> Output {
        run(&self.folder, args)
    }

    /// The most memory that the server had at once so far, in MiB.
    #[cfg(target_os = "linux")]
    pub(crate) fn peak_memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        peak.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
    }

    /// Sends a signal by name, such as `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        let status =
            Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Waits for the end.
    pub(crate) fn wait(&mut self, limit: Duration) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(began.elapsed() < limit, "the server did not end in {limit:?}:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// GET as a program.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        Answer::of(client().get(self.url(path))).await
    }

    /// GET as a browser.
    pub(crate) async fn page(&self, path: &str) -> Answer {
        Answer::of(client().get(self.url(path)).header("accept", "text/html,application/xhtml+xml,*/*;q=0.8"))
            .await
    }

    /// POST of JSON as a program.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        Answer::of(client().post(self.url(path)).json(body)).await
    }

    /// Writes bytes on a socket of their own and reads until the server closes or `limit` is over.
    pub(crate) fn raw(&self, request: &[u8], limit: Duration) -> Vec<u8> {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(limit)).unwrap();
        // The server may refuse before it has read everything.
        let _ = stream.write_all(request);
        read_answer(&mut stream)
    }

    /// Waits until a model answers.
    pub(crate) async fn until_model_loaded(&self, limit: Duration) {
        let began = Instant::now();
        while self.get("/health").await.json()["model_loaded"] != true {
            assert!(began.elapsed() < limit, "no champion in {limit:?}:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        // Either may have happened already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads until the end, a time-out, or a complete answer to one request.
pub(crate) fn read_answer(stream: &mut TcpStream) -> Vec<u8> {
    let mut answer = Vec::new();
    let mut buffer = [0; 16 * 1024];
    while let Ok(count) = stream.read(&mut buffer) {
        answer.extend_from_slice(&buffer[..count]);
        if count == 0 || is_complete(&answer) {
            break;
        }
    }
    answer
}

fn is_complete(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    length.is_some_and(|length: usize| body.len() >= length) || body.ends_with("0\r\n\r\n")
}

/// The status of a raw answer; 0 if the server closed without one.
pub(crate) fn status_of(answer: &[u8]) -> u16 {
    let text = String::from_utf8_lossy(answer);
    text.strip_prefix("HTTP/1.").and_then(|rest| rest.get(2..5)?.parse().ok()).unwrap_or(0)
}

/// A client that follows nothing and waits long enough for a busy machine.
pub(crate) fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(40))
        .build()
        .unwrap()
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) async fn of(request: reqwest::RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, body: response.bytes().await.unwrap().to_vec() }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.text()))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The same, after making sure of the status.
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }
}

/// The car of the tutorial.
pub(crate) fn car() -> Value {
    json!({
        "marca": "Toyota", "tipo_carroceria": "SUV", "año": 2020, "kilometraje": 50000,
        "tipo_combustible": "Gasolina", "transmision": "Automática", "cilindrada": 2000, "potencia": 150,
        "peso": 1500, "consumo": 7.5, "color": "Blanco", "edad_propietarios": 1,
        "calificacion_estado": 8.5, "region_venta": "Norte",
    })
}

/// The car with one field changed.
pub(crate) fn car_with(field: &str, value: Value) -> Value {
    let mut car = car();
    car[field] = value;
    car
}

/// Writes a small sample to `cars.csv` in `folder`.
pub(crate) fn write_sample(folder: &Path, rows: u32) {
    run(folder, &["data", "sample", "--rows", &rows.to_string(), "--output", "cars.csv"]).succeeded();
}

/// Trains models on `cars.csv` in `folder`; the runs, best first.
pub(crate) fn train(folder: &Path, options: &[&str]) -> Value {
    let mut args = vec!["train", "cars.csv", "--target", "precio", "--json"];
    args.extend(options);
    run(folder, &args).succeeded().json()
}

/// A server with the example in its store, for tests that only read. It is started once and ends with this
/// process: a shell holds it on a leash, whose other end is this process.
pub(crate) async fn shared() -> &'static TestApp {
    static SHARED: LazyLock<TestApp> = LazyLock::new(|| {
        let folder = TempDir::new().unwrap().keep();
        let script = r#""$0" serve --listen 127.0.0.1:0 --sample & server=$!
            read -r _; kill -TERM $server; wait $server; rm -rf "$PWD""#;
        let mut command = command("sh", &folder);
        command.args(["-c", script, BINARY]).stdin(Stdio::piped());
        TestApp::spawn(command, &folder, 1)
    });
    // Off the test's thread: other tests of this runtime go on meanwhile.
    let app = tokio::task::spawn_blocking(|| &*SHARED).await.unwrap();
    app.until_model_loaded(Duration::from_mins(2)).await;
    app
}

/// Identifiers of the runs in a store, best first by `test_rmse`.
pub(crate) fn run_ids(app: &TestApp) -> Vec<String> {
    let listed =
        app.cli(&["runs", "list", "--order-by", "metrics.test_rmse ASC", "--json"]).succeeded().json();
    listed.as_array().unwrap().iter().map(|run| run["id"].as_str().unwrap().to_owned()).collect()
}

/// Whether a text is the address of the front end's stylesheet.
pub(crate) fn is_stylesheet(text: &str) -> bool {
    text.starts_with("/pkg/") && Path::new(text).extension().is_some_and(|extension| extension == "css")
}
