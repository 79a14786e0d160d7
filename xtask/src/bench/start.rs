//! From the start of the process to ready, and memory after many applications.

use anyhow::Result;

use crate::bench::children::{Service, serve};
use crate::bench::load::{Applications, CLIENTS, CONSENTS};
use crate::bench::outcome::{Outcome, Required};
use crate::bench::{Context, load};

/// Milliseconds from start to ready, at most.
const READY_MS: f64 = 300.0;
/// Resident MB after that many applications, at most.
const RESIDENT_MB: f64 = 120.0;
const APPLICATIONS: u64 = 200_000;

/// Starts on an empty database and, after the applications, on a full one.
pub(crate) fn run(context: &Context<'_>) -> Result<Vec<Outcome>> {
    let folder = context.folder("start")?;
    let mut service = Service::start(context, &folder, "sqlite:financing.db", &[])?;
    let mut ready = restarts(context, &mut service)?;

    let wanted = if context.quick {
        APPLICATIONS / 100
    } else {
        APPLICATIONS
    };
    let (mut done, mut run) = (0, 0);
    while done < wanted {
        let load = Applications {
            run,
            clients: CLIENTS,
            consents: CONSENTS,
            random_keys: true,
            seconds: context.seconds(),
        };
        done += load::applications(context, &service, &load)?.ok;
        run += 1;
    }
    let (resident, highest) = service.financing.resident()?;
    ready.extend(restarts(context, &mut service)?);
    service.stop()?;

    let repeats = context.repeats;
    let start = Outcome::judged(
        "start-to-ready",
        "ms",
        Required::AtMost(READY_MS),
        (ready, Vec::new()),
        context.quick,
    )
    .note(format!(
        "{repeats} starts on an empty database, then {repeats} on one with {done} applications; SQLite"
    ));
    let memory = Outcome::judged(
        "resident",
        "MB",
        Required::AtMost(RESIDENT_MB),
        (vec![resident], Vec::new()),
        context.quick,
    )
    .note(format!(
        "after {done} applications in one process; {highest:.0} MB at its highest"
    ));
    Ok(vec![start, memory])
}

/// Stops and starts the service; milliseconds of each start.
fn restarts(context: &Context<'_>, service: &mut Service) -> Result<Vec<f64>> {
    let mut taken = Vec::new();
    for _ in 0..context.repeats {
        let sources = service.standin.url();
        service.financing.end()?;
        let financing = context.binary("financing");
        service.financing = serve(&financing, &service.folder, "sqlite:financing.db", &sources, &[])?;
        taken.push(service.financing.ready_after.as_secs_f64() * 1000.0);
    }
    Ok(taken)
}
