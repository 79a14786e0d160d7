//! HTTP and wiring of the lending service; binary financing.
