//! Prepares a rehearsal, plays it, audits it, and writes the report.

use std::io::Write as _;
use std::time::Instant;

use anyhow::Context as _;
use base::clock::Clock;
use base::shutdown::Shutdown;
use client::http::Client;
use laws::audit;
use laws::closed::windows;
use laws::journal::Journal;
use laws::log::every_act_is_logged;
use laws::verdict::{Ruling, not_touched};

use super::args::Args;
use super::binaries::Binaries;
use super::cast::Cast;
use super::figures::Figures;
use super::folder::Folder;
use super::pace::{ACTS, MINIMUMS, Pace};
use super::phases::{Measured, Phase, Stage};
use super::progress::Progress;
use super::report::Report;
use super::show::Show;
use super::store::Store;
use super::timeline::Timeline;
use crate::audit::unreadable;
use crate::ended::judged;
use crate::evidence::inputs;
use crate::rulings;

/// The laws that a rehearsal must touch.
const REQUIRED: &[u8] = &[1, 2, 3, 7];

/// Why the others are not touched.
const LATER: &[(u8, &str)] = &[
    (4, "no stress traffic in a shadow lane: all of this load was live"),
    (
        5,
        "nothing in this rehearsal searches stores and logs for customer data",
    ),
    (6, "nothing was purged"),
    (
        8,
        "no fault was injected through a lease; the kill ends by itself",
    ),
    (9, "no monitor watched, so none could fall silent"),
];

/// Rehearses; answers the exit code. SIGINT and SIGTERM end every child.
///
/// # Errors
/// When something needed is missing or fails; a broken law is no error but an exit code.
pub async fn run(args: Args) -> anyhow::Result<u8> {
    let interrupted = Shutdown::on_signals().context("failed to listen for signals")?;
    // Dropping the work on an interruption drops, and so ends, every child.
    tokio::select! {
        code = rehearse(args) => code,
        () = interrupted.cancelled() => anyhow::bail!("interrupted; everything that was started has ended"),
    }
}

async fn rehearse(args: Args) -> anyhow::Result<u8> {
    let clock = Clock::system();
    let binaries = Binaries::find(args.bin_dir.as_deref())?;
    let folder = Folder::prepare(&args.out)?;
    let mut show = Show::start();
    show.phase("starting");
    // Declared before the stage, so that the server outlives its clients.
    let store = Store::make(args.store, &folder)?;
    let mut stage = raise(&args, &clock, binaries, &folder, &store, show).await?;
    stage.play().await?;

    stage.show.phase("audit");
    let (audited_at, begun) = (clock.now_micros(), Instant::now());
    let journal = Journal::read(&folder.journal()).context("failed to read the journal")?;
    let windows = windows(&folder.snapshots(), &journal).context("failed to read the snapshots")?;
    let mut rulings = audit(&store.url, &journal, &windows, MINIMUMS)
        .await
        .map_err(unreadable)?;
    settings(&stage.cast, &mut rulings).await?;
    rulings.push(logged(&stage.cast, &folder, &store).await?);
    rulings.extend(LATER.iter().map(|(law, reason)| not_touched(*law, reason)));
    rulings.sort_by_key(|ruling| ruling.law);
    let took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    stage.phases.push(Phase {
        name: "audit",
        name_zh: "审计",
        started_at: audited_at,
        took_ms,
    });

    let Stage {
        service,
        standin,
        progress,
        phases,
        measured,
        show,
        ..
    } = stage;
    Cast::end(service).await.context("the service did not drain")?;
    Cast::end(standin).await?;
    // The live line goes away before the verdicts are printed in its place.
    drop(show);
    report(&args, &folder, &journal, &progress, phases, &measured, &rulings)?;
    Ok(judged(&rulings, REQUIRED))
}

/// Law 1 rests on settings too, and on SQLite only the service can say with which its connections run.
async fn settings(cast: &Cast, rulings: &mut [Ruling]) -> anyhow::Result<()> {
    let weak = cast.weak_settings().await?;
    if let Some(kept) = rulings.iter_mut().find(|ruling| ruling.law == 1) {
        for setting in &weak {
            kept.against("not-durable", "financing check", setting.as_str());
        }
        kept.evidence.insert("financing_check".to_owned(), weak.into());
    }
    Ok(())
}

/// Law 7, with the public key and the anchors that the service wrote outside its database.
async fn logged(cast: &Cast, folder: &Folder, store: &Store) -> anyhow::Result<Ruling> {
    let keys = [inputs::key(&cast.evidence_key().to_string_lossy())?];
    let anchors = inputs::anchors(&[folder.anchors()], &keys)?;
    let ruling = every_act_is_logged(&store.url, &keys, &anchors, ACTS).await;
    ruling.map_err(unreadable)
}

/// Starts everything, up to the load.
async fn raise(
    args: &Args,
    clock: &Clock,
    binaries: Binaries,
    folder: &Folder,
    store: &Store,
    show: Show,
) -> anyhow::Result<Stage> {
    let cast = Cast::gather(binaries, folder.clone(), store.url.clone(), args.seed).await?;
    let (standin, standin_url) = cast.standin().await?;
    let (service, address) = cast.service(&standin_url, None).await?;
    let operator = Client::new(&format!("http://{address}"), &cast.operator()?.operator)?;
    let load = cast.load(&address, &standin_url)?;
    Ok(Stage {
        clock: clock.clone(),
        pace: if args.quick { Pace::QUICK } else { Pace::FULL },
        folder: folder.clone(),
        database: store.url.clone(),
        cast,
        standin,
        standin_url,
        service,
        address,
        load,
        operator,
        progress: Progress::follow(folder.progress()),
        show,
        phases: Vec::new(),
        measured: Measured::default(),
    })
}

fn report(
    args: &Args,
    folder: &Folder,
    journal: &Journal,
    progress: &Progress,
    phases: Vec<Phase>,
    measured: &Measured,
    rulings: &[Ruling],
) -> anyhow::Result<()> {
    let timeline = Timeline::of(journal, progress.lines());
    let figures = Figures::of(journal, &timeline, &phases, measured);
    let report = Report::new(args, rulings, REQUIRED, phases, figures);
    folder
        .write("report.json", &report.json()?)
        .context("failed to write report.json")?;
    let page = folder
        .write("report.html", &report.html(&timeline)?)
        .context("failed to write report.html")?;
    let mut out = std::io::stdout().lock();
    let required = |ruling: &&Ruling| REQUIRED.contains(&ruling.law);
    let required: Vec<Ruling> = rulings.iter().filter(required).cloned().collect();
    rulings::print(&mut out, &required)?;
    writeln!(out, "report: {}", page.display())?;
    Ok(())
}
