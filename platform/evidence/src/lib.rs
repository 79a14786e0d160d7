//! The evidence leaf that operators' acts leave in their own transaction.
