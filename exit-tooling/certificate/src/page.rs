//! The certificate as a page for people, in English and Chinese, that needs nothing but itself.
//!
//! It carries the certificate's JSON, and every other byte of it is made from that: whoever verifies
//! it makes the page again and compares, so that no visible text can say something else.

mod parts;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::document::{CertificateError, Signed};

const STYLE: &str = include_str!("page/style.css");
const OPEN: &str = "<script type=\"application/json\" id=\"certificate\">";
const CLOSE: &str = "</script>";

/// Lays out a signed certificate.
///
/// # Errors
/// [`CertificateError::Number`].
pub fn page(signed: &Signed) -> Result<String, CertificateError> {
    let json = String::from_utf8(signed.json()?).map_err(|_| CertificateError::Altered)?;
    let certificate = &signed.certificate;
    let (record, found) = (&certificate.record, &certificate.verification);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Certificate of an exit 退出清除证书" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                @if record.rehearsal { (rehearsal()) }
                h1 { "Certificate of an exit " span lang="zh" { "退出清除证书" } }
                p { "What follows was signed with Ed25519. Verify it before you believe it: "
                    code { "backstop-verify certificate FILE --public-key FILE" } ". "
                    span lang="zh" { "以下内容已用 Ed25519 签名。采信之前请先验证。" } }
                (parts::subject(certificate))
                (parts::method(record))
                (parts::tables(record))
                (parts::verification(found))
                (parts::residual(record, found))
                (parts::limits())
                (parts::signatures(record))
                h2 { "Signature " span lang="zh" { "签名" } }
                p { code { (certificate.issuer) } br; code { (signed.signature) } }
                @if record.rehearsal { (rehearsal()) }
                (PreEscaped(OPEN)) (PreEscaped(script_safe(&json))) (PreEscaped(CLOSE))
            }
        }
    };
    Ok(page.into_string())
}

fn rehearsal() -> Markup {
    html! {
        p.rehearsal { "REHEARSAL " span lang="zh" { "演练" } }
        p { "The retention rules were a rehearsal's. This proves no removal that law asks for. "
            span lang="zh" { "本次使用演练用保留规则，不能证明任何法定的数据清除。" } }
    }
}

/// In a script's element only `<` could end it; the escapes are JSON's own, so that the text reads as before.
fn script_safe(json: &str) -> String {
    json.replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
}

/// The JSON that a page carries; none if the text is no page.
pub(crate) fn embedded(text: &str) -> Option<&str> {
    if !text.starts_with("<!DOCTYPE html>") {
        return None;
    }
    let (_, rest) = text.split_once(OPEN)?;
    rest.split_once(CLOSE).map(|(json, _)| json)
}
