//! A GPT in f64, straight from its formulas and the file's own tensors: the oracle, and what it is with one rule broken.

use std::collections::BTreeMap;

use safetensors::{Dtype, SafeTensors};

/// A rule that a faulty GPT breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GptFault {
    PositionsFromOne,
    NoPositions,
    SeesTheNext,
    ForgetsTheFirst,
    UnscaledScores,
    ScaledByWidth,
    OneHead,
    KeysAreValues,
    QueriesAreKeys,
    NoResidualOfAttention,
    NoResidualOfMlp,
    NormAfter,
    NoVarianceFloor,
    SampleVariance,
    OtherGelu,
    Relu,
    NoFinalNorm,
    NoBias,
    TransposedSquare,
    RowsShareAttention,
}

pub(crate) const GPT_FAULTS: [GptFault; 20] = [
    GptFault::PositionsFromOne,
    GptFault::NoPositions,
    GptFault::SeesTheNext,
    GptFault::ForgetsTheFirst,
    GptFault::UnscaledScores,
    GptFault::ScaledByWidth,
    GptFault::OneHead,
    GptFault::KeysAreValues,
    GptFault::QueriesAreKeys,
    GptFault::NoResidualOfAttention,
    GptFault::NoResidualOfMlp,
    GptFault::NormAfter,
    GptFault::NoVarianceFloor,
    GptFault::SampleVariance,
    GptFault::OtherGelu,
    GptFault::Relu,
    GptFault::NoFinalNorm,
    GptFault::NoBias,
    GptFault::TransposedSquare,
    GptFault::RowsShareAttention,
];

/// Rows of numbers.
type Matrix = Vec<Vec<f64>>;

/// A checkpoint's tensors under Hugging Face's names, matrices (in, out), and what its config says.
pub(crate) struct PlainGpt {
    tensors: BTreeMap<String, Matrix>,
    pub n_head: usize,
    pub epsilon: f64,
    /// GELU by erf rather than by tanh.
    pub exact_gelu: bool,
    pub fault: Option<GptFault>,
}

impl PlainGpt {
    pub(crate) fn new(file: &[u8], n_head: usize, epsilon: f64, exact_gelu: bool) -> Self {
        let file = SafeTensors::deserialize(file).expect("a golden checkpoint");
        let mut tensors = BTreeMap::new();
        for (name, view) in file.tensors() {
            let numbers: Vec<f64> = match view.dtype() {
                Dtype::F32 => {
                    view.data().chunks(4).map(|b| f64::from(f32::from_le_bytes(b.try_into().unwrap()))).collect()
                }
                Dtype::F16 => view.data().chunks(2).map(|b| half(u16::from_le_bytes(b.try_into().unwrap()))).collect(),
                Dtype::BF16 => {
                    view.data().chunks(2).map(|b| f64::from(f32::from_le_bytes([0, 0, b[0], b[1]]))).collect()
                }
                other => panic!("{name} is {other:?}"),
            };
            let columns = *view.shape().last().expect("a dimension");
            let mut matrix: Matrix = numbers.chunks(columns).map(<[f64]>::to_vec).collect();
            let is_nanogpt = name.starts_with("_orig_mod.");
            if is_nanogpt && ["c_attn.weight", "c_proj.weight", "c_fc.weight"].iter().any(|end| name.ends_with(end)) {
                matrix = transposed(&matrix);
            }
            let name = name.trim_start_matches("_orig_mod.").trim_start_matches("transformer.");
            tensors.insert(name.to_owned(), matrix);
        }
        if !tensors.contains_key("wte.weight") {
            let head = tensors.remove("lm_head.weight").expect("a head or an embedding");
            tensors.insert("wte.weight".to_owned(), head);
        }
        Self { tensors, n_head, epsilon, exact_gelu, fault: None }
    }

    fn has(&self, fault: GptFault) -> bool {
        self.fault == Some(fault)
    }

    fn tensor(&self, name: &str) -> &Matrix {
        &self.tensors[name]
    }

    fn linear(&self, x: &[f64], name: &str) -> Vec<f64> {
        let weight = self.tensor(&format!("{name}.weight"));
        let square = weight.len() == weight[0].len();
        let turned = (square && self.has(GptFault::TransposedSquare)).then(|| transposed(weight));
        let weight = turned.as_ref().unwrap_or(weight);
        let bias = self.tensors.get(&format!("{name}.bias")).filter(|_| !self.has(GptFault::NoBias));
        let sum = |j: usize| x.iter().zip(weight).map(|(x, row)| x * row[j]).sum::<f64>();
        (0..weight[0].len()).map(|j| sum(j) + bias.map_or(0.0, |bias| bias[0][j])).collect()
    }

    fn norm(&self, x: &[f64], name: &str) -> Vec<f64> {
        let n = x.len() as f64;
        let mean = x.iter().sum::<f64>() / n;
        let freedom = if self.has(GptFault::SampleVariance) { n - 1.0 } else { n };
        let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / freedom;
        let epsilon = if self.has(GptFault::NoVarianceFloor) { 0.0 } else { self.epsilon };
        let weight = &self.tensor(&format!("{name}.weight"))[0];
        let bias = self.tensors.get(&format!("{name}.bias"));
        let scaled = x.iter().map(|x| (x - mean) / (variance + epsilon).sqrt());
        scaled.enumerate().map(|(i, x)| x * weight[i] + bias.map_or(0.0, |bias| bias[0][i])).collect()
    }

    fn gelu(&self, x: f64) -> f64 {
        if self.has(GptFault::Relu) {
            return x.max(0.0);
        }
        if self.exact_gelu == self.has(GptFault::OtherGelu) {
            0.5 * x * (1.0 + ((2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x.powi(3))).tanh())
        } else {
            0.5 * x * (1.0 + libm::erf(x / 2.0_f64.sqrt()))
        }
    }

    /// One head's answers to the queries of all positions.
    fn head(&self, queries: &[&[f64]], keys: &[&[f64]], values: &[&[f64]], n_embd: usize) -> Matrix {
        let scale = match self.fault {
            Some(GptFault::UnscaledScores) => 1.0,
            Some(GptFault::ScaledByWidth) => (n_embd as f64).sqrt(),
            _ => (queries[0].len() as f64).sqrt(),
        };
        let first = |position| usize::from(self.has(GptFault::ForgetsTheFirst) && position > 0);
        let behind = |position: usize| keys.len().min(position + 1 + usize::from(self.has(GptFault::SeesTheNext)));
        (0..queries.len())
            .map(|position| {
                let seen = first(position)..behind(position);
                let dot = |key: &&[f64]| queries[position].iter().zip(*key).map(|(q, k)| q * k).sum::<f64>() / scale;
                let scores: Vec<f64> = keys[seen.clone()].iter().map(dot).collect();
                let max = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let powers: Vec<f64> = scores.iter().map(|score| (score - max).exp()).collect();
                let sum: f64 = powers.iter().sum();
                let column =
                    |i: usize| powers.iter().zip(&values[seen.clone()]).map(|(p, v)| p * v[i]).sum::<f64>() / sum;
                (0..values[0].len()).map(column).collect()
            })
            .collect()
    }

    fn attention(&self, normed: &[Vec<f64>], layer: usize) -> Matrix {
        let n_embd = normed[0].len();
        let qkv: Matrix = normed.iter().map(|x| self.linear(x, &format!("h.{layer}.attn.c_attn"))).collect();
        let n_head = if self.has(GptFault::OneHead) { 1 } else { self.n_head };
        let size = n_embd / n_head;
        let mut out = vec![Vec::new(); normed.len()];
        for head in 0..n_head {
            let part = |third: usize| -> Vec<&[f64]> {
                qkv.iter().map(|x| &x[third * n_embd + head * size..third * n_embd + (head + 1) * size]).collect()
            };
            let queries = part(usize::from(self.has(GptFault::QueriesAreKeys)));
            let values = part(if self.has(GptFault::KeysAreValues) { 1 } else { 2 });
            for (out, answer) in out.iter_mut().zip(self.head(&queries, &part(1), &values, n_embd)) {
                out.extend(answer);
            }
        }
        out.iter().map(|x| self.linear(x, &format!("h.{layer}.attn.c_proj"))).collect()
    }

    /// Logits (B, T, V) of ids (B, T).
    pub(crate) fn forward(&self, ids: &[u32], batch: usize) -> Vec<f64> {
        let rows: Vec<&[u32]> = ids.chunks(ids.len() / batch).collect();
        if self.has(GptFault::RowsShareAttention) {
            let first = rows[0].to_vec();
            let mixed = rows.iter().flat_map(|row| self.row(&[&first[..], row].concat()).split_off(first.len()));
            return mixed.flatten().collect();
        }
        rows.iter().flat_map(|row| self.row(row)).flatten().collect()
    }

    fn row(&self, ids: &[u32]) -> Matrix {
        let (tokens, positions) = (self.tensor("wte.weight"), self.tensor("wpe.weight"));
        let shift = usize::from(self.has(GptFault::PositionsFromOne));
        let scale = f64::from(u8::from(!self.has(GptFault::NoPositions)));
        let embed = |(t, &id): (usize, &u32)| {
            let position = &positions[(t + shift) % positions.len()];
            tokens[id as usize].iter().zip(position).map(|(x, p)| x + scale * p).collect()
        };
        let mut x: Matrix = ids.iter().enumerate().map(embed).collect();
        for layer in (0..).take_while(|layer| self.tensors.contains_key(&format!("h.{layer}.ln_1.weight"))) {
            let norm = |x: &Matrix, which| -> Matrix {
                let name = format!("h.{layer}.ln_{which}");
                let after = self.has(GptFault::NormAfter);
                x.iter().map(|x| if after { x.clone() } else { self.norm(x, &name) }).collect()
            };
            let attended = self.attention(&norm(&x, 1), layer);
            x = sum(&x, &attended, self.has(GptFault::NoResidualOfAttention));
            let mlp = |x: &Vec<f64>| {
                let wide = self.linear(x, &format!("h.{layer}.mlp.c_fc"));
                let active: Vec<f64> = wide.into_iter().map(|x| self.gelu(x)).collect();
                self.linear(&active, &format!("h.{layer}.mlp.c_proj"))
            };
            let after: Matrix = norm(&x, 2).iter().map(mlp).collect();
            x = sum(&x, &after, self.has(GptFault::NoResidualOfMlp));
        }
        let head = self.tensors.get("lm_head.weight").unwrap_or(tokens);
        x.iter()
            .map(|x| {
                let x = if self.has(GptFault::NoFinalNorm) { x.clone() } else { self.norm(x, "ln_f") };
                head.iter().map(|row| row.iter().zip(&x).map(|(w, x)| w * x).sum()).collect()
            })
            .collect()
    }
}

fn sum(x: &Matrix, y: &Matrix, only_y: bool) -> Matrix {
    let add = |(x, y): (&Vec<f64>, &Vec<f64>)| x.iter().zip(y).map(|(x, y)| if only_y { *y } else { x + y }).collect();
    x.iter().zip(y).map(add).collect()
}

fn transposed(matrix: &Matrix) -> Matrix {
    (0..matrix[0].len()).map(|j| matrix.iter().map(|row| row[j]).collect()).collect()
}

/// A binary16, from its bits.
fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    assert!(exponent < 31, "a weight is infinite");
    match exponent {
        0 => sign * fraction * 2.0_f64.powi(-24),
        _ => sign * (1024.0 + fraction) * 2.0_f64.powi(exponent - 25),
    }
}
