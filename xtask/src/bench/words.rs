//! Source-like text from a seed: the same in every run, and it compresses as source does, about
//! five to one.
//!
//! Nothing of it is anybody's source, and no compiler would take it.

/// Lines as programs have them; `@` is a name.
const LINES: [&str; 24] = [
    "const @ = @import(\"@\");\n",
    "const @ = @import(\"@.zig\").@;\n",
    "pub fn @(@: *@, @: []const u8) !void {\n",
    "fn @(@: @, @: usize) @ {\n",
    "    const @ = try @.@(allocator, @);\n",
    "    const @: u32 = @intCast(@.len);\n",
    "    var @ = @{ .@ = @, .@ = null };\n",
    "    defer @.deinit(allocator);\n",
    "    errdefer allocator.free(@);\n",
    "    if (@.@ == null) return error.@;\n",
    "    if (@ < @.len and @[@] != 0) {\n",
    "        return @.@(@, .{ .@ = true });\n",
    "        @.@ += 1;\n",
    "        try @.append(allocator, @);\n",
    "    } else {\n",
    "    for (@.items, 0..) |@, i| {\n",
    "    while (@.next()) |@| : (@ += 1) {\n",
    "    }\n",
    "}\n",
    "\n",
    "    /// The @ of a @, as @ wants it; see @.\n",
    "    // Not before the @ is known: @ may still grow.\n",
    "    try testing.expectEqual(@, @.@);\n",
    "    return .{ .@ = @, .@ = @ };\n",
];

const SYLLABLES: [&str; 16] = [
    "path", "node", "read", "list", "type", "token", "len", "index", "buffer", "decl", "state",
    "value", "ast", "map", "offset", "src",
];

/// Text from a seed (xorshift64*).
pub(super) struct Words {
    state: u64,
}

impl Words {
    pub(super) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// A number below `count`, small ones more often, as with names in programs.
    fn pick(&mut self, count: u64) -> usize {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        let drawn = self.state.wrapping_mul(0x2545_F491_4F6C_DD1D);
        let (one, other) = ((drawn >> 16) % count, (drawn >> 40) % count);
        usize::try_from(one.min(other)).unwrap_or_default()
    }

    /// A file of at least 20 lines and fewer than `lines`, most of them short.
    pub(super) fn file(&mut self, lines: u64) -> String {
        let mut text = String::new();
        for _ in 0..20 + self.pick(lines - 20) {
            self.line(&mut text);
        }
        text
    }

    pub(super) fn line(&mut self, text: &mut String) {
        let line = LINES[self.pick(LINES.len() as u64)];
        let mut parts = line.split('@');
        text.push_str(parts.next().unwrap_or_default());
        for part in parts {
            if !part.starts_with("import(") && !part.starts_with("intCast(") {
                text.push_str(SYLLABLES[self.pick(16)]);
                text.push('_');
                text.push_str(SYLLABLES[self.pick(16)]);
            } else {
                text.push('@');
            }
            text.push_str(part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_the_same_each_time() {
        let text = Words::new(1).file(700);
        assert_eq!(text, Words::new(1).file(700));
        assert_ne!(text, Words::new(2).file(700));
        assert!(text.lines().count() >= 20);
    }
}
