"""Records what transformers renders of chat templates, for the tests: templates in the styles of known models, and single constructs of Jinja.

    pip install -r requirements.txt
    python record.py

Writes tests/golden/chat/recorded.json: `inputs`, what a template is given; `models`, templates/NAME.jinja with each of them; `constructs`, with the
first. Each has a text, or the name of the error. The templates are written for this purpose, with the constructs of those that models come with.
"""

import datetime
import json
from pathlib import Path

from constructs import CONSTRUCTS
from transformers.utils.chat_template_utils import _cached_compile_jinja_template, _normalize_chat_messages

HERE = Path(__file__).parent
OUT = HERE.parent.parent / "tests" / "golden" / "chat"
NOW = datetime.datetime(2026, 11, 7, 15, 4, 5)

USER = {"role": "user", "content": "  How tall is the tower, and why {{ so }}? \n"}
SYSTEM = {"role": "system", "content": "Be brief. /no_think"}
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather <now> & here, in °C",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string", "description": "Which 'city'"},
                "unit": {"type": "string", "enum": ["C", "F"]},
                "days": {"type": "array", "items": {"type": "integer"}},
                "more": {"type": "object", "properties": {"x": {"type": "number"}}, "required": []},
                "weight": {"type": "number", "default": 1.5e-7, "maximum": 1e22, "nullable": None},
            },
            "required": ["city"],
        },
        "return": {"type": "string"},
    },
}
CALL = {"id": "abc123456", "type": "function", "function": {"name": "get_weather", "arguments": {"city": "Ulm", "days": [1, 2]}}}

INPUTS = {
    "a user": {"messages": [USER], "add_generation_prompt": True},
    "a system and turns": {
        "messages": [
            SYSTEM,
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "<think>\nWell …\n</think>\n\nHello “there”", "tool_calls": None},
            {"role": "user", "content": "And?\n"},
        ],
        "add_generation_prompt": True,
    },
    "no prompt to go on": {
        "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "\n\nHello\n"}],
        "add_generation_prompt": False,
    },
    "a tool": {
        "messages": [
            {"role": "user", "content": "Is it warm?"},
            {"role": "assistant", "content": "", "tool_calls": [CALL]},
            {"role": "tool", "content": "21 °C", "tool_call_id": "abc123456"},
        ],
        "tools": [WEATHER],
        "add_generation_prompt": True,
    },
    "parts": {
        "messages": [
            {"role": "system", "content": [{"type": "text", "text": "Be kind."}]},
            {"role": "user", "name": "Ada", "content": [{"type": "image"}, {"type": "text", "text": " What is it? "}]},
        ],
        "add_generation_prompt": True,
    },
    "two users": {"messages": [USER, USER], "add_generation_prompt": True},
    "none": {"messages": [], "add_generation_prompt": True},
}
TOKENS = {"bos_token": "<s>", "eos_token": "</s>"}


def rendered(template, given):
    try:
        compiled = _cached_compile_jinja_template(template)
        compiled.environment.globals["strftime_now"] = NOW.strftime
        messages = _normalize_chat_messages(given["messages"])
        tools = given.get("tools")
        prompt = given["add_generation_prompt"]
        text = compiled.render(messages=messages, tools=tools, documents=None, add_generation_prompt=prompt, **TOKENS)
        return {"text": text}
    except Exception as error:
        return {"error": type(error).__name__, "message": str(error)}


def main():
    names = [path.stem for path in sorted((HERE / "templates").glob("*.jinja"))]
    templates = {name: (HERE / "templates" / f"{name}.jinja").read_text("utf-8") for name in names}
    models = [
        {"name": name, "template": template, "outcomes": {key: rendered(template, given) for key, given in INPUTS.items()}}
        for name, template in templates.items()
    ]
    given = INPUTS["a system and turns"]
    constructs = [{"template": template, **rendered(template, given)} for template in CONSTRUCTS]
    assert len({case["template"] for case in constructs}) == len(constructs), "a construct stands twice"
    # As texts, because the order of what is in them counts.
    inputs = {key: json.dumps({**given, **TOKENS}, ensure_ascii=False) for key, given in INPUTS.items()}
    recorded = {"now": list(NOW.timetuple()[:6]), "inputs": inputs, "models": models, "constructs": constructs}
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "recorded.json").write_text(json.dumps(recorded, ensure_ascii=False, indent=1) + "\n", "utf-8")
    print(len(models) * len(INPUTS), "texts of models,", len(constructs), "constructs")


if __name__ == "__main__":
    main()
