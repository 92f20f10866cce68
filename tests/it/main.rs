//! All native tests in one binary; the same binary runs as WebAssembly.

#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::cast_possible_truncation, reason = "token ids and counts of tests are small, f32 is what is tested")]
#![allow(clippy::neg_cmp_op_on_partial_ord, reason = "a comparison with NaN must fail the check")]

mod allocation;
#[cfg(not(target_os = "wasi"))]
mod auto;
mod bad_input;
mod bad_settings;
mod chat;
mod checkpoint;
mod checkpoint_own;
mod constraint;
#[cfg(not(target_os = "wasi"))]
mod costs;
mod courses;
mod differential;
mod distribution;
mod explain;
mod facts;
mod fast_paths;
mod following;
mod generated;
mod generation;
mod gguf;
mod gguf_keys;
mod golden;
mod golden_samples;
mod gpt;
#[cfg(not(target_os = "wasi"))]
mod gpu;
#[cfg(not(target_os = "wasi"))]
mod gpu_differential;
#[cfg(not(target_os = "wasi"))]
mod gpu_gpt;
#[cfg(not(target_os = "wasi"))]
mod gpu_gpt_auto;
#[cfg(not(target_os = "wasi"))]
mod gpu_gpt_text;
#[cfg(not(target_os = "wasi"))]
mod gpu_llama;
#[cfg(not(target_os = "wasi"))]
mod gpu_mutants;
#[cfg(not(target_os = "wasi"))]
mod gpu_numbers;
#[cfg(not(target_os = "wasi"))]
mod gpu_text;
mod hostile_files;
mod hostile_list;
mod lanes;
mod llama;
mod llama_cpp;
mod models;
mod mutants;
mod nothing_ignored;
mod picture;
mod picture_columns;
mod properties;
mod reading;
mod rng;
mod same_tokens;
#[cfg(not(target_os = "wasi"))]
mod shaders;
#[cfg(not(target_os = "wasi"))]
mod smollm2;
mod stages;
mod support;
mod survivors;
mod text;
mod tidy;
mod tidy_circles;
mod tidy_www;
mod tokenizer;
mod tokenizer_parts;
