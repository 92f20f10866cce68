import { html, render } from "lit";

/**
 * The same step in three languages: the notebook's Python, this engine's Rust, its shader. A test looks every line of Rust and WGSL up in the
 * repository.
 *
 * @typedef {"Python" | "Rust" | "WGSL"} Language
 * @typedef {{ file: string, lines: string[] }} Quote
 */

/** @type {Record<string, Record<Language, Quote>>} */
export const LENSES = {
  softmax: {
    Python: {
      file: "the notebook",
      lines: [
        "shifted = x - x.max(dim=dim, keepdim=True).values  # max = {max}",
        "exps = shifted.exp()",
        "return exps / exps.sum(dim=dim, keepdim=True)      # {probs}",
      ],
    },
    Rust: {
      file: "src/rows/torch.rs",
      lines: [
        "let max = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);",
        "let exps: Vec<f32> = row.iter().map(|&x| libm::exp(f64::from(x - max)) as f32).collect();",
        "let sum: f32 = exps.iter().sum();",
        "exps.iter().map(|e| e / sum).collect()",
      ],
    },
    WGSL: {
      file: "shaders/softmax.wgsl",
      lines: [
        "let max_key = row_max_key(lane, base);",
        "sum = add64(sum, vec2<u32>(mass_of(values[base + i], max_bits), 0u));",
        "values[base + i] = bitcast<u32>(f32(mass_of(values[base + i], max_bits)) / total);",
      ],
    },
  },
  temperature: {
    Python: {
      file: "the notebook",
      lines: [
        "if temperature == 0:",
        "    return logits.argmax(dim=-1, keepdim=True)",
        "logits = logits / temperature",
      ],
    },
    Rust: {
      file: "src/stages/temperature/mod.rs",
      lines: ["row.divide::<L>(self.t)"],
    },
    WGSL: {
      file: "src/stages/temperature/kernel.wgsl",
      lines: ["let quotient = divide(bits, t);", "values[at] = quotient;"],
    },
  },
  filters: {
    Python: {
      file: "the notebook",
      lines: [
        "values, _ = torch.topk(logits, k=top_k, dim=-1)",
        "kth_value = values[:, [-1]]                        # {kth}",
        'logits = torch.where(logits < kth_value, torch.full_like(logits, float("-inf")), logits)',
        "",
        "remove_sorted = cumulative > top_p",
        "remove_sorted[:, 1:] = remove_sorted[:, :-1].clone()",
        "remove_sorted[:, 0] = False                        # kept: {kept}",
      ],
    },
    Rust: {
      file: "src/stages/top_k/mod.rs",
      lines: ["let kth = kth_largest(values, k, ranked);", "row.retain(kth);"],
    },
    WGSL: {
      file: "src/stages/top_p/kernel.wgsl",
      lines: [
        "let cut = nucleus(lane, base, 1u, bits_of(max_key), plan.params.xy);",
        "if (!is_kept(key_of(values[base + i]), cut, &tie)) {",
        "values[base + i] = MASKED;",
      ],
    },
  },
  loop: {
    Python: {
      file: "the notebook",
      lines: [
        "idx_cond = idx[:, -block_size:]",
        "logits = model(idx_cond)          # (B, T_context, V)",
        "next_logits = logits[:, -1, :]    # (B, V)",
        "idx = torch.cat([idx, next_id], dim=1)",
      ],
    },
    Rust: {
      file: "src/generate/mod.rs",
      lines: [
        "if !self.forward(bench, deadline).await? {",
        "self.draw(bench).await?;",
        "let n_tokens = self.append(bench.model.vocab());",
      ],
    },
    WGSL: {
      file: "shaders/draw.wgsl",
      lines: ["draw_by_coin(lane, row, base, Cut(1u, ALL), bits_of(max_key), plan.coin);"],
    },
  },
  "gpt-model": {
    Python: {
      file: "PyTorch",
      lines: [
        "x = wte(idx) + wpe(positions)                      # (B, T, C)",
        "for block in blocks:",
        "    x = x + block.attention(block.ln_1(x))         # looks back at the tokens before",
        "    x = x + block.mlp(block.ln_2(x))",
        "logits = ln_f(x) @ wte.weight.T                    # (B, T, V) = {shape}",
      ],
    },
    Rust: {
      file: "src/model/gpt/block.rs",
      lines: [
        "self.embed(start, ids, &mut scratch.x);",
        "block.norm_1.apply(&scratch.x, &mut scratch.normed);",
        "Part::Attend => block.attend(start + scratch.ids.len(), layer_cache, scratch),",
        "Part::Widen => block.widen(scratch),",
        "Part::Gate => block.gate(&self.config, scratch),",
        "Part::Narrow => block.narrow(scratch),",
        "self.head.as_ref().unwrap_or(&self.tokens).write(normed, prepared, out);",
      ],
    },
    WGSL: {
      file: "shaders/network/attend.wgsl",
      lines: [
        "product += qkv[query + i] * cache[keys + at * work.stride_cache + i];",
        "let power = exp(score - next_max);",
        "answer += wg_powers[j] * cache[values + (first + j) * work.stride_cache + i];",
        "out[to + i] /= total;",
      ],
    },
  },
};

const LANGUAGES = /** @type {const} */ (["Python", "Rust", "WGSL"]);

/**
 * @param {HTMLElement} place
 * @param {string} name
 * @returns {(live: Record<string, string>) => void} takes the values to write into the Python lines
 */
export function showLens(place, name) {
  /** @type {Language} */
  let language = "Python";
  /** @type {Record<string, string>} */
  let live = {};
  const show = () => {
    const { file, lines } = LENSES[name][language];
    const code = lines.map((line) => line.replace(/\{(\w+)\}/g, (_, key) => live[key] ?? "…")).join("\n");
    render(
      html`<div class="languages" role="group" aria-label="Language of the code">
          ${LANGUAGES.map(
            (choice) => html`<button
              type="button"
              aria-pressed=${choice === language}
              @click=${() => {
                language = choice;
                show();
              }}
            >
              ${choice}
            </button>`,
          )}
          <span class="note">${file}</span>
        </div>
        <pre tabindex="0" role="group" aria-label="${language}"><code>${code}</code></pre>`,
      place,
    );
  };
  show();
  return (values) => {
    live = values;
    show();
  };
}
