//! `www/generated/settings.d.ts`: the settings as TypeScript sees them.

use logitlab::{
    settings::spec::{LOOP, ROW, SAMPLING},
    stages::{Kind, SPECS, Setting},
};

use super::page::HEADER;

pub(super) fn settings_d_ts() -> String {
    let names: Vec<String> = SPECS.iter().map(|spec| format!("\"{}\"", spec.name)).collect();
    let sampling = SPECS.iter().flat_map(|spec| spec.settings).chain(SAMPLING);
    [
        HEADER.to_owned(),
        format!("\n/** The stages, in their default order. */\nexport type StageName = {};\n", names.join(" | ")),
        interface("Settings", "What decides the next token. Everything is off unless asked for.", sampling),
        interface("RowSettings", "What one call of `sample` or `trace` takes as well.", ROW.iter()),
        interface("LoopSettings", "What one call of `generate` takes as well.", LOOP.iter()),
    ]
    .concat()
}

fn interface<'a>(name: &str, about: &str, settings: impl Iterator<Item = &'a Setting>) -> String {
    let fields: Vec<String> = settings.map(field).collect();
    format!("\n/** {about} */\nexport interface {name} {{\n{}}}\n", fields.concat())
}

fn field(setting: &Setting) -> String {
    let is = if setting.helps { "without it" } else { "is off" };
    let off = setting.off.map_or(String::new(), |off| format!(" {off} {is}."));
    format!("  /** {}{off} */\n  {}?: {} | null;\n", setting.about, setting.name, type_of(setting.kind))
}

fn type_of(kind: Kind) -> String {
    match kind {
        Kind::Probability
        | Kind::Count(_)
        | Kind::Positive
        | Kind::NonNegative
        | Kind::FromOne
        | Kind::Number => "number".to_owned(),
        Kind::Seed => "number | bigint".to_owned(),
        Kind::Choice(words) => words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(" | "),
        Kind::Order => "readonly StageName[]".to_owned(),
        Kind::Bias => {
            let columns = "{ ids: ArrayLike<number>; values: ArrayLike<number> }";
            let pairs = "readonly (readonly [number | string, number])[]";
            format!("Readonly<Record<number | string, number>> | ReadonlyMap<number | string, number> | {pairs} | {columns}")
        }
        Kind::Ids => "number | bigint | ArrayLike<number | bigint>".to_owned(),
        Kind::Strings => "string | readonly string[]".to_owned(),
        Kind::Sequences => "readonly (string | number | readonly number[])[]".to_owned(),
        Kind::IdLists => "readonly (number | readonly number[])[]".to_owned(),
        Kind::SequenceBias => "readonly (readonly [number | readonly number[], number])[]".to_owned(),
        Kind::Form => "{ regex: string } | { json_schema: object | boolean | string } | { grammar: string } | { allowed: ArrayLike<number> }".to_owned(),
        Kind::Forced => "Readonly<Record<number, number | bigint>> | ReadonlyMap<number, number | bigint>".to_owned(),
        Kind::History => "{ prompt?: ArrayLike<number | bigint>; output?: ArrayLike<number | bigint>; probabilities?: ArrayLike<number>; original_probabilities?: ArrayLike<number> }".to_owned(),
        Kind::Boolean => "boolean".to_owned(),
    }
}
