//! SmolLM2-135M-Instruct from its GGUF file, against what transformers computed with it dequantised. The file is 98 MB and not in the repository:
//! `npm run model smollm2` fetches it, and where it is not there, only that is said. Where checks must not be left out, REQUIRE_MODELS is set.

use std::{env, path::PathBuf, time::Instant};

use logitlab::{
    model::{LanguageModel, gpt::Gpt},
    token::TokenId,
};
use serde::Deserialize;

use crate::allocation::with_kept;

#[derive(Deserialize)]
struct Golden {
    texts: Vec<Text>,
    /// A text's tokens.
    ids: Vec<TokenId>,
    /// The most probable ids after each of them.
    top: Vec<Vec<TokenId>>,
    /// Their logits.
    logits: Vec<Vec<f32>>,
    /// A prompt, and what follows it greedily.
    greedy: Vec<TokenId>,
    greedy_text: String,
}

#[derive(Deserialize)]
struct Text {
    text: String,
    ids: Vec<TokenId>,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("../golden/llama/smollm2.json")).expect("a golden case")
}

/// Where `scripts/model.js` puts it.
fn file() -> Option<Vec<u8>> {
    let folder = env::var_os("LOGITLAB_MODELS").map(PathBuf::from).or_else(|| {
        let cache = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        let cache = cache.or_else(|| env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")));
        cache.map(|cache| cache.join("logitlab"))
    });
    let path = folder?.join("SmolLM2-135M-Instruct.Q4_1.gguf");
    let bytes = std::fs::read(&path).ok();
    assert!(bytes.is_some() || env::var_os("REQUIRE_MODELS").is_none(), "{} is not there", path.display());
    bytes
}

fn largest(logits: &[f32]) -> TokenId {
    (0..logits.len()).fold(0, |best, i| if logits[i] > logits[best] { i } else { best }) as TokenId
}

/// Differences of logits that are allowed.
const TOLERANCE: f32 = 1e-3;

#[test]
fn smollm2_is_the_dequantised_reference() {
    let Some(bytes) = file() else {
        println!("SmolLM2 is not here: npm run model smollm2");
        return;
    };
    let started = Instant::now();
    let (mut model, kept) = with_kept(|| Gpt::read(&bytes, Default::default()).unwrap());
    let share = kept as f64 / bytes.len() as f64;
    drop(bytes);
    println!("read in {:?}, {share:.2} bytes of memory for one of the file", started.elapsed());
    assert!(share <= 1.3, "the model takes {share:.2} times its file");
    let golden = golden();
    for Text { text, ids } in &golden.texts {
        assert_eq!(&model.encode(text).unwrap().ids, ids, "{text:?}");
    }
    assert_eq!(model.end_tokens(), [2]);
    let mut logits = vec![0.0; model.vocab().len()];
    let (mut worst, mut n_same) = (0.0_f32, 0);
    for (position, (top, expected)) in golden.top.iter().zip(&golden.logits).enumerate() {
        model.next_logits(0, &golden.ids[..=position], &mut logits).unwrap();
        n_same += usize::from(largest(&logits) == top[0]);
        for (&id, expected) in top.iter().zip(expected) {
            worst = worst.max((logits[id as usize] - expected).abs());
        }
    }
    println!("{n_same} of {} the same, logits off by {worst:e} at most", golden.top.len());
    assert_eq!(n_same, golden.top.len());
    assert!(worst <= TOLERANCE, "{worst}");
    let n_prompt = golden.texts[0].ids.len();
    let mut written = golden.greedy[..n_prompt].to_vec();
    let started = Instant::now();
    while written.len() < golden.greedy.len() {
        model.next_logits(1, &written, &mut logits).unwrap();
        written.push(largest(&logits));
    }
    let seconds = started.elapsed().as_secs_f64();
    println!("{:.1} tokens a second", (written.len() - n_prompt) as f64 / seconds);
    assert_eq!(written, golden.greedy);
    assert_eq!(model.vocab().decode(&written).unwrap(), golden.greedy_text);
}
