//! The numbers in the columns of a picture: what each stage decides on, and where a token begins in vocabulary order. Each is worked out here
//! again from the logits alone, in f64.

use logitlab::{
    cpu::CpuBackend,
    explain::{LastContext, Question, Wants, explain},
    model::GivenLogits,
    picture::{Picture, PictureOptions},
    rng::{Generator, RngKind},
    settings::{GenerateSettings, LoopSettings, Settings},
    stages::{MinP, Penalties, Temperature, TopK, TopNSigma, TopP},
};

use crate::support::block_on;

const LOGITS: [f32; 6] = [2.0, -1.5, 0.3, 4.2, -0.8, 2.0];

fn picture(sampling: Settings, output: &[u32]) -> Picture {
    let labels = (0..LOGITS.len()).map(|id| id.to_string()).collect();
    let mut model = GivenLogits::new(LOGITS.to_vec(), labels).unwrap();
    let settings = GenerateSettings { sampling, run: LoopSettings::default() };
    let (prompts, outputs) = ([vec![]], [output.to_vec()]);
    let options = PictureOptions::default();
    let wants = Wants { picture: Some(&options), is_drawn: true, ..Wants::default() };
    let question =
        Question { prompts: &prompts, outputs: &outputs, row: 0, index: output.len(), settings: &settings, wants };
    let generator = Generator::new(RngKind::Philox, 7);
    let last = &mut LastContext::default();
    block_on(explain(&question, &mut model, last, &mut CpuBackend::new(), &generator)).unwrap().picture.unwrap()
}

/// What a station shows of each token, by id; NaN where it has no number.
fn shown(picture: &Picture, station: usize) -> Vec<f64> {
    let mut by_id = vec![f64::NAN; LOGITS.len()];
    for (band, &number) in picture.bands.iter().zip(&picture.stations[station].shown) {
        by_id[band.own.unwrap().id as usize] = f64::from(number);
    }
    by_id
}

/// The softmax of what is left; a token without a logit has gone.
fn softmax(logits: &[Option<f64>]) -> Vec<f64> {
    let total: f64 = logits.iter().flatten().map(|x| x.exp()).sum();
    logits.iter().map(|x| x.map_or(0.0, f64::exp) / total).collect()
}

fn all(logits: impl Fn(f64) -> f64) -> Vec<Option<f64>> {
    LOGITS.iter().map(|&x| Some(logits(f64::from(x)))).collect()
}

/// The best `n` ids: logit descending, then id ascending.
fn best(n: usize) -> Vec<usize> {
    let mut ids: Vec<usize> = (0..LOGITS.len()).collect();
    ids.sort_by(|&a, &b| LOGITS[b].total_cmp(&LOGITS[a]).then(a.cmp(&b)));
    ids.truncate(n);
    ids
}

fn assert_close(got: &[f64], want: &[f64], which: &str) {
    let same = |(got, want): (&f64, &f64)| (got.is_nan() && want.is_nan()) || (got - want).abs() < 1e-5;
    assert!(got.iter().zip(want).all(same), "{which}: {got:?} instead of {want:?}");
}

#[test]
fn a_stage_shows_what_it_decides_on_among_the_tokens_that_came() {
    let sampling = Settings::default().with(Temperature::fixed(0.5)).with(TopK(4)).with(TopP(0.9)).with(MinP(0.05));
    let seen = picture(sampling, &[]);
    let names: Vec<&str> = seen.stations.iter().map(|station| station.stage).collect();
    assert_eq!(names, ["model", "temperature", "top_k", "top_p", "min_p"]);
    assert_close(&shown(&seen, 0), &LOGITS.map(f64::from), "the model's logits");
    let sharpened = all(|x| x / 0.5);
    assert_close(&shown(&seen, 1), &softmax(&sharpened), "probabilities after temperature");
    let mut ranks = [0.0; LOGITS.len()];
    (1..).zip(best(LOGITS.len())).for_each(|(rank, id)| ranks[id] = f64::from(rank));
    assert_close(&shown(&seen, 2), &ranks, "ranks");
    // Four are left: of the others there is no sum.
    let left: Vec<Option<f64>> = (0..LOGITS.len()).map(|id| sharpened[id].filter(|_| best(4).contains(&id))).collect();
    let mut sums = vec![f64::NAN; LOGITS.len()];
    let mut sum = 0.0;
    for id in best(4) {
        sum += softmax(&left)[id];
        sums[id] = sum;
    }
    assert_close(&shown(&seen, 3), &sums, "running sums");
    let kept = best(seen.stations[3].kept as usize);
    let of_top = |id| if kept.contains(&id) { ((LOGITS[id] - LOGITS[3]) / 0.5).exp().into() } else { f64::NAN };
    assert_close(&shown(&seen, 4), &(0..LOGITS.len()).map(of_top).collect::<Vec<_>>(), "shares of the top");
}

#[test]
fn a_probability_after_a_cut_is_that_of_the_tokens_left() {
    let mut sampling = Settings::default().with(TopK(2)).with(Temperature::fixed(2.0));
    sampling.order.reverse();
    let seen = picture(sampling, &[]);
    let at = seen.stations.iter().position(|station| station.stage == "temperature").unwrap();
    let left: Vec<Option<f64>> =
        (0..LOGITS.len()).map(|id| Some(f64::from(LOGITS[id]) / 2.0).filter(|_| LOGITS[id] >= 2.0)).collect();
    let want: Vec<f64> = softmax(&left).into_iter().map(|p| if p > 0.0 { p } else { f64::NAN }).collect();
    assert_close(&shown(&seen, at), &want, "probabilities of three tied at the cut");
}

#[test]
fn penalties_show_logits_and_top_n_sigma_deviations() {
    let penalties = Penalties { presence: 0.5, frequency: 0.25, ..Penalties::OFF };
    let seen = picture(Settings::default().with(penalties).with(TopNSigma(1.0)), &[3, 3, 0]);
    let want = [2.0 - 0.75, -1.5, 0.3, 4.2 - 1.0, -0.8, 2.0];
    assert_close(&shown(&seen, 1), &want, "logits after the penalties");
    let n = want.len() as f64;
    let mean = want.iter().sum::<f64>() / n;
    let deviation = (want.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n).sqrt();
    assert_close(&shown(&seen, 2), &want.map(|x| (3.2 - x) / deviation), "deviations below the largest");
}

#[test]
fn a_token_begins_where_those_of_lower_ids_end() {
    let seen = picture(Settings::default().with(TopK(3)), &[]);
    let p = softmax(&(0..LOGITS.len()).map(|id| Some(f64::from(LOGITS[id])).filter(|&x| x >= 2.0)).collect::<Vec<_>>());
    for band in &seen.bands {
        let own = band.own.unwrap();
        let start: f64 = p[..own.id as usize].iter().sum();
        assert!((f64::from(own.start) - start).abs() < 1e-6, "token {}: {} instead of {start}", own.id, own.start);
    }
    let drawn = seen.drawn.unwrap();
    let (from, _) = drawn.point.unwrap().interval;
    let start = seen.bands[drawn.place.band as usize].own.unwrap().start;
    assert!((f64::from(start) - from).abs() < 1e-6, "the drawn token's interval begins at {from}, not at {start}");
}
