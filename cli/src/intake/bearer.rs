//! Who asks: a service's token, or a person who signs in for this one command.

use std::io::{BufRead as _, IsTerminal as _, Read as _, Write as _};
use std::path::PathBuf;

use base::exit;
use client::access::SignIn;
use client::http::Request;

use super::reach::Instances;
use crate::called;
use crate::ended::stop;

/// Longest line: a password is some dozen bytes.
const LONGEST: u64 = 64 * 1024;

/// Whose authority.
#[derive(Debug, clap::Args)]
pub(super) struct BearerArgs {
    /// Sign in as this person; password and code are asked for, or read as two lines.
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// JSON file of tokens by name, as `financing init` makes it.
    #[arg(long, value_name = "FILE", conflicts_with = "account")]
    token_file: Option<PathBuf>,
    /// Whose token of that file.
    #[arg(long = "as", value_name = "NAME", default_value = "operator")]
    holder: String,
    /// The token itself, from the environment only.
    #[arg(long, env = "BACKSTOP_TOKEN", hide = true, hide_env_values = true)]
    token: Option<String>,
}

/// The bearer token, and whether it is a session that was begun for this command.
pub(super) async fn token(args: &BearerArgs, instances: &Instances) -> anyhow::Result<(String, bool)> {
    if let Some(account) = &args.account {
        return Ok((sign_in(account, instances).await?, true));
    }
    if let Some(path) = &args.token_file {
        return Ok((called::token(path, &args.holder)?, false));
    }
    match &args.token {
        Some(token) => Ok((token.clone(), false)),
        None => Err(stop(
            exit::USAGE,
            "who asks? --account NAME, --token-file FILE, or BACKSTOP_TOKEN in the environment",
        )),
    }
}

async fn sign_in(account: &str, instances: &Instances) -> anyhow::Result<String> {
    let (password, code) = proofs(account).map_err(|error| stop(exit::USAGE, error.to_string()))?;
    let body = SignIn {
        account: account.to_owned(),
        password,
        code,
        cookie: false,
    };
    let session = instances.send(&Request::sign_in(&body)).await?.body;
    session
        .token
        .ok_or_else(|| stop(exit::FAILED, "the service gave no token"))
}

/// Password and code: at a terminal the first is not shown.
fn proofs(account: &str) -> std::io::Result<(String, String)> {
    let input = std::io::stdin();
    if !input.is_terminal() {
        let mut lines = input.lock().take(LONGEST).lines();
        let mut line = |what| lines.next().unwrap_or_else(|| Err(std::io::Error::other(what)));
        return Ok((
            line("standard input ended before the password")?,
            line("standard input ended before the code, its second line")?,
        ));
    }
    let password = rpassword::prompt_password(format!("Password of {account} 密码: "))?;
    write!(std::io::stderr(), "Code of the app 动态码: ")?;
    let mut code = String::new();
    input.lock().take(LONGEST).read_line(&mut code)?;
    Ok((password, code.trim().to_owned()))
}
