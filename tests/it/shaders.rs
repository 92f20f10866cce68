//! Every shader is valid WGSL, within the limits that every device has, without what may differ between devices; and its structs are Rust's.

use std::mem::offset_of;

use logitlab::gpu::{
    Bindings, Kernel,
    layout::{self, Batch, Chain, Drawn, Edit, Entry, Part, Row, Sequence, State},
    network::layout::{self as network_layout, Slot, Work},
};
use logitlab::plan::StageName;
use naga::{
    AddressSpace, Module, TypeInner,
    front::wgsl,
    proc::Layouter,
    valid::{Capabilities, ValidationFlags, Validator},
};

/// Workgroup memory and storage buffers that every device has.
const WORKGROUP_BYTES: u32 = 16_384;
const STORAGE_BUFFERS: usize = 8;

/// The shader as the compilers see it.
fn module(source: &str) -> Result<Module, String> {
    let module = wgsl::parse_str(source).map_err(|error| error.emit_to_string(source))?;
    let mut validator = Validator::new(ValidationFlags::all(), Capabilities::empty());
    validator.validate(&module).map_err(|error| format!("{error:?}"))?;
    Ok(module)
}

fn check_limits(module: &Module) -> Result<(), String> {
    let mut layouter = Layouter::default();
    layouter.update(module.to_ctx()).map_err(|error| error.to_string())?;
    let in_space =
        |wanted: fn(&AddressSpace) -> bool| module.global_variables.iter().filter(move |(_, it)| wanted(&it.space));
    let bytes: u32 = in_space(|space| *space == AddressSpace::WorkGroup).map(|(_, it)| layouter[it.ty].size).sum();
    if bytes > WORKGROUP_BYTES {
        return Err(format!("{bytes} bytes of workgroup memory"));
    }
    let n = in_space(|space| matches!(space, AddressSpace::Storage { .. })).count();
    if n > STORAGE_BUFFERS {
        return Err(format!("{n} storage buffers"));
    }
    for entry in &module.entry_points {
        let lanes: u32 = entry.workgroup_size.iter().product();
        if lanes > 256 {
            return Err(format!("{lanes} threads in a workgroup"));
        }
    }
    Ok(())
}

/// Words that a network's kernels may use: its sums are rounded differently everywhere, anyway.
const ROUNDED: [&str; 3] = ["exp", "inverseSqrt", "dot"];

/// The first word that may mean different things on different devices, but for those allowed.
fn unsteady_word(source: &str, allowed: &[&str]) -> Option<&'static str> {
    const WORDS: [&str; 21] = [
        "enable",
        "requires",
        "exp",
        "exp2",
        "log",
        "log2",
        "pow",
        "sqrt",
        "inverseSqrt",
        "sin",
        "cos",
        "tanh",
        "fma",
        "f16",
        "subgroupAdd",
        "subgroupMax",
        "subgroupBallot",
        "subgroup_size",
        "mix",
        "dot",
        "storageBarrier",
    ];
    let code: String = source.lines().map(|line| line.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n");
    let words: Vec<&str> = code.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    WORDS.into_iter().find(|word| words.contains(word) && !allowed.contains(word))
}

#[test]
fn every_shader_is_valid_within_the_limits_of_every_device() {
    let steady: &[&str] = &[];
    for kernel in Kernel::ALL {
        let allowed = if kernel.bindings() == Bindings::Network { &ROUNDED[..] } else { steady };
        let source = kernel.source();
        let module = module(&source).unwrap_or_else(|error| panic!("{}: {error}", kernel.name()));
        check_limits(&module).unwrap_or_else(|error| panic!("{}: {error}", kernel.name()));
        assert_eq!(unsteady_word(&source, allowed), None, "{}", kernel.name());
        assert_eq!(module.entry_points.len(), 1, "{}", kernel.name());
    }
}

#[test]
fn bad_shaders_are_noticed() {
    let with = |globals: &str, body: &str| format!("{globals}\n@compute @workgroup_size(256) fn main() {{ {body} }}");
    assert!(module(&with("", "let x = 1u + 1.0f;")).is_err(), "a type error");
    assert!(module(&with("", "let x = subgroupAdd(1u);")).is_err(), "an operation of subgroups");
    assert!(module("enable f16; fn f(x: f16) {}").is_err(), "f16");
    let limits = |source: &str| check_limits(&module(source).unwrap());
    assert!(limits(&with("var<workgroup> a: array<u32, 4097>;", "a[0] = 1u;")).is_err(), "too much workgroup memory");
    let buffers: String = (0..9).map(|i| format!("@group(0) @binding({i}) var<storage> b{i}: array<u32>;\n")).collect();
    assert!(limits(&with(&buffers, "")).is_err(), "nine buffers");
    assert!(limits("@compute @workgroup_size(16, 32) fn main() {}").is_err(), "512 threads");
    assert_eq!(unsteady_word("let x = exp(1.0); // log", &[]), Some("exp"));
    assert_eq!(unsteady_word("let x = exp(log(1.0));", &ROUNDED), Some("log"));
    assert_eq!(unsteady_word("let exponent = 1; // exp", &[]), None);
}

/// Offset of each field, and the size, as WGSL lays a struct out.
fn layout_in(module: &Module, name: &str) -> Vec<(String, usize)> {
    let found = module.types.iter().find(|(_, ty)| ty.name.as_deref() == Some(name));
    let Some((_, ty)) = found else { panic!("no struct {name}") };
    let TypeInner::Struct { members, span } = &ty.inner else { panic!("{name} is no struct") };
    let fields = members.iter().map(|member| (member.name.clone().unwrap_or_default(), member.offset as usize));
    fields.chain([("size".to_owned(), *span as usize)]).collect()
}

/// The same of a struct in Rust.
macro_rules! layout_of {
    ($type:ident: $($field:ident)+) => {
        (stringify!($type), vec![$((stringify!($field).to_owned(), offset_of!($type, $field)),)+ ("size".to_owned(), size_of::<$type>())])
    };
}

#[test]
fn structs_are_the_same_in_rust_and_wgsl() {
    let rows = module(&Kernel::Finish.source()).unwrap();
    let chain = module(&Kernel::Chain.source()).unwrap();
    let in_rows = [
        layout_of!(Batch: n_rows vocab_size n_blocks position zero),
        layout_of!(Row: kind draw coin params temperature k p value_cut slack edits_from edits_to),
        layout_of!(Edit: id factor amount unused),
        layout_of!(Drawn: token kept status mass total start runner_up runner_up_weight),
        layout_of!(Part: max_key max_id n tau sum kept is_invalid),
    ];
    let in_chain = [
        layout_of!(Chain: n_sequences n_steps first_step token_bits seed),
        layout_of!(State: total first n),
        layout_of!(Entry: sum id is_end),
        layout_of!(Sequence: last row n_drawn has_ended),
    ];
    let network = module(&Kernel::Embed.source()).unwrap();
    let in_network = [
        layout_of!(Work: n_slots first_slot n_in n_out first stride_in stride_out n_head n_shared stride_cache capacity mode has_bias epsilon scale),
        layout_of!(Slot: token source position row out),
    ];
    for (module, structs) in [(&rows, &in_rows[..]), (&chain, &in_chain[..]), (&network, &in_network[..])] {
        for (name, want) in structs {
            assert_eq!(&layout_in(module, name), want, "{name}");
        }
    }
}

#[test]
fn constants_are_the_same_in_rust_and_wgsl() {
    let constant_in = |source: &str, name: &str| -> u32 {
        let start = source.find(&format!("const {name} = ")).unwrap_or_else(|| panic!("no constant {name}"));
        let text: String =
            source[start..].chars().skip_while(|&c| c != '=').skip(2).take_while(|&c| c != 'u').collect();
        text.parse().unwrap_or_else(|_| panic!("{name} = {text}"))
    };
    let source = Kernel::Finish.source();
    let constant = |name: &str| constant_in(&source, name);
    let pairs = [
        ("GREEDY", layout::GREEDY),
        ("COIN", layout::COIN),
        ("REFUSED", layout::REFUSED),
        ("BLOCK", layout::BLOCK as u32),
        ("CAPACITY", layout::CAPACITY as u32),
    ];
    for (name, value) in pairs {
        assert_eq!(constant(name), value, "{name}");
    }
    let product = Kernel::Product.source();
    let modes = [
        ("ADD", network_layout::ADD),
        ("GELU_TANH", network_layout::GELU_TANH),
        ("GELU_ERF", network_layout::GELU_ERF),
        ("SILU", network_layout::SILU),
        ("TIMES", network_layout::TIMES),
    ];
    for (name, value) in modes {
        assert_eq!(constant_in(&product, name), value, "{name}");
    }
    assert!(product.contains("const ALL = 0xffffffffu;") && network_layout::ALL == u32::MAX);
    let products = Kernel::Products.source();
    assert_eq!(constant_in(&products, "N_SLOTS"), network_layout::SLOTS_OF_A_TILE, "slots of a tile");
    assert_eq!(constant_in(&products, "N_OUTPUTS"), network_layout::OUTPUTS_OF_A_TILE, "outputs of a tile");
    for stage in StageName::DEFAULT_ORDER {
        // Its own, or the one of a stage before it that does the same.
        let kernel = Kernel::of(stage);
        assert_eq!(kernel.stage().map(StageName::as_str), Some(kernel.name()), "{}", stage.as_str());
        let shares =
            kernel == Kernel::Bias && stage.edits() || kernel == Kernel::EpsilonCutoff && stage == StageName::Mirostat;
        assert!(kernel.name() == stage.as_str() || shares, "{}", stage.as_str());
    }
    for kernel in Kernel::ALL {
        assert_eq!(constant_in(&kernel.source(), "KIND"), kernel.kind(), "{}", kernel.name());
    }
    assert!(Kernel::ALL.len() < layout::FUSED as usize, "a kind is one kernel's, or that of a fused plan");
    assert_eq!(constant("FUSED"), layout::FUSED, "FUSED");
}
