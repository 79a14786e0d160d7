//! The stable codes of problem details (RFC 9457), in one table, so that a
//! client may rely on them and a page may translate them.

/// What a use case answers when it does not do what was asked; the HTTP side makes a problem of it.
pub trait Refused {
    /// The code, what to mend, and the field that is wrong.
    fn into_parts(self) -> (Code, Option<String>, Option<&'static str>);
}

/// A problem's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// A field is missing, malformed or out of bounds.
    InvalidField,
    /// The body is not JSON, or not of the expected shape.
    InvalidBody,
    /// The body is larger than allowed.
    BodyTooLarge,
    /// The body did not arrive in time; nothing was done.
    BodyTimeout,
    /// The content type is not `application/json`.
    UnsupportedMediaType,
    /// No `Idempotency-Key`, or a malformed one.
    IdempotencyKeyMissing,
    /// The key was used with another body or route.
    IdempotencyKeyReused,
    /// No credentials, or unknown ones.
    Unauthenticated,
    /// The role does not allow it.
    Forbidden,
    /// There is no such thing, or not for this caller.
    NotFound,
    /// The data was erased, and its key destroyed.
    Erased,
    /// The method is not offered here.
    MethodNotAllowed,
    /// The state does not allow it.
    IllegalTransition,
    /// It exists already.
    AlreadyExists,
    /// Two different officers are needed.
    SameOfficer,
    /// The officers' terms are not the same.
    TermsDiffer,
    /// No live consent for a source and purpose.
    ConsentMissing,
    /// The branch is closed at this time.
    BranchClosed,
    /// The amount exceeds what is left.
    LimitExceeded,
    /// The offer no longer stands.
    OfferExpired,
    /// A second approval of something that one person may not do alone.
    AmountExceedsDebt,
    /// The request under a cookie was not shown to come from the console itself.
    CrossSite,
    /// Another person has to approve.
    SamePerson,
    /// The proposal is not in a state that allows it.
    NotApproved,
    /// Intake is closed.
    IntakeClosed,
    /// Intake's state cannot be verified, so it is closed.
    IntakeUnverified,
    /// Stress traffic has no lane here.
    ShadowLaneNotAvailable,
    /// This caller asks more often than it may.
    RateLimited,
    /// Too much at once; try again.
    Overloaded,
    /// The database does not answer.
    Unavailable,
    /// A close that this instance cannot carry out, as the database does not answer it.
    CloseElsewhere,
    /// The outcome is unknown: repeat with the same key.
    Ambiguous,
    /// The request took too long.
    Timeout,
    /// The ledger cannot be changed, only corrected by reversal.
    LedgerImmutable,
    /// The business date is not one that can be run now.
    BusinessDate,
    /// A bug of ours.
    Internal,
}

impl Code {
    /// Every code, for documents and tests.
    pub const ALL: &[Self] = &[
        Self::InvalidField,
        Self::InvalidBody,
        Self::BodyTooLarge,
        Self::BodyTimeout,
        Self::UnsupportedMediaType,
        Self::IdempotencyKeyMissing,
        Self::IdempotencyKeyReused,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::Erased,
        Self::MethodNotAllowed,
        Self::IllegalTransition,
        Self::AlreadyExists,
        Self::SameOfficer,
        Self::TermsDiffer,
        Self::ConsentMissing,
        Self::BranchClosed,
        Self::LimitExceeded,
        Self::OfferExpired,
        Self::AmountExceedsDebt,
        Self::CrossSite,
        Self::SamePerson,
        Self::NotApproved,
        Self::IntakeClosed,
        Self::IntakeUnverified,
        Self::ShadowLaneNotAvailable,
        Self::RateLimited,
        Self::Overloaded,
        Self::Unavailable,
        Self::CloseElsewhere,
        Self::Ambiguous,
        Self::Timeout,
        Self::LedgerImmutable,
        Self::BusinessDate,
        Self::Internal,
    ];

    /// HTTP status, code, English title, Chinese title.
    const fn row(self) -> (u16, &'static str, &'static str, &'static str) {
        match self {
            Self::InvalidField => (400, "invalid-field", "A field is invalid", "字段无效"),
            Self::InvalidBody => (400, "invalid-body", "The body cannot be read", "请求体无法解析"),
            Self::BodyTooLarge => (413, "body-too-large", "The body is too large", "请求体过大"),
            Self::BodyTimeout => (
                408,
                "body-timeout",
                "The body did not arrive in time; nothing was done",
                "请求体接收超时，未作处理",
            ),
            Self::UnsupportedMediaType => (
                415,
                "unsupported-media-type",
                "The body must be application/json",
                "请求体必须为 application/json",
            ),
            Self::IdempotencyKeyMissing => (
                400,
                "idempotency-key-missing",
                "An Idempotency-Key of 1-64 visible ASCII characters is needed",
                "缺少有效的幂等键",
            ),
            Self::IdempotencyKeyReused => (
                422,
                "idempotency-key-reused",
                "The Idempotency-Key was used for another request",
                "幂等键已用于其他请求",
            ),
            Self::Unauthenticated => (
                401,
                "unauthenticated",
                "Credentials are missing or unknown",
                "未认证",
            ),
            Self::Forbidden => (403, "forbidden", "The role does not allow this", "无权限"),
            Self::NotFound => (404, "not-found", "There is no such thing", "未找到"),
            Self::Erased => (410, "erased", "The data was erased", "数据已销毁"),
            Self::MethodNotAllowed => (
                405,
                "method-not-allowed",
                "The method is not offered here",
                "不支持的方法",
            ),
            Self::IllegalTransition => (
                409,
                "illegal-transition",
                "The present state does not allow this",
                "当前状态不允许此操作",
            ),
            Self::AlreadyExists => (409, "already-exists", "It exists already", "已存在"),
            Self::SameOfficer => (
                409,
                "same-officer",
                "Two different officers are needed",
                "须由两名不同人员审批",
            ),
            Self::TermsDiffer => (
                409,
                "terms-differ",
                "Another officer approved other terms",
                "审批人给出的额度或利率不一致",
            ),
            Self::ConsentMissing => (409, "consent-missing", "There is no live consent", "缺少有效授权"),
            Self::BranchClosed => (
                409,
                "branch-closed",
                "The branch is closed now",
                "网点不在营业时间",
            ),
            Self::LimitExceeded => (
                409,
                "limit-exceeded",
                "The amount exceeds what is left of the limit",
                "超出可用额度",
            ),
            Self::OfferExpired => (
                409,
                "offer-expired",
                "The offer no longer stands",
                "预审额度已过期",
            ),
            Self::AmountExceedsDebt => (
                409,
                "amount-exceeds-debt",
                "The amount exceeds what is owed",
                "还款金额超过应还金额",
            ),
            Self::CrossSite => (
                403,
                "cross-site",
                "A request under a cookie must come from its own page, with its token",
                "跨站请求被拒绝",
            ),
            Self::SamePerson => (409, "same-person", "Another person is needed", "须由另一人员办理"),
            Self::NotApproved => (
                409,
                "not-approved",
                "The proposal is not in a state that allows this",
                "提案当前状态不允许此操作",
            ),
            Self::IntakeClosed => (
                503,
                "intake-closed",
                "New business is closed for now",
                "暂停受理新业务",
            ),
            Self::IntakeUnverified => (
                503,
                "intake-unverified",
                "New business is closed until its state is verified",
                "业务状态待核实，暂停受理新业务",
            ),
            Self::ShadowLaneNotAvailable => (
                403,
                "shadow-lane-not-available",
                "Stress traffic is not accepted here",
                "此处不接受压测流量",
            ),
            Self::RateLimited => (
                429,
                "rate-limited",
                "This caller asks more often than it may",
                "请求过于频繁，请稍后再试",
            ),
            Self::Overloaded => (
                503,
                "overloaded",
                "Too many requests at once",
                "系统繁忙，请稍后再试",
            ),
            Self::Unavailable => (
                503,
                "unavailable",
                "The service cannot reach its database",
                "服务暂不可用",
            ),
            Self::CloseElsewhere => (
                503,
                "close-elsewhere",
                "This instance cannot close intake: ask another one, or use `backstop intake close --direct`",
                "本实例无法关闭受理：请改用其他实例，或用 backstop intake close --direct 直接关闭",
            ),
            Self::Ambiguous => (
                500,
                "ambiguous",
                "The outcome is unknown; repeat with the same Idempotency-Key",
                "结果未知，请用同一幂等键重试",
            ),
            Self::Timeout => (
                504,
                "timeout",
                "It took too long; repeat with the same Idempotency-Key",
                "处理超时，请用同一幂等键重试",
            ),
            Self::LedgerImmutable => (
                409,
                "ledger-immutable",
                "Entries are corrected by reversal only",
                "账务只能冲正，不可修改",
            ),
            Self::BusinessDate => (
                409,
                "business-date",
                "The business date cannot be run now",
                "业务日期无效",
            ),
            Self::Internal => (500, "internal", "An internal error", "内部错误"),
        }
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(self) -> u16 {
        self.row().0
    }

    /// The code as it appears in an answer.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.row().1
    }

    /// One line, English.
    #[must_use]
    pub const fn title(self) -> &'static str {
        self.row().2
    }

    /// One line, Chinese.
    #[must_use]
    pub const fn title_zh(self) -> &'static str {
        self.row().3
    }

    /// Seconds after which a retry may make sense (`Retry-After`).
    #[must_use]
    pub const fn retry_after(self) -> Option<u32> {
        match self {
            // A closed intake stays closed for minutes; a busy service is busy for a moment.
            Self::IntakeClosed | Self::IntakeUnverified => Some(60),
            Self::RateLimited | Self::Overloaded | Self::Unavailable | Self::CloseElsewhere => Some(1),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_well_formed() {
        let mut seen = std::collections::BTreeSet::new();
        for code in Code::ALL {
            assert!(seen.insert(code.as_str()), "{} twice", code.as_str());
            assert!(code.as_str().bytes().all(|b| b.is_ascii_lowercase() || b == b'-'));
            assert!((400..600).contains(&code.status()));
            assert_eq!(code.retry_after().is_some(), matches!(code.status(), 429 | 503));
        }
    }
}
