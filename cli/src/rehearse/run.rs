//! Prepares a rehearsal, plays it, audits it, and writes the report, whatever
//! became of the phases.

use std::io::Write as _;
use std::time::Duration;

use anyhow::Context as _;
use base::clock::Clock;
use base::exit;
use base::shutdown::Shutdown;
use client::http::Client;
use laws::journal::Journal;
use laws::verdict::Ruling;

use super::args::Args;
use super::binaries::Binaries;
use super::cast::Cast;
use super::course::Course;
use super::failure::{Failure, Kind, Stopped, unless};
use super::figures::Figures;
use super::folder::Folder;
use super::judge::{REQUIRED, judge, unjudged};
use super::pace::Pace;
use super::phases::{Measured, Players, Stage};
use super::progress::Progress;
use super::report::Report;
use super::show::Show;
use super::store::Store;
use super::timeline::Timeline;
use crate::ended::{judged, stop};
use crate::rulings;

/// Until the load has ended after a failed phase: it repeats for five seconds
/// what was not answered, and writes its journal out.
const LOAD_ENDS: Duration = Duration::from_secs(12);

/// Rehearses; answers the exit code. SIGINT and SIGTERM end every child, and
/// the report says how far it came.
///
/// # Errors
/// When something needed is missing or a phase fails; a broken law is no error but an exit code.
pub async fn run(args: Args) -> anyhow::Result<u8> {
    let interrupted = Shutdown::on_signals().context("failed to listen for signals")?;
    let clock = Clock::system();
    let binaries = Binaries::find(args.bin_dir.as_deref())?;
    let folder = Folder::prepare(&args.out)?;
    // Declared before the players, so that the server outlives its clients.
    let store = Store::make(args.store, &folder)?;
    let mut show = Show::start();
    show.phase("starting");
    let mut told = Told::new(clock.clone());
    told.course.begin("starting", "启动");
    let raised = raise(&args, binaries, &folder, &store);
    match unless(&interrupted, raised).await {
        Ok(players) => {
            told.course.done();
            let stage = Stage {
                clock,
                pace: if args.quick { Pace::QUICK } else { Pace::FULL },
                folder: folder.clone(),
                database: store.url.clone(),
                players,
                progress: Progress::follow(folder.progress()),
                show,
                course: told.course,
                measured: Measured::default(),
            };
            told = play(stage, &interrupted).await;
        }
        Err(stopped) => {
            drop(show);
            told.stopped(&stopped);
            told.rulings = unjudged("nothing had happened yet");
        }
    }
    told.report(&args, &folder)
}

/// Starts everything, up to the load.
async fn raise(args: &Args, binaries: Binaries, folder: &Folder, store: &Store) -> anyhow::Result<Players> {
    let cast = Cast::gather(binaries, folder.clone(), store.url.clone(), args.seed).await?;
    let (standin, standin_url) = cast.standin().await?;
    let (service, address) = cast.service(&standin_url, None).await?;
    let operator = Client::new(&format!("http://{address}"), &cast.operator()?.operator)?;
    let load = cast.load(&address, &standin_url)?;
    Ok(Players {
        cast,
        standin,
        standin_url,
        service,
        address,
        load,
        operator,
    })
}

/// Plays the phases, audits what there is to audit, and ends every child.
async fn play(mut stage: Stage, interrupted: &Shutdown) -> Told {
    let mut failures = Vec::new();
    if let Err(stopped) = unless(interrupted, stage.play()).await {
        failures.push(stage.course.stop(&stopped));
        // Who interrupts wants it to be over, and drops the load below.
        if matches!(stopped, Stopped::Failed(_)) {
            stage.players.load.put_down(LOAD_ENDS);
        }
    }

    // It may be missing or cut off; then that is what the audit says.
    let journal = Journal::read(&stage.folder.journal());
    stage.show.phase("audit");
    stage.course.begin("audit", "审计");
    let Stage {
        folder,
        database,
        players,
        ..
    } = &stage;
    let audit = async {
        let journal = journal
            .as_ref()
            .map_err(|error| anyhow::anyhow!("failed to read the journal: {error}"))?;
        judge(&players.cast, folder, database, journal).await
    };
    let rulings = match unless(interrupted, audit).await {
        Ok(rulings) => {
            stage.course.done();
            rulings
        }
        Err(stopped) => {
            let failure = stage.course.stop(&stopped);
            let rulings = unjudged(&failure.reason);
            // An interruption is told once.
            if failures.is_empty() || failure.kind == Kind::Failed {
                failures.push(failure);
            }
            rulings
        }
    };
    // The lines of the last second.
    drop(stage.progress.update());

    stage.show.phase("stopping");
    stage.course.begin("stopping", "停止");
    let Stage {
        players,
        mut course,
        progress,
        measured,
        show,
        ..
    } = stage;
    // Of a service that failed already nothing is learnt from how it ends.
    if failures.is_empty() {
        match unless(interrupted, players.end()).await {
            Ok(()) => course.done(),
            Err(stopped) => failures.push(course.stop(&stopped)),
        }
    } else {
        drop(players);
        course.done();
    }
    // The live line goes away before the verdicts are printed in its place.
    drop(show);
    Told {
        journal: journal.unwrap_or_default(),
        progress: Some(progress),
        course,
        measured,
        rulings,
        failures,
    }
}

/// Everything that the report tells.
struct Told {
    journal: Journal,
    progress: Option<Progress>,
    course: Course,
    measured: Measured,
    rulings: Vec<Ruling>,
    failures: Vec<Failure>,
}

impl Told {
    fn new(clock: Clock) -> Self {
        Self {
            journal: Journal::default(),
            progress: None,
            course: Course::new(clock),
            measured: Measured::default(),
            rulings: Vec::new(),
            failures: Vec::new(),
        }
    }

    fn stopped(&mut self, stopped: &Stopped) {
        self.failures.push(self.course.stop(stopped));
    }

    /// Writes the report, prints the verdicts, and answers the exit code.
    fn report(self, args: &Args, folder: &Folder) -> anyhow::Result<u8> {
        let lines = self.progress.as_ref().map_or(&[][..], Progress::lines);
        let timeline = Timeline::of(&self.journal, lines);
        let phases = self.course.phases;
        let figures = Figures::of(&self.journal, &timeline, &phases, &self.measured);
        let code = verdict(&self.rulings, &self.failures);
        let first = self.failures.first().map(Failure::sentence);
        let report = Report::new(args, &self.rulings, REQUIRED, phases, figures, self.failures);
        folder
            .write("report.json", &report.json()?)
            .context("failed to write report.json")?;
        let page = folder
            .write("report.html", &report.html(&timeline)?)
            .context("failed to write report.html")?;
        let mut out = std::io::stdout().lock();
        rulings::print(&mut out, &self.rulings[..REQUIRED.len().min(self.rulings.len())])?;
        writeln!(out, "report: {}", page.display())?;
        match first {
            Some(sentence) => Err(stop(code, sentence)),
            None => Ok(code),
        }
    }
}

/// A broken law weighs more than a phase that failed, which weighs more than
/// what was not touched, often because of it.
fn verdict(rulings: &[Ruling], failures: &[Failure]) -> u8 {
    match (judged(rulings, REQUIRED), failures.first()) {
        (exit::LAW_BROKEN, _) => exit::LAW_BROKEN,
        (_, Some(failure)) => failure.code,
        (code, None) => code,
    }
}
