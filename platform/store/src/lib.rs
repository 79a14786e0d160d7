//! Schema, data map and repositories of the lending service.
