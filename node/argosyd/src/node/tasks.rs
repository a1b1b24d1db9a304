//! The tasks of a node: each is told to stop in one way, and none ends unnoticed.
//!
//! Always: when a task ends by itself, well or by a panic, the node stops.

use std::future::Future;

use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};

use crate::failure::{Exit, Failure};

/// The running tasks.
pub(super) struct Tasks {
    set: JoinSet<(&'static str, Result<(), Failure>)>,
    stop: watch::Sender<bool>,
}

/// By which a task learns that it is to end.
#[derive(Clone)]
pub(super) struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Until the tasks are told to stop.
    pub(super) async fn asked(&mut self) {
        // Nobody who could ask any more is the same as being asked.
        let _ = self.0.wait_for(|stopping| *stopping).await;
    }
}

impl Tasks {
    pub(super) fn new() -> Tasks {
        Tasks {
            set: JoinSet::new(),
            stop: watch::Sender::new(false),
        }
    }

    /// Starts a task. It ends by itself only when it fails.
    pub(super) fn spawn<F>(&mut self, name: &'static str, task: impl FnOnce(Stop) -> F)
    where
        F: Future<Output = Result<(), Failure>> + Send + 'static,
    {
        let task = task(Stop(self.stop.subscribe()));
        self.set.spawn(async move { (name, task.await) });
    }

    /// Until one of them ends, and why that stops the node.
    pub(super) async fn failed(&mut self) -> Failure {
        match self.set.join_next().await {
            Some(Ok((_, Err(failure)))) => failure,
            Some(Ok((name, Ok(())))) => {
                Failure::new(Exit::Fault, format!("task {name} ended by itself"))
            }
            Some(Err(error)) => panicked(&error),
            None => Failure::new(Exit::Fault, "no task is left"),
        }
    }

    /// Tells all of them to stop and waits; the first failure on the way is kept.
    pub(super) async fn stop(mut self) -> Result<(), Failure> {
        let _ = self.stop.send(true);
        let mut ended = Ok(());
        while let Some(task) = self.set.join_next().await {
            let result = match task {
                Ok((_, result)) => result,
                Err(error) => Err(panicked(&error)),
            };
            ended = ended.and(result);
        }
        ended
    }
}

fn panicked(error: &JoinError) -> Failure {
    Failure::new(Exit::Fault, format!("a task of the node died: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_task_that_panics_or_ends_is_noticed() {
        let mut tasks = Tasks::new();
        tasks.spawn("dies", |_| async { panic!("boom") });
        let failure = tasks.failed().await;
        assert!(failure.message().contains("boom"), "{}", failure.message());
        tasks.spawn("ends", |_| async { Ok(()) });
        let failure = tasks.failed().await;
        assert!(failure.message().contains("ends"), "{}", failure.message());
    }

    #[tokio::test]
    async fn all_are_told_to_stop_and_waited_for() {
        let mut tasks = Tasks::new();
        for _ in 0..3 {
            tasks.spawn("waits", |mut stop| async move {
                stop.asked().await;
                Ok(())
            });
        }
        assert!(tasks.stop().await.is_ok());
    }
}
