//! zigdepot on smol.
