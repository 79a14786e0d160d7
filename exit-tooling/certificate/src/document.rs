//! The certificate: record and verification, signed.
//!
//! Its file is the one JSON form (RFC 8785) of certificate and signature, and nothing else: another
//! spelling of the same values is refused, so that no byte can be altered.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::page;
use crate::record::Record;
use crate::signing::{PrivateKey, PublicKey};
use crate::verification::{Verdict, Verification};

/// What [`Certificate::format`] says; it also begins what is signed, so that no key's signature over
/// something else is one over a certificate.
pub const FORMAT: &str = "backstop-exit-certificate/1";

/// Record and verification are five megabytes at most, the page some twice that.
pub const MAX_BYTES: usize = 16 << 20;

/// What is certified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// [`FORMAT`].
    pub format: String,
    /// When it was issued, in µs since 1970 (UTC).
    pub issued_at: i64,
    /// The public key of who issued it, as `name+id+base64`.
    pub issuer: String,
    /// What was done.
    pub record: Record,
    /// What was found afterwards.
    pub verification: Verification,
}

/// A certificate with its signature: what the file holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    /// What is certified.
    pub certificate: Certificate,
    /// Ed25519 over [`FORMAT`], a line's end and the certificate's one form, in base64.
    pub signature: String,
}

/// Why there is no certificate.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CertificateError {
    /// The verification is not clean.
    #[error("the verification's verdict is not clean: there is nothing to certify")]
    NotClean,
    /// The verification is about another record.
    #[error("the verification is about another exit, or about another record of it")]
    OtherRecord,
    /// Too long to be one.
    #[error("longer than {MAX_BYTES} bytes: not a certificate")]
    TooLong,
    /// Not a certificate, or not in its one form.
    #[error("not a certificate, or altered: its text is not the one form of what it says")]
    Altered,
    /// Not signed by this key.
    #[error("not signed by this key, or altered: the signature does not verify")]
    Signature,
    /// A number that JSON can't hold.
    #[error("a number in the certificate is beyond what JSON holds exactly")]
    Number,
}

/// Lower-case hexadecimal SHA-256 of a record in its one form: what binds a verification to it.
///
/// # Errors
/// [`CertificateError::Number`].
pub fn record_sha256(record: &Record) -> Result<String, CertificateError> {
    let bytes = record.canonical().map_err(|_| CertificateError::Number)?;
    Ok(Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

fn check(certificate: &Certificate) -> Result<(), CertificateError> {
    let Certificate {
        record, verification, ..
    } = certificate;
    if verification.verdict != Verdict::Clean
        || !verification.hits.is_empty()
        || !verification.findings.is_empty()
        || !verification.not_looked.is_empty()
    {
        return Err(CertificateError::NotClean);
    }
    if verification.exit_id != record.exit_id || verification.record_sha256 != record_sha256(record)? {
        return Err(CertificateError::OtherRecord);
    }
    Ok(())
}

fn message(certificate: &Certificate) -> Result<Vec<u8>, CertificateError> {
    let mut message = format!("{FORMAT}\n").into_bytes();
    message.extend(serde_jcs::to_vec(certificate).map_err(|_| CertificateError::Number)?);
    Ok(message)
}

impl Signed {
    /// Certifies that the verification found this record's exit clean; `at` is in µs since 1970.
    ///
    /// # Errors
    /// [`CertificateError`]: not clean, or about another record.
    pub fn issue(
        record: Record,
        verification: Verification,
        at: i64,
        key: &PrivateKey,
    ) -> Result<Self, CertificateError> {
        let certificate = Certificate {
            format: FORMAT.to_owned(),
            issued_at: at,
            issuer: key.public().to_string(),
            record,
            verification,
        };
        check(&certificate)?;
        let signature = key.sign(&message(&certificate)?);
        Ok(Self {
            certificate,
            signature,
        })
    }

    /// The bytes of `certificate.json`.
    ///
    /// # Errors
    /// [`CertificateError::Number`].
    pub fn json(&self) -> Result<Vec<u8>, CertificateError> {
        serde_jcs::to_vec(self).map_err(|_| CertificateError::Number)
    }
}

/// Reads a certificate's JSON or page and says whether every byte of it is what this key signed.
///
/// # Errors
/// [`CertificateError`]; then nothing in it may be believed.
pub fn verify(bytes: &[u8], key: &PublicKey) -> Result<Certificate, CertificateError> {
    if bytes.len() > MAX_BYTES {
        return Err(CertificateError::TooLong);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| CertificateError::Altered)?;
    let embedded = page::embedded(text);
    let signed: Signed =
        serde_json::from_str(embedded.unwrap_or(text)).map_err(|_| CertificateError::Altered)?;
    // Made again from what it says: what was added, respelt or shown otherwise differs.
    let again = match embedded {
        Some(_) => page::page(&signed)?.into_bytes(),
        None => signed.json()?,
    };
    if again != bytes || signed.certificate.format != FORMAT {
        return Err(CertificateError::Altered);
    }
    let named = signed.certificate.issuer == key.to_string();
    if !named || !key.signed(&message(&signed.certificate)?, &signed.signature) {
        return Err(CertificateError::Signature);
    }
    check(&signed.certificate)?;
    Ok(signed.certificate)
}
