//! A million checkpoints with something wrong: each is read, or refused with a typed error; none panics.

use safetensors::SafeTensors;

use crate::{
    checkpoint::{file, read, tiny},
    support::inputs::SplitMix,
};

/// Makes one to three changes at random places: bytes, digits, cuts, copies, and the header's length.
fn mutate(bytes: &mut Vec<u8>, random: &mut SplitMix) {
    for _ in 0..=random.below(3) {
        let place = random.below(bytes.len().max(1));
        match random.below(8) {
            0 => bytes.truncate(place),
            1 if !bytes.is_empty() => bytes[place] = random.bits() as u8,
            2 if !bytes.is_empty() => bytes[place] ^= 1 << random.below(8),
            3 => {
                // A digit of the header becomes another.
                let digit = bytes.iter().skip(place).position(u8::is_ascii_digit).map(|i| place + i);
                if let Some(i) = digit {
                    bytes[i] = b'0' + random.below(10) as u8;
                }
            }
            4 => {
                let end = place + random.below(40).min(bytes.len() - place);
                let copy = bytes[place..end].to_vec();
                let to = random.below(bytes.len() + 1);
                bytes.splice(to..to, copy);
            }
            5 => drop(bytes.drain(place..place + random.below(40).min(bytes.len() - place))),
            6 if bytes.len() >= 8 => {
                let length = u64::from_le_bytes(bytes[..8].try_into().unwrap());
                let other = length.wrapping_add(random.pick(&[1, 4, u64::MAX, 1 << 20, 1 << 33, 1 << 63]));
                bytes[..8].copy_from_slice(&other.to_le_bytes());
            }
            _ => {
                let number = random.pick(&[f32::NAN, f32::INFINITY, 0.0, 1e38]).to_le_bytes();
                let at = bytes.len().saturating_sub(4 + 4 * random.below(100));
                bytes.iter_mut().skip(at).zip(number).for_each(|(byte, new)| *byte = new);
            }
        }
    }
}

#[test]
fn a_million_hostile_files() {
    // One place runs them all; as WebAssembly fewer, for time's sake.
    let n = if cfg!(target_os = "wasi") { 100_000 } else { 1_000_000 };
    let whole = file(&tiny());
    let (mut random, mut n_read) = (SplitMix(5), 0);
    for i in 0..n {
        let mut bytes = whole.clone();
        mutate(&mut bytes, &mut random);
        match read(&bytes) {
            // What we read is a file for the format's own library, too.
            Ok(_) => {
                n_read += 1;
                assert!(SafeTensors::deserialize(&bytes).is_ok(), "file {i}");
            }
            Err(error) => assert!(matches!(error.code(), "model_format" | "invalid_tensor"), "file {i}: {error}"),
        }
    }
    println!("{n_read} of {n} could still be read");
    assert!(n_read > n / 100 && n_read < n / 2, "{n_read} of {n}");
}
