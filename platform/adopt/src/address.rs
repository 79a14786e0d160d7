//! The address of the gate in their database.

use crate::{AdoptError, SCHEMA};

/// Their address with the gate's schema as search path, as `intake close --direct` takes it too.
///
/// # Errors
/// [`AdoptError::Refused`] for another database than PostgreSQL: only there triggers can lock.
pub fn address(url: &str) -> Result<String, AdoptError> {
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        return Err(AdoptError::Refused(
            "the gate is installed on PostgreSQL only: postgres://HOST/NAME".to_owned(),
        ));
    }
    // Of several `search_path` the server takes the last.
    let joint = if url.contains('?') { '&' } else { '?' };
    Ok(format!("{url}{joint}options=-c%20search_path%3D{SCHEMA}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_search_path_goes_behind_what_is_there() {
        let path = "options=-c%20search_path%3Dbackstop";
        assert_eq!(
            address("postgres://h/b").unwrap(),
            format!("postgres://h/b?{path}")
        );
        assert_eq!(
            address("postgresql://h/b?sslmode=disable").unwrap(),
            format!("postgresql://h/b?sslmode=disable&{path}")
        );
        assert!(address("sqlite:b.db").is_err());
    }
}
