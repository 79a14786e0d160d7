//! What the outside sources know of a simulated firm, consistent with its
//! ratios and its label. No public set holds Chinese tax, invoice, judicial
//! or credit-bureau records, so their rates are chosen here, in plain view:
//! each list gives the rate for a sound, a strained and a failing firm.

use jiff::civil::{Date, date};

use crate::chance::Chance;
use crate::copula::Drawn;
use crate::firm::{CreditBureau, Invoices, Judicial, Registration, Tax, TaxReceipts};
use crate::fitted::Fitted;
use crate::ratios::Ratio;

/// Firms are simulated as of this day, so that they don't change with the clock.
const AS_OF: Date = date(2026, 1, 1);
/// Above this rank of distress a firm that isn't bankrupt is strained.
const STRAINED: f64 = 0.88;

/// How a firm stands; it chooses the rate from each list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Sound = 0,
    Strained = 1,
    Failing = 2,
}

/// One firm while its histories are made.
pub(crate) struct Simulation<'a> {
    chance: &'a mut Chance,
    standing: Standing,
    /// Yearly sales and balance-sheet figures, in fen.
    sales: f64,
    assets: f64,
    liabilities: f64,
    profit: f64,
    growth: f64,
}

impl<'a> Simulation<'a> {
    /// Reads the ratios as the balance sheet of a small enterprise: thousands of the
    /// set's currency become thousands of yuan, and outliers are brought back
    /// to between 100,000 and 300 million yuan of assets.
    pub(crate) fn new(drawn: &Drawn, chance: &'a mut Chance) -> Self {
        let ratio = |which: Ratio, low: f64, high: f64| {
            let typical = Fitted::shipped().marginal(which.index()).at(0.5);
            drawn.ratios.get(which).unwrap_or(typical).clamp(low, high)
        };
        // Thousands of yuan to fen: 10^3 x 10^2.
        let assets = 10f64.powf(ratio(Ratio::LOG_ASSETS, 2.0, 5.48) + 5.0);
        let sales = assets * ratio(Ratio::SALES_TO_ASSETS, 0.2, 8.0);
        let growth = match drawn.ratios.get(Ratio::SALES_GROWTH) {
            Some(known) => known,
            // Unknown to the balance sheet, but invoices know it.
            None => Fitted::shipped()
                .marginal(Ratio::SALES_GROWTH.index())
                .at(chance.uniform()),
        };
        Self {
            standing: match (drawn.bankrupt, drawn.distress > STRAINED) {
                (true, _) => Standing::Failing,
                (false, true) => Standing::Strained,
                (false, false) => Standing::Sound,
            },
            sales,
            assets,
            liabilities: assets * ratio(Ratio::LIABILITIES_TO_ASSETS, 0.0, 2.0),
            profit: (assets * ratio(Ratio::NET_PROFIT_TO_ASSETS, -1.0, 1.0)).min(0.3 * sales),
            growth: growth.clamp(0.45, 2.5),
            chance,
        }
    }

    fn pick<T: Copy>(&self, rates: [T; 3]) -> T {
        rates[self.standing as usize]
    }

    fn hits(&mut self, rates: [f64; 3]) -> bool {
        let rate = self.pick(rates);
        self.chance.hits(rate)
    }

    fn count(&mut self, means: [f64; 3]) -> i64 {
        let mean = self.pick(means);
        self.chance.count(mean)
    }

    fn between(&mut self, ranges: [(f64, f64); 3]) -> f64 {
        let (low, high) = self.pick(ranges);
        self.chance.between(low, high)
    }

    pub(crate) fn registration(&mut self) -> Registration {
        // Few are younger than two years; most are between two and twenty.
        let years = if self.chance.hits(0.03) {
            self.chance.between(0.3, 2.0)
        } else {
            2.0 + 20.0 * self.chance.uniform().powi(2)
        };
        let days = whole(years * 365.25);
        let capital = self.assets * self.chance.between(0.05, 0.4);
        Registration {
            active: !self.hits([0.001, 0.005, 0.08]),
            founded: AS_OF.saturating_sub(jiff::Span::new().days(days)),
            // Capital is registered in whole ten thousands of yuan.
            registered_capital: (whole(capital) / 1_000_000).max(1) * 1_000_000,
        }
    }

    pub(crate) fn judicial(&mut self) -> Judicial {
        let enforced = self.hits([0.002, 0.08, 0.45]);
        let amount = self.sales * self.chance.between(0.01, 0.1);
        Judicial {
            open_cases: self.count([0.04, 0.7, 2.5]) + i64::from(enforced),
            enforced_amount: if enforced { whole(amount) } else { 0 },
            dishonest: enforced && self.hits([0.1, 0.2, 0.5]),
        }
    }

    pub(crate) fn credit_bureau(&mut self) -> CreditBureau {
        let borrows = self.hits([0.85, 0.95, 1.0]);
        let loans = self.liabilities * self.chance.between(0.1, 0.45);
        // A lender would not have lent more than half a year's sales to a sound firm.
        let loans = loans.min(self.sales * self.pick([0.5, 0.8, 1.5]));
        let overdue = if borrows { self.count([0.12, 1.6, 4.0]) } else { 0 };
        let days = self.between([(1.0, 20.0), (3.0, 70.0), (20.0, 200.0)]);
        CreditBureau {
            loans_outstanding: if borrows { whole(loans) } else { 0 },
            overdue_24m: overdue,
            max_days_overdue: if overdue > 0 { whole(days) } else { 0 },
            inquiries_6m: self.count([1.2, 3.0, 5.0]),
        }
    }

    pub(crate) fn tax(&mut self) -> Tax {
        // Value-added tax net of input, then a small enterprise's 5 % on profit.
        let paid = self.sales * self.chance.between(0.01, 0.035) + 0.05 * self.profit.max(0.0);
        let owing = self.hits([0.006, 0.18, 0.5]);
        let arrears = paid * self.chance.between(0.05, 0.6);
        let (a, b, c) = self.pick([(0.28, 0.945, 0.994), (0.05, 0.6, 0.9), (0.0, 0.25, 0.65)]);
        let rank = self.chance.uniform();
        Tax {
            taxable_sales_12m: whole(self.sales * self.chance.between(0.9, 1.0)),
            tax_paid_12m: whole(paid),
            arrears: if owing { whole(arrears) } else { 0 },
            rating: match rank {
                rank if rank < a => 'A',
                rank if rank < b => 'B',
                rank if rank < c => 'C',
                _ => 'D',
            },
        }
    }

    /// The receipts add up to nearly the tax paid: some are still on their way.
    pub(crate) fn tax_receipts(&mut self, tax: &Tax) -> TaxReceipts {
        let receipts = 1_000 - whole(30.0 * self.chance.uniform());
        let late = self.count([0.15, 1.2, 3.0]);
        let months = (12 - self.count([0.04, 0.6, 2.0])).max(0);
        TaxReceipts {
            months_filed_12: months,
            receipts_12m: tax.tax_paid_12m / 1_000 * receipts,
            late_filings: late.min(months),
        }
    }

    pub(crate) fn invoices(&mut self) -> Invoices {
        let issued = self.sales * self.chance.between(0.92, 1.02);
        let growth = self.growth * self.pick([1.0, 0.92, 0.7]);
        let buyers = (3.0 + 0.8 * self.chance.normal())
            .exp()
            .clamp(1.0, 2_000.0)
            .floor();
        let u = self.chance.uniform();
        let share = self.pick([0.05 + 0.55 * u * u, 0.1 + 0.7 * u, 0.15 + 0.8 * u]);
        let red = self.between([(0.0, 0.025), (0.02, 0.09), (0.04, 0.25)]);
        Invoices {
            issued_12m: whole(issued),
            issued_prev_12m: whole(issued / growth),
            buyers: whole(buyers),
            // The largest of so many buyers has at least an equal share.
            top_buyer_share_ppm: whole(1e6 * share.max(1.0 / buyers)),
            red_letter_share_ppm: whole(1e6 * red),
        }
    }
}

/// Cuts to a whole number; everything here is far below 2^53.
#[expect(
    clippy::cast_possible_truncation,
    reason = "simulated amounts are far below 2^53"
)]
fn whole(value: f64) -> i64 {
    value as i64
}
