//! Reads the part of the ARFF format that the set uses: numeric attributes
//! with quoted names, a last nominal attribute `{0,1}`, `?` for missing.

/// The set, column by column.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    /// The attributes' names, the class label last.
    pub(crate) names: Vec<String>,
    /// A value per row and attribute; the class label is 0 or 1.
    pub(crate) columns: Vec<Vec<Option<f64>>>,
}

impl Table {
    /// Number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }
}

/// Reads a file's text.
///
/// # Errors
/// Names the line and column that don't belong in such a file.
pub(crate) fn parse(text: &str) -> Result<Table, String> {
    let mut table = Table::default();
    for (line, row) in text.lines().enumerate().map(|(i, row)| (i + 1, row.trim())) {
        if let Some(attribute) = row.strip_prefix("@attribute") {
            let name = attribute.trim().trim_end_matches("numeric").trim();
            let name = name.split('{').next().unwrap_or(name).trim().trim_matches('\'');
            table.names.push(name.to_owned());
            table.columns.push(Vec::new());
        } else if !row.is_empty() && !row.starts_with(['@', '%']) {
            push(&mut table, row).map_err(|why| format!("line {line}: {why}"))?;
        }
    }
    if table.rows() == 0 || table.columns.len() != 65 {
        return Err("expected rows of 64 ratios and a class label".to_owned());
    }
    Ok(table)
}

fn push(table: &mut Table, row: &str) -> Result<(), String> {
    let cells: Vec<&str> = row.split(',').map(str::trim).collect();
    if cells.len() != table.columns.len() {
        return Err(format!("{} values, not {}", cells.len(), table.columns.len()));
    }
    for (i, (cell, column)) in cells.iter().zip(&mut table.columns).enumerate() {
        let value = match *cell {
            "?" => None,
            number => Some(
                number
                    .parse::<f64>()
                    .map_err(|_| format!("column {}: not a number", i + 1))?,
            ),
        };
        column.push(value.filter(|v| v.is_finite()));
    }
    Ok(())
}
