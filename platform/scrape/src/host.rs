//! This machine, under the names and labels of `node_exporter` 1.5, and its watched processes under those of
//! `process-exporter` 0.7, so that rules written for these need no other. What the kernel does not tell is
//! left out, never zero.
//!
//! [`page`] writes the exposition; [`processor`], [`memory`], [`disk`], [`filesystem`], [`network`],
//! [`kernel`] and [`pressure`] each read one part of `/proc`; [`process`] reads a process and [`groups`]
//! adds up those of a name.

mod disk;
mod filesystem;
mod groups;
mod kernel;
mod memory;
mod network;
mod page;
mod pressure;
mod process;
mod processor;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::JoinHandle;

use crate::collect::Failure;
use crate::targets;
use groups::Groups;
pub(crate) use page::Page;

/// Looks at this machine, one look at a time.
pub(crate) struct Host {
    instance: Option<String>,
    groups: Arc<Mutex<Groups>>,
    /// A look that has not come back: a file system whose server is gone holds it in the kernel.
    pending: Option<JoinHandle<Vec<u8>>>,
}

impl Host {
    pub(crate) fn new(config: &targets::Host) -> Self {
        Self {
            instance: config.instance.clone(),
            groups: Arc::new(Mutex::new(Groups::new(&config.process))),
            pending: None,
        }
    }

    /// The machine's name, unless another is given.
    pub(crate) fn instance(&self) -> String {
        let kernel = || read(Path::new("/proc/sys/kernel/hostname"));
        let name = self.instance.clone().or_else(kernel).unwrap_or_default();
        let name = name.trim();
        if name.is_empty() {
            "localhost".to_owned()
        } else {
            name.to_owned()
        }
    }

    /// An exposition.
    pub(crate) async fn look(&mut self) -> Result<Vec<u8>, Failure> {
        if self
            .pending
            .as_ref()
            .is_some_and(|pending| !pending.is_finished())
        {
            return Err(Failure::Busy);
        }
        let groups = Arc::clone(&self.groups);
        let pending = self.pending.insert(tokio::task::spawn_blocking(move || {
            let mut groups = groups.lock().unwrap_or_else(PoisonError::into_inner);
            everything(Path::new("/proc"), &mut groups).into_bytes()
        }));
        // Kept where it is if the caller's patience ends first.
        let looked = pending.await;
        self.pending = None;
        looked.map_err(|_| Failure::Busy)
    }
}

fn everything(proc: &Path, groups: &mut Groups) -> Page {
    let mut page = Page::default();
    processor::write(proc, &mut page);
    memory::write(proc, &mut page);
    disk::write(proc, &mut page);
    filesystem::write(proc, &mut page);
    network::write(proc, &mut page);
    kernel::write(proc, &mut page);
    pressure::write(proc, &mut page);
    groups.write(proc, &mut page);
    page
}

/// A larger file of the kernel's is none of those that are read: `/proc/stat` of 1,024 processors has 200 kB.
const LARGEST: u64 = 4 << 20;

/// A file of the kernel's, which tells no length before it is read.
fn read(path: &Path) -> Option<String> {
    use std::io::Read;
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).ok()?;
    file.take(LARGEST).read_to_end(&mut bytes).ok()?;
    // Names of places and processes may be any bytes; the lines beside them are text all the same.
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The file in a folder of the kernel's.
fn read_in(folder: &Path, name: &str) -> Option<String> {
    read(&PathBuf::from(folder).join(name))
}

/// A number, if it is one.
fn number(text: Option<&str>) -> Option<f64> {
    text?.parse().ok()
}
