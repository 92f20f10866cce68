//! Settings by name, for tests of what is read.

use logitlab::{
    error::Error,
    plan::Stage,
    settings::{
        GenerateSettings, SampleSettings, Settings, Value, read_options,
        spec::{LOOP, ROW, SAMPLING},
    },
    stages::SPECS,
};

/// Every setting there is.
pub(crate) fn all_names() -> Vec<&'static str> {
    let of_stages = SPECS.iter().flat_map(|spec| spec.settings);
    of_stages.chain(SAMPLING).chain(ROW).chain(LOOP).map(|setting| setting.name).collect()
}

/// Everything that `sample` and `generate` read.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct All(pub SampleSettings, pub GenerateSettings);

/// Reads one setting as the call does that has it.
pub(crate) fn read(name: &str, value: Value) -> Result<All, Error> {
    let mut all = All::default();
    let All(sample, generate) = &mut all;
    read_options([(name.to_owned(), value)], &mut [&mut sample.sampling, &mut sample.row, &mut generate.run])?;
    Ok(all)
}

/// The stage that these settings switch on.
pub(crate) fn stage(entries: &[(&str, Value)]) -> Stage {
    let mut stages = Settings::from_entries(owned(entries)).expect("the settings are right").plan().stages;
    assert_eq!(stages.len(), 1, "settings of one stage");
    stages.remove(0)
}

pub(crate) fn text(s: &str) -> Value {
    Value::Text(s.to_owned())
}

pub(crate) fn numbers(list: &[f64]) -> Value {
    Value::List(list.iter().map(|&n| Value::Number(n)).collect())
}

pub(crate) fn map(entries: &[(&str, Value)]) -> Value {
    Value::Map(entries.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
}

pub(crate) fn owned(entries: &[(&str, Value)]) -> Vec<(String, Value)> {
    entries.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}
