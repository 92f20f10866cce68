//! What can be wrong with a checkpoint, one by one: the error names the tensor, and reading the file never takes more memory than it is worth.

use logitlab::{
    error::{Error, Result},
    model::gpt::{Checkpoint, Gpt},
};

use crate::{
    allocation::with_peak,
    checkpoint::{at, changed, file, read, replaced, shape, tensor, tiny, with_header},
    gpt::vocab,
};

/// A header is read into lists and maps of names, which are several times as long; weights become f32, in rows rounded up to a lane.
fn is_modest(peak: usize, len: usize) -> bool {
    peak <= 16 * len + 16_384
}

/// The error of a file, after the memory that it took was looked at.
fn error_of(bytes: &[u8]) -> Error {
    let (result, peak): (Result<Gpt>, usize) = with_peak(|| read(bytes));
    assert!(is_modest(peak, bytes.len()), "{peak} bytes for a file of {}", bytes.len());
    result.expect_err("a file with a fault")
}

fn assert_format(bytes: &[u8], start: &str) {
    let Error::ModelFormat { reason } = error_of(bytes) else { panic!("{}", error_of(bytes)) };
    assert!(reason.starts_with(start), "{reason}");
}

/// The tensor has to be the one named; where it lies in the file is the writer's choice, and ends the sentence.
fn assert_tensor(bytes: &[u8], name: &str, reason: &str) {
    let (found, expected) = (error_of(bytes).to_string(), at(name, reason).to_string());
    assert!(found.starts_with(&expected), "{found}, expected {expected}");
}

/// Two tensors, from the first byte to behind the last, in a file of sixteen.
fn two(first: (u64, u64), second: (u64, u64)) -> Vec<u8> {
    let one = |name: &str, (from, to): (u64, u64)| {
        let n = to.saturating_sub(from) / 4;
        format!(r#""{name}":{{"dtype":"F32","shape":[{n}],"data_offsets":[{from},{to}]}}"#)
    };
    with_header(&format!("{{{},{}}}", one("ln_f.weight", first), one("ln_f.bias", second)), 16)
}

#[test]
fn a_whole_file_takes_no_more() {
    let bytes = file(&tiny());
    let (model, peak) = with_peak(|| read(&bytes));
    assert!(model.is_ok() && is_modest(peak, bytes.len()), "{peak} bytes for {}", bytes.len());
}

#[test]
fn an_empty_file() {
    assert_format(&[], "the file is truncated");
}

#[test]
fn a_file_cut_in_its_header() {
    let bytes = file(&tiny());
    assert_format(&bytes[..100], "its header would be ");
}

#[test]
fn a_file_cut_in_its_tensors() {
    let bytes = file(&tiny());
    let error = error_of(&bytes[..bytes.len() - 1]).to_string();
    let names: Vec<String> = tiny().into_iter().map(|(name, _, _)| name).collect();
    assert!(error.ends_with("the file is truncated") && names.iter().any(|name| error.contains(name)), "{error}");
}

#[test]
fn a_file_with_something_behind() {
    let mut bytes = file(&tiny());
    bytes.push(0);
    assert_format(&bytes, "its tensors end at byte ");
}

#[test]
fn other_kinds_of_files_are_named_with_the_lines_that_convert_them() {
    let torch =
        "safetensors. In Python:\nimport importlib, json, zipfile, torch\nfrom safetensors.torch import save_file\n";
    let hub = "safetensors. In Python:\nfrom huggingface_hub import hf_hub_download\n";
    for (start, kind, python) in [
        (&b"PK\x03\x04\x00\x00\x08\x08"[..], "a zip, as torch.save writes it", torch),
        (b"\x80\x02\x8a\nl\xfc\x9cF", "a pickle", torch),
        (b"\x80\x04\x95\x00\x00\x00\x00\x00", "a pickle", torch),
        (b"version https://git-lfs.github.com/spec/v1\n", "a pointer of Git LFS", hub),
        (b"<!doctype html>", "a web page", hub),
        (b"<html lang", "a web page", hub),
        (b"{\"metadata\": {}}", "a JSON text", hub),
        (b"Entry not found", "a text, and", hub),
        (b"404: Not Found", "a text, and", hub),
        ("Ничего не найдено".as_bytes(), "a text, and", hub),
        ("Ça n\u{2019}y est pas".as_bytes(), "a text, and", hub),
        (b"\x1f\x8b\x08\x08\x5a\x1b\x2c\x6a", "packed by gzip", "safetensors"),
        (b"\x89HDF\r\n\x1a\n", "an HDF5 file", "safetensors"),
    ] {
        let error = error_of(&[start, &[0; 1000]].concat());
        assert!(matches!(error, Error::OtherFile { .. }), "{start:?}: {error:?}");
        let said = error.to_string();
        let begin = format!("the model cannot be built: the file is {kind}");
        assert!(said.starts_with(&begin) && said.contains(python), "{said}");
    }
}

#[test]
fn bytes_that_are_no_text_are_not_called_one() {
    for start in [*b"Entry\x00no", *b"Entry\x07no", *b"Entry\xffno", *b"\x9fEntry n", *b"Entry\x7fno"] {
        assert_format(&[&start[..], &[0; 1000]].concat(), "its header would be ");
    }
}

#[test]
fn a_header_longer_than_the_file() {
    for len in [17_u64, 1 << 20, 1 << 40, u64::MAX] {
        let bytes = [&len.to_le_bytes()[..], b"{              }"].concat();
        assert_format(&bytes, &format!("its header would be {len} bytes in a file of 24"));
    }
}

#[test]
fn a_header_longer_than_is_read() {
    let mut bytes = vec![b' '; (5 << 20) + 8];
    bytes[..8].copy_from_slice(&(5_u64 << 20).to_le_bytes());
    assert_format(&bytes, "its header is 5242880 bytes, more than the 4194304 that are read");
}

#[test]
fn tensors_that_overlap() {
    assert_tensor(&two((0, 8), (4, 12)), "ln_f.bias", "it begins at byte 4, and what lies before it ends at 8");
}

#[test]
fn tensors_with_a_hole_between() {
    assert_tensor(&two((0, 4), (8, 16)), "ln_f.bias", "it begins at byte 8, and what lies before it ends at 4");
}

#[test]
fn a_tensor_that_ends_before_it_begins() {
    assert_tensor(&two((0, 8), (16, 8)), "ln_f.bias", "it begins at byte 16, and what lies before it ends at 8");
}

#[test]
fn a_tensor_outside_the_file() {
    for end in [20, 10_000_000_000, u64::MAX] {
        let reason = format!("it would end at byte {end} of 16: the file is truncated");
        assert_tensor(&two((0, 8), (8, end)), "ln_f.bias", &reason);
    }
}

#[test]
fn a_shape_that_does_not_fill_its_bytes() {
    let wpe = r#""wpe.weight":{"dtype":"F32","shape":[2,2]"#;
    for shape in ["[50000,50000]", "[]", "[0]", "[2,2,2]"] {
        let bytes = replaced(wpe, &wpe.replace("[2,2]", shape));
        assert_tensor(&bytes, "wpe.weight", &format!("shape {} of F32 is ", shape.replace(',', ", ")));
    }
    let bytes = replaced(wpe, &wpe.replace("[2,2]", "[4294967296,4294967296]"));
    assert_tensor(&bytes, "wpe.weight", "shape [4294967296, 4294967296] is too large");
}

#[test]
fn a_shape_that_does_not_fit_the_others() {
    assert_tensor(&shape("wpe.weight", &[2, 3]), "wpe.weight", "its shape is [2, 3], and [2, 2] would fit the others");
    assert_tensor(&shape("ln_f.bias", &[1]), "ln_f.bias", "its shape is [1], and [2] would fit the others");
}

#[test]
fn numbers_of_another_kind() {
    for (dtype, shape) in
        [("I64", "[2,1]"), ("F64", "[2,1]"), ("BOOL", "[8,2]"), ("I16", "[4,2]"), ("F8_E4M3", "[8,2]"), ("", "[2,2]")]
    {
        let wpe = format!(r#""wpe.weight":{{"dtype":"{dtype}","shape":{shape}"#);
        let bytes = replaced(r#""wpe.weight":{"dtype":"F32","shape":[2,2]"#, &wpe);
        assert_tensor(&bytes, "wpe.weight", &format!("its numbers are {dtype}: save it as F32, F16 or BF16"));
    }
}

#[test]
fn weights_that_are_no_numbers() {
    let with = |value: f32| changed(|tensors| tensor(tensors, "h.0.mlp.c_fc.weight").2[9] = value);
    for (value, shown) in [(f32::NAN, "NaN"), (f32::INFINITY, "inf"), (f32::NEG_INFINITY, "-inf")] {
        assert_tensor(&with(value), "h.0.mlp.c_fc.weight", &format!("[1][1] is {shown}, not a finite number"));
    }
}

#[test]
fn a_missing_tensor() {
    for (name, _, _) in tiny().into_iter().filter(|(name, _, _)| !name.ends_with(".bias")) {
        let bytes = changed(|tensors| tensors.retain(|(other, _, _)| *other != name));
        assert_tensor(&bytes, &name, "it is missing");
    }
}

#[test]
fn a_tensor_too_many() {
    let bytes = changed(|tensors| tensors.push(("h.0.attn.rotary.weight".to_owned(), vec![1], vec![0.0])));
    assert_tensor(&bytes, "h.0.attn.rotary.weight", "a GPT-2 has no tensor of this name");
}

#[test]
fn a_claim_of_ten_gigabytes() {
    let wte = r#""wte.weight":{"dtype":"F32","shape":[1000000,2500],"data_offsets":[0,10000000000]}"#;
    let bytes = with_header(&format!("{{{wte}}}"), 0);
    assert_tensor(&bytes, "wte.weight", "it would end at byte 10000000000 of 0: the file is truncated");
    // A file that really is so long: only its header has been read by then.
    let (header, file_len) = (&bytes[8..], bytes.len() as u64 + 10_000_000_000);
    let (error, peak) = with_peak(|| Checkpoint::open(header, file_len, None, Some(vocab(3))).expect_err("no GPT"));
    assert_eq!(error, at("wpe.weight", "it is missing"));
    assert!(is_modest(peak, header.len()), "{peak} bytes");
}

#[test]
fn a_header_of_many_tensors() {
    // A tensor of no bytes costs its name.
    let tensors: Vec<String> = (0..20_000)
        .map(|i| format!(r#""h.{i}.ln_1.weight":{{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#))
        .collect();
    let bytes = with_header(&format!("{{{}}}", tensors.join(",")), 0);
    let error = error_of(&bytes);
    assert_eq!(error.code(), "invalid_tensor", "{error}");
}
