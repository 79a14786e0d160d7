//! Fails the build when a column of a migration has no class in the data map, or a table no labels.

#[path = "build/columns.rs"]
mod columns;

use std::fs;

/// Of every crate with tables: those of the data's database and those of the key store.
const MIGRATIONS: [&str; 6] = [
    "migrations",
    "../auth/migrations",
    "../evidence/migrations",
    "../gate/migrations",
    "../saga/migrations",
    "../vault/migrations",
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=src/data_map.rs");
    println!("cargo::rerun-if-changed=src/labels.rs");
    let labels = fs::read_to_string("src/labels.rs")?;
    let map = fs::read_to_string("src/data_map.rs")?;
    let (mut missing, mut unlabelled) = (Vec::new(), Vec::new());
    for folder in MIGRATIONS {
        println!("cargo::rerun-if-changed={folder}");
        for file in fs::read_dir(folder)? {
            let sql = fs::read_to_string(file?.path())?;
            missing.extend(columns::unclassified(&sql, &map));
            unlabelled.extend(columns::unlabelled(&sql, &labels));
        }
    }
    for (table, column) in &missing {
        println!(
            "cargo::error=column {table}.{column} has no class: add it to platform/store/src/data_map.rs"
        );
    }
    for table in &unlabelled {
        println!("cargo::error=table {table} has no labels: add it to platform/store/src/labels.rs");
    }
    if missing.is_empty() && unlabelled.is_empty() {
        Ok(())
    } else {
        Err("unclassified columns".into())
    }
}
