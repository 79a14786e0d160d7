//! Prints rulings for a person.

use std::io::{self, Write};

use laws::verdict::{Ruling, Verdict};

/// One line a law, what is against it, and why it was not touched.
pub(crate) fn print<'r>(
    out: &mut impl Write,
    rulings: impl IntoIterator<Item = &'r Ruling>,
) -> io::Result<()> {
    for ruling in rulings {
        let Ruling {
            law,
            name,
            verdict,
            checked,
            ..
        } = ruling;
        writeln!(
            out,
            "law {law}  {:<11}  {name} ({checked} facts)",
            verdict.as_str()
        )?;
        for finding in &ruling.findings {
            writeln!(
                out,
                "       {}: {}: {}",
                finding.what, finding.subject, finding.detail
            )?;
        }
        let listed = ruling.findings.len() as u64;
        if ruling.findings_total > listed {
            writeln!(out, "       and {} more", ruling.findings_total - listed)?;
        }
        if *verdict == Verdict::NotTouched
            && let Some(reason) = ruling
                .evidence
                .get("not_enough")
                .and_then(|reason| reason.as_str())
        {
            writeln!(out, "       {reason}")?;
        }
    }
    Ok(())
}
