//! Reason codes: why a decision is as it is, stable for as long as decisions are kept.

use domain::product::Source;
use serde::{Deserialize, Serialize};

macro_rules! reasons {
    ($($(#[$meta:meta])* $name:ident = $code:literal, $zh:literal;)+) => {
        /// Why a decision is as it is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Reason {
            $($(#[$meta])* #[serde(rename = $code)] $name,)+
        }

        impl Reason {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The stable code.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// The explanation for the customer.
            #[must_use]
            pub const fn explain_zh(self) -> &'static str {
                match self { $(Self::$name => $zh,)+ }
            }
        }
    };
}

reasons! {
    /// The register says that the enterprise is no longer in business.
    RegistrationInactive = "registration-inactive", "企业登记状态非存续";
    /// Founded too recently.
    FirmTooYoung = "firm-too-young", "企业成立时间不足";
    /// On the list of dishonest judgment debtors.
    JudicialDishonest = "judicial-dishonest", "被列入失信被执行人名单";
    /// A judgment against it is being enforced.
    JudicialEnforced = "judicial-enforced", "存在被执行案件";
    /// Court cases that are not closed.
    JudicialCases = "judicial-cases", "存在未结诉讼案件";
    /// Overdue too long with some lender.
    CreditSevereOverdue = "credit-severe-overdue", "存在严重逾期记录";
    /// Overdue too often.
    CreditFrequentOverdue = "credit-frequent-overdue", "近两年逾期次数较多";
    /// Lenders asked about it very often of late.
    CreditManyInquiries = "credit-many-inquiries", "近期征信查询次数较多";
    /// Owes much for its turnover.
    DebtTooHigh = "debt-too-high", "负债相对经营规模过高";
    /// Tax rating D.
    TaxRatingD = "tax-rating-d", "纳税信用级别为D级";
    /// Owes tax.
    TaxArrears = "tax-arrears", "存在欠税";
    /// Filed tax in too few months.
    TaxFilingGaps = "tax-filing-gaps", "纳税申报不连续";
    /// Declared sales and invoices do not fit each other.
    TaxInvoiceMismatch = "tax-invoice-mismatch", "申报销售额与开票金额不符";
    /// Receipts and tax paid do not fit each other.
    TaxReceiptMismatch = "tax-receipt-mismatch", "税票金额与纳税金额不符";
    /// Turnover collapsed.
    InvoicesFalling = "invoices-falling", "开票金额大幅下降";
    /// One buyer is nearly all of it.
    BuyerConcentration = "buyer-concentration", "客户集中度过高";
    /// Many invoices are cancelled again.
    RedLetterHigh = "red-letter-high", "红字发票占比过高";
    /// Below what the product lends.
    AmountBelowMinimum = "amount-below-minimum", "申请金额低于产品下限";
    /// A term that the product does not have.
    TermOutOfRange = "term-out-of-range", "申请期限不符合产品规定";
    /// Too few points.
    ScoreTooLow = "score-too-low", "综合评分不足";
    /// Points between yes and no.
    ScoreMarginal = "score-marginal", "综合评分处于人工复核区间";
    /// Best band of the score.
    BandA = "band-a", "综合评分优秀";
    /// Second band of the score.
    BandB = "band-b", "综合评分良好";
    /// Third band of the score.
    BandC = "band-c", "综合评分一般";
    /// The limit is what was asked.
    LimitAsked = "limit-asked", "额度按申请金额核定";
    /// The limit is the product's.
    LimitProduct = "limit-product", "额度按产品上限核定";
    /// The limit is the share of the turnover that can be shown.
    LimitTurnover = "limit-turnover", "额度按可核验营业收入核定";
    /// What could be lent is less than the product lends.
    LimitBelowMinimum = "limit-below-minimum", "可核定额度低于产品下限";
    /// Business registration did not say what is needed.
    MissingRegistration = "data-missing-registration", "工商信息缺失";
    /// Courts did not say what is needed.
    MissingJudicial = "data-missing-judicial", "司法信息缺失";
    /// The credit bureau did not say what is needed.
    MissingCreditBureau = "data-missing-credit-bureau", "征信信息缺失";
    /// The tax office did not say what is needed.
    MissingTax = "data-missing-tax", "税务信息缺失";
    /// Tax receipts did not say what is needed.
    MissingTaxReceipts = "data-missing-tax-receipts", "税票信息缺失";
    /// Invoices did not say what is needed.
    MissingInvoices = "data-missing-invoices", "发票信息缺失";
    /// A source said something impossible.
    DataInvalid = "data-invalid", "外部数据异常";
    /// A rule could not be judged.
    RuleUndetermined = "rule-undetermined", "部分规则无法判定";
}

impl Reason {
    /// That a source did not say what is needed.
    #[must_use]
    pub const fn missing(source: Source) -> Self {
        match source {
            Source::Registration => Self::MissingRegistration,
            Source::Judicial => Self::MissingJudicial,
            Source::CreditBureau => Self::MissingCreditBureau,
            Source::Tax => Self::MissingTax,
            Source::TaxReceipts => Self::MissingTaxReceipts,
            Source::Invoices => Self::MissingInvoices,
        }
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
