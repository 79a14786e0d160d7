//! Law 5 in a rehearsal: the values that the load's customers told are looked
//! for in everything that the system wrote and said.
//!
//! The firms come from the rehearsal's seed or file, so their values are made
//! again here, in memory, and never handed over.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use client::firms::RegisterFirm;
use client::http::{CallError, Client};
use laws::journal::Journal;
use laws::leaks::{Drawn, Needles, Sweep, Wanted};
use population::SimFirm;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::cast::Which;
use super::folder::Folder;
use crate::audit::unreadable;

/// Customers whose values are looked for, spread over all that registered.
const DRAWN: u64 = 1_000;

/// What makes the law count as touched: fewer, for on a slow machine fewer come
/// within the phases' bounds.
pub(super) const WANTED: Wanted = Wanted { subjects: 200 };

/// Ids that must be found: some of the first and some of the last, so that the
/// write-ahead log is seen as well as the file.
const CONTROLS: usize = 10;

/// Customers who are refused something, to see that a refusal does not repeat what they said.
const REFUSED: u64 = 20;

/// What reports call the answer to them.
const REFUSAL: &str = "a refusal";

/// A page of the service is read within this or not at all.
const PAGE: Duration = Duration::from_secs(10);

/// The least digits of a sum that is looked for: shorter ones are among other amounts by chance.
const SUM: i64 = 1_000_000_000;

/// Where a rehearsal's system leaves anything.
pub(super) struct Places<'p> {
    pub(super) folder: &'p Folder,
    pub(super) database: &'p str,
    /// The control plane's store.
    pub(super) control: &'p str,
    /// Of a server that was started for it.
    pub(super) server: Option<&'p Path>,
    /// The running service and the control plane, `HOST:PORT`.
    pub(super) addresses: [&'p str; 2],
    pub(super) channel: &'p Client,
}

/// Looks everywhere but into the report, which is not written yet.
pub(super) async fn sweep(places: Places<'_>, journal: &Journal, firms: &Which) -> anyhow::Result<Sweep> {
    let firms = firms.open()?;
    let registrations = journal.records.iter().filter(|record| record.path == "/v1/firms");
    let came: BTreeSet<&str> = registrations.clone().map(|record| record.key.as_str()).collect();
    let came = came.len() as u64;
    let mut needles = Needles::default();
    let mut drawn = Drawn::default();
    let drawn_of = came.min(DRAWN);
    for n in 0..drawn_of {
        let Some(firm) = firms.firm(n * came / drawn_of.max(1)) else {
            break;
        };
        drawn.subjects += 1;
        for (kind, value) in values(&firm) {
            if needles.add(kind, &value).is_err() {
                drawn.too_weak += 1;
            }
        }
    }
    let ids: Vec<&str> = registrations
        .filter_map(|record| record.answer_id.as_deref())
        .collect();
    let controls = [
        &ids[..ids.len().min(CONTROLS)],
        &ids[ids.len().saturating_sub(CONTROLS)..],
    ]
    .concat();
    let mut sweep = Sweep::new(&needles, &controls, drawn)?;

    for (name, url, controls) in [
        ("the tables", places.database, true),
        // Nothing there names a customer.
        ("the control plane's tables", places.control, false),
    ] {
        sweep.tables(name, url, controls).await.map_err(unreadable)?;
    }
    let failed = "failed to look for customer data";
    sweep.files("out", places.folder.root(), true).context(failed)?;
    if let Some(server) = places.server {
        sweep.files("server", server, true).context(failed)?;
    }
    for address in places.addresses {
        for page in ["/metrics", "/openapi.json", "/v1/loans/none"] {
            match get(address, page).await {
                Ok(text) => sweep.text(page, &text),
                Err(_) => sweep.missed(page),
            }
        }
    }
    for n in 0..drawn_of.min(REFUSED) {
        let Some(firm) = firms.firm(n) else {
            break;
        };
        // The key says nothing of the firm.
        match refused(places.channel, &format!("refused-{n}"), &firm).await {
            Ok(answer) => sweep.text(REFUSAL, answer.as_bytes()),
            Err(_) => {
                sweep.missed(REFUSAL);
                break;
            }
        }
    }
    Ok(sweep)
}

/// What a customer tells, and sums that the sources tell of it.
fn values(firm: &SimFirm) -> Vec<(&'static str, String)> {
    let mut values = vec![
        ("credit_code", firm.credit_code.clone()),
        ("name", firm.name.clone()),
        ("contact", firm.contact.clone()),
        ("contact_id", firm.contact_id.clone()),
        ("phone", firm.phone.clone()),
        ("account", firm.account.clone()),
    ];
    let sums = [
        ("taxable_sales", firm.tax.taxable_sales_12m),
        ("tax_receipts", firm.tax_receipts.receipts_12m),
        ("invoices", firm.invoices.issued_12m),
    ];
    values.extend(
        sums.into_iter()
            .filter(|(_, sum)| *sum >= SUM)
            .map(|(kind, sum)| (kind, sum.to_string())),
    );
    values
}

/// Asks for a registration that can't be, and answers how it was refused.
async fn refused(channel: &Client, key: &str, firm: &SimFirm) -> anyhow::Result<String> {
    let body = RegisterFirm {
        credit_code: firm.credit_code.clone(),
        name: firm.name.clone(),
        region: firm.region.clone(),
        industry: firm.industry.clone(),
        contact: firm.contact.clone(),
        contact_id: firm.contact_id.clone(),
        // One digit too many.
        phone: format!("{}0", firm.phone),
        account: firm.account.clone(),
    };
    match channel.register_firm(key, &body).await {
        Err(CallError::Refused { problem, .. }) => Ok(serde_json::to_string(&problem)?),
        Err(error) => Err(error).context("a wrong registration was not refused in order"),
        Ok(_) => anyhow::bail!("a wrong registration was taken"),
    }
}

/// A page of the service, headers and all.
async fn get(address: &str, path: &str) -> anyhow::Result<Vec<u8>> {
    let asking = async {
        let mut stream = TcpStream::connect(address).await?;
        let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    };
    let answer = tokio::time::timeout(PAGE, asking).await.context("no answer")??;
    anyhow::ensure!(answer.starts_with(b"HTTP/1.1 "), "no HTTP");
    Ok(answer)
}
