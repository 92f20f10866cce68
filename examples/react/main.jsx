import "logitlab/define";
import { useState } from "react";
import { createRoot } from "react-dom/client";

function Lesson() {
  const [temperature, setTemperature] = useState(1.2);
  const [chosen, setChosen] = useState(null);
  return (
    <>
      <label>
        Temperature
        <input
          type="range"
          min="0"
          max="2"
          step="0.1"
          value={temperature}
          onChange={({ target }) => setTemperature(Number(target.value))}
        />
      </label>
      <output>{chosen && `${chosen.index}: “${chosen.label}”, seed ${chosen.seed}`}</output>
      <logit-lab
        prompt="once "
        temperature={temperature}
        max_new_tokens={20}
        tabs={["tokens", "stages"]}
        onselect={({ detail, currentTarget }) => setChosen({ ...detail, seed: currentTarget.seed })}
      />
    </>
  );
}

createRoot(document.querySelector("main")).render(<Lesson />);
