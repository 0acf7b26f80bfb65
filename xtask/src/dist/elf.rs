//! Whether an ELF file is a static, stripped program for the right machine.
//!
//! It reads the file head, the program headers and the section headers (little-endian, both
//! classes) and refuses whatever does not have them whole. A program without an interpreter has
//! nobody who could load a library for it, so this is what static means here, also for
//! position-independent ones.

use crate::failure::{Doing, Failure};

const PT_INTERP: u32 = 3;
const SHT_SYMTAB: u32 = 2;

/// Where things lie in the head, and how wide offsets are.
struct Class {
    offset_bytes: usize,
    program_headers: Table,
    section_headers: Table,
    /// Where `sh_type` lies in a section header; `p_type` comes first in a program header.
    section_type: usize,
}

/// Places in the file head of a table's offset, entry size and entry count.
struct Table {
    offset: usize,
    entry_size: usize,
    count: usize,
}

const fn table(offset: usize, entry_size: usize, count: usize) -> Table {
    Table {
        offset,
        entry_size,
        count,
    }
}

const CLASS_32: Class = Class {
    offset_bytes: 4,
    program_headers: table(28, 42, 44),
    section_headers: table(32, 46, 48),
    section_type: 4,
};

const CLASS_64: Class = Class {
    offset_bytes: 8,
    program_headers: table(32, 54, 56),
    section_headers: table(40, 58, 60),
    section_type: 4,
};

/// Names what is wrong with the program, if anything is.
pub(super) fn judge(file: &[u8], machine: u16) -> Result<(), Failure> {
    let class = match file.get(..6) {
        Some(b"\x7fELF\x01\x01") => CLASS_32,
        Some(b"\x7fELF\x02\x01") => CLASS_64,
        _ => return Err(Failure::new("not a little-endian ELF file")),
    };
    let found = number(file, 18, 2).doing("cut short")?;
    if found != usize::from(machine) {
        return Err(Failure::new(format!(
            "for machine {found}, not {machine} (e_machine)"
        )));
    }
    let programs = types(file, &class, &class.program_headers, 0);
    if programs
        .doing("program headers cut short")?
        .contains(&PT_INTERP)
    {
        return Err(Failure::new("not static: it names an interpreter"));
    }
    let sections = types(file, &class, &class.section_headers, class.section_type);
    if sections
        .doing("section headers cut short")?
        .contains(&SHT_SYMTAB)
    {
        return Err(Failure::new("not stripped: it has a symbol table"));
    }
    Ok(())
}

/// The types of a table's entries; a table without entries is none.
fn types(file: &[u8], class: &Class, table: &Table, place: usize) -> Option<Vec<u32>> {
    let start = number(file, table.offset, class.offset_bytes)?;
    let size = number(file, table.entry_size, 2)?;
    let count = number(file, table.count, 2).filter(|count| *count > 0)?;
    let entries = (0..count).map(|index| {
        let entry = start.checked_add(index.checked_mul(size)?)?;
        u32::try_from(number(file, entry.checked_add(place)?, 4)?).ok()
    });
    entries.collect()
}

/// A little-endian number.
fn number(file: &[u8], at: usize, bytes: usize) -> Option<usize> {
    let bytes = file.get(at..at.checked_add(bytes)?)?;
    let value = bytes
        .iter()
        .rev()
        .fold(0u64, |value, byte| value << 8 | u64::from(*byte));
    usize::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARM: u16 = 40;

    #[test]
    fn a_static_stripped_program_is_right() {
        assert!(judge(&program(1, 1), ARM).is_ok());
    }

    #[test]
    fn an_interpreter_a_symbol_table_and_another_machine_are_noticed() {
        for (file, machine, word) in [
            (program(PT_INTERP, 1), ARM, "static"),
            (program(1, SHT_SYMTAB), ARM, "stripped"),
            (program(1, 1), 62, "machine 40"),
            (b"#!/bin/sh\n".to_vec(), ARM, "ELF"),
        ] {
            let said = judge(&file, machine).unwrap_err().to_string();
            assert!(said.contains(word), "{said}");
        }
    }

    #[test]
    fn this_test_program_is_neither_static_nor_stripped() {
        let file = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let machine = u16::try_from(number(&file, 18, 2).unwrap()).unwrap();
        assert!(judge(&file, machine).is_err());
    }

    #[test]
    fn a_program_cut_anywhere_is_refused() {
        let whole = program(1, 1);
        for length in 0..whole.len() - 32 {
            assert!(judge(&whole[..length], ARM).is_err(), "{length}");
        }
    }

    /// An ELF32 file with one program header and one section header of these types.
    fn program(program_type: u32, section_type: u32) -> Vec<u8> {
        let mut file = vec![0; 52 + 32 + 40];
        let parts: [(usize, &[u8]); 10] = [
            (0, b"\x7fELF\x01\x01"),
            (18, &ARM.to_le_bytes()),
            (28, &52u32.to_le_bytes()),
            (32, &84u32.to_le_bytes()),
            (42, &32u16.to_le_bytes()),
            (44, &1u16.to_le_bytes()),
            (46, &40u16.to_le_bytes()),
            (48, &1u16.to_le_bytes()),
            (52, &program_type.to_le_bytes()),
            (88, &section_type.to_le_bytes()),
        ];
        for (at, bytes) in parts {
            file[at..at + bytes.len()].copy_from_slice(bytes);
        }
        file
    }
}
