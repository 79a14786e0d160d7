//! What sealing costs: `cargo run --release -p vault --example seal_speed`.
//!
//! Twelve fields are what one application seals. Prints the median and the 99th
//! percentile of many rounds, so that a busy machine shows as a wide gap.

use std::hint::black_box;
use std::io::Write;
use std::time::{Duration, Instant};

use vault::{Aad, Vault};

const FIELDS: [&str; 12] = [
    "购买原材料和设备，扩大生产",
    "示例负责人",
    "110101199003070000",
    "13800000000",
    "示例省示例市示例区示例路 100 号 1 幢 1001 室",
    "12500000000",
    "91110000MA0000000X",
    "示例担保人",
    "6222000000000000000",
    "示例小微企业有限公司",
    "show@example.invalid",
    "110000",
];
const ROUNDS: usize = 20_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let vault = Vault::ephemeral()?;
    let fields = FIELDS.map(str::to_owned);
    let aad = |column| Aad {
        table: "applications",
        column,
        subject: "app_01900000000070008000000000000000",
    };
    let sealed = fields
        .each_ref()
        .map(|field| vault.seal(field, aad("phone_sealed")));

    let mut out = std::io::stdout().lock();
    let seal = measure(|| {
        for field in &fields {
            black_box(vault.seal(black_box(field), aad("phone_sealed")));
        }
    });
    writeln!(
        out,
        "seal 12 fields:    median {:>8.2?}  p99 {:>8.2?}",
        seal.0, seal.1
    )?;
    let open = measure(|| {
        for field in &sealed {
            let _opened = black_box(vault.open(black_box(field), aad("phone_sealed")));
        }
    });
    writeln!(
        out,
        "open 12 fields:    median {:>8.2?}  p99 {:>8.2?}",
        open.0, open.1
    )?;
    let index = measure(|| {
        black_box(vault.blind_index("credit_code", black_box(&fields[6])));
    });
    writeln!(
        out,
        "one blind index:   median {:>8.2?}  p99 {:>8.2?}",
        index.0, index.1
    )?;
    Ok(())
}

fn measure(mut work: impl FnMut()) -> (Duration, Duration) {
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let began = Instant::now();
            work();
            began.elapsed()
        })
        .collect();
    times.sort_unstable();
    let at = |share: usize| times.get(ROUNDS * share / 100).copied().unwrap_or_default();
    (at(50), at(99))
}
