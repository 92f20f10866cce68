import { css } from "lit";

/** A setting: its field, slider and what it does here, in a column of the picture or in a form under it. */
export const controlStyles = css`
  .control .row {
    display: flex;
    align-items: center;
    gap: calc(4 * var(--px));
  }
  .control .sym {
    font: italic 500 calc(18 * var(--px)) / calc(24 * var(--px)) var(--serif);
  }
  .control .which {
    margin: 0;
    color: var(--muted);
    font: var(--note);
    overflow-wrap: anywhere;
  }
  .control .value {
    box-sizing: border-box;
    inline-size: calc(64 * var(--px));
    min-block-size: calc(32 * var(--px));
    margin-inline-start: auto;
    padding: 0 calc(8 * var(--px));
    border: 1px solid var(--line-strong);
    border-radius: var(--radius);
    background: var(--paper);
    font-weight: 600;
    font-variant-numeric: tabular-nums;
    text-align: end;
  }
  .control .value::placeholder {
    color: var(--ink);
    opacity: 1;
  }
  .control select.value {
    inline-size: auto;
    text-align: start;
  }
  /* A text of any length takes the whole line, and more of them as it grows. */
  .control textarea.value {
    flex: 1;
    min-inline-size: 0;
    max-block-size: calc(240 * var(--px));
    padding-block: calc(5 * var(--px));
    font: 400 calc(14 * var(--px)) / calc(20 * var(--px)) var(--mono);
    text-align: start;
    overflow-wrap: anywhere;
    resize: vertical;
    field-sizing: content;
  }
  /* Under the picture as much as there is room for; under "More settings" stands all of it. */
  .stage .control textarea.value {
    max-block-size: calc(92 * var(--px));
  }
  .stage .control[data-wide] .row {
    align-items: start;
  }
  .control .reset {
    flex: none;
    inline-size: calc(24 * var(--px));
    min-block-size: calc(32 * var(--px));
    padding: 0;
    border: 0;
    border-radius: var(--radius-small);
    background: none;
    color: var(--muted);
    font-size: calc(18 * var(--px));
    font-weight: 400;
  }
  .control .reset:hover {
    background: var(--surface);
    color: var(--ink);
  }
  .control .reset[data-idle] {
    visibility: hidden;
  }
  .control .slider {
    appearance: none;
    display: block;
    inline-size: 100%;
    block-size: calc(28 * var(--px));
    margin: calc(4 * var(--px)) 0 0;
    background: linear-gradient(var(--line-strong), var(--line-strong)) calc(10px + (100% - 20px) * var(--idle-at, -1)) 50% / 1.5px 14px no-repeat;
    cursor: pointer;
  }
  .control .slider::-webkit-slider-runnable-track {
    block-size: 4px;
    border-radius: 2px;
    background: linear-gradient(to right, var(--ink) var(--at), var(--line) 0);
    box-shadow: 0 0 0 0.5px var(--line-strong);
  }
  .control .slider::-moz-range-track {
    block-size: 4px;
    border-radius: 2px;
    background: linear-gradient(to right, var(--ink) var(--at), var(--line) 0);
    box-shadow: 0 0 0 0.5px var(--line-strong);
  }
  .control .slider::-webkit-slider-thumb {
    appearance: none;
    inline-size: 20px;
    block-size: 20px;
    margin-block-start: -8px;
    border: 2px solid var(--ink);
    border-radius: 50%;
    background: var(--paper);
    box-shadow: none;
  }
  .control .slider::-moz-range-thumb {
    box-sizing: border-box;
    inline-size: 20px;
    block-size: 20px;
    border: 2px solid var(--ink);
    border-radius: 50%;
    background: var(--paper);
    box-shadow: none;
  }
  .flow .under .effect {
    overflow-wrap: anywhere;
    display: flex;
    gap: calc(6 * var(--px));
    align-items: flex-start;
    min-block-size: calc(34 * var(--px));
    padding: 0;
    font-variant-numeric: tabular-nums;
  }
  .effect em {
    display: block;
    font-style: normal;
    white-space: nowrap;
  }
  .effect .comma {
    position: absolute;
    clip-path: inset(50%);
  }
  .flow .hatch {
    flex: none;
    box-sizing: border-box;
    inline-size: 12px;
    block-size: 12px;
    margin-block-start: calc(3 * var(--px));
    border: 1px solid var(--hatch);
    border-radius: 2px;
    background: repeating-linear-gradient(-45deg, var(--hatch) 0 1.2px, transparent 1.2px 3.4px);
  }
  /* With many columns. */
  @container under (inline-size < 116px) {
    .flow .hatch,
    [data-size="wide"] .sym {
      display: none;
    }
    .control .value {
      inline-size: calc(56 * var(--px));
      padding-inline: calc(6 * var(--px));
    }
  }
  @container under (inline-size < 96px) {
    .flow .under .effect {
      min-block-size: calc(51 * var(--px));
    }
  }

  .forms {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(calc(200 * var(--px)), 1fr));
    gap: calc(16 * var(--px)) calc(24 * var(--px));
    margin-block-start: calc(8 * var(--px));
  }
  .named {
    position: relative;
    margin-block-start: calc(6 * var(--px));
  }
  /* Beside the field; a long name takes two lines. */
  .named > label {
    position: absolute;
    display: flex;
    align-items: center;
    max-inline-size: calc(100% - 112 * var(--px));
    min-block-size: calc(32 * var(--px));
    line-height: calc(17 * var(--px));
  }
  .named:has(textarea) > label {
    position: static;
    max-inline-size: none;
  }
  .named .sym {
    display: none;
  }
  .named .control[data-wide] .value {
    inline-size: calc(140 * var(--px));
    text-align: start;
  }
  .named [data-setting="seed"] .value {
    inline-size: calc(120 * var(--px));
  }
  @media (forced-colors: active) {
    .control .slider {
      appearance: auto;
    }
    .flow .hatch {
      forced-color-adjust: none;
    }
  }
`;
