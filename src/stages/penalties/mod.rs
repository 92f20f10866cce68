//! penalties: makes tokens already in the text less (or more) likely. (V) → (V).
//!
//! repetition r > 0: each distinct token of prompt and output once, x < 0 ? x·r : x / r. Then, over output tokens only,
//! x −= count·frequency + (count > 0)·presence. A window limits how far back; the scope "output" leaves the prompt out of r, too; exempt
//! tokens are never penalised. Off at r = 1, presence = frequency = 0.
//! Cost: O(distinct tokens). Source: CTRL (repetition), OpenAI (presence, frequency). Test: tests/it/stages/penalties.rs.

use super::{
    Amount, Cut, Edit, Given, Group, Kind, Passed, Reason, Setting, Shows, Slider, Spec, StageRules, System, shortest,
    tokens,
};
use crate::{
    core::{
        error::{Error, Result},
        history::{Count, History},
        token::TokenId,
    },
    lanes::Lanes,
    rows::RowState,
};

/// The three penalties.
#[derive(Debug, Clone, PartialEq)]
pub struct Penalties {
    /// r > 0; 1 is off. Each distinct token of prompt and output, or of the output alone, once: `x < 0 ? x·r : x/r`.
    pub repetition: f32,
    /// Subtracted once from every token already in the output; 0 is off.
    pub presence: f32,
    /// Subtracted once per occurrence in the output; 0 is off.
    pub frequency: f32,
    /// The prompt does not count for the repetition penalty either.
    pub of_output: bool,
    /// Tokens that are never penalised, ascending.
    pub exempt: Vec<TokenId>,
}

impl Penalties {
    /// Changes nothing.
    pub const OFF: Self = Self { repetition: 1.0, presence: 0.0, frequency: 0.0, of_output: false, exempt: Vec::new() };

    /// The tokens that are penalised.
    fn seen<'a>(&'a self, history: &'a History) -> impl Iterator<Item = (TokenId, Count)> + 'a {
        let counts = history.counts().filter(|(_, count)| count.output > 0 || !self.of_output);
        counts.filter(|(id, _)| self.exempt.binary_search(id).is_err())
    }

    fn penalised(&self, x: f32, count: Count) -> f32 {
        let repeated = if x < 0.0 { x * self.repetition } else { x / self.repetition };
        repeated - self.amount(count)
    }

    /// What a token's occurrences in the output take away.
    fn amount(&self, count: Count) -> f32 {
        if count.output == 0 {
            return 0.0;
        }
        #[allow(clippy::cast_precision_loss, reason = "a count of tokens; exact up to 2^24")]
        let count = count.output as f32;
        count * self.frequency + self.presence
    }
}

impl Default for Penalties {
    fn default() -> Self {
        Self::OFF
    }
}

impl StageRules for Penalties {
    const SPEC: Spec = Spec {
        name: "penalties",
        label: "Penalties",
        about: "Makes tokens that are already in the text less likely, or more likely.",
        group: Group::Repetition,
        filter: false,
        reason: "",
        brief: "",
        shows: Shows::Logit,
        sampler: "penalties",
        settings: &[
            Setting {
                name: "repetition_penalty",
                label: "Repetition penalty",
                about: "Divides the logit of every token already in the text, or multiplies it if it is negative.",
                kind: Kind::Positive,
                off: Some(1.0),
                does: "seen before: ÷ {number}",
                slider: Slider::linear(0.5, 2.0, 0.05),
                elsewhere: &[
                    (System::Transformers, "repetition_penalty"),
                    (System::Vllm, "repetition_penalty"),
                    (System::LlamaCpp, "--repeat-penalty"),
                ],
                differs: &[(System::LlamaCpp, WINDOW)],
                also: &[("repeatpenalty", ""), ("penaltyrepeat", "")],
                odd: &[(0.0, "use 1 to switch it off")],
                ..PENALTY
            },
            Setting {
                name: "presence_penalty",
                label: "Presence penalty",
                about: "Subtracted once from the logit of every token that was already drawn.",
                does: "drawn before: − {number}",
                elsewhere: &[(System::Vllm, "presence_penalty"), (System::LlamaCpp, "--presence-penalty")],
                also: &[("penaltypresent", "")],
                ..PENALTY
            },
            Setting {
                name: "frequency_penalty",
                label: "Frequency penalty",
                about: "Subtracted from a token's logit for every time it was drawn.",
                does: "each time drawn: − {number}",
                elsewhere: &[(System::Vllm, "frequency_penalty"), (System::LlamaCpp, "--frequency-penalty")],
                also: &[("penaltyfreq", "")],
                ..PENALTY
            },
            Setting {
                name: "penalty_scope",
                label: "Penalty scope",
                about: "Whether the repetition penalty also counts the prompt: “all” (the default), or only the “output”.",
                kind: Kind::Choice(&["all", "output"]),
                helps: true,
                also: &[("promptignorelength", "\"output\" leaves the prompt out")],
                ..Setting::PLAIN
            },
            Setting {
                name: "penalty_exempt",
                label: "Exempt tokens",
                about: "Token ids that are never penalised.",
                kind: Kind::Ids,
                helps: true,
                also: &[("penalizenl", "list the new line's id, and it is not penalised")],
                ..Setting::PLAIN
            },
        ],
        ..Spec::PLAIN
    };
    const EDITS: bool = true;
    const READS_HISTORY: bool = true;

    fn set(&mut self, name: &str, value: Amount) {
        match (name, value) {
            (_, Amount::Choice(scope)) => self.of_output = scope == "output",
            (_, Amount::Ids(mut ids)) => {
                ids.sort_unstable();
                self.exempt = ids;
            }
            ("repetition_penalty", value) => self.repetition = value.single(),
            ("presence_penalty", value) => self.presence = value.single(),
            (_, value) => self.frequency = value.single(),
        }
    }

    fn outside(&self, vocab_size: usize) -> Option<(&'static str, TokenId)> {
        let id = self.exempt.iter().find(|id| **id as usize >= vocab_size)?;
        Some(("penalty_exempt", *id))
    }

    fn examples() -> [Self; 2] {
        let penalties = Self { repetition: 1.3, presence: 0.5, frequency: 0.25, ..Self::OFF };
        [penalties.clone(), penalties]
    }

    fn is_off(&self) -> bool {
        (self.repetition, self.presence, self.frequency) == (1.0, 0.0, 0.0)
    }

    fn cpu<L: Lanes>(&self, row: &mut RowState<'_>, given: &Given<'_>) -> Result<()> {
        let vocab_size = row.vocab_size();
        let mut counts = self.seen(given.history).enumerate();
        if let Some((position, (id, _))) = counts.find(|(_, (id, _))| *id as usize >= vocab_size) {
            return Err(Error::InvalidToken { id, position, vocab_size });
        }
        row.edit(self.seen(given.history).map(|(id, count)| (id, move |x| self.penalised(x, count))))
    }

    fn gpu(&self, given: &Given<'_>, vocab_size: usize, edits: &mut Vec<Edit>) -> Option<[u32; 4]> {
        let from = edits.len();
        edits.extend(self.seen(given.history).map(|(id, count)| {
            let amount = -self.amount(count);
            Edit { id, factor: self.repetition.to_bits(), amount: amount.to_bits(), unused: 0 }
        }));
        let is_fine = |edit: &Edit| (edit.id as usize) < vocab_size && f32::from_bits(edit.amount).is_finite();
        let is_factor = self.repetition > 0.0 && self.repetition.is_finite();
        (is_factor && edits[from..].iter().all(is_fine)).then_some([0; 4])
    }

    fn fused(&self) -> Option<Cut> {
        Some(Cut::Edits)
    }

    fn setting(&self) -> String {
        let [r, s, f] = [self.repetition, self.presence, self.frequency].map(shortest);
        let scope = if self.of_output { ", penalty_scope = output" } else { "" };
        format!("repetition_penalty = {r}, presence_penalty = {s}, frequency_penalty = {f}{scope}")
    }

    fn explain(&self, passed: &Passed<'_>) -> Reason {
        let n_changed = passed.before.iter().zip(passed.after).filter(|(a, b)| a != b).count();
        passed.by_logit(f64::NAN, format!("changed the logits of {} seen before", tokens(n_changed)))
    }
}

const PENALTY: Setting = Setting {
    kind: Kind::Number,
    off: Some(0.0),
    above: "tokens seen before: less likely",
    below: "tokens seen before: more likely",
    slider: Slider::linear(-2.0, 2.0, 0.1),
    differs: &[(System::LlamaCpp, WINDOW)],
    ..Setting::PLAIN
};

/// What llama.cpp does with all three.
const WINDOW: &str = "llama.cpp’s penalties look back --repeat-last-n tokens; −1 is the whole context.";
