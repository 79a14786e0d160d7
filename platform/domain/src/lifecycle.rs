//! Lifecycles as state machines: a table of the transitions that exist.

use thiserror::Error;

/// The event does not exist in this state; over HTTP it is a 409.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{machine} that is {state} cannot {event}")]
pub struct Illegal {
    /// Which lifecycle, for example `application`.
    pub machine: &'static str,
    /// Name of the state.
    pub state: &'static str,
    /// Name of the event.
    pub event: &'static str,
}

/// Defines states, events and `on`, which knows the listed transitions and no other.
macro_rules! lifecycle {
    (
        $machine:literal
        $(#[$smeta:meta])* states $state:ident { $($(#[$svmeta:meta])* $svariant:ident = $stext:literal),+ $(,)? }
        $(#[$emeta:meta])* events $event:ident { $($(#[$evmeta:meta])* $evariant:ident = $etext:literal),+ $(,)? }
        transitions { $($from:ident + $on:ident => $to:ident),+ $(,)? }
    ) => {
        $crate::named::named! { $(#[$smeta])* $state, $machine { $($(#[$svmeta])* $svariant = $stext),+ } }
        $crate::named::named! { $(#[$emeta])* $event, $machine { $($(#[$evmeta])* $evariant = $etext),+ } }

        impl $state {
            /// The state after the event.
            ///
            /// # Errors
            /// The event does not exist in this state.
            pub const fn on(self, event: $event) -> Result<Self, $crate::lifecycle::Illegal> {
                match (self, event) {
                    $((Self::$from, $event::$on) => Ok(Self::$to),)+
                    _ => Err($crate::lifecycle::Illegal {
                        machine: $machine,
                        state: self.as_str(),
                        event: event.as_str(),
                    }),
                }
            }

            /// Whether no event leads out of this state.
            #[must_use]
            pub fn is_final(self) -> bool {
                $event::ALL.iter().all(|event| self.on(*event).is_err())
            }
        }
    };
}
pub(crate) use lifecycle;
