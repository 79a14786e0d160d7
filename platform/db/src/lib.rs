//! One transaction type over SQLite and PostgreSQL; knows no table.
