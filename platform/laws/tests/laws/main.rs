//! The laws' checkers against planted violations, on both databases.

#[cfg(test)]
mod books;
#[cfg(test)]
mod closed;
#[cfg(test)]
mod durability;
#[cfg(test)]
mod formats;
#[cfg(test)]
mod journal;
#[cfg(test)]
mod kept;
#[cfg(test)]
mod leaks;
#[cfg(test)]
mod log;
#[cfg(test)]
mod log_tampering;
#[cfg(test)]
mod place;
#[cfg(test)]
mod purged;
#[cfg(test)]
mod scoped;
#[cfg(test)]
mod silence;
#[cfg(test)]
mod sweep;
#[cfg(test)]
mod world;
