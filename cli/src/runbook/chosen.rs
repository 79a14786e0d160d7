//! Which page, with which values.

use std::collections::BTreeMap;
use std::path::PathBuf;

use base::exit;
use runbooks::{Bound, Plan};

use super::read::read;
use crate::ended::stop;

/// A page and its values.
#[derive(Debug, clap::Args)]
pub(super) struct PageArgs {
    /// A page that this program brings along, by its name, or a file.
    #[arg(value_name = "PAGE")]
    page: String,
    /// The value of a parameter; the page says which there are.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
}

impl PageArgs {
    /// The page, compiled.
    pub(super) fn plan(&self) -> anyhow::Result<Plan> {
        // No page's name has a dot or a slash in it.
        let is_file = self.page.contains(['/', '.']);
        let files: &[PathBuf] = if is_file {
            &[PathBuf::from(&self.page)]
        } else {
            &[]
        };
        let (good, wrong) = read(files)?;
        if is_file && !wrong.is_empty() {
            return Err(stop(exit::USAGE, wrong.join("\n")));
        }
        let names: Vec<String> = good.iter().map(|plan| plan.id.clone()).collect();
        good.into_iter()
            .find(|plan| is_file || plan.id == self.page)
            .ok_or_else(|| {
                let known = names.join(", ");
                stop(
                    exit::USAGE,
                    format!("there is no page of that name: {known}, or a file"),
                )
            })
    }

    /// With its values, begun by somebody.
    pub(super) fn bound(&self, plan: Plan, by: &str) -> anyhow::Result<Bound> {
        let mut given = BTreeMap::new();
        for (name, value) in &self.set {
            if given.insert(name.clone(), value.clone()).is_some() {
                return Err(stop(exit::USAGE, format!("--set {name} is given twice")));
            }
        }
        Bound::new(plan, &given, by).map_err(|error| stop(exit::USAGE, format!("--set: {error}")))
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}
