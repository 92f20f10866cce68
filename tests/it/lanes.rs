//! Each operation of the lanes against its definition, number by number: in the plain twin, in the lanes of this target, and in registers of every
//! width that this machine has. What is made of them is in tests/it/same_tokens.rs.

use half::{bf16, f16};
use logitlab::lanes::{
    self, Floats, LaneSum, Lanes, WIDTH,
    exp::{LOWEST, MAGIC, exp, powers},
    wide::{LANES, Registers, Sixteen, Twice, Work, widest},
};

use crate::support::inputs::SplitMix;

/// Where an operation could go wrong: both zeros, numbers below the smallest ordinary one, the ends of the range, ties, and what is no number.
const EDGES: [f32; 20] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.75,
    -2.5,
    f32::MIN_POSITIVE,
    -f32::MIN_POSITIVE,
    1e-45,
    -1e-45,
    1.1e-38,
    f32::MAX,
    f32::MIN,
    f32::INFINITY,
    f32::NEG_INFINITY,
    f32::NAN,
    8_388_607.5,
    16_777_216.0,
    1.000_000_1,
    -87.5,
];

/// N of them. From one `at` to the next each lane has another, so that any two meet in each lane.
fn edges<const N: usize>(at: usize, stride: usize) -> [f32; N] {
    std::array::from_fn(|lane| EDGES[(at + stride * lane) % EDGES.len()])
}

/// The bits; all that is no number is the same.
fn bits(x: f32) -> u32 {
    if x.is_nan() { f32::NAN.to_bits() } else { x.to_bits() }
}

/// What the operations of two are, lane by lane.
const OF_TWO: [fn(f32, f32) -> f32; 5] =
    [|a, b| a + b, |a, b| a - b, |a, b| a * b, |a, b| a / b, |a, b| if a < b { b } else { a }];

/// 1.5·2^23 + n for another n in each lane, and the numbers that it takes times 2^n.
const SCALES: ([f32; LANES], [f32; LANES]) = {
    let mut scales = ([0.0; LANES], [0.0; LANES]);
    let mut lane = 0;
    while lane < LANES {
        scales.0[lane] = MAGIC + lane as f32 - 5.0;
        scales.1[lane] = 1.0 + lane as f32 / 32.0;
        lane += 1;
    }
    scales
};

/// Each operation of any two edges.
struct Edges<'a>(&'a mut Vec<u32>);

impl Work for Edges<'_> {
    #[inline(always)]
    fn run<S: Sixteen>(self) {
        for i in 0..EDGES.len() {
            for j in 0..EDGES.len() {
                let (a, b) = (S::load(&edges::<LANES>(i, 3)), S::load(&edges::<LANES>(j, 7)));
                for made in [a.add(b), a.sub(b), a.mul(b), a.div(b), a.max(b)] {
                    self.0.extend(made.to_array().map(bits));
                }
            }
        }
        let scaled = S::load(&SCALES.1).scale_by_power(S::load(&SCALES.0));
        self.0.extend(scaled.to_array().map(bits));
    }
}

#[test]
fn operations_of_two_agree_on_edges() {
    let mut expected = Vec::new();
    for i in 0..EDGES.len() {
        for j in 0..EDGES.len() {
            let (a, b) = (edges::<LANES>(i, 3), edges::<LANES>(j, 7));
            for f in OF_TWO {
                expected.extend((0..LANES).map(|lane| bits(f(a[lane], b[lane]))));
            }
        }
    }
    let scaled = |lane: usize| SCALES.1[lane] * (SCALES.0[lane] - MAGIC).exp2();
    expected.extend((0..LANES).map(|lane| bits(scaled(lane))));
    let bits_of = |work: &dyn Fn(Edges)| {
        let mut found = Vec::new();
        work(Edges(&mut found));
        found
    };
    assert!(bits_of(&|work| work.run::<Twice<Twice<lanes::Plain>>>()) == expected, "plain");
    for registers in Registers::all() {
        assert!(bits_of(&|work| registers.run(work)) == expected, "{registers:?}");
    }
}

/// One of the operations that read or write memory, with one element less than it takes.
#[cfg(not(target_os = "wasi"))]
struct Short(usize);

#[cfg(not(target_os = "wasi"))]
impl Work for Short {
    #[inline(always)]
    fn run<S: Sixteen>(self) {
        const N: usize = LANES - 1;
        match self.0 {
            0 => _ = S::load(&[0.0; N]),
            1 => _ = S::halves(&[0; N]),
            2 => _ = S::brains(&[0; N]),
            3 => _ = S::small(&[0; N]),
            4 => S::splat(0.0).store(&mut [0.0; N]),
            5 => _ = S::bytes(&[0; 2 * LANES - 1]),
            6 => _ = S::nibbles(&[0; 2 * LANES - 1]),
            7 => _ = S::load_pairs(&[0; N]),
            _ => S::store_pairs(S::pair(0), &mut [0; N]),
        }
    }
}

/// No register is read from, or written to, beyond the end of a slice. A target without unwinding could not say so.
#[cfg(not(target_os = "wasi"))]
#[test]
fn short_slices_are_refused() {
    use std::panic::catch_unwind;
    for op in 0..9 {
        for registers in Registers::all() {
            assert!(catch_unwind(|| registers.run(Short(op))).is_err(), "operation {op}, {registers:?}");
        }
        assert!(catch_unwind(|| Short(op).run::<Twice<Twice<lanes::Plain>>>()).is_err(), "operation {op}, plain");
    }
    let few = lanes::Native::splat(1.0);
    assert!(catch_unwind(|| few.store_integers(&mut [0; WIDTH - 1])).is_err(), "integers");
    assert!(catch_unwind(|| few.store_packed(15, 0, &mut [0; WIDTH - 1], &mut [0.0; WIDTH])).is_err(), "ids");
    assert!(catch_unwind(|| few.store_packed(15, 0, &mut [0; WIDTH], &mut [0.0; WIDTH - 1])).is_err(), "values");
}

/// What four lanes have beside these: in this target's and in the plain twin.
#[test]
fn four_lanes_do_what_they_say() {
    compares_and_chooses::<lanes::Plain>();
    compares_and_chooses::<lanes::Native>();
    rounds::<lanes::Plain>();
    rounds::<lanes::Native>();
    adds_up::<lanes::Plain>();
    adds_up::<lanes::Native>();
    packs::<lanes::Plain>();
    packs::<lanes::Native>();
    scales::<lanes::Plain>();
    scales::<lanes::Native>();
}

fn compares_and_chooses<L: Lanes>() {
    let (kept, otherwise) = ([1.0, -0.0, f32::NAN, 4.0], [5.0, 6.0, f32::INFINITY, -1e-45]);
    for i in 0..EDGES.len() {
        for j in 0..EDGES.len() {
            let (a, b) = (edges::<WIDTH>(i, 3), edges::<WIDTH>(j, 7));
            let [x, bound] = [a, b].map(|lanes| L::load(&lanes));
            let holds: [bool; WIDTH] = std::array::from_fn(|lane| a[lane] >= b[lane]);
            let mask = holds.iter().rev().fold(0, |mask, &holds| mask << 1 | u32::from(holds));
            assert_eq!(x.at_least(bound), mask, "{a:?} at least {b:?}");
            let chosen = L::load(&kept).where_at_least(x, bound, L::load(&otherwise)).to_array();
            for lane in 0..WIDTH {
                let expected = if holds[lane] { kept[lane] } else { otherwise[lane] };
                assert_eq!(bits(chosen[lane]), bits(expected), "lane {lane} where {a:?} is at least {b:?}");
            }
            assert_eq!((x.to_array().map(bits), x.to_bits()), (a.map(bits), a.map(f32::to_bits)), "{a:?} as it was");
        }
        let some: [f32; WIDTH] = edges(i, 3);
        let zeros = [0.0, -0.0, some[0].min(-0.0), -1.0];
        for a in [some, [some[0]; WIDTH], zeros, [zeros[0], zeros[2], zeros[1], zeros[3]]]
            .into_iter()
            .filter(|a| a.iter().all(|x| !x.is_nan()))
        {
            for turn in 0..WIDTH {
                let mut turned = a;
                turned.rotate_left(turn);
                let largest = a.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                let found = L::load(&turned).largest();
                // Of both zeros either is the largest, but it is the same one everywhere.
                assert!(found == largest, "{found} is the largest of {turned:?}");
                assert_eq!(found.to_bits(), lanes::Plain::load(&turned).largest().to_bits(), "{turned:?}");
            }
        }
    }
}

/// To the nearest, ties to even; and as integers, without what is behind the point.
fn rounds<L: Lanes>() {
    let mut numbers = vec![0.0, 1e-45, 0.499_999_97, 0.5, 0.500_000_06, 0.999_999_94, 1.5, 2.5, 4_194_303.5];
    numbers.extend([8_388_606.5, 8_388_607.5, 8_388_608.0, 8_388_609.0, 16_777_215.0, 16_777_218.0]);
    numbers.extend([2_147_483_520.0, 2_147_483_648.0, 2_147_483_904.0, 3_221_225_472.0, 4_294_967_040.0]);
    for i in 0..numbers.len() {
        let x: [f32; WIDTH] = std::array::from_fn(|lane| numbers[(i + 3 * lane) % numbers.len()]);
        let rounded = L::load(&x).round().to_array();
        assert_eq!(rounded.map(f32::to_bits), x.map(|x| x.round_ties_even().to_bits()), "{x:?} rounded");
        let mut integers = [7; WIDTH + 1];
        L::load(&x).store_integers(&mut integers);
        #[allow(clippy::cast_sign_loss, reason = "none is below 0")]
        let expected = x.map(|x| x as u32);
        assert_eq!((&integers[..WIDTH], integers[WIDTH]), (&expected[..], 7), "{x:?} as integers");
    }
}

/// Bit patterns as integers that wrap, and numbers in f64.
fn adds_up<L: Lanes>() {
    let mut rng = SplitMix(17);
    let (mut tally, mut sums) = (L::no_tally(), [0_u32; WIDTH]);
    let (mut sum, mut totals) = (L::Sum::zero(), [0.0_f64; WIDTH]);
    assert_eq!((L::tallied(tally), sum.total()), (sums, 0.0), "nothing was added yet");
    for _ in 0..300 {
        let any: [f32; WIDTH] = std::array::from_fn(|_| f32::from_bits(rng.bits() as u32));
        tally = L::load(&any).tally(tally);
        sums = std::array::from_fn(|lane| sums[lane].wrapping_add(any[lane].to_bits()));
        assert_eq!(L::tallied(tally), sums, "bit patterns, {any:?} the last");
        let unit: [f32; WIDTH] = std::array::from_fn(|_| (rng.unit() - 0.3) as f32 * 1e9);
        sum = sum.add(L::load(&unit));
        totals = std::array::from_fn(|lane| totals[lane] + f64::from(unit[lane]));
        let [a, b, c, d] = totals;
        assert_eq!(sum.total().to_bits(), ((a + c) + (b + d)).to_bits(), "numbers, {unit:?} the last");
    }
}

/// Where the mask has a bit; nothing behind the fourth element is touched.
fn packs<L: Lanes>() {
    let x = [1.5, f32::NEG_INFINITY, -0.0, 1e-45];
    for mask in 0..16_u32 {
        let (mut ids, mut values) = ([99; WIDTH + 1], [99.0; WIDTH + 1]);
        L::load(&x).store_packed(mask, 40, &mut ids, &mut values);
        let expected: Vec<_> = (0..WIDTH).filter(|lane| mask >> lane & 1 == 1).collect();
        for (n, &lane) in expected.iter().enumerate() {
            assert_eq!((ids[n], values[n].to_bits()), (40 + lane as u32, x[lane].to_bits()), "mask {mask:#b}");
        }
        assert_eq!((ids[WIDTH], values[WIDTH]), (99, 99.0), "mask {mask:#b}");
    }
}

/// By a power of two, exactly; and the exponential, which is within its error and not below 2^-126.
fn scales<L: Lanes>() {
    let x = [1.0, 1.999_999_9, 1.25, 1.375];
    for n in -126_i16..=127 {
        let scaled = L::load(&x).scale_by_power(L::splat(MAGIC + f32::from(n))).to_array();
        let expected = x.map(|x| (f64::from(x) * f64::from(n).exp2()) as f32);
        assert_eq!(scaled, expected, "times 2^{n}");
        let powers = powers(L::splat(f32::from(n)), MAGIC).to_array();
        assert_eq!(powers, [f64::from(n).exp2() as f32; WIDTH], "2^{n}");
    }
    for i in -880..=880_i16 {
        let x: [f32; WIDTH] = std::array::from_fn(|lane| (f32::from(i) + 0.21 * lane as f32).min(880.0) / 10.0);
        for (x, found) in x.into_iter().zip(exp(L::load(&x)).to_array()) {
            let exact = f64::from(x).exp();
            let allowed = exact * (2e-7 + f64::from(x.abs()) * 7.5e-8);
            if x > LOWEST * std::f32::consts::LN_2 {
                assert!((f64::from(found) - exact).abs() <= allowed, "e^{x} is {exact}, not {found}");
            }
        }
    }
    let small = exp(L::load(&[-87.4, -1e4, f32::MIN, f32::NEG_INFINITY])).to_array();
    assert_eq!(small, [f32::MIN_POSITIVE; WIDTH], "2^-126");
}

/// Sums of products of sixteens: every lane of every operation.
struct Products<'a> {
    numbers: &'a [[f32; LANES]],
    out: &'a mut [[f32; LANES]],
}

impl Work for Products<'_> {
    #[inline(always)]
    fn run<S: Sixteen>(self) {
        let mut sum = S::splat(0.1);
        for (i, (numbers, out)) in self.numbers.iter().zip(self.out).enumerate() {
            sum = sum.add(S::load(numbers).mul(S::splat(i as f32 + 0.3)));
            sum.store(out);
        }
    }
}

/// Registers of every width that this machine has, and the plain twin: the same bits.
#[test]
fn widths_agree() {
    let mut rng = SplitMix(14);
    let numbers: Vec<[f32; LANES]> =
        (0..500).map(|_| std::array::from_fn(|_| f32::from_bits(rng.bits() as u32 & 0xBFFF_FFFF))).collect();
    let mut naive = [0.1_f32; LANES];
    let expected: Vec<_> = (numbers.iter().enumerate())
        .map(|(i, numbers)| {
            naive = std::array::from_fn(|lane| naive[lane] + numbers[lane] * (i as f32 + 0.3));
            naive.map(f32::to_bits)
        })
        .collect();
    let mut found = vec![[0.0; LANES]; numbers.len()];
    let mut bits = |work: &dyn Fn(Products)| {
        work(Products { numbers: &numbers, out: &mut found });
        found.iter().map(|x| x.map(f32::to_bits)).collect::<Vec<_>>()
    };
    assert_eq!(bits(&|work| work.run::<Twice<Twice<lanes::Plain>>>()), expected, "plain");
    assert_eq!(bits(&|work| widest(work)), expected, "the widest");
    for registers in Registers::all() {
        assert_eq!(bits(&|work| registers.run(work)), expected, "{registers:?}");
    }
}

/// e^x / (1 + e^x) − x with x at least −90, register by register.
struct Steps<'a> {
    numbers: &'a [[f32; LANES]],
    out: &'a mut [[f32; LANES]],
}

impl Work for Steps<'_> {
    #[inline(always)]
    fn run<S: Sixteen>(self) {
        let numbers = self.numbers.as_flattened().chunks_exact(S::Register::WIDTH);
        for (x, out) in numbers.zip(self.out.as_flattened_mut().chunks_exact_mut(S::Register::WIDTH)) {
            let x = S::Register::load(x).max(S::Register::splat(-90.0));
            let power = exp(x);
            power.div(power.add(S::Register::splat(1.0))).sub(x).store(out);
        }
    }
}

/// So do the operations that exponentials are made of.
#[test]
fn registers_agree() {
    let mut rng = SplitMix(15);
    let numbers: Vec<[f32; LANES]> =
        (0..2000).map(|_| std::array::from_fn(|_| (rng.unit() * 200.0 - 120.0) as f32)).collect();
    let mut expected = vec![[0.0; LANES]; numbers.len()];
    Steps { numbers: &numbers, out: &mut expected }.run::<Twice<Twice<lanes::Plain>>>();
    for (&x, expected) in numbers.as_flattened().iter().zip(expected.as_flattened()) {
        let x = f64::from(x).max(-90.0);
        let exact = 1.0 / (1.0 + (-x).exp()) - x;
        assert!((f64::from(*expected) - exact).abs() <= 1e-5, "{expected} for {x}, not {exact}");
    }
    for registers in Registers::all() {
        let mut found = vec![[0.0; LANES]; numbers.len()];
        registers.run(Steps { numbers: &numbers, out: &mut found });
        for (x, (found, expected)) in
            numbers.as_flattened().iter().zip(found.as_flattened().iter().zip(expected.as_flattened()))
        {
            assert_eq!(found.to_bits(), expected.to_bits(), "{x}, {registers:?}");
        }
    }
}

/// Narrow numbers as f32: halves, bfloat16 and bytes.
struct Narrow<'a> {
    bits: &'a [[u16; LANES]],
    bytes: &'a [[i8; LANES]],
    out: &'a mut Vec<f32>,
}

impl Work for Narrow<'_> {
    #[inline(always)]
    fn run<S: Sixteen>(self) {
        let mut numbers = [0.0; LANES];
        for (bits, bytes) in self.bits.iter().zip(self.bytes) {
            for loaded in [S::halves(bits), S::brains(bits), S::small(bytes)] {
                loaded.store(&mut numbers);
                self.out.extend_from_slice(&numbers);
            }
        }
    }
}

/// Every finite half and its like become the f32 they are, in registers of every width.
#[test]
fn narrow_numbers_agree() {
    let finite: Vec<u16> = (0..=u16::MAX).filter(|&bits| f16::from_bits(bits).is_finite()).collect();
    let (bits, _) = finite.as_chunks::<LANES>();
    let bytes: Vec<[i8; LANES]> = bits.iter().map(|bits| bits.map(|bits| bits as i8)).collect();
    let expected = bits.iter().zip(&bytes).flat_map(|(bits, bytes)| {
        let halves = bits.map(|bits| f16::from_bits(bits).to_f32());
        let brains = bits.map(|bits| bf16::from_bits(bits).to_f32());
        [halves, brains, bytes.map(f32::from)].concat()
    });
    let expected: Vec<u32> = expected.map(f32::to_bits).collect();
    let bits_of = |work: &dyn Fn(Narrow)| {
        let mut found = Vec::new();
        work(Narrow { bits, bytes: &bytes, out: &mut found });
        found.into_iter().map(f32::to_bits).collect::<Vec<_>>()
    };
    assert!(bits_of(&|work| work.run::<Twice<Twice<lanes::Plain>>>()) == expected, "plain");
    for registers in Registers::all() {
        assert!(bits_of(&|work| registers.run(work)) == expected, "{registers:?}");
    }
}

/// Sums of products of whole numbers, of bytes with a sign and of four bits, as a quantised matrix has them.
struct Whole<'a> {
    bytes: &'a [[u8; 2 * LANES]],
    pair: i32,
    out: &'a mut Vec<i32>,
}

impl Work for Whole<'_> {
    #[inline(always)]
    fn run<S: Sixteen>(self) {
        let (mut sums, mut lanes) = (S::pair(i32::MAX - 5), [0; LANES]);
        for bytes in self.bytes {
            let (low, high) = S::nibbles(bytes);
            let signed = S::bytes(bytes);
            for (q, by) in
                [(signed, S::pair(self.pair)), (low, S::pair(self.pair)), (high, S::pair(self.pair)), (low, signed)]
            {
                sums = S::add_dot(sums, q, by);
                S::store_pairs(sums, &mut lanes);
                sums = S::load_pairs(&lanes);
                self.out.extend_from_slice(&lanes);
            }
            self.out.extend(S::from_integers(sums).to_array().map(|x| x.to_bits().cast_signed()));
        }
    }
}

/// In registers of every width, the largest and smallest numbers and a sum that wraps included.
#[test]
fn whole_numbers_agree() {
    let mut rng = SplitMix(16);
    let bytes: Vec<[u8; 2 * LANES]> = (0..200).map(|_| std::array::from_fn(|_| rng.bits() as u8)).collect();
    for (lower, upper) in [(-2048_i16, 2047_i16), (2047, -2048), (i16::MAX, i16::MAX), (i16::MIN, 1), (0, 3)] {
        let pair = i32::from(upper) << 16 | i32::from(lower.cast_unsigned());
        let by_pair = |i: usize| i32::from([lower, upper][i % 2]);
        let dot = |sums: &mut [i32; LANES], q: &dyn Fn(usize) -> i32, by: &dyn Fn(usize) -> i32| {
            for (lane, sum) in sums.iter_mut().enumerate() {
                let products = [2 * lane, 2 * lane + 1].map(|i| q(i) * by(i));
                *sum = sum.wrapping_add(products[0] + products[1]);
            }
            *sums
        };
        let mut sums = [i32::MAX - 5; LANES];
        let expected: Vec<i32> = (bytes.iter())
            .flat_map(|bytes| {
                let signed = |i: usize| i32::from(bytes[i].cast_signed());
                let (low, high) = (|i: usize| i32::from(bytes[i] & 0xf), |i: usize| i32::from(bytes[i] >> 4));
                let of_pair = [
                    dot(&mut sums, &signed, &by_pair),
                    dot(&mut sums, &low, &by_pair),
                    dot(&mut sums, &high, &by_pair),
                ];
                let last = dot(&mut sums, &low, &signed);
                [&of_pair.concat()[..], &last, &last.map(|sum| (sum as f32).to_bits().cast_signed())].concat()
            })
            .collect();
        let out_of = |work: &dyn Fn(Whole)| {
            let mut out = Vec::new();
            work(Whole { bytes: &bytes, pair, out: &mut out });
            out
        };
        assert!(out_of(&|work| work.run::<Twice<Twice<lanes::Plain>>>()) == expected, "plain, {lower}, {upper}");
        for registers in Registers::all() {
            assert!(out_of(&|work| registers.run(work)) == expected, "{registers:?}, {lower}, {upper}");
        }
    }
}
