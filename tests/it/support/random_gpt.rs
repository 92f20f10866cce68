//! GPTs of any shape with random weights, as a checkpoint's bytes.

use safetensors::{Dtype, tensor::TensorView};

use super::inputs::SplitMix;

/// A shape.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RandomGpt {
    pub vocab_size: usize,
    pub block_size: usize,
    pub n_layer: usize,
    pub n_head: usize,
    pub head_size: usize,
    pub n_inner: usize,
    pub is_tied: bool,
    pub exact_gelu: bool,
    /// How large the weights of queries, keys and values are; 1 is usual.
    pub loudness: f32,
}

impl RandomGpt {
    /// config.json.
    pub(crate) fn config(&self) -> String {
        let activation = if self.exact_gelu { "gelu" } else { "gelu_new" };
        format!(r#"{{"n_head": {}, "activation_function": "{activation}", "layer_norm_epsilon": 1e-5}}"#, self.n_head)
    }

    /// A safetensors file with weights from `seed`, large enough that attention looks somewhere and GELU bends.
    pub(crate) fn file(&self, seed: u64) -> Vec<u8> {
        let Self { vocab_size, block_size, n_inner, .. } = *self;
        let c = self.n_head * self.head_size;
        let mut shapes = vec![("wte.weight".to_owned(), vec![vocab_size, c])];
        shapes.push(("wpe.weight".to_owned(), vec![block_size, c]));
        for layer in 0..self.n_layer {
            let mut add = |name: &str, shape: &[usize]| shapes.push((format!("h.{layer}.{name}"), shape.to_vec()));
            for (name, n_in, n_out) in
                [("attn.c_attn", c, 3 * c), ("attn.c_proj", c, c), ("mlp.c_fc", c, n_inner), ("mlp.c_proj", n_inner, c)]
            {
                add(&format!("{name}.weight"), &[n_in, n_out]);
                add(&format!("{name}.bias"), &[n_out]);
            }
            for norm in ["ln_1", "ln_2"] {
                add(&format!("{norm}.weight"), &[c]);
                add(&format!("{norm}.bias"), &[c]);
            }
        }
        shapes.extend([("ln_f.weight".to_owned(), vec![c]), ("ln_f.bias".to_owned(), vec![c])]);
        if !self.is_tied {
            shapes.push(("lm_head.weight".to_owned(), vec![vocab_size, c]));
        }
        let mut random = SplitMix(seed);
        let tensors: Vec<(String, Vec<usize>, Vec<u8>)> = shapes
            .into_iter()
            .map(|(name, shape)| {
                let n: usize = shape.iter().product();
                let is_norm = name.contains("ln_") && name.ends_with("weight");
                let loudness = if name.ends_with("c_attn.weight") { f64::from(self.loudness) } else { 1.0 };
                let spread =
                    if shape.len() == 2 && name.starts_with("h.") { 2.0 / (shape[0] as f64).sqrt() } else { 0.5 };
                let number = |random: &mut SplitMix| {
                    let uniform = random.below(1 << 20) as f64 / f64::from(1 << 19) - 1.0;
                    (uniform * spread * loudness + f64::from(u8::from(is_norm))) as f32
                };
                (name, shape, (0..n).flat_map(|_| number(&mut random).to_le_bytes()).collect())
            })
            .collect();
        let views = tensors
            .iter()
            .map(|(name, shape, bytes)| (name, TensorView::new(Dtype::F32, shape.clone(), bytes).expect("a tensor")));
        safetensors::serialize(views, None).expect("a file")
    }
}
