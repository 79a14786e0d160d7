//! Load journeys over the whole lending path; binary backstop-load.
