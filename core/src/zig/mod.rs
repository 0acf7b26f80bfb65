//! What Zig defines: versions, archive names, signatures.
