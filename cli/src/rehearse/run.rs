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
use laws::leaks::Sweep;
use laws::verdict::{Ruling, Verdict};

use super::args::Args;
use super::binaries::Binaries;
use super::cast::{Cast, Which, keep_address};
use super::clear::{Places, WANTED};
use super::course::Course;
use super::failure::{Failure, Kind, Stopped, unless};
use super::figures::Figures;
use super::folder::Folder;
use super::judge::{Judged, REQUIRED, judge, unjudged};
use super::pace::Pace;
use super::people::{self, Keepers};
use super::phases::{Measured, Players, Stage};
use super::progress::Progress;
use super::record::Record;
use super::report::{Report, overall};
use super::show::Show;
use super::store::Store;
use super::timeline::Timeline;
use crate::ended::{judged, stop};
use crate::rulings;

/// Until the load has ended after a failed phase: it repeats for five seconds
/// what was not answered, and writes its journal out.
const LOAD_ENDS: Duration = Duration::from_secs(12);

/// Until the control plane has put the end on record and drained: who interrupts wants it to be over.
const SOON: Duration = Duration::from_secs(2);
const LATEST: Duration = Duration::from_secs(60);

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
    let mut store = Store::make(args.store, &folder)?;
    let mut show = Show::start();
    show.phase("starting");
    let mut told = Told::new(clock.clone());
    told.course.begin("starting", "启动");
    // A beginning that is on record gets its end, whatever becomes of the start.
    let mut record = None;
    let raised = raise(&args, binaries, &folder, &mut store, &mut record);
    let raised = unless(&interrupted, raised).await;
    match raised.and_then(|players| Ok((players, begun(record.take())?))) {
        Ok((players, record)) => {
            told.course.done();
            let stage = Stage {
                clock,
                pace: if args.quick { Pace::QUICK } else { Pace::FULL },
                folder: folder.clone(),
                database: store.url.clone(),
                players,
                record,
                progress: Progress::follow(folder.progress()),
                show,
                course: told.course,
                measured: Measured::default(),
                killed_at: 0,
                outage: None,
                epoch: 0,
                signed_in: None,
                pair: store.pair.clone(),
                with_exit: args.with_exit,
                gone: None,
            };
            told = Box::pin(play(stage, &store, &interrupted)).await;
        }
        Err(stopped) => {
            drop(show);
            told.stopped(&stopped);
            told.rulings = unjudged("nothing had happened yet");
            told.record = record;
        }
    }
    let code = told.report(&args, &folder);
    let Err(error) = told.end_record(&folder).await else {
        return code;
    };
    match code {
        Ok(exit::OK) => Err(error),
        code => {
            // What went wrong before weighs more.
            writeln!(std::io::stderr(), "backstop: {error:#}")?;
            code
        }
    }
}

fn begun(record: Option<Record>) -> Result<Record, Stopped> {
    record.ok_or_else(|| Stopped::Failed(anyhow::anyhow!("the rehearsal is not on record")))
}

/// Starts everything, up to the load; the rehearsal is on record as soon as it can be.
async fn raise(
    args: &Args,
    binaries: Binaries,
    folder: &Folder,
    store: &mut Store,
    record: &mut Option<Record>,
) -> anyhow::Result<Players> {
    let firms = Which {
        seed: args.seed,
        file: args.firms.clone(),
    };
    let mut cast = Cast::gather(binaries, folder.clone(), store.url.clone(), firms).await?;
    let (standin, standin_url) = cast.standin().await?;
    let (control, kept) = keep_address().context("no free port on loopback")?;
    let server = store.port();
    let proxy = cast.proxy(&standin_url, server).await?;
    if server.is_some() {
        store.behind(&proxy).await?;
        cast.lead_to(&store.url);
    }
    let sources = format!("http://{}", proxy.listens().await?);
    let (service, address) = cast.service(&sources, &control, None).await?;
    drop(kept);
    let pace = if args.quick { Pace::QUICK } else { Pace::FULL };
    cast.watch(&control, &address, &standin_url, pace.scrape)?;
    let plane = cast.control(&control, &address, false).await?;
    let watchdog = cast.watchdog(&control)?;
    let recorder = Client::new(&format!("http://{control}"), &cast.control_token()?)?;
    let clock = Clock::system();
    *record = Some(Record::begin(plane, recorder, &clock, args).await?);
    let (tokens, url) = (cast.tokens()?, format!("http://{address}"));
    let operator = Client::new(&url, &tokens.operator)?;
    let channel = Client::new(&url, &tokens.channel)?;
    let keepers = Keepers::enrol(&cast, &clock).await?;
    let officers = people::officers(&cast, &operator, &clock).await?;
    let load = cast.load(&address, &standin_url, &tokens.channel, &officers)?;
    Ok(Players {
        cast,
        standin,
        proxy,
        sources,
        control,
        watchdog,
        service,
        address,
        load,
        operator,
        keepers,
        channel,
    })
}

/// Plays the phases, audits what there is to audit, and ends every child.
async fn play(mut stage: Stage, store: &Store, interrupted: &Shutdown) -> Told {
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
        players,
        gone,
        ..
    } = &stage;
    let control = format!("sqlite:{}", folder.control_database().display());
    let audit = async {
        let journal = journal
            .as_ref()
            .map_err(|error| anyhow::anyhow!("failed to read the journal: {error}"))?;
        let server = store.folder();
        let places = Places {
            folder,
            database: &store.url,
            server: server.as_deref(),
            control: &control,
            addresses: [&players.address, &players.control],
            channel: &players.channel,
        };
        judge(&players.cast, places, journal, gone.clone()).await
    };
    let judged = match unless(interrupted, audit).await {
        Ok(judged) => {
            stage.course.done();
            judged
        }
        Err(stopped) => {
            let failure = stage.course.stop(&stopped);
            let rulings = unjudged(&failure.reason);
            // An interruption is told once.
            if failures.is_empty() || failure.kind == Kind::Failed {
                failures.push(failure);
            }
            Judged { rulings, sweep: None }
        }
    };
    // The lines of the last second.
    drop(stage.progress.update());

    stage.show.phase("stopping");
    stage.course.begin("stopping", "停止");
    let Stage {
        players,
        mut record,
        mut course,
        progress,
        measured,
        show,
        ..
    } = stage;
    // Of a service that failed already nothing is learnt from how it ends.
    if failures.is_empty() {
        let ended = async {
            record.must_run()?;
            players.end().await
        };
        match unless(interrupted, ended).await {
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
        rulings: judged.rulings,
        sweep: judged.sweep,
        failures,
        record: Some(record),
    }
}

/// Everything that the report tells.
struct Told {
    journal: Journal,
    progress: Option<Progress>,
    course: Course,
    measured: Measured,
    rulings: Vec<Ruling>,
    sweep: Option<Sweep>,
    failures: Vec<Failure>,
    /// The control plane, which outlives the report.
    record: Option<Record>,
}

impl Told {
    fn new(clock: Clock) -> Self {
        Self {
            journal: Journal::default(),
            progress: None,
            course: Course::new(clock),
            measured: Measured::default(),
            rulings: Vec::new(),
            sweep: None,
            failures: Vec::new(),
            record: None,
        }
    }

    /// In one word; a broken law weighs most.
    fn outcome(&self) -> &'static str {
        match (overall(&self.rulings, REQUIRED, &[]), self.failures.first()) {
            (Verdict::Broken, _) => "broken",
            (_, Some(failure)) if failure.kind == Kind::Interrupted => "interrupted",
            (_, Some(_)) => "failed",
            (verdict, None) => verdict.as_str(),
        }
    }

    /// Puts the end on record, as the report tells it, and ends the control plane.
    async fn end_record(&mut self, folder: &Folder) -> anyhow::Result<()> {
        let Some(record) = self.record.take() else {
            return Ok(());
        };
        let report = std::fs::read(folder.root().join("report.json")).ok();
        let outcome = self.outcome();
        let within = if outcome == "interrupted" { SOON } else { LATEST };
        let ended = record.end(outcome, &self.rulings, report.as_deref());
        tokio::time::timeout(within, ended)
            .await
            .context("the control plane takes too long to put the rehearsal's end on record")?
    }

    fn stopped(&mut self, stopped: &Stopped) {
        self.failures.push(self.course.stop(stopped));
    }

    /// Writes the report, prints the verdicts, and answers the exit code.
    fn report(&mut self, args: &Args, folder: &Folder) -> anyhow::Result<u8> {
        let lines = self.progress.as_ref().map_or(&[][..], Progress::lines);
        let timeline = Timeline::of(&self.journal, lines);
        let mut written = self.written(args, &timeline)?;
        // The report is the last place that customer data could show in.
        if let Some(mut sweep) = self.sweep.take() {
            sweep.text("report.json", written.0.as_bytes());
            sweep.text("report.html", written.1.as_bytes());
            for ruling in self.rulings.iter_mut().filter(|ruling| ruling.law == 5) {
                *ruling = sweep.ruling(WANTED);
            }
            written = self.written(args, &timeline)?;
        }
        let (json, html) = written;
        folder
            .write("report.json", &json)
            .context("failed to write report.json")?;
        let page = folder
            .write("report.html", &html)
            .context("failed to write report.html")?;
        let required = self
            .rulings
            .iter()
            .filter(|ruling| REQUIRED.contains(&ruling.law));
        let mut out = std::io::stdout().lock();
        rulings::print(&mut out, required)?;
        writeln!(out, "report: {}", page.display())?;
        let code = verdict(&self.rulings, &self.failures);
        match self.failures.first() {
            Some(failure) => Err(stop(code, failure.sentence())),
            None => Ok(code),
        }
    }

    /// The report for machines and the one for people.
    fn written(&self, args: &Args, timeline: &Timeline) -> anyhow::Result<(String, String)> {
        let phases = self.course.phases.clone();
        let figures = Figures::of(&self.journal, timeline, &phases, &self.measured);
        let failures = self.failures.clone();
        let report = Report::new(args, &self.rulings, REQUIRED, phases, figures, failures);
        Ok((report.json()?, report.html(timeline)?))
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
