//! Files of metrics: one point in each line. Those of runs are `timestamp value step`, maybe with the name and digest of
//! a dataset behind; those of models have the run between.

use std::io::{BufRead, BufReader, Read};

use camino::{Utf8Path, Utf8PathBuf};
use futures::stream::{self, BoxStream, StreamExt};
use tokio::sync::mpsc;

use super::disk;
use crate::Result;
use crate::record::{Fault, Found, ModelPoint, Point};

/// Points of one part.
const PART: usize = 10_000;

/// Parts that may wait for the reader of the stream.
const PARTS_WAITING: usize = 2;

/// Longest line, in bytes; the name of a dataset has at most 500 characters.
const LINE_MAX: u64 = 8192;

/// Makes a point of the name of its metric and a line.
type ReadLine<T> = fn(&str, &str) -> Option<T>;

/// Reads the metrics of a run below a folder, part by part.
pub(super) fn of_run(folder: Utf8PathBuf) -> BoxStream<'static, Result<Found<Point>>> {
    read(folder, point)
}

/// Reads the metrics of a model below a folder, part by part.
pub(super) fn of_model(folder: Utf8PathBuf) -> BoxStream<'static, Result<Found<ModelPoint>>> {
    read(folder, model_point)
}

fn read<T: Send + 'static>(folder: Utf8PathBuf, read: ReadLine<T>) -> BoxStream<'static, Result<Found<T>>> {
    let (sender, receiver) = mpsc::channel(PARTS_WAITING);
    tokio::task::spawn_blocking(move || {
        let found = disk::files_below(&folder);
        let mut part = Found { items: Vec::new(), faults: found.faults };
        for file in found.items {
            let sent = read_file(&folder, &file.path, read, &mut part, &mut |part| {
                // A reader that has gone needs no more.
                sender.blocking_send(Ok(part)).is_ok()
            });
            if !sent {
                return;
            }
        }
        let _ = sender.blocking_send(Ok(part));
    });
    stream::unfold(receiver, |mut receiver| async { Some((receiver.recv().await?, receiver)) }).boxed()
}

/// Adds the points of one file to `part`, and hands it over when it is full. `false` if nobody takes it.
fn read_file<T>(
    folder: &Utf8Path,
    key: &str,
    read: ReadLine<T>,
    part: &mut Found<T>,
    send: &mut impl FnMut(Found<T>) -> bool,
) -> bool {
    let what = || format!("metric `{key}`");
    let file = match std::fs::File::open(folder.join(key)) {
        Ok(file) => file,
        Err(error) => {
            part.faults.push(Fault::new(what(), format!("its file cannot be read: {error}")));
            return true;
        }
    };
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let mut line = Vec::new();
    let (mut number, mut wrong, mut first_wrong) = (0_u64, 0_u64, 0_u64);
    loop {
        line.clear();
        match reader.by_ref().take(LINE_MAX).read_until(b'\n', &mut line) {
            Ok(0) => break,
            Ok(length) if length as u64 == LINE_MAX && line.last() != Some(&b'\n') => {
                part.faults.push(Fault::new(what(), format!("line {} of its file is too long", number + 1)));
                break;
            }
            Ok(_) => {}
            Err(error) => {
                part.faults.push(Fault::new(what(), format!("its file cannot be read on: {error}")));
                break;
            }
        }
        number += 1;
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let text = std::str::from_utf8(&line).unwrap_or_default();
        match read(key, text) {
            Some(point) => part.items.push(point),
            None => {
                wrong += 1;
                first_wrong = if wrong == 1 { number } else { first_wrong };
            }
        }
        if part.items.len() >= PART && !send(std::mem::take(part)) {
            return false;
        }
    }
    if wrong > 0 {
        let why = format!("{wrong} of {number} lines are no points; the first is line {first_wrong}");
        part.faults.push(Fault::new(what(), why));
    }
    true
}

/// A point; old versions wrote no step, new ones may write a dataset behind it.
fn point(key: &str, line: &str) -> Option<Point> {
    let mut fields = line.trim_end_matches(['\n', '\r']).split(' ');
    let timestamp = fields.next()?.parse().ok()?;
    let value = fields.next()?.parse().ok()?;
    let step = fields.next().map_or(Some(0), |step| step.parse().ok())?;
    Some(Point { key: key.to_owned(), value, step, timestamp })
}

fn model_point(key: &str, line: &str) -> Option<ModelPoint> {
    let mut fields = line.trim_end_matches(['\n', '\r']).splitn(5, ' ');
    let mut next = || fields.next();
    let (timestamp, value, step) = (next()?.parse().ok()?, next()?.parse().ok()?, next()?.parse().ok()?);
    let run_id = next()?.to_owned();
    // A name may contain spaces, a digest does not.
    let dataset = next().and_then(|rest| rest.rsplit_once(' '));
    let dataset = dataset.map(|(name, digest)| (name.to_owned(), digest.to_owned()));
    Some(ModelPoint { point: Point { key: key.to_owned(), value, step, timestamp }, run_id, dataset })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn long_histories_come_in_parts_and_wrong_lines_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap().to_owned();
        std::fs::create_dir(root.join("val")).unwrap();
        let lines: Vec<String> =
            (0..25_000).map(|step| format!("{} {step}.5 {step}\n", 1000 + step)).collect();
        std::fs::write(root.join("val/loss"), lines.concat()).unwrap();
        std::fs::write(root.join("odd"), "5 nan 1\n6 inf 2 a name d1g\n7 1e-05\nbroken\n8 x 1\n\n9 -inf 3")
            .unwrap();

        let parts: Vec<_> = of_run(root).map(Result::unwrap).collect().await;

        assert!(parts.iter().all(|part| part.items.len() <= PART));
        let points: Vec<Point> = parts.iter().flat_map(|part| part.items.clone()).collect();
        let odd: Vec<_> = points.iter().filter(|point| point.key == "odd").collect();
        assert!(odd[0].value.is_nan());
        assert_eq!((odd[1].value, odd[1].step), (f64::INFINITY, 2));
        assert_eq!((odd[2].value, odd[2].step), (1e-5, 0));
        assert_eq!((odd[3].value, odd[3].timestamp), (f64::NEG_INFINITY, 9));
        assert_eq!(points.len(), 25_004);
        assert_eq!(points.last().unwrap().step, 24_999);
        let faults: Vec<_> = parts.into_iter().flat_map(|part| part.faults).collect();
        assert_eq!(faults, [Fault::new("metric `odd`", "2 of 7 lines are no points; the first is line 4")]);
    }

    #[test]
    fn points_of_models_name_their_run_and_dataset() {
        let point = model_point("loss", "5 0.5 3 abc cars train b7a2cd05\n").unwrap();
        assert_eq!((point.run_id.as_str(), point.point.step), ("abc", 3));
        assert_eq!(point.dataset, Some(("cars train".to_owned(), "b7a2cd05".to_owned())));
        assert_eq!(model_point("loss", "5 0.5 3 abc").unwrap().dataset, None);
        assert_eq!(model_point("loss", "5 0.5 3"), None);
    }
}
