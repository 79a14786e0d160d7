//! How fast very many values are looked for, beside an automaton over the same: `cargo run --release -p laws --example
//! search_speed`. The values are ids in hexadecimal and ciphertexts, what is looked through is half text, half bytes.

#![expect(clippy::unwrap_used, reason = "a measurement fails by panicking")]
#![expect(clippy::print_stdout, reason = "it is what a measurement says")]

use std::hint::black_box;
use std::io::Write as _;
use std::time::Instant;

use aho_corasick::AhoCorasick;
use laws::leaks::Builder;

/// Bytes that are looked through.
const LENGTH: usize = 64 << 20;
/// Of so many patterns; an automaton of the last takes gigabytes, and is left out.
const PATTERNS: [usize; 4] = [1_000, 100_000, 1_000_000, 4_000_000];
const LARGEST_AUTOMATON: usize = 1_000_000;

/// Marsaglia's xorshift: the same bytes each time.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

fn pattern(random: &mut Random, at: usize) -> Vec<u8> {
    let words = [random.next(), random.next(), random.next()];
    if at.is_multiple_of(2) {
        format!("{:016x}{:016x}", words[0], words[1]).into_bytes()
    } else {
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }
}

fn main() {
    let mut random = Random(88_172_645_463_325_252);
    let mut bytes = Vec::with_capacity(LENGTH);
    while bytes.len() < LENGTH / 2 {
        writeln!(bytes, "{{\"id\":\"{:016x}\"}}", random.next()).unwrap();
    }
    while bytes.len() < LENGTH {
        bytes.extend(random.next().to_le_bytes());
    }
    let megabytes = bytes.len() as f64 / 1e6;
    println!("patterns    ours: build s, MB/s    automaton: build s, MB/s");
    for count in PATTERNS {
        let patterns: Vec<Vec<u8>> = (0..count).map(|at| pattern(&mut random, at)).collect();
        let begun = Instant::now();
        let mut builder = Builder::default();
        for pattern in &patterns {
            assert!(builder.add(pattern));
        }
        let matcher = builder.build();
        let built = begun.elapsed().as_secs_f64();
        let begun = Instant::now();
        let mut found = 0_u64;
        matcher.find(&bytes, |_| found += 1);
        let ours = megabytes / begun.elapsed().as_secs_f64();
        let mut theirs = "-".to_owned();
        if count <= LARGEST_AUTOMATON {
            let begun = Instant::now();
            let automaton = AhoCorasick::new(&patterns).unwrap();
            let built = begun.elapsed().as_secs_f64();
            let begun = Instant::now();
            assert_eq!(automaton.find_overlapping_iter(&bytes).count() as u64, found);
            theirs = format!("{built:.2}, {:.0}", megabytes / begun.elapsed().as_secs_f64());
        }
        println!("{count:>9}    {built:.2}, {ours:.0}    {theirs}");
        black_box(found);
    }
}
