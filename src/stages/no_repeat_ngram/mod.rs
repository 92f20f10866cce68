//! no_repeat_ngram: bans every token that would complete a sequence of n tokens that is already in the text. (V) → (V), the rest is masked.
//!
//! The text t_1 … t_T is prompt and output: where t_i … t_(i+n−2) are its last n − 1 tokens, x[t_(i+n−1)] = −∞. With n = 1 no token comes
//! twice. Off at null and 0. A text shorter than n bans nothing; where everything is banned, that is `NothingLeft`, as of a bias.
//! Cost: O(T). Source: transformers' `no_repeat_ngram_size`. Test: tests/it/stages/no_repeat_ngram.rs.

use super::{
    Amount, Cut, Edit, FindsEdits, Given, Group, Kind, Passed, Reason, Setting, Shows, Slider, Spec, StageRules,
    System, tokens,
};
use crate::{
    core::error::Result,
    lanes::Lanes,
    rows::{EditBuffer, RowState, StepEdit},
};

/// n; 0 is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NoRepeatNgram(pub usize);

impl StageRules for NoRepeatNgram {
    const SPEC: Spec = Spec {
        name: "no_repeat_ngram",
        label: "No repeats",
        about: "Bans every token that would repeat a sequence of n tokens.",
        group: Group::Repetition,
        filter: true,
        reason: "would repeat {repeated}",
        brief: "repeats",
        shows: Shows::Logit,
        settings: &[Setting {
            name: "no_repeat_ngram_size",
            label: "N-gram limit",
            about: "No sequence of this many tokens occurs twice in prompt and output.",
            kind: Kind::Count(0),
            off: Some(0.0),
            above: "no {tokens}-gram twice",
            symbol: "n",
            does: "{tokens}-grams once",
            slider: Slider::linear(0.0, 10.0, 1.0),
            elsewhere: &[(System::Transformers, "no_repeat_ngram_size")],
            also: &[("norepeatngram", ""), ("encodernorepeatngramsize", "")],
            ..Setting::PLAIN
        }],
        ..Spec::PLAIN
    };
    const EDITS: bool = true;
    const READS_HISTORY: bool = true;

    fn set(&mut self, _: &str, value: Amount) {
        self.0 = value.count();
    }

    fn examples() -> [Self; 2] {
        [Self(1), Self(2)]
    }

    fn is_off(&self) -> bool {
        self.0 == 0
    }

    fn cpu<L: Lanes>(&self, row: &mut RowState<'_>, given: &Given<'_>) -> Result<()> {
        self.edit(row, given)
    }

    fn gpu(&self, given: &Given<'_>, vocab_size: usize, edits: &mut Vec<Edit>) -> Option<[u32; 4]> {
        self.upload(given, vocab_size, edits)
    }

    fn fused(&self) -> Option<Cut> {
        Some(Cut::Edits)
    }

    fn setting(&self) -> String {
        format!("no_repeat_ngram_size = {}", self.0)
    }

    fn explain(&self, passed: &Passed<'_>) -> Reason {
        let banned = tokens(passed.removed.len());
        self.reason(passed, format!("banned {banned} that would repeat a sequence of {}", tokens(self.0)))
    }
}

impl FindsEdits for NoRepeatNgram {
    #[allow(clippy::cast_possible_truncation, reason = "a text has fewer than 2^32 tokens")]
    fn find(&self, given: &Given<'_>, buffer: &mut EditBuffer) {
        let text = given.history.tokens();
        if self.0 > text.len() {
            return;
        }
        let end = &text[text.len() + 1 - self.0..];
        let again = text.windows(self.0).filter(|ngram| ngram.starts_with(end));
        let ban = |ngram: &[u32]| StepEdit { id: ngram[self.0 - 1], amount: f32::NEG_INFINITY, length: self.0 as u32 };
        buffer.edits.extend(again.map(ban));
        buffer.keep_longest();
    }
}
