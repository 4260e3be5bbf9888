//! The threads that list, import, fetch and remove data sets. None waits for the engine, and the
//! engine for none of them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;

use super::measuring::Measuring;
use super::messages::{DataCommand, DataUpdate, Forecasted, ImportReport, ImportedData, NewData};
use super::priority::give_way;
use crate::dataset::{self, Imported, fetch, import};
use crate::error::{Error, Result};
use crate::number_format;
use crate::paths::Paths;
use crate::progress::{Progress, Unit};
use crate::runs::data_sets::{remove_data_set, stored_data_sets};

/// Least time between two reports of an import.
const REPORT_INTERVAL: Duration = Duration::from_millis(100);

/// How long the end of the program waits for cancelled imports to remove what they made. What is
/// left then is removed by the next start.
const CLEANING_TIME: Duration = Duration::from_secs(5);

/// LFW's archive that is fetched: the aligned one.
const LFW_ARCHIVE: &str = "deepfunneled";

/// Starts the threads; their reports come through the channel.
#[derive(Debug)]
pub(crate) struct DataJobs {
    paths: Paths,
    updates: UnboundedSender<DataUpdate>,
    /// Imports, and how each is stopped.
    imports: Vec<(JoinHandle<()>, Arc<AtomicBool>)>,
    /// What measures how long presets take.
    measuring: Option<Measuring>,
}

impl DataJobs {
    /// Without a thread.
    pub(crate) fn new(paths: Paths, updates: UnboundedSender<DataUpdate>) -> Self {
        Self {
            paths,
            updates,
            imports: Vec::new(),
            measuring: None,
        }
    }

    /// Does something without waiting for it.
    pub(crate) fn start(&mut self, command: DataCommand) {
        let (paths, updates) = (self.paths.clone(), self.updates.clone());
        match command {
            DataCommand::Cancel => self.cancel(),
            DataCommand::StopMeasuring => self.stop_measuring(),
            DataCommand::Measure(data) => {
                self.stop_measuring();
                let measuring = Measuring::default();
                self.measuring = Some(measuring.clone());
                let refused = DataUpdate::Forecast(data.clone(), Forecasted::End);
                self.spawn("measuring", refused, move || measuring.run(&data, &updates));
            }
            DataCommand::List => {
                let refused = DataUpdate::Listed(Err("no thread can be started".to_string()));
                self.spawn("data list", refused, move || list(&paths, &updates));
            }
            DataCommand::Remove(summary) => {
                let refused = Err("no thread can be started".to_string());
                let refused = DataUpdate::Removed(summary.id.clone(), refused);
                self.spawn("data removal", refused, move || {
                    give_way();
                    let removed = remove_data_set(&paths, &summary);
                    let removed = removed.map_err(|error| error.to_string());
                    let _ = updates.send(DataUpdate::Removed(summary.id, removed));
                    list(&paths, &updates);
                });
            }
            DataCommand::Import(number, source) => {
                let stop = Arc::new(AtomicBool::new(false));
                let refused = Err("no thread can be started".to_string());
                let refused = DataUpdate::Imported(number, refused);
                let stopped = stop.clone();
                let thread = self.spawn("import", refused, move || {
                    give_way();
                    let work = || add_data(&paths, &source, number, &updates, &stopped);
                    // A decoder that panics must not leave the screen waiting.
                    let result = catch_unwind(AssertUnwindSafe(work));
                    let ended = match result {
                        Ok(Ok(imported)) => Ok(Some(describe(&imported))),
                        Ok(Err(Error::Cancelled)) => Ok(None),
                        Ok(Err(error)) => Err(error.to_string()),
                        Err(_) => Err("the import failed; the log may say why".to_string()),
                    };
                    let _ = updates.send(DataUpdate::Imported(number, ended));
                    list(&paths, &updates);
                });
                self.imports.extend(thread.map(|thread| (thread, stop)));
            }
        }
    }

    /// Starts a thread, or reports that there is none.
    fn spawn(
        &self,
        name: &str,
        refused: DataUpdate,
        work: impl FnOnce() + Send + 'static,
    ) -> Option<JoinHandle<()>> {
        let thread = std::thread::Builder::new().name(name.to_string());
        let started = thread.spawn(work);
        if started.is_err() {
            let _ = self.updates.send(refused);
        }
        started.ok()
    }

    fn stop_measuring(&mut self) {
        if let Some(measuring) = self.measuring.take() {
            measuring.stop();
        }
    }

    fn cancel(&mut self) {
        self.imports.retain(|(thread, _)| !thread.is_finished());
        for (_, stop) in &self.imports {
            stop.store(true, Ordering::Relaxed);
        }
    }

    /// Cancels what is being imported, and waits a while for it to remove what it has made.
    pub(crate) fn finish(&mut self) {
        self.stop_measuring();
        self.cancel();
        let began = Instant::now();
        let lives = |all: &[(JoinHandle<()>, _)]| all.iter().any(|(one, _)| !one.is_finished());
        while lives(&self.imports) && began.elapsed() < CLEANING_TIME {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// Lists the data sets, and again with their bytes: counting those of many files takes a while.
fn list(paths: &Paths, updates: &UnboundedSender<DataUpdate>) {
    let listed = stored_data_sets(paths).map_err(|error| error.to_string());
    let mut counted = listed.clone().unwrap_or_default();
    // Without a receiver the screen is closing.
    let _ = updates.send(DataUpdate::Listed(listed));
    for one in &mut counted {
        if updates.is_closed() {
            return;
        }
        one.bytes = one.summary.root.parent().map(dataset::bytes_on_disk);
    }
    if !counted.is_empty() {
        let _ = updates.send(DataUpdate::Listed(Ok(counted)));
    }
}

fn add_data(
    paths: &Paths,
    source: &NewData,
    number: u64,
    updates: &UnboundedSender<DataUpdate>,
    stop: &AtomicBool,
) -> Result<Imported> {
    let mut last: Option<Instant> = None;
    let mut stage = String::new();
    let mut watch = |progress: Progress<'_>| {
        if stop.load(Ordering::Relaxed) || updates.is_closed() {
            return Err(Error::Cancelled);
        }
        let is_due = last.is_none_or(|last| last.elapsed() >= REPORT_INTERVAL);
        if progress.unit != Unit::Note && (is_due || stage != progress.stage) {
            stage = progress.stage.to_string();
            last = Some(Instant::now());
            let report = ImportReport {
                stage: stage.clone(),
                done: progress.done,
                total: progress.total,
                unit: progress.unit,
            };
            let _ = updates.send(DataUpdate::Progress(number, report));
        }
        Ok(())
    };
    let imported = match source {
        NewData::Path(path, crop) => import::import_with_crop(paths, path, *crop, &mut watch),
        NewData::Lfw => fetch::fetch(paths, LFW_ARCHIVE, None, &mut watch),
    }?;
    Ok(imported)
}

/// `lfw: 13,233 pictures of 5,749 people; 3 pictures were skipped; a note`.
fn describe(imported: &Imported) -> ImportedData {
    let Imported {
        dataset,
        skipped,
        notes,
        already_imported,
    } = imported;
    let count = |number: usize| number_format::count(number as u64);
    let mut message = format!(
        "{}{}: {} pictures of {} people",
        dataset.title,
        if *already_imported {
            " was imported before"
        } else {
            " is imported"
        },
        count(dataset.pictures.len()),
        count(dataset.people.len()),
    );
    if !skipped.is_empty() {
        message += &format!("; {} skipped", count(skipped.len()));
    }
    for note in notes {
        message += &format!("; {note}");
    }
    ImportedData {
        id: dataset.id.clone(),
        message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, RgbImage};
    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

    /// Waits for the end of an import or a removal.
    fn ended(updates: &mut UnboundedReceiver<DataUpdate>) -> DataUpdate {
        loop {
            match updates.blocking_recv().unwrap() {
                DataUpdate::Listed(_) | DataUpdate::Progress(..) => {}
                update => return update,
            }
        }
    }

    #[test]
    fn pictures_are_imported_and_removed_and_a_cancelled_import_leaves_nothing() {
        let home = tempfile::tempdir().unwrap();
        let paths = Paths::below(home.path());
        let people = home.path().join("people");
        for (name, shade) in [("Ann", 10), ("Bob", 90)] {
            std::fs::create_dir_all(people.join(name)).unwrap();
            let picture = RgbImage::from_pixel(40, 40, Rgb([shade; 3]));
            picture.save(people.join(name).join("1.png")).unwrap();
        }
        let (send, mut updates) = unbounded_channel();
        let mut jobs = DataJobs::new(paths.clone(), send);
        let source = || NewData::Path(people.clone(), None);
        jobs.start(DataCommand::Import(
            1,
            NewData::Path(home.path().join("none"), None),
        ));
        assert!(matches!(
            ended(&mut updates),
            DataUpdate::Imported(1, Err(_))
        ));
        // Another import holds the lock, so that this one is cancelled while it waits.
        let lock = dataset::lock_imports(&paths).unwrap();
        jobs.start(DataCommand::Import(2, source()));
        jobs.start(DataCommand::Cancel);
        assert!(matches!(
            ended(&mut updates),
            DataUpdate::Imported(2, Ok(None))
        ));
        drop(lock);
        jobs.finish();
        assert!(dataset::list(&paths).unwrap().is_empty());
        jobs.start(DataCommand::Import(3, source()));
        let DataUpdate::Imported(3, Ok(Some(imported))) = ended(&mut updates) else {
            panic!("not imported");
        };
        assert!(imported.message.contains("2 pictures of 2 people"));
        let all = stored_data_sets(&paths).unwrap();
        let [first, sample] = all.as_slice() else {
            panic!("{all:?}");
        };
        assert!(first.summary.id == imported.id && sample.summary.is_sample);
        jobs.start(DataCommand::Remove(Box::new(first.summary.clone())));
        assert!(matches!(
            ended(&mut updates),
            DataUpdate::Removed(_, Ok(()))
        ));
        jobs.start(DataCommand::Remove(Box::new(sample.summary.clone())));
        assert!(matches!(
            ended(&mut updates),
            DataUpdate::Removed(_, Err(_))
        ));
        jobs.finish();
        assert!(dataset::list(&paths).unwrap().is_empty());
        let left: Vec<_> = std::fs::read_dir(paths.datasets())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .filter(|name| *name != ".import.lock")
            .collect();
        assert!(left.is_empty(), "{left:?}");
    }
}
