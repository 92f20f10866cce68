//! Ways to be wrong.

/// Names the faults once, for the type and for the list of all.
macro_rules! faults {
    ($($fault:ident),+ $(,)?) => {
        /// One way to be wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Fault {
            $($fault),+
        }

        /// Every fault.
        pub(crate) const FAULTS: &[Fault] = &[$(Fault::$fault),+];
    };
}

faults!(
    NoMaxSubtraction,
    DroppedTail,
    MaskedDrawable,
    LowestNumberKept,
    BiasLastPairLost,
    RepetitionSign,
    RepetitionPerOccurrence,
    FrequencyCountsPrompt,
    PresencePerOccurrence,
    ScopeIgnored,
    ExemptPenalised,
    HistoryFlagsSwapped,
    SuppressedAlways,
    SuppressedNeverAtFirst,
    WordOfAllTheText,
    WordHalfBegun,
    BiasOfTheLongest,
    DryIgnoresWindow,
    DryIgnoresBreakers,
    DryLastMatch,
    DryLongerAllowed,
    DryPenalisesBreakers,
    DryDoesNotGrow,
    NgramOfTheOutput,
    NgramOneLonger,
    NgramFirstOnly,
    NgramLastLost,
    TemperatureMultiplied,
    TemperatureReciprocal,
    TopKOffByOne,
    TopKAtMostOne,
    TopKTiesDropped,
    SigmaOfASample,
    TopPAtLeast,
    TopPWholeTies,
    TopPTiesById,
    TopPNotRenormalised,
    TopPFirstNotKept,
    TopPComplement,
    MinPStrict,
    MinPAbsolute,
    MinPComplement,
    TypicalIsLikely,
    TypicalTiesDropped,
    TypicalKeepsTheBest,
    EpsilonOfTheBest,
    EpsilonFirstTieOnly,
    EtaOfBits,
    EtaWithoutRoot,
    EtaOfOpenRowsOnly,
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
    PartialOutput,
    LengthUnchecked,
    StaleKept,
    TraceKeepsMore,
    TraceForgetsEvidence,
    TraceEntropyInNats,
    OverflowAccepted,
    NoRandomnessAccepted,
);
