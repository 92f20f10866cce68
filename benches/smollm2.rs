//! SmolLM2's greedy loop natively, as `tools/peers/smollm2_loop.js` has it: the processor's time for the first token after 6, 128 and 512, and for
//! each later one; one JSON line per prompt, with the text that must be the one of the other places.
//!
//! `cargo bench --bench smollm2 -- FILE.gguf`

#![allow(clippy::unwrap_used, reason = "a bench may panic")]
#![allow(clippy::cast_possible_truncation, reason = "token ids are small")]

use std::fs;

use logitlab::{
    model::{LanguageModel, gpt::Gpt},
    token::TokenId,
};

const PROMPTS: [usize; 3] = [6, 128, 512];
const LATER: usize = 64;
const REPEATS: usize = 3;

fn main() {
    let path = std::env::args().skip(1).find(|argument| !argument.starts_with("--")).expect("the file of SmolLM2");
    let mut model = Gpt::read(&fs::read(path).unwrap(), Default::default()).unwrap();
    let golden: serde_json::Value = serde_json::from_str(include_str!("../tests/golden/llama/smollm2.json")).unwrap();
    let ids: Vec<TokenId> = serde_json::from_value(golden["ids"].clone()).unwrap();
    for prompt in PROMPTS {
        // No two runs begin alike, so none finds the keys and values of an earlier one.
        let mut runs = (0..).map(|run| ids[7 * run..7 * run + prompt].to_vec());
        let mut next = |n| greedy(&mut model, runs.next().unwrap(), n);
        let written = next(24);
        let (mut firsts, mut laters) = (Vec::new(), Vec::new());
        for _ in 0..REPEATS {
            let first = timed(|| drop(next(1)));
            laters.push((timed(|| drop(next(1 + LATER))) - first) / LATER as f64);
            firsts.push(first);
        }
        let text = model.vocab().decode(&written).unwrap();
        let row = serde_json::json!({
            "prompt": prompt, "first_ms": median(firsts), "later_ms": median(laters), "text": text,
        });
        println!("{row}");
    }
}

/// What n tokens follow greedily.
fn greedy(model: &mut Gpt, mut ids: Vec<TokenId>, n: usize) -> Vec<TokenId> {
    let n_prompt = ids.len();
    let mut logits = vec![0.0; model.vocab().len()];
    for _ in 0..n {
        model.next_logits(0, &ids, &mut logits).unwrap();
        let largest = (0..logits.len()).reduce(|best, i| if logits[i] > logits[best] { i } else { best });
        ids.push(largest.unwrap() as TokenId);
    }
    ids.split_off(n_prompt)
}

/// Milliseconds that this thread computed.
fn timed(work: impl FnOnce()) -> f64 {
    let start = cpu_ms();
    work();
    cpu_ms() - start
}

/// Linux counts a thread's nanoseconds on a processor.
fn cpu_ms() -> f64 {
    let said = fs::read_to_string("/proc/thread-self/schedstat").expect("Linux's count of a thread's time");
    said.split_whitespace().next().unwrap().parse::<f64>().unwrap() / 1e6
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
