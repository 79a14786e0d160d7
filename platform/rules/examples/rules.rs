//! Checks rule files, runs unit tests, makes rules of objectives:
//! `cargo run -p rules --example rules -- check|strict|test|slo FILE…`

#![expect(clippy::print_stdout, reason = "its answers are for whoever runs it")]

use std::error::Error;
use std::process::ExitCode;

use rules::{conventions, load_paths, slo, unit};

fn main() -> ExitCode {
    let (text, code) = match run() {
        Ok(text) => (text, ExitCode::SUCCESS),
        Err(error) => (error.to_string(), ExitCode::FAILURE),
    };
    println!("{text}");
    code
}

fn run() -> Result<String, Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let verb = arguments.next().unwrap_or_default();
    let files: Vec<String> = arguments.collect();
    match verb.as_str() {
        "check" | "strict" => {
            let groups = load_paths(&files)?;
            if verb == "strict" {
                conventions::check(&groups)?;
            }
            let rules: usize = groups.iter().map(|group| group.rules.len()).sum();
            Ok(format!("{} groups, {rules} rules", groups.len()))
        }
        "test" => {
            let report = unit::run(&files);
            if report.passed() {
                Ok(report.to_string())
            } else {
                Err(report.to_string().into())
            }
        }
        "slo" => {
            let generated = files.iter().map(|file| -> Result<String, Box<dyn Error>> {
                let generated = slo::generate(file, &std::fs::read_to_string(file)?)?;
                Ok(format!("{}\n{}", generated.rules, generated.tests))
            });
            Ok(generated.collect::<Result<Vec<_>, _>>()?.join("\n"))
        }
        _ => Err("say check, strict, test or slo, and files".into()),
    }
}
