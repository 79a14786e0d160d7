//! Sealed fields: authenticated encryption of customer data under a key file.
