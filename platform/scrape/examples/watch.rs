//! A watcher and nothing else: `cargo run --release -p scrape --example watch -- watch.toml FOLDER`. Every ten
//! seconds it tells its meters, and the memory that it takes.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "for people at a terminal, who see what is wrong"
)]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base::clock::Clock;
use base::shutdown::Shutdown;
use scrape::{Config, Limits, Scraper, Store};

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, config, folder] = arguments.as_slice() else {
        println!("usage: watch CONFIGURATION FOLDER");
        return;
    };
    let text = std::fs::read_to_string(config).unwrap();
    let read: Config = toml::from_str(&text).unwrap();
    let store = Arc::new(Store::open(Path::new(folder), Limits::default()).unwrap());
    let beside = Path::new(config).parent().unwrap_or(Path::new("."));
    let scraper = Scraper::new(read, beside, Arc::clone(&store), Clock::system()).unwrap();
    let health = scraper.health();
    let shutdown = Shutdown::on_signals().unwrap();
    let running = tokio::spawn(scraper.run(shutdown.clone()));
    while !shutdown.is_triggered() {
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = tokio::time::sleep(Duration::from_secs(10)) => {}
        }
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let resident = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
        println!("{resident}");
        for target in health.targets() {
            println!("{} {:?} {:?}", target.name, target.took, target.down);
        }
        for meter in health.meters() {
            println!("{} {}", meter.name, meter.value);
        }
    }
    running.await.unwrap();
}
