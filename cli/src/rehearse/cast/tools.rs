//! The programs that harm, close and purge, and what they are told.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::{Cast, FREE_PORT, READY, args};
use crate::rehearse::child::Child;
use crate::rehearse::leave::{Paths, Tool, Who};
use crate::rehearse::outage::Proxy;

impl Cast {
    /// Starts the proxy between the service and what is outside.
    pub(in crate::rehearse) async fn proxy(
        &self,
        standin: &str,
        server: Option<u16>,
    ) -> anyhow::Result<Proxy> {
        let (ready, config) = (self.ready_file("proxy"), self.secrets.path().join("proxy.json"));
        let upstream = standin.trim_start_matches("http://");
        std::fs::write(&config, Proxy::config(upstream, server).to_string())
            .context("failed to write the proxy's file")?;
        let args = args(&[
            &"proxy",
            &"--listen",
            &FREE_PORT,
            &"--config",
            &config,
            &"--ready-file",
            &ready,
        ]);
        let mut child = self.start("backstop-chaos-proxy", &self.binaries.chaos, &args)?;
        let api = child.ready(&ready, READY).await?;
        Proxy::new(child, api)
    }

    /// Starts the tool that takes away everything outside, until it is killed.
    pub(in crate::rehearse) fn outage(&self, proxy: &Proxy) -> anyhow::Result<Child> {
        let experiment = self.folder.outage();
        std::fs::write(&experiment, proxy.experiment().to_string())
            .context("failed to write the experiment")?;
        let args = args(&[
            &"run",
            &experiment,
            &"--leases",
            &self.folder.leases(),
            &"--journal",
            &self.folder.outage_journal(),
        ]);
        self.start("backstop-chaos-run", &self.binaries.chaos, &args)
    }

    /// This executable.
    pub(in crate::rehearse) fn own(&self) -> &Path {
        &self.binaries.own
    }

    /// Where runs of runbooks are kept.
    pub(in crate::rehearse) fn runs(&self) -> String {
        format!("sqlite:{}", self.folder.runs().display())
    }

    /// The file of the service's tokens by name.
    pub(in crate::rehearse) fn token_file(&self) -> PathBuf {
        self.secret("tokens.json")
    }

    /// A program of the exit.
    pub(in crate::rehearse) fn tool(&self, tool: Tool) -> &Path {
        match tool {
            Tool::Exit => &self.binaries.exit,
            Tool::Verify => &self.binaries.verify,
        }
    }

    /// Where an exit's papers and secrets are.
    pub(in crate::rehearse) fn exit_paths(&self, who: Who) -> Paths {
        let out = self.folder.exit().join(who.folder());
        let secrets = self.secrets.path().join(who.folder());
        Paths {
            rules: out.join("retention.toml"),
            out,
            archive_key: secrets.join("archive.key"),
            witness: secrets.join("witness"),
            secrets,
        }
    }

    /// How the exit's programs are told of the keys.
    pub(in crate::rehearse) fn keys_arguments(&self) -> Vec<OsString> {
        let mut all = args(&[&"--keys", &self.secrets.path().join("etc")]);
        all.extend(self.key_store_arguments());
        all
    }

    /// The same of the key store alone.
    pub(in crate::rehearse) fn key_store_arguments(&self) -> Vec<OsString> {
        args(&[&"--key-store", &self.key_store()])
    }

    /// The folder of the key store.
    pub(in crate::rehearse) fn key_store_folder(&self) -> PathBuf {
        self.secrets.path().join("keys")
    }
}
