//! Decides and sends until shutdown: a task that decides, one that keeps the tables, and one for each channel, so that
//! a channel that hangs holds up no other.

use std::sync::Arc;
use std::time::Duration;

use base::shutdown::Shutdown;
use db::Job;
use tokio::task::JoinSet;

use super::Notifier;
use crate::calltree;
use crate::error::NotifyError;
use crate::event::Event;
use crate::flush::PAUSE;
use crate::micros::MINUTE;
use crate::sweep;

impl Notifier {
    /// Decides and sends until shutdown; an attempt that is under way then is waited for.
    pub async fn run(self, shutdown: Shutdown) {
        let mut tasks = JoinSet::new();
        tasks.spawn(self.clone().decide_until(shutdown.clone()));
        tasks.spawn(self.clone().keep_until(shutdown.clone()));
        for channel in self.0.channels.keys() {
            tasks.spawn(self.clone().send_until(channel.clone(), shutdown.clone()));
        }
        while tasks.join_next().await.is_some() {}
    }

    async fn decide_until(self, shutdown: Shutdown) {
        while !shutdown.is_triggered() {
            match self.tick().await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::error!(%error, "a pass over the groups failed"),
            }
            self.wait(&shutdown).await;
        }
    }

    async fn send_until(self, channel: String, shutdown: Shutdown) {
        while !shutdown.is_triggered() {
            match self.send_next(&channel).await {
                Ok(Some(_)) => continue,
                Ok(None) => {}
                Err(error) => tracing::error!(%error, channel, "the outbox failed"),
            }
            self.wait(&shutdown).await;
        }
    }

    /// Once an hour what is over for long goes; each minute the time is noted and the call tree's calendar is looked at.
    async fn keep_until(self, shutdown: Shutdown) {
        let mut minutes = 0_u32;
        let mut told = false;
        while !shutdown.is_triggered() {
            if let Err(error) = self.keep(minutes.is_multiple_of(60), &mut told).await {
                tracing::error!(%error, "keeping the notifier's tables failed");
            }
            minutes = minutes.wrapping_add(1);
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = tokio::time::sleep(Duration::from_micros(MINUTE.unsigned_abs())) => {}
            }
        }
    }

    async fn keep(&self, all: bool, told: &mut bool) -> Result<(), NotifyError> {
        let (context, now) = self.now();
        let config = Arc::clone(&context.config);
        let due: bool = self
            .0
            .db
            .read(move |tx| -> Job<'_, bool, NotifyError> {
                Box::pin(async move { calltree::due(tx, &config, now).await })
            })
            .await?;
        if due && !*told {
            self.tell(Event::CallTreeDue);
        }
        *told = due;
        let config = Arc::clone(&context.config);
        let back = self
            .write(move |tx| {
                Box::pin(async move {
                    let back = sweep::seen(tx, now).await?;
                    calltree::asked(tx, &config, now).await?;
                    Ok(back)
                })
            })
            .await?;
        if let Some(back) = back {
            self.tell(Event::ClockWentBack(back));
        }
        if !all {
            return Ok(());
        }
        loop {
            let config = Arc::clone(&context.config);
            let more = self
                .write(move |tx| Box::pin(async move { sweep::sweep(tx, &config, now).await }))
                .await?;
            if !more {
                return Ok(());
            }
        }
    }

    async fn wait(&self, shutdown: &Shutdown) {
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = self.0.wake.notified() => {}
            () = tokio::time::sleep(Duration::from_micros(PAUSE.unsigned_abs())) => {}
        }
    }
}
