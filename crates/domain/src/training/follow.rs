//! Follows a job until it is over.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::Stream;
use futures::stream;
use tokio::time::{Instant, sleep};
use types::{JobEvent, JobId, JobStatus};

use super::status;
use crate::{Ctx, Error, Result};

/// How often a job is looked at; another process may be the one that works on it.
const INTERVAL: Duration = Duration::from_millis(300);

/// How long one may follow without asking again.
const LONGEST: Duration = Duration::from_hours(1);

/// Most followers of this process, and of one address beyond this machine.
const FOLLOWERS_MAX: (usize, usize) = (128, 16);

/// Those who follow jobs, by address; nothing for those of this process.
#[derive(Debug, Default)]
pub(crate) struct Followers(Mutex<HashMap<Option<IpAddr>, usize>>);

impl Followers {
    /// Takes a place, or says that there is none.
    fn join(self: &Arc<Self>, address: Option<IpAddr>) -> Result<Place> {
        let address = address.map(|address| address.to_canonical());
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_far = address.is_some_and(|address| !address.is_loopback());
        let (most, most_of_one) = FOLLOWERS_MAX;
        let own = counts.get(&address).copied().unwrap_or(0);
        if counts.values().sum::<usize>() >= most || (is_far && own >= most_of_one) {
            return Err(Error::Crowded(
                "too many follow jobs already; ask for the job itself from time to time".to_owned(),
            ));
        }
        counts.insert(address, own + 1);
        Ok(Place { followers: Arc::clone(self), address })
    }

    fn leave(&self, address: Option<IpAddr>) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&address);
            }
        }
    }
}

/// A place among the followers; leaving it is dropping it.
#[derive(Debug)]
struct Place {
    followers: Arc<Followers>,
    address: Option<IpAddr>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.followers.leave(self.address);
    }
}

/// Follows a job: its status now and after every change, and the lines of its log behind line `after`. Ends with the job,
/// after an hour, and when the process is about to end; lines come before the status that follows from them.
///
/// # Errors
///
/// `NotFound` if there is no such job; `Crowded` if too many follow jobs, or too many from this address. What fails later
/// ends the stream.
pub async fn follow(
    ctx: &Ctx,
    id: &JobId,
    after: i64,
    address: Option<IpAddr>,
) -> Result<impl Stream<Item = JobEvent> + Send + 'static + use<>> {
    status(ctx, id).await?;
    let place = ctx.engine().followers().join(address)?;
    let follower = Follower {
        ctx: ctx.clone(),
        id: id.clone(),
        line: after,
        last: None,
        waiting: VecDeque::new(),
        until: Instant::now() + LONGEST,
        _place: place,
    };
    Ok(stream::unfold(follower, |mut follower| async move {
        let event = follower.next().await?;
        Some((event, follower))
    }))
}

struct Follower {
    ctx: Ctx,
    id: JobId,
    /// The last line that was told.
    line: i64,
    /// The last status that was told.
    last: Option<JobStatus>,
    waiting: VecDeque<JobEvent>,
    until: Instant,
    _place: Place,
}

impl Follower {
    async fn next(&mut self) -> Option<JobEvent> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            match &self.last {
                Some(last) if last.state.is_over() => return None,
                Some(_) => self.pause().await?,
                None => {}
            }
            self.look().await.ok()?;
        }
    }

    /// Waits until it is time to look again; `None` when it is time to end.
    async fn pause(&self) -> Option<()> {
        if Instant::now() >= self.until {
            return None;
        }
        tokio::select! {
            () = sleep(INTERVAL) => Some(()),
            () = self.ctx.engine().leaving().cancelled() => None,
        }
    }

    async fn look(&mut self) -> Result<()> {
        // In this order: the last lines are written together with the last status.
        let now = status(&self.ctx, &self.id).await?;
        let lines = self.ctx.store().job_log(&self.id, self.line).await?;
        self.line = lines.last().map_or(self.line, |last| last.line);
        self.waiting.extend(lines.into_iter().map(JobEvent::Line));
        if self.last.as_ref() != Some(&now) {
            self.waiting.push_back(JobEvent::Status(now.clone()));
        }
        self.last = Some(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_does_not_take_all_places() {
        let followers = Arc::new(Followers::default());
        let far: Option<IpAddr> = "192.0.2.1".parse().ok();
        let mut places: Vec<Place> = (0..FOLLOWERS_MAX.1).map(|_| followers.join(far).unwrap()).collect();
        assert!(matches!(followers.join(far), Err(Error::Crowded(_))));
        let near: Option<IpAddr> = "127.0.0.1".parse().ok();
        places.extend((FOLLOWERS_MAX.1..FOLLOWERS_MAX.0).map(|_| followers.join(near).unwrap()));
        assert!(followers.join(None).is_err());
        places.clear();
        assert!(followers.0.lock().unwrap().is_empty());
        followers.join(far).unwrap();
    }
}
