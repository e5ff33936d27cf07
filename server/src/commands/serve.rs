//! `serve`: the dashboard, the form and the APIs.

use std::io::{self, Write};

use domain::{Ctx, Engine, sample};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};
use types::Progress;

use super::open;
use crate::config::{ConfigError, Flags, ListenAddress, Settings};
use crate::http::{Policy, connections, listeners};
use crate::router::router;
use crate::site;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Address to listen on; repeat it for more [default: 127.0.0.1:5000 and 127.0.0.1:8000]
    #[arg(long, value_name = "ADDR")]
    listen: Vec<ListenAddress>,

    /// Name under which browsers may reach the server, as NAME or NAME:PORT; repeat it for more
    #[arg(long, value_name = "HOST")]
    allowed_host: Vec<String>,

    /// Origin of a web page that may call the JSON API, such as `https://shop.example`; repeat it for more
    #[arg(long, value_name = "ORIGIN")]
    cors_origin: Vec<String>,

    /// Listen beyond loopback although everybody who reaches the server may do everything
    #[arg(long)]
    insecure_no_auth: bool,

    /// Fill an empty store with an example, while the server already answers
    #[arg(long)]
    sample: bool,

    /// Trainings at the same time [default: 1]
    #[arg(long, value_name = "N")]
    workers: Option<usize>,
}

impl Args {
    /// Adds the flags that are settings.
    ///
    /// # Errors
    ///
    /// As [`Flags::set`].
    pub(super) fn add_to(&self, flags: &mut Flags) -> Result<(), ConfigError> {
        flags.set_list("listen", &self.listen)?;
        flags.set_list("allowed_host", &self.allowed_host)?;
        flags.set_list("cors_origin", &self.cors_origin)?;
        flags.set("insecure_no_auth", self.insecure_no_auth.then_some(true))?;
        flags.set("workers", self.workers)
    }
}

/// A second signal ended the program before running requests had ended.
#[derive(Debug, thiserror::Error)]
#[error("stopped at once by a second signal")]
pub(crate) struct Stopped;

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
///
/// If an address or the store cannot be opened; [`Stopped`] after a second signal.
pub(super) async fn run(args: Args, settings: &Settings, out: &mut impl Write) -> anyhow::Result<()> {
    let mut signals = Signals::new()?;
    let listeners = listeners::bind(&settings.http).await?;
    let engine = open(&settings.store).await?;
    if !site::has_front_end() {
        warn!(
            "this build has no front end: pages can be read, but nothing in them moves; see `cargo xtask serve`"
        );
    }
    engine.start_background(settings.training.workers);
    let filling = args.sample.then(|| tokio::spawn(fill(engine.clone())));

    let addresses =
        listeners.iter().map(tokio::net::TcpListener::local_addr).collect::<io::Result<Vec<_>>>()?;
    let stop = CancellationToken::new();
    let router = router(engine.clone(), Policy::new(&settings.http));
    let serving = connections::serve(listeners, router, stop.clone());
    for address in addresses {
        writeln!(out, "Cuaderno is ready: http://{address}")?;
    }
    out.flush()?;

    let serving = tokio::spawn(serving);
    signals.next().await;
    info!("stopping; a second signal stops at once");
    // Answers that follow a job would otherwise keep their connections until they are cut.
    engine.leave();
    stop.cancel();
    let ending = async {
        if let Some(filling) = filling {
            filling.abort();
        }
        serving.await?;
        engine.close().await;
        Ok(())
    };
    tokio::select! {
        () = signals.next() => Err(Stopped.into()),
        ended = ending => {
            info!("stopped");
            ended
        }
    }
}

/// Fills an empty store; a failure leaves the server as it is.
async fn fill(engine: Engine) {
    let ctx = Ctx::local(engine);
    let stage = std::sync::Mutex::new(String::new());
    let tell = |progress: Progress| {
        // Work reports many times a second; one line for each tenth is enough.
        let line = format!("{:.0} %", (progress.fraction * 10.0).floor() * 10.0);
        let mut last = stage.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if *last != line {
            info!("example data: {line} ({})", progress.stage);
            *last = line;
        }
    };
    match sample::fill(&ctx, &tell).await {
        Ok(sample::Outcome::AlreadyFilled) => info!("example data: the store is not empty, nothing to do"),
        Ok(sample::Outcome::Filled { best }) => {
            info!(run.id = %best, "example data: ready, run `{best}` is the champion");
        }
        Err(failure) => error!(error = &failure as &dyn std::error::Error, "example data could not be made"),
    }
}

/// SIGTERM and SIGINT.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
