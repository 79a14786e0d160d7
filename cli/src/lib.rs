//! The operations toolkit's command line; binary backstop.
