//! What passed, under the names of Toxiproxy's metrics.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::proxy::toxic::Stream;

/// Bytes of one direction.
#[derive(Debug, Default)]
pub(super) struct Meter {
    pub(super) received: AtomicU64,
    pub(super) sent: AtomicU64,
}

/// Bytes of both.
#[derive(Debug, Default)]
pub(super) struct Meters {
    up: Meter,
    down: Meter,
}

impl Meters {
    pub(super) fn of(&self, stream: Stream) -> &Meter {
        match stream {
            Stream::Upstream => &self.up,
            Stream::Downstream => &self.down,
        }
    }
}

impl Meter {
    pub(super) fn count(counter: &AtomicU64, bytes: usize) {
        counter.fetch_add(u64::try_from(bytes).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

/// A proxy's name, where it listens and where it leads, with its meters.
pub(super) type Row<'a> = (&'a str, &'a str, &'a str, &'a Meters);

/// In the text format of Prometheus.
pub(super) fn exposition(rows: &[Row<'_>]) -> String {
    type Of = fn(&Meter) -> &AtomicU64;
    let families: [(&str, &str, Of); 2] = [
        ("received", "Bytes that came from the sender.", |meter| {
            &meter.received
        }),
        ("sent", "Bytes that went to the receiver.", |meter| &meter.sent),
    ];
    let mut text = String::new();
    for (name, help, of) in families {
        let name = format!("toxiproxy_proxy_{name}_bytes_total");
        text.push_str(&format!("# HELP {name} {help}\n# TYPE {name} counter\n"));
        for (proxy, listener, upstream, meters) in rows {
            for stream in [Stream::Upstream, Stream::Downstream] {
                let value = of(meters.of(stream)).load(Ordering::Relaxed);
                text.push_str(&format!(
                    "{name}{{direction=\"{}\",proxy=\"{}\",listener=\"{}\",upstream=\"{}\"}} {value}\n",
                    stream.name(),
                    escaped(proxy),
                    escaped(listener),
                    escaped(upstream)
                ));
            }
        }
    }
    text
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}
