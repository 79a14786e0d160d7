//! When the hypothesis is tested, and when rollbacks are played.

use clap::ValueEnum;

/// When the steady-state hypothesis is tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Hypothesis {
    /// Before and after the method.
    Default,
    /// Before it only.
    BeforeMethodOnly,
    /// After it only.
    AfterMethodOnly,
    /// Again and again while it runs.
    DuringMethodOnly,
    /// Before, during and after.
    Continuously,
    /// Never.
    Skip,
}

impl Hypothesis {
    pub(super) fn before(self) -> bool {
        matches!(self, Self::Default | Self::BeforeMethodOnly | Self::Continuously)
    }

    pub(super) fn during(self) -> bool {
        matches!(self, Self::DuringMethodOnly | Self::Continuously)
    }

    pub(super) fn after(self) -> bool {
        matches!(self, Self::Default | Self::AfterMethodOnly | Self::Continuously)
    }
}

/// When the experiment's rollbacks are played. Leased faults end in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Rollbacks {
    /// Unless a probe failed to run before the method; also after a signal.
    Default,
    /// In any case.
    Always,
    /// Never.
    Never,
    /// If the hypothesis did not hold after or during the method.
    Deviated,
}

impl Rollbacks {
    pub(super) fn play(self, failed: bool, deviated: bool) -> bool {
        match self {
            Self::Default => !failed,
            Self::Always => true,
            Self::Never => false,
            Self::Deviated => deviated,
        }
    }
}
