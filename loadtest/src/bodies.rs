//! What a customer of a simulated or replayed firm asks for.

use client::applications::{Apply, Report, Verdict};
use client::firms::{GiveConsent, RegisterFirm};
use domain::product::{Channel, Method, Product, Purpose, Source};
use laws::closed::Scope;
use population::firm::SimFirm;
use rand::Rng;

/// Ten thousand yuan in fen: amounts are asked for in whole ones.
const TEN_THOUSAND_YUAN: i64 = 1_000_000;
/// Smallest and largest amount asked for, 50,000 and one million yuan: what a
/// small enterprise borrows without collateral.
const AMOUNTS: (i64, i64) = (5 * TEN_THOUSAND_YUAN, 100 * TEN_THOUSAND_YUAN);
/// The least that any product lends, 5,000 yuan.
const SMALLEST_LIMIT: i64 = TEN_THOUSAND_YUAN / 2;
/// Terms in months.
const TERMS: [u32; 4] = [6, 12, 24, 36];
/// Uses that a bank agrees to.
const USES: [&str; 5] = ["采购原材料", "支付货款", "更新设备", "发放工资", "扩大经营场所"];
/// The channels that are open around the clock; a branch keeps hours, and load doesn't.
const CHANNELS: [Channel; 3] = [Channel::Pc, Channel::App, Channel::MiniProgram];
/// How long a consent lasts, in days.
const CONSENT_DAYS: u32 = 365;

/// The registration of a firm.
#[must_use]
pub fn register(firm: &SimFirm) -> RegisterFirm {
    RegisterFirm {
        credit_code: firm.credit_code.clone(),
        name: firm.name.clone(),
        region: firm.region.clone(),
        industry: firm.industry.clone(),
        contact: firm.contact.clone(),
        contact_id: firm.contact_id.clone(),
        phone: firm.phone.clone(),
        account: firm.account.clone(),
    }
}

/// One consent.
#[must_use]
pub fn consent(source: Source, purpose: Purpose) -> GiveConsent {
    GiveConsent {
        source: source.as_str().to_owned(),
        purpose: purpose.as_str().to_owned(),
        days: CONSENT_DAYS,
    }
}

/// The consents that a pre-approval needs: one per source, at most `most`.
#[must_use]
pub fn consents(most: usize) -> Vec<GiveConsent> {
    let sources = Source::ALL.iter().take(most);
    sources
        .map(|source| consent(*source, Purpose::PreApproval))
        .collect()
}

/// An application over a random channel for an amount that fits the firm's sales.
#[must_use]
pub fn apply(firm: &SimFirm, firm_id: &str, consents: Vec<GiveConsent>, rng: &mut impl Rng) -> Apply {
    let product = one_of(Product::ALL, rng);
    let wanted = firm.invoices.issued_12m / 100 * rng.random_range(3..=12);
    let amount = wanted.clamp(AMOUNTS.0, AMOUNTS.1) / TEN_THOUSAND_YUAN * TEN_THOUSAND_YUAN;
    Apply {
        firm_id: firm_id.to_owned(),
        product: product.as_str().to_owned(),
        channel: one_of(&CHANNELS, rng).as_str().to_owned(),
        region: firm.region.clone(),
        amount,
        term_months: one_of(&TERMS, rng),
        method: one_of(Method::ALL, rng).as_str().to_owned(),
        use_of_funds: one_of(&USES, rng).to_owned(),
        applicant: firm.contact.clone(),
        applicant_id: firm.contact_id.clone(),
        phone: firm.phone.clone(),
        address: format!("测试路{}号", rng.random_range(1..=999)),
        turnover: firm.invoices.issued_12m,
        tax_number: firm.credit_code.clone(),
        guarantor: (product == Product::Guaranteed).then(|| "测试担保有限公司".to_owned()),
        consents,
    }
}

/// What an application is about, as scopes have it.
#[must_use]
pub fn place(body: &Apply) -> Scope {
    Scope {
        act: None,
        product: body.product.parse().ok(),
        channel: body.channel.parse().ok(),
        region: Some(body.region.clone()),
    }
}

/// An officer's report that finds nothing against the firm.
#[must_use]
pub fn report() -> Report {
    Report {
        finding: "satisfactory".to_owned(),
        text: "现场走访：经营正常，账册与申报一致。".to_owned(),
    }
}

/// An officer's yes to an offer's terms.
#[must_use]
pub fn yes() -> Verdict {
    Verdict {
        verdict: "approve".to_owned(),
        limit: None,
        rate_ppm: None,
    }
}

/// An officer's yes with terms of its own, where the rules made no offer: half
/// of what was asked for, at 5–12 % a year.
#[must_use]
pub fn yes_to(asked: i64, rng: &mut impl Rng) -> Verdict {
    Verdict {
        limit: Some((asked / 2).max(SMALLEST_LIMIT).min(asked)),
        rate_ppm: Some(rng.random_range(50..=120) * 1_000),
        ..yes()
    }
}

fn one_of<T: Copy>(list: &[T], rng: &mut impl Rng) -> T {
    list[rng.random_range(0..list.len())]
}
