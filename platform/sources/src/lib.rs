//! Connectors to outside data, and the stand-in sources.
