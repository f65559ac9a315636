//! Which value is in which register: what is needed latest goes to memory first (Belady, IBM Systems Journal 5, 1966).

use super::encode::{Assembler, Base, Form, Fused, Isa, Place, Plain, Width};
use super::lower::{Action, Code, Operation};
use super::{call_one, call_two};

/// Where numbers lie: those of all lanes stand together in memory, of which registers hold a part.
#[derive(Clone, Copy)]
pub(super) struct Layout {
    pub width: Width,
    /// Bytes from one value of an array to the next.
    pub stride: i32,
    /// Bytes from the start of a value to the part of it that is worked on.
    pub offset: i32,
    /// Registers that this part fills: the copies of [`Code::abreast`].
    pub copies: usize,
}

impl Layout {
    /// Where input or output `number` lies.
    fn place(&self, number: usize) -> i32 {
        let (value, copy) = (number / self.copies, number % self.copies);
        value as i32 * self.stride + copy as i32 * 8 * self.width.numbers() as i32 + self.offset
    }
}

/// Writes the instructions of `code` and returns how many values of scratch it needs.
pub(super) fn emit(code: &Code, layout: Layout, isa: Isa, assembler: &mut Assembler) -> usize {
    assembler.set_width(layout.width);
    let mut registers = Registers::new(code, layout, isa, assembler);
    for (at, operation) in code.operations.iter().enumerate() {
        registers.operation(operation, at as u32);
    }
    registers.outputs_of_no_operation();
    registers.scratch
}

struct Registers<'a> {
    assembler: &'a mut Assembler,
    layout: Layout,
    code: &'a Code,
    /// Where each value is used, all in one list, and where that of each value begins.
    uses: Vec<u32>,
    first: Vec<u32>,
    /// The next use of each value, as a place in the list.
    next: Vec<u32>,
    register: Vec<Option<u8>>,
    memory: Vec<Option<(Base, i32)>>,
    /// Outputs that each value is: pairs, sorted.
    wanted: Vec<(u32, u32)>,
    owner: Vec<Option<u32>>,
    scratch: usize,
    free: Vec<usize>,
    /// Scratch that the operation at hand reads for the last time.
    released: Vec<usize>,
}

impl<'a> Registers<'a> {
    fn new(code: &'a Code, layout: Layout, isa: Isa, assembler: &'a mut Assembler) -> Self {
        let mut first = vec![0_u32; code.values + 1];
        let operands = |o: &Operation| o.operands[..o.count].to_vec();
        for operation in &code.operations {
            operands(operation).iter().for_each(|v| first[*v as usize + 1] += 1);
        }
        for k in 0..code.values {
            first[k + 1] += first[k];
        }
        let (mut next, mut uses) = (first.clone(), vec![0; first[code.values] as usize]);
        for (at, operation) in code.operations.iter().enumerate() {
            for v in operands(operation) {
                uses[next[v as usize] as usize] = at as u32;
                next[v as usize] += 1;
            }
        }
        let mut memory = vec![None; code.values];
        for k in 0..code.inputs {
            memory[k] = Some((Base::Inputs, layout.place(k)));
        }
        for k in 0..code.constants.len() {
            memory[code.inputs + k] = Some((Base::Constants, k as i32 * layout.stride + layout.offset));
        }
        let mut wanted: Vec<(u32, u32)> = code.outputs.iter().enumerate().map(|(k, v)| (*v, k as u32)).collect();
        wanted.sort_unstable();
        Self {
            assembler,
            layout,
            code,
            uses,
            next: first.clone(),
            first,
            register: vec![None; code.values],
            memory,
            wanted,
            owner: vec![None; isa.registers()],
            scratch: 0,
            free: Vec::new(),
            released: Vec::new(),
        }
    }

    /// The operation that needs a value next, if any does.
    fn next_use(&self, value: u32) -> Option<u32> {
        let (at, end) = (self.next[value as usize], self.first[value as usize + 1]);
        (at < end).then(|| self.uses[at as usize])
    }

    /// Whether this operation is the last that needs the value.
    fn ends_at(&self, value: u32, at: u32) -> bool {
        let end = self.first[value as usize + 1];
        self.uses[self.next[value as usize] as usize..end as usize].iter().all(|u| *u == at)
    }

    fn slot(&mut self) -> (Base, i32) {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.scratch += 1;
            self.scratch - 1
        });
        (Base::Scratch, slot as i32 * self.layout.stride + self.layout.offset)
    }

    /// Makes sure that a value in a register is in memory as well.
    fn keep(&mut self, value: u32) {
        if let (Some(register), None) = (self.register[value as usize], self.memory[value as usize]) {
            let (base, offset) = self.slot();
            self.assembler.store(register, base, offset);
            self.memory[value as usize] = Some((base, offset));
        }
    }

    /// A register for a new value, none of `pinned`.
    fn fresh(&mut self, pinned: &[u8]) -> u8 {
        let allowed = |r: &usize| !pinned.contains(&(*r as u8));
        if let Some(free) = (0..self.owner.len()).filter(allowed).find(|r| self.owner[*r].is_none()) {
            return free as u8;
        }
        let latest = |r: &usize| self.owner[*r].and_then(|v| self.next_use(v)).unwrap_or(u32::MAX);
        // At most three registers are pinned.
        let register = (0..self.owner.len()).filter(allowed).max_by_key(latest).unwrap_or(0);
        if let Some(value) = self.owner[register].take() {
            self.keep(value);
            self.register[value as usize] = None;
        }
        register as u8
    }

    fn bind(&mut self, value: u32, register: u8) {
        self.owner[usize::from(register)] = Some(value);
        self.register[value as usize] = Some(register);
    }

    /// Brings a value into a register.
    fn bring(&mut self, value: u32, pinned: &[u8]) -> u8 {
        if let Some(register) = self.register[value as usize] {
            return register;
        }
        let register = self.fresh(pinned);
        if let Some((base, offset)) = self.memory[value as usize] {
            self.assembler.load(register, Place::Memory(base, offset));
        }
        self.bind(value, register);
        register
    }

    /// Where a second operand is: values that are needed again come into a register where one is free.
    fn place(&mut self, value: u32, at: u32, pinned: &[u8]) -> Place {
        let again = !self.ends_at(value, at) && self.owner.iter().any(Option::is_none);
        match (self.register[value as usize], self.memory[value as usize]) {
            (None, Some((base, offset))) if !again => Place::Memory(base, offset),
            _ => Place::Register(self.bring(value, pinned)),
        }
    }

    /// The uses of the operands by this operation are done.
    fn consume(&mut self, operation: &Operation) {
        for value in &operation.operands[..operation.count] {
            let v = *value as usize;
            self.next[v] += 1;
            if self.next_use(*value).is_some() {
                continue;
            }
            if let Some(register) = self.register[v].take() {
                self.owner[usize::from(register)] = None;
            }
            if let Some((Base::Scratch, offset)) = self.memory[v] {
                self.released.push((offset / self.layout.stride) as usize);
                self.memory[v] = None;
            }
        }
    }

    /// Stores a new value where it is an output.
    fn deliver(&mut self, value: u32, register: u8) {
        let from = self.wanted.partition_point(|(v, _)| *v < value);
        for k in from..self.wanted.len() {
            let (v, output) = self.wanted[k];
            if v != value {
                break;
            }
            let offset = self.layout.place(output as usize);
            self.assembler.store(register, Base::Outputs, offset);
            if self.memory[value as usize].is_none() {
                self.memory[value as usize] = Some((Base::Outputs, offset));
            }
        }
        if self.next_use(value).is_none() {
            self.owner[usize::from(register)] = None;
            self.register[value as usize] = None;
        }
    }

    fn operation(&mut self, operation: &Operation, at: u32) {
        self.free.append(&mut self.released);
        let [a, b, _] = operation.operands;
        let to = match operation.action {
            Action::Plain(Plain::Root) => {
                let a = self.place(a, at, &[]);
                self.consume(operation);
                let to = self.fresh(&[]);
                self.assembler.plain(Plain::Root, to, to, a);
                to
            }
            Action::Floor => {
                let a = self.place(a, at, &[]);
                self.consume(operation);
                let to = self.fresh(&[]);
                self.assembler.floor(to, a);
                to
            }
            Action::Plain(_) | Action::And | Action::Xor => self.two(operation, at),
            Action::Fused(op) => self.fused(op, operation, at),
            Action::Call(function) => return self.call(operation, a, None, function as u32),
            Action::CallTwo(op) => return self.call(operation, a, Some(b), op as u32),
        };
        self.bind(operation.to, to);
        self.deliver(operation.to, to);
    }

    fn two(&mut self, operation: &Operation, at: u32) -> u8 {
        let [mut a, mut b, _] = operation.operands;
        let symmetric = matches!(operation.action, Action::Plain(Plain::Add | Plain::Mul));
        if symmetric && self.register[a as usize].is_none() && self.register[b as usize].is_some() {
            std::mem::swap(&mut a, &mut b);
        }
        let held: Vec<u8> = self.register[b as usize].into_iter().collect();
        let first = self.bring(a, &held);
        let second = self.place(b, at, &[first]);
        self.consume(operation);
        let to = self.fresh(&[]);
        match operation.action {
            Action::Plain(op) => self.assembler.plain(op, to, first, second),
            Action::And => self.assembler.and(to, first, second),
            _ => self.assembler.xor(to, first, second),
        }
        to
    }

    /// A multiply-add overwrites one of its operands: one that is not needed any more, or a copy of what is added.
    fn fused(&mut self, op: Fused, operation: &Operation, at: u32) -> u8 {
        let [mut a, mut b, c] = operation.operands;
        if self.register[a as usize].is_none() && self.register[b as usize].is_some() {
            std::mem::swap(&mut a, &mut b);
        }
        let mut pinned: Vec<u8> = [a, b, c].iter().filter_map(|v| self.register[*v as usize]).collect();
        let ends = |own: &Self, v: u32| own.register[v as usize].filter(|_| own.ends_at(v, at));
        if let Some(to) = ends(self, c).filter(|_| c != a && c != b) {
            let first = self.bring(a, &pinned);
            pinned.push(first);
            let second = self.place(b, at, &pinned);
            self.consume(operation);
            self.assembler.fused(op, Form::F231, to, first, second);
            return to;
        }
        if a != b && a != c && b != c {
            for (over, other) in [(a, b), (b, a)] {
                let Some(to) = ends(self, over) else { continue };
                if let (Some(first), None) = (self.register[c as usize], self.register[other as usize]) {
                    let second = self.place(other, at, &pinned);
                    self.consume(operation);
                    self.assembler.fused(op, Form::F132, to, first, second);
                } else {
                    let first = self.bring(other, &pinned);
                    pinned.push(first);
                    let second = self.place(c, at, &pinned);
                    self.consume(operation);
                    self.assembler.fused(op, Form::F213, to, first, second);
                }
                return to;
            }
        }
        let first = self.bring(a, &pinned);
        pinned.push(first);
        let second = self.place(b, at, &pinned);
        if let Place::Register(r) = second {
            pinned.push(r);
        }
        let to = self.fresh(&pinned);
        let added = match (self.register[c as usize], self.memory[c as usize]) {
            (Some(r), _) => Place::Register(r),
            (None, Some((base, offset))) => Place::Memory(base, offset),
            (None, None) => Place::Register(to),
        };
        self.assembler.load(to, added);
        self.consume(operation);
        self.assembler.fused(op, Form::F231, to, first, second);
        to
    }

    /// A call of the library: all that is needed later is in memory across it, the result overwrites a copy of `a`.
    fn call(&mut self, operation: &Operation, a: u32, b: Option<u32>, number: u32) {
        let first = self.bring(a, &[]);
        let result = self.slot();
        self.assembler.store(first, result.0, result.1);
        for r in 0..self.owner.len() {
            let Some(value) = self.owner[r] else { continue };
            // A value that only this call needs is read from the copy, except as the second operand.
            let last = self.first[value as usize + 1] - self.next[value as usize] == 1;
            if !(last && value == a && b != Some(a)) {
                self.keep(value);
            }
        }
        let second = b.and_then(|b| self.memory[b as usize]);
        let n = self.layout.width.numbers();
        let target = if b.is_some() { call_two(n) } else { call_one(n) };
        self.assembler.call(target, result, second, number);
        for r in 0..self.owner.len() {
            if let Some(value) = self.owner[r].take() {
                self.register[value as usize] = None;
            }
        }
        self.consume(operation);
        self.memory[operation.to as usize] = Some(result);
        let is_output = self.wanted.binary_search_by_key(&operation.to, |(v, _)| *v).is_ok();
        if is_output {
            let register = self.bring(operation.to, &[]);
            self.deliver(operation.to, register);
        }
    }

    /// Outputs that are inputs or constants.
    fn outputs_of_no_operation(&mut self) {
        let known = self.code.inputs + self.code.constants.len();
        for (value, output) in self.wanted.clone().into_iter().filter(|(v, _)| (*v as usize) < known) {
            let register = self.bring(value, &[]);
            let offset = self.layout.place(output as usize);
            self.assembler.store(register, Base::Outputs, offset);
        }
    }
}
