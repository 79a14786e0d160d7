//! The columns that hold sealed fields, and which of a firm's keys seals each.
//!
//! Every sealed row is about one firm, whose id is made of the vault's subject: who
//! has the id has the keys, without a look-up. The data map names the same
//! categories, and a test holds the two together.

use vault::{Category, Place, SealedColumn};

use Category::{Affairs, Answers, Features, Identity, Profile};

const fn column(table: &'static str, column: &'static str, category: Category) -> SealedColumn {
    SealedColumn {
        table,
        column,
        category,
    }
}

/// `firms.credit_code_sealed`.
pub static CREDIT_CODE: SealedColumn = column("firms", "credit_code_sealed", Profile);
/// `firms.name_sealed`.
pub static NAME: SealedColumn = column("firms", "name_sealed", Profile);
/// `firms.contact_sealed`.
pub static CONTACT: SealedColumn = column("firms", "contact_sealed", Profile);
/// `firms.contact_id_sealed`.
pub static CONTACT_ID: SealedColumn = column("firms", "contact_id_sealed", Identity);
/// `firms.phone_sealed`.
pub static PHONE: SealedColumn = column("firms", "phone_sealed", Identity);
/// `firms.account_sealed`.
pub static ACCOUNT: SealedColumn = column("firms", "account_sealed", Identity);
/// `applications.use_of_funds_sealed`.
pub static USE_OF_FUNDS: SealedColumn = column("applications", "use_of_funds_sealed", Affairs);
/// `applications.applicant_sealed`.
pub static APPLICANT: SealedColumn = column("applications", "applicant_sealed", Profile);
/// `applications.applicant_id_sealed`.
pub static APPLICANT_ID: SealedColumn = column("applications", "applicant_id_sealed", Identity);
/// `applications.phone_sealed`.
pub static APPLICANT_PHONE: SealedColumn = column("applications", "phone_sealed", Identity);
/// `applications.address_sealed`.
pub static ADDRESS: SealedColumn = column("applications", "address_sealed", Identity);
/// `applications.turnover_sealed`.
pub static TURNOVER: SealedColumn = column("applications", "turnover_sealed", Affairs);
/// `applications.tax_number_sealed`.
pub static TAX_NUMBER: SealedColumn = column("applications", "tax_number_sealed", Profile);
/// `applications.guarantor_sealed`.
pub static GUARANTOR: SealedColumn = column("applications", "guarantor_sealed", Affairs);
/// `pulls.answer_sealed`.
pub static ANSWER: SealedColumn = column("pulls", "answer_sealed", Answers);
/// `decisions.features_sealed`.
pub static DECISION_FEATURES: SealedColumn = column("decisions", "features_sealed", Features);
/// `decisions.findings_sealed`.
pub static FINDINGS: SealedColumn = column("decisions", "findings_sealed", Features);
/// `diligence_tasks.report_sealed`.
pub static REPORT: SealedColumn = column("diligence_tasks", "report_sealed", Affairs);

/// All of them.
pub static ALL: [&SealedColumn; 18] = [
    &CREDIT_CODE,
    &NAME,
    &CONTACT,
    &CONTACT_ID,
    &PHONE,
    &ACCOUNT,
    &USE_OF_FUNDS,
    &APPLICANT,
    &APPLICANT_ID,
    &APPLICANT_PHONE,
    &ADDRESS,
    &TURNOVER,
    &TAX_NUMBER,
    &GUARANTOR,
    &ANSWER,
    &DECISION_FEATURES,
    &FINDINGS,
    &REPORT,
];

/// A column's field in one row.
#[must_use]
pub fn at<'a>(column: &'static SealedColumn, row: &'a str) -> Place<'a> {
    Place { column, row }
}
