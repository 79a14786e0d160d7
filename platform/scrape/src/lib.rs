//! What is watched: targets, expositions, host metrics, probes, and the bounded store of their samples.
