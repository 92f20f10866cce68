//! What panics would have said: once nobody says it, zeros stand in its place in memory, which compress to nothing.

use std::{collections::BTreeSet, mem, ops::Range};

use walrus::{
    ConstExpr, Data, DataKind, FunctionId, Module,
    ir::{Call, Const, Instr, InstrSeq, Load, LoadSimd, Value, Visitor, dfs_in_order},
};

/// A piece of memory, and the address of its first byte.
struct Memory {
    start: usize,
    bytes: Vec<u8>,
}

/// Clears the messages of calls to `panics`, and the places in the source that come with them. Returns how many of each there were.
pub(crate) fn forget(module: &mut Module, panics: &BTreeSet<FunctionId>) -> (usize, usize) {
    let mut reader = Reader { panics, module, messages: Vec::new(), used: BTreeSet::new() };
    for (_, function) in module.funcs.iter_local() {
        dfs_in_order(&mut reader, function, function.entry_block());
    }
    let Reader { messages, mut used, .. } = reader;
    let ids: Vec<_> = module.data.iter().map(Data::id).collect();
    let (mut n_messages, mut n_places) = (0, 0);
    for id in ids {
        let data = module.data.get_mut(id);
        let DataKind::Active { offset: ConstExpr::Value(Value::I32(start)), .. } = data.kind else { continue };
        let mut memory = Memory { start: start.unsigned_abs() as usize, bytes: mem::take(&mut data.value) };
        for (place, name) in memory.places() {
            memory.clear(place);
            memory.clear(name);
            n_places += 1;
        }
        used.extend(memory.words().filter_map(|at| memory.word(at)));
        for message in &messages {
            // What something else points to, or into, is not only a message.
            if used.range(message.clone()).next().is_none() && memory.is_text(message) {
                memory.clear(message.clone());
                n_messages += 1;
            }
        }
        data.value = memory.bytes;
    }
    (n_messages, n_places)
}

impl Memory {
    fn get(&self, addresses: &Range<usize>) -> Option<&[u8]> {
        self.bytes.get(addresses.start.checked_sub(self.start)?..addresses.end.checked_sub(self.start)?)
    }

    fn clear(&mut self, addresses: Range<usize>) {
        self.bytes[addresses.start - self.start..addresses.end - self.start].fill(0);
    }

    fn word(&self, address: usize) -> Option<usize> {
        self.get(&(address..address + 4))
            .and_then(|bytes| bytes.try_into().ok())
            .map(u32::from_le_bytes)
            .map(|n| n as usize)
    }

    /// The addresses of words.
    fn words(&self) -> impl Iterator<Item = usize> + use<> {
        (self.start.next_multiple_of(4)..self.start + self.bytes.len()).step_by(4)
    }

    fn is_text(&self, addresses: &Range<usize>) -> bool {
        self.get(addresses).is_some_and(|bytes| bytes.iter().all(|byte| matches!(byte, b' '..=b'~')))
    }

    /// Where a `core::panic::Location` lies, and the name of its file. It is four words: the name's address and length, line and column. Behind
    /// the name is a zero.
    fn places(&self) -> Vec<(Range<usize>, Range<usize>)> {
        let place = |at: usize| {
            let [from, len, line, column] = [0, 4, 8, 12].map(|offset| self.word(at + offset));
            let name = from?..from?.checked_add(len?)?;
            let is_file = self.get(&name)?.ends_with(b".rs") && self.get(&(name.end..name.end + 1)) == Some(&[0]);
            (is_file && line? > 0 && column? > 0).then_some((at..at + 16, name))
        };
        self.words().filter_map(place).collect()
    }
}

/// Goes through the code.
struct Reader<'a> {
    panics: &'a BTreeSet<FunctionId>,
    module: &'a Module,
    /// Where the texts lie that are handed to panics.
    messages: Vec<Range<usize>>,
    /// Addresses that anything else has to do with, and other numbers.
    used: BTreeSet<usize>,
}

impl<'a> Visitor<'a> for Reader<'a> {
    fn start_instr_seq(&mut self, sequence: &'a InstrSeq) {
        let instrs: Vec<&Instr> = sequence.instrs.iter().map(|(instr, _)| instr).collect();
        let mut is_message = vec![false; instrs.len()];
        for (i, instr) in instrs.iter().enumerate() {
            let Instr::Call(Call { func }) = instr else { continue };
            let n_params = self.module.types.get(self.module.funcs.get(*func).ty()).params().len();
            if !self.panics.contains(func) || n_params < 3 || n_params > i {
                continue;
            }
            let params = &instrs[i - n_params..i];
            let is_pushed = |instr: &&&Instr| matches!(instr, Instr::Const(_) | Instr::LocalGet(_));
            if let (Some(address), Some(len)) = (constant(params[0]), constant(params[1]))
                && params.iter().all(|instr| is_pushed(&instr))
            {
                // `fmt::Arguments` of a text alone has twice its length and one.
                let is_arguments =
                    self.module.funcs.get(*func).name.as_deref().is_some_and(|name| name.contains("panic_fmt"));
                self.messages.push(address..address + if is_arguments { len / 2 } else { len });
                is_message[i - n_params..i].fill(true);
            }
        }
        for (instr, _) in instrs.iter().zip(is_message).filter(|(_, is_message)| !is_message) {
            self.used.extend(match instr {
                Instr::Load(Load { arg, .. }) | Instr::LoadSimd(LoadSimd { arg, .. }) => {
                    usize::try_from(arg.offset).ok()
                }
                other => constant(other),
            });
        }
    }
}

fn constant(instr: &Instr) -> Option<usize> {
    match instr {
        Instr::Const(Const { value: Value::I32(value) }) => usize::try_from(*value).ok(),
        _ => None,
    }
}
