//! Machine code of the few vector operations that expressions need (Intel, Software Developer's Manual, volume 2).
//!
//! One instruction is `operation, register, first operand, second operand`: the first is a register, the second a
//! register or memory. VEX encodes it for processors with AVX2 (16 registers of four numbers), EVEX for those with AVX-512
//! (32 of eight).

/// The instructions of a processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Isa {
    /// AVX2 and FMA.
    Avx2,
    /// AVX-512 F, DQ and VL.
    Avx512,
}

impl Isa {
    /// The widest that this processor has.
    pub fn detect() -> Option<Self> {
        let narrow = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        let wide = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl");
        if wide && narrow {
            return Some(Self::Avx512);
        }
        narrow.then_some(Self::Avx2)
    }

    /// Vector registers.
    pub fn registers(self) -> usize {
        match self {
            Self::Avx2 => 16,
            Self::Avx512 => 32,
        }
    }
}

/// How many numbers an instruction works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Width {
    One,
    Four,
    Eight,
}

impl Width {
    pub fn numbers(self) -> usize {
        match self {
            Self::One => 1,
            Self::Four => 4,
            Self::Eight => 8,
        }
    }
}

/// Registers that hold the addresses of the four arrays of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Base {
    Inputs = 3,
    Outputs = 5,
    Scratch = 14,
    Constants = 15,
}

/// A second operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Register(u8),
    /// So many bytes after an address.
    Memory(Base, i32),
}

/// An operation as its opcode: the map it stands in, its prefix and its byte.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opcode {
    map: u8,
    prefix: u8,
    byte: u8,
    /// Works on whole registers, also where the width is one.
    whole: bool,
}

/// `a op b` and functions of `b`, with a prefix that says whether all numbers of a register are meant or the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plain {
    Add = 0x58,
    Mul = 0x59,
    Sub = 0x5c,
    Least = 0x5d,
    Div = 0x5e,
    Greatest = 0x5f,
    Root = 0x51,
}

/// Multiply-adds that round once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fused {
    /// `a b + c`.
    Add = 0x98,
    /// `a b - c`.
    Sub = 0x9a,
    /// `c - a b`.
    From = 0x9c,
}

/// Which of the three operands a multiply-add overwrites; digits are the order of the manual.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    /// `to = to * second + first`.
    F132 = 0x00,
    /// `to = first * to + second`.
    F213 = 0x10,
    /// `to = first * second + to`.
    F231 = 0x20,
}

/// Instructions of one width, as bytes.
pub(super) struct Assembler {
    pub bytes: Vec<u8>,
    isa: Isa,
    width: Width,
}

const PACKED: u8 = 1;
const SINGLE: u8 = 3;

impl Assembler {
    pub fn new(isa: Isa) -> Self {
        Self { bytes: Vec::new(), isa, width: Width::One }
    }

    pub fn set_width(&mut self, width: Width) {
        self.width = width;
    }

    fn single(&self) -> bool {
        self.width == Width::One
    }

    fn prefix(&self) -> u8 {
        if self.single() { SINGLE } else { PACKED }
    }

    pub fn plain(&mut self, op: Plain, to: u8, a: u8, b: Place) {
        // A root of whole registers has no first operand.
        let a = if op == Plain::Root && !self.single() { 0 } else { a };
        self.instruction(Opcode { map: 1, prefix: self.prefix(), byte: op as u8, whole: false }, to, a, b, None);
    }

    pub fn fused(&mut self, op: Fused, form: Form, to: u8, first: u8, second: Place) {
        let byte = op as u8 + form as u8 + u8::from(self.single());
        self.instruction(Opcode { map: 2, prefix: PACKED, byte, whole: false }, to, first, second, None);
    }

    pub fn floor(&mut self, to: u8, a: Place) {
        let (byte, first) = if self.single() { (0x0b, to) } else { (0x09, 0) };
        // Towards minus infinity, without a signal for what is cut off.
        self.instruction(Opcode { map: 3, prefix: PACKED, byte, whole: false }, to, first, a, Some(9));
    }

    /// `a and b`, bit by bit.
    pub fn and(&mut self, to: u8, a: u8, b: Place) {
        self.instruction(Opcode { map: 1, prefix: PACKED, byte: 0x54, whole: true }, to, a, b, None);
    }

    /// Either `a` or `b`, bit by bit.
    pub fn xor(&mut self, to: u8, a: u8, b: Place) {
        self.instruction(Opcode { map: 1, prefix: PACKED, byte: 0x57, whole: true }, to, a, b, None);
    }

    pub fn load(&mut self, to: u8, from: Place) {
        match from {
            Place::Register(_) => {
                self.instruction(Opcode { map: 1, prefix: PACKED, byte: 0x28, whole: true }, to, 0, from, None);
            }
            Place::Memory(..) => {
                let opcode = Opcode { map: 1, prefix: self.prefix(), byte: 0x10, whole: false };
                self.instruction(opcode, to, 0, from, None);
            }
        }
    }

    pub fn store(&mut self, from: u8, base: Base, offset: i32) {
        let opcode = Opcode { map: 1, prefix: self.prefix(), byte: 0x11, whole: false };
        self.instruction(opcode, from, 0, Place::Memory(base, offset), None);
    }

    fn instruction(&mut self, op: Opcode, to: u8, first: u8, second: Place, extra: Option<u8>) {
        let length = match self.width {
            Width::One => 0,
            Width::Four => 1,
            Width::Eight => 2,
        };
        let (low, high) = match second {
            Place::Register(r) => (r >> 3 & 1, r >> 4 & 1),
            Place::Memory(base, _) => (base as u8 >> 3 & 1, 0),
        };
        let bit = |set: u8, at: u8| u8::from(set == 0) << at;
        let head = bit(to >> 3 & 1, 7) | bit(high, 6) | bit(low, 5) | op.map;
        let middle = 0x80 | (!first & 15) << 3 | op.prefix;
        match self.isa {
            Isa::Avx2 => self.bytes.extend([0xc4, head, middle | length << 2]),
            Isa::Avx512 => {
                let last = length << 5 | bit(first >> 4 & 1, 3);
                self.bytes.extend([0x62, head | bit(to >> 4 & 1, 4), middle | 4, last]);
            }
        }
        self.bytes.push(op.byte);
        match second {
            Place::Register(r) => self.bytes.push(0xc0 | (to & 7) << 3 | r & 7),
            Place::Memory(base, offset) => {
                let unit = self.unit(op);
                let short = (offset % unit == 0).then(|| i8::try_from(offset / unit).ok()).flatten();
                let form = if short.is_some() { 0x40 } else { 0x80 };
                self.bytes.push(form | (to & 7) << 3 | base as u8 & 7);
                match short {
                    Some(byte) => self.bytes.push(byte as u8),
                    None => self.bytes.extend(offset.to_le_bytes()),
                }
            }
        }
        self.bytes.extend(extra);
    }

    /// What a short distance counts: bytes in VEX, operands in EVEX.
    fn unit(&self, op: Opcode) -> i32 {
        match (self.isa, self.width) {
            (Isa::Avx2, _) => 1,
            (Isa::Avx512, Width::One) => {
                if op.whole {
                    16
                } else {
                    8
                }
            }
            (Isa::Avx512, width) => 8 * width.numbers() as i32,
        }
    }

    /// Keeps the addresses of the four arrays, which come as the first four arguments of a function.
    pub fn enter(&mut self) {
        // push rbx, rbp, r14, r15; sub rsp, 8; mov rbx, rdi; mov rbp, rsi; mov r14, rdx; mov r15, rcx
        self.bytes.extend([0x53, 0x55, 0x41, 0x56, 0x41, 0x57, 0x48, 0x83, 0xec, 0x08]);
        self.bytes.extend([0x48, 0x89, 0xfb, 0x48, 0x89, 0xf5, 0x49, 0x89, 0xd6, 0x49, 0x89, 0xcf]);
    }

    /// Ends the function.
    pub fn leave(&mut self) {
        // vzeroupper; add rsp, 8; pop r15, r14, rbp, rbx; ret
        self.bytes.extend([0xc5, 0xf8, 0x77, 0x48, 0x83, 0xc4, 0x08, 0x41, 0x5f, 0x41, 0x5e, 0x5d, 0x5b, 0xc3]);
    }

    /// Calls the function at `target` with the address `a`, the address `b` where there is one, and a number.
    pub fn call(&mut self, target: usize, a: (Base, i32), b: Option<(Base, i32)>, number: u32) {
        const RDI: u8 = 7;
        const RSI: u8 = 6;
        self.bytes.extend([0xc5, 0xf8, 0x77]);
        self.address(RDI, a);
        match b {
            Some(b) => {
                self.address(RSI, b);
                self.bytes.push(0xba); // mov edx, number
            }
            None => self.bytes.push(0xbe), // mov esi, number
        }
        self.bytes.extend(number.to_le_bytes());
        self.bytes.extend([0x48, 0xb8]); // mov rax, target
        self.bytes.extend((target as u64).to_le_bytes());
        self.bytes.extend([0xff, 0xd0]); // call rax
    }

    /// The address so many bytes after that of an array (lea).
    fn address(&mut self, register: u8, (base, offset): (Base, i32)) {
        let base = base as u8;
        self.bytes.extend([0x48 | base >> 3, 0x8d, 0x80 | register << 3 | base & 7]);
        self.bytes.extend(offset.to_le_bytes());
    }
}
