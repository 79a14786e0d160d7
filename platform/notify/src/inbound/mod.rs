//! What other systems send: [`alertmanager`] hands alerts in, [`ticket`] answers for groups, [`reply`] brings what people
//! replied or pressed. Bounded, checked, and never repeated in an error.

pub mod alertmanager;
pub mod reply;
pub mod ticket;

use serde::de::DeserializeOwned;

use crate::error::NotifyError;

/// Reads a body of at most so many bytes as JSON; an error names the field and no value.
fn json<T: DeserializeOwned>(body: &[u8], longest: usize) -> Result<T, NotifyError> {
    if body.len() > longest {
        return Err(NotifyError::invalid("body", format!("at most {longest} bytes")));
    }
    let mut reader = serde_json::Deserializer::from_slice(body);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let inner = error.inner();
        let mend = match inner.classify() {
            serde_json::error::Category::Data => "a value of the format's type, and no field missing",
            _ => "JSON",
        };
        let place = format!("{mend} (line {}, column {})", inner.line(), inner.column());
        NotifyError::invalid(error.path().to_string(), place)
    })
}
