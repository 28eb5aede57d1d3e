#include "fleet/pattern.hpp"

#include "fleet/characters.hpp"
#include "fleet/pattern_compiler.hpp"

#include <algorithm>

namespace rs::fleet {
namespace {

constexpr std::size_t kMaxSubject = 4 << 10; // bytes

// All steps that may be next at one place of the subject.
class Frontier {
 public:
  Frontier(const Pattern::Program& program, const std::u32string& subject)
      : program_(program), subject_(subject), seen_(program.steps.size()) {}

  // True once the program is done.
  bool advance_to_match() {
    std::vector<std::size_t> now;
    for (std::size_t at = 0;; ++at) {
      ++stamp_;
      std::vector<std::size_t> next;
      for (const auto step : now) {
        if (at > 0 && takes(step, subject_[at - 1]) && follow(step + 1, at, next)) return true;
      }
      if (follow(0, at, next)) return true; // a match may begin anywhere
      if (at == subject_.size()) return false;
      now = std::move(next);
    }
  }

 private:
  bool takes(std::size_t step, char32_t c) const {
    return program_.sets[static_cast<std::size_t>(program_.steps[step].first)].has(c);
  }

  // Adds the steps that take a character and can be reached from `start` without one.
  bool follow(std::size_t start, std::size_t at, std::vector<std::size_t>& out) {
    std::vector<std::size_t> open{start};
    while (!open.empty()) {
      const auto index = open.back();
      open.pop_back();
      if (std::exchange(seen_[index], stamp_) == stamp_) continue;
      const auto& step = program_.steps[index];
      const auto to = [&](std::int32_t by) { return static_cast<std::size_t>(static_cast<std::int64_t>(index) + by); };
      switch (step.op) {
        case Pattern::Op::done: return true;
        case Pattern::Op::one: out.push_back(index); break;
        case Pattern::Op::jump: open.push_back(to(step.first)); break;
        case Pattern::Op::split: open.insert(open.end(), {to(step.second), to(step.first)}); break;
        default:
          if (holds(step.op, at)) open.push_back(index + 1);
      }
    }
    return false;
  }

  bool holds(Pattern::Op op, std::size_t at) const {
    if (op == Pattern::Op::at_begin) return at == 0;
    if (op == Pattern::Op::at_end) return at == subject_.size();
    const bool before = at > 0 && is_word_character(subject_[at - 1]);
    const bool after = at < subject_.size() && is_word_character(subject_[at]);
    return (before != after) == (op == Pattern::Op::at_word);
  }

  const Pattern::Program& program_;
  const std::u32string& subject_;
  std::vector<std::size_t> seen_; // by step: the last stamp at which it was reached
  std::size_t stamp_ = 0;
};

} // namespace

bool Pattern::CharSet::has(char32_t c) const {
  const bool inside = std::ranges::any_of(ranges, [&](const Range& range) { return range.from <= c && c <= range.to; });
  return inside != negated;
}

Result<Pattern> Pattern::compile(std::string_view text) {
  if (text.size() > kMaxPattern)
    return fail(Errc::invalid, "the pattern is longer than " + std::to_string(kMaxPattern) + " bytes");
  RS_TRY(auto program, compile_pattern(characters(text)));
  return Pattern(std::move(program));
}

bool Pattern::found_in(std::string_view subject) const {
  const auto text = characters(subject.substr(0, kMaxSubject));
  return Frontier(program_, text).advance_to_match();
}

} // namespace rs::fleet
