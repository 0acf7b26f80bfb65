//! The outline of a WebAssembly module: what it imports, what it exports, how much code it has.
//!
//! It reads the binary format of the core specification (section 5.5) as far as that, and refuses
//! components and modules that are cut short. It validates nothing else.

use crate::failure::{Doing, Failure};

const MODULE: &[u8] = b"\0asm\x01\0\0\0";

const IMPORT_SECTION: u8 = 2;
const EXPORT_SECTION: u8 = 7;
const CODE_SECTION: u8 = 10;

/// What can be said of a module without reading its code.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Outline {
    /// `module.name`
    pub(crate) imports: Vec<String>,
    pub(crate) exports: Vec<String>,
    pub(crate) code_bytes: usize,
}

impl Outline {
    pub(crate) fn read(module: &[u8]) -> Result<Self, Failure> {
        let sections = module
            .strip_prefix(MODULE)
            .doing("not a WebAssembly module")?;
        let mut outline = Self::default();
        outline
            .read_sections(Reader(sections))
            .doing("the WebAssembly module is cut short or malformed")?;
        Ok(outline)
    }

    fn read_sections(&mut self, mut rest: Reader<'_>) -> Option<()> {
        while !rest.0.is_empty() {
            let id = rest.byte()?;
            let size = rest.number()?;
            let section = Reader(rest.take(size)?);
            match id {
                IMPORT_SECTION => self.imports = imports(section)?,
                EXPORT_SECTION => self.exports = exports(section)?,
                CODE_SECTION => self.code_bytes += section.0.len(),
                _ => {}
            }
        }
        Some(())
    }
}

fn imports(mut section: Reader<'_>) -> Option<Vec<String>> {
    let mut names = Vec::new();
    for _ in 0..section.number()? {
        names.push(format!("{}.{}", section.name()?, section.name()?));
        section.skip_import_type()?;
    }
    Some(names)
}

fn exports(mut section: Reader<'_>) -> Option<Vec<String>> {
    let mut names = Vec::new();
    for _ in 0..section.number()? {
        names.push(section.name()?);
        section.byte()?;
        section.number()?;
    }
    Some(names)
}

/// What is left to read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// An unsigned LEB128 number of at most 32 bits, as sizes, counts and indices are.
    fn number(&mut self) -> Option<usize> {
        let mut value = 0u64;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return usize::try_from(u32::try_from(value).ok()?).ok();
            }
        }
        None
    }

    fn name(&mut self) -> Option<String> {
        let length = self.number()?;
        String::from_utf8(self.take(length)?.to_vec()).ok()
    }

    fn skip_import_type(&mut self) -> Option<()> {
        match self.byte()? {
            0 => self.number().map(drop), // function: its type's index
            1 => {
                self.byte()?; // table: the kind of reference, then limits
                self.skip_limits()
            }
            2 => self.skip_limits(),     // memory
            3 => self.take(2).map(drop), // global: type and mutability
            4 => self.take(1).and_then(|_| self.number()).map(drop), // tag: attribute and type
            _ => None,
        }
    }

    fn skip_limits(&mut self) -> Option<()> {
        let has_most = self.byte()? & 1 == 1;
        self.number()?;
        if has_most {
            self.number()?;
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Imports a function, a table, a memory and a global; exports a function; two bytes of code.
    const ALL_KINDS: &[u8] = b"\0asm\x01\0\0\0\
        \x01\x04\x01\x60\0\0\
        \x02\x1f\x04\
        \x01e\x01f\x00\x00\
        \x01e\x01t\x01\x70\x01\x01\x80\x01\
        \x01e\x01m\x02\x00\x01\
        \x01e\x01g\x03\x7f\x00\
        \x07\x08\x01\x04main\x00\x00\
        \x0a\x02\x00\x00";

    #[test]
    fn imports_of_every_kind_are_seen() {
        let outline = Outline::read(ALL_KINDS).unwrap();
        assert_eq!(outline.imports, ["e.f", "e.t", "e.m", "e.g"]);
        assert_eq!(outline.exports, ["main"]);
        assert_eq!(outline.code_bytes, 2);
    }

    #[test]
    fn a_module_without_sections_has_nothing() {
        assert_eq!(Outline::read(MODULE).unwrap(), Outline::default());
    }

    #[test]
    fn a_module_cut_inside_a_section_is_refused() {
        for length in [3, 9, 12, 20, 40, ALL_KINDS.len() - 1] {
            assert!(Outline::read(&ALL_KINDS[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn a_component_is_no_module() {
        assert!(Outline::read(b"\0asm\x0d\0\x01\0").is_err());
    }
}
