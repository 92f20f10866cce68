//! What the lesson's cells print, from the engine on this machine: softmax bits, samples, texts.

use logitlab::{
    backend::{Backend, Step},
    cpu::CpuBackend,
    generate::{Generation, Workbench},
    model::{LanguageModel, TinyBigram},
    rng::{Generator, RngKind},
    sample::{sample, softmax},
    settings::{Arithmetic, GenerateSettings, LoopSettings, Settings, SoftmaxOptions},
    stages::{Temperature, TopK, TopP},
    timing::Clock,
};
use serde_json::Value;

use crate::support::{block_on, detail_of};

const LESSON: [f32; 5] = [2.0, -1.5, 0.3, 4.2, -0.8];

fn goldens() -> Value {
    serde_json::from_str(include_str!("../golden/goldens.json")).expect("goldens.json is JSON")
}

fn bits(values: &[f32]) -> Vec<String> {
    values.iter().map(|x| format!("{:08x}", x.to_bits())).collect()
}

/// The recorded list, as bits in hexadecimal.
fn recorded(list: &Value) -> Vec<String> {
    list.as_array().expect("a list").iter().map(|hex| hex.as_str().expect("hex").to_owned()).collect()
}

fn ids(list: &Value) -> Vec<u32> {
    list.as_array().expect("a list").iter().map(|id| id.as_u64().expect("an id") as u32).collect()
}

/// One step from the lesson's logits.
fn step(settings: &Settings, generator: &mut Generator, want_trace: bool) -> Step {
    step_on(&mut CpuBackend::new(), settings, generator, want_trace)
}

fn step_on<B: Backend>(backend: &mut B, settings: &Settings, generator: &mut Generator, want_trace: bool) -> Step {
    let (mut logits, settings) = (LESSON, [settings.clone().into()]);
    let generators = std::slice::from_mut(generator);
    block_on(sample(backend, &mut logits, &settings, generators, detail_of(want_trace))).unwrap().remove(0)
}

#[test]
fn softmax_bits() {
    let all = goldens();
    for (arithmetic, name) in [(Arithmetic::Notebook, "stable_softmax"), (Arithmetic::Torch, "F_softmax_hex")] {
        let rows = all[name].as_object().expect("a row per temperature");
        assert_eq!(rows.len(), 3, "{name}");
        for (tau, row) in rows {
            let options = SoftmaxOptions { temperature: tau.parse().unwrap(), batch: 1, arithmetic };
            let hex = if row.is_array() { row } else { &row["hex"] };
            assert_eq!(bits(&softmax(&mut LESSON.to_vec(), options).unwrap()), recorded(hex), "{name} at {tau}");
        }
    }
}

/// With PyTorch's generator the stages follow PyTorch's arithmetic too.
#[test]
fn kept_sets_and_their_bits() {
    let all = goldens();
    let mut generator = Generator::new(RngKind::Torch, 0);
    let mut probabilities = |settings: Settings| step(&settings, &mut generator, true).trace.unwrap().probabilities;
    let top2 = probabilities(Settings::default().with(TopK(2)));
    let best: Vec<f32> = ids(&all["topk2_tokens"]).iter().map(|&id| top2[id as usize]).collect();
    assert_eq!(bits(&best), recorded(&all["topk2_renorm_hex"]));
    let nucleus = probabilities(Settings::default().with(TopP(0.9)));
    let mut kept = ids(&all["top_p_0.9_kept"]);
    kept.sort_unstable();
    assert_eq!((0..5).filter(|&id| nucleus[id as usize] > 0.0).collect::<Vec<u32>>(), kept);
}

#[test]
fn consecutive_samples() {
    let all: Value = serde_json::from_str(include_str!("../golden/test_vectors.json")).expect("JSON");
    let series = [(RngKind::Torch, None, "tokens_lesson_T2"), (RngKind::Torch, Some(0.9), "tokens_lesson_T2_topp0.9")];
    for seed in ["0", "1", "7", "42", "123"] {
        for (kind, top_p, name) in series {
            let mut generator = Generator::new(kind, seed.parse().unwrap());
            let settings = Settings::default().with(Temperature::fixed(2.0)).with(TopP(top_p.unwrap_or(1.0)));
            let want = ids(&all[seed][name]);
            let got: Vec<u32> = want.iter().map(|_| step(&settings, &mut generator, false).token).collect();
            assert_eq!(got, want, "{name}, seed {seed}");
        }
    }
}

/// No time passes.
pub(crate) struct Still;

impl Clock for Still {
    fn now_ms(&self) -> f64 {
        0.0
    }
}

#[test]
fn the_notebook() {
    repeat_the_notebook(&mut CpuBackend::new());
}

/// The notebook from its second seed on: four samples, the model, the four texts. Returns how many comparisons that were.
pub(crate) fn repeat_the_notebook<B: Backend>(backend: &mut B) -> usize {
    let all = goldens();
    let mut generator = Generator::new(RngKind::Torch, 123);
    let neutral = Settings { rng: RngKind::Torch, ..Settings::default() };
    let samples = [
        ("greedy", neutral.clone().with(Temperature::fixed(0.0))),
        ("temperature2", neutral.clone().with(Temperature::fixed(2.0))),
        ("topk2", neutral.clone().with(TopK(2))),
        ("topp0.9", neutral.clone().with(TopP(0.9))),
    ];
    for (name, settings) in samples {
        let token = step_on(backend, &settings, &mut generator, false).token;
        assert_eq!(Some(u64::from(token)), all["seed123_samples"][name].as_u64(), "{name}");
    }
    let mut model = TinyBigram::notebook(&mut generator);
    let prompt = model.vocab().encode("the ").unwrap().ids;
    for (name, run) in all["generated"].as_object().expect("runs") {
        generator.manual_seed(7);
        let settings = GenerateSettings {
            sampling: neutral
                .clone()
                .with(Temperature::fixed(run["kwargs"]["temperature"].as_f64().unwrap() as f32))
                .with(TopP(run["kwargs"].get("top_p").and_then(Value::as_f64).unwrap_or(1.0))),
            run: LoopSettings { block_size: Some(32), ..LoopSettings::default() },
        };
        let mut generation = Generation::<B>::new(settings, vec![prompt.clone()], &model).unwrap();
        let bench = Workbench { model: &mut model, backend, generator: &mut generator, clock: &Still };
        block_on(generation.advance(bench, 80, f64::INFINITY)).unwrap();
        let row = generation.outcome(&model, &generator).unwrap().rows.remove(0);
        assert_eq!((row.ids, Some(row.text.as_str())), (ids(&run["ids"]), run["text"].as_str()), "{name}");
    }
    4 + all["generated"].as_object().map_or(0, serde_json::Map::len)
}
