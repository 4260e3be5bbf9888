//! Checks whether the entropy-coded data of a JPEG file without an end marker (ITU-T T.81, annex
//! F.2) are complete. Huffman codes are skipped, not decoded to pixels.

use super::markers::{SOI, SOS, next_marker};

/// A JPEG without an end marker, up to where the marker belongs, if it has every block of its
/// picture and then ends or another picture begins. This is known only for sequential pictures with
/// one scan: a progressive one may lack its last scans.
pub(super) fn complete_without_eoi(bytes: &[u8]) -> Option<&[u8]> {
    let rest = parse_headers(bytes)?.skip_blocks()?;
    let is_end = matches!(rest, [] | [0xff] | [0xff, SOI, ..]);
    is_end.then(|| &bytes[..bytes.len() - rest.len()])
}

/// A colour component.
#[derive(Clone, Copy, Default)]
struct Component {
    id: u8,
    /// Its blocks in a minimum coded unit.
    blocks: usize,
    horizontal: usize,
    vertical: usize,
    dc_table: usize,
    ac_table: usize,
}

/// The parsed headers, and the data that follow them.
struct Scan<'a> {
    width: usize,
    height: usize,
    components: Vec<Component>,
    /// DC tables by number, then AC tables.
    tables: [[Option<HuffmanTable>; 4]; 2],
    /// Units between two restart markers; 0 means none.
    restart_interval: usize,
    data: &'a [u8],
}

fn parse_headers(bytes: &[u8]) -> Option<Scan<'_>> {
    let mut scan = Scan {
        width: 0,
        height: 0,
        components: vec![],
        tables: Default::default(),
        restart_interval: 0,
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
            // Sequential frames with Huffman coding and 8-bit samples.
            0xc0 | 0xc1 => scan.read_frame_header(segment)?,
            0xc4 => scan.read_huffman_tables(segment)?,
            0xdd => {
                scan.restart_interval =
                    usize::from(u16::from_be_bytes([*segment.first()?, *segment.get(1)?]));
            }
            SOS => {
                scan.read_scan_header(segment)?;
                scan.data = bytes.get(at..)?;
                return Some(scan);
            }
            0xc2..=0xcf => return None,
            _ => {}
        }
    }
}

impl<'a> Scan<'a> {
    fn read_frame_header(&mut self, segment: &[u8]) -> Option<()> {
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

    fn read_huffman_tables(&mut self, mut segment: &[u8]) -> Option<()> {
        while let [which, rest @ ..] = segment {
            let (lengths, rest) = rest.split_first_chunk::<16>()?;
            let count = lengths.iter().map(|&n| usize::from(n)).sum();
            let (values, rest) = rest.split_at_checked(count)?;
            let kind = self.tables.get_mut(usize::from(which >> 4))?;
            *kind.get_mut(usize::from(which & 15))? = Some(HuffmanTable::new(lengths, values));
            segment = rest;
        }
        Some(())
    }

    /// Reads the scan header; `None` unless the scan has all components.
    fn read_scan_header(&mut self, segment: &[u8]) -> Option<()> {
        let (&count, rest) = segment.split_first()?;
        if usize::from(count) != self.components.len() || count == 0 {
            return None;
        }
        for (component, of) in self.components.iter_mut().zip(rest.chunks_exact(2)) {
            if component.id != of[0] {
                return None;
            }
            component.dc_table = usize::from(of[1] >> 4);
            component.ac_table = usize::from(of[1] & 15);
        }
        if let [only] = self.components.as_mut_slice() {
            // A single component is not interleaved: each unit is one block, whatever the sampling
            // factors.
            (only.horizontal, only.vertical, only.blocks) = (1, 1, 1);
        }
        Some(())
    }

    /// Skips all blocks and returns the bytes after them; `None` if the data end early.
    fn skip_blocks(&self) -> Option<&'a [u8]> {
        let most = |side: fn(&Component) -> usize| self.components.iter().map(side).max();
        let (across, down) = (most(|c| c.horizontal)?, most(|c| c.vertical)?);
        if across == 0 || down == 0 {
            return None;
        }
        let units = self.width.div_ceil(8 * across) * self.height.div_ceil(8 * down);
        let mut bits = BitReader {
            rest: self.data,
            byte: 0,
            bits_left: 0,
        };
        for unit in 0..units {
            if self.restart_interval > 0 && unit > 0 && unit.is_multiple_of(self.restart_interval) {
                bits.skip_restart_marker()?;
            }
            for component in &self.components {
                let dc = self.tables[0].get(component.dc_table)?.as_ref()?;
                let ac = self.tables[1].get(component.ac_table)?.as_ref()?;
                for _ in 0..component.blocks {
                    skip_block(&mut bits, dc, ac)?;
                }
            }
        }
        (units > 0).then_some(bits.rest)
    }
}

/// Skips one block of 64 coefficients.
fn skip_block(bits: &mut BitReader, dc: &HuffmanTable, ac: &HuffmanTable) -> Option<()> {
    let size = dc.decode(bits)?;
    bits.skip_bits(size)?;
    let mut coefficient = 1;
    while coefficient < 64 {
        let symbol = ac.decode(bits)?;
        match (symbol >> 4, symbol & 15) {
            (15, 0) => coefficient += 16,
            (_, 0) => break,
            (run, size) => {
                coefficient += usize::from(run) + 1;
                bits.skip_bits(size)?;
            }
        }
    }
    Some(())
}

/// A Huffman table, laid out for the decoder of annex F.2.2.3.
struct HuffmanTable {
    /// For each code length: the first code, the number of codes, and the index of their first
    /// value.
    lengths: [(u32, u32, usize); 16],
    values: Vec<u8>,
}

impl HuffmanTable {
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

    fn decode(&self, bits: &mut BitReader) -> Option<u8> {
        let mut code = 0;
        for (first, count, start) in self.lengths {
            code = code << 1 | u32::from(bits.next_bit()?);
            if let Some(at) = code.checked_sub(first)
                && at < count
            {
                return self.values.get(start + at as usize).copied();
            }
        }
        None
    }
}

struct BitReader<'a> {
    rest: &'a [u8],
    byte: u8,
    bits_left: u8,
}

impl BitReader<'_> {
    /// The next bit; `None` at a marker or the end.
    fn next_bit(&mut self) -> Option<u8> {
        if self.bits_left == 0 {
            (self.byte, self.rest) = match self.rest {
                [0xff, 0, rest @ ..] => (0xff, rest),
                [0xff, ..] | [] => return None,
                [byte, rest @ ..] => (*byte, rest),
            };
            self.bits_left = 8;
        }
        self.bits_left -= 1;
        Some(self.byte >> self.bits_left & 1)
    }

    fn skip_bits(&mut self, count: u8) -> Option<()> {
        for _ in 0..count {
            self.next_bit()?;
        }
        Some(())
    }

    fn skip_restart_marker(&mut self) -> Option<()> {
        self.bits_left = 0;
        let [0xff, 0xd0..=0xd7, rest @ ..] = self.rest else {
            return None;
        };
        self.rest = rest;
        Some(())
    }
}
