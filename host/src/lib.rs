//! Blocking parts that both socket hosts share.
