//! How a trigger refuses: one message format on both databases.

use crate::DbError;

/// Reads `backstop:<code>:<detail>`; `None` for any other message.
pub(crate) fn parse(message: &str) -> Option<DbError> {
    let rest = message.strip_prefix("backstop:")?;
    let (code, detail) = rest.split_once(':').unwrap_or((rest, ""));
    Some(DbError::Raised {
        code: code.to_owned(),
        detail: detail.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_detail_may_hold_colons_and_may_be_missing() {
        let raised = |code: &str, detail: &str| {
            Some(DbError::Raised {
                code: code.to_owned(),
                detail: detail.to_owned(),
            })
        };
        assert_eq!(
            parse("backstop:intake_closed:at 10:30"),
            raised("intake_closed", "at 10:30")
        );
        assert_eq!(parse("backstop:immutable"), raised("immutable", ""));
        assert_eq!(parse("no such table: backstop:x"), None);
    }
}
