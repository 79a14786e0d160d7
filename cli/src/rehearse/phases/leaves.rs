//! Who leaves, at the end.

use std::path::PathBuf;

use anyhow::Context as _;
use client::http::Client;
use laws::verdict::Ruling;

use super::{PRODUCT, Players, Stage, locked};
use crate::rehearse::cast::END;
use crate::rehearse::leave::{self, Who};
use crate::rehearse::people;

impl Stage {
    /// Every file and folder that the service's data may be in.
    pub(super) fn data(&self) -> Vec<PathBuf> {
        match &self.pair {
            Some(pair) => vec![locked(pair).folder()],
            None => {
                let database = self.folder.database();
                let beside = |end: &str| PathBuf::from(format!("{}{end}", database.display()));
                ["", "-wal", "-shm", "-journal"].map(beside).into()
            }
        }
    }

    /// One customer leaves, and a product's customers after it if that was asked for.
    pub(super) async fn leave(&mut self) -> anyhow::Result<()> {
        let Players { cast, operator, .. } = &self.players;
        let planner = people::planner(cast, operator, &self.clock).await?;
        let mut gone = self.leaves(Who::One, &planner).await?;
        if self.with_exit {
            self.show.phase("product leaves");
            let who = Who::Product(PRODUCT, self.pace.leaving);
            gone.also("product", self.leaves(who, &planner).await?);
        }
        self.gone = Some(gone);
        Ok(())
    }

    /// Somebody leaves, while the service is down; it comes back and takes its database for its own.
    pub(super) async fn leaves(&mut self, who: Who, planner: &Client) -> anyhow::Result<Ruling> {
        if let Some(pair) = &self.pair {
            // What follows keeps what it got: it is made anew after an exit.
            locked(pair).end_the_old()?;
        }
        let others = self.signed_in.as_ref().context("nobody has signed in")?;
        let approved = leave::agree(&self.players.cast, who, (planner, others), &self.clock).await;
        let approved = approved.context("the exit was not agreed on")?;
        self.players
            .service
            .stop(END)
            .await
            .context("the service did not drain")?;
        let mut files = vec![self.folder.logs(), self.players.cast.key_store_folder()];
        files.extend(self.data());
        let left = leave::purge(&self.players.cast, &approved, &files)
            .await
            .context("the exit failed")?;
        self.show.happened(&format!(
            "{} left: {} rows in {} ms (verifier: {} ms before, {} ms after)",
            approved.whom(),
            left.rows,
            left.purge_took.as_millis(),
            left.looked[0].as_millis(),
            left.looked[1].as_millis()
        ));
        if who == Who::One {
            self.measured.purge_took = Some(left.purge_took);
            self.measured.rows_purged = Some(left.rows);
        }
        let Players {
            cast,
            sources,
            control,
            address,
            ..
        } = &self.players;
        let (service, _) = cast.service(sources, control, Some(address)).await?;
        self.players.service = service;
        Ok(left.ruling)
    }
}
