//! The build's own check finds a column without a class.

#[path = "../build/columns.rs"]
mod columns;

const MAP: &str = r#"c("firms", "id", Internal), c("firms", "region", Internal)"#;

#[test]
fn a_classified_migration_passes() {
    let sql = "CREATE TABLE firms (\n  id TEXT PRIMARY KEY,\n  -- a comment\n  region TEXT,\n  PRIMARY KEY (id)\n);";
    assert!(columns::unclassified(sql, MAP).is_empty());
}

#[test]
fn an_unclassified_column_is_found_wherever_it_comes_from() {
    let created = "CREATE TABLE firms (\n  id TEXT,\n  owner TEXT\n);";
    assert_eq!(
        columns::unclassified(created, MAP),
        [("firms".to_owned(), "owner".to_owned())]
    );
    let added = "ALTER TABLE firms ADD COLUMN owner TEXT;";
    assert_eq!(
        columns::unclassified(added, MAP),
        [("firms".to_owned(), "owner".to_owned())]
    );
}

#[test]
fn a_table_or_a_view_without_labels_is_found() {
    let labels = r#"t("firms", Customer, Identification, false),"#;
    let known = "CREATE TABLE firms (\n  id TEXT\n);";
    assert!(columns::unlabelled(known, labels).is_empty());
    let new = "CREATE TABLE owners (\n  id TEXT\n);\nCREATE VIEW of_owners AS SELECT 1;";
    assert_eq!(columns::unlabelled(new, labels), ["owners", "of_owners"]);
}
