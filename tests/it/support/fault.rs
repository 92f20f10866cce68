//! Ways to be wrong.

use crate::stages::{self, StageFault};

/// Names the faults once, for the type and for the list of all.
macro_rules! faults {
    ($($fault:ident),+ $(,)?) => {
        /// One way to be wrong.
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub(crate) enum Fault {
            $($fault,)+
            /// In the rule of a stage.
            Stage(StageFault),
        }

        /// Those that belong to no stage.
        const OTHERS: &[Fault] = &[$(Fault::$fault),+];
    };
}

faults!(
    NoMaxSubtraction,
    DroppedTail,
    MaskedDrawable,
    LowestNumberKept,
    OrderIgnored,
    StageOnlyOnce,
    GreedyLastTie,
    GreedyDraws,
    ValueOrderDraw,
    TruncatedMasses,
    SwappedCoinHalves,
    Coin24Bits,
    CoinInverted,
    RaceByProduct,
    RaceLastTie,
    UniformNoiseTakenAsIs,
    BatchSharesCoin,
    BatchSharesPlan,
    NanAccepted,
    InfinityAccepted,
    NothingLeftAccepted,
    FirstStageBlamed,
    PartialOutput,
    LengthUnchecked,
    StaleKept,
    TraceKeepsMore,
    TraceForgetsEvidence,
    TraceEntropyInNats,
    OverflowAccepted,
    NoRandomnessAccepted,
);

/// Every fault.
pub(crate) fn faults() -> Vec<Fault> {
    OTHERS.iter().copied().chain(stages::faults().into_iter().map(Fault::Stage)).collect()
}
