//! Whether the entropy-coded data of a JPEG file (ITU-T T.81, annex F.2) are
//! all there although its end marker is not. Only the codes are walked
//! through; nothing is computed.

use super::{SCAN, START, next_marker};

/// A file without an end marker up to where that is missing, when it holds
/// every block of its picture and stops, or another picture begins, right
/// there. Only of sequential pictures in one scan can that be known: a
/// progressive one may lack its last scans.
pub(super) fn complete(bytes: &[u8]) -> Option<&[u8]> {
    let rest = scan(bytes)?.walk()?;
    let is_end = matches!(rest, [] | [0xff] | [0xff, START, ..]);
    is_end.then(|| &bytes[..bytes.len() - rest.len()])
}

/// One component of a picture.
#[derive(Clone, Copy, Default)]
struct Component {
    id: u8,
    /// Blocks of it in a unit.
    blocks: usize,
    horizontal: usize,
    vertical: usize,
    dc: usize,
    ac: usize,
}

/// What the headers say, and where the data begin.
struct Scan<'a> {
    width: usize,
    height: usize,
    components: Vec<Component>,
    /// DC tables by number, then AC tables.
    tables: [[Option<Table>; 4]; 2],
    /// Units between two restart markers, 0 without any.
    restart: usize,
    data: &'a [u8],
}

fn scan(bytes: &[u8]) -> Option<Scan<'_>> {
    let mut scan = Scan {
        width: 0,
        height: 0,
        components: vec![],
        tables: Default::default(),
        restart: 0,
        data: &[],
    };
    let mut at = 2;
    loop {
        let (marker, behind) = next_marker(bytes, at)?;
        let &[high, low] = bytes.get(behind..behind + 2)? else {
            return None;
        };
        at = behind + usize::from(u16::from_be_bytes([high, low]));
        let segment = bytes.get(behind + 2..at)?;
        match marker {
            // Sequential frames with Huffman codes of 8 bits.
            0xc0 | 0xc1 => scan.frame(segment)?,
            0xc4 => scan.add_tables(segment)?,
            0xdd => {
                scan.restart =
                    usize::from(u16::from_be_bytes([*segment.first()?, *segment.get(1)?]));
            }
            SCAN => {
                scan.begin(segment)?;
                scan.data = bytes.get(at..)?;
                return Some(scan);
            }
            0xc2..=0xcf => return None,
            _ => {}
        }
    }
}

impl<'a> Scan<'a> {
    fn frame(&mut self, segment: &[u8]) -> Option<()> {
        let [8, h1, h0, w1, w0, _, components @ ..] = segment else {
            return None;
        };
        self.height = usize::from(u16::from_be_bytes([*h1, *h0]));
        self.width = usize::from(u16::from_be_bytes([*w1, *w0]));
        self.components = components
            .chunks_exact(3)
            .map(|of| Component {
                id: of[0],
                horizontal: usize::from(of[1] >> 4),
                vertical: usize::from(of[1] & 15),
                blocks: usize::from(of[1] >> 4) * usize::from(of[1] & 15),
                ..Component::default()
            })
            .collect();
        Some(())
    }

    fn add_tables(&mut self, mut segment: &[u8]) -> Option<()> {
        while let [which, rest @ ..] = segment {
            let (lengths, rest) = rest.split_first_chunk::<16>()?;
            let count = lengths.iter().map(|&n| usize::from(n)).sum();
            let (values, rest) = rest.split_at_checked(count)?;
            let kind = self.tables.get_mut(usize::from(which >> 4))?;
            *kind.get_mut(usize::from(which & 15))? = Some(Table::new(lengths, values));
            segment = rest;
        }
        Some(())
    }

    /// Reads the header of the scan, which must have all components.
    fn begin(&mut self, segment: &[u8]) -> Option<()> {
        let (&count, rest) = segment.split_first()?;
        if usize::from(count) != self.components.len() || count == 0 {
            return None;
        }
        for (component, of) in self.components.iter_mut().zip(rest.chunks_exact(2)) {
            if component.id != of[0] {
                return None;
            }
            component.dc = usize::from(of[1] >> 4);
            component.ac = usize::from(of[1] & 15);
        }
        if let [only] = self.components.as_mut_slice() {
            // Alone it is not interleaved: a unit is a block, whatever the sampling.
            (only.horizontal, only.vertical, only.blocks) = (1, 1, 1);
        }
        Some(())
    }

    /// Walks through all blocks and gives what follows; `None` when they end early.
    fn walk(&self) -> Option<&'a [u8]> {
        let most = |side: fn(&Component) -> usize| self.components.iter().map(side).max();
        let (across, down) = (most(|c| c.horizontal)?, most(|c| c.vertical)?);
        if across == 0 || down == 0 {
            return None;
        }
        let units = self.width.div_ceil(8 * across) * self.height.div_ceil(8 * down);
        let mut bits = Bits {
            rest: self.data,
            byte: 0,
            left: 0,
        };
        for unit in 0..units {
            if self.restart > 0 && unit > 0 && unit.is_multiple_of(self.restart) {
                bits.pass_restart()?;
            }
            for component in &self.components {
                let dc = self.tables[0].get(component.dc)?.as_ref()?;
                let ac = self.tables[1].get(component.ac)?.as_ref()?;
                for _ in 0..component.blocks {
                    block(&mut bits, dc, ac)?;
                }
            }
        }
        (units > 0).then_some(bits.rest)
    }
}

/// Passes over one block of 64 coefficients.
fn block(bits: &mut Bits, dc: &Table, ac: &Table) -> Option<()> {
    let size = dc.next(bits)?;
    bits.skip(size)?;
    let mut coefficient = 1;
    while coefficient < 64 {
        let symbol = ac.next(bits)?;
        match (symbol >> 4, symbol & 15) {
            (15, 0) => coefficient += 16,
            (_, 0) => break,
            (run, size) => {
                coefficient += usize::from(run) + 1;
                bits.skip(size)?;
            }
        }
    }
    Some(())
}

/// A Huffman table as annex F.2.2.3 decodes by it.
struct Table {
    /// By length: the first code, how many there are, where their values begin.
    lengths: [(u32, u32, usize); 16],
    values: Vec<u8>,
}

impl Table {
    fn new(counts: &[u8; 16], values: &[u8]) -> Self {
        let mut lengths = [(0, 0, 0); 16];
        let (mut code, mut start) = (0u32, 0);
        for (length, &count) in lengths.iter_mut().zip(counts) {
            *length = (code, u32::from(count), start);
            code = (code + u32::from(count)) << 1;
            start += usize::from(count);
        }
        Self {
            lengths,
            values: values.to_vec(),
        }
    }

    fn next(&self, bits: &mut Bits) -> Option<u8> {
        let mut code = 0;
        for (first, count, start) in self.lengths {
            code = code << 1 | u32::from(bits.next()?);
            if let Some(at) = code.checked_sub(first)
                && at < count
            {
                return self.values.get(start + at as usize).copied();
            }
        }
        None
    }
}

struct Bits<'a> {
    rest: &'a [u8],
    byte: u8,
    left: u8,
}

impl Bits<'_> {
    /// `None` at a marker and at the end.
    fn next(&mut self) -> Option<u8> {
        if self.left == 0 {
            (self.byte, self.rest) = match self.rest {
                [0xff, 0, rest @ ..] => (0xff, rest),
                [0xff, ..] | [] => return None,
                [byte, rest @ ..] => (*byte, rest),
            };
            self.left = 8;
        }
        self.left -= 1;
        Some(self.byte >> self.left & 1)
    }

    fn skip(&mut self, count: u8) -> Option<()> {
        for _ in 0..count {
            self.next()?;
        }
        Some(())
    }

    fn pass_restart(&mut self) -> Option<()> {
        self.left = 0;
        let [0xff, 0xd0..=0xd7, rest @ ..] = self.rest else {
            return None;
        };
        self.rest = rest;
        Some(())
    }
}
