#include "fleet/pattern_compiler.hpp"

#include <iterator>
#include <optional>

namespace rs::fleet {
namespace {

using Op = Pattern::Op;
using Step = Pattern::Step;
using Steps = std::vector<Step>;
using CharSet = Pattern::CharSet;

constexpr int kMaxGroups = 32;          // one inside the other
constexpr std::size_t kMaxCount = 1000; // of {n,m}

std::int32_t length(const Steps& steps) { return static_cast<std::int32_t>(steps.size()); }
void append(Steps& out, const Steps& more) { out.insert(out.end(), more.begin(), more.end()); }

const CharSet kDigits{{{'0', '9'}}};
const CharSet kWord{{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}};
const CharSet kSpace{{{'\t', '\r'}, {' ', ' '}, {0xa0, 0xa0}, {0x2028, 0x2029}, {0xfeff, 0xfeff}}};
const CharSet kLineEnds{{{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}}};

CharSet negated(CharSet set) {
  set.negated = !set.negated;
  return set;
}

// \d \D \w \W \s \S
std::optional<CharSet> class_escape(char32_t c) {
  switch (c) {
    case 'd': return kDigits;
    case 'D': return negated(kDigits);
    case 'w': return kWord;
    case 'W': return negated(kWord);
    case 's': return kSpace;
    case 'S': return negated(kSpace);
    default: return std::nullopt;
  }
}

// A negated set as plain ranges, for use inside another set.
std::vector<Pattern::Range> plain_ranges(const CharSet& set) {
  if (!set.negated) return set.ranges;
  std::vector<Pattern::Range> out;
  char32_t from = 0;
  for (const auto& range : set.ranges) { // the sets above are in order
    if (range.from > from) out.push_back({from, range.from - 1});
    from = range.to + 1;
  }
  out.push_back({from, 0x10ffff});
  return out;
}

class Compiler {
 public:
  explicit Compiler(const std::u32string& text) : text_(text) {}

  Result<Pattern::Program> run() {
    RS_TRY(auto steps, alternatives());
    if (!at_end()) return error("a ')' without its '('");
    steps.push_back({Op::done});
    return Pattern::Program{std::move(steps), std::move(sets_)};
  }

 private:
  bool at_end() const { return at_ >= text_.size(); }
  char32_t peek() const { return at_end() ? 0 : text_[at_]; }
  bool take(char32_t c) {
    if (at_end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  Error error(std::string_view what) const {
    return fail(Errc::invalid, "at character " + std::to_string(at_ + 1) + " of the pattern: " + std::string(what));
  }
  Result<void> check_size(std::size_t steps) const {
    if (steps < kMaxPatternSteps) return {};
    return error("it is too large: at most " + std::to_string(kMaxPatternSteps) + " steps");
  }

  // a|b: split a, jump behind b, b
  Result<Steps> alternatives() {
    RS_TRY(Steps out, sequence());
    while (take('|')) {
      RS_TRY(const Steps other, sequence());
      Steps both{{Op::split, 1, length(out) + 2}};
      append(both, out);
      both.push_back({Op::jump, length(other) + 1});
      append(both, other);
      RS_CHECK(check_size(both.size()));
      out = std::move(both);
    }
    return out;
  }

  Result<Steps> sequence() {
    Steps out;
    while (!at_end() && peek() != '|' && peek() != ')') {
      RS_TRY(const Steps next, repeated());
      append(out, next);
      RS_CHECK(check_size(out.size()));
    }
    return out;
  }

  struct Count {
    std::size_t least;
    std::optional<std::size_t> most;
  };

  Result<Steps> repeated() {
    RS_TRY(Steps once, atom());
    RS_TRY(const auto count, quantifier());
    if (!count) return once;
    if (quantifiable_ == false) return error("nothing that can be repeated");
    (void)take('?'); // lazy or greedy: the same is found
    return repeat(once, *count);
  }

  Result<std::optional<Count>> quantifier() {
    if (take('*')) return std::optional(Count{0, {}});
    if (take('+')) return std::optional(Count{1, {}});
    if (take('?')) return std::optional(Count{0, 1});
    if (!take('{')) return std::optional<Count>();
    RS_TRY(const auto least, number());
    Count count{least, least};
    if (take(',')) {
      count.most.reset();
      if (peek() != '}') {
        RS_TRY(count.most, number());
      }
    }
    if (!take('}')) return error("a '{' needs its '}'");
    if (count.most && *count.most < count.least) return error("the numbers in { } are out of order");
    return std::optional(count);
  }

  Result<std::size_t> number() {
    const auto from = at_;
    std::size_t value = 0;
    while (peek() >= '0' && peek() <= '9' && value <= kMaxCount) value = value * 10 + (text_[at_++] - '0');
    if (at_ == from) return error("a number");
    if (value > kMaxCount) return error("at most " + std::to_string(kMaxCount) + " repetitions");
    return value;
  }

  Result<Steps> repeat(const Steps& once, const Count& count) const {
    const std::size_t copies = std::max<std::size_t>(count.most.value_or(count.least + 1), 1);
    RS_CHECK(check_size(copies * (once.size() + 2)));
    Steps out;
    for (std::size_t i = 0; i < count.least; ++i) append(out, once);
    if (!count.most) {
      out.push_back({Op::split, 1, length(once) + 2});
      append(out, once);
      out.push_back({Op::jump, -(length(once) + 1)});
      return out;
    }
    for (std::size_t i = count.least; i < *count.most; ++i) {
      out.push_back({Op::split, 1, length(once) + 1});
      append(out, once);
    }
    return out;
  }

  Steps one_of(CharSet set) {
    sets_.push_back(std::move(set));
    return {{Op::one, static_cast<std::int32_t>(sets_.size() - 1)}};
  }
  Steps assertion(Op op) {
    quantifiable_ = false;
    return {{op}};
  }

  Result<Steps> atom() {
    quantifiable_ = true;
    const char32_t c = peek();
    if (c == '*' || c == '+' || c == '?' || c == '{') return error("nothing that can be repeated");
    ++at_;
    switch (c) {
      case '.': return one_of(negated(kLineEnds));
      case '^': return assertion(Op::at_begin);
      case '$': return assertion(Op::at_end);
      case '(': return group();
      case '[': return bracket();
      case '\\': return escaped();
      default: return one_of({{{c, c}}});
    }
  }

  Result<Steps> group() {
    if (take('?') && !take(':')) return error("of the groups with '?' there is (?: ) only");
    if (++groups_ > kMaxGroups) return error("more than " + std::to_string(kMaxGroups) + " groups inside each other");
    RS_TRY(auto inner, alternatives());
    --groups_;
    if (!take(')')) return error("a '(' needs its ')'");
    quantifiable_ = true;
    return inner;
  }

  Result<Steps> escaped() {
    if (at_end()) return error("a character behind '\\'");
    if (take('b')) return assertion(Op::at_word);
    if (take('B')) return assertion(Op::not_at_word);
    if (auto set = class_escape(peek())) {
      ++at_;
      return one_of(std::move(*set));
    }
    if (peek() >= '1' && peek() <= '9') return error("there are no back-references");
    RS_TRY(const auto c, character_escape());
    return one_of({{{c, c}}});
  }

  // Behind the backslash.
  Result<char32_t> character_escape() {
    const char32_t c = peek();
    ++at_;
    switch (c) {
      case 't': return U'\t';
      case 'n': return U'\n';
      case 'r': return U'\r';
      case 'f': return U'\f';
      case 'v': return U'\v';
      case '0': return U'\0';
      case 'x': return hex_number(2);
      case 'u': return hex_number(4);
      default: break;
    }
    if (!is_word_character(c) || c == '_') return c;
    --at_;
    return error("no such escape");
  }

  Result<char32_t> hex_number(int digits) {
    char32_t value = 0;
    for (int i = 0; i < digits; ++i, ++at_) {
      const char32_t c = peek();
      const char32_t lower = c | 0x20;
      if (c >= '0' && c <= '9') value = value * 16 + (c - '0');
      else if (lower >= 'a' && lower <= 'f') value = value * 16 + (lower - 'a' + 10);
      else return error(std::to_string(digits) + " hexadecimal digits");
    }
    return value;
  }

  Result<Steps> bracket() {
    CharSet set;
    set.negated = take('^');
    while (!take(']')) {
      if (at_end()) return error("a '[' needs its ']'");
      RS_CHECK(bracket_item(set));
    }
    return one_of(std::move(set));
  }

  Result<void> bracket_item(CharSet& set) {
    if (peek() == '\\' && at_ + 1 < text_.size()) {
      if (const auto escape = class_escape(text_[at_ + 1])) {
        at_ += 2;
        for (const auto& range : plain_ranges(*escape)) set.ranges.push_back(range);
        return {};
      }
    }
    RS_TRY(const auto from, bracket_character());
    char32_t to = from;
    if (peek() == '-' && at_ + 1 < text_.size() && text_[at_ + 1] != ']') {
      ++at_;
      RS_TRY(to, bracket_character());
      if (to < from) return error("the range in [ ] is out of order");
    }
    set.ranges.push_back({from, to});
    return {};
  }

  Result<char32_t> bracket_character() {
    if (at_end()) return error("a '[' needs its ']'");
    if (!take('\\')) return text_[at_++];
    if (at_end()) return error("a character behind '\\'");
    if (take('b')) return U'\b';
    return character_escape();
  }

  const std::u32string& text_;
  std::size_t at_ = 0;
  std::vector<CharSet> sets_;
  int groups_ = 0;
  bool quantifiable_ = true; // what atom() gave
};

} // namespace

bool is_word_character(char32_t c) { return kWord.has(c); }

Result<Pattern::Program> compile_pattern(const std::u32string& text) { return Compiler(text).run(); }

} // namespace rs::fleet
