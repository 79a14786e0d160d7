//! The rehearsal on record: the control plane that runs beside the service keeps that it began, which
//! fault came when, and how it ended, each as an act in an evidence log of its own.

use std::collections::BTreeMap;

use anyhow::Context as _;
use base::clock::Clock;
use base::ids::Ids;
use client::drills::{AnnounceFault, BeginDrill, EndDrill};
use client::http::Client;
use laws::verdict::Ruling;
use sha2::{Digest as _, Sha256};

use super::args::Args;
use super::cast::Cast;
use super::child::Child;

/// The control plane, and the drill that it has on record.
pub(super) struct Record {
    plane: Child,
    client: Client,
    ids: Ids,
    drill: String,
}

impl Record {
    /// Puts the beginning on record.
    pub(super) async fn begin(
        plane: Child,
        client: Client,
        clock: &Clock,
        args: &Args,
    ) -> anyhow::Result<Self> {
        let ids = Ids::system(clock.clone());
        let parameters = [
            ("quick", args.quick.to_string()),
            ("seed", args.seed.to_string()),
            ("store", args.store.as_str().to_owned()),
        ];
        let begin = BeginDrill {
            kind: "rehearsal".to_owned(),
            parameters: parameters.map(|(name, value)| (name.to_owned(), value)).into(),
        };
        let begun = client.begin_drill(&key(&ids), &begin).await;
        let drill = begun.context("failed to put the rehearsal on record")?.body.id;
        Ok(Self {
            plane,
            client,
            ids,
            drill,
        })
    }

    /// Fails when the control plane has ended.
    pub(super) fn must_run(&mut self) -> anyhow::Result<()> {
        self.plane.must_run()
    }

    /// Kills the control plane (SIGKILL).
    pub(super) fn kill_plane(&mut self) -> anyhow::Result<()> {
        self.plane.kill()
    }

    /// The control plane, started again over the same store.
    pub(super) fn replace_plane(&mut self, plane: Child) {
        self.plane = plane;
    }

    /// Puts a fault on record, before it is injected.
    pub(super) async fn fault(&self, fault: &str, target: &str) -> anyhow::Result<()> {
        let announced = AnnounceFault {
            fault: fault.to_owned(),
            target: target.to_owned(),
        };
        let key = key(&self.ids);
        let told = self.client.announce_fault(&key, &self.drill, &announced);
        told.await.context("failed to put the fault on record")?;
        Ok(())
    }

    /// Puts the end on record, with the report's digest, and ends the control plane.
    pub(super) async fn end(
        self,
        outcome: &str,
        rulings: &[Ruling],
        report: Option<&[u8]>,
    ) -> anyhow::Result<()> {
        let laws: BTreeMap<u8, String> = rulings
            .iter()
            .map(|ruling| (ruling.law, ruling.verdict.as_str().to_owned()))
            .collect();
        let digest = |report| {
            Sha256::digest(report)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect()
        };
        let end = EndDrill {
            outcome: outcome.to_owned(),
            laws,
            report_sha256: report.map(digest),
        };
        let key = key(&self.ids);
        let told = self.client.end_drill(&key, &self.drill, &end);
        told.await
            .context("failed to put the rehearsal's end on record")?;
        Cast::end(self.plane)
            .await
            .context("the control plane did not drain")
    }
}

fn key(ids: &Ids) -> String {
    ids.next().simple().to_string()
}
