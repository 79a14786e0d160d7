//! One direction of one connection: moves bytes, as they come where no toxic is drawn, through the pipeline where one is.
//! It reads and writes without ever being in the midst of either, so that a change of toxics takes effect at once.

use std::io;
use std::net::Shutdown;

use bytes::BytesMut;
use socket2::SockRef;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::coop::consume_budget;
use tokio::time::{Instant, sleep_until};

use crate::proxy::effects::{Item, What};
use crate::proxy::meters::Meter;
use crate::proxy::pipeline::Pipeline;
use crate::proxy::toxics::List;

/// A small buffer, and the one of a link that has filled it: most connections carry small requests.
const SMALL: usize = 8 * 1024;
const LARGE: usize = 64 * 1024;

/// How a link ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// The sender has closed its side, and the receiver knows; the other direction may go on.
    Half,
    /// Both sides are to be closed.
    Cut,
    /// Both sides are to be reset.
    Reset,
}

/// What a link is made of.
pub(super) struct Link<'a> {
    pub(super) from: &'a TcpStream,
    pub(super) to: &'a TcpStream,
    pub(super) toxics: watch::Receiver<List>,
    pub(super) pipeline: Pipeline,
    pub(super) meter: &'a Meter,
    buffer: BytesMut,
    ended: bool,
}

impl<'a> Link<'a> {
    pub(super) fn new(
        (from, to): (&'a TcpStream, &'a TcpStream),
        toxics: watch::Receiver<List>,
        pipeline: Pipeline,
        meter: &'a Meter,
    ) -> Self {
        Self {
            from,
            to,
            toxics,
            pipeline,
            meter,
            buffer: BytesMut::new(),
            ended: false,
        }
    }

    /// Until it ends. Errors of the network end it as the network would: a reset is passed on as one.
    pub(super) async fn run(mut self) -> Ended {
        match self.moved().await {
            Ok(ended) => ended,
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Ended::Reset,
            Err(_) => Ended::Cut,
        }
    }

    async fn moved(&mut self) -> io::Result<Ended> {
        self.toxics.mark_changed();
        loop {
            // Sockets that are always ready would keep the thread, and with it requests to the API.
            consume_budget().await;
            if self.changed() {
                let list = self.toxics.borrow_and_update().clone();
                if !self.pipeline.follow(&list, Instant::now()) {
                    return Ok(Ended::Cut);
                }
            }
            if self.pipeline.is_plain() && !self.ended {
                self.plain().await?;
            } else if let Some(ended) = self.delayed().await? {
                return Ok(ended);
            }
        }
    }

    /// The proxy that changes the list outlives its links; if it is gone, nothing changes any more.
    fn changed(&self) -> bool {
        self.toxics.has_changed().unwrap_or(false)
    }

    /// Copies until the list changes or the sender ends. What was read and not written waits in the pipeline then.
    async fn plain(&mut self) -> io::Result<()> {
        loop {
            match self.read() {
                Ok(0) => {
                    self.end();
                    return Ok(());
                }
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    tokio::select! {
                        ready = self.from.readable() => ready?,
                        Ok(()) = self.toxics.changed() => {
                            self.toxics.mark_changed();
                            return Ok(());
                        }
                    }
                    continue;
                }
                Err(error) => return Err(error),
            }
            // What comes after a change was answered is subject to it, though the wait above saw the bytes first.
            if self.changed() {
                self.feed();
                return Ok(());
            }
            while !self.buffer.is_empty() {
                match self.to.try_write(&self.buffer) {
                    Ok(count) => {
                        Meter::count(&self.meter.sent, count);
                        if count == self.buffer.len() {
                            self.buffer.clear();
                        } else {
                            drop(self.buffer.split_to(count));
                        }
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        let changed = tokio::select! {
                            ready = self.to.writable() => ready.map(|()| false)?,
                            Ok(()) = self.toxics.changed() => true,
                        };
                        if changed {
                            self.toxics.mark_changed();
                            self.feed();
                            return Ok(());
                        }
                    }
                    Err(error) => return Err(error),
                }
            }
            consume_budget().await;
        }
    }

    /// One step of what has to wait for its time.
    async fn delayed(&mut self) -> io::Result<Option<Ended>> {
        let now = Instant::now();
        let next = self.pipeline.next().cloned();
        let due = next.as_ref().map(|item| item.due);
        let mut full = false;
        if let Some(item) = next.filter(|item| item.due <= now) {
            match item.what {
                What::Cut => return Ok(Some(Ended::Cut)),
                What::Reset => return Ok(Some(Ended::Reset)),
                What::End => {
                    SockRef::from(self.to).shutdown(Shutdown::Write)?;
                    return Ok(Some(Ended::Half));
                }
                What::Data(bytes, _) => match self.to.try_write(&bytes) {
                    Ok(count) => {
                        Meter::count(&self.meter.sent, count);
                        self.pipeline.left(count);
                        return Ok(None);
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => full = true,
                    Err(error) => return Err(error),
                },
            }
        }
        let waits = async {
            match due {
                Some(due) if !full => sleep_until(due).await,
                _ => std::future::pending().await,
            }
        };
        tokio::select! {
            Ok(()) = self.toxics.changed() => self.toxics.mark_changed(),
            ready = self.to.writable(), if full => ready?,
            () = waits => {}
            ready = self.from.readable(), if !self.ended && self.pipeline.has_room() => {
                ready?;
                match self.read() {
                    Ok(0) => self.end(),
                    Ok(_) => self.feed(),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(None)
    }

    fn read(&mut self) -> io::Result<usize> {
        if self.buffer.capacity() < SMALL {
            self.buffer = BytesMut::with_capacity(SMALL);
        }
        let whole = self.buffer.capacity();
        let count = self.from.try_read_buf(&mut self.buffer)?;
        Meter::count(&self.meter.received, count);
        if count == whole && whole < LARGE {
            // Copied once, so that the next read is eight times as large.
            self.buffer.reserve(LARGE);
        }
        Ok(count)
    }

    /// What was read goes into the pipeline, with the time at which it came.
    fn feed(&mut self) {
        let came = Instant::now();
        let bytes = self.buffer.split().freeze();
        self.pipeline.pass(Item {
            due: came,
            what: What::Data(bytes, came),
        });
    }

    fn end(&mut self) {
        self.ended = true;
        self.pipeline.pass(Item {
            due: Instant::now(),
            what: What::End,
        });
    }
}
