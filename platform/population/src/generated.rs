//! The generator: firm `n` of a seed.

use crate::chance::Chance;
use crate::copula::Copula;
use crate::firm::SimFirm;
use crate::fitted::{Fitted, FittedError};
use crate::identity::{self, Identity, NUMBERS};
use crate::simulate::Simulation;

/// An endless population. Firms depend on the seed and their number alone.
#[derive(Debug, Clone)]
pub struct Population {
    seed: u64,
    copula: Copula,
}

impl Population {
    /// The population of a seed, with the parameters that ship.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "the shipped parameters are compiled in and tested"
    )]
    pub fn new(seed: u64) -> Self {
        Self::fitted(seed, Fitted::shipped()).expect("the shipped correlations are positive definite")
    }

    /// The population of a seed, with other parameters.
    ///
    /// # Errors
    /// When their correlations are not positive definite.
    pub fn fitted(seed: u64, fitted: &'static Fitted) -> Result<Self, FittedError> {
        Ok(Self {
            seed,
            copula: Copula::new(fitted)?,
        })
    }

    /// The seed.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Firm `n`. Credit codes hold 31^7 numbers (27.5 thousand million); `n`
    /// beyond that begins again at 0.
    #[must_use]
    pub fn firm(&self, n: u64) -> SimFirm {
        let n = n % NUMBERS;
        let mut chance = Chance::of(self.seed, n);
        let identity = Identity::of(self.seed, n, &mut chance);
        let drawn = self.copula.draw(|| chance.uniform());
        let mut simulation = Simulation::new(&drawn, &mut chance);
        let tax = simulation.tax();
        SimFirm {
            simulated: true,
            credit_code: identity.credit_code,
            name: identity.name,
            region: identity.region.to_owned(),
            industry: identity.industry.to_owned(),
            contact: identity.contact,
            contact_id: identity.contact_id,
            phone: identity.phone,
            account: identity.account,
            registration: simulation.registration(),
            judicial: simulation.judicial(),
            credit_bureau: simulation.credit_bureau(),
            tax_receipts: simulation.tax_receipts(&tax),
            tax,
            invoices: simulation.invoices(),
            bankrupt: drawn.bankrupt,
            ratios: drawn.ratios,
        }
    }

    /// The firm with a credit code, if it is one of this population: the code
    /// itself carries the number.
    #[must_use]
    pub fn by_credit_code(&self, credit_code: &str) -> Option<SimFirm> {
        let firm = self.firm(identity::number_of(self.seed, credit_code)?);
        (firm.credit_code == credit_code).then_some(firm)
    }
}
