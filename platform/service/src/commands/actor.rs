//! Who orders an act on the command line, as the evidence log names people.

/// Reads a name.
///
/// # Errors
/// What a name is made of.
pub(crate) fn name(text: &str) -> Result<String, &'static str> {
    auth::is_name(text)
        .then(|| text.to_owned())
        .ok_or("a name is 1-64 letters, digits, '-', '_', '.', '@'")
}
