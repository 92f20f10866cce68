//! The arithmetic that the kernels are made of, on the device: f32 to the bit, 128-bit products, Philox. And faults in it, each noticed.

use logitlab::{gpu::Kernel, rng::philox4x32_10};

use crate::{
    gpu::adapters,
    support::{Outcome, block_on, ensure, inputs::SplitMix, pass},
};

/// Words of one item: eight in, sixteen out.
const WORDS: usize = 24;

const MAIN: &str = "
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) thread: vec3<u32>) {
  if (thread.x >= batch.n_rows) {
    return;
  }
  let at = thread.x * 24u;
  let x = values[at];
  let y = values[at + 1u];
  let z = values[at + 2u];
  values[at + 8u] = divide(x, y);
  values[at + 9u] = multiply(x, y);
  values[at + 10u] = add(x, z);
  let a = vec2<u32>(values[at + 3u], values[at + 4u]);
  let b = vec2<u32>(values[at + 5u], values[at + 6u]);
  let product = scaled(a, b);
  values[at + 11u] = product.x;
  values[at + 12u] = product.y;
  let sum = add64(a, b);
  values[at + 13u] = sum.x;
  values[at + 14u] = sum.y;
  let difference = sub64(a, b);
  values[at + 15u] = difference.x;
  values[at + 16u] = difference.y;
  values[at + 17u] = select(0u, 1u, less64(a, b));
  let random = philox(vec4<u32>(x, y, z, values[at + 7u]), a);
  values[at + 18u] = random.x;
  values[at + 19u] = random.y;
  values[at + 20u] = random.z;
  values[at + 21u] = random.w;
}
";

/// The shared files that are tested here, and the program above.
fn source() -> String {
    let [rows, wide, number, ..] = Kernel::Penalties.parts() else { unreachable!("shared files come first") };
    let [_, philox, ..] = Kernel::Chain.parts() else { unreachable!("shared files come first") };
    [rows, wide, number, philox, MAIN].concat()
}

/// Finite numbers of every kind: any bits, edges, few significant bits, so that halves have to be rounded.
fn number(rng: &mut SplitMix) -> f32 {
    const EDGES: [u32; 12] = [
        0,
        1,
        2,
        3,
        0x007F_FFFF,
        0x0080_0000,
        0x0080_0001,
        0x3F7F_FFFF,
        0x3F80_0000,
        0x3F80_0001,
        0x7F7F_FFFF,
        0x4B80_0000,
    ];
    let bits = match rng.below(5) {
        0 => EDGES[rng.below(12)],
        1 => rng.bits() as u32 & 0x7FFF_FFFF,
        // Twelve bits or thirteen: a product of two has a half to round.
        2 => (rng.bits() as u32 & 0x0FFF_0000 | 0x3000_0000) >> rng.below(2),
        3 => (rng.bits() as u32 & 0x7FF) + (rng.below(4) as u32) * 0x0080_0000,
        _ => 0x3F00_0000 + (rng.bits() as u32 & 0x00FF_FFFF),
    };
    let x = f32::from_bits(bits);
    if x.is_finite() { x } else { 1.5 }
}

fn items(n: usize) -> Vec<[u32; WORDS]> {
    let mut rng = SplitMix(51);
    let known = [
        [0; 8],
        [u32::MAX >> 9; 8],
        [0x243f_6a88, 0x0588_a308, 0x1319_8a2e, 0x0370_7344, 0xa409_3822, 0x299f_31d0, 7, 9],
    ];
    let random = std::iter::repeat_with(|| {
        let sign = |rng: &mut SplitMix| (rng.bits() as u32 & 1) << 31;
        let (x, y, z) = (number(&mut rng), number(&mut rng), number(&mut rng));
        let y = if y > 0.0 { y } else { 3.0 };
        let mut words = [0; 8].map(|_: u32| rng.bits() as u32);
        // Small and large high words, so that carries and borrows happen and do not.
        if rng.below(2) == 0 {
            (words[4], words[6]) = (rng.below(3) as u32, rng.below(3) as u32);
        }
        [words[0], words[1], words[2]] = [x.to_bits() | sign(&mut rng), y.to_bits(), z.to_bits() | sign(&mut rng)];
        words
    });
    known
        .into_iter()
        .chain(random)
        .take(n)
        .map(|words| std::array::from_fn(|i| words.get(i).copied().unwrap_or(0)))
        .collect()
}

/// Runs a program over the items, in place.
fn run(adapter: &str, source: &str, items: &mut [[u32; WORDS]]) {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let found = block_on(instance.enumerate_adapters(wgpu::Backends::PRIMARY));
    let adapter = found.into_iter().find(|it| adapter.contains(&it.get_info().name)).expect("the adapter");
    let (device, queue) = block_on(adapter.request_device(&wgpu::DeviceDescriptor::default())).unwrap();
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: None,
        source: wgpu::ShaderSource::Wgsl(source.into()),
    });
    let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: None,
        layout: None,
        module: &module,
        entry_point: None,
        compilation_options: wgpu::PipelineCompilationOptions::default(),
        cache: None,
    });
    let bytes: Vec<u8> = items.as_flattened().iter().flat_map(|word| word.to_le_bytes()).collect();
    let make = |usage, size| {
        device.create_buffer(&wgpu::BufferDescriptor { label: None, size, usage, mapped_at_creation: false })
    };
    let batch = make(wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST, 32);
    let storage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::COPY_SRC;
    let values = make(storage, bytes.len() as u64);
    let results = make(wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST, bytes.len() as u64);
    queue.write_buffer(&batch, 0, &(items.len() as u32).to_le_bytes());
    queue.write_buffer(&values, 0, &bytes);
    let entries = [(0, &batch), (1, &values)]
        .map(|(binding, buffer)| wgpu::BindGroupEntry { binding, resource: buffer.as_entire_binding() });
    let layout = pipeline.get_bind_group_layout(0);
    let group =
        device.create_bind_group(&wgpu::BindGroupDescriptor { label: None, layout: &layout, entries: &entries });
    let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    {
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        pass.set_pipeline(&pipeline);
        pass.set_bind_group(0, &group, &[]);
        pass.dispatch_workgroups(items.len().div_ceil(64) as u32, 1, 1);
    }
    encoder.copy_buffer_to_buffer(&values, 0, &results, 0, bytes.len() as u64);
    queue.submit([encoder.finish()]);
    results.map_async(wgpu::MapMode::Read, .., |result| result.unwrap());
    device.poll(wgpu::PollType::wait_indefinitely()).unwrap();
    let view = results.get_mapped_range(..).unwrap();
    for (word, bytes) in items.as_flattened_mut().iter_mut().zip(view.chunks(4)) {
        *word = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    }
}

/// What the device made of each item is what the CPU makes of it.
fn check(items: &[[u32; WORDS]]) -> Outcome {
    for item in items {
        let [x, y, z] = [item[0], item[1], item[2]].map(f32::from_bits);
        let wide = |at: usize| u64::from(item[at + 1]) << 32 | u64::from(item[at]);
        for (name, at, want) in [("divide", 8, x / y), ("multiply", 9, x * y), ("add", 10, x + z)] {
            let got = f32::from_bits(item[at]);
            let is_same = got.to_bits() == want.to_bits() || (got == 0.0 && want == 0.0);
            // Division and multiplication are by positive numbers only.
            ensure!(is_same || (at != 10 && y <= 0.0), "{name}: {x:e}, {y:e}, {z:e}: {got:e}, not {want:e}");
        }
        let (a, b) = (wide(3), wide(5));
        #[allow(clippy::cast_possible_truncation, reason = "the high half")]
        let product = ((u128::from(a) * u128::from(b)) >> 64) as u64;
        for (name, at, want) in
            [("scaled", 11, product), ("add64", 13, a.wrapping_add(b)), ("sub64", 15, a.wrapping_sub(b))]
        {
            ensure!(wide(at) == want, "{name}({a:#x}, {b:#x}): {:#x}, not {want:#x}", wide(at));
        }
        ensure!(item[17] == u32::from(a < b), "less64({a:#x}, {b:#x})");
        let want = philox4x32_10([item[0], item[1], item[2], item[7]], [item[3], item[4]]);
        ensure!(item[18..22] == want, "philox: {:x?}, not {want:x?}", &item[18..22]);
    }
    Ok(())
}

#[test]
fn numbers_are_the_cpus_to_the_bit() {
    for adapter in adapters() {
        let mut items = items(120_000);
        run(&adapter, &source(), &mut items);
        pass(check(&items).map_err(|message| format!("{adapter}: {message}")));
        println!("webgpu × {adapter} × numbers: {} cases", items.len());
    }
}

/// (from, to) in the text of the shared files.
const FAULTS: [(&str, &str); 20] = [
    ("cut > half || (cut == half && (rest || (kept & 1u) == 1u))", "cut >= half"),
    ("cut > half || (cut == half && (rest || (kept & 1u) == 1u))", "cut > half"),
    ("cut == half && (rest ||", "cut == half && ("),
    ("let last = max(exponent - 23, -149);", "let last = exponent - 23;"),
    ("if (exponent > 127) {", "if (exponent > 126) {"),
    ("let shift = countLeadingZeros(fraction) - 8u;", "let shift = countLeadingZeros(fraction) - 9u;"),
    ("if (remainder - off * divisor < 0) {", "if (remainder - off * divisor < -8388608) {"),
    ("q = u32(i32(q) + off);", "q = q;"),
    ("a.e - b.e - 25, remainder != 0)", "a.e - b.e - 25, false)"),
    ("(low & 0x3fffffu) != 0u)", "false)"),
    ("let high = mul_high(a.m, b.m);", "let high = mul_high(a.m, b.m - 1u);"),
    ("select(0u, 1u, cut != 0u);", "0u;"),
    ("if (distance > 27u) {", "if (distance > 23u) {"),
    ("(a.m << 3u) + m, ((x ^ y) >> 31u) == 0u)", "(a.m << 3u) + m, (x >> 31u) == 0u)"),
    ("let carry = vec2<u32>(mul_high(a.x, b.x), 0u);", "let carry = vec2<u32>(0u, 0u);"),
    ("a.y + b.y + select(0u, 1u, low < a.x)", "a.y + b.y"),
    ("a.y - b.y - select(0u, 1u, a.x < b.x)", "a.y - b.y"),
    ("(a.y == b.y && a.x < b.x)", "(a.y == b.y && a.x <= b.x)"),
    ("let u = al * bh + (t & 0xffffu);", "let u = al * bh;"),
    ("i < 10u", "i < 9u"),
];

#[test]
fn every_fault_is_noticed() {
    let Some(adapter) = adapters().into_iter().next_back() else { return };
    let inputs = items(40_000);
    for (from, to) in FAULTS {
        let source = source();
        assert!(source.contains(from), "no `{from}` in the shaders");
        let mut items = inputs.clone();
        run(&adapter, &source.replace(from, to), &mut items);
        let noticed = check(&items);
        assert!(noticed.is_err(), "nothing notices `{to}` in place of `{from}`");
    }
}
