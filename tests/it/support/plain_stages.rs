//! The stages of the plain backend.

use logitlab::{
    error::{Error, Result},
    grammar::Refused,
    history::History,
    plan::{Penalties, Stage},
    rng::Draw,
    stages::{
        AdaptiveP, BadWords, Bias, Constraint, Dry, EpsilonCutoff, EtaCutoff, MinP, Mirostat, NoRepeatNgram,
        Temperature, TopH, TopK, TopNSigma, TopP, TypicalP, Xtc,
    },
};

use super::{
    case::{chance_of, ids_of},
    fault::Fault,
    grammar,
    plain::{MASKED, PlainBackend, probabilities, ranked},
};

/// What a stage left.
pub(super) struct Column {
    pub values: Vec<f32>,
    pub limit: f64,
    pub evidence: Vec<(u32, f32)>,
    pub allowed: Option<String>,
}

impl PlainBackend {
    pub(super) fn stage(&self, stage: &Stage, x: &[f32], (history, draw): (&History, Draw<'_>), raw: &[f64]) -> Column {
        let mut values = x.to_vec();
        let mut limit = f64::NAN;
        let mut evidence = Vec::new();
        match stage {
            Stage::Bias(Bias(pairs)) => {
                let n = pairs.len().saturating_sub(usize::from(self.has(Fault::BiasLastPairLost)));
                pairs[..n].iter().for_each(|(id, b)| values[*id as usize] += b);
            }
            Stage::Penalties(p) => self.penalties(p, &mut values, history),
            Stage::BadWords(stage) => evidence = self.bad_words(stage, &mut values, history),
            Stage::Constraint(stage) => evidence = self.constraint(stage, &mut values, history),
            Stage::Dry(stage) => evidence = self.dry(stage, &mut values, history),
            Stage::NoRepeatNgram(NoRepeatNgram(n)) => evidence = self.no_repeat_ngram(*n, &mut values, history),
            Stage::Temperature(stage) => {
                let t = self.temperature(stage, &values);
                values.iter_mut().for_each(|v| {
                    *v = if self.has(Fault::TemperatureMultiplied) {
                        *v * t
                    } else if self.has(Fault::TemperatureReciprocal) {
                        *v * (1.0 / t)
                    } else {
                        *v / t
                    }
                });
            }
            Stage::TopH(TopH(h)) => (limit, evidence) = (*h, self.top_h(*h, &mut values)),
            Stage::TopNSigma(TopNSigma(n)) => (limit, evidence) = self.top_n_sigma(f64::from(*n), &mut values),
            Stage::TopK(TopK(k)) => (limit, evidence) = self.top_k(*k, &mut values),
            Stage::TopP(TopP(p)) => (limit, evidence) = (*p, self.top_p(*p, &mut values, raw)),
            Stage::MinP(MinP(p)) => (limit, evidence) = (*p, self.min_p(*p, &mut values)),
            Stage::TypicalP(TypicalP(p)) => (limit, evidence) = self.typical_p(*p, &mut values),
            Stage::AdaptiveP(stage) => self.adaptive_p(stage, &mut values, history),
            Stage::Mirostat(stage) => (limit, evidence) = self.mirostat(stage, &mut values, history),
            Stage::Xtc(stage) => (limit, evidence) = (stage.threshold, self.xtc(stage, &mut values, draw)),
            Stage::EpsilonCutoff(EpsilonCutoff(e)) => (limit, evidence) = (*e, self.at_least(*e, &mut values)),
            Stage::EtaCutoff(EtaCutoff(e)) => {
                limit = self.eta(*e, &values);
                evidence = self.at_least(limit, &mut values);
            }
        }
        let allowed = match stage {
            Stage::Constraint(stage) if !self.has(Fault::ConstraintIsSilent) => expected(stage, history),
            _ => None,
        };
        Column { values, limit, evidence, allowed }
    }

    /// The number to divide by.
    fn temperature(&self, stage: &Temperature, x: &[f32]) -> f32 {
        let n = x.iter().filter(|v| **v != MASKED).count();
        if stage.range == 0.0 || n == 1 {
            return if stage.range == 0.0 { stage.t } else { 1.0 };
        }
        let (low, high) = ((stage.t - stage.range).max(0.0), stage.t + stage.range);
        let nats: f64 = probabilities(x).into_iter().filter(|p| *p > 0.0).map(|p| -p * p.ln()).sum();
        let n = if self.has(Fault::DynamicOfTheVocabulary) { x.len() } else { n };
        let exponent = if self.has(Fault::DynamicIsLinear) { 1.0 } else { f64::from(stage.exponent) };
        let part = (nats / (n as f64).ln()).min(1.0).powf(exponent);
        let t = f64::from(low) + f64::from(high - low) * part;
        (t as f32).max(if self.has(Fault::DynamicWithoutFloor) { 1e-30 } else { high.min(1.0 / 1024.0) })
    }

    fn top_h(&self, h: f64, x: &mut [f32]) -> Vec<(u32, f32)> {
        let p = probabilities(x);
        let weight = |id: usize| if p[id] > 0.0 { -p[id] * p[id].ln() } else { 0.0 };
        let whole: f64 = (0..x.len()).map(weight).sum();
        let whole = if self.has(Fault::TopHOfTheLargest) { (x.len() as f64).ln() } else { whole };
        let (mut upto, mut out) = (0.0, Vec::new());
        for (rank, id) in ranked(x, self.has(Fault::TopHTiesById)).into_iter().enumerate() {
            let before = upto;
            upto += weight(id);
            let compared = if self.has(Fault::TopHBefore) { before } else { upto };
            if (rank > 0 || self.has(Fault::TopHFirstNotKept)) && compared > h * whole {
                out.push((id, Some((upto / whole) as f32)));
            }
        }
        remove(x, out.into_iter())
    }

    fn penalties(&self, p: &Penalties, x: &mut [f32], history: &History) {
        for (token, count) in history.counts() {
            let is_exempt = p.exempt.contains(&token) && !self.has(Fault::ExemptPenalised);
            if is_exempt || p.of_output && count.output == 0 && !self.has(Fault::ScopeIgnored) {
                continue;
            }
            let v = &mut x[token as usize];
            let is_negative = (*v < 0.0) != self.has(Fault::RepetitionSign);
            let times = if self.has(Fault::RepetitionPerOccurrence) { count.total } else { 1 };
            for _ in 0..times {
                *v = if is_negative { *v * p.repetition } else { *v / p.repetition };
            }
            let n = if self.has(Fault::FrequencyCountsPrompt) { count.total } else { count.output };
            let mut n_present = u32::from(count.output > 0);
            if self.has(Fault::PresencePerOccurrence) {
                n_present = count.output;
            }
            if self.has(Fault::HistoryFlagsSwapped) {
                n_present = u32::from(count.total > count.output);
            }
            *v -= n as f32 * p.frequency + n_present as f32 * p.presence;
        }
    }

    fn bad_words(&self, stage: &BadWords, x: &mut [f32], history: &History) -> Vec<(u32, f32)> {
        let text = history.tokens();
        let is_first = text.len() == history.n_prompt() || self.has(Fault::SuppressedAlways);
        let begin = stage.begin_suppress_tokens.iter().filter(|_| is_first && !self.has(Fault::SuppressedNeverAtFirst));
        let single = stage.suppress_tokens.iter().chain(begin).map(|&id| (vec![id], MASKED));
        let words = stage.bad_words_ids.iter().map(|ids| (ids.clone(), MASKED));
        let mut all: Vec<(Vec<u32>, f32)> = stage.sequence_bias.iter().cloned().chain(words).chain(single).collect();
        all.sort_by_key(|(ids, amount)| (ids.len(), amount.to_bits()));
        let mut sums = vec![(0, 0.0_f32); x.len()];
        for (ids, amount) in all {
            let (last, others) = ids.split_last().expect("no sequence is empty");
            let is_begun =
                text.ends_with(others) && !(self.has(Fault::WordOfAllTheText) && others.len() >= text.len().max(1));
            let is_begun =
                is_begun || (self.has(Fault::WordHalfBegun) && others.last() == text.last() && others.len() > 1);
            if is_begun {
                let sum = &mut sums[*last as usize];
                *sum = (ids.len(), if self.has(Fault::BiasOfTheLongest) { amount } else { sum.1 + amount });
            }
        }
        let changed = (0..).zip(&sums).filter(|(_, (length, _))| *length > 0);
        changed.map(|(id, &(length, amount))| (x[id as usize] += amount, (id, length as f32)).1).collect()
    }

    fn constraint(&self, stage: &Constraint, x: &mut [f32], history: &History) -> Vec<(u32, f32)> {
        let text = if self.has(Fault::ConstraintOfAllTheText) { history.tokens() } else { grammar::output(history) };
        let mut allowed = grammar::allowed(stage, text, x.len()).unwrap_or_else(|_| vec![false; x.len()]);
        let ends = [(Fault::ConstraintEndsAnywhere, true), (Fault::ConstraintEndIsNoToken, false)];
        for (_, is_allowed) in ends.into_iter().filter(|(fault, _)| self.has(*fault)) {
            for &id in stage.end.iter().filter(|&&id| (id as usize) < x.len()) {
                allowed[id as usize] = is_allowed;
            }
        }
        if self.has(Fault::ConstraintFirstWordOnly) {
            allowed.iter_mut().skip(32).for_each(|is_allowed| *is_allowed = false);
        }
        let out: Vec<usize> = (0..x.len()).filter(|&id| !allowed[id]).collect();
        remove(x, out.into_iter().map(|id| (id, None)))
    }

    /// Of a token that the penalty leaves nothing of, the evidence is the length of what it would repeat.
    fn dry(&self, stage: &Dry, x: &mut [f32], history: &History) -> Vec<(u32, f32)> {
        let n_left_out = history.tokens().len().saturating_sub(stage.last_n.unwrap_or(usize::MAX));
        let text = &history.tokens()[if self.has(Fault::DryIgnoresWindow) { 0 } else { n_left_out }..];
        let breakers: Vec<&Vec<u32>> = stage.breakers.iter().flatten().map(ids_of).collect();
        let most = if self.has(Fault::DryIgnoresBreakers) { text.len() } else { since_breaker(text, &breakers) };
        let mut longest = vec![0; x.len()];
        for end in 1..text.len() {
            let length = (0..end).take_while(|i| text[end - 1 - i] == text[text.len() - 1 - i]).count().min(most);
            let known = &mut longest[text[end] as usize];
            *known = if self.has(Fault::DryLastMatch) { length } else { length.max(*known) };
        }
        let allowed = stage.allowed_length + usize::from(self.has(Fault::DryLongerAllowed));
        let mut evidence = Vec::new();
        for (id, &length) in (0..).zip(&longest) {
            let is_breaker = breakers.iter().any(|ids| ids[..] == [id]) && !self.has(Fault::DryPenalisesBreakers);
            if length >= allowed && !is_breaker {
                let exponent = if self.has(Fault::DryDoesNotGrow) { 0 } else { length - stage.allowed_length };
                let growth = f64::from(stage.base).powi(exponent as i32);
                x[id as usize] -= (f64::from(stage.multiplier) * growth) as f32;
                evidence.push((id, (length + 1) as f32));
            }
        }
        evidence
    }

    fn no_repeat_ngram(&self, n: usize, x: &mut [f32], history: &History) -> Vec<(u32, f32)> {
        let n_skipped = if self.has(Fault::NgramOfTheOutput) { history.n_prompt() } else { 0 };
        let text = &history.tokens()[n_skipped..];
        let n = if self.has(Fault::NgramOneLonger) { n + 1 } else { n };
        let mut out = Vec::new();
        for from in 0..text.len().saturating_sub(n - 1) {
            let is_again = (0..n - 1).all(|i| text[from + i] == text[text.len() + 1 - n + i]);
            let is_first = out.is_empty() || !self.has(Fault::NgramFirstOnly);
            if is_again && is_first && !(self.has(Fault::NgramLastLost) && from + n == text.len()) {
                out.push((text[from + n - 1] as usize, Some(n as f32)));
            }
        }
        out.sort_by_key(|(id, _)| *id);
        out.dedup();
        remove(x, out.into_iter())
    }

    fn top_k(&self, k: usize, x: &mut [f32]) -> (f64, Vec<(u32, f32)>) {
        let k = if self.has(Fault::TopKOffByOne) { k + 1 } else { k };
        let k = if self.has(Fault::TopKAtMostOne) { x.len().min(k).min(64) } else { k };
        let order = ranked(x, false);
        if k >= order.len() {
            return (f64::NEG_INFINITY, Vec::new());
        }
        let kth = x[order[k - 1]];
        let is_out = |rank: usize, id: usize| if self.has(Fault::TopKTiesDropped) { rank >= k } else { x[id] < kth };
        let out: Vec<usize> = order.iter().enumerate().filter(|(r, id)| is_out(*r, **id)).map(|(_, id)| *id).collect();
        (f64::from(kth), remove(x, out.into_iter().map(|id| (id, None))))
    }

    fn top_n_sigma(&self, n: f64, x: &mut [f32]) -> (f64, Vec<(u32, f32)>) {
        let left: Vec<f64> = x.iter().filter(|v| **v != MASKED).map(|&v| f64::from(v)).collect();
        let max = left.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if left.iter().all(|v| max - v < 2f64.powi(-86)) {
            return (max, Vec::new());
        }
        let mean = left.iter().sum::<f64>() / left.len() as f64;
        let freedom = left.len() as f64 - if self.has(Fault::SigmaOfASample) { 1.0 } else { 0.0 };
        let sigma = (left.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / freedom).sqrt();
        let limit = max - n * sigma;
        let out = (0..x.len()).filter(|&i| f64::from(x[i]) < limit.min(max)).map(|i| (i, None)).collect::<Vec<_>>();
        (limit, remove(x, out.into_iter()))
    }

    fn top_p(&self, p: f64, x: &mut [f32], raw: &[f64]) -> Vec<(u32, f32)> {
        if p >= 1.0 {
            return Vec::new();
        }
        let order = ranked(x, self.has(Fault::TopPTiesById));
        let masses = if raw.is_empty() { probabilities(x) } else { raw.to_vec() };
        let mut out = Vec::new();
        let (mut before, mut above) = (0.0, 0.0);
        for (rank, &id) in order.iter().enumerate() {
            if rank > 0 && x[id] < x[order[rank - 1]] {
                above = before;
            }
            let compared = if self.has(Fault::TopPWholeTies) { above } else { before };
            let is_over = compared > p || (compared == p && self.has(Fault::TopPAtLeast));
            let is_over = if self.has(Fault::TopPComplement) && p > 0.85 { !is_over } else { is_over };
            if is_over && (rank > 0 || self.has(Fault::TopPFirstNotKept))
                || (p == 0.0 && self.has(Fault::TopPFirstNotKept))
            {
                out.push((id, Some(before as f32)));
            }
            before += masses[id];
        }
        remove(x, out.into_iter())
    }

    fn min_p(&self, min_p: f64, x: &mut [f32]) -> Vec<(u32, f32)> {
        let p = probabilities(x);
        let max = x.iter().copied().fold(MASKED, f32::max);
        let best = p.iter().copied().fold(0.0, f64::max);
        let is_in = |i: usize| {
            let below = f64::from(x[i]) - f64::from(max);
            match self.fault {
                Some(Fault::MinPStrict) => {
                    below > min_p.ln() || min_p == 1.0 && below == 0.0 && x[..i].iter().all(|v| *v != max)
                }
                Some(Fault::MinPAbsolute) => p[i] >= min_p || below == 0.0,
                Some(Fault::MinPComplement) if min_p > 0.2 => below < min_p.ln() || below == 0.0,
                _ => below >= min_p.ln(),
            }
        };
        let out: Vec<_> =
            (0..x.len()).filter(|&i| x[i] != MASKED && !is_in(i)).map(|i| (i, Some((p[i] / best) as f32))).collect();
        remove(x, out.into_iter())
    }
}

impl PlainBackend {
    fn eta(&self, epsilon: f64, x: &[f32]) -> f64 {
        let nats: f64 = probabilities(x).into_iter().filter(|p| *p > 0.0).map(|p| -p * p.ln()).sum();
        let entropy = if self.has(Fault::EtaOfBits) { nats / std::f64::consts::LN_2 } else { nats };
        let open = if self.has(Fault::EtaWithoutRoot) { epsilon } else { epsilon.sqrt() } * (-entropy).exp();
        if self.has(Fault::EtaOfOpenRowsOnly) { open } else { open.min(epsilon) }
    }

    fn typical_p(&self, limit: f64, x: &mut [f32]) -> (f64, Vec<(u32, f32)>) {
        let max = x.iter().copied().fold(MASKED, f32::max);
        let p = probabilities(x);
        let first: f64 = p.iter().copied().fold(0.0, f64::max).ln();
        let surprise = |i: usize| f64::from(max) - f64::from(x[i]) - first;
        let entropy: f64 = (0..x.len()).filter(|&i| p[i] > 0.0).map(|i| p[i] * surprise(i)).sum();
        let entropy = if self.has(Fault::TypicalIsLikely) { 0.0 } else { entropy };
        let distances: Vec<f64> =
            (0..x.len()).map(|i| (surprise(i) - entropy).abs() / std::f64::consts::LN_2).collect();
        let mut order: Vec<usize> = (0..x.len()).filter(|&i| x[i] != MASKED).collect();
        order.sort_by(|&a, &b| distances[a].total_cmp(&distances[b]));
        let (mut n, mut sum) = (0, 0.0);
        while n < order.len() && (n == 0 || sum < limit) {
            sum += p[order[n]];
            n += 1;
        }
        let last = order[..n].last().map_or(0.0, |&i| distances[i]);
        let stays = |rank: usize, i: usize| {
            rank < n
                || distances[i] <= last && !self.has(Fault::TypicalTiesDropped)
                || x[i] == max && self.has(Fault::TypicalKeepsTheBest)
        };
        let out = order.iter().enumerate().filter(|&(rank, &i)| !stays(rank, i));
        let out: Vec<_> = out.map(|(_, &i)| (i, Some(distances[i] as f32))).collect();
        (last, remove(x, out.into_iter()))
    }

    fn adaptive_p(&self, stage: &AdaptiveP, x: &mut [f32], history: &History) {
        let target = stage.target.unwrap_or(0.0);
        let originals = if self.has(Fault::AdaptiveForgets) { &[] } else { history.originals() };
        let decay = if self.has(Fault::AdaptiveDecayIgnored) { 0.5 } else { stage.decay };
        let average = originals.iter().fold(target, |a, &p| a * decay + f64::from(p) * (1.0 - decay));
        let goal = if self.has(Fault::AdaptiveRunsAway) { average } else { 2.0 * target - average };
        let p = probabilities(x);
        for (v, p) in x.iter_mut().zip(p).filter(|(v, _)| **v != MASKED) {
            let distance = (p - goal.clamp(0.0, 1.0)).abs() / 0.3;
            let fall = if self.has(Fault::AdaptiveIsSquare) {
                distance * distance
            } else {
                distance * distance / (1.0 + distance)
            };
            *v = (5.0 - 10.0 * fall) as f32;
        }
    }

    fn mirostat(&self, stage: &Mirostat, x: &mut [f32], history: &History) -> (f64, Vec<(u32, f32)>) {
        let drawn = history.drawn();
        let mut off = drawn.bits() - f64::from(drawn.n) * stage.tau;
        if self.has(Fault::MirostatStandsStill) {
            off = 0.0;
        }
        let start = if self.has(Fault::MirostatStartsAtTau) { stage.tau } else { 2.0 * stage.tau };
        let limit = if self.has(Fault::MirostatRunsAway) { start + stage.eta * off } else { start - stage.eta * off };
        let p = probabilities(x);
        let best = p.iter().copied().fold(0.0, f64::max);
        let max = x.iter().copied().fold(MASKED, f32::max);
        let bits = |id: usize| (f64::from(max) - f64::from(x[id])) / std::f64::consts::LN_2 - best.log2();
        let out = (0..x.len())
            .filter(|&id| limit < 126.0 && bits(id) > limit && (x[id] != max || self.has(Fault::MirostatKeepsNone)));
        let mut out: Vec<_> = out.map(|id| (id, Some(bits(id) as f32))).collect();
        if out.len() == x.len() {
            out.truncate(x.len() - 1);
        }
        (limit, remove(x, out.into_iter()))
    }

    fn xtc(&self, stage: &Xtc, x: &mut [f32], draw: Draw<'_>) -> Vec<(u32, f32)> {
        let chance = match draw {
            Draw::Coin(coin) if self.has(Fault::XtcByTheCoin) => coin,
            Draw::Coin(coin) => chance_of(coin),
            other => other.chance(),
        };
        let acts = chance as f64 / 2f64.powi(64) <= stage.probability && !self.has(Fault::XtcNever);
        let p = probabilities(x);
        let likely: Vec<usize> = ranked(x, false).into_iter().filter(|&id| p[id] >= stage.threshold).collect();
        let spared = usize::from(!self.has(Fault::XtcSparesNone) || likely.len() == ranked(x, false).len());
        let n_gone = likely.len().saturating_sub(spared);
        let n_gone = if self.has(Fault::XtcFirstOnly) { n_gone.min(1) } else { n_gone };
        let out: Vec<_> = likely[..n_gone].iter().filter(|_| acts).map(|&id| (id, Some(p[id] as f32))).collect();
        remove(x, out.into_iter())
    }

    /// The tokens of at least this probability, and the most likely.
    fn at_least(&self, limit: f64, x: &mut [f32]) -> Vec<(u32, f32)> {
        let p = probabilities(x);
        let best = p.iter().copied().fold(0.0, f64::max);
        let bar = if self.has(Fault::EpsilonOfTheBest) { limit * best } else { limit };
        let stays = |p: f64| p >= bar || p == best && !self.has(Fault::EpsilonFirstTieOnly);
        let first = p.iter().position(|p| *p == best);
        let out = (0..x.len()).filter(|&i| Some(i) != first && !stays(p[i]));
        let out: Vec<_> = out.map(|i| (i, Some(p[i] as f32))).collect();
        remove(x, out.into_iter())
    }
}

/// How many tokens come after the last breaker.
fn since_breaker(text: &[u32], breakers: &[&Vec<u32>]) -> usize {
    for from in (0..text.len()).rev() {
        let lengths = breakers.iter().filter(|ids| text[from..].starts_with(ids)).map(|ids| ids.len());
        if let Some(longest) = lengths.max() {
            return text.len() - from - longest;
        }
    }
    text.len()
}

/// Ids outside the vocabulary are refused where a stage would use them.
pub(super) fn check_ids(stage: &Stage, history: &History, vocab_size: usize) -> Result<()> {
    let ids: Vec<u32> = match stage {
        Stage::Bias(Bias(pairs)) => pairs.iter().map(|(id, _)| *id).collect(),
        Stage::BadWords(stage) => {
            let words = stage.bad_words_ids.iter().filter(|ids| ids.len() == 1).flatten();
            words.chain(&stage.suppress_tokens).copied().collect()
        }
        Stage::Penalties(_) => history.counts().map(|(id, _)| id).collect(),
        // What it bans; a token from nowhere is banned, or does not matter.
        Stage::NoRepeatNgram(NoRepeatNgram(1)) => history.tokens().to_vec(),
        // Nothing may follow: that is refused before the row is looked at.
        Stage::Constraint(stage) => return refuse_nothing(stage, history),
        _ => Vec::new(),
    };
    match ids.iter().position(|id| *id as usize >= vocab_size) {
        Some(position) => Err(Error::InvalidToken { id: ids[position], position, vocab_size }),
        None => Ok(()),
    }
}

fn expected(stage: &Constraint, history: &History) -> Option<String> {
    stage.bound.0.as_ref()?.expected(grammar::output(history)).ok()
}

fn refuse_nothing(stage: &Constraint, history: &History) -> Result<()> {
    let nothing = |reason: String| Err(Error::NothingAllowed { reason });
    let mut allowed = Vec::new();
    let grammar = stage.bound.0.as_ref().expect("the constraints of tests are compiled");
    match grammar.next(grammar::output(history), &mut allowed) {
        Err(Refused::Token(position)) => nothing(format!("new token {position} does not fit it")),
        Err(Refused::TooMuch(reason)) => nothing(reason),
        Ok(_) if allowed.iter().any(|&word| word > 0) => Ok(()),
        Ok(true) if stage.end.is_empty() => nothing("the text is complete".to_owned()),
        Ok(true) => Ok(()),
        Ok(false) => nothing("no token of the model goes on from here".to_owned()),
    }
}

/// Masks tokens and hands back their evidence in id order; without a number of its own a token's evidence is its logit.
fn remove(x: &mut [f32], tokens: impl Iterator<Item = (usize, Option<f32>)>) -> Vec<(u32, f32)> {
    let mut evidence: Vec<(u32, f32)> =
        tokens.filter(|(id, _)| x[*id] != MASKED).map(|(id, e)| (id as u32, e.unwrap_or(x[id]))).collect();
    evidence.sort_by_key(|(id, _)| *id);
    evidence.iter().for_each(|(id, _)| x[*id as usize] = MASKED);
    evidence
}
