//! `backstop exit plan`

use std::path::{Path, PathBuf};

use base::clock::Clock;
use base::exit;
use serde_json::json;

use super::held::Held;
use super::output;
use super::place::Database;
use crate::out;
use crate::plan::{self, Basis, MOST_FIRMS, Plan, PlanError, Scope};
use crate::retention::{self, Rules};
use base::ended::{because, stop};

/// Says who leaves with how many rows under which rules, and who stays and why.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Reads only, while the service runs, and writes OUT/plan.json. What two people besides the planner approve is its digest:
  backstop exit propose --plan OUT/plan.json --url https://a.bank.example --account ada

A rule that nobody has verified blocks what it covers; a file of rules with `rehearsal = true` takes them as given, and
plan, record and certificate say so.

Exit codes: 0 planned · 2 wrong usage · 4 nobody can leave, the reasons are printed · 5 the database can't be reached ·
6 blocked by rules that nobody has verified (the plan is written all the same)

Example:
  backstop exit plan --firm frm_0190f2c3d4e5f7000800000000000000 --database sqlite:financing.db \\
    --rules retention.toml --holds holds.toml --planner ada --out exit")]
pub(super) struct Args {
    #[command(flatten)]
    database: Database,
    /// The customer who leaves.
    #[arg(long, value_name = "ID", required_unless_present = "product", value_parser = firm)]
    firm: Option<String>,
    /// Every customer of this product and of no other.
    #[arg(long, value_name = "NAME", conflicts_with = "firm", value_parser = ["micro", "credit", "guaranteed"])]
    product: Option<String>,
    /// How many may leave under this plan, at most; the others are left to another one.
    #[arg(long, value_name = "N", default_value_t = MOST_FIRMS)]
    most: usize,
    /// The retention rules.
    #[arg(long, value_name = "FILE")]
    rules: PathBuf,
    #[command(flatten)]
    held: Held,
    /// Who plans: the account that will propose it.
    #[arg(long, value_name = "NAME")]
    planner: String,
    /// The folder of this exit; made if need be.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Print the plan as JSON.
    #[arg(long)]
    json: bool,
}

fn firm(text: &str) -> Result<String, &'static str> {
    crate::keys::subject(text)
        .map(|_| text.to_owned())
        .map_err(|_| "a firm's id, frm_ and 32 hexadecimal digits")
}

pub(super) async fn run(args: Args) -> anyhow::Result<u8> {
    let rules = retention::read(&args.rules).map_err(|error| because(exit::USAGE, &error))?;
    let holds = args.held.read()?;
    if args.out.join(out::JOURNAL).exists() {
        return Err(stop(
            exit::USAGE,
            "--out has an exit that was begun, whose plan it is resumed by: name another folder",
        ));
    }
    let scope = match (args.firm, args.product) {
        (Some(firm), _) => Scope::Firm { firm },
        (None, Some(product)) => Scope::Product { product },
        (None, None) => return Err(stop(exit::USAGE, "--firm or --product")),
    };
    let db = args.database.open().await?;
    let basis = Basis {
        scope: &scope,
        planner: &args.planner,
        rules: &rules,
        holds: &holds,
        most: args.most,
        at: Clock::system().now_micros(),
    };
    let made = plan::make(&db, basis).await;
    db.close().await;
    let plan = made.map_err(|error| match error {
        PlanError::NoFirm | PlanError::TooMany => because(exit::USAGE, &error),
        error => because(exit::UNREACHABLE, &error),
    })?;
    let digest = plan.digest()?;
    let path = out::keep(&args.out, out::PLAN, &serde_json::to_vec_pretty(&plan)?)?;
    if args.json {
        let elsewhere: Vec<&str> = rules
            .elsewhere(plan.made_at)
            .map(|rule| rule.id.as_str())
            .collect();
        output::json(&json!({ "digest": digest, "path": path, "plan": plan, "elsewhere": elsewhere }))?;
    } else {
        shown(&plan, &rules, &digest, &path)?;
    }
    Ok(match () {
        () if plan.leaving.is_empty() => exit::NOT_TOUCHED,
        () if !plan.blocked.is_empty() => exit::REFUSED,
        () => exit::OK,
    })
}

fn shown(plan: &Plan, rules: &Rules, digest: &str, path: &Path) -> anyhow::Result<()> {
    if plan.rehearsal {
        output::line("REHEARSAL: these retention rules are verified by nobody / 演练：所用保留规则未经核实")?;
    }
    output::line(format!(
        "{} leave, {} stay / 退出 {} 户，保留 {} 户",
        plan.leaving.len(),
        plan.staying.len(),
        plan.leaving.len(),
        plan.staying.len()
    ))?;
    for (table, line) in &plan.tables {
        let rules: Vec<&str> = line.rules.iter().map(String::as_str).collect();
        output::line(format!(
            "  {table:<16} {:>8} archived / 封存  {:>8} deleted / 删除  ({})",
            line.archived,
            line.deleted,
            rules.join(", ")
        ))?;
    }
    for staying in plan.staying.iter().take(20) {
        output::line(format!(
            "  {} stays / 不能退出: {}",
            staying.firm,
            staying.reasons.join("; ")
        ))?;
    }
    if plan.staying.len() > 20 {
        output::line(format!("  … and {} more, in the plan", plan.staying.len() - 20))?;
    }
    for rule in &plan.blocked {
        output::line(format!(
            "blocked: nobody has verified the rule {rule} / 规则未经核实，不得清除"
        ))?;
    }
    for rule in rules.elsewhere(plan.made_at) {
        output::line(format!(
            "not in these databases, look after it where it is / 不在本库，另行处置: {} ({}, {} months / 个月)",
            rule.keeps, rule.id, rule.months
        ))?;
    }
    output::line(format!(
        "plan / 计划: {}\ndigest / 摘要: {digest}",
        path.display()
    ))?;
    Ok(())
}
