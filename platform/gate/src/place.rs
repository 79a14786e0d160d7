//! Where it stands of which scope a row is: of its application.

/// How a row leads to its application.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) table: &'static str,
    /// What to read of, `a` being the application; nothing where the row is one. `{schema}` stands before
    /// each table's name, `{equals}` for the operator.
    from: Option<&'static str>,
    /// The columns that lead there. They must not change: a row that was let in as of one scope would
    /// then be of another.
    pub(crate) fixed: &'static [&'static str],
}

/// Of every table that is gated.
pub(crate) const PLACES: &[Place] = &[
    Place {
        table: "applications",
        from: None,
        fixed: &["product", "channel", "region"],
    },
    Place {
        table: "offers",
        from: Some("{schema}applications a WHERE a.id {equals} NEW.application_id"),
        fixed: &["application_id"],
    },
    Place {
        table: "contracts",
        from: Some("{schema}applications a WHERE a.id {equals} NEW.application_id"),
        fixed: &["application_id"],
    },
    Place {
        table: "draws",
        from: Some(
            "{schema}applications a WHERE a.id {equals} \
             (SELECT c.application_id FROM {schema}contracts c WHERE c.id {equals} NEW.contract_id)",
        ),
        fixed: &["contract_id"],
    },
    Place {
        table: "renewals",
        from: Some(
            "{schema}applications a WHERE a.id {equals} \
             (SELECT c.application_id FROM {schema}contracts c WHERE c.id {equals} \
             (SELECT l.contract_id FROM {schema}loans l WHERE l.id {equals} NEW.loan_id))",
        ),
        fixed: &["loan_id"],
    },
];

impl Place {
    /// The application's column as an expression. A row without an application, which a foreign key is
    /// about to refuse, has none.
    pub(crate) fn column(&self, column: &str, schema: &str, equals: &str) -> String {
        self.from.map_or_else(
            || format!("NEW.{column}"),
            |from| {
                format!(
                    "(SELECT a.{column} FROM {})",
                    from.replace("{schema}", schema).replace("{equals}", equals)
                )
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::GATED;

    #[test]
    fn every_gated_table_has_its_place() {
        for gated in GATED {
            let places = PLACES.iter().filter(|place| place.table == gated.table);
            assert_eq!(places.count(), 1, "{}", gated.table);
        }
        assert!(
            PLACES
                .iter()
                .all(|place| GATED.iter().any(|gated| gated.table == place.table))
        );
    }
}
