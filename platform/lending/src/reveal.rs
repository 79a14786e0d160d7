//! Customer data in the clear, for a purpose and on record.
//!
//! Who may see which field what for is one table. The count that bounds it and the
//! evidence leaf commit before anything is opened, so that nothing is shown that is not
//! on record; a reveal that then fails is on record all the same. The answer is never
//! stored, so a repetition is another reveal.

use std::collections::{BTreeMap, BTreeSet};

use auth::Role;
use base::problem::Code;
use client::reveal::{Reveal, Revealed};
use domain::ids::{ApplicationId, FirmId};
use domain::lane::Lane;
use serde_json::json;
use store::{applications, reveals, sealed};
use vault::{Keys, Sealed, SealedColumn};

use crate::idempotent::Frame;
use crate::pre_approve::stored;
use crate::{Call, Refusal, World, firm_keys};

/// Values that one principal may be shown in an hour: an officer's visits and calls
/// of a day need some dozens, and copying out a thousand customers takes a week in
/// which the record shows it.
const AN_HOUR: i64 = 60;
/// Fields in one reveal: all that an application has.
const AT_ONCE: usize = 8;
/// Microseconds.
const HOUR: i64 = 3_600_000_000;

/// A field that can be revealed.
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) column: &'static SealedColumn,
}

const fn field(name: &'static str, column: &'static SealedColumn) -> Field {
    Field { name, column }
}

pub(crate) static OF_FIRM: &[Field] = &[
    field("credit_code", &sealed::CREDIT_CODE),
    field("name", &sealed::NAME),
    field("contact", &sealed::CONTACT),
    field("contact_id", &sealed::CONTACT_ID),
    field("phone", &sealed::PHONE),
    field("account", &sealed::ACCOUNT),
];

pub(crate) static OF_APPLICATION: &[Field] = &[
    field("use_of_funds", &sealed::USE_OF_FUNDS),
    field("applicant", &sealed::APPLICANT),
    field("applicant_id", &sealed::APPLICANT_ID),
    field("phone", &sealed::APPLICANT_PHONE),
    field("address", &sealed::ADDRESS),
    field("turnover", &sealed::TURNOVER),
    field("tax_number", &sealed::TAX_NUMBER),
    field("guarantor", &sealed::GUARANTOR),
];

/// A purpose, whose it is, and what it shows; nothing is shown for any other.
struct Allowed {
    purpose: &'static str,
    role: Role,
    firm: &'static [&'static str],
    application: &'static [&'static str],
}

static ALLOWED: &[Allowed] = &[
    // 尽职调查: the site visit compares papers and people with what was told.
    Allowed {
        purpose: "diligence",
        role: Role::Officer,
        firm: &["credit_code", "name", "contact", "contact_id", "phone"],
        application: &[
            "use_of_funds",
            "applicant",
            "applicant_id",
            "phone",
            "address",
            "turnover",
            "tax_number",
            "guarantor",
        ],
    },
    // 贷后催收: whom to reach, and where.
    Allowed {
        purpose: "collection",
        role: Role::Officer,
        firm: &["name", "contact", "phone"],
        application: &["applicant", "phone", "address", "guarantor"],
    },
    // 投诉处理: whom to call back.
    Allowed {
        purpose: "complaint",
        role: Role::Officer,
        firm: &["name", "contact", "phone"],
        application: &["applicant", "phone"],
    },
    // A payment that core banking asks about.
    Allowed {
        purpose: "payment",
        role: Role::Operator,
        firm: &["name", "account"],
        application: &[],
    },
    // 审计: that what is on file is what the papers say.
    Allowed {
        purpose: "audit",
        role: Role::Auditor,
        firm: &["credit_code", "name", "contact", "contact_id", "phone", "account"],
        application: &[
            "use_of_funds",
            "applicant",
            "applicant_id",
            "turnover",
            "tax_number",
            "guarantor",
        ],
    },
];

/// Every role that is shown anything, and for which purpose.
pub fn purposes() -> impl Iterator<Item = (Role, &'static str)> {
    ALLOWED.iter().map(|row| (row.role, row.purpose))
}

/// Shows fields of a firm.
///
/// # Errors
/// A bad field, one that the purpose does not show, a purpose that is not the role's, too many in
/// this hour, an unknown firm, or erased data.
pub async fn reveal_firm<L: Lane>(
    world: &World<L>,
    call: Call,
    id: &str,
    body: Reveal,
) -> Result<Revealed, Refusal> {
    let id: FirmId = id.parse()?;
    let fields = permitted(call.role, &body, OF_FIRM, |allowed| allowed.firm)?;
    let keys = firm_keys::of_some(world, &id).await?;
    show(world, call, &keys, "firm.reveal", id.as_str(), fields, body).await
}

/// Shows fields of an application.
///
/// # Errors
/// As [`reveal_firm`].
pub async fn reveal_application<L: Lane>(
    world: &World<L>,
    call: Call,
    id: &str,
    body: Reveal,
) -> Result<Revealed, Refusal> {
    let id: ApplicationId = id.parse()?;
    let fields = permitted(call.role, &body, OF_APPLICATION, |allowed| allowed.application)?;
    let key = id.to_string();
    let found = world
        .db
        .read(move |tx| Box::pin(async move { applications::find(tx, &key).await }))
        .await?;
    let found = found.ok_or_else(|| Refusal::not_found("application"))?;
    let firm: FirmId = stored(&found.firm_id)?;
    let keys = firm_keys::of(world, &firm).await?;
    show(
        world,
        call,
        &keys,
        "application.reveal",
        id.as_str(),
        fields,
        body,
    )
    .await
}

/// The fields, if the purpose is the role's and shows every one of them.
fn permitted(
    role: Role,
    body: &Reveal,
    of: &'static [Field],
    shown: impl Fn(&Allowed) -> &'static [&'static str],
) -> Result<Vec<&'static Field>, Refusal> {
    let named: BTreeSet<&str> = body.fields.iter().map(String::as_str).collect();
    if named.is_empty() || body.fields.len() > AT_ONCE || named.len() < body.fields.len() {
        return Err(Refusal::field("fields", format!("1-{AT_ONCE}, each once")));
    }
    if !evidence::is_reference(&body.reference) {
        return Err(Refusal::field("reference", evidence::REFERENCE));
    }
    let allowed = ALLOWED.iter().find(|row| row.purpose == body.purpose);
    let allowed = allowed.ok_or_else(|| {
        let all: Vec<&str> = ALLOWED.iter().map(|row| row.purpose).collect();
        Refusal::field("purpose", format!("one of {}", all.join(", ")))
    })?;
    if allowed.role != role {
        return Err(Refusal::with(Code::Forbidden, "the purpose is another role's"));
    }
    let mut fields = Vec::with_capacity(named.len());
    for name in named {
        let field = of.iter().find(|field| field.name == name);
        let field = field.ok_or_else(|| Refusal::field("fields", "one is not a field of this"))?;
        if !shown(allowed).contains(&field.name) {
            return Err(Refusal::with(
                Code::Forbidden,
                format!("the purpose does not show {}", field.name),
            ));
        }
        fields.push(field);
    }
    Ok(fields)
}

/// Records, then opens.
async fn show<L: Lane>(
    world: &World<L>,
    call: Call,
    keys: &Keys,
    act: &'static str,
    id: &str,
    fields: Vec<&'static Field>,
    body: Reveal,
) -> Result<Revealed, Refusal> {
    let frame = Frame::new(world, call, id);
    let row = id.to_owned();
    let names: Vec<&str> = fields.iter().map(|field| field.name).collect();
    let columns: Vec<&'static SealedColumn> = fields.iter().map(|field| field.column).collect();
    let values = i64::try_from(fields.len()).unwrap_or(i64::MAX);
    let record = json!({ "fields": names, "purpose": body.purpose, "reference": body.reference });
    let found = world
        .db
        .write(move |tx| {
            Box::pin(async move {
                let hour = frame.now.div_euclid(HOUR);
                if reveals::count(tx, frame.principal(), hour, values).await? > AN_HOUR {
                    return Err(Refusal::with(
                        Code::RateLimited,
                        format!("at most {AN_HOUR} values are revealed to one principal in an hour"),
                    ));
                }
                let Some(found) = reveals::fields(tx, &columns, &row).await? else {
                    return Err(Refusal::not_found("such data"));
                };
                frame.leave(tx, act, &row, record).await?;
                frame.audit(tx, act, &row).await?;
                Ok(found)
            })
        })
        .await?;
    let mut shown = BTreeMap::new();
    for (field, bytes) in fields.into_iter().zip(found) {
        if let Some(bytes) = bytes {
            shown.insert(field.name.to_owned(), open(keys, field, id, bytes)?);
        }
    }
    Ok(Revealed {
        id: id.to_owned(),
        fields: shown,
    })
}

/// Opens one field of a row.
pub(crate) fn open(keys: &Keys, field: &Field, row: &str, bytes: Vec<u8>) -> Result<String, Refusal> {
    let place = sealed::at(field.column, row);
    // The one field that is a number.
    if field.column == &sealed::TURNOVER {
        let fen: i64 = keys.open(place, &Sealed::from_bytes(bytes))?;
        return Ok(fen.to_string());
    }
    Ok(keys.open(place, &Sealed::from_bytes(bytes))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_the_table_exists_and_belongs_to_its_table() {
        for row in ALLOWED {
            for name in row.firm {
                assert!(OF_FIRM.iter().any(|field| field.name == *name), "{name}");
            }
            for name in row.application {
                assert!(OF_APPLICATION.iter().any(|field| field.name == *name), "{name}");
            }
        }
        assert!(OF_FIRM.iter().all(|field| field.column.table == "firms"));
        assert!(
            OF_APPLICATION
                .iter()
                .all(|field| field.column.table == "applications")
        );
    }
}
