//! Whose turn it is to load. Several tasks may be under way, but one goes on at a time:
//! the others are put aside at their next report of progress, so that what the user looks
//! at has all cores. A task that needs what another one is making waits for that, and
//! the other goes on in its stead.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::cache::Resource;

/// How often a task that waits looks whether it was stopped.
const STOP_CHECK: Duration = Duration::from_millis(50);

/// The number of a task.
pub(super) type TaskNumber = u64;

/// Shared by the worker and all tasks.
#[derive(Debug, Default)]
pub(super) struct Turns {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// The task that is to go on; without one all do.
    preferred: Option<TaskNumber>,
    /// What is being made, and by which task. One task may be making several: what it was
    /// given, and what that depends on.
    making: Vec<(Resource, TaskNumber)>,
    /// Tasks that wait for what others make: who, and for whom.
    waiting: Vec<(TaskNumber, TaskNumber)>,
}

impl State {
    /// The task whose turn it is: the preferred one, or who makes what that waits for.
    /// Nothing depends on itself, so that this ends.
    fn turn(&self) -> Option<TaskNumber> {
        let mut task = self.preferred?;
        while let Some((_, maker)) = self.waiting.iter().find(|(who, _)| *who == task) {
            task = *maker;
        }
        Some(task)
    }

    fn maker(&self, resource: &Resource) -> Option<TaskNumber> {
        let made = self.making.iter().find(|(made, _)| made == resource);
        made.map(|(_, maker)| *maker)
    }
}

impl Turns {
    /// From now on this task goes on before all others.
    pub(super) fn prefer(&self, task: Option<TaskNumber>) {
        self.lock().preferred = task;
        self.changed.notify_all();
    }

    /// Waits until it is this task's turn, or it is stopped.
    pub(super) fn wait_for_turn(&self, task: TaskNumber, stop: &AtomicBool) {
        let mut state = self.lock();
        while state.turn().is_some_and(|turn| turn != task) && !stop.load(Ordering::Relaxed) {
            state = self.wait(state);
        }
    }

    /// Notes that this task makes something. If another one is making it already, that is
    /// waited for; it may not have succeeded then.
    pub(super) fn begin(
        &self,
        task: TaskNumber,
        resource: &Resource,
        stop: &AtomicBool,
    ) -> Making<'_> {
        let mut state = self.lock();
        while let Some(maker) = state.maker(resource).filter(|maker| *maker != task)
            && !stop.load(Ordering::Relaxed)
        {
            state.waiting.retain(|(who, _)| *who != task);
            state.waiting.push((task, maker));
            self.changed.notify_all();
            state = self.wait(state);
        }
        state.waiting.retain(|(who, _)| *who != task);
        state.making.push((resource.clone(), task));
        self.changed.notify_all();
        Making {
            turns: self,
            task,
            resource: resource.clone(),
        }
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        let waited = self.changed.wait_timeout(state, STOP_CHECK);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change is made whole under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// While it lives, a task makes something.
pub(super) struct Making<'a> {
    turns: &'a Turns,
    task: TaskNumber,
    resource: Resource,
}

impl Drop for Making<'_> {
    fn drop(&mut self) {
        let mut state = self.turns.lock();
        let made = (&self.resource, self.task);
        if let Some(at) = state
            .making
            .iter()
            .rposition(|(resource, task)| (resource, *task) == made)
        {
            state.making.remove(at);
        }
        drop(state);
        self.turns.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc;
    use std::time::Instant;

    use super::*;
    use crate::dataset::FaceSpec;

    static GO_ON: AtomicBool = AtomicBool::new(false);

    fn resource() -> Resource {
        Resource::Faces(FaceSpec::default())
    }

    #[test]
    fn one_task_goes_on_and_the_others_wait_until_they_are_stopped() {
        let turns = Arc::new(Turns::default());
        // Nobody is preferred.
        turns.wait_for_turn(1, &GO_ON);
        turns.prefer(Some(2));
        turns.wait_for_turn(2, &GO_ON);
        let stop = Arc::new(AtomicBool::new(false));
        let (sender, passed) = mpsc::channel();
        for task in [1, 3] {
            let (turns, stop, sender) = (turns.clone(), stop.clone(), sender.clone());
            std::thread::spawn(move || {
                turns.wait_for_turn(task, &stop);
                sender.send(task).unwrap();
            });
        }
        turns.prefer(Some(3));
        assert_eq!(passed.recv().unwrap(), 3);
        assert!(passed.try_recv().is_err());
        stop.store(true, Ordering::Relaxed);
        assert_eq!(passed.recv().unwrap(), 1);
    }

    #[test]
    fn who_makes_what_is_wanted_goes_on() {
        let turns = Arc::new(Turns::default());
        let making = turns.begin(1, &resource(), &GO_ON);
        turns.prefer(Some(2));
        let (sender, made) = mpsc::channel();
        let other = turns.clone();
        let waiter = std::thread::spawn(move || {
            let _mine = other.begin(2, &resource(), &GO_ON);
            sender.send(()).unwrap();
        });
        let begun = Instant::now();
        while turns.lock().turn() != Some(1) {
            assert!(begun.elapsed() < Duration::from_secs(60));
            std::thread::yield_now();
        }
        turns.wait_for_turn(1, &GO_ON);
        assert!(made.try_recv().is_err());
        drop(making);
        made.recv().unwrap();
        waiter.join().unwrap();
        assert_eq!(turns.lock().turn(), Some(2));
        assert!(turns.lock().making.is_empty());
    }
}
