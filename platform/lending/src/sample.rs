//! Customers' values for law 5's search: firms drawn at random, each with all that can
//! be revealed of it, and what others told of it ([`crate::told`]). Whoever asks has left a leaf first; nothing is kept here.

use std::collections::BTreeSet;

use base::problem::Code;
use db::Db;
use domain::ids::FirmId;
use rand::Rng;
use rand::seq::SliceRandom;
use store::{applications, reveals, samples};
use vault::{SealedColumn, Vault};
use zeroize::Zeroizing;

use crate::Refusal;
use crate::pre_approve::stored;
use crate::reveal::{self, Field, OF_APPLICATION, OF_FIRM};
use crate::told;

/// A firm that was drawn, and one of its applications if it has any.
pub struct Subject {
    firm: FirmId,
    application: Option<String>,
}

/// One value in the clear, overwritten when it is dropped.
pub struct Value {
    /// The field that it is of.
    pub kind: &'static str,
    /// The value.
    pub value: Zeroizing<String>,
}

impl Subject {
    /// The firm's id.
    #[must_use]
    pub fn id(&self) -> &str {
        self.firm.as_str()
    }
}

/// Draws firms at random, `most` at most: those with applications first, as more is known
/// of them. Reads every id, slice by slice.
///
/// # Errors
/// The database's refusal.
pub async fn draw(db: &Db, most: u32) -> Result<Vec<Subject>, Refusal> {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let (mut drawn, mut known) = (Vec::new(), BTreeSet::new());
    // Twice as many, as several may be one firm's.
    for application in some(db, Kind::Application, most.saturating_mul(2)).await? {
        let id = application.clone();
        let found =
            db.read(move |tx| Box::pin(async move { Ok::<_, Refusal>(applications::find(tx, &id).await?) }));
        let Some(found) = found.await? else { continue };
        if known.insert(found.firm_id.clone()) {
            drawn.push((found.firm_id, Some(application)));
        }
    }
    for firm in some(db, Kind::Firm, most).await? {
        if known.insert(firm.clone()) {
            drawn.push((firm, None));
        }
    }
    drawn.truncate(most);
    let subject = |(firm, application): (String, _)| {
        let firm = stored(&firm)?;
        Ok(Subject { firm, application })
    };
    drawn.into_iter().map(subject).collect()
}

#[derive(Clone, Copy)]
enum Kind {
    Application,
    Firm,
}

/// Ids of one kind, `most` at most, each as likely as any other (Vitter, *Random sampling
/// with a reservoir*, 1985, algorithm R), in no order.
async fn some(db: &Db, kind: Kind, most: usize) -> Result<Vec<String>, Refusal> {
    let (mut kept, mut seen, mut last) = (Vec::new(), 0_usize, String::new());
    loop {
        let after = last.clone();
        let slice = db.read(move |tx| {
            Box::pin(async move {
                Ok::<_, Refusal>(match kind {
                    Kind::Application => samples::applications(tx, &after).await?,
                    Kind::Firm => samples::firms(tx, &after).await?,
                })
            })
        });
        let slice: Vec<String> = slice.await?;
        let Some(end) = slice.last() else { break };
        last.clone_from(end);
        for id in slice {
            seen += 1;
            if kept.len() < most {
                kept.push(id);
            } else if let Some(place) = kept.get_mut(rand::rng().random_range(0..seen)) {
                *place = id;
            }
        }
    }
    kept.shuffle(&mut rand::rng());
    Ok(kept)
}

/// All that can be revealed of a subject, and what others told of it; nothing of one whose keys are destroyed, and `None`
/// if it never had keys in this key store.
///
/// # Errors
/// The database's or the key store's refusal, or a value that is not what was sealed.
pub async fn values(db: &Db, vault: &Vault, subject: &Subject) -> Result<Option<Vec<Value>>, Refusal> {
    let keys = match vault.keys(subject.firm.uuid()).await {
        Err(vault::VaultError::NoSubject) => return Ok(None),
        keys => keys?,
    };
    let mut rows = vec![(OF_FIRM, subject.firm.to_string())];
    if let Some(application) = &subject.application {
        rows.push((OF_APPLICATION, application.clone()));
    }
    let mut values = Vec::new();
    for (fields, row) in rows {
        for (field, bytes) in sealed(db, fields, &row).await? {
            match reveal::open(&keys, field, &row, bytes) {
                Ok(value) => values.push(Value {
                    kind: field.name,
                    value: Zeroizing::new(value),
                }),
                // A category that was destroyed alone.
                Err(refusal) if refusal.code == Code::Erased => {}
                Err(refusal) => return Err(refusal),
            }
        }
    }
    if let Some(application) = &subject.application {
        values.extend(told::of(db, &keys, application).await?);
    }
    Ok(Some(values))
}

/// The sealed fields that a row has.
async fn sealed(
    db: &Db,
    fields: &'static [Field],
    row: &str,
) -> Result<Vec<(&'static Field, Vec<u8>)>, Refusal> {
    let columns: Vec<&'static SealedColumn> = fields.iter().map(|field| field.column).collect();
    let row = row.to_owned();
    let found = db.read(move |tx| {
        Box::pin(async move { Ok::<_, Refusal>(reveals::fields(tx, &columns, &row).await?) })
    });
    let found = found.await?.unwrap_or_default();
    let present = fields.iter().zip(found);
    Ok(present
        .filter_map(|(field, bytes)| Some((field, bytes?)))
        .collect())
}
