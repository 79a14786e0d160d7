//! Physical cleaning of both databases, whichever they are: what was deleted must be in no file any more.

use serde_json::{Value, json};

use crate::steps::{Failure, Work};
use crate::{done, postgres, sqlite};

/// Refuses databases that anybody else has open.
///
/// # Errors
/// Names which, and who.
pub async fn alone(urls: [&str; 2]) -> Result<(), Failure> {
    for url in urls {
        match sqlite::file(url) {
            Some(path) => sqlite::alone(&path)?,
            None => postgres::alone(url).await?,
        }
    }
    Ok(())
}

/// Cleans the lending database and the key store.
pub(crate) async fn all(work: &Work) -> Result<Value, Failure> {
    let lending = one(&work.database).await?;
    let keys = one(&work.keys.store).await?;
    let steps = json!({ "lending database": lending, "key store": keys });
    done::note(&work.out, "cleaned", &steps)?;
    Ok(json!({ "databases": 2 }))
}

async fn one(url: &str) -> Result<Vec<String>, Failure> {
    if let Some(path) = sqlite::file(url) {
        sqlite::clean(&path)?;
        let steps = [
            "secure_delete on",
            "write-ahead log truncated",
            "VACUUM",
            "write-ahead log truncated",
            "no free pages",
        ];
        return Ok(steps.map(str::to_owned).to_vec());
    }
    Ok(postgres::clean(url).await?)
}
