//! A PostgreSQL server for the tests: made in a temporary folder, gone when the tests are.

use std::fs;
use std::io::Read as _;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, bail};

use crate::steps::note;
use crate::{machine, process, site};

/// Stops and removes the server when its standard input closes. That happens when this process lets go of it
/// and also when this process is killed, so that nothing is ever left running.
const KEEPER: &str = r#"
trap '' INT TERM HUP
cat > /dev/null
"$@" stop --mode=immediate --silent --pgdata="$KEPT/data" > /dev/null 2>&1
rm -rf "$KEPT"
"#;

/// A running server.
#[derive(Debug)]
pub(crate) struct Postgres {
    url: String,
    keeper: Child,
}

impl Postgres {
    /// Makes a new, empty server. Its data does not survive a power cut, and need not.
    ///
    /// # Errors
    ///
    /// PostgreSQL is not installed or does not start.
    pub(crate) fn start() -> anyhow::Result<Self> {
        let programs = programs().context("PostgreSQL is not installed")?;
        let root = machine::is_root();
        let password = password()?;
        let folder = new_folder(root)?;
        fs::write(folder.join("password"), &password)?;
        if root {
            process::run(Command::new("chown").args(["-R", "postgres"]).arg(&folder))
                .context("PostgreSQL does not run as root and there is no user `postgres` to run it as")?;
        }

        // From here on, the keeper cleans up, however this ends.
        let data = folder.join("data");
        let mut command = Command::new("sh");
        command.args(["-c", KEEPER, "keeper"]).args(as_server_user(root)).arg(programs.join("pg_ctl"));
        let keeper = command
            .current_dir("/")
            .env("KEPT", &folder)
            .stdin(Stdio::piped())
            .spawn()
            .context("cannot start `sh`")?;
        let mut server = Self { url: String::new(), keeper };

        process::capture(
            in_server_user(root, &programs.join("initdb"))
                .args([
                    "--username=cuaderno",
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--locale=C",
                    "--no-sync",
                ])
                .arg(format!("--pwfile={}", folder.join("password").display()))
                .arg(format!("--pgdata={}", data.display())),
        )
        .context("initdb failed")?;

        let port = start_on_a_free_port(root, &programs, &folder)?;
        server.url = format!("postgres://cuaderno:{password}@127.0.0.1:{port}/postgres");
        note(format_args!("PostgreSQL listens on 127.0.0.1:{port} until the tests are done"));
        Ok(server)
    }

    /// Where it is, for an owner who may create databases.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

fn start_on_a_free_port(root: bool, programs: &Path, folder: &Path) -> anyhow::Result<u16> {
    let log = folder.join("log");
    for _ in 0..5 {
        // Somebody else can take the port between these two lines; then another one is tried.
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let options = format!(
            "-p {port} -k {} -c listen_addresses=127.0.0.1 -c fsync=off -c synchronous_commit=off \
             -c full_page_writes=off -c max_connections=300",
            folder.display()
        );
        // Not `capture`: the server would keep the pipe open for ever.
        let started = in_server_user(root, &programs.join("pg_ctl"))
            .args(["start", "--wait", "--silent"])
            .arg(format!("--pgdata={}", folder.join("data").display()))
            .arg(format!("--log={}", log.display()))
            .arg(format!("--options={options}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .context("cannot start pg_ctl")?;
        if started.success() {
            return Ok(port);
        }
    }
    bail!("PostgreSQL does not start: {}", fs::read_to_string(&log).unwrap_or_default().trim())
}

/// The folder of PostgreSQL's own programs. Debian keeps them off the path.
pub(crate) fn programs() -> Option<PathBuf> {
    let on_path =
        process::find("initdb").and_then(|initdb| initdb.canonicalize().ok()?.parent().map(Path::to_owned));
    on_path.into_iter().chain(installed_versions()).find(|folder| folder.join("pg_ctl").is_file())
}

/// `/usr/lib/postgresql/*/bin`, newest first.
fn installed_versions() -> Vec<PathBuf> {
    let Ok(versions) = Path::new("/usr/lib/postgresql").read_dir() else { return Vec::new() };
    let mut found: Vec<(u32, PathBuf)> = versions
        .flatten()
        .filter_map(|version| Some((version.file_name().to_str()?.parse().ok()?, version.path().join("bin"))))
        .filter(|(_, folder)| folder.join("initdb").is_file())
        .collect();
    found.sort();
    found.into_iter().rev().map(|(_, folder)| folder).collect()
}

/// PostgreSQL refuses to run as root.
fn as_server_user(root: bool) -> &'static [&'static str] {
    if root { &["runuser", "-u", "postgres", "--"] } else { &[] }
}

fn in_server_user(root: bool, program: &Path) -> Command {
    let mut words = as_server_user(root).iter();
    let mut command = match words.next() {
        Some(first) => {
            let mut command = process::fresh(first);
            command.args(words).arg(program);
            command
        }
        None => process::fresh(program),
    };
    // The server's user may not be allowed to see the current folder.
    command.current_dir("/");
    command
}

/// A new folder that nobody else can have put anything into.
fn new_folder(root: bool) -> anyhow::Result<PathBuf> {
    // As root, `TMPDIR` may be a place that the server's user cannot reach.
    let parent = if root { PathBuf::from("/tmp") } else { std::env::temp_dir() };
    let folder = parent.join(format!("cuaderno-postgres-{}", &password()?[..12]));
    fs::create_dir(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

/// Random letters: other users of this machine can reach the port, too.
fn password() -> anyhow::Result<String> {
    let mut bytes = [0; 16];
    fs::File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut bytes))
        .context("no randomness")?;
    Ok(site::hex(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_differ() {
        assert_ne!(password().unwrap(), password().unwrap());
        assert_eq!(password().unwrap().len(), 32);
    }

    #[test]
    fn a_server_starts_answers_and_leaves_nothing_behind() {
        let Some(programs) = programs() else { return };
        let server = Postgres::start().unwrap();
        let url = server.url().to_owned();
        let psql = programs.join("psql");
        let ask =
            || process::capture(Command::new(&psql).args([&url, "--tuples-only", "--command=SHOW fsync"]));

        assert_eq!(ask().unwrap().trim(), "off");
        drop(server);
        assert!(ask().is_err());
    }
}
