//! zigdepot on smol.
fn main() {}
