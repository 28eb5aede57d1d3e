#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace rs::fleet {

inline constexpr std::size_t kMaxPattern = 256;       // bytes
inline constexpr std::size_t kMaxPatternSteps = 4096; // of the compiled program; repetitions are written out in it

// A regular expression in ECMAScript's syntax, over characters (UTF-8). It runs in time linear in the subject, whatever
// the expression: all ways are followed at once, none is tried again. So there are no back-references and no lookahead,
// which cannot be had that way.
class Pattern {
 public:
  // `invalid`: names the character at which it stops making sense; `limit` is named where it is too large.
  static Result<Pattern> compile(std::string_view text);
  // Anywhere in the subject, of which the first 4 KiB are looked at.
  bool found_in(std::string_view subject) const;

  // What the compiler writes. Jumps are relative to the step that makes them.
  struct Range {
    char32_t from;
    char32_t to;
  };
  struct CharSet {
    std::vector<Range> ranges;
    bool negated = false;
    bool has(char32_t c) const;
  };
  enum class Op : std::uint8_t { one, split, jump, at_begin, at_end, at_word, not_at_word, done };
  struct Step {
    Op op;
    std::int32_t first = 0; // one: the set's number; split, jump: where to
    std::int32_t second = 0;
  };
  struct Program {
    std::vector<Step> steps;
    std::vector<CharSet> sets;
  };

 private:
  explicit Pattern(Program program) : program_(std::move(program)) {}
  Program program_;
};

} // namespace rs::fleet
